//! A shop of ten tables, with sea-orm. Its URL is the first argument.

mod queries;
mod tables;

use chrono::DateTime;
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr};

use crate::tables::{addresses, customers, orders, payments, products, reviews};

pub type Connection = DatabaseConnection;
pub type Result<T, E = DbErr> = std::result::Result<T, E>;

const SCHEMA: &str = include_str!("../../schema.sql");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let url = std::env::args().nth(1).expect("say the URL");
    let mut options = ConnectOptions::new(url);
    // The schema that is searched is the session's.
    options.max_connections(1);
    let conn = Database::connect(options).await?;
    conn.execute_unprepared(SCHEMA).await?;
    run(&conn).await
}

async fn run(conn: &Connection) -> Result<()> {
    let day = |n| DateTime::from_timestamp(1_790_000_000 + n * 86_400, 0).expect("a day");
    let mut added = Vec::new();
    for (n, name) in ["ada", "bob", "cleo"].into_iter().enumerate() {
        let email = format!("{name}@example.org");
        let joined = day(i64::try_from(n).unwrap_or(0));
        let new = customers::ActiveModel {
            id: NotSet,
            name: Set(name.to_owned()),
            email: Set(email),
            city: Set(None),
            joined: Set(joined),
        };
        added.push(queries::add_customer(conn, new).await?);
    }
    let [ada, bob, _] = added[..] else { unreachable!("three were added") };
    let new = addresses::ActiveModel {
        id: NotSet,
        customer_id: Set(ada),
        street: Set("Rue 1".to_owned()),
        zip: Set("75001".to_owned()),
        is_default: Set(true),
    };
    let address = queries::add_address(conn, new).await?;
    let products = [("chef's knife", 2, 8900), ("paring knife", 2, 2900), ("wok", 3, 4500)];
    let products = products.map(|(name, category_id, price)| products::ActiveModel {
        id: NotSet,
        category_id: Set(category_id),
        name: Set(name.to_owned()),
        price: Set(price),
        stock: Set(10),
    });
    println!("{} products", queries::add_products(conn, products.to_vec()).await?);
    for (product, name) in [(1, "steel"), (2, "steel"), (3, "iron")] {
        queries::tag(conn, product, name).await?;
    }
    let order = |customer_id, address_id, status: &str, placed| orders::ActiveModel {
        id: NotSet,
        customer_id: Set(customer_id),
        address_id: Set(address_id),
        status: Set(status.to_owned()),
        placed: Set(placed),
    };
    let first = order(ada, Some(address), "paid", day(5));
    let first = queries::add_order(conn, first, &[(1, 1, 8900), (3, 2, 4500)]).await?;
    let second = order(ada, Some(address), "new", day(6));
    queries::add_order(conn, second, &[(2, 3, 2900)]).await?;
    queries::add_order(conn, order(bob, None, "sent", day(7)), &[(3, 1, 4500)]).await?;
    let payment = payments::ActiveModel {
        id: NotSet,
        order_id: Set(first),
        amount: Set(17_900),
        method: Set("card".to_owned()),
        paid: Set(Some(day(5))),
    };
    println!("{} payment", queries::add_payment(conn, payment).await?);
    for (stars, body) in [(5, Some("sharp")), (1, None), (4, Some("heavy"))] {
        let body = body.map(str::to_owned);
        let new = reviews::ActiveModel {
            id: NotSet,
            product_id: Set(1),
            customer_id: Set(bob),
            stars: Set(stars),
            body: Set(body),
        };
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
    println!("{}", queries::move_customers(conn, &added, "Paris").await?);
    println!("{}", queries::delete_reviews(conn, 2).await?);
    Ok(())
}
