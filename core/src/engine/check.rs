//! Checking a statement: the database prepares it and does not execute it.

use super::Connection;
use crate::dialect::Preparation;
use crate::error::{Error, Result};
use crate::sql::{Executable, RawSql};

impl Connection {
    /// Has the database check a statement without executing it: whether its SQL is right, and whether
    /// its tables and columns are there. Binds need no values. It is for tests: a statement that was built
    /// by hand, or one whose tables are in the database only.
    ///
    /// What the database finds out only when it executes a statement is not found: values that do not
    /// fit, constraints, rights in some databases. PostgreSQL prepares statements that read or change rows and
    /// no others.
    ///
    /// ```
    /// use aludel::{create_engine, text};
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// conn.execute(text("create table users (id integer primary key, name text)"))?;
    /// conn.check(text("select name from users where id = :id"))?;
    /// let error = conn.check(text("select nmae from users where id = :id")).unwrap_err();
    /// assert!(error.message().contains("nmae"), "{error}");
    ///
    /// conn.check(text("delete from users"))?;
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// All texts of a program at once are checked by
    /// [`SourceTexts`](crate::source_texts::SourceTexts).
    ///
    /// # Errors
    ///
    /// The statement cannot be compiled, or the database refuses it. A transaction that is open goes on.
    pub fn check<E: Executable>(&mut self, statement: E) -> Result<()> {
        let dialect = self.engine().dialect();
        let compiled = statement.compile(dialect)?;
        let preparation = dialect.preparation(compiled.sql(), compiled.params().len());
        let checked = self.prepare_once(&preparation);
        match (&checked, preparation.end) {
            (Err(error), Some(end)) if preparation.is_left_over(error) => {
                self.exec_driver_sql(end, ())?;
                self.prepare_once(&preparation)
            }
            _ => checked,
        }
    }

    fn prepare_once(&mut self, preparation: &Preparation) -> Result<()> {
        if self.0.is_autocommit() {
            return preparation.run(self);
        }
        // What fails breaks no transaction of the caller's.
        let mut savepoint = self.begin_nested()?;
        let checked = preparation.run(&mut savepoint);
        let ended = savepoint.rollback();
        checked.and(ended)
    }
}

impl Preparation {
    fn run(&self, connection: &mut Connection) -> Result<()> {
        for (sql, values) in &self.steps {
            connection.exec_driver_sql(RawSql::new(sql.clone()), values.clone())?;
        }
        match self.end {
            Some(sql) => connection.exec_driver_sql(sql, ()).map(drop),
            None => Ok(()),
        }
    }

    /// Whether the session has the statement of an earlier check, which was cut before its end.
    fn is_left_over(&self, error: &Error) -> bool {
        self.left_over.is_some() && error.details().sqlstate.as_deref() == self.left_over
    }
}
