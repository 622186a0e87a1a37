#![doc = include_str!("README.md")]
//!
//! # Where to find things
//!
//! | you want | look at |
//! | --- | --- |
//! | to learn the library, chapter by chapter | [`guide`] |
//! | what SQLAlchemy's Core has, side by side | [`guide::_10_from_sqlalchemy`] |
//! | to connect | [`create_engine`], [`create_async_engine`], [`EngineOptions`], [`TlsOptions`] |
//! | to run statements | [`Connection`], [`AsyncConnection`], [`CursorResult`] |
//! | to write statements | [`sql`]: [`select`], [`insert`], [`func`], [`text`] |
//! | to declare tables | [`Mapped`], [`Table`], [`MetaData`], [`types`] |
//! | to read rows as structs | [`FromRow`], [`row::FromNamedRow`] |
//! | objects of a session: the ORM | [`orm`]: [`Session`](orm::Session), [`Ref`](orm::Ref) |
//! | columns of other types | [`ColumnValue`], [`value`], the features of `docs/types.md` |
//! | to have a test check the SQL that is text | [`source_texts`], [`Connection::check`] |
//! | to hear what happens | [`event`], with the event types in [`engine`] and [`pool`] |
//! | to know what went wrong | [`Error`], [`ErrorKind`] |
//! | to wait for futures in synchronous code | [`bridge`] |
//! | to write a driver | [`dbapi`], [`url`] |

mod create;
mod example_models;
pub mod guide;

pub use aludel_bridge as bridge;
#[doc(hidden)]
pub use aludel_core::private as __private;
pub use aludel_core::{
    dbapi, dialect, engine, error, event, lex, orm, pool, row, source_texts, sql, url, value,
};

pub use aludel_core::dbapi::ExecutionOptions;
pub use aludel_core::engine::{Connection, CursorResult, Engine, EngineOptions, Transaction};
pub use aludel_core::sql::schema::{Column, MetaData, Table};
pub use aludel_core::sql::{
    Auto, ColumnValue, Mapped, Params, RawSql, aliased, and_, anon_aliased, asc, bindparam, case,
    case_of, cast, delete, desc, exists, false_, func, insert, literal, literal_column, not_, null,
    nullable, or_, params, select, text, true_, tuple_, types, update, values,
};
pub use aludel_core::{Error, ErrorKind, FromRow, FromValue, Result, Row, Url, Value, ValueRef};
pub use aludel_core::{TlsLibrary, TlsMode, TlsOptions};

#[cfg(feature = "mysql")]
pub use aludel_mysql as mysql;
#[cfg(feature = "postgres")]
pub use aludel_postgres as postgres;
#[cfg(feature = "sqlite")]
pub use aludel_sqlite as sqlite;

#[cfg(feature = "async")]
pub use aludel_async::{
    AsyncConnection, AsyncEngine, AsyncScalars, AsyncScopedSession, AsyncSession,
    AsyncSessionLease, AsyncSessionMaker, AsyncSessionTransaction, AsyncStream, AsyncTransaction,
    Hosted, Local, Strategy, Threaded, async_scoped_session, async_sessionmaker,
};

#[cfg(feature = "async")]
pub use create::{create_async_engine, create_async_engine_on, create_async_engine_with};
pub use create::{create_engine, create_engine_with};
