//! Values are exact or refused: what stands in an expression keeps its digits, and what a column does not
//! hold is an error that names the column, its type and the Rust type before anything is sent.

use aludel::sql::{Condition, Executable};
use aludel::value::{Date, DateTime, Decimal, Interval, Time, TimeTz};
use aludel::{
    Auto, Column, Connection, ErrorKind, Mapped, MetaData, Result, Table, Value, bindparam,
    case_of, func, insert, literal, params, select, text, types, update,
};

use crate::{Db, suite};

suite![
    decimals_keep_their_digits_in_every_context,
    decimals_keep_their_digits_in_arithmetic,
    decimals_beyond_what_an_expression_takes,
    decimals_of_many_digits,
    bytes_in_expressions,
    a_column_refuses_what_it_would_round,
    every_statement_checks_what_it_sets,
    rows_are_checked_one_by_one,
    tables_of_one_name_have_limits_of_their_own,
    what_is_converted_in_silence_is_refused,
    values_that_are_made_are_checked,
    offsets_of_text_are_not_left_out,
];

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "amounts")]
struct Amount {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = types::Numeric(40, 20))]
    amount: Decimal,
    whole: i64,
}

const LONG: &str = "12345678901234567890.12345678901234567891";
/// As floats these are the same number.
const NEXT: &str = "12345678901234567890.12345678901234567892";

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a number")
}

fn amounts(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Amount>().create_all(&mut conn)?;
    let values = (Amount::c.amount.set(decimal(LONG)), Amount::c.whole.set(9_007_199_254_740_993));
    conn.execute(insert::<Amount>().values(values))?;
    Ok(conn)
}

fn count_of(conn: &mut Connection, condition: impl Condition) -> Result<i64> {
    let count = select(func::count()).select_from(Amount::entity()).where_(condition);
    Ok(conn.scalar(count)?.expect("a count"))
}

fn decimals_keep_their_digits_in_every_context(db: &Db) -> Result<()> {
    let mut conn = amounts(db)?;
    let c = Amount::c;
    for (digits, there) in [(LONG, 1), (NEXT, 0)] {
        let value = || decimal(digits);
        let pair = || aludel::sql::tuple_((c.amount, c.whole));
        let list = [
            count_of(&mut conn, c.amount.eq(value()))?,
            count_of(&mut conn, c.amount.in_([value()]))?,
            count_of(&mut conn, c.amount.in_([value(), decimal("1")]))?,
            count_of(&mut conn, c.amount.between(value(), value()))?,
            count_of(&mut conn, pair().in_([(value(), 9_007_199_254_740_993)]))?,
            count_of(&mut conn, pair().in_([(value(), 9_007_199_254_740_993), (value(), 2)]))?,
            count_of(&mut conn, case_of(c.amount).when(value(), true).else_(false).eq(true))?,
            count_of(&mut conn, c.amount.is_not_distinct_from(value()))?,
            count_of(&mut conn, aludel::not_(c.amount.ne(value())))?,
            count_of(&mut conn, c.amount.le(value()))? - count_of(&mut conn, c.amount.lt(value()))?,
            count_of(&mut conn, c.amount.ge(value()))? - count_of(&mut conn, c.amount.gt(value()))?,
        ];
        assert_eq!(list, [there; 11], "{digits}");
        let named = select(c.id).where_(c.amount.between(bindparam("x"), bindparam("x")));
        let ids = conn.scalars(named.params(params! { x: value() }))?;
        assert_eq!(i64::try_from(ids.len()).unwrap(), there, "{digits} by name");
        let written = text("select count(*) from amounts where amount between :x and :x");
        let count = conn.scalar::<_, i64>(written.bind("x", value()))?;
        assert_eq!(count, Some(there), "{digits} in SQL of the program");
        let part = text("amount between :x and :x").bind("x", value());
        assert_eq!(count_of(&mut conn, part)?, there, "{digits} in a part of the program's own");
    }
    // NULL in the first set hides no type.
    let raise = text("update amounts set whole = 7 where amount between :x and :x");
    let sets = [Value::Null, decimal(NEXT).into()].map(|x| params! { x: x });
    assert_eq!(conn.execute_many(raise, sets)?.rowcount(), 0);
    Ok(())
}

