//! Types that one database has: their columns are made, and their values are texts.

use aludel::value::{DateTime, Other, Time};
use aludel::{
    Auto, Column, Connection, ErrorKind, Mapped, MetaData, Result, Table, Value, insert, literal,
    select, text, types,
};

use crate::support::Database;
use crate::{Db, suite};

suite![
    values_of_native_types,
    native_types_in_a_struct,
    domains_and_composites,
    integers_of_other_widths,
    sets_and_years,
    digits_of_a_second,
    variants,
    values_beside_nothing,
    addresses_of_mariadb,
];

/// Types of PostgreSQL, a value of each, and how the database prints it.
const OF_POSTGRESQL: &[(types::Type, &str, &str)] = &[
    (types::Inet, "10.0.0.1/8", "10.0.0.1/8"),
    (types::Inet, "::1/64", "::1/64"),
    (types::Cidr, "10.0.0.0/8", "10.0.0.0/8"),
    (types::MacAddr, "08:00:2B:01:02:03", "08:00:2b:01:02:03"),
    (types::MacAddr8, "08:00:2b:01:02:03:04:05", "08:00:2b:01:02:03:04:05"),
    (types::Money, "-1234.50", "-$1,234.50"),
    (types::Xml, "<a>ü</a>", "<a>ü</a>"),
    (types::HStore, "b=>NULL, a=>\"1 2\"", "\"a\"=>\"1 2\", \"b\"=>NULL"),
    (types::CiText, "ÜA", "ÜA"),
    (types::TsVector, "the:1 fat:2A cat", "'cat' 'fat':2A 'the':1"),
    (types::TsQuery, "fat & !cat", "'fat' & !'cat'"),
    (types::JsonPath, "$.a[*]", "$.\"a\"[*]"),
    (types::RegClass, "pg_class", "pg_class"),
    (types::PgLsn, "0/16B3748", "0/16B3748"),
    (types::Int4Range, "[1,5]", "[1,6)"),
    (types::Int8Range, "empty", "empty"),
    (types::NumRange, "(,1.50]", "(,1.50]"),
    (types::DateRange, "[2024-01-01,2024-01-02]", "[2024-01-01,2024-01-03)"),
    (types::TsRange, "[2024-01-01 00:00,)", "[\"2024-01-01 00:00:00\",)"),
    (types::TsTzRange, "(,2024-01-01 00:00Z)", "(,\"2024-01-01 00:00:00+00\")"),
    (types::Int4MultiRange, "{[1,2),[5,6]}", "{[1,2),[5,7)}"),
    (types::Int8MultiRange, "{}", "{}"),
    (types::NumMultiRange, "{(,1]}", "{(,1]}"),
    (types::DateMultiRange, "{[2024-01-01,2024-01-02)}", "{[2024-01-01,2024-01-02)}"),
    (types::TsMultiRange, "{}", "{}"),
    (types::TsTzMultiRange, "{}", "{}"),
];

/// What no decoder reads, or as a number only.
const UNREAD: &[&str] = &["Money", "TsQuery", "RegClass"];

/// They are one for the whole server, so they are made in a transaction that is rolled back.
fn extensions(conn: &mut Connection) -> Result<()> {
    for sql in ["create extension hstore", "create extension citext", "set timezone = 'UTC'"] {
        conn.execute(text(sql))?;
    }
    Ok(())
}

