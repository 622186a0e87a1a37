//! The prepared statements of a connection: those of handles, those of texts that ran before, and
//! what is known of each.
//!
//! `rusqlite` keeps the prepared statements, by their trimmed text, because safe code cannot keep
//! one beside its connection (`docs/DESIGN.md`). What is known of a statement is kept here: its
//! effect, and its columns, so that a SELECT that runs again allocates none. SQLite prepares a
//! statement anew when the schema has changed, and then `select *` may have other columns; SQLite's
//! counters show it.

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use aludel_core::dbapi::{
    Columns, PreparedStatements, Statement, StatementHandle, StatementKind, errors, unknown_handle,
};
use aludel_core::error::{Error, ErrorKind, Result};
use hashlink::LruCache;
use hashlink::linked_hash_map::RawEntryMut;
use rusqlite::{CachedStatement, Connection, StatementStatus};

use crate::error::Failure;
use crate::text::{Effect, busy_timeout};

/// Statements of the driver itself that `rusqlite` keeps beside the program's: three ways to begin,
/// COMMIT and ROLLBACK.
const OWN_STATEMENTS: usize = 5;

/// A prepared statement that goes back into the cache, or does not.
pub(crate) enum Prepared<'c> {
    Cached(CachedStatement<'c>),
    Once(rusqlite::Statement<'c>),
}

impl<'c> Deref for Prepared<'c> {
    type Target = rusqlite::Statement<'c>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        match self {
            Self::Cached(statement) => statement,
            Self::Once(statement) => statement,
        }
    }
}

impl DerefMut for Prepared<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Cached(statement) => statement,
            Self::Once(statement) => statement,
        }
    }
}

/// The statements of a connection.
///
/// It does not have the prepared statements themselves. An owner of a connection and of statements
/// that borrow it can be had without `unsafe` of one's own:
///
/// ```
/// use rusqlite::{Connection, Statement};
///
/// type Statements<'c> = Vec<Statement<'c>>;
///
/// self_cell::self_cell!(
///     struct Held {
///         owner: Box<Connection>,
///         #[not_covariant]
///         dependent: Statements,
///     }
/// );
///
/// let connection = Box::new(Connection::open_in_memory()?);
/// let held = Held::try_new(connection, |connection| connection.prepare("select 1").map(|one| vec![one]))?;
/// # Ok::<(), rusqlite::Error>(())
/// ```
///
/// but it stays on its thread, while a connection of a pool must be `Send`: `Connection` is not
/// `Sync`, so a statement, which has a `&Connection`, is not `Send`, and neither is its owner:
///
/// ```compile_fail,E0277
/// # use rusqlite::{Connection, Statement};
/// # type Statements<'c> = Vec<Statement<'c>>;
/// # self_cell::self_cell!(
/// #     struct Held {
/// #         owner: Box<Connection>,
/// #         #[not_covariant]
/// #         dependent: Statements,
/// #     }
/// # );
/// fn assert_send<T: Send>() {}
/// assert_send::<Connection>();
/// assert_send::<Held>();
/// ```
#[derive(Debug)]
pub(crate) struct StatementCache {
    /// What is known of each text. A place is used again when no text and no handle has it.
    known: Vec<Option<Counted>>,
    by_text: LruCache<Statement, usize>,
    by_handle: PreparedStatements<usize>,
}

#[derive(Debug)]
struct Counted {
    /// How many texts and handles have it.
    users: usize,
    known: KnownStatement,
}

/// What is known of a statement: of one that is kept, or of one that runs once.
pub(crate) enum Known<'k> {
    Kept(&'k mut KnownStatement),
    Once(KnownStatement),
}

impl Deref for Known<'_> {
    type Target = KnownStatement;

    #[inline]
    fn deref(&self) -> &KnownStatement {
        match self {
            Self::Kept(known) => known,
            Self::Once(known) => known,
        }
    }
}

