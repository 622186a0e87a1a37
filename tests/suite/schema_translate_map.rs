//! `schema_translate_map`: one description of tables, in another schema for each tenant.

use aludel::engine::{AfterCreateEvent, AfterCursorExecute};
use aludel::sql::Feature;
use aludel::sql::schema::{Index, Sequence, ddl};
use aludel::{
    Auto, Column, Connection, EngineOptions, ExecutionOptions, Mapped, MetaData, Result, Table,
    aliased, bindparam, delete, event, func, insert, params, select, text, types, update,
};
use std::sync::{Arc, Mutex};

use crate::support::recording::Calls;
use crate::{Db, suite};

suite![
    tables_are_made_and_read_in_another_schema,
    tables_without_a_schema_get_one,
    the_nearest_map_counts,
    each_map_has_a_plan,
    prepared_statements_have_a_text_for_each_map,
];

/// In a schema that no database has.
#[derive(Debug, Mapped)]
#[aludel(table = "parent", schema = "tenant")]
struct Parent {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = types::String(20))]
    name: String,
}

#[derive(Debug, Mapped)]
#[aludel(table = "child", schema = "tenant")]
struct Child {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "tenant.parent.id")]
    parent_id: i64,
}

type Pairs<'p> = &'p [(Option<&'p str>, Option<&'p str>)];

fn map(pairs: Pairs<'_>) -> ExecutionOptions {
    let map: aludel::dbapi::SchemaTranslateMap = pairs.iter().copied().collect();
    ExecutionOptions::new().schema_translate_map(map)
}

fn to(schema: &str) -> ExecutionOptions {
    map(&[(Some("tenant"), Some(schema))])
}

/// A connection, what it sends, and a schema for the tables, to which `tenant` leads.
fn tenant(db: &Db) -> Result<(Connection, Calls, String)> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let schema = db.another_schema(&mut conn)?;
    conn.commit()?;
    conn.set_execution_options(to(&schema));
    calls.take();
    Ok((conn, calls, schema))
}

/// All that was sent of the tables names the schema, and not the other one.
fn check_sent(calls: &Calls, schema: &str) {
    let sent = calls.take();
    let of_tables = sent.iter().filter(|sql| {
        (sql.contains("parent") || sql.contains("child")) && !sql.contains(" = :name")
    });
    let of_tables: Vec<_> = of_tables.map(|sql| sql.replace(['"', '`'], "")).collect();
    for sql in &of_tables {
        assert!(!sql.contains("tenant"), "{sql}");
        assert!(sql.contains(&format!("{schema}.")), "{sql}");
    }
    assert!(of_tables.len() > 2, "{sent:?}");
}

// conforms: D4.10, D4.13
fn tables_are_made_and_read_in_another_schema(db: &Db) -> Result<()> {
    let (mut conn, calls, schema) = tenant(db)?;
    let metadata = MetaData::new().with::<Parent>().with::<Child>();
    let has_sequences = db.engine.dialect().has(Feature::Sequences);
    let numbers = Sequence::new("tenant.numbers").start(5);
    if has_sequences {
        let _ = numbers.clone().in_metadata(&metadata);
    }
    let described = Table::builder("parents_by_hand")
        .schema("tenant")
        .column(Column::new("name", types::String(20)).comment("a name"))
        .index(Index::new(["name"]).unique())
        .comment("the parents")
        .build(&metadata)?;
    let noted = ddl("insert into %(fullname)s (name) values ('by ddl')");
    event::listen::<AfterCreateEvent>(&described, noted);
    metadata.create_all(&mut conn)?;
    check_sent(&calls, &schema);
    metadata.create_all(&mut conn)?;
    let again = calls.take();
    assert!(again.iter().all(|sql| !sql.starts_with("CREATE")), "{again:?}");
    assert!(conn.has_table("tenant.parent")? && conn.has_table(format!("{schema}.child"))?);
    assert!(!conn.has_table("tenant.other")?);
    assert_eq!(conn.has_sequence("tenant.numbers")?, has_sequences);
    let noted: Vec<String> = conn
        .scalars(select(func::count()).select_from(&described))?
        .into_iter()
        .map(|count: i64| count.to_string())
        .collect();
    assert_eq!(noted, ["1"], "the listener's text names the schema");
    if has_sequences {
        assert_eq!(conn.scalar(select(numbers.next_value()))?, Some(5));
    }

    calls.take();
    let new = insert::<Parent>().values(Parent::c.name.set("a"));
    let a: i64 = conn.execute(new)?.inserted_primary_key()?;
    let sets = ["b", "c"].map(|name| params! { name: name });
    conn.execute_many(insert::<Parent>(), sets)?;
    let one = update::<Parent>().values(Parent::c.name.set("d"));
    assert_eq!(conn.execute(one.where_(Parent::c.name.eq("c")))?.rowcount(), 1);
    let of_a = select(Parent::c.id).where_(Parent::c.name.eq("a"));
    conn.execute(insert::<Child>().from_select(Child::c.parent_id, of_a))?;
    if db.capabilities().insert_returning {
        let new = insert::<Parent>().values(Parent::c.name.set("e"));
        let name = conn.execute(new.returning(Parent::c.name))?.one()?;
        assert_eq!(name, ("e".to_owned(),));
        conn.execute(delete::<Parent>().where_(Parent::c.name.eq("e")))?;
    }
    check_sent(&calls, &schema);
    reads(&mut conn, a)?;
    check_sent(&calls, &schema);

    // What the program wrote is sent as it is.
    let error = conn.execute(text("select name from tenant.parent")).expect_err("no such schema");
    assert!(!error.message().contains(&schema), "{error}");
    conn.rollback()?;
    if !conn.has_table("tenant.parent")? {
        metadata.create_all(&mut conn)?;
    }
    calls.take();
    metadata.drop_all(&mut conn)?;
    check_sent(&calls, &schema);
    assert!(!conn.has_table("tenant.parent")? && !conn.has_sequence("tenant.numbers")?);
    conn.commit()?;
    db.drop_schema(&mut conn, &schema)?;
    conn.close()
}

