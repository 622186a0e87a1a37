//! Structs that are tables.

use std::fmt;

use super::schema::{Column, Table, TableBuilder, TableName};
use super::{ColumnSet, ColumnType, Entity, Selection};
use crate::error::Result;
use crate::row::{FromRow, RawRow, read_value};
use crate::value::{FromValue, Value, ValueRef};

/// A struct whose fields are the columns of a table. `#[derive(Mapped)]` implements it.
///
/// ```
/// use aludel::{Auto, Mapped, ValueRef};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     #[aludel(unique, length = 40)]
///     name: String,
///     #[aludel(column = "born_in", foreign_key = "places.id")]
///     birthplace: Option<i64>,
/// }
///
/// assert_eq!(User::TABLE, "users");
/// assert_eq!(User::c.birthplace.name(), "born_in");
/// assert_eq!(User::table().unique_constraints().count(), 1);
///
/// // By the place of a field, as generic code reads and sets it.
/// let mut user = User { id: Auto::unset(), name: "sandy".into(), birthplace: Some(5) };
/// assert_eq!(user.get(2), 5.into());
/// User::ACCESSORS[0].set(&mut user, ValueRef::Int(7))?;
/// assert_eq!(user.key_values(), [7.into()]);
/// # Ok::<(), aludel::Error>(())
/// ```
///
/// Attributes of the struct:
///
/// | attribute | says |
/// | --- | --- |
/// | `table = "name"` | the table; needed |
/// | `schema = "name"` | the schema that it is in, if not the connection's own |
/// | `unique(a, b)` | no two rows have the same values in these fields; also `deferrable = "initially deferred"` |
/// | `index(a, desc(b))` | an index over these fields; what else it has stands below |
/// | `check = "a > 0"` | a condition that each row fulfils; with a name `check(condition = "a > 0", name = "positive")`, which also takes `ddl_if` |
/// | `foreign_key(a, b, references = "table(x, y)")` | a foreign key of several fields; also `on_delete`, `on_update`, `deferrable` and `use_alter = true` |
/// | `constraint = ExcludeConstraint::new(…)` | any other [constraint](super::schema::Constraint) |
/// | `options = TableOptions::new()…` | what the table has in one database: [`TableOptions`](super::schema::TableOptions) |
/// | `prefix = "UNLOGGED"`, `temporary` | words between CREATE and TABLE |
/// | `comment = "text"` | what the table is for |
///
/// `unique`, `index` and `foreign_key` take `name = "…"` too. Attributes of a field:
///
/// | attribute | says |
/// | --- | --- |
/// | `primary_key` | the field identifies a row, alone or together with the others that say it |
/// | `autoincrement = false` | the database does not count this key |
/// | `unique`, `index`, `check = "a > 0"` | as for the struct, of this field; `index(unique = true, where = "…")` too |
/// | `foreign_key = "table.column"` | the value is that of another column; `"schema.table.column"` too |
/// | `on_delete = "cascade"`, `on_update = "…"` | what happens with the foreign key: `no action`, `restrict`, `cascade`, `set null`, `set default` |
/// | `deferrable = "initially deferred"`, `use_alter` | when the foreign key is checked; that it is added by ALTER TABLE |
/// | `column = "name"` | the name of the column, if it is not the field's |
/// | `length = 40` | how long text or bytes can be |
/// | `type = types::Numeric(10, 2)` | the type of the column, if it is not the one of the field; values are sent as it |
/// | `default = value` | what an INSERT sets if the program does not: a value, or an expression of the language; the field may be `Auto` |
/// | `default_fn = Uuid::new_v4`, `default_sql = "lower(a)"` | the same as what a function gives for each row, and as SQL |
/// | `onupdate = …`, `onupdate_fn`, `onupdate_sql` | what an UPDATE sets that does not set the field |
/// | `server_default = "now()"` | what the database sets if a statement does not; the field may be `Auto` |
/// | `computed = "a * b"`, `computed_virtual = "…"` | what the database always sets, stored or when it is read; the field may be `Auto` |
/// | `identity` | the database counts it, `identity = Identity::new().start(5)` from 5; the field may be `Auto` |
/// | `comment = "text"` | what the column is for |
///
/// An index has, beside fields, `desc(a)`, `expression = "lower(a)"`, `element = IndexElement::new("a").nulls_last()`,
/// and `unique = true`, `where = "a > 0"`, `using = "gin"`, `include(c)`, `kind = "FULLTEXT"`, `ddl_if = "postgresql"`.
/// Where SQL stands as text there may be an expression of the language: `computed = Order::c.a * Order::c.b`.
///
/// ```
/// use aludel::sql::schema::CreateTable;
/// use aludel::types::{self, JsonB};
/// use aludel::value::{RawJson, Uuid};
/// use aludel::{Auto, Mapped, insert, literal};
///
/// fn made_up() -> Uuid {
///     Uuid::from_bytes([7; 16])
/// }
///
/// #[derive(Mapped)]
/// #[aludel(table = "orders", check(condition = Order::c.amount.gt(0), name = "some"))]
/// #[aludel(index(state, desc(amount), where = "state <> 'done'", name = "open_orders"))]
/// struct Order {
///     #[aludel(primary_key, default_fn = made_up)]
///     id: Uuid,
///     #[aludel(default = 1)]
///     amount: i32,
///     #[aludel(server_default = literal(5))]
///     price: Auto<i32>,
///     #[aludel(computed = Order::c.amount * Order::c.price)]
///     total: Auto<i32>,
///     #[aludel(length = 10, default = "new", onupdate_sql = "'changed'")]
///     state: String,
///     #[aludel(type = JsonB)]
///     extra: Option<RawJson>,
/// }
///
/// let lines = [
///     "CREATE TABLE orders (",
///     "\tid UUID NOT NULL,",
///     "\tamount INTEGER NOT NULL,",
///     "\tprice INTEGER DEFAULT (5) NOT NULL,",
///     "\ttotal INTEGER GENERATED ALWAYS AS (amount * price) STORED NOT NULL,",
///     "\tstate VARCHAR(10) NOT NULL,",
///     "\textra JSONB,",
///     "\tCONSTRAINT pk_orders PRIMARY KEY (id),",
///     "\tCONSTRAINT ck_orders_some CHECK (amount > 0)",
///     ")",
/// ];
/// assert_eq!(CreateTable::new(Order::table()).to_string(), lines.join("\n"));
/// assert_eq!(
///     insert::<Order>().values(Order::c.price.set(3)).to_string(),
///     "INSERT INTO orders (price, id, amount, state) VALUES (:1, :id, :amount, :state)"
/// );
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not mapped to a table",
    note = "add `#[derive(Mapped)]` and `#[aludel(table = \"…\")]` to the struct"
)]
pub trait Mapped: FromRow {
    /// The name of the table.
    const TABLE: &'static str;
    /// The schema that the table is in; `None`: the connection's own.
    const SCHEMA: Option<&'static str>;
    /// The fields, in their order, which is that of the columns.
    const FIELDS: &'static [Field];
    /// How the fields are read and set, in the same order. They are apart, so that a program that
    /// does not use them does not compile them.
    const ACCESSORS: &'static [Accessor<Self>];
    /// Which of the fields are the primary key.
    const KEY: &'static [usize];
    /// What identifies a row: the value of the primary key, a tuple if it has several columns.
    type Key: Clone + Send + 'static;
    /// The type of `Self::c`.
    type Columns: ColumnSet + Selection<Row = Self, Item = Self>;

