//! Programs of the group "relationships".

use aludel::orm::{Many, One, Session};
use aludel::{Auto, Mapped, MetaData, Result};

use super::Cases;
use crate::models::{self, Address, Tag, User, address, user};
use crate::sessions::{all_named, maybe_named};

pub(super) fn cases(to: &mut Cases) {
    to.sync("rel-001", |t| {
        t.setup(
            &models::blog(),
            &["users (id, name) VALUES (1, 'a')", "tags (id, label) VALUES (1, 'x')"],
        );
        let mut s = t.session();
        let (u, tag) = (s.get_one::<User>(1)?, s.get_one::<Tag>(1)?);
        s.load(&u, User::c.tags)?;
        s.push(&u, User::c.tags, &tag)?;
        s.push(&u, User::c.tags, &tag)?;
        let tags = s.load(&u, User::c.tags)?;
        t.show("tags", all_named(&s, &tags));
        let users = s.load(&tag, Tag::c.users)?;
        t.show("tag.users", all_named(&s, &users));
        t.raises("flush", s.flush());
        s.rollback()?;
        t.step("the same on a new user");
        let tags = vec![tag.clone(), tag];
        s.add(User { tags: tags.into(), ..user("v") })?;
        t.raises("flush", s.flush());
        s.rollback()
    });
    to.sync("rel-002", |t| {
        t.setup(
            &models::blog(),
            &[
                "users (id, name) VALUES (1, 'a')",
                "tags (id, label) VALUES (1, 't1'), (2, 't2'), (3, 't3'), (4, 't4')",
                "user_tags (user_id, tag_id) VALUES (1, 1), (1, 2), (1, 3)",
            ],
        );
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        let (t2, t4) = (s.get_one::<Tag>(2)?, s.get_one::<Tag>(4)?);
        s[&u].tags = vec![t4, t2].into();
        s.flush()?;
        let tags = s.load(&u, User::c.tags)?;
        let ids: Vec<_> = tags.iter().map(|tag| &s[tag].id).collect();
        t.show("tags", ids);
        s.commit()?;
        t.rows("SELECT tag_id FROM user_tags ORDER BY tag_id");
        Ok(())
    });
    to.sync("rel-003", |t| {
        t.setup(
            &models::blog(),
            &[
                "users (id, name) VALUES (1, 'a')",
                "tags (id, label) VALUES (1, 't1'), (2, 't2')",
                "user_tags (user_id, tag_id) VALUES (1, 1), (1, 2)",
            ],
        );
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        s.delete(&u)?;
        s.commit()?;
        t.rows("SELECT id FROM tags ORDER BY id");
        Ok(())
    });
    to.sync("rel-004", |t| {
        t.setup(
            &models::blog(),
            &[
                "users (id, name) VALUES (1, 'a')",
                "addresses (id, email, user_id) VALUES (1, 'e1', 1), (2, 'e2', 1), (3, 'e3', 1)",
            ],
        );
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        let mut addresses = s.load(&u, User::c.addresses)?;
        s[&u].addresses = addresses.clone().into();
        s.flush()?;
        addresses.reverse();
        s[&u].addresses = addresses.into();
        let ids = |s: &mut Session| -> Result<Vec<Auto<i64>>> {
            let addresses = s.load(&u, User::c.addresses)?;
            Ok(addresses.iter().map(|a| s[a].id).collect())
        };
        t.show("order in memory", ids(&mut s)?);
        s.flush()?;
        t.show("order after flush", ids(&mut s)?);
        let last = s.load(&u, User::c.addresses)?.split_off(2);
        s[&u].addresses = last.into();
        s.commit()?;
        t.show("order after commit", ids(&mut s)?);
        Ok(())
    });
    to.sync("rel-013", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        s.load(&u, User::c.addresses)?;
        let a = s.push(&u, User::c.addresses, address("x"))?;
        s.push(&u, User::c.addresses, &a)?;
        let emails = |s: &Session| {
            let addresses = s[&u].addresses.get().unwrap_or_default();
            addresses.iter().map(|a| s[a].email.clone()).collect::<Vec<_>>()
        };
        t.show("in memory", emails(&s));
        s.flush()?;
        s.remove(&u, User::c.addresses, &a)?;
        t.show("after one remove", (emails(&s), maybe_named(&s, s[&a].user.get())));
        s.commit()?;
        t.rows("SELECT id, user_id FROM addresses");
        Ok(())
    });
    to.sync("rel-011", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "friends")]
        struct Friend {
            #[aludel(primary_key, foreign_key = "pals.id")]
            a: i64,
            #[aludel(primary_key, foreign_key = "pals.id")]
            b: i64,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "pals")]
        struct Pal {
            #[aludel(primary_key)]
            id: Auto<i64>,
            name: String,
            #[aludel(secondary = Friend::table(), secondary_local = "a", secondary_remote = "b", back = known_by, order_by(id))]
            knows: Many<Pal>,
            #[aludel(secondary = Friend::table(), secondary_local = "b", secondary_remote = "a", back = knows, order_by(id))]
            known_by: Many<Pal>,
        }
        t.setup(&MetaData::new().with::<Pal>().with::<Friend>(), &[]);
        let pal = |name: &str| Pal { name: name.into(), ..Pal::default() };
        let mut s = t.session();
        let a = s.add(Pal { knows: vec![pal("b"), pal("c")].into(), ..pal("a") })?;
        let b = s.load(&a, Pal::c.knows)?.remove(0);
        s.push(&b, Pal::c.knows, &a)?;
        s.flush()?;
        let known_by = s.load(&a, Pal::c.known_by)?;
        t.show("known_by of a", known_by.iter().map(|p| &s[p].name).collect::<Vec<_>>());
        s.commit()?;
        t.step("delete one");
        s.delete(&a)?;
        s.commit()?;
        t.rows("SELECT count(*) FROM friends");
        Ok(())
    });
    to.sync("rel-005", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        t.step("child gets a persistent parent");
        // A value that no session has can refer to an object; the object does not know.
        let a = Address { user: One::to(&u), ..address("x") };
        t.show("a in session", false);
        t.step("flush with a outside");
        s.flush()?;
        drop(a);
        t.step("parent's collection read, then flush");
        let addresses = s.load(&u, User::c.addresses)?;
        t.show("u.addresses", addresses.iter().map(|a| &s[a].email).collect::<Vec<_>>());
        s.flush()?;
        t.step("persistent child gets a transient parent");
        let b = s.add(address("y"))?;
        s.flush()?;
        s.link(&b, Address::c.user, user("v"))?;
        let v = s[&b].user.get().cloned();
        t.show("v in session", v.is_some_and(|v| s.contains(&v)));
        s.commit()
    });
}
