//! Files that refer to each other in a circle, within one package.

use std::collections::{BTreeMap, BTreeSet};

use crate::Finding;
use crate::imports::{Package, Reference};
use crate::source::Source;

/// The packages whose files stand in layers.
const PACKAGES: &[&str] = &[
    "async-facade/src/",
    "bridge/src/",
    "core/src/",
    "drivers/mysql/src/",
    "drivers/postgres/src/",
    "drivers/sqlite/src/",
    "drivers/testing/src/",
];

/// The circles that may be: their files, or the folder that has them all, and the reason. Who takes a
/// circle apart takes its entry out.
const ALLOWED: &[(&[&str], &str)] = &[
    (
        &[
            "core/src/engine/connection.rs",
            "core/src/engine/echo.rs",
            "core/src/engine/events.rs",
            "core/src/engine/mod.rs",
            "core/src/engine/plan.rs",
            "core/src/engine/transaction.rs",
            "core/src/engine/watch.rs",
        ],
        "An engine makes connections and each has its engine; events lend the connection to listeners.",
    ),
    (
        &[
            "core/src/pool/attempt.rs",
            "core/src/pool/connecting.rs",
            "core/src/pool/lock.rs",
            "core/src/pool/mod.rs",
            "core/src/pool/pooled.rs",
            "core/src/pool/queue.rs",
            "core/src/pool/ready.rs",
            "core/src/pool/record.rs",
            "core/src/pool/reservation.rs",
        ],
        "A connection holds its slot, and the queue that the slot belongs to holds idle connections; a \
         pool makes reservations, which it redeems, and connections that are kept ready.",
    ),
    (
        &[
            "core/src/orm/mapper/configure.rs",
            "core/src/orm/mapper/definition.rs",
            "core/src/orm/mapper/mod.rs",
            "core/src/orm/mapper/overlaps.rs",
            "core/src/orm/mapper/relationship.rs",
            "core/src/orm/object.rs",
        ],
        "A mapper makes objects, and an object knows its mapper; relationships are a mapper's, and refer to mappers.",
    ),
    (
        &[
            "core/src/orm/loading/along.rs",
            "core/src/orm/loading/by_key.rs",
            "core/src/orm/loading/related.rs",
        ],
        "What is loaded along with objects brings others along, and has to be loaded anew where it is expired.",
    ),
    (
        &[
            "core/src/orm/session/callbacks.rs",
            "core/src/orm/session/connection.rs",
            "core/src/orm/session/events.rs",
            "core/src/orm/session/maker.rs",
            "core/src/orm/session/mod.rs",
            "core/src/orm/session/options.rs",
        ],
        "A session calls listeners, which events lend the session to; makers and sessions are what listeners are added to.",
    ),
    (
        &["core/src/row/buffer.rs", "core/src/row/from_row.rs", "core/src/row/mod.rs"],
        "A row is decoded into a type, and is such a type itself.",
    ),
    (
        &[
            "core/src/value/array.rs",
            "core/src/value/mod.rs",
            "core/src/value/value_ref.rs",
            "core/src/value/wire.rs",
        ],
        "A value may be an array, whose elements are values; a borrowed value becomes an owned one, also \
         by being decoded, and is lent again.",
    ),
    (
        &["core/src/sql/"],
        "The nodes of a language contain each other: an expression may hold a query, and a query holds \
         expressions. The writer writes both.",
    ),
    (
        &["core/src/url/mod.rs", "core/src/url/parse.rs"],
        "The parser makes the URL that parsing is a method of.",
    ),
    (
        &[
            "drivers/sqlite/src/thread/connection.rs",
            "drivers/sqlite/src/thread/cursor.rs",
            "drivers/sqlite/src/thread/worker.rs",
        ],
        "A connection opens cursors, which work on it; its worker runs both.",
    ),
];

/// The circles of all packages that nothing allows, and what is allowed and is no circle.
pub(crate) fn all(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut unseen: Vec<_> = ALLOWED.iter().collect();
    for folder in PACKAGES {
        let references = Package::new(folder, sources).references();
        for circle in circles(&references) {
            let allows = |(places, _): &(&[&str], &str)| {
                circle.iter().all(|file| places.iter().any(|place| is_in(file, place)))
            };
            unseen.retain(|allowed| !allows(allowed));
            if !ALLOWED.iter().any(allows) {
                findings.push(finding(&circle, &references));
            }
        }
    }
    for (files, _) in unseen {
        let what = "is allowed to be in a circle and is in none".to_owned();
        let cure = "take the entry out of `ALLOWED` in `tests/tidy/circles.rs`".to_owned();
        findings.push(Finding { path: files[0].to_owned(), line: 1, what, cure });
    }
    findings
}

