//! What a statement says about loading: a tree along relationships.

use std::sync::Arc;

use crate::orm::key::Class;
use crate::orm::mapper::{Lazy, Mapper};
use crate::sql::{Expr, FromClause, MappedAlias};

/// What happens when the relationship of one object is asked for, and is not loaded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fetch {
    /// It is loaded for this object.
    #[default]
    Single,
    /// It is loaded for all objects that came with this one by the same statement.
    Peers,
    /// It is an error, unless the session has what it refers to.
    Raise,
}

/// What a statement says about loading, at one place of the path: objects keep it.
#[derive(Debug, Clone, Default)]
pub(in crate::orm) struct Options {
    branches: Vec<Branch>,
    /// Conditions on all objects of a mapped struct.
    pub(in crate::orm) criteria: Vec<(&'static Mapper, Expr<Option<bool>>)>,
    pub(in crate::orm) fetch: Option<Fetch>,
    pub(in crate::orm) populate_existing: bool,
    pub(in crate::orm) autoflush: Option<bool>,
}

/// How a relationship is loaded.
#[derive(Debug, Clone)]
pub(in crate::orm) enum How {
    Lazy(Lazy),
    /// It stands in the statement already.
    Contained(FromClause),
}

/// What is said about one relationship.
#[derive(Debug, Clone)]
pub(in crate::orm) struct Branch {
    /// What has the relationship, or an alias of it.
    pub(in crate::orm) parent: &'static Mapper,
    pub(in crate::orm) alias: Option<MappedAlias>,
    pub(in crate::orm) place: usize,
    pub(in crate::orm) how: How,
    /// Whether objects without it are left out.
    pub(in crate::orm) inner: bool,
    /// For so many objects at once.
    pub(in crate::orm) chunk: Option<usize>,
    /// How often it goes on from what it refers to.
    pub(in crate::orm) recursion: u32,
    pub(in crate::orm) criteria: Option<Expr<Option<bool>>>,
    below: Options,
}

impl Branch {
    pub(in crate::orm) fn new(
        parent: &'static Mapper,
        alias: Option<MappedAlias>,
        place: usize,
        how: How,
    ) -> Self {
        let (inner, chunk, recursion, criteria) = (false, None, 0, None);
        let below = Options::default();
        Self { parent, alias, place, how, inner, chunk, recursion, criteria, below }
    }

    fn is_about(&self, other: &Self) -> bool {
        self.parent == other.parent && self.place == other.place && self.alias == other.alias
    }

    /// What an object keeps of it.
    fn kept(&self) -> Self {
        let how = match &self.how {
            How::Contained(_) => How::Lazy(Lazy::Select),
            lazy @ How::Lazy(_) => lazy.clone(),
        };
        let mut below = Options { branches: Vec::new(), ..self.below.clone() };
        self.below.branches.iter().for_each(|branch| below.add(branch.kept()));
        Self { alias: None, how, below, ..self.clone() }
    }

    /// Puts another under the last one of its path.
    pub(in crate::orm) fn put_below(&mut self, other: Self) {
        match self.below.branches.last_mut() {
            Some(last) => last.put_below(other),
            None => self.below.branches.push(other),
        }
    }

    /// The last one of its path.
    pub(in crate::orm) fn last_mut(&mut self) -> &mut Self {
        if self.below.branches.is_empty() {
            return self;
        }
        match self.below.branches.last_mut() {
            Some(last) => last.last_mut(),
            None => unreachable!("it has one"),
        }
    }
}

impl Options {
    /// What is said about relationships of this struct, or of this alias of it.
    pub(in crate::orm) fn about(
        &self,
        mapper: &'static Mapper,
        from: Option<&FromClause>,
    ) -> impl Iterator<Item = &Branch> {
        self.branches.iter().filter(move |branch| {
            branch.parent == mapper && from.is_none_or(|from| mapper.from(branch.alias).is(from))
        })
    }

    pub(in crate::orm) fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// What is said about one relationship.
    pub(in crate::orm) fn branch(&self, class: Class, place: usize) -> Option<&Branch> {
        self.branches.iter().find(|branch| branch.parent.class() == class && branch.place == place)
    }

    /// What is said of the objects that a relationship refers to; `None` if nothing is.
    pub(in crate::orm) fn below(&self, branch: Option<&Branch>) -> Option<Arc<Self>> {
        let mut below = match branch {
            Some(branch) => {
                let mut below = branch.below.clone();
                if branch.recursion > 0 {
                    let recursion = match (branch.recursion, &branch.how) {
                        // One statement has an end.
                        (u32::MAX, How::Lazy(Lazy::Joined) | How::Contained(_)) => 0,
                        (u32::MAX, _) => u32::MAX,
                        (more, _) => more - 1,
                    };
                    below.add(Branch { recursion, ..branch.clone() });
                }
                below
            }
            None => Self::default(),
        };
        below.criteria.extend(self.criteria.iter().cloned());
        below.fetch = below.fetch.or(self.fetch);
        below.populate_existing = self.populate_existing;
        let says = !below.branches.is_empty()
            || !below.criteria.is_empty()
            || below.fetch.is_some()
            || below.populate_existing;
        says.then(|| Arc::new(below))
    }

    /// What objects keep: all but what is about the statement.
    pub(in crate::orm) fn kept(&self) -> Option<Arc<Self>> {
        let kept = Self { populate_existing: false, autoflush: None, ..self.clone() };
        let says = !kept.branches.is_empty() || !kept.criteria.is_empty() || kept.fetch.is_some();
        says.then(|| Arc::new(kept))
    }

    /// What an object of this struct keeps, which is loaded anew by its key and by no alias: what stood in the statement
    /// is loaded when it is asked for.
    pub(in crate::orm) fn kept_of(&self, mapper: &'static Mapper) -> Option<Arc<Self>> {
        let mut kept = Self { branches: Vec::new(), ..Self::clone(self.kept().as_deref()?) };
        for branch in self.branches.iter().filter(|branch| branch.parent == mapper) {
            kept.add(branch.kept());
        }
        let says = !kept.branches.is_empty() || !kept.criteria.is_empty() || kept.fetch.is_some();
        says.then(|| Arc::new(kept))
    }

    /// Adds what is said about a relationship; what was said before about the same one counts no more, except what
    /// was said of what it refers to.
    pub(in crate::orm) fn add(&mut self, branch: Branch) {
        let Some(before) = self.branches.iter_mut().find(|before| before.is_about(&branch)) else {
            self.branches.push(branch);
            return;
        };
        let below = std::mem::replace(before, branch).below;
        let added = std::mem::replace(&mut before.below, below);
        added.branches.into_iter().for_each(|branch| before.below.add(branch));
    }
}

/// Whether both are the same, or nothing.
pub(in crate::orm) fn same_options(
    one: Option<&Arc<Options>>,
    other: Option<&Arc<Options>>,
) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}
