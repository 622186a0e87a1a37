//! How the database makes the value of a column.

use super::DdlExpression;

/// How the database makes the value of a column that a statement does not set, besides counting:
/// see [`Table::autoincrement_column`](super::Table::autoincrement_column).
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Generated {
    /// DEFAULT: the value of an expression when the row is inserted.
    Default(DdlExpression),
    /// GENERATED ALWAYS AS: always the value of an expression over other columns.
    Computed(Computed),
    /// GENERATED AS IDENTITY: counted by the standard's means.
    Identity(Identity),
}

/// The expression of a computed column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Computed {
    /// What it is computed by.
    pub expression: DdlExpression,
    /// Whether the value is stored; else it is computed when it is read.
    pub persisted: bool,
}

/// How an identity column counts. Where there are no identity columns, in SQLite and MySQL, a key counts
/// from 1 by 1 whatever this says, as in SQLAlchemy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Identity {
    /// Whether a statement may not set the value itself.
    pub always: bool,
    /// The first value.
    pub start: Option<i64>,
    /// What is added for the next.
    pub increment: Option<i64>,
    /// The smallest value.
    pub min_value: Option<i64>,
    /// The largest value.
    pub max_value: Option<i64>,
    /// Whether it begins again behind the last value.
    pub cycle: Option<bool>,
    /// How many values a session takes at once.
    pub cache: Option<i64>,
}

impl Identity {
    /// Counts from 1 by 1; a statement may set the value itself.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            always: false,
            start: None,
            increment: None,
            min_value: None,
            max_value: None,
            cycle: None,
            cache: None,
        }
    }

    /// A statement may not set the value itself.
    #[must_use]
    pub const fn always(self) -> Self {
        Self { always: true, ..self }
    }

    /// The first value.
    #[must_use]
    pub const fn start(self, start: i64) -> Self {
        Self { start: Some(start), ..self }
    }

    /// What is added for the next.
    #[must_use]
    pub const fn increment(self, increment: i64) -> Self {
        Self { increment: Some(increment), ..self }
    }

    /// The smallest value.
    #[must_use]
    pub const fn min_value(self, value: i64) -> Self {
        Self { min_value: Some(value), ..self }
    }

    /// The largest value.
    #[must_use]
    pub const fn max_value(self, value: i64) -> Self {
        Self { max_value: Some(value), ..self }
    }

    /// Whether it begins again behind the last value.
    #[must_use]
    pub const fn cycle(self, cycle: bool) -> Self {
        Self { cycle: Some(cycle), ..self }
    }

    /// How many values a session takes at once.
    #[must_use]
    pub const fn cache(self, values: i64) -> Self {
        Self { cache: Some(values), ..self }
    }

    /// The options, each with a blank in front.
    pub(crate) fn options_sql(&self) -> String {
        let mut sql = String::new();
        let values = [
            (" INCREMENT BY ", self.increment),
            (" START WITH ", self.start),
            (" MINVALUE ", self.min_value),
            (" MAXVALUE ", self.max_value),
            (" CACHE ", self.cache),
        ];
        for (word, value) in values {
            if let Some(value) = value {
                sql.push_str(&format!("{word}{value}"));
            }
        }
        sql.push_str(match self.cycle {
            Some(true) => " CYCLE",
            // That is so without a word, and each database has its own.
            _ => "",
        });
        sql
    }
}
