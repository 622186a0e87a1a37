//! Types of the program's own.

use std::borrow::Cow;
use std::fmt;

use super::Type;

/// A type that a program adds: what it is called in each database, and what its values travel as.
///
/// ```
/// use std::borrow::Cow;
///
/// use aludel::{Column, types};
///
/// /// Text that PostgreSQL compares without case.
/// #[derive(Debug)]
/// struct CiText;
///
/// impl types::CustomType for CiText {
///     fn name(&self) -> &str {
///         "CiText"
///     }
///
///     fn base(&self) -> &types::Type {
///         &types::Text
///     }
///
///     fn type_sql(&self, dialect: &str) -> Option<Cow<'static, str>> {
///         (dialect == "postgresql").then_some("CITEXT".into())
///     }
/// }
///
/// let column = Column::new("email", types::Custom(CiText));
/// assert_eq!(column.column_type().kind(), types::TypeKind::Text);
/// ```
pub trait CustomType: fmt::Debug + Send + Sync + 'static {
    /// Its name with its parameters. Two types of one name and one base are the same type.
    fn name(&self) -> &str;

    /// The type that its values are sent and read as.
    fn base(&self) -> &Type;

    /// The SQL of the type in the database whose dialect has this name (`"sqlite"`, `"postgresql"`,
    /// `"mysql"`); without one, the type is spelled as its base.
    fn type_sql(&self, dialect: &str) -> Option<Cow<'static, str>> {
        let _ = dialect;
        None
    }
}

impl PartialEq for dyn CustomType {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name() && self.base() == other.base()
    }
}

impl Eq for dyn CustomType {}
