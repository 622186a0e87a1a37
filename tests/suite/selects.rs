//! What is selected and from what: joins, aliases, subqueries, expressions, and the rows they give.

use aludel::sql::schema::CreateTable;
use aludel::{
    Auto, Column, Mapped, MetaData, Params, Result, Table, Value, aliased, bindparam, func, insert,
    literal, not_, nullable, select, types,
};

use crate::{Db, suite};

suite![
    joined_structs,
    the_right_side_of_an_outer_join,
    a_table_twice,
    subqueries,
    statements_as_values,
    expressions_as_columns,
    sixteen_places,
    nulls_first_and_last,
    limits_of_all_kinds,
    conditions_as_values,
    parameters_of_types_that_travel_as_text,
    the_row_that_an_insert_made,
];

#[derive(Debug, PartialEq, Mapped)]
#[aludel(table = "people")]
struct Person {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    age: Option<i32>,
    boss_id: Option<i64>,
}

#[derive(Debug, PartialEq, Mapped)]
#[aludel(table = "pets")]
struct Pet {
    #[aludel(primary_key)]
    id: Auto<i64>,
    owner_id: i64,
    name: Option<String>,
}

/// Ada (50), bob (30, works for ada), eve (no age, works for ada); ada has rex and a pet without a
/// name.
fn made(db: &Db) -> Result<aludel::Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Person>().with::<Pet>().create_all(&mut conn)?;
    for (name, age, boss) in
        [("ada", Some(50), None), ("bob", Some(30), Some(1)), ("eve", None, Some(1))]
    {
        let c = Person::c;
        let values = (c.name.set(name), c.age.set(age), c.boss_id.set(boss));
        conn.execute(insert::<Person>().values(values))?;
    }
    for name in [Some("rex"), None] {
        let name = name.map(str::to_owned);
        conn.execute(insert::<Pet>().values((Pet::c.owner_id.set(1), Pet::c.name.set(name))))?;
    }
    Ok(conn)
}

fn person(id: i64, name: &str, age: Option<i32>, boss_id: Option<i64>) -> Person {
    Person { id: id.into(), name: name.to_owned(), age, boss_id }
}

fn joined_structs(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let statement = select((Person::c, (Pet::c.name, Pet::c), Person::c.age))
        .join_on(Pet::entity(), Pet::c.owner_id.eq(Person::c.id))
        .where_(Pet::c.name.eq("rex"));
    let (owner, (name, pet), age) = conn.execute(statement)?.one()?;
    assert_eq!(owner, person(1, "ada", Some(50), None));
    assert_eq!((name.as_deref(), age), (Some("rex"), Some(50)));
    assert_eq!(pet, Pet { id: 1.into(), owner_id: 1, name: Some("rex".to_owned()) });
    Ok(())
}

fn the_right_side_of_an_outer_join(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let statement = select((Person::c.name, nullable(Pet::c), nullable((Pet::c.id, Pet::c.name))))
        .outerjoin_on(Pet::entity(), Pet::c.owner_id.eq(Person::c.id))
        .order_by((Person::c.id, Pet::c.id));
    let rows = conn.execute(statement)?.all()?;
    assert_eq!(rows.len(), 4);
    // A row of the right side is there though one of its columns is NULL.
    let unnamed = Pet { id: 2.into(), owner_id: 1, name: None };
    assert_eq!(rows[1], ("ada".to_owned(), Some(unnamed), Some((2, None))));
    assert_eq!(rows[2], ("bob".to_owned(), None, None));
    Ok(())
}

fn a_table_twice(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let boss = aliased::<Person>("boss");
    let statement = select((Person::c.name, boss))
        .join_on(boss, boss.c.id.eq(Person::c.boss_id))
        .where_(boss.c.age.gt(Person::c.age + 10))
        .order_by(Person::c.id);
    let rows = conn.execute(statement)?.all()?;
    assert_eq!(rows, [("bob".to_owned(), person(1, "ada", Some(50), None))]);
    // The same of a table that is described at run time.
    let people = Person::table();
    let other = people.alias("other");
    let statement = select([people.c("name")?, other.c("name")?])
        .where_(people.c("boss_id")?.eq(other.c("id")?))
        .order_by(people.c("id")?.desc());
    let rows = conn.execute(statement)?.all()?;
    assert_eq!(rows[0].get::<String>(0)?, "eve");
    assert_eq!(rows[0].get::<String>(1)?, "ada");
    Ok(())
}

