//! Tables: declared by a struct or at run time, created and dropped, with all that they can have.

use aludel::sql::schema::{
    CheckConstraint, CreateIndex, CreateTable, Deferrable, DropIndex, DropTable, ForeignKey,
    ForeignKeyConstraint, Identity, Index, NamingConvention, PrimaryKey, ReferentialAction,
    UniqueConstraint,
};
use aludel::{
    Auto, Column, Connection, Error, ErrorKind, Mapped, MetaData, RawSql, Result, Table, insert,
    params, select, text, types,
};

use crate::{Db, User, suite};

suite![
    create_and_drop_check_first,
    run_time_table,
    foreign_keys_order_the_tables,
    odd_names,
    constraints_are_kept_by_their_names,
    a_described_table_has_the_same_constraints,
    foreign_keys_act,
    deferred_foreign_keys,
    self_references_and_circles,
    indexes_are_created_and_dropped,
    long_names,
    a_naming_convention_of_ones_own,
    the_database_makes_values,
    identity_columns,
    every_type_is_created,
    types_that_a_database_lacks,
    text_in_definitions_is_quoted,
    definitions_if_need_be,
    a_schema_of_its_own,
];

// conforms: B29, F16
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
// conforms: F08
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

#[derive(Debug, Mapped)]
#[aludel(table = "customer", comment = "who orders")]
struct Customer {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(unique, length = 40)]
    name: String,
}

#[derive(Debug, Mapped)]
#[aludel(
    table = "sale",
    unique(customer, number),
    index(number, price),
    check = "price > 0",
    foreign_key(
        customer,
        name = "fk_customer_of_sale",
        references = "customer(id)",
        on_delete = "cascade"
    )
)]
struct Sale {
    #[aludel(primary_key)]
    id: Auto<i64>,
    customer: i64,
    #[aludel(index)]
    number: i32,
    price: i32,
    #[aludel(server_default = "7")]
    quantity: Auto<i32>,
    #[aludel(column = "total_price", computed = "price * 2")]
    total: Auto<i32>,
}

/// The error of a statement that violates the constraint, which the database names if it can.
fn violated(db: &Db, conn: &mut Connection, sql: &str) -> Result<Error> {
    let error = conn.execute(text(RawSql::new(sql.to_owned()))).expect_err(sql);
    conn.rollback()?;
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    if db.unique_constraint().is_none() {
        return Ok(error);
    }
    assert!(error.constraint().is_some(), "{error:?}");
    Ok(error)
}

/// The constraint that an error names, where the database says it.
fn names(db: &Db, error: &Error, name: &str) -> bool {
    db.unique_constraint().is_none() || error.constraint() == Some(name)
}

// conforms: F14
fn constraints_are_kept_by_their_names(db: &Db) -> Result<()> {
    let metadata = MetaData::new().with::<Sale>().with::<Customer>();
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.execute(insert::<Customer>().values(Customer::c.name.set("a")))?;
    let c = Sale::c;
    let sale = |customer: i64, number, price| {
        insert::<Sale>().values((
            c.customer.set(customer),
            c.number.set(number),
            c.price.set(price),
        ))
    };
    conn.execute(sale(1, 1, 5))?;
    conn.commit()?;
    let found = conn.execute(select(Sale::c))?.one()?;
    assert_eq!((found.quantity.get(), found.total.get()), (Some(&7), Some(&10)));

    let twice =
        violated(db, &mut conn, "insert into sale (customer, number, price) values (1, 1, 9)")?;
    assert!(twice.is_unique_violation(), "{twice}");
    assert!(names(db, &twice, "uq_sale_customer_number"), "{twice:?}");
    let nobody =
        violated(db, &mut conn, "insert into sale (customer, number, price) values (2, 1, 9)")?;
    assert!(nobody.is_foreign_key_violation(), "{nobody}");
    assert!(names(db, &nobody, "fk_customer_of_sale"), "{nobody:?}");
    let check = Sale::table().check_constraints().next().and_then(CheckConstraint::name);
    let check = check.expect("a name").to_string();
    let free =
        violated(db, &mut conn, "insert into sale (customer, number, price) values (1, 2, 0)")?;
    assert!(free.is_check_violation(), "{free}");
    assert!(names(db, &free, &check), "{free:?}");

    // The key of the customer goes, and with it the sale.
    conn.execute(text("delete from customer"))?;
    assert_eq!(conn.scalar::<_, i64>(text("select count(*) from sale"))?, Some(0));
    conn.rollback()?;
    metadata.drop_all(&mut conn)
}

