//! What a dialect says about types and definitions of tables.

use std::borrow::Cow;

use super::super::types::Type;
use super::{Constraint, Identity, Table, TableOptions};
use crate::error::{Error, ErrorKind, Result};

/// What the name of an index belongs to, and so is written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexOwner {
    /// The schema of its table, which stands before the table's name: `CREATE INDEX i ON s.t`,
    /// `DROP INDEX s.i`.
    Schema,
    /// A schema that stands before the name of the index: `CREATE INDEX s.i ON t`.
    OwnSchema,
    /// The table: `DROP INDEX i ON s.t`.
    Table,
}

/// Where a database has the comments of tables and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CommentPlace {
    /// It has none.
    Nowhere,
    /// In CREATE TABLE, after the keyword COMMENT.
    CreateTable,
    /// In statements of their own, COMMENT ON.
    Statement,
}

/// How one database spells types, and which definitions it accepts.
pub trait SchemaDialect: Send + Sync {
    /// The SQL of a type.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Compile`] if the database has no such type, with what to use instead.
    fn type_sql(&self, ty: &Type) -> Result<Cow<'static, str>>;

    /// The collation that the definition of a column of this type names, where values would be compared as
    /// others than they are without it.
    fn column_collation(&self, ty: &Type) -> Option<&'static str> {
        let _ = ty;
        None
    }

    /// The SQL of the type of a column, in a table with these options.
    ///
    /// # Errors
    ///
    /// As [`type_sql`](Self::type_sql).
    fn column_type_sql(&self, ty: &Type, options: &TableOptions) -> Result<Cow<'static, str>> {
        let _ = options;
        self.type_sql(ty)
    }

    /// The SQL of the type of an integer key that the database counts, with all that makes it count.
    ///
    /// # Errors
    ///
    /// As [`type_sql`](Self::type_sql).
    fn autoincrement_sql(&self, ty: &Type) -> Result<Cow<'static, str>>;

    /// What follows the type of an identity column; `None`: the database counts such a column as a
    /// key of its own kind, by [`autoincrement_sql`](Self::autoincrement_sql).
    fn identity_sql(&self, identity: &Identity) -> Option<String> {
        let _ = identity;
        None
    }

    /// Writes text as a literal of SQL.
    fn quote_text(&self, text: &str, to: &mut String) {
        to.push('\'');
        for c in text.chars() {
            to.push(c);
            if c == '\'' {
                to.push(c);
            }
        }
        to.push('\'');
    }

    /// Whether text or bytes in a key or an index must have a length.
    fn requires_key_length(&self) -> bool {
        false
    }

    /// What follows the definitions of a table, such as its storage engine.
    fn write_table_options(&self, table: &Table, to: &mut String) {
        let _ = (table, to);
    }

    /// What stands in ALTER TABLE before the name of a constraint that is dropped; `None`: it is
    /// dropped without its name.
    fn drop_constraint_sql(&self, constraint: &Constraint) -> Option<&'static str> {
        let _ = constraint;
        Some("DROP CONSTRAINT ")
    }

    /// Whether a table can say AUTOINCREMENT, and a constraint what becomes of rows that violate it.
    fn has_conflict_clauses(&self) -> bool {
        false
    }

    /// The statement after which foreign keys are checked at the end of the transaction, where
    /// constraints cannot be dropped.
    fn defer_foreign_keys_sql(&self) -> Option<&'static str> {
        None
    }

    /// Whether a computed column can say NOT NULL.
    fn has_not_null_computed(&self) -> bool {
        true
    }

    /// How long a name may be, in units of [`name_length`](Self::name_length).
    fn longest_name(&self) -> usize {
        usize::MAX
    }

    /// How long a name may be that a statement gives, in units of [`name_length`](Self::name_length): of a
    /// column of the result, of an alias.
    fn longest_alias(&self) -> usize {
        self.longest_name()
    }

    /// Whether it cuts the name of a column of the result where it is too long, wherever that stands. The
    /// rows are read by their places, so nothing is lost.
    fn cuts_labels(&self) -> bool {
        false
    }

    /// How long a name is: its bytes.
    fn name_length(&self, name: &str) -> usize {
        name.len()
    }

    /// What the name of an index belongs to.
    fn index_owner(&self) -> IndexOwner {
        IndexOwner::Schema
    }

    /// Whether the method of an index stands before its columns.
    fn index_method_first(&self) -> bool {
        true
    }

    /// Whether REFERENCES can name the schema of the table; where it cannot, both tables are in one.
    fn references_schemas(&self) -> bool {
        true
    }

    /// Where the comments of tables and columns are.
    fn comment_place(&self) -> CommentPlace {
        CommentPlace::Nowhere
    }

    /// Whether the database can have this constraint.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Compile`] with what it lacks.
    fn check_constraint(&self, constraint: &Constraint) -> Result<()> {
        let _ = constraint;
        Ok(())
    }
}

