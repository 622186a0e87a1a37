//! Hooks: when they are called, what they may do, and what their errors leave.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aludel::orm::{
    AfterBegin, AfterCommit, AfterDelete, AfterFlush, AfterFlushPostexec, AfterInsert,
    AfterRollback, AfterUpdate, AllSessions, BeforeCommit, BeforeDelete, BeforeFlush, BeforeInsert,
    BeforeUpdate, State, listen_for, sessionmaker,
};
use aludel::{Auto, Error, ErrorKind, Mapped, MetaData, event, select, text};

use super::{Log, Place, User, everywhere, user};

/// Notes every event of a session, a maker, or all sessions.
macro_rules! note {
    ($log:expr, $target:expr; $($event:ident)*) => {$({
        let log = $log.clone();
        event::listen($target, move |_: &mut $event<'_>| {
            log.note(stringify!($event));
            Ok(())
        });
    })*};
}

/// A listener's error, which is none of the database's.
fn refused() -> Error {
    Error::new(ErrorKind::Data, "refused by a listener")
}

fn with_table<T: aludel::Mapped>(place: &Place) -> aludel::Result<()> {
    place.engine.begin(|conn| MetaData::new().with::<T>().create_all(conn))?;
    place.log.take();
    Ok(())
}

/// The order in which the events of a transaction come, as in the oracle's eve-001 and eve-002.
// conforms: C56, C57
#[test]
#[expect(clippy::too_many_lines, reason = "one life of an object, step by step")]
fn order() {
    #[derive(Debug, Mapped)]
    #[aludel(table = "items_of_order")]
    struct Item {
        #[aludel(primary_key)]
        id: Auto<i64>,
        #[aludel(length = 50)]
        name: String,
    }
    let place_log = Log::default();
    macro_rules! note_class {
        ($($event:ident)*) => {$({
            let log = place_log.clone();
            listen_for(move |event: &mut $event<'_, Item>| {
                log.note(format!("{} {}", stringify!($event), event.target.name));
                Ok(())
            });
        })*};
    }
    note_class! { BeforeInsert AfterInsert BeforeUpdate AfterUpdate BeforeDelete AfterDelete }
    everywhere(|place| {
        with_table::<Item>(place)?;
        let log = &place_log;
        log.take();
        log.listen(&place.engine);
        let mut s = place.session();
        note! { log, &s; AfterBegin AfterCommit AfterFlush AfterFlushPostexec AfterRollback BeforeCommit BeforeFlush }
        let i = s.add(Item { id: Auto::unset(), name: "x".into() })?;
        s.commit()?;
        let words = |log: &Log| -> Vec<String> {
            let line = |line: String| match line.split_once(' ') {
                Some((word, _)) if word.chars().all(|c| c.is_ascii_uppercase()) => word.to_owned(),
                _ => line,
            };
            log.take().into_iter().map(line).collect()
        };
        assert_eq!(
            words(log),
            [
                "BeforeCommit",
                "BeforeFlush",
                "AfterBegin",
                "BeforeInsert x",
                // With the first statement.
                "BEGIN",
                "INSERT",
                "AfterInsert x",
                "AfterFlush",
                "AfterFlushPostexec",
                "COMMIT",
                "AfterCommit",
            ]
        );
        s.edit(&i)?.name = "y".into();
        log.take();
        s.flush()?;
        assert_eq!(
            words(log),
            [
                "BeforeFlush",
                "BeforeUpdate y",
                "UPDATE",
                "AfterUpdate y",
                "AfterFlush",
                "AfterFlushPostexec"
            ]
        );
        s.delete(&i)?;
        s.flush()?;
        assert_eq!(
            words(log),
            [
                "BeforeFlush",
                "BeforeDelete y",
                "DELETE",
                "AfterDelete y",
                "AfterFlush",
                "AfterFlushPostexec"
            ]
        );
        s.rollback()?;
        assert_eq!(words(log), ["ROLLBACK", "AfterRollback"]);
        assert_eq!(s.state(&i), Some(State::Persistent));
        s.commit()?;
        assert_eq!(words(log), ["BeforeCommit", "AfterCommit"]);
        Ok(())
    });
}

