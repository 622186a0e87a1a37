//! The functions of numbers: what each gives, and what it does with decimal numbers where a database keeps
//! those as text.

use super::{Called, Expression, Kind};

/// What sort of number a function gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum Gives {
    /// The sort of its first argument.
    First,
    /// The widest sort of all of its arguments.
    Widest,
}

/// What a function does with its arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sql) enum Role {
    /// It computes; of decimal numbers the function of this name does.
    Computes(&'static str),
    /// It compares its arguments with each other and gives one of them.
    Chooses,
    /// It compares the first with the second and gives the first, or NULL.
    Nullifies,
    /// It gives a value of its first argument as it is.
    Passes,
    /// It gives a value of its first argument, or else the third.
    Shifts,
}

/// A function whose result is a number like its arguments.
#[derive(Debug, Clone, Copy)]
pub(in crate::sql) struct NumberFunction {
    name: &'static str,
    pub(in crate::sql) gives: Gives,
    pub(in crate::sql) role: Role,
}

/// By the names by which programs call them, and those of the known functions.
const FUNCTIONS: [NumberFunction; 20] = [
    of("abs", Gives::First, Role::Computes("decimal_abs")),
    of("avg", Gives::First, Role::Computes("decimal_avg")),
    of("ceil", Gives::First, Role::Computes("decimal_ceil")),
    of("ceiling", Gives::First, Role::Computes("decimal_ceil")),
    of("floor", Gives::First, Role::Computes("decimal_floor")),
    of("round", Gives::First, Role::Computes("decimal_round")),
    of("sum", Gives::First, Role::Computes("decimal_sum")),
    of("coalesce", Gives::Widest, Role::Chooses),
    of("greatest", Gives::Widest, Role::Chooses),
    of("ifnull", Gives::Widest, Role::Chooses),
    of("least", Gives::Widest, Role::Chooses),
    of("max", Gives::Widest, Role::Chooses),
    of("min", Gives::Widest, Role::Chooses),
    of("nullif", Gives::First, Role::Nullifies),
    of("any_value", Gives::First, Role::Passes),
    of("first_value", Gives::First, Role::Passes),
    of("lag", Gives::Widest, Role::Shifts),
    of("last_value", Gives::First, Role::Passes),
    of("lead", Gives::Widest, Role::Shifts),
    of("nth_value", Gives::First, Role::Passes),
];

const fn of(name: &'static str, gives: Gives, role: Role) -> NumberFunction {
    NumberFunction { name, gives, role }
}

impl NumberFunction {
    /// The function of this name, if it is one.
    pub(in crate::sql) fn named(name: &str) -> Option<Self> {
        FUNCTIONS.into_iter().find(|known| name.eq_ignore_ascii_case(known.name))
    }

    /// The function that is called, if it is one.
    pub(in crate::sql) fn called(called: &Called) -> Option<Self> {
        Self::named(match called {
            Called::Known(function) => function.name(),
            Called::Named(name) => name,
        })
    }
}

impl Expression {
    /// The function of numbers that it calls, and its arguments.
    pub(in crate::sql) fn number_function(&self) -> Option<(NumberFunction, &[Self])> {
        match &self.kind {
            Kind::Function(name) => Some((NumberFunction::named(name)?, &self.children)),
            Kind::Call(call) => {
                let arguments = self.children.get(..call.arguments)?;
                Some((NumberFunction::called(&call.called)?, arguments))
            }
            _ => None,
        }
    }
}