fn decimals_keep_their_digits_in_arithmetic(db: &Db) -> Result<()> {
    let mut conn = amounts(db)?;
    let c = Amount::c;
    let whole = || Amount::table().c("whole");
    let tiny = || decimal("0.00000000000000000001");
    let long = || literal(decimal(LONG));
    let null = || literal(None::<Decimal>);
    let of = Amount::entity;
    let sums = [
        conn.scalar(select(c.amount + tiny()))?,
        conn.scalar(select(c.amount - tiny()))?,
        conn.scalar(select(c.amount * decimal("2")))?,
        conn.scalar(select(c.whole + literal(decimal("0.5"))))?,
        conn.scalar(select(whole()? + decimal("0.5")))?,
        conn.scalar(select(long() + tiny()).select_from(of()))?,
        conn.scalar(select(func::coalesce(null(), decimal(LONG)) + decimal("0")))?,
        conn.scalar(select(
            case_of(literal(1)).when(2, decimal("1")).else_(decimal(LONG)) + decimal("0"),
        ))?,
        conn.scalar(select(func::abs(long() * decimal("-1"))))?,
    ];
    let wanted = [
        NEXT,
        "12345678901234567890.1234567890123456789",
        "24691357802469135780.24691357802469135782",
        "9007199254740993.5",
        "9007199254740993.5",
        NEXT,
        LONG,
        LONG,
        LONG,
    ];
    assert_eq!(sums, wanted.map(|text| Some(decimal(text))));
    // What is computed and then set.
    let more =
        update::<Amount>().values(c.amount.set(c.amount + decimal("0.00000000000000000001")));
    conn.execute(more)?;
    assert_eq!(conn.scalar(select(c.amount))?, Some(decimal(NEXT)));
    // Next to an integer a number keeps its fraction.
    let half = select(c.id).where_(whole()?.lt(decimal("9007199254740993.5")));
    assert_eq!(conn.scalars(half.where_(whole()?.gt(decimal("9007199254740992.5"))))?.len(), 1);
    Ok(())
}

fn decimals_beyond_what_an_expression_takes(db: &Db) -> Result<()> {
    let mut conn = amounts(db)?;
    let c = Amount::c;
    for text in ["123456789012345678901234567890123456", "0.0000000000000000000000000000001"] {
        let found = conn.scalars(select(c.id).where_((c.amount + decimal(text)).eq(c.amount)));
        if db.limits_decimals() {
            let error = found.expect_err("more digits than the server takes");
            assert_eq!(error.kind(), ErrorKind::Data);
            assert!(error.message().contains("this Decimal"), "{error}");
            assert!(error.message().contains("the point and not"), "{error}");
            assert!(!error.to_string().contains(text), "{error}");
        } else {
            assert!(found?.is_empty());
        }
    }
    Ok(())
}

/// A column of more digits before the point is compared with numbers that have as many.
fn decimals_of_many_digits(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let column = |name: &'static str, scale| Column::new(name, types::Numeric(60, scale));
    let t = Table::new("many", &metadata, [column("coarse", 5), column("fine", 30)])?;
    metadata.create_all(&mut conn)?;
    let (long, short) = (decimal("1234567890123456789012345678901234567890.12345"), decimal("1.5"));
    let values = (t.c("coarse")?.set(long.clone()), t.c("fine")?.set(short.clone()));
    conn.execute(t.insert().values(values))?;
    for (name, value) in [("coarse", long), ("fine", short)] {
        let other = || decimal("1");
        for condition in [
            t.c(name)?.in_([value.clone(), other()]),
            t.c(name)?.between(value.clone(), value.clone()),
        ] {
            assert_eq!(conn.execute(t.select().where_(condition))?.all()?.len(), 1, "{name}");
        }
    }
    Ok(())
}

