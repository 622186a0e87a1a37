//! The SQL language against an oracle: the server.

use aludel::sql::Expr;
use aludel::sql::schema::{CreateTable, DropTable};
use aludel::{
    Auto, ErrorKind, Mapped, MetaData, RawSql, Result, and_, insert, not_, or_, select, text,
};

use crate::{Db, User, names, suite};

suite![
    random_conditions_mean_what_they_say,
    conditions_of_nothing,
    reserved_words_are_known,
    long_chains,
    a_chain_of_a_hundred_thousand,
    nesting_has_an_end,
    offset_and_limit,
    columns_of_two_tables,
    like_and_between,
];

/// A small generator, whose seed is the test's own.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

type Person = (i64, String, Option<i32>);

/// A condition, and the same in Rust, with NULL as `None`.
type Case = (Expr<Option<bool>>, Box<dyn Fn(&Person) -> Option<bool>>);

fn leaf(random: &mut Random) -> Case {
    let age = i32::try_from(random.below(6)).unwrap_or(0);
    let id = i64::from(age) + 1;
    let name = ["ada", "bob", "eve"][usize::try_from(random.below(3)).unwrap_or(0)];
    let c = User::c;
    match random.below(9) {
        0 => (c.age.eq(age), Box::new(move |p| p.2.map(|it| it == age))),
        1 => (c.age.ne(age), Box::new(move |p| p.2.map(|it| it != age))),
        2 => (c.age.lt(age), Box::new(move |p| p.2.map(|it| it < age))),
        3 => (c.age.is_null().nullable(), Box::new(|p| Some(p.2.is_none()))),
        4 => (c.id.ge(id).nullable(), Box::new(move |p| Some(p.0 >= id))),
        5 => (c.name.eq(name).nullable(), Box::new(move |p| Some(p.1 == name))),
        6 => {
            let list: Vec<i32> = (0..age).collect();
            let within = move |it: i32| (0..age).contains(&it);
            // Nothing is in an empty list, and NULL is not either.
            (c.age.in_(list), Box::new(move |p| in_list(p.2, age, within)))
        }
        7 => {
            let list: Vec<i32> = (0..age).collect();
            let within = move |it: i32| (0..age).contains(&it);
            (c.age.not_in(list), Box::new(move |p| in_list(p.2, age, within).map(|it| !it)))
        }
        _ => (c.age.between(1, age), Box::new(move |p| p.2.map(|it| (1..=age).contains(&it)))),
    }
}

fn in_list(value: Option<i32>, len: i32, within: impl Fn(i32) -> bool) -> Option<bool> {
    if len == 0 { Some(false) } else { value.map(within) }
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn tree(random: &mut Random, depth: u32) -> Case {
    if depth == 0 || random.below(4) == 0 {
        return leaf(random);
    }
    let (left, is_left) = tree(random, depth - 1);
    let (right, is_right) = tree(random, depth - 1);
    match random.below(5) {
        0 => (and_([left, right]), Box::new(move |p| and(is_left(p), is_right(p)))),
        1 => (left & right, Box::new(move |p| and(is_left(p), is_right(p)))),
        2 => {
            // De Morgan: `or` is what is left of `and`.
            let is = move |p: &Person| {
                and(is_left(p).map(|it| !it), is_right(p).map(|it| !it)).map(|it| !it)
            };
            (or_([left, right]), Box::new(is))
        }
        3 => {
            let is = move |p: &Person| {
                and(is_left(p).map(|it| !it), is_right(p).map(|it| !it)).map(|it| !it)
            };
            (left.or(right), Box::new(is))
        }
        _ => (not_(left), Box::new(move |p| is_left(p).map(|it| !it))),
    }
}

fn random_conditions_mean_what_they_say(db: &Db) -> Result<()> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    for n in 0..24 {
        let name = format!("{}{}", ["ada", "bob", "eve"][n % 3], if n < 3 { "" } else { "x" });
        let age = (n % 4 != 0).then_some(i32::try_from(n % 6).unwrap_or(0));
        // Names are unique, so only the first three are plain.
        let name = if n < 3 { name } else { format!("{name}{n}") };
        conn.execute(insert::<User>().values((User::c.name.set(name), User::c.age.set(age))))?;
    }
    let all = select((User::c.id, User::c.name, User::c.age));
    let people: Vec<Person> = conn.execute(all)?.all()?;
    assert_eq!(people.len(), 24);
    for seed in 1..=150 {
        let mut random = Random(u64::wrapping_mul(seed, 0x9E37_79B9_7F4A_7C15));
        let (condition, is) = tree(&mut random, 4);
        let statement = select(User::c.id).where_(condition).order_by(User::c.id);
        let shown = statement.to_string();
        let found: Vec<i64> = conn.scalars(statement)?;
        let wanted = people.iter().filter(|person| is(person) == Some(true));
        let wanted: Vec<i64> = wanted.map(|person| person.0).collect();
        assert_eq!(found, wanted, "seed {seed}: {shown}");
    }
    Ok(())
}

