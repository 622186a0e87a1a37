//! The lengths of tuples that lists may have: columns, values, assignments, conditions, terms.

/// Calls a macro once for each length from 1 to 16, with the type and the position of each place.
///
/// The standard library implements `Debug`, `PartialEq` and the like for tuples up to 12 places; a
/// longer tuple is built and taken apart, but cannot be printed or compared as a whole.
macro_rules! tuples {
    ($each:ident) => {
        tuples!(@ $each []
            A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11, M 12, N 13, O 14, P 15);
    };
    (@ $each:ident [$($done:tt)*]) => {};
    (@ $each:ident [$($done:tt)*] $ty:ident $at:tt $(, $rest:ident $rest_at:tt)*) => {
        $each!($($done)* $ty $at);
        tuples!(@ $each [$($done)* $ty $at,] $($rest $rest_at),*);
    };
}
