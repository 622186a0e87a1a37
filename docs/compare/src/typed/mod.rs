//! 10,000 rows with a timestamp, a UUID, a decimal and JSON, as the types of the same crates.

#[cfg(feature = "servers")]
pub(crate) mod aludel;
pub(crate) mod sqlx;

use crate::workload::ROWS;

/// The types of the columns in one database.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Types {
    pub(crate) key: &'static str,
    pub(crate) timestamp: &'static str,
    pub(crate) uuid: &'static str,
    pub(crate) decimal: &'static str,
    pub(crate) json: &'static str,
}

/// Those that Aludel gives them, where the database has several.
pub(crate) const SQLITE: Types = Types {
    key: "integer primary key",
    timestamp: "datetime",
    uuid: "char(36)",
    decimal: "text",
    json: "text",
};

#[cfg(feature = "servers")]
pub(crate) const POSTGRES: Types = Types {
    key: "bigint primary key",
    timestamp: "timestamp with time zone",
    uuid: "uuid",
    decimal: "numeric(20, 6)",
    json: "jsonb",
};

#[cfg(feature = "servers")]
pub(crate) const MYSQL: Types = Types {
    key: "bigint primary key",
    timestamp: "datetime(6)",
    uuid: "char(36)",
    decimal: "decimal(20, 6)",
    json: "json",
};

pub(crate) const ALL: &str = "select id, written, token, price, payload from compare_typed";

/// The statements that make and fill the table.
pub(crate) fn tables(types: Types) -> Vec<String> {
    let Types { key, timestamp, uuid, decimal, json } = types;
    let zone = if timestamp.ends_with("zone") { "+00" } else { "" };
    let row = |n: i64| {
        let (minute, micros, cents) = (n % 60, n * 7919 % 1_000_000, n * 104_729 % 1_000_000);
        format!(
            "({n}, '2026-11-28 09:{minute:02}:30.{micros:06}{zone}', \
             '{n:08x}-1f2e-4d3c-8b5a-{cents:012x}', '{n}.{cents:06}', \
             '{{\"name\": \"user {n}\", \"tags\": [\"new\", \"paid\"], \"visits\": {n}}}')"
        )
    };
    let rows: Vec<_> = (1..=ROWS).map(row).collect();
    vec![
        "drop table if exists compare_typed".to_owned(),
        format!(
            "create table compare_typed (id {key}, written {timestamp} not null, \
             token {uuid} not null, price {decimal} not null, payload {json} not null)"
        ),
        format!("insert into compare_typed values {}", rows.join(", ")),
    ]
}

/// What a row is: the same from every library.
pub(crate) type Values =
    (i64, chrono::DateTime<chrono::Utc>, uuid::Uuid, rust_decimal::Decimal, serde_json::Value);

/// The row is the one that was written under this key.
pub(crate) fn is_row(n: i64, row: &Values) -> crate::contender::Result<()> {
    let (id, written, token, price, payload) = row;
    let cents = n * 104_729 % 1_000_000;
    let right = *id == n
        && written.timestamp_subsec_micros() == u32::try_from(n * 7919 % 1_000_000)?
        && token.to_string() == format!("{n:08x}-1f2e-4d3c-8b5a-{cents:012x}")
        && price.to_string() == format!("{n}.{cents:06}")
        && payload["visits"] == n;
    if right { Ok(()) } else { Err(format!("row {n} is {row:?}").into()) }
}