// conforms: F23, F29
fn values_of_native_types(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    if db.database != Database::Postgres {
        for (ty, ..) in OF_POSTGRESQL {
            let metadata = MetaData::new();
            Table::new("natives", &metadata, [Column::new("v", ty)])?;
            let error = metadata.create_all(&mut conn).expect_err("no such type");
            assert_eq!(error.kind(), ErrorKind::Compile, "{ty}");
            assert!(error.message().contains(&format!("no type for {ty}; use ")), "{error}");
        }
        return Ok(());
    }
    extensions(&mut conn)?;
    for (number, (ty, sent, printed)) in OF_POSTGRESQL.iter().enumerate() {
        let metadata = MetaData::new();
        let t = Table::new(format!("natives_{number}"), &metadata, [Column::new("v", ty)])?;
        metadata.create_all(&mut conn)?;
        conn.execute(t.insert().values(t.c("v")?.set(*sent)))?;
        let named = Other::text("", *sent);
        conn.execute(t.insert().values(t.c("v")?.set(Value::from(named))))?;
        conn.execute(t.insert().values(t.c("v")?.set(Value::Null)))?;
        let both = [Some((*printed).to_owned()), Some((*printed).to_owned()), None];
        let found: Result<Vec<Option<String>>> = conn.scalars(select(t.c("v")?));
        match found {
            Ok(found) => assert_eq!(found, both, "{ty}"),
            Err(error) => {
                assert!(UNREAD.contains(&&*ty.to_string()), "{error}");
                assert_eq!(error.kind(), ErrorKind::Decode);
                assert!(error.message().contains("in the statement"), "{error}");
            }
        }
        let by_server: Vec<Option<String>> =
            conn.scalars(select(aludel::cast(t.c("v")?, types::Text)))?;
        assert_eq!(by_server, both, "{ty}");
        // Two values of it can be compared, where the database can.
        if !matches!(ty.to_string().as_str(), "Xml" | "JsonPath" | "RegClass") {
            let same = t.select().where_(t.c("v")?.eq(*sent));
            let same = conn.execute(same)?.all()?;
            assert_eq!(same.len(), 2, "{ty}");
        }
        metadata.drop_all(&mut conn)?;
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "hosts")]
struct Host {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = types::Inet)]
    address: Other,
    #[aludel(type = types::Inet)]
    gateway: Option<String>,
    #[aludel(type = types::Int4Range)]
    ports: Option<Other>,
}

fn native_types_in_a_struct(db: &Db) -> Result<()> {
    if db.database != Database::Postgres {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Host>().create_all(&mut conn)?;
    let address = Other::text("inet", "10.0.0.1/8");
    conn.execute(insert::<Host>().values((
        Host::c.address.set(address.clone()),
        Host::c.gateway.set("10.0.0.2"),
        Host::c.ports.set(Some(Other::text("int4range", "[80,90)"))),
    )))?;
    let by_address = select(Host::c).where_(Host::c.address.eq(address.clone()));
    let host = conn.execute(by_address.where_(Host::c.gateway.eq("10.0.0.2")))?.one()?;
    assert_eq!(host.address, address);
    assert_eq!(host.gateway.as_deref(), Some("10.0.0.2"));
    assert_eq!(host.ports, Some(Other::text("int4range", "[80,90)")));
    let error =
        conn.execute(insert::<Host>().values(Host::c.address.set(Other::text("inet", "x"))));
    assert_eq!(error.expect_err("no address").kind(), ErrorKind::Data);
    Ok(())
}

// conforms: F29
fn domains_and_composites(db: &Db) -> Result<()> {
    if db.database != Database::Postgres {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    conn.execute(text("create domain \"Small one\" as numeric(5, 2) check (value < 10)"))?;
    conn.execute(text("create type pair as (a int, b text)"))?;
    let metadata = MetaData::new();
    let columns = [
        Column::new("small", types::Domain("Small one", types::Numeric(5, 2))),
        Column::new("several", types::Array(types::Domain("Small one", types::Numeric(5, 2)))),
        Column::new("pair", types::Composite("pair")),
    ];
    let t = Table::new("made", &metadata, columns)?;
    metadata.create_all(&mut conn)?;
    let small: aludel::value::Decimal = "9.99".parse()?;
    conn.execute(t.insert().values((
        t.c("small")?.set(small.clone()),
        t.c("several")?.set(vec![small.clone()]),
        t.c("pair")?.set("(1,\"a b\")"),
    )))?;
    let row = conn.execute(t.select().where_(t.c("small")?.eq(small.clone())))?.one()?;
    assert_eq!(row.get::<aludel::value::Decimal>("small")?, small);
    assert_eq!(row.get::<Vec<aludel::value::Decimal>>("several")?, [small]);
    assert_eq!(row.get::<String>("pair")?, "(1,\"a b\")");
    let large: aludel::value::Decimal = "10.5".parse()?;
    let error = conn.execute(t.insert().values(t.c("small")?.set(large))).expect_err("too large");
    assert_eq!(error.kind(), ErrorKind::Integrity, "{error}");
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "widths")]
struct Widths {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = types::TinyInteger)]
    tiny: i8,
    #[aludel(type = types::UnsignedSmallInteger)]
    small: u16,
    #[aludel(type = types::UnsignedInteger)]
    large: u32,
    #[aludel(type = types::Char(3))]
    code: String,
}

