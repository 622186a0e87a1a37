//! The ten tables.

#![allow(dead_code, reason = "each table has all of its columns, also those that nothing asks for")]

use aludel::{Auto, Mapped};
use chrono::{DateTime, Utc};

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "customers")]
pub struct Customer {
    #[aludel(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    #[aludel(unique)]
    pub email: String,
    pub city: Option<String>,
    pub joined: DateTime<Utc>,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "addresses")]
pub struct Address {
    #[aludel(primary_key)]
    pub id: Auto<i64>,
    #[aludel(foreign_key = "customers.id")]
    pub customer_id: i64,
    pub street: String,
    pub zip: String,
    pub is_default: bool,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "categories")]
pub struct Category {
    #[aludel(primary_key)]
    pub id: Auto<i64>,
    pub name: String,
    pub parent_id: Option<i64>,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "products")]
pub struct Product {
    #[aludel(primary_key)]
    pub id: Auto<i64>,
    #[aludel(foreign_key = "categories.id")]
    pub category_id: i64,
    pub name: String,
    pub price: i64,
    pub stock: i32,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "tags")]
pub struct Tag {
    #[aludel(primary_key)]
    pub id: Auto<i64>,
    #[aludel(unique)]
    pub name: String,
    pub uses: i32,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "product_tags")]
pub struct ProductTag {
    #[aludel(primary_key, foreign_key = "products.id")]
    pub product_id: i64,
    #[aludel(primary_key, foreign_key = "tags.id")]
    pub tag_id: i64,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "orders")]
pub struct Order {
    #[aludel(primary_key)]
    pub id: Auto<i64>,
    #[aludel(foreign_key = "customers.id")]
    pub customer_id: i64,
    #[aludel(foreign_key = "addresses.id")]
    pub address_id: Option<i64>,
    pub status: String,
    pub placed: DateTime<Utc>,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "order_lines")]
pub struct OrderLine {
    #[aludel(primary_key)]
    pub id: Auto<i64>,
    #[aludel(foreign_key = "orders.id")]
    pub order_id: i64,
    #[aludel(foreign_key = "products.id")]
    pub product_id: i64,
    pub quantity: i32,
    pub price: i64,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "payments")]
pub struct Payment {
    #[aludel(primary_key)]
    pub id: Auto<i64>,
    #[aludel(foreign_key = "orders.id")]
    pub order_id: i64,
    pub amount: i64,
    pub method: String,
    pub paid: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Mapped)]
#[aludel(table = "reviews")]
pub struct Review {
    #[aludel(primary_key)]
    pub id: Auto<i64>,
    #[aludel(foreign_key = "products.id")]
    pub product_id: i64,
    #[aludel(foreign_key = "customers.id")]
    pub customer_id: i64,
    pub stars: i32,
    pub body: Option<String>,
}
