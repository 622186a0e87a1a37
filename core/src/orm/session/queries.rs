//! Statements of a session.

use super::{Inner, Session};
use crate::error::Result;
use crate::orm::loading::{self, Loading, OrmResult, RowsOf, ScalarRow, SessionFetch};
use crate::orm::unit_of_work;
use crate::sql::schema::Table;
use crate::sql::{Executable, Params};

impl Session {
    /// Runs a statement and reads all its rows. A mapped struct in a row is an object of the session: the one that
    /// it has already, as it is in memory, or one that is loaded. Changes are flushed first.
    ///
    /// After an UPDATE the objects of its table are loaded anew when they are read, and so they are after an INSERT that
    /// may update; changes that were not flushed stay. After a DELETE those that the session has of its table are asked
    /// for, by one statement for 500 of them: those that are gone are [`Deleted`](crate::orm::State::Deleted).
    ///
    /// ```
    /// use aludel::orm::Session;
    /// use aludel::{Auto, Mapped, MetaData, create_engine, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "users")]
    /// struct User {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     name: String,
    /// }
    ///
    /// let engine = create_engine("sqlite://")?;
    /// engine.begin(|conn| MetaData::new().with::<User>().create_all(conn))?;
    /// let mut session = Session::new(&engine);
    /// let sandy = session.add(User { id: Auto::unset(), name: "sandy".into() })?;
    /// let pairs = session.execute(select((User::c.name, User::entity())))?.all();
    /// assert_eq!(pairs, [("sandy".to_owned(), sandy)]);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`flush`](Self::flush) and [`Connection::execute`](crate::Connection::execute).
    pub fn execute<E: Executable>(
        &mut self,
        statement: E,
    ) -> Result<OrmResult<<E::Row as SessionFetch>::Loaded>>
    where
        E::Row: SessionFetch,
    {
        self.0.check()?;
        let mut entities = Vec::new();
        E::Row::entities(&mut entities);
        let mut prepared = loading::prepare(&statement, &entities)?;
        self.0.flush_before(prepared.autoflush)?;
        let Inner { store, connections, .. } = &mut *self.0;
        let changed = statement.changed();
        if let Some((table, _)) = changed {
            store.expire_of_table(table);
        }
        let (to_send, to) = prepared.parts(store);
        let writes = connections.may_write(to_send);
        let mut rows = RowsOf::<E::Row>::new(to);
        let rowcount = connections.connection_for(None, writes)?.execute_to(to_send, &mut rows)?;
        let ((rows, columns), plan) = rows.into_rows();
        loading::finish(&mut self.0, plan, &[])?;
        if let Some((table, true)) = changed {
            self.0.find_deleted(table)?;
        }
        Ok(OrmResult::new(rows, columns, rowcount))
    }

    /// Runs a statement for many sets of values, as
    /// [`Connection::execute_many`](crate::Connection::execute_many), after a flush. What it returns may be objects.
    ///
    /// ```
    /// use aludel::{insert, params};
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let names = ["gary", "pearl"].map(|name| params! { name: name });
    /// let users = session.execute_many(insert::<User>().returning(User::entity()), names)?.all();
    /// assert_eq!(session[&users[1]].name, "pearl");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn execute_many<E: Executable>(
        &mut self,
        statement: E,
        sets: impl IntoIterator<Item = Params>,
    ) -> Result<OrmResult<<E::Row as SessionFetch>::Loaded>>
    where
        E::Row: SessionFetch,
    {
        self.0.check()?;
        self.0.flush_first()?;
        let changed = statement.changed();
        let Inner { store, connections, .. } = &mut *self.0;
        if let Some((table, _)) = changed {
            store.expire_of_table(table);
        }
        let mut rows = RowsOf::<E::Row>::new(Loading::new(store));
        let connection = connections.connection_for(None, true)?;
        let rowcount =
            connection.execute_many_to(&statement, sets.into_iter().collect(), &mut rows)?;
        let ((rows, columns), _) = rows.into_rows();
        if let Some((table, true)) = changed {
            self.0.find_deleted(table)?;
        }
        Ok(OrmResult::new(rows, columns, rowcount))
    }

    /// Runs a statement and gives the first column of each row: the keys of objects for `select(User::entity())`.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn scalars<E: Executable>(
        &mut self,
        statement: E,
    ) -> Result<OrmResult<<<E::Row as SessionFetch>::Loaded as ScalarRow>::Scalar>>
    where
        E::Row: SessionFetch,
        <E::Row as SessionFetch>::Loaded: ScalarRow,
    {
        Ok(self.execute(statement)?.scalars())
    }

    /// Runs a statement and gives the first column of its first row; `None` if it has no row.
    ///
    /// # Errors
    ///
    /// As [`execute`](Self::execute).
    pub fn scalar<E: Executable>(
        &mut self,
        statement: E,
    ) -> Result<Option<<<E::Row as SessionFetch>::Loaded as ScalarRow>::Scalar>>
    where
        E::Row: SessionFetch,
        <E::Row as SessionFetch>::Loaded: ScalarRow,
    {
        Ok(self.scalars(statement)?.first())
    }

    /// Writes all changes: inserts what was added, updates what was changed, deletes what is to be deleted, in an
    /// order in which the database takes them. It is called before each query and each commit.
    ///
    /// # Errors
    ///
    /// What the statements may answer; [`StaleData`](crate::ErrorKind::StaleData) if a row is gone that was to be
    /// changed; [`CircularDependency`](crate::ErrorKind::CircularDependency), before anything is sent. The transaction
    /// is rolled back then, objects are as they were before the flush, and everything answers
    /// [`PendingRollback`](crate::ErrorKind::PendingRollback) until [`rollback`](Self::rollback).
    pub fn flush(&mut self) -> Result<()> {
        unit_of_work::flush(&mut self.0)
    }

    /// Runs code whose queries do not flush.
    pub fn no_autoflush<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        struct Restore<'s>(&'s mut Session, bool);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.0.autoflush = self.1;
            }
        }
        let before = std::mem::replace(&mut self.0.autoflush, false);
        f(Restore(self, before).0)
    }
}

impl Inner {
    /// Finds out which objects of a table were deleted by a statement.
    fn find_deleted(&mut self, table: &Table) -> Result<()> {
        let keys = self.store.expire_of_table(table);
        for gone in loading::load_expired_of(self, &keys)? {
            self.store.was_deleted(&gone)?;
        }
        Ok(())
    }
}
