//! Operators between their operands.

use super::super::{Expression, Kind, NumberKind, Op, Precedence};
use crate::sql::SqlWriter;

impl Expression {
    /// Writes the children with what stands between them.
    pub(super) fn write_infix(&self, to: &mut SqlWriter<'_>) {
        if let Kind::Binary(Op::Concat) = self.kind {
            return self.write_concat(to);
        }
        if self.children.is_empty() {
            // All of nothing is true, any of nothing is false.
            to.sql(if matches!(self.kind, Kind::All) { "1 = 1" } else { "1 != 1" });
        }
        for index in 0..self.children.len() {
            self.write_before(index, to);
            self.write_operand(index, to);
        }
    }

    /// Writes what stands before a child.
    pub(super) fn write_before(&self, index: usize, to: &mut SqlWriter<'_>) {
        let before = match (&self.kind, index) {
            (_, 0) => "",
            (Kind::Binary(op), _) => op.sql(),
            (Kind::Any, _) => " OR ",
            (Kind::Between { negated: false, .. }, 1) => " BETWEEN ",
            (Kind::Between { negated: true, .. }, 1) => " NOT BETWEEN ",
            (Kind::Operator(operator), _) => {
                to.sql(" ");
                to.sql(operator);
                " "
            }
            _ => " AND ",
        };
        to.sql(before);
    }

    /// Refuses `%` of floating-point numbers where the database has none.
    #[inline(never)]
    pub(super) fn check_remainder(&self, to: &mut SqlWriter<'_>) {
        if to.dialect().has_float_remainder() {
            return;
        }
        let kinds = self.children.iter().map(Self::kind_of_divisor);
        if to.widest(kinds) == NumberKind::Float {
            to.refuse("`%` of floating-point numbers", FLOAT_REMAINDER);
        }
    }

    fn write_concat(&self, to: &mut SqlWriter<'_>) {
        to.dialect().write_concat(self.child(0), self.child(1), to);
    }

    /// Writes a child, in parentheses if this node binds it as strongly as its own operator does.
    pub(super) fn write_operand(&self, index: usize, to: &mut SqlWriter<'_>) {
        let child = self.child(index);
        if child.is_value() && self.compares_with_column(index) {
            return to.value_beside_column(child);
        }
        child.write_in_parentheses(self.needs_parentheses(index), to);
    }

    /// Whether a child is compared with a column.
    fn compares_with_column(&self, index: usize) -> bool {
        let Kind::Binary(op) = self.kind else { return false };
        op.precedence() == Precedence::Comparison
            && self
                .children
                .iter()
                .enumerate()
                .any(|(at, other)| at != index && other.is_one_column())
    }

    fn needs_parentheses(&self, index: usize) -> bool {
        let child = self.child(index);
        let chained = match (&self.kind, &child.kind) {
            (Kind::Binary(op), Kind::Binary(inner)) => op == inner && op.is_associative(),
            _ => false,
        };
        let of_this = match self.kind {
            // Which operator it is, and so its place in the order, is not known.
            Kind::Operator(_) => Precedence::Product,
            _ => self.kind.precedence(self.children.len()),
        };
        !chained && child.binds_at_most(of_this)
    }

    /// Writes it as an operand of `||`.
    pub(in crate::sql) fn write_concat_operand(&self, to: &mut SqlWriter<'_>) {
        let chained = matches!(self.kind, Kind::Binary(Op::Concat));
        self.write_in_parentheses(!chained && self.binds_at_most(Precedence::Product), to);
    }
}

const FLOAT_REMAINDER: &str =
    "make integers of both by `.cast::<i64>()`, or compute it in the program";
