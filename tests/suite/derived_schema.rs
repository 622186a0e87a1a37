//! What a mapped struct says of its table and its columns, and what the database makes of it.

use std::sync::atomic::{AtomicI64, Ordering};

use aludel::sql::Feature;
use aludel::sql::schema::{
    CreateIndex, CreateTable, Deferrable, DropConstraint, ExcludeConstraint, Generated, Identity,
    Sequence, TableOptions,
};
use aludel::value::{DateTime, RawJson, Uuid};
use aludel::{
    Auto, ColumnValue, Connection, ErrorKind, Mapped, MetaData, Result, func, insert, literal,
    select, types, update,
};

use crate::support::Database;
use crate::{Db, suite};

suite![
    defaults_of_fields,
    circles_of_structs,
    virtual_columns,
    indexes_of_structs,
    native_labels,
    the_type_that_is_said_is_the_one_bound,
    keys_that_are_counted,
    any_constraint_and_option,
];

fn has(db: &Db, feature: Feature) -> bool {
    db.engine.dialect().has(feature)
}

fn made<T: Mapped>(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<T>().create_all(&mut conn)?;
    Ok(conn)
}

fn next_number() -> i64 {
    static NEXT: AtomicI64 = AtomicI64::new(100);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "drafts", comment = "it's what is written")]
#[aludel(check(condition = Draft::c.pages.gt(0), name = "some_pages"))]
struct Draft {
    #[aludel(primary_key, autoincrement = false, default_fn = next_number)]
    id: Auto<i64>,
    #[aludel(default = 1, check = "pages < 1000")]
    pages: i32,
    #[aludel(length = 40, default = "it's new", onupdate = "changed", comment = "a state")]
    state: String,
    #[aludel(length = 40, default_sql = "upper('made')")]
    by: Auto<String>,
    #[aludel(length = 40, default = func::lower("LOW"), onupdate = func::upper("up"))]
    of: Option<String>,
    #[aludel(onupdate_fn = || 7)]
    version: Option<i64>,
    #[aludel(server_default = literal(5))]
    price: Auto<i32>,
    #[aludel(computed = Draft::c.pages * Draft::c.price)]
    total: Auto<i32>,
}

fn defaults_of_fields(db: &Db) -> Result<()> {
    let mut conn = made::<Draft>(db)?;
    let c = Draft::c;
    conn.execute(insert::<Draft>().values(c.pages.set(3)))?;
    let unset = Draft {
        id: Auto::unset(),
        pages: 4,
        state: "given".into(),
        by: Auto::unset(),
        of: None,
        version: Some(2),
        price: 6.into(),
        total: Auto::unset(),
    };
    conn.execute(insert::<Draft>().rows([&unset]))?;
    let rows = conn.execute(select(Draft::c).order_by(c.id))?.all()?;
    let (one, two) = (rows[0].id.into_inner().unwrap(), rows[1].id.into_inner().unwrap());
    assert!(one >= 100 && two > one, "{one}, {two}");
    let first = Draft {
        id: one.into(),
        pages: 3,
        state: "it's new".into(),
        by: "MADE".to_owned().into(),
        of: Some("low".into()),
        version: None,
        price: 5.into(),
        total: 15.into(),
    };
    assert_eq!(rows[0], first);
    let by = "MADE".to_owned().into();
    assert_eq!(rows[1], Draft { id: two.into(), by, total: 24.into(), ..unset });
    conn.execute(update::<Draft>().values(c.pages.set(10)).where_(c.id.eq(one)))?;
    let row = conn.execute(select(Draft::c).where_(c.id.eq(one)))?.one()?;
    assert_eq!((&*row.state, row.of.as_deref(), row.version), ("changed", Some("UP"), Some(7)));
    conn.commit()?;
    for pages in [0, 1000] {
        let error = conn.execute(insert::<Draft>().values(c.pages.set(pages)));
        assert!(error.expect_err("a CHECK").is_integrity());
        conn.rollback()?;
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "writers", unique(name, born, name = "one_writer"))]
struct Writer {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(length = 20)]
    name: String,
    born: i32,
    #[aludel(foreign_key = "novels.id", use_alter, on_delete = "set null")]
    first: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "novels")]
