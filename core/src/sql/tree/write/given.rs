//! What binds can be given, where the database would make another value of the rest in silence.

use super::super::{
    Adaptation, Expression, Kind, NumberKind, Op, Precedence, Quotient, Role, ValueType,
};
use crate::sql::compile::Given;
use crate::sql::types::Type;
use crate::sql::{Name, SqlWriter};

impl Expression {
    /// Says that binds beside operators of integers are integers.
    #[inline(never)]
    pub(super) fn restrict_to_integers(&self, to: &mut SqlWriter<'_>) {
        match &self.kind {
            Kind::Bitwise(_)
            | Kind::BitwiseNot
            | Kind::Division(Quotient::Truncated)
            | Kind::Adapted(Adaptation::SmallInteger | Adaptation::Integer) => {
                self.restrict(Given::Integer, to);
            }
            Kind::Binary(Op::Modulo) if !to.dialect().has_float_remainder() => {
                let has_decimals = !to.keeps_decimals_as_text()
                    || to.widest(self.children.iter().map(Self::number_kind)) != NumberKind::Other;
                self.restrict(if has_decimals { Given::NoFloat } else { Given::Integer }, to);
            }
            _ => {}
        }
    }

    fn restrict(&self, given: Given, to: &mut SqlWriter<'_>) {
        for child in self.children.iter() {
            if let Kind::Bind(bind) = &child.kind {
                to.restrict(&bind.name, given);
            }
        }
    }

    /// Says that binds beside numbers of which it is not known that they are decimal ones are none. A column of a table
    /// makes a number of a text that it is compared with.
    pub(super) fn restrict_undecided(&self, to: &mut SqlWriter<'_>) {
        let compares = match &self.kind {
            Kind::Binary(op) if op.precedence() == Precedence::Comparison => true,
            Kind::IsDistinct { .. } | Kind::Between { .. } | Kind::In { .. } => true,
            Kind::Case { of, .. } => *of,
            Kind::Binary(Op::Add | Op::Subtract | Op::Multiply | Op::Modulo)
            | Kind::Division(
                Quotient::Exact | Quotient::Floor | Quotient::ExactFloor | Quotient::AnyFloor,
            ) => false,
            Kind::Function(_) | Kind::Call(_) => match self.number_function() {
                Some((of, _)) if of.role != Role::Passes => false,
                _ => return,
            },
            _ => return,
        };
        let is_open = |ty: &ValueType| ty.get().is_none_or(Type::is_integer);
        let mut binds: Vec<_> = self.children.iter().filter_map(Self::open_bind).collect();
        let mut kinds = NumberKind::Other;
        if let Kind::In { list, .. } = &self.kind
            && let Some(name) = list.name()
        {
            let of_list = to.types_of_list(list);
            kinds = to.widest(of_list.iter().map(NumberKind::of_value));
            binds.extend(of_list.iter().any(is_open).then_some(name));
        }
        if binds.is_empty() || compares && self.children.iter().any(Self::is_stored_column) {
            return;
        }
        let kinds = self.children.iter().map(Self::number_kind).chain([kinds]);
        if to.widest(kinds) == NumberKind::Other {
            binds.into_iter().for_each(|name| to.restrict(name, Given::NoDecimal));
        }
    }

    /// The name of a bind whose type does not say that it is a number with a fraction.
    fn open_bind(&self) -> Option<&Name> {
        match &self.kind {
            Kind::Bind(bind) if bind.ty.get().is_none_or(Type::is_integer) => Some(&bind.name),
            _ => None,
        }
    }

    fn is_stored_column(&self) -> bool {
        match &self.kind {
            Kind::MappedColumn { .. } => true,
            Kind::Column(column) => column.of.stored_table().is_some(),
            _ => false,
        }
    }
}