fn bytes_in_expressions(db: &Db) -> Result<()> {
    #[derive(Debug, Mapped)]
    #[aludel(table = "blobs")]
    struct Blob {
        #[aludel(primary_key)]
        id: Auto<i64>,
        data: Vec<u8>,
    }
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Blob>().create_all(&mut conn)?;
    let bytes = || vec![0xff_u8, 0, b'a', 0xc3];
    conn.execute(insert::<Blob>().values(Blob::c.data.set(bytes())))?;
    let alone: Option<Vec<u8>> = conn.scalar(select(literal(bytes())))?;
    assert_eq!(alone, Some(bytes()));
    let row =
        conn.execute(select(literal(bytes()).label("data")).into_rows::<BytesRow>())?.one()?;
    assert_eq!(row.data, bytes());
    let data = Blob::c.data;
    let ids = || select(Blob::c.id);
    let in_case = case_of(data).when(bytes(), true).else_(false).eq(true);
    let found = [
        conn.scalars(ids().where_(data.eq(bytes())))?,
        conn.scalars(ids().where_(data.in_([bytes(), vec![1]])))?,
        conn.scalars(ids().where_(data.between(bytes(), bytes())))?,
        conn.scalars(ids().where_(in_case))?,
        conn.scalars(ids().where_(func::coalesce(literal(None::<Vec<u8>>), bytes()).eq(data)))?,
    ];
    assert_eq!(found.map(|ids| ids.len()), [1; 5]);
    Ok(())
}

#[derive(Debug, aludel::FromRow)]
struct BytesRow {
    data: Vec<u8>,
}

/// Types of columns, a value that each holds, and one that the database would change.
fn rounded() -> Vec<(types::Type, Value, Value, &'static str)> {
    let moment = |text: &str| Value::from(text.parse::<DateTime>().expect("a time"));
    let time = |text: &str| Value::from(text.parse::<Time>().expect("a time"));
    let number = |text: &str| Value::from(decimal(text));
    let instant = |text: &str| Value::from(text.parse::<DateTime>().expect("a time").in_utc());
    vec![
        (types::Numeric(10, 2), number("1.50"), number("1.005"), "Decimal"),
        (types::Numeric(10, 2), number("-99999999.990"), number("123456789.1"), "Decimal"),
        (types::Numeric(3, 0), 999.into(), 1000.into(), "i64"),
        (types::Numeric(10, 2), number("1"), 1.005.into(), "f64"),
        (types::Integer, number("7.00"), number("7.5"), "Decimal"),
        (
            types::DateTime.with_precision(0),
            moment("2024-01-01 00:00:01"),
            moment("2024-01-01 00:00:00.5"),
            "DateTime",
        ),
        (
            types::DateTime.with_precision(3),
            moment("1999-12-31 23:59:59.999"),
            moment("1999-12-31 23:59:59.9995"),
            "DateTime",
        ),
        (
            types::DateTime.with_timezone().with_precision(0),
            instant("2024-01-01 00:00:01"),
            instant("2024-01-01 00:00:00.000001"),
            "Timestamp",
        ),
        (types::Time.with_precision(0), time("23:59:59"), time("23:59:59.5"), "Time"),
        (
            types::Interval.with_precision(3),
            Interval::from_micros(1000).into(),
            Interval::from_micros(1001).into(),
            "Interval",
        ),
        (types::Numeric(10, 2), "1.50".into(), "1.239".into(), "String"),
        (types::Time, "12:00:00.123456".into(), "12:00:00.1234567".into(), "String"),
        (
            types::DateTime,
            "2024-01-01 12:00:00.1234560".into(),
            "2024-01-01 12:00:00.1234567".into(),
            "String",
        ),
        (types::Date, "2024-01-01".into(), "2024-01-01T10:00:00Z".into(), "String"),
        (types::String(2), "ab".into(), "ab   ".into(), "String"),
        (types::String(2), "üü".into(), "üü ".into(), "String"),
    ]
}

