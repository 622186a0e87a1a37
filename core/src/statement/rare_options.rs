//! The execution options that few statements set.

use std::any::Any;
use std::borrow::Cow;
use std::sync::Arc;

use super::more_options::{CompiledIn, Custom, MoreOptions};
use super::{ExecutionOptions, SchemaTranslateMap};

impl ExecutionOptions {
    fn with_more(mut self, set: impl FnOnce(&mut MoreOptions)) -> Self {
        set(Arc::make_mut(self.more.get_or_insert_default()));
        self
    }

    /// Sets what the echo, the span and the warning of a slow statement show beside it, such as the number
    /// of a request.
    pub fn logging_token(self, token: impl Into<Arc<str>>) -> Self {
        let token = token.into();
        self.with_more(|more| more.logging_token = Some(token))
    }

    /// What the log shows beside the statement.
    #[must_use]
    pub fn get_logging_token(&self) -> Option<&str> {
        self.more.as_ref()?.logging_token.as_deref()
    }

    /// Whether a SELECT that is executed reads its rows in portions from a cursor on the server, so that
    /// the server and the driver never have all of them at once. The result has them all the same:
    /// [`Connection::stream`](crate::Connection::stream) gives them one after the other.
    pub fn stream_results(self, stream: bool) -> Self {
        self.with_more(|more| more.stream_results = Some(stream))
    }

    /// Whether a SELECT reads its rows from a cursor.
    #[must_use]
    pub fn streams_results(&self) -> bool {
        self.more.as_ref().and_then(|more| more.stream_results).unwrap_or(false)
    }

    /// Sets up to how many rows a stream fetches at a time: it begins with few and takes more with each
    /// portion. Where [`portion`](Self::portion) is set, each portion has that size. 0 counts as 1.
    pub fn max_row_buffer(self, rows: usize) -> Self {
        self.with_more(|more| more.max_row_buffer = Some(rows.max(1)))
    }

    /// Up to how many rows a stream fetches at a time, where the portions grow.
    #[must_use]
    pub fn growing_portions(&self) -> Option<usize> {
        let most = self.more.as_ref()?.max_row_buffer?;
        (!self.is_portion_set()).then_some(most)
    }

    /// Sets where what is compiled of the statement is remembered.
    pub(crate) fn compiled_in(self, cache: CompiledIn) -> Self {
        self.with_more(|more| more.compiled_cache = Some(cache))
    }

    /// Where that is, if not with the engine.
    #[inline]
    pub(crate) fn get_compiled_in(&self) -> Option<&CompiledIn> {
        self.more.as_ref()?.compiled_cache.as_ref()
    }

    /// Sets which schemas stand in the place of those that tables, sequences, views and native enums have:
    /// in queries, in changes, in definitions, in [`has_table`](crate::Connection::has_table) and in
    /// `create_all`. So one description of tables serves a database with a schema for each tenant. On
    /// MySQL and MariaDB schemas are databases, on SQLite attached ones. An empty map lifts that of
    /// the connection or of the engine.
    ///
    /// What the program writes as text stays as it is: [`text`](crate::sql::text()), conditions of CHECK,
    /// the select of a view.
    ///
    /// ```
    /// use aludel::{Column, ExecutionOptions, MetaData, Table, create_engine, text, types};
    ///
    /// let things = Table::new("things", &MetaData::new(), [Column::new("n", types::Integer)])?;
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// conn.execute(text("attach ':memory:' as tenant"))?;
    /// conn.commit()?;
    /// conn.set_execution_options(
    ///     ExecutionOptions::new().schema_translate_map([(None, Some("tenant"))]),
    /// );
    /// things.create(&mut conn)?;
    /// conn.execute(things.insert().values(things.c("n")?.set(7)))?;
    /// let n: i32 = conn.execute(text("select n from tenant.things"))?.one()?.get(0)?;
    /// assert_eq!(n, 7);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn schema_translate_map(self, map: impl Into<SchemaTranslateMap>) -> Self {
        let map = map.into();
        self.with_more(|more| more.schema_translate_map = Some(map))
    }

    /// Which schemas stand in the place of others.
    #[inline]
    #[must_use]
    pub fn get_schema_translate_map(&self) -> Option<&SchemaTranslateMap> {
        self.more.as_ref()?.schema_translate_map.as_ref().filter(|map| !map.is_empty())
    }

    /// Sets an option of the program's own, for listeners to [`get`](Self::get).
    ///
    /// ```
    /// use aludel::ExecutionOptions;
    ///
    /// let options = ExecutionOptions::new().with("tenant", 7_u32);
    /// assert_eq!(options.get::<u32>("tenant"), Some(&7));
    /// let other = ExecutionOptions::new().with("page", "first").over(&options);
    /// assert_eq!((other.get("tenant"), other.get("page")), (Some(&7_u32), Some(&"first")));
    /// ```
    pub fn with<T: Any + Send + Sync>(self, name: impl Into<Cow<'static, str>>, value: T) -> Self {
        let (name, value) = (name.into(), Arc::new(value));
        self.with_more(|more| {
            more.custom.retain(|known| known.name != name);
            more.custom.push(Custom { name, value });
        })
    }

    /// The option of the program's own of this name, if it is set and of this type.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self, name: &str) -> Option<&T> {
        let custom = &self.more.as_ref()?.custom;
        custom.iter().find(|option| option.name == name)?.value.downcast_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_option_counts() {
        let far = ExecutionOptions::new().logging_token("far").stream_results(true).with("a", 1);
        let near = ExecutionOptions::new()
            .logging_token("near")
            .compiled_in(CompiledIn::Nothing)
            .with("a", 2);
        let both = near.clone().over(&far);
        assert_eq!(both.get_logging_token(), Some("near"));
        assert!(both.streams_results() && both.get_compiled_in() == Some(&CompiledIn::Nothing));
        assert_eq!(
            (both.get("a"), both.get::<i64>("a"), both.get::<i32>("b")),
            (Some(&2), None, None)
        );
        assert_eq!(near.clone().over(&ExecutionOptions::DEFAULT), near);
        assert_eq!(ExecutionOptions::DEFAULT.over(&near), near);
        let off = ExecutionOptions::new().stream_results(false).over(&both);
        assert!(!off.streams_results());
        let shown = format!("{:?}", both.with("b", "canary"));
        assert!(shown.contains('b') && !shown.contains("canary"), "values are not shown: {shown}");
    }

    #[test]
    fn portions_grow_where_none_is_set() {
        let growing = ExecutionOptions::new().max_row_buffer(100);
        assert_eq!(growing.growing_portions(), Some(100));
        assert_eq!(growing.clone().portion(5).growing_portions(), None);
        assert_eq!(growing.max_row_buffer(0).growing_portions(), Some(1));
        assert_eq!(ExecutionOptions::DEFAULT.growing_portions(), None);
    }
}
