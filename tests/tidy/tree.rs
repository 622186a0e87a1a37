//! The files of the source tree.

use std::fs;
use std::path::{Path, PathBuf};

/// A text file, by its path from the top of the tree.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every file of the tree whose name ends like this, in order, without what builds leave behind.
pub(crate) fn files(ending: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(root, &mut |path| {
        if path.to_string_lossy().ends_with(ending) {
            let inside = path.strip_prefix(root).expect("a path under the root");
            let inside = inside.to_string_lossy().replace('\\', "/");
            found.push(File { path: inside, text: fs::read_to_string(&path).expect("a text") });
        }
    });
    assert!(!found.is_empty(), "no file ends in {ending}");
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn walk(folder: &Path, found: &mut impl FnMut(PathBuf)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                walk(&path, found);
            }
        } else {
            found(path);
        }
    }
}
