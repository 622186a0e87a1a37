//! rusqlite, in a private `:memory:`.

use std::hint::black_box;

use rusqlite::{Connection, Row};

use crate::contender::{Contender, Result};
use crate::family::{Family, no_tasks, none};
use crate::inserts;
use crate::workload::{ALL, Binds, Keys, SQLITE_KEY, User, by_key, is_all, is_asked, tables};

pub(crate) const FAMILY: Family = Family {
    one_row,
    in_transaction: none,
    checked_out: none,
    many_rows,
    typed_rows: none,
    inserts: inserts::sqlite::INSERTS,
    tasks: no_tasks,
};

/// Which SQLite it is, in the program that has the peers'.
const WHOSE: &str = if cfg!(feature = "sqlite") { "the peers' SQLite" } else { "" };

/// A held statement borrows its connection, which lives as long as the program.
pub(crate) fn open() -> Result<&'static Connection> {
    Ok(Box::leak(Box::new(connect()?)))
}

/// A connection to a database of its own, with the tables.
pub(crate) fn connect() -> Result<Connection> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(&tables(SQLITE_KEY).join(";"))?;
    Ok(connection)
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User { id: row.get(0)?, name: row.get(1)?, hair: row.get(2)? })
}

fn one_row(_: &str) -> Result<Vec<Contender>> {
    let connection = open()?;
    connection.execute_batch("begin")?;
    let held = (connection.prepare(by_key(Binds::Questions))?, Keys::default());
    let held = Contender::blocking("rusqlite, held statement", WHOSE, held, |(statement, keys)| {
        let id = keys.next();
        let found = statement.query_row([id], user)?;
        is_asked(found.id, id)?;
        black_box((found.name, found.hair));
        Ok(())
    });
    let connection = open()?;
    connection.execute_batch("begin")?;
    let kept = (connection, Keys::default());
    let cached =
        Contender::blocking("rusqlite, `prepare_cached`", WHOSE, kept, |(connection, keys)| {
            let id = keys.next();
            let found =
                connection.prepare_cached(by_key(Binds::Questions))?.query_row([id], user)?;
            is_asked(found.id, id)?;
            black_box((found.name, found.hair));
            Ok(())
        });
    Ok(vec![held, cached])
}

fn many_rows(_: &str) -> Result<Vec<Contender>> {
    let connection = open()?;
    connection.execute_batch("begin")?;
    let held = connection.prepare(ALL)?;
    Ok(vec![Contender::blocking("rusqlite", WHOSE, held, |statement| {
        let found = statement.query_map([], user)?.collect::<Result<Vec<_>, _>>()?;
        is_all(found.len())?;
        black_box(found);
        Ok(())
    })])
}
