//! The guide: how programs use the library, chapter by chapter.
//!
//! It is for readers who know SQL, and perhaps SQLAlchemy or diesel. Each chapter can be read by itself. All blocks are
//! complete and are run as tests, on SQLite if nothing else is said.
//!
//! | to do | chapter |
//! | --- | --- |
//! | declare tables, connect, execute, read results and errors | [first steps](_01_first_steps) |
//! | choose columns and rows, sort, take pages | [selecting](_02_selecting) |
//! | join, nest and repeat queries, lock rows | [joining](_03_joining) |
//! | count, sum, rank | [aggregates and windows](_04_aggregates) |
//! | insert, update, delete, upsert | [writing](_05_writing) |
//! | choose types of columns, and make one's own | [types](_06_types) |
//! | work with tables that are known at run time | [dynamic tables](_07_dynamic_tables) |
//! | write SQL oneself, look at SQL, check it in tests | [SQL as text](_08_text) |
//! | commit and roll back, await | [transactions and async](_09_transactions_and_async) |
//! | translate from Python | [from SQLAlchemy](_10_from_sqlalchemy) |
//! | load objects, change them, have the changes written | [objects and sessions](_11_sessions) |
//! | have objects refer to each other | [relationships](_12_relationships) |
//! | know what is sent, and when | [what a flush sends](_13_unit_of_work) |
//! | translate an ORM program from Python | [from SQLAlchemy's ORM](_14_from_sqlalchemy_orm) |

#[doc = include_str!("docs/guide/01-first-steps.md")]
pub mod _01_first_steps {}

#[doc = include_str!("docs/guide/02-selecting.md")]
pub mod _02_selecting {}

#[doc = include_str!("docs/guide/03-joining.md")]
pub mod _03_joining {}

#[doc = include_str!("docs/guide/04-aggregates.md")]
pub mod _04_aggregates {}

#[doc = include_str!("docs/guide/05-writing.md")]
pub mod _05_writing {}

#[doc = include_str!("docs/guide/06-types.md")]
pub mod _06_types {}

#[doc = include_str!("docs/guide/07-dynamic-tables.md")]
pub mod _07_dynamic_tables {}

#[doc = include_str!("docs/guide/08-text.md")]
pub mod _08_text {}

#[doc = include_str!("docs/guide/09-transactions-and-async.md")]
pub mod _09_transactions_and_async {}

#[doc = include_str!("docs/from-sqlalchemy.md")]
pub mod _10_from_sqlalchemy {}

#[doc = include_str!("docs/guide/11-sessions.md")]
pub mod _11_sessions {}

#[doc = include_str!("docs/guide/12-relationships.md")]
pub mod _12_relationships {}

#[doc = include_str!("docs/guide/13-unit-of-work.md")]
pub mod _13_unit_of_work {}

#[doc = include_str!("docs/from-sqlalchemy-orm.md")]
pub mod _14_from_sqlalchemy_orm {}