/// Whether a file is this one, or in this folder.
fn is_in(file: &str, place: &str) -> bool {
    file == place || (place.ends_with('/') && file.starts_with(place))
}

fn finding(circle: &BTreeSet<&str>, references: &BTreeSet<Reference<'_>>) -> Finding {
    let inside = references.iter().filter(|r| circle.contains(r.from) && circle.contains(r.to));
    let list: BTreeSet<_> = inside.map(|r| format!("{} -> {}", r.from, r.to)).collect();
    Finding {
        path: circle.first().copied().unwrap_or_default().to_owned(),
        line: 1,
        what: format!(
            "is in a circle of {} files:\n    {}\n   ",
            circle.len(),
            list.into_iter().collect::<Vec<_>>().join("\n    ")
        ),
        cure: "move what both sides need into a file below them, or allow the circle with its \
               reason in `tests/tidy/circles.rs`"
            .to_owned(),
    }
}

/// The largest sets of files each of which leads to every other.
fn circles<'s>(references: &BTreeSet<Reference<'s>>) -> Vec<BTreeSet<&'s str>> {
    let mut next: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for reference in references {
        next.entry(reference.from).or_default().insert(reference.to);
    }
    let reached: BTreeMap<_, _> = next.keys().map(|file| (*file, reach(file, &next))).collect();
    let leads = |from: &str, to: &str| reached.get(from).is_some_and(|all| all.contains(to));
    let mut circles = Vec::new();
    let mut seen = BTreeSet::new();
    for file in next.keys().copied().filter(|file| leads(file, file)) {
        if seen.contains(file) {
            continue;
        }
        let circle: BTreeSet<_> =
            next.keys().copied().filter(|other| leads(file, other) && leads(other, file)).collect();
        seen.extend(circle.iter().copied());
        circles.push(circle);
    }
    circles
}

fn reach<'s>(from: &str, next: &BTreeMap<&'s str, BTreeSet<&'s str>>) -> BTreeSet<&'s str> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<_> = next.get(from).into_iter().flatten().copied().collect();
    while let Some(file) = open.pop() {
        if reached.insert(file) {
            open.extend(next.get(file).into_iter().flatten().copied());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let new = |(path, text): &(&str, &str)| Source::new(format!("a/src/{path}"), text);
        let sources: Vec<_> = files.iter().map(new).collect();
        let references = Package::new("a/src/", &sources).references();
        let names = |circle: &BTreeSet<&str>| {
            circle.iter().map(|file| file.trim_start_matches("a/src/").to_owned()).collect()
        };
        circles(&references).iter().map(names).collect()
    }

    #[test]
    fn circles_are_found_however_they_are_written() {
        let b = ("b.rs", "use super::a::A;");
        for a in [
            "use crate::b::B;",
            "pub(crate) use crate::b::B;\nfn f(_: B) {}",
            "use crate::{\n    c::C,\n    b::{self, B as D},\n};",
            "fn f() { crate::b::g() }",
            "use super::b;\nfn f() { b::g() }",
            "use crate::B;",
        ] {
            let lib = ("lib.rs", "mod a;\nmod b;\npub use b::B;");
            assert_eq!(found(&[lib, ("a.rs", a), b]), [["a.rs", "b.rs"]], "{a}");
        }
        let inner = [("a/mod.rs", "mod b;\nfn f() { b::g() }"), ("a/b.rs", "use super::f;")];
        assert_eq!(found(&inner), [["a/b.rs", "a/mod.rs"]]);
    }

    #[test]
    fn layers_are_no_circles() {
        for a in [
            "pub use crate::b::B;",
            "// crate::b\nconst A: &str = \"crate::b\";",
            "#[cfg(test)]\nmod tests {\n    use crate::b::B;\n}",
            "use crate::c::B;",
            "mod inner {\n    use super::C;\n}\nstruct C;",
        ] {
            let files = [("a.rs", a), ("b.rs", "use crate::a::A;"), ("c.rs", "struct B;")];
            assert_eq!(found(&files), Vec::<Vec<String>>::new(), "{a}");
        }
        let exported = [
            ("lib.rs", "mod a;\nmod b;\npub use a::A;\npub use b::B;"),
            ("a.rs", "struct A;"),
            ("b.rs", "use crate::A;"),
        ];
        assert_eq!(found(&exported), Vec::<Vec<String>>::new());
    }
}
