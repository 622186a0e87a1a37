//! The types of the fields of a mapped struct fit to what its attributes say.
//
//~ error[E0080]: evaluation panicked: the field `count` is `Auto`, but nothing makes its value; add `primary_key`, `server_default = "sql"`, `computed = "sql"`, `identity` or `default = value`, or remove `Auto`
//~ error[E0080]: evaluation panicked: the field `id` is part of the primary key, which is never NULL; remove `Option`, and use `Auto` for a key that the database makes
//~ error[E0080]: evaluation panicked: the field `size` is neither text nor bytes; remove `length`

use aludel::{Auto, Mapped};

#[derive(Mapped)]
#[aludel(table = "t")]
struct NothingMakesIt {
    #[aludel(primary_key)]
    id: Auto<i64>,
    count: Auto<i64>,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct NullKey {
    #[aludel(primary_key)]
    id: Option<i64>,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct LengthOfNumber {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(length = 5)]
    size: i32,
}

fn main() {}
