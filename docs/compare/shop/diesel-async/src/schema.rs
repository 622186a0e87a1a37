//! The ten tables, as diesel describes them.

diesel::table! {
    customers (id) {
        id -> BigInt,
        name -> Text,
        email -> Text,
        city -> Nullable<Text>,
        joined -> Timestamptz,
    }
}

diesel::table! {
    addresses (id) {
        id -> BigInt,
        customer_id -> BigInt,
        street -> Text,
        zip -> Text,
        is_default -> Bool,
    }
}

diesel::table! {
    categories (id) {
        id -> BigInt,
        name -> Text,
        parent_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    products (id) {
        id -> BigInt,
        category_id -> BigInt,
        name -> Text,
        price -> BigInt,
        stock -> Integer,
    }
}

diesel::table! {
    tags (id) {
        id -> BigInt,
        name -> Text,
        uses -> Integer,
    }
}

diesel::table! {
    product_tags (product_id, tag_id) {
        product_id -> BigInt,
        tag_id -> BigInt,
    }
}

diesel::table! {
    orders (id) {
        id -> BigInt,
        customer_id -> BigInt,
        address_id -> Nullable<BigInt>,
        status -> Text,
        placed -> Timestamptz,
    }
}

diesel::table! {
    order_lines (id) {
        id -> BigInt,
        order_id -> BigInt,
        product_id -> BigInt,
        quantity -> Integer,
        price -> BigInt,
    }
}

diesel::table! {
    payments (id) {
        id -> BigInt,
        order_id -> BigInt,
        amount -> BigInt,
        method -> Text,
        paid -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    reviews (id) {
        id -> BigInt,
        product_id -> BigInt,
        customer_id -> BigInt,
        stars -> Integer,
        body -> Nullable<Text>,
    }
}

diesel::joinable!(addresses -> customers (customer_id));
diesel::joinable!(orders -> customers (customer_id));
diesel::joinable!(orders -> addresses (address_id));
diesel::joinable!(order_lines -> orders (order_id));
diesel::joinable!(order_lines -> products (product_id));
diesel::joinable!(products -> categories (category_id));
diesel::joinable!(product_tags -> products (product_id));
diesel::joinable!(product_tags -> tags (tag_id));
diesel::joinable!(payments -> orders (order_id));
diesel::joinable!(reviews -> products (product_id));
diesel::joinable!(reviews -> customers (customer_id));

diesel::allow_tables_to_appear_in_same_query!(
    addresses,
    categories,
    customers,
    order_lines,
    orders,
    payments,
    product_tags,
    products,
    reviews,
    tags,
);