/// What hooks change is written: objects that are added, columns that are set, SQL on the connection.
#[test]
fn changes() {
    // oracle: eve-004 eve-005
    #[derive(Debug, Mapped)]
    #[aludel(table = "items_of_changes")]
    struct Item {
        #[aludel(primary_key)]
        id: Auto<i64>,
        #[aludel(length = 50)]
        name: String,
    }
    let before_insert = listen_for(|event: &mut BeforeInsert<'_, Item>| {
        event.target.name = event.target.name.to_uppercase();
        event.connection.execute(text("select 1")).map(drop)
    });
    let before_update = listen_for(|event: &mut BeforeUpdate<'_, Item>| {
        event.target.name.push('!');
        Ok(())
    });
    everywhere(|place| {
        with_table::<Item>(place)?;
        let mut s = place.session();
        event::listen(&s, |event: &mut BeforeFlush<'_>| {
            let made: Vec<_> =
                event.session.new_objects().iter().filter_map(|key| key.of::<Item>()).collect();
            for item in made {
                let name = format!("made for {}", event.session[&item].name);
                event.session.add(user(&name))?;
            }
            let error = event.session.flush().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
            event.session.execute(text("select 2")).map(drop)
        });
        let i = s.add(Item { id: Auto::unset(), name: "x".into() })?;
        s.flush()?;
        assert_eq!(s[&i].name, "X");
        s[&i].name = "y".into();
        s.flush()?;
        assert_eq!(s[&i].name, "y!");
        // Work of a listener behind a flush is done by the next one; a commit does it, too.
        let once = AtomicU32::new(0);
        event::listen(&s, move |event: &mut AfterFlush<'_>| {
            if once.fetch_add(1, Ordering::Relaxed) == 0 {
                assert_eq!(
                    (event.inserted.len(), event.updated.len(), event.deleted.len()),
                    (0, 1, 0)
                );
                event.session.add(user("behind"))?;
            }
            Ok(())
        });
        s[&i].name = "z".into();
        s.commit()?;
        assert_eq!(place.strings("select name from users order by id")?, ["made for x", "behind"]);
        assert_eq!(place.strings("select name from items_of_changes")?, ["z!"]);
        Ok(())
    });
    before_insert.remove().unwrap();
    before_update.remove().unwrap();
    assert_eq!(before_update.remove().unwrap_err().kind(), ErrorKind::InvalidRequest);
}

