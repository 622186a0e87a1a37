//! The names of the columns of a query, where others select from it.

use std::collections::HashSet;

use super::label_style::LabelStyle;
use crate::sql::schema::shortened;
use crate::sql::tree::Kind;
use crate::sql::{Expression, Name};

/// How many bytes a name has at most that is made up: as many as every database takes. Which database it
/// is for is not known where another statement selects from it.
const LONGEST: usize = 63;

/// The names of columns: their own, or made up for those that have none and those whose name
/// another has. A name made up is none that a column has by itself.
pub(super) fn names_of(columns: &[Expression], style: LabelStyle) -> Vec<Name> {
    let own: Vec<Option<Name>> = columns.iter().map(|column| own_name(column, style)).collect();
    let mut taken: HashSet<Name> = HashSet::new();
    let known: HashSet<Name> = own.iter().flatten().cloned().collect();
    let mut names = Vec::with_capacity(columns.len());
    for name in own {
        let name = match name {
            Some(name) if !taken.contains(&name) => name,
            name => made_up(name.as_deref().unwrap_or("anon"), &taken, &known),
        };
        taken.insert(name.clone());
        names.push(name);
    }
    names
}

/// `like_1`, or the next number that is free.
fn made_up(like: &str, taken: &HashSet<Name>, known: &HashSet<Name>) -> Name {
    let free = |name: &Name| !taken.contains(name) && !known.contains(name);
    let names = (1..).map(|number| of_parts(like, &number.to_string()));
    let mut free = names.filter(free);
    free.next().unwrap_or_else(|| like.to_owned().into())
}

fn of_parts(first: &str, second: &str) -> Name {
    shortened(&format!("{first}_{second}"), LONGEST, str::len).into()
}

fn own_name(column: &Expression, style: LabelStyle) -> Option<Name> {
    let name = column.result_name()?;
    match (style, &column.kind) {
        (LabelStyle::TablenamePlusCol, Kind::MappedColumn { table, alias, .. }) => {
            let of = alias.as_deref().map_or(table.name, |alias| alias.name());
            Some(of_parts(of, &name))
        }
        (LabelStyle::TablenamePlusCol, Kind::Column(of)) => {
            Some(of_parts(of.of.plain_name(), &name))
        }
        _ => Some(name),
    }
}

/// Whether a column must be written with this name behind it.
pub(super) fn needs_label(column: &Expression, name: &Name) -> bool {
    column.result_name().as_ref() != Some(name)
}
