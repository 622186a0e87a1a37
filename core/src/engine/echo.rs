//! `echo`: a log of what is sent to the database.

use std::io::Write;

use super::connection::Inner;
use super::events::Parameters;
use crate::dbapi::ExecutionOptions;
use crate::value::Value;

/// Parameters are cut after so many characters: echo is for reading.
const PARAMETERS_SHOWN: usize = 300;

/// Logs one line, if the engine echoes: to the program's `tracing` subscriber if it has one, to
/// standard error otherwise.
#[inline]
pub(super) fn line(inner: &Inner, text: &str) {
    if inner.engine.echo() {
        log(inner, text, None);
    }
}

/// Logs a statement and its parameters, in one line.
#[inline]
pub(super) fn statement(inner: &Inner, sql: &str, parameters: &Parameters) {
    if inner.engine.echo() {
        let hidden = inner.engine.observation().hide_parameters;
        log(inner, sql, Some(if hidden { count(parameters) } else { describe(parameters) }));
    }
}

#[cold]
fn log(inner: &Inner, text: &str, parameters: Option<String>) {
    write(inner.number(), &inner.options, text, parameters);
}

/// Logs one line of a session, whoever has it.
pub(super) fn write(
    connection: u64,
    options: &ExecutionOptions,
    text: &str,
    parameters: Option<String>,
) {
    let token = options.get_logging_token();
    if tracing::dispatcher::has_been_set() {
        let parameters = parameters.as_ref().map(tracing::field::display);
        tracing::info!(target: "aludel::engine", connection, logging_token = token, parameters, "{text}");
    } else {
        let token = token.map(|token| format!(" [{token}]")).unwrap_or_default();
        let (space, parameters) = parameters.map_or(("", String::new()), |shown| (" ", shown));
        // There is nothing to do about a closed standard error.
        let _ = writeln!(
            std::io::stderr().lock(),
            "aludel::engine [connection {connection}]{token} {text}{space}{parameters}"
        );
    }
}

/// How many values there are, where none is to be shown.
fn count(parameters: &Parameters) -> String {
    match parameters {
        Parameters::One(values) => format!("({} values, hidden)", values.len()),
        Parameters::Many(sets) => format!("({} sets, hidden)", sets.len()),
    }
}

fn describe(parameters: &Parameters) -> String {
    let mut text = match parameters {
        Parameters::One(values) => tuple(values),
        Parameters::Many(sets) => {
            // More sets than could be shown are not even described.
            let shown: Vec<_> = sets.iter().take(10).map(|values| tuple(values)).collect();
            format!("{} sets: {}", sets.len(), shown.join(", "))
        }
    };
    if text.len() > PARAMETERS_SHOWN {
        let end = text.floor_char_boundary(PARAMETERS_SHOWN);
        text.truncate(end);
        text.push_str(" ...");
    }
    text
}

fn tuple(values: &[Value]) -> String {
    let shown: Vec<_> = values.iter().map(show).collect();
    format!("({})", shown.join(", "))
}

/// A value for a reader: a long one is cut.
pub(super) fn show(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(value) => format!("{:.100?}", &value[..value.floor_char_boundary(100)]),
        Value::Bytes(value) => format!("<{} bytes>", value.len()),
        Value::Decimal(value) => format!("{:.100}", value.as_str()),
        other => {
            let text = other.to_text();
            format!("{:.100?}", &text[..text.floor_char_boundary(100)])
        }
    }
}
