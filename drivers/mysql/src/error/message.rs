//! What of the server's messages is shown.
//!
//! MySQL and MariaDB write the value into the message itself (`Duplicate entry 'x' for key 'name'`).
//! Where the template is known, the value is cut out of it and the names stay; other messages are
//! shown as far as their [`Wording`] allows.

use std::borrow::Cow;

use aludel_core::error::{HIDDEN, Wording};

/// The text to show, and where in it values can stand.
pub(super) fn shown<'m>(code: u16, state: &str, message: &'m str) -> (Cow<'m, str>, Wording) {
    let as_it_is = |wording| (Cow::Borrowed(message), wording);
    match code {
        // A program's SIGNAL.
        1644 | 1645 => as_it_is(Wording::Program),
        _ if state.starts_with("45") => as_it_is(Wording::Program),
        // Who connects where, limits, shutdown.
        1040 | 1044 | 1045 | 1053 | 1129 | 1130 | 1203 | 1226 | 1698 => as_it_is(Wording::Plain),
        1062 | 1292 | 1300 | 1366 | 1367 | 1411 | 1525 | 1586 => match without_value(message) {
            Some(text) => (Cow::Owned(text), Wording::Plain),
            None => as_it_is(Wording::Values),
        },
        1022 | 1048 | 1169 | 1216 | 1217 | 1263 | 1264 | 1265 | 1364 | 1406 | 1451 | 1452
        | 1859 | 3819 | 4025 => {
            as_it_is(if names_only(message) { Wording::Plain } else { Wording::Values })
        }
        1054 => (without_clause(message), Wording::Names),
        _ => as_it_is(match state.get(..2).unwrap_or_default() {
            "08" | "0A" | "21" | "23" | "24" | "25" | "28" | "2F" | "34" | "3D" | "40" | "42"
            | "44" => Wording::Names,
            _ => Wording::Values,
        }),
    }
}

/// Whether it is one of the server's English sentences about a column, a key or a constraint.
fn names_only(message: &str) -> bool {
    [
        "CONSTRAINT `",
        "Can't write",
        "Cannot add or update a child row",
        "Cannot delete or update a parent row",
        "Check constraint '",
        "Column '",
        "Column set to default value",
        "Data too long for column '",
        "Data truncated for column '",
        "Duplicate entry for key '",
        "Field '",
        "Out of range value for column '",
    ]
    .iter()
    .any(|start| message.starts_with(start))
}

/// The message with `***` in place of its value, if it is one of the server's English sentences.
fn without_value(message: &str) -> Option<String> {
    let start = message.find('\'')? + 1;
    let (before, rest) = message.split_at(start);
    let tail = match before.split(' ').next()? {
        "Duplicate" => Some(key(rest)?),
        "Incorrect" => column(rest).or_else(|| function(rest)),
        "Truncated" | "Invalid" | "Illegal" => None,
        _ => return None,
    };
    Some(format!("{before}{HIDDEN}'{}", tail.unwrap_or_default()))
}

/// ` for key 'users.name'`, at the end. The value before it may contain the same words.
fn key(rest: &str) -> Option<&str> {
    let at = rest.rfind("' for key '")?;
    rest.ends_with('\'').then(|| &rest[at + 1..])
}

/// `` for column `test`.`users`.`age` at row 1``, at the end.
fn column(rest: &str) -> Option<&str> {
    let at = rest.rfind("' for column ")?;
    let (names, row) = rest[at + 1..].rsplit_once(" at row ")?;
    let names = names.strip_prefix(" for column ")?;
    let is_quoted = names.starts_with(['`', '\'']) && names.ends_with(['`', '\'']);
    let is_row = !row.is_empty() && row.bytes().all(|b| b.is_ascii_digit());
    (is_quoted && is_row).then(|| &rest[at + 1..])
}

/// ` for function str_to_date`, at the end.
fn function(rest: &str) -> Option<&str> {
    let at = rest.rfind("' for function ")?;
    let name = rest[at + 1..].strip_prefix(" for function ")?;
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
    is_name.then(|| &rest[at + 1..])
}

/// Takes the quotes off the name of the clause, which is a word of the server's.
fn without_clause(message: &str) -> Cow<'_, str> {
    const CLAUSES: &[&str] = &[
        "field list",
        "where clause",
        "on clause",
        "order clause",
        "group statement",
        "having clause",
        "SELECT",
        "WHERE",
        "ON",
        "ORDER BY",
        "GROUP BY",
        "HAVING",
        "SET",
        "UPDATE",
        "INSERT INTO",
        "RETURNING",
    ];
    let clause = message.strip_suffix('\'').and_then(|rest| rest.rsplit_once(" in '"));
    match clause {
        Some((before, clause)) if CLAUSES.contains(&clause) => {
            Cow::Owned(format!("{before} in {clause}"))
        }
        _ => Cow::Borrowed(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(code: u16, message: &str) -> String {
        let (text, wording) = shown(code, "23000", message);
        assert_eq!(wording, Wording::Plain, "{message}");
        text.into_owned()
    }

    // fault: S08
    #[test]
    fn values_are_cut_out_and_names_stay() {
        for (code, message, shown) in [
            (
                1062,
                "Duplicate entry 'x' for key 'users.name'",
                "Duplicate entry '***' for key 'users.name'",
            ),
            (
                1062,
                "Duplicate entry 'x' for key 'y' for key 'users.name'",
                "Duplicate entry '***' for key 'users.name'",
            ),
            (
                1366,
                "Incorrect integer value: 'a'b' for column `t`.`u`.`age` at row 1",
                "Incorrect integer value: '***' for column `t`.`u`.`age` at row 1",
            ),
            (
                1366,
                "Incorrect integer value: 'x' for column 'age' at row 1",
                "Incorrect integer value: '***' for column 'age' at row 1",
            ),
            (
                1292,
                "Truncated incorrect DOUBLE value: 'x' for column `a` at row 1'",
                "Truncated incorrect DOUBLE value: '***'",
            ),
            (
                1411,
                "Incorrect datetime value: 'x' for function str_to_date",
                "Incorrect datetime value: '***' for function str_to_date",
            ),
            (1525, "Incorrect DATE value: 'x'", "Incorrect DATE value: '***'"),
        ] {
            assert_eq!(text(code, message), shown);
        }
    }

    #[test]
    fn what_is_no_known_sentence_may_be_a_value() {
        let wording = |code, state, message| shown(code, state, message).1;
        assert_eq!(wording(1062, "23000", "card x is there"), Wording::Values);
        assert_eq!(wording(1452, "23000", "card x is there"), Wording::Values);
        assert_eq!(wording(1062, "23000", "Duplicate entry 'x'"), Wording::Values);
        assert_eq!(wording(1644, "45000", "card x"), Wording::Program);
        assert_eq!(wording(1526, "HY000", "no partition for value 7"), Wording::Values);
        assert_eq!(wording(1146, "42S02", "Table 'd.t' doesn't exist"), Wording::Names);
        assert_eq!(wording(1048, "23000", "Column 'n' cannot be null"), Wording::Plain);
    }

    #[test]
    fn the_name_of_a_clause_is_no_name_of_the_schema() {
        let shown = |message| shown(1054, "42S22", message).0.into_owned();
        assert_eq!(shown("Unknown column 'a' in 'SELECT'"), "Unknown column 'a' in SELECT");
        assert_eq!(shown("Unknown column 'a' in 'b'"), "Unknown column 'a' in 'b'");
    }
}
