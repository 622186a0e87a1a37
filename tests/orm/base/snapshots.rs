//! Objects as values: what stands in a snapshot, and what stays when one is expunged.

use std::time::{Duration, Instant};

use aludel::orm::{Many, One, Ref, Session, State, many};
use aludel::{Mapped, MetaData, Result, create_engine};

use super::{Note, Person, Tag, everywhere, note, person, tag};

#[derive(Debug, Mapped)]
#[aludel(table = "links")]
struct Link {
    #[aludel(primary_key)]
    id: i64,
    #[aludel(foreign_key = "links.id")]
    next_id: Option<i64>,
    next: One<Self>,
}

#[test]
fn a_snapshot_is_as_large_as_what_it_is_of() {
    let started = Instant::now();
    let engine = create_engine("sqlite://").unwrap();
    let metadata = MetaData::new().with::<Person>().with::<Note>().with::<Tag>();
    let metadata = metadata.with::<super::PersonTag>();
    engine.begin(|conn| metadata.create_all(conn)).unwrap();
    let mut s = Session::new(&engine);
    let tags: Vec<Ref<Tag>> = s.add_all((0..20).map(|_| tag("t"))).unwrap();
    let people: Vec<Ref<Person>> = s.add_all((0..20).map(|_| person("p"))).unwrap();
    for person in &people {
        s.edit(person).unwrap().tags = tags.clone().into();
    }
    s.flush().unwrap();
    s.load_all(&tags, Tag::c.people).unwrap();
    let value = s.snapshot(&people[0]).unwrap();
    assert_eq!(value.tags.values().count(), 20);
    // They refer back to where they are nested.
    assert!(value.tags.values().all(|tag| !tag.people.is_loaded()));
    let took = started.elapsed();
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[test]
fn who_stands_twice_comes_with_relationships_once() {
    everywhere(|place| {
        let mut s = place.session();
        let shared = s.add(Tag { people: Many::default(), ..tag("shared") })?;
        let first =
            s.add(Person { tags: many![&shared], notes: many![note("1")], ..person("a") })?;
        s.flush()?;
        s.load(&shared, Tag::c.people)?;
        let notes = s.load(&first, Person::c.notes)?;
        s.load(&notes[0], Note::c.person)?;
        let value = s.snapshot(&notes[0])?;
        let parent = value.person.value().unwrap();
        assert!(!parent.notes.is_loaded());
        let tags: Vec<&Tag> = parent.tags.values().collect();
        assert_eq!((tags.len(), tags[0].people.is_loaded()), (1, false));
        Ok(())
    });
}

#[test]
fn a_long_chain_is_copied_and_dropped() -> Result<()> {
    const LONG: i64 = 20_000;
    let engine = create_engine("sqlite://")?;
    engine.begin(|conn| MetaData::new().with::<Link>().create_all(conn))?;
    let mut s = Session::new(&engine);
    let mut last = s.add(Link { id: 0, next_id: None, next: One::none() })?;
    for id in 1..LONG {
        last = s.add(Link { id, next_id: None, next: One::to(&last) })?;
    }
    let value = s.snapshot(&last)?;
    let mut count = 1;
    let mut link = &value;
    while let Some(next) = link.next.value() {
        (link, count) = (next, count + 1);
    }
    assert_eq!(count, LONG);
    drop(value);
    // And taken in again.
    let value = s.expunge(&last)?;
    s.expunge_all();
    s.add(value)?;
    assert_eq!(i64::try_from(s.len()).unwrap(), LONG);
    Ok(())
}

// conforms: E039
#[test]
fn who_referred_to_an_expunged_object_loads_anew() {
    everywhere(|place| {
        let mut s = place.session();
        let parent = s.add(Person { notes: many![note("1"), note("2")], ..person("p") })?;
        s.commit()?;
        let notes = s.load(&parent, Person::c.notes)?;
        s.expunge(&notes[0])?;
        assert!(!s[&parent].notes.is_loaded());
        s.snapshot(&parent)?;
        let again = s.load(&parent, Person::c.notes)?;
        assert_eq!((again.len(), &again[1]), (2, &notes[1]));
        assert!(again.iter().all(|key| s.state(key) == Some(State::Persistent)));
        // Changes of the collection stay.
        let new = s.push(&parent, Person::c.notes, note("3"))?;
        s.remove(&parent, Person::c.notes, &again[1])?;
        s.expunge(&again[0])?;
        s.commit()?;
        let sql = "select text from notes where person_id is not null order by id";
        assert_eq!(place.strings(sql)?, ["1", "3"]);
        let now = s.load(&parent, Person::c.notes)?;
        assert_eq!((now.len(), &now[1]), (2, &new));
        // A reference.
        s.load(&new, Note::c.person)?;
        s.expunge(&parent)?;
        assert!(!s[&new].person.is_loaded());
        s.flush()?;
        assert_eq!(s[&new].person_id, Some(1));
        assert_ne!(s.load(&new, Note::c.person)?.unwrap(), parent);
        Ok(())
    });
}

#[test]
fn an_expunged_new_object_is_in_no_collection() {
    everywhere(|place| {
        let mut s = place.session();
        let parent = s.add(person("p"))?;
        s.commit()?;
        let kept = s.push(&parent, Person::c.notes, note("kept"))?;
        let gone = s.push(&parent, Person::c.notes, note("gone"))?;
        let value = s.expunge(&gone)?;
        assert_eq!(value.text, "gone");
        s.commit()?;
        assert_eq!(s.load(&parent, Person::c.notes)?, [kept]);
        assert_eq!(place.strings("select text from notes")?, ["kept"]);
        let other = s.add(Person { notes: many![note("x")], ..person("q") })?;
        let x = s.load(&other, Person::c.notes)?.remove(0);
        s.expunge(&x)?;
        s.commit()?;
        assert_eq!(place.count("select count(*) from notes")?, 1);
        Ok(())
    });
}

#[test]
fn values_of_an_expired_object_are_the_last_known() {
    everywhere(|place| {
        let mut s = place.session();
        let key = s.add(person("p"))?;
        s.commit()?;
        place.behind("update people set name = 'other'")?;
        assert!(s.is_expired(&key));
        assert_eq!(s.snapshot(&key)?.name, "p");
        assert!(place.log.take().is_empty());
        s.read(&key)?;
        assert_eq!(s.snapshot(&key)?.name, "other");
        s.commit()?;
        // To leave the session needs no statement.
        place.log.take();
        assert_eq!(s.expunge(&key)?.name, "other");
        assert!(place.log.take().is_empty());
        Ok(())
    });
}
