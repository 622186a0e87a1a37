//! What the program asks.

use aludel::sql::excluded;
use aludel::{Mapped, Result, delete, func, insert, select, update};
use chrono::{DateTime, Utc};

use crate::Connection;
use crate::tables::{
    Address, Category, Customer, Order, OrderLine, Payment, Product, ProductTag, Review, Tag,
};

pub async fn add_customer(conn: &mut Connection, new: Customer) -> Result<i64> {
    let (id,) =
        conn.execute(insert::<Customer>().values(&new).returning(Customer::c.id)).await?.one()?;
    Ok(id)
}

pub async fn add_address(conn: &mut Connection, new: Address) -> Result<i64> {
    let (id,) =
        conn.execute(insert::<Address>().values(&new).returning(Address::c.id)).await?.one()?;
    Ok(id)
}

pub async fn add_products(conn: &mut Connection, new: Vec<Product>) -> Result<u64> {
    Ok(conn.execute(insert::<Product>().rows(&new)).await?.rowcount())
}

pub async fn add_order(
    conn: &mut Connection,
    order: Order,
    lines: &[(i64, i32, i64)],
) -> Result<i64> {
    let (id,) =
        conn.execute(insert::<Order>().values(&order).returning(Order::c.id)).await?.one()?;
    let lines = lines.iter().map(|(product, quantity, price)| {
        (
            OrderLine::c.order_id.set(id),
            OrderLine::c.product_id.set(*product),
            OrderLine::c.quantity.set(*quantity),
            OrderLine::c.price.set(*price),
        )
    });
    conn.execute(insert::<OrderLine>().rows(lines)).await?;
    Ok(id)
}

pub async fn add_payment(conn: &mut Connection, new: Payment) -> Result<u64> {
    Ok(conn.execute(insert::<Payment>().values(&new)).await?.rowcount())
}

pub async fn add_review(conn: &mut Connection, new: Review) -> Result<u64> {
    Ok(conn.execute(insert::<Review>().values(&new)).await?.rowcount())
}

/// One more use of a tag, which is made if it is not there.
pub async fn tag(conn: &mut Connection, product: i64, name: &str) -> Result<()> {
    let statement = insert::<Tag>()
        .values((Tag::c.name.set(name), Tag::c.uses.set(1)))
        .on_conflict_do_update(Tag::c.name, Tag::c.uses.set(Tag::c.uses + excluded::<Tag>().uses))
        .returning(Tag::c.id);
    let (id,) = conn.execute(statement).await?.one()?;
    let pair = ProductTag { product_id: product, tag_id: id };
    conn.execute(insert::<ProductTag>().values(&pair)).await?;
    Ok(())
}

pub async fn customer_by_email(conn: &mut Connection, email: &str) -> Result<Option<Customer>> {
    conn.execute(select(Customer::c).where_(Customer::c.email.eq(email))).await?.one_or_none()
}

pub async fn cheap_products(
    conn: &mut Connection,
    below: i64,
) -> Result<Vec<(String, i64, String)>> {
    let statement = select((Product::c.name, Product::c.price, Category::c.name))
        .join(Category::entity())
        .where_(Product::c.price.lt(below))
        .where_(Product::c.stock.gt(0))
        .order_by((Product::c.price, Product::c.id))
        .limit(10);
    conn.execute(statement).await?.all()
}

/// Orders of a customer: how many lines and how many pieces.
pub async fn order_sizes(
    conn: &mut Connection,
    customer: i64,
) -> Result<Vec<(i64, i64, Option<i64>)>> {
    let statement = select((Order::c.id, func::count(), func::sum(OrderLine::c.quantity)))
        .join(OrderLine::entity())
        .where_(Order::c.customer_id.eq(customer))
        .group_by(Order::c.id)
        .order_by(Order::c.id);
    conn.execute(statement).await?.all()
}

pub async fn sold(
    conn: &mut Connection,
    since: DateTime<Utc>,
) -> Result<Vec<(String, String, i32)>> {
    let statement = select((Customer::c.name, Product::c.name, OrderLine::c.quantity))
        .join_on(Order::entity(), Order::c.customer_id.eq(Customer::c.id))
        .join_on(OrderLine::entity(), OrderLine::c.order_id.eq(Order::c.id))
        .join_on(Product::entity(), OrderLine::c.product_id.eq(Product::c.id))
        .where_(Order::c.placed.ge(since))
        .where_(Order::c.status.in_(["paid", "sent"]))
        .order_by((Customer::c.name, Product::c.name));
    conn.execute(statement).await?.all()
}

/// Categories of which more than so many pieces were sold.
pub async fn pieces(conn: &mut Connection, more_than: i64) -> Result<Vec<(String, Option<i64>)>> {
    let sum = || func::sum(OrderLine::c.quantity);
    let statement = select((Category::c.name, sum()))
        .join_on(Product::entity(), Product::c.category_id.eq(Category::c.id))
        .join_on(OrderLine::entity(), OrderLine::c.product_id.eq(Product::c.id))
        .group_by((Category::c.id, Category::c.name))
        .having(sum().gt(more_than))
        .order_by(Category::c.name);
    conn.execute(statement).await?.all()
}

pub async fn without_orders(conn: &mut Connection) -> Result<Vec<String>> {
    let statement = select(Customer::c.name)
        .outerjoin_on(Order::entity(), Order::c.customer_id.eq(Customer::c.id))
        .where_(Order::c.id.is_null())
        .order_by(Customer::c.name);
    conn.scalars(statement).await
}

pub async fn tagged(conn: &mut Connection, name: &str) -> Result<Vec<Product>> {
    let tagged = select(ProductTag::c.product_id).join(Tag::entity()).where_(Tag::c.name.eq(name));
    let statement = select(Product::c).where_(Product::c.id.in_(tagged)).order_by(Product::c.id);
    conn.execute(statement).await?.all()
}

/// Orders that have an address and no payment that was made.
pub async fn unpaid(conn: &mut Connection) -> Result<Vec<(i64, String)>> {
    let paid = select(Payment::c.order_id).where_(Payment::c.paid.is_not_null());
    let statement = select((Order::c.id, Address::c.street))
        .join(Address::entity())
        .where_(Order::c.id.not_in(paid))
        .order_by(Order::c.id);
    conn.execute(statement).await?.all()
}

pub async fn reviews(
    conn: &mut Connection,
    product: i64,
    page: u64,
) -> Result<Vec<(i32, Option<String>)>> {
    let statement = select((Review::c.stars, Review::c.body))
        .where_(Review::c.product_id.eq(product))
        .order_by(Review::c.id.desc())
        .limit(2)
        .offset(page * 2);
    conn.execute(statement).await?.all()
}

pub async fn take_from_stock(conn: &mut Connection, product: i64, pieces: i32) -> Result<i32> {
    let statement = update::<Product>()
        .values(Product::c.stock.set(Product::c.stock - pieces))
        .where_(Product::c.id.eq(product))
        .returning(Product::c.stock);
    let (stock,) = conn.execute(statement).await?.one()?;
    Ok(stock)
}

pub async fn move_customers(conn: &mut Connection, ids: &[i64], city: &str) -> Result<u64> {
    let statement = update::<Customer>()
        .values(Customer::c.city.set(city))
        .where_(Customer::c.id.in_(ids.to_vec()));
    Ok(conn.execute(statement).await?.rowcount())
}

pub async fn delete_reviews(conn: &mut Connection, stars_below: i32) -> Result<u64> {
    Ok(conn.execute(delete::<Review>().where_(Review::c.stars.lt(stars_below))).await?.rowcount())
}
