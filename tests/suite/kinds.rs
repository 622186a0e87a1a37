//! Columns of every kind of value: what is stored comes back as it was, or is refused.

use aludel::value::{
    Array, BitString, Date, DateTime, Decimal, Dimension, Interval, RawJson, Time, TimeTz,
    Timestamp, Uuid,
};
use aludel::{
    Auto, Connection, ErrorKind, Mapped, MetaData, Result, Value, insert, literal, params, select,
    text,
};

use crate::{Db, suite};

suite![
    decimals,
    unsigned_integers,
    dates_and_times,
    lengths_of_time,
    uuids_and_json,
    strings_of_bits,
    nulls_of_every_kind,
    arrays,
    times_with_an_offset,
    what_does_not_match_is_named,
];

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "kinds")]
pub(crate) struct Kinds {
    #[aludel(primary_key)]
    pub(crate) id: Auto<i64>,
    pub(crate) price: Option<Decimal>,
    pub(crate) large: Option<u64>,
    pub(crate) day: Option<Date>,
    pub(crate) time: Option<Time>,
    pub(crate) moment: Option<DateTime>,
    pub(crate) instant: Option<Timestamp>,
    pub(crate) length: Option<Interval>,
    pub(crate) uuid: Option<Uuid>,
    pub(crate) json: Option<RawJson>,
}

pub(crate) fn made(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Kinds>().create_all(&mut conn)?;
    Ok(conn)
}

/// Stores a value in a column, and expects it to come back, and to be found by itself.
macro_rules! stored {
    ($conn:expr, $column:expr, $value:expr) => {{
        let (conn, column, value) = (&mut *$conn, $column, $value);
        conn.execute(insert::<Kinds>().values(column.set(Some(value.clone()))))?;
        let newest = select((Kinds::c.id, column)).order_by(Kinds::c.id.desc()).limit(1);
        let (id, found) = conn.execute(newest)?.one()?;
        let found = found.expect("a value");
        assert_eq!(found, value);
        let by_value = select(Kinds::c.id).where_(column.eq(value)).where_(Kinds::c.id.eq(id));
        assert_eq!(conn.scalars(by_value)?, [id], "{found:?} is not found by itself");
        found
    }};
}

/// The same for what the database cannot store.
macro_rules! refused {
    ($conn:expr, $column:expr, $value:expr) => {{
        let value = $value;
        let statement = insert::<Kinds>().values($column.set(Some(value.clone())));
        let error = $conn.execute(statement).expect_err("no such value");
        assert_eq!(error.kind(), ErrorKind::Data, "{value:?}: {error}");
    }};
}

// conforms: F22, F27
fn decimals(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let column = Kinds::c.price;
    for text in [
        "0",
        "0.00",
        "-0.5",
        "1.10",
        "100.00",
        "10000.0000",
        "79228162514264337593543950336",
        "7922816251426433759354395033.56",
        "0.333333333333333333333333333333",
        "1.000000000000000000000000000005",
        "0.000000000000000000000000000001",
        "-99999999999999999999999999999999999.999999999999999999999999999999",
    ] {
        let found = stored!(&mut conn, column, text.parse::<Decimal>()?);
        if db.keeps_scales() {
            assert_eq!(found.as_str(), text);
        }
    }
    for odd in [Decimal::nan(), Decimal::infinity(), Decimal::neg_infinity()] {
        if db.has_odd_decimals() {
            stored!(&mut conn, column, odd);
        } else {
            refused!(conn, column, odd);
        }
    }
    // Compared by value and not by digits, where numbers are numbers.
    conn.execute(insert::<Kinds>().values(column.set(Some("1.10".parse::<Decimal>()?))))?;
    let same = select(Kinds::c.id).where_(column.eq("1.1".parse::<Decimal>()?));
    assert!(!conn.scalars(same)?.is_empty());
    let price = |text: &str| text.parse::<Decimal>();
    let long = price("12345678901234567890.1234567890")?;
    conn.execute(insert::<Kinds>().values(column.set(Some(long))))?;
    let close = price("12345678901234567890.1234567891")?;
    let found = select(column).where_(column.eq(close.clone()));
    assert_eq!(conn.scalars(found)?, [], "found by what is close to it");
    Ok(())
}

