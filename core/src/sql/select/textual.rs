//! Text whose columns are known.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::query::{Query, QueryParts, TextParts};
use crate::error::Result;
use crate::sql::compile::compile_query;
use crate::sql::from::ResultColumns;
use crate::sql::tree::KeyWalk;
use crate::sql::{
    CacheKey, ClauseElement, Executable, Expression, Literals, Name, Params, SqlDialect, SqlWriter,
    Template, Text,
};

/// A SELECT as text whose columns are known: [`Text::columns`]. Cheap to clone.
#[must_use = "a statement does nothing until a connection executes it"]
pub struct TextualSelect<I> {
    parts: Arc<TextParts>,
    item: PhantomData<fn() -> I>,
}

impl Text {
    /// The types of the columns that it selects: what a row becomes.
    ///
    /// ```
    /// use aludel::{create_engine, text};
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// let row = conn.execute(text("select 7, 'sandy'").columns::<(i64, String)>())?.one()?;
    /// assert_eq!(row, (7, "sandy".to_owned()));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// To select from it, name the columns too: [`columns_named`](Self::columns_named).
    pub fn columns<I: ResultColumns>(self) -> TextualSelect<I> {
        self.columns_named([""; 0])
    }

    /// The names and the types of the columns that it selects, so that it can be a subquery or a common
    /// table expression. The names are those that the database gives them.
    ///
    /// ```
    /// use aludel::{select, text};
    ///
    /// let old = text("SELECT id, name FROM users WHERE age > :age").bind("age", 70);
    /// let old = old.columns_named::<(i64, String), _>(["id", "name"]).cte("old");
    /// let (id, name) = old.columns();
    /// assert_eq!(
    ///     select(name).where_(id.gt(5)).to_string(),
    ///     "WITH old AS (SELECT id, name FROM users WHERE age > :1) \
    ///      SELECT old.name FROM old WHERE old.id > :2"
    /// );
    /// ```
    pub fn columns_named<I: ResultColumns, N: Into<Name>>(
        self,
        names: impl IntoIterator<Item = N>,
    ) -> TextualSelect<I> {
        let names = names.into_iter().map(Into::into).collect();
        let parts = TextParts { sql: self.into_expression(), names };
        TextualSelect { parts: Arc::new(parts), item: PhantomData }
    }
}

impl<I> TextualSelect<I> {
    pub(super) fn query(self) -> QueryParts {
        QueryParts::Text(self.parts)
    }
}

impl<I: ResultColumns> ClauseElement for TextualSelect<I> {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, _: &Params) {
        QueryParts::Text(Arc::clone(&self.parts)).describe(&mut KeyWalk::new(key, literals));
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        compile_query(&QueryParts::Text(Arc::clone(&self.parts)), |_| {}, dialect, names)
    }
}

impl<I: ResultColumns> Executable for TextualSelect<I> {
    type Row = I::Row;
}

impl<I: ResultColumns> Query for TextualSelect<I> {
    type Item = I;

    fn into_query(self) -> Expression {
        Expression::query(self.query())
    }
}

impl<I> Clone for TextualSelect<I> {
    fn clone(&self) -> Self {
        Self { parts: Arc::clone(&self.parts), item: PhantomData }
    }
}

/// Prints as SQL, with names or numbers in the place of values.
impl<I> fmt::Display for TextualSelect<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&SqlWriter::display_query(&QueryParts::Text(Arc::clone(&self.parts))))
    }
}

impl<I> fmt::Debug for TextualSelect<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
