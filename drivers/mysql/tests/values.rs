//! Values there and back: extremes, sizes, and what the server has that Rust has not.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use aludel_core::dbapi::{ExecutionOptions, NoRows, StatementKind};
use aludel_core::error::ErrorKind;
use aludel_core::value::{BitString, Date, Decimal, Interval, Time, Value};
use aludel_testing::blocking::{cells, execute, query, scalar};
use aludel_testing::{Cell, statement};
use support::{Db, Table, assert_right_answers};

both! {
    plain_values_go_there_and_back
    every_integer_type_keeps_its_extremes
    other_types_keep_their_values
    the_text_protocol_reads_the_same
    floats_without_a_place_are_refused
    text_that_is_not_utf8_is_an_error
    large_values
    what_is_too_large_is_refused_and_the_session_goes_on
}

fn plain_values_go_there_and_back(db: &Db) {
    let table = Table::new(db, "id int, i bigint, f double, t longtext, b longblob");
    let mut connection = db.connect();
    let insert =
        statement(&format!("insert into {table} values (?, ?, ?, ?, ?)"), StatementKind::Dml);
    let every_byte: Vec<u8> = (0..=255).collect();
    let sets = [
        [
            Value::Int(i64::MAX),
            Value::Float(f64::MAX),
            Value::from(""),
            Value::from(Vec::<u8>::new()),
        ],
        [
            Value::Int(i64::MIN),
            Value::Float(f64::MIN),
            Value::from("a\0b'\\\"%_"),
            every_byte.into(),
        ],
        [
            Value::Int(0),
            Value::Float(5e-324),
            Value::from("\u{1f9ea} ü \u{10ffff}"),
            vec![0_u8].into(),
        ],
        [Value::Null, Value::Null, Value::Null, Value::Null],
    ];
    for (id, set) in (0..).zip(&sets) {
        let params: Vec<_> = std::iter::once(Value::Int(id)).chain(set.iter().cloned()).collect();
        connection.execute(&insert, &params, &ExecutionOptions::DEFAULT, &mut NoRows).unwrap();
    }
    let sql = format!("select i, f, t, b from {table} order by id");
    assert_eq!(query(&mut *connection, &sql, &[]).unwrap(), sets);
    for set in &sets {
        for (column, value) in ["i", "f", "t", "b"].iter().zip(set) {
            let sql = format!("select count(*) from {table} where {column} <=> ?");
            let found = scalar(&mut *connection, &sql, std::slice::from_ref(value)).unwrap();
            assert_eq!(found, Value::Int(1), "{column} {value:?}");
        }
    }
    // A truth value is a number.
    let truth = query(&mut *connection, "select ?, ?, true", &[true.into(), false.into()]).unwrap();
    assert_eq!(truth, [[Value::Int(1), Value::Int(0), Value::Int(1)]]);
    connection.rollback().unwrap();
}

// fault: D19
fn every_integer_type_keeps_its_extremes(db: &Db) {
    let mut connection = db.connect();
    let types = [("tinyint", 8), ("smallint", 16), ("mediumint", 24), ("int", 32), ("bigint", 64)];
    for (name, bits) in types {
        let (low, high) = (-(1_i128 << (bits - 1)), (1_i128 << (bits - 1)) - 1);
        let top = (1_i128 << bits) - 1;
        execute(&mut *connection, "drop temporary table if exists n").unwrap();
        let create = format!("create temporary table n (a {name}, b {name}, c {name} unsigned)");
        execute(&mut *connection, &create).unwrap();
        execute(&mut *connection, &format!("insert into n values ({low}, {high}, {top})")).unwrap();
        let row = cells(&mut *connection, "select * from n", &[]).unwrap().remove(0);
        let int = |value: i128| match i64::try_from(value) {
            Ok(value) => Cell::Plain(Value::Int(value)),
            Err(_) => Cell::Plain(Value::UInt(u64::try_from(value).unwrap())),
        };
        assert_eq!(row, [int(low), int(high), int(top)], "{name}");
    }
    let error = execute(&mut *connection, "insert into n values (9223372036854775808, 0, 0)");
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Data);
}

