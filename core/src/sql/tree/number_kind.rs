//! Which expressions are decimal numbers, and which floating-point numbers: what must be known where a
//! database keeps decimal numbers as text.

use super::{Adaptation, Call, Called, Expression, Kind, KnownFunction, Op, Quotient, ValueType};
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
}

/// How many nodes are looked at for one answer. Subqueries in subqueries could name each other so often that
/// there is no end.
const MOST_NODES: u32 = 100_000;

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

    fn of_value(ty: &ValueType) -> Self {
        Self::of_type(ty.get())
    }

    /// What numbers of several kinds are together.
    pub(in crate::sql) fn widest(kinds: impl IntoIterator<Item = Self>) -> Self {
        let mut widest = Self::Other;
        for kind in kinds {
            match kind {
                Self::Float => return Self::Float,
                Self::Decimal => widest = Self::Decimal,
                Self::Other => {}
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
        let Some(left) = budget.0.checked_sub(1) else { return NumberKind::Other };
        budget.0 = left;
        match &self.kind {
            Kind::MappedColumn { table, name, .. } => {
                NumberKind::of_column((table.table)().column(name))
            }
            Kind::Column(column) => match column.ty {
                Some(ty) => NumberKind::of(ty),
                None => column.of.number_kind(&column.name, budget),
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
            Kind::Function(name) => named(name, &self.children, budget),
            Kind::Call(call) => of_call(call, &self.children, budget),
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

/// Of functions that give one of their arguments, or a number like it.
fn named(name: &str, arguments: &[Expression], budget: &mut Budget) -> NumberKind {
    let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    if is(&["abs", "nullif", "round"]) {
        first(arguments, budget)
    } else if is(&["coalesce", "ifnull", "max", "min"]) {
        widest(arguments, budget)
    } else {
        NumberKind::Other
    }
}

fn of_call(call: &Call, children: &[Expression], budget: &mut Budget) -> NumberKind {
    use KnownFunction as F;
    let arguments = children.get(..call.arguments).unwrap_or_default();
    match &call.called {
        Called::Named(name) => named(name, arguments, budget),
        Called::Known(
            F::Sum
            | F::Avg
            | F::Min
            | F::Max
            | F::Floor
            | F::Ceil
            | F::FirstValue
            | F::LastValue
            | F::NthValue
            | F::Lag
            | F::Lead,
        ) => first(arguments, budget),
        Called::Known(F::Greatest | F::Least) => widest(arguments, budget),
        Called::Known(_) => NumberKind::Other,
    }
}

impl QueryParts {
    /// What sort of number its column at this place is.
    pub(in crate::sql) fn number_kind(&self, place: usize, budget: &mut Budget) -> NumberKind {
        match self {
            Self::Values(values) => values.first_row().get(place),
            _ => self.columns().get(place),
        }
        .map_or(NumberKind::Other, |column| column.number_kind_within(budget))
    }
}

impl FromClause {
    /// What sort of number a column of it is, by its name.
    fn number_kind(&self, name: &str, budget: &mut Budget) -> NumberKind {
        if let Some(table) = self.stored_table() {
            return NumberKind::of_column(table.column(name));
        }
        let Some((query, names)) = self.query_of_columns() else { return NumberKind::Other };
        match names.iter().position(|known| **known == *name) {
            Some(place) => query.number_kind(place, budget),
            None => NumberKind::Other,
        }
    }
}
