drop schema if exists compare_shop cascade;
create schema compare_shop;
set search_path to compare_shop;
create table customers (
    id bigserial primary key,
    name text not null,
    email text not null unique,
    city text,
    joined timestamp with time zone not null
);
create table addresses (
    id bigserial primary key,
    customer_id bigint not null references customers (id),
    street text not null,
    zip text not null,
    is_default boolean not null
);
create table categories (
    id bigserial primary key,
    name text not null,
    parent_id bigint references categories (id)
);
create table products (
    id bigserial primary key,
    category_id bigint not null references categories (id),
    name text not null,
    price bigint not null,
    stock integer not null
);
create table tags (
    id bigserial primary key,
    name text not null unique,
    uses integer not null
);
create table product_tags (
    product_id bigint not null references products (id),
    tag_id bigint not null references tags (id),
    primary key (product_id, tag_id)
);
create table orders (
    id bigserial primary key,
    customer_id bigint not null references customers (id),
    address_id bigint references addresses (id),
    status text not null,
    placed timestamp with time zone not null
);
create table order_lines (
    id bigserial primary key,
    order_id bigint not null references orders (id),
    product_id bigint not null references products (id),
    quantity integer not null,
    price bigint not null
);
create table payments (
    id bigserial primary key,
    order_id bigint not null references orders (id),
    amount bigint not null,
    method text not null,
    paid timestamp with time zone
);
create table reviews (
    id bigserial primary key,
    product_id bigint not null references products (id),
    customer_id bigint not null references customers (id),
    stars integer not null,
    body text
);
insert into categories (name, parent_id) values ('kitchen', null), ('knives', 1), ('pans', 1);
