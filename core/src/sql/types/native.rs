//! Types that one database has, or that the databases have under names that are not the standard's.

use super::{Type, TypeKind};
use crate::error::Result;
use crate::sql::schema::no_such_type;

/// A type that is spelled by a word of its own in each database that has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NativeType {
    name: &'static str,
    kind: TypeKind,
    postgresql: Option<&'static str>,
    mysql: Option<&'static str>,
    sqlite: Option<&'static str>,
    /// What to use where there is none.
    cure: &'static str,
}

impl NativeType {
    /// Of PostgreSQL alone; its values are texts, or [`Other`](crate::value::Other).
    const fn postgresql(name: &'static str, word: &'static str) -> Self {
        Self {
            name,
            kind: TypeKind::Other,
            postgresql: Some(word),
            mysql: None,
            sqlite: None,
            cure: "use String, or `with_variant` for the type that it has there",
        }
    }

    /// Of MySQL or MariaDB alone; its values are texts.
    const fn mysql(name: &'static str, word: &'static str) -> Self {
        Self { postgresql: None, mysql: Some(word), ..Self::postgresql(name, word) }
    }

    const fn integer(name: &'static str, kind: TypeKind, words: [&'static str; 3]) -> Self {
        let [postgresql, mysql, sqlite] = words;
        Self {
            name,
            kind,
            postgresql: Some(postgresql),
            mysql: Some(mysql),
            sqlite: Some(sqlite),
            cure: "",
        }
    }

    /// Its name among the types here.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Which sort of type it is.
    #[must_use]
    pub fn kind(&self) -> TypeKind {
        self.kind
    }

    /// Whether its values are integers.
    pub(crate) fn is_integer(&self) -> bool {
        matches!(self.kind, TypeKind::SmallInteger | TypeKind::Integer | TypeKind::BigInteger)
    }

    /// What the database whose dialect has this name calls it.
    ///
    /// # Errors
    ///
    /// [`Compile`](crate::ErrorKind::Compile) if the database does not have it.
    pub(crate) fn type_sql(&'static self, dialect: &str) -> Result<&'static str> {
        let (database, word) = match dialect {
            "postgresql" => ("PostgreSQL", self.postgresql),
            "mysql" => ("MySQL", self.mysql),
            _ => ("SQLite", self.sqlite),
        };
        word.ok_or_else(|| no_such_type(database, &Type::Native(self), self.cure))
    }
}

