//! Values are exact or refused, whichever way they take into a column: beside the rows of a SELECT, as a
//! decimal number in a column of floats, as an array in a column of text, in a list of an expression.

use aludel::sql::{Executable, values};
use aludel::value::{Array, Date, Decimal};
use aludel::{
    Column, Connection, Error, ErrorKind, MetaData, Result, Table, Value, bindparam, literal,
    params, select, text, types,
};

use crate::{Db, suite};

suite![
    values_beside_the_rows_of_a_select,
    decimals_in_columns_of_floats,
    text_in_columns_of_floats,
    floats_in_columns_of_floats,
    arrays_in_columns_of_text,
    decimals_of_binds_keep_their_digits,
    values_beside_columns_of_other_kinds,
    truth_values_of_no_kind,
    numbers_behind_text,
    lists_of_several_kinds,
];

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a number")
}

/// A table of one column, which may be NULL, besides its key.
fn table(conn: &mut Connection, name: &'static str, ty: types::Type) -> Result<Table> {
    let metadata = MetaData::new();
    let columns = [
        Column::new("id", types::Integer).primary_key().autoincrement(false),
        Column::new("held", ty).nullable(true),
    ];
    let t = Table::new(name, &metadata, columns)?;
    metadata.create_all(conn)?;
    Ok(t)
}

fn assert_names_the_column(error: &Error, rust: &str) {
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    assert_eq!(error.details().column.as_deref(), Some("held"), "{error}");
    assert!(error.message().contains(rust), "{rust}: {error}");
}

fn run<E: Executable>(db: &Db, conn: &mut Connection, statement: E) -> Result<()> {
    let done = conn.execute(statement).map(drop);
    if !db.fits_values_to_columns() {
        return done;
    }
    assert_names_the_column(&done.expect_err("the column does not hold it"), "Decimal");
    Ok(())
}

// Both the defaults that a program makes and values of the select itself.
fn values_beside_the_rows_of_a_select(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let columns = |default: &'static str| {
        let price = Column::new("held", types::Numeric(10, 2));
        [
            Column::new("id", types::Integer).primary_key().autoincrement(false),
            Column::new("more", types::Integer).nullable(true),
            price.default_fn(move || decimal(default)),
        ]
    };
    let fine = Table::new("fine", &metadata, columns("1.25"))?;
    let odd = Table::new("odd", &metadata, columns("1.239"))?;
    metadata.create_all(&mut conn)?;
    let names = |t: &Table, name: &str| Ok::<_, Error>((t.c("id")?, t.c(name)?));
    let ids = || select((literal(1), literal(2)));
    let both = || ids().union_all(select((literal(2), literal(3))));
    conn.execute(fine.insert().from_select(names(&fine, "more")?, ids()))?;
    conn.execute(fine.delete())?;
    conn.execute(fine.insert().from_select(names(&fine, "more")?, both()))?;
    let held = conn.execute(fine.select())?.all()?;
    assert_eq!(held.len(), 2);
    assert_eq!(held[1].get::<Decimal>("held")?, decimal("1.25"));
    conn.commit()?;
    run(db, &mut conn, odd.insert().from_select(names(&odd, "more")?, ids()))?;
    conn.rollback()?;
    run(db, &mut conn, odd.insert().from_select(names(&odd, "more")?, both()))?;
    conn.rollback()?;
    let own = |price: &str| select((literal(7), literal(decimal(price))));
    run(db, &mut conn, fine.insert().from_select(names(&fine, "held")?, own("1.005")))?;
    conn.rollback()?;
    let united = own("1").union_all(select((literal(8), literal(decimal("1.005")))));
    run(db, &mut conn, fine.insert().from_select(names(&fine, "held")?, united))?;
    conn.rollback()?;
    let rows = values(["id", "held"], [(8, decimal("1.5")), (9, decimal("1.005"))]);
    run(db, &mut conn, fine.insert().from_select(names(&fine, "held")?, rows))?;
    conn.rollback()?;
    let named = select((literal(7), bindparam("price").typed::<Decimal>()));
    let named = fine.insert().from_select(names(&fine, "held")?, named);
    conn.execute(named.clone().params(params! { price: decimal("2.50") }))?;
    conn.rollback()?;
    run(db, &mut conn, named.params(params! { price: decimal("2.505") }))?;
    conn.rollback()
}

