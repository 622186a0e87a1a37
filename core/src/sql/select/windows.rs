//! WINDOW: the windows of a SELECT that have names.

use super::parts::SelectParts;
use crate::error::{Error, ErrorKind};
use crate::sql::tree::Over;
use crate::sql::{Expression, Feature, Name, SqlWriter, WindowName};

/// A function over a window with a name, which is the first that has this window.
pub(super) struct NamedWindow<'t> {
    function: &'t Expression,
    over: &'t Over,
    name: &'t WindowName,
}

impl SelectParts {
    /// The windows with names, each once; two of one name are an error.
    pub(super) fn named_windows(&self, to: &mut SqlWriter<'_>) -> Vec<NamedWindow<'_>> {
        let mut found: Vec<NamedWindow<'_>> = Vec::new();
        for expression in self.columns.iter().chain(&self.orders) {
            expression.each_named_window(&mut |function, over| {
                let Some(name) = &over.name else { return };
                match found.iter().find(|known| known.name.name == name.name) {
                    None => found.push(NamedWindow { function, over, name }),
                    Some(known) if known.name.number == name.number => {}
                    Some(_) => to.fail(same_name(&name.name)),
                }
            });
        }
        found
    }
}

/// The names of windows.
pub(super) fn names(windows: &[NamedWindow<'_>]) -> Vec<Name> {
    windows.iter().map(|window| window.name.name.clone()).collect()
}

/// Writes WINDOW, if there are any.
pub(super) fn write_windows(windows: &[NamedWindow<'_>], to: &mut SqlWriter<'_>) {
    if windows.is_empty() {
        return;
    }
    to.require(Feature::NamedWindows);
    to.sql(" WINDOW ");
    to.separated(", ", windows, |window, to| {
        to.name(&window.name.name);
        to.sql(" AS ");
        window.function.over_clause(window.over).write_definition(to);
    });
}

#[cold]
fn same_name(name: &Name) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "two windows of one statement have the name {name:?}; make it once, name it when it is \
             complete, and give its copies to the functions"
        ),
    )
}
