//! Programs of the group "bulk": statements about many rows.

use aludel::orm::State;
use aludel::{delete, insert};

use super::Cases;
use super::loading::setup;
use crate::models::{self, Address, User};

pub(super) fn cases(to: &mut Cases) {
    to.sync("bul-003", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        s.execute(insert::<User>().rows(["a", "b"].map(|name| User::c.name.set(name))))?;
        let c = insert::<User>().values(User::c.name.set("c"));
        t.show("returned", s.execute(c.returning((User::c.id, User::c.name)))?.one()?);
        s.rollback()
    });
    to.sync("bul-006", |t| {
        setup(t, 2, 1);
        let mut s = t.session();
        let u = s.get_one::<User>(1)?;
        let a = s.load(&u, User::c.addresses)?.remove(0);
        s.execute(delete::<Address>().where_(Address::c.user_id.eq(1)))?;
        t.show("a in session", s.state(&a) == Some(State::Persistent));
        t.state("a", &s, &a);
        t.show("collection", s[&u].addresses.get().map(<[_]>::len));
        t.step("fetch");
        let v = s.get_one::<Address>(2)?;
        s.execute(delete::<Address>().where_(Address::c.user_id.eq(2)))?;
        t.state("v", &s, &v);
        s.rollback()?;
        t.state("a after rollback", &s, &a);
        Ok(())
    });
}
