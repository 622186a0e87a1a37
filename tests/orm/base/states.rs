//! Only an object that is pending or persistent is read and edited, and only a persistent one is found by its key.

use aludel::orm::{Session, SessionOptions, State, many};
use aludel::{ErrorKind, create_engine};

use super::{Note, Person, Thing, everywhere, note, person, thing};

// conforms: E007
#[test]
fn what_a_rollback_took_away_is_not_edited_and_not_found() {
    everywhere(|place| {
        let mut s = place.session();
        let key = s.add(thing(1, "mine"))?;
        s.flush()?;
        s.rollback()?;
        assert_eq!(s.state(&key), Some(State::Detached));
        assert_eq!(s.read(&key).unwrap_err().kind(), ErrorKind::Detached);
        assert_eq!(s.edit(&key).unwrap_err().kind(), ErrorKind::Detached);
        let set = s.set(&key, Thing::c.name, "other");
        assert_eq!(set.unwrap_err().kind(), ErrorKind::Detached);
        assert!(s.peek(&key).is_some() && !s.in_transaction());
        s.rollback()?;
        assert_eq!(s.get::<Thing>(1)?, None);
        s.rollback()?;
        place.behind("insert into things values (1, 'theirs')")?;
        let found = s.get_one::<Thing>(1)?;
        assert_ne!(found, key);
        s.edit(&found)?.name.push('!');
        s.commit()?;
        assert_eq!(place.strings("select name from things")?, ["theirs!"]);
        Ok(())
    });
}

#[test]
fn what_was_deleted_is_not_edited_and_not_found() {
    everywhere(|place| {
        let mut s = place.session();
        let key = s.add(thing(1, "a"))?;
        s.commit()?;
        s.delete(&key)?;
        s.flush()?;
        assert_eq!(s.state(&key), Some(State::Deleted));
        {
            let mut inner = s.begin_nested()?;
            assert_eq!(inner.read(&key).unwrap_err().kind(), ErrorKind::ObjectDeleted);
            assert_eq!(inner.edit(&key).unwrap_err().kind(), ErrorKind::ObjectDeleted);
            let set = inner.set(&key, Thing::c.name, "b");
            assert_eq!(set.unwrap_err().kind(), ErrorKind::ObjectDeleted);
            assert_eq!(inner.peek(&key).map(|thing| &*thing.name), Some("a"));
            inner.rollback()?;
        }
        assert_eq!(s.get::<Thing>(1)?, None);
        s.rollback()?;
        assert_eq!((s.state(&key), &*s.read(&key)?.name), (Some(State::Persistent), "a"));
        Ok(())
    });
}

#[test]
fn what_was_deleted_follows_nobody() {
    everywhere(|place| {
        let mut s = place.session();
        let parent = s.add(person("p"))?;
        let other = s.add(person("q"))?;
        let child = s.push(&parent, Person::c.notes, note("n"))?;
        s.commit()?;
        s.load(&parent, Person::c.notes)?;
        s.delete(&parent)?;
        s.flush()?;
        let mut inner = s.begin_nested()?;
        inner.push(&other, Person::c.notes, &child)?;
        inner.rollback()?;
        assert_eq!(s.get::<Person>(1)?, None);
        s.rollback()?;
        assert_eq!(s.load(&parent, Person::c.notes)?, [child]);
        Ok(())
    });
}

#[test]
fn a_refresh_writes_a_deletion_first_and_expire_takes_it_back() {
    everywhere(|place| {
        let mut s = place.session();
        let key = s.add(thing(1, "a"))?;
        s.commit()?;
        s.delete(&key)?;
        assert_eq!(s.refresh(&key).unwrap_err().kind(), ErrorKind::ObjectDeleted);
        assert_eq!(s.state(&key), Some(State::Deleted));
        s.rollback()?;
        s.delete(&key)?;
        s.expire(&key)?;
        assert!(s.deleted().is_empty());
        s.commit()?;
        assert_eq!(place.count("select count(*) from things")?, 1);
        s.delete(&key)?;
        s.commit()?;
        assert_eq!(place.count("select count(*) from things")?, 0);
        Ok(())
    });
}

#[test]
fn what_is_added_after_expunge_all_in_a_savepoint_goes_with_it() {
    everywhere(|place| {
        let mut s = place.session();
        let mut inner = s.begin_nested()?;
        inner.expunge_all();
        let key = inner.add(thing(1, "a"))?;
        inner.flush()?;
        inner.rollback()?;
        assert_eq!(s.state(&key), Some(State::Detached));
        assert_eq!(s.get::<Thing>(1)?, None);
        Ok(())
    });
}

#[test]
fn a_rollback_without_a_transaction_changes_nothing() {
    everywhere(|place| {
        let options = SessionOptions::new().expire_on_commit(false);
        let mut s = Session::with_options(&place.engine, options);
        let key = s.add(thing(1, "a"))?;
        s.commit()?;
        s.rollback()?;
        assert!(!s.is_expired(&key));
        assert_eq!(s[&key].name, "a");
        Ok(())
    });
}

#[test]
fn where_there_is_no_connection_nothing_is_begun() -> aludel::Result<()> {
    let engine = create_engine("sqlite:////nowhere/at/all.db")?;
    let mut s = Session::new(&engine);
    assert!(s.get::<Thing>(1).is_err());
    assert!(!s.in_transaction());
    Ok(())
}

#[test]
fn what_cannot_be_attached_is_not_attached_in_part() {
    everywhere(|place| {
        let mut s = place.session();
        let parent = s.add(Person { notes: many![note("1"), note("2")], ..person("p") })?;
        s.commit()?;
        s.load(&parent, Person::c.notes)?;
        let (first, second) = (s.snapshot(&parent)?, s.snapshot(&parent)?);
        let mut other = place.session();
        let known = other.get_one::<Note>(2)?;
        assert_eq!(other.attach(first).unwrap_err().kind(), ErrorKind::InvalidRequest);
        assert_eq!(other.len(), 1);
        other.expunge(&known)?;
        let parent = other.attach(second)?;
        assert_eq!(other.load(&parent, Person::c.notes)?.len(), 2);
        Ok(())
    });
}
