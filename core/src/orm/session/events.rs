//! The events of sessions.

use std::sync::{Arc, LazyLock};

use super::connection::Connections;
use super::{Inner, Session, SessionMaker, SessionOptions};
use crate::engine::Connection;
use crate::error::Result;
use crate::event::{Chain, Target, event};
use crate::orm::key::AnyRef;

/// The listeners of one session, of those of one maker, or of all.
#[derive(Debug, Default)]
pub struct SessionListeners {
    before_commit: Chain<BeforeCommitEvent>,
    after_commit: Chain<AfterCommitEvent>,
    after_rollback: Chain<AfterRollbackEvent>,
    before_flush: Chain<BeforeFlushEvent>,
    after_flush: Chain<AfterFlushEvent>,
    after_flush_postexec: Chain<AfterFlushPostexecEvent>,
    after_begin: Chain<AfterBeginEvent>,
}

/// Those whose listeners hear of a session.
#[derive(Debug, Clone)]
pub(in crate::orm) struct Heard(Vec<Arc<SessionListeners>>);

impl Heard {
    /// The listeners of all sessions and of its maker come first, then its own.
    pub(super) fn new(maker: Option<&Arc<SessionListeners>>) -> Self {
        let all = AllSessions::listeners_of_all();
        Self([all].into_iter().chain(maker).cloned().chain([Arc::default()]).collect())
    }

    fn own(&self) -> &SessionListeners {
        match self.0.last() {
            Some(own) => own,
            None => unreachable!("it is never empty"),
        }
    }

    fn has(&self, listens: impl Fn(&SessionListeners) -> bool) -> bool {
        self.0.iter().any(|listeners| listens(listeners))
    }

    /// A connection has begun a transaction of the session's.
    pub(super) fn after_begin(&self, connection: &mut Connection) -> Result<()> {
        for listeners in &self.0 {
            if listeners.after_begin.has_listeners() {
                connection.lend(|connection| {
                    listeners.after_begin.fire(&mut AfterBegin { connection })
                })?;
            }
        }
        Ok(())
    }
}

/// The target for listeners that hear every session of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllSessions;

impl AllSessions {
    fn listeners_of_all() -> &'static Arc<SessionListeners> {
        static ALL: LazyLock<Arc<SessionListeners>> = LazyLock::new(Arc::default);
        &ALL
    }
}

/// Something that has listeners of every event of sessions: a [`Session`], a [`SessionMaker`], [`AllSessions`].
pub trait ListensToSessions {
    /// The listeners of this target.
    #[doc(hidden)]
    fn session_listeners(&self) -> &SessionListeners;
}

impl ListensToSessions for AllSessions {
    fn session_listeners(&self) -> &SessionListeners {
        Self::listeners_of_all()
    }
}

impl ListensToSessions for Session {
    fn session_listeners(&self) -> &SessionListeners {
        self.0.heard.own()
    }
}

impl ListensToSessions for SessionMaker {
    fn session_listeners(&self) -> &SessionListeners {
        self.listeners()
    }
}

macro_rules! targets {
    ($($field:ident: $kind:ident),*) => {$(
        impl<T: ListensToSessions> Target<$kind> for T {
            fn chain(&self) -> &Chain<$kind> {
                &self.session_listeners().$field
            }
        }
    )*};
}
targets! {
    before_commit: BeforeCommitEvent,
    after_commit: AfterCommitEvent,
    after_rollback: AfterRollbackEvent,
    before_flush: BeforeFlushEvent,
    after_flush: AfterFlushEvent,
    after_flush_postexec: AfterFlushPostexecEvent,
    after_begin: AfterBeginEvent
}

/// A connection has begun a transaction of the session's, or was joined by the session: SQL that a listener runs belongs to
/// it, such as settings of the transaction.
#[derive(Debug)]
pub struct AfterBegin<'a> {
    /// The connection; a listener may run SQL on it.
    pub connection: &'a mut Connection,
}
event! {
    /// The family of [`AfterBegin`].
    AfterBeginEvent = AfterBegin
}

