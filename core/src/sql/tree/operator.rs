//! Operators, and how strongly each binds.

/// How strongly an operator binds its operands. An operand that binds less strongly, or equally,
/// stands in parentheses.
///
/// The order is SQLAlchemy's, with three differences: NOT has a level of its own, because PostgreSQL,
/// MySQL and SQLite all read `NOT a = b` as `NOT (a = b)`; operands of `||` and of the bitwise
/// operators stand in parentheses whatever they are, because each database has another order for
/// them; and text that the program wrote stands in parentheses beside every operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sql) enum Precedence {
    Or,
    And,
    Not,
    Comparison,
    Bitwise,
    Concatenation,
    Sum,
    Product,
    Atom,
}

/// Operators with two operands that are written alike everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(in crate::sql) enum Op {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    Add,
    Subtract,
    Multiply,
    Modulo,
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
            Self::Add => " + ",
            Self::Subtract => " - ",
            Self::Multiply => " * ",
            Self::Modulo => " % ",
            Self::Concat => " || ",
        }
    }

    pub(super) fn precedence(self) -> Precedence {
        match self {
            Self::Eq | Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => {
                Precedence::Comparison
            }
            Self::Concat => Precedence::Concatenation,
            Self::Add | Self::Subtract => Precedence::Sum,
            Self::Multiply | Self::Modulo => Precedence::Product,
        }
    }

    /// Whether `a op (b op c)` is `(a op b) op c`, so that neither needs parentheses.
    pub(super) fn is_associative(self) -> bool {
        matches!(self, Self::Add | Self::Multiply | Self::Concat)
    }
}

/// What a division gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Quotient {
    /// A floating-point number, also of integers.
    Float,
    /// The fraction, as exact as the database has it, also of integers.
    Exact,
    /// The integer of a division of integers, rounded toward zero.
    Truncated,
    /// The largest integer that is not above the fraction, of floating-point numbers.
    Floor,
    /// The same of exact numbers.
    ExactFloor,
    /// The same of numbers of which nobody knows what sort they are.
    AnyFloor,
}

/// Operators on the bits of integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum BitwiseOperator {
    /// Bits that both have.
    And,
    /// Bits that one of the two has.
    Or,
    /// Bits that exactly one of the two has.
    Xor,
    /// The bits moved up.
    LeftShift,
    /// The bits moved down; the sign stays.
    RightShift,
}

/// Where a part stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum TextPlace {
    /// At its begin.
    Start,
    /// At its end.
    End,
    /// Anywhere in it.
    Inside,
}

/// What `%` and `_` in a part of a text are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wildcards {
    /// They stand for any text and any character.
    All,
    /// They do, unless this character is before them.
    Unless(char),
    /// They are themselves.
    None,
}

/// A field of a date or a time.
///
/// Each is an integer on every database; seconds and the epoch are rounded down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum DateField {
    /// The year.
    Year,
    /// The quarter of the year, from 1.
    Quarter,
    /// The month, from 1.
    Month,
    /// The week of the year as ISO 8601 counts it.
    Week,
    /// The day of the month, from 1.
    Day,
    /// The day of the week: Sunday is 0.
    DayOfWeek,
    /// The day of the week as ISO 8601 counts it: Monday is 1, Sunday 7.
    IsoDayOfWeek,
    /// The day of the year, from 1.
    DayOfYear,
    /// The hour.
    Hour,
    /// The minute.
    Minute,
    /// The second, without its fraction.
    Second,
    /// The seconds since the begin of 1970.
    Epoch,
}

/// How text is compared with a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) struct Like {
    pub(in crate::sql) insensitive: bool,
    pub(in crate::sql) negated: bool,
    pub(in crate::sql) escape: Option<char>,
}

/// How a part is looked for in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) struct TextMatch {
    pub(in crate::sql) place: TextPlace,
    pub(in crate::sql) insensitive: bool,
    pub(in crate::sql) negated: bool,
    pub(in crate::sql) wildcards: Wildcards,
}

/// How text is compared with a regular expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) struct Regexp {
    pub(in crate::sql) negated: bool,
    pub(in crate::sql) flags: Option<&'static str>,
}