    /// The table, from anew: what [`table`](Self::table) is made of.
    fn describe() -> TableBuilder;

    /// The table.
    fn table() -> &'static Table;

    /// The struct as what a statement selects, and its table as what FROM names:
    /// `select(User::entity())`, `.join(Address::entity())`.
    #[must_use]
    fn entity() -> Entity<Self> {
        Entity::new()
    }

    /// The value of a field, by its place in [`FIELDS`](Self::FIELDS).
    ///
    /// # Panics
    ///
    /// If there are not so many fields.
    fn get(&self, field: usize) -> Value {
        Self::ACCESSORS[field].get(self)
    }

    /// The values of the primary key; NULL for one that the database has not made yet.
    fn key_values(&self) -> Vec<Value> {
        Self::KEY.iter().map(|field| self.get(*field)).collect()
    }
}

/// A field of a mapped struct, and its column.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    name: &'static str,
    describe: fn() -> Column,
}

impl Field {
    /// `#[derive(Mapped)]` calls it.
    #[must_use]
    pub const fn new(name: &'static str, describe: fn() -> Column) -> Self {
        Self { name, describe }
    }

    /// The name of the field in the struct.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The column, as the schema has it.
    pub fn describe(&self) -> Column {
        (self.describe)()
    }
}

/// How a field of a mapped struct is read and set.
pub struct Accessor<T> {
    get: fn(&T) -> Option<Value>,
    set: fn(&mut T, ValueRef<'_>) -> Result<()>,
}

impl<T> Accessor<T> {
    /// `#[derive(Mapped)]` calls it.
    pub const fn new(
        get: fn(&T) -> Option<Value>,
        set: fn(&mut T, ValueRef<'_>) -> Result<()>,
    ) -> Self {
        Self { get, set }
    }

    /// The value of the field; NULL if it is [`Auto`] and unset.
    #[must_use]
    pub fn get(&self, of: &T) -> Value {
        self.get_set(of).unwrap_or(Value::Null)
    }

    /// The value of the field; `None` if it is [`Auto`] and unset.
    #[must_use]
    pub fn get_set(&self, of: &T) -> Option<Value> {
        (self.get)(of)
    }

    /// Sets the field to a value of the database.
    ///
    /// # Errors
    ///
    /// [`Decode`](crate::ErrorKind::Decode) if the field cannot have this value, naming both.
    pub fn set(&self, of: &mut T, value: ValueRef<'_>) -> Result<()> {
        (self.set)(of, value)
    }
}

impl<T> fmt::Debug for Accessor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accessor").finish_non_exhaustive()
    }
}

