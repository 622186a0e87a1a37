//! A struct that is made of a row has named fields, each of one column or flattened, and no parameters.
//
//~ error: `#[derive(FromRow)]` makes a struct with named fields of a row; give the fields of this one names
//~ error: a struct that is made of a row has no parameters; remove them, or write a struct for each type
//~ error: the fields `a` and `b` have the same column "b"; give one of them another by `#[aludel(rename = "…")]`
//~ error: unknown attribute of a struct that is made of a row; known is `rename_all = "camelCase"`
//~ error: unknown attribute of a field that is made of a row; known are `rename = "name"`, `default`, `skip`, `flatten` and `prefix = "name_"`
//~ error: `prefix` stands in front of the names of several columns; add `flatten`, or write `rename = "name"`
//~ error: a field with `skip` is no column; remove the other attributes
//~ error: a field that is flattened is no column itself; remove `rename`, or write `prefix = "name_"`
//~ error[E0080]: evaluation panicked: the field `pair` is made of several columns; write `#[aludel(flatten)]` above it if it is a struct
//~ error[E0277]: `i64` is not made of a row by the names of its columns
//~ error[E0277]: `i64` is not made of a row by the names of its columns
//~ error[E0277]: a whole row is not made into `(i64,)` by the names of its columns
//~ error[E0277]: a whole row is not made into `Account` by the names of its columns
//~ A mapped struct is selected by `select(T::c)`

use aludel::sql::Executable;
use aludel::{FromRow, Mapped, text};

#[derive(FromRow)]
struct Tuple(i64);

#[derive(FromRow)]
struct Generic<T> {
    a: T,
}

#[derive(FromRow)]
struct Twice {
    #[aludel(rename = "b")]
    a: i64,
    b: i64,
}

#[derive(FromRow)]
#[aludel(table = "t")]
struct Table {
    a: i64,
}

#[derive(FromRow)]
struct Unknown {
    #[aludel(column = "b")]
    a: i64,
}

#[derive(FromRow)]
struct Prefixed {
    #[aludel(prefix = "b_")]
    a: i64,
}

#[derive(FromRow)]
struct Skipped {
    #[aludel(skip, default)]
    a: i64,
}

#[derive(FromRow)]
struct Renamed {
    #[aludel(flatten, rename = "b")]
    a: Option<Pair>,
}

#[derive(FromRow)]
struct Pair {
    pair: (i64, i64),
}

#[derive(FromRow)]
struct Flat {
    #[aludel(flatten)]
    number: i64,
}

#[derive(Mapped)]
#[aludel(table = "accounts")]
struct Account {
    #[aludel(primary_key)]
    id: i64,
}

fn by_position() {
    text("select 1").into_rows::<(i64,)>();
    // Its rows are made by position.
    text("select 1 as id").into_rows::<Account>();
}

fn main() {}
