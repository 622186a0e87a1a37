//! The conformance suite of drivers, run on the two of MySQL and MariaDB.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use aludel_core::Url;
use aludel_core::dbapi::{Driver, IsolationLevel, Product};
use aludel_testing::conformance::{Levels, Subject};
use aludel_testing::server_url;

fn url() -> Option<Url> {
    Some(server_url("ALUDEL_TEST_MYSQL_URL")?.parse().unwrap())
}

fn subject_of(driver: Box<dyn Driver>) -> Subject {
    Subject {
        driver,
        products: &[Product::MySql, Product::MariaDb],
        placeholder: "?",
        slow: "select sleep(60)",
        levels: Levels::Seen,
        other_level: IsolationLevel::ReadUncommitted,
        returning: false,
    }
}

mod asynchronous {
    use aludel_core::dbapi::{AdaptedDriver, Waits};
    use aludel_mysql::MysqlDriver;

    use super::{Subject, subject_of, url};

    fn subject() -> Option<Subject> {
        let driver = MysqlDriver::from_url(&url()?).unwrap();
        Some(subject_of(Box::new(AdaptedDriver::new(driver, Waits::OnThreads))))
    }

    aludel_testing::conformance!(subject);
}

mod blocking {
    use aludel_mysql::BlockingDriver;

    use super::{Subject, subject_of, url};

    fn subject() -> Option<Subject> {
        Some(subject_of(Box::new(BlockingDriver::from_url(&url()?).unwrap())))
    }

    aludel_testing::conformance!(subject);
}