#[aludel(foreign_key(
    by,
    year,
    references = "writers(name, born)",
    name = "fk_by",
    on_update = "cascade"
))]
struct Novel {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(length = 20)]
    by: String,
    year: i32,
}

#[derive(Mapped)]
#[aludel(table = "late")]
#[aludel(foreign_key(
    b,
    references = "t(id)",
    deferrable = "initially immediate",
    use_alter = true
))]
struct Late {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "t.id", deferrable = "initially deferred")]
    a: i64,
    b: i64,
}

fn circles_of_structs(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new().with::<Writer>().with::<Novel>();
    metadata.create_all(&mut conn)?;
    let writer = (Writer::c.name.set("ann"), Writer::c.born.set(1900));
    conn.execute(insert::<Writer>().values(writer))?;
    conn.execute(insert::<Novel>().values((Novel::c.by.set("ann"), Novel::c.year.set(1900))))?;
    conn.execute(update::<Writer>().values(Writer::c.first.set(Some(1))))?;
    // By `on_update` and `on_delete`.
    conn.execute(update::<Writer>().values(Writer::c.name.set("bea")))?;
    assert_eq!(conn.scalars(select(Novel::c.by))?, ["bea"]);
    conn.execute(aludel::delete::<Novel>())?;
    assert_eq!(conn.scalars(select(Writer::c.first))?, [None]);
    conn.commit()?;
    if has(db, Feature::AlterConstraints) {
        let key = Novel::table().foreign_keys().next().unwrap().clone();
        assert_eq!(key.name().map(|name| &**name), Some("fk_by"));
        conn.execute(DropConstraint::new(Novel::table(), key))?;
    }
    metadata.drop_all(&mut conn)?;
    let keys: Vec<_> = Late::table().foreign_keys().collect();
    assert_eq!(keys[0].deferral(), Deferrable::InitiallyDeferred);
    assert_eq!(keys[1].deferral(), Deferrable::InitiallyImmediate);
    assert_eq!((keys[0].uses_alter(), keys[1].uses_alter()), (false, true));
    conn.commit()
}

#[derive(Debug, Mapped)]
#[aludel(table = "boxes")]
struct Package {
    #[aludel(primary_key)]
    id: Auto<i64>,
    width: i32,
    #[aludel(computed_virtual = Package::c.width + 1)]
    outer: Auto<i32>,
}

fn virtual_columns(db: &Db) -> Result<()> {
    let created = made::<Package>(db);
    if !has(db, Feature::VirtualColumns) {
        assert_eq!(created.expect_err("none").kind(), ErrorKind::Compile);
        return Ok(());
    }
    let mut conn = created?;
    conn.execute(insert::<Package>().values(Package::c.width.set(4)))?;
    let row = conn.execute(select(Package::c))?.one()?;
    assert_eq!((row.width, row.outer), (4, 5.into()));
    let Some(Generated::Computed(computed)) = Package::table().columns()[2].generated() else {
        panic!("it is computed");
    };
    assert!(!computed.persisted);
    Ok(())
}

#[derive(Mapped)]
#[allow(clippy::duplicated_attributes, reason = "several indexes have the column")]
#[aludel(table = "searched", index(a, desc(b), name = "ix_both"))]
#[aludel(index(expression = "lower(c)", unique = true, name = "ix_lower", ddl_if = ["postgresql", "sqlite"]))]
#[aludel(index(a, where = Searched::c.a.gt(5), name = "ix_part", ddl_if = ["postgresql", "sqlite"]))]
#[aludel(index(a, include(b), using = "btree", name = "ix_include", ddl_if = "postgresql"))]
#[aludel(index(c, kind = "FULLTEXT", name = "ix_words", ddl_if = "mysql"))]
struct Searched {
    #[aludel(primary_key, identity = Identity::new().always())]
    id: Auto<i64>,
    #[aludel(index)]
    a: i32,
    b: i32,
    #[aludel(length = 20, index(unique = true, name = "ix_c"))]
    c: String,
}

