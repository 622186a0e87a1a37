//! Functions of text.

use super::{BareOf, known, unary};
use crate::sql::{Arithmetic, ColumnType};
use crate::sql::{
    Dynamic, Expr, ExprType, Expression, KnownFunction, Nullability, Operand, TypedExpression,
};

/// Text, or what the compiler does not know.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of text",
    note = "`.cast::<String>()` makes text of another value"
)]
pub trait Characters: ExprType {}

impl Characters for String {}

impl Characters for Dynamic {}

/// `lower(of)`: the text in lower case.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::lower(t.c("s")?));
/// assert_eq!(statement.to_string(), "SELECT lower(t.s) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn lower<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ExprType<Bare: Characters>>,
{
    unary("lower", of)
}

/// `upper(of)`: the text in upper case.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::upper(t.c("s")?));
/// assert_eq!(statement.to_string(), "SELECT upper(t.s) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn upper<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ExprType<Bare: Characters>>,
{
    unary("upper", of)
}

/// The text without blanks before and behind it.
///
/// ```
/// use aludel::{create_engine, func, literal, select};
///
/// let statement = select((func::trim(literal(" a ")), func::rtrim(literal(" a "))));
/// let texts: (String, String) = create_engine("sqlite://")?.connect()?.execute(statement)?.one()?;
/// assert_eq!(texts, ("a".to_owned(), " a".to_owned()));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn trim<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ExprType<Bare: Characters>>,
{
    unary("trim", of)
}

/// The text without blanks before it.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::ltrim(t.c("s")?));
/// assert_eq!(statement.to_string(), "SELECT ltrim(t.s) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn ltrim<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ExprType<Bare: Characters>>,
{
    unary("ltrim", of)
}

/// The text without blanks behind it.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::rtrim(t.c("s")?));
/// assert_eq!(statement.to_string(), "SELECT rtrim(t.s) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn rtrim<E>(of: E) -> Expr<E::Value>
where
    E: TypedExpression<Value: ExprType<Bare: Characters>>,
{
    unary("rtrim", of)
}

/// The type of a number that is NULL if the text is.
type LengthOf<E> = <i64 as ExprType>::With<<<E as TypedExpression>::Value as ExprType>::Null>;

/// The number of characters, on every database. `func::call("length", …)` is the function of that name,
/// which in MySQL counts bytes.
///
/// ```
/// use aludel::dialect::mysql::MySql;
/// use aludel::dialect::sqlite::Sqlite;
/// use aludel::sql::ClauseElement;
/// use aludel::{func, literal, select};
///
/// let statement = select(func::char_length(literal("ü")));
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT char_length(?)");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT length(?1)");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn char_length<E>(of: E) -> Expr<LengthOf<E>>
where
    E: TypedExpression<Value: ExprType<Bare: Characters>>,
{
    Expr::new(known(KnownFunction::CharLength, of))
}

/// As [`char_length`].
///
/// ```
/// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
/// # use aludel::sql::{ClauseElement, tables_of_examples};
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::length(t.c("s")?));
/// assert_eq!(statement.compile(&PostgreSql::new())?.sql(), "SELECT char_length(t.s) FROM t");
/// assert_eq!(statement.compile(&MySql::new())?.sql(), "SELECT char_length(t.s) FROM t");
/// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "SELECT length(t.s) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn length<E>(of: E) -> Expr<LengthOf<E>>
where
    E: TypedExpression<Value: ExprType<Bare: Characters>>,
{
    char_length(of)
}

/// The number of bytes.
///
/// ```
/// # use aludel::sql::tables_of_examples;
/// # use aludel::{func, select};
/// # let (t, u) = tables_of_examples()?;
/// let statement = select(func::octet_length(t.c("s")?));
/// assert_eq!(statement.to_string(), "SELECT octet_length(t.s) FROM t");
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn octet_length<E: TypedExpression>(of: E) -> Expr<LengthOf<E>> {
    Expr::new(known(KnownFunction::OctetLength, of))
}

/// So many characters of the text from this one on, counted from 1. What is before the first character
/// or behind the last is no part of it, on every database: two characters from 0 on are the first one,
/// and from -1 on there are none. Of a length below 0 there are none either. `func::call("substr", …)`
/// is the function of that name, which counts from the end in some databases.
///
/// ```
/// use aludel::{create_engine, func, literal, select};
///
/// let part = select(func::substr(literal("abcdef"), 2, 3));
/// let part: Option<String> = create_engine("sqlite://")?.connect()?.scalar(part)?;
/// assert_eq!(part.as_deref(), Some("bcd"));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn substr<E, S, L>(of: E, start: S, len: L) -> Expr<Joined<E, S::Null, L::Null>>
where
    E: TypedExpression<Value: ExprType<Bare: Characters>>,
    S: Arithmetic<i32>,
    L: Arithmetic<i32>,
{
    let [start, len] = [start.operand(), len.operand()].map(|number| number.with_type(i32::TYPE));
    let is_plain = start.is_at_least(1) && len.is_at_least(0);
    let [start, len] = [start, len].map(Expression::narrowed);
    let arguments = vec![of.expr().into_expression(), start, len];
    Expr::new(match is_plain {
        // It is the same everywhere.
        true => Expression::function("substr".into(), arguments),
        false => Expression::known(KnownFunction::Substr, arguments),
    })
}

/// A text that is NULL if it or one of two other arguments is.
pub type Joined<E, A, B> = <BareOf<E> as ExprType>::With<
    <<<E as TypedExpression>::Value as ExprType>::Null as Nullability>::Or<
        <A as Nullability>::Or<B>,
    >,
>;

/// The text with another in each place where a part stands.
///
/// ```
/// use aludel::{create_engine, func, literal, select};
///
/// let text = select(func::replace(literal("a-b-c"), "-", "+"));
/// let text: Option<String> = create_engine("sqlite://")?.connect()?.scalar(text)?;
/// assert_eq!(text.as_deref(), Some("a+b+c"));
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn replace<E, P, B>(of: E, part: P, by: B) -> Expr<Joined<E, P::Null, B::Null>>
where
    E: TypedExpression<Value: ExprType<Bare: Characters>>,
    P: Operand<String>,
    B: Operand<String>,
{
    let [part, by] = [part.operand(), by.operand()].map(|text| text.with_type(String::TYPE));
    let arguments = vec![of.expr().into_expression(), part, by];
    Expr::new(Expression::function("replace".into(), arguments))
}
