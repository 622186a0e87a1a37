//! What a server must refuse, or would take for something else, is refused before it is sent, by the name of
//! what is wrong and with a cure.

use aludel::sql::{Executable, Feature, Select, SqlDialect, aliased, explain};
use aludel::value::Decimal;
use aludel::{
    Column, Connection, ErrorKind, MetaData, Result, Table, Value, bindparam, delete, func, insert,
    literal, params, select, text, types, update,
};

use crate::support::recording::Calls;
use crate::{Db, User, suite};

suite![
    numbers_of_rows,
    numbers_of_rows_in_subqueries,
    offsets_without_a_limit,
    subqueries_on_the_table_that_is_changed,
    subqueries_beside_the_table_that_is_changed,
    columns_of_nothing,
    lists_of_prepared_statements,
    checks_that_were_cut,
    values_of_several_kinds,
    names_that_would_be_cut,
    text_with_nul,
    names_that_no_table_has,
    changes_that_are_explained,
];

/// The statement is refused before it is sent, by an error of this kind that has these parts.
fn refused<E: Executable>(
    conn: &mut Connection,
    calls: &Calls,
    statement: E,
    kind: ErrorKind,
    parts: &[&str],
) {
    calls.take();
    let error = conn.execute(statement).map(drop).expect_err("it is refused");
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.message().contains(part), "{part}: {error}");
    }
    assert_eq!(calls.take(), Vec::<String>::new(), "{error}");
}

/// Values that are no numbers of rows, and what is said of each.
fn no_numbers() -> [(Value, &'static str); 7] {
    [
        ((-1).into(), "it is negative"),
        (i64::MIN.into(), "it is negative"),
        (Value::Null, "it is NULL"),
        (1.5.into(), "it is no integer"),
        ("2".parse::<Decimal>().expect("a number").into(), "it is no integer"),
        ("2".into(), "it is no integer"),
        (u64::MAX.into(), "it is more"),
    ]
}

// SQLite takes -1 for no limit, PostgreSQL NULL, and MariaDB takes NULL for 0 and 1.5 for 2.
fn numbers_of_rows(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["sandy", "patrick", "squidward"])?;
    let mut conn = engine.connect()?;
    conn.execute(select(literal(1)))?;
    let sorted = || select(User::c.name).order_by(User::c.id);
    let limited = || sorted().limit(bindparam("n"));
    let moved = || sorted().limit(2).offset(bindparam("n"));
    let only_moved = || sorted().offset(bindparam("n"));
    let both = select(User::c.name).union_all(select(User::c.name));
    let united = || both.clone().order_by("name").limit(bindparam("n"));
    let found = |conn: &mut Connection, of: Select<aludel::sql::Col<User, String>>, n: Value| {
        conn.scalars(of.params(params! { n: n }))
    };
    assert_eq!(found(&mut conn, limited(), 2.into())?, ["sandy", "patrick"]);
    assert_eq!(found(&mut conn, limited(), 0.into())?, Vec::<String>::new());
    assert_eq!(found(&mut conn, limited(), 2_u64.into())?, ["sandy", "patrick"]);
    assert_eq!(found(&mut conn, moved(), 1.into())?, ["patrick", "squidward"]);
    assert_eq!(found(&mut conn, only_moved(), 2.into())?, ["squidward"]);
    assert_eq!(conn.scalars(united().params(params! { n: 5 }))?.len(), 5);
    let ready = engine.prepare(&limited())?;
    assert_eq!(conn.execute_prepared(&ready, (1_i64,))?.all()?.len(), 1);
    for (value, why) in no_numbers() {
        let parts = ["LIMIT and OFFSET do not take this", why];
        let given = || params! { n: value.clone() };
        let conn = &mut conn;
        refused(conn, &calls, limited().params(given()), ErrorKind::Data, &parts);
        refused(conn, &calls, moved().params(given()), ErrorKind::Data, &parts);
        refused(conn, &calls, only_moved().params(given()), ErrorKind::Data, &parts);
        refused(conn, &calls, united().params(given()), ErrorKind::Data, &parts);
        let error = conn.execute_prepared(&ready, vec![value]).expect_err("it is refused");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert_eq!(calls.take(), Vec::<String>::new(), "{error}");
    }
    if SqlDialect::has(engine.dialect(), Feature::DmlLimit) {
        let one = || delete::<User>().limit(bindparam("n"));
        let parts = ["LIMIT and OFFSET", "negative"];
        let less = one().params(params! { n: -1 });
        refused(&mut conn, &calls, less, ErrorKind::Data, &parts);
        assert_eq!(conn.execute(one().params(params! { n: 1 }))?.rowcount(), 1);
    }
    Ok(())
}

