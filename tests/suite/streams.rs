//! Streams: rows in portions while the statement stays open.

use aludel::sql::ClauseElement as _;
use aludel::{Connection, Result, Row, insert, select, text};

use crate::{Db, User, suite};

suite![
    every_row_once,
    half_read_then_closed,
    half_read_then_dropped,
    portions,
    stream_of_nothing,
    error_when_opened,
    error_in_the_middle,
];

const ROWS: i32 = 2500;

fn fill(db: &Db) -> Result<Connection> {
    db.users(&[])?;
    filled(db.engine.connect()?)
}

fn filled(mut conn: Connection) -> Result<Connection> {
    let sets = (0..ROWS).map(|n| aludel::params! { name: format!("{n:05}"), age: n });
    conn.execute_many(insert::<User>(), sets)?;
    conn.commit()?;
    Ok(conn)
}

// conforms: B92
fn every_row_once(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = filled(engine.connect()?)?;
    let sql = select(User::c.age).order_by(User::c.name.asc()).compile(engine.dialect())?;
    let cursor = format!("CURSOR {}", sql.sql());
    calls.take();
    let mut tx = conn.begin()?;
    calls.take();
    for portion in [1, 7, 512, 10_000] {
        let statement = select(User::c.age).order_by(User::c.name.asc());
        let stream = tx.stream(statement)?.yield_per(portion);
        let ages: Vec<Option<i32>> =
            stream.map(|row| row.map(|(age,)| age)).collect::<Result<_>>()?;
        assert_eq!(ages, (0..ROWS).map(Some).collect::<Vec<_>>());
        // One cursor, whatever the portions.
        assert_eq!(calls.take(), [cursor.as_str()]);
    }
    tx.commit()
}

// conforms: B44
fn half_read_then_closed(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = filled(engine.connect()?)?;
    conn.execute(text("update users set age = -1 where name = '00000'"))?;
    calls.take();
    let mut stream = conn.stream(text("select name from users"))?.yield_per(10);
    assert_eq!(stream.fetchmany(15)?.len(), 15);
    stream.close()?;
    assert_eq!(calls.take(), ["CURSOR select name from users"]);
    // The transaction is as it was.
    let age: Option<i64> = conn.scalar(text("select age from users where name = '00000'"))?;
    assert_eq!(age, Some(-1));
    conn.commit()?;
    Ok(())
}

// conforms: B44
// fault: D12, D03
fn half_read_then_dropped(db: &Db) -> Result<()> {
    let mut conn = fill(db)?;
    for nonce in 0..10_i64 {
        let mut stream = conn.stream(select(User::c.name))?.yield_per(10);
        assert!(stream.next().is_some());
        drop(stream);
        assert_eq!(conn.scalar(text("select :n").bind("n", nonce))?, Some(nonce));
        assert!(!conn.is_invalidated());
    }
    // No cursor keeps a lock: another connection can write.
    conn.rollback()?;
    db.engine.begin(|other| other.execute(text("update users set age = 0")))?;
    Ok(())
}

// conforms: B85
fn portions(db: &Db) -> Result<()> {
    let mut conn = fill(db)?;
    let mut stream = conn.stream(text("select name from users"))?.yield_per(1000);
    assert_eq!(stream.columns().names().collect::<Vec<_>>(), ["name"]);
    let mut sizes = Vec::new();
    while let Some(rows) = stream.next_partition()? {
        sizes.push(rows.len());
    }
    assert_eq!(sizes, [1000, 1000, 500]);
    Ok(())
}

fn stream_of_nothing(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let rows: Vec<Row> = conn.stream(text("select name from users"))?.fetchall()?;
    assert_eq!(rows, []);
    Ok(())
}

fn error_when_opened(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let error = conn.stream(text("select * from nowhere")).map(drop).expect_err("no such table");
    assert!(error.is_missing_table(), "{error}");
    conn.rollback()?;
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}

// conforms: B44
fn error_in_the_middle(db: &Db) -> Result<()> {
    let mut conn = fill(db)?;
    conn.execute(text("update users set age = null where name = '00020'"))?;
    let sp = conn.begin_nested()?;
    sp.commit()?;
    // A row that cannot be read as the type ends the stream, and the connection goes on.
    let statement = text("select age from users order by name");
    let mut stream = conn.stream(statement)?.yield_per(5);
    let mut read = 0;
    let error = loop {
        match stream.next().expect("it does not end before the error") {
            Ok(row) => match row.get::<i32>(0) {
                Ok(age) => assert_eq!(age, read),
                Err(error) => break error,
            },
            Err(error) => break error,
        }
        read += 1;
    };
    assert_eq!(read, 20);
    assert_eq!(error.kind(), aludel::ErrorKind::Decode);
    drop(stream);
    assert_eq!(conn.scalar(text("select 1"))?, Some(1_i64));
    Ok(())
}