/// What can be read of a mapped table is what was declared, and a table that is described by the same
/// has the same.
fn a_described_table_has_the_same_constraints(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let described = Table::builder("sale")
        .column(Column::new("id", types::BigInteger).primary_key().autoincrement(true))
        .column(Column::new("customer", types::BigInteger).not_null())
        .column(Column::new("number", types::Integer).not_null().index())
        .column(Column::new("price", types::Integer).not_null())
        .column(Column::new("quantity", types::Integer).not_null().server_default("7"))
        .column(Column::new("total_price", types::Integer).not_null().computed("price * 2"))
        .constraint(UniqueConstraint::new(["customer", "number"]))
        .constraint(
            ForeignKeyConstraint::new(["customer"], "customer", ["id"])
                .named("fk_customer_of_sale")
                .on_delete(ReferentialAction::Cascade),
        )
        .constraint(CheckConstraint::new("price > 0"))
        .index(Index::new(["number", "price"]))
        .build(&metadata)?;
    assert_eq!(&described, Sale::table());
    let table = MetaData::new().with::<Sale>().table("sale")?;
    assert_eq!(&table, Sale::table());
    assert!(db.engine.connect()?.has_table("sale").is_ok_and(|found| !found));

    let names: Vec<_> = table.constraints().iter().filter_map(|one| one.name()).collect();
    assert_eq!(
        names[..3].iter().map(|name| &***name).collect::<Vec<_>>(),
        ["pk_sale", "uq_sale_customer_number", "fk_customer_of_sale"]
    );
    assert_eq!(names.len(), 4);
    let indexes: Vec<_> = table.indexes().iter().filter_map(Index::name).collect();
    assert_eq!(
        indexes.iter().map(|name| &***name).collect::<Vec<_>>(),
        ["ix_sale_number", "ix_sale_number_price"]
    );
    let key = table.foreign_keys().next().expect("a foreign key");
    assert_eq!(key.referred_table().to_string(), "customer");
    assert_eq!(key.delete_action(), Some(ReferentialAction::Cascade));
    let counted = table.autoincrement_column().map(Column::name);
    assert_eq!(counted, table.primary_key().map(|key| &key.columns()[0]));
    let generated = table.columns().iter().filter(|column| table.is_generated(column));
    let generated: Vec<_> = generated.map(|column| &**column.name()).collect();
    assert_eq!(generated, ["id", "quantity", "total_price"]);
    assert_eq!(Customer::table().comment_text().map(|text| &**text), Some("who orders"));
    Ok(())
}

fn foreign_keys_act(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let parent = Table::builder("parent")
        .column(Column::new("a", types::Integer).not_null())
        .column(Column::new("b", types::Integer).not_null())
        .constraint(PrimaryKey::new(["a", "b"]).named("pk_of_parent"))
        .build(&metadata)?;
    let key = ForeignKeyConstraint::new(["x", "y"], parent.full_name(), ["a", "b"]);
    Table::builder("child")
        .column(Column::new("id", types::Integer).primary_key())
        .columns([Column::new("x", types::Integer), Column::new("y", types::Integer)])
        .constraint(key.on_delete(ReferentialAction::SetNull).on_update(ReferentialAction::Cascade))
        .build(&metadata)?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.execute(text("insert into parent (a, b) values (1, 2)"))?;
    conn.execute(text("insert into child (id, x, y) values (1, 1, 2)"))?;
    conn.commit()?;
    let error = violated(db, &mut conn, "insert into child (id, x, y) values (2, 2, 1)")?;
    assert!(names(db, &error, "fk_child_x_y_parent"), "{error:?}");
    conn.execute(text("update parent set b = 3"))?;
    assert_eq!(conn.scalar::<_, i64>(text("select y from child"))?, Some(3));
    conn.execute(text("delete from parent"))?;
    let left: Vec<Option<i64>> = conn.scalars(text("select x from child"))?;
    assert_eq!(left, [None]);
    conn.commit()?;
    metadata.drop_all(&mut conn)
}

