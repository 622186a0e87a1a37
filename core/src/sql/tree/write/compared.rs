//! Numbers that are compared with each other, where a database keeps decimal numbers as text: here alone it is
//! decided in which form each of them is written.

use super::super::{Expression, Kind, List, NumberKind, ValueType};
use crate::error::{Error, ErrorKind};
use crate::sql::SqlWriter;
use crate::sql::compile::ListForm;
use crate::sql::select::QueryParts;

/// In which form a number is written that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it is.
    Plain,
    /// As the text of a decimal number.
    Decimal,
    /// As a floating-point number.
    Real,
}

impl Form {
    /// What stands before it, which `)` ends.
    fn before(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Decimal => "decimal(",
            Self::Real => "decimal_real(",
        }
    }

    /// That of a value, of which the tree knows no more than this.
    fn of_value(ty: &ValueType, sort: NumberKind, beside_columns: bool) -> Self {
        let is_sure = matches!(ty, ValueType::Static(_) | ValueType::Declared(_));
        match sort {
            // The text of one that is not finite becomes no float by itself.
            NumberKind::Float if NumberKind::of_value(ty) == NumberKind::Decimal => Self::Real,
            // Beside a column it becomes text, or a number, by itself.
            _ if beside_columns => Self::Plain,
            NumberKind::Decimal => Self::Decimal,
            NumberKind::Float if is_sure && NumberKind::of_value(ty) == sort => Self::Plain,
            NumberKind::Float => Self::Real,
            _ => Self::Plain,
        }
    }
}

