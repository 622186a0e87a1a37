//! A SELECT that others select from.

use std::sync::Arc;

use super::alias::no_column;
use super::{FromClause, FromKind};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::select::SelectParts;
use crate::sql::tree::{MAX_DEPTH, TOO_DEEP};
use crate::sql::{AnyColumn, Col, ColumnType, Expr, Expression, Mapped, Name};

/// A SELECT that stands in FROM, under a name: `select(…).subquery("x")`. Cheap to clone.
///
/// ```
/// use aludel::{Auto, Mapped, func, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "orders")]
/// struct Order {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     customer: String,
/// }
///
/// let named = select((Order::c.id, func::lower(Order::c.customer).label("customer")));
/// let x = named.where_(Order::c.id.gt(5)).subquery("x");
/// let statement = select(x.column(Order::c.customer)?).where_(x.column(Order::c.id)?.lt(9));
/// assert_eq!(
///     statement.to_string(),
///     "SELECT x.customer FROM (SELECT orders.id, lower(orders.customer) AS customer \
///      FROM orders WHERE orders.id > :1) AS x WHERE x.id < :2"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Subquery(Arc<SubqueryParts>);

#[derive(Debug)]
pub(in crate::sql) struct SubqueryParts {
    pub(super) name: Name,
    pub(super) select: Arc<SelectParts>,
    pub(super) depth: u16,
}

impl Subquery {
    pub(in crate::sql) fn new(name: Name, select: Arc<SelectParts>) -> Self {
        let depth = select.depth();
        if depth <= MAX_DEPTH {
            return Self(Arc::new(SubqueryParts { name, select, depth }));
        }
        // What is nested too deeply is given up; compiling the statement is an error.
        let refused = Expression::refused(select.refusal().unwrap_or(TOO_DEEP));
        let select = Arc::new(SelectParts::of(vec![refused]));
        Self(Arc::new(SubqueryParts { name, select, depth: MAX_DEPTH }))
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.0.name
    }

    /// One of its columns, by the name that it has in the SELECT: of the column, or of its label.
    ///
    /// # Errors
    ///
    /// [`NoSuchColumn`](crate::ErrorKind::NoSuchColumn), with the columns there are;
    /// [`Compile`](crate::ErrorKind::Compile) if the SELECT itself cannot be compiled.
    pub fn c(&self, name: &str) -> Result<AnyColumn> {
        let name = self.find(name)?;
        Ok(AnyColumn { of: self.into(), name, ty: None })
    }

    /// The column that has the name of a mapped one, with its type.
    ///
    /// # Errors
    ///
    /// As [`c`](Self::c).
    pub fn column<T: Mapped, V: ColumnType>(&self, like: Col<T, V>) -> Result<Expr<V>> {
        let name = self.find(like.name())?;
        Ok(Expr::new(Expression::column(self.into(), name)))
    }

    fn find(&self, name: &str) -> Result<Name> {
        let names = || self.0.select.columns.iter().filter_map(Expression::result_name);
        names().find(|known| **known == *name).ok_or_else(|| match self.0.select.refusal() {
            Some(reason) => Error::new(ErrorKind::Compile, reason),
            None => no_column(&self.0.name, name, &names().collect::<Vec<_>>()),
        })
    }
}

impl From<&Subquery> for FromClause {
    fn from(subquery: &Subquery) -> Self {
        Self(FromKind::Subquery(Arc::clone(&subquery.0)))
    }
}

impl From<Subquery> for FromClause {
    fn from(subquery: Subquery) -> Self {
        Self(FromKind::Subquery(subquery.0))
    }
}
