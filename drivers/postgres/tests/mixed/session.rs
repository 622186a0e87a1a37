//! What changes the session, what leaves something open in it, and what it has.

use std::time::Duration;

use aludel_core::dbapi::{
    AsyncConnection, AsyncCursor, NoRows, Statement, StatementKind, TransactionOptions,
};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_postgres::PostgresConnection;
use aludel_testing::awaited::execute;
use aludel_testing::{BOUND, Rows, nonce, statement};
use tokio::time::{sleep, timeout};

use crate::conversation::{Conversation, OPTIONS, Open, Wanted, ints};
use crate::support::{await_state, terminate};

impl Conversation {
    pub(crate) async fn cursor(&mut self) {
        let (n, rows) = (nonce(), self.random.number(400));
        let (portion, portions) = (self.random.index(50) + 1, self.random.index(5));
        let closes = self.random.in_hundred(50);
        self.note(format!(
            "a cursor of {rows} rows from {n}, {portions} portions of {portion}, {closes}"
        ));
        let select =
            statement("select $1 + g from generate_series(1, $2) g", StatementKind::Select);
        let run = async |connection: &mut PostgresConnection| {
            let params = [Value::Int(n), Value::Int(rows)];
            let mut cursor = connection.open_cursor(&select, &params, &OPTIONS).await?;
            let mut read = Rows::default();
            for _ in 0..portions {
                let mut some = Rows::default();
                let more = cursor.fetch(portion, &mut some).await?;
                read.rows.extend(some.rows);
                if !more {
                    break;
                }
            }
            if closes {
                cursor.close().await?;
            }
            Ok(read)
        };
        let Some(outcome) = self.cut(run).await else { return };
        if let Some(read) = self.judge(outcome, None) {
            let expected = rows.min(i64::try_from(portion * portions).unwrap());
            assert_eq!(ints(read), (1..=expected).map(|g| n + g).collect::<Vec<_>>());
        }
    }

    /// The sink fails in the middle of the rows.
    pub(crate) async fn fail_reading(&mut self) {
        let (n, rows) = (nonce(), 1 + self.random.number(6000));
        let fail_at = self.random.index(u64::try_from(rows).unwrap());
        self.note(format!("a sink that fails at {fail_at} of {rows} rows from {n}"));
        let select =
            statement("select $1 + g from generate_series(1, $2) g", StatementKind::Select);
        let mut sink = Rows::failing_at(fail_at);
        let params = [Value::Int(n), Value::Int(rows)];
        let run = async |connection: &mut PostgresConnection| {
            connection.execute(&select, &params, &OPTIONS, &mut sink).await
        };
        let Some(outcome) = self.cut(run).await else { return };
        let error = outcome.unwrap_err();
        if self.open.as_ref().is_some_and(|open| open.failed) {
            assert_eq!(error.sqlstate(), Some("25P02"));
            return;
        }
        assert_eq!(error.kind(), ErrorKind::Decode, "{error:?}");
        assert_eq!(ints(sink), (1..).take(fail_at).map(|g| n + g).collect::<Vec<_>>());
        if !self.connection().is_usable() {
            self.give_back().await;
        }
    }

    pub(crate) async fn begin(&mut self) {
        if self.open.is_some() {
            return self.end().await;
        }
        let by_text = self.random.in_hundred(20);
        self.note(format!("begin, {by_text}"));
        if by_text {
            let run =
                async |connection: &mut PostgresConnection| execute(connection, "begin").await;
            let Some(outcome) = self.cut(run).await else { return };
            outcome.unwrap();
        } else {
            self.connection().begin(&TransactionOptions::DEFAULT).unwrap();
        }
        self.open = Some(Open { rows: self.rows, ..Open::default() });
    }

    pub(crate) async fn end(&mut self) {
        let Some(open) = &self.open else { return };
        let (failed, rows) = (open.failed, open.rows);
        match self.random.below(3) {
            0 => {
                self.note("commit".to_owned());
                // A commit that is dropped leaves open what became of it.
                let commit = timeout(BOUND, self.connection().commit()).await.expect("it hangs");
                self.open = None;
                match commit {
                    Ok(()) => {
                        assert!(!failed, "nothing can have been committed");
                        self.rows = rows;
                    }
                    Err(error) => assert!(failed, "{error:?}"),
                }
            }
            1 => {
                self.note("rollback".to_owned());
                let run = async |connection: &mut PostgresConnection| connection.rollback().await;
                if let Some(outcome) = self.cut(run).await {
                    outcome.unwrap();
                }
                self.open = None;
            }
            _ => {
                self.note("given back".to_owned());
                self.give_back().await;
                if self.random.in_hundred(50) {
                    self.pause();
                    assert!(self.connection().look());
                }
            }
        }
    }

