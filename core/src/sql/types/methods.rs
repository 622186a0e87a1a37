//! What a type says of itself, and types like another.

use super::super::Name;
use super::{EnumType, IntoType, Shared, Type, TypeKind, VariantType};

impl Type {
    /// Which sort of type it is, without parameters. That of a custom type is the sort of the type
    /// that it is stored as.
    #[inline]
    #[must_use]
    pub fn kind(&self) -> TypeKind {
        match self {
            Self::Boolean => TypeKind::Boolean,
            Self::SmallInteger => TypeKind::SmallInteger,
            Self::Integer => TypeKind::Integer,
            Self::BigInteger => TypeKind::BigInteger,
            Self::UnsignedBigInteger => TypeKind::UnsignedBigInteger,
            Self::Float => TypeKind::Float,
            Self::Double => TypeKind::Double,
            Self::Numeric { .. } => TypeKind::Numeric,
            Self::String { .. } | Self::Char { .. } => TypeKind::String,
            Self::Text { .. } => TypeKind::Text,
            Self::LargeBinary { .. } => TypeKind::LargeBinary,
            Self::Date => TypeKind::Date,
            Self::Time { .. } => TypeKind::Time,
            Self::DateTime { timezone: false, .. } => TypeKind::DateTime,
            Self::DateTime { timezone: true, .. } => TypeKind::Timestamp,
            Self::Interval { .. } => TypeKind::Interval,
            Self::Bit { .. } => TypeKind::Bit,
            Self::Uuid => TypeKind::Uuid,
            Self::Json { binary: false } => TypeKind::Json,
            Self::Json { binary: true } => TypeKind::JsonB,
            Self::Enum(_) => TypeKind::Enum,
            Self::Array(_) => TypeKind::Array,
            Self::Set(_) => TypeKind::Set,
            Self::Domain(of) => of.base().kind(),
            Self::Composite(_) => TypeKind::Other,
            Self::Native(of) => of.kind(),
            Self::Variant(of) => of.base().kind(),
            Self::Custom(of) => of.base().kind(),
        }
    }

    /// Whether the database can make values of it by counting.
    #[must_use]
    pub fn is_integer(&self) -> bool {
        matches!(
            self.kind(),
            TypeKind::SmallInteger
                | TypeKind::Integer
                | TypeKind::BigInteger
                | TypeKind::UnsignedBigInteger
        )
    }

    /// How many digits a decimal number has before the point, if that is limited.
    #[must_use]
    pub fn digits_before_point(&self) -> Option<u16> {
        match self {
            Self::Numeric { precision: Some(precision), scale } => {
                Some(precision.saturating_sub(scale.unwrap_or(0)))
            }
            Self::Domain(of) => of.base().digits_before_point(),
            Self::Custom(of) => of.base().digits_before_point(),
            _ => None,
        }
    }

    /// Whether it is text or bytes, whose values can have a limited length.
    #[must_use]
    pub const fn has_length(&self) -> bool {
        matches!(self, Self::String { .. } | Self::Text { .. } | Self::LargeBinary { .. })
    }

