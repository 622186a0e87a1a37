//! What the program asks.

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::{NotSet, Set};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait, RelationTrait,
};

use crate::tables::{
    addresses, categories, customers, order_lines, orders, payments, product_tags, products,
    reviews, tags,
};
use crate::{Connection, Result};

pub async fn add_customer(conn: &Connection, new: customers::ActiveModel) -> Result<i64> {
    Ok(customers::Entity::insert(new).exec(conn).await?.last_insert_id)
}

pub async fn add_address(conn: &Connection, new: addresses::ActiveModel) -> Result<i64> {
    Ok(addresses::Entity::insert(new).exec(conn).await?.last_insert_id)
}

pub async fn add_products(conn: &Connection, new: Vec<products::ActiveModel>) -> Result<u64> {
    products::Entity::insert_many(new).exec_without_returning(conn).await
}

pub async fn add_order(
    conn: &Connection,
    order: orders::ActiveModel,
    lines: &[(i64, i32, i64)],
) -> Result<i64> {
    let id = orders::Entity::insert(order).exec(conn).await?.last_insert_id;
    let lines = lines.iter().map(|(product, quantity, price)| order_lines::ActiveModel {
        id: NotSet,
        order_id: Set(id),
        product_id: Set(*product),
        quantity: Set(*quantity),
        price: Set(*price),
    });
    order_lines::Entity::insert_many(lines).exec_without_returning(conn).await?;
    Ok(id)
}

pub async fn add_payment(conn: &Connection, new: payments::ActiveModel) -> Result<u64> {
    payments::Entity::insert(new).exec_without_returning(conn).await
}

pub async fn add_review(conn: &Connection, new: reviews::ActiveModel) -> Result<u64> {
    reviews::Entity::insert(new).exec_without_returning(conn).await
}

/// One more use of a tag, which is made if it is not there.
pub async fn tag(conn: &Connection, product: i64, name: &str) -> Result<()> {
    let new = tags::ActiveModel { id: NotSet, name: Set(name.to_owned()), uses: Set(1) };
    let more = Expr::col((tags::Entity, tags::Column::Uses))
        .add(Expr::col(("excluded", tags::Column::Uses)));
    let conflict =
        OnConflict::column(tags::Column::Name).value(tags::Column::Uses, more).to_owned();
    let id = tags::Entity::insert(new).on_conflict(conflict).exec(conn).await?.last_insert_id;
    let pair = product_tags::ActiveModel { product_id: Set(product), tag_id: Set(id) };
    pair.insert(conn).await?;
    Ok(())
}

pub async fn customer_by_email(conn: &Connection, email: &str) -> Result<Option<customers::Model>> {
    customers::Entity::find().filter(customers::Column::Email.eq(email)).one(conn).await
}

pub async fn cheap_products(conn: &Connection, below: i64) -> Result<Vec<(String, i64, String)>> {
    products::Entity::find()
        .select_only()
        .column(products::Column::Name)
        .column(products::Column::Price)
        .column_as(categories::Column::Name, "category")
        .inner_join(categories::Entity)
        .filter(products::Column::Price.lt(below))
        .filter(products::Column::Stock.gt(0))
        .order_by_asc(products::Column::Price)
        .order_by_asc(products::Column::Id)
        .limit(10)
        .into_tuple()
        .all(conn)
        .await
}

/// Orders of a customer: how many lines and how many pieces.
pub async fn order_sizes(conn: &Connection, customer: i64) -> Result<Vec<(i64, i64, Option<i64>)>> {
    orders::Entity::find()
        .select_only()
        .column(orders::Column::Id)
        .column_as(order_lines::Column::Id.count(), "lines")
        .column_as(order_lines::Column::Quantity.sum(), "pieces")
        .inner_join(order_lines::Entity)
        .filter(orders::Column::CustomerId.eq(customer))
        .group_by(orders::Column::Id)
        .order_by_asc(orders::Column::Id)
        .into_tuple()
        .all(conn)
        .await
}

