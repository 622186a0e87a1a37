//! What a flush writes, in which order, and what objects say then: on all databases.

mod batches;
mod collections;
mod expressions;
mod failures;
mod keys;
mod model;
mod versions;

use aludel::orm::Session;
use aludel::{Engine, EngineOptions, MetaData, RawSql, Result, Value};

use crate::support::log::Log;
use crate::support::recording::{Calls, recorded};
use crate::support::{Database, Fresh};

/// A database with some tables, and what a program sends to it.
pub(crate) struct Place {
    pub(crate) engine: Engine,
    pub(crate) database: Database,
    calls: Calls,
    log: Log,
    _fresh: Fresh,
}

impl Place {
    pub(crate) fn session(&self) -> Session {
        Session::new(&self.engine)
    }

    /// Another transaction runs a statement and commits.
    pub(crate) fn behind(&self, sql: &str) -> Result<()> {
        let sql = RawSql::new(sql.to_owned());
        self.engine.begin(|conn| conn.exec_driver_sql(sql, ()).map(drop))?;
        self.calls.take();
        Ok(())
    }

    /// Rows with keys were inserted into a table: PostgreSQL goes on counting behind them, as the others do.
    fn count_on(&self, rows: &str) -> Result<()> {
        let (table, _) = rows.split_once(' ').unwrap_or((rows, ""));
        if self.database.server() == Database::Postgres && rows.contains(" (id") {
            self.behind(&format!("SELECT setval(pg_get_serial_sequence('{table}', 'id'), 50)"))?;
        }
        Ok(())
    }

    /// What another transaction reads, as text.
    pub(crate) fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>> {
        let sql = RawSql::new(sql.to_owned());
        let rows = self.engine.begin(|conn| conn.exec_driver_sql(sql, ())?.all())?;
        self.calls.take();
        let cell = |row: &aludel::Row, at: usize| -> Result<String> {
            Ok(match row.get::<Value>(at)? {
                Value::Null => "null".into(),
                Value::Text(text) => text.to_string(),
                Value::Int(number) => number.to_string(),
                other => format!("{other:?}"),
            })
        };
        rows.iter().map(|row| (0..row.len()).map(|at| cell(row, at)).collect()).collect()
    }

    /// That these statements were sent since the last time. They are compared on SQLite, which has the plainest
    /// ones; the oracle compares them on PostgreSQL.
    #[track_caller]
    pub(crate) fn sent(&self, expected: &[&str]) {
        let calls: Vec<String> = self.calls.take().iter().map(|call| plain(call)).collect();
        if self.database.server() == Database::Sqlite {
            assert_eq!(calls, expected);
        }
    }

    /// How many statements were sent since the last time that begin so.
    pub(crate) fn count(&self, begin: &str) -> usize {
        self.calls.take().iter().filter(|call| call.starts_with(begin)).count()
    }

    pub(crate) fn forget(&self) {
        self.calls.take();
    }

    /// The codes of the warnings since the last time.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let parts = ["mapper::overlaps", "unit_of_work::switch", "unit_of_work::write::delete"];
        let said = parts.iter().flat_map(|of| self.log.take(target(of)));
        said.filter_map(|said| said.fields.get("code").cloned()).collect()
    }
}

/// A statement without the numbers of its placeholders, and a batch of one row as the statement alone.
fn plain(call: &str) -> String {
    let mut parts = call.split('?');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push('?');
        text.push_str(part.trim_start_matches(|letter: char| letter.is_ascii_digit()));
    }
    match text.strip_suffix(" x 1") {
        Some(one) => one.to_owned(),
        None => text,
    }
}

fn target(of: &str) -> &'static str {
    match of {
        "mapper::overlaps" => "aludel_core::orm::mapper::overlaps",
        "unit_of_work::switch" => "aludel_core::orm::unit_of_work::switch",
        _ => "aludel_core::orm::unit_of_work::write::delete",
    }
}

/// Runs a program on each database, with these tables and these rows.
#[track_caller]
pub(crate) fn everywhere(tables: &MetaData, rows: &[&str], program: impl Fn(&Place) -> Result<()>) {
    for database in [Database::Sqlite, Database::Postgres, Database::MySql] {
        let Some(fresh) = Fresh::new(database) else { continue };
        let (engine, calls) =
            recorded(database, fresh.url(), true, EngineOptions::new()).expect("an engine");
        let place = Place { engine, database, calls, log: Log::default(), _fresh: fresh };
        let run = || -> Result<()> {
            place.engine.begin(|conn| tables.create_all(conn))?;
            for rows in rows {
                place.behind(&format!("INSERT INTO {rows}"))?;
                place.count_on(rows)?;
            }
            place.forget();
            tracing::dispatcher::with_default(&place.log.dispatch(), || program(&place))
        };
        if let Err(error) = run() {
            panic!("{database:?}: {error:?}");
        }
        place.engine.dispose();
    }
}
