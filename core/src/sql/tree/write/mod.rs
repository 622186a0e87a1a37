//! The SQL of each node, and where parentheses stand.

mod call;
mod clause;
mod compared;
mod decimals;
mod document;
mod given;
mod infix;
mod listed;

use super::{Expression, Grouping, JsonForm, Kind, Op, Precedence, Quotient};
use crate::error::{Error, ErrorKind};
use crate::sql::from::FromClause;
use crate::sql::{Feature, OrderClause, SqlWriter};

impl Kind {
    fn precedence(&self, children: usize) -> Precedence {
        match self {
            Self::Binary(op) => op.precedence(),
            Self::Not => Precedence::Not,
            Self::Negate | Self::Division(_) => Precedence::Product,
            Self::Bitwise(_)
            | Self::BitwiseNot
            | Self::Document(_)
            | Self::Json(JsonForm::Json | JsonForm::String) => Precedence::Bitwise,
            // Of nothing they are `1 = 1` or `1 != 1`.
            Self::All | Self::Any if children == 0 => Precedence::Comparison,
            Self::All => Precedence::And,
            Self::Any => Precedence::Or,
            Self::IsNull { .. }
            | Self::IsTruth { .. }
            | Self::IsDistinct { .. }
            | Self::Like(_)
            | Self::TextMatch(_)
            | Self::Regexp(_)
            | Self::FullText
            | Self::Operator(_)
            | Self::Between { .. } => Precedence::Comparison,
            Self::Exists { negated: true } => Precedence::Not,
            Self::Fragment(fragment) if !fragment.is_atom => Precedence::Or,
            // IN has parentheses of its own, because it is AND or OR if its list is empty.
            _ => Precedence::Atom,
        }
    }
}

/// Refuses a whole quotient of numbers of which nobody knows the sort, where no text is right for all of them.
#[inline(never)]
fn check_any_floor(to: &mut SqlWriter<'_>) {
    if !to.dialect().floors_any_quotient() {
        to.refuse("`floordiv` of numbers of which nothing says what sort they are", ANY_FLOOR);
    }
}

const ANY_FLOOR: &str = "say it by `.cast::<i64>()`, `.cast::<Decimal>()` or `.cast::<f64>()`";

impl Expression {
    fn child(&self, index: usize) -> &Self {
        // The constructors give each kind its children.
        &self.children[index]
    }

    /// Writes the SQL.
    ///
    /// It calls itself for each level, so what is written besides the children is written by
    /// functions of its own: their variables take no room on the stack while a child is written.
    pub(in crate::sql) fn write(&self, to: &mut SqlWriter<'_>) {
        match self.kind {
            Kind::Binary(Op::Modulo) => self.check_remainder(to),
            Kind::Division(Quotient::AnyFloor) => check_any_floor(to),
            _ => {}
        }
        self.restrict_to_integers(to);
        if to.keeps_decimals_as_text() {
            if let Kind::Case { .. } = self.kind {
                return self.write_case_beside_decimals(to);
            }
            if self.write_decimals(to) {
                return;
            }
        }
        match &self.kind {
            Kind::Not
            | Kind::Negate
            | Kind::BitwiseNot
            | Kind::IsNull { .. }
            | Kind::IsTruth { .. }
            | Kind::Label(_)
            | Kind::Collate(_)
            | Kind::Quantified { .. }
            | Kind::Exists { .. } => self.write_unary(to),
            Kind::Binary(_) | Kind::Operator(_) | Kind::All | Kind::Any => self.write_infix(to),
            Kind::Between { symmetric: false, .. } => self.write_infix(to),
            Kind::In { .. } | Kind::InSelect { .. } => self.write_in(to),
            Kind::Function(_) if self.is_nullif_of_two_sorts(to) => self.write_nullified(to),
            Kind::Function(_) | Kind::Tuple => self.write_function(to),
            Kind::Call(_) | Kind::Over(_) | Kind::Adapted(_) => self.write_call(to),
            Kind::Json(_)
            | Kind::JsonChange(_)
            | Kind::Document(_)
            | Kind::Array(_)
            | Kind::Subscript { .. } => self.write_document(to),
            Kind::Case { .. } => self.write_case(to),
            Kind::Ordered { .. } => self.write_ordered(to),
            Kind::Grouping(grouping) => self.write_grouping(*grouping, to),
            Kind::Division(_)
            | Kind::Bitwise(_)
            | Kind::IsDistinct { .. }
            | Kind::Between { .. }
            | Kind::Cast(_)
            | Kind::Extract(_) => self.write_clause(to),
            Kind::Like(_)
            | Kind::TextMatch(_)
            | Kind::Regexp(_)
            | Kind::RegexpReplace { .. }
            | Kind::FullText => self.write_text_clause(to),
            _ => self.write_leaf(to),
        }
    }

    /// Writes what has no children.
    #[inline(never)]
    fn write_leaf(&self, to: &mut SqlWriter<'_>) {
        match &self.kind {
            Kind::MappedColumn { name, .. } if to.is_definition() => to.name(name),
            Kind::Column(column) if to.is_definition() => to.name(&column.name),
            Kind::MappedColumn { table, alias, name } => {
                FromClause::of_mapped(table, alias.as_deref().copied()).write_column(name, to);
            }
            Kind::Column(column) => column.of.write_column(&column.name, to),
            Kind::Star => to.sql("*"),
            Kind::Null => to.sql("NULL"),
            Kind::NextValue(name) => {
                to.require(Feature::Sequences);
                to.dialect().write_next_value(name, to);
            }
            Kind::Truth(truth) => to.sql(to.dialect().truth_sql(*truth)),
            Kind::Literal(literal) => to.literal(literal),
            Kind::Made(made) => to.literal(&made.literal),
            Kind::Bind(bind) => to.bind(bind),
            Kind::Fragment(fragment) => fragment.write(to),
            Kind::Query(query) => {
                to.sql("(");
                query.write_value(to);
                to.sql(")");
            }
            Kind::ResultName(name) => to.name(name),
            Kind::Refused(message) => {
                to.sql("(refused)");
                to.fail(Error::new(ErrorKind::Compile, *message));
            }
            _ => unreachable!("`write` has an arm for each kind that has children"),
        }
    }

