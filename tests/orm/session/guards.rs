//! Guards of transactions, and what listeners and callbacks leave of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aludel::Mapped as _;
use aludel::orm::{AfterBegin, BeforeFlush, Session, State};
use aludel::{Error, ErrorKind, event, select};

use super::{User, everywhere, user};

const NAMES: &str = "select name from users order by id";

/// A connection that a listener refused to set up is not used without it.
// conforms: C56
#[test]
fn a_listener_that_fails_is_asked_again() {
    everywhere(|place| {
        let mut s = place.session();
        let called = Arc::new(AtomicU32::new(0));
        let calls = Arc::clone(&called);
        event::listen(&s, move |_: &mut AfterBegin<'_>| {
            match calls.fetch_add(1, Ordering::Relaxed) {
                0 => Err(Error::new(ErrorKind::Data, "no tenant")),
                _ => Ok(()),
            }
        });
        let refused = s.scalars(select(User::entity())).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Data);
        assert_eq!(place.engine.pool().status().in_use, 0);
        assert_eq!(s.scalars(select(User::entity()))?.len(), 0);
        assert_eq!(called.load(Ordering::Relaxed), 2);
        Ok(())
    });
}

/// A panic in a flush inside a savepoint undoes the savepoint; the transaction goes on.
#[test]
fn a_panic_inside_a_savepoint() {
    everywhere(|place| {
        let mut s = place.session();
        let panics = Arc::new(AtomicU32::new(0));
        let left = Arc::clone(&panics);
        event::listen(&s, move |_: &mut BeforeFlush<'_>| {
            assert_ne!(left.swap(0, Ordering::Relaxed), 1, "a panic on purpose");
            Ok(())
        });
        let kept = s.add(user("kept"))?;
        s.flush()?;
        let inside = |s: &mut Session| {
            let mut savepoint = s.begin_nested()?;
            savepoint.add(user("lost"))?;
            panics.store(1, Ordering::Relaxed);
            // By the flush of a commit, which the guard does not outlive.
            savepoint.commit()
        };
        assert!(catch_unwind(AssertUnwindSafe(|| inside(&mut s))).is_err());
        let after = s.add(user("after"))?;
        s.commit()?;
        assert_eq!(place.strings(NAMES)?, ["kept", "after"]);
        assert_eq!(
            (s.state(&kept), s.state(&after)),
            (Some(State::Persistent), Some(State::Persistent))
        );
        Ok(())
    });
}

/// What a callback does behind a guard's commit belongs to the next transaction, which the guard does not undo.
#[test]
fn work_behind_a_commit_stays() {
    everywhere(|place| {
        let mut s = place.session();
        s.on_commit(|s| {
            s.add(user("behind")).unwrap();
            s.flush().unwrap();
        });
        let mut guard = s.begin()?;
        guard.add(user("first"))?;
        guard.commit()?;
        assert!(s.in_transaction());
        s.commit()?;
        assert_eq!(place.strings(NAMES)?, ["first", "behind"]);
        Ok(())
    });
}

/// A guard whose transaction was ended inside its block ends nothing that was begun since.
#[test]
fn of_another_transaction() {
    everywhere(|place| {
        let mut s = place.session();
        let mut guard = s.begin()?;
        guard.add(user("first"))?;
        Session::commit(&mut guard)?;
        guard.add(user("second"))?;
        guard.flush()?;
        let over = guard.commit().unwrap_err();
        assert_eq!(over.kind(), ErrorKind::InvalidRequest);
        s.commit()?;
        assert_eq!(place.strings(NAMES)?, ["first", "second"]);
        Ok(())
    });
}
