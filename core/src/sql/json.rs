//! JSON documents: their parts, what they have, and changes in them.

use super::json_path::JsonPath;
use super::tree::{DocumentOperator, JsonForm, JsonStep, Kind, ValueType};
use super::types::{self, Type, TypeKind};
use super::{
    AnyColumn, Col, ColumnType, Dynamic, Expr, ExprType, Expression, Mapped, NotNull, Operand,
    family,
};
use crate::value::{Decimal, RawJson, Value};

/// JSON, or what the compiler does not know.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of JSON",
    note = "a column of JSON is a `RawJson`, or a type of `serde_json` or `Json<T>` with the feature \
            `serde_json-1`"
)]
pub trait JsonType: ExprType {
    /// The type of a part, which there may not be.
    type Part;
}

impl<V: ColumnType<Family = family::Json>> JsonType for V {
    type Part = Option<RawJson>;
}

impl JsonType for Dynamic {
    type Part = Self;
}

/// What [`json_set`](Expr::json_set) puts into a document of the type `V`: a document itself.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a document to be put into one of the type `{V}`",
    note = "give a `RawJson` such as `RawJson::new(\"5\")?`, or a value of `serde_json` such as `json!(5)`, \
            which is not NULL"
)]
pub trait JsonDocument<V> {
    /// As an expression.
    fn document(self) -> Expression;
}

#[diagnostic::do_not_recommend]
impl<V, O: Operand<V, Null = NotNull>> JsonDocument<V> for O {
    fn document(self) -> Expression {
        self.operand()
    }
}

fn path(of: impl JsonPath) -> Vec<JsonStep> {
    let mut steps = Vec::new();
    of.steps(&mut steps);
    steps
}

/// The same as JSONB, which only PostgreSQL has apart from JSON.
fn jsonb(of: Expression, ty: Option<&Type>) -> Expression {
    match ty.map(Type::kind) {
        Some(TypeKind::JsonB) => of,
        // Only values of a column are sure to be what the column is; those of parts follow it.
        _ => of.cast(types::JsonB),
    }
}

fn document(of: Expression) -> Expression {
    of.with_type(&types::JsonB)
}

/// An array of text.
fn texts<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Expression {
    let keys: Vec<Value> = keys.into_iter().map(|key| Value::from(key.into())).collect();
    let array = Value::Array(Box::new(crate::value::Array::new(keys)));
    Expression::literal(array).cast(types::Array(types::Text))
}

