//! What a trace consists of.

use serde_json::Value as Json;

/// One thing that a program does or sees.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    /// BEGIN, COMMIT or ROLLBACK.
    Transaction(String),
    Statement(Statement),
    /// A heading of the program.
    Step(String),
    Show {
        label: String,
        value: Json,
    },
    /// An error: in the record the name of SQLAlchemy's class, in ours that of the kind.
    Raises {
        at: String,
        kind: String,
    },
    /// By the code of the warning.
    Warning(String),
    /// A hook was called.
    Event(String),
}

/// A statement as the driver gets it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    /// The values of its parameters, for each time that it is executed.
    pub(crate) sets: Vec<Vec<Json>>,
    /// Whether it is not promised in which order its rows are.
    pub(crate) is_in_any_order: bool,
}

impl Item {
    /// What the program sees, in a line; `None` if it is between the program and the database.
    pub(crate) fn observation(&self) -> Option<String> {
        Some(match self {
            Self::Transaction(_) | Self::Statement(_) => return None,
            Self::Step(what) => format!("step {what}"),
            Self::Show { label, value } => format!("show {label}: {value}"),
            Self::Raises { at, kind } => format!("raises {kind} at {at}"),
            Self::Warning(code) => format!("warning {code}"),
            Self::Event(name) => format!("event {name}"),
        })
    }

    /// How much it weighs that two programs agree on it: the lower, the more.
    pub(crate) fn weight(&self) -> u8 {
        match self {
            Self::Show { label, .. } if label.starts_with("database: ") => 0,
            Self::Show { label, .. } if label.ends_with(" state") => 2,
            Self::Show { .. } => 1,
            Self::Raises { .. } => 3,
            Self::Warning(_) => 4,
            Self::Event(_) => 5,
            Self::Step(_) => 6,
            Self::Transaction(_) | Self::Statement(_) => 7,
        }
    }
}

pub(crate) const WEIGHTS: [&str; 8] =
    ["contents", "values", "states", "errors", "warnings", "events", "steps", "statements"];
