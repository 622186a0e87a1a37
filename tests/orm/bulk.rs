//! Statements over whole tables, and what they mean for the objects of a session.

use aludel::orm::State;
use aludel::sql::func;
use aludel::{Mapped as _, delete, insert, params, select, update};

use crate::library::{Address, Node, User, everywhere, fill};
use crate::support::Database;

#[test]
fn an_update_is_seen() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let users = s.scalars(select(User::entity()).order_by(User::c.id))?.all();
        let address = s.get_one::<Address>(1)?;
        place.sent.take();
        s.execute(update::<User>().values(User::c.name.set("z")).where_(User::c.id.le(2)))?;
        assert_eq!(place.sent.count(), 1);
        assert_eq!(s.read(&users[0])?.name, "z");
        assert_eq!(s.read(&users[2])?.name, "c");
        // Objects of other tables are as they were.
        assert_eq!(s[&address].email, "a1");
        let upper = func::upper(User::c.name);
        s.execute(update::<User>().values(User::c.name.set(upper)))?;
        assert_eq!(s.read(&users[2])?.name, "C");
        // What was changed and not flushed stays.
        s.no_autoflush(|s| {
            s.edit(&users[0])?.name = "mine".into();
            s.execute(update::<User>().values(User::c.name.set("theirs")))?;
            assert_eq!(s.read(&users[0])?.name, "mine");
            Ok::<_, aludel::Error>(())
        })?;
        s.rollback()?;
        assert_eq!(s.read(&users[0])?.name, "a");
        Ok(())
    });
}

#[test]
fn a_delete_is_seen() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let addresses = s.scalars(select(Address::entity()).order_by(Address::c.id))?.all();
        place.sent.take();
        s.execute(delete::<Address>().where_(Address::c.user_id.eq(1)))?;
        // Which are left is asked once.
        assert_eq!(place.sent.count(), 2);
        assert_eq!(s.state(&addresses[0]), Some(State::Deleted));
        assert_eq!(s.state(&addresses[2]), Some(State::Persistent));
        assert_eq!(s.get::<Address>(1)?, None);
        s.rollback()?;
        assert_eq!(s.state(&addresses[0]), Some(State::Persistent));
        assert_eq!(s.read(&addresses[0])?.email, "a1");
        // Nothing is asked of what the session has none of.
        place.sent.take();
        s.execute(delete::<Node>())?;
        assert_eq!(place.sent.count(), 1);
        Ok(())
    });
}

// conforms: E108
#[test]
fn many_rows_become_objects() {
    everywhere(|place| {
        let mut s = place.session();
        let names = || ["x", "y", "z"].map(|name| params! { name: name });
        assert_eq!(s.execute_many(insert::<User>(), names())?.rowcount(), 3);
        let returning = insert::<User>().returning(User::entity());
        let users = s.execute_many(returning, names())?.all();
        let found: Vec<_> = users.iter().map(|user| s[user].name.clone()).collect();
        assert_eq!(found, ["x", "y", "z"]);
        let sets = [1, 2].map(|id| params! { id_: id, name: format!("n{id}") });
        let by_key = update::<User>().where_(User::c.id.eq(aludel::bindparam("id_")));
        s.execute_many(by_key, sets)?;
        assert_eq!(s.get::<User>(2)?.map(|user| s[&user].name.clone()), Some("n2".into()));
        if place.database != Database::MySql {
            let changed = update::<User>()
                .values(User::c.name.set("w"))
                .where_(User::c.id.gt(3))
                .returning(User::entity());
            let again = s.scalars(changed)?.all();
            assert_eq!(again.len(), 3);
            assert!(again.iter().all(|user| s[user].name == "w" && users.contains(user)));
        }
        s.commit()?;
        Ok(())
    });
}
