//! The SQL language: conditions, joins, groups, windows, subqueries, pages and changes, over two tables.
//!
//! Runs on SQLite in memory, or on the database whose URL is the argument or in `DATABASE_URL`, and prints the
//! same on each.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use aludel::sql::{Condition, Expr, window};
use aludel::value::Timestamp;
use aludel::{
    Auto, Connection, Mapped, MetaData, Result, aliased, case, create_engine, delete, desc, func,
    insert, literal, not_, nullable, params, select, update,
};

#[derive(Debug, Mapped)]
#[aludel(table = "example_customers")]
struct Customer {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(unique, length = 40)]
    name: String,
    #[aludel(length = 40)]
    city: Option<String>,
    #[aludel(foreign_key = "example_customers.id")]
    referred_by: Option<i64>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "example_orders")]
struct Order {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "example_customers.id")]
    customer_id: i64,
    placed: Timestamp,
    /// In cents.
    total: i64,
    paid: bool,
}

fn fill(conn: &mut Connection) -> Result<()> {
    let customers = [
        ("sandy", Some("Rome"), None),
        ("patrick", Some("Rome"), Some(1)),
        ("squidward", Some("Oslo"), Some(1)),
        ("eugene", None, Some(2)),
    ];
    let customers = customers.map(|(name, city, referred_by)| Customer {
        id: Auto::unset(),
        name: name.into(),
        city: city.map(Into::into),
        referred_by,
    });
    conn.execute(insert::<Customer>().rows(&customers))?;
    let orders = [
        (1, "2026-01-05 09:00:00+00", 2100, true),
        (1, "2026-02-10 12:30:00+00", 700, true),
        (2, "2026-02-11 08:15:00+00", 2250, false),
        (3, "2026-03-01 17:45:00+00", 2100, true),
    ];
    for (customer_id, placed, total, paid) in orders {
        let placed: Timestamp = placed.parse()?;
        let set = params! { customer_id: customer_id, placed: placed, total: total, paid: paid };
        conn.execute(insert::<Order>().params(set))?;
    }
    Ok(())
}

/// Any boolean expression over customers.
fn lives_in(city: &str) -> impl Condition {
    Customer::c.city.eq(city.to_owned())
}

fn conditions(conn: &mut Connection) -> Result<()> {
    let c = Customer::c;
    let named = |condition: Expr<Option<bool>>| select(c.name).where_(condition).order_by(c.id);
    let romans: Vec<String> =
        conn.scalars(select(c.name).where_(lives_in("Rome")).order_by(c.id))?;
    println!("in Rome: {romans:?}");
    let names: Vec<String> = conn.scalars(named(c.city.ne("Rome")))?;
    println!("known to be elsewhere: {names:?}");
    let names: Vec<String> = conn.scalars(named(c.city.is_not("Rome").nullable()))?;
    println!("not in Rome: {names:?}");
    let names: Vec<String> = conn.scalars(named(c.name.icontains("AN").nullable()))?;
    println!("with `an`: {names:?}");
    let listed = c.name.in_(["eugene", "pearl"]).or(c.id.between(2, 3));
    println!("listed: {:?}", conn.scalars::<_, String>(named(listed.nullable()))?);
    Ok(())
}

fn joins(conn: &mut Connection) -> Result<()> {
    let (c, o) = (Customer::c, Order::c);
    let placed = select((c.name, o.placed, o.total)).join(Order::entity()).order_by(o.id);
    for (name, placed, total) in conn.execute(placed)? {
        println!("{name} ordered for {total} on {placed}");
    }
    let all = select((c.name, nullable(o.total))).outerjoin(Order::entity()).where_(o.id.is_null());
    println!("without orders: {:?}", conn.execute(all)?.all()?);
    let friend = aliased::<Customer>("friend");
    let pairs = select((c.name, friend.c.name))
        .join_on(friend, c.referred_by.eq(friend.c.id))
        .order_by(c.id);
    println!("referred: {:?}", conn.execute(pairs)?.all()?);
    Ok(())
}

