//! Execution: plan, run, result.

use std::sync::Arc;

use super::IntoValues;
use super::connection::Connection;
use super::events::{ExecutedStatement, Parameters};
use super::inserted_key::{InsertedKey, KeyPlan, ReturnedKey};
use super::ordered_rows::OrderedRows;
use super::pages::{Page, Pages, in_sets};
use super::plan::PlannedMany;
use super::prepared::{Parts, Prepared};
use super::result::{Collect, CursorResult, Done, FirstColumn, Scalar};
use super::run::Preparation;
use crate::dbapi::{Outcome, RowSink, Statement, StatementKind};
use crate::error::Result;
use crate::row::{Fetch, Row};
use crate::sql::{ClauseElement, Executable, IntoSql, ParamSets, Params};
use crate::value::Value;

impl Connection {
    /// Runs a statement and reads all its rows.
    ///
    /// # Errors
    ///
    /// The statement cannot be compiled or lacks a bind, the database refuses it, or a row cannot
    /// be decoded.
    pub fn execute<E: Executable>(&mut self, statement: E) -> Result<CursorResult<E::Row>> {
        let mut rows = Collect::default();
        let done = self.execute_into(&statement, &mut rows)?;
        Ok(rows.into_result(done))
    }

    /// Runs a statement whose rows go to a sink. How many rows were affected, or returned.
    pub(crate) fn execute_to(
        &mut self,
        statement: &dyn ClauseElement,
        rows: &mut dyn RowSink,
    ) -> Result<u64> {
        Ok(self.execute_into(statement, rows)?.outcome.rowcount)
    }

    /// All of [`execute`](Self::execute) but the type of the statement and that of its rows, which a
    /// program has many of.
    fn execute_into(
        &mut self,
        statement: &dyn ClauseElement,
        rows: &mut dyn RowSink,
    ) -> Result<Done> {
        match statement.own_options() {
            Some(options) => self.with_statement_options(options.clone(), |this| {
                this.execute_planned(statement, rows)
            }),
            None => self.execute_planned(statement, rows),
        }
    }

    #[inline]
    fn execute_planned(
        &mut self,
        statement: &dyn ClauseElement,
        rows: &mut dyn RowSink,
    ) -> Result<Done> {
        let own = std::slice::from_ref(statement.params());
        self.before_execute(ExecutedStatement::Element(statement), own)?;
        let spare = self.take_spare_values();
        let planned =
            self.engine().plans(&self.0.options).plan(statement, self.engine().dialect(), spare)?;
        if let Some(key) = planned.key {
            return self.execute_insert(&planned.statement, planned.values, key);
        }
        let (preparation, values) =
            (Preparation::of(planned.again), Parameters::One(planned.values));
        let done = self.run(&planned.statement, preparation, values, rows)?;
        match planned.more {
            None => Ok(done.into()),
            Some(mut pages) => {
                let more = self.run_pages(&mut pages, rows)?;
                Ok(Outcome::rows(done.rowcount + more.rowcount).into())
            }
        }
    }

    /// Runs the INSERT of one row, whose key the result has. What comes back is the key.
    fn execute_insert(
        &mut self,
        statement: &Statement,
        values: Vec<Value>,
        key: Arc<KeyPlan>,
    ) -> Result<Done> {
        let (bound, mut returned) = (key.bound(&values), ReturnedKey::default());
        let statement = key.asking().unwrap_or(statement);
        let values = Parameters::One(values);
        let done = self.run(statement, Preparation::Cached, values, &mut returned)?;
        let key = Box::new(InsertedKey::new(key, bound, returned));
        Ok(Done { outcome: done, key: Some(key) })
    }