macro_rules! json_operators {
    ([$($generics:tt)*] $of:ty, $bare:ty, $part:ty, $ty:expr) => {
        impl<$($generics)*> $of {
            /// A part of the document, as JSON; NULL if there is none. A JSON `null` is no NULL.
            ///
            /// The path is bound, so it may come from anywhere. Keys are taken as they are, with quotes
            /// and points in them. In MySQL and MariaDB the element 0 of what is no array is the
            /// value itself.
            ///
            /// ```
            /// use aludel::dialect::mysql::MySql;
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::dialect::sqlite::Sqlite;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{Column, MetaData, Table, select, types};
            ///
            /// let t = Table::new("t", &MetaData::new(), [Column::new("data", types::Json)])?;
            /// let statement = select(t.c("data")?.json("tags").json(0));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.data -> $1 -> CAST($2 AS INTEGER) FROM t"
            /// );
            /// let compiled = statement.compile(&Sqlite::new())?;
            /// assert_eq!(compiled.sql(), "SELECT t.data -> ?1 FROM t");
            /// let path = compiled.params()[0].value().map(|value| value.to_text());
            /// assert_eq!(path.as_deref(), Some(r#"$."tags"[0]"#));
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT json_extract(t.data, ?) FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn json(self, path: impl JsonPath) -> Expr<$part> {
                Expr::new(self.expression().json(self::path(path), JsonForm::Json))
            }

            /// The document or its part as text: a string without its quotes, of all else the JSON. A
            /// JSON `null` is NULL.
            ///
            /// ```
            /// use aludel::dialect::mysql::MySql;
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::dialect::sqlite::Sqlite;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{Column, MetaData, Table, select, types};
            ///
            /// let t = Table::new("t", &MetaData::new(), [Column::new("data", types::Json)])?;
            /// let statement = select(t.c("data")?.json("name").as_string());
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.data ->> $1 FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CASE WHEN json_type(json_extract(t.data, ?)) != 'NULL' \
            ///      THEN json_unquote(json_extract(t.data, ?)) END FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT CASE json_type(t.data, ?1) WHEN 'null' THEN NULL \
            ///      WHEN 'text' THEN json_extract(t.data, ?1) ELSE t.data -> ?1 END FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn as_string(self) -> Expr<Option<String>> {
                Expr::new(self.expression().json(Vec::new(), JsonForm::String))
            }

            /// The document or its part as an integer; NULL if it is no number. A number with a fraction
            /// or an exponent is an error in PostgreSQL, unless its JSONB makes an integer of it, and NULL
            /// elsewhere. One that no `i64` holds is an error: in SQLite when it is read, and elsewhere of
            /// the server.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("doc")?.json("n").as_integer());
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT CASE jsonb_typeof(to_jsonb(t.doc -> $1)) WHEN 'number' THEN \
            ///      CAST(t.doc ->> $1 AS BIGINT) END FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CASE WHEN json_type(json_extract(t.doc, ?)) IN ('INTEGER', \
            ///      'UNSIGNED INTEGER') THEN CAST(json_extract(t.doc, ?) AS DECIMAL(65, 0)) \
            ///      DIV 1 END FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT CASE json_type(t.doc, ?1) WHEN 'integer' THEN json_extract(t.doc, \
            ///      ?1) END FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn as_integer(self) -> Expr<Option<i64>> {
                Expr::new(self.expression().json(Vec::new(), JsonForm::Integer))
            }

            /// The document or its part as a floating-point number; NULL if it is no number. One that is
            /// too large for a float is an error of PostgreSQL and MariaDB, and infinite in SQLite; MySQL does
            /// not take it for JSON.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("doc")?.json("n").as_float());
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT CASE jsonb_typeof(to_jsonb(t.doc -> $1)) WHEN 'number' THEN \
            ///      CAST(t.doc ->> $1 AS DOUBLE PRECISION) END FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CASE WHEN json_type(json_extract(t.doc, ?)) IN ('INTEGER', \
            ///      'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN (json_extract(t.doc, ?) + \
            ///      0e0) END FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT CASE json_type(t.doc, ?1) WHEN 'integer' THEN \
            ///      CAST(json_extract(t.doc, ?1) AS REAL) WHEN 'real' THEN \
            ///      CAST(json_extract(t.doc, ?1) AS REAL) END FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn as_float(self) -> Expr<Option<f64>> {
                Expr::new(self.expression().json(Vec::new(), JsonForm::Float))
            }

            /// The document or its part as a decimal number; NULL if it is no number. MySQL and MariaDB have
            /// 35 digits before the point and 30 behind it. What has more is an error in MariaDB, and so is
            /// what has an exponent of more than 13; MySQL keeps no more than a float has.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("doc")?.json("price").as_numeric());
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT CASE jsonb_typeof(to_jsonb(t.doc -> $1)) WHEN 'number' THEN \
            ///      CAST(t.doc ->> $1 AS NUMERIC) END FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CASE WHEN json_type(json_extract(t.doc, ?)) IN ('INTEGER', \
            ///      'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN CAST(json_extract(t.doc, ?) \
            ///      AS DECIMAL(65, 30)) END FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT CASE json_type(t.doc, ?1) WHEN 'integer' THEN t.doc -> ?1 WHEN \
            ///      'real' THEN t.doc -> ?1 END FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn as_numeric(self) -> Expr<Option<Decimal>> {
                Expr::new(self.expression().json(Vec::new(), JsonForm::Numeric))
            }

            /// The document or its part as a truth value; NULL if it is none, and so if there is no such
            /// part.
            ///
            /// ```
            /// use aludel::dialect::mysql::MySql;
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{Column, MetaData, Table, select, types};
            ///
            /// let t = Table::new("t", &MetaData::new(), [Column::new("data", types::Json)])?;
            /// let statement = select(t.c("data")?.json("on").as_boolean());
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT CASE jsonb_typeof(to_jsonb(t.data -> $1)) WHEN 'boolean' \
            ///      THEN CAST(t.data ->> $1 AS BOOLEAN) END FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT CASE CAST(json_extract(t.data, ?) AS CHAR) WHEN 'true' THEN true \
            ///      WHEN 'false' THEN false END FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn as_boolean(self) -> Expr<Option<bool>> {
                Expr::new(self.expression().json(Vec::new(), JsonForm::Boolean))
            }

            /// As it is. Without it, [`json`](Self::json) gives JSON as well.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("doc")?.json("n").as_json());
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.doc -> $1 FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT json_extract(t.doc, ?) FROM t"
            /// );
            /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT t.doc -> ?1 FROM t");
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn as_json(self) -> Expr<Option<RawJson>> {
                Expr::new(self.expression().json(Vec::new(), JsonForm::Json))
            }

            /// Whether the document has all that another has: its members, and in its arrays their
            /// elements. PostgreSQL has it.
            ///
            /// ```
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::sql::ClauseElement;
            /// use aludel::value::RawJson;
            /// use aludel::{Column, MetaData, Table, types};
            ///
            /// let t = Table::new("t", &MetaData::new(), [Column::new("doc", types::JsonB)])?;
            /// let has = t.c("doc")?.json_contains(RawJson::new(r#"{"a": 1}"#)?);
            /// let statement = t.select().where_(has);
            /// assert!(statement.compile(&PostgreSql::new())?.sql().ends_with("WHERE t.doc @> $1"));
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn json_contains(self, other: impl Operand<$bare>) -> Expr<Option<bool>> {
                Expr::new(self.document(DocumentOperator::JsonContains, document(other.operand())))
            }

            /// Whether another document has all that this one has. PostgreSQL has it.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("doc")?.json_contained_by("{}"));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.doc <@ $1"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn json_contained_by(self, other: impl Operand<$bare>) -> Expr<Option<bool>> {
                let other = document(other.operand());
                Expr::new(self.document(DocumentOperator::JsonContainedBy, other))
            }

            /// Whether the document is an object with this key, or an array with this string.
            /// PostgreSQL has it.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("doc")?.has_key("k"));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.doc ? $1"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn has_key(self, key: impl Operand<String>) -> Expr<Option<bool>> {
                let key = key.operand().with_type(String::TYPE);
                Expr::new(self.document(DocumentOperator::HasKey, key))
            }

            /// Whether it has one of these keys. PostgreSQL has it.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("doc")?.has_any(["k", "l"]));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.doc ?| CAST($1 AS TEXT[])"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn has_any<K: Into<String>>(
                self,
                keys: impl IntoIterator<Item = K>,
            ) -> Expr<Option<bool>> {
                Expr::new(self.document(DocumentOperator::HasAny, texts(keys)))
            }

            /// Whether it has all of these keys. PostgreSQL has it.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("doc")?.has_all(["k", "l"]));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.doc ?& CAST($1 AS TEXT[])"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn has_all<K: Into<String>>(
                self,
                keys: impl IntoIterator<Item = K>,
            ) -> Expr<Option<bool>> {
                Expr::new(self.document(DocumentOperator::HasAll, texts(keys)))
            }

            /// Whether a path in the language of SQL/JSON leads to something. PostgreSQL has it, from
            /// version 12.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("doc")?.path_exists("$.k"));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.doc @? CAST($1 AS JSONPATH)"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn path_exists(self, path: impl Operand<String>) -> Expr<Option<bool>> {
                let path = json_path(path.operand());
                Expr::new(self.document(DocumentOperator::PathExists, path))
            }

            /// Whether a predicate in the language of SQL/JSON holds. PostgreSQL has it, from version 12.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("a")?).where_(t.c("doc")?.path_match("$.k == 1"));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.a FROM t WHERE t.doc @@ CAST($1 AS JSONPATH)"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn path_match(self, path: impl Operand<String>) -> Expr<Option<bool>> {
                let path = json_path(path.operand());
                Expr::new(self.document(DocumentOperator::PathMatch, path))
            }

            /// The members of both documents; of two with one key that of the other document. PostgreSQL
            /// has it.
            ///
            /// ```
            /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
            /// # use aludel::sql::{ClauseElement, tables_of_examples};
            /// # use aludel::select;
            /// # let (t, u) = tables_of_examples()?;
            /// let statement = select(t.c("doc")?.json_concat("{}"));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT t.doc || $1 FROM t"
            /// );
            /// assert!(statement.compile(&MySql::new()).is_err());
            /// assert!(statement.compile(&Sqlite::new()).is_err());
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn json_concat(self, other: impl Operand<$bare>) -> Expr<Option<RawJson>> {
                Expr::new(self.document(DocumentOperator::JsonConcat, document(other.operand())))
            }

            /// The document with another value in this place. What is around it must be there.
            ///
            /// ```
            /// use aludel::dialect::mysql::MySql;
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::dialect::sqlite::Sqlite;
            /// use aludel::sql::ClauseElement;
            /// use aludel::value::RawJson;
            /// use aludel::{Column, MetaData, Table, select, types};
            ///
            /// let t = Table::new("t", &MetaData::new(), [Column::new("doc", types::Json)])?;
            /// let statement = select(t.c("doc")?.json_set("a", RawJson::new("1")?));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT jsonb_set(CAST(t.doc AS JSONB), ARRAY[$1], CAST($2 AS JSONB)) FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&MySql::new())?.sql(),
            ///     "SELECT json_set(t.doc, ?, json_extract(?, '$')) FROM t"
            /// );
            /// assert_eq!(
            ///     statement.compile(&Sqlite::new())?.sql(),
            ///     "SELECT json_set(t.doc, ?1, json(?2)) FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn json_set(
                self,
                path: impl JsonPath,
                value: impl JsonDocument<$bare>,
            ) -> Expr<$part> {
                let value = document(value.document());
                Expr::new(self.expression().json_change(self::path(path), Some(value)))
            }

            /// The document without what is in this place.
            ///
            /// ```
            /// use aludel::dialect::postgresql::PostgreSql;
            /// use aludel::sql::ClauseElement;
            /// use aludel::{Column, MetaData, Table, select, types};
            ///
            /// let t = Table::new("t", &MetaData::new(), [Column::new("doc", types::Json)])?;
            /// let statement = select(t.c("doc")?.json_remove(("a", "b")));
            /// assert_eq!(
            ///     statement.compile(&PostgreSql::new())?.sql(),
            ///     "SELECT (CAST(t.doc AS JSONB) #- ARRAY[$1, $2]) FROM t"
            /// );
            /// # Ok::<(), aludel::Error>(())
            /// ```
            pub fn json_remove(self, path: impl JsonPath) -> Expr<$part> {
                Expr::new(self.expression().json_change(self::path(path), None))
            }

            fn document(self, operator: DocumentOperator, other: Expression) -> Expression {
                let ty: fn(&Self) -> Option<Type> = $ty;
                let ty = ty(&self);
                jsonb(self.expression(), ty.as_ref()).beside(Kind::Document(operator), other)
            }
        }
    };
}
json_operators!(
    [T: Mapped, V: ColumnType<Family = family::Json>] Col<T, V>, V::Bare, Option<RawJson>,
    |column| Some(column.column_type().clone())
);
json_operators!(
    [V: ColumnType<Family = family::Json>] Expr<V>, V::Bare, Option<RawJson>, |_| None
);
json_operators!([] Expr<Dynamic>, Dynamic, Dynamic, |_| None);
json_operators!([] AnyColumn, Dynamic, Dynamic, |column| column.ty.clone());

/// A path in the language of SQL/JSON. It is declared to the database as text, and makes a path of it.
fn json_path(of: Expression) -> Expression {
    of.with_type(ValueType::Declared(String::TYPE))
}
