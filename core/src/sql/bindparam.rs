//! Values that are given at execution.

use std::sync::Arc;

use super::tree::{BindDefault, ListOf, ValueType};
use super::{ColumnType, Dynamic, Expr, Expression, Name, TypedExpression};
use crate::value::Value;

/// A value that is given at execution, by name. See [`bindparam`].
#[derive(Debug, Clone, PartialEq)]
pub struct BindParam {
    name: Name,
    default: Option<BindDefault>,
}

/// A value that is given at execution, by name.
///
/// One name may stand several times, and is given one value.
///
/// ```
/// use aludel::{Column, MetaData, Table, bindparam, types};
///
/// let metadata = MetaData::new();
/// let t = Table::new("t", &metadata, [Column::new("a", types::Integer)])?;
/// let statement = t.select().where_(t.c("a")?.eq(bindparam("wanted")));
/// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a = :wanted");
/// # Ok::<(), aludel::Error>(())
/// ```
#[must_use]
pub fn bindparam(name: impl Into<Name>) -> BindParam {
    BindParam { name: name.into(), default: None }
}

impl BindParam {
    /// The value that it has if it is given none.
    ///
    /// ```
    /// use aludel::{bindparam, create_engine, params, select};
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// let statement = select(bindparam("n").value(40).typed::<i64>() + 2);
    /// assert_eq!(conn.scalar(&statement)?, Some(42_i64));
    /// assert_eq!(conn.scalar(statement.params(params! { n: 5 }))?, Some(7_i64));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn value(self, value: impl Into<Value>) -> Self {
        Self { default: Some(BindDefault::Value(value.into())), ..self }
    }

    /// What makes the value, at each execution that does not give one.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{bindparam, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).where_(t.c("a")?.eq(bindparam("n").callable(|| 5)));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.a = :n");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn callable<V: Into<Value>>(self, make: impl Fn() -> V + Send + Sync + 'static) -> Self {
        let make = Arc::new(move || make().into());
        Self { default: Some(BindDefault::Callable(make)), ..self }
    }

    /// As an expression of the type `V`, which is declared to the database: needed where nothing that
    /// stands beside it says the type.
    ///
    /// ```
    /// # use aludel::{bindparam, select};
    /// let statement = select(bindparam("n").typed::<i64>() + 1);
    /// assert_eq!(statement.to_string(), "SELECT :n + :1");
    /// ```
    pub fn typed<V: ColumnType>(self) -> Expr<V> {
        Expr::new(self.into_expression().with_type(ValueType::Declared(V::TYPE)))
    }

    /// As a bind that stands for a list: `column.in_(bindparam("ids").expanding())`. It is given a
    /// `Vec`, and the text has as many placeholders as that has values.
    ///
    /// ```
    /// use aludel::{Column, MetaData, Table, bindparam, create_engine, params, types};
    ///
    /// let metadata = MetaData::new();
    /// let t = Table::new("t", &metadata, [Column::new("a", types::Integer)])?;
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// metadata.create_all(&mut conn)?;
    /// let rows = [1, 2, 3].map(|a| params! { a: a });
    /// conn.execute_many(t.insert(), rows)?;
    ///
    /// let listed = t.select().where_(t.c("a")?.in_(bindparam("wanted").expanding()));
    /// assert_eq!(listed.to_string(), "SELECT t.a FROM t WHERE (t.a IN (:wanted))");
    /// let two = listed.clone().params(params! { wanted: vec![1, 3, 5] });
    /// assert_eq!(conn.execute(two)?.all()?.len(), 2);
    /// let none = listed.params(params! { wanted: Vec::<i32>::new() });
    /// assert_eq!(conn.execute(none)?.all()?.len(), 0);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    #[must_use]
    pub fn expanding(self) -> ExpandingBind {
        ExpandingBind(self)
    }

    pub(super) fn into_expression(self) -> Expression {
        Expression::bind(self.name, self.default)
    }
}

/// A list of values that is given at execution, by name: [`BindParam::expanding`].
#[derive(Debug, Clone, PartialEq)]
pub struct ExpandingBind(BindParam);

impl ExpandingBind {
    pub(super) fn into_list(self) -> ListOf {
        ListOf::Bind { name: self.0.name, default: self.0.default }
    }
}

impl TypedExpression for BindParam {
    type Value = Dynamic;

    fn expr(self) -> Expr<Dynamic> {
        Expr::new(self.into_expression())
    }
}
