//! Measured figures stand only in files that scripts write: anywhere else they grow old.

use crate::Finding;
use crate::tree::File;

/// Where figures stand: what scripts write, and what is history.
const WRITTEN: &[&str] = &["docs/figures/", "CHANGELOG.md"];

/// What follows the number of a measurement.
const UNITS: &[&str] = &["ns", "µs", "us", "ms", "×", "per second"];

/// The lines of a document that have a measured figure.
///
/// What is set as code is no figure, and neither are sizes and limits in other units.
pub(crate) fn measured(document: &File) -> Vec<Finding> {
    if WRITTEN.iter().any(|written| document.path.starts_with(written)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut in_code = false;
    for (index, line) in document.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if let Some(figure) = figure(line).filter(|_| !in_code) {
            findings.push(Finding {
                path: document.path.clone(),
                line: index + 1,
                what: format!("has the figure `{figure}`"),
                cure: format!("say it in words, or have a script write it below {}", WRITTEN[0]),
            });
        }
    }
    findings
}

/// The first number with a unit outside of inline code.
fn figure(line: &str) -> Option<String> {
    line.split('`').step_by(2).find_map(|prose| {
        UNITS.iter().find_map(|unit| {
            let mut places = prose.match_indices(unit).map(|(at, _)| at);
            places.find_map(|at| {
                let after = &prose[at + unit.len()..];
                let before = prose[..at].trim_end();
                let ends = !after.starts_with(|c: char| c.is_alphanumeric());
                let is_number = before.ends_with(|c: char| c.is_ascii_digit());
                let start = before.rfind(|c: char| !c.is_ascii_digit() && c != '.' && c != ',');
                let start = start
                    .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
                (ends && is_number).then(|| format!("{} {unit}", &before[start..]))
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        measured(&File { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn figures_are_found_in_prose() {
        for text in ["a hop is 2.8 µs", "1.05× as long", "50,000 per second", "20ns", "(7 ms)"] {
            assert_eq!(found("docs/DESIGN.md", text), 1, "{text}");
            assert_eq!(found("docs/figures/bench.md", text), 0, "{text}");
        }
        for text in
            ["a 1 MiB stack", "`timeout=20 ms`", "```\n20 ms\n```", "items", "2 threads", "30 s"]
        {
            assert_eq!(found("docs/DESIGN.md", text), 0, "{text}");
        }
    }
}
