//! What makes a statement, an expression or a definition has an example with its SQL.

use crate::Finding;
use crate::source::Source;

/// Where a program's statements are put together.
const BUILDERS: &str = "core/src/sql/";

/// Below it: what dialects call, the tree, types of other crates, and what the derives and the engine call.
const OTHERS: &[&str] = &[
    "compile/",
    "crates/",
    "tree/",
    "derived_value.rs",
    "example_tables.rs",
    "key.rs",
    "mapped.rs",
    "mapped_by_name.rs",
    "mapped_column.rs",
];

/// Every public function that takes what it changes, or makes something new, has an example in its documentation. What
/// only looks at something (`&self`) needs none.
pub(crate) fn builders(source: &Source) -> Vec<Finding> {
    let Some(below) = source.path.strip_prefix(BUILDERS) else { return Vec::new() };
    if OTHERS.iter().any(|other| below.starts_with(other)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut documentation = Documentation::default();
    for (number, _) in source.without_tests() {
        let line = source.lines[number - 1].trim();
        if documentation.takes(line) {
            continue;
        }
        let built = function(source, number).or_else(|| documentation.row_of_macro(line));
        if let Some(name) = built.filter(|_| !documentation.is_enough()) {
            let what = format!("has no example of `{name}`");
            findings.push(source.finding(number, &what, "show the SQL that it makes in a doctest"));
        }
        documentation = Documentation::default();
    }
    findings
}

/// What stands above an item.
#[derive(Debug, Default)]
struct Documentation {
    has_example: bool,
    has_text: bool,
    /// It is hidden, the macro around it has the rest of it, or a derive calls the function.
    is_exempt: bool,
}

impl Documentation {
    /// Whether a line belongs to it.
    fn takes(&mut self, line: &str) -> bool {
        self.has_text |= line.starts_with("///");
        self.has_example |= line.starts_with("/// ```");
        let exempts = line.starts_with("#[doc") || line.contains("$(#[");
        self.is_exempt |= exempts || line.starts_with("///") && line.contains("` calls it.");
        exempts || line.is_empty() || line.starts_with("///") || line.starts_with("#[")
    }

    /// The name of a function that a macro makes of a line: `eq Eq;`, `rank Rank -> i64;`, `contains, Search::…;`,
    /// `start(i64)`, `sqlite_strict`.
    fn row_of_macro(&self, line: &str) -> Option<String> {
        let (first, rest) = line.split_once([' ', ',', '(']).unwrap_or((line, ""));
        let is_name =
            !first.is_empty() && first.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        let is_keyword =
            ["const", "enum", "mod", "static", "struct", "type", "use"].contains(&first);
        let is_row = rest.is_empty() && line == first
            || line.ends_with(';') && rest.starts_with(char::is_uppercase) && !line.contains('=')
            || line.contains(", Search::")
            || ["(i64)", "(bool)"].iter().any(|end| line.ends_with(end));
        (self.has_text && is_name && is_row && !is_keyword).then(|| first.to_owned())
    }

    fn is_enough(&self) -> bool {
        self.has_example || self.is_exempt
    }
}

/// The name of the public function that begins in this line, if it makes something.
fn function(source: &Source, number: usize) -> Option<String> {
    let line = source.lines[number - 1].trim();
    let function = line.strip_prefix("pub fn ").or_else(|| line.strip_prefix("pub const fn "))?;
    let mut signature = String::new();
    for line in source.lines[number - 1..].iter().map(|line| line.trim()) {
        signature.push_str(line);
        if line.ends_with('{') {
            break;
        }
    }
    let only_looks = signature.contains("(&self") || signature.contains("(&mut self");
    let name = function.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    (signature.contains("->") && !only_looks).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        builders(&Source::new(path.to_owned(), text)).len()
    }

    #[test]
    fn functions() {
        let path = "core/src/sql/select/mod.rs";
        assert_eq!(found(path, "/// Says.\npub fn limit(self) -> Self {\n    self\n}"), 1);
        assert_eq!(found(path, "/// ```\n/// a();\n/// ```\n#[must_use]\npub fn a() -> A {}"), 0);
        assert_eq!(found(path, "pub fn name(&self) -> &str {}\npub fn run(self) {}"), 0);
        assert_eq!(found(path, "pub fn long(\n    self,\n    by: u8,\n) -> Self {\n}"), 1);
        assert_eq!(found("core/src/sql/tree/mod.rs", "pub fn a() -> A {}"), 0);
        assert_eq!(found("core/src/engine/mod.rs", "pub fn a() -> A {}"), 0);
        assert_eq!(found(path, "/// `#[derive(Mapped)]` calls it.\npub fn a() -> A {}"), 0);
        assert_eq!(found(path, "#[doc = $text]\npub fn a() -> A {}"), 0);
    }

    #[test]
    fn rows_of_macros() {
        let path = "core/src/sql/func/window.rs";
        assert_eq!(found(path, "ranks! {\n    /// One.\n    rank Rank -> i64;\n}"), 1);
        assert_eq!(found(path, "/// ```\n/// ```\n    eq Eq;\n    /// Says.\n    ne Ne;"), 1);
        assert_eq!(
            found(path, "/// Says.\nlike, Search::Pattern { insensitive: false }, false;"),
            1
        );
        assert_eq!(found(path, "    /// Says.\n    sqlite_strict\n    other"), 1);
        assert_eq!(found(path, "    /// Says.\n    start(i64)\n    let a = B;\n    return A;"), 1);
        assert_eq!(
            found(path, "    /// Says.\n    type Value = A;\n    /// Says.\n    struct A;"),
            0
        );
    }
}
