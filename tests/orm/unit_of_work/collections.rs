//! Collections: many-to-many, one-to-one, orphans.

use aludel::orm::{Many, One, Ref, Session, State, many};
use aludel::{Auto, ErrorKind, Mapped, MetaData};

use super::everywhere;

#[derive(Debug, Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    #[aludel(secondary = UserTag::table(), back = users, order_by(id))]
    tags: Many<Tag>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "tags")]
struct Tag {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(secondary = UserTag::table(), back = tags, order_by(id))]
    users: Many<User>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "user_tags")]
struct UserTag {
    #[aludel(primary_key, foreign_key = "users.id")]
    user_id: i64,
    #[aludel(primary_key, foreign_key = "tags.id")]
    tag_id: i64,
}

const ROWS: &[&str] = &[
    "users (id, name) VALUES (1, 'a'), (2, 'b')",
    "tags (id) VALUES (1), (2), (3), (4)",
    "user_tags (user_id, tag_id) VALUES (1, 1), (1, 2), (1, 3)",
];

fn tagged() -> MetaData {
    MetaData::new().with::<User>().with::<Tag>().with::<UserTag>()
}

fn pairs(t: &super::Place) -> aludel::Result<Vec<String>> {
    Ok(t.rows("SELECT user_id, tag_id FROM user_tags ORDER BY 1, 2")?.concat())
}

// conforms: E070
#[test]
fn a_collection_has_an_object_once() {
    everywhere(&tagged(), ROWS, |t| {
        let mut s = t.session();
        let (b, tag) = (s.get_one::<User>(2)?, s.get_one::<Tag>(4)?);
        s.push(&b, User::c.tags, &tag)?;
        s.push(&b, User::c.tags, &tag)?;
        s.push(&tag, Tag::c.users, &b)?;
        t.forget();
        s.flush()?;
        t.sent(&["INSERT INTO user_tags (user_id, tag_id) VALUES (?, ?)"]);
        assert_eq!(s.load(&b, User::c.tags)?, std::slice::from_ref(&tag));
        s.push(&b, User::c.tags, &tag)?;
        assert_eq!(s.load(&b, User::c.tags)?, std::slice::from_ref(&tag));
        let new = s.add(User { id: Auto::unset(), name: "c".into(), tags: many![&tag, &tag] })?;
        s.flush()?;
        assert_eq!(s[&new].tags.get(), Some(&[tag.clone()][..]));
        s.remove(&b, User::c.tags, &tag)?;
        assert_eq!(s.load(&tag, Tag::c.users)?, std::slice::from_ref(&new));
        s.commit()?;
        assert_eq!(pairs(t)?.len(), 8);
        Ok(())
    });
}

// conforms: E026
#[test]
fn a_collection_is_assigned_over_one_that_was_not_loaded() {
    everywhere(&tagged(), ROWS, |t| {
        let mut s = t.session();
        let a = s.get_one::<User>(1)?;
        let (t1, t2, t4) = (s.get_one::<Tag>(1)?, s.get_one::<Tag>(2)?, s.get_one::<Tag>(4)?);
        assert_eq!(s.load(&t1, Tag::c.users)?, std::slice::from_ref(&a));
        s[&a].tags = many![&t4, &t2];
        t.forget();
        s.flush()?;
        t.sent(&[
            "SELECT tags.id FROM tags JOIN user_tags ON tags.id = user_tags.tag_id WHERE \
             user_tags.user_id = ? ORDER BY tags.id",
            "DELETE FROM user_tags WHERE user_tags.user_id = ? AND user_tags.tag_id = ? x 2",
            "INSERT INTO user_tags (user_id, tag_id) VALUES (?, ?)",
        ]);
        assert_eq!(s.load(&t1, Tag::c.users)?, []);
        assert_eq!(s.load(&t2, Tag::c.users)?, std::slice::from_ref(&a));
        s.commit()?;
        assert_eq!(pairs(t)?, ["1", "2", "1", "4"]);
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "pals")]
struct Pal {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(secondary = Friend::table(), secondary_local = "a", secondary_remote = "b", back = known_by, order_by(id))]
    knows: Many<Pal>,
    #[aludel(secondary = Friend::table(), secondary_local = "b", secondary_remote = "a", back = knows, order_by(id))]
    known_by: Many<Pal>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "friends")]
struct Friend {
    #[aludel(primary_key, foreign_key = "pals.id")]
    a: i64,
    #[aludel(primary_key, foreign_key = "pals.id")]
    b: i64,
}

// conforms: E070
#[test]
fn a_many_to_many_of_one_struct() {
    everywhere(&MetaData::new().with::<Pal>().with::<Friend>(), &[], |t| {
        let mut s = t.session();
        let pal = || Pal { id: Auto::unset(), knows: Many::default(), known_by: Many::default() };
        let (a, b, c) = (s.add(pal())?, s.add(pal())?, s.add(pal())?);
        s[&a].knows = many![&b, &c];
        s[&b].knows = many![&a];
        s.flush()?;
        assert_eq!(s.load(&a, Pal::c.known_by)?, std::slice::from_ref(&b));
        s.commit()?;
        s.delete(&a)?;
        t.forget();
        s.flush()?;
        assert_eq!(t.count("DELETE FROM friends"), 1);
        s.commit()?;
        assert_eq!(t.rows("SELECT count(*) FROM friends")?.concat(), ["0"]);
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "persons")]
struct Person {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(back = person, cascade = "all, delete-orphan")]
    passport: One<Passport>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "passports")]
