//! SQL that the program writes itself, with named binds.

use std::fmt;

use super::compile::ListForm;
use super::tree::{Fragment, List, ListOf, ValueType};
use super::types::Type;
use super::{
    CacheKey, ClauseElement, ColumnType, Executable, Expression, IntoSql, Literals, Name, Params,
    RawSql, SqlDialect, SqlWriter, Template,
};
use crate::error::Result;
use crate::lex::{LexicalRules, Token, Tokens, tokens};
use crate::row::Row;
use crate::statement::StatementKind;
use crate::value::Value;

/// SQL as text, with binds written `:name`. See [`text`].
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a statement does nothing until a connection executes it"]
pub struct Text {
    sql: RawSql,
    params: Params,
    /// The binds that stand for lists, and the types of their values.
    lists: Vec<(Name, &'static Type)>,
}

/// The text as the program has it.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sql.as_str())
    }
}

/// A statement from text that stands in the program.
///
/// `:name` is a bind, except in quotes, in comments and in `::` casts; `\:` is a colon. Quotes and
/// comments are read as the database reads them. Text made at run time must be wrapped into
/// [`RawSql`].
///
/// ```
/// use aludel::{create_engine, params, text};
///
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// let sum: Option<i64> =
///     conn.scalar(text("select :a + :b").params(params! { a: 2, b: 40 }))?;
/// assert_eq!(sum, Some(42));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn text(sql: impl IntoSql) -> Text {
    Text { sql: sql.into_sql(), params: Params::new(), lists: Vec::new() }
}

impl Text {
    /// Gives one bind its value.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::text;
    /// let statement = text("SELECT a FROM t WHERE a > :least").bind("least", 5);
    /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT a FROM t WHERE a > $1");
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT a FROM t WHERE a > ?");
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT a FROM t WHERE a > ?1");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn bind(mut self, name: impl Into<Name>, value: impl Into<Value>) -> Self {
        self.params.set(name.into(), value.into());
        self
    }

    /// Gives several binds their values.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::{params, text};
    /// let statement =
    ///     text("SELECT a FROM t WHERE a > :a AND b < :b").params(params! { a: 5, b: 6 });
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT a FROM t WHERE a > $1 AND b < $2"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT a FROM t WHERE a > ? AND b < ?"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT a FROM t WHERE a > ?1 AND b < ?2"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn params(mut self, params: Params) -> Self {
        self.params.extend(params.into_pairs());
        self
    }

    /// Says that a bind stands for a list of values of this type, which is written in parentheses and
    /// given as a `Vec`: `IN :ids`.
    ///
    /// ```
    /// use aludel::{create_engine, text};
    ///
    /// let mut conn = create_engine("sqlite://")?.connect()?;
    /// let is_one = text("select 3 in :wanted").expanding::<i64>("wanted");
    /// let found: Option<bool> = conn.scalar(is_one.clone().bind("wanted", vec![1, 3]))?;
    /// assert_eq!(found, Some(true));
    /// let found: Option<bool> = conn.scalar(is_one.bind("wanted", Vec::<i64>::new()))?;
    /// assert_eq!(found, Some(false));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// ```
    /// use aludel::dialect::mysql::MySql;
    /// use aludel::dialect::postgresql::PostgreSql;
    /// use aludel::dialect::sqlite::Sqlite;
    /// use aludel::sql::ClauseElement;
    /// use aludel::text;
    ///
    /// let some = text("select 3 in :n").expanding::<i64>("n").bind("n", vec![1, 3]);
    /// assert_eq!(some.compile(&PostgreSql::new())?.sql(), "select 3 in ($1, $2)");
    /// let none = text("select 3 in :n").expanding::<i64>("n").bind("n", Vec::<i64>::new());
    /// assert_eq!(
    ///     none.compile(&PostgreSql::new())?.sql(),
    ///     "select 3 in (SELECT CAST(NULL AS BIGINT) WHERE 1 != 1)"
    /// );
    /// assert_eq!(
    ///     none.compile(&MySql::new())?.sql(),
    ///     "select 3 in (SELECT NULL FROM DUAL WHERE 1 != 1)"
    /// );
    /// assert_eq!(none.compile(&Sqlite::new())?.sql(), "select 3 in (SELECT NULL WHERE 1 != 1)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn expanding<V: ColumnType>(mut self, name: impl Into<Name>) -> Self {
        self.lists.push((name.into(), V::TYPE));
        self
    }

    /// As a part of an expression.
    pub(super) fn into_expression(self) -> Expression {
        match Fragment::new(self.sql.0, &self.params).with_lists(&self.lists) {
            Ok(fragment) => Expression::fragment(fragment),
            Err(message) => Expression::refused(message),
        }
    }

    fn write_bind(&self, name: &str, to: &mut SqlWriter<'_>) {
        match self.lists.iter().find(|(known, _)| &**known == name) {
            Some((name, ty)) => {
                let of = ListOf::Bind { name: name.clone(), default: None };
                to.list(&List::new(of, ValueType::Static(ty)), ListForm::Bare);
            }
            None => to.bind_in_text(name.to_owned().into()),
        }
    }
}

