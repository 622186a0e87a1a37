//! What is loaded along with the objects of a statement: how many statements that takes, and what they find.

use aludel::orm::{
    Fetch, GetOptions, Ref, Session, SessionOptions, contains_eager, immediateload, joinedload,
    lazyload, many, raiseload, selectinload, subqueryload, with_loader_criteria,
};
use aludel::{ErrorKind, Mapped as _, Result, aliased, not_, nullable, select, text};

use crate::library::{Address, Node, Tag, User, everywhere, fill, node, user};
use crate::support::Database;

fn emails(session: &Session, user: &Ref<User>) -> Vec<String> {
    let addresses = session[user].addresses.get().expect("loaded");
    addresses.iter().map(|address| session[address].email.clone()).collect()
}

fn labels(session: &Session, user: &Ref<User>) -> Vec<String> {
    let tags = session[user].tags.get().expect("loaded");
    tags.iter().map(|tag: &Ref<Tag>| session[tag].label.clone()).collect()
}

// conforms: E022
#[test]
fn selectin() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let users = select(User::entity())
            .options((selectinload(User::c.addresses), selectinload(User::c.tags)))
            .order_by(User::c.id);
        let users = s.scalars(users)?.all();
        assert_eq!(place.sent.count(), 3);
        assert_eq!(emails(&s, &users[0]), ["a1", "a2"]);
        assert_eq!(emails(&s, &users[1]), ["b1"]);
        assert_eq!(emails(&s, &users[2]), [""; 0]);
        assert_eq!(labels(&s, &users[0]), ["x", "y"]);
        assert_eq!(labels(&s, &users[1]), ["x"]);
        assert_eq!(s.load(&users[0], User::c.addresses)?.len(), 2);
        assert_eq!(place.sent.count(), 0);
        Ok(())
    });
}

// conforms: E022
#[test]
fn selectin_of_a_path_and_in_chunks() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let path = selectinload(Address::c.user.then(User::c.tags));
        let found =
            s.scalars(select(Address::entity()).options(path).order_by(Address::c.id))?.all();
        assert_eq!(place.sent.count(), 3);
        let owner = s[&found[0]].user.get().expect("has one").clone();
        assert_eq!(labels(&s, &owner), ["x", "y"]);
        s.expunge_all();
        let chunks = selectinload(User::c.addresses).chunksize(2);
        let users = s.scalars(select(User::entity()).options(chunks).order_by(User::c.id))?.all();
        assert_eq!(place.sent.count(), 3);
        assert_eq!(emails(&s, &users[1]), ["b1"]);
        // The same parent in several rows is asked for once.
        s.expunge_all();
        let statement = select(User::entity())
            .join(User::c.addresses)
            .options(selectinload(User::c.addresses))
            .order_by((User::c.id, Address::c.id));
        assert_eq!(s.scalars(statement)?.len(), 3);
        assert_eq!(place.sent.count(), 2);
        Ok(())
    });
}

// conforms: E022
#[test]
fn five_hundred_at_once() {
    everywhere(|place| {
        let mut s = place.session();
        s.add_all((0..501).map(|_| user("u", &[], &[])))?;
        s.commit()?;
        s.expunge_all();
        place.sent.take();
        let users = s.scalars(select(User::entity()).options(selectinload(User::c.addresses)))?;
        assert_eq!((users.len(), place.sent.count()), (501, 3));
        Ok(())
    });
}

