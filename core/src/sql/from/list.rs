//! The FROM list of a SELECT, derived from what its expressions name.

use super::foreign_key;
use super::join::{JoinKind, JoinOn, On, write_step};
use super::{FromClause, FromKind};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::select::Correlate;
use crate::sql::tree::{Mentioned, Named, Visitor};
use crate::sql::{Expression, SqlWriter};

/// What `select.join(…)` adds: the left side is found when the statement is compiled.
#[derive(Debug, Clone)]
pub(in crate::sql) struct JoinStep {
    /// What it is joined to, if that was said.
    pub(in crate::sql) left: Option<FromClause>,
    pub(in crate::sql) right: FromClause,
    pub(in crate::sql) on: JoinOn,
    pub(in crate::sql) kind: JoinKind,
}

impl JoinStep {
    pub(in crate::sql) fn depth(&self) -> u16 {
        let on = self.on.given().map_or(0, Expression::depth);
        self.left.as_ref().map_or(0, FromClause::depth).max(self.right.depth()).max(on)
    }

    pub(in crate::sql) fn describe<'t>(&'t self, to: &mut impl Visitor<'t>) {
        to.number(usize::from(self.kind as u8));
        to.number(usize::from(self.left.is_some()));
        self.left.iter().for_each(|left| to.from(left));
        to.from(&self.right);
        self.on.describe(to);
    }
}

/// Describes what inferred conditions of joins depend on, besides names.
pub(in crate::sql) fn describe_foreign_keys<'t>(
    from: &'t [FromClause],
    joins: &'t [JoinStep],
    expressions: impl Iterator<Item = &'t Expression>,
    to: &mut impl Visitor<'t>,
) {
    for step in joins {
        step.left.iter().for_each(|left| left.describe_foreign_keys(to));
        step.right.describe_foreign_keys(to);
    }
    from.iter().for_each(|from| from.describe_foreign_keys(to));
    expressions.for_each(|column| column.each_source(&mut |from| from.describe_foreign_keys(to)));
}

/// What a FROM list is derived from.
pub(in crate::sql) struct Sources<'t, E> {
    pub(in crate::sql) given: &'t [FromClause],
    pub(in crate::sql) expressions: E,
    pub(in crate::sql) joins: &'t [JoinStep],
    pub(in crate::sql) enclosing: &'t [FromClause],
    pub(in crate::sql) correlate: &'t Correlate,
}

/// The objects of FROM, with what is joined to each.
#[derive(Debug)]
pub(in crate::sql) struct FromList<'t>(Vec<Item<'t>>);

#[derive(Debug)]
struct Item<'t> {
    first: FromClause,
    joined: Vec<Joined<'t>>,
}

#[derive(Debug)]
struct Joined<'t> {
    kind: JoinKind,
    right: &'t FromClause,
    on: On<'t>,
}

impl<'t> Item<'t> {
    fn new(first: FromClause) -> Self {
        Self { first, joined: Vec::new() }
    }

    fn has(&self, leaf: &FromClause) -> bool {
        self.first.has(leaf) || self.joined.iter().any(|step| step.right.has(leaf))
    }

    /// Its objects without joins.
    fn leaves(&self) -> Vec<&FromClause> {
        let mut leaves = Vec::new();
        self.first.leaves(&mut leaves);
        self.joined.iter().for_each(|step| step.right.leaves(&mut leaves));
        leaves
    }

    /// What was joined last.
    fn last(&self) -> Vec<&FromClause> {
        let mut leaves = Vec::new();
        match (self.joined.last(), &self.first.0) {
            (Some(step), _) => step.right.leaves(&mut leaves),
            (None, FromKind::Join(join)) => join.right.leaves(&mut leaves),
            (None, _) => leaves.push(&self.first),
        }
        leaves
    }

