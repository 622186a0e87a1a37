//! Which expressions are decimal numbers, and which floating-point numbers: what must be known where a
//! database keeps decimal numbers as text.

use std::sync::OnceLock;

use super::{Adaptation, Expression, Gives, Kind, Op, Quotient, Role, ValueType};
use crate::sql::from::FromClause;
use crate::sql::schema::Column;
use crate::sql::select::QueryParts;
use crate::sql::types::{self, Type, TypeKind};
use crate::value::Value;

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
        kinds.into_iter().fold(Self::Other, Self::beside)
    }

    /// What numbers of two kinds are together.
    fn beside(self, other: Self) -> Self {
        let is = |kind| self == kind || other == kind;
        [Self::TooLarge, Self::Float, Self::Decimal]
            .into_iter()
            .find(|kind| is(*kind))
            .unwrap_or(Self::Other)
    }
}

/// Whether it is an integer in every database: one of 64 bits without a sign is not.
fn is_integer(ty: TypeKind) -> bool {
    matches!(ty, TypeKind::SmallInteger | TypeKind::Integer | TypeKind::BigInteger)
}

impl Budget {
    /// Whether one more node may be looked at.
    fn takes_one(&mut self) -> bool {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.is_some()
    }
}

impl Expression {
    /// What sort of number it is.
    pub(in crate::sql) fn number_kind(&self) -> NumberKind {
        self.number_kind_within(&mut Budget(MOST_NODES))
    }

    /// The type of an integer, a float or a decimal number, if its columns and values say that it is that.
    pub(in crate::sql) fn known_number(&self) -> Option<&'static Type> {
        match self.number_kind() {
            NumberKind::Decimal => Some(&types::AnyNumeric),
            NumberKind::Float => Some(&types::Double),
            NumberKind::Other | NumberKind::TooLarge => {
                self.is_known_integer().then_some(&types::BigInteger)
            }
        }
    }

    /// Whether its columns and values say that it is an integer.
    fn is_known_integer(&self) -> bool {
        self.is_integer_within(&mut Budget(MOST_NODES))
    }

    /// Whether it is an integer, or a bind, which is held to be one where it must.
    pub(in crate::sql) fn is_for_integer(&self) -> bool {
        matches!(self.kind, Kind::Bind(_)) || self.is_known_integer()
    }

    fn is_integer_within(&self, budget: &mut Budget) -> bool {
        let mut left = vec![self];
        while let Some(expression) = left.pop() {
            if !budget.takes_one() {
                return false;
            }
            let is_one = match &expression.kind {
                Kind::MappedColumn { table, name, .. } => (table.table)()
                    .column(name)
                    .is_some_and(|of| is_integer(of.column_type().kind())),
                Kind::Column(column) => match column.ty {
                    Some(ty) => is_integer(ty),
                    None => column.of.has_integers(&column.name, budget),
                },
                Kind::Literal(literal) => matches!(literal.value, Value::Int(_)),
                Kind::Cast(ty) => is_integer(ty.kind()),
                Kind::Bitwise(_) | Kind::BitwiseNot | Kind::Extract(_) => true,
                Kind::Adapted(
                    Adaptation::SmallInteger | Adaptation::Integer | Adaptation::IntegerSum,
                ) => true,
                Kind::Query(query) => query.has_integers(0, budget),
                Kind::Binary(Op::Add | Op::Subtract | Op::Multiply | Op::Modulo)
                | Kind::Division(Quotient::Truncated)
                | Kind::Negate
                | Kind::Case { .. }
                | Kind::Label(_) => {
                    expression.add_what_decides(&mut left);
                    true
                }
                Kind::Function(_) | Kind::Call(_) => {
                    let gives_one = expression
                        .number_function()
                        .is_some_and(|(of, _)| !matches!(of.role, Role::Computes(_)));
                    expression.add_what_decides(&mut left);
                    gives_one
                }
                Kind::Over(_) => {
                    left.extend(expression.children.first());
                    true
                }
                _ => false,
            };
            if !is_one {
                return false;
            }
        }
        true
    }

    /// What sort of number it is beside one that is divided by it: a value is one of its own sort.
    pub(in crate::sql) fn kind_of_divisor(&self) -> NumberKind {
        match &self.kind {
            Kind::Literal(literal) if matches!(literal.value, Value::Float(_)) => NumberKind::Float,
            _ => self.number_kind(),
        }
    }

    pub(in crate::sql) fn is_decimal(&self) -> bool {
        self.number_kind() == NumberKind::Decimal
    }

    /// It looks at one node after the other and calls itself for queries alone: an expression is as deep as the
    /// smallest stack lets it be written.
    fn number_kind_within(&self, budget: &mut Budget) -> NumberKind {
        let mut widest = NumberKind::Other;
        let mut left = vec![self];
        while let Some(expression) = left.pop() {
            if !budget.takes_one() {
                return NumberKind::TooLarge;
            }
            match expression.known_kind(budget) {
                Some(kind) => widest = widest.beside(kind),
                None => expression.add_what_decides(&mut left),
            }
        }
        widest
    }

    /// What sort of number it is, unless its children say so.
    #[inline(never)]
    fn known_kind(&self, budget: &mut Budget) -> Option<NumberKind> {
        Some(match &self.kind {
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
            Kind::Division(Quotient::Float)
            | Kind::Adapted(Adaptation::FloatResult | Adaptation::FloatArgument) => {
                NumberKind::Float
            }
            Kind::Adapted(
                Adaptation::SmallInteger | Adaptation::Integer | Adaptation::IntegerSum,
            ) => NumberKind::Other,
            Kind::Cast(ty) => NumberKind::of_type(Some(ty)),
            Kind::Query(query) => query.number_kind(0, budget),
            Kind::Function(_) | Kind::Call(_) if self.number_function().is_some() => return None,
            Kind::Binary(Op::Add | Op::Subtract | Op::Multiply | Op::Modulo)
            | Kind::Division(_)
            | Kind::Negate
            | Kind::Label(_)
            | Kind::Ordered { .. }
            | Kind::Over(_)
            | Kind::Adapted(_)
            | Kind::Case { .. } => return None,
            _ => NumberKind::Other,
        })
    }

    /// Adds the expressions that say together what sort of number this one is.
    #[inline(never)]
    fn add_what_decides<'e>(&'e self, to: &mut Vec<&'e Self>) {
        let children = &self.children;
        match &self.kind {
            Kind::Case { of, otherwise } => {
                let results = children.iter().skip(usize::from(*of)).enumerate();
                let pairs = (children.len() - usize::from(*of)) / 2 * 2;
                let is_result = |at: usize| at % 2 == 1 || (*otherwise && at == pairs);
                to.extend(results.filter(|(at, _)| is_result(*at)).map(|(_, result)| result));
            }
            Kind::Function(_) | Kind::Call(_) => {
                let Some((function, arguments)) = self.number_function() else { return };
                match function.gives {
                    Gives::First => to.extend(arguments.first()),
                    Gives::Widest => to.extend(arguments),
                }
            }
            Kind::Binary(_) | Kind::Division(_) => to.extend(children.iter()),
            _ => to.extend(children.first()),
        }
    }
}