fn deferred_foreign_keys(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let id = || Column::new("id", types::Integer).primary_key();
    Table::new("parent", &metadata, [id()])?;
    let key = ForeignKey::new("parent.id").deferrable(Deferrable::InitiallyDeferred);
    Table::new("child", &metadata, [id(), Column::new("parent", types::Integer).foreign_key(key)])?;
    let mut conn = db.engine.connect()?;
    let created = metadata.create_all(&mut conn);
    if !db.defers_constraints() {
        let error = created.expect_err("nothing is deferred");
        assert_eq!(error.kind(), ErrorKind::Compile);
        assert!(error.message().contains("fk_child_parent_parent"), "{error}");
        return Ok(());
    }
    created?;
    conn.execute(text("insert into child (id, parent) values (1, 1)"))?;
    conn.execute(text("insert into parent (id) values (1)"))?;
    conn.commit()
}

fn self_references_and_circles(db: &Db) -> Result<()> {
    let id = || Column::new("id", types::Integer).primary_key();
    let to = |name: &'static str, target: &'static str| {
        Column::new(name, types::Integer).foreign_key(target)
    };
    let metadata = MetaData::new();
    Table::new("node", &metadata, [id(), to("parent", "node.id")])?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    metadata.drop_all(&mut conn)?;

    Table::new("a", &metadata, [id(), to("b", "b.id")])?;
    Table::new("b", &metadata, [id(), to("c", "c.id")])?;
    Table::new("c", &metadata, [id(), to("a", "a.id")])?;
    let error = metadata.sorted_tables().expect_err("a circle");
    assert_eq!(error.kind(), ErrorKind::Argument);
    for part in [r#""a" by "b" to "b""#, r#""b" by "c" to "c""#, r#""c" by "a" to "a""#] {
        assert!(error.message().contains(part), "{error}");
    }
    assert!(!error.message().contains("node"), "{error}");
    Ok(())
}

fn indexes_are_created_and_dropped(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let table = Table::builder("t")
        .column(Column::new("a", types::Integer).index())
        .column(Column::new("b", types::Integer))
        .index(Index::new(["b", "a"]).unique().named("both"))
        .build(&metadata)?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.execute(text("insert into t (a, b) values (1, 1)"))?;
    conn.commit()?;
    let error = violated(db, &mut conn, "insert into t (a, b) values (1, 1)")?;
    assert!(names(db, &error, "both"), "{error:?}");
    for index in table.indexes() {
        conn.execute(DropIndex::new(&table, index))?;
    }
    conn.execute(text("insert into t (a, b) values (1, 1)"))?;
    conn.commit()?;
    conn.execute(CreateIndex::new(&table, &table.indexes()[0]))?;
    let unique = conn.execute(CreateIndex::new(&table, &table.indexes()[1]));
    assert!(unique.expect_err("rows are equal").is_unique_violation());
    conn.rollback()
}

/// A name that was made is cut where the database has none of its length; one that was given is
/// refused.
// conforms: F07
fn long_names(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let long = "a_name_that_is_not_too_long_by_itself";
    let table = Table::builder(long)
        .columns([
            Column::new("a_column_of_some_length", types::Integer).not_null(),
            Column::new("another_column_of_some_length", types::Integer).not_null().index(),
        ])
        .constraint(UniqueConstraint::new([
            "a_column_of_some_length",
            "another_column_of_some_length",
        ]))
        .build(&metadata)?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.execute_many(
        table.insert(),
        [params! { a_column_of_some_length: 1, another_column_of_some_length: 1 }],
    )?;
    conn.commit()?;
    let sql = format!("insert into {long} select * from {long}");
    let error = violated(db, &mut conn, &sql)?;
    let start =
        &table.unique_constraints().next().and_then(UniqueConstraint::name).expect("one")[..50];
    let constraint = error.constraint().unwrap_or(start);
    // SQLite has names of any length.
    let fits = constraint.len() <= 64 || db.unique_constraint().is_none();
    assert!(constraint.starts_with(start) && fits, "{constraint}");
    conn.execute(DropIndex::new(&table, &table.indexes()[0]))?;
    metadata.drop_all(&mut conn)?;

    let given = "x".repeat(65);
    let table = Table::new(given.clone(), &metadata, [Column::new("a", types::Integer)])?;
    match conn.execute(CreateTable::new(&table)) {
        Ok(_) => assert!(db.unique_constraint().is_none(), "SQLite has names of any length"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
            assert!(error.message().contains(&given), "{error}");
        }
    }
    conn.rollback()
}

