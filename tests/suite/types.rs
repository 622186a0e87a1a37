//! Values there and back, at their extremes.

use aludel::{Auto, Mapped, MetaData, Result, insert, select, text};

use crate::{Db, suite};

suite![every_type_at_its_extremes, nulls, floats, untyped_parameters, large_values];

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "extremes")]
struct Extreme {
    #[aludel(primary_key)]
    id: Auto<i64>,
    flag: bool,
    small: i16,
    medium: i32,
    large: i64,
    real: f64,
    words: String,
    bytes: Vec<u8>,
}

fn made(db: &Db) -> Result<aludel::Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Extreme>().with::<Sparse>().create_all(&mut conn)?;
    Ok(conn)
}

// fault: D19, D16
fn every_type_at_its_extremes(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let cases = [
        (false, i16::MIN, i32::MIN, i64::MIN, f64::MIN, "", vec![]),
        (true, i16::MAX, i32::MAX, i64::MAX, f64::MAX, "ü 🦀 \u{1} ' \" \\ $1 :x", vec![0, 255]),
        (true, 0, 0, 0, 5e-324, "\r\n\t", vec![0; 1000]),
        (false, -1, -1, -1, -0.0, "x", vec![b'\'', b'\\']),
    ];
    for (flag, small, medium, large, real, words, bytes) in cases {
        let c = Extreme::c;
        conn.execute(insert::<Extreme>().values((
            c.flag.set(flag),
            c.small.set(small),
            c.medium.set(medium),
            c.large.set(large),
            c.real.set(real),
            c.words.set(words),
            c.bytes.set(bytes.clone()),
        )))?;
        let found = conn.execute(select(Extreme::c).order_by(c.id.desc()).limit(1))?.one()?;
        assert_eq!((found.flag, found.small, found.medium), (flag, small, medium));
        assert_eq!(found.large, large);
        assert_eq!(found.real, real);
        if db.has_negative_zero() {
            assert_eq!(found.real.to_bits(), real.to_bits());
        }
        assert_eq!(found.words, words);
        assert_eq!(found.bytes, bytes);
        let by_value = select((c.large,)).where_(c.large.eq(large).and(c.words.eq(words)));
        assert_eq!(conn.execute(by_value)?.one()?, (large,));
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "sparse")]
struct Sparse {
    #[aludel(primary_key)]
    id: Auto<i64>,
    flag: Option<bool>,
    medium: Option<i32>,
    real: Option<f64>,
    words: Option<String>,
    bytes: Option<Vec<u8>>,
}

// fault: D16
fn nulls(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Sparse::c;
    let empty = insert::<Sparse>().values((
        c.flag.set(None),
        c.medium.set(None),
        c.real.set(None),
        c.words.set(None),
        c.bytes.set(None),
    ));
    conn.execute(empty)?;
    conn.execute(insert::<Sparse>().values((c.words.set("x"), c.medium.set(Some(1)))))?;
    let rows: Vec<Sparse> = conn.execute(select(Sparse::c).order_by(c.id.asc()))?.all()?;
    assert_eq!((rows[0].flag, rows[0].medium, rows[0].real), (None, None, None));
    assert_eq!((&rows[0].words, &rows[0].bytes), (&None, &None));
    assert_eq!((rows[1].words.as_deref(), rows[1].medium), (Some("x"), Some(1)));
    Ok(())
}

// fault: D19
fn floats(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Sparse::c;
    for value in [1e308, -1e-308, f64::INFINITY, f64::NEG_INFINITY] {
        if value.is_infinite() && !db.has_infinity() {
            let refused = conn.execute(insert::<Sparse>().values(c.real.set(Some(value))));
            assert_eq!(refused.expect_err("no infinity").kind(), aludel::ErrorKind::Data);
            continue;
        }
        conn.execute(insert::<Sparse>().values(c.real.set(Some(value))))?;
        let found: Option<Option<f64>> =
            conn.scalar(select(c.real).order_by(c.id.desc()).limit(1))?;
        assert_eq!(found, Some(Some(value)));
    }
    // SQLite would store NaN as NULL without a word; that must not happen.
    let nan = conn.execute(insert::<Sparse>().values(c.real.set(Some(f64::NAN))));
    if db.has_nan() {
        nan?;
        let found: Option<Option<f64>> =
            conn.scalar(select(c.real).order_by(c.id.desc()).limit(1))?;
        assert!(found.flatten().is_some_and(f64::is_nan));
    } else {
        assert_eq!(nan.expect_err("no NaN").kind(), aludel::ErrorKind::Data);
    }
    Ok(())
}

fn untyped_parameters(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let statement = text("select :i, :f, :s, :b").params(aludel::params! {
        i: i64::MAX, f: 1.5, s: "text", b: vec![1_u8, 2]
    });
    let row = conn.execute(statement)?.one()?;
    assert_eq!(row.get::<i64>(0)?, i64::MAX);
    assert_eq!(row.get::<f64>(1)?.to_bits(), 1.5_f64.to_bits());
    assert_eq!(row.get::<String>(2)?, "text");
    if db.tells_bytes_from_text() {
        assert_eq!(row.get::<Vec<u8>>(3)?, [1, 2]);
    }
    Ok(())
}

// fault: D15
fn large_values(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let words = "0123456789abcdef".repeat(256 * 1024);
    let row = conn.execute(text("select :s").bind("s", words.clone()))?.one()?;
    assert!(row.get::<String>(0)? == words);
    let bytes = words.into_bytes();
    conn.execute(insert::<Sparse>().values(Sparse::c.bytes.set(Some(bytes.clone()))))?;
    let found: Option<Option<Vec<u8>>> = conn.scalar(select(Sparse::c.bytes))?;
    assert!(found.flatten() == Some(bytes));
    Ok(())
}