/// One side of a comparison: a value, or a row of them.
#[derive(Debug, Clone, Copy)]
enum Side<'t> {
    One(&'t Expression),
    Tuple(&'t [Expression]),
    Query(&'t QueryParts),
    List(&'t List),
}

/// The sides of a comparison, of which the first is compared with each of the others, and at each place of
/// their rows the sort of number as which they are compared.
#[derive(Debug)]
struct Comparison<'t> {
    sides: Vec<Side<'t>>,
    sorts: Vec<NumberKind>,
}

impl<'t> Side<'t> {
    fn of(of: &'t Expression, width: usize) -> Self {
        match &of.kind {
            Kind::Tuple => Self::Tuple(&of.children),
            Kind::Query(query) if width > 1 => Self::Query(query),
            _ => Self::One(of),
        }
    }

    fn width(self) -> usize {
        match self {
            Self::Tuple(members) => members.len(),
            _ => 1,
        }
    }

    /// The expression at a place, if it is known.
    fn member(self, place: usize) -> Option<&'t Expression> {
        match self {
            Self::One(of) => Some(of).filter(|_| place == 0),
            Self::Tuple(members) => members.get(place),
            Self::Query(_) | Self::List(_) => None,
        }
    }

    fn kind(self, place: usize, to: &mut SqlWriter<'_>) -> NumberKind {
        match self {
            Self::Query(query) => query.kind_at(place),
            Self::List(list) => {
                to.types_of_list(list).get(place).map_or(NumberKind::Other, NumberKind::of_value)
            }
            _ => self.member(place).map_or(NumberKind::Other, Expression::number_kind),
        }
    }
}

impl<'t> Comparison<'t> {
    /// What a node compares, if it is a comparison in which decimal numbers or floats are.
    fn of(node: &'t Expression, to: &mut SqlWriter<'_>) -> Option<Self> {
        let children = &node.children;
        let width = Side::of(children.first()?, 1).width();
        let sides: Vec<_> = match &node.kind {
            Kind::In { list, .. } => vec![Side::of(&children[0], width), Side::List(list)],
            Kind::InSelect { .. } => {
                let other = children.get(1)?;
                let listed = match &other.kind {
                    Kind::Query(query) => Side::Query(query),
                    _ => Side::of(other, width),
                };
                vec![Side::of(&children[0], width), listed]
            }
            Kind::Case { otherwise, .. } => {
                let last = children.len() - usize::from(*otherwise);
                let at = std::iter::once(0).chain((1..last).step_by(2));
                at.map(|at| Side::of(&children[at], width)).collect()
            }
            _ => children.iter().map(|child| Side::of(child, width)).collect(),
        };
        let mut sorts = Vec::with_capacity(width);
        for place in 0..width {
            let kinds: Vec<_> = sides.iter().map(|side| side.kind(place, to)).collect();
            sorts.push(to.widest(kinds));
        }
        let any = sorts.iter().any(|sort| *sort != NumberKind::Other);
        any.then_some(Self { sides, sorts })
    }

    /// Whether everything with which a side is compared is, at this place, so.
    fn beside(&self, side: usize, place: usize, is: fn(&Expression) -> bool) -> bool {
        let others = if side == 0 { &self.sides[1..] } else { &self.sides[..1] };
        others.iter().all(|other| other.member(place).is_some_and(is))
    }

    fn form(&self, side: usize, place: usize) -> Form {
        let sort = self.sorts.get(place).copied().unwrap_or(NumberKind::Other);
        let beside_columns = match sort {
            NumberKind::Decimal => self.beside(side, place, Expression::is_decimal_column),
            _ => self.beside(side, place, Expression::is_one_column),
        };
        match self.sides.get(side).and_then(|of| of.member(place)) {
            Some(of) => of.form(sort, beside_columns),
            None => Form::Plain,
        }
    }

    /// Whether all of it is written as it is.
    fn is_plain(&self) -> bool {
        let is_plain = |(side, of): (usize, &Side<'_>)| match of {
            Side::Query(query) => self.forms_of_query(query).iter().all(|of| *of == Form::Plain),
            Side::List(list) => self.forms_of_list(list).iter().all(|of| *of == Form::Plain),
            _ => (0..of.width()).all(|place| self.form(side, place) == Form::Plain),
        };
        !self.sorts.contains(&NumberKind::Decimal) && self.sides.iter().enumerate().all(is_plain)
    }

    fn forms_of_query(&self, query: &QueryParts) -> Vec<Form> {
        let form = |(place, sort): (usize, &NumberKind)| match sort {
            NumberKind::Decimal if !query.gives_decimal_text(place) => Form::Decimal,
            NumberKind::Float if query.kind_at(place) != *sort => Form::Real,
            _ => Form::Plain,
        };
        self.sorts.iter().enumerate().map(form).collect()
    }

    fn forms_of_list(&self, list: &List) -> Vec<Form> {
        // A row of values stands in a subquery, of which the columns beside it say nothing.
        let is_row = self.sorts.len() > 1;
        let form = |((place, sort), ty): ((usize, &NumberKind), &ValueType)| {
            let beside = match sort {
                NumberKind::Decimal => self.beside(1, place, Expression::is_decimal_column),
                _ => self.beside(1, place, Expression::is_one_column),
            };
            Form::of_value(ty, *sort, beside && !is_row)
        };
        let types = std::iter::once(&list.ty).chain(&list.others);
        self.sorts.iter().enumerate().zip(types).map(form).collect()
    }

    /// Writes a side. All of the comparison goes by the collation of the first.
    fn write(&self, side: usize, to: &mut SqlWriter<'_>) {
        let member = |place: usize, of: &Expression, to: &mut SqlWriter<'_>| {
            of.write_in_form(self.form(side, place), to);
            if side == 0 && self.sorts.get(place) == Some(&NumberKind::Decimal) {
                to.sql(" COLLATE decimal");
            }
        };
        match self.sides[side] {
            Side::One(of) => member(0, of, to),
            Side::Tuple(members) => {
                to.sql("(");
                for (place, of) in members.iter().enumerate() {
                    to.sql(if place > 0 { ", " } else { "" });
                    member(place, of, to);
                }
                to.sql(")");
            }
            Side::Query(query) => query.write_in_forms(&self.forms_of_query(query), to),
            Side::List(_) => {}
        }
    }
}

