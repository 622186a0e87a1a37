//! What is loaded along with the objects of a statement, after its rows.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::FixedState;

use super::plan::{Later, Plan};
use super::related::{Along, load_along};
use crate::error::Result;
use crate::orm::key::{AnyRef, Class};
use crate::orm::mapper::{Lazy, Relationship};
use crate::orm::object::keys_of;
use crate::orm::query::{Branch, How, Options};
use crate::orm::session::Inner;

/// Loads what a plan has put off, and tells the objects what was joined to them.
pub(in crate::orm) fn finish(
    inner: &mut Inner,
    plan: Option<Box<Plan>>,
    path: &[Class],
) -> Result<()> {
    let Some(mut plan) = plan else { return Ok(()) };
    for node in &mut plan.nodes {
        if let Some(relationship) = node.relationship {
            fill_joined(inner, relationship, std::mem::take(&mut node.rows));
        }
    }
    for node in plan.nodes {
        let mut seen = HashSet::<u32, FixedState>::default();
        let mut found = node.found;
        found.retain(|(key, _)| seen.insert(key.number()));
        for later in &node.later {
            // What its attribute says is for objects that are loaded now.
            let parents = found.iter().filter(|(_, filled)| *filled || later.branch.is_some());
            let parents: Vec<AnyRef> = parents.map(|(key, _)| key.clone()).collect();
            let path = [path, &[node.mapper.class()]].concat();
            load_later(inner, later, &parents, node.options.as_ref(), &path)?;
        }
    }
    Ok(())
}

/// What the rows say of a relationship that was joined.
fn fill_joined(
    inner: &mut Inner,
    relationship: &'static Relationship,
    rows: Vec<(AnyRef, Option<AnyRef>)>,
) {
    let mut places = HashMap::<u32, usize, FixedState>::default();
    let mut lists: Vec<(AnyRef, Vec<AnyRef>)> = Vec::new();
    let mut pairs = HashSet::<(u32, u32), FixedState>::default();
    for (parent, other) in rows {
        let place = *places.entry(parent.number()).or_insert_with(|| {
            lists.push((parent.clone(), Vec::new()));
            lists.len() - 1
        });
        if let Some(other) = other
            && pairs.insert((parent.number(), other.number()))
        {
            lists[place].1.push(other);
        }
    }
    for (parent, mut others) in lists {
        if !relationship.uselist {
            others.truncate(1);
        }
        inner.store.fill(&parent, relationship.place, others);
    }
}

/// Loads a relationship of these objects, and what the options say of what it refers to.
fn load_later(
    inner: &mut Inner,
    later: &Later,
    parents: &[AnyRef],
    options: Option<&Arc<Options>>,
    path: &[Class],
) -> Result<()> {
    let branch = later.branch.as_ref();
    let below = options.and_then(|options| options.below(branch));
    load_related_with(inner, later.relationship, later.how, branch, parents, below, path)
}

/// Loads a relationship that is asked for, of objects that came with the same options.
pub(in crate::orm) fn load_asked(
    inner: &mut Inner,
    relationship: &'static Relationship,
    parents: &[AnyRef],
    options: Option<&Arc<Options>>,
) -> Result<()> {
    let class = relationship.parent.class();
    let branch = options.and_then(|options| options.branch(class, relationship.place));
    let below = options.and_then(|options| options.below(branch));
    load_related_with(inner, relationship, Lazy::SelectIn, branch, parents, below, &[class])
}

fn load_related_with(
    inner: &mut Inner,
    relationship: &'static Relationship,
    how: Lazy,
    branch: Option<&Branch>,
    parents: &[AnyRef],
    below: Option<Arc<Options>>,
    path: &[Class],
) -> Result<()> {
    if parents.is_empty() {
        return Ok(());
    }
    let along = Along {
        criteria: branch.and_then(|branch| branch.criteria.as_ref()),
        chunk: branch.and_then(|branch| branch.chunk),
        options: below.clone(),
        path,
    };
    match how {
        Lazy::Immediate => {
            for parent in parents {
                load_along(inner, relationship, std::slice::from_ref(parent), &along)?;
            }
        }
        _ => load_along(inner, relationship, parents, &along)?,
    }
    let Some(below) = below else { return Ok(()) };
    load_below(inner, relationship, parents, &below, path)
}

/// Loads what the options say of what a relationship refers to.
fn load_below(
    inner: &mut Inner,
    relationship: &'static Relationship,
    parents: &[AnyRef],
    below: &Arc<Options>,
    path: &[Class],
) -> Result<()> {
    let target = relationship.target;
    let eager = below.about(target, None).filter_map(|branch| match branch.how {
        // The statement has joined it, where there was one.
        How::Lazy(Lazy::Joined) => Some((branch, Lazy::SelectIn)),
        How::Lazy(how) => how.is_eager().then_some((branch, how)),
        How::Contained(_) => None,
    });
    let eager: Vec<_> = eager.map(|(branch, how)| (branch.clone(), how)).collect();
    if eager.is_empty() {
        return Ok(());
    }
    let mut seen = HashSet::<u32, FixedState>::default();
    let mut others = Vec::new();
    for parent in parents {
        let Ok(slot) = inner.store.slot(parent) else { continue };
        let keys = keys_of(slot.object().links(relationship.place));
        others.extend(keys.into_iter().filter(|key| seen.insert(key.number())));
    }
    let path = [path, &[target.class()]].concat();
    for (branch, how) in eager {
        let next = target.relationship(branch.place)?;
        let options = below.below(Some(&branch));
        load_related_with(inner, next, how, Some(&branch), &others, options, &path)?;
    }
    Ok(())
}
