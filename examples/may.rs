//! A blocking program on `may`: coroutines share a few connections, and whoever waits for the
//! database leaves the worker threads to the others.
//!
//! Runs on SQLite in memory, or on the database whose URL is the argument or in `DATABASE_URL`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use aludel::{
    Column, Engine, EngineOptions, Error, MetaData, Table, create_engine_with, params, text, types,
};
use may::go;

/// `may` gives 32 KiB, into which no statement fits: a new connection to PostgreSQL takes 290 KB in a
/// program that is not optimised, 130 KB in one that is. Pages that are never touched cost nothing.
const STACK: usize = 1024 * 1024;

fn url() -> String {
    let url = std::env::args().nth(1).or_else(|| std::env::var("DATABASE_URL").ok());
    url.unwrap_or_else(|| "sqlite://".to_owned())
}

/// Plain synchronous code: that it runs in a coroutine shows nowhere.
fn open_account(engine: &Engine, accounts: &Table, n: i64) -> Result<i64, Error> {
    engine.begin(|conn| {
        conn.execute(accounts.insert().params(params! { owner: format!("owner {n}"), cents: n }))?;
        let found: Option<i64> = conn.scalar(
            text("select cents from accounts where owner = :owner")
                .bind("owner", format!("owner {n}")),
        )?;
        Ok(found.unwrap_or_default())
    })
}

fn main() -> Result<(), Error> {
    may::config().set_workers(2).set_stack_size(STACK / size_of::<usize>());

    // The engine of any blocking program; a driver that is async waits by parking the coroutine.
    let options = EngineOptions::new().pool_size(4).max_overflow(0);
    let engine = create_engine_with(&url(), options)?;

    let metadata = MetaData::new();
    let accounts = Table::new(
        "accounts",
        &metadata,
        [
            Column::new("owner", types::String(40)).primary_key(),
            Column::new("cents", types::BigInteger),
        ],
    )?;
    engine.begin(|conn| {
        metadata.drop_all(conn)?;
        metadata.create_all(conn)
    })?;

    // A hundred coroutines on two threads, with four connections
    let coroutines: Vec<_> = (0..100)
        .map(|n| {
            let (engine, accounts) = (engine.clone(), accounts.clone());
            go!(move || open_account(&engine, &accounts, n))
        })
        .collect();
    let mut sum = 0;
    for coroutine in coroutines {
        sum += coroutine.join().expect("it does not panic")?;
    }
    println!("the coroutines have {sum} cents");

    let mut conn = engine.connect()?;
    let total = conn.scalar::<_, i64>(text("select count(*) from accounts"))?;
    println!("the database has {} accounts", total.unwrap_or_default());
    println!("at most 4 connections: {}", engine.pool().status().idle <= 4);

    metadata.drop_all(&mut conn)?;
    conn.commit()?;
    conn.close()
}
