//! The FROM list of a SELECT, derived from what its expressions name.

use super::join::{JoinKind, write_step};
use super::{FromClause, FromKind};
use crate::error::{Error, ErrorKind, Result};
use crate::sql::tree::Named;
use crate::sql::{Expression, SqlWriter};

/// What `select.join(…)` adds: the left side is found when the statement is compiled.
#[derive(Debug, Clone)]
pub(in crate::sql) struct JoinStep {
    pub(in crate::sql) right: FromClause,
    pub(in crate::sql) on: Expression,
    pub(in crate::sql) kind: JoinKind,
}

/// The objects of FROM, with what is joined to each.
#[derive(Debug)]
pub(in crate::sql) struct FromList<'t>(Vec<Item<'t>>);

#[derive(Debug)]
struct Item<'t> {
    first: FromClause,
    joined: Vec<&'t JoinStep>,
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
        leaves_of(&self.first, &mut leaves);
        self.joined.iter().for_each(|step| leaves_of(&step.right, &mut leaves));
        leaves
    }
}

fn leaves_of<'t>(from: &'t FromClause, leaves: &mut Vec<&'t FromClause>) {
    match &from.0 {
        FromKind::Join(join) => {
            leaves_of(&join.left, leaves);
            leaves_of(&join.right, leaves);
        }
        _ => leaves.push(from),
    }
}

impl<'t> FromList<'t> {
    /// Derives the list: what is given, then what the expressions name, without what is part of a
    /// join or of an enclosing statement.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Compile`]: the left side of a join is not clear, or two objects have one name.
    pub(in crate::sql) fn derive(
        given: &'t [FromClause],
        expressions: impl Iterator<Item = &'t Expression>,
        joins: &'t [JoinStep],
        enclosing: &[FromClause],
    ) -> Result<Self> {
        let mut named = Named::default();
        expressions.for_each(|expression| expression.walk(&mut named));
        let mut items: Vec<Item<'t>> = Vec::new();
        for from in given.iter().cloned().chain(named.0) {
            if !items.iter().any(|item| item.has(&from)) {
                items.push(Item::new(from));
            }
        }
        for step in joins {
            let left = left_side(&items, step)?;
            // What is joined no longer stands for itself.
            let mut item = items.remove(left);
            item.joined.push(step);
            items.insert(left, item);
            let mut index = 0;
            items.retain(|item| {
                index += 1;
                // What something else is joined to already stays: one of the two needs an alias.
                index - 1 == left || !item.joined.is_empty() || !step.right.has(&item.first)
            });
        }
        // What is joined to an object of the enclosing statement is the statement's own.
        let own = |item: &Item<'_>| {
            !item.joined.is_empty() || !enclosing.iter().any(|outer| item.first.is(outer))
        };
        // A statement that selects from nothing of its own keeps what it names.
        if items.iter().any(own) {
            items.retain(own);
        }
        let this = Self(items);
        this.check_names()?;
        Ok(this)
    }

    /// The objects without joins.
    pub(in crate::sql) fn leaves(&self) -> Vec<&FromClause> {
        self.0.iter().flat_map(Item::leaves).collect()
    }

    fn check_names(&self) -> Result<()> {
        let leaves = self.leaves();
        for (index, leaf) in leaves.iter().enumerate() {
            if leaves[..index].iter().any(|before| before.names() == leaf.names()) {
                return Err(same_name(leaf.names().1));
            }
        }
        Ok(())
    }

    pub(in crate::sql) fn write(&self, to: &mut SqlWriter<'_>) {
        to.sql(if self.0.is_empty() { "" } else { " FROM " });
        to.separated(", ", &self.0, |item, to| {
            item.first.write(to);
            for step in &item.joined {
                write_step(step.kind, &step.right, &step.on, to);
            }
        });
    }
}

/// Which object a join continues: the one that its condition names, or the only one there is.
fn left_side(items: &[Item<'_>], step: &JoinStep) -> Result<usize> {
    let mut named = Named::default();
    step.on.walk(&mut named);
    let others = || items.iter().enumerate().filter(|(_, item)| !step.right.has(&item.first));
    let mentioned = || {
        others()
            .filter(|(_, item)| named.0.iter().any(|from| !step.right.has(from) && item.has(from)))
    };
    let one = |mut found: Vec<(usize, &Item<'_>)>| match found.len() {
        1 => found.pop().map(|(index, _)| index),
        _ => None,
    };
    one(mentioned().collect())
        .or_else(|| one(others().collect()))
        .ok_or_else(|| no_left_side(step.right.names().1))
}

#[cold]
fn no_left_side(right: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!(
            "it is not clear what {right:?} is joined to: the condition names none or several of \
             the FROM objects; name the left side by `select_from`"
        ),
    )
}

#[cold]
fn same_name(name: &str) -> Error {
    Error::new(
        ErrorKind::Compile,
        format!("two FROM objects have the name {name:?}; give one of them an alias"),
    )
}
