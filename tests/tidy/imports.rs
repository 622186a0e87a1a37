//! Which file of a package a file refers to.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, words};

/// How often a name may be imported on from file to file.
const MOST_HOPS: usize = 8;

/// The files of one package, by the paths of their modules from the root.
#[derive(Debug)]
pub(crate) struct Package<'s> {
    modules: BTreeMap<Vec<String>, Module<'s>>,
}

#[derive(Debug)]
struct Module<'s> {
    source: &'s Source,
    imports: Vec<Import>,
    /// The code without its imports.
    code: String,
}

/// One name that a file imports.
#[derive(Debug)]
struct Import {
    line: usize,
    /// What the file calls it; `*` is everything in it.
    name: String,
    path: Vec<String>,
    is_public: bool,
    /// It stands in a module within the file, whose names are not those of the file.
    is_inner: bool,
}

/// One file refers to another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference<'s> {
    pub(crate) from: &'s str,
    pub(crate) to: &'s str,
    pub(crate) line: usize,
}

impl<'s> Package<'s> {
    /// The files below a folder, which is the `src/` of a package.
    pub(crate) fn new(folder: &str, sources: &'s [Source]) -> Self {
        let inside = |source: &'s Source| Some((source.path.strip_prefix(folder)?, source));
        let modules = sources.iter().filter_map(inside).map(|(path, source)| {
            let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
            let root = ["lib", "main", "mod"].contains(&path);
            let path = if root { Vec::new() } else { path.split('/').map(str::to_owned).collect() };
            (path, Module::new(source))
        });
        Self { modules: modules.collect() }
    }

    /// Every reference from one file to another. A name that a file only exports again counts where it
    /// is defined, and a module does not refer to what it declares.
    pub(crate) fn references(&self) -> BTreeSet<Reference<'s>> {
        let mut references = BTreeSet::new();
        for (module, found) in &self.modules {
            let used: BTreeSet<_> = words(&found.code).collect();
            let imported = found
                .imports
                .iter()
                .filter(|import| !import.is_public || used.contains(import.name.as_str()));
            let imported = imported.map(|import| (import.line, import.path.clone()));
            for (line, path) in imported.chain(found.paths()) {
                let Some(to) = self.file_of(module, &path, MOST_HOPS) else { continue };
                if to != found.source.path {
                    references.insert(Reference { from: &found.source.path, to, line });
                }
            }
        }
        references
    }

    /// The file in which a path, as a module writes it, ends.
    fn file_of(&self, module: &[String], path: &[String], hops: usize) -> Option<&'s str> {
        let mut at = module.to_vec();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => (at, rest) = (Vec::new(), &path[1..]),
            "self" => rest = &path[1..],
            "super" => {}
            // A child, or something else that the file has imported.
            name if self.modules.contains_key(&child(&at, name)) => {}
            _ => return None,
        }
        while let Some(("super", more)) = rest.split_first().map(|(name, more)| (&**name, more)) {
            at.pop();
            rest = more;
        }
        while let Some((name, more)) = rest.split_first()
            && self.modules.contains_key(&child(&at, name))
        {
            at = child(&at, name);
            rest = more;
        }
        let found = self.modules.get(&at)?;
        if let Some((name, more)) = rest.split_first().filter(|_| hops > 0) {
            for import in found.exports().filter(|import| import.name == *name) {
                let path: Vec<_> = import.path.iter().chain(more).cloned().collect();
                if let Some(file) = self.file_of(&at, &path, hops - 1) {
                    return Some(file);
                }
            }
            for all in found.exports().filter(|import| import.name == "*") {
                let path: Vec<_> = all.path.iter().chain(rest).cloned().collect();
                if !found.defines(name)
                    && let Some(file) = self.file_of(&at, &path, hops - 1)
                {
                    return Some(file);
                }
            }
        }
        Some(&found.source.path)
    }
}

fn child(module: &[String], name: &str) -> Vec<String> {
    module.iter().cloned().chain([name.to_owned()]).collect()
}

