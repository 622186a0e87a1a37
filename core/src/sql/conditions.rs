//! Conditions, and how they are joined.

use super::tree::Kind;
use super::{AnyColumn, Auto, Col, Combined, Dynamic, Expr, Expression, Mapped};
use super::{NotNull, Nullability, Nullable};

/// What `where_`, `and_`, `or_` and `not_` take: an `Expr<bool>`, an `Expr<Option<bool>>`, or a
/// column of truth values. A row for which it is NULL is left out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a condition",
    note = "a condition compares (`User::c.age.ge(18)`), joins conditions (`and_`, `or_`, `not_`), \
            or is a column of type `bool`"
)]
pub trait Condition {
    /// Whether it can be NULL.
    type Null: Nullability;

    /// As an expression.
    fn condition(self) -> Expression;
}

// Each type by itself: a bound on the type of the value would be what the compiler reports, in the
// place of the message above.
#[diagnostic::do_not_recommend]
impl Condition for Expr<bool> {
    type Null = NotNull;

    fn condition(self) -> Expression {
        self.into_expression()
    }
}

#[diagnostic::do_not_recommend]
impl Condition for Expr<Option<bool>> {
    type Null = Nullable;

    fn condition(self) -> Expression {
        self.into_expression()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Mapped> Condition for Col<T, bool> {
    type Null = NotNull;

    fn condition(self) -> Expression {
        self.expression()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Mapped> Condition for Col<T, Option<bool>> {
    type Null = Nullable;

    fn condition(self) -> Expression {
        self.expression()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Mapped> Condition for Col<T, Auto<bool>> {
    type Null = NotNull;

    fn condition(self) -> Expression {
        self.expression()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Mapped> Condition for Col<T, Option<Auto<bool>>> {
    type Null = Nullable;

    fn condition(self) -> Expression {
        self.expression()
    }
}

#[diagnostic::do_not_recommend]
impl Condition for AnyColumn {
    type Null = Nullable;

    fn condition(self) -> Expression {
        self.expression()
    }
}

#[diagnostic::do_not_recommend]
impl Condition for Expr<Dynamic> {
    type Null = Nullable;

    fn condition(self) -> Expression {
        self.into_expression()
    }
}

/// What `and_` and `or_` take: a tuple of conditions, or an array or vector of one type; `()` for
/// none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of conditions",
    note = "give a tuple of conditions, or an array or `Vec` of conditions of one type; \
            `.nullable()` gives a condition the type of those that can be NULL"
)]
pub trait Conditions {
    /// Whether one of them can be NULL.
    type Null: Nullability;

    /// Adds them.
    fn conditions(self, to: &mut Vec<Expression>);
}

impl Conditions for () {
    type Null = NotNull;

    fn conditions(self, _: &mut Vec<Expression>) {}
}

impl<C: Condition> Conditions for Vec<C> {
    type Null = C::Null;

    fn conditions(self, to: &mut Vec<Expression>) {
        to.extend(self.into_iter().map(Condition::condition));
    }
}

impl<C: Condition, const N: usize> Conditions for [C; N] {
    type Null = C::Null;

    fn conditions(self, to: &mut Vec<Expression>) {
        to.extend(self.into_iter().map(Condition::condition));
    }
}

/// Whether one of several can be NULL.
macro_rules! null_of {
    ($one:ident) => { $one::Null };
    ($one:ident $($rest:ident)+) => { <$one::Null as Nullability>::Or<null_of!($($rest)+)> };
}

macro_rules! conditions {
    ($($one:ident $at:tt),+) => {
        impl<$($one: Condition),+> Conditions for ($($one,)+) {
            type Null = null_of!($($one)+);

            fn conditions(self, to: &mut Vec<Expression>) {
                to.extend([$(self.$at.condition()),+]);
            }
        }
    };
}
tuples!(conditions);

/// All of several conditions; of none, true.
///
/// The conditions of a tuple may be of several types. Those of an array or a `Vec` have one type, so
/// that of a column that can be NULL does not stand beside that of one that cannot: give a tuple, or
/// call [`nullable`](Expr::nullable) on the other.
///
/// ```
/// use aludel::{Column, MetaData, Table, and_, not_, or_, types};
///
/// let metadata = MetaData::new();
/// let t = Table::new("t", &metadata, [Column::new("a", types::Integer)])?;
/// let a = || t.c("a");
/// let condition = and_((or_([a()?.eq(1), a()?.gt(5)]), not_(a()?.is_null())));
/// assert_eq!(
///     t.select().where_(condition).to_string(),
///     "SELECT t.a FROM t WHERE (t.a = :1 OR t.a > :2) AND t.a IS NOT NULL"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn and_<C: Conditions>(conditions: C) -> Expr<Combined<NotNull, C::Null, bool>> {
    Expr::new(all(listed(conditions)))
}

/// At least one of several conditions; of none, false.
///
/// They are given as to [`and_`]:
///
/// ```
/// use aludel::{Auto, Mapped, or_, select};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
///     age: Option<i32>,
/// }
///
/// // `age` can be NULL and `name` cannot, so that the conditions are of two types.
/// let tuple = or_((User::c.age.gt(18), User::c.name.eq("sandy")));
/// let array = or_([User::c.age.gt(18), User::c.name.eq("sandy").nullable()]);
/// let sql = "SELECT users.id FROM users WHERE users.age > :1 OR users.name = :2";
/// assert_eq!(select(User::c.id).where_(tuple).to_string(), sql);
/// assert_eq!(select(User::c.id).where_(array).to_string(), sql);
/// ```
pub fn or_<C: Conditions>(conditions: C) -> Expr<Combined<NotNull, C::Null, bool>> {
    Expr::new(any(listed(conditions)))
}

/// The opposite of a condition; NULL stays NULL.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{not_, or_, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(t.c("a")?).where_(not_(or_((t.c("a")?.eq(1), t.c("b")?.eq(2)))));
/// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE NOT (t.a = :1 OR t.b = :2)");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn not_<C: Condition>(condition: C) -> Expr<Combined<NotNull, C::Null, bool>> {
    Expr::new(condition.condition().not())
}

fn listed(conditions: impl Conditions) -> Vec<Expression> {
    let mut all = Vec::new();
    conditions.conditions(&mut all);
    all
}

pub(super) fn all(conditions: impl IntoIterator<Item = Expression>) -> Expression {
    Expression::joined(Kind::All, conditions)
}

pub(super) fn any(conditions: impl IntoIterator<Item = Expression>) -> Expression {
    Expression::joined(Kind::Any, conditions)
}
