//! Conditions, and how they are joined.

use super::expression::Node;
use super::{Col, Expression};

/// A condition: what `where_` takes.
///
/// Conditions are joined by [`and`](Self::and) and [`or`](Self::or), or by `&`, `|` and `!`.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a condition does nothing until a statement has it"]
pub struct Predicate {
    pub(super) expression: Expression,
    /// Levels of `and`, `or` and `not` on top of one another.
    depth: usize,
}

/// How deep conditions may be nested: everything that walks through the tree calls itself for each
/// level, and a greenlet's stack ends. Databases read no more either.
pub(super) const DEEPEST: usize = 1000;

impl Predicate {
    pub(super) fn new(node: Node) -> Self {
        Self { expression: Expression(node), depth: 0 }
    }

    /// One more level on top of the deepest part. Beyond the limit the tree is given up, and
    /// compiling the statement is an error.
    fn over(node: Node, deepest: usize) -> Self {
        let depth = deepest.saturating_add(1);
        let node = if depth > DEEPEST { Node::TooDeep } else { node };
        Self { expression: Expression(node), depth }
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
    let (parts, deepest) = joined(conditions, |node| match node {
        Node::All(parts) => Ok(parts),
        node => Err(node),
    });
    Predicate::over(Node::All(parts), deepest)
}

/// At least one of several conditions; of none, false.
pub fn or_(conditions: impl IntoIterator<Item = Predicate>) -> Predicate {
    let (parts, deepest) = joined(conditions, |node| match node {
        Node::Any(parts) => Ok(parts),
        node => Err(node),
    });
    Predicate::over(Node::Any(parts), deepest)
}

/// The parts of all conditions, and how deep the deepest is. Those that are joined in the same way already are taken apart, so
/// that a chain of ten thousand `and` is one node and not as many levels.
fn joined(
    conditions: impl IntoIterator<Item = Predicate>,
    apart: impl Fn(Node) -> Result<Vec<Expression>, Node>,
) -> (Vec<Expression>, usize) {
    let (mut all, mut deepest) = (Vec::new(), 0);
    for Predicate { expression, depth } in conditions {
        let depth = match apart(expression.0) {
            // The first, which in a chain is the long one, is not copied.
            Ok(parts) if all.is_empty() => {
                all = parts;
                depth.saturating_sub(1)
            }
            Ok(parts) => {
                all.extend(parts);
                depth.saturating_sub(1)
            }
            Err(node) => {
                all.push(Expression(node));
                depth
            }
        };
        deepest = deepest.max(depth);
    }
    (all, deepest)
}

/// The opposite of a condition.
pub fn not_(condition: impl Into<Predicate>) -> Predicate {
    let Predicate { expression, depth } = condition.into();
    Predicate::over(Node::Not(Box::new(expression)), depth)
}

/// A column that holds truth values is a condition.
impl<T> From<Col<T, bool>> for Predicate {
    fn from(column: Col<T, bool>) -> Self {
        Self::new(column.expression().0)
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
