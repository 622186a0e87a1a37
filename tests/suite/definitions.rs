//! Definitions beyond plain tables: circles, indexes of all kinds, conditions, events, text.

use std::sync::{Arc, Mutex};

use aludel::engine::{
    AfterCreate, AfterCreateEvent, AfterDrop, BeforeCreate, BeforeDrop, SchemaItem,
};
use aludel::sql::Feature;
use aludel::sql::schema::{
    AddConstraint, CheckConstraint, CreateTableAs, DdlIf, DropConstraint, ForeignKey, Index,
    IndexElement, Sequence, UniqueConstraint, ddl,
};
use aludel::{
    Column, Connection, ErrorKind, MetaData, RawSql, Result, Table, event, literal, select, text,
    types,
};

use crate::{Db, recording, suite};

suite![
    circles_are_made_and_dropped,
    use_alter,
    expressions_in_definitions,
    indexes_of_all_kinds,
    constraints_are_added_and_dropped,
    conditional_definitions,
    events_of_definitions,
    ddl_listens,
    sequences,
    native_enums,
    tables_of_selects,
];

fn number(name: &'static str) -> Column {
    Column::new(name, types::Integer)
}

fn id() -> Column {
    number("id").primary_key().autoincrement(false)
}

fn run(conn: &mut Connection, sql: &str) -> Result<()> {
    conn.execute(text(RawSql::new(sql.to_owned()))).map(|_| ())
}

fn has(db: &Db, feature: Feature) -> bool {
    db.engine.dialect().has(feature)
}

/// The first words of the definitions among the calls.
fn definitions(calls: &recording::Calls) -> Vec<String> {
    let calls = calls.take();
    let is_definition =
        |call: &&String| ["CREATE", "ALTER", "DROP"].iter().any(|word| call.starts_with(word));
    let head = |call: &String| call.lines().next().unwrap_or_default().to_owned();
    calls.iter().filter(is_definition).map(head).collect()
}

// conforms: F15
fn circles_are_made_and_dropped(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    Table::new("ring_a", &metadata, [id(), number("b").foreign_key("ring_b.id")])?;
    Table::new("ring_b", &metadata, [id(), number("a").foreign_key("ring_a.id")])?;
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    metadata.create_all(&mut conn)?;
    let alters = has(db, Feature::AlterConstraints);
    let made = definitions(&calls);
    assert_eq!(made.len(), if alters { 3 } else { 2 }, "{made:?}");
    assert_eq!(made[..2], ["CREATE TABLE ring_b (", "CREATE TABLE ring_a ("]);
    if alters {
        assert!(made[2].starts_with("ALTER TABLE ring_b ADD CONSTRAINT"), "{made:?}");
    }
    conn.commit()?;
    // Both keys are there.
    for sql in
        ["insert into ring_a (id, b) values (1, 9)", "insert into ring_b (id, a) values (1, 9)"]
    {
        let error = run(&mut conn, sql).expect_err("there is no such row");
        assert!(error.is_foreign_key_violation(), "{error}");
        conn.rollback()?;
    }
    run(&mut conn, "insert into ring_a (id) values (1)")?;
    run(&mut conn, "insert into ring_b (id, a) values (1, 1)")?;
    run(&mut conn, "update ring_a set b = 1")?;
    conn.commit()?;
    calls.take();
    metadata.drop_all(&mut conn)?;
    conn.commit()?;
    let dropped = definitions(&calls);
    assert_eq!(dropped.len(), made.len(), "{dropped:?}");
    assert!(!alters || dropped[0].starts_with("ALTER TABLE ring_b DROP"), "{dropped:?}");
    assert!(!conn.has_table("ring_a")? && !conn.has_table("ring_b")?);
    Ok(())
}

// conforms: F14
fn use_alter(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let head = ForeignKey::new("ua_person.id").named("fk_head").use_alter();
    Table::new("ua_team", &metadata, [id(), number("head").foreign_key(head)])?;
    Table::new("ua_person", &metadata, [id(), number("team").foreign_key("ua_team.id")])?;
    let names: Vec<_> =
        metadata.sorted_tables()?.iter().map(|table| table.name().to_string()).collect();
    assert_eq!(names, ["ua_team", "ua_person"]);
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.commit()?;
    let error = run(&mut conn, "insert into ua_team (id, head) values (1, 9)").expect_err("nobody");
    assert!(error.is_foreign_key_violation(), "{error}");
    conn.rollback()?;
    metadata.drop_all(&mut conn)?;
    conn.commit()
}

