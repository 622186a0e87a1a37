//! Operators of text.
//!
//! LIKE follows each database: PostgreSQL distinguishes upper from lower case, SQLite does not for ASCII, MySQL
//! goes by the collation. The others are alike everywhere:
//!
//! | method | case | written in PostgreSQL | in MySQL | in SQLite |
//! | --- | --- | --- | --- | --- |
//! | `like`, `not_like` | the database's | `LIKE` | `LIKE` | `LIKE` |
//! | `ilike`, `not_ilike` | no matter | `ILIKE` | `lower(…) LIKE lower(…)` | `lower(…) LIKE lower(…)` |
//! | `startswith`, `endswith`, `contains` | matters | `LIKE` | `LIKE … COLLATE utf8mb4_bin` | `GLOB`; `substr`, `instr` with `autoescape` |
//! | `istartswith`, `iendswith`, `icontains` | no matter | `ILIKE` | `lower(…) LIKE lower(…)` | `lower(…) LIKE lower(…)` |
//!
//! Where case is of no matter, that holds for ASCII everywhere, and for other letters as the database
//! has it.

use super::tree::{Kind, Like, Op, Regexp, TextMatch, ValueType, Wildcards};
use super::{
    AnyColumn, Col, ColumnType, Combined, Dynamic, Expr, Expression, Mapped, Name, Nullable,
    Operand, TextPlace,
};

const FLAGS: &str =
    "flags of a regular expression are ASCII letters; write all else into the pattern";

/// A comparison with a pattern, before its node.
#[derive(Clone, Copy)]
enum Search {
    Pattern { insensitive: bool },
    Part { place: TextPlace, insensitive: bool },
}

impl Search {
    fn of(self, text: Expression, ty: ValueType, other: Expression, negated: bool) -> Expression {
        let kind = match self {
            Self::Pattern { insensitive } => {
                Kind::Like(Like { insensitive, negated, escape: None })
            }
            Self::Part { place, insensitive } => Kind::TextMatch(TextMatch {
                place,
                insensitive,
                negated,
                wildcards: Wildcards::All,
            }),
        };
        text.beside(kind, other.with_type(ty))
    }
}