fn a_naming_convention_of_ones_own(db: &Db) -> Result<()> {
    let convention = NamingConvention::default()
        .unique("%(table_name)s_%(column_0_name)s_key")
        .check("%(table_name)s_%(constraint_name)s_check");
    let metadata = MetaData::with_naming_convention(convention)?.with::<Customer>();
    let table = Table::builder("t")
        .column(Column::new("a", types::Integer).unique())
        .constraint(CheckConstraint::new("a > 0").named("positive"))
        .build(&metadata)?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.execute(table.insert().values(table.c("a")?.set(1)))?;
    conn.commit()?;
    let error = violated(db, &mut conn, "insert into t (a) values (1)")?;
    assert!(names(db, &error, "t_a_key"), "{error:?}");
    let error = violated(db, &mut conn, "insert into t (a) values (0)")?;
    assert!(names(db, &error, "t_positive_check"), "{error:?}");
    conn.execute(insert::<Customer>().values(Customer::c.name.set("a")))?;
    conn.commit()?;
    let error = violated(db, &mut conn, "insert into customer (name) values ('a')")?;
    assert!(names(db, &error, "customer_name_key"), "{error:?}");
    Ok(())
}

#[derive(Debug, Mapped)]
#[aludel(table = "stamped")]
struct Stamped {
    #[aludel(primary_key, length = 20)]
    name: String,
    #[aludel(server_default = "'new'", length = 10)]
    state: Auto<String>,
    #[aludel(server_default = "1 + 1")]
    version: Auto<i32>,
    #[aludel(computed = "version * 10")]
    tens: Option<Auto<i32>>,
}

fn the_database_makes_values(db: &Db) -> Result<()> {
    let metadata = MetaData::new().with::<Stamped>();
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    let c = Stamped::c;
    conn.execute(insert::<Stamped>().values(c.name.set("a")))?;
    conn.execute(insert::<Stamped>().values((c.name.set("b"), c.version.set(5))))?;
    let rows: Vec<Stamped> = conn.execute(select(Stamped::c).order_by(c.name))?.all()?;
    let shown: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.state.get().map(String::as_str),
                row.version.get(),
                row.tens.and_then(Auto::into_inner),
            )
        })
        .collect();
    assert_eq!(shown, [(Some("new"), Some(&2), Some(20)), (Some("new"), Some(&5), Some(50))]);
    assert_eq!(rows[0].key_values(), [aludel::Value::from("a")]);
    Ok(())
}

fn identity_columns(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let id = Column::new("id", types::BigInteger).primary_key();
    let counted = Identity::new().start(10).increment(5);
    let table =
        Table::new("t", &metadata, [id.identity(counted), Column::new("name", types::String(10))])?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.execute_many(table.insert(), [params! { name: "a" }, params! { name: "b" }])?;
    let keys: Vec<i64> = conn.scalars(text("select id from t order by id"))?;
    let expected = if db.has_identity() { [10, 15] } else { [1, 2] };
    assert_eq!(keys, expected);
    Ok(())
}

// conforms: F22
fn every_type_is_created(db: &Db) -> Result<()> {
    let metadata = MetaData::new();
    let table = Table::new(
        "every",
        &metadata,
        [
            Column::new("id", types::SmallInteger).primary_key(),
            Column::new("boolean", types::Boolean),
            Column::new("integer", types::Integer),
            Column::new("bigint", types::BigInteger),
            Column::new("float", types::Float),
            Column::new("double", types::Double),
            Column::new("numeric", types::Numeric),
            Column::new("exact", types::Numeric(20, 5)),
            Column::new("string", types::String),
            Column::new("short", types::String(5)),
            Column::new("text", types::Text),
            Column::new("bytes", types::LargeBinary),
            Column::new("few", types::Binary(5)),
            Column::new("date", types::Date),
            Column::new("time", types::Time),
            Column::new("datetime", types::DateTime),
            Column::new("instant", types::DateTime.with_timezone()),
            Column::new("uuid", types::Uuid),
            Column::new("json", types::Json),
            Column::new("jsonb", types::JsonB),
            Column::new("mood", types::Enum("mood", ["happy", "it's"])),
        ],
    )?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    let mood = |mood: &str| -> Result<_> { Ok(table.insert().values(table.c("mood")?.set(mood))) };
    conn.execute(mood("it's")?)?;
    conn.execute(table.insert().values(table.c("exact")?.set("12345.67890")))?;
    conn.commit()?;
    let error = conn.execute(mood("sad")?).expect_err("no such label");
    assert!(error.is_check_violation(), "{error}");
    assert!(names(db, &error, "ck_every_mood"), "{error:?}");
    conn.rollback()?;
    let exact: Option<String> =
        conn.scalar(text("select cast(exact as char(11)) from every where exact is not null"))?;
    assert_eq!(exact.as_deref(), Some("12345.67890"));
    Ok(())
}

