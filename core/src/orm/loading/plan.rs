//! What is loaded along with the objects of a statement: how it is changed for that, and where in its rows that is.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::orm::key::{AnyRef, Class};
use crate::orm::mapper::{Lazy, Mapper, Relationship};
use crate::orm::query::{Branch, How, Options, on};
use crate::sql::{AnyColumn, FromClause, SessionSelect, and_, moved};

/// Where in a row the columns of a mapped struct begin.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct LoadedEntity {
    pub(super) mapper: &'static Mapper,
    pub(super) start: usize,
}

impl LoadedEntity {
    /// `#[derive(Mapped)]` calls it.
    #[must_use]
    pub fn new(mapper: &'static Mapper, start: usize) -> Self {
        Self { mapper, start }
    }
}

/// What is loaded along with the objects of a statement.
pub(in crate::orm) struct Plan {
    pub(super) nodes: Vec<Node>,
    /// How many of the nodes are what the statement selects; the others are joined to them.
    roots: usize,
    /// Where the rows repeat for what is joined: the columns that say whether a row is another one.
    pub(super) told_apart_by: Option<Vec<usize>>,
}

/// The objects of one place in the rows.
pub(super) struct Node {
    pub(super) mapper: &'static Mapper,
    pub(super) start: usize,
    /// What the statement says of the objects.
    pub(super) options: Option<Arc<Options>>,
    /// What they keep of it.
    pub(super) kept: Option<Arc<Options>>,
    /// By which relationship they are joined; `None` of what the statement selects.
    pub(super) relationship: Option<&'static Relationship>,
    pub(super) joined: Vec<usize>,
    /// What is loaded afterwards.
    pub(super) later: Vec<Later>,
    /// Each object that has the relationship, and what the row says it refers to.
    pub(super) rows: Vec<(AnyRef, Option<AnyRef>)>,
    /// The objects, and whether the statement has filled them.
    pub(super) found: Vec<(AnyRef, bool)>,
}

/// A relationship that is loaded by statements of its own.
pub(super) struct Later {
    pub(super) relationship: &'static Relationship,
    /// `None`: its attribute says so.
    pub(super) branch: Option<Branch>,
    pub(super) how: Lazy,
}

/// A relationship that is joined, or stands in the statement already.
struct Join {
    relationship: &'static Relationship,
    branch: Option<Branch>,
    contained: Option<FromClause>,
    options: Option<Arc<Options>>,
    joins: Vec<Self>,
    later: Vec<Later>,
}

/// For what a plan is made.
pub(super) struct Planning<'p> {
    pub(super) options: Option<Arc<Options>>,
    /// The structs from which the path came here.
    pub(super) path: &'p [Class],
    /// Whether what the options say of other statements is left to who asks.
    pub(super) leaves_explicit: bool,
    /// Whether the conditions on all objects of a struct do not count for what the statement selects.
    pub(super) by_key: bool,
}

impl Planning<'_> {
    pub(super) fn of(options: Option<Arc<Options>>) -> Self {
        Self { options, path: &[], leaves_explicit: false, by_key: false }
    }
}

impl Plan {
    /// Changes a statement so that it loads along what is to be joined. `None`: there is nothing to be done, now or
    /// later.
    pub(super) fn of(
        entities: &[LoadedEntity],
        planning: &Planning<'_>,
        select: &mut Option<SessionSelect>,
    ) -> Result<Option<Box<Self>>> {
        let mut wants = planning.options.is_some();
        for entity in entities {
            wants |= entity.mapper.relationships()?.iter().any(|of| of.lazy.is_eager());
        }
        if !wants {
            return Ok(None);
        }
        check_named(entities, planning, select.as_ref())?;
        let mut roots = Vec::with_capacity(entities.len());
        for entity in entities {
            let from = select.as_ref().and_then(|select| select.source_at(entity.start));
            let options = planning.options.clone();
            let strategies = Strategies { options: options.as_ref(), from: from.as_ref() };
            let (joins, mut later) =
                strategies.of(entity.mapper, planning.path, select.is_some())?;
            if planning.leaves_explicit {
                later.retain(|later| later.branch.is_none());
            }
            roots.push((*entity, options, joins, later));
        }
        let mut this = Self { nodes: Vec::new(), roots: entities.len(), told_apart_by: None };
        if let Some(select) = select {
            this.restrict(entities, planning, select);
        }
        this.build(roots, select);
        Ok(Some(Box::new(this)))
    }

