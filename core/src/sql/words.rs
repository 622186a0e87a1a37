//! Names that need no quotes.

/// Whether a name may stand without quotes in every database: it is in lower case, and no keyword.
pub(super) fn is_plain(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        && RESERVED.binary_search(&name).is_err()
}

/// The keywords that PostgreSQL or SQLite does not accept as a name, in order. A test asks the
/// databases whether the list is complete.
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "add", "after", "all", "alter", "analyse", "analyze", "and", "any", "array", "as", "asc",
    "asymmetric", "attach", "authorization", "autoincrement", "before", "begin", "between",
    "binary", "both", "by", "case", "cast", "check", "collate", "collation", "column", "commit",
    "concurrently", "constraint", "create", "cross", "current_catalog", "current_date",
    "current_role", "current_schema", "current_time", "current_timestamp", "current_user",
    "database", "default", "deferrable", "delete", "desc", "detach", "distinct", "do", "drop",
    "each", "else", "end", "escape", "except", "exists", "explain", "false", "fetch", "for",
    "foreign", "freeze", "from", "full", "glob", "grant", "group", "having", "if", "ilike", "in",
    "index", "indexed", "initially", "inner", "insert", "intersect", "into", "is", "isnull",
    "join", "key", "lateral", "leading", "left", "like", "limit", "localtime", "localtimestamp",
    "match", "natural", "not", "nothing", "notnull", "null", "offset", "on", "only", "or", "order",
    "outer", "overlaps", "placing", "plan", "pragma", "primary", "query", "raise", "references",
    "regexp", "reindex", "release", "rename", "replace", "returning", "right", "rollback", "row",
    "rows", "savepoint", "select", "session_user", "set", "similar", "some", "symmetric",
    "system_user", "table", "tablesample", "temp", "temporary", "then", "to", "trailing",
    "transaction", "trigger", "true", "union", "unique", "update", "user", "using", "vacuum",
    "values", "variadic", "verbose", "view", "virtual", "when", "where", "window", "with",
];

#[cfg(test)]
mod tests {
    use super::{RESERVED, is_plain};

    #[test]
    fn the_list_is_in_order() {
        assert!(RESERVED.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn odd_names_are_quoted() {
        for plain in ["a", "_a1", "user_name"] {
            assert!(is_plain(plain), "{plain}");
        }
        for odd in ["", "1a", "User", "user", "select", "a b", "a\"b", "ü", "a$"] {
            assert!(!is_plain(odd), "{odd}");
        }
    }
}