// conforms: F23, F31
fn integers_of_other_widths(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Widths>().create_all(&mut conn)?;
    let c = Widths::c;
    for (tiny, small, large) in [(i8::MIN, 0, 0), (i8::MAX, u16::MAX, u32::MAX)] {
        conn.execute(insert::<Widths>().values((
            c.tiny.set(tiny),
            c.small.set(small),
            c.large.set(large),
            c.code.set("abc"),
        )))?;
        let found = select(Widths::c).where_(c.large.eq(large)).where_(c.code.eq("abc"));
        let row = conn.execute(found)?.one()?;
        assert_eq!((row.tiny, row.small, row.large, &*row.code), (tiny, small, large, "abc"));
    }
    let tiny = text("insert into widths (tiny, small, large, code) values (:t, :s, 0, 'a')");
    let odd = tiny.clone().bind("t", 300).bind("s", -1);
    if db.database == Database::MySql {
        assert_eq!(conn.execute(odd).expect_err("too large").kind(), ErrorKind::Data);
        return Ok(());
    }
    // A wider column holds it, and it is not read as what it is not.
    conn.execute(odd)?;
    let error = conn.execute(select(c.small)).expect_err("negative");
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    // PostgreSQL pads with blanks, which it does not compare.
    let code = conn.scalar(select(c.code).where_(c.code.eq("a")))?;
    let padded = db.database == Database::Postgres;
    assert_eq!(code.as_deref(), Some(if padded { "a  " } else { "a" }));
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "files")]
struct File {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = types::Set(["read", "it's"]))]
    rights: String,
    #[aludel(type = types::Year)]
    made: i16,
}

// conforms: F31
fn sets_and_years(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let created = MetaData::new().with::<File>().create_all(&mut conn);
    if db.database != Database::MySql {
        let error = created.expect_err("no such types");
        assert_eq!(error.kind(), ErrorKind::Compile);
        assert!(error.message().contains("has no type for Set("), "{error}");
        return Ok(());
    }
    created?;
    let add = |rights: &str, made: i16| {
        insert::<File>().values((File::c.rights.set(rights), File::c.made.set(made)))
    };
    for (rights, made) in [("", 0), ("it's,read", 1901), ("read", 2155)] {
        conn.execute(add(rights, made))?;
    }
    let rows = select((File::c.rights, File::c.made)).order_by(File::c.id);
    let rows = conn.execute(rows)?.all()?;
    let ordered = [("", 0), ("read,it's", 1901), ("read", 2155)].map(|(a, b)| (a.to_owned(), b));
    assert_eq!(rows, ordered);
    let found = select(File::c.made).where_(File::c.rights.eq("read,it's"));
    assert_eq!(conn.scalars(found)?, [1901]);
    for (rights, made) in [("write", 2000), ("read", 1900), ("read", -1)] {
        let error = conn.execute(add(rights, made)).expect_err("no such value");
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    }
    Ok(())
}

#[derive(Debug, Clone, PartialEq, Mapped)]
#[aludel(table = "clocks")]
struct Clock {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(type = types::DateTime.with_precision(3))]
    moment: DateTime,
    #[aludel(type = types::Time.with_precision(0))]
    time: Time,
}

// conforms: F31
fn digits_of_a_second(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Clock>().create_all(&mut conn)?;
    let (moment, time): (DateTime, Time) =
        ("1999-12-31 23:59:59.999".parse()?, "23:59:59".parse()?);
    let values = (Clock::c.moment.set(moment), Clock::c.time.set(time));
    conn.execute(insert::<Clock>().values(values))?;
    let found = select((Clock::c.moment, Clock::c.time)).where_(Clock::c.moment.eq(moment));
    assert_eq!(conn.execute(found)?.one()?, (moment, time));
    Ok(())
}