impl Expression {
    /// Writes a comparison in which decimal numbers or floats are; whether it is that.
    pub(super) fn write_compared_numbers(&self, to: &mut SqlWriter<'_>) -> bool {
        let Some(comparison) = Comparison::of(self, to).filter(|of| !of.is_plain()) else {
            return false;
        };
        let side = |at: usize, to: &mut SqlWriter<'_>| comparison.write(at, to);
        match &self.kind {
            Kind::Between { negated, symmetric: true } => {
                to.sql(if *negated { "NOT (" } else { "(" });
                to.repeated(2, |to| {
                    for (low, high, behind) in [(1, 2, " OR "), (2, 1, ")")] {
                        side(0, to);
                        to.sql(" BETWEEN ");
                        side(low, to);
                        to.sql(" AND ");
                        side(high, to);
                        to.sql(behind);
                    }
                });
            }
            Kind::IsDistinct { negated } => {
                side(0, to);
                to.sql(if *negated { " IS " } else { " IS NOT " });
                side(1, to);
            }
            Kind::In { list, negated } => {
                to.sql("(");
                side(0, to);
                let forms = comparison.forms_of_list(list);
                let before = forms.into_iter().map(Form::before).collect();
                to.list_within(list, if *negated { ListForm::NotIn } else { ListForm::In }, before);
                to.sql(")");
            }
            Kind::InSelect { negated } => {
                to.sql("(");
                side(0, to);
                to.sql(if *negated { " NOT IN " } else { " IN " });
                side(1, to);
                to.sql(")");
            }
            Kind::Case { otherwise, .. } => {
                let last = self.children.len() - usize::from(*otherwise);
                to.sql("CASE ");
                side(0, to);
                for at in 1..self.children.len() {
                    let is_compared = at % 2 == 1 && at < last;
                    to.sql(match is_compared {
                        true => " WHEN ",
                        false if at == last => " ELSE ",
                        false => " THEN ",
                    });
                    match is_compared {
                        true => side(at.div_ceil(2), to),
                        false => self.write_result(at, to),
                    }
                }
                to.sql(" END");
            }
            _ => {
                for at in 0..self.children.len() {
                    self.write_before(at, to);
                    side(at, to);
                }
            }
        }
        true
    }

    /// In which form it is written as a number of this sort, alone or beside columns.
    pub(super) fn form(&self, sort: NumberKind, beside_columns: bool) -> Form {
        match &self.kind {
            Kind::Literal(literal) => Form::of_value(literal.bound_type(), sort, beside_columns),
            Kind::Bind(bind) => Form::of_value(&bind.ty, sort, beside_columns),
            _ => match sort {
                NumberKind::Decimal if !self.gives_decimal_text() => Form::Decimal,
                NumberKind::Float if self.is_decimal() => Form::Real,
                _ => Form::Plain,
            },
        }
    }

    pub(super) fn write_in_form(&self, form: Form, to: &mut SqlWriter<'_>) {
        match form {
            Form::Plain => self.write_compared(to),
            form => {
                to.sql(form.before());
                self.write(to);
                to.sql(")");
            }
        }
    }

    /// Whether it is a column of a table that keeps decimal numbers.
    pub(super) fn is_decimal_column(&self) -> bool {
        match &self.kind {
            Kind::MappedColumn { .. } => self.is_decimal(),
            Kind::Column(column) => column.of.stored_table().is_some() && self.is_decimal(),
            _ => false,
        }
    }

    /// Whether its value is the text of a decimal number, or NULL.
    pub(super) fn gives_decimal_text(&self) -> bool {
        match &self.kind {
            Kind::Label(_) => self.child(0).gives_decimal_text(),
            Kind::Cast(_) => self.is_decimal(),
            _ => self.is_decimal_column() || self.is_decimal() && self.decimal_function().is_some(),
        }
    }
}

impl QueryParts {
    /// Whether its column at this place has texts of decimal numbers, and nothing else.
    fn gives_decimal_text(&self, place: usize) -> bool {
        match self {
            Self::Select(_) => {
                self.columns().get(place).is_some_and(Expression::gives_decimal_text)
            }
            Self::Compound(compound) => {
                compound.operands.iter().all(|operand| operand.gives_decimal_text(place))
            }
            _ => false,
        }
    }