fn indexes_of_structs(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Searched>().create_all(&mut conn)?;
    let indexes = Searched::table().indexes();
    let names: Vec<_> = indexes.iter().map(|index| index.name().unwrap().to_string()).collect();
    assert_eq!(
        names,
        ["ix_searched_a", "ix_c", "ix_both", "ix_lower", "ix_part", "ix_include", "ix_words"]
    );
    assert_eq!(
        CreateIndex::new(Searched::table(), &indexes[5]).to_string(),
        "CREATE INDEX ix_include ON searched USING btree (a) INCLUDE (b)"
    );
    let c = Searched::c;
    let row = |word| insert::<Searched>().values((c.a.set(1), c.b.set(2), c.c.set(word)));
    conn.execute(row("x"))?;
    assert_eq!(conn.scalars(select(c.id))?, [1]);
    conn.commit()?;
    assert!(conn.execute(row("x")).expect_err("there is one").is_unique_violation());
    conn.rollback()?;
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, ColumnValue)]
#[aludel(native, rename_all = "snake_case", name = "weather")]
enum Weather {
    Sunny,
    Rainy,
}

#[derive(Debug, Mapped)]
#[aludel(table = "days")]
struct Day {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(default = Weather::Sunny)]
    weather: Weather,
}

fn native_labels(db: &Db) -> Result<()> {
    let mut conn = made::<Day>(db)?;
    let c = Day::c;
    conn.execute(insert::<Day>().values(c.weather.set(Weather::Rainy)))?;
    conn.execute(insert::<Day>().values(c.id.set(2)))?;
    let sunny = select(c.id).where_(c.weather.eq(Weather::Sunny));
    assert_eq!(conn.scalars(sunny)?, [2]);
    if has(db, Feature::NativeEnums) {
        // In the order of the labels, and not of their letters.
        assert_eq!(conn.scalars(select(c.id).order_by(c.weather))?, [2, 1]);
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "typed")]
struct Typed {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = types::JsonB)]
    document: RawJson,
    #[aludel(type = types::Char(36).with_variant("postgresql", types::Uuid))]
    token: Uuid,
    #[aludel(type = types::DateTime.with_timezone())]
    moment: Option<DateTime>,
    #[aludel(type = types::Text)]
    note: RawJson,
}

fn the_type_that_is_said_is_the_one_bound(db: &Db) -> Result<()> {
    let mut conn = made::<Typed>(db)?;
    let c = Typed::c;
    let token: Uuid = "550e8400-e29b-41d4-a716-446655440000".parse()?;
    let (document, note) = (RawJson::new("{\"a\": 1}")?, RawJson::new("[ 1]")?);
    conn.execute(insert::<Typed>().values((
        c.document.set(document.clone()),
        c.token.set(token),
        c.note.set(note.clone()),
    )))?;
    let same = c.token.eq(token).and(c.note.eq(note.clone()));
    let mut found = select(Typed::c).where_(same);
    if db.has_identity() {
        found = found.where_(c.document.eq(RawJson::new("{\"a\":1}")?));
    }
    let found = conn.execute(found)?.one()?;
    assert_eq!((found.document, found.token, found.note), (document, token, note));
    conn.commit()?;
    // A time of day anywhere is no instant: nothing converts it by a time zone.
    let moment: DateTime = "2024-02-29 12:00:00".parse()?;
    let stored = conn.execute(update::<Typed>().values(c.moment.set(Some(moment))));
    match stored {
        Ok(_) => assert_eq!(conn.scalars(select(c.moment))?, [Some(moment)]),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Data, "{error}");
            assert!(error.message().contains("timestamptz"), "{error}");
        }
    }
    conn.rollback()
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "from_five")]
struct FromFive {
    #[aludel(primary_key, identity = Identity::new().start(5))]
    id: Auto<i64>,
    n: i32,
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "unsigned")]
struct Unsigned {
    #[aludel(primary_key)]
    id: Auto<u64>,
    #[aludel(type = types::BigInteger.with_variant("mysql", types::UnsignedBigInteger), foreign_key = "unsigned.id")]
    parent: Option<usize>,
}

