//! The JSON of MySQL and MariaDB.

use super::MySql;
use crate::sql::{Feature, JsonChangeClause, JsonClause, JsonDialect, JsonForm, SqlWriter};

impl JsonDialect for MySql {
    fn write_json(&self, clause: &JsonClause<'_>, to: &mut SqlWriter<'_>) {
        let extract = |to: &mut SqlWriter<'_>| clause.write_by_path("json_extract", to);
        let of_sort = |to: &mut SqlWriter<'_>, sorts: &str, before: &str, after: &str| {
            to.repeated(2, |to| {
                to.sql("CASE WHEN json_type(");
                extract(to);
                to.sql(sorts);
                to.sql(before);
                extract(to);
                to.sql(after);
            });
        };
        match clause.form {
            JsonForm::Json => extract(to),
            JsonForm::String => of_sort(to, ") != 'NULL' THEN ", "json_unquote(", ") END"),
            JsonForm::Integer => {
                of_sort(
                    to,
                    ") IN ('INTEGER', 'UNSIGNED INTEGER') THEN ",
                    "CAST(",
                    " AS SIGNED) END",
                );
            }
            JsonForm::Float => of_sort(to, NUMBERS, "(", " + 0e0) END"),
            JsonForm::Numeric => of_sort(to, NUMBERS, "CAST(", " AS DECIMAL(65, 30)) END"),
            JsonForm::Boolean => {
                to.sql("CASE CAST(");
                extract(to);
                to.sql(" AS CHAR) WHEN 'true' THEN true WHEN 'false' THEN false END");
            }
        }
    }

    fn write_json_change(&self, clause: &JsonChangeClause<'_>, to: &mut SqlWriter<'_>) {
        to.require(Feature::JsonChange);
        to.sql(if clause.value.is_some() { "json_set(" } else { "json_remove(" });
        to.expression(clause.of);
        to.sql(", ");
        to.expression(clause.path);
        if let Some(value) = clause.value {
            // What is text for the server would become a string of JSON.
            to.sql(", json_extract(");
            to.expression(value);
            to.sql(", '$')");
        }
        to.sql(")");
    }
}

const NUMBERS: &str = ") IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN ";
