//! The synchronous core of Aludel: engine, pool, SQL language, schema.
//!
//! Programs use it through the crate `aludel`; drivers use [`dbapi`].

#[macro_use]
mod tuples;

pub mod dbapi;
pub mod dialect;
pub mod engine;
pub mod error;
pub mod event;
pub mod lex;
pub mod orm;
pub mod pool;
#[doc(hidden)]
pub mod private;
pub mod row;
pub mod source_texts;
pub mod sql;
mod statement;
mod tls;
pub mod topological;
pub mod url;
pub mod value;
mod version;

pub use engine::{Connection, CursorResult, Engine, EngineOptions, Transaction};
pub use error::{Error, ErrorKind, Result};
pub use row::{FromRow, Row};
#[cfg(feature = "tls-rustls")]
pub use tls::rustls_failure;
pub use tls::{TlsLibrary, TlsMode, TlsOption, TlsOptions, TrustedRoots, bad_tls_file};
pub use url::{Keepalive, Secret, Url, UrlOption};
pub use value::{FromValue, Value, ValueRef};
