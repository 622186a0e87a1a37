//! Calls of mysql.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mysql::prelude::Queryable;
use mysql::{Conn, Row};

use crate::error::{Failure, unreadable};

/// Calls mysql, whose panics over a message of the server become errors.
#[inline]
pub(super) fn catch_panic<T>(exchange: impl FnOnce() -> mysql::Result<T>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(exchange)) {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(panicked()),
    }
}

#[cold]
pub(super) fn panicked() -> Failure {
    Failure::Broken(unreadable())
}

/// Sends constant statements of the driver in one message, and gives the row that the last returns.
pub(super) fn query_last_row(conn: &mut Conn, sql: String) -> Result<Vec<mysql::Value>, Failure> {
    catch_panic(|| {
        let mut answer = Vec::new();
        let mut sets = conn.query_iter(sql)?;
        while let Some(set) = sets.iter() {
            for row in set {
                // `unwrap` panics if a cell was taken out of the row, and none was.
                answer = Row::unwrap(row?);
            }
        }
        Ok(answer)
    })
}
