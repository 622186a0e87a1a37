//! The JSON of SQLite.

use super::Sqlite;
use crate::sql::{Feature, JsonChangeClause, JsonClause, JsonDialect, JsonForm, SqlWriter};

impl JsonDialect for Sqlite {
    /// What `json_extract` gives has no sort of its own: `true` is 1.
    fn write_json(&self, clause: &JsonClause<'_>, to: &mut SqlWriter<'_>) {
        let raw = |to: &mut SqlWriter<'_>| {
            to.operand(clause.of);
            to.sql(" -> ");
            to.expression(clause.path);
        };
        let extract = |to: &mut SqlWriter<'_>| clause.write_by_path("json_extract", to);
        if clause.form == JsonForm::Json {
            return raw(to);
        }
        let times = if clause.form == JsonForm::String { 3 } else { 2 };
        to.repeated(times, |to| {
            to.sql("CASE ");
            clause.write_by_path("json_type", to);
            match clause.form {
                JsonForm::Json => {}
                JsonForm::String => {
                    to.sql(" WHEN 'null' THEN NULL WHEN 'text' THEN ");
                    extract(to);
                    to.sql(" ELSE ");
                    raw(to);
                }
                JsonForm::Integer => {
                    to.sql(" WHEN 'integer' THEN ");
                    extract(to);
                }
                JsonForm::Float => {
                    for sort in ["integer", "real"] {
                        to.sql(" WHEN '");
                        to.sql(sort);
                        to.sql("' THEN CAST(");
                        extract(to);
                        to.sql(" AS REAL)");
                    }
                }
                JsonForm::Numeric => {
                    for sort in ["integer", "real"] {
                        to.sql(" WHEN '");
                        to.sql(sort);
                        to.sql("' THEN ");
                        raw(to);
                    }
                }
                JsonForm::Boolean => to.sql(" WHEN 'true' THEN 1 WHEN 'false' THEN 0"),
            }
            to.sql(" END");
        });
    }

    fn write_json_change(&self, clause: &JsonChangeClause<'_>, to: &mut SqlWriter<'_>) {
        to.require(Feature::JsonChange);
        to.sql(if clause.value.is_some() { "json_set(" } else { "json_remove(" });
        to.expression(clause.of);
        to.sql(", ");
        to.expression(clause.path);
        if let Some(value) = clause.value {
            to.sql(", json(");
            to.expression(value);
            to.sql(")");
        }
        to.sql(")");
    }
}
