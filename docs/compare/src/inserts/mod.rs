//! Rows inserted in one transaction: 100 of them, 100 with the keys that the database gives them, and
//! 1,000.

#[cfg(feature = "servers")]
pub(crate) mod aludel;
pub(crate) mod diesel;
pub(crate) mod diesel_async;
#[cfg(feature = "servers")]
pub(crate) mod mysql;
#[cfg(feature = "servers")]
pub(crate) mod postgres;
pub(crate) mod sea_orm;
pub(crate) mod sqlite;
pub(crate) mod sqlx;

use std::fmt::Write;

use crate::contender::Result;
use crate::family::{Of, none};
use crate::workload::Binds;

/// How many rows a transaction inserts.
pub(crate) const ADDED: usize = 100;
/// How many a transaction of many rows inserts.
pub(crate) const MANY: usize = 1_000;

/// What a family of contenders offers.
#[derive(Clone, Copy)]
pub(crate) struct Inserts {
    /// 100 rows.
    pub(crate) plain: Of,
    /// 100 rows, and their keys.
    pub(crate) keys: Of,
    /// 1,000 rows.
    pub(crate) many: Of,
}

/// The workloads, their contenders and how many rows each inserts.
pub(crate) const WORKLOADS: [(&str, fn(&Inserts) -> Of); 3] = [
    ("g", |inserts| inserts.plain),
    ("g keys", |inserts| inserts.keys),
    ("g many", |inserts| inserts.many),
];

impl Inserts {
    /// Without keys, which the library or the database does not give.
    pub(crate) const fn without_keys(plain: Of, many: Of) -> Self {
        Self { plain, keys: none, many }
    }
}

pub(crate) type Fields = (String, Option<String>);

/// So many rows to be inserted.
pub(crate) fn rows(many: usize) -> Vec<Fields> {
    (0..many).map(|n| (format!("user {n}"), Some("brown".to_owned()))).collect()
}

/// One statement that inserts so many rows.
pub(crate) fn insert_sql(binds: Binds, rows: usize) -> String {
    let mut sql = "insert into compare_added (name, hair) values ".to_owned();
    for row in 0..rows {
        let comma = if row == 0 { "" } else { ", " };
        let written = match binds {
            Binds::Numbered => write!(sql, "{comma}(${}, ${})", row * 2 + 1, row * 2 + 2),
            Binds::Questions => write!(sql, "{comma}(?, ?)"),
        };
        written.expect("a String takes everything");
    }
    sql
}

/// The same, which gives the keys.
pub(crate) fn keys_sql(binds: Binds, rows: usize) -> String {
    format!("{} returning id", insert_sql(binds, rows))
}

/// Each row that was inserted has a key, and no two have the same.
pub(crate) fn are_keys(keys: &[i64]) -> Result<()> {
    let ascends = keys.windows(2).all(|pair| pair[0] < pair[1]);
    if ascends && keys.len() == ADDED { Ok(()) } else { Err(format!("keys {keys:?}").into()) }
}