const OTHERS: &str = "cast('12345678901234567890.123' as decimal(30, 3)) a, \
                      date '2024-02-29' b, timestamp '2024-02-29 01:02:03' c, \
                      timestamp '2024-02-29 01:02:03.450000' d, time '-838:59:59' e, \
                      cast('10:11:12.5' as time(1)) f, b'1010' + 0 g, cast(1.5 as float) h";

fn other_cells() -> Vec<Cell> {
    let moment = |text: &str| Value::DateTime(text.parse().unwrap());
    let values = [
        "12345678901234567890.123".parse::<Decimal>().unwrap().into(),
        Date::new(2024, 2, 29).unwrap().into(),
        moment("2024-02-29 01:02:03"),
        moment("2024-02-29 01:02:03.45"),
        "-838:59:59".parse::<Interval>().unwrap().into(),
        Time::new(10, 11, 12, 500_000).unwrap().into(),
        Value::Int(10),
        Value::Float(1.5),
    ];
    values.map(Cell::Plain).into()
}

fn other_types_keep_their_values(db: &Db) {
    let mut connection = db.connect();
    let row = cells(&mut *connection, &format!("select {OTHERS}"), &[]).unwrap().remove(0);
    assert_eq!(row, other_cells());
    let create = "create temporary table n (bits bit(12), kind enum('x', 'y'), kinds set('p', 'q'), \
                  doc json, yr year, at timestamp(3) null, fixed binary(3), place point)";
    execute(&mut *connection, create).unwrap();
    execute(
        &mut *connection,
        "insert into n values (b'100000001', 'y', 'p,q', '{\"a\": 1}', 2024, \
         '2024-02-29 01:02:03.004', 'ab', point(1, 2))",
    )
    .unwrap();
    let mut row = cells(&mut *connection, "select * from n", &[]).unwrap().remove(0);
    let Some(Cell::Wire(255, _)) = row.pop() else {
        panic!("a geometry is one of the server's own")
    };
    let plain = [
        Cell::Plain("000100000001".parse::<BitString>().unwrap().into()),
        Cell::Plain(Value::from("y")),
        Cell::Plain(Value::from("p,q")),
        Cell::Plain(Value::from("{\"a\": 1}")),
        Cell::Plain(Value::Int(2024)),
        Cell::Plain(Value::Timestamp("2024-02-29 01:02:03.004Z".parse().unwrap())),
        Cell::Plain(Value::from(b"ab\0".as_slice())),
    ];
    assert_eq!(row, plain);
    // The session's clock is UTC, whatever the server's is.
    let zone = scalar(&mut *connection, "select timestampdiff(hour, now(), utc_timestamp())", &[]);
    assert_eq!(zone.unwrap(), Value::Int(0));
}

fn the_text_protocol_reads_the_same(db: &Db) {
    let mut connection = db.connect();
    let all = format!(
        "select {OTHERS}, 18446744073709551615 big, -7 small, x'00ff' bytes, ''ü'' text, null none"
    );
    let all = all.replace("'", "''").replace("''''ü''''", "''ü''");
    execute(&mut *connection, &format!("prepare mine from '{all}'")).unwrap();
    let row = cells(&mut *connection, "execute mine", &[]).unwrap().remove(0);
    let mut expected = other_cells();
    expected.extend([
        Cell::Plain(Value::UInt(u64::MAX)),
        Cell::Plain(Value::Int(-7)),
        Cell::Plain(Value::from([0_u8, 255].as_slice())),
        Cell::Plain(Value::from("ü")),
        Cell::Plain(Value::Null),
    ]);
    assert_eq!(row, expected);
}

// fault: D20
fn floats_without_a_place_are_refused(db: &Db) {
    let mut connection = db.connect();
    for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let params = [Value::Int(1), Value::Float(value)];
        let error = query(&mut *connection, "select ?, ?", &params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.message().starts_with("parameter 2: "), "{error}");
        let sets = [vec![Value::Float(1.0)], vec![Value::Float(value)]];
        let select = statement("select ?", StatementKind::Dml);
        let error = connection
            .execute_many(&select, &sets, &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap_err();
        assert!(error.message().starts_with("parameter set number 2: parameter 1: "), "{error}");
    }
    assert_right_answers(&mut *connection);
}

