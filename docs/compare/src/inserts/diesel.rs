//! diesel.

use crate::diesel::compare_added;

/// NULL is written and not left out, so that all rows go in one statement on SQLite too.
#[derive(Debug, diesel::Insertable)]
#[diesel(table_name = compare_added, treat_none_as_default_value = false)]
pub(crate) struct Added {
    pub(crate) name: String,
    pub(crate) hair: Option<String>,
}

/// An array: diesel remembers the statement for it, and would not for a `Vec`.
pub(crate) fn added<const ROWS: usize>() -> Box<[Added; ROWS]> {
    let added: Vec<_> =
        super::rows(ROWS).into_iter().map(|(name, hair)| Added { name, hair }).collect();
    added.try_into().expect("as many as the array has")
}

/// What is the same on each database.
macro_rules! on {
    ($database:ident) => {
        pub(crate) mod $database {
            use diesel::prelude::*;

            use super::added;
            use crate::contender::{Contender, Result};
            use crate::diesel::compare_added;
            use crate::diesel::$database::open;

            pub(crate) fn plain<const ROWS: usize>(url: &str) -> Result<Vec<Contender>> {
                let sends = "BEGIN, 1 statement, COMMIT";
                Ok(vec![Contender::blocking("diesel", sends, open(url)?, |connection| {
                    connection.transaction(|connection| {
                        let added = added::<ROWS>();
                        diesel::insert_into(compare_added::table)
                            .values(&*added)
                            .execute(connection)?;
                        Ok(())
                    })
                })])
            }
        }
    };
}

/// Where the database gives keys, which diesel does not ask MariaDB for.
macro_rules! keys {
    ($keys:ident, $database:ident) => {
        pub(crate) mod $keys {
            use diesel::prelude::*;

            use super::added;
            use crate::contender::{Contender, Result};
            use crate::diesel::compare_added;
            use crate::diesel::$database::open;
            use crate::inserts::{ADDED, are_keys};

            pub(crate) fn keys(url: &str) -> Result<Vec<Contender>> {
                let sends = "BEGIN, 1 statement with RETURNING, COMMIT";
                Ok(vec![Contender::blocking("diesel", sends, open(url)?, |connection| {
                    let keys: Vec<i64> = connection.transaction(|connection| {
                        let added = added::<ADDED>();
                        diesel::insert_into(compare_added::table)
                            .values(&*added)
                            .returning(compare_added::id)
                            .get_results(connection)
                    })?;
                    are_keys(&keys)
                })])
            }
        }
    };
}

#[cfg(feature = "servers")]
on!(postgres);
#[cfg(feature = "servers")]
on!(mysql);
#[cfg(feature = "sqlite")]
on!(sqlite);
#[cfg(feature = "servers")]
keys!(postgres_keys, postgres);
#[cfg(feature = "sqlite")]
keys!(sqlite_keys, sqlite);
