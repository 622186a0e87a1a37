//! Cases of the category "upsert".

use aludel::sql::{Dynamic, Insert, constraint};
use aludel::{Result, func, literal, params, select};

use super::{Cases, Many};
use crate::tables::{Db, Tables};

fn two(t: &Tables) -> Insert<Dynamic> {
    let rows = [("apple", 1), ("new", 2)];
    let rows = rows.map(|(name, qty)| (t.i("name").set(name), t.i("qty").set(qty)));
    t.items.insert().rows(rows)
}

fn pear(t: &Tables) -> Insert<Dynamic> {
    t.items.insert().values((t.i("name").set("pear"), t.i("qty").set(77)))
}

pub(super) fn cases(to: &mut Cases) {
    to.changes("upsert-01", |t| Ok(two(t).on_conflict_do_nothing(())));
    to.changes("upsert-03", |t| -> Result<_> {
        let more = t.i("qty").set(t.items.excluded().c("qty")? + t.i("qty"));
        let set = (more, t.i("note").set("upd"));
        Ok(match t.db {
            Db::MariaDb => two(t).on_duplicate_key_update(set),
            _ => two(t).on_conflict_do_update(t.i("name"), set),
        })
    });
    to.changes("upsert-05", |t| {
        let set = t.i("qty").set(t.items.excluded().c("qty")?);
        let upsert = pear(t).on_conflict_do_update(t.i("name"), set);
        Ok(upsert.returning((t.i("id"), t.i("qty"))))
    });
    to.changes("upsert-06", |t| {
        let set = t.i("qty").set(t.items.excluded().c("qty")?);
        Ok(pear(t).on_conflict_do_update(constraint("items_name_key"), set))
    });
    to.changes("upsert-08", |t| {
        let users = select(func::count_of(t.u("id"))).scalar_subquery();
        let set = (t.i("qty").set(users), t.i("note").set("100%"));
        Ok(pear(t).on_conflict_do_update(t.i("name"), set))
    });
    to.changes("upsert-09", |t| {
        let set = t.i("qty").set(t.items.excluded().c("qty")?);
        let upsert = match t.db {
            Db::MariaDb => t.items.insert().on_duplicate_key_update(set),
            _ => t.items.insert().on_conflict_do_update(t.i("name"), set),
        };
        let sets = [("apple", 100), ("fresh", 200)];
        let sets = sets.map(|(name, qty)| params! { name: name, qty: qty });
        Ok(Many(upsert, sets.into()))
    });
    to.changes("upsert-11", |t| {
        let note = literal("was ".to_owned()).concat(t.i("qty"));
        let set = (t.i("note").set(note), t.i("qty").set(t.items.excluded().c("qty")?));
        let new = t.items.insert().values((t.i("name").set("apple"), t.i("qty").set(3)));
        Ok(new.on_duplicate_key_update(set))
    });
}
