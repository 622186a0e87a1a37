//! What a program has in hand: an engine, and a log of what it does and sees.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aludel::engine::{BeforeCursorExecute, Begin, Commit, Parameters, Rollback};
use aludel::{Engine, MetaData, RawSql, Result, Row, Value, event};
use tracing::field::{Field, Visit};
use tracing::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

use crate::item::{Item, Statement};
use crate::place::{self, Place, elsewhere};
use crate::record::Db;
use crate::shown::Shown;
use crate::support::recording::Calls;

/// What a program has in hand.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    pub(crate) db: Db,
    url: String,
    pub(crate) engine: Engine,
    /// Whether it waits on threads.
    blocks: bool,
    log: TraceLog,
}

/// What was done and seen, in the order of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraceLog(Arc<Mutex<Vec<Item>>>);

impl TraceLog {
    fn items(&self) -> MutexGuard<'_, Vec<Item>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn push(&self, item: Item) {
        self.items().push(item);
    }

    pub(crate) fn take(&self) -> Vec<Item> {
        std::mem::take(&mut self.items())
    }

    /// A subscriber that writes the library's warnings here, by their codes.
    pub(crate) fn dispatch(&self) -> Dispatch {
        crate::support::log::several_subscribers();
        Dispatch::new(Registry::default().with(self.clone()))
    }

    /// Writes down what an engine sends, and of what its driver is asked the savepoints, which have no event.
    fn listen(&self, engine: &Engine, calls: &Calls) {
        let log = self.clone();
        calls.hear(move |sql| {
            if ["SAVEPOINT ", "ROLLBACK TO ", "RELEASE "].iter().any(|verb| sql.starts_with(verb)) {
                let sets = vec![Vec::new()];
                let statement = Statement { sql: sql.to_owned(), sets, is_in_any_order: false };
                log.push(Item::Statement(statement));
            }
        });
        let log = self.clone();
        event::listen(engine, move |event: &mut BeforeCursorExecute<'_>| {
            let sets = match &event.parameters {
                Parameters::One(set) => std::slice::from_ref(set),
                Parameters::Many(sets) => sets,
                _ => &[],
            };
            let values = |set: &Vec<Value>| set.iter().map(Shown::shown).collect();
            let sets = sets.iter().map(values).collect();
            let sql = event.statement.sql().to_owned();
            log.push(Item::Statement(Statement { sql, sets, is_in_any_order: false }));
            Ok(())
        });
        let word = |word: &str| Item::Transaction(word.to_owned());
        let log = self.clone();
        event::listen(engine, move |_: &mut Begin<'_>| {
            log.push(word("BEGIN"));
            Ok(())
        });
        let log = self.clone();
        event::listen(engine, move |_: &mut Commit<'_>| {
            log.push(word("COMMIT"));
            Ok(())
        });
        let log = self.clone();
        event::listen(engine, move |_: &mut Rollback<'_>| {
            log.push(word("ROLLBACK"));
            Ok(())
        });
    }
}

impl Trace {
    /// A log of what is sent to a database.
    pub(crate) fn new(place: &Place, blocks: bool, log: TraceLog) -> Result<Self> {
        let (engine, calls) = place.engine(blocks)?;
        log.listen(&engine, &calls);
        Ok(Self { db: place.db, url: place.url().to_owned(), engine, blocks, log })
    }

    /// An engine over a second database with these tables, which writes to the same log.
    pub(crate) fn second(&self, tables: &MetaData) -> Result<(Engine, Place)> {
        let place = Place::new(self.db, true).expect("the first is there, too");
        elsewhere(place.url(), |conn| tables.create_all(conn));
        let (engine, calls) = place.engine(self.blocks)?;
        self.log.listen(&engine, &calls);
        Ok((engine, place))
    }

    // -- the database, from other connections

    /// Makes tables and fills them: each row set is what stands behind INSERT INTO.
    pub(crate) fn setup(&self, tables: &MetaData, rows: &[&str]) {
        elsewhere(&self.url, |conn| {
            tables.create_all(conn)?;
            rows.iter().try_for_each(|rows| place::run(conn, &format!("INSERT INTO {rows}")))?;
            // Generated keys go on behind those that were given. The other databases do so by themselves.
            if self.db == Db::PostgreSql {
                place::run(conn, NEXT_KEYS)?;
            }
            Ok(())
        });
    }