/// Reads the tables in all ways. The first parent, which has the child, has this key.
fn reads(conn: &mut Connection, a: i64) -> Result<()> {
    let joined = select((Parent::c.name, Child::c.parent_id)).join(Child::entity());
    assert_eq!(conn.execute(joined)?.all()?, [("a".to_owned(), a)]);
    let other = aliased::<Parent>("other");
    let pairs = select((Parent::c.name, other.c.name))
        .join_on(other, other.c.id.gt(Parent::c.id))
        .order_by((Parent::c.name, other.c.name));
    assert_eq!(conn.execute(pairs)?.all()?.len(), 3);
    let before_c = select(Parent::c.name).where_(Parent::c.name.lt("c")).cte("chosen");
    let name = before_c.columns();
    let names: Vec<String> = conn.scalars(select(name.clone()).order_by(name))?;
    assert_eq!(names, ["a", "b"], "the name of a CTE stays as it is");
    let has_child = select(Child::c.id).where_(Child::c.parent_id.eq(Parent::c.id)).exists();
    let with_child = select(Parent::c.name).where_(has_child);
    assert_eq!(conn.scalars::<_, String>(with_child)?, ["a"]);
    let mut names = Vec::new();
    for row in conn.stream(select(Parent::c.name).order_by(Parent::c.name))? {
        names.push(row?.0);
    }
    assert_eq!(names, ["a", "b", "d"]);
    Ok(())
}

// conforms: D4.13
fn tables_without_a_schema_get_one(db: &Db) -> Result<()> {
    let (mut conn, calls, schema) = tenant(db)?;
    let options = map(&[(None, Some(&schema)), (Some("tenant"), None)]);
    conn.set_execution_options(options);
    let metadata = MetaData::new();
    let mood = types::Enum("tenants_mood", ["glad", "sad"]).native();
    let id = || Column::new("id", types::Integer).primary_key().autoincrement(false);
    let child = Table::new("child", &metadata, [id(), Column::new("mood", mood)])?;
    let parent = Table::builder("parent_of_all").schema("tenant").column(id()).build(&metadata)?;
    metadata.create_all(&mut conn)?;
    metadata.create_all(&mut conn)?;
    conn.execute(child.insert().values((child.c("id")?.set(1), child.c("mood")?.set("sad"))))?;
    conn.execute(parent.insert().values(parent.c("id")?.set(2)))?;
    let row = conn.execute(child.select().where_(child.c("mood")?.eq("sad")))?.one()?;
    assert_eq!(row.get::<String>("mood")?, "sad");
    let sent = calls.take();
    for sql in &sent {
        assert!(!sql.contains(&format!("{schema}.parent_of_all")), "{sql}");
        assert!(!sql.contains(" child ") || sql.contains(" = "), "{sql}");
    }
    if db.engine.dialect().has(Feature::EnumTypes) {
        let made = format!("CREATE TYPE {schema}.tenants_mood AS ENUM");
        assert!(sent.iter().any(|sql| sql.starts_with(&made)), "{sent:?}");
    }
    conn.execute(text("select id from parent_of_all"))?;
    metadata.drop_all(&mut conn)?;
    assert!(!conn.has_table("child")? && !conn.has_table("tenant.parent_of_all")?);
    conn.commit()?;
    db.drop_schema(&mut conn, &schema)?;
    conn.close()
}

/// The texts that a connection sends.
fn texts(conn: &Connection) -> Arc<Mutex<Vec<aludel::dbapi::Statement>>> {
    let texts: Arc<Mutex<Vec<_>>> = Arc::default();
    let into = Arc::clone(&texts);
    event::listen(&conn.events(), move |event: &mut AfterCursorExecute<'_>| {
        into.lock().unwrap().push(event.statement.clone());
        Ok(())
    });
    texts
}

/// A table of the connection's own schema, which the map calls by two names.
#[derive(Debug, Mapped)]
#[aludel(table = "users", schema = "tenant")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
}