fn groups(conn: &mut Connection) -> Result<()> {
    let (c, o) = (Customer::c, Order::c);
    let totals = select((
        c.name,
        func::count_of(o.id),
        func::sum(o.total).label("sum"),
        func::count().filter(o.paid),
    ));
    let totals = totals.join(Order::entity()).group_by(c.name);
    for row in conn.execute(totals.order_by((desc("sum"), c.name)))? {
        println!("{row:?}");
    }
    let of_customer = window().partition_by(o.customer_id).order_by(o.placed);
    let running = select((
        o.id,
        func::row_number().over(of_customer.clone()),
        func::sum(o.total).over(of_customer.rows(..=0)),
    ));
    println!("running: {:?}", conn.execute(running.order_by(o.id))?.all()?);
    let size = case(o.total.lt(1000), "small").else_("large");
    let sizes = select((o.id, size)).order_by(o.id);
    println!("sizes: {:?}", conn.execute(sizes)?.all()?);
    Ok(())
}

fn queries_in_queries(conn: &mut Connection) -> Result<()> {
    let (c, o) = (Customer::c, Order::c);
    let last = select(func::max(o.placed)).where_(o.customer_id.eq(c.id)).scalar_subquery();
    for (name, last) in conn.execute(select((c.name, last)).order_by(c.id))? {
        println!("{name}: {}", last.map_or("never".to_owned(), |last| last.to_string()));
    }
    let own = select(o.id).where_(o.customer_id.eq(c.id)).where_(not_(o.paid));
    let late: Vec<String> = conn.scalars(select(c.name).where_(own.exists()))?;
    println!("late: {late:?}");
    let first = select((c.id, literal(0_i64).label("steps"))).where_(c.referred_by.is_null());
    let tree = first.cte("tree");
    let (id, steps) = tree.columns();
    let tree = tree.union_all(select((c.id, steps + 1)).join_on(&tree, c.referred_by.eq(id)));
    let (id, steps) = tree.columns();
    let rows = select((c.name, steps.clone())).join_on(&tree, c.id.eq(id)).order_by((steps, c.id));
    println!("steps: {:?}", conn.execute(rows)?.all()?);
    Ok(())
}

fn pages(conn: &mut Connection) -> Result<()> {
    let o = Order::c;
    let by_total = select((o.total, o.id)).order_by((o.total.desc(), o.id)).limit(2);
    let first = conn.execute(by_total.clone())?.all()?;
    println!("first page: {first:?}");
    if let Some((total, id)) = first.last() {
        let second = conn.execute(by_total.clone().after((*total, *id)))?.all()?;
        println!("second page: {second:?}");
    }
    println!("in all: {:?}", conn.scalar(by_total.limit(None::<u64>).count())?);
    Ok(())
}

fn changes(conn: &mut Connection) -> Result<()> {
    let (c, o) = (Customer::c, Order::c);
    let moved = insert::<Customer>().values((c.name.set("sandy"), c.city.set("Bergen")));
    conn.execute(moved.upsert_columns(c.name, c.city))?;
    println!("moved: {:?}", conn.scalar(select(c.city).where_(c.name.eq("sandy")))?);
    let paid = update::<Order>()
        .values((o.paid.set(true), o.total.set(o.total + 50)))
        .where_(o.customer_id.eq(c.id))
        .where_(c.name.eq("patrick"));
    println!("paid: {}", conn.execute(paid)?.rowcount());
    let small = delete::<Order>().where_(o.total.lt(1000));
    println!("deleted: {}", conn.execute(small)?.rowcount());
    println!("left: {:?}", conn.execute(select((o.id, o.total)).order_by(o.id))?.all()?);
    Ok(())
}

fn url() -> String {
    let url = std::env::args().nth(1).or_else(|| std::env::var("DATABASE_URL").ok());
    url.unwrap_or_else(|| "sqlite://".to_owned())
}

fn main() -> Result<()> {
    let mut conn = create_engine(&url())?.connect()?;
    let tables = MetaData::new().with::<Customer>().with::<Order>();
    tables.drop_all(&mut conn)?;
    tables.create_all(&mut conn)?;
    fill(&mut conn)?;
    for part in [conditions, joins, groups, queries_in_queries, pages, changes] {
        part(&mut conn)?;
    }
    tables.drop_all(&mut conn)?;
    conn.commit()
}
