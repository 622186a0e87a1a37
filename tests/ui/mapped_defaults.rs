//! A default of a field has the type of the field.
//
//~ error[E0277]: a column of type `i64` cannot be set to `&str`
//~ error[E0277]: a column of type `i64` cannot be set to `&'static str`

use aludel::{Auto, Mapped};

fn words() -> &'static str {
    "five"
}

#[derive(Mapped)]
#[aludel(table = "t")]
struct Count {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(default = "five")]
    size: i64,
    #[aludel(default_fn = words)]
    width: i64,
}

fn main() {}
