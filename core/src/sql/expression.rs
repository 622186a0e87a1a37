//! The tree: what every typed column and operator becomes.

use super::predicate::DEEPEST;
use super::{CacheKey, Literals, Name, Writer};
use crate::error::{Error, ErrorKind, Result};
use crate::value::Value;

/// An expression, without the Rust type of its value.
///
/// Programs make it through [`Col`](super::Col) and its operators.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression(pub(super) Node);

/// The nodes of the tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Column {
        table: Name,
        name: Name,
    },
    Literal(Value),
    Bind(Name),
    Binary(Box<(Expression, Op, Expression)>),
    IsNull {
        of: Box<Expression>,
        negated: bool,
    },
    In {
        of: Box<Expression>,
        values: Box<[Value]>,
        negated: bool,
    },
    Between(Box<[Expression; 3]>),
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    /// What was nested too deeply: see `Predicate`.
    TooDeep,
}

/// Operators with two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Like,
    NotLike,
}

impl Op {
    fn sql(self) -> &'static str {
        match self {
            Self::Eq => " = ",
            Self::Ne => " != ",
            Self::Lt => " < ",
            Self::Le => " <= ",
            Self::Gt => " > ",
            Self::Ge => " >= ",
            Self::Like => " LIKE ",
            Self::NotLike => " NOT LIKE ",
        }
    }
}

impl Expression {
    pub(super) fn column(table: Name, name: Name) -> Self {
        Self(Node::Column { table, name })
    }

    pub(super) fn literal(value: Value) -> Self {
        Self(Node::Literal(value))
    }

    /// Whether it is the bind of this name.
    pub(super) fn is_bind(&self, name: &Name) -> bool {
        matches!(&self.0, Node::Bind(known) if known == name)
    }

    pub(super) fn binary(self, op: Op, right: Self) -> Self {
        Self(Node::Binary(Box::new((self, op, right))))
    }

    /// The structure for the cache, and the values, in one walk.
    pub(super) fn key(&self, key: &mut CacheKey, literals: &mut Literals) {
        match &self.0 {
            Node::Column { table, name } => {
                key.mark(b'c');
                key.name(table);
                key.name(name);
            }
            Node::Literal(value) => {
                key.mark(b'v');
                literals.push(value);
            }
            Node::Bind(name) => {
                key.mark(b'b');
                key.name(name);
            }
            Node::Binary(sides) => {
                key.mark(b'o');
                key.mark(sides.1 as u8);
                sides.0.key(key, literals);
                sides.2.key(key, literals);
            }
            Node::IsNull { of, negated } => {
                key.mark(if *negated { b'N' } else { b'n' });
                of.key(key, literals);
            }
            Node::In { of, values, negated } => {
                key.mark(if *negated { b'I' } else { b'i' });
                of.key(key, literals);
                literals.push_list(values);
            }
            Node::Between(parts) => {
                key.mark(b'w');
                parts.iter().for_each(|part| part.key(key, literals));
            }
            Node::All(parts) => keys(b'&', parts, key, literals),
            Node::Any(parts) => keys(b'|', parts, key, literals),
            Node::Not(of) => {
                key.mark(b'!');
                of.key(key, literals);
            }
            Node::TooDeep => key.mark(b'D'),
        }
    }

    /// Writes the SQL, visiting values in the order of [`key`](Self::key).
    pub(super) fn write(&self, to: &mut Writer<'_>) {
        match &self.0 {
            Node::Column { table, name } => {
                to.name(table);
                to.sql(".");
                to.name(name);
            }
            Node::Literal(_) => to.literal(),
            Node::Bind(name) => to.bind(name),
            Node::Binary(sides) => {
                sides.0.write(to);
                to.sql(sides.1.sql());
                sides.2.write(to);
            }
            Node::IsNull { of, negated } => {
                of.write(to);
                to.sql(if *negated { " IS NOT NULL" } else { " IS NULL" });
            }
            Node::In { of, negated, .. } => {
                to.sql("(");
                of.write(to);
                to.list(*negated);
                to.sql(")");
            }
            Node::Between(parts) => {
                for (part, before) in parts.iter().zip(["", " BETWEEN ", " AND "]) {
                    to.sql(before);
                    part.write(to);
                }
            }
            Node::All(parts) => self.write_joined(parts, " AND ", to),
            Node::Any(parts) => self.write_joined(parts, " OR ", to),
            Node::Not(of) => {
                to.sql("NOT (");
                of.write(to);
                to.sql(")");
            }
            Node::TooDeep => to.sql("(too deep)"),
        }
    }

    fn write_joined(&self, parts: &[Self], between: &str, to: &mut Writer<'_>) {
        if parts.is_empty() {
            // All of nothing is true, any of nothing is false.
            to.sql(if matches!(self.0, Node::All(_)) { "1 = 1" } else { "1 != 1" });
        }
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                to.sql(between);
            }
            part.write_nested(to);
        }
    }

    /// Writes it as a part of a longer condition.
    pub(super) fn write_nested(&self, to: &mut Writer<'_>) {
        let nested = matches!(&self.0, Node::All(_) | Node::Any(_));
        to.sql(if nested { "(" } else { "" });
        self.write(to);
        to.sql(if nested { ")" } else { "" });
    }

    /// What is too deep is so at the top: it takes the place of all that was around it.
    pub(super) fn check_depth(&self) -> Result<()> {
        if !matches!(self.0, Node::TooDeep) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Compile,
            format!(
                "a condition is nested more than {DEEPEST} levels deep; give `and_` or `or_` all \
                 that belong together, which is one level, or ask with several statements"
            ),
        ))
    }

    /// Notes the tables that it names, each once.
    pub(super) fn tables<'a>(&'a self, found: &mut Vec<&'a Name>) {
        match &self.0 {
            Node::Column { table, .. } => {
                if !found.contains(&table) {
                    found.push(table);
                }
            }
            Node::Literal(_) | Node::Bind(_) | Node::TooDeep => {}
            Node::Binary(sides) => {
                sides.0.tables(found);
                sides.2.tables(found);
            }
            Node::IsNull { of, .. } | Node::In { of, .. } | Node::Not(of) => of.tables(found),
            Node::Between(parts) => parts.iter().for_each(|part| part.tables(found)),
            Node::All(parts) | Node::Any(parts) => {
                parts.iter().for_each(|part| part.tables(found));
            }
        }
    }
}

fn keys(mark: u8, parts: &[Expression], key: &mut CacheKey, literals: &mut Literals) {
    key.mark(mark);
    key.count(parts.len());
    parts.iter().for_each(|part| part.key(key, literals));
}

/// A value that is given at execution, by name. See [`bindparam`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindParam(pub(super) Name);

/// A value that is given at execution, by name.
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
    BindParam(name.into())
}