    fn restrict(
        &self,
        entities: &[LoadedEntity],
        planning: &Planning<'_>,
        select: &mut SessionSelect,
    ) {
        let Some(options) = &planning.options else { return };
        let except = match entities {
            [entity] if planning.by_key => select.source_at(entity.start),
            _ => None,
        };
        for (mapper, condition) in &options.criteria {
            select.restrict_all(&mapper.from(None), condition, except.as_ref());
        }
    }

    fn build(&mut self, roots: Vec<Root>, select: &mut Option<SessionSelect>) {
        let own_width = select.as_ref().map_or(0, SessionSelect::width);
        let entities: Vec<LoadedEntity> = roots.iter().map(|root| root.0).collect();
        let repeats = roots.iter().any(|(_, _, joins, _)| joins.iter().any(Join::has_list));
        let mut pending = Vec::new();
        for (entity, options, joins, later) in roots {
            let LoadedEntity { mapper, start } = entity;
            let node = Node::new(mapper, start, options, None, later);
            self.nodes.push(node);
            pending.push((self.nodes.len() - 1, joins));
        }
        let Some(select) = select else { return };
        // What stands in the statement already is selected before it becomes a subquery.
        let mut joined = Vec::new();
        for (node, joins) in pending {
            self.select_contained(node, joins, select, &mut joined);
        }
        let wraps = joined.iter().any(|(_, join)| join.has_list()) && select.is_limited();
        if wraps {
            *select = select.clone().wrapped();
        }
        for (node, join) in joined {
            let (mapper, start) = (self.nodes[node].mapper, self.nodes[node].start);
            let own = select.columns_at(start, mapper.width());
            if let Some(from) = select.source_at(start) {
                self.join(node, join, &Side { from, own, outer: false }, select);
            }
        }
        if repeats {
            self.told_apart_by = Some(told_apart_by(&entities, own_width));
        }
    }

    /// Selects what stands in the statement already; what is to be joined is put off.
    fn select_contained(
        &mut self,
        node: usize,
        joins: Vec<Join>,
        select: &mut SessionSelect,
        joined: &mut Vec<(usize, Join)>,
    ) {
        for mut join in joins {
            let Some(from) = join.contained.take() else {
                joined.push((node, join));
                continue;
            };
            let below = std::mem::take(&mut join.joins);
            let child = self.child(node, join, &from, select);
            self.select_contained(child, below, select, joined);
        }
    }

    /// Adds the columns of what a relationship refers to.
    fn child(
        &mut self,
        node: usize,
        join: Join,
        from: &FromClause,
        select: &mut SessionSelect,
    ) -> usize {
        let (target, start) = (join.relationship.target, select.width());
        select.add_columns(&target.columns_of(from));
        let relationship = Some(join.relationship);
        self.nodes.push(Node::new(target, start, join.options, relationship, join.later));
        let child = self.nodes.len() - 1;
        self.nodes[node].joined.push(child);
        child
    }

    fn join(&mut self, node: usize, mut join: Join, side: &Side, select: &mut SessionSelect) {
        let relationship = join.relationship;
        let target = relationship.target;
        let alias = crate::sql::MappedAlias::anonymous();
        let from = target.from(Some(alias));
        let (right, mut condition) = on(relationship, &side.own, &from);
        let own = join.branch.as_ref().and_then(|branch| branch.criteria.as_ref());
        let all = join.options.iter().flat_map(|options| &options.criteria);
        let all = all.filter(|(mapper, _)| *mapper == target).map(|(_, condition)| condition);
        for criteria in own.into_iter().chain(all) {
            condition = and_((condition, moved(criteria, &target.from(None), &from)));
        }
        let inner = join.branch.as_ref().is_some_and(|branch| branch.inner);
        let outer = side.outer || !inner;
        select.join(&side.from, right, condition, outer);
        if let Some(order) = relationship.order_by {
            select.order_by(order(Some(alias)));
        }
        let below = std::mem::take(&mut join.joins);
        let child = self.child(node, join, &from, select);
        let side = Side { own: target.columns_of(&from), from: side.from.clone(), outer };
        for join in below {
            self.join(child, join, &side, select);
        }
    }

    /// The node of what the statement selects at this place.
    pub(super) fn root(&self, mapper: &'static Mapper, start: usize) -> Option<usize> {
        self.nodes[..self.roots]
            .iter()
            .position(|node| node.start == start && node.mapper == mapper)
    }
}

