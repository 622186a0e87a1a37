//! The conformance suite of drivers, run on the two of SQLite.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use std::path::Path;

use aludel_core::dbapi::{Driver, IsolationLevel, Product};
use aludel_sqlite::SqliteDriver;
use aludel_testing::conformance::{Levels, Subject};
use aludel_testing::unique;

/// A file, which others can read while one writes.
fn database() -> SqliteDriver {
    let name = format!("{}.db", unique("conformance"));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // One of an earlier process with the same number.
    let _ = std::fs::remove_file(&path);
    SqliteDriver::file(path).unwrap()
}

fn subject_of(driver: Box<dyn Driver>) -> Subject {
    Subject {
        driver,
        products: &[Product::Sqlite],
        placeholder: "?1",
        slow: "with recursive c(x) as (select 1 union all select x + 1 from c) \
               select count(*) from c",
        levels: Levels::One,
        other_level: IsolationLevel::Serializable,
        returning: true,
    }
}

mod rusqlite {
    use super::{Subject, database, subject_of};

    fn subject() -> Option<Subject> {
        Some(subject_of(Box::new(database())))
    }

    aludel_testing::conformance!(subject);
}

mod thread {
    use aludel_core::dbapi::{AdaptedDriver, Waits};
    use aludel_sqlite::ThreadDriver;

    use super::{Subject, database, subject_of};

    fn subject() -> Option<Subject> {
        let driver = AdaptedDriver::new(ThreadDriver::new(database()), Waits::OnThreads);
        Some(subject_of(Box::new(driver)))
    }

    aludel_testing::conformance!(subject);
}
