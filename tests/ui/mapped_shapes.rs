//! A mapped struct has named fields, a table with a name, a key, and no parameters.
//
//~ error: `#[derive(Mapped)]` maps a struct with named fields; make a struct whose fields are the columns, in place of this enum
//~ error: `#[derive(Mapped)]` maps a struct with named fields; give the fields of this one names
//~ error: the table of this struct has no name; write `#[aludel(table = "…")]` above the struct
//~ error: a mapped struct needs a primary key; write `#[aludel(primary_key)]` above the field or the fields that identify a row
//~ error: a mapped struct is one table, so it has no parameters; remove them, or write a struct for each table
//~ error: the fields `a` and `b` have the same column "b"; give one of them another by `#[aludel(column = "…")]`
//~ error: the schema of a table stands apart; write `table = "orders", schema = "shop"`

use aludel::{Auto, Mapped};

#[derive(Mapped)]
#[aludel(table = "t")]
enum Enum {
    One,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct Tuple(i64);

#[derive(Mapped)]
struct NoTable {
    #[aludel(primary_key)]
    id: Auto<i64>,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct NoKey {
    id: i64,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct Generic<T> {
    #[aludel(primary_key)]
    id: T,
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct Twice {
    #[aludel(primary_key, column = "b")]
    a: i64,
    b: i64,
}

#[derive(Mapped)]
#[aludel(table = "shop.orders")]
struct Dotted {
    #[aludel(primary_key)]
    id: Auto<i64>,
}

fn main() {}
