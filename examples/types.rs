//! The types of columns: one table with a column of each kind, and the values that come back.
//!
//! Runs on SQLite in memory, or on the database whose URL is the argument or in `DATABASE_URL`, and prints the
//! same on each: what is read is exactly what was stored.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use aludel::sql::{Executable, Json};
use aludel::value::{Date, DateTime, Decimal, Time, Timestamp, Uuid};
use aludel::{
    Auto, ColumnValue, FromRow, Mapped, MetaData, Result, create_engine, func, insert, select,
    types, update,
};

/// A key that is mixed up with no other number.
#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
struct PaymentId(i64);

#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
#[aludel(rename_all = "snake_case")]
enum State {
    Open,
    PaidInFull,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Details {
    lines: Vec<String>,
    rebate: Option<u8>,
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "example_payments")]
struct Payment {
    #[aludel(primary_key)]
    id: Auto<PaymentId>,
    reference: Uuid,
    state: State,
    #[aludel(type = types::Numeric(12, 2))]
    amount: Decimal,
    rate: f64,
    #[aludel(length = 80)]
    note: Option<String>,
    receipt: Vec<u8>,
    checked: bool,
    attempts: i16,
    /// A day, a time of day, both, an instant and a length of time.
    due: Date,
    opens: Time,
    shown: DateTime,
    made: Timestamp,
    took: Duration,
    details: Json<Details>,
    /// Of another crate.
    seen: Option<chrono::DateTime<chrono::Utc>>,
}

#[derive(Debug, FromRow)]
struct Summary {
    state: State,
    payments: i64,
    largest: Option<Timestamp>,
}

fn payment() -> Result<Payment> {
    Ok(Payment {
        id: Auto::unset(),
        reference: "6f1c2a9e-0b57-4c55-9d3f-2f3a5b1c7e11".parse()?,
        state: State::Open,
        amount: "1250.10".parse()?,
        rate: 0.1,
        note: Some("first, “half” of it".into()),
        receipt: vec![0, 255, b'\'', b'\\'],
        checked: true,
        attempts: -3,
        due: Date::new(2026, 12, 1)?,
        opens: "08:30:00.25".parse()?,
        shown: "2026-11-28 09:30:00.000001".parse()?,
        made: "2026-11-28 09:30:00+01".parse()?,
        took: Duration::from_millis(90_250),
        details: Json(Details { lines: vec!["tea".into(), "mug".into()], rebate: None }),
        seen: chrono::DateTime::from_timestamp(1_800_000_000, 5_000),
    })
}

fn url() -> String {
    let url = std::env::args().nth(1).or_else(|| std::env::var("DATABASE_URL").ok());
    url.unwrap_or_else(|| "sqlite://".to_owned())
}

fn main() -> Result<()> {
    let mut conn = create_engine(&url())?.connect()?;
    let tables = MetaData::new().with::<Payment>();
    tables.drop_all(&mut conn)?;
    tables.create_all(&mut conn)?;

    let c = Payment::c;
    let first = payment()?;
    let other = Payment {
        reference: Uuid::from_bytes([7; 16]),
        state: State::PaidInFull,
        amount: "0.05".parse()?,
        note: None,
        seen: None,
        made: "2026-11-28 08:30:00.000001+00".parse()?,
        ..first.clone()
    };
    conn.execute(insert::<Payment>().rows([&first, &other]))?;

    // What comes back is what was stored.
    let stored = conn.execute(select(c).order_by(c.id))?.all()?;
    for (stored, sent) in stored.iter().zip([&first, &other]) {
        assert_eq!(*stored, Payment { id: stored.id, ..sent.clone() });
        println!("{:?}: {:?} of {}, {:?}", stored.id, stored.state, stored.amount, stored.note);
        println!("  due {}, made {}, shown {}", stored.due, stored.made, stored.shown);
        println!("  took {:?}, seen {:?}", stored.took, stored.seen);
    }

    // Each value is found by itself.
    for (name, condition) in [
        ("uuid", c.reference.eq(first.reference)),
        ("state", c.state.eq(State::Open)),
        ("decimal", c.amount.eq("1250.10".parse::<Decimal>()?)),
        ("date and note", c.due.eq(first.due).and(c.note.is_not_null())),
        ("instant", c.made.lt(other.made)),
        ("id", c.id.in_([PaymentId(1)])),
    ] {
        println!("by {name}: {:?}", conn.scalars::<_, PaymentId>(select(c.id).where_(condition))?);
    }
    let second = c.details.json("lines").json(1).as_string();
    println!("in JSON: {:?}", conn.scalar(select(second).where_(c.id.eq(PaymentId(2))))?);

    let changed = Json(Details { lines: vec![], rebate: Some(5) });
    conn.execute(update::<Payment>().values(c.details.set(changed)).where_(c.note.is_null()))?;
    let rebate = select(c.details.json("rebate").as_integer()).order_by(c.id);
    println!("rebates: {:?}", conn.scalars::<_, Option<i64>>(rebate)?);

    let summary =
        select((c.state, func::count().label("payments"), func::max(c.made).label("largest")));
    let summary = summary.group_by(c.state).order_by(c.state).into_rows::<Summary>();
    for Summary { state, payments, largest } in conn.execute(summary)? {
        println!("{state:?}: {payments}, {}", largest.map_or(String::new(), |at| at.to_string()));
    }

    // What does not fit is an error that names the column, never another value.
    let row =
        conn.execute(select((c.rate, c.note)).order_by(c.id.desc()).limit(1).untyped())?.one()?;
    println!(
        "a fraction as an integer: {:?}",
        row.get::<i64>("rate").map_err(|error| error.kind())
    );
    println!("NULL as text: {:?}", row.get::<String>("note").map_err(|error| error.kind()));
    conn.rollback()?;
    tables.drop_all(&mut conn)?;
    conn.commit()
}
