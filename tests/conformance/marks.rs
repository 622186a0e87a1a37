//! The marks in the sources. A mark counts where a test runs what it stands above, and is an error
//! anywhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The macros that make tests of the functions that they list.
const RUNNERS: &[&str] = &["suite", "facade", "both", "sweeps", "everywhere"];

/// The tests without the harness, whose `main` is the test.
const WITHOUT_HARNESS: &[&str] = &["tests/soak/main.rs"];

/// The marks of one kind, and the files that have each.
pub(crate) type Marks = BTreeMap<String, BTreeSet<String>>;

/// The marks of a kind, and what is wrong with others of that kind.
pub(crate) fn all(kind: &str) -> (Marks, Vec<String>) {
    let (mut marks, mut wrong) = (Marks::new(), Vec::new());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["bridge", "core", "async-facade", "drivers", "tests"] {
        walk(&root.join(folder), &mut |path| {
            let text = fs::read_to_string(path).expect("a readable file");
            let file = path.strip_prefix(root).expect("a file below the root").display();
            let (file, of_file) = (file.to_string(), of_file(kind, &text));
            for (line, found) in of_file {
                match found {
                    Ok(ids) => ids.into_iter().for_each(|id| {
                        marks.entry(id).or_default().insert(file.clone());
                    }),
                    Err(what) => wrong.push(format!("{file}:{line}: {what}")),
                }
            }
        });
    }
    (marks, wrong)
}

fn walk(folder: &Path, found: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            if !path.ends_with("target") {
                walk(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found(&path);
        }
    }
}

/// The marks of a file by their lines: the ids, or what is wrong.
fn of_file(kind: &str, text: &str) -> Vec<(usize, Result<Vec<String>, String>)> {
    let mark = format!("// {kind}: ");
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let listed = listed(text);
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        // An example in the documentation has its mark in a line that is not shown.
        let shown = ["//! # ", "/// # "].iter().find_map(|hidden| line.strip_prefix(hidden));
        let Some(ids) = shown.unwrap_or(line).strip_prefix(&mark) else { continue };
        let runs = match shown {
            Some(_) => is_in_an_example(&lines[..index]),
            None => {
                is_above_a_test(&lines[index + 1..], &listed)
                    || is_above_main(&lines[index + 1..], text)
            }
        };
        let ids: Vec<_> = ids.split(',').map(|id| id.trim().to_owned()).collect();
        let bad = ids.iter().find(|id| !is_id(id));
        found.push((
            index + 1,
            match bad {
                Some(bad) => Err(format!("{bad:?} is no id")),
                None if runs => Ok(ids),
                None => Err(format!(
                    "no test runs what `{line}` stands above; put it above a `#[test]`, above a \
                     function that one of {RUNNERS:?} lists in this file, or above that list"
                )),
            },
        ));
    }
    found
}

/// The names in the lists of the runners.
fn listed(text: &str) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for runner in RUNNERS {
        for (at, _) in text.match_indices(&format!("{runner}!")) {
            if !text[..at].ends_with(['\n', ' ']) {
                continue;
            }
            let list = text[at + runner.len() + 1..].trim_start();
            if let Some(list) = list.strip_prefix(['[', '{', '(']) {
                let end = list.find([']', '}', ')']).unwrap_or(0);
                names.extend(list[..end].split([',', ' ', '\n']).filter(|name| !name.is_empty()));
            }
        }
    }
    names
}

/// Whether these lines begin with a function that is a test or is listed, or with such a list.
fn is_above_a_test(below: &[&str], listed: &BTreeSet<&str>) -> bool {
    let mut is_test = false;
    for line in below {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if !line.starts_with("//") && !line.starts_with("#[") {
            let runs = |name| is_test || listed.contains(name);
            let is_list = RUNNERS
                .iter()
                .any(|runner| line.strip_prefix(runner).is_some_and(|rest| rest.starts_with('!')));
            return is_list || function(line).is_some_and(runs);
        }
    }
    false
}

