//! sea-query, on which sea-orm stands.

use std::hint::black_box;

use sea_query::{Expr, ExprTrait, Iden, Order, PostgresQueryBuilder, Query, SelectStatement};

use crate::contender::Contender;

/// The columns that the four tables have, and their names.
macro_rules! tables {
    ($($table:ident $name:literal),*) => {$(
        #[derive(Clone, Copy, Iden)]
        #[allow(dead_code, reason = "not all tables are asked for all columns")]
        enum $table {
            #[iden = $name]
            Table,
            Id,
            Parent,
            Name,
            Amount,
        }
    )*};
}
tables!(Customers "customers", Orders "orders", Lines "lines", Items "items");

fn statement(n: i64) -> SelectStatement {
    let id = (Customers::Table, Customers::Id);
    let name = (Customers::Table, Customers::Name);
    let amount = (Lines::Table, Lines::Amount);
    let item = (Items::Table, Items::Id);
    let line = (Lines::Table, Lines::Parent);
    let of_customer = Expr::col((Orders::Table, Orders::Parent)).equals(id);
    let of_order = Expr::col(line).equals((Orders::Table, Orders::Id));
    let of_line = Expr::col(item).equals(line);
    Query::select()
        .columns([id, name])
        .column((Items::Table, Items::Name))
        .column(amount)
        .from(Customers::Table)
        .inner_join(Orders::Table, of_customer)
        .inner_join(Lines::Table, of_order)
        .inner_join(Items::Table, of_line)
        .and_where(Expr::col(id).gt(n))
        .and_where(Expr::col(name).like("a%"))
        .and_where(Expr::col((Orders::Table, Orders::Amount)).gte(10))
        .and_where(Expr::col(amount).between(1, 100))
        .and_where(Expr::col(item).is_in([n, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
        .order_by(name, Order::Asc)
        .to_owned()
}

pub(crate) fn contenders() -> Vec<Contender> {
    let built = Contender::blocking("sea-query, built anew", "", 0, |n| {
        *n += 1;
        black_box(statement(*n).build(PostgresQueryBuilder));
        Ok(())
    });
    let held = Contender::blocking("sea-query, held", "", statement(1), |statement| {
        black_box(statement.build(PostgresQueryBuilder));
        Ok(())
    });
    vec![built, held]
}