// conforms: D4.09, D4.10
fn the_nearest_map_counts(db: &Db) -> Result<()> {
    let (engine, _) = db.recorded(&["a"])?;
    let of_engine = EngineOptions::new().execution_options(to("far"));
    assert_eq!(db.another(of_engine)?.execution_options(), to("far"));
    let engine = engine.with_execution_options(to("far"));
    let mut conn = engine.connect()?;
    let users = || select(User::c.name);
    let sent = |conn: &mut Connection, statement| -> String {
        let error = conn.execute(statement).map(drop).expect_err("there is no such schema");
        let sent = error.statement().unwrap_or_default().to_owned();
        conn.rollback().unwrap();
        sent
    };
    let of = |schema: &str| {
        let quote = db.engine.dialect().quotation_mark();
        let sent = format!("SELECT {schema}.users.{quote}name{quote} FROM {schema}.users");
        if db.engine.dialect().is_reserved("name") { sent } else { sent.replace(quote, "") }
    };
    let plain = |options: ExecutionOptions| users().execution_options(options);
    assert_eq!(sent(&mut conn, plain(ExecutionOptions::new())), of("far"));
    conn.set_execution_options(to("connections"));
    assert_eq!(sent(&mut conn, plain(ExecutionOptions::new())), of("connections"));
    let own = plain(to("own"));
    assert_eq!(sent(&mut conn, own.clone()), of("own"));
    assert_eq!(sent(&mut conn, own.clone().execution_options(to("calls"))), of("calls"));
    assert_eq!(sent(&mut conn, own.execution_options(map(&[]))), of("tenant"), "none at all");
    let here = map(&[(Some("tenant"), None)]);
    assert_eq!(conn.execute(plain(here))?.scalars::<String>()?, ["a"]);
    conn.close()?;
    let other = engine.with_execution_options(map(&[(Some("tenant"), None)]));
    let mut conn = other.connect()?;
    assert_eq!(conn.execute(users())?.scalars::<String>()?, ["a"]);
    conn.close()?;
    Ok(())
}

fn each_map_has_a_plan(db: &Db) -> Result<()> {
    let (mut conn, _, schema) = tenant(db)?;
    let here = map(&[(Some("tenant"), None)]);
    let metadata = MetaData::new().with::<Parent>();
    metadata.create_all(&mut conn)?;
    let texts = texts(&conn);
    for name in ["a", "b", "c"] {
        conn.execute(insert::<Parent>().values(Parent::c.name.set(name)))?;
        let of_users = || select(User::c.name).where_(User::c.name.eq(name));
        assert!(conn.execute(of_users().execution_options(here.clone()))?.all()?.is_empty());
        conn.execute(select(Parent::c.id).where_(Parent::c.name.eq(name)))?.one()?;
        let there = map(&[(Some("tenant"), Some(&schema)), (Some("x"), None)]);
        conn.execute(
            select(Parent::c.id).where_(Parent::c.name.eq(name)).execution_options(there),
        )?
        .one()?;
    }
    let texts = texts.lock().unwrap();
    assert_eq!(texts.len(), 12);
    let same = |one: usize, other: usize| std::ptr::eq(texts[one].sql(), texts[other].sql());
    for number in 0..4 {
        assert!(same(number, number + 4) && same(number, number + 8), "compiled once");
    }
    assert!(!same(2, 3), "another map is another plan");
    assert_eq!(texts[2].sql(), texts[3].sql());
    drop(texts);
    metadata.drop_all(&mut conn)?;
    conn.commit()?;
    db.drop_schema(&mut conn, &schema)?;
    conn.close()
}

fn prepared_statements_have_a_text_for_each_map(db: &Db) -> Result<()> {
    let (mut conn, calls, schema) = tenant(db)?;
    let metadata = MetaData::new().with::<User>();
    metadata.create_all(&mut conn)?;
    conn.execute(insert::<User>().values(User::c.name.set("there")))?;
    let engine = conn.engine().clone();
    // The second schema of SQLite is searched before its first.
    let own = (schema == "temp").then_some("main");
    let here = map(&[(Some("tenant"), own)]);
    let count = select(func::count()).select_from(User::entity());
    let count = engine.prepare(&count.where_(User::c.name.eq(bindparam("name"))))?;
    let own = select(User::c.name).execution_options(here.clone());
    let own = engine.prepare(&own)?;
    calls.take();
    for _ in 0..2 {
        conn.set_execution_options(to(&schema));
        assert_eq!(conn.execute_prepared(&count, ("there",))?.scalars::<i64>()?, [1]);
        conn.set_execution_options(here.clone());
        assert_eq!(conn.execute_prepared(&count, ("there",))?.scalars::<i64>()?, [0]);
        conn.set_execution_options(to(&schema));
        assert!(conn.execute_prepared(&own, ())?.all()?.is_empty(), "its own map counts");
    }
    let prepared = calls.take().iter().filter(|call| *call == "PREPARE").count();
    assert_eq!(prepared, 3, "each text once");
    metadata.drop_all(&mut conn)?;
    conn.commit()?;
    db.drop_schema(&mut conn, &schema)?;
    conn.close()
}