fn a_column_refuses_what_it_would_round(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    for (number, (ty, fits, does_not, rust)) in rounded().into_iter().enumerate() {
        let shown = engine.dialect().type_sql(&ty)?.into_owned();
        let name = format!("t{number}");
        let metadata = MetaData::new();
        let columns = [Column::new("id", types::Integer).primary_key(), Column::new("held", ty)];
        let t = Table::new(name, &metadata, columns)?;
        metadata.create_all(&mut conn)?;
        let held = || t.c("held");
        conn.execute(t.insert().values((t.c("id")?.set(1), held()?.set(fits.clone()))))?;
        calls.take();
        let set = t.insert().values((t.c("id")?.set(2), held()?.set(does_not.clone())));
        let done = conn.execute(set);
        if !db.fits_values_to_columns() {
            // It is kept as it is.
            done?;
            continue;
        }
        let error = done.expect_err("the column does not hold it");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert_eq!(error.details().column.as_deref(), Some("held"));
        for part in ["\"held\"", &shown, rust] {
            assert!(error.message().contains(part), "{part}: {error}");
        }
        assert!(error.unredacted().is_some_and(|text| text.contains("the value is ")), "{error}");
        assert!(!calls.take().iter().any(|sql| sql.starts_with("INSERT")), "it was sent");
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "prices")]
struct Price {
    #[aludel(primary_key)]
    id: i64,
    #[aludel(type = types::Numeric(10, 2))]
    price: Decimal,
    #[aludel(type = types::DateTime.with_precision(0))]
    at: Option<DateTime>,
}

fn price(id: i64, text: &str) -> Price {
    Price { id, price: decimal(text), at: None }
}

fn every_statement_checks_what_it_sets(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    MetaData::new().with::<Price>().create_all(&mut conn)?;
    conn.execute(insert::<Price>().values(price(1, "1.50")))?;
    calls.take();
    let c = Price::c;
    let bad = || decimal("1.005");
    let refused = |done: Result<()>| -> Result<()> {
        if !db.fits_values_to_columns() {
            return done;
        }
        let error = done.expect_err("the column does not hold it");
        assert_eq!(
            (error.kind(), error.details().column.as_deref()),
            (ErrorKind::Data, Some("price"))
        );
        let sent = calls.take();
        let changes = |sql: &String| sql.starts_with("INSERT") || sql.starts_with("UPDATE");
        assert!(!sent.iter().any(changes), "{sent:?}");
        Ok(())
    };
    refused(conn.execute(insert::<Price>().values(price(2, "1.005"))).map(drop))?;
    let one = insert::<Price>().values((c.id.set(3), c.price.set(bad())));
    refused(conn.execute(one).map(drop))?;
    // A value that says its own type.
    let declared = insert::<Price>().values((c.id.set(4), c.price.set(literal(bad()))));
    refused(conn.execute(declared).map(drop))?;
    let given = || params! { id: 5, price: decimal("1.005") };
    refused(conn.execute(insert::<Price>().params(given())).map(drop))?;
    refused(conn.execute(update::<Price>().values(c.price.set(bad()))).map(drop))?;
    let named = update::<Price>().values(c.price.set(bindparam("p")));
    refused(conn.execute(named.params(params! { p: decimal("1.005") })).map(drop))?;
    refused(conn.execute(update::<Price>().params(params! { price: bad() })).map(drop))?;
    refused(conn.execute(insert::<Price>().values(price(1, "1.005")).upsert(())).map(drop))?;
    let new = || insert::<Price>().values(price(1, "2"));
    if db.capabilities().on_conflict {
        let upsert = new().on_conflict_do_update(c.id, c.price.set(bad()));
        refused(conn.execute(upsert).map(drop))?;
    } else {
        refused(conn.execute(new().on_duplicate_key_update(c.price.set(bad()))).map(drop))?;
    }
    let ready = engine.prepare(
        &insert::<Price>().values((c.id.set(bindparam("id")), c.price.set(bindparam("price")))),
    )?;
    refused(conn.execute_prepared(&ready, (7_i64, decimal("1.005"))).map(drop))?;
    // The same statements take what fits, from the same plans.
    conn.execute_prepared(&ready, (8_i64, decimal("1.25")))?;
    conn.execute(update::<Price>().values(c.price.set(decimal("1.25"))).where_(c.id.eq(1)))?;
    assert_eq!(conn.scalar(select(c.price).where_(c.id.eq(1)))?, Some(decimal("1.25")));
    Ok(())
}

