//! The SQL of each node, and where parentheses stand.

use super::{Expression, Kind, Op, Precedence};
use crate::error::{Error, ErrorKind};
use crate::sql::SqlWriter;

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
    pub(in crate::sql) fn write(&self, to: &mut SqlWriter<'_>) {
        match &self.kind {
            Kind::Column { of, name } => {
                of.write_name(to);
                to.sql(".");
                to.name(name);
            }
            Kind::Star => to.sql("*"),
            Kind::Literal(literal) => to.literal(literal),
            Kind::Bind(bind) => to.bind(bind),
            Kind::Binary(op) => self.write_binary(*op, to),
            Kind::Not => {
                to.sql("NOT (");
                self.child(0).write(to);
                to.sql(")");
            }
            Kind::Negate => {
                to.sql("-");
                self.write_operand(0, to);
            }
            Kind::IsNull { negated } => {
                self.write_operand(0, to);
                to.sql(if *negated { " IS NOT NULL" } else { " IS NULL" });
            }
            Kind::In { list, negated } => {
                to.sql("(");
                self.write_in(to);
                to.list(list, *negated);
                to.sql(")");
            }
            Kind::InSelect { negated } => {
                to.sql("(");
                self.write_in(to);
                to.sql(if *negated { " NOT IN " } else { " IN " });
                self.child(1).write(to);
                to.sql(")");
            }
            Kind::Between => {
                for (index, before) in ["", " BETWEEN ", " AND "].into_iter().enumerate() {
                    to.sql(before);
                    self.write_operand(index, to);
                }
            }
            Kind::All => self.write_joined(" AND ", "1 = 1", to),
            Kind::Any => self.write_joined(" OR ", "1 != 1", to),
            Kind::Function(name) => {
                to.sql(name);
                to.sql("(");
                to.separated(", ", &self.children, Self::write);
                to.sql(")");
            }
            // A label is written by the list of a SELECT; elsewhere it is what it labels.
            Kind::Label(_) => self.child(0).write(to),
            Kind::Select(select) => {
                to.sql("(");
                select.write_value(to);
                to.sql(")");
            }
            Kind::Exists => {
                to.sql("EXISTS ");
                self.child(0).write(to);
            }
            Kind::Refused(message) => {
                to.sql("(refused)");
                to.fail(Error::new(ErrorKind::Compile, *message));
            }
        }
    }

    fn write_binary(&self, op: Op, to: &mut SqlWriter<'_>) {
        if op == Op::Concat {
            let dialect = to.dialect();
            return dialect.write_concat(self.child(0), self.child(1), to);
        }
        self.write_operand(0, to);
        to.sql(op.sql());
        self.write_operand(1, to);
    }

    /// The operand before IN, which binds as a comparison does.
    fn write_in(&self, to: &mut SqlWriter<'_>) {
        let of = self.child(0);
        of.write_in_parentheses(of.binds_at_most(Precedence::Comparison), to);
    }

    fn write_joined(&self, between: &str, nothing: &str, to: &mut SqlWriter<'_>) {
        if self.children.is_empty() {
            // All of nothing is true, any of nothing is false.
            to.sql(nothing);
        }
        for index in 0..self.children.len() {
            if index > 0 {
                to.sql(between);
            }
            self.write_operand(index, to);
        }
    }

    /// Writes a child, in parentheses if this node binds it as strongly as its own operator does.
    fn write_operand(&self, index: usize, to: &mut SqlWriter<'_>) {
        let child = self.child(index);
        let chained = match (&self.kind, &child.kind) {
            (Kind::Binary(op), Kind::Binary(inner)) => op == inner && op.is_associative(),
            _ => false,
        };
        let precedence = self.kind.precedence(self.children.len());
        child.write_in_parentheses(!chained && child.binds_at_most(precedence), to);
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
