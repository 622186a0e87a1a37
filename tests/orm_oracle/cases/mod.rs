//! The programs, one file for each group.

#![allow(clippy::too_many_lines, reason = "a file is a list of programs")]

mod awaited;
mod bulk;
mod cascades;
mod events;
mod identity;
mod loading;
mod mapping;
mod query;
mod relationships;
mod states;
mod transactions;
mod uow;
mod versions;

use aludel::{AsyncEngine, Local, Result};
use futures::future::LocalBoxFuture;

use crate::trace::Trace;

/// A program of the record.
pub(crate) struct Case {
    pub(crate) id: &'static str,
    pub(crate) run: Run,
    /// Whether the database checks foreign keys.
    pub(crate) has_foreign_keys: bool,
}

/// What a program is written for.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    Sync(fn(&Trace) -> Result<()>),
    Awaited(fn(Trace, AsyncEngine<Local>) -> LocalBoxFuture<'static, Result<()>>),
}

/// The list of programs.
#[derive(Default)]
pub(crate) struct Cases(Vec<Case>);

impl Cases {
    /// A program with a synchronous session.
    pub(crate) fn sync(&mut self, id: &'static str, run: fn(&Trace) -> Result<()>) {
        self.0.push(Case { id, run: Run::Sync(run), has_foreign_keys: true });
    }

    /// One that awaits.
    pub(crate) fn awaited(
        &mut self,
        id: &'static str,
        run: fn(Trace, AsyncEngine<Local>) -> LocalBoxFuture<'static, Result<()>>,
    ) {
        self.0.push(Case { id, run: Run::Awaited(run), has_foreign_keys: true });
    }

    /// The last one runs where foreign keys are not checked.
    pub(crate) fn without_foreign_keys(&mut self) {
        self.0.last_mut().expect("a case").has_foreign_keys = false;
    }
}

pub(crate) fn all() -> Vec<Case> {
    let mut all = Cases::default();
    for cases in [
        mapping::cases,
        identity::cases,
        states::cases,
        uow::cases,
        versions::cases,
        relationships::cases,
        cascades::cases,
        query::cases,
        bulk::cases,
        events::cases,
        awaited::cases,
        loading::cases,
        transactions::cases,
    ] {
        cases(&mut all);
    }
    all.0
}
