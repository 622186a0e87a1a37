//! The documents keep up with the code.

use std::collections::BTreeSet;

/// Every kind of error has a section in `docs/errors.md`, and every section a kind.
#[test]
fn errors_have_sections() {
    let source = include_str!("../core/src/error/kind.rs");
    let codes = source.lines().filter_map(|line| line.split_once("=> \"")).map(|(_, rest)| rest);
    let codes: BTreeSet<_> = codes.filter_map(|rest| rest.split('"').next()).collect();
    let sections = include_str!("../docs/errors.md").lines();
    let sections: BTreeSet<_> = sections
        .filter_map(|line| line.strip_prefix("## `"))
        .filter_map(|rest| rest.strip_suffix('`'))
        .collect();
    assert!(codes.len() > 20, "the codes were not found");
    assert_eq!(codes, sections);
}

/// Every chapter of the guide is in the documentation, in its order, so that its blocks are tests.
#[test]
fn the_guide_is_complete() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide");
    let files = std::fs::read_dir(folder).expect("the guide");
    let names = files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned());
    let mut chapters: Vec<_> = names.filter(|name| name.ends_with(".md")).collect();
    chapters.sort();
    let source = include_str!("../guide.rs");
    let shown = source.lines().filter_map(|line| line.split_once("docs/guide/"));
    let shown: Vec<_> = shown.filter_map(|(_, rest)| rest.split('"').next()).collect();
    assert!(chapters.len() >= 9, "the chapters were not found");
    assert_eq!(shown, chapters);
}

/// The tests that `docs/types.md` names run: they are bodies on the list of their file.
#[test]
fn types_name_tests_that_run() {
    let suite = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/suite");
    let named =
        include_str!("../docs/types.md").split('`').filter_map(|word| word.split_once("::"));
    let is_file = |file: &str| std::path::Path::new(suite).join(format!("{file}.rs")).exists();
    let named: BTreeSet<_> = named.filter(|(file, _)| is_file(file)).collect();
    assert!(named.len() > 30, "the tests were not found");
    for (file, body) in named {
        let path = format!("{suite}/{file}.rs");
        let source = std::fs::read_to_string(&path).expect(&path);
        let list = source.split("suite![").nth(1).and_then(|rest| rest.split(']').next());
        let listed = list.unwrap_or_default().split([',', '\n', ' ']).any(|name| name == body);
        assert!(listed, "docs/types.md names {file}::{body}, which {path} does not list");
    }
}
