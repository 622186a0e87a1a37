//! The SQL language: statements are values, built by functions and methods, compiled for a dialect
//! when they run.
//!
//! ```
//! use aludel::{Auto, Mapped, select};
//!
//! #[derive(Mapped)]
//! #[aludel(table = "users")]
//! struct User {
//!     #[aludel(primary_key)]
//!     id: Auto<i64>,
//!     name: String,
//!     age: Option<i32>,
//! }
//!
//! let adults = select((User::c.id, User::c.name))
//!     .where_(User::c.age.ge(18))
//!     .order_by(User::c.name)
//!     .limit(10);
//! assert_eq!(
//!     adults.to_string(),
//!     "SELECT users.id, users.name FROM users WHERE users.age >= :1 ORDER BY users.name LIMIT :2"
//! );
//! ```
//!
//! The surface is typed: a select of typed columns knows the type of its rows, and a column is
//! compared with what its own type can be compared with. Underneath is one tree that is made at
//! run time, the same for tables that are declared by a struct and for tables that are described
//! at run time. A statement never contains its values: they are bound.
//!
//! | to write | look at |
//! | --- | --- |
//! | a query | [`select`], [`Select`], [`exists`], [`Cte`], [`CompoundSelect`], [`values`] |
//! | a change | [`insert`], [`update`], [`delete`], [`excluded`] |
//! | a condition | the methods of [`Col`] and [`Expr`]; [`and_`], [`or_`], [`not_`], [`text_operators`] |
//! | a value | [`literal`], [`bindparam`], [`case`], [`cast`](cast()), [`null`], [`tuple_`], [`array`](array()) |
//! | a function, an aggregate, a window | [`func`], [`window`](window()) |
//! | SQL of one's own | [`text`](text()), [`literal_column`] |
//! | a table | [`Mapped`], [`schema`], [`types`] |
//! | to look at a statement | [`ClauseElement::compile`], [`ClauseElement::literal_sql`], [`explain`](explain()) |
//!
//! What is called `…Clause`, [`SqlWriter`], [`Template`], [`CacheKey`] and [`Literals`] is for those who write a dialect.
//!
//! The lists of the language (what is selected, assigned, sorted by, joined by AND) are tuples of up
//! to 16 places, nested as you like. The standard library implements `Debug` and `PartialEq` for
//! tuples of up to 12: a longer row is taken apart by a pattern, or decoded into a struct.

mod aggregate;
mod arguments;
mod arithmetic;
mod array;
mod array_element;
mod bindparam;
mod case;
mod cast;
mod column;
mod column_value;
mod compile;
mod conditions;
mod crates;
mod derived_value;
mod dml;
mod example_tables;
mod explain;
mod expr;
mod expr_type;
pub mod family;
mod from;
pub mod func;
mod in_operand;
mod json;
mod json_path;
mod key;
mod label;
mod literal;
mod literals;
mod mapped;
mod mapped_by_name;
mod mapped_column;
mod name;
mod nullability;
mod numeric_operators;
mod operand;
mod operators;
mod order;
mod param_sets;
mod params;
mod quantified;
mod raw;
pub mod schema;
mod sealed;
mod select;
mod statement;
#[cfg(test)]
mod tests;
mod text;
pub mod text_operators;
mod tree;
mod tuple;
pub mod types;
mod wider;
mod window;
mod with_options;
mod words;

