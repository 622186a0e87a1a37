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
            // What no i64 holds is an error of DIV, where a cast gives another number.
            JsonForm::Integer if self.name == "mariadb" => to.repeated(2, |to| {
                to.sql("CASE WHEN ");
                extract(to);
                to.sql(" REGEXP '^-{0,1}[0-9]+$' THEN CAST(");
                extract(to);
                to.sql(" AS DECIMAL(65, 0)) DIV 1 END");
            }),
            JsonForm::Integer => {
                of_sort(
                    to,
                    ") IN ('INTEGER', 'UNSIGNED INTEGER') THEN ",
                    "CAST(",
                    " AS DECIMAL(65, 0)) DIV 1 END",
                );
            }
            JsonForm::Float if self.name == "mariadb" => {
                number(to, &extract, ("abs(", " + 0e0) < 1.797e308"), ("(", " + 0e0)"));
            }
            JsonForm::Numeric if self.name == "mariadb" => {
                number(to, &extract, ("", EXACT), ("CAST(", " AS DECIMAL(65, 30))"));
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

/// Writes a number of MariaDB, which takes for JSON what is beyond its own numbers: what does not pass the
/// test is an error of an addition, where a cast gives the largest number there is.
fn number(
    to: &mut SqlWriter<'_>,
    extract: &dyn Fn(&mut SqlWriter<'_>),
    test: (&str, &str),
    number: (&str, &str),
) {
    to.repeated(4, |to| {
        let mut around = |(before, after): (&str, &str)| {
            to.sql(before);
            extract(to);
            to.sql(after);
        };
        around(("CASE WHEN json_type(", ") NOT IN ('INTEGER', 'DOUBLE') THEN NULL WHEN "));
        around(test);
        around((&format!(" THEN {}", number.0), number.1));
        around((" ELSE 9223372036854775807 + json_valid(", ") END"));
    });
}

/// Numbers that fit into a DECIMAL(65, 30), whatever digits they have.
const EXACT: &str = " REGEXP '^-{0,1}[0-9]{1,35}([.][0-9]{1,30}0*){0,1}$\
     |^-{0,1}[0-9]{1,17}([.][0-9]{1,16}){0,1}[eE][-+]{0,1}0*(1[0-3]|[0-9])$'";

const NUMBERS: &str = ") IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN ";