struct Passport {
    #[aludel(primary_key)]
    id: Auto<i64>,
    number: String,
    #[aludel(foreign_key = "persons.id")]
    person_id: i64,
    #[aludel(back = passport)]
    person: One<Person>,
}

fn passport(number: &str) -> Passport {
    Passport { id: Auto::unset(), number: number.into(), person_id: 0, person: One::default() }
}

// conforms: E025
#[test]
fn a_one_to_one_is_replaced() {
    let rows = ["persons (id) VALUES (1)", "passports (id, number, person_id) VALUES (1, 'A', 1)"];
    everywhere(&MetaData::new().with::<Person>().with::<Passport>(), &rows, |t| {
        let mut s = t.session();
        let p = s.get_one::<Person>(1)?;
        t.forget();
        s[&p].passport = passport("B").into();
        s.flush()?;
        let b = s[&p].passport.get().unwrap().clone();
        assert_eq!(s.load(&b, Passport::c.person)?, Some(p.clone()));
        s.commit()?;
        assert_eq!(t.rows("SELECT number FROM passports")?.concat(), ["B"]);
        s.link(&p, Person::c.passport, None::<&Ref<Passport>>)?;
        s.commit()?;
        assert_eq!(t.rows("SELECT number FROM passports")?.len(), 0);
        assert_eq!(s.state(&b), Some(State::Detached));
        Ok(())
    });
}

// conforms: E031
#[test]
fn a_new_orphan_is_not_written() {
    everywhere(&MetaData::new().with::<Person>().with::<Passport>(), &[], |t| {
        let mut s = t.session();
        let p = s.add(Person { id: Auto::unset(), passport: passport("A").into() })?;
        let a = s[&p].passport.get().unwrap().clone();
        let b = s.add(passport("B"))?;
        s.link(&p, Person::c.passport, &b)?;
        assert_eq!(s[&p].passport.get(), Some(&b));
        s.commit()?;
        assert_eq!(t.rows("SELECT number FROM passports")?.concat(), ["B"]);
        assert_eq!(s.state(&a), Some(State::Detached));
        assert_eq!(s.expunge(&a)?.number, "A");
        // By the other side, and taken back before the flush.
        let c = s.add(passport("C"))?;
        let q = s.add(Person { id: Auto::unset(), passport: One::to(&c) })?;
        s.link(&c, Passport::c.person, None::<&Ref<Person>>)?;
        s.link(&c, Passport::c.person, &q)?;
        s.commit()?;
        assert_eq!(t.rows("SELECT number FROM passports ORDER BY id")?.concat(), ["B", "C"]);
        Ok(())
    });
}

#[derive(Debug, Mapped)]
#[aludel(table = "profiles")]
struct Profile {
    #[aludel(primary_key)]
    id: Auto<i64>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "accounts")]
struct Account {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "profiles.id")]
    profile_id: Option<i64>,
    #[aludel(cascade = "all, delete-orphan", single_parent)]
    profile: One<Profile>,
}

fn account(profile: One<Profile>) -> Account {
    Account { id: Auto::unset(), profile_id: None, profile }
}

// conforms: E032
#[test]
fn a_single_parent_is_the_only_one() {
    everywhere(&MetaData::new().with::<Profile>().with::<Account>(), &[], |t| {
        let mut s = t.session();
        let a = s.add(account(Profile { id: Auto::unset() }.into()))?;
        s.flush()?;
        let first = s[&a].profile.get().unwrap().clone();
        s[&a].profile = Profile { id: Auto::unset() }.into();
        s.flush()?;
        assert_eq!(s.state(&first), Some(State::Deleted));
        let profile = s[&a].profile.get().unwrap().clone();
        let b = s.add(account(One::none()))?;
        let refused = s.link(&b, Account::c.profile, &profile).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidRequest, "{refused}");
        s.link(&a, Account::c.profile, None::<&Ref<Profile>>)?;
        s.link(&b, Account::c.profile, &profile)?;
        s.commit()?;
        assert_eq!(t.rows("SELECT count(*) FROM profiles")?.concat(), ["1"]);
        Ok(())
    });
}

/// Ten thousand objects in one collection, each pushed by itself.
#[test]
fn a_long_collection() -> aludel::Result<()> {
    let engine = aludel::create_engine("sqlite://")?;
    engine.begin(|conn| tagged().create_all(conn))?;
    let mut s = Session::new(&engine);
    let user = s.add(User { id: Auto::unset(), name: "a".into(), tags: Many::default() })?;
    s.commit()?;
    assert_eq!(s.load(&user, User::c.tags)?, []);
    let mut tags = Vec::new();
    for _ in 0..10_000 {
        let tag = Tag { id: Auto::unset(), users: Many::default() };
        tags.push(s.push(&user, User::c.tags, tag)?);
    }
    s.commit()?;
    assert_eq!(s.load(&user, User::c.tags)?.len(), 10_000);
    s.delete(&user)?;
    s.commit()
}