macro_rules! searches {
    ($([$bare:ty, $null:ty] $(#[$doc:meta])* $method:ident, $search:expr, $negated:literal;)*) => {$(
        $(#[$doc])*
        pub fn $method<O: Operand<$bare>>(self, other: O) -> Expr<Combined<$null, O::Null, bool>> {
            let ty = self.text_type();
            Expr::new($search.of(self.expression(), ty, other.operand(), $negated))
        }
    )*};
}

macro_rules! text_operators {
    ([$($generics:tt)*] $of:ty, $bare:ty, $null:ty, $concat:ty, $own:ty, $ty:expr) => {
        impl<$($generics)*> $of {
            searches! {
                [$bare, $null]
                /// `self LIKE pattern`: `%` stands for any text, `_` for any character. Whether case
                /// matters depends on the database. A character that takes their meaning from them
                /// is given by `escape`; without it, a backslash does so in PostgreSQL and MySQL.
                ///
                /// ```
                /// use aludel::dialect::postgresql::PostgreSql;
                /// use aludel::sql::ClauseElement;
                /// use aludel::{literal, select};
                ///
                /// let statement = select(literal("50% off").like("50/%%").escape('/'));
                /// assert_eq!(
                ///     statement.compile(&PostgreSql::new())?.sql(),
                ///     "SELECT $1 LIKE $2 ESCAPE '/'"
                /// );
                /// # Ok::<(), aludel::Error>(())
                /// ```
                like, Search::Pattern { insensitive: false }, false;

                [$bare, $null]
                /// `self NOT LIKE pattern`.
                ///
                /// ```
                /// # use aludel::sql::tables_of_examples;
                /// # use aludel::select;
                /// # let (t, u) = tables_of_examples()?;
                /// let statement = select(t.c("a")?).where_(t.c("s")?.not_like("a%"));
                /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.s NOT LIKE :1");
                /// # Ok::<(), aludel::Error>(())
                /// ```
                not_like, Search::Pattern { insensitive: false }, true;

                [$bare, $null]
                /// As [`like`](Self::like), without regard to case.
                ///
                /// ```
                /// use aludel::dialect::postgresql::PostgreSql;
                /// use aludel::dialect::sqlite::Sqlite;
                /// use aludel::sql::ClauseElement;
                /// use aludel::{literal, select};
                ///
                /// let statement = select(literal("Hello").ilike("HE%"));
                /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT $1 ILIKE $2");
                /// assert_eq!(
                ///     statement.compile(&Sqlite::new())?.sql(),
                ///     "SELECT lower(?1) LIKE lower(?2)"
                /// );
                /// # Ok::<(), aludel::Error>(())
                /// ```
                ilike, Search::Pattern { insensitive: true }, false;

                [$bare, $null]
                /// The opposite of [`ilike`](Self::ilike).
                ///
                /// ```
                /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
                /// # use aludel::sql::{ClauseElement, tables_of_examples};
                /// # use aludel::select;
                /// # let (t, u) = tables_of_examples()?;
                /// let statement = select(t.c("a")?).where_(t.c("s")?.not_ilike("a%"));
                /// assert_eq!(
                ///     statement.compile(&PostgreSql::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE t.s NOT ILIKE $1"
                /// );
                /// assert_eq!(
                ///     statement.compile(&MySql::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE lower(t.s) NOT LIKE lower(?)"
                /// );
                /// assert_eq!(
                ///     statement.compile(&Sqlite::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE lower(t.s) NOT LIKE lower(?1)"
                /// );
                /// # Ok::<(), aludel::Error>(())
                /// ```
                not_ilike, Search::Pattern { insensitive: true }, true;

                [$bare, $null]
                /// Whether it begins with this; case matters, on every database. `%` and `_` in it
                /// are wildcards, unless `autoescape` says otherwise.
                ///
                /// ```
                /// use aludel::dialect::mysql::MySql;
                /// use aludel::dialect::postgresql::PostgreSql;
                /// use aludel::dialect::sqlite::Sqlite;
                /// use aludel::sql::ClauseElement;
                /// use aludel::{Column, MetaData, Table, types};
                ///
                /// let t = Table::new("t", &MetaData::new(), [Column::new("a", types::Text)])?;
                /// let statement = t.select().where_(t.c("a")?.startswith("50%").autoescape());
                /// let compiled = statement.compile(&PostgreSql::new())?;
                /// assert!(compiled.sql().ends_with(
                ///     "t.a LIKE replace(replace(replace($1, '/', '//'), '%', '/%'), '_', '/_') \
                ///      || '%' ESCAPE '/'"
                /// ));
                /// let compiled = statement.compile(&Sqlite::new())?;
                /// assert!(compiled.sql().ends_with("substr(t.a, 1, length(?1)) COLLATE BINARY = ?1"));
                /// # Ok::<(), aludel::Error>(())
                /// ```
                startswith, Search::Part { place: TextPlace::Start, insensitive: false }, false;

                [$bare, $null]
                /// Whether it ends with this, as [`startswith`](Self::startswith).
                ///
                /// ```
                /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
                /// # use aludel::sql::{ClauseElement, tables_of_examples};
                /// # use aludel::select;
                /// # let (t, u) = tables_of_examples()?;
                /// let statement = select(t.c("a")?).where_(t.c("s")?.endswith("a").autoescape());
                /// assert_eq!(
                ///     statement.compile(&PostgreSql::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE t.s LIKE '%' || replace(replace(replace($1, \
                ///      '/', '//'), '%', '/%'), '_', '/_') ESCAPE '/'"
                /// );
                /// assert_eq!(
                ///     statement.compile(&MySql::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE t.s LIKE CONVERT(concat('%', \
                ///      replace(replace(replace(?, '/', '//'), '%', '/%'), '_', '/_')) USING \
                ///      utf8mb4) COLLATE utf8mb4_bin ESCAPE '/'"
                /// );
                /// assert_eq!(
                ///     statement.compile(&Sqlite::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE substr(t.s, length(t.s) - length(?1) + 1) \
                ///      COLLATE BINARY = ?1"
                /// );
                /// # Ok::<(), aludel::Error>(())
                /// ```
                endswith, Search::Part { place: TextPlace::End, insensitive: false }, false;

                [$bare, $null]
                /// Whether this is somewhere in it, as [`startswith`](Self::startswith).
                ///
                /// ```
                /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
                /// # use aludel::sql::{ClauseElement, tables_of_examples};
                /// # use aludel::select;
                /// # let (t, u) = tables_of_examples()?;
                /// let statement = select(t.c("a")?).where_(t.c("s")?.contains("a").autoescape());
                /// assert_eq!(
                ///     statement.compile(&PostgreSql::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE t.s LIKE '%' || replace(replace(replace($1, \
                ///      '/', '//'), '%', '/%'), '_', '/_') || '%' ESCAPE '/'"
                /// );
                /// assert_eq!(
                ///     statement.compile(&MySql::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE t.s LIKE CONVERT(concat('%', \
                ///      replace(replace(replace(?, '/', '//'), '%', '/%'), '_', '/_'), '%') \
                ///      USING utf8mb4) COLLATE utf8mb4_bin ESCAPE '/'"
                /// );
                /// assert_eq!(
                ///     statement.compile(&Sqlite::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE instr(t.s, ?1) > 0"
                /// );
                /// # Ok::<(), aludel::Error>(())
                /// ```
                contains, Search::Part { place: TextPlace::Inside, insensitive: false }, false;

                [$bare, $null]
                /// As [`startswith`](Self::startswith), without regard to case.
                ///
                /// ```
                /// # use aludel::dialect::{postgresql::PostgreSql, sqlite::Sqlite};
                /// # use aludel::sql::{ClauseElement, tables_of_examples};
                /// # use aludel::select;
                /// # let (t, u) = tables_of_examples()?;
                /// let statement = select(t.c("s")?.istartswith("a"));
                /// assert_eq!(
                ///     statement.compile(&PostgreSql::new())?.sql(),
                ///     "SELECT t.s ILIKE $1 || '%' FROM t"
                /// );
                /// assert_eq!(
                ///     statement.compile(&Sqlite::new())?.sql(),
                ///     "SELECT lower(t.s) LIKE lower(?1 || '%') FROM t"
                /// );
                /// # Ok::<(), aludel::Error>(())
                /// ```
                istartswith, Search::Part { place: TextPlace::Start, insensitive: true }, false;

                [$bare, $null]
                /// As [`endswith`](Self::endswith), without regard to case.
                ///
                /// ```
                /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
                /// # use aludel::sql::{ClauseElement, tables_of_examples};
                /// # use aludel::select;
                /// # let (t, u) = tables_of_examples()?;
                /// let statement = select(t.c("a")?).where_(t.c("s")?.iendswith("a").autoescape());
                /// assert_eq!(
                ///     statement.compile(&PostgreSql::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE t.s ILIKE '%' || replace(replace(replace($1, \
                ///      '/', '//'), '%', '/%'), '_', '/_') ESCAPE '/'"
                /// );
                /// assert_eq!(
                ///     statement.compile(&MySql::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE lower(t.s) LIKE lower(concat('%', \
                ///      replace(replace(replace(?, '/', '//'), '%', '/%'), '_', '/_'))) ESCAPE \
                ///      '/'"
                /// );
                /// assert_eq!(
                ///     statement.compile(&Sqlite::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE lower(t.s) LIKE lower('%' || \
                ///      replace(replace(replace(?1, '/', '//'), '%', '/%'), '_', '/_')) ESCAPE \
                ///      '/'"
                /// );
                /// # Ok::<(), aludel::Error>(())
                /// ```
                iendswith, Search::Part { place: TextPlace::End, insensitive: true }, false;

                [$bare, $null]
                /// As [`contains`](Self::contains), without regard to case.
                ///
                /// ```
                /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
                /// # use aludel::sql::{ClauseElement, tables_of_examples};
                /// # use aludel::select;
                /// # let (t, u) = tables_of_examples()?;
                /// let statement = select(t.c("a")?).where_(t.c("s")?.icontains("a").autoescape());
                /// assert_eq!(
                ///     statement.compile(&PostgreSql::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE t.s ILIKE '%' || replace(replace(replace($1, \
                ///      '/', '//'), '%', '/%'), '_', '/_') || '%' ESCAPE '/'"
                /// );
                /// assert_eq!(
                ///     statement.compile(&MySql::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE lower(t.s) LIKE lower(concat('%', \
                ///      replace(replace(replace(?, '/', '//'), '%', '/%'), '_', '/_'), '%')) \
                ///      ESCAPE '/'"
                /// );
                /// assert_eq!(
                ///     statement.compile(&Sqlite::new())?.sql(),
                ///     "SELECT t.a FROM t WHERE lower(t.s) LIKE lower('%' || \
                ///      replace(replace(replace(?1, '/', '//'), '%', '/%'), '_', '/_') || '%') \
                ///      ESCAPE '/'"
                /// );
                /// # Ok::<(), aludel::Error>(())
                /// ```
                icontains, Search::Part { place: TextPlace::Inside, insensitive: true }, false;
            }

            /// `self || other`: one text behind the other.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("s")?.concat("!"));
            /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT t.s || $1 FROM t");
            /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT concat(t.s, ?) FROM t");
            /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.s || ?1 FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn concat<O: Operand<$bare>>(self, other: O) -> Expr<$concat> {
                let other = other.operand().with_type(self.text_type());
                Expr::new(self.expression().binary(Op::Concat, other))
            }

            /// In another collation, by the database's name for it.
            ///
            /// ```
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{literal, select};
            ///
            /// let statement = select(literal("a").concat("b").collate("C").eq("ab"));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     r#"SELECT ($1 || $2) COLLATE "C" = $3"#
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn collate(self, collation: impl Into<Name>) -> Expr<$own> {
                Expr::new(self.expression().under(Kind::Collate(collation.into())))
            }

            /// Whether a regular expression matches it, or a part of it. What such an expression may
            /// be, and whether case matters, depends on the database; SQLite has none.
            ///
            /// ```
            /// use aludel::dialect::mysql::MySql;
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::dialect::sqlite::Sqlite;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{literal, select};
            ///
            /// let statement = select(literal("a1").regexp_match("[0-9]"));
            /// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT $1 ~ $2");
            /// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT ? REGEXP ?");
            /// let error = statement.compile(&Sqlite::new()).unwrap_err();
            /// assert!(error.message().starts_with("sqlite does not have regular expressions"));
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn regexp_match<O: Operand<$bare>>(
                self,
                pattern: O,
            ) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.regexp(pattern.operand(), None))
            }

            /// As [`regexp_match`](Self::regexp_match), with flags, where the database has them: `"i"`
            /// without regard to case.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("s")?.regexp_match_with("^a", "i"));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.s ~* $1"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn regexp_match_with<O: Operand<$bare>>(
                self,
                pattern: O,
                flags: &'static str,
            ) -> Expr<Combined<$null, O::Null, bool>> {
                Expr::new(self.regexp(pattern.operand(), Some(flags)))
            }

            /// The text with another in the place of what a regular expression matches: PostgreSQL
            /// replaces the first match, MySQL all of them.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("s")?.regexp_replace("a+", "b"));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT regexp_replace(t.s, $1, $2) FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT regexp_replace(t.s, ?, ?) FROM t"
            /// );
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn regexp_replace<O: Operand<$bare>, R: Operand<$bare>>(
                self,
                pattern: O,
                replacement: R,
            ) -> Expr<$own> {
                Expr::new(self.replaced(pattern.operand(), replacement.operand(), None))
            }

            /// As [`regexp_replace`](Self::regexp_replace), with flags, where the database has them:
            /// `"g"` for all matches, `"i"` without regard to case.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("s")?.regexp_replace_with("a+", "b", "g"));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT regexp_replace(t.s, $1, $2, 'g') FROM t"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn regexp_replace_with<O: Operand<$bare>, R: Operand<$bare>>(
                self,
                pattern: O,
                replacement: R,
                flags: &'static str,
            ) -> Expr<$own> {
                Expr::new(self.replaced(pattern.operand(), replacement.operand(), Some(flags)))
            }

            /// Whether a full-text search finds this in it: `plainto_tsquery` in PostgreSQL, `MATCH …
            /// AGAINST` in MySQL, which needs a FULLTEXT index. SQLite has it only in virtual tables.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("s")?.match_("fat"));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.s @@ plainto_tsquery($1)"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE MATCH (t.s) AGAINST (? IN BOOLEAN MODE)"
            /// );
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn match_<O: Operand<$bare>>(
                self,
                wanted: O,
            ) -> Expr<Combined<$null, O::Null, bool>> {
                let wanted = wanted.operand().with_type(self.text_type());
                Expr::new(self.expression().beside(Kind::FullText, wanted))
            }

            fn text_type(&self) -> ValueType {
                let ty: fn(&Self) -> ValueType = $ty;
                ty(self)
            }

            fn regexp(self, pattern: Expression, flags: Option<&'static str>) -> Expression {
                if !are_letters(flags) {
                    return Expression::refused(FLAGS);
                }
                let pattern = pattern.with_type(self.text_type());
                self.expression().beside(Kind::Regexp(Regexp { negated: false, flags }), pattern)
            }

            fn replaced(
                self,
                pattern: Expression,
                replacement: Expression,
                flags: Option<&'static str>,
            ) -> Expression {
                if !are_letters(flags) {
                    return Expression::refused(FLAGS);
                }
                let pattern = pattern.with_type(self.text_type());
                let replacement = replacement.with_type(self.text_type());
                let children = vec![self.expression(), pattern, replacement];
                Expression::node(Kind::RegexpReplace { flags }, children)
            }
        }
    };
}
text_operators!(
    [T: Mapped, V: ColumnType<Bare = String>] Col<T, V>,
    String, V::Null, Combined<V::Null, O::Null, String>, V, |column| column.column_type().into()
);
text_operators!(
    [V: ColumnType<Bare = String>] Expr<V>,
    String, V::Null, Combined<V::Null, O::Null, String>, V, |_| V::TYPE.into()
);
text_operators!(
    [] Expr<Dynamic>, Dynamic, Nullable, Dynamic, Dynamic, |_| ValueType::Unknown
);
text_operators!(
    [] AnyColumn, Dynamic, Nullable, Dynamic, Dynamic, |column| column.ty.clone().into()
);

