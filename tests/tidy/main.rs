//! The shape of the source tree: arrows between rooms, sizes, headers, `unsafe`.
//!
//! Every rule lists all that breaks it, with the file, the line and the cure.

mod source;

use source::{Source, sources};

/// What each room of `core/src` may name of `core`, as `docs/ARCHITECTURE.md` tells.
const ROOMS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("value", &["error"]),
    ("row", &["error", "value"]),
    ("url", &["error"]),
    ("event", &["error"]),
    ("sql", &["error", "value", "row", "params"]),
    ("dialect", &["error", "sql"]),
    ("dbapi", &["error", "value", "row"]),
    ("pool", &["error", "value", "row", "dbapi", "event"]),
];

/// The rooms of `core/src` that may name the bridge.
const WAITING_ROOMS: &[&str] = &["error", "dbapi", "pool", "engine"];

/// Which of the workspace's crates each package may name.
const PACKAGES: &[(&str, &[&str])] = &[
    ("bridge/src", &[]),
    ("core/derive/src", &[]),
    ("core/src", &["aludel_bridge", "aludel_derive"]),
    ("drivers/", &["aludel_core", "aludel_bridge"]),
    ("async-facade/src", &["aludel_core", "aludel_bridge"]),
];

/// The crates of the workspace, as code names them.
const CRATES: &[&str] = &[
    "aludel_async",
    "aludel_bridge",
    "aludel_core",
    "aludel_derive",
    "aludel_postgres",
    "aludel_sqlite",
];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "util", "utils"];

const LINES_REFUSED: usize = 600;
const MEDIAN_LINES: usize = 250;

fn refuse(broken: &[String], cure: &str) {
    assert!(broken.is_empty(), "{cure}:\n  {}", broken.join("\n  "));
}

/// Breaks of a rule that looks at each line of code.
fn lines(
    of: impl Fn(&Source) -> bool,
    breaks: impl Fn(&Source, usize, &str) -> Option<String>,
) -> Vec<String> {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| of(source)) {
        for (index, line) in source.code.iter().enumerate() {
            if let Some(what) = breaks(source, index, line) {
                broken.push(format!("{}:{}: {what}", source.path, index + 1));
            }
        }
    }
    broken
}

/// The words behind `prefix` in a line: `crate::` gives the rooms that it names.
fn named<'a>(line: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    line.match_indices(prefix).filter_map(move |(at, _)| {
        let before = line[..at].chars().next_back();
        let free = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != '$');
        let rest = &line[at + prefix.len()..];
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        (free && end > 0).then(|| &rest[..end])
    })
}

#[test]
fn rooms_of_the_core_name_only_what_they_may() {
    let broken = lines(
        |source| source.path.starts_with("core/src/"),
        |source, _, line| {
            let room = source.room()?;
            if line.contains("aludel_bridge") && !WAITING_ROOMS.contains(&room) {
                return Some("this room does not wait".to_owned());
            }
            let (_, allowed) = ROOMS.iter().find(|(known, _)| *known == room)?;
            // A crate's own types stand at its root too: they are of the rooms that define them.
            let wrong = named(line, "crate::").find(|name| {
                name.starts_with(|c: char| c.is_lowercase())
                    && *name != room
                    && !allowed.contains(name)
            });
            wrong.map(|name| format!("{room} names {name}"))
        },
    );
    refuse(&broken, "a room names one that stands above it; see the arrows in ARCHITECTURE.md");
}

#[test]
fn packages_name_only_those_below() {
    let broken = lines(
        |_| true,
        |source, _, line| {
            let (_, allowed) = PACKAGES.iter().find(|(at, _)| source.path.starts_with(at))?;
            let own = source.package();
            let in_tests = source.path.contains("/tests/") || source.path.contains("/benches/");
            let wrong = CRATES
                .iter()
                .find(|name| line.contains(**name) && !allowed.contains(name) && own != **name);
            wrong.filter(|_| !in_tests).map(|name| format!("it names {name}"))
        },
    );
    refuse(&broken, "a package names one that stands above or beside it");
}

#[test]
fn every_file_says_what_is_in_it() {
    let broken: Vec<_> = sources()
        .iter()
        .filter(|source| {
            let first = source.text.lines().next().unwrap_or_default();
            let sentence = first.starts_with("//! ") && first.len() > 12;
            !sentence && !first.starts_with("#![doc = include_str!")
        })
        .map(|source| source.path.clone())
        .collect();
    refuse(&broken, "begin the file with a sentence: `//! What is in it.`");
}

#[test]
fn files_are_small_and_well_named() {
    let mut sizes = Vec::new();
    let mut broken = Vec::new();
    for source in sources() {
        let size = source.text.lines().count();
        sizes.push(size);
        if size > LINES_REFUSED {
            broken.push(format!("{}: {size} lines", source.path));
        }
        if source.path.split(['/', '.']).any(|part| EMPTY_NAMES.contains(&part)) {
            broken.push(format!("{}: the name says nothing", source.path));
        }
    }
    refuse(&broken, "split the file by nouns, and name it by one");
    sizes.sort_unstable();
    let median = sizes[sizes.len() / 2];
    assert!(median <= MEDIAN_LINES, "the median file has {median} lines");
}

#[test]
fn unsafe_is_in_the_bridge_and_explained() {
    let is_unsafe = |line: &str| {
        line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe")
    };
    let outside = lines(
        |source| !source.path.starts_with("bridge/"),
        |_, _, line| is_unsafe(line).then(|| line.trim().to_owned()),
    );
    refuse(&outside, "`unsafe` belongs into the bridge");
    let unexplained = lines(
        |source| source.path.starts_with("bridge/"),
        |source, index, line| {
            let text: Vec<&str> = source.text.lines().collect();
            let before = &text[index.saturating_sub(12)..=index];
            let explained =
                before.iter().any(|line| line.contains("// SAFETY:") || line.contains("# Safety"));
            (is_unsafe(line) && !explained).then(|| line.trim().to_owned())
        },
    );
    refuse(&unexplained, "say by `// SAFETY:` why it holds");
}

#[test]
fn nothing_is_left_half_done() {
    let broken = lines(
        |source| !source.path.starts_with("tests/tidy"),
        |_, _, line| {
            let macros = ["todo!", "unimplemented!", "dbg!"];
            let bare_ignore = line.contains("#[ignore]");
            (bare_ignore || macros.iter().any(|name| line.contains(name)))
                .then(|| line.trim().to_owned())
        },
    );
    refuse(&broken, "finish it; an ignored test says why: `#[ignore = \"…\"]`");
}

#[test]
fn libraries_do_not_unwrap() {
    let broken = lines(
        |source| source.is_library(),
        |source, index, line| {
            let found = line.contains(".unwrap()") && index < source.tests_begin;
            found.then(|| line.trim().to_owned())
        },
    );
    refuse(&broken, "return an error, or use `expect` with the proof in words");
}

#[test]
fn versions_stand_in_one_place() {
    let mut broken = Vec::new();
    for manifest in source::manifests() {
        let mut dependencies = false;
        for (index, line) in manifest.text.lines().enumerate() {
            if line.starts_with('[') {
                dependencies = line.contains("dependencies") && !line.contains("dev-");
            }
            let named = line.split_once('=').is_some_and(|(_, value)| !value.contains("workspace"));
            if dependencies && named && !line.contains(".workspace") && !line.starts_with('#') {
                broken.push(format!("{}:{}: {line}", manifest.path, index + 1));
            }
        }
    }
    refuse(&broken, "write `name.workspace = true` and the version in the root");
}