macro_rules! postgresql {
    ($($(#[$doc:meta])* $name:ident: $word:literal;)*) => {$(
        $(#[$doc])*
        pub const $name: Type = Type::Native(&NativeType::postgresql(stringify!($name), $word));
    )*};
}
postgresql! {
    /// An address of a host, with the length of its network; PostgreSQL's.
    Inet: "INET";
    /// An address of a network; PostgreSQL's.
    Cidr: "CIDR";
    /// The address of a network interface; PostgreSQL's.
    MacAddr: "MACADDR";
    /// The address of a network interface, of eight bytes; PostgreSQL's.
    MacAddr8: "MACADDR8";
    /// An amount of money, with as many digits as PostgreSQL's locale says. It is read by a cast to
    /// text or to [`Numeric`](fn@super::Numeric).
    Money: "MONEY";
    /// XML; PostgreSQL's.
    Xml: "XML";
    /// Keys and their values; of PostgreSQL's extension `hstore`.
    HStore: "HSTORE";
    /// The words of a text, to search in; PostgreSQL's.
    TsVector: "TSVECTOR";
    /// What to search for in a text; PostgreSQL's. It is read by a cast to text.
    TsQuery: "TSQUERY";
    /// A path through JSON; PostgreSQL's.
    JsonPath: "JSONPATH";
    /// The number of an object of PostgreSQL's catalogue.
    Oid: "OID";
    /// The name of a table or an index of PostgreSQL, kept as its number, as
    /// which it is read.
    RegClass: "REGCLASS";
    /// The name of a configuration of PostgreSQL's text search, kept as its number, as which it is
    /// read.
    RegConfig: "REGCONFIG";
    /// A place in PostgreSQL's log of changes.
    PgLsn: "PG_LSN";
    /// Text that PostgreSQL compares without case; of its extension `citext`.
    CiText: "CITEXT";
    /// A range of integers of 32 bits; PostgreSQL's.
    Int4Range: "INT4RANGE";
    /// A range of integers of 64 bits; PostgreSQL's.
    Int8Range: "INT8RANGE";
    /// A range of decimal numbers; PostgreSQL's.
    NumRange: "NUMRANGE";
    /// A range of days; PostgreSQL's.
    DateRange: "DATERANGE";
    /// A range of days with a time of day; PostgreSQL's.
    TsRange: "TSRANGE";
    /// A range of instants; PostgreSQL's.
    TsTzRange: "TSTZRANGE";
    /// Several ranges of integers of 32 bits; PostgreSQL's, since its version 14.
    Int4MultiRange: "INT4MULTIRANGE";
    /// Several ranges of integers of 64 bits; PostgreSQL's, since its version 14.
    Int8MultiRange: "INT8MULTIRANGE";
    /// Several ranges of decimal numbers; PostgreSQL's, since its version 14.
    NumMultiRange: "NUMMULTIRANGE";
    /// Several ranges of days; PostgreSQL's, since its version 14.
    DateMultiRange: "DATEMULTIRANGE";
    /// Several ranges of days with a time of day; PostgreSQL's, since its version 14.
    TsMultiRange: "TSMULTIRANGE";
    /// Several ranges of instants; PostgreSQL's, since its version 14.
    TsTzMultiRange: "TSTZMULTIRANGE";
}

/// An integer of 8 bits in MySQL, and of 16 where there is none.
pub const TinyInteger: Type = Type::Native(&NativeType::integer(
    "TinyInteger",
    TypeKind::SmallInteger,
    ["SMALLINT", "TINYINT", "SMALLINT"],
));
/// An integer of 16 bits without a sign in MySQL, and of 32 with one elsewhere.
pub const UnsignedSmallInteger: Type = Type::Native(&NativeType::integer(
    "UnsignedSmallInteger",
    TypeKind::Integer,
    ["INTEGER", "SMALLINT UNSIGNED", "INTEGER"],
));
/// An integer of 24 bits in MySQL, and of 32 where there is none.
pub const MediumInteger: Type = Type::Native(&NativeType::integer(
    "MediumInteger",
    TypeKind::Integer,
    ["INTEGER", "MEDIUMINT", "INTEGER"],
));
/// An integer of 32 bits without a sign in MySQL, and of 64 with one elsewhere.
pub const UnsignedInteger: Type = Type::Native(&NativeType::integer(
    "UnsignedInteger",
    TypeKind::BigInteger,
    ["BIGINT", "INTEGER UNSIGNED", "BIGINT"],
));
/// A year from 1901 to 2155, or 0; MySQL's. It is read as an integer.
pub const Year: Type = Type::Native(&NativeType {
    name: "Year",
    kind: TypeKind::SmallInteger,
    postgresql: None,
    mysql: Some("YEAR"),
    sqlite: None,
    cure: "use SmallInteger",
});

/// An address of a host, of IPv4; MariaDB's, since its version 10.10. Its values are texts.
pub const Inet4: Type = Type::Native(&NativeType::mysql("Inet4", "INET4"));
/// An address of a host, of IPv6 or IPv4; MariaDB's, since its version 10.5. Its values are texts.
pub const Inet6: Type = Type::Native(&NativeType::mysql("Inet6", "INET6"));

/// The type of a column of [`Other`](crate::value::Other), as long as the program gives none.
pub(crate) const AnyOther: Type = Type::Native(&NativeType {
    name: "Other",
    kind: TypeKind::Other,
    postgresql: None,
    mysql: None,
    sqlite: None,
    cure: "say which type it is, as in `#[aludel(type = aludel::types::Inet)]`",
});
