//! Tables and the transaction and the metadata that they are in.

use aludel::sql::schema::CreateTable;
use aludel::{Column, ErrorKind, MetaData, Result, Table, types};

use crate::{Db, suite};

suite![
    definitions_belong_to_the_transaction,
    a_table_is_described_once,
    a_foreign_key_names_a_column_that_is_there,
];

fn id() -> Column {
    Column::new("id", types::Integer).primary_key()
}

// conforms: F18
fn definitions_belong_to_the_transaction(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let table = Table::new("made", &metadata, [id()])?;
    let mut conn = db.engine.connect()?;
    conn.execute(CreateTable::new(&table))?;
    assert!(conn.in_transaction(), "it was begun by the statement");
    assert!(conn.has_table("made")?);
    conn.rollback()?;
    // MySQL commits by itself when it defines something.
    assert_eq!(conn.has_table("made")?, !db.rolls_ddl_back());
    metadata.create_all(&mut conn)?;
    conn.commit()?;
    assert!(conn.has_table("made")?);
    metadata.drop_all(&mut conn)?;
    conn.rollback()?;
    assert_eq!(conn.has_table("made")?, db.rolls_ddl_back());
    Ok(())
}

// conforms: F19
fn a_table_is_described_once(_: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let first = Table::new("shop.orders", &metadata, [id()])?;
    let again = Table::new("shop.orders", &metadata, [id(), Column::new("n", types::Integer)]);
    let error = again.expect_err("it is there already");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("has a table \"shop.orders\" already"), "{error}");
    assert_eq!(metadata.tables(), [first]);
    // In another schema it is another table.
    Table::new("orders", &metadata, [id()])?;
    assert_eq!(metadata.tables().len(), 2);
    Ok(())
}

/// SQLite would create such a table, and refuse its rows.
// conforms: F20
fn a_foreign_key_names_a_column_that_is_there(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    Table::new("parent", &metadata, [id()])?;
    let to = Column::new("parent_id", types::Integer).foreign_key("parent.number");
    Table::new("child", &metadata, [id(), to])?;
    let mut conn = db.engine.connect()?;
    for refused in [metadata.create_all(&mut conn), metadata.sorted_tables().map(drop)] {
        let error = refused.expect_err("there is no such column");
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
        for part in ["\"child\"", "\"number\"", "\"parent\"", "it has: id"] {
            assert!(error.message().contains(part), "{error}");
        }
    }
    assert!(!conn.has_table("parent")?, "nothing was created");
    let nowhere = MetaData::new();
    let to = Column::new("parent_id", types::Integer).foreign_key("parent");
    let error = Table::new("child", &nowhere, [id(), to]).expect_err("it names no table");
    assert!(error.message().contains("\"table.column\""), "{error}");
    Ok(())
}