// conforms: E023, E024
#[test]
fn joined_to_a_collection() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let all =
            select(User::entity()).options(joinedload(User::c.addresses)).order_by(User::c.id);
        let users = s.scalars(&all)?.all();
        let sent = place.sent.take();
        assert_eq!(sent.len(), 1);
        assert!(sent[0].contains("LEFT OUTER JOIN"), "{}", sent[0]);
        assert_eq!(users.len(), 3);
        assert_eq!(emails(&s, &users[0]), ["a1", "a2"]);
        assert_eq!(emails(&s, &users[2]), [""; 0]);
        // A limit is one of users.
        s.expunge_all();
        let users = s.scalars(all.limit(2))?.all();
        assert_eq!((users.len(), place.sent.count()), (2, 1));
        assert_eq!(emails(&s, &users[0]), ["a1", "a2"]);
        assert_eq!(emails(&s, &users[1]), ["b1"]);
        s.expunge_all();
        let sorted = select(User::entity())
            .options(joinedload(User::c.addresses))
            .where_(User::c.name.ne("a"))
            .order_by(User::c.name.desc())
            .limit(1)
            .offset(1);
        let users = s.scalars(sorted)?.all();
        assert_eq!(users.len(), 1);
        assert_eq!(s[&users[0]].name, "b");
        // In the order of an expression that is not selected.
        let sorted = select((User::entity(), User::c.name))
            .options(joinedload(User::c.addresses))
            .order_by((-User::c.id).desc())
            .limit(2);
        let names: Vec<_> = s.execute(sorted)?.map(|(_, name)| name).collect();
        assert_eq!(names, ["a", "b"]);
        Ok(())
    });
}

// conforms: E023
#[test]
fn joined_to_one() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let all = select(Address::entity()).order_by(Address::c.id);
        let found = s.scalars(all.clone().options(joinedload(Address::c.user)).limit(2))?.all();
        let sent = place.sent.take();
        assert_eq!(sent.len(), 1);
        assert!(!sent[0].contains("SELECT",) || sent[0].matches("SELECT").count() == 1);
        let owner = s[&found[1]].user.get().expect("has one").clone();
        assert_eq!(s[&owner].name, "a");
        s.expunge_all();
        let inner = joinedload(Address::c.user).innerjoin();
        assert_eq!(s.scalars(all.clone().options(inner))?.len(), 3);
        let sent = place.sent.take();
        assert!(sent[0].contains(" JOIN ") && !sent[0].contains("OUTER"), "{}", sent[0]);
        // From there on: one statement for all.
        s.expunge_all();
        let path = joinedload(Address::c.user).joinedload(User::c.tags);
        let found = s.scalars(all.clone().options(path))?.all();
        assert_eq!(place.sent.count(), 1);
        assert_eq!(found.len(), 3);
        let owner = s[&found[0]].user.get().expect("has one").clone();
        assert_eq!(labels(&s, &owner), ["x", "y"]);
        // Or by another.
        s.expunge_all();
        let path = joinedload(Address::c.user).selectinload(User::c.tags);
        let found = s.scalars(all.options(path))?.all();
        assert_eq!(place.sent.count(), 2);
        let owner = s[&found[2]].user.get().expect("has one").clone();
        assert_eq!(labels(&s, &owner), ["x"]);
        Ok(())
    });
}

#[test]
fn one_after_the_other_and_by_a_subquery() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let all = select(User::entity()).order_by(User::c.id);
        s.scalars(all.clone().options(immediateload(User::c.addresses)))?;
        assert_eq!(place.sent.count(), 4);
        s.expunge_all();
        let users = s.scalars(all.options(subqueryload(User::c.addresses)))?.all();
        assert_eq!(place.sent.count(), 2);
        assert_eq!(emails(&s, &users[0]), ["a1", "a2"]);
        Ok(())
    });
}

