//! The conformance suite of drivers: one body for each promise of
//! [`dbapi`](aludel_core::dbapi), run by every driver.
//!
//! A driver names its [`Subject`] and writes `aludel_testing::conformance!(subject)`, which makes a
//! test of each body. An async driver is run behind its adapter.

mod connecting;
mod execution;
mod prepared;
mod sets;
mod subject;
mod transactions;

pub use connecting::*;
pub use execution::*;
pub use prepared::*;
pub use sets::*;
pub use subject::{Levels, Subject, Table};
pub use transactions::*;

/// Makes a test of each body of the suite. The argument is a function that makes the
/// [`Subject`](crate::conformance::Subject), or `None` if there is no server to test with.
#[macro_export]
macro_rules! conformance {
    ($subject:path) => {
        $crate::conformance! {
            $subject:
            the_server_is_known,
            nothing_is_begun_where_something_else_is_there,
            an_attempt_that_is_overtaken_goes_on,
            a_sink_that_fails_ends_its_statement_only,
            a_dropped_cursor_leaves_the_connection_usable,
            a_cursor_is_read_in_portions,
            a_statement_that_is_not_cached_runs_all_the_same,
            a_time_out_ends_the_statement,
            a_time_out_ends_a_portion_of_a_cursor,
            types_of_parameters_change_no_value,
            release_rolls_back,
            release_keeps_what_was_committed,
            options_of_a_transaction_are_its_own,
            options_that_a_database_lacks_are_refused,
            a_transaction_in_a_transaction_is_refused,
            autocommit_commits_each_statement,
            autocommit_outlives_a_release,
            a_transaction_in_autocommit_is_one,
            the_isolation_level_is_kept_until_it_is_set_anew,
            a_level_is_not_set_in_a_transaction,
            rows_of_many_sets_say_whose_they_are,
            sets_without_rows_announce_nothing,
            a_sink_that_fails_ends_the_sets,
            a_set_that_is_refused_is_named,
            a_handle_runs_its_statement,
            a_handle_is_of_one_connection_and_ends_with_its_close,
            a_handle_outlives_a_release,
            a_handle_outlives_a_change_of_its_table,
            a_handle_takes_values_of_any_kind,
            a_statement_that_is_refused_leaves_no_handle
        }
    };
    ($subject:path: $($body:ident),+) => {$(
        #[test]
        fn $body() {
            if let Some(subject) = $subject() {
                $crate::conformance::$body(&subject);
            }
        }
    )+};
}