    /// Joins something to it.
    fn join(&mut self, step: &'t JoinStep) -> Result<()> {
        let on = match &step.on {
            JoinOn::Given(on) => On::Given(on),
            JoinOn::None => On::None,
            JoinOn::Inferred | JoinOn::InferredAnd(_) => {
                let mut right = Vec::new();
                step.right.leaves(&mut right);
                let found = match &step.left {
                    Some(left) => {
                        let mut leaves = Vec::new();
                        left.leaves(&mut leaves);
                        foreign_key::between(&leaves, &right)
                    }
                    None => self.inferred(&right),
                };
                let left = step.left.as_ref().unwrap_or(&self.first).shown_name();
                let inferred = foreign_key::only(found, &left, &step.right.shown_name())?;
                On::Inferred(inferred, step.on.given())
            }
        };
        self.joined.push(Joined { kind: step.kind, right: &step.right, on });
        Ok(())
    }

    /// The conditions that foreign keys give: those of what was joined last, or else all.
    fn inferred(&self, right: &[&FromClause]) -> Vec<foreign_key::Inferred> {
        let found = foreign_key::between(&self.last(), right);
        if found.is_empty() { foreign_key::between(&self.leaves(), right) } else { found }
    }

    /// Its objects of which a row may be missing.
    fn nullable_leaves(&self) -> Vec<FromClause> {
        let mut nullable = Vec::new();
        let mut before = Vec::new();
        nullable_in(&self.first, &mut nullable);
        self.first.leaves(&mut before);
        for step in &self.joined {
            let mut right = Vec::new();
            step.right.leaves(&mut right);
            nullable_in(step.right, &mut nullable);
            if step.kind.left_is_nullable() {
                nullable.extend(before.iter().map(|leaf| (*leaf).clone()));
            }
            if step.kind.right_is_nullable() {
                nullable.extend(right.iter().map(|leaf| (*leaf).clone()));
            }
            before.extend(right);
        }
        nullable
    }
}

/// The objects of a nested join of which a row may be missing.
fn nullable_in(from: &FromClause, nullable: &mut Vec<FromClause>) {
    let FromKind::Join(join) = &from.0 else { return };
    nullable_in(&join.left, nullable);
    nullable_in(&join.right, nullable);
    let mut missing = Vec::new();
    if join.kind.left_is_nullable() {
        join.left.leaves(&mut missing);
    }
    if join.kind.right_is_nullable() {
        join.right.leaves(&mut missing);
    }
    nullable.extend(missing.into_iter().cloned());
}

