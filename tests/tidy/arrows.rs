//! Which package and which module may name which.

use crate::Finding;
use crate::source::{Source, words};

/// The modules of `core/src`, and the other modules that each may name.
const MODULES: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("value", &["error"]),
    ("row", &["error", "value"]),
    ("url", &["error"]),
    ("tls", &["error", "url"]),
    ("event", &["error"]),
    ("topological", &[]),
    ("statement", &[]),
    ("lex", &[]),
    ("version", &[]),
    ("tuples", &[]),
    ("sql", &["error", "value", "row", "topological", "statement", "lex", "version"]),
    ("dialect", &["error", "value", "lex", "sql", "dbapi"]),
    ("dbapi", &["error", "value", "row", "url", "statement", "version"]),
    ("pool", &["error", "value", "row", "url", "dbapi", "event"]),
    (
        "engine",
        &["error", "value", "row", "url", "event", "lex", "sql", "dialect", "dbapi", "pool"],
    ),
    (
        "orm",
        &["error", "value", "row", "event", "topological", "sql", "dialect", "dbapi", "engine"],
    ),
    ("source_texts", &["error", "lex", "sql", "engine"]),
    // What the derive macro names.
    ("private", &["error", "value", "row", "sql", "orm"]),
];

/// What modules name by `crate::` that is not a module: macros, which live at the root.
const MACROS: &[&str] = &["params", "many"];

/// The packages of the workspace that each folder may name; the first folder that fits counts.
const PACKAGES: &[(&str, &[&str])] = &[
    ("bridge/src/", &[]),
    ("core/src/error/", &["aludel_bridge"]),
    ("core/src/dbapi/", &["aludel_bridge"]),
    ("core/src/pool/", &["aludel_bridge"]),
    ("core/src/engine/", &["aludel_bridge"]),
    ("core/src/sql/mod.rs", &["aludel_derive"]),
    ("core/src/row/mod.rs", &["aludel_derive"]),
    ("core/src/", &[]),
    ("core/derive/src/", &[]),
    ("drivers/mysql/src/", &["aludel_core", "aludel_bridge"]),
    ("drivers/sqlite/src/", &["aludel_core", "aludel_bridge"]),
    ("drivers/postgres/src/", &["aludel_core", "aludel_bridge"]),
    // What the drivers' tests share. No product names it.
    ("drivers/testing/src/", &["aludel_core"]),
    ("async-facade/src/", &["aludel_core", "aludel_bridge"]),
];

/// The names of the packages as code spells them, without the root, which is `aludel::`.
const NAMES: &[&str] = &[
    "aludel_async",
    "aludel_bridge",
    "aludel_core",
    "aludel_derive",
    "aludel_mysql",
    "aludel_postgres",
    "aludel_sqlite",
    "aludel_testing",
];

/// Packages that name what they may not.
pub(crate) fn packages(source: &Source) -> Vec<Finding> {
    let Some((folder, may)) = PACKAGES.iter().find(|(f, _)| source.path.starts_with(f)) else {
        return Vec::new();
    };
    let cure = format!("`{folder}` may name {}", listed(may));
    let mut findings = Vec::new();
    for (line, code) in source.without_tests() {
        for name in words(code).filter(|word| NAMES.contains(word) && !may.contains(word)) {
            findings.push(source.finding(line, &format!("names `{name}`"), &cure));
        }
        // The macro writes paths into other packages.
        if names_root(code) && *folder != "core/derive/src/" {
            findings.push(source.finding(line, "names `aludel`", &cure));
        }
    }
    findings
}