    pub(crate) async fn savepoint(&mut self) {
        let Some(open) = &self.open else { return };
        let (sql, back) = match open.savepoint {
            Some(_) if open.failed || self.random.in_hundred(50) => ("rollback to s", true),
            _ => ("savepoint s", false),
        };
        self.note(sql.to_owned());
        let kind = [StatementKind::Text, StatementKind::Ddl][self.random.index(2)];
        let statement: Statement = statement(sql, kind);
        let run = async |connection: &mut PostgresConnection| {
            connection.execute(&statement, &[], &OPTIONS, &mut NoRows).await
        };
        let Some(outcome) = self.cut(run).await else { return };
        if back {
            outcome.unwrap();
            let open = self.open.as_mut().unwrap();
            open.failed = false;
            open.rows = open.savepoint.unwrap();
        } else if self.judge(outcome, None).is_some() {
            let open = self.open.as_mut().unwrap();
            open.savepoint = Some(open.rows);
        }
    }

    pub(crate) async fn run_known(&mut self, sql: &str, kind: StatementKind) {
        self.note(sql.to_owned());
        let statement = statement(sql, kind);
        self.connection().execute(&statement, &[], &OPTIONS, &mut NoRows).await.unwrap();
    }

    /// What makes prepared statements invalid, and what is refused after it was executed.
    pub(crate) async fn odd(&mut self) {
        if self.open.is_some() {
            return;
        }
        // No transaction of the program's own is known to be open, so that what is out of date is prepared anew.
        self.give_back().await;
        self.look_at_shape().await;
        let n = nonce();
        match self.random.below(4) {
            // The driver learns of it from the server alone.
            0 => self.run_known("deallocate all", StatementKind::Ddl).await,
            1 => {
                let late = "insert into late select 0 where $1 > 0 returning id";
                let wanted = Wanted::Error(vec![0], "23505", "late_id_key".to_owned());
                self.ask(late, StatementKind::Dml, &[n], wanted).await;
            }
            2 => {
                let change = if self.columns == 1 {
                    "alter table shape add b int8 default 2"
                } else {
                    "alter table shape drop b"
                };
                self.note(change.to_owned());
                execute(self.connection(), change).await.unwrap();
                self.columns = 3 - self.columns;
            }
            _ => {
                self.note("ping".to_owned());
                let run = async |connection: &mut PostgresConnection| connection.ping().await;
                if let Some(outcome) = self.cut(run).await {
                    outcome.unwrap();
                }
            }
        }
        self.look_at_shape().await;
        // In a transaction that would be refused.
        self.run_known("deallocate all", StatementKind::Text).await;
        self.give_back().await;
    }

    pub(crate) async fn look_at_shape(&mut self) {
        let mut rows = Rows::default();
        let select = statement("select * from shape where a < $1", StatementKind::Select);
        let params = [Value::Int(2)];
        self.connection().execute(&select, &params, &OPTIONS, &mut rows).await.unwrap();
        assert_eq!(rows.rows[0].len(), self.columns);
        assert_eq!(ints(rows), [1]);
    }

    /// The session has what it must have, by its own account and by that of another.
    pub(crate) async fn check(&mut self) {
        if self.open.as_ref().is_some_and(|open| open.failed) {
            return;
        }
        let rows = self.open.as_ref().map_or(self.rows, |open| open.rows);
        let n = nonce();
        let sql = "select count(*) + $1 from kept";
        if self.ask(sql, StatementKind::Select, &[n], Wanted::Rows(vec![rows + n])).await
            && self.random.in_hundred(10)
        {
            let state = if self.open.is_some() { "idle in transaction" } else { "idle" };
            await_state(&mut self.other, self.pid, Some(state)).await;
        }
    }

    /// Another session ends this one while it is asked.
    pub(crate) async fn be_ended(&mut self) {
        let (n, rows) = (nonce(), [20, 20_000][self.random.index(2)]);
        let wait = Duration::from_micros(self.random.below(3000));
        self.note(format!("ended while {rows} rows come from {n}"));
        let select =
            statement("select $1 + g from generate_series(1, $2) g", StatementKind::Select);
        let params = [Value::Int(n), Value::Int(rows)];
        let mut sink = Rows::default();
        let connection = self.connection.as_mut().unwrap();
        // The first time it is prepared.
        for _ in 0..self.random.below(2) {
            let _ = connection
                .execute(&select, &[Value::Int(n), Value::Int(1)], &OPTIONS, &mut NoRows)
                .await;
        }
        let asking = timeout(BOUND, connection.execute(&select, &params, &OPTIONS, &mut sink));
        let ending = async {
            sleep(wait).await;
            terminate(&mut self.other, self.pid).await;
        };
        let (asked, ()) = tokio::join!(asking, ending);
        let failed = self.open.as_ref().is_some_and(|open| open.failed);
        match asked.expect("it hangs") {
            Ok(_) => assert!(!failed),
            Err(error) if failed && error.sqlstate() == Some("25P02") => {}
            Err(error) => {
                assert!(error.is_disconnect(), "{error:?}");
                // A server that waits until it can send says no more, and the crate takes what it says for the answer to
                // the close of a statement if there is one.
                assert!(matches!(error.sqlstate(), None | Some("57P01")), "{error:?}");
            }
        }
        let found = ints(sink);
        assert_eq!(found, (1..).take(found.len()).map(|g| n + g).collect::<Vec<_>>());
        drop(self.connection.take());
        self.connect().await;
    }
}
