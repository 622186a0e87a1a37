//! fault: S03. A function of what it is not for does not compile, and a window function needs a window.
//
//~ error[E0277]: there is no sum of `std::string::String`
//~ sum numbers; `.cast::<i64>()` makes an integer of another value
//~ error[E0277]: there is no mean of `std::string::String`
//~ average numbers; `.cast::<f64>()` makes a number of another value
//~ error[E0277]: `i64` is not the type of text
//~ `.cast::<String>()` makes text of another value
//~ error[E0277]: `i64` is not the type of a number with a fraction
//~ `.cast::<f64>()` makes one of an integer, which has no fraction to round
//~ error[E0277]: `WindowFunction<i64>` cannot be selected
//~ error[E0277]: `OrderedSet<Interpolated>` cannot be selected
//~ error[E0277]: `{float}` is not a frame of a window
//~ give a range of distances from the row, as in `..=0`, `-1..=1`, `0..`, or a pair of `FrameBound`s
//~ error[E0599]: the method `json` exists for struct `Col<User, std::string::String>`, but its trait bounds were not satisfied
//~ error[E0277]: `{float}` is not a path into a JSON document
//~ give a key (`"name"`), an index (`0`), or a tuple of them: `("tags", 0)`

use aludel::sql::window;
use aludel::value::RawJson;
use aludel::{Auto, Mapped, func, select};

#[derive(Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    data: RawJson,
}

fn main() {
    let _ = select(func::sum(User::c.name));
    let _ = select(func::avg(User::c.name));
    let _ = select(func::lower(User::c.id));
    let _ = select(func::floor(User::c.id));
    let _ = select(func::row_number());
    let _ = select(func::percentile_cont(0.5));
    let _ = select(func::count().over(window().rows(1.5)));
    let _ = select(User::c.name.json("a"));
    let _ = select(User::c.data.json(1.5));
}
