//! fault: S03. What does not fit a column, or is no condition, does not compile.
//
//~ error[E0277]: a column of type `i32` cannot be compared with `&str`
//~ compare it with a value of its own type, a column of the same kind or a `bindparam`; for NULL there are `is_null()` and `is_not_null()`
//~ error[E0277]: a column of type `i32` cannot be compared with `Option<{integer}>`
//~ error[E0277]: a column of type `std::string::String` cannot be set to `Option<&str>`
//~ set it to a value of its own type, an expression or a `bindparam`; only a column that is an `Option` can be set to `None`
//~ error[E0277]: `Expr<i64>` is not a condition
//~ a condition compares (`User::c.age.ge(18)`), joins conditions (`and_`, `or_`, `not_`), or is a column of type `bool`
//~ error[E0277]: `&str` cannot be selected
//~ select a column (`User::c.name`), a whole struct (`User::c`), or a tuple of such

use aludel::{Auto, Mapped, func, insert, select};

#[derive(Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    age: Option<i32>,
}

fn main() {
    let _ = select(User::c.id).where_(User::c.age.eq("old"));
    let _ = select(User::c.id).where_(User::c.age.eq(Some(5)));
    let _ = insert::<User>().values(User::c.name.set(Some("sandy")));
    let _ = select(User::c.id).where_(func::count());
    let _ = select((User::c.id, "name"));
}