fn subqueries(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let young = select((Person::c.id, (Person::c.age * 2).label("double")))
        .where_(Person::c.age.lt(40))
        .subquery("young");
    let id = young.column(Person::c.id)?;
    let statement = select((Person::c.name, id.clone()))
        .join_on(&young, id.eq(Person::c.id))
        .where_(young.c("double")?.eq(60));
    assert_eq!(conn.execute(statement)?.all()?, [("bob".to_owned(), 2)]);
    Ok(())
}

fn statements_as_values(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let pets = || select(Pet::c.id).where_(Pet::c.owner_id.eq(Person::c.id));
    let owners: Vec<String> = conn.scalars(select(Person::c.name).where_(pets().exists()))?;
    assert_eq!(owners, ["ada"]);
    let named = select(Pet::c.owner_id).where_(Pet::c.name.eq(bindparam("name")));
    let inner = named.params(Params::new().with("name", "rex"));
    let others = select(Person::c.name).where_(Person::c.id.not_in_select(inner));
    let others: Vec<String> = conn.scalars(others.order_by(Person::c.name))?;
    assert_eq!(others, ["bob", "eve"]);
    let name = select(Pet::c.name).where_(Pet::c.owner_id.eq(Person::c.id));
    let name = name.order_by(Pet::c.id).limit(1).scalar_subquery();
    let rows = conn.execute(select((Person::c.id, name)).order_by(Person::c.id))?.all()?;
    assert_eq!(rows, [(1, Some("rex".to_owned())), (2, None), (3, None)]);
    let oldest = select(func::max(Person::c.age)).scalar_subquery();
    let oldest: Vec<String> =
        conn.scalars(select(Person::c.name).where_(Person::c.age.eq(oldest)))?;
    assert_eq!(oldest, ["ada"]);
    Ok(())
}

fn expressions_as_columns(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Person::c;
    let statement = select((
        c.name.concat("!").concat(c.name),
        func::upper(c.name),
        func::coalesce(c.age, -1) + 1,
        -c.id,
        (c.id + 1) * 10 - c.id,
    ));
    let rows = conn.execute(statement.order_by(c.id))?.all()?;
    assert_eq!(rows[0], ("ada!ada".to_owned(), "ADA".to_owned(), 51, -1, 19));
    assert_eq!(rows[2], ("eve!eve".to_owned(), "EVE".to_owned(), 0, -3, 37));
    let counts = select((func::count(), func::count_of(c.age), func::min(c.age)));
    assert_eq!(conn.execute(counts.clone())?.one()?, (3, 2, Some(30)));
    let nobody = counts.where_(c.id.gt(9));
    assert_eq!(conn.execute(nobody)?.one()?, (0, 0, None));
    let label = || (c.id * 2).label("twice");
    let row = conn.execute(select(label()).order_by(label()).limit(1))?.one()?;
    assert_eq!(row, (2,));
    Ok(())
}

fn sixteen_places(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let id = Person::c.id;
    let row = conn
        .execute(
            select((id, id, id, id, id, id, id, id, id, id, id, id, id, id, Person::c, id + 5))
                .order_by(id)
                .limit(1),
        )?
        .one()?;
    assert_eq!((row.0, row.14, row.15), (1, person(1, "ada", Some(50), None), 6));
    Ok(())
}

