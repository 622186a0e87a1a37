//! IN, and what is compared with the rows of a statement or the elements of an array.

use super::super::{Expression, Kind, Precedence};
use crate::sql::compile::ListForm;
use crate::sql::{Feature, Name, SqlWriter};

impl Expression {
    /// IN has parentheses of its own, because it is AND or OR if its list is empty.
    pub(super) fn write_in(&self, to: &mut SqlWriter<'_>) {
        to.sql("(");
        // The operand before IN is bound as by a comparison.
        let of = self.child(0);
        of.write_in_parentheses(of.binds_at_most(Precedence::Comparison), to);
        self.write_list(to);
        to.sql(")");
    }

    /// Writes IN and what stands behind it.
    pub(super) fn write_list(&self, to: &mut SqlWriter<'_>) {
        match &self.kind {
            Kind::In { list, negated: false } => to.list(list, ListForm::In),
            Kind::In { list, negated: true } => to.list(list, ListForm::NotIn),
            Kind::InSelect { negated: true } => to.sql(" NOT IN "),
            _ => to.sql(" IN "),
        }
        match self.children.get(1) {
            Some(Self { kind: Kind::Query(query), .. }) => query.write_listed(to),
            Some(other) => other.write(to),
            None => {}
        }
    }

    pub(super) fn require_quantified(&self, to: &mut SqlWriter<'_>) {
        to.require(match self.child(0).kind {
            Kind::Query(_) => Feature::QuantifiedComparison,
            _ => Feature::QuantifiedArray,
        });
    }

    pub(super) fn write_collation(&self, name: &Name, to: &mut SqlWriter<'_>) {
        to.require(Feature::Collations);
        to.sql(" COLLATE ");
        to.name(name);
    }
}