impl DerefMut for Known<'_> {
    #[inline]
    fn deref_mut(&mut self) -> &mut KnownStatement {
        match self {
            Self::Kept(known) => known,
            Self::Once(known) => known,
        }
    }
}

/// What is known of a statement. All that run the same text share it, since they share the
/// statement in `rusqlite`'s cache, and so its counters.
#[derive(Debug)]
pub(crate) struct KnownStatement {
    /// Its text is trimmed, as `rusqlite` trims it.
    statement: Statement,
    pub(crate) effect: Effect,
    /// Whether it is the pragma that the driver answers: SQLite would execute it while it prepares
    /// it.
    pub(crate) is_busy_timeout: bool,
    learned: Learned,
}

/// At which execution by a handle it is found out whether a SELECT has one row at most.
const LOOK_AT: u8 = 16;

/// What is true of a statement until it is prepared anew.
#[derive(Debug, Default)]
pub(crate) struct Learned {
    columns: Option<Arc<Columns>>,
    /// How many times it was executed by a handle, up to [`LOOK_AT`].
    executions: u8,
    /// It has one row at most, whatever its parameters.
    one_row: bool,
}

impl StatementCache {
    pub(crate) fn new(raw: &Connection, capacity: usize) -> Self {
        let by_text = LruCache::new(capacity);
        let this = Self { known: Vec::new(), by_text, by_handle: PreparedStatements::new() };
        this.fit(raw);
        this
    }

    /// Has `rusqlite` keep as many statements as there can be.
    fn fit(&self, raw: &Connection) {
        let own = OWN_STATEMENTS.saturating_add(self.by_handle.len());
        raw.set_prepared_statement_cache_capacity(self.by_text.capacity().saturating_add(own));
    }

    /// Prepares a statement for one execution.
    #[inline]
    pub(crate) fn prepare<'c>(
        &mut self,
        raw: &'c Connection,
        statement: &Statement,
        cache: bool,
    ) -> Result<(Prepared<'c>, Known<'_>), Failure> {
        if !cache || statement.kind() == StatementKind::Ddl || self.by_text.capacity() == 0 {
            let known = KnownStatement::new(trimmed(statement)?)?;
            return Ok((Prepared::Once(raw.prepare(known.statement.sql())?), Known::Once(known)));
        }
        if !is_trimmed(statement.sql()) {
            return self.prepare_cached(raw, &trimmed(statement)?);
        }
        self.prepare_cached(raw, statement)
    }

    #[inline]
    fn prepare_cached<'c>(
        &mut self,
        raw: &'c Connection,
        statement: &Statement,
    ) -> Result<(Prepared<'c>, Known<'_>), Failure> {
        let place = match self.by_text.raw_entry_mut().from_key(statement) {
            RawEntryMut::Occupied(mut entry) => {
                entry.to_back();
                *entry.get()
            }
            RawEntryMut::Vacant(_) => self.add_text(raw, statement)?,
        };
        let known = self.at(place)?;
        Ok((Prepared::Cached(known.prepare(raw)?), Known::Kept(known)))
    }

    /// Keeps a text that SQLite can prepare, for others that run it.
    #[cold]
    fn add_text(&mut self, raw: &Connection, statement: &Statement) -> Result<usize, Failure> {
        let place = self.take(statement)?;
        if let Err(failure) = self.at(place)?.prepare(raw) {
            self.give_back(place);
            return Err(failure);
        }
        while self.by_text.len() >= self.by_text.capacity()
            && let Some((_, oldest)) = self.by_text.remove_lru()
        {
            self.give_back(oldest);
        }
        self.by_text.insert(statement.clone(), place);
        Ok(place)
    }

    /// A place for what is known of a text, whatever the types of its parameters.
    #[cold]
    fn take(&mut self, statement: &Statement) -> Result<usize> {
        let same = |counted: &Counted| counted.known.statement.sql() == statement.sql();
        if let Some(place) = self.known.iter().position(|slot| slot.as_ref().is_some_and(same)) {
            if let Some(counted) = &mut self.known[place] {
                counted.users += 1;
            }
            return Ok(place);
        }
        let counted = Counted { users: 1, known: KnownStatement::new(statement.clone())? };
        if let Some(free) = self.known.iter().position(Option::is_none) {
            self.known[free] = Some(counted);
            return Ok(free);
        }
        self.known.push(Some(counted));
        Ok(self.known.len() - 1)
    }

    /// A text or a handle has it no more.
    #[cold]
    fn give_back(&mut self, place: usize) {
        if let Some(slot) = self.known.get_mut(place)
            && let Some(counted) = slot
        {
            counted.users -= 1;
            if counted.users == 0 {
                *slot = None;
            }
        }
    }

    #[inline]
    fn at(&mut self, place: usize) -> Result<&mut KnownStatement> {
        match self.known.get_mut(place) {
            Some(Some(counted)) => Ok(&mut counted.known),
            _ => Err(errors::impossible("a statement was forgotten that is in use")),
        }
    }

    /// Keeps a statement for a handle.
    pub(crate) fn hold(
        &mut self,
        raw: &Connection,
        statement: &Statement,
    ) -> Result<StatementHandle, Failure> {
        let place = self.take(&trimmed(statement)?)?;
        let known = self.at(place)?;
        if !known.is_busy_timeout
            && let Err(failure) = known.prepare(raw)
        {
            self.give_back(place);
            return Err(failure);
        }
        let handle = self.by_handle.insert(place);
        self.fit(raw);
        Ok(handle)
    }

    #[inline]
    pub(crate) fn is_held(&self, handle: StatementHandle) -> bool {
        self.by_handle.get(handle).is_some()
    }

    /// The statement of a handle.
    ///
    /// # Errors
    ///
    /// The connection does not know the handle.
    #[inline]
    pub(crate) fn held(&mut self, handle: StatementHandle) -> Result<&mut KnownStatement> {
        let place = *self.by_handle.get(handle).ok_or_else(unknown_handle)?;
        self.at(place)
    }

    /// Forgets a handle.
    pub(crate) fn release(&mut self, raw: &Connection, handle: StatementHandle) {
        if let Some(place) = self.by_handle.remove(handle) {
            self.give_back(place);
            self.fit(raw);
        }
    }
}

