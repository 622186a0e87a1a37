//! A shop of ten tables, with Aludel. Its URL is the first argument.

mod queries;
mod tables;

use aludel::{AsyncConnection, Auto, RawSql, Result, create_async_engine};
use chrono::DateTime;

use crate::tables::{Address, Customer, Order, Payment, Product, Review};

pub type Connection = AsyncConnection;

const SCHEMA: &str = include_str!("../../schema.sql");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).expect("say the URL");
    let engine = create_async_engine(&url)?;
    let mut conn = engine.connect().await?;
    for statement in SCHEMA.split(";\n").filter(|statement| !statement.trim().is_empty()) {
        conn.exec_driver_sql(RawSql::new(statement.to_owned()), ()).await?;
    }
    run(&mut conn).await?;
    conn.commit().await
}

async fn run(conn: &mut Connection) -> Result<()> {
    let day = |n| DateTime::from_timestamp(1_790_000_000 + n * 86_400, 0).expect("a day");
    let mut customers = Vec::new();
    for (n, name) in ["ada", "bob", "cleo"].into_iter().enumerate() {
        let email = format!("{name}@example.org");
        let joined = day(i64::try_from(n).unwrap_or(0));
        let new = Customer { id: Auto::unset(), name: name.to_owned(), email, city: None, joined };
        customers.push(queries::add_customer(conn, new).await?);
    }
    let [ada, bob, _] = customers[..] else { unreachable!("three were added") };
    let new = Address {
        id: Auto::unset(),
        customer_id: ada,
        street: "Rue 1".to_owned(),
        zip: "75001".to_owned(),
        is_default: true,
    };
    let address = queries::add_address(conn, new).await?;
    let products = [("chef's knife", 2, 8900), ("paring knife", 2, 2900), ("wok", 3, 4500)];
    let products = products.map(|(name, category_id, price)| Product {
        id: Auto::unset(),
        category_id,
        name: name.to_owned(),
        price,
        stock: 10,
    });
    println!("{} products", queries::add_products(conn, products.to_vec()).await?);
    for (product, name) in [(1, "steel"), (2, "steel"), (3, "iron")] {
        queries::tag(conn, product, name).await?;
    }
    let order = |customer_id, address_id, status: &str, placed| Order {
        id: Auto::unset(),
        customer_id,
        address_id,
        status: status.to_owned(),
        placed,
    };
    let first = order(ada, Some(address), "paid", day(5));
    let first = queries::add_order(conn, first, &[(1, 1, 8900), (3, 2, 4500)]).await?;
    let second = order(ada, Some(address), "new", day(6));
    queries::add_order(conn, second, &[(2, 3, 2900)]).await?;
    queries::add_order(conn, order(bob, None, "sent", day(7)), &[(3, 1, 4500)]).await?;
    let payment = Payment {
        id: Auto::unset(),
        order_id: first,
        amount: 17_900,
        method: "card".to_owned(),
        paid: Some(day(5)),
    };
    println!("{} payment", queries::add_payment(conn, payment).await?);
    for (stars, body) in [(5, Some("sharp")), (1, None), (4, Some("heavy"))] {
        let body = body.map(str::to_owned);
        let new = Review { id: Auto::unset(), product_id: 1, customer_id: bob, stars, body };
        queries::add_review(conn, new).await?;
    }
    let found = queries::customer_by_email(conn, "bob@example.org").await?;
    println!("{:?}", found.map(|found| (found.name, found.city, found.joined)));
    println!("{:?}", queries::cheap_products(conn, 5000).await?);
    println!("{:?}", queries::order_sizes(conn, ada).await?);
    println!("{:?}", queries::sold(conn, day(5)).await?);
    println!("{:?}", queries::pieces(conn, 3).await?);
    println!("{:?}", queries::without_orders(conn).await?);
    for product in queries::tagged(conn, "steel").await? {
        println!("{} of {}", product.stock, product.name);
    }
    println!("{:?}", queries::unpaid(conn).await?);
    println!("{:?}", queries::reviews(conn, 1, 0).await?);
    println!("{}", queries::take_from_stock(conn, 2, 3).await?);
    println!("{}", queries::move_customers(conn, &customers, "Paris").await?);
    println!("{}", queries::delete_reviews(conn, 2).await?);
    Ok(())
}
