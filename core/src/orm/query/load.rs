//! How relationships are loaded along with the objects that have them.

use std::fmt;
use std::marker::PhantomData;

use super::options::{Branch, Fetch, How, Options};
use super::path::LoadPath;
use crate::orm::class::MappedClass;
use crate::orm::mapper::{Lazy, Mapper};
use crate::sql::{Condition, Expr, condition_of};

/// How relationships are loaded along with the objects that have them, which are `P`. What comes next is about `T`,
/// which the last one refers to.
#[must_use = "an option does nothing until a statement has it"]
pub struct Load<P, T> {
    branch: Branch,
    ends: PhantomData<fn() -> (P, T)>,
}

impl<P, T> Clone for Load<P, T> {
    fn clone(&self) -> Self {
        Self { branch: self.branch.clone(), ends: PhantomData }
    }
}

impl<P, T> fmt::Debug for Load<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Load").field(&self.branch).finish()
    }
}

fn branch_of(path: impl LoadPath, how: Lazy, contained: bool) -> Option<Branch> {
    let branches = path.steps().into_iter().map(|step| {
        let how = match contained {
            true => {
                let definition = step.parent.definitions()[step.place];
                How::Contained(definition.target().from(step.target))
            }
            false => How::Lazy(how),
        };
        let mut branch = Branch::new(step.parent, step.alias, step.place, how);
        branch.criteria = step.criteria;
        branch
    });
    branches.reduce(|mut all, next| {
        all.put_below(next);
        all
    })
}

fn load<L: LoadPath>(path: L, how: Lazy, contained: bool) -> Load<L::Source, L::Target> {
    match branch_of(path, how, contained) {
        Some(branch) => Load { branch, ends: PhantomData },
        None => unreachable!("a path has a relationship"),
    }
}

macro_rules! loads {
    ($($(#[$meta:meta])* $name:ident $how:ident $contained:literal)*) => {
        $(
            $(#[$meta])*
            pub fn $name<L: LoadPath>(path: L) -> Load<L::Source, L::Target> {
                load(path, Lazy::$how, $contained)
            }
        )*

        impl<P: MappedClass, T: MappedClass> Load<P, T> {
            $(
                #[doc = concat!("From what that refers to on: [`", stringify!($name), "`].")]
                pub fn $name<L: LoadPath<Source = T>>(mut self, path: L) -> Load<P, L::Target> {
                    if let Some(next) = branch_of(path, Lazy::$how, $contained) {
                        self.branch.put_below(next);
                    }
                    Load { branch: self.branch, ends: PhantomData }
                }
            )*
        }
    };
}
loads! {
    /// Relationships are loaded with the objects that have them, by one more statement for each 500 of them. For most
    /// collections this is the one to take.
    ///
    /// ```
    /// use aludel::orm::selectinload;
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let users = select(User::entity()).options(selectinload(User::c.addresses)).order_by(User::c.id);
    /// for user in session.scalars(users)? {
    ///     for address in &session[&user].addresses {
    ///         println!("{}: {}", session[&user].name, session[address].email);
    ///     }
    /// }
    /// # Ok::<(), aludel::Error>(())
    /// ```
    selectinload SelectIn false
    /// Relationships are loaded by the statement itself, which gets an outer join: for references to one object. Of
    /// a collection, whose rows repeat those of the objects that have it, each row comes once all the same; where the
    /// statement is limited it becomes a subquery.
    ///
    /// ```
    /// use aludel::orm::joinedload;
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let addresses = select(Address::entity()).options(joinedload(Address::c.user).innerjoin());
    /// for address in session.scalars(addresses)? {
    ///     let user = session[&address].user.get().expect("it has one").clone();
    ///     println!("{}", session[&user].name);
    /// }
    /// # Ok::<(), aludel::Error>(())
    /// ```
    joinedload Joined false
    /// Relationships are loaded with the objects that have them, by one more statement for each of them.
    ///
    /// ```
    /// use aludel::orm::immediateload;
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let users = select(User::entity()).options(immediateload(User::c.addresses));
    /// let first = session.scalars(users)?.first().expect("there is one");
    /// assert_eq!(session[&first].addresses.get().expect("loaded").len(), 2);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    immediateload Immediate false
    /// As [`selectinload`], for programs that come from SQLAlchemy: the statement has the keys of the objects in it, and
    /// not theirs as a subquery, which would be run a second time.
    ///
    /// ```
    /// use aludel::orm::subqueryload;
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let users = select(User::entity()).options(subqueryload(User::c.addresses));
    /// let first = session.scalars(users)?.first().expect("there is one");
    /// assert_eq!(session[&first].addresses.get().expect("loaded").len(), 2);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    subqueryload Subquery false
    /// Relationships are loaded when they are asked for, whatever their attribute `lazy` says.
    ///
    /// ```
    /// use aludel::orm::lazyload;
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let users = select(User::entity()).options(lazyload(User::c.addresses));
    /// let first = session.scalars(users)?.first().expect("there is one");
    /// assert!(!session[&first].addresses.is_loaded());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    lazyload Select false
    /// To ask for these relationships of these objects is an error, unless they are loaded already.
    ///
    /// ```
    /// use aludel::orm::raiseload;
    /// use aludel::{ErrorKind, select};
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let users = select(User::entity()).options(raiseload(User::c.addresses));
    /// let first = session.scalars(users)?.first().expect("there is one");
    /// let error = session.load(&first, User::c.addresses).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::NotLoaded);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    raiseload Raise false
    /// Relationships are read from what the statement joins itself: by its name, or by the alias that
    /// [`of_type`](crate::orm::ToMany::of_type) says. A condition of the statement then says what of a collection is
    /// loaded.
    ///
    /// ```
    /// use aludel::orm::contains_eager;
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let users = select(User::entity())
    ///     .join(User::c.addresses)
    ///     .where_(Address::c.email.eq("sandy@example.org"))
    ///     .options(contains_eager(User::c.addresses));
    /// let sandy = session.scalars(users)?.one()?;
    /// assert_eq!(session[&sandy].addresses.get().expect("loaded").len(), 1);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    contains_eager Select true
}

impl<P: MappedClass, T: MappedClass> Load<P, T> {
    /// Of a [`joinedload`]: objects without it are left out, and the join is an inner one. Below an outer join it
    /// stays an outer one.
    pub fn innerjoin(mut self) -> Self {
        self.branch.last_mut().inner = true;
        self
    }

    /// Of a [`selectinload`]: how many objects one statement is about. At least 1; 500 if it is not said.
    pub fn chunksize(mut self, objects: usize) -> Self {
        self.branch.last_mut().chunk = Some(objects.max(1));
        self
    }

    /// Of a [`selectinload`] of a struct that refers to itself: it goes on so many times from what it refers to;
    /// `None`: as long as there is something.
    ///
    /// ```
    /// use aludel::orm::{Many, One, Session, many, selectinload};
    /// use aludel::{Auto, Mapped, MetaData, create_engine, select};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "nodes")]
    /// struct Node {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     #[aludel(foreign_key = "nodes.id")]
    ///     parent_id: Option<i64>,
    ///     #[aludel(back = parent, order_by(id))]
    ///     children: Many<Node>,
    ///     #[aludel(back = children)]
    ///     parent: One<Node>,
    /// }
    ///
    /// let node = |children| Node { id: Auto::unset(), parent_id: None, children, parent: One::default() };
    /// let engine = create_engine("sqlite://")?;
    /// engine.begin(|conn| MetaData::new().with::<Node>().create_all(conn))?;
    /// let mut session = Session::new(&engine);
    /// session.add(node(many![node(many![node(Many::default())])]))?;
    /// session.commit()?;
    ///
    /// let all = selectinload(Node::c.children).recursion(None);
    /// let root = session.scalars(select(Node::entity()).where_(Node::c.parent_id.is_null()).options(all))?.one()?;
    /// let child = session[&root].children.get().expect("loaded")[0].clone();
    /// assert_eq!(session[&child].children.get().expect("loaded").len(), 1);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn recursion(mut self, times: Option<u32>) -> Self {
        self.branch.last_mut().recursion = times.unwrap_or(u32::MAX);
        self
    }
}

/// What a statement says about loading: what [`options`](crate::sql::Select::options) takes, or a tuple of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an option of a session",
    note = "options are `selectinload(User::c.addresses)`, `joinedload(…)`, `with_loader_criteria::<User>(…)`, \
            `Fetch::Peers` and others, or a tuple of them"
)]
pub trait LoaderOptions {
    /// Adds it to those that the statement has.
    #[doc(hidden)]
    fn add_to(self, to: &mut Added<'_>);
}

/// The options of a statement, which become more.
#[doc(hidden)]
#[derive(Debug)]
pub struct Added<'o>(pub(super) &'o mut Options);