    /// Writes it in parentheses, its columns in these forms.
    fn write_in_forms(&self, forms: &[Form], to: &mut SqlWriter<'_>) {
        if forms.iter().all(|form| *form == Form::Plain) {
            return self.write_listed(to);
        }
        let name = to.free_name("anon");
        let column = |place: usize| format!("{name}_{}", place + 1);
        to.sql("(WITH ");
        to.name(&name);
        to.sql("(");
        for place in 0..forms.len() {
            to.sql(if place > 0 { ", " } else { "" });
            to.name(&column(place));
        }
        to.sql(") AS ");
        self.write_listed(to);
        to.sql(" SELECT ");
        for (place, form) in forms.iter().enumerate() {
            to.sql(if place > 0 { ", " } else { "" });
            to.sql(form.before());
            to.name(&column(place));
            to.sql(if *form == Form::Plain { "" } else { ")" });
        }
        to.sql(" FROM ");
        to.name(&name);
        to.sql(")");
    }
}

impl SqlWriter<'_> {
    /// What numbers of several kinds are together. Where nobody knows, the statement is refused.
    pub(in crate::sql) fn widest(
        &mut self,
        kinds: impl IntoIterator<Item = NumberKind>,
    ) -> NumberKind {
        match NumberKind::widest(kinds) {
            NumberKind::TooLarge => {
                self.fail(Error::new(ErrorKind::Compile, TOO_LARGE));
                NumberKind::Other
            }
            sort => sort,
        }
    }

    /// Writes one of several expressions that are compared with each other, or of which one takes the place
    /// of another: as numbers of one sort.
    pub(in crate::sql) fn compared_together(&mut self, all: &[Expression], at: usize) {
        let Some(of) = all.get(at) else { return };
        if !self.keeps_decimals_as_text() {
            return of.write(self);
        }
        let sort = self.widest(all.iter().map(Expression::number_kind));
        match of.form(sort, false) {
            Form::Plain => of.write(self),
            form => of.write_in_form(form, self),
        }
        self.sql(if sort == NumberKind::Decimal { " COLLATE decimal" } else { "" });
    }

    /// Writes an expression that is compared with others, of which the widest is this sort of number; gives the
    /// widest of all.
    pub(in crate::sql) fn compared_as(
        &mut self,
        of: &Expression,
        others: Option<NumberKind>,
    ) -> NumberKind {
        let sort = self.widest(std::iter::once(of.number_kind()).chain(others));
        // It may be several columns.
        if matches!(of.kind, Kind::Fragment(_) | Kind::Star) {
            of.write(self);
            return NumberKind::Other;
        }
        match of.form(sort, false) {
            Form::Plain => of.write(self),
            form => of.write_in_form(form, self),
        }
        self.sql(if sort == NumberKind::Decimal { " COLLATE decimal" } else { "" });
        sort
    }

    /// Writes one of two expressions that take the place of each other: as numbers of one sort.
    pub(in crate::sql) fn in_place_of(&mut self, of: &Expression, other: &Expression) {
        if !self.keeps_decimals_as_text() {
            return of.write(self);
        }
        let sort = self.widest([of.number_kind(), other.number_kind()]);
        match of.form(sort, false) {
            Form::Plain => of.write(self),
            form => of.write_in_form(form, self),
        }
    }

    /// Writes an expression where values are compared with each other: sorted, grouped, or the largest looked
    /// for.
    pub fn compared_by_value(&mut self, of: &Expression) {
        if !self.keeps_decimals_as_text() || matches!(of.kind, Kind::Ordered { .. }) {
            return of.write(self);
        }
        self.compared_together(std::slice::from_ref(of), 0);
    }
}

const TOO_LARGE: &str = "it is not known whether an expression of more than a million parts is a decimal number, \
     which is compared otherwise than other values; make a subquery of a part of it, or split the statement";