// MySQL has no NULLS LAST: what is sorted by stands twice there, with its literal.
// conforms: F01
fn nulls_first_and_last(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Person::c;
    let mut names = |term| -> Result<Vec<String>> {
        conn.scalars(select(c.name).where_(c.id.gt(0)).order_by(term).limit(5))
    };
    assert_eq!(names((c.age + 7).asc().nulls_first())?, ["eve", "bob", "ada"]);
    assert_eq!(names((c.age + 7).asc().nulls_last())?, ["bob", "ada", "eve"]);
    assert_eq!(names((c.age + 7).desc().nulls_first())?, ["eve", "ada", "bob"]);
    assert_eq!(names((c.age + 7).desc().nulls_last())?, ["ada", "bob", "eve"]);
    Ok(())
}

// conforms: F01
fn limits_of_all_kinds(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let all = || select(Person::c.id).order_by(Person::c.id);
    let bound = all().limit(bindparam("rows")).offset(bindparam("from"));
    for (rows, from, wanted) in [(1, 1, vec![2]), (5, 0, vec![1, 2, 3]), (2, 2, vec![3])] {
        let params = aludel::params! { rows: rows, from: from };
        assert_eq!(conn.scalars::<_, i64>(bound.clone().params(params))?, wanted);
    }
    assert_eq!(conn.scalars::<_, i64>(all().limit(usize::MAX).offset(2_u8))?, [3]);
    let computed = conn.scalars::<_, i64>(all().limit(literal(1) + 1));
    match computed {
        Ok(found) => assert_eq!(found, [1, 2]),
        Err(error) => {
            assert_eq!(error.kind(), aludel::ErrorKind::Compile);
            assert!(error.message().contains("expressions in LIMIT"), "{error}");
        }
    }
    Ok(())
}

fn conditions_as_values(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Person::c;
    let statement = select((c.age.gt(40), c.id.gt(1), not_(c.id.gt(1)), c.age.is_null()));
    let rows = conn.execute(statement.order_by((c.age.is_null(), c.id)))?.all()?;
    assert_eq!(rows[0], (Some(true), false, true, false));
    assert_eq!(rows[1], (Some(false), true, false, false));
    // What compares with NULL is NULL, and its type says so.
    assert_eq!(rows[2], (None, true, false, true));
    Ok(())
}

// fault: D16
fn parameters_of_types_that_travel_as_text(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let columns = [
        Column::new("id", types::Integer).primary_key(),
        Column::new("day", types::Date),
        Column::new("price", types::Numeric(10, 2)),
    ];
    let table = Table::new("typed", &metadata, columns)?;
    conn.execute(CreateTable::new(&table))?;
    let (id, day, price) = (|| table.c("id"), || table.c("day"), || table.c("price"));
    let set = (id()?.set(1), day()?.set("2024-02-29"), price()?.set("1.50"));
    conn.execute(table.insert().values(set))?;
    let set = (id()?.set(2), day()?.set(Value::Null), price()?.set(Value::Null));
    conn.execute(table.insert().values(set))?;
    let sets = [
        aludel::params! { id: 3, day: Value::Null, price: "2.25" },
        aludel::params! { id: 4, day: "2024-03-01", price: Value::Null },
    ];
    conn.execute_many(table.insert(), sets)?;
    let of = |condition| select([table.c("id").expect("a column")]).where_(condition);
    let mut ids =
        |condition| -> Result<Vec<i64>> { conn.scalars(of(condition).order_by(table.c("id")?)) };
    assert_eq!(ids(day()?.eq("2024-02-29"))?, [1]);
    assert_eq!(ids(day()?.in_(["2024-03-01", "2024-02-29"]))?, [1, 4]);
    assert_eq!(ids(price()?.eq("2.25"))?, [3]);
    assert_eq!(ids(price()?.is_null().nullable())?, [2, 4]);
    Ok(())
}

fn the_row_that_an_insert_made(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Person::c;
    let statement = insert::<Person>().values((c.name.set("ida"), c.age.set(7)));
    let found = conn.execute(statement.returning((Person::c, c.age + 1)));
    if !db.engine.dialect().capabilities().insert_returning {
        assert_eq!(found.map(drop).unwrap_err().kind(), aludel::ErrorKind::Compile);
        return Ok(());
    }
    assert_eq!(found?.one()?, (person(4, "ida", Some(7), None), Some(8)));
    Ok(())
}
