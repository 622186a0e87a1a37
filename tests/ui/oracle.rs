//! fault: S03. What SQLAlchemy refuses when a statement is built does not compile here.
//
//~ error[E0277]: `({integer}, &str)` is not a frame of a window
//~ give a range of distances from the row, as in `..=0`, `-1..=1`, `0..`, or a pair of `FrameBound`s
//~ error[E0061]: this function takes 2 arguments but 0 arguments were supplied

use aludel::sql::window;
use aludel::{case, func, select};

fn main() {
    // error-13
    let _ = select(func::count().over(window().rows((1, "a"))));
    // error-15
    let _ = case().else_(1);
}
