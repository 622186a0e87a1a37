//! Sessions by scope.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aludel::ErrorKind;
use aludel::orm::{ScopedSession, scoped_session, sessionmaker};

use super::{User, everywhere, user};

/// One session for each thread, until it is removed.
// conforms: E125
// conforms: E124
#[test]
fn by_thread() {
    // oracle: ses-008
    everywhere(|place| {
        let scoped = scoped_session(sessionmaker(&place.engine));
        assert!(!scoped.has());
        let id = scoped.with(|s| Ok(s.id()))?;
        assert_eq!(scoped.with(|s| Ok(s.id()))?, id);
        let other = scoped.clone();
        let of_other = std::thread::spawn(move || {
            let id = other.with(|s| Ok(s.id()));
            other.remove().and(id)
        });
        assert_ne!(of_other.join().unwrap()?, id);

        let u = scoped.with(|s| s.add(user("u")))?;
        scoped.with(|s| s.commit())?;
        assert_eq!(scoped.with(|s| Ok(s.read(&u)?.name.clone()))?, "u");
        let name = scoped.with_id(u.session_id(), |s| Ok(s[&u].name.clone()))?;
        assert_eq!(name.as_deref(), Some("u"));

        assert!(scoped.remove()?);
        assert!(!scoped.remove()? && !scoped.has());
        let error = scoped.with(|s| s.read(&u).map(drop)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForeignRef, "{error}");
        assert_eq!(scoped.with_id(u.session_id(), |_| Ok(()))?, None);
        scoped.remove_all()
    });
}

/// A session is used by one at a time, and made with options of its own only where there is none.
#[test]
fn in_use() {
    everywhere(|place| {
        let scope = Arc::new(AtomicU32::new(1));
        let current = Arc::clone(&scope);
        let maker = sessionmaker(&place.engine);
        let scoped = ScopedSession::by(maker, move || current.load(Ordering::Relaxed));
        let inner = scoped.clone();
        let error = scoped.with(|_| inner.with(|s| s.commit())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        let error = scoped.with(|_| inner.remove()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        let error = scoped.make(|options| options.expire_on_commit(false)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        scope.store(2, Ordering::Relaxed);
        scoped.make(|options| options.expire_on_commit(false))?;
        let u = scoped.with(|s| s.add(user("u")))?;
        scoped.with(|s| s.commit())?;
        assert_eq!(scoped.with(|s| Ok(s[&u].name.clone()))?, "u");
        scope.store(1, Ordering::Relaxed);
        assert_ne!(scoped.with(|s| Ok(s.id()))?, u.session_id());
        scoped.remove_all()?;
        let found = scoped.with(|s| Ok(s.get_one::<User>(1)?.session_id()))?;
        assert_ne!(found, u.session_id());
        scoped.remove_all()
    });
}
