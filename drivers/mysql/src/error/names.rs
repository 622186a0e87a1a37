//! The names of the schema in the server's messages, which has no fields of its own for them.

/// The names in a message. What is not found, as in another language, is `None`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) constraint: Option<String>,
    pub(super) table: Option<String>,
    pub(super) column: Option<String>,
}

impl Named {
    pub(super) fn of(code: u16, message: &str) -> Self {
        named(code, message)
    }
}

fn named(code: u16, message: &str) -> Named {
    let mut named = Named::default();
    match code {
        1062 | 1586 => {
            // Its value stands before, and may contain the same words.
            let key = message.rsplit_once(" for key '").map(|(_, key)| key.trim_end_matches('\''));
            // Newer servers put the table before the key.
            let (table, key) = match key.and_then(|key| key.rsplit_once('.')) {
                Some((table, key)) => (Some(table), Some(key)),
                None => (None, key),
            };
            named.constraint = key.map(str::to_owned);
            named.table = table.map(str::to_owned);
        }
        1451 | 1452 => {
            named.constraint = between(message, "CONSTRAINT `", "`");
            named.table = between(message, "(`", ",").and_then(|table| last_quoted(&table));
            named.column = between(message, "FOREIGN KEY (`", "`");
        }
        1048 | 1054 | 1264 | 1265 | 1364 | 1366 | 1406 => {
            named.column = between(message, "olumn '", "'")
                .or_else(|| between(message, "Field '", "'"))
                .or_else(|| {
                    let column = between(message, "for column ", " at row")?;
                    last_quoted(&column)
                });
        }
        3819 => named.constraint = between(message, "constraint '", "'"),
        4025 => {
            named.constraint = between(message, "CONSTRAINT `", "`");
            named.table =
                between(message, "failed for ", "\0").and_then(|table| last_quoted(&table));
            // Of a constraint on a column it names table and column as one.
            if let Some((table, column)) =
                named.constraint.clone().as_deref().and_then(|name| name.split_once('.'))
            {
                named.table.get_or_insert_with(|| table.to_owned());
                named.column = Some(column.to_owned());
            }
        }
        1051 | 1146 => {
            named.table = between(message, "able '", "'")
                .map(|name| name.rsplit('.').next().unwrap_or(&name).to_owned());
        }
        _ => {}
    }
    named
}

/// What stands between two marks; the end of the text counts as the second.
fn between(text: &str, before: &str, behind: &str) -> Option<String> {
    let rest = text.split_once(before)?.1;
    Some(rest.split_once(behind).map_or(rest, |(found, _)| found).to_owned())
}

/// The last of names in backquotes.
fn last_quoted(names: &str) -> Option<String> {
    names.trim_end_matches(['`', ')']).rsplit('`').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_named(code: u16, message: &str, expected: [Option<&str>; 3]) {
        let found = named(code, message);
        let found = [&found.constraint, &found.table, &found.column];
        assert_eq!(found.map(Option::as_deref), expected, "{message}");
    }

    #[test]
    fn what_messages_name() {
        let duplicate = "Duplicate entry 'x' for key 'y' for key 'users.name'";
        assert_named(1062, duplicate, [Some("name"), Some("users"), None]);
        let duplicate = "Duplicate entry '1' for key 'PRIMARY'";
        assert_named(1062, duplicate, [Some("PRIMARY"), None, None]);
        let foreign = "Cannot add or update a child row: a foreign key constraint fails \
                       (`test`.`orders`, CONSTRAINT `orders_user` FOREIGN KEY (`user_id`) REFERENCES \
                       `users` (`id`))";
        let names = [Some("orders_user"), Some("orders"), Some("user_id")];
        assert_named(1452, foreign, names);
        assert_named(1048, "Column 'name' cannot be null", [None, None, Some("name")]);
        assert_named(1364, "Field 'name' doesn't have a default value", [None, None, Some("name")]);
        assert_named(1406, "Data too long for column 'name' at row 1", [None, None, Some("name")]);
        let incorrect = "Incorrect integer value: 'x' for column `test`.`users`.`age` at row 1";
        assert_named(1366, incorrect, [None, None, Some("age")]);
        assert_named(3819, "Check constraint 'grown' is violated.", [Some("grown"), None, None]);
        let check = "CONSTRAINT `grown` failed for `test`.`users`";
        assert_named(4025, check, [Some("grown"), Some("users"), None]);
        assert_named(1146, "Table 'test.users' doesn't exist", [None, Some("users"), None]);
        assert_named(1062, "Doppelter Eintrag", [None, None, None]);
        assert_named(1064, "anything", [None, None, None]);
    }
}