// conforms: E105
#[test]
fn from_the_statements_own_join() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let statement = select(User::entity())
            .join(User::c.addresses)
            .where_(Address::c.email.like("%1"))
            .options(contains_eager(User::c.addresses))
            .order_by(User::c.id);
        let users = s.scalars(&statement)?.all();
        assert_eq!(place.sent.count(), 1);
        assert_eq!(emails(&s, &users[0]), ["a1"]);
        // What is loaded stays, unless it is loaded anew.
        let all = select(User::entity())
            .join(User::c.addresses)
            .options(contains_eager(User::c.addresses))
            .order_by((User::c.id, Address::c.id));
        let users = s.scalars(&all)?.all();
        assert_eq!(users.len(), 2);
        assert_eq!(emails(&s, &users[0]), ["a1"]);
        s.scalars(all.populate_existing())?;
        assert_eq!(emails(&s, &users[0]), ["a1", "a2"]);
        // By an alias.
        s.expunge_all();
        let other = aliased::<Address>("other");
        let statement = select(User::entity())
            .join(User::c.addresses.of_type(&other))
            .where_(other.c.email.eq("a2"))
            .options(contains_eager(User::c.addresses.of_type(&other)));
        let user = s.scalars(statement)?.one()?;
        assert_eq!(emails(&s, &user), ["a2"]);
        Ok(())
    });
}

/// What is looked for by a relationship is its own table, also where a statement around it selects from that.
#[test]
fn any_along_a_path_that_comes_back() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let a1 = || Address::c.email.eq("a1");
        let of_its_user = Address::c.user.then(User::c.addresses);
        let beside_a1 = select(Address::c.email).where_(of_its_user.any(a1()));
        assert_eq!(s.scalars(beside_a1.order_by(Address::c.id))?.all(), ["a1", "a2"]);
        let joined = select(Address::c.email).select_from(User::entity()).join(User::c.addresses);
        let joined = joined.where_(User::c.addresses.any(a1()));
        assert_eq!(s.scalars(joined.order_by(Address::c.id))?.all(), ["a1", "a2"]);
        let tagged = select(Tag::c.label).select_from(User::entity()).join(User::c.tags);
        let tagged = tagged.where_(User::c.tags.any(Tag::c.label.eq("y")));
        assert_eq!(s.scalars(tagged.order_by(Tag::c.id))?.all(), ["x", "y"]);
        Ok(())
    });
}

/// A condition counts, and rows are read again, also for what the session has already.
// conforms: E089
#[test]
fn what_the_session_has_already() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        s.get_one::<User>(1)?;
        let not_a = || with_loader_criteria::<User>(User::c.name.ne("a"));
        let addresses = select(Address::entity()).order_by(Address::c.id);
        let options = (not_a(), selectinload(Address::c.user));
        let found = s.scalars(addresses.clone().options(options))?.all();
        assert_eq!(s[&found[0]].user.get(), None);
        assert!(s[&found[2]].user.get().is_some());
        s.expunge_all();
        s.get_one::<User>(1)?;
        let only = selectinload(Address::c.user.and_(User::c.name.ne("a")));
        let found = s.scalars(addresses.clone().options(only))?.all();
        assert_eq!(s[&found[0]].user.get(), None);
        s.expunge_all();
        let (a, all) = (s.get_one::<User>(1)?, s.scalars(&addresses)?.all());
        s.connection()?.execute(text("update users set name = 'new' where id = 1"))?;
        s.connection()?.execute(text("update addresses set email = 'new' where id = 1"))?;
        let again = select(User::entity()).populate_existing();
        s.scalars(again.options(selectinload(User::c.addresses)))?;
        assert_eq!((&*s[&a].name, &*s[&all[0]].email), ("new", "new"));
        s.connection()?.execute(text("update users set name = 'newer' where id = 1"))?;
        s.scalars(addresses.populate_existing().options(selectinload(Address::c.user)))?;
        assert_eq!(s[&a].name, "newer");
        s.rollback()
    });
}