// conforms: F14
fn expressions_in_definitions(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let columns = [
        id(),
        number("age").server_default(literal(-3)),
        Column::new("name", types::String(40)).server_default(literal("it's 5% \\ :x".to_owned())),
    ];
    let shape = Table::new("shape", &metadata, columns.clone())?;
    let known = shape.c("name")?.in_(["it's 5% \\ :x", "b"]);
    let table = Table::builder("of_expressions")
        .columns(columns)
        .constraint(CheckConstraint::new(shape.c("age")?.gt(-10).and(known)).named("sane"))
        .build(&MetaData::new())?;
    let mut conn = db.engine.connect()?;
    table.create(&mut conn)?;
    run(&mut conn, "insert into of_expressions (id) values (1)")?;
    let row = conn.execute(table.select())?.one()?;
    assert_eq!(row.get::<i32>("age")?, -3);
    assert_eq!(row.get::<String>("name")?, "it's 5% \\ :x");
    conn.commit()?;
    for sql in [
        "insert into of_expressions (id, age) values (2, -10)",
        "insert into of_expressions (id, name) values (3, 'c')",
    ] {
        let error = run(&mut conn, sql).expect_err("it is not sane");
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        conn.rollback()?;
    }
    table.drop(&mut conn)?;
    conn.commit()
}

// conforms: F14
fn indexes_of_all_kinds(db: &Db) -> Result<()> {
    // The version of the server is known from here on.
    let mut conn = db.engine.connect()?;
    let mut kinds = vec![Index::new([IndexElement::new("a").desc(), IndexElement::new("b")])];
    let optional = [
        (
            Feature::ExpressionIndexes,
            Index::new([IndexElement::expression("lower(b)")]).unique().named("ix_lower"),
        ),
        (Feature::PartialIndexes, Index::new(["a"]).where_("a > 5").named("ix_part")),
        (Feature::IndexInclude, Index::new(["a"]).include(["b"]).named("ix_include")),
        (Feature::IndexMethods, Index::new(["b"]).using("btree").named("ix_method")),
        (Feature::IndexPrefixes, Index::new([IndexElement::new("b").length(3)]).named("ix_len")),
    ];
    let mut lacking = Vec::new();
    for (feature, index) in optional {
        if has(db, feature) { &mut kinds } else { &mut lacking }.push(index);
    }
    let metadata = MetaData::new();
    let table = |name: &'static str, indexes: Vec<Index>| {
        let table =
            Table::builder(name).columns([number("a"), Column::new("b", types::String(20))]);
        indexes.into_iter().fold(table, |table, index| table.index(index)).build(&metadata)
    };
    let made = table("kinds", kinds)?;
    made.create(&mut conn)?;
    if has(db, Feature::ExpressionIndexes) {
        run(&mut conn, "insert into kinds (b) values ('X')")?;
        conn.commit()?;
        let error = run(&mut conn, "insert into kinds (b) values ('x')").expect_err("it is there");
        assert!(error.is_unique_violation(), "{error}");
        conn.rollback()?;
    }
    for (at, index) in lacking.into_iter().enumerate() {
        let name = ["lacking_a", "lacking_b", "lacking_c", "lacking_d"][at];
        let error = table(name, vec![index])?.create(&mut conn).expect_err("it has no such thing");
        assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
        conn.rollback()?;
    }
    metadata.drop_all(&mut conn)?;
    conn.commit()
}

// conforms: F14
fn constraints_are_added_and_dropped(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let table = Table::new("altered", &metadata, [id(), number("a"), number("b")])?;
    let parent = Table::new("altered_parent", &metadata, [id()])?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    let key = ForeignKey::to(parent.full_name(), "id").named("fk_altered");
    let with_key = Table::new("altered", &MetaData::new(), [id(), number("a").foreign_key(key)])?;
    let constraints = [
        UniqueConstraint::new(["a", "b"]).named("uq_altered").into(),
        CheckConstraint::new("a > 0").named("ck_altered").into(),
        with_key.constraints()[1].clone(),
    ];
    for constraint in constraints {
        let added = conn.execute(AddConstraint::new(&table, constraint.clone()));
        if !has(db, Feature::AlterConstraints) {
            assert_eq!(added.expect_err("it cannot").kind(), ErrorKind::Compile);
            continue;
        }
        drop(added?);
        conn.commit()?;
        // Each of them refuses one of these rows.
        let rows = "insert into altered (id, a, b) values (1, -1, 1), (2, -1, 1)";
        let error = run(&mut conn, rows).expect_err("it is violated");
        assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
        conn.rollback()?;
        conn.execute(DropConstraint::new(&table, constraint))?;
        run(&mut conn, rows)?;
        run(&mut conn, "delete from altered")?;
        conn.commit()?;
    }
    metadata.drop_all(&mut conn)?;
    conn.commit()
}