/// The value was given to the subquery, where it stands in the place of the bind.
fn numbers_of_rows_in_subqueries(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["sandy", "patrick"])?;
    let mut conn = engine.connect()?;
    conn.execute(select(literal(1)))?;
    let few = |n: Value| {
        let few = select(User::c.id).order_by(User::c.id).limit(bindparam("n"));
        let few = few.params(params! { n: n }).subquery("few");
        select(few.columns())
    };
    assert_eq!(conn.scalars(few(1.into()))?.len(), 1);
    for (value, why) in no_numbers() {
        refused(&mut conn, &calls, few(value), ErrorKind::Data, &["LIMIT and OFFSET", why]);
    }
    Ok(())
}

fn offsets_without_a_limit(db: &Db) -> Result<()> {
    db.users(&["sandy", "patrick", "squidward"])?;
    let mut conn = db.engine.connect()?;
    let behind = |rows: i64| select(User::c.name).order_by(User::c.id).offset(rows);
    assert_eq!(conn.scalars(behind(1))?, ["patrick", "squidward"]);
    assert_eq!(conn.scalars(behind(i64::from(u32::MAX)))?, Vec::<String>::new());
    assert_eq!(conn.scalars(behind(0))?.len(), 3);
    Ok(())
}

/// What a server has, it executes, and the rest says what to do.
fn executed_or_refused<E: Executable + Clone>(
    conn: &mut Connection,
    calls: &Calls,
    feature: Feature,
    statement: E,
    rows: u64,
) -> Result<()> {
    if SqlDialect::has(conn.engine().dialect(), feature) {
        assert_eq!(conn.execute(statement)?.rowcount(), rows, "{feature:?}");
    } else {
        refused(conn, calls, statement, ErrorKind::Compile, &[feature.name(), feature.cure()]);
    }
    Ok(())
}

fn subqueries_on_the_table_that_is_changed(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["sandy", "patrick", "squidward"])?;
    let mut conn = engine.connect()?;
    conn.execute(select(literal(1)))?;
    let (c, other) = (User::c, aliased::<User>("other"));
    let most = || select(func::max(c.id)).scalar_subquery();
    let most_of_other = || select(func::max(other.c.id)).scalar_subquery();
    let not_there = || select(c.id).where_(c.name.eq("nobody"));
    let in_update = Feature::ChangedTableInUpdate;
    let conn = &mut conn;
    let last = update::<User>().values(c.age.set(1)).where_(c.id.eq(most_of_other()));
    executed_or_refused(conn, &calls, in_update, last, 1)?;
    let set = update::<User>().values(
        c.age.set(select(func::count()).select_from(other).scalar_subquery().cast::<i32>()),
    );
    executed_or_refused(conn, &calls, in_update, set, 3)?;
    let gone = delete::<User>().where_(c.id.in_(not_there()));
    executed_or_refused(conn, &calls, Feature::ChangedTableInDelete, gone, 0)?;
    let gone = delete::<User>().where_(c.id.eq(most_of_other() + 1));
    executed_or_refused(conn, &calls, Feature::ChangedTableInDelete, gone, 0)?;
    let one = insert::<User>().values((c.name.set("gary"), c.age.set(most().cast::<i32>())));
    executed_or_refused(conn, &calls, Feature::ChangedTableInInsert, one, 1)?;
    // The rows of a SELECT are computed before, and so is a subquery in FROM.
    let copy = select((c.name.concat("2"), most().cast::<i32>())).where_(c.name.eq("sandy"));
    assert_eq!(conn.execute(insert::<User>().from_select((c.name, c.age), copy))?.rowcount(), 1);
    let before = select(c.id).where_(c.name.eq("sandy2")).distinct().subquery("before");
    let wrapped = || select(before.columns());
    let old = update::<User>().values(c.age.set(99)).where_(c.id.in_(wrapped()));
    assert_eq!(conn.execute(old)?.rowcount(), 1);
    assert_eq!(conn.execute(delete::<User>().where_(c.id.in_(wrapped())))?.rowcount(), 1);
    if SqlDialect::has(engine.dialect(), Feature::InsertReturning) {
        let counted = select(func::count()).select_from(other).scalar_subquery();
        let one = insert::<User>().values(c.name.set("pearl")).returning((c.name, counted));
        if SqlDialect::has(engine.dialect(), Feature::ChangedTableInReturning) {
            assert_eq!(conn.execute(one)?.all()?.len(), 1);
        } else {
            let name = Feature::ChangedTableInReturning.name();
            refused(conn, &calls, one, ErrorKind::Compile, &[name]);
        }
    }
    Ok(())
}

