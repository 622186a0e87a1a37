//! What a program does to a relationship or a key that it may not mean: nothing of the database is lost by it.

use aludel::orm::{GetOptions, Many, One, Session, State, many};
use aludel::{Auto, ErrorKind, Mapped, MetaData, Result, create_engine};

use super::{Note, Person, Thing, everywhere, note, person, thing};

/// Only what is known of a relationship can be a change.
#[test]
fn a_relationship_that_was_taken_away_is_what_it_was() {
    everywhere(|place| {
        let mut s = place.session();
        let p = s.add(Person { notes: many![note("a"), note("b")], ..person("p") })?;
        s.commit()?;
        let notes = s.load(&p, Person::c.notes)?;
        // The field is one of which nothing is known.
        let taken = std::mem::take(&mut s.edit(&p)?.notes);
        assert_eq!(taken.get(), Some(&*notes));
        assert_eq!(s.load(&p, Person::c.notes)?, notes);
        s.edit(&p)?.notes = Many::default();
        let third = s.push(&p, Person::c.notes, note("c"))?;
        s.commit()?;
        assert_eq!(
            place.strings("select text from notes where person_id = 1 order by id")?,
            ["a", "b", "c"]
        );
        // The whole value is another, whose reference is not known.
        s.load(&third, Note::c.person)?;
        let (id, person_id) = (s[&third].id, s[&third].person_id);
        *s.edit(&third)? = Note { id, person_id, ..note("other") };
        s.commit()?;
        assert_eq!(
            place.strings("select text from notes where person_id = 1 order by id")?,
            ["a", "b", "other"]
        );
        // A reference to nothing is known.
        s.edit(&third)?.person = One::none();
        s.commit()?;
        assert_eq!(place.strings("select text from notes where person_id is null")?, ["other"]);
        Ok(())
    });
}

#[test]
fn what_was_assigned_over_is_unlinked_when_its_parent_is_deleted() {
    everywhere(|place| {
        let mut s = place.session();
        let p = s.add(Person { notes: many![note("a")], ..person("p") })?;
        s.commit()?;
        let edited = s.edit(&p)?;
        edited.notes = Many::from(Vec::<Note>::new());
        s.delete(&p)?;
        s.commit()?;
        assert_eq!(place.strings("select text from notes where person_id is null")?, ["a"]);
        Ok(())
    });
}

#[test]
fn nothing_refers_to_what_was_deleted() {
    everywhere(|place| {
        let mut s = place.session();
        let (p, n) = (s.add(person("p"))?, s.add(note("a"))?);
        s.commit()?;
        s.delete(&n)?;
        s.flush()?;
        let pushed = s.push(&p, Person::c.notes, &n);
        assert_eq!(pushed.unwrap_err().kind(), ErrorKind::ObjectDeleted);
        s.commit()
    });
}

#[test]
fn a_key_that_was_unset_is_an_error() {
    everywhere(|place| {
        let mut s = place.session();
        let p = s.add(person("p"))?;
        s.commit()?;
        s.edit(&p)?.id = Auto::unset();
        let error = s.flush().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Flush);
        assert!(error.message().contains("was unset"), "{error}");
        s.rollback()?;
        assert_eq!(s.read(&p)?.id, 1);
        Ok(())
    });
}

/// A row that went and came back with another object is that of the other.
#[test]
fn a_row_has_one_object() {
    everywhere(|place| {
        let mut s = place.session();
        let old = s.add(thing(1, "old"))?;
        s.commit()?;
        place.behind("delete from things")?;
        let new = s.add(thing(1, "new"))?;
        s.commit()?;
        assert_eq!(s.state(&old), Some(State::Detached));
        assert_eq!(s.read(&old).unwrap_err().kind(), ErrorKind::Detached);
        assert_eq!(s.get::<Thing>(1)?, Some(new));
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "boxes")]
struct Crate {
    #[aludel(primary_key)]
    id: Auto<i64>,
    width: i64,
    #[aludel(computed = "width * 2")]
    double: Auto<i64>,
}

#[test]
fn what_the_database_computes_is_read_after_an_update() -> Result<()> {
    let engine = create_engine("sqlite://")?;
    engine.begin(|conn| MetaData::new().with::<Crate>().create_all(conn))?;
    let mut s = Session::new(&engine);
    let key = s.add(Crate { id: Auto::unset(), width: 2, double: Auto::unset() })?;
    s.flush()?;
    assert_eq!(s.read(&key)?.double, 4);
    s.edit(&key)?.width = 10;
    s.flush()?;
    assert_eq!(s.read(&key)?.double, 20);
    Ok(())
}

#[derive(Debug, Mapped)]
#[aludel(table = "links")]
struct Link {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "links.id")]
    next_id: Option<i64>,
    #[aludel(back = before)]
    next: One<Link>,
    #[aludel(back = next)]
    before: One<Link>,
}

#[test]
fn two_references_are_not_two_sides() -> Result<()> {
    let mut s = Session::new(&create_engine("sqlite://")?);
    let link = Link { id: Auto::unset(), next_id: None, next: One::none(), before: One::none() };
    let error = s.add(link).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Mapping);
    let message = "the relationship `Link::next` to `Link` and its other side `before` both have the foreign key in their \
                   own table";
    assert!(error.message().starts_with(message), "{error}");
    Ok(())
}

#[derive(Debug, Mapped)]
#[aludel(table = "teams")]
struct Team {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(viewonly)]
    players: Many<Player>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "players")]
struct Player {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "teams.id")]
    team_id: Option<i64>,
}

#[test]
fn what_is_only_read_takes_no_values() -> Result<()> {
    let mut s = Session::new(&create_engine("sqlite://")?);
    let player = Player { id: Auto::unset(), team_id: None };
    let error = s.add(Team { id: Auto::unset(), players: many![player] }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(
        error.message().contains("`Team::players` was given a new value, but is `viewonly`"),
        "{error}"
    );
    assert!(s.new_objects().is_empty());
    Ok(())
}

/// A change that nothing has flushed is not written over by what is read again.
#[test]
fn a_lock_does_not_lose_changes() {
    everywhere(|place| {
        let mut s = place.session();
        let p = s.add(person("p"))?;
        s.commit()?;
        s.edit(&p)?.name = "changed".into();
        let again = || GetOptions::new().populate_existing();
        let refused = s.no_autoflush(|s| s.get_with::<Person>(1, again()));
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidRequest);
        assert_eq!(s[&p].name, "changed");
        // Flushed first, it is read again.
        assert_eq!(s.get_with::<Person>(1, again())?, Some(p.clone()));
        assert_eq!(s[&p].name, "changed");
        s.commit()?;
        assert_eq!(place.strings("select name from people")?, ["changed"]);
        Ok(())
    });
}