    fn write_unary(&self, to: &mut SqlWriter<'_>) {
        let (before, after) = match &self.kind {
            Kind::Not => ("NOT (", ")"),
            Kind::Negate => ("-", ""),
            Kind::BitwiseNot => return to.dialect().write_bitwise_not(self.child(0), to),
            Kind::IsNull { negated: true } => ("", " IS NOT NULL"),
            Kind::IsNull { negated: false } => ("", " IS NULL"),
            Kind::IsTruth { truth: true, negated: false } => ("", " IS TRUE"),
            Kind::IsTruth { truth: true, negated: true } => ("", " IS NOT TRUE"),
            Kind::IsTruth { truth: false, negated: false } => ("", " IS FALSE"),
            Kind::IsTruth { truth: false, negated: true } => ("", " IS NOT FALSE"),
            Kind::Exists { negated: false } => ("EXISTS ", ""),
            Kind::Exists { negated: true } => ("NOT EXISTS ", ""),
            Kind::Quantified { all } => {
                self.require_quantified(to);
                (if *all { "ALL " } else { "ANY " }, "")
            }
            // A label is written by the list of a SELECT; elsewhere it is what it labels.
            _ => ("", ""),
        };
        to.sql(before);
        match &self.kind {
            Kind::Negate | Kind::IsNull { .. } | Kind::IsTruth { .. } => self.write_operand(0, to),
            Kind::Collate(_) => self.child(0).write_tight(to),
            _ => self.child(0).write(to),
        }
        if let Kind::Collate(name) = &self.kind {
            self.write_collation(name, to);
        }
        to.sql(after);
    }

    fn write_function(&self, to: &mut SqlWriter<'_>) {
        if let Kind::Function(name) = &self.kind {
            to.sql(name);
        }
        to.sql("(");
        for (index, argument) in self.children.iter().enumerate() {
            to.sql(if index > 0 { ", " } else { "" });
            argument.write(to);
        }
        to.sql(")");
    }

    /// The value that is compared, if there is one; conditions and results; the other result.
    fn write_case(&self, to: &mut SqlWriter<'_>) {
        let Kind::Case { of, otherwise } = self.kind else { return };
        let first = usize::from(of);
        let last = self.children.len() - usize::from(otherwise);
        to.sql("CASE");
        for (index, child) in self.children.iter().enumerate() {
            to.sql(match index {
                _ if index < first => " ",
                _ if index == last => " ELSE ",
                _ if (index - first).is_multiple_of(2) => " WHEN ",
                _ => " THEN ",
            });
            child.write(to);
        }
        to.sql(" END");
    }

    #[inline(never)]
    fn write_grouping(&self, grouping: Grouping, to: &mut SqlWriter<'_>) {
        match grouping {
            Grouping::Set => {}
            Grouping::Rollup => return to.dialect().write_rollup(&self.children, to),
            Grouping::Cube | Grouping::Sets => to.require(Feature::GroupingSets),
        }
        to.sql(match grouping {
            Grouping::Cube => "CUBE(",
            Grouping::Sets => "GROUPING SETS(",
            Grouping::Set | Grouping::Rollup => "(",
        });
        to.separated(", ", &self.children, Self::write);
        to.sql(")");
    }

    fn write_ordered(&self, to: &mut SqlWriter<'_>) {
        if let Kind::Ordered { descending, nulls } = self.kind {
            let term = OrderClause::new(self.child(0), descending, nulls);
            to.dialect().write_order_term(&term, to);
        }
    }

    /// Writes it as one of the conditions that AND joins.
    pub(in crate::sql) fn write_conjunct(&self, to: &mut SqlWriter<'_>) {
        self.write_in_parentheses(self.binds_at_most(Precedence::Or), to);
    }

    /// Writes it as an operand of an operator whose place in the order is not the same everywhere.
    pub(in crate::sql) fn write_tight(&self, to: &mut SqlWriter<'_>) {
        self.write_in_parentheses(self.binds_at_most(Precedence::Product), to);
    }

    /// Writes it as an operand of a comparison.
    pub(in crate::sql) fn write_compared(&self, to: &mut SqlWriter<'_>) {
        self.write_in_parentheses(self.binds_at_most(Precedence::Comparison), to);
    }

    /// Whether its own operator binds its operands no more strongly than this.
    pub(in crate::sql) fn binds_at_most(&self, precedence: Precedence) -> bool {
        let mut of = self;
        // In an expression a label is what it labels.
        while let (Kind::Label(_), Some(labelled)) = (&of.kind, of.children.first()) {
            of = labelled;
        }
        of.kind.precedence(of.children.len()) <= precedence
    }

    fn write_in_parentheses(&self, parentheses: bool, to: &mut SqlWriter<'_>) {
        to.sql(if parentheses { "(" } else { "" });
        self.write(to);
        to.sql(if parentheses { ")" } else { "" });
    }
}
