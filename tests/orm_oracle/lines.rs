//! A trace in lines that can be compared: one for each thing that is seen and for each row that a statement is about.

use crate::item::Item;
use crate::shape::{Execution, Shape, Verb};

/// A line of a trace.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Line {
    /// What the program sees.
    Seen {
        text: String,
        weight: u8,
        raises: Option<Raised>,
    },
    Begin,
    /// COMMIT or ROLLBACK.
    End(String),
    Unit(Unit),
}

/// An error that a program gets: the name of its class or of its kind, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Raised {
    pub(crate) kind: String,
    pub(crate) at: String,
}

/// A row that a statement is about, or all of a statement that is about no rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unit {
    /// The number of its statement in the trace.
    pub(crate) statement: usize,
    pub(crate) text: String,
    /// Verb and tables.
    pub(crate) head: String,
    /// What is written and where; `None` if nothing is.
    pub(crate) effect: Option<Execution>,
}

impl Line {
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Seen { text, .. } | Self::End(text) => text,
            Self::Begin => "BEGIN",
            Self::Unit(unit) => &unit.text,
        }
    }

    /// A line of the list of differences.
    pub(crate) fn parse(text: &str, statement: usize) -> Self {
        match text.split(' ').next().unwrap_or_default() {
            "BEGIN" => Self::Begin,
            "COMMIT" | "ROLLBACK" if text != "ROLLBACK TO" => Self::End(text.to_owned()),
            "step" | "show" | "raises" | "warning" | "event" => {
                let raises = text.strip_prefix("raises ").and_then(|rest| rest.split_once(" at "));
                let raises =
                    raises.map(|(kind, at)| Raised { kind: kind.to_owned(), at: at.to_owned() });
                let weight = match text.split(' ').next() {
                    Some("show") if text.starts_with("show database: ") => 0,
                    Some("show") if text.contains(" state: ") => 2,
                    Some("show") => 1,
                    Some("raises") => 3,
                    Some("warning") => 4,
                    Some("event") => 5,
                    _ => 6,
                };
                Self::Seen { text: text.to_owned(), weight, raises }
            }
            _ => {
                let head: Vec<_> = text.split(' ').take(2).collect();
                let (text, head) = (text.to_owned(), head.join(" "));
                Self::Unit(Unit { statement, text, head, effect: None })
            }
        }
    }
}

/// The lines of a trace. Rows whose order is not promised are sorted: those of statements whose heads
/// `any_order` has.
pub(crate) fn of(items: &[Item], any_order: &[String]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (number, item) in items.iter().enumerate() {
        match item {
            Item::Transaction(word) if word.starts_with("BEGIN") => lines.push(Line::Begin),
            Item::Transaction(word) => lines.push(Line::End(word.clone())),
            Item::Statement(statement) => {
                let shape = Shape::of(&statement.sql);
                let unit = |execution: Execution| {
                    let (text, head) = (execution.text(), execution.head.clone());
                    let reads = execution.verb == Verb::Select;
                    let effect = (!reads).then_some(execution);
                    Line::Unit(Unit { statement: number, text, head, effect })
                };
                lines.extend(statement.sets.iter().flat_map(|set| shape.executions(set)).map(unit));
            }
            seen => {
                let raises = match seen {
                    Item::Raises { at, kind } => {
                        Some(Raised { kind: kind.clone(), at: at.clone() })
                    }
                    _ => None,
                };
                let text = seen.observation().expect("the others are handled above");
                lines.push(Line::Seen { text, weight: seen.weight(), raises });
            }
        }
    }
    let head = |line: &Line| match line {
        Line::Unit(unit) if any_order.contains(&unit.head) => Some(unit.head.clone()),
        _ => None,
    };
    let mut start = 0;
    while start < lines.len() {
        let run = lines[start..]
            .iter()
            .take_while(|line| head(line).is_some() && head(line) == head(&lines[start]));
        let end = start + run.count().max(1);
        lines[start..end].sort_by(|one, other| one.text().cmp(other.text()));
        start = end;
    }
    lines
}

/// The heads of statements whose rows are in no promised order.
pub(crate) fn in_any_order(items: &[Item]) -> Vec<String> {
    let statements = items.iter().filter_map(|item| match item {
        Item::Statement(statement) if statement.is_in_any_order => Some(statement),
        _ => None,
    });
    let heads = statements.filter_map(|statement| {
        let executions = Shape::of(&statement.sql).executions(&statement.sets[0]);
        executions.into_iter().next().map(|execution| execution.head)
    });
    heads.collect()
}