pub async fn sold(conn: &Connection, since: DateTime<Utc>) -> Result<Vec<(String, String, i32)>> {
    customers::Entity::find()
        .select_only()
        .column(customers::Column::Name)
        .column_as(products::Column::Name, "product")
        .column(order_lines::Column::Quantity)
        .join(JoinType::InnerJoin, customers::Relation::Orders.def())
        .join(JoinType::InnerJoin, orders::Relation::OrderLines.def())
        .join(JoinType::InnerJoin, order_lines::Relation::Products.def())
        .filter(orders::Column::Placed.gte(since))
        .filter(orders::Column::Status.is_in(["paid", "sent"]))
        .order_by_asc(customers::Column::Name)
        .order_by_asc(products::Column::Name)
        .into_tuple()
        .all(conn)
        .await
}

/// Categories of which more than so many pieces were sold.
pub async fn pieces(conn: &Connection, more_than: i64) -> Result<Vec<(String, Option<i64>)>> {
    categories::Entity::find()
        .select_only()
        .column(categories::Column::Name)
        .column_as(order_lines::Column::Quantity.sum(), "pieces")
        .join(JoinType::InnerJoin, categories::Relation::Products.def())
        .join(JoinType::InnerJoin, products::Relation::OrderLines.def())
        .group_by(categories::Column::Id)
        .group_by(categories::Column::Name)
        .having(order_lines::Column::Quantity.sum().gt(more_than))
        .order_by_asc(categories::Column::Name)
        .into_tuple()
        .all(conn)
        .await
}

pub async fn without_orders(conn: &Connection) -> Result<Vec<String>> {
    customers::Entity::find()
        .select_only()
        .column(customers::Column::Name)
        .left_join(orders::Entity)
        .filter(orders::Column::Id.is_null())
        .order_by_asc(customers::Column::Name)
        .into_tuple()
        .all(conn)
        .await
}

pub async fn tagged(conn: &Connection, name: &str) -> Result<Vec<products::Model>> {
    let tagged = product_tags::Entity::find()
        .select_only()
        .column(product_tags::Column::ProductId)
        .inner_join(tags::Entity)
        .filter(tags::Column::Name.eq(name))
        .into_query();
    products::Entity::find()
        .filter(products::Column::Id.in_subquery(tagged))
        .order_by_asc(products::Column::Id)
        .all(conn)
        .await
}

/// Orders that have an address and no payment that was made.
pub async fn unpaid(conn: &Connection) -> Result<Vec<(i64, String)>> {
    let paid = Query::select()
        .column(payments::Column::OrderId)
        .from(payments::Entity)
        .and_where(payments::Column::Paid.is_not_null())
        .to_owned();
    orders::Entity::find()
        .select_only()
        .column(orders::Column::Id)
        .column(addresses::Column::Street)
        .inner_join(addresses::Entity)
        .filter(orders::Column::Id.not_in_subquery(paid))
        .order_by_asc(orders::Column::Id)
        .into_tuple()
        .all(conn)
        .await
}

pub async fn reviews(
    conn: &Connection,
    product: i64,
    page: u64,
) -> Result<Vec<(i32, Option<String>)>> {
    reviews::Entity::find()
        .select_only()
        .column(reviews::Column::Stars)
        .column(reviews::Column::Body)
        .filter(reviews::Column::ProductId.eq(product))
        .order_by_desc(reviews::Column::Id)
        .limit(2)
        .offset(page * 2)
        .into_tuple()
        .all(conn)
        .await
}

pub async fn take_from_stock(conn: &Connection, product: i64, pieces: i32) -> Result<i32> {
    let less = Expr::col(products::Column::Stock).sub(pieces);
    let updated = products::Entity::update_many()
        .col_expr(products::Column::Stock, less)
        .filter(products::Column::Id.eq(product))
        .exec_with_returning(conn)
        .await?;
    Ok(updated[0].stock)
}

pub async fn move_customers(conn: &Connection, ids: &[i64], city: &str) -> Result<u64> {
    let moved = customers::Entity::update_many()
        .col_expr(customers::Column::City, Expr::value(city))
        .filter(customers::Column::Id.is_in(ids.iter().copied()))
        .exec(conn)
        .await?;
    Ok(moved.rows_affected)
}

pub async fn delete_reviews(conn: &Connection, stars_below: i32) -> Result<u64> {
    let deleted = reviews::Entity::delete_many()
        .filter(reviews::Column::Stars.lt(stars_below))
        .exec(conn)
        .await?;
    Ok(deleted.rows_affected)
}
