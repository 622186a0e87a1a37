//! The rules that one file can keep or break by itself.

use crate::Finding;
use crate::source::{Source, has_word};

const MOST_LINES: usize = 600;
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "misc", "util", "utils"];
/// How many lines above an `unsafe` its reason may start.
const REASON_WITHIN: usize = 12;

/// A file starts with a sentence that says what is in it.
pub(crate) fn header(source: &Source) -> Vec<Finding> {
    let lines = || source.lines.iter().map(String::as_str);
    if lines().next().is_some_and(|line| line.starts_with("#![doc = include_str!")) {
        return Vec::new();
    }
    let paragraph = lines().map_while(|line| line.strip_prefix("//! ")).last();
    if paragraph.is_some_and(|end| end.ends_with(['.', ':', '!', '?'])) {
        return Vec::new();
    }
    vec![source.finding(1, "has no header", "start with `//!` and a sentence on what is in it")]
}

/// A file is short, and its name says something.
pub(crate) fn size_and_name(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = source.lines.len();
    if lines > MOST_LINES {
        let cure = format!("split what has more than {MOST_LINES}");
        findings.push(source.finding(lines, &format!("has {lines} lines"), &cure));
    }
    let stem = source.path.trim_end_matches(".rs");
    if let Some(part) = stem.split('/').find(|part| EMPTY_NAMES.contains(part)) {
        let what = format!("is named `{part}`");
        findings.push(source.finding(1, &what, "name it after what is in it"));
    }
    findings
}

/// `unsafe` is in the bridge, with its reason above it.
pub(crate) fn unsafe_code(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, _) in source.numbered().filter(|(_, code)| has_word(code, "unsafe")) {
        if !source.path.starts_with("bridge/") {
            findings.push(source.finding(line, "has `unsafe`", "only `bridge/` may"));
            continue;
        }
        let above = &source.lines[line.saturating_sub(REASON_WITHIN + 1)..line];
        let reason = |line: &String| line.contains("// SAFETY:") || line.contains("/// # Safety");
        if !above.iter().any(reason) {
            let cure = format!("say why in `// SAFETY:` at most {REASON_WITHIN} lines above");
            findings.push(source.finding(line, "has `unsafe` without a reason", &cure));
        }
    }
    findings
}

/// Nothing is left for later, nothing is switched off in silence.
pub(crate) fn unfinished(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, code) in source.numbered() {
        for name in ["todo", "unimplemented", "dbg"] {
            if has_word(code, name) && code.contains(&format!("{name}!")) {
                findings.push(source.finding(line, &format!("has `{name}!`"), "finish it"));
            }
        }
        if code.contains("#[ignore") && !code.contains("#[ignore =") {
            let cure = "write `#[ignore = \"the reason\"]`";
            findings.push(source.finding(line, "ignores a test", cure));
        } else if code.contains("#[ignore") && !runs_by_name(source, line) {
            let cure = "have another test of the file run it by its name, or delete it";
            findings.push(source.finding(line, "ignores a test that nothing runs", cure));
        }
    }
    findings
}

/// Whether the file names the ignored test below a line in a string, alone or behind its modules, as who runs it in a
/// process of its own does.
fn runs_by_name(source: &Source, line: usize) -> bool {
    let name =
        source.code[line..].iter().find_map(|code| code.split_once("fn ")?.1.split('(').next());
    let named = |name: &str, text: &String| {
        text.contains(&format!("\"{name}\"")) || text.contains(&format!("::{name}\""))
    };
    name.is_some_and(|name| source.lines.iter().any(|text| named(name, text)))
}

/// What programs are built of returns errors.
pub(crate) fn unwraps(source: &Source) -> Vec<Finding> {
    if !source.is_product() {
        return Vec::new();
    }
    let lines = source.without_tests().filter(|(_, code)| code.contains(".unwrap()"));
    let cure = "return an error, or `expect` with the proof that it cannot happen";
    lines.map(|(line, _)| source.finding(line, "has `.unwrap()`", cure)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(rule: fn(&Source) -> Vec<Finding>, path: &str, text: &str) -> usize {
        rule(&Source::new(path.to_owned(), text)).len()
    }

    #[test]
    fn headers() {
        assert_eq!(found(header, "a.rs", "//! A sentence\n//! on two lines.\n\nfn a() {}"), 0);
        assert_eq!(found(header, "lib.rs", "#![doc = include_str!(\"README.md\")]"), 0);
        assert_eq!(found(header, "a.rs", "fn a() {}"), 1);
        assert_eq!(found(header, "a.rs", "//! words"), 1);
        assert_eq!(found(header, "a.rs", ""), 1);
    }

    #[test]
    fn sizes_and_names() {
        assert_eq!(found(size_and_name, "core/src/pool.rs", &"\n".repeat(MOST_LINES)), 0);
        assert_eq!(found(size_and_name, "core/src/pool.rs", &"\n".repeat(MOST_LINES + 1)), 1);
        assert_eq!(found(size_and_name, "core/src/util/time.rs", ""), 1);
        assert_eq!(found(size_and_name, "core/src/helpers.rs", ""), 1);
    }

    #[test]
    fn reasons_of_unsafe() {
        let reasoned = "// SAFETY: nobody else can.\nunsafe { a() }";
        assert_eq!(found(unsafe_code, "bridge/src/a.rs", reasoned), 0);
        assert_eq!(found(unsafe_code, "bridge/src/a.rs", "unsafe { a() }"), 1);
        let asked = "/// # Safety\n///\n/// Once only.\nunsafe fn a() {}";
        assert_eq!(found(unsafe_code, "bridge/src/a.rs", asked), 0);
        let far = format!("// SAFETY: far.{}unsafe {{ a() }}", "\n".repeat(REASON_WITHIN + 1));
        assert_eq!(found(unsafe_code, "bridge/src/a.rs", &far), 1);
        assert_eq!(found(unsafe_code, "core/src/a.rs", reasoned), 1);
        assert_eq!(found(unsafe_code, "core/src/a.rs", "#![deny(unsafe_code)] // unsafe"), 0);
    }

    #[test]
    fn unfinished_work() {
        assert_eq!(found(unfinished, "a.rs", "fn a() { todo!() }\nfn b() { dbg!(1) }"), 2);
        assert_eq!(found(unfinished, "a.rs", "#[ignore]\nfn a() {}"), 1);
        let child = "#[ignore = \"a child\"]\nfn a() {} // todo!()";
        assert_eq!(found(unfinished, "a.rs", child), 1);
        assert_eq!(found(unfinished, "a.rs", &format!("{child}\nfn b() {{ run(\"a\") }}")), 0);
    }

    #[test]
    fn unwraps_of_the_product() {
        assert_eq!(found(unwraps, "core/src/a.rs", "fn a() { b().unwrap() }"), 1);
        assert_eq!(found(unwraps, "core/src/a.rs", "#[cfg(test)]\nmod tests {\n a.unwrap() }"), 0);
        assert_eq!(found(unwraps, "drivers/sqlite/tests/a.rs", "fn a() { b().unwrap() }"), 0);
        assert_eq!(found(unwraps, "core/src/a/tests.rs", "fn a() { b().unwrap() }"), 0);
    }
}
