//! fault: S03. Columns and expressions of two families do not go together, and the compiler names
//! their types. Conditions of two types go into a tuple, and not into an array.
//
//~ error[E0277]: a column of type `i32` cannot be compared with, or set to, one of type `std::string::String`
//~ numbers go with numbers, text with text, truth values with truth values, bytes with bytes, and a type of your own with the types of its `Family`
//~ error[E0277]: a column of type `std::string::String` cannot be compared with, or set to, one of type `i64`
//~ error[E0277]: a column of type `Vec<u8>` cannot be compared with, or set to, one of type `std::string::String`
//~ error[E0277]: a column of type `std::string::String` cannot be compared with, or set to, one of type `i64`
//~ error[E0277]: an expression of type `std::string::String` is not a number of rows
//~ error[E0308]: mismatched types
//~ expected `Expr<Option<bool>>`, found `Expr<bool>`
//~ help: call `Into::into` on this expression to convert `Expr<bool>` into `Expr<Option<bool>>`
//~ error[E0277]: `Expr<Option<bool>>` is not a list of conditions
//~ error[E0277]: `Expr<Option<bool>>` is not a list of conditions
//~ give a tuple of conditions, or an array or `Vec` of conditions of one type; `.nullable()` gives a condition the type of those that can be NULL

use aludel::{Auto, Mapped, and_, func, insert, or_, select};

#[derive(Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    age: Option<i32>,
    data: Vec<u8>,
}

fn main() {
    let _ = select(User::c.id).where_(User::c.age.eq(User::c.name));
    let _ = select(User::c.id).where_(User::c.name.eq(User::c.id + 1));
    let _ = select(User::c.id).where_(User::c.data.lt(func::lower(User::c.name)));
    let _ = insert::<User>().values(User::c.name.set(func::count()));
    let _ = select(User::c.id).limit(func::lower(User::c.name));
    let _ = select(User::c.id).where_(or_([User::c.age.gt(5), User::c.name.eq("x")]));
    let _ = select(User::c.id).where_(and_(User::c.age.gt(5)));
}
