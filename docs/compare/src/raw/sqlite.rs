//! rusqlite, in a private `:memory:`.

use std::hint::black_box;

use rusqlite::{Connection, Row, params_from_iter};

use crate::contender::{Contender, Result};
use crate::family::{Family, no_tasks, none};
use crate::workload::{
    ADDED, ALL, Binds, Keys, SQLITE_KEY, User, added, by_key, insert as insert_sql, is_all,
    is_asked, tables,
};

pub(crate) const FAMILY: Family = Family {
    one_row,
    in_transaction: none,
    checked_out: none,
    many_rows,
    typed_rows: none,
    insert,
    tasks: no_tasks,
};

/// Which SQLite it is, in the program that has the peers'.
const WHOSE: &str = if cfg!(feature = "sqlite") { "the peers' SQLite" } else { "" };
const ONE: &str =
    if cfg!(feature = "sqlite") { "1 statement, the peers' SQLite" } else { "1 statement" };
const EACH: &str =
    if cfg!(feature = "sqlite") { "100 statements, the peers' SQLite" } else { "100 statements" };

/// A held statement borrows its connection, which lives as long as the program.
fn open() -> Result<&'static Connection> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(&tables(SQLITE_KEY).join(";"))?;
    Ok(Box::leak(Box::new(connection)))
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

fn insert(_: &str) -> Result<Vec<Contender>> {
    let connection = open()?;
    let kept = connection.prepare(&insert_sql(Binds::Questions, ADDED))?;
    let one = Contender::blocking("rusqlite, one statement", ONE, kept, move |held| {
        let values = added();
        let transaction = connection.unchecked_transaction()?;
        let values = values.iter().flat_map(|(name, hair)| [Some(name), hair.as_ref()]);
        held.execute(params_from_iter(values))?;
        Ok(transaction.commit()?)
    });
    let connection = open()?;
    let kept = connection.prepare(&insert_sql(Binds::Questions, 1))?;
    let each = Contender::blocking("rusqlite, row by row", EACH, kept, move |held| {
        let transaction = connection.unchecked_transaction()?;
        for (name, hair) in added() {
            held.execute((name, hair))?;
        }
        Ok(transaction.commit()?)
    });
    Ok(vec![one, each])
}
