//! Making nodes.

use super::{
    Bind, BindDefault, BitwiseOperator, Children, Column, DateField, Expression, Fragment,
    Grouping, Kind, List, ListOf, Literal, MAX_DEPTH, Made, Op, Quotient, TOO_DEEP, ValueType,
};
use crate::sql::from::{FromClause, MappedAlias, MappedTable};
use crate::sql::schema::TableName;
use crate::sql::select::QueryParts;
use crate::sql::types::{Type, TypeKind};
use crate::sql::{Name, Nulls};
use crate::value::Value;

impl Expression {
    /// The same node without its children, with capacity for as many.
    pub(super) fn without_children(&self) -> Self {
        let children = Children::with_capacity(self.children.len());
        Self { kind: self.kind.clone(), children, depth: self.depth }
    }

    #[inline]
    fn leaf(kind: Kind) -> Self {
        Self { kind, children: Children::NONE, depth: 0 }
    }

    /// A node over its children. What is nested too deeply is given up, and compiling the statement
    /// is an error.
    pub(in crate::sql) fn node(kind: Kind, children: Vec<Self>) -> Self {
        let deepest = children.iter().map(|child| child.depth).max();
        let depth = deepest.map_or(0, |deepest| deepest.saturating_add(kind.levels()));
        Self::over(kind, children, depth)
    }

    /// A node whose only child this is.
    #[inline]
    pub(in crate::sql) fn under(self, kind: Kind) -> Self {
        let depth = self.depth.saturating_add(kind.levels());
        Self::over(kind, vec![self], depth)
    }

    #[inline]
    fn over(kind: Kind, children: impl Into<Children>, depth: u16) -> Self {
        let children = children.into();
        if depth <= MAX_DEPTH {
            return Self { kind, children, depth };
        }
        Self::given_up(kind, children)
    }

    #[cold]
    fn given_up(kind: Kind, children: Children) -> Self {
        let refused = match &kind {
            Kind::Query(query) => query.refusal(),
            _ => children.iter().find_map(Self::refusal),
        };
        Self::refused(refused.unwrap_or(TOO_DEEP))
    }

    /// An expression that cannot be compiled, for this reason.
    pub(in crate::sql) fn refused(message: &'static str) -> Self {
        Self { kind: Kind::Refused(message), children: Children::NONE, depth: u16::MAX }
    }

    #[inline]
    pub(in crate::sql) fn mapped_column(
        table: &'static MappedTable,
        alias: Option<MappedAlias>,
        name: &'static str,
    ) -> Self {
        Self::leaf(Kind::MappedColumn { table, alias: alias.map(Box::new), name })
    }

    pub(in crate::sql) fn column(of: FromClause, name: Name, ty: Option<TypeKind>) -> Self {
        let depth = of.depth();
        Self::over(Kind::Column(Box::new(Column { of, name, ty })), Vec::new(), depth)
    }

    pub(in crate::sql) fn next_value(sequence: TableName) -> Self {
        Self::leaf(Kind::NextValue(Box::new(sequence)))
    }

    pub(in crate::sql) fn star() -> Self {
        Self::leaf(Kind::Star)
    }

    #[inline]
    pub(in crate::sql) fn literal(value: Value) -> Self {
        Self::leaf(Kind::Literal(Literal { value, ty: ValueType::Unknown }))
    }

    /// A value that is made for each execution, or is always the same.
    pub(in crate::sql) fn made(make: BindDefault, ty: ValueType) -> Self {
        match make {
            BindDefault::Value(value) => Self::leaf(Kind::Literal(Literal { value, ty })),
            BindDefault::Callable(_) => {
                let literal = Literal { value: Value::Null, ty };
                Self::leaf(Kind::Made(Box::new(Made { literal, make })))
            }
        }
    }

    pub(in crate::sql) fn null() -> Self {
        Self::leaf(Kind::Null)
    }

    pub(in crate::sql) fn truth(truth: bool) -> Self {
        Self::leaf(Kind::Truth(truth))
    }

    pub(in crate::sql) fn bind(name: Name, default: Option<BindDefault>) -> Self {
        Self::of_bind(Bind { name, ty: ValueType::Unknown, default })
    }

    pub(in crate::sql) fn of_bind(bind: Bind) -> Self {
        Self::leaf(Kind::Bind(Box::new(bind)))
    }

    pub(in crate::sql) fn fragment(fragment: Fragment) -> Self {
        Self::leaf(Kind::Fragment(Box::new(fragment)))
    }