// conforms: E089
#[test]
fn criteria() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let not_a2 = || with_loader_criteria::<Address>(Address::c.email.ne("a2"));
        let all = select(User::entity()).order_by(User::c.id);
        let a = s.scalars(all.clone().options(not_a2()))?.first().unwrap();
        s.load(&a, User::c.addresses)?;
        assert_eq!(emails(&s, &a), ["a1"]);
        // Objects keep it.
        s.expire(&a)?;
        s.load(&a, User::c.addresses)?;
        assert_eq!(emails(&s, &a), ["a1"]);
        for option in [selectinload(User::c.addresses), joinedload(User::c.addresses)] {
            s.expunge_all();
            let users = s.scalars(all.clone().options((option, not_a2())))?.all();
            assert_eq!(users.len(), 3);
            assert_eq!(emails(&s, &users[0]), ["a1"]);
        }
        let rows = select((User::c.id, Address::c.email)).join(User::c.addresses).options(not_a2());
        assert_eq!(s.execute(rows.order_by(Address::c.id))?.len(), 2);
        // An outer join stays one.
        let rows = select((User::c.id, nullable(Address::c.email))).outerjoin(User::c.addresses);
        assert_eq!(s.execute(rows.options(not_a2()))?.len(), 3);
        // As does one by foreign keys, with as many conditions as there are.
        let rows = select((User::c.id, nullable(Address::c.email))).outerjoin(Address::entity());
        let not_b1 =
            with_loader_criteria::<Address>(Address::c.email.ne("b1").or(Address::c.id.lt(0)));
        let rows = s.execute(rows.options((not_a2(), not_b1)).order_by(User::c.id))?.all();
        let a1 = Some("a1".to_owned());
        assert_eq!(rows, [(1, a1), (2, None), (3, None)]);
        // Of one relationship.
        for option in [
            selectinload(User::c.addresses.and_(Address::c.email.ne("a1"))),
            joinedload(User::c.addresses.and_(Address::c.email.ne("a1"))),
        ] {
            s.expunge_all();
            let users = s.scalars(all.clone().options(option))?.all();
            assert_eq!(emails(&s, &users[0]), ["a2"]);
            s.commit()?;
            s.read(&users[0])?;
            s.load(&users[0], User::c.addresses)?;
            assert_eq!(emails(&s, &users[0]), ["a2"]);
        }
        Ok(())
    });
}

// conforms: E149
#[test]
fn what_refers_to_itself() {
    everywhere(|place| {
        let mut s = place.session();
        let c = node("c", many![node("d", many![])]);
        s.add(node("root", many![node("a", many![c]), node("b", many![])]))?;
        s.commit()?;
        s.expunge_all();
        place.sent.take();
        let roots = select(Node::entity()).where_(Node::c.parent_id.is_null());
        let all = selectinload(Node::c.children).recursion(None);
        let root = s.scalars(roots.clone().options(all))?.one()?;
        assert_eq!(place.sent.count(), 5);
        let child = |s: &Session, of: &Ref<Node>| s[of].children.get().expect("loaded")[0].clone();
        let c = child(&s, &child(&s, &root));
        assert_eq!(s[&child(&s, &c)].name, "d");
        assert_eq!(place.sent.count(), 0);
        s.expunge_all();
        let two = joinedload(Node::c.children).joinedload(Node::c.children);
        let root = s.scalars(roots.options(two))?.one()?;
        assert_eq!(place.sent.count(), 1);
        let names: Vec<_> =
            s[&root].children.get().unwrap().iter().map(|node| s[node].name.clone()).collect();
        assert_eq!(names, ["a", "b"]);
        let c = child(&s, &child(&s, &root));
        assert!(!s[&c].children.is_loaded());
        // The other side is known, and not loaded again.
        let any =
            s.scalars(select(Node::entity()).where_(Node::c.parent.has(Node::c.name.eq("a"))))?;
        assert_eq!(any.all(), [c]);
        Ok(())
    });
}

