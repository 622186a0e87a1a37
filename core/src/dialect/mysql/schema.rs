//! The types of MySQL and MariaDB, and what they accept in definitions of tables.

use std::borrow::Cow;

use super::MySql;
use crate::error::Result;
use crate::sql::schema::{
    CommentPlace, Constraint, Deferrable, IndexOwner, ReferentialAction, SchemaDialect, Table,
    check_precision, no_such_constraint, no_such_type, no_user_defined, standard_type_sql,
};
use crate::sql::types::Type;
use crate::sql::{Name, SqlDialect};

impl SchemaDialect for MySql {
    fn type_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        check_precision("MySQL", ty)?;
        Ok(match ty {
            Type::Boolean => "BOOL".into(),
            // A REAL is a DOUBLE here, and a TIMESTAMP ends in 2038.
            Type::Float => "FLOAT".into(),
            // A NUMERIC is of ten digits, none of them behind the point.
            Type::Numeric { precision: None, .. } => "NUMERIC(65, 30)".into(),
            Type::UnsignedBigInteger => "BIGINT UNSIGNED".into(),
            // A TIME is a length of time as well.
            Type::Interval { precision } | Type::Time { timezone: false, precision } => {
                format!("TIME({})", precision.unwrap_or(6)).into()
            }
            Type::Time { timezone: true, .. } => {
                return Err(no_such_type("MySQL", ty, "keep the offset in a column of its own"));
            }
            Type::DateTime { precision, .. } => {
                format!("DATETIME({})", precision.unwrap_or(6)).into()
            }
            Type::Bit { length: Some(length @ 1..=64), varying: false } => {
                format!("BIT({length})").into()
            }
            Type::Bit { length: None, varying: false } => "BIT(1)".into(),
            Type::Bit { .. } => {
                return Err(no_such_type("MySQL", ty, "use Bit with up to 64 bits, or Binary"));
            }
            // A VARCHAR has a length here, and a TEXT ends at 64 KiB.
            Type::String { length: None, .. } | Type::Text { .. } => "LONGTEXT".into(),
            Type::LargeBinary { length: None } => "LONGBLOB".into(),
            Type::Json { .. } => "JSON".into(),
            Type::Enum(of) if of.is_native() => {
                let mut sql = String::from("ENUM(");
                for (index, label) in of.labels().iter().enumerate() {
                    sql.push_str(if index > 0 { ", " } else { "" });
                    self.quote_text(label, &mut sql);
                }
                sql.push(')');
                sql.into()
            }
            Type::Uuid => "CHAR(36)".into(),
            Type::Array(_) => {
                return Err(no_such_type("MySQL", ty, "use Json, or a table of its own"));
            }
            Type::Set(labels) => self.set_sql(ty, labels)?.into(),
            Type::Native(of) => of.type_sql("mysql")?.into(),
            Type::Domain(_) | Type::Composite(_) => return Err(no_user_defined("MySQL", ty)),
            Type::Variant(_) => return self.type_sql(ty.in_dialect(self.name)),
            Type::Custom(of) => match of.type_sql("mysql") {
                Some(sql) => sql,
                None => self.type_sql(of.base())?,
            },
            other => standard_type_sql(other),
        })
    }

    fn autoincrement_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        Ok(format!("{} AUTO_INCREMENT", self.type_sql(ty)?).into())
    }

    fn quote_text(&self, text: &str, to: &mut String) {
        to.push('\'');
        for c in text.chars() {
            to.push(c);
            if c == '\'' || c == '\\' {
                to.push(c);
            }
        }
        to.push('\'');
    }

    fn requires_key_length(&self) -> bool {
        true
    }

    /// MariaDB has no NOT NULL there.
    fn has_not_null_computed(&self) -> bool {
        false
    }

    fn longest_name(&self) -> usize {
        64
    }

    fn longest_alias(&self) -> usize {
        255
    }

    fn name_length(&self, name: &str) -> usize {
        name.chars().count()
    }

    fn write_table_options(&self, table: &Table, to: &mut String) {
        let options = table.options();
        let names = [
            (" ENGINE=", &options.mysql_engine),
            (" CHARSET=", &options.mysql_charset),
            (" COLLATE=", &options.mysql_collate),
            (" ROW_FORMAT=", &options.mysql_row_format),
        ];
        for (word, name) in names {
            if let Some(name) = name {
                to.push_str(word);
                self.quote(name, to);
            }
        }
        if let Some(first) = options.mysql_auto_increment {
            to.push_str(&format!(" AUTO_INCREMENT={first}"));
        }
    }

    fn drop_constraint_sql(&self, constraint: &Constraint) -> Option<&'static str> {
        match constraint {
            Constraint::PrimaryKey(_) => None,
            Constraint::Unique(_) => Some("DROP INDEX "),
            Constraint::ForeignKey(_) => Some("DROP FOREIGN KEY "),
            _ => Some("DROP CONSTRAINT "),
        }
    }

    fn index_method_first(&self) -> bool {
        false
    }

    fn index_owner(&self) -> IndexOwner {
        IndexOwner::Table
    }

    fn comment_place(&self) -> CommentPlace {
        CommentPlace::CreateTable
    }

    fn check_constraint(&self, constraint: &Constraint) -> Result<()> {
        let (deferral, actions) = match constraint {
            Constraint::Unique(unique) => (unique.deferral(), [None; 2]),
            Constraint::ForeignKey(key) => {
                (key.deferral(), [key.delete_action(), key.update_action()])
            }
            _ => return Ok(()),
        };
        if deferral != Deferrable::No {
            let why = "MySQL checks constraints with each statement; remove `deferrable`";
            return Err(no_such_constraint(constraint, why));
        }
        if actions.contains(&Some(ReferentialAction::SetDefault)) {
            return Err(no_such_constraint(constraint, "MySQL has no SET DEFAULT; use SET NULL"));
        }
        Ok(())
    }
}

impl MySql {
    fn set_sql(&self, ty: &Type, labels: &[Name]) -> Result<String> {
        // An empty label would be read as an empty set.
        if labels.iter().any(|label| label.is_empty() || label.contains(',')) {
            let cure = "a label has a character at least, and no comma";
            return Err(no_such_type("MySQL", ty, cure));
        }
        if !(1..=64).contains(&labels.len()) {
            return Err(no_such_type("MySQL", ty, "a set has from 1 to 64 labels"));
        }
        let mut sql = "SET".to_owned();
        for (index, label) in labels.iter().enumerate() {
            sql.push_str(if index > 0 { ", " } else { "(" });
            self.quote_text(label, &mut sql);
        }
        Ok(sql + ")")
    }
}
