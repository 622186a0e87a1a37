//! Conditions, and how they are joined.

use super::expression::Node;
use super::{Col, Expression};

/// A condition: what `where_` takes.
///
/// Conditions are joined by [`and`](Self::and) and [`or`](Self::or), or by `&`, `|` and `!`.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a condition does nothing until a statement has it"]
pub struct Predicate(pub(super) Expression);

impl Predicate {
    pub(super) fn new(node: Node) -> Self {
        Self(Expression(node))
    }

    /// Both.
    pub fn and(self, other: impl Into<Self>) -> Self {
        and_([self, other.into()])
    }

    /// At least one of the two.
    pub fn or(self, other: impl Into<Self>) -> Self {
        or_([self, other.into()])
    }
}

/// All of several conditions; of none, true.
///
/// ```
/// use aludel::{Column, MetaData, Table, and_, not_, or_, types};
///
/// let metadata = MetaData::new();
/// let t = Table::new("t", &metadata, [Column::new("a", types::Integer)])?;
/// let a = || t.c("a");
/// let condition = and_([or_([a()?.eq(1), a()?.gt(5)]), not_(a()?.is_null())]);
/// assert_eq!(
///     t.select().where_(condition).to_string(),
///     "SELECT t.a FROM t WHERE (t.a = :1 OR t.a > :2) AND NOT (t.a IS NULL)"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn and_(conditions: impl IntoIterator<Item = Predicate>) -> Predicate {
    Predicate::new(Node::All(joined(conditions, |node| match node {
        Node::All(parts) => Ok(parts),
        node => Err(node),
    })))
}

/// At least one of several conditions; of none, false.
pub fn or_(conditions: impl IntoIterator<Item = Predicate>) -> Predicate {
    Predicate::new(Node::Any(joined(conditions, |node| match node {
        Node::Any(parts) => Ok(parts),
        node => Err(node),
    })))
}

/// The parts of all conditions. Those that are joined in the same way already are taken apart, so
/// that a chain of ten thousand `and` is one node and not as many levels.
fn joined(
    conditions: impl IntoIterator<Item = Predicate>,
    apart: impl Fn(Node) -> Result<Vec<Expression>, Node>,
) -> Vec<Expression> {
    let mut all = Vec::new();
    for Predicate(condition) in conditions {
        match apart(condition.0) {
            // The first, which in a chain is the long one, is not copied.
            Ok(parts) if all.is_empty() => all = parts,
            Ok(parts) => all.extend(parts),
            Err(node) => all.push(Expression(node)),
        }
    }
    all
}

/// The opposite of a condition.
pub fn not_(condition: impl Into<Predicate>) -> Predicate {
    Predicate::new(Node::Not(Box::new(condition.into().0)))
}

/// A column that holds truth values is a condition.
impl<T> From<Col<T, bool>> for Predicate {
    fn from(column: Col<T, bool>) -> Self {
        Self(column.expression())
    }
}

impl std::ops::BitAnd for Predicate {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.and(other)
    }
}

impl std::ops::BitOr for Predicate {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

impl std::ops::Not for Predicate {
    type Output = Self;

    fn not(self) -> Self {
        not_(self)
    }
}
