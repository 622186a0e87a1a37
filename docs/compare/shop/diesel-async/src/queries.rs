//! What the program asks.

use chrono::{DateTime, Utc};
use diesel::dsl::{count_star, sum};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel::{delete, insert_into, update};
use diesel_async::RunQueryDsl;

use crate::schema::{
    addresses, categories, customers, order_lines, orders, payments, product_tags, products,
    reviews, tags,
};
use crate::tables::{
    Customer, NewAddress, NewCustomer, NewOrder, NewPayment, NewProduct, NewReview, Product,
    ProductTag,
};
use crate::{Connection, Result};

pub async fn add_customer(conn: &mut Connection, new: NewCustomer) -> Result<i64> {
    let statement = insert_into(customers::table).values(new).returning(customers::id);
    Ok(statement.get_result(conn).await?)
}

pub async fn add_address(conn: &mut Connection, new: NewAddress) -> Result<i64> {
    let statement = insert_into(addresses::table).values(new).returning(addresses::id);
    Ok(statement.get_result(conn).await?)
}

pub async fn add_products(conn: &mut Connection, new: Vec<NewProduct>) -> Result<usize> {
    Ok(insert_into(products::table).values(new).execute(conn).await?)
}

pub async fn add_order(
    conn: &mut Connection,
    order: NewOrder,
    lines: &[(i64, i32, i64)],
) -> Result<i64> {
    let statement = insert_into(orders::table).values(order).returning(orders::id);
    let id: i64 = statement.get_result(conn).await?;
    let lines: Vec<_> = lines
        .iter()
        .map(|(product, quantity, price)| {
            (
                order_lines::order_id.eq(id),
                order_lines::product_id.eq(*product),
                order_lines::quantity.eq(*quantity),
                order_lines::price.eq(*price),
            )
        })
        .collect();
    insert_into(order_lines::table).values(lines).execute(conn).await?;
    Ok(id)
}

pub async fn add_payment(conn: &mut Connection, new: NewPayment) -> Result<usize> {
    Ok(insert_into(payments::table).values(new).execute(conn).await?)
}

pub async fn add_review(conn: &mut Connection, new: NewReview) -> Result<usize> {
    Ok(insert_into(reviews::table).values(new).execute(conn).await?)
}

/// One more use of a tag, which is made if it is not there.
pub async fn tag(conn: &mut Connection, product: i64, name: &str) -> Result<()> {
    let id = insert_into(tags::table)
        .values((tags::name.eq(name), tags::uses.eq(1)))
        .on_conflict(tags::name)
        .do_update()
        .set(tags::uses.eq(tags::uses + excluded(tags::uses)))
        .returning(tags::id)
        .get_result(conn)
        .await?;
    let pair = ProductTag { product_id: product, tag_id: id };
    insert_into(product_tags::table).values(pair).execute(conn).await?;
    Ok(())
}

pub async fn customer_by_email(conn: &mut Connection, email: &str) -> Result<Option<Customer>> {
    let statement = customers::table.filter(customers::email.eq(email));
    Ok(statement.select(Customer::as_select()).first(conn).await.optional()?)
}

pub async fn cheap_products(
    conn: &mut Connection,
    below: i64,
) -> Result<Vec<(String, i64, String)>> {
    let statement = products::table
        .inner_join(categories::table)
        .filter(products::price.lt(below))
        .filter(products::stock.gt(0))
        .order((products::price, products::id))
        .limit(10)
        .select((products::name, products::price, categories::name));
    Ok(statement.load(conn).await?)
}

/// Orders of a customer: how many lines and how many pieces.
pub async fn order_sizes(
    conn: &mut Connection,
    customer: i64,
) -> Result<Vec<(i64, i64, Option<i64>)>> {
    let statement = orders::table
        .inner_join(order_lines::table)
        .filter(orders::customer_id.eq(customer))
        .group_by(orders::id)
        .order(orders::id)
        .select((orders::id, count_star(), sum(order_lines::quantity)));
    Ok(statement.load(conn).await?)
}

pub async fn sold(
    conn: &mut Connection,
    since: DateTime<Utc>,
) -> Result<Vec<(String, String, i32)>> {
    let statement = customers::table
        .inner_join(orders::table.on(orders::customer_id.eq(customers::id)))
        .inner_join(order_lines::table.on(order_lines::order_id.eq(orders::id)))
        .inner_join(products::table.on(order_lines::product_id.eq(products::id)))
        .filter(orders::placed.ge(since))
        .filter(orders::status.eq_any(["paid", "sent"]))
        .order((customers::name, products::name))
        .select((customers::name, products::name, order_lines::quantity));
    Ok(statement.load(conn).await?)
}

/// Categories of which more than so many pieces were sold.
pub async fn pieces(conn: &mut Connection, more_than: i64) -> Result<Vec<(String, Option<i64>)>> {
    let statement = categories::table
        .inner_join(products::table.on(products::category_id.eq(categories::id)))
        .inner_join(order_lines::table.on(order_lines::product_id.eq(products::id)))
        .group_by((categories::id, categories::name))
        .having(sum(order_lines::quantity).gt(more_than))
        .order(categories::name)
        .select((categories::name, sum(order_lines::quantity)));
    Ok(statement.load(conn).await?)
}

pub async fn without_orders(conn: &mut Connection) -> Result<Vec<String>> {
    let statement = customers::table
        .left_join(orders::table.on(orders::customer_id.eq(customers::id)))
        .filter(orders::id.nullable().is_null())
        .order(customers::name)
        .select(customers::name);
    Ok(statement.load(conn).await?)
}

pub async fn tagged(conn: &mut Connection, name: &str) -> Result<Vec<Product>> {
    let tagged = product_tags::table
        .inner_join(tags::table)
        .filter(tags::name.eq(name))
        .select(product_tags::product_id);
    let statement = products::table.filter(products::id.eq_any(tagged)).order(products::id);
    Ok(statement.select(Product::as_select()).load(conn).await?)
}

/// Orders that have an address and no payment that was made.
pub async fn unpaid(conn: &mut Connection) -> Result<Vec<(i64, String)>> {
    let paid = payments::table.filter(payments::paid.is_not_null()).select(payments::order_id);
    let statement = orders::table
        .inner_join(addresses::table)
        .filter(orders::id.ne_all(paid))
        .order(orders::id)
        .select((orders::id, addresses::street));
    Ok(statement.load(conn).await?)
}

pub async fn reviews(
    conn: &mut Connection,
    product: i64,
    page: i64,
) -> Result<Vec<(i32, Option<String>)>> {
    let statement = reviews::table
        .filter(reviews::product_id.eq(product))
        .order(reviews::id.desc())
        .limit(2)
        .offset(page * 2)
        .select((reviews::stars, reviews::body));
    Ok(statement.load(conn).await?)
}

pub async fn take_from_stock(conn: &mut Connection, product: i64, pieces: i32) -> Result<i32> {
    let statement = update(products::table.find(product))
        .set(products::stock.eq(products::stock - pieces))
        .returning(products::stock);
    Ok(statement.get_result(conn).await?)
}

pub async fn move_customers(conn: &mut Connection, ids: &[i64], city: &str) -> Result<usize> {
    let statement = update(customers::table.filter(customers::id.eq_any(ids)));
    Ok(statement.set(customers::city.eq(city)).execute(conn).await?)
}

pub async fn delete_reviews(conn: &mut Connection, stars_below: i32) -> Result<usize> {
    Ok(delete(reviews::table.filter(reviews::stars.lt(stars_below))).execute(conn).await?)
}