// fault: D16
fn unsigned_integers(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let column = Kinds::c.large;
    let largest = u64::try_from(i64::MAX).unwrap();
    for value in [0, 1, u64::from(u32::MAX), largest] {
        stored!(&mut conn, column, value);
    }
    for value in [largest + 1, u64::MAX] {
        if db.has_unsigned() {
            stored!(&mut conn, column, value);
            let found = select(column).where_(column.gt(largest));
            assert!(conn.scalars(found)?.contains(&Some(value)));
            let error =
                conn.execute(text("select large from kinds where large > :n").bind("n", largest));
            let row = error?.first()?.expect("a row");
            let error = row.get::<i64>(0).expect_err("too large");
            assert_eq!(error.kind(), ErrorKind::Decode);
            for part in ["\"large\"", "i64", "read it as"] {
                assert!(error.message().contains(part), "{error}");
            }
        } else {
            refused!(conn, column, value);
        }
    }
    // Wherever a number is bound.
    let count: usize = 3;
    conn.execute(insert::<Kinds>().values(column.set(Some(7))))?;
    let listed = select(Kinds::c.id).limit(count).offset(0_u64).where_(column.eq(7_u64));
    assert_eq!(conn.scalars(listed)?.len(), 1);
    let statement = text("select large from kinds where large = :a or large = :b");
    let statement = statement.params(params! { a: 7_usize, b: 1_u64 }).bind("a", 7_u64);
    assert_eq!(conn.execute(statement)?.all()?.len(), 2);
    Ok(())
}

// conforms: F22, F30
fn dates_and_times(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Kinds::c;
    for day in ["2024-02-29", "1000-01-01", "1582-10-10", "9999-12-31", "0001-01-01"] {
        stored!(&mut conn, c.day, day.parse::<Date>()?);
        for time in ["00:00:00", "23:59:59.999999", "12:00:00.5", "03:04:05.000001"] {
            stored!(&mut conn, c.moment, format!("{day} {time}").parse::<DateTime>()?);
            stored!(&mut conn, c.instant, format!("{day} {time}+00").parse::<Timestamp>()?);
        }
    }
    stored!(&mut conn, c.moment, "1999-12-31 23:59:59.999999".parse::<DateTime>()?);
    for time in ["00:00:00", "23:59:59.999999", "24:00:00", "13:14:15.000001"] {
        stored!(&mut conn, c.time, time.parse::<Time>()?);
    }
    for day in ["0044-03-15 BC", "4713-01-01 BC", "20000-01-01", "infinity", "-infinity"] {
        let day: Date = day.parse()?;
        let at = |day: Date| match day {
            Date::INFINITY => Ok(DateTime::INFINITY),
            Date::NEG_INFINITY => Ok(DateTime::NEG_INFINITY),
            day => DateTime::new(day, Time::MIDNIGHT),
        };
        let moment = at(day)?;
        if db.has_distant_dates() {
            stored!(&mut conn, c.day, day);
            stored!(&mut conn, c.moment, moment);
            stored!(&mut conn, c.instant, moment.in_utc());
        } else {
            refused!(conn, c.day, day);
            refused!(conn, c.moment, moment);
            refused!(conn, c.instant, moment.in_utc());
        }
    }
    if db.has_distant_dates() {
        stored!(&mut conn, c.day, "5874897-12-31".parse::<Date>()?);
        stored!(&mut conn, c.moment, "294276-12-31 23:59:59.999999".parse::<DateTime>()?);
    }
    // They sort as they follow each other.
    let sorted =
        conn.scalars(select(c.moment).where_(c.moment.is_not_null()).order_by(c.moment))?;
    assert!(sorted.is_sorted(), "{sorted:?}");
    Ok(())
}

// conforms: F22, F28
fn lengths_of_time(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let column = Kinds::c.length;
    for text in
        ["00:00:00", "-00:00:00.000001", "838:59:59.999999", "-838:59:59.999999", "23:00:00"]
    {
        stored!(&mut conn, column, text.parse::<Interval>()?);
    }
    let long = Interval::from_micros(839 * 3_600_000_000);
    if db.has_long_times() {
        stored!(&mut conn, column, long);
    } else {
        refused!(conn, column, long);
    }
    for text in ["1 mon", "1 day", "-1 mons +1 day -00:00:01", "178956970 years 7 mons"] {
        let interval: Interval = text.parse()?;
        if db.has_identity() {
            stored!(&mut conn, column, interval);
        } else {
            refused!(conn, column, interval);
        }
    }
    Ok(())
}

