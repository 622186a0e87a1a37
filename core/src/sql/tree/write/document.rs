//! JSON documents and arrays.

use super::super::{Expression, Kind, Literal};
use crate::sql::compile::{JsonChangeClause, JsonClause};
use crate::sql::{Feature, SqlWriter};
use crate::value::Value;

impl Expression {
    /// Whether it is an integer, and no other value.
    pub(in crate::sql) fn is_integer(&self) -> bool {
        matches!(self.kind, Kind::Literal(Literal { value: Value::Int(_), .. }))
    }

    pub(super) fn write_document(&self, to: &mut SqlWriter<'_>) {
        let dialect = to.dialect();
        match &self.kind {
            Kind::Json(form) => {
                to.require(Feature::Json);
                dialect.write_json(&JsonClause::new(&self.children, *form), to);
            }
            Kind::JsonChange(change) => {
                to.require(Feature::Json);
                dialect.write_json_change(&JsonChangeClause::new(&self.children, *change), to);
            }
            Kind::Document(operator) => {
                to.require(operator.feature());
                to.operand(self.child(0));
                to.sql(" ");
                to.sql(operator.sql());
                to.sql(" ");
                if operator.feature() == Feature::JsonPathQueries {
                    to.sql("CAST(");
                    to.expression(self.child(1));
                    to.sql(" AS JSONPATH)");
                } else {
                    to.operand(self.child(1));
                }
            }
            _ => self.write_array(to),
        }
    }

    /// An array of expressions, an element, or a part.
    fn write_array(&self, to: &mut SqlWriter<'_>) {
        to.require(Feature::Arrays);
        match &self.kind {
            Kind::Array(ty) => {
                to.sql(if ty.is_some() { "CAST(ARRAY[" } else { "ARRAY[" });
                to.separated(", ", &self.children, |element, to| element.write(to));
                to.sql("]");
                if let Some(ty) = ty {
                    match to.dialect().type_sql(ty) {
                        Ok(ty) => {
                            to.sql(" AS ");
                            to.sql(&ty);
                            to.sql(")");
                        }
                        Err(error) => to.fail(error),
                    }
                }
            }
            Kind::Subscript { slice } => {
                let of = self.child(0);
                // A column, or another element, needs no parentheses; all else does.
                let is_plain = matches!(
                    of.kind,
                    Kind::MappedColumn { .. } | Kind::Column(_) | Kind::Subscript { .. }
                );
                to.sql(if is_plain { "" } else { "(" });
                of.write(to);
                to.sql(if is_plain { "[" } else { ")[" });
                for (index, child) in self.children[1..].iter().enumerate() {
                    to.sql(if index > 0 { ":" } else { "" });
                    child.write(to);
                }
                debug_assert!(self.children.len() == 2 + usize::from(*slice));
                to.sql("]");
            }
            _ => {}
        }
    }
}