pub use crate::statement::StatementKind;
pub use arguments::Arguments;
pub use arithmetic::{Arithmetic, Dividend, IntegerType};
pub use array::{ArraySet, array, array_of};
pub use array_element::ArrayElement;
pub use bindparam::{BindParam, ExpandingBind, bindparam};
pub use case::{Case, CaseOf, CaseOfWhen, CaseOr, case, case_of};
use cast::Cast;
pub use cast::{cast, type_coerce};
pub use column::{AnyColumn, Col};
pub use column_value::ColumnValue;
pub use compile::{
    BitwiseClause, BoundCast, CallClause, CastClause, CastLimit, Coercion, Compiled, CompiledParam,
    DistinctClause, DivisionClause, ExpressionDialect, ExtractClause, Feature, Features,
    FetchClause, FunctionDialect, JsonChangeClause, JsonClause, JsonDialect, LikeClause,
    LimitClause, OrderClause, OverClause, RegexpClause, RegexpReplaceClause, SqlDialect, SqlWriter,
    SymmetricClause, Template, TextMatchClause, ValuesClause,
};
pub(crate) use compile::{
    BoundAs, Held, KeyValue, ReturnedRows, RowKey, RowOrder, RowSources, Source, Sources, Witness,
    bound_values, check_given, check_held, check_names, value_text,
};
pub use conditions::{Condition, Conditions, and_, not_, or_};
#[cfg(feature = "serde_json-1")]
pub use crates::Json;
#[doc(hidden)]
pub use derived_value::{read_label, read_newtype, read_number};
pub use dml::{
    Assignment, Assignments, ColumnNames, ConflictTarget, Delete, Insert, IntoConflictTarget,
    Returned, Update, constraint, delete, excluded, insert, update,
};
#[doc(hidden)]
pub use example_tables::tables_of_examples;
pub use explain::{Explain, explain};
pub use expr::{Expr, TypedExpression};
pub use expr_type::{ComparedWith, ExprType, TextType};
use from::JoinOn;
pub use from::{
    Alias, Aliased, Cte, Entity, FromClause, MappedAlias, NamedColumn, ResultColumns, Subquery,
    aliased, anon_aliased, tablesample, tablesample_repeatable,
};
pub use in_operand::{InOperand, InSet};
pub use json::{JsonDocument, JsonType};
pub use json_path::JsonPath;
pub use key::CacheKey;
pub use literal::{LiteralValue, false_, literal, literal_column, null, true_};
pub use literals::Literals;
pub(crate) use literals::Maker;
pub use mapped::{Accessor, Auto, Field, Mapped};
#[doc(hidden)]
pub use mapped::{describe_fields, get_field, read_field, set_field, table_of};
#[doc(hidden)]
pub use mapped_column::{
    column_of, default_of_fn, default_of_sql, default_of_value, onupdate_of_fn, onupdate_of_sql,
    onupdate_of_value,
};
pub use name::Name;
pub use nullability::{Combined, NotNull, Nullability, Nullable};
pub use operand::{Assign, ColumnType, Dynamic, ListItem, Operand};
pub use order::{Nulls, OrderBy, OrderTerm, asc, desc};
#[doc(hidden)]
pub use param_sets::ParamSets;
pub use params::Params;
#[doc(hidden)]
pub use params::are_distinct;
pub use quantified::{Quantified, QuantifiedOperand, all_, any_};
pub use raw::{IntoSql, RawSql};
use select::SelectParts;
pub(crate) use select::{Annotation, condition_of, moved, refused_condition};
pub use select::{
    ColumnSet, CompoundSelect, GroupBy, GroupingSets, GroupingTerm, JoinTarget, KeysetValues,
    Label, LabelStyle, LockStrength, OrNull, Query, RowCount, RowLock, RowOf, SameRow, ScalarItem,
    Select, Selection, TextualSelect, Values, ValuesItem, ValuesRow, cube, exists, grouping_sets,
    nullable, rollup, select, values,
};
#[doc(hidden)]
pub use select::{JoinedTo, SessionSelect};
pub use statement::{ClauseElement, Executable, IntoRows, Untyped};
pub use text::{Text, text};
pub(crate) use tree::needs_of;
pub use tree::{
    Adaptation, BitwiseOperator, DateField, DocumentOperator, Expression, JsonChange, JsonForm,
    JsonStep, KnownFunction, Quotient, TextPlace, Wildcards,
};
pub use tuple::{
    Tuple, TupleExpressions, TupleInOperand, TupleItem, TupleOperand, TupleSet, tuple_,
};
pub use wider::{Alternative, Promote};
use window::WindowName;
pub use window::{
    Frame, FrameBound, FrameBounds, FrameExclusion, FrameUnit, Window, WindowFunction, window,
};
pub use with_options::WithOptions;

/// The stack that compiling the deepest accepted statement takes, in any build: conditions of 1,000
/// levels, or what is as deep with statements in statements. What is deeper is an error.
pub const MIN_STACK: usize = 256 * 1024;

#[cfg(feature = "derive")]
pub use aludel_derive::{ColumnValue, Mapped};

pub use crate::params;
