//! The conformance suite of drivers, run on the two of PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

use aludel_core::dbapi::{Driver, IsolationLevel, Product};
use aludel_postgres::PostgresDriver;
use aludel_testing::conformance::{Levels, Subject};
use aludel_testing::server_url;

fn server() -> Option<PostgresDriver> {
    let url = server_url("ALUDEL_TEST_POSTGRES_URL")?;
    Some(PostgresDriver::from_url(&url.parse().unwrap()).unwrap())
}

fn subject_of(driver: Box<dyn Driver>) -> Subject {
    Subject {
        driver,
        products: &[Product::PostgreSql],
        placeholder: "$1",
        slow: "select pg_sleep(60)::text",
        levels: Levels::Asked("select current_setting('transaction_isolation')"),
        other_level: IsolationLevel::Serializable,
        returning: true,
    }
}

mod asynchronous {
    use aludel_core::dbapi::{AdaptedDriver, Waits};

    use super::{Subject, server, subject_of};

    fn subject() -> Option<Subject> {
        Some(subject_of(Box::new(AdaptedDriver::new(server()?, Waits::OnThreads))))
    }

    aludel_testing::conformance!(subject);
}

mod blocking {
    use aludel_postgres::BlockingDriver;

    use super::{Subject, server, subject_of};

    fn subject() -> Option<Subject> {
        Some(subject_of(Box::new(BlockingDriver::new(server()?))))
    }

    aludel_testing::conformance!(subject);
}