    /// Runs a statement once for each set of parameters. The rows that it gives are those of all
    /// sets, in the order of the sets.
    ///
    /// An insert without values takes its columns from the first set; a set may have no others. No
    /// sets is no statement.
    ///
    /// An INSERT is sent as statements of many rows: of as many as
    /// [`insertmanyvalues_page_size`](crate::dbapi::ExecutionOptions::insertmanyvalues_page_size) says and the
    /// database takes. If it gives rows, their keys must show that they are in the order of the sets:
    /// the database counts the primary key, or the sets give it. All others, upserts that give rows and
    /// inserts that select are sent once for each set, and so are sets of which some leave to a
    /// default what others give.
    ///
    /// ```
    /// use aludel::{Auto, Mapped, create_engine, insert, params};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// aludel::MetaData::new().with::<User>().create_all(&mut conn)?;
    /// let sets = ["sandy", "patrick"].map(|name| params! { name: name });
    /// let keys = conn.execute_many(insert::<User>().returning(User::c.id), sets)?.all()?;
    /// assert_eq!(keys, [(1,), (2,)]);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute), with the number of the set, or of the sets of one statement;
    /// what ran before them stays in the open transaction.
    pub fn execute_many<E: Executable>(
        &mut self,
        statement: E,
        sets: impl IntoIterator<Item = Params>,
    ) -> Result<CursorResult<E::Row>> {
        self.execute_param_sets(statement, sets.into_iter().collect())
    }

    /// [`execute_many`](Self::execute_many) whose rows go to a sink. How many rows were affected, or returned.
    pub(crate) fn execute_many_to(
        &mut self,
        statement: &dyn ClauseElement,
        sets: ParamSets,
        rows: &mut dyn RowSink,
    ) -> Result<u64> {
        Ok(self.execute_sets_into(statement, sets, rows)?.rowcount)
    }

    /// [`execute_many`](Self::execute_many) with what it makes of the sets.
    #[doc(hidden)]
    pub fn execute_param_sets<E: Executable>(
        &mut self,
        statement: E,
        sets: ParamSets,
    ) -> Result<CursorResult<E::Row>> {
        let mut rows = Collect::default();
        let done = self.execute_sets_into(&statement, sets, &mut rows)?;
        Ok(rows.into_result(done.into()))
    }

    fn execute_sets_into(
        &mut self,
        statement: &dyn ClauseElement,
        sets: ParamSets,
        rows: &mut dyn RowSink,
    ) -> Result<Outcome> {
        match statement.own_options() {
            Some(options) => self.with_statement_options(options.clone(), |this| {
                this.execute_sets(statement, sets, rows)
            }),
            None => self.execute_sets(statement, sets, rows),
        }
    }

    fn execute_sets(
        &mut self,
        statement: &dyn ClauseElement,
        sets: ParamSets,
        rows: &mut dyn RowSink,
    ) -> Result<Outcome> {
        if self.has_listeners(|to| &to.before_execute) {
            self.before_execute(ExecutedStatement::Element(statement), &sets.to_vec())?;
        }
        if sets.len() == 0 {
            return Ok(Outcome::default());
        }
        let engine = self.engine();
        let (dialect, size) = (engine.dialect(), self.0.options.insertmanyvalues_page_size);
        match engine.plans(&self.0.options).plan_many(statement, sets, dialect, size)? {
            PlannedMany::Pages(mut pages) => self.run_pages(&mut pages, rows),
            PlannedMany::Apart(statements) => self.run_apart(statements, rows),
            PlannedMany::Each { statement, sets } => {
                self.run(&statement, Preparation::Cached, Parameters::Many(sets), rows)
            }
        }
    }

    /// Runs one statement after the other, up to the first failure.
    fn run_pages(&mut self, pages: &mut Pages, sink: &mut dyn RowSink) -> Result<Outcome> {
        let mut rowcount = 0;
        while let Some(mut page) = pages.next(self.engine().dialect())? {
            let done = self.run_page(pages, &mut page, sink);
            rowcount += done.map_err(|error| page.in_error(error))?.rowcount;
        }
        Ok(Outcome::rows(rowcount))
    }

    /// Runs the statements of sets, each of which has one, up to the first failure.
    #[cold]
    fn run_apart(
        &mut self,
        statements: Vec<(Statement, Vec<Value>)>,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let mut rowcount = 0;
        for (number, (statement, values)) in statements.into_iter().enumerate() {
            let done = self.run(&statement, Preparation::Cached, Parameters::One(values), sink);
            rowcount += done.map_err(|error| in_sets(error, number, 1))?.rowcount;
        }
        Ok(Outcome::rows(rowcount))
    }