impl<'t> FromList<'t> {
    /// Derives the list: what is given, then what the expressions name, without what is part of a
    /// join or of an enclosing statement.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Compile`]: the left side of a join or its condition is not clear, or two objects
    /// have one name.
    pub(in crate::sql) fn derive<E>(sources: Sources<'t, E>) -> Result<Self>
    where
        E: Iterator<Item = &'t Expression>,
    {
        let Sources { given, expressions, joins, enclosing, correlate } = sources;
        let mut named = Named::default();
        expressions.for_each(|expression| expression.walk(&mut named));
        let mut items: Vec<Item<'t>> = Vec::new();
        for from in given.iter().cloned().chain(named.0) {
            if !items.iter().any(|item| item.has(&from)) {
                items.push(Item::new(from));
            }
        }
        for (number, step) in joins.iter().enumerate() {
            let left = left_side(&mut items, step, &joins[number + 1..])?;
            check_condition(&items, left, step)?;
            // What is joined no longer stands for itself.
            let mut item = items.remove(left);
            item.join(step)?;
            items.insert(left, item);
            let mut index = 0;
            items.retain(|item| {
                index += 1;
                // What something else is joined to already stays: one of the two needs an alias.
                index - 1 == left || !item.joined.is_empty() || !step.right.has(&item.first)
            });
        }
        let mut this = Self(items);
        this.correlate(enclosing, correlate);
        // What sees the others stands behind them.
        this.0.sort_by_key(|item| item.first.is_lateral());
        this.check_names()?;
        Ok(this)
    }

    /// Leaves out what the enclosing statements select from.
    fn correlate(&mut self, enclosing: &[FromClause], correlate: &Correlate) {
        let in_list =
            |list: &[FromClause], item: &Item<'_>| list.iter().any(|of| item.first.is(of));
        // What is joined to an object of the enclosing statement is the statement's own.
        let outer = |item: &Item<'_>| item.joined.is_empty() && in_list(enclosing, item);
        match correlate {
            Correlate::Auto => {
                // A statement that selects from nothing of its own keeps what it names.
                if self.0.iter().any(|item| !outer(item)) {
                    self.0.retain(|item| !outer(item));
                }
            }
            Correlate::Only(list) => self.0.retain(|item| !(outer(item) && in_list(list, item))),
            Correlate::Except(list) => self.0.retain(|item| !outer(item) || in_list(list, item)),
        }
    }

    /// The objects without joins.
    pub(in crate::sql) fn leaves(&self) -> Vec<&FromClause> {
        self.0.iter().flat_map(Item::leaves).collect()
    }

    /// The objects of which a row may be missing, because of an outer join.
    pub(in crate::sql) fn nullable_leaves(&self) -> Vec<FromClause> {
        self.0.iter().flat_map(Item::nullable_leaves).collect()
    }

    /// Takes an object out that nothing is joined to.
    pub(in crate::sql) fn remove(&mut self, object: &FromClause) {
        self.0.retain(|item| !item.joined.is_empty() || !item.first.is(object));
    }

    /// Whether an expression has a column of one of the objects.
    pub(in crate::sql) fn names_one_of(&self, expression: &Expression) -> bool {
        let mut named = Named::default();
        expression.walk(&mut named);
        named.0.iter().any(|from| self.0.iter().any(|item| item.has(from)))
    }

    /// Whether an expression has columns, and all of them are of other objects.
    pub(in crate::sql) fn names_only_others(&self, expression: &Expression) -> bool {
        let mut named = Named::default();
        expression.walk(&mut named);
        !named.0.is_empty() && !self.names_one_of(expression)
    }

    pub(in crate::sql) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn check_names(&self) -> Result<()> {
        let leaves = self.leaves();
        for (index, leaf) in leaves.iter().enumerate() {
            let Some(name) = leaf.given_name() else { continue };
            if leaves[..index].iter().any(|before| before.given_name() == Some(name)) {
                return Err(same_name(&leaf.shown_name()));
            }
        }
        Ok(())
    }

    /// Two objects of which each row stands with each, because no condition names both.
    pub(in crate::sql) fn unconnected(
        &self,
        conditions: &[Expression],
    ) -> Option<(String, String)> {
        if self.0.len() < 2 {
            return None;
        }
        let mut group: Vec<usize> = (0..self.0.len()).collect();
        let mut connect = |mentioned: Mentioned| {
            let places: Vec<usize> = (0..self.0.len())
                .filter(|place| mentioned.0.iter().any(|from| self.0[*place].has(from)))
                .collect();
            if let [first, others @ ..] = &*places {
                let to = group[*first];
                let joined: Vec<usize> = others.iter().map(|place| group[*place]).collect();
                group.iter_mut().filter(|of| joined.contains(of)).for_each(|of| *of = to);
            }
        };
        for condition in conditions {
            connect(Mentioned::by(|to| condition.walk(to)));
        }
        for item in self.0.iter().filter(|item| item.first.is_lateral()) {
            connect(Mentioned::by(|to| to.from(&item.first)));
        }
        let other = (1..self.0.len()).find(|place| group[*place] != group[0])?;
        Some((self.0[0].first.shown_name(), self.0[other].first.shown_name()))
    }

    pub(in crate::sql) fn write(&self, to: &mut SqlWriter<'_>) {
        to.sql(if self.0.is_empty() { "" } else { " FROM " });
        self.write_list(to);
    }

    /// Writes the objects, without the word before them.
    pub(in crate::sql) fn write_list(&self, to: &mut SqlWriter<'_>) {
        to.separated(", ", &self.0, |item, to| {
            item.first.write(to);
            for step in &item.joined {
                write_step(step.kind, step.right, &step.on, to);
            }
        });
    }
}

/// Which object a join continues: the one that was said, the one that its condition names, the one
/// that a foreign key joins to it, or the only one there is.
///
/// What a later step joins is not there yet.
fn left_side(items: &mut Vec<Item<'_>>, step: &JoinStep, later: &[JoinStep]) -> Result<usize> {
    if let Some(left) = &step.left {
        let mut leaves = Vec::new();
        left.leaves(&mut leaves);
        let part = |item: &Item<'_>| leaves.iter().any(|leaf| item.has(leaf));
        let place = items.iter().position(part);
        return Ok(place.unwrap_or_else(|| {
            items.push(Item::new(left.clone()));
            items.len() - 1
        }));
    }
    let joined_later = |item: &Item<'_>| {
        item.joined.is_empty() && later.iter().any(|later| later.right.has(&item.first))
    };
    let others = || {
        let others = items.iter().enumerate().filter(|(_, item)| !step.right.has(&item.first));
        others.filter(|(_, item)| !joined_later(item))
    };
    let found = match &step.on {
        JoinOn::Given(on) => {
            let mut named = Named::default();
            on.walk(&mut named);
            let is_named = |item: &Item<'_>| {
                named.0.iter().any(|from| !step.right.has(from) && item.has(from))
            };
            let all = items.iter().enumerate().filter(|(_, item)| !step.right.has(&item.first));
            let mentioned = all.filter(|(_, item)| is_named(item));
            only(mentioned.map(|(place, _)| place)).or_else(|| only(others().map(|(at, _)| at)))
        }
        JoinOn::None => only(others().map(|(place, _)| place)),
        JoinOn::Inferred | JoinOn::InferredAnd(_) => {
            let mut right = Vec::new();
            step.right.leaves(&mut right);
            let able = others().filter(|(_, item)| !item.inferred(&right).is_empty());
            let able: Vec<usize> = able.map(|(place, _)| place).collect();
            if able.is_empty() {
                let left: Vec<String> = others().map(|(_, item)| item.first.shown_name()).collect();
                let left = if left.is_empty() { "nothing".to_owned() } else { left.join(", ") };
                return Err(foreign_key::none(&left, &step.right.shown_name()));
            }
            only(able.into_iter())
        }
    };
    found.ok_or_else(|| no_left_side(&step.right.shown_name()))
}

