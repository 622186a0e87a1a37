//! What the suite is run on: a driver, and how its database spells what the suite needs.

use std::time::Instant;

use aludel_core::dbapi::{Connection, Driver, IsolationLevel, Product, TransactionOptions};
use aludel_core::value::Value;

use crate::{BOUND, blocking, unique};

/// How the isolation level of a transaction is found out.
#[derive(Debug, Clone, Copy)]
pub enum Levels {
    /// There is one only.
    One,
    /// By a query that returns it, in any spelling.
    Asked(&'static str),
    /// READ UNCOMMITTED, the level that is not the server's own, sees what is not committed.
    Seen,
}

/// A driver and its database.
#[derive(Debug)]
pub struct Subject {
    /// Makes the connections. All of them see one database.
    pub driver: Box<dyn Driver>,
    /// The products that the server may be.
    pub products: &'static [Product],
    /// The placeholder of the first parameter.
    pub placeholder: &'static str,
    /// A statement without rows of interest that runs for half a minute or longer.
    pub slow: &'static str,
    /// How isolation levels are told apart.
    pub levels: Levels,
    /// A level that is not the server's own.
    pub other_level: IsolationLevel,
    /// Whether INSERT has RETURNING.
    pub returning: bool,
}

impl Subject {
    /// A new connection.
    #[must_use]
    #[track_caller]
    pub fn connect(&self) -> Box<dyn Connection> {
        self.driver.connect(Instant::now() + BOUND).unwrap()
    }

    /// Makes a table of one integer column `a`.
    #[must_use]
    #[track_caller]
    pub fn table(&self) -> Table<'_> {
        let name = unique("conforms");
        let mut connection = self.connect();
        blocking::execute(&mut *connection, &format!("create table {name} (a integer)")).unwrap();
        connection.close();
        Table { subject: self, name }
    }
}

/// A table, dropped with this.
#[derive(Debug)]
pub struct Table<'s> {
    subject: &'s Subject,
    /// Its name.
    pub name: String,
}

impl Table<'_> {
    /// How many rows another connection sees.
    #[must_use]
    #[track_caller]
    pub fn count(&self) -> i64 {
        let mut connection = self.subject.connect();
        let count = blocking::int(&mut *connection, &format!("select count(*) from {}", self.name));
        connection.rollback().unwrap();
        connection.close();
        count
    }

    /// The text that adds a row.
    #[must_use]
    pub fn insert_sql(&self) -> String {
        format!("insert into {} values (1)", self.name)
    }

    /// The isolation level of the transaction that is open; `None` where there is one only.
    ///
    /// # Panics
    ///
    /// The database does not say.
    #[track_caller]
    pub fn level(&self, connection: &mut dyn Connection) -> Option<String> {
        match self.subject.levels {
            Levels::One => None,
            Levels::Asked(query) => {
                let level = blocking::scalar(connection, query, &[]).unwrap();
                let Value::Text(level) = level else { panic!("{level:?}") };
                Some(level.to_uppercase().replace(['-', '_'], " "))
            }
            Levels::Seen => {
                let mut writer = self.subject.connect();
                writer.begin(&TransactionOptions::DEFAULT).unwrap();
                blocking::execute(&mut *writer, &self.insert_sql()).unwrap();
                let count = format!("select count(*) from {}", self.name);
                let seen = blocking::int(connection, &count) > self.count();
                writer.rollback().unwrap();
                writer.close();
                Some(if seen { IsolationLevel::ReadUncommitted.to_string() } else { String::new() })
            }
        }
    }

    /// Adds a row in a transaction of its own.
    #[track_caller]
    pub fn add(&self, connection: &mut dyn Connection) {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        blocking::execute(connection, &self.insert_sql()).unwrap();
        connection.commit().unwrap();
    }
}

impl Drop for Table<'_> {
    fn drop(&mut self) {
        let deadline = Instant::now() + BOUND;
        if let Ok(mut connection) = self.subject.driver.connect(deadline) {
            // The test has failed if something holds the table.
            let _ = blocking::execute(&mut *connection, &format!("drop table {}", self.name));
            connection.close();
        }
    }
}
