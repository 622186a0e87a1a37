//! Whether an answer is the recorded one.

use aludel::value::Dimension;
use aludel::{Connection, Error, ErrorKind, Result, Value};
use serde_json::Value as Json;

use crate::answer::{self, Answer};
use crate::record::Recorded;
use crate::tables::Db;

pub(crate) enum Verdict {
    Same,
    /// The library has a compile error where the database has no such thing.
    Refused(String),
    Different(String),
}

/// A statement that only reads.
pub(crate) fn query(recorded: &Recorded, db: Db, answer: Result<Answer>) -> Verdict {
    let result = recorded.result(db).unwrap();
    let failed = result.get("error").is_some();
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if error.kind() == ErrorKind::Compile => {
            // Where the database has no answer, or one that the expression does not mean.
            if failed || recorded.differs_from_meaning(db) {
                return Verdict::Refused(error.to_string());
            }
            return Verdict::Different(format!("refused: {error}"));
        }
        // What has no value is found before anything is sent.
        Err(error) if failed && result["at"] == "compile" && is_found_before(&error) => {
            return Verdict::Refused(error.to_string());
        }
        Err(error) if failed => {
            return Verdict::Different(format!("sent, and the database refused it: {error}"));
        }
        Err(error) => return Verdict::Different(format!("{error}")),
    };
    let mut accepted: Vec<&Vec<Json>> = Vec::new();
    match recorded.meaning() {
        Some(meaning) => accepted.push(meaning),
        // Better than SQLAlchemy on this database: the rows of the others.
        None if failed => accepted.extend(recorded.rows_of_others()),
        None => accepted.extend(result["rows"].as_array()),
    }
    if failed && accepted.is_empty() {
        return Verdict::Different("answered where an error is recorded".to_owned());
    }
    if recorded.is_volatile() {
        let same = accepted.iter().any(|rows| rows.len() == answer.rows.len());
        return if same {
            Verdict::Same
        } else {
            Verdict::Different("other number of rows".into())
        };
    }
    if !failed && let Some(columns) = result.get("columns").and_then(Json::as_array) {
        let columns: Vec<_> = columns.iter().filter_map(Json::as_str).collect();
        if recorded.meaning().is_none() && columns.len() != answer.columns.len() {
            return Verdict::Different(format!("columns {:?}, not {columns:?}", answer.columns));
        }
    }
    let ours: Vec<Vec<String>> =
        answer.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    if accepted.iter().any(|rows| same_rows(&ours, rows, recorded.is_ordered())) {
        return Verdict::Same;
    }
    Verdict::Different(format!("rows {ours:?}, not {:?}", accepted.first().map(|rows| shown(rows))))
}

/// Whether an error is one that is found before anything is sent.
fn is_found_before(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Argument | ErrorKind::NoSuchColumn)
}

/// Whether an answer has these rows, in this order.
pub(crate) fn rows(answer: &Answer, wanted: &[&[&str]]) -> Verdict {
    let ours: Vec<Vec<String>> =
        answer.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    if ours == wanted { Verdict::Same } else { Verdict::Different(format!("rows {ours:?}")) }
}

/// A statement that changes rows, and what is in the tables afterwards.
pub(crate) fn changes(
    recorded: &Recorded,
    db: Db,
    answer: Result<Answer>,
    alt: &str,
    conn: &mut Connection,
) -> Verdict {
    let result = recorded.result(db).unwrap();
    let failed = result.get("error").is_some();
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if failed && error.kind() == ErrorKind::Compile => {
            return Verdict::Refused(error.to_string());
        }
        // What SQLAlchemy refuses too.
        Err(error) if failed && result["at"] == "compile" && is_found_before(&error) => {
            return Verdict::Refused(error.to_string());
        }
        // An error of the database, such as a violated constraint, is what was recorded.
        Err(_) if failed && result["at"] != "compile" => {
            if conn.rollback().is_err() {
                return Verdict::Different("the rollback failed".to_owned());
            }
            return probes(result, alt, conn);
        }
        Err(error) => return Verdict::Different(format!("{error}")),
    };
    // Better than SQLAlchemy on this database: what the others did.
    let result = match recorded.of_others(db) {
        others if failed => match others.first() {
            Some(other) => *other,
            None => return Verdict::Different("done where an error is recorded".to_owned()),
        },
        _ => result,
    };
    if let Some(rows) = result.get("rows").and_then(Json::as_array) {
        let ours: Vec<Vec<String>> =
            answer.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
        if !same_rows(&ours, rows, recorded.is_ordered()) {
            return Verdict::Different(format!("returned {ours:?}, not {:?}", shown(rows)));
        }
    }
    // Of rows that are returned the client of SQLite counts none.
    if let Some(count) = result.get("rowcount").and_then(Json::as_u64)
        && recorded.counts_rows()
        && (db != Db::Sqlite || result.get("rows").is_none())
        && answer.rowcount != count
    {
        return Verdict::Different(format!("{} rows changed, not {count}", answer.rowcount));
    }
    probes(result, alt, conn)
}

