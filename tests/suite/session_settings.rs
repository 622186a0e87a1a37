//! What the session of a connection is set to: by connect listeners for every use, by a use for itself.

use aludel::dbapi::{IsolationLevel, TransactionOptions};
use aludel::{Connection, EngineOptions, RawSql, Result, event, pool, text};

use crate::support::Database;
use crate::{Db, suite};

suite![what_connect_listeners_set_is_what_every_use_finds];

/// What a listener sets, what a program sets, and what asks for it.
struct Setting {
    sets: &'static str,
    overrides: &'static str,
    asks: &'static str,
    set: &'static str,
}

fn setting(db: &Db) -> Setting {
    match db.database {
        Database::Postgres => Setting {
            sets: "set session characteristics as transaction isolation level serializable",
            overrides: "set local statement_timeout = 1000",
            asks: "select current_setting('transaction_isolation')",
            set: "serializable",
        },
        Database::MySql => Setting {
            sets: "set session transaction isolation level serializable",
            overrides: "set session transaction isolation level read committed",
            asks: "select @@tx_isolation",
            set: "SERIALIZABLE",
        },
        _ => Setting {
            sets: "pragma cache_size = 1234",
            overrides: "pragma user_version",
            asks: "select cast(cache_size as text) from pragma_cache_size",
            set: "1234",
        },
    }
}

// fault: P26
fn what_connect_listeners_set_is_what_every_use_finds(db: &Db) -> Result<()> {
    let Setting { sets, overrides, asks, set } = setting(db);
    let engine = db.another(EngineOptions::new().pool_size(1).max_overflow(0))?;
    event::listen(&engine, move |event: &mut pool::Connect<'_>| event.dbapi_connection.run(sets));
    let found = |conn: &mut Connection| -> Result<Option<String>> {
        let found = conn.scalar(text(RawSql::new(asks.to_owned())))?;
        conn.rollback()?;
        Ok(found)
    };
    for _ in 0..3 {
        let mut conn = engine.connect()?;
        assert_eq!(found(&mut conn)?.as_deref(), Some(set));
        // A use sets what it likes, by its own words or by ours, and the next knows nothing of it.
        conn.execute(text(RawSql::new(overrides.to_owned())))?;
        conn.commit()?;
        conn.set_isolation_level(IsolationLevel::Serializable)?;
        conn.execute(text(RawSql::new(asks.to_owned())))?;
        conn.commit()?;
        let options = TransactionOptions::new().isolation_level(IsolationLevel::Serializable);
        conn.begin_with_options(options)?.commit()?;
        conn.close()?;
    }
    engine.dispose();
    Ok(())
}
