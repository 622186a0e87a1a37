//! Programs of the group "bulk": statements about many rows.

use aludel::insert;

use super::Cases;
use crate::models::{self, User};

pub(super) fn cases(to: &mut Cases) {
    to.sync("bul-003", |t| {
        t.setup(&models::blog(), &[]);
        let mut s = t.session();
        s.execute(insert::<User>().rows(["a", "b"].map(|name| User::c.name.set(name))))?;
        let c = insert::<User>().values(User::c.name.set("c"));
        t.show("returned", s.execute(c.returning((User::c.id, User::c.name)))?.one()?);
        s.rollback()
    });
}
