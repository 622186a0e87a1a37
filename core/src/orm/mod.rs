//! The ORM: mapped structs as objects of a session.
//!
//! A value of a mapped struct is a plain value until a [`Session`] takes it in. From then on the session has it,
//! and the program holds its key, a [`Ref`]: for a row there is one object, whose changes the session
//! writes.
//!
//! ```
//! use aludel::orm::{Many, One, Session, many};
//! use aludel::{Auto, Mapped, MetaData, create_engine, select};
//!
//! #[derive(Mapped)]
//! #[aludel(table = "users")]
//! struct User {
//!     #[aludel(primary_key)]
//!     id: Auto<i64>,
//!     name: String,
//!     #[aludel(back = user, order_by(id))]
//!     addresses: Many<Address>,
//! }
//!
//! #[derive(Mapped)]
//! #[aludel(table = "addresses")]
//! struct Address {
//!     #[aludel(primary_key)]
//!     id: Auto<i64>,
//!     email: String,
//!     #[aludel(foreign_key = "users.id")]
//!     user_id: Option<i64>,
//!     #[aludel(back = addresses)]
//!     user: One<User>,
//! }
//!
//! let address = |email: &str| Address {
//!     id: Auto::unset(),
//!     email: email.into(),
//!     user_id: None,
//!     user: One::default(),
//! };
//! let sandy = User {
//!     id: Auto::unset(),
//!     name: "sandy".into(),
//!     addresses: many![address("sandy@example.com"), address("sandy@example.org")],
//! };
//!
//! let engine = create_engine("sqlite://")?;
//! engine.begin(|conn| MetaData::new().with::<User>().with::<Address>().create_all(conn))?;
//! let mut session = Session::new(&engine);
//! session.add(sandy)?;
//! session.commit()?;
//!
//! let sandy = session.scalars(select(User::entity()).where_(User::c.name.eq("sandy")))?.one()?;
//! for address in session.load(&sandy, User::c.addresses)? {
//!     session.edit(&address)?.email.push('!');
//! }
//! session.commit()?;
//! # Ok::<(), aludel::Error>(())
//! ```

mod attributes;
mod class;
mod hooks;
mod identity;
mod key;
mod loading;
mod mapper;
mod object;
mod query;
mod relation;
mod scoping;
mod session;
mod state;
mod store;
mod unit_of_work;

pub use crate::many;
pub use attributes::{Item, Many, One};
pub use class::MappedClass;
#[doc(hidden)]
pub use class::{RelationshipField, identify, key_value, mapper_of, next_version, read_key};
pub use hooks::{
    AfterDelete, AfterDeleteEvent, AfterInsert, AfterInsertEvent, AfterUpdate, AfterUpdateEvent,
    BeforeDelete, BeforeDeleteEvent, BeforeInsert, BeforeInsertEvent, BeforeUpdate,
    BeforeUpdateEvent, ClassEvent, ClassListening, listen_for,
};
#[doc(hidden)]
pub use hooks::{HookKind, WrittenObject, WrittenObjectEvent};
#[doc(hidden)]
pub use identity::Identity;
pub use key::{AnyRef, Ref, SessionId};
#[doc(hidden)]
pub use loading::LoadedEntity;
pub use loading::{GetOptions, Loading, OrmResult, ScalarRow, SessionFetch, SessionRow};
#[doc(hidden)]
pub use loading::{load_object, load_object_or_none};
pub use mapper::{Cascade, Lazy, Mapper, RelationshipKind};
#[doc(hidden)]
pub use mapper::{
    Definition, KeyReader, MapperOptions, OrderOf, RelationshipOptions, Version, VersionKind,
};
pub use object::{Given, Links, Object};
#[doc(hidden)]
pub use query::Step;
pub use query::{
    Fetch, Load, LoadPath, LoaderOptions, Path, WithLoaderCriteria, contains_eager, immediateload,
    joinedload, lazyload, raiseload, selectinload, subqueryload, with_loader_criteria,
};
pub use relation::{Relation, ToMany, ToOne};
pub use scoping::{ScopedSession, scoped_session};
#[doc(hidden)]
pub use session::SessionMark;
pub use session::{
    AfterBegin, AfterBeginEvent, AfterCommit, AfterCommitEvent, AfterFlush, AfterFlushEvent,
    AfterFlushPostexec, AfterFlushPostexecEvent, AfterRollback, AfterRollbackEvent, AllSessions,
    BeforeCommit, BeforeCommitEvent, BeforeFlush, BeforeFlushEvent, ListensToSessions,
    SessionListeners,
};
pub use session::{
    BindRequest, IntoLinked, JoinMode, Keys, Session, SessionInfo, SessionMaker, SessionOptions,
    SessionTransaction, sessionmaker,
};
pub use state::State;
