//! Views, materialized ones among them, and what is made without a transaction.

use aludel::dbapi::IsolationLevel;
use aludel::sql::Feature;
use aludel::sql::schema::{
    CreateIndex, CreateView, DropIndex, DropView, Index, RefreshMaterializedView,
};
use aludel::{Column, Connection, ErrorKind, MetaData, RawSql, Result, Table, select, text, types};

use crate::{Db, suite};

suite![
    views,
    views_of_metadata,
    views_of_views,
    views_that_name_each_other,
    materialized_views_are_refreshed,
    indexes_are_made_concurrently
];

fn id() -> Column {
    Column::new("id", types::Integer).primary_key().autoincrement(false)
}

fn run(conn: &mut Connection, sql: &str) -> Result<()> {
    conn.execute(text(RawSql::new(sql.to_owned()))).map(|_| ())
}

fn has(db: &Db, feature: Feature) -> bool {
    db.engine.dialect().has(feature)
}

// conforms: F13
fn views(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let columns = [id(), Column::new("name", types::String(20))];
    let table = Table::new("viewed", &metadata, columns)?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    run(&mut conn, "insert into viewed (id, name) values (1, 'it''s'), (2, 'b')")?;
    let select = table.select().where_(table.c("name")?.eq("it's").and(table.c("id")?.lt(5)));
    let view = || CreateView::new("the_view", select.clone()).columns(["n", "text"]);
    conn.execute(view())?;
    assert!(conn.has_table("the_view")?);
    let rows = conn.execute(text("select n, text from the_view"))?.all()?;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].get::<String>("text")?, "it's");
    conn.commit()?;
    let replaced = conn.execute(view().or_replace()).map(|_| ());
    if has(db, Feature::ReplaceView) {
        replaced?;
    } else {
        assert_eq!(replaced.expect_err("it cannot").kind(), ErrorKind::Compile);
    }
    conn.execute(DropView::new("the_view"))?;
    conn.execute(DropView::new("the_view").if_exists())?;
    assert!(!conn.has_table("the_view")?);
    conn.commit()?;
    let kept = conn.execute(CreateView::new("kept", table.select()).materialized()).map(|_| ());
    if has(db, Feature::MaterializedViews) {
        kept?;
        run(&mut conn, "insert into viewed (id) values (3)")?;
        let count: Option<i64> = conn.scalar(text("select count(*) from kept"))?;
        assert_eq!(count, Some(2));
        conn.execute(DropView::new("kept").materialized())?;
    } else {
        assert_eq!(kept.expect_err("it has none").kind(), ErrorKind::Compile);
        conn.rollback()?;
    }
    metadata.drop_all(&mut conn)?;
    conn.commit()
}

fn views_of_metadata(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let table = Table::new("of_views", &metadata, [id(), Column::new("n", types::Integer)])?;
    let positive = select(table.c("id")?).where_(table.c("n")?.gt(0));
    CreateView::new("positive", positive).in_metadata(&metadata);
    let of_view = CreateView::of_sql("first_positive", "select min(id) as id from positive");
    of_view.in_metadata(&metadata);
    let filled = CreateView::of_sql("filled", "select id from positive").materialized();
    filled.ddl_if("postgresql").in_metadata(&metadata);
    let names: Vec<_> = metadata.views().iter().map(|view| view.name().to_string()).collect();
    assert_eq!(names, ["positive", "first_positive", "filled"]);

    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    run(&mut conn, "insert into of_views (id, n) values (1, -1), (2, 1), (3, 1)")?;
    let first = || text("select id from first_positive");
    assert_eq!(conn.scalar::<_, i32>(first())?, Some(2));
    // What is there is left as it is.
    metadata.create_all(&mut conn)?;
    let other = CreateView::of_sql("first_positive", "select max(id) as id from positive");
    other.clone().or_replace().in_metadata(&metadata);
    if has(db, Feature::ReplaceView) {
        metadata.create_all(&mut conn)?;
        assert_eq!(conn.scalar::<_, i32>(first())?, Some(3));
    } else {
        let error = metadata.create_all(&mut conn).expect_err("it cannot");
        assert_eq!(error.kind(), ErrorKind::Compile);
        other.in_metadata(&metadata);
    }
    assert_eq!(metadata.views().len(), 3);
    metadata.drop_all(&mut conn)?;
    for name in ["first_positive", "positive", "filled", "of_views"] {
        assert!(!conn.has_table(name)?, "{name}");
    }
    metadata.drop_all(&mut conn)?;
    CreateView::of_sql("of_views", "select 1").in_metadata(&metadata);
    let error = metadata.create_all(&mut conn).expect_err("a view and a table");
    assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
    conn.commit()
}