fn subqueries_beside_the_table_that_is_changed(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["sandy", "patrick"])?;
    let mut conn = engine.connect()?;
    let metadata = MetaData::new();
    let owned = Table::new("owned", &metadata, [Column::new("owner", types::BigInteger)])?;
    metadata.create_all(&mut conn)?;
    conn.execute(owned.insert().values(owned.c("owner")?.set(1)))?;
    let c = User::c;
    let owner = || owned.c("owner");
    let is_owner = || Ok::<_, aludel::Error>(owner()?.eq(c.id));
    let most = select(func::max(c.id)).scalar_subquery();
    let gone = delete::<User>().using(&owned).where_(is_owner()?).where_(c.id.ne(most));
    executed_or_refused(&mut conn, &calls, Feature::ChangedTableInDeleteUsing, gone, 1)?;
    // That the table beside is read by a subquery is no matter.
    let others = select(func::max(owner()?)).scalar_subquery();
    let set = update::<User>().values(c.age.set(5)).where_(c.id.ge(others));
    assert!(conn.execute(set)?.rowcount() >= 1);
    let rows = select((c.id, c.age)).subquery("rows_before");
    let copy = update::<User>().values(c.age.set(6)).from(&rows).where_(rows.c("id")?.eq(c.id));
    let left = conn.scalar(select(c.id).count())?.expect("a count");
    let left = u64::try_from(left).expect("a count");
    executed_or_refused(&mut conn, &calls, Feature::MergedChangedTable, copy, left)?;
    Ok(())
}

/// A column stands in no part of a statement that does not select from its table.
fn columns_of_nothing(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["sandy"])?;
    let mut conn = engine.connect()?;
    conn.execute(select(literal(1)))?;
    let parts = ["which the statement does not select from", "select_from"];
    let conn = &mut conn;
    let one = || select(literal(1).label("one"));
    refused(conn, &calls, one().order_by(User::c.id), ErrorKind::Compile, &parts);
    refused(conn, &calls, one().order_by(func::lower(User::c.name)), ErrorKind::Compile, &parts);
    refused(conn, &calls, one().group_by(User::c.id), ErrorKind::Compile, &parts);
    refused(conn, &calls, one().having(User::c.id.gt(1)), ErrorKind::Compile, &parts);
    let in_exists = aludel::exists(one().order_by(User::c.id));
    refused(conn, &calls, select(in_exists), ErrorKind::Compile, &parts);
    // What a condition names is selected from, and what stands around a statement can be named.
    assert_eq!(conn.scalars(one().where_(User::c.id.gt(0)))?, [1]);
    let same =
        select(literal(1)).where_(User::c.id.gt(0)).correlate([<User as aludel::Mapped>::entity()]);
    let has = select(User::c.name).where_(aludel::exists(same));
    assert_eq!(conn.scalars(has)?, ["sandy"]);
    Ok(())
}