fn is_above_main(below: &[&str], text: &str) -> bool {
    let code = below.iter().find(|line| !line.starts_with("//") && !line.starts_with("#["));
    let declared = WITHOUT_HARNESS.iter().any(|file| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        fs::read_to_string(path).is_ok_and(|found| found == text)
    });
    declared && code.and_then(|line| function(line)) == Some("main")
}

/// The name of the function that a line begins to define.
fn function(line: &str) -> Option<&str> {
    let words = ["pub(crate) ", "pub ", "async ", "fn "];
    let mut rest = line;
    for word in words {
        rest = rest.strip_prefix(word).unwrap_or(rest);
    }
    let defines = line.len() > rest.len() && line[..line.len() - rest.len()].ends_with("fn ");
    let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    defines.then(|| &rest[..end])
}

/// Whether a line of documentation below these is in an example.
fn is_in_an_example(above: &[&str]) -> bool {
    let comment = above.iter().rev().take_while(|line| line.starts_with("//"));
    let fences = comment.filter(|line| line[3.min(line.len())..].trim_start().starts_with("```"));
    fences.count() % 2 == 1
}

pub(crate) fn is_id(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_uppercase())
        && characters.clone().next().is_some_and(|second| second.is_ascii_digit())
        && characters.all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many marks count and how many are wrong.
    fn found(text: &str) -> (usize, usize) {
        let found = of_file("fault", text);
        let right = found.iter().filter(|(_, found)| found.is_ok()).count();
        (right, found.len() - right)
    }

    #[test]
    fn marks_count_above_what_runs() {
        let mark = "// fault: B01\n";
        for (below, counts) in [
            ("#[test]\nfn a() {}", true),
            (
                "#[cfg_attr(x, ignore = \"y\")]\n#[tokio::test(flavor = \"z\")]\nasync fn a() {}",
                true,
            ),
            ("// Why.\n/// What.\nfn a(db: &Db) {}\n\nsuite![\n    b,\n    a,\n];", true),
            ("async fn a<S: Strategy>(_: S) {}\nfacade![b, a];", true),
            ("sweeps! {\n    a\n    b\n}", true),
            ("everywhere![a];", true),
            ("fn a() {}", false),
            ("fn a(db: &Db) {}\nsuite![b, aa];", false),
            ("fn a() {}\nfacades![a];", false),
            ("fn a() {}\n#[test]\nfn b() {}", false),
            ("struct A;", false),
            ("fn main() {}", false),
            ("", false),
        ] {
            let expected = (usize::from(counts), usize::from(!counts));
            assert_eq!(found(&format!("{mark}{below}")), expected, "{below}");
        }
        assert_eq!(found("// fault: b1\n#[test]\nfn a() {}"), (0, 1));
        assert_eq!(found("// faults: B01\nfn a() {}"), (0, 0));
    }

    #[test]
    fn marks_of_examples_are_in_examples() {
        assert_eq!(found("//! ```compile_fail\n//! # // fault: B01\n//! a();\n//! ```"), (1, 0));
        assert_eq!(found("//! ```\n//! a();\n//! ```\n//! # // fault: B01"), (0, 1));
    }

    /// A runner that makes no test would let every mark in its list count.
    #[test]
    fn runners_make_tests() {
        let mut made = BTreeSet::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for folder in ["drivers", "tests"] {
            walk(&root.join(folder), &mut |path| {
                let text = fs::read_to_string(path).expect("a readable file");
                for definition in text.split("\nmacro_rules! ").skip(1) {
                    let end = definition.find("\n}").unwrap_or(definition.len());
                    let body = &definition[..end];
                    if body.contains("#[test]") || body.contains("#[tokio::test") {
                        let name = body.split_whitespace().next().unwrap_or_default();
                        made.extend(RUNNERS.iter().find(|runner| **runner == name));
                    }
                }
            });
        }
        assert_eq!(made, RUNNERS.iter().copied().collect());
    }
}
