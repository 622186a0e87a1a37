//! What packages share, they take from the workspace.

use crate::Finding;
use crate::tree::File;

/// What every package inherits.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "authors"];

/// What a package states by itself although the workspace does.
///
/// Dependencies that only tests and benchmarks need may state their version in place. A package
/// outside the workspace, which is an empty one of its own, has nothing to take.
pub(crate) fn shared(manifest: &File) -> Vec<Finding> {
    let has = |line| manifest.text.lines().any(|found| found == line);
    if has("[workspace]") && !has("[workspace.package]") {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut section = "";
    let mut inherited = Vec::new();
    for (index, line) in manifest.text.lines().enumerate() {
        if line.starts_with('[') {
            section = line;
        } else if let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
            let (key, from_workspace) = entry(key.trim(), value);
            match section {
                "[package]" | "[lints]" if from_workspace => inherited.push(key),
                "[package]" if INHERITED.contains(&key) => {
                    findings.push(finding(manifest, index + 1, key));
                }
                "[dependencies]" | "[build-dependencies]" if !from_workspace => {
                    findings.push(finding(manifest, index + 1, key));
                }
                _ => {}
            }
        }
    }
    let missing = INHERITED.iter().chain(["workspace"].iter()).filter(|k| !inherited.contains(k));
    findings.extend(missing.map(|key| finding(manifest, 1, key)));
    findings
}

/// The name of an entry, and whether it takes its value from the workspace.
fn entry<'a>(key: &'a str, value: &str) -> (&'a str, bool) {
    match key.strip_suffix(".workspace") {
        Some(name) => (name, true),
        None => (key, key == "workspace" || value.contains("workspace = true")),
    }
}

fn finding(manifest: &File, line: usize, key: &str) -> Finding {
    let what = format!("does not take `{key}` from the workspace");
    let cure = "write `workspace = true`".to_owned();
    Finding { path: manifest.path.clone(), line, what, cure }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<usize> {
        let manifest = File { path: "a/Cargo.toml".to_owned(), text: text.to_owned() };
        shared(&manifest).into_iter().map(|finding| finding.line).collect()
    }

    #[test]
    fn versions_of_its_own_are_found() {
        let head = "[package]\nversion.workspace = true\nedition.workspace = true\n\
            rust-version.workspace = true\nlicense.workspace = true\nauthors.workspace = true\n\
            [lints]\nworkspace = true\n";
        let own = format!("{head}[dependencies]\nlibc.workspace = true\nsmol = \"2\"\n");
        let more =
            format!("{head}[dependencies]\nlibc = {{ workspace = true, optional = true }}\n");
        assert_eq!(found(&own), [11]);
        assert_eq!(found(&more), Vec::<usize>::new());
        assert_eq!(found(&head.replace("version.workspace = true\ned", "ed")), [1]);
        assert_eq!(found(&format!("[workspace]\n{own}")), Vec::<usize>::new());
        assert_eq!(found(&format!("[workspace]\n[workspace.package]\n{own}")), [13]);
        assert_eq!(found(&head.replace("edition.workspace = true", "edition = \"2024\"")), [3, 1]);
    }
}
