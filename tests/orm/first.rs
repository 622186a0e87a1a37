//! A first program: a graph of objects, written, changed, moved and undone.

use aludel::orm::{Many, One, Session, State, many};
use aludel::{Auto, ErrorKind, Mapped, MetaData, create_engine, select};

#[derive(Debug, Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    nickname: Option<String>,
    #[aludel(back = user, order_by(id))]
    addresses: Many<Address>,
    #[aludel(secondary = UserTag::table(), back = users, order_by(id))]
    tags: Many<Tag>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "addresses")]
struct Address {
    #[aludel(primary_key)]
    id: Auto<i64>,
    email: String,
    #[aludel(foreign_key = "users.id")]
    user_id: Option<i64>,
    #[aludel(back = addresses)]
    user: One<User>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "tags")]
struct Tag {
    #[aludel(primary_key)]
    id: Auto<i64>,
    label: String,
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

fn user(name: &str) -> User {
    User {
        id: Auto::unset(),
        name: name.into(),
        nickname: None,
        addresses: Many::default(),
        tags: Many::default(),
    }
}

fn address(email: &str) -> Address {
    Address { id: Auto::unset(), email: email.into(), user_id: None, user: One::default() }
}

#[test]
fn graph() -> aludel::Result<()> {
    let engine = create_engine("sqlite://")?;
    let metadata = MetaData::new().with::<User>().with::<Address>().with::<Tag>().with::<UserTag>();
    engine.begin(|conn| metadata.create_all(conn))?;
    let mut s = Session::new(&engine);
    let a = s.add(User { addresses: many![address("a1"), address("a2")], ..user("a") })?;
    let b = s.add(user("b"))?;
    assert_eq!(s.state(&a), Some(State::Pending));
    s.commit()?;
    assert_eq!(s.state(&a), Some(State::Persistent));
    assert_eq!(s.read(&a)?.id, 1);
    let of_a = s.load(&a, User::c.addresses)?;
    assert_eq!(of_a.len(), 2);
    assert_eq!(s.read(&of_a[0])?.user_id, Some(1));
    // Moving a child.
    s.push(&b, User::c.addresses, &of_a[0])?;
    assert_eq!(s[&a].addresses.get().unwrap().len(), 1);
    assert_eq!(s.load(&of_a[0], Address::c.user)?, Some(b.clone()));
    s.flush()?;
    assert_eq!(s[&of_a[0]].user_id, Some(2));
    s.rollback()?;
    assert_eq!(s.peek(&of_a[0]).unwrap().user_id, Some(1));
    assert_eq!(s.load(&a, User::c.addresses)?.len(), 2);
    // Many-to-many.
    let tag = s.push(
        &a,
        User::c.tags,
        Tag { id: Auto::unset(), label: "x".into(), users: Many::default() },
    )?;
    s.push(&tag, Tag::c.users, &b)?;
    s.commit()?;
    assert_eq!(s.load(&tag, Tag::c.users)?, [a.clone(), b.clone()]);
    s.remove(&a, User::c.tags, &tag)?;
    s.commit()?;
    assert_eq!(s.load(&tag, Tag::c.users)?, std::slice::from_ref(&b));
    // Savepoints.
    let mut nested = s.begin_nested()?;
    nested.edit(&b)?.name = "inside".into();
    nested.flush()?;
    nested.rollback()?;
    assert_eq!(s.read(&b)?.name, "b");
    // Failure.
    s.add(User { id: 1.into(), ..user("twice") })?;
    let error = s.flush().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    assert_eq!(s.scalars(select(User::entity())).unwrap_err().kind(), ErrorKind::PendingRollback);
    s.rollback()?;
    let all = s.scalars(select(User::entity()).order_by(User::c.id))?.all();
    assert_eq!(all, [a.clone(), b.clone()]);
    s.delete(&a)?;
    s.commit()?;
    assert_eq!(s.get::<User>(1)?, None);
    let value = s.expunge(&b)?;
    assert_eq!(value.name, "b");
    Ok(())
}
