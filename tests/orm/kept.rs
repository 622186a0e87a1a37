//! What objects keep of the statement that loaded them, when they are loaded anew.

use aludel::orm::{contains_eager, selectinload};
use aludel::{Mapped as _, aliased, select};

use crate::library::{Address, User, everywhere, fill};

/// What stood in the statement is not joined again: a joined read by key without its ON would find the rows of others.
// conforms: E024
#[test]
fn no_contained_collections() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let statement = select(User::entity())
            .join(User::c.addresses)
            .options(contains_eager(User::c.addresses))
            .order_by((User::c.id, Address::c.id));
        let users = s.scalars(statement)?.unique().all();
        s.commit()?;
        place.sent.take();
        assert_eq!(s.read(&users[1])?.name, "b");
        let sent = place.sent.take();
        assert_eq!(sent.len(), 1);
        assert!(!sent[0].contains("addresses"), "{}", sent[0]);
        let of_it = s.load(&users[1], User::c.addresses)?;
        assert_eq!(of_it.len(), 1);
        assert_eq!(s.read(&of_it[0])?.email, "b1");
        Ok(())
    });
}

/// Of a statement for two structs each object keeps what is said of its own.
// conforms: E022
#[test]
fn of_its_own_struct() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let statement = select((User::entity(), Address::entity()))
            .join(User::c.addresses)
            .options(selectinload(User::c.addresses))
            .order_by(Address::c.id);
        let pairs = s.execute(statement)?.all();
        let (user, address) = pairs[0].clone();
        s.commit()?;
        place.sent.take();
        assert_eq!(s.read(&address)?.email, "a1");
        assert_eq!(place.sent.count(), 1);
        assert_eq!(s.read(&user)?.name, "a");
        assert!(s[&user].addresses.get().is_some());
        Ok(())
    });
}

/// An object that was selected by an alias is loaded anew by its table.
// conforms: E022
#[test]
fn of_an_alias() {
    everywhere(|place| {
        fill(place)?;
        let mut s = place.session();
        let other = aliased::<User>("other");
        let statement = select(other).options(selectinload(other.c.addresses)).order_by(other.c.id);
        let users = s.scalars(statement)?.all();
        assert_eq!(s[&users[0]].addresses.get().map(|all| all.len()), Some(2));
        s.commit()?;
        assert_eq!(s.read(&users[0])?.name, "a");
        assert_eq!(s[&users[0]].addresses.get().map(|all| all.len()), Some(2));
        Ok(())
    });
}
