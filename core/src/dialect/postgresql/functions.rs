//! The functions of PostgreSQL, which are the language's.

use super::PostgreSql;
use crate::sql::FunctionDialect;

impl FunctionDialect for PostgreSql {}