/// Tables that the library makes, and what the database then accepts.
pub(crate) fn schema(
    recorded: &Recorded,
    db: Db,
    made: Result<()>,
    alt: &str,
    conn: &mut Connection,
) -> Verdict {
    let result = recorded.result(db).unwrap();
    let failed = result.get("error").is_some();
    let verdict = match made {
        Ok(()) if failed => Verdict::Different("made where an error is recorded".to_owned()),
        Ok(()) => match conn.commit() {
            Ok(()) => probes_by(result, alt, conn, committed),
            Err(error) => Verdict::Different(format!("commit: {error}")),
        },
        Err(error) if failed && error.kind() == ErrorKind::Compile => {
            Verdict::Refused(error.to_string())
        }
        Err(error) => Verdict::Different(format!("{error}")),
    };
    conn.rollback().unwrap();
    verdict
}

/// Runs a statement in a savepoint: one that fails leaves what was before it.
fn in_savepoint(conn: &mut Connection, sql: &str) -> Result<Answer> {
    let mut savepoint = conn.begin_nested()?;
    let answer = answer::of_text(&mut savepoint, sql.to_owned())?;
    savepoint.commit()?;
    Ok(answer)
}

/// Runs a statement, or several between BEGIN and COMMIT, and commits: what is checked then, fails.
fn committed(conn: &mut Connection, sql: &str) -> Result<Answer> {
    let inner = sql.strip_prefix("BEGIN; ").and_then(|rest| rest.strip_suffix("; COMMIT"));
    let mut answer = Answer { columns: Vec::new(), rows: Vec::new(), rowcount: 0 };
    let done = inner.unwrap_or(sql).split("; ").try_for_each(|statement| {
        answer = answer::of_text(conn, statement.to_owned())?;
        Ok(())
    });
    match done.and_then(|()| conn.commit()) {
        Ok(()) => Ok(answer),
        Err(error) => {
            conn.rollback()?;
            Err(error)
        }
    }
}

/// Runs the statements that look at the tables. One that failed when it was recorded must fail.
fn probes(result: &Json, alt: &str, conn: &mut Connection) -> Verdict {
    probes_by(result, alt, conn, in_savepoint)
}

fn probes_by(
    result: &Json,
    alt: &str,
    conn: &mut Connection,
    run: impl Fn(&mut Connection, &str) -> Result<Answer>,
) -> Verdict {
    let Some(probes) = result.get("probes").and_then(Json::as_array) else { return Verdict::Same };
    for probe in probes {
        let sql = in_schema(probe["sql"].as_str().unwrap(), alt);
        let answer = run(conn, &sql);
        let wanted_error = probe.get("error").is_some_and(|error| !error.is_null());
        match answer {
            Ok(_) if wanted_error => {
                return Verdict::Different(format!("{sql}: done, where an error is recorded"));
            }
            Ok(answer) => {
                let ours: Vec<Vec<String>> =
                    answer.rows.iter().map(|row| row.iter().map(cell).collect()).collect();
                if let Some(rows) = probe["rows"].as_array()
                    && !same_rows(&ours, rows, sql.to_uppercase().contains("ORDER BY"))
                {
                    return Verdict::Different(format!("{sql}: {ours:?}, not {:?}", shown(rows)));
                }
            }
            Err(_) if wanted_error => {}
            Err(error) => return Verdict::Different(format!("{sql}: {error}")),
        }
    }
    Verdict::Same
}

