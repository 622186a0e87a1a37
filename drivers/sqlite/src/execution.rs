//! An execution: values are bound, the statement is stepped, its rows are pushed.

use std::sync::Arc;

use aludel_core::dbapi::{Columns, Outcome, RowSink, errors};
use aludel_core::error::Result;
use aludel_core::value::Value;
use rusqlite::Rows;

use crate::cooperation::Cooperation;
use crate::error::Failure;
use crate::statements::KnownStatement;
use crate::text::Effect;
use crate::value::{Bound, RowView};

/// Sets of parameters between two checks whether the greenlet was cancelled.
const CHECK_EVERY: usize = 64;

/// Binds. The statement is not stepped yet.
#[inline(always)]
pub(crate) fn bind<'s>(
    prepared: &'s mut rusqlite::Statement<'_>,
    params: &[Value],
) -> Result<Rows<'s>, Failure> {
    let expected = prepared.parameter_count();
    if params.len() != expected {
        return Err(errors::wrong_parameter_count(expected, params.len()).into());
    }
    for (index, value) in params.iter().enumerate() {
        // What binds one type only is a few instructions.
        match value {
            Value::Int(value) => prepared.raw_bind_parameter(index + 1, *value)?,
            Value::Text(value) => prepared.raw_bind_parameter(index + 1, &**value)?,
            value => prepared.raw_bind_parameter(index + 1, Bound(value))?,
        }
    }
    Ok(prepared.raw_query())
}

/// Runs a statement and pushes its rows.
pub(crate) fn run(
    raw: &rusqlite::Connection,
    prepared: &mut rusqlite::Statement<'_>,
    known: &mut KnownStatement,
    params: &[Value],
    sink: &mut dyn RowSink,
) -> Result<Outcome, Failure> {
    let effect = known.effect;
    let learned = known.learned(prepared);
    let mut pushed = 0;
    let mut rows = bind(prepared, params)?;
    if let Some(row) = rows.next()? {
        let columns = learned.after_step(row.as_ref());
        sink.columns(columns)?;
        let len = columns.len();
        sink.row(&RowView::new(row, len))?;
        pushed = 1;
        if !learned.has_one_row() {
            while let Some(row) = rows.next()? {
                sink.row(&RowView::new(row, len))?;
                pushed += 1;
            }
        }
        drop(rows);
    } else {
        drop(rows);
        if prepared.column_count() > 0 {
            sink.columns(learned.after_step(prepared))?;
        }
    }
    Ok(match effect {
        Effect::Uncounted => Outcome::rows(pushed),
        Effect::With if prepared.readonly() => Outcome::rows(pushed),
        Effect::With | Effect::Change => Outcome::rows(raw.changes()),
        Effect::Insert => match raw.changes() {
            0 => Outcome::rows(0),
            inserted => Outcome::rows(inserted).with_lastrowid(raw.last_insert_rowid()),
        },
    })
}

/// Runs a statement once for each set of parameters.
pub(crate) fn run_many(
    raw: &rusqlite::Connection,
    cooperation: &Cooperation,
    prepared: &mut rusqlite::Statement<'_>,
    known: &mut KnownStatement,
    sets: &[Vec<Value>],
    sink: &mut dyn RowSink,
) -> Result<Outcome, Failure> {
    let modifies = match known.effect {
        Effect::Insert | Effect::Change => true,
        Effect::With => !prepared.readonly(),
        Effect::Uncounted => false,
    };
    let learned = known.learned(prepared);
    let mut rowcount = 0;
    for (index, set) in sets.iter().enumerate() {
        if index % CHECK_EVERY == 0 {
            cooperation.checkpoint()?;
        }
        let nth = |failure| match failure {
            Failure::Ours(error) => Failure::Ours(errors::in_parameter_set(index, error)),
            sqlite => sqlite,
        };
        let mut rows = bind(prepared, set).map_err(nth)?;
        let mut returned = 0;
        // The first step finds out the columns.
        if let Some(row) = rows.next()? {
            let columns = learned.after_step(row.as_ref());
            let len = columns.len();
            begin_set(sink, index, columns)?;
            sink.row(&RowView::new(row, len))?;
            returned = 1;
            while let Some(row) = rows.next()? {
                sink.row(&RowView::new(row, len))?;
                returned += 1;
            }
            drop(rows);
        } else {
            drop(rows);
            if prepared.column_count() > 0 {
                begin_set(sink, index, learned.after_step(prepared))?;
            }
        }
        rowcount += if modifies { raw.changes() } else { returned };
    }
    Ok(Outcome::rows(rowcount))
}

fn begin_set(sink: &mut dyn RowSink, index: usize, columns: &Arc<Columns>) -> Result<()> {
    if index == 0 {
        sink.columns(columns)?;
    }
    sink.begin_set(index)
}