impl Options {
    /// These as well.
    pub(in crate::orm) fn take(&mut self, options: impl LoaderOptions) {
        options.add_to(&mut Added(self));
    }
}

impl<P: MappedClass, T: MappedClass> LoaderOptions for Load<P, T> {
    fn add_to(self, to: &mut Added<'_>) {
        to.0.add(self.branch);
    }
}

impl LoaderOptions for Fetch {
    fn add_to(self, to: &mut Added<'_>) {
        to.0.fetch = Some(self);
    }
}

impl<O: LoaderOptions> LoaderOptions for Vec<O> {
    fn add_to(self, to: &mut Added<'_>) {
        self.into_iter().for_each(|option| option.add_to(to));
    }
}

macro_rules! loader_options {
    ($($option:ident $at:tt),+) => {
        impl<$($option: LoaderOptions),+> LoaderOptions for ($($option,)+) {
            fn add_to(self, to: &mut Added<'_>) {
                $(self.$at.add_to(to);)+
            }
        }
    };
}
tuples!(loader_options);

/// A condition on all objects of a mapped struct: see [`with_loader_criteria`].
#[derive(Debug, Clone)]
#[must_use = "an option does nothing until a statement has it"]
pub struct WithLoaderCriteria {
    mapper: &'static Mapper,
    condition: Expr<Option<bool>>,
}

/// Only objects of `T` that fulfil a condition: where the statement selects or joins them, and where relationships of
/// its objects are loaded, now or later.
///
/// ```
/// use aludel::orm::with_loader_criteria;
/// use aludel::select;
/// # aludel::models_of_examples!();
/// # let mut session = session()?;
///
/// let only_org = with_loader_criteria::<Address>(Address::c.email.like("%.org"));
/// let users = select(User::entity()).order_by(User::c.id).options(only_org);
/// let sandy = session.scalars(users)?.first().expect("there is one");
/// assert_eq!(session.load(&sandy, User::c.addresses)?.len(), 1);
/// # Ok::<(), aludel::Error>(())
/// ```
pub fn with_loader_criteria<T: MappedClass>(condition: impl Condition) -> WithLoaderCriteria {
    WithLoaderCriteria { mapper: T::mapper(), condition: condition_of(condition) }
}

impl LoaderOptions for WithLoaderCriteria {
    fn add_to(self, to: &mut Added<'_>) {
        to.0.criteria.push((self.mapper, self.condition));
    }
}