// conforms: F05
fn conditions_of_nothing(db: &Db) -> Result<()> {
    db.users(&["a"])?;
    let mut conn = db.engine.connect()?;
    assert_eq!(conn.execute(select(User::c.id).where_(and_(())))?.all()?.len(), 1);
    assert_eq!(conn.execute(select(User::c.id).where_(or_(())))?.all()?.len(), 0);
    assert_eq!(conn.execute(select(User::c.id).where_(not_(or_(()))))?.all()?.len(), 1);
    Ok(())
}

/// Words that some version of some database reserves, or might.
const WORDS: &str = "abort access action add after all alter always analyse analyze and any \
    array as asc asymmetric attach authorization autoincrement before begin between both by \
    cascade case cast check collate collation column commit concurrently conflict constraint \
    create cross cube current current_catalog current_date current_role current_schema \
    current_time current_timestamp current_user cycle database default deferrable deferred delete \
    desc detach distinct do domain drop each else end escape except exclude exclusive exists \
    explain external fail false fetch filter first following for foreign freeze from full function \
    generated glob grant group grouping groups having if ignore ilike immediate in index indexed \
    initially inner insert instead intersect into is isnull join key language last lateral leading \
    left level library like limit localtime localtimestamp match materialized merge name natural \
    no none not nothing notnull null nulls of offset on only operator option or order others outer \
    over overlaps partition placing plan position pragma preceding precision primary procedure \
    query raise range recursive references regexp reindex release rename replace restrict \
    returning right role rollback rollup row rows savepoint schema select session session_user set \
    similar some symmetric system_user table tablesample temp temporary then ties time timestamp \
    to trailing transaction trigger true type unbounded union unique update user using vacuum \
    value values variadic verbose view virtual when where window with within without year zone";

/// Every word can be the name of a table and of a column: those that must be quoted are.
// conforms: F08
fn reserved_words_are_known(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let mut words: Vec<String> = WORDS.split_whitespace().map(str::to_owned).collect();
    if let Some(sql) = db.keywords() {
        words.extend(conn.scalars::<_, String>(text(sql))?);
    }
    for word in words {
        let metadata = MetaData::new();
        let column = aludel::Column::new(word.clone(), aludel::types::Integer);
        let table = aludel::Table::new(word.clone(), &metadata, [column])?;
        conn.execute(CreateTable::new(&table))?;
        conn.execute(table.insert().values(table.c(&word)?.set(5)))?;
        let statement = table.select().where_(table.c(&word)?.eq(5)).order_by(table.c(&word)?);
        assert_eq!(conn.execute(statement)?.one()?.get::<i64>(0)?, 5, "{word}");
        conn.execute(DropTable::new(&table))?;
    }
    Ok(())
}

// fault: B21
fn long_chains(db: &Db) -> Result<()> {
    db.users(&["a"])?;
    let mut conn = db.engine.connect()?;
    // As many as SQLite reads by default; a chain is one level deep, however long it is.
    let chain = (0..900).fold(User::c.id.gt(0), |chain, n| chain.and(User::c.id.ne(n + 1000)));
    assert_eq!(conn.execute(select(User::c.id).where_(chain))?.all()?.len(), 1);
    let chain = (0..100_000).fold(User::c.id.gt(0), |chain, n| chain.or(User::c.id.eq(n)));
    let length = select(User::c.id).where_(chain).to_string().len();
    assert!(length > 1_000_000);
    Ok(())
}

