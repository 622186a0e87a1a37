//! The tree keeps its own rules: headers, sizes, names, arrows, `unsafe`, unfinished work.
//!
//! Each rule lists everything it finds at once, with the place and the cure.

#![allow(clippy::print_stdout, reason = "the median is printed, not checked")]

mod arrows;
mod circles;
mod examples;
mod figures;
mod imports;
mod manifests;
mod rules;
mod source;
mod tree;

use std::fmt;

use source::Source;

/// One breach of one rule.
#[derive(Debug)]
struct Finding {
    path: String,
    line: usize,
    what: String,
    cure: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}; {}", self.path, self.line, self.what, self.cure)
    }
}

impl Source {
    fn finding(&self, line: usize, what: &str, cure: &str) -> Finding {
        let (what, cure) = (what.to_owned(), cure.to_owned());
        Finding { path: self.path.clone(), line, what, cure }
    }
}

/// Fails with everything that the rule finds in the tree.
fn keeps(rule: fn(&Source) -> Vec<Finding>) {
    none(Source::all().iter().flat_map(rule));
}

fn none(findings: impl Iterator<Item = Finding>) {
    let list: Vec<_> = findings.map(|finding| finding.to_string()).collect();
    assert!(list.is_empty(), "{} to mend:\n{}\n", list.len(), list.join("\n"));
}

#[test]
fn files_say_what_they_are() {
    keeps(rules::header);
}

#[test]
fn files_are_small_and_named() {
    keeps(rules::size_and_name);
    let mut sizes: Vec<_> = Source::all().iter().map(|source| source.lines.len()).collect();
    sizes.sort_unstable();
    println!("{} files, {} lines in the median", sizes.len(), sizes[sizes.len() / 2]);
}

// fault: S19
#[test]
fn unsafe_stays_in_the_bridge() {
    keeps(rules::unsafe_code);
}

#[test]
fn nothing_is_unfinished() {
    keeps(rules::unfinished);
}

#[test]
fn the_product_does_not_unwrap() {
    keeps(rules::unwraps);
}

#[test]
fn what_makes_sql_has_an_example() {
    keeps(examples::builders);
}

#[test]
fn packages_name_what_they_may() {
    keeps(arrows::packages);
}

#[test]
fn modules_name_what_they_may() {
    keeps(arrows::modules);
}

#[test]
fn files_stand_in_layers() {
    none(circles::all(&Source::all()).into_iter());
}

#[test]
fn figures_are_where_scripts_write_them() {
    none(tree::files(".md").iter().flat_map(figures::measured));
}

#[test]
fn manifests_share_versions() {
    none(tree::files("Cargo.toml").iter().flat_map(manifests::shared));
}
