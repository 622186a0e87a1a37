//! Bringing a connection back that was given back with work to do: on background threads.

use aludel_core::dbapi::{Connection, RecoveryCallback, in_background, run_with_timeout};

use super::connection::BlockingConnection;

/// Rolls back in the background and delivers the connection, or `None` after terminating it.
///
/// One that was left in the middle of an exchange is terminated, which asks the server to stop its work.
/// The crate does not report when the server has received it: a cancel that comes late would hit the next
/// statement of the session.
pub(super) fn spawn(mut connection: Box<BlockingConnection>, recovered: RecoveryCallback) {
    if connection.session.dirty || !connection.is_alive() {
        drop(connection);
        return recovered(None);
    }
    in_background(move || {
        let budget = connection.recovery_budget;
        let cut = connection.cut.clone();
        let clean = run_with_timeout(budget, move || {
            connection.exchange(BlockingConnection::clean).is_ok().then_some(connection)
        });
        let clean = clean.ok().flatten();
        if clean.is_none() {
            cut.now();
        }
        recovered(clean.flatten().map(|connection| connection as Box<dyn Connection>));
    });
}