// conforms: F22, F26, F28
fn uuids_and_json(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Kinds::c;
    for uuid in [
        "00000000-0000-0000-0000-000000000000",
        "00000000-0000-0000-0000-000000000042",
        "12345678-9012-3456-7890-1234567e1000",
        "550e8400-e29b-41d4-a716-446655440000",
        "550e8400-e29b-81d4-8016-446655440000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    ] {
        stored!(&mut conn, c.uuid, uuid.parse::<Uuid>()?);
    }
    for json in [
        "null",
        "12345678901234567890",
        "1.10",
        "{\"b\": 1e400, \"a\":18446744073709551616, \"a\": \"ü🦀\"}",
    ] {
        let json = RawJson::new(json)?;
        conn.execute(insert::<Kinds>().values(c.json.set(Some(json.clone()))))?;
        let newest = select(c.json).order_by(c.id.desc()).limit(1);
        assert_eq!(conn.scalars(newest)?, [Some(json.clone())], "the text is another");
        let row = conn.execute(text("select json from kinds order by id desc"))?.first()?;
        assert_eq!(row.expect("a row").get::<String>(0)?, json.get());
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "bits")]
struct Bits {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = aludel::types::Bit(9))]
    bits: BitString,
}

fn strings_of_bits(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Bits>().create_all(&mut conn)?;
    for bits in ["000000000", "100000001", "011111111"] {
        let bits: BitString = bits.parse()?;
        conn.execute(insert::<Bits>().values(Bits::c.bits.set(bits.clone())))?;
        let newest = select(Bits::c.bits).order_by(Bits::c.id.desc()).limit(1);
        assert_eq!(conn.scalars(newest)?, [bits]);
    }
    Ok(())
}

fn nulls_of_every_kind(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Kinds::c;
    conn.execute(insert::<Kinds>().values((
        c.price.set(None),
        c.large.set(None),
        c.day.set(None),
        c.time.set(None),
        c.moment.set(None),
        c.instant.set(None),
        c.length.set(None),
        c.uuid.set(None),
        c.json.set(None),
    )))?;
    conn.execute_many(insert::<Kinds>(), [params! { price: Value::Null, uuid: Value::Null }])?;
    let rows = conn.execute(select(Kinds::c))?.all()?;
    assert_eq!(rows.len(), 2);
    for row in rows {
        let empty = Kinds {
            id: row.id,
            price: None,
            large: None,
            day: None,
            time: None,
            moment: None,
            instant: None,
            length: None,
            uuid: None,
            json: None,
        };
        assert_eq!(row, empty);
    }
    // NULL has no type of its own: every type reads it.
    for sql in
        ["select null", "select null union all select null", "select x from (select null as x) t"]
    {
        let row = conn.execute(text(sql))?.first()?.expect("a row");
        assert_eq!(row.get::<Option<Decimal>>(0)?, None);
        assert_eq!(row.get::<Option<u64>>(0)?, None);
        assert_eq!(row.get::<Option<Date>>(0)?, None);
        assert_eq!(row.get::<Option<TimeTz>>(0)?, None);
        assert_eq!(row.get::<Option<Timestamp>>(0)?, None);
        assert_eq!(row.get::<Option<Interval>>(0)?, None);
        assert_eq!(row.get::<Option<Uuid>>(0)?, None);
        assert_eq!(row.get::<Option<RawJson>>(0)?, None);
        assert_eq!(row.get::<Option<Vec<i32>>>(0)?, None);
        let error = row.get::<Uuid>(0).expect_err("it is NULL");
        assert!(error.message().contains("Option<Uuid>"), "{error}");
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "lists")]
struct Lists {
    #[aludel(primary_key)]
    id: Auto<i64>,
    integers: Vec<i32>,
    words: Option<Vec<Option<String>>>,
    prices: Vec<Decimal>,
    moments: Vec<Timestamp>,
    bytes: Vec<Vec<u8>>,
}

