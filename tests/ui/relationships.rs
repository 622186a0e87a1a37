//! Relationships that are declared wrongly.
//
//~ short
//~ error: "everything" is no cascade; known are all, save-update, merge, refresh-expire, expunge, delete, delete-orphan, none
//~ error: delete-orphan needs delete
//~ error: unknown attribute of a relationship
//~ error: write `desc(field)`, `asc(field)` or `field`

use aludel::orm::{Many, One};
use aludel::{Auto, Mapped};

#[derive(Mapped)]
#[aludel(table = "a")]
struct A {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(cascade = "everything")]
    bs: Many<B>,
}

#[derive(Mapped)]
#[aludel(table = "b")]
struct B {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(cascade = "delete-orphan")]
    cs: Many<C>,
}

#[derive(Mapped)]
#[aludel(table = "c")]
struct C {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(unique)]
    d: One<D>,
}

#[derive(Mapped)]
#[aludel(table = "d")]
struct D {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(order_by(down(id)))]
    ds: Many<D>,
}

fn main() {}