fn decimals_in_columns_of_floats(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let double = table(&mut conn, "doubles", types::Double)?;
    let set = |t: &Table, number: &str| {
        Ok::<_, Error>(t.insert().values((t.c("id")?.set(1), t.c("held")?.set(decimal(number)))))
    };
    for held in ["0.1", "-123456.789012345", "1e22", "0.30000000000000004", "9007199254740992"] {
        conn.execute(set(&double, held)?)?;
        let read: f64 = conn.scalar::<_, f64>(select(double.c("held")?))?.expect("a number");
        assert_eq!(read, held.parse::<f64>().unwrap(), "{held}");
        conn.execute(double.delete())?;
    }
    for rounded in [
        "0.12345678901234567890",
        "9007199254740993",
        "1234567890.12345678",
        "0.1000000000000000055511151231257827",
        "1e400",
        "1e-400",
    ] {
        let error = conn.execute(set(&double, rounded)?).expect_err("it would be rounded");
        assert_names_the_column(&error, "Decimal");
        assert!(error.message().contains("so many digits"), "{error}");
    }
    let float = table(&mut conn, "floats", types::Float)?;
    conn.execute(set(&float, "0.1")?)?;
    if db.fits_values_to_columns() {
        let error = conn.execute(set(&float, "0.123456789")?).expect_err("it would be rounded");
        assert_names_the_column(&error, "Decimal");
    }
    Ok(())
}

fn text_in_columns_of_floats(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let t = table(&mut conn, "doubles", types::Double)?;
    let set = |text: &str| {
        Ok::<_, Error>(t.insert().values((t.c("id")?.set(1), t.c("held")?.set(text.to_owned()))))
    };
    let error = conn.execute(set("0.12345678901234567890")?).expect_err("it would be rounded");
    assert_names_the_column(&error, "String");
    if db.converts_kinds() {
        let error = conn.execute(set("1.5 apples")?).expect_err("it would be converted");
        assert_names_the_column(&error, "String");
    }
    Ok(())
}

/// A float in a column of shorter ones is the nearest of those, as by `as f32`: that is what floats are.
fn floats_in_columns_of_floats(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let t = table(&mut conn, "floats", types::Float)?;
    conn.execute(t.insert().values((t.c("id")?.set(1), t.c("held")?.set(0.1_f64))))?;
    let read: f64 = conn.scalar::<_, f64>(select(t.c("held")?))?.expect("a number");
    assert!((read - 0.1).abs() < 1e-7, "{read}");
    let error = t.insert().values((t.c("id")?.set(2), t.c("held")?.set(9_007_199_254_740_993_i64)));
    assert_names_the_column(&conn.execute(error).expect_err("it would be rounded"), "i64");
    Ok(())
}

/// Its text, `{a,b}`, would be stored.
fn arrays_in_columns_of_text(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    for (name, ty) in [("texts", types::Text), ("short", types::String(40))] {
        let t = table(&mut conn, name, ty)?;
        conn.commit()?;
        let array = Value::from(vec!["a".to_owned(), "b".to_owned()]);
        let set = t.insert().values((t.c("id")?.set(1), t.c("held")?.set(array)));
        let error = conn.execute(set).expect_err("it is no text");
        if db.capabilities().arrays {
            assert_names_the_column(&error, "Array");
        }
        conn.rollback()?;
        assert!(conn.execute(t.select())?.all()?.is_empty());
    }
    Ok(())
}

