//! CASE.

use std::fmt;
use std::marker::PhantomData;

use super::tree::Kind;
use super::{
    Alternative, Condition, Expr, ExprType, Expression, Nullability, Nullable, Operand,
    TypedExpression,
};

/// CASE with at least one WHEN, whose results have the type `B`, and can be NULL if `N` says so.
#[must_use = "an expression does nothing until a statement has it"]
pub struct Case<B, N> {
    parts: Parts,
    types: PhantomData<fn() -> (B, N)>,
}

/// What is written, in order.
#[derive(Debug)]
struct Parts {
    children: Vec<Expression>,
    /// Whether the first child is the value that is compared.
    of: bool,
}

impl Parts {
    fn end(self, otherwise: bool) -> Expression {
        Expression::node(Kind::Case { of: self.of, otherwise }, self.children)
    }
}

impl<B, N> fmt::Debug for Case<B, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Case").field(&self.parts).finish()
    }
}

/// The type of CASE whose results have the type `B` so far, and can be NULL if `N` says so, with the result `R` for the
/// rest.
pub type CaseOr<B, N, R> = <<R as Alternative<B>>::Result as ExprType>::With<
    <N as Nullability>::Or<<R as Alternative<B>>::Null>,
>;

type BareOf<R> = <<R as TypedExpression>::Value as ExprType>::Bare;
type NullOf<R> = <<R as TypedExpression>::Value as ExprType>::Null;

/// `CASE WHEN condition THEN result …`: the result of the first condition that holds.
///
/// Further conditions follow by `when`; `else_` or `end` ends it. Its type is the widest of the results'.
///
/// ```
/// use aludel::{Auto, Mapped, case, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     age: Option<i32>,
/// }
///
/// let group = case(User::c.age.lt(28), "young").when(User::c.age.lt(38), "mid").else_("old");
/// assert_eq!(
///     select(group).to_string(),
///     "SELECT CASE WHEN users.age < :1 THEN :2 WHEN users.age < :3 THEN :4 ELSE :5 END FROM users"
/// );
/// ```
pub fn case<C, R>(condition: C, result: R) -> Case<BareOf<R>, NullOf<R>>
where
    C: Condition,
    R: TypedExpression,
{
    let ty = <R::Value as ExprType>::DATABASE_TYPE;
    let children = vec![condition.condition(), result.expr().into_expression().with_type(ty)];
    Case { parts: Parts { children, of: false }, types: PhantomData }
}

/// CASE of a value that is compared with others: `case_of(User::c.age).when(25, "young")`.
///
/// ```
/// use aludel::{Column, MetaData, Table, case_of, select, types};
///
/// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
/// let word = case_of(t.c("a")?).when(1, "one").when(2, "two").end();
/// assert_eq!(
///     select(word).to_string(),
///     "SELECT CASE t.a WHEN :1 THEN :2 WHEN :3 THEN :4 END FROM t"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn case_of<E: TypedExpression>(value: E) -> CaseOf<BareOf<E>> {
    CaseOf { of: value.expr().into_expression(), value: PhantomData }
}

/// CASE of a value of the type `V`, without a WHEN.
#[must_use = "CASE needs a WHEN"]
pub struct CaseOf<V> {
    of: Expression,
    value: PhantomData<fn() -> V>,
}

impl<V> fmt::Debug for CaseOf<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CaseOf").field(&self.of).finish()
    }
}

impl<V: ExprType> CaseOf<V> {
    /// The result for a value.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{case_of, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let word = case_of(t.c("a")?).when(1, "one").else_("many");
    /// let statement = select(word);
    /// assert_eq!(statement.to_string(), "SELECT CASE t.a WHEN :1 THEN :2 ELSE :3 END FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn when<O, R>(self, value: O, result: R) -> CaseOfWhen<V, BareOf<R>, NullOf<R>>
    where
        O: Operand<V>,
        R: TypedExpression,
    {
        let ty = <R::Value as ExprType>::DATABASE_TYPE;
        let value = value.operand().with_type(V::DATABASE_TYPE);
        let children = vec![self.of, value, result.expr().into_expression().with_type(ty)];
        let case = Case { parts: Parts { children, of: true }, types: PhantomData };
        CaseOfWhen { case, value: PhantomData }
    }
}

