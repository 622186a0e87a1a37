//! Statements of SQLAlchemy's language, written with this library, on the databases whose answers are
//! recorded in `oracle.json`: the rows must be those.
//!
//! `docs/TESTING.md` says how a case is judged. `ORACLE=join` runs those whose name begins so,
//! `ORACLE_WITHOUT="ddl-08 …"` leaves out those whose record is not that of the server's version.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(dead_code, reason = "cases of some kinds are still to be written")]

mod answer;
mod cases;
mod deliberate;
mod judge;
mod record;
mod tables;

#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use aludel::dbapi::IsolationLevel;
use aludel::{Connection, Engine, EngineOptions, RawSql};

use self::cases::{Case, Run};
use self::judge::Verdict;
use self::record::{Oracle, Recorded};
use self::support::{Database, Fresh, run, say, unique};
use self::tables::{Db, Tables};

// conforms: F01, F02, F04, F06, F30
#[test]
fn sqlite() {
    run_all(Db::Sqlite, Database::Sqlite);
}

// conforms: F01, F02, F04, F06
#[test]
fn postgresql() {
    run_all(Db::PostgreSql, Database::Postgres);
}

// conforms: F01, F02, F04, F06
#[test]
fn mariadb() {
    run_all(Db::MariaDb, Database::MySql);
}

/// Each recorded case is written, and none twice; those that cannot be are documented.
#[test]
fn cases_have_names_of_the_record() {
    let oracle = Oracle::read();
    let mut written = BTreeMap::new();
    for case in cases::all() {
        assert!(oracle.cases.contains_key(case.id), "{} is not recorded", case.id);
        assert!(written.insert(case.id, ()).is_none(), "{} is written twice", case.id);
    }
    say(&format!("oracle: {} of {} cases are written", written.len(), oracle.cases.len()));
    let missing: Vec<_> = oracle.cases.keys().filter(|id| !written.contains_key(&***id)).collect();
    let known: Vec<_> = deliberate::NOT_WRITTEN.iter().map(|(id, _)| *id).collect();
    assert_eq!(missing, known, "not written, and those that are known not to be");
}

/// What differs on purpose is described.
#[test]
fn differences_are_documented() {
    let page = std::fs::read_to_string("docs/conformance.md").unwrap();
    for difference in deliberate::ALL {
        let row = format!("| {} | {} |", difference.id, difference.reason);
        assert!(page.contains(&row), "docs/conformance.md lacks {row}");
    }
    for (id, reason) in deliberate::NOT_WRITTEN {
        let row = format!("| {id} | {reason} |");
        assert!(page.contains(&row), "docs/conformance.md lacks {row}");
    }
}

fn run_all(db: Db, database: Database) {
    let Some(fresh) = Fresh::new(database) else { return };
    let oracle = Oracle::read();
    let alt = Alt::new(db);
    let tables = Tables::new(db, &alt.name);
    let only = std::env::var("ORACLE").unwrap_or_default();
    let without = std::env::var("ORACLE_WITHOUT").unwrap_or_default();
    let without: Vec<_> = without.split_whitespace().collect();
    let mut session = Session::open(&fresh, db);
    let mut is_loaded = false;
    let (mut passed, mut refused, mut failures) = (0, Vec::new(), Vec::new());
    let cases = cases::all();
    for case in cases.iter().filter(|case| case.id.starts_with(&only)) {
        let recorded = &oracle.cases[case.id];
        if recorded.result(db).is_none() || recorded.is_skipped(db) || without.contains(&case.id) {
            continue;
        }
        if !is_loaded || case.changes() {
            session.empty(&fresh, &alt.name);
            if !matches!(case.run, Run::Schema(_) | Run::Definitions(_)) {
                session.load(&oracle, &alt.name);
            }
            is_loaded = !case.changes();
        }
        let verdict = judge(case, recorded, &tables, db, &mut session.conn);
        session.conn.rollback().unwrap();
        match verdict {
            Verdict::Same => passed += 1,
            Verdict::Refused(message) => {
                passed += 1;
                refused.push(format!("{}: {message}", case.id));
            }
            Verdict::Different(why) => {
                failures.push(format!("{} ({}): {why}", case.id, recorded.description));
            }
        }
    }
    session.close();
    say(&format!(
        "oracle: {db:?}: {passed} passed, of which {} refused as they should be; {} failed",
        refused.len(),
        failures.len()
    ));
    if !only.is_empty() {
        refused.iter().for_each(|line| say(line));
    }
    assert!(failures.is_empty(), "{db:?}:\n{}", failures.join("\n"));
}