/// The standard's SQL for a type, or the usual one where the standard has none.
pub(crate) fn standard_type_sql(ty: &Type) -> Cow<'static, str> {
    match ty {
        Type::Boolean => "BOOLEAN".into(),
        Type::SmallInteger => "SMALLINT".into(),
        Type::Integer => "INTEGER".into(),
        Type::BigInteger => "BIGINT".into(),
        Type::UnsignedBigInteger => "NUMERIC(20, 0)".into(),
        Type::Float => "REAL".into(),
        Type::Double => "DOUBLE PRECISION".into(),
        Type::Numeric { precision: None, .. } => "NUMERIC".into(),
        Type::Numeric { precision: Some(precision), scale: None } => {
            format!("NUMERIC({precision})").into()
        }
        Type::Numeric { precision: Some(precision), scale: Some(scale) } => {
            format!("NUMERIC({precision}, {scale})").into()
        }
        Type::String { length: None, .. } => "VARCHAR".into(),
        Type::String { length: Some(length), .. } => format!("VARCHAR({length})").into(),
        Type::Text { .. } => "TEXT".into(),
        Type::LargeBinary { length: None } => "BLOB".into(),
        Type::LargeBinary { length: Some(length) } => format!("VARBINARY({length})").into(),
        Type::Char { length } => format!("CHAR({length})").into(),
        Type::Date => "DATE".into(),
        Type::Time { timezone, precision } => time_sql("TIME", *precision, *timezone),
        Type::DateTime { timezone, precision } => time_sql("TIMESTAMP", *precision, *timezone),
        Type::Interval { precision } => time_sql("INTERVAL", *precision, false),
        Type::Bit { length, varying } => {
            let word = if *varying { "BIT VARYING" } else { "BIT" };
            length.map_or_else(|| word.into(), |length| format!("{word}({length})").into())
        }
        Type::Uuid => "UUID".into(),
        Type::Json { binary: false } => "JSON".into(),
        Type::Json { binary: true } => "JSONB".into(),
        Type::Enum(of) => format!("VARCHAR({})", of.longest()).into(),
        Type::Array(of) => format!("{}[]", standard_type_sql(of)).into(),
        Type::Set(_) => "SET".into(),
        Type::Domain(of) => of.name().to_string().into(),
        Type::Composite(name) => name.to_string().into(),
        Type::Native(of) => of.name().to_uppercase().into(),
        Type::Variant(of) => standard_type_sql(of.base()),
        Type::Custom(of) => of.name().to_owned().into(),
    }
}

fn time_sql(word: &'static str, digits: Option<u8>, timezone: bool) -> Cow<'static, str> {
    match (digits, timezone) {
        (None, false) => word.into(),
        (None, true) => format!("{word} WITH TIME ZONE").into(),
        (Some(digits), false) => format!("{word}({digits})").into(),
        (Some(digits), true) => format!("{word}({digits}) WITH TIME ZONE").into(),
    }
}

/// Whether a type has no more digits of a second than the databases have.
///
/// # Errors
///
/// [`ErrorKind::Compile`] if it has.
pub(crate) fn check_precision(database: &str, ty: &Type) -> Result<()> {
    match ty {
        Type::Time { precision: Some(digits), .. }
        | Type::DateTime { precision: Some(digits), .. }
        | Type::Interval { precision: Some(digits) }
            if *digits > 6 =>
        {
            Err(no_such_type(database, ty, "a second has up to six digits"))
        }
        _ => Ok(()),
    }
}

/// The error for a type of PostgreSQL's own making.
#[cold]
pub(crate) fn no_user_defined(database: &str, ty: &Type) -> Error {
    no_such_type(database, ty, "use `with_variant` for the type that it has there")
}

/// The error for a type that a database does not have.
#[cold]
pub(crate) fn no_such_type(database: &str, ty: &Type, cure: &str) -> Error {
    Error::new(ErrorKind::Compile, format!("{database} has no type for {ty}; {cure}"))
}

/// The error for a constraint that a database cannot have.
#[cold]
pub(crate) fn no_such_constraint(constraint: &Constraint, why: &str) -> Error {
    let name = constraint.name().map_or("without a name", |name| name);
    Error::new(ErrorKind::Compile, format!("the constraint {name:?}: {why}"))
}