// conforms: F22, F29
fn arrays(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let c = Lists::c;
    let created = MetaData::new().with::<Lists>().create_all(&mut conn);
    if !db.has_identity() {
        assert_eq!(created.expect_err("no arrays").kind(), ErrorKind::Compile);
        let error = conn.execute(select(literal(vec![1]))).expect_err("no arrays");
        assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
        return Ok(());
    }
    created?;
    let words = ["", "NULL", "a,b", "\"\\{}", " ü🦀\n", "x"].map(|word| Some(word.to_owned()));
    let words: Vec<_> = words.into_iter().chain([None]).collect();
    let row = Lists {
        id: 1.into(),
        integers: vec![i32::MIN, 0, i32::MAX],
        words: Some(words),
        prices: vec!["1.10".parse()?, Decimal::nan(), "-1e30".parse()?],
        moments: vec!["1999-12-31 23:59:59.999999Z".parse()?, Timestamp::NEG_INFINITY],
        bytes: vec![vec![], vec![0, 255, b'\\', b'"']],
    };
    let add = |row: &Lists| {
        insert::<Lists>().values((
            c.integers.set(row.integers.clone()),
            c.words.set(row.words.clone()),
            c.prices.set(row.prices.clone()),
            c.moments.set(row.moments.clone()),
            c.bytes.set(row.bytes.clone()),
        ))
    };
    conn.execute(add(&row))?;
    let empty = Lists {
        id: 2.into(),
        integers: vec![],
        words: None,
        prices: vec![],
        moments: vec![],
        bytes: vec![],
    };
    conn.execute(add(&empty))?;
    let rows = conn.execute(select(Lists::c).order_by(c.id.asc()))?.all()?;
    assert_eq!(rows, [row.clone(), empty]);
    let found = select(c.id).where_(c.integers.eq(row.integers.clone()));
    assert_eq!(conn.scalars(found)?, [1]);
    let found = select(c.id).where_(c.prices.eq(row.prices));
    assert_eq!(conn.scalars(found)?, [1]);
    let any = text("select id from lists where 2147483647 = any(integers) and id = any(:ids)");
    assert_eq!(conn.execute(any.bind("ids", vec![1_i64, 7]))?.all()?.len(), 1);

    // What a Vec cannot say.
    let square = "select '{{1,2},{3,4}}'::int[], '[2:3]={1,2}'::int[], '{1,NULL}'::int[]";
    let odd = conn.execute(text(square))?.one()?;
    let array: Array = odd.get(0)?;
    assert_eq!(array.dimensions(), [Dimension::new(2), Dimension::new(2)]);
    assert_eq!(array.elements(), [1, 2, 3, 4].map(Value::from));
    assert_eq!(odd.get::<Array>(1)?.dimensions(), [Dimension::new(2).from(2)]);
    for (index, part) in [(0, "several dimensions"), (1, "counted from 1"), (2, "element 2")] {
        let error = odd.get::<Vec<i32>>(index).expect_err("no list of integers");
        assert!(error.message().contains(part), "{error}");
    }
    assert_eq!(odd.get::<Vec<Option<i64>>>(2)?, [Some(1), None]);
    conn.execute(text("create temporary table odd (a int[])"))?;
    for array in [odd.get::<Array>(0)?, odd.get::<Array>(1)?] {
        conn.execute(text("insert into odd values (:a)").bind("a", array.clone()))?;
        let mut row = conn
            .execute(text("delete from odd where a = :a returning a").bind("a", array.clone()))?;
        assert_eq!(row.one()?.get::<Array>(0)?, array);
    }
    Ok(())
}

fn times_with_an_offset(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    for time in ["00:00:00+00", "13:14:15.000001-15:59:59", "24:00:00+05:30"] {
        let time: TimeTz = time.parse()?;
        let bound = conn.execute(text("select :t").bind("t", time));
        match bound {
            Ok(mut result) => assert_eq!(result.one()?.get::<TimeTz>(0)?, time),
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}"),
        }
        conn.rollback()?;
    }
    Ok(())
}

/// The column, its type in the database, and the Rust type; never the value.
fn what_does_not_match_is_named(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Kinds::c;
    conn.execute(insert::<Kinds>().values((
        c.price.set(Some("1234.5".parse::<Decimal>()?)),
        c.day.set(Some(Date::new(2019, 5, 17)?)),
        c.uuid.set(Some(Uuid::from_bytes([0x5a; 16]))),
    )))?;
    let row = conn.execute(text("select price, day, uuid from kinds"))?.one()?;
    let errors = [
        row.get::<i64>("price").expect_err("a fraction"),
        row.get::<f64>("price").expect_err("a decimal number"),
        row.get::<bool>("day").expect_err("a date"),
        row.get::<Interval>("day").expect_err("a date"),
        row.get::<Date>("uuid").expect_err("a UUID"),
        row.get::<Vec<i32>>("uuid").expect_err("a UUID"),
    ];
    let columns = ["price", "price", "day", "day", "uuid", "uuid"];
    let rust = ["i64", "f64", "bool", "Interval", "Date", "array"];
    for ((error, column), rust) in errors.into_iter().zip(columns).zip(rust) {
        assert_eq!(error.kind(), ErrorKind::Decode);
        let message = error.message();
        assert!(message.contains(&format!("column {column:?}")), "{message}");
        assert!(message.contains(rust), "{message}");
        for secret in ["1234", "2019", "5a5a"] {
            assert!(!message.contains(secret), "{message}");
        }
        if let Some(types) = db.types_of_kinds() {
            assert!(types.iter().any(|ty| message.contains(&format!("({ty})"))), "{message}");
        }
    }
    let typed = conn.execute(select(Kinds::c.day).where_(Kinds::c.day.is_not_null()));
    assert!(typed.is_ok());
    Ok(())
}
