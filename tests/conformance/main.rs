//! `docs/conformance.md` and `docs/faults.md` keep up with the tests: what they call proven has a
//! mark above a test that runs, every mark has an entry there, and a file that is named has the mark.

#![allow(clippy::print_stdout, reason = "it prints what is open")]

mod marks;

use std::collections::BTreeMap;

use marks::is_id;

/// A page of numbered entries, and how tests are marked with them.
struct Page {
    text: &'static str,
    mark: &'static str,
    /// What an entry may be called that needs a mark.
    marked: &'static [&'static str],
}

const CONFORMANCE: Page =
    Page { text: include_str!("../../docs/conformance.md"), mark: "conforms", marked: &["proven"] };

const FAULTS: Page = Page {
    text: include_str!("../../docs/faults.md"),
    mark: "fault",
    marked: &["proven", "weaker"],
};

/// An entry that needs no mark. It may have one: of the part that holds.
const EXCUSED: &str = "excused";

const OPEN: &str = "open";

#[test]
fn conformance_keeps_up_with_the_marks() {
    keeps_up(&CONFORMANCE);
}

#[test]
fn faults_keep_up_with_the_marks() {
    keeps_up(&FAULTS);
}

fn keeps_up(page: &Page) {
    let (marks, wrong) = marks::all(page.mark);
    assert!(wrong.is_empty(), "{} to mend:\n{}\n", wrong.len(), wrong.join("\n"));
    let entries = page.entries();
    assert!(marks.len() > 50 && entries.len() > 50, "marks or entries were not found");
    let with = |wanted: &'static str| {
        entries.iter().filter(move |(_, entry)| entry.status == wanted).map(|(id, _)| *id)
    };
    for status in page.marked {
        let unproven: Vec<_> = with(status).filter(|id| !marks.contains_key(*id)).collect();
        assert!(unproven.is_empty(), "called {status}, and no test has the mark: {unproven:?}");
    }
    let listed = |id: &str| entries.get(id).is_some_and(|entry| entry.status != OPEN);
    let unlisted: Vec<_> = marks.iter().filter(|(id, _)| !listed(id)).collect();
    assert!(unlisted.is_empty(), "marked, and open in the page: {unlisted:?}");
    for (id, entry) in &entries {
        for file in &entry.files {
            let has = marks.get(*id).is_some_and(|files| files.contains(*file));
            assert!(has, "{id} is said to be in {file}, which has no such mark");
        }
    }
    for status in page.marked.iter().chain([&EXCUSED, &OPEN]) {
        println!("{} {status}", with(status).count());
    }
    println!("{}", with(OPEN).collect::<Vec<_>>().join(" "));
}

/// What a page says of an id.
struct Entry {
    status: &'static str,
    /// The sources that the row names.
    files: Vec<&'static str>,
}

impl Page {
    fn entries(&self) -> BTreeMap<&'static str, Entry> {
        let mut entries = BTreeMap::new();
        for row in self.text.lines().filter(|line| line.starts_with("| ")) {
            let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
            if let ([id, .., status], true) = (cells.as_slice(), is_id(cells[0])) {
                assert!(self.marked.contains(status) || *status == EXCUSED, "{id}: {status:?}");
                let files = row.split('`').filter(|part| part.ends_with(".rs")).collect();
                let entry = Entry { status, files };
                assert!(entries.insert(*id, entry).is_none(), "{id} stands twice");
            }
        }
        for list in self.text.split("\n\n").filter(|paragraph| paragraph.starts_with("Open")) {
            for id in list.split(|c: char| !c.is_ascii_alphanumeric() && c != '.') {
                let id = id.trim_end_matches('.');
                if is_id(id) {
                    let entry = Entry { status: OPEN, files: Vec::new() };
                    assert!(entries.insert(id, entry).is_none(), "{id} stands twice");
                }
            }
        }
        entries
    }
}
