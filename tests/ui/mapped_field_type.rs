//! A field whose type is no column says what to do.
//
//~ error[E0277]: `Colour` cannot be the type of a column
//~ error[E0277]: `Colour` cannot be the type of a column
//~ error[E0277]: `Colour` cannot be the type of a column
//~ error[E0277]: `Colour` cannot be the type of a column
//~ error[E0277]: `Colour` cannot be the type of a column
//~ for a type of your own implement `aludel::sql::ColumnValue`

use aludel::{Auto, Mapped};

#[derive(Clone)]
struct Colour;

#[derive(Mapped)]
#[aludel(table = "t")]
struct Paint {
    #[aludel(primary_key)]
    id: Auto<i64>,
    colour: Colour,
}

fn main() {}
