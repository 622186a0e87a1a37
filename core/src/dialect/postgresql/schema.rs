//! The types of PostgreSQL, and what it accepts in definitions of tables.

use std::borrow::Cow;

use super::PostgreSql;
use crate::error::Result;
use crate::sql::SqlDialect;
use crate::sql::schema::{
    CommentPlace, Identity, SchemaDialect, Table, check_precision, no_such_type, standard_type_sql,
};
use crate::sql::types::{Type, TypeKind};

impl SchemaDialect for PostgreSql {
    fn type_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        check_precision("PostgreSQL", ty)?;
        Ok(match ty {
            Type::LargeBinary { .. } => "BYTEA".into(),
            Type::Enum(of) if of.is_native() => {
                let schema = self.translated(None).map(|schema| self.quoted(schema) + ".");
                (schema.unwrap_or_default() + &self.quoted(of.name())).into()
            }
            Type::Array(of) => format!("{}[]", self.type_sql(of)?).into(),
            Type::Set(_) => {
                return Err(no_such_type("PostgreSQL", ty, "use Array(Text), or BitString"));
            }
            Type::Native(of) => of.type_sql("postgresql")?.into(),
            Type::Domain(of) => self.quoted(of.name()).into(),
            Type::Composite(name) => self.quoted(name).into(),
            Type::Variant(_) => return self.type_sql(ty.in_dialect("postgresql")),
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
            // What it counts ends where integers with a sign end.
            TypeKind::BigInteger | TypeKind::UnsignedBigInteger => "BIGSERIAL".into(),
            _ => "SERIAL".into(),
        })
    }

    fn identity_sql(&self, identity: &Identity) -> Option<String> {
        let mut sql = format!(
            " GENERATED {} AS IDENTITY",
            if identity.always { "ALWAYS" } else { "BY DEFAULT" }
        );
        let options = identity.options_sql();
        if !options.is_empty() {
            sql.push_str(&format!(" ({})", options.trim_start()));
        }
        Some(sql)
    }

    /// Longer names are cut by the server, which says so in a notice only.
    fn longest_name(&self) -> usize {
        63
    }

    fn cuts_labels(&self) -> bool {
        true
    }

    fn write_table_options(&self, table: &Table, to: &mut String) {
        let options = table.options();
        for (index, parent) in options.postgresql_inherits.iter().enumerate() {
            to.push_str(if index > 0 { ", " } else { " INHERITS (" });
            self.quote(parent, to);
        }
        to.push_str(if options.postgresql_inherits.is_empty() { "" } else { ")" });
        if let Some(by) = &options.postgresql_partition_by {
            to.push_str(&format!(" PARTITION BY {}", by.as_str()));
        }
        if let Some(with) = &options.postgresql_with {
            to.push_str(&format!(" WITH ({})", with.as_str()));
        }
        if let Some(space) = &options.postgresql_tablespace {
            to.push_str(" TABLESPACE ");
            self.quote(space, to);
        }
    }

    fn comment_place(&self) -> CommentPlace {
        CommentPlace::Statement
    }
}

impl PostgreSql {
    fn quoted(&self, name: &str) -> String {
        let mut sql = String::new();
        self.quote(name, &mut sql);
        sql
    }
}