impl QueryParts {
    /// What sort of number its column at this place is.
    pub(in crate::sql) fn kind_at(&self, place: usize) -> NumberKind {
        self.number_kind(place, &mut Budget(MOST_NODES))
    }

    /// What sort of number its column at this place is.
    pub(in crate::sql) fn number_kind(&self, place: usize, budget: &mut Budget) -> NumberKind {
        let column = match self {
            Self::Values(values) => {
                let column = values.column(place);
                return NumberKind::widest(column.map(|of| of.number_kind_within(budget)));
            }
            Self::Compound(compound) => {
                let operands = compound.operands.iter();
                return NumberKind::widest(operands.map(|of| of.number_kind(place, budget)));
            }
            _ => self.columns().get(place),
        };
        column.map_or(NumberKind::Other, |column| column.number_kind_within(budget))
    }
}

impl QueryParts {
    /// Whether its column at this place is known to be of integers.
    fn has_integers(&self, place: usize, budget: &mut Budget) -> bool {
        let column = match self {
            Self::Compound(compound) => {
                return compound.operands.iter().all(|of| of.has_integers(place, budget));
            }
            Self::Values(values) => {
                return values.column(place).all(|of| of.is_integer_within(budget));
            }
            _ => self.columns().get(place),
        };
        column.is_some_and(|column| column.is_integer_within(budget))
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
    /// Whether a column of it, by its name, is known to be of integers.
    fn has_integers(&self, name: &str, budget: &mut Budget) -> bool {
        match self.stored_table() {
            Some(table) => {
                table.column(name).is_some_and(|column| is_integer(column.column_type().kind()))
            }
            None => self
                .query_of_column(name)
                .is_some_and(|(query, place)| query.has_integers(place, budget)),
        }
    }

    /// What sort of number a column of it is, by its name.
    fn number_kind(&self, name: &str) -> NumberKind {
        match self.stored_table() {
            Some(table) => NumberKind::of_column(table.column(name)),
            None => self.kind_of_column(name),
        }
    }
}