// fault: D17
fn text_that_is_not_utf8_is_an_error(db: &Db) {
    let mut connection = db.connect();
    // The server hands bytes back as the text that parameters without a column are.
    for bytes in [vec![0xff], vec![b'a', 0xc3], vec![0xed, 0xa0, 0x80]] {
        let error = query(&mut *connection, "select ?", &[Value::from(bytes)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("UTF-8"), "{error}");
        assert_right_answers(&mut *connection);
    }
    // What is stored in another character set is brought into ours.
    let latin = "select cast(x'e4' as char character set latin1) collate latin1_bin";
    assert_eq!(scalar(&mut *connection, latin, &[]).unwrap(), Value::from("ä"));
}

/// Allows larger packets than the server does by itself, for the sessions that begin from now on.
struct Generous {
    connection: Box<dyn aludel_core::dbapi::Connection>,
    before: i64,
}

impl Generous {
    fn new(db: &Db) -> Self {
        let mut connection = db.connect();
        let before =
            aludel_testing::blocking::int(&mut *connection, "select @@global.max_allowed_packet");
        execute(&mut *connection, "set global max_allowed_packet = 67108864").unwrap();
        Self { connection, before }
    }
}

impl Drop for Generous {
    fn drop(&mut self) {
        let back = format!("set global max_allowed_packet = {}", self.before);
        let _ = execute(&mut *self.connection, &back);
    }
}

/// The one setting of the server is changed by one test at a time.
static PACKETS: std::sync::Mutex<()> = std::sync::Mutex::new(());

// fault: D15
fn large_values(db: &Db) {
    let _alone = PACKETS.lock();
    let _generous = Generous::new(db);
    let mut connection = db.connect();
    const FRAME: usize = (1 << 24) - 1;
    for size in [FRAME - 40, FRAME - 1, FRAME, FRAME + 1, FRAME + 2, 2 * FRAME + 1] {
        let value = Value::from(vec![b'x'; size]);
        let params = [Value::Int(7), value];
        let mut row = query(&mut *connection, "select ?, ?, length(?)", &{
            let [seven, value] = params.clone();
            [seven, value.clone(), value]
        })
        .unwrap()
        .remove(0);
        assert_eq!(row.pop(), Some(Value::Int(i64::try_from(size).unwrap())), "{size}");
        let Some(Value::Text(text)) = row.pop() else { panic!("text") };
        assert!(text.len() == size && text.bytes().all(|byte| byte == b'x'), "{size}");
        assert_eq!(row, [Value::Int(7)]);
    }
    assert_right_answers(&mut *connection);
}

// fault: D15
fn what_is_too_large_is_refused_and_the_session_goes_on(db: &Db) {
    let _alone = PACKETS.lock();
    let mut connection = db.connect();
    let limit = aludel_testing::blocking::int(&mut *connection, "select @@max_allowed_packet");
    let limit = usize::try_from(limit).unwrap();
    for size in [limit - 100, limit, limit + 1, limit + 1_000_000] {
        let outcome = query(&mut *connection, "select length(?)", &[Value::from(vec![0_u8; size])]);
        match outcome {
            Ok(rows) => assert!(size < limit && rows.len() == 1),
            Err(error) => {
                assert!(size >= limit, "{size}: {error}");
                assert_eq!(error.kind(), ErrorKind::Data);
                assert!(error.message().contains("max_allowed_packet"), "{error}");
            }
        }
        let text = format!("select length('{}')", "x".repeat(size));
        let outcome = query(&mut *connection, &text, &[]);
        assert_eq!(outcome.is_ok(), size < limit - 50, "{size}");
        assert!(connection.is_usable());
        assert_right_answers(&mut *connection);
    }
    // A row may be larger than anything that can be sent.
    let value = vec![b'y'; limit - 1000];
    let row =
        query(&mut *connection, "select a, a, a from (select ? a) x", &[value.into()]).unwrap();
    assert_eq!(row[0].len(), 3);
    assert_right_answers(&mut *connection);
}
