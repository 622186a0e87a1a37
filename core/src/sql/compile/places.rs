//! The places of values in a statement, and as what each is bound.

use super::template::{ListForm, Part};
use super::{BoundAs, Source, SqlWriter};
use crate::error::{Error, ErrorKind};
use crate::sql::tree::{
    Bind, BindDefault, Kind, List, ListOf, Literal, Numbers, ValueType, bound_type, listed,
    needs_of,
};
use crate::sql::types::Type;
use crate::sql::{Expression, Name};
use crate::value::Value;

impl<'s> SqlWriter<'s> {
    /// Where the value of a literal comes from, unless the text is for people.
    pub(in crate::sql) fn source_of(&self, literal: &Literal) -> Option<Source> {
        self.numbers.as_ref()?.of_literal(literal).map(Source::Literal)
    }

    /// Writes the place of a literal.
    pub(in crate::sql) fn literal(&mut self, literal: &Literal) {
        let number = self.number_of(literal);
        let bound_as = BoundAs::in_expression(literal.bound_type(), self.dialect());
        self.parts.push(Part::Bind(Source::Literal(number), bound_as));
    }

    /// Writes the place of a value that is compared with a column.
    pub(in crate::sql) fn value_beside_column(&mut self, value: &Expression) {
        let (source, ty, own) = match &value.kind {
            Kind::Literal(literal) => {
                (Source::Literal(self.number_of(literal)), literal.bound_type(), &literal.ty)
            }
            Kind::Bind(bind) if bind.ty.get().is_none_or(Type::is_integer) => {
                return self.bind(bind);
            }
            Kind::Bind(bind) => (Source::Named(bind.name.clone()), &bind.ty, &bind.ty),
            _ => return value.write(self),
        };
        let mut bound_as = BoundAs::beside_column(ty, own, self.dialect());
        if matches!(source, Source::Named(_)) {
            bound_as = bound_as.of_its_kind(self.dialect());
        }
        self.parts.push(Part::Bind(source, bound_as));
    }

    /// Writes an operand of what takes every value for its text, so that none is converted otherwise.
    pub(crate) fn value_as_text(&mut self, value: &Expression) {
        let (source, ty) = match &value.kind {
            Kind::Literal(literal) => {
                (Source::Literal(self.number_of(literal)), literal.bound_type())
            }
            Kind::Bind(bind) if bind.ty.get().is_some_and(|ty| !ty.is_integer()) => {
                (Source::Named(bind.name.clone()), &bind.ty)
            }
            _ => return value.write(self),
        };
        self.parts.push(Part::Bind(source, BoundAs::of_any_kind(ty, self.dialect())));
    }

    fn number_of(&mut self, literal: &Literal) -> usize {
        let number = self.numbers.as_ref().map(|numbers| numbers.of_literal(literal));
        self.number(number)
    }

    /// Writes the place of a named value.
    pub(in crate::sql) fn bind(&mut self, bind: &Bind) {
        self.bind_or_cast(bind, false);
    }

    /// Writes an operand of a cast, which needs no other.
    pub(crate) fn cast_operand(&mut self, of: &Expression) {
        match &of.kind {
            Kind::Bind(bind) => self.bind_or_cast(bind, true),
            _ => of.write(self),
        }
    }

    fn bind_or_cast(&mut self, bind: &Bind, is_cast: bool) {
        let given = match bind.ty.get() {
            Some(ty) if !ty.is_integer() => None,
            _ => self.given_value(&bind.name, bind.default.as_ref()),
        };
        let ty = bound_type(&bind.ty, given.into_iter());
        let bound_as = BoundAs::in_expression(ty, self.dialect()).of_its_kind(self.dialect());
        let bound_as = match bind.ty.get() {
            Some(ty) if !ty.is_integer() => bound_as,
            _ if is_cast => bound_as.like_given(given),
            _ => bound_as.like_given(given).uncast(self.dialect()),
        };
        self.parts.push(Part::Bind(Source::Named(bind.name.clone()), bound_as));
    }