fn materialized_views_are_refreshed(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    if !has(db, Feature::MaterializedViews) {
        let error = conn.execute(RefreshMaterializedView::new("kept")).expect_err("none");
        assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
        return Ok(());
    }
    let metadata = MetaData::new();
    let table = Table::new("counted", &metadata, [id()])?;
    CreateView::new("kept", table.select()).materialized().with_no_data().in_metadata(&metadata);
    metadata.create_all(&mut conn)?;
    run(&mut conn, "insert into counted values (1), (2)")?;
    conn.commit()?;
    let count = |conn: &mut Connection| {
        conn.scalar::<_, i64>(text("select count(*) from kept")).map(Option::unwrap)
    };
    count(&mut conn).expect_err("it is not filled");
    conn.rollback()?;
    let refresh = || RefreshMaterializedView::new("kept");
    conn.execute(refresh())?;
    assert_eq!(count(&mut conn)?, 2);
    run(&mut conn, "insert into counted values (3)")?;
    assert_eq!(count(&mut conn)?, 2);
    run(&mut conn, "create unique index by_id on kept (id)")?;
    conn.execute(refresh().concurrently())?;
    assert_eq!(count(&mut conn)?, 3);
    conn.execute(refresh().with_no_data())?;
    conn.commit()?;
    count(&mut conn).expect_err("it is empty");
    conn.rollback()?;
    metadata.drop_all(&mut conn)?;
    conn.commit()
}

fn indexes_are_made_concurrently(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let table = Table::builder("used").columns([id(), Column::new("n", types::Integer)]);
    let table = table.index(Index::new(["n"])).build(&metadata)?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.commit()?;
    let index = &table.indexes()[0];
    let drop_index = || DropIndex::new(&table, index).concurrently();
    let error = conn.execute(drop_index()).expect_err("it is in a transaction");
    if !has(db, Feature::ConcurrentIndexes) {
        assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
        return conn.rollback();
    }
    for part in ["DROP INDEX CONCURRENTLY", "set_isolation_level(IsolationLevel::Autocommit)"] {
        assert!(error.message().contains(part), "{error}");
    }
    conn.rollback()?;
    conn.set_isolation_level(IsolationLevel::Autocommit)?;
    conn.execute(drop_index())?;
    conn.execute(CreateIndex::new(&table, index).concurrently().if_not_exists())?;
    let valid = text("select indisvalid from pg_index where indexrelid = 'ix_used_n'::regclass");
    assert_eq!(conn.scalar::<_, bool>(valid)?, Some(true));
    Ok(())
}

/// Each is created after those that it reads, whatever the order in which they were added.
fn views_of_views(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&[])?;
    let mut conn = engine.connect()?;
    let metadata = MetaData::new();
    let base = Table::new("of_all", &metadata, [id()])?;
    // What is selected from the views, which are no tables of the metadata.
    let views = MetaData::new();
    let view = |name: &'static str| Table::new(name, &views, [id()]);
    let (first, second) = (view("the first")?, view("second_view")?);
    CreateView::of_sql("third_view", "select id from second_view").in_metadata(&metadata);
    CreateView::new("second_view", first.select()).in_metadata(&metadata);
    CreateView::new("the first", base.select()).in_metadata(&metadata);
    let own = second.select().where_(second.c("id")?.gt(1));
    CreateView::new("a_view", own).in_metadata(&metadata);
    calls.take();
    metadata.create_all(&mut conn)?;
    let made = |begin: &str| -> Vec<String> {
        let sent = calls.take().into_iter();
        let views = sent.filter(|sql| sql.starts_with(begin));
        views
            .map(|sql| {
                sql.split([' ', '`', '"'])
                    .filter(|word| !word.is_empty())
                    .nth(2)
                    .unwrap()
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(made("CREATE VIEW"), ["the", "second_view", "third_view", "a_view"]);
    conn.execute(base.insert().values(base.c("id")?.set(2)))?;
    for name in ["third_view", "a_view"] {
        let count = RawSql::new(format!("select count(*) from {name}"));
        assert_eq!(conn.scalar::<_, i64>(text(count))?, Some(1), "{name}");
    }
    calls.take();
    metadata.drop_all(&mut conn)?;
    assert_eq!(made("DROP VIEW"), ["a_view", "third_view", "second_view", "the"]);
    conn.commit()
}

/// Words that look like names of views make no circle of them.
fn views_that_name_each_other(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    CreateView::of_sql("one_view", "select 1 as other_view").in_metadata(&metadata);
    CreateView::of_sql("other_view", "select 2 as one_view").in_metadata(&metadata);
    metadata.create_all(&mut conn)?;
    assert!(conn.has_table("one_view")? && conn.has_table("other_view")?);
    metadata.drop_all(&mut conn)?;
    conn.commit()
}