/// Text of the record with the second schema under its name of this run.
pub(crate) fn in_schema(sql: &str, alt: &str) -> String {
    if alt == "alt" {
        return sql.to_owned();
    }
    sql.replace(" alt.", &format!(" {alt}.")).replace("(alt.", &format!("({alt}."))
}

fn shown(rows: &[Json]) -> Vec<Vec<String>> {
    rows.iter().map(|row| row.as_array().unwrap().iter().map(recorded_cell).collect()).collect()
}

fn same_rows(ours: &[Vec<String>], theirs: &[Json], ordered: bool) -> bool {
    let mut ours = ours.to_vec();
    let mut theirs = shown(theirs);
    if !ordered {
        ours.sort();
        theirs.sort();
    }
    ours.len() == theirs.len()
        && ours
            .iter()
            .zip(&theirs)
            .all(|(a, b)| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || close(a, b)))
}

/// Whether both are numbers that differ by less than a millionth.
fn close(a: &str, b: &str) -> bool {
    let (Ok(a), Ok(b)) = (a.parse::<f64>(), b.parse::<f64>()) else { return false };
    (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1.0)
}

/// A value of a row: numbers by value, truth values as numbers, times without trailing zeros.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(value) => u8::from(*value).to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => number(&value.to_string()),
        Value::Text(text) => plain(text),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => plain(text),
            Err(_) => format!("{bytes:?}"),
        },
        // As seconds, which is how lengths of time were recorded.
        Value::Interval(length) if let Some(micros) = length.as_micros() => {
            number(&format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000))
        }
        Value::Array(array) => elements(array.dimensions(), &mut array.elements().iter()),
        other => plain(&other.to_text()),
    }
}

/// An array, dimension by dimension.
fn elements(dimensions: &[Dimension], of: &mut std::slice::Iter<'_, Value>) -> String {
    let Some((dimension, inner)) = dimensions.split_first() else {
        return of.next().map_or_else(|| "[]".to_owned(), cell);
    };
    let items: Vec<_> = (0..dimension.len()).map(|_| elements(inner, of)).collect();
    format!("[{}]", items.join(", "))
}

fn recorded_cell(value: &Json) -> String {
    match value {
        Json::Null => "NULL".to_owned(),
        Json::Bool(value) => u8::from(*value).to_string(),
        Json::Number(value) => number(&value.to_string()),
        Json::String(text) => plain(text),
        Json::Array(_) => list(value),
        Json::Object(object) => match object.iter().next() {
            Some((kind, inner)) if kind == "decimal" => number(inner.as_str().unwrap()),
            Some((kind, inner)) if kind == "json" => plain(&inner.to_string()),
            Some((kind, inner)) if kind == "list" => list(inner),
            Some((kind, inner)) if kind == "interval_seconds" => number(&inner.to_string()),
            Some((_, inner)) => inner.as_str().map_or_else(|| inner.to_string(), plain),
            None => "{}".to_owned(),
        },
    }
}

fn list(inner: &Json) -> String {
    let items = inner.as_array().unwrap().iter().map(recorded_cell);
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A number without trailing zeros.
fn number(text: &str) -> String {
    let text = if text.contains('.') && !text.contains('e') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text that is a number, a time or a document, in one form of it.
fn plain(text: &str) -> String {
    if text.parse::<f64>().is_ok() && !text.is_empty() && !text.contains(['e', 'E', 'n', 'i']) {
        return number(text);
    }
    // The record shows a JSON `null` as it shows NULL.
    if text == "null" {
        return "NULL".to_owned();
    }
    let time = text.replacen('T', " ", 1);
    if time.len() >= 19 && time.as_bytes()[4] == b'-' && time.as_bytes()[13] == b':' {
        return if time.contains('.') {
            time.trim_end_matches('0').trim_end_matches('.').to_owned()
        } else {
            time
        };
    }
    if text.len() > 8 && text.as_bytes()[2] == b':' && text.as_bytes()[5] == b':' {
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    if text.starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str::<Json>(text)
    {
        return if json.is_array() { list(&json) } else { json.to_string() };
    }
    text.to_owned()
}