/// Binds whose types are known by what they are given: in lists, in SQL of the program, beside integers.
fn decimals_of_binds_keep_their_digits(db: &Db) -> Result<()> {
    if !db.has_decimals() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let t = table(&mut conn, "wide", types::Numeric(30, 10))?;
    let (own, next) = ("9007199254740993.5", "9007199254740993.6");
    conn.execute(t.insert().values((t.c("id")?.set(1), t.c("held")?.set(decimal(own)))))?;
    let counted = |conn: &mut Connection, part: aludel::sql::Text, value: Value| -> Result<usize> {
        let found = t.select().where_(part).params(params! { x: value });
        Ok(conn.execute(found)?.all()?.len())
    };
    for (number, there) in [(own, 1), (next, 0)] {
        let value = || Value::from(decimal(number));
        assert_eq!(counted(&mut conn, text("held between :x and :x"), value())?, there, "{number}");
        assert_eq!(counted(&mut conn, text("held + 0 = :x"), value())?, there, "{number}");
        let list = || params! { xs: vec![decimal(number), decimal("1")] };
        let sum = t.c("held")? + t.c("held")? - t.c("held")?;
        let found = t.select().where_(sum.in_(bindparam("xs").expanding()));
        assert_eq!(conn.execute(found.params(list()))?.all()?.len(), there, "{number}");
        let written = text("select 1 from wide where held + 0 in :xs").expanding::<Decimal>("xs");
        assert_eq!(conn.execute(written.params(list()))?.all()?.len(), there, "{number}");
    }
    // What the bind has if it is given nothing, after one that has an integer there.
    let sum = || Ok::<_, Error>(t.c("held")? + t.c("held")? - t.c("held")?);
    let whole = Value::from(1);
    for (value, there) in [(whole, 0), (decimal(own).into(), 1), (decimal(next).into(), 0)] {
        let one = t.select().where_(sum()?.eq(bindparam("x").value(value.clone())));
        assert_eq!(conn.execute(one)?.all()?.len(), there, "{value:?}");
        let listed = Array::new(vec![value.clone(), Value::from(0)]);
        let listed = bindparam("xs").value(Value::from(listed)).expanding();
        let several = t.select().where_(sum()?.in_(listed));
        assert_eq!(conn.execute(several)?.all()?.len(), there, "{value:?} in a list");
    }
    // What makes the value is called at execution, when the text is there: the type that was said counts.
    for (number, there) in [(own, 1), (next, 0)] {
        let made = move || decimal(number);
        let typed = bindparam("x").callable(made).typed::<Decimal>();
        let found = t.select().where_(sum()?.eq(typed));
        assert_eq!(conn.execute(found)?.all()?.len(), there, "{number}");
        let cast = aludel::sql::cast(bindparam("x").callable(made), types::Numeric(30, 10));
        let found = t.select().where_(sum()?.eq(cast));
        assert_eq!(conn.execute(found)?.all()?.len(), there, "{number}, cast");
        let found = conn.execute(t.select().where_(sum()?.eq(bindparam("x").callable(made))));
        match db.converts_kinds() {
            true => {
                let error = found.map(drop).expect_err("it would be compared as a float");
                assert_eq!(error.kind(), ErrorKind::Data);
                assert!(error.message().contains("a function that makes the value"), "{error}");
                assert!(error.message().contains("give the bind a type by `typed`"), "{error}");
            }
            false => assert_eq!(found?.all()?.len(), there),
        }
    }
    prepared_sums_keep_their_digits(db, &mut conn, &t)?;
    // Beside an integer as well, and after an execution with an integer.
    let whole = literal(9_007_199_254_740_993_i64);
    for (value, there) in [
        (Value::from(9_007_199_254_740_993_i64), false),
        (decimal("9007199254740993.5").into(), true),
        (decimal("9007199254740992.5").into(), false),
    ] {
        let less = select(whole.clone().lt(bindparam("x"))).params(params! { x: value });
        assert_eq!(conn.scalar(less)?, Some(there));
    }
    Ok(())
}

fn prepared_sums_keep_their_digits(db: &Db, conn: &mut Connection, t: &Table) -> Result<()> {
    let (own, next) = ("9007199254740993.5", "9007199254740993.6");
    let sum = || Ok::<_, Error>(t.c("held")? + t.c("held")? - t.c("held")?);
    // A statement that is prepared has one text for all.
    let prepared = db.engine.prepare(&t.select().where_(sum()?.eq(bindparam("x"))))?;
    let found = conn.execute_prepared(&prepared, (decimal(next),));
    match db.converts_kinds() {
        true => {
            let error = found.map(drop).expect_err("it would be compared as a float");
            assert_eq!(error.kind(), ErrorKind::Data);
            assert!(error.message().contains("was prepared"), "{error}");
        }
        false => assert_eq!(found?.all()?.len(), 0),
    }
    let cast = || aludel::sql::cast(bindparam("x"), types::Numeric(30, 10));
    let ready = [
        db.engine.prepare(&t.select().where_(sum()?.eq(cast())))?,
        db.engine.prepare(&t.select().where_(sum()?.eq(bindparam("x").typed::<Decimal>())))?,
    ];
    for (number, there) in [(own, 1), (next, 0)] {
        for ready in &ready {
            let found = conn.execute_prepared(ready, (decimal(number),))?.all()?;
            assert_eq!(found.len(), there, "{number} in {}", ready.sql());
        }
    }
    Ok(())
}