fn rows_are_checked_one_by_one(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Price>().create_all(&mut conn)?;
    let structs = [price(1, "1.5"), price(2, "1.555"), price(3, "2")];
    let sets = || structs.iter().map(|p| params! { id: p.id, price: p.price.clone() });
    let c = Price::c;
    let updates = || {
        update::<Price>().values(c.price.set(bindparam("price"))).where_(c.id.eq(bindparam("id")))
    };
    if !db.fits_values_to_columns() {
        conn.execute(insert::<Price>().rows(&structs))?;
        conn.execute_many(updates(), sets())?;
        assert_eq!(conn.scalar(select(c.price).where_(c.id.eq(2)))?, Some(decimal("1.555")));
        return Ok(());
    }
    let error = conn.execute(insert::<Price>().rows(&structs)).expect_err("the second");
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.message().starts_with("row number 2: the column \"price\""), "{error}");
    let error = conn.execute_many(insert::<Price>(), sets()).expect_err("the second");
    assert!(error.message().starts_with("parameter set number 2: the column \"price\""), "{error}");
    let error = conn.execute_many(updates(), sets()).expect_err("the second");
    assert_eq!(error.kind(), ErrorKind::Data);
    assert!(error.message().contains("the column \"price\""), "{error}");
    // What a set leaves out is a default, and NULL is nothing to round.
    let all = [params! { id: 1, price: decimal("1"), at: Value::Null }];
    conn.execute_many(insert::<Price>(), all)?;
    Ok(())
}

/// One plan for both would have the limit of the one that was compiled first.
fn tables_of_one_name_have_limits_of_their_own(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let table = |scale| -> Result<Table> {
        let columns = [
            Column::new("id", types::Integer).primary_key(),
            Column::new("price", types::Numeric(10, scale)),
        ];
        Table::new("prices", &MetaData::new(), columns)
    };
    let (coarse, fine) = (table(2)?, table(4)?);
    let mut insert = |t: &Table, id: i32| {
        let values = (t.c("id")?.set(id), t.c("price")?.set(decimal("1.005")));
        conn.execute(t.insert().values(values)).map(drop)
    };
    let metadata = MetaData::new();
    let mut other = db.engine.connect()?;
    Table::new(
        "prices",
        &metadata,
        [
            Column::new("id", types::Integer).primary_key(),
            Column::new("price", types::Numeric(10, 4)),
        ],
    )?;
    metadata.create_all(&mut other)?;
    other.commit()?;
    assert_eq!(insert(&coarse, 1).is_err(), db.fits_values_to_columns());
    insert(&fine, 2)?;
    assert_eq!(insert(&coarse, 3).is_err(), db.fits_values_to_columns());
    Ok(())
}

