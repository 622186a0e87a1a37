//! Which expressions are decimal numbers, and which floating-point numbers: what must be known where a
//! database keeps decimal numbers as text.

use std::sync::OnceLock;

use super::{Adaptation, Expression, Gives, Kind, Op, Quotient, ValueType};
use crate::sql::from::FromClause;
use crate::sql::schema::Column;
use crate::sql::select::QueryParts;
use crate::sql::types::{Type, TypeKind};

/// What sort of number an expression is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum NumberKind {
    /// An exact decimal number.
    Decimal,
    /// A floating-point number.
    Float,
    /// Anything else, or what is not known.
    Other,
    /// It has so many parts that nobody looked at all of them: a statement that needs to know is refused.
    TooLarge,
}

/// How many nodes are looked at for one answer. The columns of a subquery are looked at once, however often
/// they are named.
const MOST_NODES: u32 = 1_000_000;

/// How many nodes may still be looked at.
#[derive(Debug)]
pub(in crate::sql) struct Budget(u32);

impl NumberKind {
    pub(in crate::sql) fn of(ty: TypeKind) -> Self {
        match ty {
            TypeKind::Numeric => Self::Decimal,
            TypeKind::Float | TypeKind::Double => Self::Float,
            _ => Self::Other,
        }
    }

    fn of_type(ty: Option<&Type>) -> Self {
        ty.map_or(Self::Other, |ty| Self::of(ty.kind()))
    }

    pub(in crate::sql) fn of_column(column: Option<&Column>) -> Self {
        Self::of_type(column.map(Column::column_type))
    }

    pub(in crate::sql) fn of_value(ty: &ValueType) -> Self {
        Self::of_type(ty.get())
    }

    /// What numbers of several kinds are together.
    pub(in crate::sql) fn widest(kinds: impl IntoIterator<Item = Self>) -> Self {
        let mut widest = Self::Other;
        for kind in kinds {
            match (kind, widest) {
                (Self::TooLarge, _) => return kind,
                (Self::Float, _) => widest = kind,
                (Self::Decimal, Self::Other) => widest = kind,
                _ => {}
            }
        }
        widest
    }
}

impl Expression {
    /// What sort of number it is.
    pub(in crate::sql) fn number_kind(&self) -> NumberKind {
        self.number_kind_within(&mut Budget(MOST_NODES))
    }

    pub(in crate::sql) fn is_decimal(&self) -> bool {
        self.number_kind() == NumberKind::Decimal
    }

    fn number_kind_within(&self, budget: &mut Budget) -> NumberKind {
        let Some(left) = budget.0.checked_sub(1) else { return NumberKind::TooLarge };
        budget.0 = left;
        match &self.kind {
            Kind::MappedColumn { table, name, .. } => {
                NumberKind::of_column((table.table)().column(name))
            }
            Kind::Column(column) => match column.ty {
                Some(ty) => NumberKind::of(ty),
                None => column.of.number_kind(&column.name),
            },
            Kind::Literal(literal) => NumberKind::of_value(literal.bound_type()),
            Kind::Made(made) => NumberKind::of_value(&made.literal.ty),
            Kind::Bind(bind) => NumberKind::of_value(&bind.ty),
            Kind::Division(Quotient::Float) => NumberKind::Float,
            Kind::Binary(Op::Add | Op::Subtract | Op::Multiply | Op::Modulo)
            | Kind::Division(_) => widest(&self.children, budget),
            Kind::Negate | Kind::Label(_) | Kind::Ordered { .. } | Kind::Over(_) => {
                first(&self.children, budget)
            }
            Kind::Adapted(adaptation) => match adaptation {
                Adaptation::FloatResult | Adaptation::FloatArgument => NumberKind::Float,
                Adaptation::Integer | Adaptation::IntegerSum => NumberKind::Other,
                _ => first(&self.children, budget),
            },
            Kind::Cast(ty) => NumberKind::of_type(Some(ty)),
            Kind::Case { of, otherwise } => {
                let results = self.children.iter().skip(usize::from(*of));
                let pairs = (self.children.len() - usize::from(*of)) / 2 * 2;
                let is_result = |at: usize| at % 2 == 1 || (*otherwise && at == pairs);
                let results = results.enumerate().filter(|(at, _)| is_result(*at));
                let kinds = results.map(|(_, result)| result.number_kind_within(budget));
                NumberKind::widest(kinds)
            }
            Kind::Query(query) => query.number_kind(0, budget),
            Kind::Function(_) | Kind::Call(_) => match self.number_function() {
                Some((function, arguments)) => match function.gives {
                    Gives::First => first(arguments, budget),
                    Gives::Widest => widest(arguments, budget),
                },
                None => NumberKind::Other,
            },
            _ => NumberKind::Other,
        }
    }
}

fn first(children: &[Expression], budget: &mut Budget) -> NumberKind {
    children.first().map_or(NumberKind::Other, |child| child.number_kind_within(budget))
}

fn widest(children: &[Expression], budget: &mut Budget) -> NumberKind {
    NumberKind::widest(children.iter().map(|child| child.number_kind_within(budget)))
}

impl QueryParts {
    /// What sort of number its column at this place is.
    pub(in crate::sql) fn kind_at(&self, place: usize) -> NumberKind {
        self.number_kind(place, &mut Budget(MOST_NODES))
    }

    /// What sort of number its column at this place is.
    pub(in crate::sql) fn number_kind(&self, place: usize, budget: &mut Budget) -> NumberKind {
        let column = match self {
            Self::Values(values) => values.first_row().get(place),
            Self::Compound(compound) => {
                let operands = compound.operands.iter();
                return NumberKind::widest(operands.map(|of| of.number_kind(place, budget)));
            }
            _ => self.columns().get(place),
        };
        column.map_or(NumberKind::Other, |column| column.number_kind_within(budget))
    }
}

/// What sorts of numbers the columns of a query are, as soon as somebody has asked.
#[derive(Debug, Default)]
pub(in crate::sql) struct ColumnKinds(OnceLock<Box<[NumberKind]>>);

impl ColumnKinds {
    /// That of the column at this place, of so many.
    pub(in crate::sql) fn of(
        &self,
        query: &QueryParts,
        place: usize,
        columns: usize,
    ) -> NumberKind {
        let kinds = self.0.get_or_init(|| {
            let kind = |place| query.number_kind(place, &mut Budget(MOST_NODES));
            (0..columns).map(kind).collect()
        });
        kinds.get(place).copied().unwrap_or(NumberKind::Other)
    }
}

impl FromClause {
    /// What sort of number a column of it is, by its name.
    fn number_kind(&self, name: &str) -> NumberKind {
        match self.stored_table() {
            Some(table) => NumberKind::of_column(table.column(name)),
            None => self.kind_of_column(name),
        }
    }
}
