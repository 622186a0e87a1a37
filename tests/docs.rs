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