/// Values of another kind, which a database would convert to what the column has.
fn what_is_converted_in_silence_is_refused(db: &Db) -> Result<()> {
    if !db.converts_kinds() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let moment = || "2024-01-01 12:00:00".parse::<DateTime>();
    let mood = types::Enum("mood", ["a", "b", "1"]).native();
    let cases: Vec<(types::Type, Value)> = vec![
        (types::Integer, 2.5.into()),
        (types::Integer, "2.5".into()),
        (types::Integer, " 7 ".into()),
        (types::Date, moment()?.into()),
        (types::Date, "2024-01-01 12:00:00".into()),
        (types::Date, Time::new(12, 0, 0, 0)?.into()),
        (types::Date, "12:00:00+02:00".parse::<TimeTz>()?.into()),
        (types::Date, Interval::from_micros(1_000_000).into()),
        (types::Time, moment()?.into()),
        (types::DateTime, Time::new(12, 0, 0, 0)?.into()),
        (types::DateTime.with_precision(0), "2024-01-01 12:00:00.5".into()),
        (types::Numeric(5, 2), "1.005".into()),
        (types::Numeric(5, 2), "x".into()),
        (mood.clone(), "2".into()),
        (mood.clone(), "A".into()),
        (mood, 2.into()),
        (types::Set(["r", "w"]), "3".into()),
        (types::Set(["r", "w"]), "R".into()),
        (types::Year, 69.into()),
        (types::Year, "70".into()),
        (types::Bit(8), "5".into()),
        (types::Double, 9_007_199_254_740_993_i64.into()),
        (types::Float, 16_777_217.into()),
        (types::BigInteger, "2024-01-01".parse::<Date>()?.into()),
        (types::Double, "2024-01-01".parse::<Date>()?.into()),
        (types::Numeric(30, 2), moment()?.into()),
        (types::Date, 20_240_101.into()),
        (types::DateTime, 20_240_101.into()),
        (types::Time, 1.5.into()),
        (types::Boolean, 2.into()),
        (types::Boolean, 1.5.into()),
        (types::Boolean, "x".into()),
        (types::Integer, b"50".to_vec().into()),
        (types::Numeric(5, 2), b"50".to_vec().into()),
        (types::Date, "24-2-3".into()),
        (types::DateTime, "24-2-3 10:00:00".into()),
        (types::Time, "10".into()),
    ];
    for (number, (ty, value)) in cases.into_iter().enumerate() {
        let metadata = MetaData::new();
        let shown = db.engine.dialect().type_sql(&ty)?.into_owned();
        let t = Table::new(format!("c{number}"), &metadata, [Column::new("held", ty)])?;
        metadata.create_all(&mut conn)?;
        let done = conn.execute(t.insert().values(t.c("held")?.set(value.clone())));
        let error = done.expect_err("it would be converted");
        assert_eq!(error.kind(), ErrorKind::Data, "{shown} {value:?}: {error}");
        assert!(error.message().contains(&shown), "{shown} {value:?}: {error}");
        assert_eq!(error.details().column.as_deref(), Some("held"), "{shown} {value:?}");
    }
    Ok(())
}

// The default of a column is a value like any other, also beside a row of expressions.
fn values_that_are_made_are_checked(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let columns = [
        Column::new("id", types::Integer).primary_key().autoincrement(false),
        Column::new("held", types::Numeric(10, 2)).default_fn(|| decimal("1.239")),
    ];
    let t = Table::new("made_prices", &metadata, columns)?;
    metadata.create_all(&mut conn)?;
    let id = |id: i32| t.c("id").map(|column| column.set(id));
    let sum = t.c("id")?.set(literal(1) + 1);
    let inserts = [
        t.insert().values(id(1)?),
        t.insert().rows([id(1)?, id(2)?]),
        t.insert().rows([id(1)?, sum]),
    ];
    for insert in inserts {
        let done = conn.execute(insert);
        if !db.fits_values_to_columns() {
            done?;
            conn.execute(t.delete())?;
            continue;
        }
        let error = done.expect_err("the column does not hold it");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert_eq!(error.details().column.as_deref(), Some("held"));
    }
    Ok(())
}

// PostgreSQL leaves it out without a word; MySQL refuses the text, or computes with it.
fn offsets_of_text_are_not_left_out(db: &Db) -> Result<()> {
    if !db.fits_values_to_columns() || db.converts_kinds() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let columns = [
        Column::new("local", types::DateTime).nullable(true),
        Column::new("time", types::Time).nullable(true),
        Column::new("instant", types::DateTime.with_timezone()).nullable(true),
    ];
    let t = Table::new("offsets", &metadata, columns)?;
    metadata.create_all(&mut conn)?;
    let text = "2024-01-01 12:00:00+05:00";
    conn.execute(t.insert().values(t.c("instant")?.set(text)))?;
    conn.execute(t.insert().values(t.c("local")?.set("2024-01-01 12:00:00")))?;
    let error = conn.execute(t.insert().values(t.c("local")?.set(text)));
    let error = error.expect_err("the offset would be lost");
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    assert!(error.message().contains("offset"), "{error}");
    let times: [(Value, &str); 3] = [
        ("12:00:00+05:00".into(), "offset"),
        ("12:00:00+05:00".parse::<TimeTz>()?.into(), "offset"),
        // A day and two hours were two hours.
        (Interval::from_micros(26 * 3_600_000_000).into(), "another kind"),
    ];
    for (value, why) in times {
        let error = conn.execute(t.insert().values(t.c("time")?.set(value)));
        let error = error.expect_err("a part of it would be lost");
        assert!(error.message().contains(why), "{error}");
    }
    Ok(())
}
