//! Operators with two operands, and how strongly each binds.

/// How strongly an operator binds its operands. An operand that binds less strongly, or equally,
/// stands in parentheses.
///
/// The order is SQLAlchemy's, with two differences: NOT has a level of its own, because PostgreSQL,
/// MySQL and SQLite all read `NOT a = b` as `NOT (a = b)`; and operands of `||` stand in
/// parentheses whatever they are, because SQLite binds it more strongly than `*`, PostgreSQL less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sql) enum Precedence {
    Or,
    And,
    Not,
    Comparison,
    Concatenation,
    Sum,
    Product,
    Atom,
}

/// Operators with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::sql) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Like,
    NotLike,
    Add,
    Subtract,
    Multiply,
    Concat,
}

impl Op {
    /// How it is written between its operands.
    pub(in crate::sql) fn sql(self) -> &'static str {
        match self {
            Self::Eq => " = ",
            Self::Ne => " != ",
            Self::Lt => " < ",
            Self::Le => " <= ",
            Self::Gt => " > ",
            Self::Ge => " >= ",
            Self::Like => " LIKE ",
            Self::NotLike => " NOT LIKE ",
            Self::Add => " + ",
            Self::Subtract => " - ",
            Self::Multiply => " * ",
            Self::Concat => " || ",
        }
    }

    pub(super) fn precedence(self) -> Precedence {
        match self {
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => {
                Precedence::Comparison
            }
            Self::Like | Self::NotLike => Precedence::Comparison,
            Self::Concat => Precedence::Concatenation,
            Self::Add | Self::Subtract => Precedence::Sum,
            Self::Multiply => Precedence::Product,
        }
    }

    /// Whether `a op (b op c)` is `(a op b) op c`, so that neither needs parentheses.
    pub(super) fn is_associative(self) -> bool {
        matches!(self, Self::Add | Self::Multiply | Self::Concat)
    }
}