/// CASE of a value of the type `V` with at least one WHEN.
#[must_use = "an expression does nothing until a statement has it"]
pub struct CaseOfWhen<V, B, N> {
    case: Case<B, N>,
    value: PhantomData<fn() -> V>,
}

impl<V, B, N> fmt::Debug for CaseOfWhen<V, B, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.case, f)
    }
}

impl<V: ExprType, B: ExprType, N: Nullability> CaseOfWhen<V, B, N> {
    /// The result for another value.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{case_of, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let word = case_of(t.c("a")?).when(1, "one").when(2, "two").else_("many");
    /// let statement = select(word);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "SELECT CASE t.a WHEN :1 THEN :2 WHEN :3 THEN :4 ELSE :5 END FROM t"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn when<O, R>(mut self, value: O, result: R) -> CaseOfWhen<V, R::Result, N::Or<R::Null>>
    where
        O: Operand<V>,
        R: Alternative<B>,
    {
        self.case.parts.children.push(value.operand().with_type(V::DATABASE_TYPE));
        CaseOfWhen { case: self.case.result(result), value: PhantomData }
    }

    /// The result for all other values.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{case, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(case(t.c("a")?.gt(5), "many").else_("few"));
    /// assert_eq!(statement.to_string(), "SELECT CASE WHEN t.a > :1 THEN :2 ELSE :3 END FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn else_<R>(self, result: R) -> Expr<CaseOr<B, N, R>>
    where
        R: Alternative<B>,
    {
        self.case.else_(result)
    }

    /// NULL for all other values.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{case, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(case(t.c("a")?.gt(5), "many").end());
    /// assert_eq!(statement.to_string(), "SELECT CASE WHEN t.a > :1 THEN :2 END FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn end(self) -> Expr<B::With<Nullable>> {
        self.case.end()
    }
}

impl<B: ExprType, N: Nullability> Case<B, N> {
    /// The result for a condition, if none before it holds.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{case, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let word = case(t.c("a")?.lt(1), "none").when(t.c("a")?.lt(5), "few").else_("many");
    /// let statement = select(word);
    /// assert_eq!(
    ///     statement.to_string(),
    ///     "SELECT CASE WHEN t.a < :1 THEN :2 WHEN t.a < :3 THEN :4 ELSE :5 END FROM t"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn when<C, R>(mut self, condition: C, result: R) -> Case<R::Result, N::Or<R::Null>>
    where
        C: Condition,
        R: Alternative<B>,
    {
        self.parts.children.push(condition.condition());
        self.result(result)
    }

    fn result<R: Alternative<B>>(mut self, result: R) -> Case<R::Result, N::Or<R::Null>> {
        self.parts.children.push(result.alternative().with_type(B::DATABASE_TYPE));
        Case { parts: self.parts, types: PhantomData }
    }

    /// The result if no condition holds.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{case, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(case(t.c("a")?.lt(5), t.c("b")?).else_(0));
    /// assert_eq!(statement.to_string(), "SELECT CASE WHEN t.a < :1 THEN t.b ELSE :2 END FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn else_<R>(self, result: R) -> Expr<CaseOr<B, N, R>>
    where
        R: Alternative<B>,
    {
        Expr::new(self.result(result).parts.end(true))
    }

    /// NULL if no condition holds.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::{case, select};
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(case(t.c("a")?.lt(5), t.c("b")?).end());
    /// assert_eq!(statement.to_string(), "SELECT CASE WHEN t.a < :1 THEN t.b END FROM t");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn end(self) -> Expr<B::With<Nullable>> {
        Expr::new(self.parts.end(false))
    }
}