fn names_root(code: &str) -> bool {
    let mut places = code.match_indices("aludel::").map(|(at, _)| at);
    places.any(|at| !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Rooms of the core that name what they may not.
pub(crate) fn modules(source: &Source) -> Vec<Finding> {
    let Some(inside) = source.path.strip_prefix("core/src/").filter(|path| *path != "lib.rs")
    else {
        return Vec::new();
    };
    let module = inside.split(['/', '.']).next().unwrap_or_default();
    let Some((_, may)) = MODULES.iter().find(|(name, _)| *name == module) else {
        return vec![source.finding(1, "is in no known module", "add the module to `MODULES`")];
    };
    let cure = format!("`{module}` may name {}", listed(may));
    let mut findings = Vec::new();
    for (line, path) in paths(source) {
        if path == module || may.contains(&path.as_str()) || MACROS.contains(&path.as_str()) {
            continue;
        }
        if MODULES.iter().any(|(name, _)| *name == path) {
            findings.push(source.finding(line, &format!("names the module `{path}`"), &cure));
        } else {
            let what = format!("names `crate::{path}`");
            findings.push(source.finding(line, &what, "name it by its module"));
        }
    }
    findings.extend(climbs(source, inside));
    findings
}

/// The first names of all paths from the root of the crate, with their lines.
fn paths(source: &Source) -> Vec<(usize, String)> {
    let above: Vec<_> = source.without_tests().collect();
    let mut paths = Vec::new();
    for (index, (line, code)) in above.iter().enumerate() {
        for (at, root) in code.match_indices("crate::") {
            let rest = &code[at + root.len()..];
            if rest.starts_with('{') {
                let below = above[index + 1..].iter().map(|(_, code)| *code);
                let group: String = std::iter::once(rest).chain(below).collect();
                paths.extend(firsts(&group).into_iter().map(|name| (*line, name)));
            } else {
                paths.extend(words(rest).next().map(|name| (*line, name.to_owned())));
            }
        }
    }
    paths
}

/// The first names in a group of paths: `a` and `d` of `{a::{b, c}, d}`.
fn firsts(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(String::new()),
            _ if depth == 1 => names.last_mut().expect("never empty").push(c),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    names.iter().filter_map(|path| words(path).next().map(str::to_owned)).collect()
}

/// Paths that leave their module by `super`, past the table.
fn climbs(source: &Source, inside: &str) -> Vec<Finding> {
    let depth = inside.trim_end_matches("/mod.rs").split('/').count();
    let climb = "super::".repeat(depth);
    let lines = source.without_tests().filter(|(_, code)| code.contains(&climb));
    let finding = |(line, _)| source.finding(line, "leaves its module by `super`", "use `crate::`");
    lines.map(finding).collect()
}

fn listed(names: &[&str]) -> String {
    if names.is_empty() { "no other".to_owned() } else { format!("only {}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<usize> {
        let source = Source::new(path.to_owned(), text);
        packages(&source).into_iter().chain(modules(&source)).map(|finding| finding.line).collect()
    }

    #[test]
    fn an_arrow_the_wrong_way_is_found() {
        assert_eq!(
            found("core/src/value.rs", "use crate::error::Error;\nuse crate::sql::Col;"),
            [2]
        );
        assert_eq!(found("core/src/row/mod.rs", "use crate::{error::Error, engine::{A, B}};"), [1]);
        assert_eq!(found("core/src/pool/queue.rs", "use super::super::sql::Col;"), [1]);
        assert_eq!(
            found("core/src/sql/mod.rs", "use aludel_derive::Mapped;\nuse crate::Error;"),
            [2]
        );
        assert_eq!(found("core/src/sql/name.rs", "use aludel_bridge::await_;"), [1]);
        assert_eq!(found("bridge/src/lib.rs", "use aludel::Engine; // aludel_core"), [1]);
        assert_eq!(found("drivers/sqlite/src/lib.rs", "pub use aludel_postgres as p;"), [1]);
        assert_eq!(found("drivers/mysql/src/lib.rs", "use aludel_testing::Rows;"), [1]);
        assert_eq!(found("drivers/testing/src/sink.rs", "use aludel_mysql::MysqlDriver;"), [1]);
    }

    #[test]
    fn tests_comments_and_strings_may_name_anything() {
        let text = "/// [`crate::engine`]\nconst A: &str = \"crate::engine\";\n\
                    #[cfg(test)]\nmod tests {\n    use crate::engine::Engine;\n}\n";
        assert_eq!(found("core/src/value.rs", text), Vec::<usize>::new());
    }
}
