//! Which session serves a connection where an engine keeps one session that writes and others that read.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::dbapi::{Driver, Statement, StatementKind, TransactionMode, TransactionOptions};
use crate::error::Result;
use crate::lex::{LexicalRules, Token, tokens};
use crate::pool::{OnError, Pool, PoolOptions};

/// The pools of an engine.
#[derive(Clone)]
pub(super) struct Pools {
    /// All sessions; or those that read, where there is one that writes.
    pub(super) all: Pool,
    /// The session that writes.
    pub(super) writer: Option<Pool>,
}

impl Pools {
    pub(super) fn new(
        driver: Arc<dyn Driver>,
        options: PoolOptions,
        on_error: OnError,
    ) -> Result<Self> {
        let readers = driver.readers();
        let split = readers.is_some();
        let of_all = readers.unwrap_or_else(|| Arc::clone(&driver));
        let all = Pool::with_error_handler(of_all, options, Some(on_error))?;
        let writer = split.then(|| all.of_one(driver));
        Ok(Self { all, writer })
    }

    pub(super) fn of(&self, role: Role) -> &Pool {
        match (role, &self.writer) {
            (Role::Writer, Some(writer)) => writer,
            _ => &self.all,
        }
    }

    fn each(&self) -> impl Iterator<Item = &Pool> {
        self.writer.iter().chain([&self.all])
    }

    pub(super) fn recreate(&self) -> Self {
        Self { all: self.all.recreate(), writer: self.writer.as_ref().map(Pool::recreate) }
    }

    pub(super) fn dispose(&self) {
        self.each().for_each(Pool::dispose);
    }

    pub(super) fn invalidate_all(&self) {
        self.each().for_each(Pool::invalidate_all);
    }

    /// As [`Pool::close`], of all within one time.
    pub(super) fn close(&self, within: Duration) -> Result<()> {
        self.dispose();
        let started = Instant::now();
        self.each().try_for_each(|pool| pool.close(within.saturating_sub(started.elapsed())))
    }
}

/// What a session is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Reader,
    Writer,
}

impl Role {
    /// Of a transaction: who says that it only reads, and wants no lock, reads.
    pub(super) fn of_transaction(options: &TransactionOptions) -> Self {
        let deferred = matches!(options.mode, None | Some(TransactionMode::Deferred));
        if options.read_only == Some(true) && deferred { Self::Reader } else { Self::Writer }
    }

    /// Of a statement that is committed by itself. The session of a reader refuses what writes, so that
    /// this need not be more than a good guess.
    pub(super) fn of_statement(statement: &Statement) -> Self {
        match statement.kind() {
            StatementKind::Select => Self::Reader,
            StatementKind::Text if begins_as_query(statement.sql()) => Self::Reader,
            _ => Self::Writer,
        }
    }
}

fn begins_as_query(sql: &str) -> bool {
    let word = tokens(sql, LexicalRules::default()).find_map(|token| match token {
        Token::Space(_) | Token::Comment(_) | Token::Symbol(";" | "(" | "\u{feff}") => None,
        token => Some(token.text()),
    });
    word.is_some_and(|word| {
        ["select", "values"].iter().any(|query| word.eq_ignore_ascii_case(query))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_reads_is_known_by_its_beginning() {
        for (sql, role) in [
            ("select 1", Role::Reader),
            ("  -- say\n(SELECT 1)", Role::Reader),
            ("values (1)", Role::Reader),
            ("with a as (select 1) insert into t select * from a", Role::Writer),
            ("insert into t select 1", Role::Writer),
            ("pragma user_version", Role::Writer),
            ("", Role::Writer),
        ] {
            let statement = Statement::new(sql, StatementKind::Text).expect("a statement");
            assert_eq!(Role::of_statement(&statement), role, "{sql}");
        }
    }

    #[test]
    fn who_wants_a_lock_writes() {
        let reads = TransactionOptions::new().read_only(true);
        assert_eq!(Role::of_transaction(&reads), Role::Reader);
        let deferred = reads.mode(TransactionMode::Deferred);
        assert_eq!(Role::of_transaction(&deferred), Role::Reader);
        for other in [
            TransactionOptions::new(),
            TransactionOptions::new().read_only(false),
            reads.mode(TransactionMode::Immediate),
        ] {
            assert_eq!(Role::of_transaction(&other), Role::Writer, "{other:?}");
        }
    }
}