/// Changes were written, and are not committed. What a listener changes, adds or deletes is written by the next flush; a
/// commit flushes until nothing is left.
///
/// An error of a listener is that of the flush, which has happened: the transaction goes on, or is rolled back.
#[derive(Debug)]
pub struct AfterFlush<'a> {
    /// The session; a listener may run SQL with it, but not flush.
    pub session: &'a mut Session,
    /// The objects whose rows were inserted.
    pub inserted: &'a [AnyRef],
    /// The objects that were touched and had rows before.
    pub updated: &'a [AnyRef],
    /// The objects whose rows were deleted.
    pub deleted: &'a [AnyRef],
}
event! {
    /// The family of [`AfterFlush`].
    AfterFlushEvent = AfterFlush
}

macro_rules! session_events {
    ($($(#[$meta:meta])* $event:ident, $kind:ident, $fire:ident;)*) => {
        $(
            $(#[$meta])*
            #[derive(Debug)]
            pub struct $event<'a> {
                /// The session; a listener may run SQL with it.
                pub session: &'a mut Session,
            }
            event! {
                /// The family of the event of the same name.
                $kind = $event
            }
        )*

        impl Inner {
            $(
                /// Calls the listeners of the event of this name.
                pub(in crate::orm) fn $fire(&mut self) -> Result<()> {
                    if !self.heard.has(|listeners| listeners.$fire.has_listeners()) {
                        return Ok(());
                    }
                    let heard = self.heard.clone();
                    self.lend(|session| {
                        heard.0.iter().try_for_each(|listeners| {
                            listeners.$fire.fire(&mut $event { session })
                        })
                    })
                }
            )*
        }
    };
}
session_events! {
    /// A transaction is about to be committed, before its last flush. An error of a listener is that of the commit: nothing
    /// is committed, and the session goes on as it was.
    BeforeCommit, BeforeCommitEvent, before_commit;
    /// A transaction was committed; SQL that a listener runs begins another one. An error of a listener is that of
    /// `commit()`, although that has happened.
    AfterCommit, AfterCommitEvent, after_commit;
    /// A transaction or a savepoint was rolled back, and objects are what they were before. An error of a listener is that
    /// of the rollback, although that has happened.
    AfterRollback, AfterRollbackEvent, after_rollback;
    /// Changes are about to be written: a listener may change, add and delete objects, which is written with them. Its
    /// queries do not flush. An error of a listener is that of the flush, before anything is sent, and the session goes on as
    /// it was.
    BeforeFlush, BeforeFlushEvent, before_flush;
    /// A flush is over: a listener may flush, too.
    AfterFlushPostexec, AfterFlushPostexecEvent, after_flush_postexec;
}

/// What a flush writes, for those who listen to its end.
#[derive(Default)]
pub(in crate::orm) struct Written {
    inserted: Vec<AnyRef>,
    updated: Vec<AnyRef>,
    deleted: Vec<AnyRef>,
}

impl Inner {
    /// What the flush writes that comes, if anybody wants to know.
    pub(in crate::orm) fn to_be_written(&self) -> Option<Written> {
        if !self.heard.has(|listeners| listeners.after_flush.has_listeners()) {
            return None;
        }
        let mut written = Written::default();
        for key in self.store.touched() {
            let Ok(slot) = self.store.attached(key) else { continue };
            let list = match slot.state {
                crate::orm::State::Pending => &mut written.inserted,
                _ if slot.deleting => &mut written.deleted,
                _ => &mut written.updated,
            };
            list.push(key.clone());
        }
        Some(written)
    }

    /// Calls the listeners behind a flush.
    pub(in crate::orm) fn after_flush(&mut self, written: Option<Written>) -> Result<()> {
        let Some(Written { inserted, updated, deleted }) = written else { return Ok(()) };
        let heard = self.heard.clone();
        self.lend(|session| {
            let (inserted, updated, deleted) = (&*inserted, &*updated, &*deleted);
            heard.0.iter().try_for_each(|listeners| {
                let mut event = AfterFlush { session, inserted, updated, deleted };
                listeners.after_flush.fire(&mut event)
            })
        })
    }

    /// Lends itself as a session to a listener. It is moved for that, and is back also if the listener panics.
    pub(super) fn lend<R>(&mut self, code: impl FnOnce(&mut Session) -> R) -> R {
        struct Back<'i>(&'i mut Inner, Session);
        impl Drop for Back<'_> {
            fn drop(&mut self) {
                std::mem::swap(self.0, &mut self.1.0);
            }
        }
        let nobody = Self::new(Connections::nowhere(), SessionOptions::new());
        let mut session = Session(Box::new(nobody));
        std::mem::swap(self, &mut session.0);
        code(&mut Back(self, session).1)
    }
}
