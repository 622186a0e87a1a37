//! The places of values in a statement, and as what each is bound.

use super::template::{ListForm, Part};
use super::{BoundAs, Source, SqlWriter};
use crate::error::{Error, ErrorKind};
use crate::sql::tree::{Bind, Kind, List, Literal, Numbers, ValueType};
use crate::sql::types::Type;
use crate::sql::{Expression, Name};
use crate::value::Value;

impl SqlWriter<'_> {
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
            Kind::Bind(bind) => (Source::Named(bind.name.clone()), &bind.ty, &bind.ty),
            _ => return value.write(self),
        };
        let bound_as = BoundAs::beside_column(ty, own, self.dialect());
        self.parts.push(Part::Bind(source, bound_as));
    }

    fn number_of(&mut self, literal: &Literal) -> usize {
        let number = self.numbers.as_ref().map(|numbers| numbers.of_literal(literal));
        self.number(number)
    }

    /// Writes the place of a named value.
    pub(in crate::sql) fn bind(&mut self, bind: &Bind) {
        let bound_as = BoundAs::in_expression(&bind.ty, self.dialect());
        self.parts.push(Part::Bind(Source::Named(bind.name.clone()), bound_as));
    }

    /// Writes the place of a literal in SQL that the program wrote.
    pub(in crate::sql) fn literal_in_text(&mut self, literal: &Literal) {
        let number = self.number_of(literal);
        let bound_as = BoundAs::in_text(Some(&literal.value), self.dialect());
        self.parts.push(Part::Bind(Source::Literal(number), bound_as));
    }

    /// Writes the place of a named value in SQL that the program wrote, and the value if it is known.
    pub(in crate::sql) fn bind_in_text(&mut self, name: Name, value: Option<&Value>) {
        let bound_as = BoundAs::in_text(value, self.dialect());
        self.parts.push(Part::Bind(Source::Named(name), bound_as));
    }

    /// Writes a list, in parentheses.
    pub(in crate::sql) fn list(&mut self, list: &List, form: ListForm) {
        let name = list.name().cloned();
        let number = match &name {
            Some(name) => self.number_of_expanding(name),
            None => {
                let number = self.numbers.as_ref().map(|numbers| numbers.of_list(list));
                self.number(number)
            }
        };
        let types =
            list.bound_types().map(|ty| BoundAs::in_expression(ty, self.dialect())).collect();
        let mut empty = String::new();
        if form == ListForm::Bare
            && let Err(error) = self.dialect().write_empty_list(list.ty.get(), &mut empty)
        {
            self.fail(error);
        }
        self.parts.push(Part::List { number, name, types, form, empty });
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