fn conditional_definitions(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let dialect = db.engine.dialect();
    let here = DdlIf::when({
        let name = dialect.name();
        move |dialect| dialect.name() == name
    });
    let nowhere = || DdlIf::dialects(["none of them"]);
    let table = Table::builder("conditional")
        .columns([id(), number("a"), number("b")])
        .constraint(CheckConstraint::new("a > 0").named("here").ddl_if(here))
        .constraint(CheckConstraint::new("no SQL at all").named("nowhere").ddl_if(nowhere()))
        .index(Index::new(["a"]).named("ix_nowhere").using("no_method").ddl_if(nowhere()))
        .build(&MetaData::new())?;
    table.create(&mut conn)?;
    conn.commit()?;
    let error = run(&mut conn, "insert into conditional (id, a) values (1, 0)").expect_err("a > 0");
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    conn.rollback()?;
    run(&mut conn, "insert into conditional (id, a) values (1, 1)")?;
    table.drop(&mut conn)?;
    conn.commit()
}

// conforms: D8.10
fn events_of_definitions(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let first = Table::new("heard_a", &metadata, [id()])?;
    Table::new("heard_b", &metadata, [id()])?;
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let note = |word: &'static str| {
        let heard = Arc::clone(&heard);
        move |item: SchemaItem<'_>, tables: &[Table], conn: &mut Connection| {
            let of = match item {
                SchemaItem::Table(table) => table.name().to_string(),
                _ => tables.iter().map(|table| &**table.name()).collect::<Vec<_>>().join("+"),
            };
            let there = conn.has_table("heard_a")?;
            heard.lock().unwrap().push(format!("{word} {of} {there}"));
            Ok(())
        }
    };
    let (before, after) = (note("before_create"), note("after_create"));
    event::listen(&first, move |e: &mut BeforeCreate<'_>| before(e.item, e.tables, e.connection));
    event::listen(&first, move |e: &mut AfterCreate<'_>| after(e.item, e.tables, e.connection));
    let (before, after) = (note("before_create"), note("after_drop"));
    event::listen(&metadata, move |e: &mut BeforeCreate<'_>| {
        before(e.item, e.tables, e.connection)
    });
    event::listen(&metadata, move |e: &mut AfterDrop<'_>| after(e.item, e.tables, e.connection));
    let before = note("before_drop");
    event::listen(&first, move |e: &mut BeforeDrop<'_>| before(e.item, e.tables, e.connection));
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    assert_eq!(
        *heard.lock().unwrap(),
        [
            "before_create heard_a+heard_b false",
            "before_create heard_a false",
            "after_create heard_a true"
        ]
    );
    heard.lock().unwrap().clear();
    // What is there is not created, so nobody hears of its creation.
    metadata.create_all(&mut conn)?;
    assert_eq!(*heard.lock().unwrap(), ["before_create  true"]);
    heard.lock().unwrap().clear();
    metadata.drop_all(&mut conn)?;
    assert_eq!(
        *heard.lock().unwrap(),
        ["before_drop heard_a true", "after_drop heard_b+heard_a false"]
    );
    conn.commit()
}

// conforms: F17
fn ddl_listens(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let table = Table::new("Listened to", &metadata, [id(), Column::new("s", types::String(40))])?;
    let insert = ddl("insert into %(fullname)s (id, s) values (1, '100% :x')");
    event::listen::<AfterCreateEvent>(&table, insert);
    let elsewhere = ddl("no SQL at all").execute_if("none of them");
    event::listen::<AfterCreateEvent>(&table, elsewhere.clone());
    event::listen::<AfterCreateEvent>(&metadata, elsewhere);
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    let row = conn.execute(table.select())?.one()?;
    assert_eq!(row.get::<String>("s")?, "100% :x");
    metadata.drop_all(&mut conn)?;
    conn.commit()
}

// conforms: F12
fn sequences(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let numbers = Sequence::new("My numbers").start(5).increment(2).in_metadata(&metadata);
    let id = number("id").primary_key().server_default(numbers.next_value());
    let table = Table::new("numbered", &metadata, [id, number("a")])?;
    let created = metadata.create_all(&mut conn);
    if !has(db, Feature::Sequences) {
        assert_eq!(created.expect_err("there are none").kind(), ErrorKind::Compile);
        return conn.rollback();
    }
    created?;
    metadata.create_all(&mut conn)?;
    assert!(conn.has_sequence("My numbers")?);
    assert_eq!(conn.scalar(select(numbers.next_value()))?, Some(5));
    conn.execute(table.insert().values(table.c("a")?.set(1)))?;
    assert_eq!(conn.execute(table.select())?.one()?.get::<i32>("id")?, 7);
    let insert =
        table.insert().values((table.c("id")?.set(numbers.next_value()), table.c("a")?.set(2)));
    conn.execute(insert)?;
    assert_eq!(conn.scalar(select(numbers.next_value()))?, Some(11));
    metadata.drop_all(&mut conn)?;
    metadata.drop_all(&mut conn)?;
    assert!(!conn.has_sequence("My numbers")?);
    conn.commit()
}

// conforms: F25
fn native_enums(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let mood = || types::Enum("My mood", ["sad", "it's ok", "happy"]).native();
    let first = Table::new("moody", &metadata, [id(), Column::new("mood", mood())])?;
    Table::new("moodier", &metadata, [id(), Column::new("mood", mood())])?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    metadata.create_all(&mut conn)?;
    conn.commit()?;
    for (id, label) in [(1, "it's ok"), (2, "happy"), (3, "sad")] {
        let values = (first.c("id")?.set(id), first.c("mood")?.set(label));
        conn.execute(first.insert().values(values))?;
    }
    let found = first.select().where_(first.c("mood")?.eq("it's ok"));
    let row = conn.execute(found)?.one()?;
    assert_eq!((row.get::<i32>("id")?, row.get::<String>("mood")?), (1, "it's ok".to_owned()));
    if has(db, Feature::NativeEnums) {
        // In the order of the labels.
        let sorted = conn.execute(first.select().order_by(first.c("mood")?))?.all()?;
        let ids: Vec<i32> = sorted.iter().map(|row| row.get("id")).collect::<Result<_>>()?;
        assert_eq!(ids, [3, 1, 2]);
    }
    conn.commit()?;
    let unknown = run(&mut conn, "insert into moody (id, mood) values (4, 'angry')");
    unknown.expect_err("it is no label");
    conn.rollback()?;
    metadata.drop_all(&mut conn)?;
    conn.commit()?;
    // The type is gone: the same name can have other labels.
    let metadata = MetaData::new();
    let other = types::Enum("My mood", ["calm"]).native();
    Table::new("moody", &metadata, [id(), Column::new("mood", other)])?;
    metadata.create_all(&mut conn)?;
    run(&mut conn, "insert into moody (id, mood) values (1, 'calm')")?;
    metadata.drop_all(&mut conn)?;
    conn.commit()?;
    Table::new("moodier", &metadata, [id(), Column::new("mood", mood())])?;
    let error = metadata.create_all(&mut conn).expect_err("two types of one name");
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    conn.rollback()
}

// conforms: F13
fn tables_of_selects(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let table = Table::new("copied", &metadata, [id(), number("a")])?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    run(&mut conn, "insert into copied (id, a) values (1, -3), (2, 4)")?;
    let select = table.select().where_(table.c("a")?.eq(-3));
    conn.execute(CreateTableAs::new("the_copy", select.clone()))?;
    conn.execute(CreateTableAs::new("the_copy", select).if_not_exists())?;
    let rows = conn.execute(text("select id, a from the_copy"))?.all()?;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<i32>("a")?, -3);
    conn.execute(CreateTableAs::of_sql("short_lived", "select 1 as one").temporary())?;
    assert_eq!(conn.scalar::<_, i64>(text("select one from short_lived"))?, Some(1));
    run(&mut conn, "drop table the_copy")?;
    metadata.drop_all(&mut conn)?;
    conn.commit()
}
