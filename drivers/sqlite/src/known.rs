//! Prepared statements, and what is known of each: its first word and its columns.
//!
//! `rusqlite` keeps the prepared statements, by their trimmed text; the columns are kept beside
//! them so that a `select` run again allocates none. SQLite prepares a statement anew when the
//! schema has changed, and then `select *` may have other columns: its counters tell.

use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use aludel_core::dbapi::{Columns, Statement, StatementKind};
use aludel_core::error::{Error, ErrorKind};
use hashlink::LruCache;
use hashlink::linked_hash_map::RawEntryMut;
use rusqlite::{CachedStatement, Connection, StatementStatus};

use crate::error::Failure;
use crate::text::Verb;

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

/// What is known of the statements that ran before.
#[derive(Debug)]
pub(crate) struct KnownStatements {
    by_text: LruCache<Statement, Known>,
    /// The one that is not worth remembering.
    once: Known,
}

/// What is known of one.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) verb: Verb,
    columns: Option<Arc<Columns>>,
}

impl KnownStatements {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { by_text: LruCache::new(capacity), once: Known { verb: Verb::Other, columns: None } }
    }

    /// Prepares a statement.
    #[inline]
    pub(crate) fn prepare<'c>(
        &mut self,
        raw: &'c Connection,
        statement: &Statement,
        cache: bool,
    ) -> Result<(Prepared<'c>, &mut Known), Failure> {
        let sql = statement.sql();
        if !cache || statement.kind() == StatementKind::Ddl || self.by_text.capacity() == 0 {
            return self.prepare_once(raw, sql);
        }
        if !is_trimmed(sql) && sql.trim().len() != sql.len() {
            // One text must not be known by two names: the counters are read by whoever comes.
            return self.prepare_trimmed(raw, statement);
        }
        match self.by_text.raw_entry_mut().from_key(statement) {
            RawEntryMut::Occupied(mut entry) => {
                entry.to_back();
                let known = entry.into_mut();
                let prepared = raw.prepare_cached(sql)?;
                if prepared.get_status(StatementStatus::Run) == 0 {
                    known.columns = None;
                }
                Ok((Prepared::Cached(prepared), known))
            }
            RawEntryMut::Vacant(entry) => {
                let prepared = raw.prepare_cached(sql)?;
                let known = entry.insert(statement.clone(), Known::of(sql)?).1;
                Ok((Prepared::Cached(prepared), known))
            }
        }
    }

    #[cold]
    fn prepare_once<'c>(
        &mut self,
        raw: &'c Connection,
        sql: &str,
    ) -> Result<(Prepared<'c>, &mut Known), Failure> {
        let sql = sql.trim();
        self.once = Known::of(sql)?;
        Ok((Prepared::Once(raw.prepare(sql)?), &mut self.once))
    }

    #[cold]
    fn prepare_trimmed<'c>(
        &mut self,
        raw: &'c Connection,
        statement: &Statement,
    ) -> Result<(Prepared<'c>, &mut Known), Failure> {
        self.prepare(raw, &Statement::new(statement.sql().trim(), statement.kind())?, true)
    }
}

/// Whether a text plainly begins and ends without space.
#[inline]
fn is_trimmed(sql: &str) -> bool {
    let plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    plain(sql.as_bytes().first()) && plain(sql.as_bytes().last())
}

impl Known {
    fn of(sql: &str) -> Result<Self, Failure> {
        let Some(verb) = Verb::of(sql) else {
            let message = "the text holds no statement, only space or comments";
            return Err(Error::new(ErrorKind::Programming, message).into());
        };
        Ok(Self { verb, columns: None })
    }

    /// The columns, after the first step: only that finds out whether the schema has changed.
    #[inline]
    pub(crate) fn columns(&mut self, prepared: &rusqlite::Statement<'_>) -> &Arc<Columns> {
        if prepared.reset_status(StatementStatus::RePrepare) != 0 {
            self.columns = None;
        }
        self.columns.get_or_insert_with(|| Arc::new(named(prepared)))
    }
}

/// The names of the columns. rusqlite panics over a name that is not UTF-8, which another program
/// can have written into the schema; then the columns are numbered.
fn named(prepared: &rusqlite::Statement<'_>) -> Columns {
    match catch_unwind(AssertUnwindSafe(|| prepared.column_names())) {
        Ok(names) => Columns::new(names),
        Err(_) => Columns::new((1..=prepared.column_count()).map(|n| format!("column {n}"))),
    }
}
