//! A select of ordinary size: three joins, five values, an IN list of ten.

use aludel::sql::Executable;
use aludel::{Auto, Mapped, select};

macro_rules! mapped {
    ($($name:ident $table:literal),*) => {$(
        #[derive(Debug, Mapped)]
        #[aludel(table = $table)]
        #[allow(dead_code, reason = "only its columns are named")]
        struct $name {
            #[aludel(primary_key)]
            id: Auto<i64>,
            parent: i64,
            name: String,
            amount: Option<i32>,
        }
    )*};
}
mapped!(Customer "customers", Order "orders", Line "lines", Item "items");

pub(crate) type Found = (i64, String, String, Option<i32>);

/// Three joins, five values, an IN list of ten.
pub(crate) fn statement(n: i64) -> impl Executable<Row = Found> {
    select((Customer::c.id, Customer::c.name, Item::c.name, Line::c.amount))
        .join_on(Order::entity(), Order::c.parent.eq(Customer::c.id))
        .join_on(Line::entity(), Line::c.parent.eq(Order::c.id))
        .join_on(Item::entity(), Item::c.id.eq(Line::c.parent))
        .where_(Customer::c.id.gt(n))
        .where_(Customer::c.name.like("a%"))
        .where_(Order::c.amount.ge(10))
        .where_(Line::c.amount.between(1, 100))
        .where_(Item::c.id.in_([n, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
        .order_by(Customer::c.name)
}