fn lists_of_prepared_statements(db: &Db) -> Result<()> {
    db.users(&["sandy", "patrick"])?;
    let some = || select(User::c.name).where_(User::c.id.in_(bindparam("ids").expanding()));
    let error = db.engine.prepare(&some()).expect_err("its text is not known");
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    for part in ["\"ids\"", "stands for a list", "`params` of the statement"] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
    let written = text("select name from users where id in :ids").expanding::<i64>("ids");
    let error = db.engine.prepare(&written).expect_err("its text is not known");
    assert!(error.message().contains("stands for a list"), "{error}");
    let ready = db.engine.prepare(&some().params(params! { ids: vec![2_i64, 3] }))?;
    let mut conn = db.engine.connect()?;
    assert_eq!(conn.execute_prepared(&ready, ())?.all()?, [("patrick".to_owned(),)]);
    Ok(())
}

/// A check whose future was dropped after the session has prepared the statement.
fn checks_that_were_cut(db: &Db) -> Result<()> {
    db.users(&["sandy"])?;
    let mut conn = db.engine.connect()?;
    let names = || select(User::c.name);
    for _ in 0..2 {
        let begun = db.engine.dialect().preparation("select 1", 0);
        for (sql, values) in begun.steps {
            conn.exec_driver_sql(aludel::RawSql::new(sql), values)?;
        }
        conn.rollback()?;
        conn.check(names())?;
        conn.check(names())?;
        conn.check(text("select nmae from users")).expect_err("it is wrong");
        assert_eq!(conn.scalars(names())?, ["sandy"]);
    }
    Ok(())
}

/// One text for several sets, of which one would be taken for another value.
fn values_of_several_kinds(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let t = Table::new("noted", &metadata, [Column::new("note", types::String(80))])?;
    metadata.create_all(&mut conn)?;
    conn.commit()?;
    let number = || Value::from("1.50".parse::<Decimal>().expect("a number"));
    let note = || text("insert into noted (note) values (:note)");
    let notes = |sets: [Value; 2]| sets.map(|note| params! { note: note });
    if db.converts_kinds() {
        for (sets, number_of) in [([number(), "x".into()], 2), (["x".into(), number()], 1)] {
            let error = conn.execute_many(note(), notes(sets)).expect_err("two kinds");
            assert_eq!(error.kind(), ErrorKind::Data, "{error}");
            for part in [&*format!("parameter set number {number_of}"), "Decimal", "one type"] {
                assert!(error.message().contains(part), "{part}: {error}");
            }
            conn.rollback()?;
        }
        // Alone each is what it is: digits behind the point are those that it has.
        conn.execute(note().bind("note", number()))?;
        conn.execute(note().bind("note", "x"))?;
        conn.execute(note().bind("note", "7".parse::<Decimal>()?))?;
        let all = conn.scalars::<_, String>(select(t.c("note")?))?;
        assert_eq!(all, ["1.50", "x", "7"]);
    }
    Ok(())
}

