//! fault: S03. The mistakes that are made every day. What the compiler says names the field, and is short.
//
//~ short
//~ error[E0277]: a column of type `i32` cannot be compared with `&str`
//~ error[E0277]: a column of type `i32` cannot be compared with `Option<{integer}>`
//~ error[E0609]: no field `nmae` on type `UserColumns`
//~ error[E0277]: a column of type `std::string::String` cannot be set to `{integer}`
//~ error[E0277]: `Expr<i64>` is not a condition
//~ error[E0277]: `&str` cannot be selected
//~ error[E0308]: mismatched types
//~ error[E0277]: there is no arithmetic of `i32` and `&str`
//~ error[E0277]: `{integer}` is not a document to be put into one of the type `RawJson`
//~ give a `RawJson` such as `RawJson::new("5")?`
//~ error[E0277]: rows of `std::string::String` cannot stand beside rows of `i64`

use aludel::value::RawJson;
use aludel::{Auto, Connection, Mapped, Result, func, insert, select};

#[derive(Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    age: Option<i32>,
    data: RawJson,
}

fn main() {
    // A value of another type.
    let _ = select(User::c.id).where_(User::c.age.eq("old"));
    // NULL as a value.
    let _ = select(User::c.id).where_(User::c.age.eq(Some(5)));
    // A name that is misspelt.
    let _ = select(User::c.nmae);
    let _ = insert::<User>().values(User::c.name.set(5));
    // No condition.
    let _ = select(User::c.id).where_(func::count());
    // A name in the place of a column.
    let _ = select((User::c.id, "name"));
    // Numbers and text.
    let _ = select(User::c.age + "1");
    // A value where a document is wanted.
    let _ = select(User::c.data.json_set("a", 5));
    let _ = select(User::c.id).union(select(User::c.name));
}

/// A row that is taken for another.
fn rows(conn: &mut Connection) -> Result<Vec<(i64, String)>> {
    conn.execute(select((User::c.id, User::c.age)))?.all()
}
