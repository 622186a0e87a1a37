//! fault: S03. A statement that changes rows sets columns of its own table, to values of their types.
//
//~ short
//~ error[E0277]: a column of type `std::string::String` cannot be set to `{integer}`
//~ let _ = insert::<User>().values(User::c.name.set(5));
//~ error[E0277]: a column of type `Option<i32>` cannot be set to `&str`
//~ let _ = update::<User>().values(User::c.age.set("old"));
//~ error[E0277]: a column of type `std::string::String` cannot be set to `Option<_>`
//~ only a column that is an `Option` can be set to `None`
//~ error[E0277]: `Assignment<Post>` does not set columns of `User`
//~ let _ = insert::<User>().values(Post::c.title.set("new"));
//~ give `column.set(value)` of columns of the same table, a tuple of such, or `User` itself
//~ error[E0277]: `&Post` does not set columns of `User`
//~ error[E0277]: `Col<Post, Auto<i64>>` does not name columns of `User`
//~ give a column such as `User::c.name`, or a tuple of columns of the same table
//~ error[E0277]: `Col<User, std::string::String>` is not a condition
//~ let _ = delete::<User>().where_(User::c.name);
//~ error[E0599]: the method `columns` exists for struct `aludel::sql::Cte<()>`, but its trait bounds were not satisfied

use aludel::{Auto, Mapped, delete, insert, update};

#[derive(Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    age: Option<i32>,
}

#[derive(Mapped)]
#[aludel(table = "posts")]
struct Post {
    #[aludel(primary_key)]
    id: Auto<i64>,
    title: String,
}

fn main() {
    let _ = insert::<User>().values(User::c.name.set(5));
    let _ = update::<User>().values(User::c.age.set("old"));
    let _ = insert::<User>().values((User::c.age.set(5), User::c.name.set(None)));
    let _ = insert::<User>().values(Post::c.title.set("new"));
    let _ = insert::<User>().rows([&Post { id: Auto::unset(), title: "new".into() }]);
    let _ = insert::<User>().values(User::c.name.set("new")).upsert(Post::c.id);
    let _ = delete::<User>().where_(User::c.name);
    let _ = delete::<User>().cte("gone").columns();
}