// conforms: E053
#[test]
fn peers_and_refusals() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.with_options(SessionOptions::new().fetch(Fetch::Peers));
        let all = select(User::entity()).order_by(User::c.id);
        for user in s.scalars(&all)? {
            s.load(&user, User::c.addresses)?;
        }
        assert_eq!(place.sent.count(), 2);
        assert_eq!(s.lazy_loads(), []);
        // By the statement.
        let mut s = place.session();
        for user in s.scalars(all.clone().options(Fetch::Peers))? {
            s.load(&user, User::c.tags)?;
        }
        assert_eq!(place.sent.count(), 2);
        s.expunge_all();
        for user in s.scalars(&all)? {
            s.load(&user, User::c.tags)?;
        }
        assert_eq!(place.sent.count(), 4);
        assert_eq!(s.lazy_loads(), [("User", "tags", 3)]);
        // What is refused may be loaded for all.
        s.expunge_all();
        for option in [raiseload(User::c.addresses), raiseload(User::c.addresses)] {
            let users = s.scalars(all.clone().options(option).populate_existing())?.all();
            let error = s.load(&users[0], User::c.addresses).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotLoaded, "{error}");
            s.load_all(&users, User::c.addresses)?;
            assert_eq!(s.load(&users[0], User::c.addresses)?.len(), 2);
        }
        // What the session has is no statement.
        s.expunge_all();
        let users = s.scalars(&all)?.all();
        let addresses = select(Address::entity()).options(Fetch::Raise).order_by(Address::c.id);
        let found = s.scalars(addresses)?.all();
        assert_eq!(s.load(&found[0], Address::c.user)?, Some(users[0].clone()));
        s.expunge_all();
        let found = s.scalars(select(Address::entity()).options(Fetch::Raise))?.all();
        assert_eq!(s.load(&found[0], Address::c.user).unwrap_err().kind(), ErrorKind::NotLoaded);
        Ok(())
    });
}

// conforms: E016, E038, E119
#[test]
fn anew() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.with_options(SessionOptions::new().autoflush(false));
        let all = select(User::entity()).order_by(User::c.id);
        let a = s.scalars(&all)?.first().unwrap();
        s.edit(&a)?.name = "mine".into();
        s.connection()?.execute(text("UPDATE users SET name = 'theirs' WHERE id = 1"))?;
        s.scalars(&all)?;
        assert_eq!(s[&a].name, "mine");
        let error = s.refresh(&a).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        s.scalars(all.populate_existing())?;
        assert_eq!(s[&a].name, "theirs");
        assert_eq!(s.dirty(), []);
        s.rollback()?;
        let mut s = place.session();
        let a = s.get_one::<User>(1)?;
        place.sent.take();
        s.get_with::<User>(1, GetOptions::new())?;
        assert_eq!(place.sent.count(), 0);
        s.edit(&a)?.name = "changed".into();
        let locks = place.database != Database::Sqlite;
        let how = if locks {
            GetOptions::new().with_for_update()
        } else {
            GetOptions::new().populate_existing()
        };
        s.get_with::<User>(1, how)?;
        let sent = place.sent.take();
        assert!(sent[0].starts_with("UPDATE"), "{sent:?}");
        assert_eq!((sent.len(), &*s[&a].name), (2, "changed"));
        s.edit(&a)?.name = "again".into();
        s.refresh(&a)?;
        assert_eq!((place.sent.count(), &*s[&a].name), (2, "again"));
        let how = GetOptions::new().populate_existing().options(selectinload(User::c.addresses));
        s.get_with::<User>(1, how)?;
        assert_eq!(place.sent.count(), 2);
        assert_eq!(emails(&s, &a), ["a1", "a2"]);
        s.rollback()?;
        Ok(())
    });
}