    fn run_page(
        &mut self,
        pages: &Pages,
        page: &mut Page,
        sink: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let given = pages.given_keys(page);
        let values = Parameters::One(std::mem::take(&mut page.values));
        let preparation = Preparation::of(page.again);
        let Some(order) = pages.order() else {
            return self.run(&page.statement, preparation, values, sink);
        };
        let mut rows = OrderedRows::new(sink, order, given);
        let done = self.run(&page.statement, preparation, values, &mut rows)?;
        rows.finish(page.rows)?;
        Ok(done)
    }

    /// Runs a statement that [`Engine::prepare`](super::Engine::prepare) has compiled, with the
    /// values of its binds in the order in which they stand.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn execute_prepared<T: Fetch>(
        &mut self,
        prepared: &Prepared<T>,
        values: impl IntoValues,
    ) -> Result<CursorResult<T>> {
        let (mut rows, spare) = (Collect::default(), self.take_spare_values());
        let done = self.execute_parts(prepared.parts(), values.fill(spare), &mut rows)?;
        Ok(rows.into_result(done.into()))
    }

    /// All of [`execute_prepared`](Self::execute_prepared) but the types of the values and of the rows.
    fn execute_parts(
        &mut self,
        prepared: &Parts,
        values: Vec<Value>,
        rows: &mut dyn RowSink,
    ) -> Result<Outcome> {
        match prepared.own_options() {
            Some(options) => self.with_statement_options(options.clone(), |this| {
                this.execute_by_handle(prepared, values, rows)
            }),
            None => self.execute_by_handle(prepared, values, rows),
        }
    }

    fn execute_by_handle(
        &mut self,
        prepared: &Parts,
        values: Vec<Value>,
        rows: &mut dyn RowSink,
    ) -> Result<Outcome> {
        let rewritten;
        let prepared = if prepared.is_written_for(self.engine(), &self.0.options) {
            prepared
        } else {
            rewritten = prepared.rewritten(self.engine(), &self.0.options)?;
            &*rewritten
        };
        if self.is_unobserved() {
            let values = prepared.bind(values)?;
            return self.run_prepared(prepared.number(), prepared.statement(), values, rows);
        }
        self.before_execute(ExecutedStatement::Prepared(prepared.sql()), &[])?;
        let values = Parameters::One(prepared.bind(values)?);
        self.run(prepared.statement(), Preparation::Handle(prepared.number()), values, rows)
    }

    /// Runs text as the driver understands it, placeholders and all.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn exec_driver_sql(
        &mut self,
        sql: impl IntoSql,
        values: impl IntoValues,
    ) -> Result<CursorResult<Row>> {
        let statement = Statement::new(sql.into_sql().into_text(), StatementKind::Text)?;
        let mut rows = Collect::default();
        let done = self.run(
            &statement,
            Preparation::Cached,
            Parameters::One(values.into_values()),
            &mut rows,
        )?;
        Ok(rows.into_result(done.into()))
    }

    /// Runs a statement and returns the first column of its first row: `None` if it has no row, and
    /// if the column is NULL there.
    ///
    /// ```
    /// use aludel::{create_engine, func, literal, select, text};
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// assert_eq!(conn.scalar(select(literal(5_i64)))?, Some(5));
    /// assert_eq!(conn.scalar(select(func::max(literal(5_i64))))?, Some(5));
    /// // Text says nothing of types, so the program does.
    /// let largest: Option<i64> = conn.scalar(text("select max(x) from (select 1 as x) where 0"))?;
    /// assert_eq!(largest, None);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn scalar<E: Executable, V>(&mut self, statement: E) -> Result<Option<V>>
    where
        E::Row: Scalar<V>,
    {
        self.execute(statement)?.scalar()
    }

    /// Runs a statement and returns the first column of every row.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn scalars<E: Executable, V>(&mut self, statement: E) -> Result<Vec<V>>
    where
        E::Row: FirstColumn<V>,
    {
        self.execute(statement)?.scalars()
    }
}