/// The table of a mapped struct, without what the struct itself says. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
pub fn describe_fields<T: Mapped>() -> TableBuilder {
    let name = TableName::new(T::TABLE);
    let name = match T::SCHEMA {
        Some(schema) => name.in_schema(schema),
        None => name,
    };
    Table::builder(name).columns(T::FIELDS.iter().map(Field::describe))
}

/// The table of a mapped struct, made anew. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
#[must_use]
pub fn table_of<T: Mapped>() -> Table {
    T::describe().unchecked()
}

/// Reads the cell of a field. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
#[inline]
pub fn read_field<V: ColumnType>(row: &dyn RawRow, index: usize) -> Result<V> {
    V::from_row(row, index)
}

/// The value of a field, unless it is unset. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
pub fn get_field<V: ColumnType>(field: &V) -> Option<Value> {
    if field.is_unset() { None } else { Some(field.to_value()) }
}

/// Sets a field to a value of the database. `#[derive(Mapped)]` calls it.
#[doc(hidden)]
pub fn set_field<V: ColumnType>(field: &mut V, value: ValueRef<'_>) -> Result<()> {
    *field = read_value(value)?;
    Ok(())
}

/// A value that the database makes: a key that it counts, a default, a computed column.
///
/// The field of a mapped struct is `Auto` if a statement need not set it: an integer primary key, or
/// a field with `server_default`, `computed`, `identity` or `default`. A value that the database makes and that may
/// be NULL is an `Option<Auto<T>>`.
///
/// ```
/// use aludel::Auto;
///
/// assert_eq!(Auto::<i64>::unset().get(), None);
/// assert_eq!(Auto::from(5_i64).get(), Some(&5));
/// assert_eq!(Auto::from(5_i64), 5);
/// assert_eq!(Auto::from(5_i64).to_string(), "5");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Auto<T>(Option<T>);

impl<T> Auto<T> {
    /// No value yet.
    #[must_use]
    pub const fn unset() -> Self {
        Self(None)
    }

    /// The value, if the database has made it.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }

    /// The value, if the database has made it.
    #[must_use]
    pub fn into_inner(self) -> Option<T> {
        self.0
    }
}

impl<T> Default for Auto<T> {
    fn default() -> Self {
        Self::unset()
    }
}

impl<T> From<T> for Auto<T> {
    fn from(value: T) -> Self {
        Self(Some(value))
    }
}

/// Prints the value, or `unset`.
impl<T: fmt::Display> fmt::Display for Auto<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => fmt::Display::fmt(value, f),
            None => f.write_str("unset"),
        }
    }
}

/// What is unset equals no value.
impl<T: PartialEq> PartialEq<T> for Auto<T> {
    fn eq(&self, other: &T) -> bool {
        self.0.as_ref() == Some(other)
    }
}

impl<T: fmt::Debug> fmt::Debug for Auto<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => fmt::Debug::fmt(value, f),
            None => f.write_str("unset"),
        }
    }
}

impl<T: FromValue> FromValue for Auto<T> {
    #[inline]
    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        T::from_value(value).map(Self::from)
    }
}

impl<T: Into<Value>> From<Auto<T>> for Value {
    fn from(value: Auto<T>) -> Self {
        value.0.into()
    }
}
