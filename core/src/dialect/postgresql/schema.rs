//! The types of PostgreSQL, and what it accepts in definitions of tables.

use std::borrow::Cow;

use super::PostgreSql;
use crate::error::Result;
use crate::sql::schema::{CommentPlace, Identity, SchemaDialect, standard_type_sql};
use crate::sql::types::{Type, TypeKind};

impl SchemaDialect for PostgreSql {
    fn type_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        Ok(match ty {
            Type::LargeBinary { .. } => "BYTEA".into(),
            Type::Array(of) => format!("{}[]", self.type_sql(of)?).into(),
            Type::Custom(of) => match of.type_sql("postgresql") {
                Some(sql) => sql,
                None => self.type_sql(of.base())?,
            },
            other => standard_type_sql(other),
        })
    }

    fn autoincrement_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        Ok(match ty.kind() {
            TypeKind::SmallInteger => "SMALLSERIAL".into(),
            TypeKind::BigInteger => "BIGSERIAL".into(),
            _ => "SERIAL".into(),
        })
    }

    fn identity_sql(&self, identity: &Identity) -> Option<String> {
        let mut sql = format!(
            " GENERATED {} AS IDENTITY",
            if identity.always { "ALWAYS" } else { "BY DEFAULT" }
        );
        let start = identity.start.map(|start| format!("START WITH {start}"));
        let increment = identity.increment.map(|increment| format!("INCREMENT BY {increment}"));
        let options: Vec<_> = start.into_iter().chain(increment).collect();
        if !options.is_empty() {
            sql.push_str(&format!(" ({})", options.join(" ")));
        }
        Some(sql)
    }

    /// Longer names are cut by the server, which says so in a notice only.
    fn longest_name(&self) -> usize {
        63
    }

    fn comment_place(&self) -> CommentPlace {
        CommentPlace::Statement
    }
}
