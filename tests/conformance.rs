//! `docs/conformance.md` keeps up with the tests: what it calls proven has a mark, and every mark
//! has an entry there.

#![allow(clippy::print_stdout, reason = "it prints what is open")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[test]
fn proven_entries_have_marks() {
    let marks = marks();
    let statuses = statuses();
    assert!(marks.len() > 50 && statuses.len() > 50, "marks or entries were not found");
    let with = |wanted: &'static str| {
        statuses.iter().filter(move |(_, status)| **status == wanted).map(|(id, _)| *id)
    };
    let unproven: Vec<_> = with("proven").filter(|id| !marks.contains_key(*id)).collect();
    assert!(unproven.is_empty(), "called proven, and no test has the mark: {unproven:?}");
    // An excused entry may have a mark: of the half that holds.
    let told: BTreeSet<_> = with("proven").chain(with("excused")).collect();
    let unlisted: Vec<_> = marks.iter().filter(|(id, _)| !told.contains(id.as_str())).collect();
    assert!(unlisted.is_empty(), "marked, and open in the page: {unlisted:?}");
    println!("{} proven, {} excused, open:", with("proven").count(), with("excused").count());
    println!("{}", with("open").collect::<Vec<_>>().join(" "));
}

/// The entries of the page and what it says of them.
fn statuses() -> BTreeMap<&'static str, &'static str> {
    let page = include_str!("../docs/conformance.md");
    let mut statuses = BTreeMap::new();
    for row in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        if let ([id, _, status], true) = (cells.as_slice(), is_id(cells[0])) {
            assert!(matches!(*status, "proven" | "excused"), "{id}: {status:?}");
            assert!(statuses.insert(*id, *status).is_none(), "{id} stands twice");
        }
    }
    for list in page.split("Open:").skip(1) {
        let list = list.split('#').next().unwrap_or_default();
        for id in list.split([',', '\n', ' ']).map(|id| id.trim_end_matches('.')) {
            if is_id(id) {
                assert!(statuses.insert(id, "open").is_none(), "{id} stands twice");
            }
        }
    }
    statuses
}

fn is_id(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first.is_ascii_uppercase())
        && characters.clone().next().is_some_and(|second| second.is_ascii_digit())
        && characters.all(|c| c.is_ascii_digit() || c == '.')
}

/// The marks in the sources, and a file that has each.
fn marks() -> BTreeMap<String, String> {
    let mut marks = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["bridge", "core", "async-facade", "drivers", "tests"] {
        collect(&root.join(folder), &mut marks);
    }
    marks
}

fn collect(folder: &Path, marks: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, marks);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a readable file");
            let lines = text.lines().filter_map(|line| line.trim().strip_prefix("// conforms: "));
            for id in lines.flat_map(|line| line.split(',')).map(str::trim) {
                assert!(is_id(id), "{}: {id:?} is no id", path.display());
                marks.insert(id.to_owned(), path.display().to_string());
            }
        }
    }
}
