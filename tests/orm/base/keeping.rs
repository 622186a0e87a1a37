//! What rollbacks make of new objects, and what savepoints cost.

use std::time::{Duration, Instant};

use aludel::ErrorKind;
use aludel::orm::{State, many};

use super::{Person, everywhere, note, person, thing};

// conforms: E007
#[test]
fn a_new_object_keeps_its_edits_when_its_insert_fails() {
    everywhere(|place| {
        place.behind("insert into things values (1, 'theirs')")?;
        let mut s = place.session();
        let key = s.add(thing(1, "a"))?;
        s.edit(&key)?.name = "edited".into();
        assert_eq!(s.flush().unwrap_err().kind(), ErrorKind::Integrity);
        s.rollback()?;
        let mut value = s.expunge(&key)?;
        assert_eq!(value.name, "edited");
        value.id = 2;
        s.add(value)?;
        s.commit()?;
        let names = place.strings("select name from things order by id")?;
        assert_eq!(names, ["theirs", "edited"]);
        Ok(())
    });
}

// conforms: E007
#[test]
fn a_new_object_keeps_edits_and_relationships_when_it_is_rolled_back() {
    everywhere(|place| {
        let mut s = place.session();
        let parent = s.add(Person { notes: many![], ..person("p") })?;
        s.flush()?;
        let first = s.push(&parent, Person::c.notes, note("first"))?;
        s.flush()?;
        s.edit(&parent)?.name = "edited".into();
        s.push(&parent, Person::c.notes, note("second"))?;
        s.rollback()?;
        assert_eq!(s.state(&parent), Some(State::Detached));
        let first_value = s.peek(&first).unwrap();
        // What the flush has made is not its own.
        assert_eq!((first_value.id.get(), first_value.person_id), (None, None));
        let value = s.expunge(&parent)?;
        assert_eq!((&*value.name, value.id.get()), ("edited", None));
        assert_eq!(value.notes.values().count(), 2);
        s.add(value)?;
        s.commit()?;
        let sql = "select text from notes where person_id is not null order by id";
        assert_eq!(place.strings(sql)?, ["first", "second"]);
        assert_eq!(place.count("select count(*) from people")?, 1);
        Ok(())
    });
}

#[test]
fn savepoints_keep_what_objects_were() {
    everywhere(|place| {
        let mut s = place.session();
        let key = s.add(thing(1, "zero"))?;
        s.commit()?;
        let mut one = s.begin_nested()?;
        one.edit(&key)?.name = "one".into();
        let mut two = one.begin_nested()?;
        two.edit(&key)?.name = "two".into();
        let new = two.add(thing(2, "new"))?;
        let mut three = two.begin_nested()?;
        three.edit(&key)?.name = "three".into();
        three.commit()?;
        two.commit()?;
        assert_eq!(one.read(&key)?.name, "three");
        one.rollback()?;
        assert_eq!(s.state(&new), Some(State::Detached));
        assert_eq!(s.read(&key)?.name, "zero");
        let mut one = s.begin_nested()?;
        one.edit(&key)?.name = "one".into();
        one.commit()?;
        let mut two = s.begin_nested()?;
        two.edit(&key)?.name = "two".into();
        two.rollback()?;
        assert_eq!(s.read(&key)?.name, "one");
        s.rollback()?;
        assert_eq!(s.read(&key)?.name, "zero");
        Ok(())
    });
}

/// With a list that is searched for each it takes more than a minute.
#[test]
fn a_savepoint_for_each_row_and_a_change_taken_back_for_each_take_no_longer_for_more_rows() {
    let started = Instant::now();
    let mut s = sqlite();
    let mut keys = Vec::new();
    for id in 0..20_000 {
        let mut inner = s.begin_nested().unwrap();
        keys.push(inner.add(thing(id, "x")).unwrap());
        inner.commit().unwrap();
    }
    s.commit().unwrap();
    for key in &keys {
        s.edit(key).unwrap();
    }
    for key in &keys[..10_000] {
        s.expire(key).unwrap();
    }
    assert_eq!(s.dirty().len(), 10_000);
    for key in &keys[10_000..] {
        s.expunge(key).unwrap();
    }
    assert!(s.dirty().is_empty() && s.len() == 10_000);
    let mut chain = super::note("0");
    for depth in 1..10_000 {
        let owner = aludel::orm::Many::from(vec![chain]);
        let parent = Person { notes: owner, ..person("x") };
        chain = super::Note { person: parent.into(), ..note(&depth.to_string()) };
    }
    s.add(chain).unwrap();
    let took = started.elapsed();
    assert!(took < Duration::from_secs(40), "{took:?}");
}

#[test]
fn what_is_no_longer_changed_is_not_written_and_can_be_changed_again() {
    everywhere(|place| {
        let mut s = place.session();
        let a = s.add(thing(1, "a"))?;
        let b = s.add(thing(2, "b"))?;
        let c = s.add(Person { notes: many![note("n")], ..person("c") })?;
        s.commit()?;
        s.read((&a, &b))?;
        s.edit(&a)?.name = "lost".into();
        s.edit(&b)?.name = "B".into();
        s.edit(&c)?.name = "C".into();
        s.expire(&a)?;
        s.read(&a)?;
        s.edit(&a)?.name = "A".into();
        assert_eq!(s.dirty(), [a.any().clone(), b.any().clone(), c.any().clone()]);
        s.commit()?;
        assert_eq!(place.strings("select name from things order by id")?, ["A", "B"]);
        s.edit(&a)?.name = "x".into();
        s.expire(&a)?;
        assert!(s.dirty().is_empty());
        s.rollback()?;
        s.edit(&a)?.name = "x".into();
        s.expunge(&a)?;
        assert!(s.dirty().is_empty());
        Ok(())
    });
}

fn sqlite() -> aludel::orm::Session {
    let engine = aludel::create_engine("sqlite://").unwrap();
    let metadata = aludel::MetaData::new().with::<super::Thing>().with::<Person>();
    let metadata = metadata.with::<super::Note>().with::<super::Tag>().with::<super::PersonTag>();
    engine.begin(|conn| metadata.create_all(conn)).unwrap();
    aludel::orm::Session::new(&engine)
}