    /// The value that a bind is given now, or that it has if it is given none, where what is written
    /// depends on it: the database would take some for others.
    fn given_value<'v>(
        &mut self,
        name: &Name,
        default: Option<&'v BindDefault>,
    ) -> Option<&'v Value>
    where
        's: 'v,
    {
        if !self.dialect.casts_bound_values() {
            return None;
        }
        self.reads_given = true;
        let given: Option<&'v Value> = self.given.and_then(|given| given.get(name));
        given.or_else(|| default.and_then(BindDefault::value))
    }

    /// Writes the place of a literal in SQL that the program wrote.
    pub(in crate::sql) fn literal_in_text(&mut self, literal: &Literal) {
        let number = self.number_of(literal);
        let bound_as = BoundAs::in_text(Some(&literal.value), self.dialect());
        self.parts.push(Part::Bind(Source::Literal(number), bound_as));
    }

    /// Writes the place of a named value in SQL that the program wrote.
    pub(in crate::sql) fn bind_in_text(&mut self, name: Name) {
        let given = self.given_value(&name, None);
        let bound_as = BoundAs::in_text(given, self.dialect()).like_given(given);
        self.parts.push(Part::Bind(Source::Named(name), bound_as));
    }

    /// Writes a number of rows: what LIMIT and OFFSET take. A value that is none is refused when the
    /// statement is executed.
    pub fn rows(&mut self, rows: &Expression) {
        let (source, ty) = match &rows.kind {
            // What a subquery was given for a bind.
            Kind::Literal(literal) => (Source::Literal(self.number_of(literal)), &literal.ty),
            Kind::Bind(bind) => (Source::Named(bind.name.clone()), &bind.ty),
            _ => return rows.write(self),
        };
        let bound_as = BoundAs::rows(ty, self.dialect());
        self.parts.push(Part::Bind(source, bound_as));
    }

    /// Writes a column of a SELECT whose rows are inserted into a column of this name and type.
    pub(in crate::sql) fn inserted(
        &mut self,
        value: &Expression,
        column: &Name,
        column_type: Option<&Type>,
    ) {
        let (source, ty) = match &value.kind {
            Kind::Literal(literal) => {
                (Source::Literal(self.number_of(literal)), literal.bound_type())
            }
            Kind::Bind(bind) => (Source::Named(bind.name.clone()), &bind.ty),
            Kind::Made(made) => (Source::Literal(self.number_of(&made.literal)), &made.literal.ty),
            _ => return value.write(self),
        };
        let bound_as = BoundAs::inserted(ty, column, column_type, self.dialect());
        self.parts.push(Part::Bind(source, bound_as));
    }

    /// Writes a list, in parentheses.
    pub(in crate::sql) fn list(&mut self, list: &List, form: ListForm) {
        self.list_within(list, form, Box::default());
    }

    /// The types that the database takes the values of a row of a list for.
    pub(in crate::sql) fn types_of_list(&mut self, list: &List) -> Vec<ValueType> {
        list.bound_types(self.most_of(list)).cloned().collect()
    }

    /// The value that says most of a list that is given at execution, if it is known.
    fn most_of<'l>(&mut self, list: &'l List) -> Option<&'l Value>
    where
        's: 'l,
    {
        let ListOf::Bind { name, default } = &list.of else { return None };
        let given = self.given_value(name, default.as_ref()).and_then(listed)?;
        given.iter().max_by_key(|value| needs_of(value))
    }

    /// Writes a list each of whose values stands within these calls of functions, by its place in a row.
    pub(in crate::sql) fn list_within(
        &mut self,
        list: &List,
        form: ListForm,
        before: Box<[&'static str]>,
    ) {
        let name = list.name().cloned();
        let number = match &name {
            Some(name) => self.number_of_expanding(name),
            None => {
                let number = self.numbers.as_ref().map(|numbers| numbers.of_list(list));
                self.number(number)
            }
        };
        let most = self.most_of(list);
        let types = list.bound_types(most);
        let types = types.map(|ty| BoundAs::in_expression(ty, self.dialect()).like_given(most));
        let types = types.map(|bound_as| match &name {
            Some(_) => bound_as.of_its_kind(self.dialect()),
            None => bound_as,
        });
        let types = types.collect();
        let mut empty = String::new();
        if form == ListForm::Bare
            && let Err(error) = self.dialect().write_empty_list(list.ty.get(), &mut empty)
        {
            self.fail(error);
        }
        self.parts.push(Part::List { number, name, types, before, form, empty });
    }

    /// The number of a list that is given at execution: behind those that the statement has.
    fn number_of_expanding(&mut self, name: &Name) -> usize {
        let own = self.numbers.as_ref().map_or(0, Numbers::lists);
        let known = self.expanding.iter().position(|known| known == name);
        if known.is_none() {
            self.expanding.push(name.clone());
        }
        own + known.unwrap_or(self.expanding.len() - 1)
    }

    /// A number, unless the text is for people; then none is needed.
    fn number(&mut self, number: Option<Option<usize>>) -> usize {
        match number {
            Some(Some(number)) => number,
            None => 0,
            Some(None) => {
                self.fail(Error::new(
                    ErrorKind::Internal,
                    "a dialect wrote a copy of an expression; it must write the expression itself, \
                     because values are found by it",
                ));
                0
            }
        }
    }

    /// Writes the place of a value of a row, of a column of this name and type.
    pub(in crate::sql) fn cell(
        &mut self,
        place: usize,
        ty: &ValueType,
        column: &Name,
        column_type: Option<&Type>,
    ) {
        let bound_as = BoundAs::assigned(ty, column, column_type, self.dialect());
        self.parts.push(Part::Bind(Source::Cell(place), bound_as));
    }

    /// Writes what a column of this name and type is set to.
    pub(in crate::sql) fn assigned(
        &mut self,
        value: &Expression,
        column: &Name,
        column_type: Option<&Type>,
    ) {
        let (source, ty) = match &value.kind {
            Kind::Literal(literal) => (Source::Literal(self.number_of(literal)), &literal.ty),
            Kind::Bind(bind) => (Source::Named(bind.name.clone()), &bind.ty),
            Kind::Made(made) => (Source::Literal(self.number_of(&made.literal)), &made.literal.ty),
            _ => return value.write(self),
        };
        let bound_as = BoundAs::assigned(ty, column, column_type, self.dialect());
        self.parts.push(Part::Bind(source, bound_as));
    }
}
