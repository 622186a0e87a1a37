//! What a dialect says about JSON.

use super::Feature;
use crate::sql::{Expression, JsonChange, JsonForm, SqlWriter};

/// A part of a JSON document.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct JsonClause<'t> {
    /// The document.
    pub of: &'t Expression,
    /// The path as one text, `$."a"[1]`.
    pub path: &'t Expression,
    /// The path step by step: text for a key, an integer for an index.
    pub steps: &'t [Expression],
    /// As what it is read.
    pub form: JsonForm,
}

impl<'t> JsonClause<'t> {
    pub(in crate::sql) fn new(children: &'t [Expression], form: JsonForm) -> Self {
        Self { of: &children[0], path: &children[1], steps: &children[2..], form }
    }

    /// Writes a function of the document and the path.
    pub fn write_by_path(&self, function: &str, to: &mut SqlWriter<'_>) {
        to.sql(function);
        to.sql("(");
        to.expression(self.of);
        to.sql(", ");
        to.expression(self.path);
        to.sql(")");
    }

    /// Writes the part as PostgreSQL does, as text or as JSON.
    fn write_arrows(&self, as_text: bool, to: &mut SqlWriter<'_>) {
        to.operand(self.of);
        if self.steps.is_empty() && as_text {
            to.sql(" #>> '{}'");
        }
        for (index, step) in self.steps.iter().enumerate() {
            let is_last = index + 1 == self.steps.len();
            to.sql(if is_last && as_text { " ->> " } else { " -> " });
            write_step(step, "INTEGER", to);
        }
    }

    /// Writes the part in another type, if it is of a sort of JSON.
    fn write_cast(&self, sort: &str, ty: &str, to: &mut SqlWriter<'_>) {
        to.repeated(2, |to| {
            to.sql("CASE jsonb_typeof(to_jsonb(");
            self.write_arrows(false, to);
            to.sql(")) WHEN '");
            to.sql(sort);
            to.sql("' THEN CAST(");
            self.write_arrows(true, to);
            to.sql(" AS ");
            to.sql(ty);
            to.sql(") END");
        });
    }
}

/// Writes a step. An index is bound with 64 bits, which no operator takes.
fn write_step(step: &Expression, index_as: &str, to: &mut SqlWriter<'_>) {
    if step.is_integer() {
        to.sql("CAST(");
        to.expression(step);
        to.sql(" AS ");
        to.sql(index_as);
        to.sql(")");
    } else {
        to.expression(step);
    }
}

/// A changed JSON document.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct JsonChangeClause<'t> {
    /// The document.
    pub of: &'t Expression,
    /// The path as one text, `$."a"[1]`.
    pub path: &'t Expression,
    /// The path step by step: text for a key, an integer for an index.
    pub steps: &'t [Expression],
    /// The new value, if a part is set.
    pub value: Option<&'t Expression>,
}

impl<'t> JsonChangeClause<'t> {
    pub(in crate::sql) fn new(children: &'t [Expression], change: JsonChange) -> Self {
        let (children, value) = match change {
            JsonChange::Set => children.split_at(children.len() - 1),
            JsonChange::Remove => (children, &children[..0]),
        };
        let [of, path] = [&children[0], &children[1]];
        Self { of, path, steps: &children[2..], value: value.first() }
    }
}

/// How one database reads and changes JSON. Each method has a default, which is PostgreSQL's.
///
/// What [`ExpressionDialect`](super::ExpressionDialect) says about its methods holds for these.
pub trait JsonDialect {
    /// Writes a part of a document.
    fn write_json(&self, clause: &JsonClause<'_>, to: &mut SqlWriter<'_>) {
        match clause.form {
            JsonForm::Json => clause.write_arrows(false, to),
            JsonForm::String => clause.write_arrows(true, to),
            JsonForm::Integer => clause.write_cast("number", "BIGINT", to),
            JsonForm::Float => clause.write_cast("number", "DOUBLE PRECISION", to),
            JsonForm::Numeric => clause.write_cast("number", "NUMERIC", to),
            JsonForm::Boolean => clause.write_cast("boolean", "BOOLEAN", to),
        }
    }

    /// Writes a changed document.
    fn write_json_change(&self, clause: &JsonChangeClause<'_>, to: &mut SqlWriter<'_>) {
        to.require(Feature::JsonChange);
        let set = clause.value.is_some();
        to.sql(if set { "jsonb_set(CAST(" } else { "(CAST(" });
        to.expression(clause.of);
        to.sql(if set { " AS JSONB), ARRAY[" } else { " AS JSONB) #- ARRAY[" });
        to.separated(", ", clause.steps, |step, to| write_step(step, "TEXT", to));
        to.sql("]");
        if let Some(value) = clause.value {
            to.sql(", CAST(");
            to.expression(value);
            to.sql(" AS JSONB)");
        }
        to.sql(")");
    }
}
