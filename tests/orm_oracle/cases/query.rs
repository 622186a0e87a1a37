//! Programs of the group "query": statements of a session.

use aludel::{Mapped, aliased, insert, nullable, select, text};

use super::Cases;
use crate::models::{self, Address, Node, Tag, User, tag};
use crate::sessions::all_named;

pub(super) fn cases(to: &mut Cases) {
    to.sync("que-001", |t| {
        t.setup(&models::blog(), &["users (id, name) VALUES (1, 'a')"]);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        let new = |n: i64| Tag { id: n.into(), ..tag(&format!("t{n}")) };
        t.step("select of another class");
        s.add(new(1))?;
        s.scalars(select(User::entity()))?;
        t.step("text");
        s.add(new(2))?;
        s.execute(text("SELECT 1"))?;
        t.step("core select of a table");
        s.add(new(3))?;
        s.execute(select(User::c.id))?;
        t.step("lazy load");
        s.add(new(4))?;
        let addresses = s.load(&u, User::c.addresses)?;
        t.show("addresses", all_named(&s, &addresses));
        t.step("core insert");
        s.add(new(5))?;
        s.execute(insert::<User>().values(User::c.name.set("core")))?;
        t.step("session.connection().execute");
        s.add(new(6))?;
        s.connection()?.execute(text("SELECT 2"))?;
        t.show("new", s.new_objects().len());
        t.step("no_autoflush");
        s.no_autoflush(|s| s.scalars(select(Tag::entity())).map(drop))?;
        t.step("autoflush execution option");
        s.no_autoflush(|s| s.execute(select(User::c.id)).map(drop))?;
        t.show("new", s.new_objects().len());
        s.rollback()
    });
    to.sync("que-003", |t| {
        let rows = [
            "users (id, name) VALUES (1, 'u1'), (2, 'u2')",
            "addresses (id, email, user_id) VALUES (1, 'e1.1', 1), (2, 'e2.1', 2)",
        ];
        let tables = models::blog().with::<Node>();
        t.setup(&tables, &rows);
        let mut s = t.session();
        let a = aliased::<Address>("addresses_1");
        let q = select((User::c.id, a.c.id))
            .join(User::c.addresses.of_type(&a))
            .where_(a.c.email.eq("e2.1"));
        t.show("alias", s.execute(q)?.all());
        let q = select((User::c.id, nullable(Address::c.id)))
            .outerjoin(User::c.addresses.and_(Address::c.id.eq(1)))
            .order_by(User::c.id);
        t.show("outer", s.execute(q)?.all());
        let q = select((User::c.id,)).join(Address::table()).order_by(User::c.id);
        t.show("target only", s.execute(q)?.all());
        let no_path = select((User::c.id,)).join(Node::table());
        t.raises("no path", s.execute(no_path).map(drop));
        let child = aliased::<Node>("nodes_1");
        let q = select((Node::c.id,)).join(Node::c.children.of_type(&child));
        t.show("self", s.execute(q)?.all());
        let q = select((User::c.id, Tag::c.id)).join(User::c.tags);
        t.show("many-to-many", s.execute(q)?.all());
        s.rollback()
    });
}
