//! `echo`: a log of what is sent to the database.

use std::io::Write;

use super::Engine;
use super::events::Parameters;
use crate::value::Value;

/// Parameters are cut after so many characters: echo is for reading.
const PARAMETERS_SHOWN: usize = 300;

/// Logs one line, if the engine echoes: to the program's `tracing` subscriber if it has one, to
/// standard error otherwise.
#[inline]
pub(super) fn line(engine: &Engine, text: &str) {
    if engine.echo() {
        log(text);
    }
}

/// Logs a statement and its parameters.
#[inline]
pub(super) fn statement(engine: &Engine, sql: &str, parameters: &Parameters) {
    if engine.echo() {
        log(sql);
        log(&describe(parameters));
    }
}

#[cold]
fn log(text: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::info!(target: "aludel::engine", "{text}");
    } else {
        // There is nothing to do about a closed standard error.
        let _ = writeln!(std::io::stderr().lock(), "aludel::engine {text}");
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

fn show(value: &Value) -> String {
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
