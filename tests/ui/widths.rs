//! fault: S03. What has no type that holds both values does not compile.
//
//~ error[E0277]: `{integer}` cannot stand in the place of a value of the type `std::string::String`
//~ error[E0277]: `{integer}` cannot stand in the place of a value of the type `std::string::String`
//~ give a value of the same type, a column or an expression of the same kind, or a `bindparam`; `.cast::<T>()` makes another type of one
//~ error[E0277]: `aludel::value::Date` and `std::string::String` have no type that holds both
//~ error[E0277]: `aludel::value::Date` and `std::string::String` have no type that holds both
//~ `.cast::<T>()` makes another type of one; for a type of your own implement `aludel::sql::Promote`
//~ error[E0277]: `i64` and `Metres` have no type that holds both
//~ error[E0277]: `i64` and `Metres` have no type that holds both
//~ error[E0277]: `Metres` and `f64` have no type that holds both
//~ error[E0277]: `Metres` and `f64` have no type that holds both
//~ error[E0277]: `&str` cannot stand in the place of a value of the type `i64`
//~ error[E0277]: `i64` and `std::string::String` have no type that holds both
//~ error[E0277]: `&str` cannot stand in the place of a value of the type `i64`
//~ error[E0277]: rows of `aludel::value::Decimal` cannot stand beside rows of `i64`

use aludel::value::{Date, Decimal};
use aludel::{Auto, ColumnValue, Mapped, case, func, select};

#[derive(Debug, Clone, PartialEq, ColumnValue)]
struct Metres(f64);

#[derive(Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: Option<String>,
    born: Option<Date>,
    height: Option<Metres>,
    n: i64,
    f: f64,
    d: Decimal,
}

fn main() {
    let _ = select(func::coalesce(User::c.name, 0));
    let _ = select(func::coalesce(User::c.born, User::c.name));
    let _ = select(func::coalesce(User::c.n, User::c.height));
    let _ = select(func::greatest(User::c.height, User::c.f));
    let _ = select(case(User::c.n.gt(1), User::c.n).else_("none"));
    let _ = select(case(User::c.n.gt(1), User::c.n).when(User::c.n.gt(0), User::c.name).end());
    let _ = select(func::lag(User::c.n, 1).or("none").over(aludel::sql::window()));
    let _ = select(User::c.n).union(select(User::c.d));
}