    #[inline]
    pub(in crate::sql) fn binary(self, op: Op, right: Self) -> Self {
        self.beside(Kind::Binary(op), right)
    }

    /// A node whose two children these are. Inlined, so that they are made in its vector and not moved there.
    #[inline(always)]
    pub(in crate::sql) fn beside(self, kind: Kind, right: Self) -> Self {
        let depth = self.depth.max(right.depth).saturating_add(kind.levels());
        Self::over(kind, vec![self, right], depth)
    }

    pub(in crate::sql) fn division(self, quotient: Quotient, by: Self) -> Self {
        self.beside(Kind::Division(quotient), by)
    }

    pub(in crate::sql) fn bitwise(self, operator: BitwiseOperator, other: Self) -> Self {
        self.beside(Kind::Bitwise(operator), other)
    }

    pub(in crate::sql) fn list(self, of: ListOf, ty: ValueType, negated: bool) -> Self {
        self.under(Kind::In { list: Box::new(List::new(of, ty)), negated })
    }

    pub(in crate::sql) fn query(query: QueryParts) -> Self {
        let depth = query.depth();
        Self::over(Kind::Query(query), Vec::new(), depth)
    }

    pub(in crate::sql) fn result_column(name: Name) -> Self {
        Self::leaf(Kind::ResultName(name))
    }

    pub(in crate::sql) fn grouping(grouping: Grouping, terms: Vec<Self>) -> Self {
        Self::node(Kind::Grouping(grouping), terms)
    }

    /// A number with the other sign; that of a value is a value, whose type no database has to guess.
    pub(in crate::sql) fn negate(mut self) -> Self {
        match &mut self.kind {
            Kind::Literal(Literal { value: Value::Float(value), .. }) => *value = -*value,
            Kind::Literal(Literal { value: Value::Int(value), .. }) if *value != i64::MIN => {
                *value = -*value;
            }
            _ => return self.under(Kind::Negate),
        }
        self
    }

    pub(in crate::sql) fn null_check(self, negated: bool) -> Self {
        self.under(Kind::IsNull { negated })
    }

    pub(in crate::sql) fn distinct_from(self, other: Self, negated: bool) -> Self {
        self.beside(Kind::IsDistinct { negated }, other)
    }

    pub(in crate::sql) fn extract(self, field: DateField) -> Self {
        self.under(Kind::Extract(field))
    }

    pub(in crate::sql) fn cast(self, ty: Type) -> Self {
        self.under(Kind::Cast(Box::new(ty)))
    }

    pub(in crate::sql) fn in_select(self, query: Self, negated: bool) -> Self {
        Self::node(Kind::InSelect { negated }, vec![self, query])
    }

    pub(in crate::sql) fn exists(query: Self) -> Self {
        query.under(Kind::Exists { negated: false })
    }

    pub(in crate::sql) fn function(name: Name, arguments: Vec<Self>) -> Self {
        Self::node(Kind::Function(name), arguments)
    }

    pub(in crate::sql) fn label(self, name: Name) -> Self {
        self.under(Kind::Label(name))
    }

    pub(in crate::sql) fn ordered(self, descending: bool, nulls: Option<Nulls>) -> Self {
        Self::node(Kind::Ordered { descending, nulls }, vec![self])
    }

    /// All of several conditions, or one of them. Those that are joined in the same way already are
    /// taken apart, so that a chain of ten thousand `and` is one node and not as many levels. What
    /// is true, or false, without a look at the rows is left out, or decides.
    pub(in crate::sql) fn joined(kind: Kind, conditions: impl IntoIterator<Item = Self>) -> Self {
        let same = std::mem::discriminant(&kind);
        // TRUE AND x is x, FALSE AND x is FALSE, whatever x is, and the same with OR turned round.
        let neutral = matches!(kind, Kind::All);
        let (mut all, mut deepest, mut is_constant) = (Vec::new(), 0, false);
        for condition in conditions {
            if let Kind::Truth(truth) = condition.kind {
                if truth != neutral {
                    return condition;
                }
                is_constant = true;
                continue;
            }
            if std::mem::discriminant(&condition.kind) != same {
                deepest = deepest.max(condition.depth.saturating_add(1));
                all.push(condition);
                continue;
            }
            deepest = deepest.max(condition.depth);
            if all.is_empty() {
                // The first, which in a chain is the long one, is not copied.
                all = condition.children.into_vec();
            } else {
                all.extend(condition.children.into_vec());
            }
        }
        if is_constant && all.is_empty() {
            return Self::truth(neutral);
        }
        Self::over(kind, all, deepest)
    }
}