fn judge(
    case: &Case,
    recorded: &Recorded,
    tables: &Tables,
    db: Db,
    conn: &mut Connection,
) -> Verdict {
    match &case.run {
        Run::Query(statement) => {
            let answer = statement(tables).and_then(|statement| statement.run(conn));
            match deliberate::of(case.id, db) {
                Some(difference) => difference.judge(answer),
                None => judge::query(recorded, db, answer),
            }
        }
        Run::Changes(statement) => {
            let answer = statement(tables).and_then(|statement| statement.run(conn));
            judge::changes(recorded, db, answer, &tables.alt, conn)
        }
        Run::Literal(statement) => {
            let answer = statement(tables)
                .and_then(|statement| statement.literal_sql(conn))
                .and_then(|sql| answer::of_text(conn, sql));
            match deliberate::of(case.id, db) {
                Some(difference) => difference.judge(answer),
                None => judge::query(recorded, db, answer),
            }
        }
        Run::Schema(metadata) => {
            let made = metadata(db, &tables.alt).and_then(|metadata| metadata.create_all(conn));
            judge::schema(recorded, db, made, &tables.alt, conn)
        }
        Run::Definitions(statements) => {
            let made = statements(db)
                .and_then(|all| all.iter().try_for_each(|one| one.run(conn).map(|_| ())));
            judge::schema(recorded, db, made, &tables.alt, conn)
        }
    }
}

/// The connection on which the cases run.
struct Session {
    db: Db,
    engine: Engine,
    conn: Connection,
}

impl Session {
    fn open(fresh: &Fresh, db: Db) -> Self {
        let engine = fresh.engine(EngineOptions::new()).unwrap();
        let mut conn = engine.connect().unwrap();
        if db == Db::Sqlite {
            conn.set_isolation_level(IsolationLevel::Autocommit).unwrap();
            for sql in ["pragma foreign_keys = on", "attach ':memory:' as alt"] {
                conn.exec_driver_sql(sql, ()).unwrap();
            }
            conn.set_isolation_level(None).unwrap();
        }
        Self { db, engine, conn }
    }

    /// Drops all tables.
    fn empty(&mut self, fresh: &Fresh, alt: &str) {
        match self.db {
            // The database is the connection's own.
            Db::Sqlite => {
                let before = std::mem::replace(self, Self::open(fresh, self.db));
                before.close();
            }
            Db::PostgreSql => self.run(format!(
                "do $$ declare s text; begin \
                 foreach s in array array[current_schema(), '{alt}'] loop \
                 execute format('drop schema %I cascade', s); \
                 execute format('create schema %I', s); end loop; end $$"
            )),
            Db::MariaDb => self.run(
                "begin not atomic declare s text default database(); \
                 execute immediate concat('drop database ', s); \
                 execute immediate concat('create database ', s, \
                 ' character set utf8mb4 collate utf8mb4_general_ci'); \
                 execute immediate concat('use ', s); end"
                    .into(),
            ),
        }
    }

    /// Makes the tables and their rows.
    fn load(&mut self, oracle: &Oracle, alt: &str) {
        if self.db == Db::PostgreSql {
            self.run(format!("drop table if exists {alt}.things"));
        }
        for sql in &oracle.fixture[self.db.key()] {
            // The schemas are this run's own, and made already.
            if !sql.contains("SCHEMA") {
                self.run(judge::in_schema(sql, alt));
            }
        }
    }

    fn run(&mut self, sql: String) {
        let done = self.conn.exec_driver_sql(RawSql::new(sql.clone()), ()).map(|_| ());
        done.and_then(|()| self.conn.commit()).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    fn close(self) {
        self.conn.close().unwrap();
        self.engine.dispose();
    }
}

/// The second schema that some statements name.
struct Alt {
    db: Db,
    name: String,
}

impl Alt {
    fn new(db: Db) -> Self {
        let name = if db == Db::Sqlite { "alt".to_owned() } else { unique("alt") };
        match db {
            Db::Sqlite => {}
            Db::PostgreSql => {
                run(&Database::Postgres.url().unwrap(), format!("create schema {name}"))
            }
            Db::MariaDb => run(&Database::MySql.url().unwrap(), format!("create database {name}")),
        }
        Self { db, name }
    }
}

impl Drop for Alt {
    fn drop(&mut self) {
        let name = &self.name;
        match self.db {
            Db::Sqlite => {}
            Db::PostgreSql => {
                run(&Database::Postgres.url().unwrap(), format!("drop schema {name} cascade"));
            }
            Db::MariaDb => run(&Database::MySql.url().unwrap(), format!("drop database {name}")),
        }
    }
}