impl KnownStatement {
    fn new(statement: Statement) -> Result<Self> {
        let Some(effect) = Effect::of(&statement) else {
            return Err(Error::new(
                ErrorKind::Programming,
                "the text holds no statement, only space or comments",
            ));
        };
        let is_busy_timeout = busy_timeout(&statement).is_some();
        Ok(Self { statement, effect, is_busy_timeout, learned: Learned::default() })
    }

    pub(crate) fn statement(&self) -> &Statement {
        &self.statement
    }

    /// Takes the statement out of `rusqlite`'s cache, or prepares it anew.
    #[inline]
    pub(crate) fn prepare<'c>(&self, raw: &'c Connection) -> Result<CachedStatement<'c>, Failure> {
        Ok(raw.prepare_cached(self.statement.sql())?)
    }

    /// What is known for an execution that was not stepped yet.
    #[inline]
    pub(crate) fn learned(&mut self, prepared: &rusqlite::Statement<'_>) -> &mut Learned {
        // It was prepared anew, after `rusqlite` had dropped it.
        if prepared.get_status(StatementStatus::Run) == 0 {
            self.learned = Learned::default();
        }
        &mut self.learned
    }

    /// Counts an execution by a handle. Who executes a SELECT often saves the step behind its only row.
    #[inline]
    pub(crate) fn count(&mut self, raw: &Connection) {
        if self.learned.executions < LOOK_AT {
            self.learned.executions += 1;
            if self.learned.executions == LOOK_AT && self.statement.kind() == StatementKind::Select
            {
                self.learned.one_row = has_one_row(raw, self.statement.sql()).unwrap_or(false);
            }
        }
    }
}

