//! The rows of the ten tables, and the new ones.

#![allow(dead_code, reason = "each table has all of its columns, also those that nothing asks for")]

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::schema::{
    addresses, categories, customers, order_lines, orders, payments, product_tags, products,
    reviews, tags,
};

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = customers, check_for_backend(diesel::pg::Pg))]
pub struct Customer {
    pub id: i64,
    pub name: String,
    pub email: String,
    pub city: Option<String>,
    pub joined: DateTime<Utc>,
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = customers)]
pub struct NewCustomer {
    pub name: String,
    pub email: String,
    pub city: Option<String>,
    pub joined: DateTime<Utc>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = addresses, check_for_backend(diesel::pg::Pg))]
pub struct Address {
    pub id: i64,
    pub customer_id: i64,
    pub street: String,
    pub zip: String,
    pub is_default: bool,
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = addresses)]
pub struct NewAddress {
    pub customer_id: i64,
    pub street: String,
    pub zip: String,
    pub is_default: bool,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = categories, check_for_backend(diesel::pg::Pg))]
pub struct Category {
    pub id: i64,
    pub name: String,
    pub parent_id: Option<i64>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = products, check_for_backend(diesel::pg::Pg))]
pub struct Product {
    pub id: i64,
    pub category_id: i64,
    pub name: String,
    pub price: i64,
    pub stock: i32,
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = products)]
pub struct NewProduct {
    pub category_id: i64,
    pub name: String,
    pub price: i64,
    pub stock: i32,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = tags, check_for_backend(diesel::pg::Pg))]
pub struct Tag {
    pub id: i64,
    pub name: String,
    pub uses: i32,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = product_tags, check_for_backend(diesel::pg::Pg))]
pub struct ProductTag {
    pub product_id: i64,
    pub tag_id: i64,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = orders, check_for_backend(diesel::pg::Pg))]
pub struct Order {
    pub id: i64,
    pub customer_id: i64,
    pub address_id: Option<i64>,
    pub status: String,
    pub placed: DateTime<Utc>,
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = orders)]
pub struct NewOrder {
    pub customer_id: i64,
    pub address_id: Option<i64>,
    pub status: String,
    pub placed: DateTime<Utc>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = order_lines, check_for_backend(diesel::pg::Pg))]
pub struct OrderLine {
    pub id: i64,
    pub order_id: i64,
    pub product_id: i64,
    pub quantity: i32,
    pub price: i64,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = payments, check_for_backend(diesel::pg::Pg))]
pub struct Payment {
    pub id: i64,
    pub order_id: i64,
    pub amount: i64,
    pub method: String,
    pub paid: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payments)]
pub struct NewPayment {
    pub order_id: i64,
    pub amount: i64,
    pub method: String,
    pub paid: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = reviews, check_for_backend(diesel::pg::Pg))]
pub struct Review {
    pub id: i64,
    pub product_id: i64,
    pub customer_id: i64,
    pub stars: i32,
    pub body: Option<String>,
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = reviews)]
pub struct NewReview {
    pub product_id: i64,
    pub customer_id: i64,
    pub stars: i32,
    pub body: Option<String>,
}
