//! Paths along relationships: `User::c.addresses.then(Address::c.tags)`.

use std::fmt;
use std::marker::PhantomData;

use crate::orm::class::MappedClass;
use crate::orm::mapper::Mapper;
use crate::orm::relation::{ToMany, ToOne};
use crate::sql::{Aliased, Condition, Expr, MappedAlias, condition_of};

/// One relationship of a path.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct Step {
    pub(in crate::orm) parent: &'static Mapper,
    /// The alias of what has the relationship.
    pub(in crate::orm) alias: Option<MappedAlias>,
    pub(in crate::orm) place: usize,
    /// The alias of what it refers to.
    pub(in crate::orm) target: Option<MappedAlias>,
    /// A condition on what it refers to.
    pub(in crate::orm) criteria: Option<Expr<Option<bool>>>,
}

/// A relationship, or several of which each begins where the one before ends.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a relationship",
    label = "expected a relationship",
    note = "relationships are the fields of the types `One` and `Many`: `User::c.addresses`"
)]
pub trait LoadPath {
    /// What has the first.
    type Source: MappedClass;
    /// What the last refers to.
    type Target: MappedClass;

    /// The relationships.
    #[doc(hidden)]
    fn steps(self) -> Vec<Step>;
}

/// Several relationships, or one of which more is said.
pub struct Path<P, C> {
    steps: Vec<Step>,
    ends: PhantomData<fn() -> (P, C)>,
}

impl<P, C> Clone for Path<P, C> {
    fn clone(&self) -> Self {
        Self { steps: self.steps.clone(), ends: PhantomData }
    }
}

impl<P, C> fmt::Debug for Path<P, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Path").field(&self.steps).finish()
    }
}

impl<P: MappedClass, C: MappedClass> LoadPath for Path<P, C> {
    type Source = P;
    type Target = C;

    fn steps(self) -> Vec<Step> {
        self.steps
    }
}

impl<P: MappedClass, C: MappedClass> Path<P, C> {
    fn new(steps: Vec<Step>) -> Self {
        Self { steps, ends: PhantomData }
    }

    /// This, and then another relationship of what it refers to.
    #[must_use]
    pub fn then<L: LoadPath<Source = C>>(mut self, next: L) -> Path<P, L::Target> {
        self.steps.extend(next.steps());
        Path::new(self.steps)
    }

    /// Only what it refers to that fulfils a condition.
    #[must_use]
    pub fn and_(mut self, condition: impl Condition) -> Self {
        if let Some(step) = self.steps.last_mut() {
            let condition = condition_of(condition);
            step.criteria = Some(match step.criteria.take() {
                Some(before) => crate::sql::and_((before, condition)),
                None => condition,
            });
        }
        self
    }

    /// What it refers to stands in the statement by an alias.
    #[must_use]
    pub fn of_type(mut self, alias: &Aliased<C>) -> Self {
        if let Some(step) = self.steps.last_mut() {
            step.target = Some(alias.mapped_alias());
        }
        self
    }
}

macro_rules! paths {
    ($($relation:ident),*) => {$(
        impl<P: MappedClass, C: MappedClass> LoadPath for $relation<P, C> {
            type Source = P;
            type Target = C;

            fn steps(self) -> Vec<Step> {
                let (parent, alias) = (P::mapper(), self.alias());
                vec![Step { parent, alias, place: self.at(), target: None, criteria: None }]
            }
        }

        impl<P: MappedClass, C: MappedClass> $relation<P, C> {
            /// This relationship, and then another of what it refers to.
            ///
            /// ```
            /// # aludel::models_of_examples!();
            /// # use aludel::orm::selectinload;
            /// # use aludel::select;
            /// let statement = select(Address::entity()).options(selectinload(Address::c.user.then(User::c.tags)));
            /// # let _ = statement;
            /// ```
            #[must_use]
            pub fn then<L: LoadPath<Source = C>>(self, next: L) -> Path<P, L::Target> {
                Path::<P, C>::new(self.steps()).then(next)
            }

            /// Only what it refers to that fulfils a condition: for joins, and for what is loaded along.
            ///
            /// ```
            /// # aludel::models_of_examples!();
            /// # use aludel::select;
            /// let statement = select((User::c.id, Address::c.email))
            ///     .join(User::c.addresses.and_(Address::c.email.ne("x")));
            /// assert_eq!(
            ///     statement.to_string(),
            ///     "SELECT users.id, addresses.email FROM users JOIN addresses ON users.id = addresses.user_id AND \
            ///      addresses.email != :1"
            /// );
            /// ```
            #[must_use]
            pub fn and_(self, condition: impl Condition) -> Path<P, C> {
                Path::new(self.steps()).and_(condition)
            }

            /// What it refers to stands in the statement by an alias.
            ///
            /// ```
            /// # aludel::models_of_examples!();
            /// # use aludel::{aliased, select};
            /// let other = aliased::<Address>("other");
            /// let statement = select((User::c.id, other.c.id)).join(User::c.addresses.of_type(&other));
            /// assert_eq!(
            ///     statement.to_string(),
            ///     "SELECT users.id, other.id FROM users JOIN addresses AS other ON users.id = other.user_id"
            /// );
            /// ```
            #[must_use]
            pub fn of_type(self, alias: &Aliased<C>) -> Path<P, C> {
                Path::new(self.steps()).of_type(alias)
            }
        }
    )*};
}
paths!(ToOne, ToMany);
