//! The SQL of each node, and where parentheses stand.

use super::{Expression, Kind, Op, Precedence};
use crate::error::{Error, ErrorKind};
use crate::sql::{OrderClause, SqlWriter};

impl Kind {
    fn precedence(&self, children: usize) -> Precedence {
        match self {
            Self::Binary(op) => op.precedence(),
            Self::Not => Precedence::Not,
            Self::Negate => Precedence::Product,
            // Of nothing they are `1 = 1` or `1 != 1`.
            Self::All | Self::Any if children == 0 => Precedence::Comparison,
            Self::All => Precedence::And,
            Self::Any => Precedence::Or,
            Self::IsNull { .. } | Self::Between => Precedence::Comparison,
            // IN has parentheses of its own, because it is AND or OR if its list is empty.
            _ => Precedence::Atom,
        }
    }
}

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
        match &self.kind {
            Kind::Not | Kind::Negate | Kind::IsNull { .. } | Kind::Label(_) | Kind::Exists => {
                self.write_unary(to);
            }
            Kind::Binary(Op::Concat) => self.write_concat(to),
            Kind::Binary(_) | Kind::All | Kind::Any | Kind::Between => self.write_infix(to),
            Kind::In { .. } | Kind::InSelect { .. } => self.write_in(to),
            Kind::Function(_) => self.write_function(to),
            Kind::Ordered { .. } => self.write_ordered(to),
            _ => self.write_leaf(to),
        }
    }

    /// Writes what has no children.
    #[inline(never)]
    fn write_leaf(&self, to: &mut SqlWriter<'_>) {
        match &self.kind {
            Kind::MappedColumn { table, alias, name } => {
                match alias {
                    Some(alias) => to.name(alias),
                    None => to.qualified_name(table.schema, table.name),
                }
                to.sql(".");
                to.name(name);
            }
            Kind::Column(column) => {
                column.of.write_name(to);
                to.sql(".");
                to.name(&column.name);
            }
            Kind::Star => to.sql("*"),
            Kind::Literal(literal) => to.literal(literal),
            Kind::Bind(bind) => to.bind(bind),
            Kind::Select(select) => {
                to.sql("(");
                select.write_value(to);
                to.sql(")");
            }
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
            Kind::IsNull { negated: true } => ("", " IS NOT NULL"),
            Kind::IsNull { negated: false } => ("", " IS NULL"),
            Kind::Exists => ("EXISTS ", ""),
            // A label is written by the list of a SELECT; elsewhere it is what it labels.
            _ => ("", ""),
        };
        to.sql(before);
        if matches!(self.kind, Kind::Negate | Kind::IsNull { .. }) {
            self.write_operand(0, to);
        } else {
            self.child(0).write(to);
        }
        to.sql(after);
    }

    /// Writes the children with what stands between them.
    fn write_infix(&self, to: &mut SqlWriter<'_>) {
        if self.children.is_empty() {
            // All of nothing is true, any of nothing is false.
            to.sql(if matches!(self.kind, Kind::All) { "1 = 1" } else { "1 != 1" });
        }
        for index in 0..self.children.len() {
            to.sql(self.before_child(index));
            self.write_operand(index, to);
        }
    }

    /// What stands before a child.
    fn before_child(&self, index: usize) -> &'static str {
        match (&self.kind, index) {
            (_, 0) => "",
            (Kind::Binary(op), _) => op.sql(),
            (Kind::Any, _) => " OR ",
            (Kind::Between, 1) => " BETWEEN ",
            _ => " AND ",
        }
    }

    fn write_concat(&self, to: &mut SqlWriter<'_>) {
        to.dialect().write_concat(self.child(0), self.child(1), to);
    }

    /// IN has parentheses of its own, because it is AND or OR if its list is empty.
    fn write_in(&self, to: &mut SqlWriter<'_>) {
        to.sql("(");
        // The operand before IN is bound as by a comparison.
        let of = self.child(0);
        of.write_in_parentheses(of.binds_at_most(Precedence::Comparison), to);
        match &self.kind {
            Kind::In { list, negated } => to.list(list, *negated),
            Kind::InSelect { negated: true } => to.sql(" NOT IN "),
            _ => to.sql(" IN "),
        }
        if let Some(select) = self.children.get(1) {
            select.write(to);
        }
        to.sql(")");
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

    fn write_ordered(&self, to: &mut SqlWriter<'_>) {
        if let Kind::Ordered { descending, nulls } = self.kind {
            let term = OrderClause::new(self.child(0), descending, nulls);
            to.dialect().write_order_term(&term, to);
        }
    }

    /// Writes a child, in parentheses if this node binds it as strongly as its own operator does.
    fn write_operand(&self, index: usize, to: &mut SqlWriter<'_>) {
        self.child(index).write_in_parentheses(self.needs_parentheses(index), to);
    }

    fn needs_parentheses(&self, index: usize) -> bool {
        let child = self.child(index);
        let chained = match (&self.kind, &child.kind) {
            (Kind::Binary(op), Kind::Binary(inner)) => op == inner && op.is_associative(),
            _ => false,
        };
        !chained && child.binds_at_most(self.kind.precedence(self.children.len()))
    }

    /// Writes it as one of the conditions that AND joins.
    pub(in crate::sql) fn write_conjunct(&self, to: &mut SqlWriter<'_>) {
        self.write_in_parentheses(self.binds_at_most(Precedence::Or), to);
    }

    /// Writes it as an operand of `||`.
    pub(in crate::sql) fn write_concat_operand(&self, to: &mut SqlWriter<'_>) {
        let chained = matches!(self.kind, Kind::Binary(Op::Concat));
        self.write_in_parentheses(!chained && self.binds_at_most(Precedence::Product), to);
    }

    /// Whether its own operator binds its operands no more strongly than this.
    pub(in crate::sql) fn binds_at_most(&self, precedence: Precedence) -> bool {
        self.kind.precedence(self.children.len()) <= precedence
    }

    fn write_in_parentheses(&self, parentheses: bool, to: &mut SqlWriter<'_>) {
        to.sql(if parentheses { "(" } else { "" });
        self.write(to);
        to.sql(if parentheses { ")" } else { "" });
    }
}
