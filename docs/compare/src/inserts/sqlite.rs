//! rusqlite, in a private `:memory:`, with statements that are held.

use rusqlite::params_from_iter;

use super::{ADDED, Fields, Inserts, MANY, are_keys, insert_sql, keys_sql, rows};
use crate::contender::{Contender, Result};
use crate::raw::sqlite::open;
use crate::workload::Binds;

pub(crate) const INSERTS: Inserts = Inserts { plain, keys, many: one::<MANY> };

/// Which SQLite it is, in the program that has the peers'.
const ONE: &str = if cfg!(feature = "sqlite") {
    "BEGIN, 1 statement, COMMIT; the peers' SQLite"
} else {
    "BEGIN, 1 statement, COMMIT"
};
const ONE_WITH_KEYS: &str = if cfg!(feature = "sqlite") {
    "BEGIN, 1 statement with RETURNING, COMMIT; the peers' SQLite"
} else {
    "BEGIN, 1 statement with RETURNING, COMMIT"
};
const EACH: &str = if cfg!(feature = "sqlite") {
    "BEGIN, 100 statements, COMMIT; the peers' SQLite"
} else {
    "BEGIN, 100 statements, COMMIT"
};

fn values(rows: &[Fields]) -> impl Iterator<Item = Option<&String>> {
    rows.iter().flat_map(|(name, hair)| [Some(name), hair.as_ref()])
}

fn one<const ROWS: usize>(_: &str) -> Result<Vec<Contender>> {
    let connection = open()?;
    let kept = connection.prepare(&insert_sql(Binds::Questions, ROWS))?;
    Ok(vec![Contender::blocking("rusqlite, one statement", ONE, kept, move |held| {
        let rows = rows(ROWS);
        let transaction = connection.unchecked_transaction()?;
        held.execute(params_from_iter(values(&rows)))?;
        Ok(transaction.commit()?)
    })])
}

fn plain(url: &str) -> Result<Vec<Contender>> {
    let mut contenders = one::<ADDED>(url)?;
    let connection = open()?;
    let kept = connection.prepare(&insert_sql(Binds::Questions, 1))?;
    contenders.push(Contender::blocking("rusqlite, row by row", EACH, kept, move |held| {
        let transaction = connection.unchecked_transaction()?;
        for (name, hair) in rows(ADDED) {
            held.execute((name, hair))?;
        }
        Ok(transaction.commit()?)
    }));
    Ok(contenders)
}

fn keys(_: &str) -> Result<Vec<Contender>> {
    let connection = open()?;
    let kept = connection.prepare(&keys_sql(Binds::Questions, ADDED))?;
    let one = Contender::blocking("rusqlite, one statement", ONE_WITH_KEYS, kept, move |held| {
        let rows = rows(ADDED);
        let transaction = connection.unchecked_transaction()?;
        let given = held.query_map(params_from_iter(values(&rows)), |row| row.get(0))?;
        let keys: Vec<i64> = given.collect::<Result<_, _>>()?;
        transaction.commit()?;
        are_keys(&keys)
    });
    let connection = open()?;
    let kept = connection.prepare(&insert_sql(Binds::Questions, 1))?;
    let each = Contender::blocking("rusqlite, row by row", EACH, kept, move |held| {
        let transaction = connection.unchecked_transaction()?;
        let mut keys = Vec::with_capacity(ADDED);
        for (name, hair) in rows(ADDED) {
            held.execute((name, hair))?;
            keys.push(connection.last_insert_rowid());
        }
        transaction.commit()?;
        are_keys(&keys)
    });
    Ok(vec![one, each])
}