// conforms: F24
fn variants(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let address = types::String(45).with_variant("postgresql", types::Inet);
    let tags = types::Json.with_variant("postgresql", types::JsonB);
    let t = Table::new("v", &metadata, [Column::new("a", address), Column::new("tags", tags)])?;
    metadata.create_all(&mut conn)?;
    let tags = aludel::value::RawJson::new("{\"b\": 1, \"a\": 2}")?;
    conn.execute(t.insert().values((t.c("a")?.set("10.0.0.1/8"), t.c("tags")?.set(tags.clone()))))?;
    let row = conn.execute(t.select().where_(t.c("a")?.eq("10.0.0.1/8")))?.one()?;
    assert_eq!(row.get::<String>("a")?, "10.0.0.1/8");
    if db.database == Database::Postgres {
        assert_eq!(row.get::<String>("tags")?, "{\"a\": 2, \"b\": 1}");
        // Compared as the types that they are there.
        let same = t.select().where_(t.c("tags")?.eq(tags)).where_(t.c("a")?.ne("10.0.0.1"));
        assert_eq!(conn.execute(same)?.all()?.len(), 1);
    }
    // In a cast as well.
    let ty = types::Integer.with_variant("sqlite", types::Text).with_variant("mysql", types::Text);
    let number: Vec<String> = match db.database {
        Database::Postgres => {
            conn.scalars::<_, i32>(select(aludel::cast(literal("7"), ty)))?;
            vec!["7".to_owned()]
        }
        _ => conn.scalars(select(aludel::cast(literal(7), ty)))?,
    };
    assert_eq!(number, ["7"]);
    Ok(())
}

/// What is bound where the statement says no type comes back as what it was.
fn values_beside_nothing(db: &Db) -> Result<()> {
    if db.database != Database::Postgres {
        return Ok(());
    }
    let mut conn = db.engine.connect()?;
    let bits: aludel::value::BitString = "101".parse()?;
    let words = vec!["a,b".to_owned(), "NULL".to_owned()];
    let row = conn
        .execute(text("select :b, :i, :w, :n, :d, :z").params(aludel::params! {
            b: bits.clone(), i: vec![1, 2], w: words.clone(), n: vec![Some(1.5), None],
            d: vec!["1.10".parse::<aludel::value::Decimal>()?], z: Vec::<i64>::new()
        }))?
        .one()?;
    assert_eq!(row.get::<aludel::value::BitString>(0)?, bits);
    assert_eq!(row.get::<Vec<i32>>(1)?, [1, 2]);
    assert_eq!(row.get::<Vec<String>>(2)?, words);
    assert_eq!(row.get::<Vec<Option<f64>>>(3)?, [Some(1.5), None]);
    assert_eq!(row.get::<Vec<aludel::value::Decimal>>(4)?[0].as_str(), "1.10");
    // Nothing says what its elements would be.
    let error = row.get::<Vec<i64>>(5).expect_err("it came back as text");
    assert_eq!(error.kind(), ErrorKind::Decode, "{error}");
    let cast = text("select cast(:z as bigint[])").bind("z", Vec::<i64>::new());
    assert!(conn.execute(cast)?.one()?.get::<Vec<i64>>(0)?.is_empty());
    let mut stream =
        conn.stream(text("select :a, :b").params(aludel::params! { a: vec![7], b: "x" }))?;
    let row = stream.next().expect("a row")?;
    assert_eq!((row.get::<Vec<i32>>(0)?, row.get::<String>(1)?), (vec![7], "x".to_owned()));
    stream.close()?;
    let (found,): (Vec<i32>,) = conn.execute(select((literal(vec![3, 4]),)))?.one()?;
    assert_eq!(found, [3, 4]);
    // The same text with other elements, in turn.
    for _ in 0..2 {
        for number in [1_u64, u64::MAX] {
            let row = conn.execute(text("select :a").bind("a", vec![1, number]))?.one()?;
            assert_eq!(row.get::<Vec<u64>>(0)?, [1, number]);
        }
        let row = conn.execute(text("select :a").bind("a", vec![true]))?.one()?;
        assert_eq!(row.get::<Vec<bool>>(0)?, [true]);
    }
    Ok(())
}

fn addresses_of_mariadb(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let columns = [Column::new("a", types::Inet6), Column::new("b", types::Inet4)];
    let t = Table::new("addresses", &metadata, columns)?;
    let created = metadata.create_all(&mut conn);
    if db.database != Database::MySql {
        assert_eq!(created.expect_err("no such type").kind(), ErrorKind::Compile);
        return Ok(());
    }
    created?;
    conn.execute(t.insert().values((t.c("a")?.set("::0001"), t.c("b")?.set("10.0.0.1"))))?;
    let row = conn.execute(t.select().where_(t.c("a")?.eq("::1")))?.one()?;
    assert_eq!(row.get::<(String, String)>(0)?, ("::1".into(), "10.0.0.1".into()));
    let host: std::net::IpAddr = row.get("a")?;
    assert!(host.is_loopback());
    let error = conn.execute(t.insert().values(t.c("b")?.set("::1"))).expect_err("IPv6");
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
    Ok(())
}