fn are_letters(flags: Option<&str>) -> bool {
    flags.is_none_or(|flags| {
        !flags.is_empty() && flags.bytes().all(|flag| flag.is_ascii_alphabetic())
    })
}

const NO_PATTERN: &str = "`escape` follows a comparison with a pattern: `like`, `ilike`, `startswith`, \
     `endswith`, `contains` and those like them";

const NO_PART: &str = "`autoescape` follows `startswith`, `endswith`, `contains` and those like them; \
     a pattern of `like` says itself what it escapes, by `escape`";

const LETTER: &str = "what escapes wildcards is a letter, where upper and lower case are the same; \
     use another character, such as `/`";

impl<V: ColumnType<Bare = bool>> Expr<V> {
    /// The character that takes its meaning from a `%` or `_` behind it, in the comparison with a
    /// pattern that this is.
    ///
    /// ```
    /// # use aludel::sql::tables_of_examples;
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).where_(t.c("s")?.like("50!%").escape('!'));
    /// assert_eq!(statement.to_string(), "SELECT t.a FROM t WHERE t.s LIKE :1 ESCAPE '!'");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn escape(self, escape: char) -> Self {
        let mut expression = self.into_expression();
        let insensitive = match &mut expression.kind {
            Kind::Like(like) => {
                like.escape = Some(escape);
                like.insensitive
            }
            Kind::TextMatch(search) => {
                search.wildcards = Wildcards::Unless(escape);
                search.insensitive
            }
            Kind::Refused(_) => false,
            _ => return Self::new(Expression::refused(NO_PATTERN)),
        };
        if insensitive && escape.is_alphabetic() {
            return Self::new(Expression::refused(LETTER));
        }
        Self::new(expression)
    }

    /// Takes `%` and `_` in the part that is looked for as they are, in the comparison that this is.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::{ClauseElement, tables_of_examples};
    /// # use aludel::select;
    /// # let (t, u) = tables_of_examples()?;
    /// let statement = select(t.c("a")?).where_(t.c("s")?.startswith("50%").autoescape());
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "SELECT t.a FROM t WHERE t.s LIKE replace(replace(replace($1, '/', '//'), '%', \
    ///      '/%'), '_', '/_') || '%' ESCAPE '/'"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "SELECT t.a FROM t WHERE t.s LIKE CONVERT(concat(replace(replace(replace(?, '/', \
    ///      '//'), '%', '/%'), '_', '/_'), '%') USING utf8mb4) COLLATE utf8mb4_bin ESCAPE '/'"
    /// );
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "SELECT t.a FROM t WHERE substr(t.s, 1, length(?1)) COLLATE BINARY = ?1"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn autoescape(self) -> Self {
        let mut expression = self.into_expression();
        match &mut expression.kind {
            Kind::TextMatch(search) => search.wildcards = Wildcards::None,
            Kind::Refused(_) => {}
            _ => return Self::new(Expression::refused(NO_PART)),
        }
        Self::new(expression)
    }
}
