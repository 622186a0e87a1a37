//! Tables: declared by a struct or at run time, made and dropped.

use aludel::{Column, MetaData, Result, Table, params, text, types};

use crate::{Db, User, suite};

suite![create_and_drop_check_first, run_time_table, foreign_keys_order_the_tables, odd_names];

// conforms: B29
fn create_and_drop_check_first(db: &Db) -> Result<()> {
    let metadata = MetaData::new().with::<User>();
    let mut conn = db.engine.connect()?;
    metadata.drop_all(&mut conn)?;
    metadata.create_all(&mut conn)?;
    metadata.create_all(&mut conn)?;
    conn.execute_many(aludel::insert::<User>(), [params! { name: "a" }])?;
    assert_eq!(crate::names(&mut conn)?, ["a"]);
    metadata.drop_all(&mut conn)?;
    metadata.drop_all(&mut conn)?;
    metadata.create_all(&mut conn)?;
    assert_eq!(crate::names(&mut conn)?, Vec::<String>::new());
    Ok(())
}

fn run_time_table(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let t1 = Table::new(
        "t1",
        &metadata,
        [Column::new("id", types::Integer).primary_key(), Column::new("name", types::String)],
    )?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.execute_many(t1.insert(), [params! { name: "x" }, params! { name: "y" }])?;
    let rows = conn.execute(t1.select().order_by(t1.c("id")?.asc()))?.all()?;
    let shown: Vec<_> = rows.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["(1, 'x')", "(2, 'y')"]);
    assert_eq!(rows[1].get::<String>("name")?, "y");
    Ok(())
}

fn foreign_keys_order_the_tables(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let id = || Column::new("id", types::Integer).primary_key();
    Table::new(
        "child",
        &metadata,
        [id(), Column::new("parent_id", types::Integer).foreign_key("parent.id")],
    )?;
    Table::new("parent", &metadata, [id()])?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    let error = conn
        .execute(text("insert into child (parent_id) values (5)"))
        .expect_err("there is no parent");
    assert!(error.is_foreign_key_violation(), "{error}");
    conn.rollback()?;
    metadata.create_all(&mut conn)?;
    metadata.drop_all(&mut conn)?;
    Ok(())
}

// fault: S02
fn odd_names(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let odd = r#"select "x"; drop table users; --"#;
    let table = Table::new(
        odd,
        &metadata,
        [Column::new("Order", types::Integer).primary_key(), Column::new("a\"b", types::String)],
    )?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.execute_many(table.insert(), [params! { "a\"b": "v" }])?;
    let row = conn.execute(table.select())?.one()?;
    assert_eq!(row.get::<String>("a\"b")?, "v");
    metadata.drop_all(&mut conn)?;
    Ok(())
}
