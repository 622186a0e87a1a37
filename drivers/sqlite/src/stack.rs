//! How deep SQLite may call itself on a greenlet's stack.
//!
//! It calls itself for each level of an expression, of which it accepts a thousand, for each SELECT in
//! a FROM, and for each part of a UNION. On a thread's stack that is no matter, and on a greenlet's
//! usual one it fits; on a smaller one the connection is set to accept fewer, so that it answers an
//! error and does not end the process. It counts each of them by itself, so that long ones inside of
//! long ones are beyond what its limits express.

use std::cell::Cell;

use aludel_bridge::{greenlet_stack_size, smallest_stack_size};
use aludel_core::error::{Error, ErrorKind, Result};
use rusqlite::limits::Limit;

use crate::error::translate;

/// What SQLite takes besides, and what the program had taken before it called.
const BESIDES: usize = 96 * 1024;

/// What SQLite takes for a level of the deepest kind of expression: 610 bytes, and 720 if it was compiled
/// without optimisation.
const LEVEL: usize = 768;

/// For what the parser holds of a text while it reads on. A SELECT in a FROM is six such marks and
/// takes 740 bytes; one that is in an EXISTS besides is sixteen and takes 2,980.
const MARK: usize = 256;

/// For a part of the deepest kind of UNION, one that is sorted and has EXCEPT in it, it takes 850
/// bytes, or 1,280.
const PART: usize = 1_536;

/// The stack with which nothing has to be lowered: SQLite accepts 1,000 levels, 2,500 marks and 500 parts.
const ENOUGH: usize = BESIDES + 1_000 * LEVEL;

/// The smallest stack with which there is room for expressions that people write.
const SMALLEST: usize = 128 * 1024;

/// The smallest stack that a connection was fitted to.
#[derive(Debug)]
pub(crate) struct Fitted(Cell<usize>);

impl Fitted {
    /// Fits a connection to the stack of the greenlet that opens it, if it is one.
    pub(crate) fn to_opener(raw: &rusqlite::Connection) -> Result<Self> {
        let this = Self(Cell::new(usize::MAX));
        this.fit(raw)?;
        Ok(this)
    }

    /// Fits the connection to the stack of the greenlet that uses it now, which may be smaller than
    /// those before.
    #[inline]
    pub(crate) fn to_greenlet(&self, raw: &rusqlite::Connection) -> Result<()> {
        if smallest_stack_size() >= ENOUGH { Ok(()) } else { self.fit(raw) }
    }

    #[cold]
    fn fit(&self, raw: &rusqlite::Connection) -> Result<()> {
        match greenlet_stack_size() {
            Some(size) if size < self.0.get() => {
                fit(raw, size)?;
                self.0.set(size);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

/// Fits the connection to stacks of a size.
fn fit(raw: &rusqlite::Connection, size: usize) -> Result<()> {
    if size < SMALLEST {
        return Err(Error::new(
            ErrorKind::Argument,
            format!(
                "SQLite needs more stack than greenlets have here: {size} bytes; give \
                 aludel_bridge::set_stack_size {SMALLEST} at least"
            ),
        ));
    }
    for (limit, each) in [
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, LEVEL),
        (Limit::SQLITE_LIMIT_PARSER_DEPTH, MARK),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, PART),
    ] {
        let most = i32::try_from((size - BESIDES) / each).unwrap_or(i32::MAX);
        let known = raw.limit(limit).map_err(translate)?;
        raw.set_limit(limit, most.min(known)).map_err(translate)?;
    }
    Ok(())
}
