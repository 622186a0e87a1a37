//! The JSON of PostgreSQL, which is the language's.

use super::PostgreSql;
use crate::sql::JsonDialect;

impl JsonDialect for PostgreSql {}