    /// Somebody else changes the database.
    pub(crate) fn behind(&self, sql: &str) {
        elsewhere(&self.url, |conn| place::run(conn, sql));
    }

    /// Shows what the database holds for others.
    pub(crate) fn rows(&self, sql: &str) {
        let found: Vec<Vec<Value>> = elsewhere(&self.url, |conn| {
            let rows = conn.exec_driver_sql(RawSql::new(sql.to_owned()), ())?.all()?;
            let values = |row: Row| (0..row.len()).map(|place| row.get::<Value>(place)).collect();
            rows.into_iter().map(values).collect()
        });
        self.show(&format!("database: {sql}"), found);
    }

    // -- the log

    pub(crate) fn step(&self, what: &str) {
        self.log.push(Item::Step(what.to_owned()));
    }

    pub(crate) fn show(&self, label: &str, value: impl Shown) {
        self.log.push(Item::Show { label: label.to_owned(), value: value.shown() });
    }

    /// A hook was called.
    pub(crate) fn event(&self, name: &str) {
        self.log.push(Item::Event(name.to_owned()));
    }

    /// The error of something that is expected to fail; without one, what came of it.
    pub(crate) fn raises<T: Shown>(&self, label: &str, result: Result<T>) {
        match result {
            Ok(value) => self.show(&format!("{label} (no error)"), value),
            Err(error) => {
                let kind = format!("{:?}", error.kind());
                self.log.push(Item::Raises { at: label.to_owned(), kind });
            }
        }
    }

    /// An error of the program's own.
    pub(crate) fn raises_own(&self, label: &str, result: Result<(), String>) {
        match result {
            Ok(()) => self.show(&format!("{label} (no error)"), ()),
            Err(_) => {
                let kind = "Program".to_owned();
                self.log.push(Item::Raises { at: label.to_owned(), kind });
            }
        }
    }

    /// What is not in memory is not read there: the panic says so.
    pub(crate) fn panics<T>(&self, label: &str, read: impl FnOnce() -> T) {
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).err();
        let text = caught.as_ref().and_then(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            text.or_else(|| panic.downcast_ref::<&str>().copied())
        });
        match text {
            Some(text) if text.contains("is expired") || text.contains("is not loaded") => {
                let kind = "NotLoaded".to_owned();
                self.log.push(Item::Raises { at: label.to_owned(), kind });
            }
            other => self.show(&format!("{label} (no such panic)"), other),
        }
    }

    /// The log, for who writes to it where the trace itself cannot be.
    pub(crate) fn log(&self) -> TraceLog {
        self.log.clone()
    }

    /// Empties the log.
    pub(crate) fn forget(&self) {
        self.log.take();
    }

    /// Takes the statements out of the log: of each, how many values it had.
    pub(crate) fn take_statements(&self) -> Vec<usize> {
        let mut items = self.log.items();
        let sizes = items.iter().filter_map(|item| match item {
            Item::Statement(statement) => Some(statement.sets.iter().map(Vec::len).sum()),
            _ => None,
        });
        let sizes = sizes.collect();
        items.retain(|item| !matches!(item, Item::Statement(_)));
        sizes
    }
}

/// The sequences of PostgreSQL behind the keys that rows have.
const NEXT_KEYS: &str = "DO $$ DECLARE c record; BEGIN \
    FOR c IN SELECT table_name AS t, column_name AS n, \
        pg_get_serial_sequence(quote_ident(table_name), column_name) AS s \
        FROM information_schema.columns WHERE table_schema = current_schema() \
    LOOP IF c.s IS NOT NULL THEN EXECUTE format( \
        'SELECT setval(%L, coalesce(max(%I), 1), max(%I) IS NOT NULL) FROM %I', c.s, c.n, c.n, c.t); \
    END IF; END LOOP; END $$";

/// The code of a warning.
#[derive(Default)]
struct Code(Option<String>);

impl Visit for Code {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "code" {
            self.0 = Some(format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "code" {
            self.0 = Some(value.to_owned());
        }
    }
}

impl<S: Subscriber> Layer<S> for TraceLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        if *metadata.level() != Level::WARN || !metadata.target().starts_with("aludel") {
            return;
        }
        let mut code = Code::default();
        event.record(&mut code);
        if let Code(Some(code)) = code {
            self.push(Item::Warning(code));
        }
    }
}