impl Learned {
    /// The columns, after the first step: only that finds out whether the schema has changed.
    #[inline]
    pub(crate) fn after_step(&mut self, prepared: &rusqlite::Statement<'_>) -> &Arc<Columns> {
        if prepared.reset_status(StatementStatus::RePrepare) != 0 {
            *self = Self::default();
        }
        self.columns.get_or_insert_with(|| Arc::new(named(prepared)))
    }

    /// Whether there is no row behind the first one, after the first step.
    #[inline]
    pub(crate) fn has_one_row(&self) -> bool {
        self.one_row
    }
}

/// Whether a SELECT surely has one row at most: SQLite ends its program behind each place where a row
/// comes out. That is said of the query, so that another plan for it changes nothing, and another schema has
/// it prepared anew.
#[cold]
fn has_one_row(raw: &Connection, sql: &str) -> rusqlite::Result<bool> {
    let mut explained = raw.prepare(&format!("explain {sql}"))?;
    let mut rows = explained.raw_query();
    let (mut gives, mut is_open) = (false, false);
    while let Some(row) = rows.next()? {
        let code = row.get_ref("opcode")?;
        let is = |name: &str| code.as_str().is_ok_and(|code| code == name);
        if is_open && !(is("Halt") && row.get::<_, i64>("p1")? == 0) {
            return Ok(false);
        }
        is_open = is("ResultRow");
        gives |= is_open;
    }
    Ok(gives && !is_open)
}

/// The names of the columns. rusqlite panics over a name that is not UTF-8, which another program
/// can have written into the schema; then the columns are numbered.
#[cold]
fn named(prepared: &rusqlite::Statement<'_>) -> Columns {
    match catch_unwind(AssertUnwindSafe(|| prepared.column_names())) {
        Ok(names) => Columns::new(names),
        Err(_) => Columns::new((1..=prepared.column_count()).map(|n| format!("column {n}"))),
    }
}

/// The statement with the text that `rusqlite` knows it by. One statement must not be known by two
/// texts, because its counters are reset when they are read.
fn trimmed(statement: &Statement) -> Result<Statement> {
    let sql = statement.sql();
    if is_trimmed(sql) || sql.trim().len() == sql.len() {
        return Ok(statement.clone());
    }
    Statement::new(sql.trim(), statement.kind())
}

/// Whether a text plainly begins and ends without space.
#[inline]
fn is_trimmed(sql: &str) -> bool {
    let plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    plain(sql.as_bytes().first()) && plain(sql.as_bytes().last())
}

#[cfg(test)]
mod tests {
    use super::has_one_row;

    #[test]
    fn a_select_of_one_row_is_known_by_its_program() {
        let raw = rusqlite::Connection::open_in_memory().unwrap();
        raw.execute_batch(
            "create table t (id integer primary key, a, b unique); create index of_a on t (a);
             create table u (id integer primary key, t_id)",
        )
        .unwrap();
        for (sql, one) in [
            ("select * from t where id = ?", true),
            ("select a from t where b = ? and a > ?", true),
            ("select count(*), max(a) from t", true),
            ("select ? + 1", true),
            ("select u.id, t.a from u join t on t.id = u.t_id where u.id = ?", true),
            ("select a, (select max(id) from u where t_id = t.id) from t where id = ?", true),
            ("select * from t where a = ?", false),
            ("select * from t", false),
            ("select * from t limit ?", false),
            ("select * from t where id in (?, ?)", false),
            ("select * from t where id = ? or b = ?", false),
            ("select u.id from t join u on u.t_id = t.id where t.id = ?", false),
            ("select a, count(*) from t group by a", false),
            ("select 1 union all select 2", false),
            ("values (1), (2)", false),
            ("select * from t where id = ? order by a", true),
            (
                "with recursive n (i) as (select 1 union all select i + 1 from n where i < 3) select i from n",
                false,
            ),
        ] {
            let found = has_one_row(&raw, sql).unwrap();
            assert!(one || !found, "{sql} has more than one row");
            assert_eq!(found, one, "{sql}");
        }
        assert!(has_one_row(&raw, "no statement").is_err());
    }
}