/// MySQL reads the text as numbers, of which what is none is 0: `name = 0` is true of most names.
fn values_beside_columns_of_other_kinds(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let metadata = MetaData::new();
    let columns = [
        Column::new("name", types::String(40)),
        Column::new("n", types::Integer),
        Column::new("flag", types::Boolean),
        Column::new("day", types::Date),
    ];
    let t = Table::new("kinds_beside", &metadata, columns)?;
    metadata.create_all(&mut conn)?;
    let row = (
        (t.c("name")?.set("x"), t.c("n")?.set(2)),
        (t.c("flag")?.set(true), t.c("day")?.set("2024-01-31")),
    );
    conn.execute(t.insert().values(row))?;
    conn.commit()?;
    let found = |conn: &mut Connection, name: &str, value: Value| -> Result<[Result<usize>; 3]> {
        let c = || t.c(name);
        let by_name = t.select().where_(c()?.eq(bindparam("x")));
        let statements = [
            t.select().where_(c()?.eq(value.clone())),
            t.select().where_(c()?.in_([value.clone()])),
            by_name.params(params! { x: value }),
        ];
        Ok(statements.map(|statement| {
            let done = conn.execute(statement).and_then(|mut result| result.all());
            conn.rollback()?;
            done.map(|rows| rows.len())
        }))
    };
    for (name, value) in [("name", "x".into()), ("n", 2.into()), ("flag", true.into())] {
        for found in found(&mut conn, name, value)? {
            assert_eq!(found?, 1, "{name}");
        }
    }
    let others: [(&str, Value); 7] = [
        ("name", 0.into()),
        ("name", false.into()),
        ("n", "2x".into()),
        ("n", b"2".to_vec().into()),
        ("flag", "x".into()),
        ("day", 20_240_131.into()),
        ("name", 0.0.into()),
    ];
    for (name, value) in others {
        calls.take();
        for found in found(&mut conn, name, value.clone())? {
            match found {
                Ok(rows) => assert_eq!(rows, 0, "{name} {value:?}"),
                Err(error) if db.converts_kinds() => {
                    assert_eq!(error.kind(), ErrorKind::Data, "{name} {value:?}: {error}");
                    assert!(
                        error.message().contains("where it stands in an expression"),
                        "{error}"
                    );
                }
                // The server has no such comparison.
                Err(_) => {}
            }
        }
        let is_sent = calls.take().iter().any(|sql| sql.starts_with("SELECT"));
        assert_eq!(is_sent, !db.converts_kinds(), "{name} {value:?}");
    }
    Ok(())
}

/// Where a truth value is a number, others would be stored, and be an error when they are read.
fn truth_values_of_no_kind(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let t = table(&mut conn, "truths", types::Boolean)?;
    let truths: [Value; 2] = [true.into(), false.into()];
    for (id, value) in truths.into_iter().enumerate() {
        let id = i32::try_from(id).expect("a small number");
        conn.execute(t.insert().values((t.c("id")?.set(id), t.c("held")?.set(value))))?;
    }
    conn.commit()?;
    for value in [Value::from(2), 1.5.into(), "x".into()] {
        let set = t.insert().values((t.c("id")?.set(7), t.c("held")?.set(value)));
        conn.execute(set).map(drop).expect_err("it is neither true nor false");
        conn.rollback()?;
    }
    assert_eq!(conn.scalars::<_, bool>(select(t.c("held")?).order_by(t.c("id")?))?, [true, false]);
    Ok(())
}

/// One text behind another takes numbers for their text, on MySQL and SQLite.
fn numbers_behind_text(db: &Db) -> Result<()> {
    if !db.converts_kinds() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let t = table(&mut conn, "behind", types::String(40))?;
    conn.execute(t.insert().values((t.c("id")?.set(1), t.c("held")?.set("a"))))?;
    let number = conn.scalar::<_, String>(select(t.c("held")?.concat(5).concat("b")))?;
    assert_eq!(number.as_deref(), Some("a5b"));
    let named = select(t.c("held")?.concat(bindparam("n")));
    let found = conn.scalar::<_, String>(named.params(params! { n: decimal("1.50") }))?;
    assert_eq!(found.as_deref(), Some("a1.50"));
    Ok(())
}

/// A list that is refused leaves no plan behind for one that is not.
fn lists_of_several_kinds(db: &Db) -> Result<()> {
    if !db.converts_kinds() {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let t = table(&mut conn, "listed", types::Numeric(30, 10))?;
    conn.execute(t.insert().values((t.c("id")?.set(1), t.c("held")?.set(decimal("7")))))?;
    conn.commit()?;
    let mut find = |values: Vec<Value>| -> Result<usize> {
        let sum = t.c("held")? + t.c("held")? - t.c("held")?;
        let found = t.select().where_(sum.in_(bindparam("xs").expanding()));
        let listed = Value::from(Array::new(values));
        Ok(conn.execute(found.params(params! { xs: listed }))?.all()?.len())
    };
    let (day, bytes) = (|| Value::from(Date::from_days(0)), || Value::from(b"7".to_vec()));
    let error = find(vec![day(), bytes()]).expect_err("two kinds");
    assert!(error.message().contains("gives bytes"), "{error}");
    assert_eq!(find(vec![bytes()])?, 1);
    let error = find(vec![bytes(), day()]).expect_err("two kinds");
    assert!(error.message().contains("gives a Date"), "{error}");
    Ok(())
}
