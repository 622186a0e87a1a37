//! Programs of the group "uow": what a flush sends.

use aludel::orm::{One, Ref, Session};
use aludel::{Auto, Mapped, MetaData, select};
use serde_json::{Value as Json, json};

use super::Cases;
use crate::models::{self, Node, User, address, node, user};
use crate::sessions::maybe_named;

pub(super) fn cases(to: &mut Cases) {
    to.sync("uow-001", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        let u = s.add(user("ann"))?;
        t.show("id before flush", s[&u].id);
        s.flush()?;
        t.show("id after flush", s[&u].id);
        s.commit()
    });
    to.sync("uow-002", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        let users = s.add_all(["ann", "bob", "cid"].map(user))?;
        s.flush()?;
        t.show("ids", ids(&s, &users));
        s.commit()
    });
    to.sync("uow-003", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        s.add_all([3, 2, 1].map(|id| User { id: id.into(), ..user(&format!("n{id}")) }))?;
        s.commit()
    });
    to.sync("uow-004", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "items")]
        struct Item {
            #[aludel(primary_key)]
            id: Auto<i64>,
            name: String,
            note: Option<String>,
            #[aludel(server_default = "'red'", length = 20)]
            color: Auto<String>,
        }
        t.setup(&MetaData::new().with::<Item>(), &[]);
        let mut s = t.session();
        let item =
            |id: i64, name: &str| Item { id: id.into(), name: name.into(), ..Item::default() };
        s.add_all([
            item(1, "a"),
            Item { note: Some("x".into()), ..item(2, "b") },
            Item { note: None, ..item(3, "c") },
            Item { color: "blue".to_owned().into(), ..item(4, "d") },
            Item { color: "green".to_owned().into(), ..item(5, "e") },
            item(6, "f"),
        ])?;
        s.flush()?;
        let items = s.scalars(select(Item::entity()).order_by(Item::c.id.asc()))?.all();
        let colors: Vec<_> = items.iter().map(|item| &s[item].color).collect();
        t.show("colors", colors);
        s.commit()
    });
    to.sync("uow-005", |t| {
        let rows =
            ["users (id, name) VALUES (1, 'n1'), (2, 'n2'), (3, 'n3'), (4, 'n4'), (5, 'n5')"];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let users = s.scalars(select(User::entity()).order_by(User::c.id.asc()))?.all();
        t.step("change in reverse order");
        for u in users.iter().rev() {
            s[u].name = s[u].name.to_uppercase();
        }
        s[&users[2]].nickname = Some("third".into());
        s.flush()?;
        s.commit()
    });
    to.sync("uow-006", |t| {
        let rows = [
            "users (id, name) VALUES (1, 'a'), (2, 'b')",
            "addresses (id, email, user_id) VALUES (1, 'x', 1)",
        ];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let (u1, u2) = (s.get_one::<User>(1)?, s.get_one::<User>(2)?);
        let a = s.load(&u1, User::c.addresses)?.remove(0);
        t.step("move");
        s.remove(&u1, User::c.addresses, &a)?;
        t.show("a.user after remove", maybe_named(&s, s[&a].user.get()));
        s.push(&u2, User::c.addresses, &a)?;
        t.show("a.user after append", maybe_named(&s, s[&a].user.get()));
        s.flush()?;
        t.show("a.user_id", s[&a].user_id);
        s.commit()
    });
    to.sync("uow-007", |t| {
        let rows = [
            "users (id, name) VALUES (1, 'a')",
            "addresses (id, email, user_id) VALUES (1, 'e1', 1), (2, 'e2', 1), (3, 'e3', 1)",
        ];
        t.setup(&models::blog(), &rows);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        let addresses = s.load(&u, User::c.addresses)?;
        s[&u].addresses = addresses[1..2].iter().cloned().collect();
        s.flush()?;
        t.rows("SELECT id, user_id FROM addresses ORDER BY id");
        s.commit()?;
        t.rows("SELECT id, user_id FROM addresses ORDER BY id");
        Ok(())
    });
    to.sync("uow-008", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        s.add(User { addresses: vec![address("a1"), address("a2")].into(), ..user("a") })?;
        s.add(address("lonely"))?;
        s.add(User { addresses: vec![address("b1")].into(), ..user("b") })?;
        s.commit()?;
        t.rows("SELECT id, email, user_id FROM addresses ORDER BY id");
        Ok(())
    });
    to.sync("uow-009", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'ann')"]);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        s[&u].name = "ann".into();
        t.show("dirty after equal value", crate::sessions::any_named::<User>(&s, &s.dirty()));
        t.show("is_modified", s.is_modified(&u));
        s.flush()?;
        t.step("there and back");
        s[&u].name = "eve".into();
        s[&u].name = "ann".into();
        t.show("history", history(&s, &u));
        s.flush()?;
        t.step("expired, then set to what the database holds");
        s.expire(&u)?;
        s.set(&u, User::c.name, "ann")?;
        t.show("history", history(&s, &u));
        s.flush()?;
        s.commit()
    });
    to.sync("uow-013", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "lefts")]
        struct Left {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(foreign_key = "rights.id")]
            right_id: Option<i64>,
            #[aludel(foreign_key = "right_id")]
            right: One<Right>,
        }
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "rights")]
        struct Right {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(foreign_key = "lefts.id")]
            left_id: Option<i64>,
            #[aludel(foreign_key = "left_id")]
            left: One<Left>,
        }
        t.setup(&MetaData::new().with::<Left>().with::<Right>(), &[]);
        let mut s = t.session();
        let (x, y) = (s.add(Left::default())?, s.add(Right::default())?);
        s.link(&x, Left::c.right, Some(&y))?;
        s.link(&y, Right::c.left, Some(&x))?;
        t.raises("flush", s.flush());
        s.rollback()?;
        t.step("the same tables, but no cycle between the rows");
        let y2 = s.add(Right::default())?;
        let x1 = s.add(Left::default())?;
        let y1 = s.add(Right::default())?;
        s.link(&x1, Left::c.right, Some(&y1))?;
        s.link(&y2, Right::c.left, Some(&x1))?;
        s.flush()?;
        s.commit()
    });
    to.sync("uow-014", |t| {
        let rows = ["nodes (id, name, parent_id) VALUES \
                     (1, 'root', null), (2, 'a', 1), (3, 'b', 1), (4, 'c', 2)"];
        t.setup(&models::nodes(), &rows);
        let mut s = t.session();
        let root = s.get_one::<Node>(1)?;
        t.step("delete");
        s.delete(&root)?;
        t.step("flush");
        s.flush()?;
        s.commit()
    });
    to.sync("uow-015", |t| {
        let rows =
            ["nodes (id, name, parent_id) VALUES (1, 'top', null), (2, 'mid', 1), (3, 'low', 2)"];
        t.setup(&models::nodes(), &rows);
        let mut s = t.session();
        let (top, mid) = (s.get_one::<Node>(1)?, s.get_one::<Node>(2)?);
        let low = s.get_one::<Node>(3)?;
        s.link(&low, Node::c.parent, None)?;
        s.link(&mid, Node::c.parent, Some(&low))?;
        s.link(&top, Node::c.parent, Some(&mid))?;
        t.raises("flush", s.flush());
        s.rollback()?;
        t.step("only two of the three moves");
        s.link(&low, Node::c.parent, None)?;
        s.link(&top, Node::c.parent, Some(&low))?;
        s.flush()?;
        s.commit()?;
        t.rows("SELECT id, parent_id FROM nodes ORDER BY id");
        Ok(())
    });
    to.sync("uow-016", |t| {
        t.setup(&models::blog(), &["users (id, name, nickname) VALUES (1, 'old', 'o')"]);
        let mut s = t.session();
        let old = s.get_one::<User>(1)?;
        s.delete(&old)?;
        let new = s.add(User { id: 1.into(), ..user("new") })?;
        s.flush()?;
        t.state("old", &s, &old);
        t.state("new", &s, &new);
        t.show("same in identity map", s.get::<User>(1)?.as_ref() == Some(&new));
        s.commit()?;
        t.state("old", &s, &old);
        t.rows("SELECT id, name, nickname FROM users");
        Ok(())
    });
    to.sync("uow-017", |t| {
        #[derive(Debug, Clone, Default, Mapped)]
        #[aludel(table = "seats")]
        struct Seat {
            #[aludel(primary_key)]
            id: Auto<i64>,
            #[aludel(unique)]
            number: i64,
        }
        let rows = ["seats (id, number) VALUES (1, 10), (2, 20)"];
        t.setup(&MetaData::new().with::<Seat>(), &rows);
        let mut s = t.session();
        let (a, b) = (s.get_one::<Seat>(1)?, s.get_one::<Seat>(2)?);
        let (first, second) = s.edit((&a, &b))?;
        std::mem::swap(&mut first.number, &mut second.number);
        t.raises("flush", s.flush());
        s.rollback()?;
        t.show("after rollback", [s.read(&a)?.number, s.read(&b)?.number]);
        Ok(())
    });
    to.sync("uow-018", |t| {
        t.setup(&models::nodes(), &[]);
        let mut s = t.session();
        s.add(Node { id: 2.into(), parent_id: Some(1), ..node("child") })?;
        s.add(Node { id: 1.into(), ..node("parent") })?;
        t.raises("flush", s.flush());
        s.rollback()
    });
}

/// The keys of objects.
pub(super) fn ids(s: &Session, users: &[Ref<User>]) -> Vec<Auto<i64>> {
    users.iter().map(|user| s[user].id).collect()
}

/// What was added, is unchanged and was removed of a name.
fn history(s: &Session, user: &Ref<User>) -> Json {
    match s.history(user, User::c.name) {
        Some((before, now)) => json!([[now], [], [before]]),
        None => json!([[], [s.peek(user).map(|user| &*user.name)], []]),
    }
}