fn keys_that_are_counted(db: &Db) -> Result<()> {
    let mut conn = made::<Unsigned>(db)?;
    let c = Unsigned::c;
    conn.execute(insert::<Unsigned>().values(c.parent.set(None)))?;
    conn.execute(insert::<Unsigned>().values(c.parent.set(Some(1_usize))))?;
    let (id, parent) = conn.execute(select((c.id, c.parent)).where_(c.id.eq(2_u64)))?.one()?;
    assert_eq!((id, parent), (2, Some(1)));
    let below = select(c.id).where_(c.id.lt(u64::from(u32::MAX))).order_by(c.id).limit(1_u64);
    assert_eq!(conn.scalars(below)?, [1]);
    conn.commit()?;
    // What it does not hold is refused, not made another number.
    let large = insert::<Unsigned>().values((c.id.set(u64::MAX), c.parent.set(None)));
    if db.database == Database::MySql {
        conn.execute(large)?;
    } else {
        assert_eq!(conn.execute(large).expect_err("too large").kind(), ErrorKind::Data);
    }
    conn.rollback()?;

    MetaData::new().with::<FromFive>().create_all(&mut conn)?;
    conn.execute(insert::<FromFive>().values(FromFive::c.n.set(1)))?;
    let first = if has(db, Feature::IdentityColumns) { 5 } else { 1 };
    assert_eq!(conn.scalars(select(FromFive::c.id))?, [first]);
    conn.rollback()
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "booked", prefix = "UNLOGGED", comment = "rooms")]
#[aludel(constraint = ExcludeConstraint::new([("hours", "&&")]).named("once"))]
#[aludel(options = TableOptions::new().postgresql_with("fillfactor = 70").sqlite_strict())]
struct Booked {
    #[aludel(primary_key, server_default = Sequence::new("bookings").next_value())]
    id: Auto<i64>,
    #[aludel(type = types::Int4Range)]
    hours: String,
}

#[derive(Mapped)]
#[aludel(table = "short_lived", temporary)]
struct ShortLived {
    #[aludel(primary_key)]
    id: Auto<i64>,
    n: i32,
}

/// What has no attribute of its own is given as an expression.
fn any_constraint_and_option(db: &Db) -> Result<()> {
    let mut conn = made::<ShortLived>(db)?;
    conn.execute(insert::<ShortLived>().values(ShortLived::c.n.set(5)))?;
    assert!(
        CreateTable::new(ShortLived::table()).to_string().starts_with("CREATE TEMPORARY TABLE")
    );
    assert_eq!(conn.scalars(select(ShortLived::c.n))?, [5]);
    conn.commit()?;
    let sql = CreateTable::new(Booked::table()).to_string();
    assert!(sql.starts_with("CREATE UNLOGGED TABLE booked ("), "{sql}");
    if db.database != Database::Postgres {
        return Ok(());
    }
    let metadata = MetaData::new().with::<Booked>();
    let bookings = Sequence::new("bookings").start(10).in_metadata(&metadata);
    assert_eq!(metadata.sequences(), [bookings]);
    metadata.create_all(&mut conn)?;
    let c = Booked::c;
    let book = |hours: &str| insert::<Booked>().values(c.hours.set(hours));
    conn.execute(book("[8,10)"))?;
    assert_eq!(conn.scalars(select(c.id).where_(c.hours.eq("[8,9]")))?, [10]);
    conn.commit()?;
    let error = conn.execute(book("[9,11)")).expect_err("at the same time");
    assert!(error.is_integrity(), "{error}");
    conn.rollback()
}