impl ClauseElement for Text {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, _: &mut Literals, _: &Params) {
        key.mark(b'T');
        key.name(&self.sql.0);
        key.number(self.lists.len());
        for (name, ty) in &self.lists {
            key.name(name);
            key.full_type(ty);
        }
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        let mut writer = SqlWriter::new(dialect).given(names);
        for piece in Pieces::new(self.sql.as_str(), dialect.lexical_rules()) {
            match piece {
                Piece::Sql(sql) => writer.sql(sql),
                Piece::Bind(name) => self.write_bind(name, &mut writer),
            }
        }
        writer.finish(StatementKind::Text)
    }

    fn params(&self) -> &Params {
        &self.params
    }
}

impl Executable for Text {
    type Row = Row;
}

#[derive(Debug, PartialEq)]
pub(super) enum Piece<'a> {
    Sql(&'a str),
    Bind(&'a str),
}

/// Finds the binds: all else is SQL.
pub(super) struct Pieces<'a> {
    tokens: Tokens<'a>,
    /// Whether a word ends right here: a colon behind it is a slice or a time.
    behind_word: bool,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(sql: &'a str, rules: LexicalRules) -> Self {
        Self { tokens: tokens(sql, rules), behind_word: false }
    }

    /// The name behind a colon, if what follows can be one.
    fn name(&self) -> Option<&'a str> {
        match self.tokens.clone().next()? {
            Token::Word(name) if !name.starts_with(char::is_numeric) => Some(name),
            _ => None,
        }
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let token = self.tokens.next()?;
        let behind_word = std::mem::replace(&mut self.behind_word, false);
        match token {
            Token::Symbol(":") if self.tokens.rest().starts_with(':') => {
                // A second colon is a cast.
                self.tokens.next();
                return Some(Piece::Sql("::"));
            }
            Token::Symbol(":") if !behind_word => {
                if let Some(name) = self.name() {
                    self.tokens.next();
                    return Some(Piece::Bind(name));
                }
            }
            Token::Symbol("\\") if self.tokens.rest().starts_with(':') => {
                self.tokens.next();
                return Some(Piece::Sql(":"));
            }
            Token::Word(_) => self.behind_word = true,
            _ => {}
        }
        Some(Piece::Sql(token.text()))
    }
}

#[cfg(test)]
mod tests {
    use super::{LexicalRules, Piece, Pieces, text};

    fn nested() -> LexicalRules {
        LexicalRules::default().with_nested_comments()
    }

    fn backslashes() -> LexicalRules {
        LexicalRules::default().with_backslashes()
    }

    fn binds_of(sql: &str, rules: LexicalRules) -> Vec<&str> {
        Pieces::new(sql, rules)
            .filter_map(|piece| if let Piece::Bind(name) = piece { Some(name) } else { None })
            .collect()
    }

    fn binds(sql: &str) -> Vec<&str> {
        binds_of(sql, nested())
    }

    fn without_binds(sql: &str) -> String {
        Pieces::new(sql, nested())
            .map(|piece| match piece {
                Piece::Sql(sql) => sql,
                Piece::Bind(_) => "?",
            })
            .collect()
    }

    // conforms: D10.16
    #[test]
    fn finds_binds() {
        assert_eq!(binds(":a + :b_2, (:ü)"), ["a", "b_2", "ü"]);
        assert_eq!(without_binds("x=:a and y=:b"), "x=? and y=?");
        assert_eq!(without_binds("a\\:b"), "a:b");
        assert_eq!(without_binds("\\:a :a"), ":a ?");
    }

    #[test]
    fn finds_no_others() {
        for sql in [
            "':a' \":b\" `:c`",
            "'it''s :a' ''':b'",
            "E'\\':a' e'\\\\' || 'x'",
            "-- :a\nselect 1 /* :b /* :c */ :d */",
            "x::int, '1'::text, array[1:2], t[a:b], 12:30:00, a:b",
            "$$ :a $$ $tag$ :b $$ :c $tag$",
            ": 5 :1 :",
            "':open",
            "/* :open",
        ] {
            assert_eq!(binds(sql), Vec::<&str>::new(), "{sql}");
            assert_eq!(without_binds(sql), sql);
        }
        assert_eq!(binds("like'\\' and x = :a and 'b'"), ["a"]);
        assert_eq!(binds("$1 :a"), ["a"]);
        assert_eq!(binds("'a':b ':c' :d"), ["b", "d"]);
    }

    #[test]
    fn comments_nest_where_they_do() {
        let sql = "/* a /* b */ :x";
        assert_eq!(binds(sql), Vec::<&str>::new());
        assert_eq!(binds_of(sql, LexicalRules::default()), ["x"]);
    }

    #[test]
    fn backslashes_escape_where_they_do() {
        for sql in ["'it\\' :a'", "\"\\\" :a\"", "# :a", "-- :a", "--\t:a"] {
            assert_eq!(binds_of(sql, backslashes()), Vec::<&str>::new(), "{sql}");
        }
        for sql in ["'\\\\' :a", "5--:a", "`\\` :a", "$$ :a $$", "'x''\\' :b' + :a"] {
            assert_eq!(binds_of(sql, backslashes()), ["a"], "{sql}");
        }
    }

    #[test]
    fn equal_texts_are_equal() {
        assert_eq!(text("select :a").bind("a", 1), text("select :a").bind("a", 1));
    }
}
