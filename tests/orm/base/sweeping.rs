//! When objects are forgotten that nobody can reach, and that no others are.

use aludel::orm::{Session, State, many};
use aludel::select;
use aludel::{Mapped, Result};

use super::{Person, Tag, Thing, everywhere, note, person, tag, thing};

/// More objects than a session has without looking for some to forget.
const MANY: i64 = 1_500;

fn fill(s: &mut Session) -> Result<()> {
    s.add_all((0..MANY).map(|id| thing(id, "x")))?;
    s.commit()
}

// conforms: E120
#[test]
fn what_is_read_without_keeping_keys_is_forgotten() {
    everywhere(|place| {
        let mut s = place.session();
        fill(&mut s)?;
        s.expunge_all();
        for _ in 0..3 {
            let all = s.scalars(select(Thing::entity()))?.all();
            assert_eq!(all.len(), usize::try_from(MANY).unwrap());
        }
        s.scalars(select(Thing::entity()).where_(Thing::c.id.eq(1)))?;
        assert!(s.len() < 10, "{}", s.len());
        for id in 0..MANY {
            s.get_one::<Thing>(id)?;
        }
        assert!(s.len() <= 1_025, "{}", s.len());
        Ok(())
    });
}

#[test]
fn what_was_rolled_back_and_is_held_by_nobody_is_forgotten() {
    everywhere(|place| {
        let mut s = place.session();
        for id in 0..50 {
            s.add(thing(id, "x"))?;
            s.rollback()?;
        }
        assert!(s.is_empty());
        for id in 0..50 {
            let mut inner = s.begin_nested()?;
            inner.add(thing(id, "x"))?;
            inner.flush()?;
            inner.rollback()?;
        }
        assert!(s.is_empty());
        let held = s.add(thing(1, "x"))?;
        s.rollback()?;
        assert_eq!(s.state(&held), Some(State::Detached));
        // Two that refer to each other go with the next sweep.
        for _ in 0..1_100 {
            s.add(Person { notes: many![note("n")], ..person("p") })?;
            s.rollback()?;
        }
        assert!(s.len() <= 1_025, "{}", s.len());
        assert_eq!(s.state(&held), Some(State::Detached));
        // One that is deleted goes with the commit.
        let before = s.len();
        let key = s.add(thing(2, "x"))?;
        s.flush()?;
        s.delete(&key)?;
        drop(key);
        s.commit()?;
        assert_eq!(s.len(), before);
        Ok(())
    });
}

// conforms: E120
#[test]
fn what_a_copy_of_a_collection_holds_is_kept() {
    everywhere(|place| {
        let mut s = place.session();
        s.add(Person { tags: many![tag("1"), tag("2")], ..person("p") })?;
        s.add(person("q"))?;
        fill(&mut s)?;
        s.expunge_all();
        let p = s.get_one::<Person>(1)?;
        s.load(&p, Person::c.tags)?;
        let held = s[&p].tags.clone();
        drop(p);
        s.scalars(select(Thing::entity()))?;
        s.commit()?;
        for key in held.get().unwrap() {
            assert_eq!(s.state(key), Some(State::Persistent));
        }
        drop(held);
        s.expunge_all();
        // Two objects with one list, and a key that the program holds.
        let (p, q) = (s.get_one::<Person>(1)?, s.get_one::<Person>(2)?);
        let key = s.load(&p, Person::c.tags)?.remove(0);
        let copy = s[&p].tags.clone();
        s.edit(&q)?.tags = copy;
        s.flush()?;
        drop((p, q));
        s.scalars(select(Thing::entity()))?;
        s.commit()?;
        assert_eq!(s.state(&key), Some(State::Persistent));
        let others = s.scalars(select(Tag::entity()))?.all();
        assert!(others.contains(&key));
        Ok(())
    });
}