/// Hooks that make new work at each flush do not go on for ever.
#[test]
fn endless() {
    // oracle: eve-006
    everywhere(|place| {
        let mut s = place.session();
        event::listen(&s, |event: &mut AfterFlush<'_>| event.session.add(user("again")).map(drop));
        s.add(user("first"))?;
        assert_eq!(s.commit().unwrap_err().kind(), ErrorKind::Flush);
        s.rollback()?;
        assert_eq!(place.strings("select name from users")?, Vec::<String>::new());
        Ok(())
    });
}

/// A hook that fails leaves a session that works, and memory that is true.
#[test]
fn failures() {
    everywhere(|place| {
        let mut s = place.session();
        let u = s.add(user("u"))?;
        s.commit()?;

        macro_rules! failing {
            ($event:ident) => {{
                let listening = event::listen(&s, |_: &mut $event<'_>| Err(refused()));
                s.edit(&u)?.name = stringify!($event).into();
                let error = s.commit().unwrap_err();
                assert_eq!(error.message(), refused().message(), stringify!($event));
                event::remove(&s, &listening)?;
            }};
        }
        // Before anything is sent: the change waits, and a second commit writes it.
        failing!(BeforeCommit);
        assert!(s.is_modified(&u) && s.is_active());
        s.commit()?;
        assert_eq!(place.strings("select name from users")?, ["BeforeCommit"]);
        failing!(BeforeFlush);
        assert!(s.is_modified(&u) && s.is_active());
        s.rollback()?;
        assert_eq!(s.read(&u)?.name, "BeforeCommit");
        // Behind the flush: it is written, and not committed.
        failing!(AfterFlush);
        assert!(!s.is_modified(&u) && s.is_active());
        assert_eq!(s.scalar(select(User::c.name))?.as_deref(), Some("AfterFlush"));
        s.rollback()?;
        assert_eq!(place.strings("select name from users")?, ["BeforeCommit"]);
        failing!(AfterFlushPostexec);
        s.rollback()?;
        assert_eq!(s.read(&u)?.name, "BeforeCommit");
        // Behind COMMIT: it is true.
        failing!(AfterCommit);
        assert!(s.is_active() && !s.in_transaction());
        assert_eq!(s.read(&u)?.name, "AfterCommit");
        s.rollback()?;
        let listening = event::listen(&s, |_: &mut AfterBegin<'_>| Err(refused()));
        let error = s.read(&u).map(drop).unwrap_err();
        assert_eq!(error.message(), refused().message());
        event::remove(&s, &listening)?;
        s.rollback()?;
        assert_eq!(s.read(&u)?.name, "AfterCommit");
        Ok(())
    });
}

/// A hook of a class that fails is a flush that fails: memory is what it was, and the session waits for a rollback.
#[test]
fn failures_of_a_class() {
    #[derive(Debug, Mapped)]
    #[aludel(table = "items_of_failures")]
    struct Item {
        #[aludel(primary_key)]
        id: Auto<i64>,
        #[aludel(length = 50)]
        name: String,
    }
    let listening = listen_for(|event: &mut AfterInsert<'_, Item>| {
        event.target.name = "changed by a listener that fails".into();
        Err(refused())
    });
    everywhere(|place| {
        with_table::<Item>(place)?;
        let mut s = place.session();
        let i = s.add(Item { id: Auto::unset(), name: "x".into() })?;
        let error = s.flush().unwrap_err();
        assert_eq!(error.message(), refused().message());
        assert_eq!((s.state(&i), s[&i].name.as_str()), (Some(State::Pending), "x"));
        assert_eq!(s[&i].id.get(), None);
        assert_eq!(s.flush().unwrap_err().kind(), ErrorKind::PendingRollback);
        s.rollback()?;
        assert_eq!(place.strings("select name from items_of_failures")?, Vec::<String>::new());
        Ok(())
    });
    listening.remove().unwrap();
}

/// A listener that panics has not taken the session with it.
#[test]
fn panics() {
    everywhere(|place| {
        let mut s = place.session();
        let u = s.add(user("u"))?;
        let listening = event::listen(&s, |_: &mut BeforeFlush<'_>| panic!("a listener panics"));
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| s.flush()));
        assert!(caught.is_err());
        event::remove(&s, &listening)?;
        assert_eq!(s[&u].name, "u");
        s.rollback()?;
        s.add(user("v"))?;
        s.commit()?;
        assert_eq!(place.strings("select name from users")?, ["v"]);
        Ok(())
    });
}

/// Those of all sessions hear first, then those of the maker, then those of the session.
// conforms: C41
#[test]
fn targets() {
    everywhere(|place| {
        let log = Log::default();
        let maker = sessionmaker(&place.engine);
        let mut s = maker.session();
        let id = s.id();
        let note = |what: &'static str| {
            let log = log.clone();
            move |event: &mut BeforeCommit<'_>| {
                if event.session.id() == id {
                    log.note(what);
                }
                Ok(())
            }
        };
        event::listen(&s, note("session"));
        event::listen(&maker, note("maker"));
        let all = event::listen(&AllSessions, note("all"));
        s.commit()?;
        assert_eq!(log.take(), ["all", "maker", "session"]);
        event::remove(&AllSessions, &all)?;
        maker.session().commit()?;
        place.session().commit()?;
        assert_eq!(log.take(), Vec::<String>::new());
        Ok(())
    });
}

/// What is to be done behind the commit is done then, once, and not for what was rolled back.
#[test]
fn on_commit() {
    everywhere(|place| {
        let done = Arc::new(AtomicU32::new(0));
        let add = |number: u32| {
            let done = Arc::clone(&done);
            move |s: &mut aludel::orm::Session| {
                // Another transaction.
                assert!(!s.in_transaction());
                s.execute(text("select 1")).map(drop).unwrap();
                s.rollback().unwrap();
                done.fetch_add(number, Ordering::Relaxed);
            }
        };
        let mut s = place.session();
        s.on_commit(add(1));
        let mut nested = s.begin_nested()?;
        nested.on_commit(add(10));
        nested.commit()?;
        let mut nested = s.begin_nested()?;
        nested.on_commit(add(100));
        nested.rollback()?;
        assert_eq!(done.load(Ordering::Relaxed), 0);
        s.commit()?;
        assert_eq!(done.swap(0, Ordering::Relaxed), 11);
        s.on_commit(add(1));
        s.rollback()?;
        s.on_commit(add(1));
        s.close()?;
        s.commit()?;
        assert_eq!(done.load(Ordering::Relaxed), 0);
        Ok(())
    });
}