    /// The same with values of at most so many characters or bytes. A type that is neither text nor
    /// bytes stays as it is.
    ///
    /// ```
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text.with_length(40))])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(statement.to_string(), "CREATE TABLE x (\n\ta VARCHAR(40)\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn with_length(self, length: u32) -> Self {
        match self {
            Self::String { collation, .. } | Self::Text { collation } => {
                Self::String { length: Some(length), collation }
            }
            Self::LargeBinary { .. } => Self::LargeBinary { length: Some(length) },
            other => other,
        }
    }

    /// The same with a collation, by the database's name for it. A type that is not text stays as
    /// it is.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text.collate("C"))])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta TEXT COLLATE \"C\"\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta LONGTEXT COLLATE `C`\n)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta TEXT COLLATE \"C\"\n)"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn collate(self, name: impl Into<Name>) -> Self {
        let collation = Some(name.into());
        match self {
            Self::String { length, .. } => Self::String { length, collation },
            Self::Text { .. } => Self::Text { collation },
            other => other,
        }
    }

    /// The same as a type of the database, where it has enum types: PostgreSQL's, which are created
    /// before the tables that have them, and MySQL's ENUM. Elsewhere it is text with a CHECK. What is no
    /// [`Enum`](super::Enum()) stays as it is.
    ///
    /// ```
    /// use aludel::dialect::mysql::MySql;
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::sql::schema::SchemaDialect;
    /// use aludel::types;
    ///
    /// let mood = types::Enum("mood", ["happy", "sad"]).native();
    /// assert_eq!(PostgreSql::new().type_sql(&mood)?, "mood");
    /// assert_eq!(MySql::new().type_sql(&mood)?, "ENUM('happy', 'sad')");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn native(self) -> Self {
        match self {
            Self::Enum(of) => Self::Enum(Shared::new((*of).clone().native())),
            other => other,
        }
    }

    /// The enum that it is, or is stored as, or whose values its arrays have.
    pub(in crate::sql) fn as_enum(&self) -> Option<&EnumType> {
        match self {
            Self::Enum(of) => Some(of),
            Self::Array(of) => of.as_enum(),
            Self::Custom(of) => of.base().as_enum(),
            _ => None,
        }
    }

    /// The same with a time zone: [`DateTime`](super::DateTime) becomes an instant, [`Time`](super::Time) gets an offset.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::CreateTable;
    /// # use aludel::{Column, MetaData, Table, types};
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::DateTime.with_timezone())])
    ///     .build(&MetaData::new())?;
    /// let statement = CreateTable::new(&x);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE TABLE x (\n\ta TIMESTAMP WITH TIME ZONE\n)"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE TABLE x (\n\ta DATETIME(6)\n)");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE TABLE x (\n\ta DATETIME\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn with_timezone(self) -> Self {
        match self {
            Self::DateTime { precision, .. } => Self::DateTime { timezone: true, precision },
            Self::Time { precision, .. } => Self::Time { timezone: true, precision },
            other => other,
        }
    }

    /// The same with so many digits of a second, from none to six. A type that is no time stays as it
    /// is.
    ///
    /// ```
    /// use aludel::types;
    ///
    /// assert_eq!(types::DateTime.with_precision(3).to_string(), "DateTime(3)");
    /// ```
    #[must_use]
    pub fn with_precision(self, digits: u8) -> Self {
        let precision = Some(digits);
        match self {
            Self::DateTime { timezone, .. } => Self::DateTime { timezone, precision },
            Self::Time { timezone, .. } => Self::Time { timezone, precision },
            Self::Interval { .. } => Self::Interval { precision },
            other => other,
        }
    }

    /// The same, but another type in the database whose dialect has this name: `"sqlite"`,
    /// `"postgresql"`, `"mysql"`, or `"mariadb"`, which is `"mysql"` where nothing else is said.
    ///
    /// ```
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::sql::schema::CreateTable;
    /// use aludel::sql::ClauseElement;
    /// use aludel::{Column, MetaData, Table, types};
    ///
    /// let tags = types::Json.with_variant("postgresql", types::JsonB);
    /// let t = Table::new("t", &MetaData::new(), [Column::new("tags", tags)])?;
    /// let create = CreateTable::new(&t).compile(&PostgreSql::new())?;
    /// assert!(create.sql().contains("tags JSONB"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn with_variant<K>(self, dialect: impl Into<Name>, ty: impl IntoType<K>) -> Self {
        Self::Variant(Shared::new(VariantType::with(self, dialect.into(), ty.into_type())))
    }

    /// What it is in the database whose dialect has this name.
    #[must_use]
    pub fn in_dialect(&self, dialect: &str) -> &Self {
        match self {
            Self::Variant(of) => of.in_dialect(dialect).in_dialect(dialect),
            other => other,
        }
    }

    /// The same without lengths, precisions and collations.
    pub(super) fn without_parameters(self) -> Self {
        match self {
            Self::Numeric { .. } => Self::Numeric { precision: None, scale: None },
            Self::String { .. } => Self::String { length: None, collation: None },
            Self::Text { .. } => Self::Text { collation: None },
            Self::LargeBinary { .. } => Self::LargeBinary { length: None },
            Self::Bit { varying, .. } => Self::Bit { length: None, varying },
            other => other,
        }
    }

    /// Whether there is no limit to how long a value can be.
    pub(in crate::sql) fn is_unbounded(&self) -> bool {
        match self {
            Self::String { length, .. } | Self::LargeBinary { length } => length.is_none(),
            Self::Text { .. } | Self::Json { .. } => true,
            Self::Domain(of) => of.base().is_unbounded(),
            Self::Variant(of) => of.base().is_unbounded(),
            Self::Custom(of) => of.base().is_unbounded(),
            _ => false,
        }
    }

    /// The labels, if it is one of several.
    pub(in crate::sql) fn label_type(&self) -> Option<&EnumType> {
        match self {
            Self::Enum(of) => Some(of),
            Self::Variant(of) => of.base().label_type(),
            Self::Custom(of) => of.base().label_type(),
            _ => None,
        }
    }
}