/// PostgreSQL would cut them, and a label would be found by another name, or stand twice.
fn names_that_would_be_cut(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["sandy"])?;
    let mut conn = engine.connect()?;
    conn.execute(select(literal(1)))?;
    let longest = engine.dialect().longest_alias();
    let name = |length: usize| "n".repeat(length);
    let labelled = |length| select(User::c.name.label(name(length)));
    let length = longest.min(300);
    let row = conn.execute(labelled(length).untyped())?.one()?;
    assert_eq!(row.get::<String>(&*name(length))?, "sandy");
    if longest < 300 {
        let parts = ["is longer than the", "shorten it"];
        if engine.dialect().cuts_labels() {
            assert_eq!(conn.scalars::<_, String>(labelled(longest + 1))?, ["sandy"]);
            // Rows without a type have it by the whole label.
            for label in [name(longest + 1), "\u{20ac}".repeat(longest)] {
                let row = select(User::c.name.label(label.clone())).untyped();
                let row = conn.execute(row)?.one()?;
                assert_eq!(row.get::<String>(&*label)?, "sandy");
                let other = row.get::<String>(&*format!("x{label}")).expect_err("no such column");
                assert_eq!(other.kind(), ErrorKind::NoSuchColumn, "{other}");
            }
            let alike = (name(longest + 1), name(longest + 2));
            let two = select((User::c.name.label(alike.0), User::c.id.label(alike.1.clone())));
            let row = conn.execute(two.untyped())?.one()?;
            let error = row.get::<i64>(&*alike.1).expect_err("cut, both are called the same");
            assert!(error.message().contains("ambiguous"), "{error}");
        } else {
            refused(&mut conn, &calls, labelled(longest + 1), ErrorKind::Compile, &parts);
        }
        let some = select(User::c.name).subquery(name(longest + 1));
        refused(&mut conn, &calls, select(some.columns()), ErrorKind::Compile, &parts);
        // What is counted is characters, or bytes.
        let wide = select(User::c.name).subquery("\u{fc}".repeat(longest));
        let wide = select(wide.columns());
        match engine.dialect().name_length("\u{fc}") {
            1 => assert_eq!(conn.scalars::<_, String>(wide)?, ["sandy"]),
            _ => refused(&mut conn, &calls, wide, ErrorKind::Compile, &parts),
        }
    }
    Ok(())
}

fn text_with_nul(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let metadata = MetaData::new();
    let columns = [Column::new("note", types::Text), Column::new("short", types::String(20))];
    let t = Table::new("notes", &metadata, columns.map(|column| column.nullable(true)))?;
    metadata.create_all(&mut conn)?;
    conn.commit()?;
    conn.execute(select(literal(1)))?;
    let nul = "a\0b";
    for name in ["note", "short"] {
        let set = t.insert().values(t.c(name)?.set(nul));
        if engine.dialect().has_nul_in_text() {
            conn.execute(set)?;
            let found = select(t.c(name)?).where_(t.c(name)?.eq(nul));
            assert_eq!(conn.scalars::<_, String>(found)?, [nul]);
        } else {
            refused(&mut conn, &calls, set, ErrorKind::Data, &[name, "NUL", "String"]);
            let found = select(t.c(name)?).where_(t.c(name)?.eq(nul));
            let error = conn.execute(found).map(drop).expect_err("it is no text");
            assert_eq!(error.kind(), ErrorKind::Data, "{error}");
            assert!(error.message().contains("NUL"), "{error}");
        }
    }
    Ok(())
}

/// Characters that names of MySQL do not have, and that its catalogue is not compared with.
fn names_that_no_table_has(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    for name in ["no_such_table", "tab\u{1f600}", "\u{1f600}", "t\u{e4}b", "tab\u{4e16}"] {
        assert!(!conn.has_table(name)?, "{name}");
        assert!(!conn.has_table(format!("{name}.users"))?, "{name}");
    }
    assert!(conn.has_table("users")?);
    Ok(())
}

fn changes_that_are_explained(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["sandy", "patrick"])?;
    let mut conn = engine.connect()?;
    conn.execute(select(literal(1)))?;
    let explained = || explain(delete::<User>().where_(User::c.name.eq("sandy"))).analyze();
    let dialect = engine.dialect();
    let missing = [Feature::ExplainAnalyze, Feature::ExplainAnalyzeChanges];
    match missing.into_iter().find(|feature| !SqlDialect::has(dialect, *feature)) {
        None => {
            assert!(!conn.execute(explained())?.all()?.is_empty());
            assert_eq!(conn.scalars(select(User::c.name))?, ["patrick"]);
        }
        Some(feature) => {
            let parts = [feature.name(), feature.cure()];
            refused(&mut conn, &calls, explained(), ErrorKind::Compile, &parts);
        }
    }
    Ok(())
}