impl<'s> Module<'s> {
    fn new(source: &'s Source) -> Self {
        let (mut imports, mut code) = (Vec::new(), String::new());
        let mut lines = source.without_tests();
        let mut is_inner = false;
        while let Some((line, text)) = lines.next() {
            is_inner = if is_inner { text != "}" } else { begins_module(text) };
            let text = text.trim();
            // To declare a module is not to refer to what is in it.
            if text.ends_with(';') && words(text).any(|word| word == "mod") {
                continue;
            }
            let Some((visible, tree)) = text.split_once("use ").filter(|(visible, _)| {
                visible.is_empty() || (visible.starts_with("pub") && visible.ends_with(' '))
            }) else {
                code.push_str(text);
                code.push('\n');
                continue;
            };
            let mut tree = tree.to_owned();
            while !tree.contains(';') {
                let Some((_, more)) = lines.next() else { break };
                tree.push_str(more);
            }
            let mut paths = Vec::new();
            leaves(tree.trim_end_matches([';', ' ']), &[], &mut paths);
            let is_public = !visible.is_empty();
            imports.extend(paths.into_iter().map(|(name, mut path)| {
                if is_inner && path.first().is_some_and(|first| first == "super") {
                    path[0] = "self".to_owned();
                }
                Import { line, name, path, is_public, is_inner }
            }));
        }
        Self { source, imports, code }
    }

    /// What other files find in this one without its being defined there.
    fn exports(&self) -> impl Iterator<Item = &Import> {
        self.imports.iter().filter(|import| !import.is_inner)
    }

    /// The paths in the code, from the root, from above, or from a child module.
    fn paths(&self) -> impl Iterator<Item = (usize, Vec<String>)> {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        let paths = self.code.split(move |c| !is_part(c)).filter(|path| path.contains("::"));
        let paths = paths.map(|path| {
            let parts = path.split("::").filter(|part| !part.is_empty());
            (1, parts.map(str::to_owned).collect::<Vec<_>>())
        });
        paths.filter(|(_, path)| !path.is_empty())
    }

    fn defines(&self, name: &str) -> bool {
        let before = ["fn", "struct", "enum", "trait", "type", "const", "static", "macro_rules"];
        let all: Vec<_> = words(&self.code).collect();
        all.windows(2).any(|pair| before.contains(&pair[0]) && pair[1] == name)
    }
}

/// Whether a line begins a module that stands in the file.
fn begins_module(line: &str) -> bool {
    line.ends_with('{') && !line.starts_with(' ') && words(line).any(|word| word == "mod")
}

/// The names at the ends of a tree of imports, with their paths.
fn leaves(tree: &str, above: &[String], found: &mut Vec<(String, Vec<String>)>) {
    let tree = tree.trim();
    if let Some(open) = tree.find('{') {
        let prefix: Vec<_> = above.iter().cloned().chain(parts(&tree[..open])).collect();
        let inside = tree[open + 1..].trim_end().trim_end_matches('}');
        let inside = if tree.ends_with('}') { &tree[open + 1..tree.len() - 1] } else { inside };
        let (mut depth, mut start) = (0, 0);
        for (at, c) in inside.char_indices().chain([(inside.len(), ',')]) {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    leaves(&inside[start..at], &prefix, found);
                    start = at + 1;
                }
                _ => {}
            }
        }
        return;
    }
    let (path, name) =
        tree.split_once(" as ").map_or((tree, None), |(path, name)| (path, Some(name)));
    let mut path: Vec<_> = above.iter().cloned().chain(parts(path)).collect();
    if path.last().is_some_and(|last| last == "self" || last == "*") {
        let last = path.pop().expect("one is there");
        if last == "*" {
            return found.push((last, path));
        }
    }
    if let Some(last) = path.last().cloned() {
        found.push((name.map_or(last, |name| name.trim().to_owned()), path));
    }
}

fn parts(path: &str) -> impl Iterator<Item = String> {
    path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned)
}
