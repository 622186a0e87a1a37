//! How deep SQLite may call itself on a greenlet's stack.
//!
//! It calls itself for each level of an expression, of which it accepts a thousand. On a thread's
//! stack that is no matter, and on a greenlet's usual one it fits; on a smaller one the connection is
//! told to accept fewer, so that it answers an error and does not end the process.

use aludel_bridge::{in_greenlet, stack_size};
use aludel_core::error::{Error, ErrorKind, Result};
use rusqlite::limits::Limit;

use crate::error::translate;

/// What SQLite takes besides, and what the program had taken before it called.
const BESIDES: usize = 96 * 1024;

/// For a level of the deepest kind of expression, a long sum, SQLite takes 540 bytes, and 670 if it
/// was compiled without optimisation.
const LEVEL: usize = 768;

/// The smallest stack with which there is room for expressions that people write.
const SMALLEST: usize = 128 * 1024;

/// Fits the connection to the stacks of greenlets, if it is opened by one.
pub(crate) fn fit(raw: &rusqlite::Connection) -> Result<()> {
    if !in_greenlet() {
        return Ok(());
    }
    let size = stack_size();
    if size < SMALLEST {
        return Err(Error::new(
            ErrorKind::Argument,
            format!(
                "SQLite needs more stack than greenlets have here: {size} bytes; give \
                 aludel_bridge::set_stack_size {SMALLEST} at least"
            ),
        ));
    }
    let depth = i32::try_from((size - BESIDES) / LEVEL).unwrap_or(i32::MAX);
    let known = raw.limit(Limit::SQLITE_LIMIT_EXPR_DEPTH).map_err(translate)?;
    raw.set_limit(Limit::SQLITE_LIMIT_EXPR_DEPTH, depth.min(known)).map_err(translate)?;
    Ok(())
}