/// What is selected, what its objects keep, and what is loaded along.
type Root = (LoadedEntity, Option<Arc<Options>>, Vec<Join>, Vec<Later>);

/// To what something is joined.
struct Side {
    /// What it is a part of in FROM.
    from: FromClause,
    own: Vec<AnyColumn>,
    /// Whether it may be absent.
    outer: bool,
}

impl Node {
    fn new(
        mapper: &'static Mapper,
        start: usize,
        options: Option<Arc<Options>>,
        relationship: Option<&'static Relationship>,
        later: Vec<Later>,
    ) -> Self {
        let kept = options.as_ref().and_then(|options| options.kept_of(mapper));
        let (joined, rows, found) = (Vec::new(), Vec::new(), Vec::new());
        Self { mapper, start, options, kept, relationship, joined, later, rows, found }
    }
}

impl Join {
    fn has_list(&self) -> bool {
        self.relationship.uselist || self.joins.iter().any(Self::has_list)
    }
}

/// What the options say of the relationships of a struct.
struct Strategies<'o> {
    options: Option<&'o Arc<Options>>,
    from: Option<&'o FromClause>,
}

impl Strategies<'_> {
    fn of(
        &self,
        mapper: &'static Mapper,
        path: &[Class],
        can_join: bool,
    ) -> Result<(Vec<Join>, Vec<Later>)> {
        let (mut joins, mut later) = (Vec::new(), Vec::new());
        let path = [path, &[mapper.class()]].concat();
        for relationship in mapper.relationships()? {
            let mut branches =
                self.options.iter().flat_map(|options| options.about(mapper, self.from));
            let branch = branches.find(|branch| branch.place == relationship.place).cloned();
            let how = match &branch {
                Some(branch) => branch.how.clone(),
                // What refers to where the path came from would go on for ever.
                None if path.contains(&relationship.target.class()) => continue,
                None => How::Lazy(relationship.lazy),
            };
            let options = match self.options {
                Some(options) => options.below(branch.as_ref()),
                None => None,
            };
            let (how, contained) = match how {
                How::Contained(from) => (Lazy::Joined, Some(from)),
                How::Lazy(how) => (how, None),
            };
            match how {
                Lazy::Joined if can_join => {
                    let below = Strategies { options: options.as_ref(), from: None };
                    let (joins_below, later) = below.of(relationship.target, &path, true)?;
                    let join = Join {
                        relationship,
                        branch,
                        contained,
                        options,
                        joins: joins_below,
                        later,
                    };
                    joins.push(join);
                }
                Lazy::Select | Lazy::Raise => {}
                // A statement that is text is read as it is.
                Lazy::Joined => later.push(Later { relationship, branch, how: Lazy::SelectIn }),
                _ => later.push(Later { relationship, branch, how }),
            }
        }
        Ok((joins, later))
    }
}

/// The columns that say whether a row is another one: the keys of objects, and all that is not of an object.
fn told_apart_by(entities: &[LoadedEntity], width: usize) -> Vec<usize> {
    let mut columns: Vec<usize> = (0..width).collect();
    for LoadedEntity { mapper, start } in entities {
        columns.retain(|column| {
            let place = column.wrapping_sub(*start);
            *column < *start || place >= mapper.width() || mapper.is_key(place)
        });
    }
    columns
}

/// That the options are about what the statement selects.
fn check_named(
    entities: &[LoadedEntity],
    planning: &Planning<'_>,
    select: Option<&SessionSelect>,
) -> Result<()> {
    let branches = planning.options.iter().flat_map(|options| options.branches());
    for branch in branches {
        let is_named = |entity: &LoadedEntity| {
            let from = select.and_then(|select| select.source_at(entity.start));
            entity.mapper == branch.parent
                && from.is_none_or(|from| branch.parent.from(branch.alias).is(&from))
        };
        if !entities.iter().any(is_named) {
            let class = branch.parent.class_name();
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                format!(
                    "an option says how `{class}::{}` is loaded, but the statement selects no `{class}`, or another \
                     alias of it; options begin at what is selected: \
                     `selectinload(Selected::c.relationship.then({class}::c.{}))`",
                    branch.parent.definitions()[branch.place].name(),
                    branch.parent.definitions()[branch.place].name(),
                ),
            ));
        }
    }
    Ok(())
}
