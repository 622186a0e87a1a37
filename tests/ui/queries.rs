//! fault: S03. Queries that cannot stand where they are do not compile.
//
//~ error[E0277]: a query of `(i64, std::string::String)` is not one value
//~ select one column: `select(func::max(User::c.age)).scalar_subquery()`
//~ error[E0277]: a query of `(i64, std::string::String)` is not one value
//~ error[E0277]: rows of `std::string::String` cannot stand beside rows of `i64`
//~ error[E0277]: rows of `Option<i64>` cannot stand beside rows of `i64`
//~ `nullable(…)` around a column makes its type an `Option`
//~ error[E0277]: `aludel::sql::Text` is not a query
//~ text is a query when its columns are known: `text("select …").columns::<(i64, String)>()`
//~ error[E0277]: `{integer}` cannot stand in GROUP BY
//~ error[E0277]: `&str` is not a number of rows

use aludel::{Auto, Mapped, exists, func, select, text};

#[derive(Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    boss_id: Option<i64>,
}

fn main() {
    // A value has one column.
    let _ = select((User::c.id, User::c.name)).scalar_subquery();
    let _ = User::c.id.in_select(select((User::c.id, User::c.name)));
    // The rows of both are of one type.
    let _ = select(User::c.id).union(select(User::c.name));
    let _ = select(User::c.id).union_all(select(User::c.boss_id));
    // Text whose columns are not known.
    let _ = exists(text("select 1"));
    let _ = select(func::count()).group_by(5);
    let _ = select(User::c.id).limit("5");
}