/// The condition of a join sees what stands in that join, and nothing beside it or behind it.
fn check_condition(items: &[Item<'_>], left: usize, step: &JoinStep) -> Result<()> {
    let Some(on) = step.on.given() else { return Ok(()) };
    let mut named = Named::default();
    on.walk(&mut named);
    let elsewhere = |from: &&FromClause| {
        let others = items.iter().enumerate().filter(|(place, _)| *place != left);
        !step.right.has(from) && others.into_iter().any(|(_, item)| item.has(from))
    };
    match named.0.iter().find(elsewhere) {
        None => Ok(()),
        Some(from) => Err(stands_elsewhere(&step.right.shown_name(), &from.shown_name())),
    }
}

#[cold]
fn stands_elsewhere(right: &str, named: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "the condition that joins {right} names {named}, which does not stand in that join; join \
             it before, or move the condition to `where_`"
        ),
    )
}

/// The only one there is.
fn only(mut places: impl Iterator<Item = usize>) -> Option<usize> {
    match (places.next(), places.next()) {
        (only, None) => only,
        _ => None,
    }
}

#[cold]
fn no_left_side(right: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "it is not clear what {right} is joined to: the condition names none or several of \
             the FROM objects; name the left side by `join_from` or `select_from`"
        ),
    )
}

#[cold]
fn same_name(name: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!("two FROM objects have the name {name}; give one of them an alias"),
    )
}
