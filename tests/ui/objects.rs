//! Objects of a session.
//
//~ short
//~ error[E0502]: cannot borrow `*session` as mutable because it is also borrowed as immutable
//~ error[E0499]: cannot borrow `*session` as mutable more than once at a time
//~ error[E0502]: cannot borrow `*session` as mutable because it is also borrowed as immutable
//~ error[E0382]: use of moved value: `user.name`
//~ error[E0308]: mismatched types
//~ error[E0609]: no field `name` on type `&aludel::orm::Ref<User>`
//~ error[E0277]: the trait bound `std::string::String: Into<Item<std::string::String>>` is not satisfied
//~ the trait `MappedClass` is not implemented for `std::string::String`
//~ error[E0277]: `ToOne<Address, User>` is not a relationship of `User`
//~ error[E0308]: mismatched types

use aludel::orm::{Many, One, Ref, Session};
use aludel::{Auto, Mapped, Result};

#[derive(Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    #[aludel(back = user)]
    addresses: Many<Address>,
}

#[derive(Mapped)]
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

fn edits_while_it_iterates(session: &mut Session, user: &Ref<User>) {
    for address in &session[user].addresses {
        session[address].email = String::new();
    }
}

fn reads_twice(session: &mut Session, a: &Ref<User>, b: &Ref<User>) -> Result<bool> {
    Ok(session.read(a)?.name == session.read(b)?.name)
}

fn keeps_over_a_commit(session: &mut Session, user: &Ref<User>) -> Result<String> {
    let known = &session[user];
    session.commit()?;
    Ok(known.name.clone())
}

fn moves_a_value(session: &mut Session, user: User) -> Result<String> {
    session.add(user)?;
    Ok(user.name)
}

fn takes_the_wrong_things(session: &mut Session, user: &Ref<User>, address: Ref<Address>) -> Result<()> {
    session[address].email.clear();
    user.name.len();
    session.add(String::new())?;
    session.load(user, Address::c.user)?;
    Ok(())
}

fn deletes_a_value(session: &mut Session, user: User) -> Result<()> {
    session.delete(&user)
}

fn main() {}