// A chain longer than databases read is refused by them, and the connection goes on.
// fault: B21
fn a_chain_of_a_hundred_thousand(db: &Db) -> Result<()> {
    db.users(&["a"])?;
    let mut conn = db.engine.connect()?;
    let chain = and_((0..100_000).map(|n| User::c.id.ne(n + 1000)).collect::<Vec<_>>());
    match conn.execute(select(User::c.id).where_(chain)) {
        Ok(mut result) => assert_eq!(result.all()?.len(), 1),
        Err(error) => assert!(!error.is_disconnect(), "{error}"),
    }
    conn.rollback()?;
    assert_eq!(conn.execute(select(User::c.id))?.all()?.len(), 1);
    Ok(())
}

// Each level is one inside another: what walks through the tree calls itself for each.
// fault: B21
fn nesting_has_an_end(db: &Db) -> Result<()> {
    let nested = |levels: i64| {
        (0..levels).fold(User::c.id.gt(0), |inner, n| match n % 3 {
            0 => inner.and(User::c.id.ne(n + 1000)),
            1 => inner.or(User::c.id.eq(n + 1000)),
            _ => not_(inner),
        })
    };
    db.users(&["a"])?;
    let mut conn = db.engine.connect()?;
    assert_eq!(conn.execute(select(User::c.id).where_(nested(60)))?.all()?.len(), 1);
    let deepest = select(User::c.id).where_(nested(1000));
    assert!(deepest.clone().to_string().len() > 10_000);
    assert!(!conn.execute(deepest).is_err_and(|error| error.is_disconnect()));
    conn.rollback()?;
    for levels in [1001, 100_000] {
        let error = conn.execute(select(User::c.id).where_(nested(levels))).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Compile);
        assert!(error.message().contains("1000 levels"), "{error}");
    }
    Ok(())
}

fn offset_and_limit(db: &Db) -> Result<()> {
    db.users(&["a", "b", "c", "d"])?;
    let mut conn = db.engine.connect()?;
    let all = select(User::c.name).order_by(User::c.id);
    let page: Vec<String> = conn.scalars(all.clone().limit(2).offset(1))?;
    assert_eq!(page, ["b", "c"]);
    let rest: Vec<String> = conn.scalars(all.clone().offset(3))?;
    assert_eq!(rest, ["d"]);
    assert_eq!(conn.execute(all.limit(0))?.all()?.len(), 0);
    Ok(())
}

#[derive(Debug, Mapped)]
#[aludel(table = "pets")]
#[allow(dead_code, reason = "its columns are what the test uses")]
struct Pet {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "users.id")]
    owner_id: Option<i64>,
    name: String,
}

fn columns_of_two_tables(db: &Db) -> Result<()> {
    db.users(&["ada", "bob"])?;
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Pet>().with::<User>().create_all(&mut conn)?;
    conn.execute(insert::<Pet>().values((Pet::c.owner_id.set(2), Pet::c.name.set("rex"))))?;
    let owners = select((User::c.name, Pet::c.name)).where_(Pet::c.owner_id.eq(User::c.id));
    assert_eq!(conn.execute(owners)?.one()?, ("bob".to_owned(), "rex".to_owned()));
    Ok(())
}

// conforms: F04
fn like_and_between(db: &Db) -> Result<()> {
    db.users(&["ada", "adele", "bob"])?;
    let mut conn = db.engine.connect()?;
    let found: Vec<String> = conn.scalars(select(User::c.name).where_(User::c.name.like("ad%")))?;
    assert_eq!(found.len(), 2);
    let found: Vec<String> =
        conn.scalars(select(User::c.name).where_(User::c.name.not_like("ad%")))?;
    assert_eq!(found, ["bob"]);
    conn.exec_driver_sql(RawSql::new("update users set age = id".to_owned()), ())?;
    let found: Vec<i64> = conn.scalars(select(User::c.id).where_(User::c.age.between(2, 3)))?;
    assert_eq!(found.len(), 2);
    assert_eq!(names(&mut conn)?.len(), 3);
    Ok(())
}
