//! Expressions that a dialect writes in a way of its own.

use super::super::{Expression, Kind};
use crate::sql::compile::{
    BitwiseClause, CastClause, DistinctClause, DivisionClause, ExtractClause, LikeClause,
    RegexpClause, RegexpReplaceClause, SymmetricClause, TextMatchClause,
};
use crate::sql::{Feature, SqlWriter};

impl Expression {
    pub(super) fn write_clause(&self, to: &mut SqlWriter<'_>) {
        let dialect = to.dialect();
        let child = |index: usize| self.child(index);
        match &self.kind {
            Kind::Division(quotient) => dialect.write_division(
                &DivisionClause { left: child(0), right: child(1), quotient: *quotient },
                to,
            ),
            Kind::Bitwise(operator) => dialect.write_bitwise(
                &BitwiseClause { operator: *operator, left: child(0), right: child(1) },
                to,
            ),
            Kind::IsDistinct { negated } => dialect.write_distinct_from(
                &DistinctClause { left: child(0), right: child(1), negated: *negated },
                to,
            ),
            Kind::Between { negated, .. } => dialect.write_between_symmetric(
                &SymmetricClause { of: child(0), low: child(1), high: child(2), negated: *negated },
                to,
            ),
            Kind::Cast(ty) => {
                let ty = ty.in_dialect(dialect.name());
                dialect.write_cast(&CastClause { of: child(0), ty }, to);
            }
            Kind::Extract(field) => {
                dialect.write_extract(&ExtractClause { field: *field, of: child(0) }, to);
            }
            _ => unreachable!("`write` has an arm for each kind"),
        }
    }

    pub(super) fn write_text_clause(&self, to: &mut SqlWriter<'_>) {
        let dialect = to.dialect();
        let child = |index: usize| self.child(index);
        match &self.kind {
            Kind::Like(like) => dialect.write_like(
                &LikeClause {
                    text: child(0),
                    pattern: child(1),
                    negated: like.negated,
                    insensitive: like.insensitive,
                    escape: like.escape,
                },
                to,
            ),
            Kind::TextMatch(search) => dialect.write_text_match(
                &TextMatchClause {
                    text: child(0),
                    part: child(1),
                    place: search.place,
                    negated: search.negated,
                    insensitive: search.insensitive,
                    wildcards: search.wildcards,
                },
                to,
            ),
            Kind::Regexp(regexp) => {
                to.require(Feature::Regexp);
                dialect.write_regexp_match(
                    &RegexpClause {
                        text: child(0),
                        pattern: child(1),
                        negated: regexp.negated,
                        flags: regexp.flags,
                    },
                    to,
                );
            }
            Kind::RegexpReplace { flags } => {
                to.require(Feature::RegexpReplace);
                dialect.write_regexp_replace(
                    &RegexpReplaceClause {
                        text: child(0),
                        pattern: child(1),
                        replacement: child(2),
                        flags: *flags,
                    },
                    to,
                );
            }
            _ => {
                to.require(Feature::FullTextMatch);
                dialect.write_full_text_match(child(0), child(1), to);
            }
        }
    }
}