fn types_that_a_database_lacks(db: &Db) -> Result<()> {
    for ty in [types::Array(types::Integer), types::Array(types::Text)] {
        let metadata = MetaData::new();
        let column = Column::new("what", ty.clone());
        let table = Table::new("t", &metadata, [column, Column::new("a", types::Integer)])?;
        let mut conn = db.engine.connect()?;
        match conn.execute(CreateTable::new(&table)) {
            Ok(_) => assert!(db.has_identity(), "PostgreSQL has both"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Compile);
                for part in ["the column \"what\" of the table \"t\"", "has no type for", "; "] {
                    assert!(error.message().contains(part), "{error}");
                }
            }
        }
        conn.rollback()?;
    }
    Ok(())
}

// fault: S02
fn text_in_definitions_is_quoted(db: &Db) -> Result<()> {
    let odd = r#"it's \' "; drop table users; --"#;
    let metadata = MetaData::new();
    let table = Table::builder("t")
        .column(Column::new("a", types::Enum("e", [odd, "x"])).comment(odd))
        .comment(odd)
        .build(&metadata)?;
    let mut conn = db.engine.connect()?;
    metadata.create_all(&mut conn)?;
    conn.execute(table.insert().values(table.c("a")?.set(odd)))?;
    let found: Option<String> = conn.scalar(text("select a from t"))?;
    assert_eq!(found.as_deref(), Some(odd));
    for sql in db.comments_of_t() {
        let comment: Option<String> = conn.scalar(text(*sql))?;
        assert_eq!(comment.as_deref(), Some(odd), "{sql}");
    }
    Ok(())
}

// conforms: F16
fn definitions_if_need_be(db: &Db) -> Result<()> {
    let table = Table::new("t", &MetaData::new(), [Column::new("a", types::Integer)])?;
    let mut conn = db.engine.connect()?;
    for _ in 0..2 {
        conn.execute(CreateTable::new(&table).if_not_exists())?;
    }
    assert!(conn.has_table("t")?);
    for _ in 0..2 {
        conn.execute(DropTable::new(&table).if_exists())?;
    }
    assert!(!conn.has_table("t")?);
    let again = conn.execute(DropTable::new(&table)).expect_err("it is gone");
    assert!(again.is_missing_table(), "{again}");
    conn.rollback()
}

/// A table in a schema that is not the connection's own.
fn a_schema_of_its_own(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let schema = db.another_schema(&mut conn)?;
    let metadata = MetaData::new();
    let id = || Column::new("id", types::Integer).primary_key();
    let parent = Table::builder("parent").schema(schema.clone()).column(id()).build(&metadata)?;
    let key = ForeignKey::to(parent.full_name(), "id");
    let child = Table::builder("child")
        .schema(schema.clone())
        .columns([id(), Column::new("parent", types::Integer).foreign_key(key)])
        .column(Column::new("number", types::Integer).index())
        .build(&metadata)?;
    metadata.create_all(&mut conn)?;
    metadata.create_all(&mut conn)?;
    assert!(conn.has_table(child.full_name())?);
    // SQLite's second schema is searched by itself.
    assert_eq!(conn.has_table("child")?, schema == "temp");
    conn.execute(text(RawSql::new(format!("insert into {schema}.parent (id) values (1)"))))?;
    conn.execute(child.insert().values((child.c("id")?.set(2), child.c("parent")?.set(1))))?;
    let sql = format!("select count(*) from {schema}.child");
    assert_eq!(conn.scalar::<_, i64>(text(RawSql::new(sql)))?, Some(1));
    assert!(metadata.contains(format!("{schema}.child")));
    assert_eq!(metadata.table(parent.full_name())?, parent);
    conn.execute(DropIndex::new(&child, &child.indexes()[0]))?;
    metadata.drop_all(&mut conn)?;
    assert!(!conn.has_table(child.full_name())?);
    conn.commit()?;
    db.drop_schema(&mut conn, &schema)
}
