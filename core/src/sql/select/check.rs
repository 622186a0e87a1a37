//! Whether a value that an outer join may leave out is read as a type that can be NULL.

use super::query::QueryParts;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::Expression;
use crate::sql::from::FromClause;
use crate::sql::tree::Kind;

/// Checks the columns of a query, of which these are read as types that cannot be NULL.
///
/// # Errors
///
/// [`ErrorKind::Compile`], naming a column that an outer join may leave out.
pub(in crate::sql) fn check_required(query: &QueryParts, required: &[bool]) -> Result<()> {
    match query {
        QueryParts::Compound(compound) => {
            compound.operands.iter().try_for_each(|operand| check_required(operand, required))
        }
        QueryParts::Select(select) if select.columns.len() >= required.len() => {
            let missing = |(place, required): (usize, &bool)| {
                required.then(|| missing_column(query, place)).flatten()
            };
            match required.iter().enumerate().find_map(missing) {
                None => Ok(()),
                Some(column) => Err(may_be_null(&column)),
            }
        }
        _ => Ok(()),
    }
}

/// The name of what may be missing, if the column at this place may be.
fn missing_column(query: &QueryParts, place: usize) -> Option<String> {
    match query {
        QueryParts::Select(select) => {
            // What cannot be derived is another error, when it is written.
            let nullable = select.list_of_from(&[]).ok()?.nullable_leaves();
            missing_in(select.columns.get(place)?, &nullable)
        }
        QueryParts::Compound(compound) => {
            compound.operands.iter().find_map(|operand| missing_column(operand, place))
        }
        QueryParts::Text(_) | QueryParts::Values(_) | QueryParts::Change(_) => None,
    }
}

fn missing_in(column: &Expression, nullable: &[FromClause]) -> Option<String> {
    let is_nullable = |from: &FromClause| nullable.iter().any(|leaf| leaf.is(from));
    match &column.kind {
        Kind::MappedColumn { table, alias, name } => {
            let of = FromClause::of_mapped(table, alias.as_deref().copied());
            is_nullable(&of).then(|| format!("{name:?} of {}", of.shown_name()))
        }
        Kind::Column(column) if is_nullable(&column.of) => {
            Some(format!("{:?} of {}", &*column.name, column.of.shown_name()))
        }
        Kind::Column(column) => {
            let (query, names) = column.of.query()?;
            let place = names.iter().position(|name| *name == column.name)?;
            missing_column(query, place)
        }
        // NULL in, NULL out.
        Kind::Binary(_)
        | Kind::Division(_)
        | Kind::Bitwise(_)
        | Kind::BitwiseNot
        | Kind::Like(_)
        | Kind::Between { .. }
        | Kind::Cast(_)
        | Kind::Collate(_)
        | Kind::Extract(_)
        | Kind::Not
        | Kind::Negate
        | Kind::Label(_) => column.children.iter().find_map(|child| missing_in(child, nullable)),
        _ => None,
    }
}

#[cold]
fn may_be_null(column: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "the column {column} may be NULL because of an outer join, and is read as a type that \
             cannot be NULL; select it by `nullable(…)`"
        ),
    )
}
