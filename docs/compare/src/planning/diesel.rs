//! diesel's `debug_query`, which writes the text and the values as one text.

use std::hint::black_box;

use diesel::debug_query;
use diesel::pg::Pg;
use diesel::prelude::*;

use crate::contender::Contender;

macro_rules! tables {
    ($($table:ident),*) => {$(
        diesel::table! {
            $table (id) {
                id -> BigInt,
                parent -> BigInt,
                name -> Text,
                amount -> Nullable<Integer>,
            }
        }
    )*};
}
tables!(customers, orders, lines, items);
diesel::allow_tables_to_appear_in_same_query!(customers, orders, lines, items);

fn text(n: i64) -> String {
    let statement = customers::table
        .inner_join(orders::table.on(orders::parent.eq(customers::id)))
        .inner_join(lines::table.on(lines::parent.eq(orders::id)))
        .inner_join(items::table.on(items::id.eq(lines::parent)))
        .filter(customers::id.gt(n))
        .filter(customers::name.like("a%"))
        .filter(orders::amount.ge(10))
        .filter(lines::amount.between(1, 100))
        .filter(items::id.eq_any([n, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
        .order(customers::name)
        .select((customers::id, customers::name, items::name, lines::amount));
    debug_query::<Pg, _>(&statement).to_string()
}

pub(crate) fn contender() -> Contender {
    Contender::blocking("diesel, `debug_query`", "", 0, |n| {
        *n += 1;
        black_box(text(*n));
        Ok(())
    })
}
