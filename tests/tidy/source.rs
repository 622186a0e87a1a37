//! The source tree, read once.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Folders with code of ours.
const FOLDERS: &[&str] = &["bridge", "core", "async-facade", "drivers", "tests", "examples"];

/// A file.
#[derive(Debug)]
pub(crate) struct Source {
    /// From the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The lines without comments and without the contents of strings.
    pub(crate) code: Vec<String>,
    /// The line at which the unit tests begin.
    pub(crate) tests_begin: usize,
}

impl Source {
    fn read(root: &Path, path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("a readable file");
        let path = path.strip_prefix(root).expect("a path below the root");
        let path = path.to_string_lossy().replace('\\', "/");
        let code: Vec<String> = text.lines().map(code_of).collect();
        let tests = |line: &String| line.trim_start().starts_with("#[cfg(test)]");
        let tests_begin = code.iter().position(tests).unwrap_or(code.len());
        Self { path, text, code, tests_begin }
    }

    /// The room of `core/src`: its folder or its file.
    pub(crate) fn room(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("core/src/")?;
        let room = rest.split(['/', '.']).next()?;
        (room != "lib" && room != "private").then_some(room)
    }

    /// The crate that it belongs to, as code names it.
    pub(crate) fn package(&self) -> &str {
        let packages = [
            ("bridge/", "aludel_bridge"),
            ("core/derive/", "aludel_derive"),
            ("core/", "aludel_core"),
            ("drivers/sqlite/", "aludel_sqlite"),
            ("drivers/postgres/", "aludel_postgres"),
            ("async-facade/", "aludel_async"),
        ];
        let own = packages.iter().find(|(at, _)| self.path.starts_with(at));
        own.map_or("aludel", |(_, name)| name)
    }

    /// Whether it is part of a library, and not a test, a benchmark or an example.
    pub(crate) fn is_library(&self) -> bool {
        self.path.contains("/src/") || !self.path.contains('/')
    }
}

/// All files of Rust, in order.
pub(crate) fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| files("rs"));
    assert!(SOURCES.len() > 50, "the sources were not found");
    &SOURCES
}

/// The manifests of the packages below the root.
pub(crate) fn manifests() -> Vec<Source> {
    let mut manifests = files("toml");
    manifests.retain(|file| file.path.ends_with("/Cargo.toml"));
    assert!(manifests.len() >= 5, "the manifests were not found");
    manifests
}

fn files(extension: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> =
        ["lib.rs", "create.rs"].iter().map(|name| root.join(name)).collect();
    FOLDERS.iter().for_each(|folder| collect(&root.join(folder), &mut paths));
    paths.retain(|path| path.extension().is_some_and(|found| found == extension));
    paths.sort();
    paths.iter().map(|path| Source::read(root, path)).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if !path.is_dir() {
            paths.push(path);
        } else if path.file_name().is_some_and(|name| name != "target") {
            collect(&path, paths);
        }
    }
}

/// A line without its comment and without what stands in its strings. Good enough for a formatted
/// source: a string of several lines that quotes code would be taken for code.
fn code_of(line: &str) -> String {
    let mut code = String::new();
    let mut quoted = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if quoted => {
                characters.next();
            }
            '"' => quoted = !quoted,
            '\'' if !quoted && characters.peek() == Some(&'"') => {
                // The character `"`.
                characters.next();
            }
            '/' if !quoted && characters.peek() == Some(&'/') => break,
            _ if quoted => {}
            c => code.push(c),
        }
    }
    code
}