// conforms: E105
#[test]
fn what_an_option_must_be_about() -> Result<()> {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let statement = select(User::entity()).options(selectinload(Address::c.user));
        let error = s.scalars(statement).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(error.message().contains("Address::user"), "{error}");
        assert_eq!(place.sent.count(), 0);
        let statement = select(User::entity()).options(lazyload(User::c.addresses));
        let error = s.connection()?.execute(&statement).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
        let inside = select(text("1")).select_from(statement.anon_subquery());
        assert_eq!(s.execute(inside).unwrap_err().kind(), ErrorKind::Compile);
        // Two entities of one struct, each with its own.
        let other = aliased::<User>("other");
        let pairs = select((User::entity(), other))
            .where_(User::c.id.eq(1).and(other.c.id.eq(2)))
            .options(selectinload(other.c.addresses));
        let (a, b) = s.execute(pairs)?.one()?;
        assert!(!s[&a].addresses.is_loaded());
        assert_eq!(emails(&s, &b), ["b1"]);
        Ok(())
    });
    Ok(())
}

// conforms: E006, E020
#[test]
fn many_that_are_expired_are_loaded_together() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let users = s.scalars(select(User::entity()).order_by(User::c.id))?.all();
        let addresses = s.scalars(select(Address::entity()))?.all();
        s.commit()?;
        place.sent.take();
        s.load_all(&users, User::c.addresses)?;
        assert_eq!(place.sent.count(), 2);
        s.commit()?;
        place.sent.take();
        // The addresses, and the users that they refer to.
        s.load_all(&addresses, Address::c.user)?;
        assert_eq!(place.sent.count(), 2);
        Ok(())
    });
}

// conforms: E004, E015
#[test]
fn get_flushes_and_loses_no_change() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let node = s.add(node("n", many![]))?;
        s.flush()?;
        s.edit(&node)?.id = 77.into();
        assert_eq!(s.get::<Node>(77)?, Some(node.clone()));
        s.commit()?;
        s.connection()?.execute(text("DELETE FROM nodes"))?;
        s.set(&node, Node::c.name, "changed")?;
        assert_eq!(s.get::<Node>(77).unwrap_err().kind(), ErrorKind::ObjectDeleted);
        assert_eq!(s.dirty().len(), 1);
        s.rollback()?;
        Ok(())
    });
}

// conforms: E106
#[test]
fn conditions_about_objects() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let users = s.scalars(select(User::entity()).order_by(User::c.id))?.all();
        let tags = s.scalars(select(Tag::entity()).order_by(Tag::c.id))?.all();
        let address = s.get_one::<Address>(3)?;
        let all = || select(User::entity()).order_by(User::c.id);
        let of_b = select(Address::entity()).where_(Address::c.user.is(&s, &users[1])?);
        assert_eq!(s.scalars(of_b)?.all(), std::slice::from_ref(&address));
        let owner = all().where_(User::c.addresses.contains(&s, &address)?);
        assert_eq!(s.scalars(owner)?.all(), std::slice::from_ref(&users[1]));
        let tagged = all().where_(User::c.tags.contains(&s, &tags[0])?);
        assert_eq!(s.scalars(tagged)?.all(), users[..2]);
        let untagged = all().where_(not_(User::c.tags.any_at_all()));
        assert_eq!(s.scalars(untagged)?.all(), users[2..]);
        let of_a = s.with_parent(User::c.tags, &users[0])?;
        assert_eq!(s.scalars(select(Tag::entity()).where_(of_a).order_by(Tag::c.id))?.all(), tags);
        let new = s.add(user("new", &[], &[]))?;
        assert_eq!(Address::c.user.is(&s, &new).unwrap_err().kind(), ErrorKind::InvalidRequest);
        s.rollback()?;
        // Joins, also outer ones and along a table of pairs.
        let rows =
            select((User::c.id, Tag::c.id)).join(User::c.tags).order_by((User::c.id, Tag::c.id));
        assert_eq!(s.execute(rows)?.all(), [(1, 1), (1, 2), (2, 1)]);
        let rows = select((User::c.id, nullable(Address::c.id)))
            .outerjoin(User::c.addresses.and_(Address::c.id.eq(1)))
            .order_by(User::c.id);
        assert_eq!(s.execute(rows)?.all(), [(1, Some(1)), (2, None), (3, None)]);
        Ok(())
    });
}
