//! Questions and rows: by one statement, or by one for many sets.

use aludel_core::dbapi::{AsyncConnection, NoRows, StatementKind};
use aludel_core::value::Value;
use aludel_postgres::PostgresConnection;
use aludel_testing::awaited::int;
use aludel_testing::{nonce, statement};

use crate::conversation::{Conversation, OPTIONS, Wanted};

impl Conversation {
    pub(crate) async fn select(&mut self) {
        use StatementKind::Select;
        let (n, variant) = (nonce(), self.random.below(4));
        let few = self.random.number(30) + 1;
        let many = [few, 700, 3000][self.random.index(3)];
        let form = self.random.below(9);
        let long = self.random.number(300_000);
        let v = i64::try_from(variant).unwrap();
        match form {
            0..=2 => {
                let sql = format!("select $1 * 10 + {variant}");
                self.ask(&sql, Select, &[n], Wanted::Rows(vec![n * 10 + v])).await
            }
            3 => {
                let sql = format!("select $1 + g + {variant} from generate_series(1, $2) g");
                let rows = (1..=many).map(|g| n + g + v).collect();
                self.ask(&sql, Select, &[n, many], Wanted::Rows(rows)).await
            }
            4 => {
                let sql = "select repeat('x', $2::int) || $1::text from generate_series(1, 3)";
                self.ask(sql, Select, &[n, long], Wanted::Rows(vec![n; 3])).await
            }
            5 => {
                let sql = "select pg_temp.fail($1)";
                let wanted = Wanted::Error(vec![], "P0001", format!("failed {n}"));
                self.ask(sql, Select, &[n], wanted).await
            }
            6 => {
                let sql = "select pg_temp.until(g, $2, $1) from generate_series(1, $2 + 3) g";
                let wanted = Wanted::Error((1..many).collect(), "P0001", format!("failed {n}"));
                self.ask(sql, Select, &[n, many], wanted).await
            }
            7 => {
                let sql = "select pg_temp.says(g) + $1 from generate_series(1, $2) g";
                let rows = (1..=few).map(|g| n + g).collect();
                self.ask(sql, Select, &[n, few], Wanted::Rows(rows)).await
            }
            _ => {
                let sql = "select $1 from pg_notify('aludel_mixed', repeat('n', $2::int))";
                self.ask(sql, Select, &[n, few * 100], Wanted::Rows(vec![n])).await
            }
        };
    }

    pub(crate) async fn insert(&mut self) {
        let n = nonce();
        let done = if self.random.in_hundred(50) {
            let sql = "insert into kept values ($1)";
            self.ask(sql, StatementKind::Dml, &[n], Wanted::Affected(1)).await
        } else {
            let sql = "insert into kept values ($1) returning id";
            self.ask(sql, StatementKind::Dml, &[n], Wanted::Rows(vec![n])).await
        };
        self.count(n, done, 1).await;
    }

    /// Counts rows that were written, which nobody knows when the statement was dropped.
    pub(crate) async fn count(&mut self, n: i64, done: bool, rows: i64) {
        match &mut self.open {
            Some(open) if done => open.rows += rows,
            Some(_) => {}
            None if done => self.rows += rows,
            None => {
                let sql =
                    format!("select count(*) from kept where id between {n} and {}", n + rows - 1);
                let found = int(self.connection(), &sql).await;
                assert!(found <= rows);
                self.rows += found;
            }
        }
    }

    pub(crate) async fn many(&mut self) {
        if self.open.is_none() {
            return;
        }
        let rows = self.random.number(20) + 1;
        let first = nonce();
        let sets: Vec<_> = (0..rows).map(|_| vec![Value::Int(first)]).collect();
        self.note(format!("{rows} inserts of {first}"));
        let insert = statement("insert into kept values ($1)", StatementKind::Dml);
        let run = async |connection: &mut PostgresConnection| {
            connection.execute_many(&insert, &sets, &OPTIONS, &mut NoRows).await
        };
        let Some(outcome) = self.cut(run).await else { return };
        if let Some(outcome) = self.judge(outcome, None) {
            assert_eq!(i64::try_from(outcome.rowcount).unwrap(), rows);
            self.open.as_mut().unwrap().rows += rows;
        }
    }
}
