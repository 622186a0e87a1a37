//! Groups, set operations, common table expressions and pages, and the rows they give.

use aludel::dialect::Dialect;
use aludel::sql::{Feature, explain, rollup};
use aludel::{
    Auto, Connection, ErrorKind, Mapped, MetaData, Result, aliased, delete, exists, func, insert,
    literal, nullable, select, text, values,
};

use crate::{Db, suite};

suite![
    joins_by_foreign_keys,
    terms_with_values_are_one,
    subtotals,
    set_operations_in_set_operations,
    a_tree_by_a_recursive_query,
    rows_of_the_program_are_selected_from,
    pages_by_the_last_row,
    the_number_of_rows,
    text_with_typed_columns,
    a_plan,
];

#[derive(Debug, PartialEq, Mapped)]
#[aludel(table = "people")]
struct Person {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    age: Option<i32>,
    #[aludel(foreign_key = "people.id")]
    boss_id: Option<i64>,
}

#[derive(Debug, PartialEq, Mapped)]
#[aludel(table = "pets")]
struct Pet {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "people.id")]
    owner_id: i64,
    name: String,
}

/// ada leads bob and eve, bob leads kim; ada has rex and tom, bob has ace.
fn made(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Person>().with::<Pet>().create_all(&mut conn)?;
    let people = [
        ("ada", Some(50), None),
        ("bob", Some(30), Some(1)),
        ("eve", None, Some(1)),
        ("kim", Some(30), Some(2)),
    ];
    for (name, age, boss) in people {
        let c = Person::c;
        let values = (c.name.set(name), c.age.set(age), c.boss_id.set(boss));
        conn.execute(insert::<Person>().values(values))?;
    }
    for (owner, name) in [(1_i64, "rex"), (1, "tom"), (2, "ace")] {
        conn.execute(insert::<Pet>().values((Pet::c.owner_id.set(owner), Pet::c.name.set(name))))?;
    }
    Ok(conn)
}

/// What the database has.
fn has(conn: &Connection, feature: Feature) -> bool {
    let dialect: &dyn Dialect = conn.engine().dialect();
    dialect.has(feature)
}

fn pairs(rows: &[(&str, &str)]) -> Vec<(String, String)> {
    rows.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

fn joins_by_foreign_keys(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let (person, pet) = (Person::c, Pet::c);
    let both = select((person.name, pet.name)).join(Pet::entity()).order_by(pet.name);
    let rows = conn.execute(both)?.all()?;
    assert_eq!(rows, pairs(&[("bob", "ace"), ("ada", "rex"), ("ada", "tom")]));
    let without = select(person.name).outerjoin(Pet::entity()).where_(pet.id.is_null());
    let names: Vec<String> = conn.scalars(without.order_by(person.name))?;
    assert_eq!(names, ["eve", "kim"]);
    let right = select((pet.name, nullable(person.name)));
    let right = right.right_join_on(Pet::entity(), pet.owner_id.eq(person.id) & person.id.gt(1));
    let rows = conn.execute(right.order_by(pet.name))?.all()?;
    let wanted = [("ace", Some("bob")), ("rex", None), ("tom", None)];
    let wanted = wanted.map(|(a, b)| (a.to_owned(), b.map(str::to_owned)));
    assert_eq!(rows, wanted);
    let boss = aliased::<Person>("boss");
    let full = select((nullable(person.name), nullable(boss.c.name)));
    let full = full.full_join_on(boss, boss.c.id.eq(person.boss_id));
    if has(&conn, Feature::FullJoin) {
        // Three who have one, ada who has none, eve and kim who are none's.
        assert_eq!(conn.execute(full)?.all()?.len(), 6);
    } else {
        let error = conn.execute(full).map(drop).expect_err("no FULL JOIN");
        assert_eq!(error.kind(), aludel::ErrorKind::Compile, "{error}");
    }
    // Each with each, because that is said.
    let all = select(func::count()).select_from(Person::entity()).cross_join(Pet::entity());
    assert_eq!(conn.scalar(all)?, Some(12_i64));
    Ok(())
}

// A database that is given a value twice does not know that it is one.
fn terms_with_values_are_one(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let age = || func::coalesce(Person::c.age, 0) + 1;
    for top in [40, 60] {
        let young = select((age().label("a"), func::count()))
            .where_(Person::c.age.lt(top))
            .group_by(age())
            .order_by(age().desc());
        let rows = conn.execute(young)?.all()?;
        assert_eq!(rows, if top == 60 { vec![(51, 1), (31, 2)] } else { vec![(31, 2)] });
    }
    let distinct = select(age()).distinct().order_by(age());
    assert_eq!(conn.scalars::<_, i32>(distinct)?, [1, 31, 51]);
    Ok(())
}

fn subtotals(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let counts = select((nullable(Pet::c.owner_id), func::count()));
    let counts = counts.group_by(rollup(Pet::c.owner_id));
    if !has(&conn, Feature::Rollup) {
        let error = conn.execute(counts).map(drop).expect_err("no ROLLUP");
        assert_eq!(error.kind(), aludel::ErrorKind::Compile, "{error}");
        return Ok(());
    }
    let mut rows = conn.execute(counts)?.all()?;
    rows.sort_unstable();
    assert_eq!(rows, [(None, 3), (Some(1), 2), (Some(2), 1)]);
    Ok(())
}

fn set_operations_in_set_operations(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let ids = || select(Person::c.id);
    let owners = || select(Pet::c.owner_id);
    let idle = ids().except_(owners().union(ids().where_(Person::c.id.eq(4))));
    assert_eq!(conn.scalars::<_, i64>(idle.order_by(Person::c.id))?, [3]);
    let last = ids().order_by(Person::c.id.desc()).limit(1);
    let ends = last.union_all(ids().order_by(Person::c.id).limit(2));
    assert_eq!(conn.scalars::<_, i64>(ends.clone().order_by("id"))?, [1, 2, 4]);
    // In FROM, in IN, and in EXISTS, where they name what is around them.
    let all = ends.clone().anon_subquery();
    assert_eq!(conn.scalar(select(func::count()).select_from(&all))?, Some(3_i64));
    let known = select(Person::c.name).where_(Person::c.id.in_select(ends));
    assert_eq!(conn.execute(known)?.all()?.len(), 3);
    let own = select(Pet::c.id).where_(Pet::c.owner_id.eq(Person::c.id));
    let led = aliased::<Person>("led");
    let led = select(led.c.id).where_(led.c.boss_id.eq(Person::c.id));
    let busy = select(Person::c.name).where_(exists(own.union(led))).order_by(Person::c.name);
    assert_eq!(conn.scalars::<_, String>(busy)?, ["ada", "bob"]);
    Ok(())
}

fn a_tree_by_a_recursive_query(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Person::c;
    let top = select((c.id, literal(0_i64).label("depth"))).where_(c.boss_id.is_null());
    let tree = top.cte("tree");
    let (boss, depth) = tree.columns();
    let led = select((c.id, depth + 1)).join_on(&tree, c.boss_id.eq(boss));
    let tree = tree.union_all(led);
    let (id, depth) = tree.columns();
    let levels = select((c.name, depth.clone())).join_on(&tree, c.id.eq(id));
    let rows = conn.execute(levels.order_by((depth, c.name)))?.all()?;
    let wanted = [("ada", 0), ("bob", 1), ("eve", 1), ("kim", 2)];
    assert_eq!(rows, wanted.map(|(name, depth)| (name.to_owned(), depth)));
    Ok(())
}

fn rows_of_the_program_are_selected_from(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    for rows in [vec![(1_i64, "high")], vec![(1, "high"), (4, "low"), (9, "none")]] {
        let v = values(["id", "rank"], rows.clone()).subquery("v");
        let (id, rank) = v.columns();
        let ranked = select((Person::c.name, rank)).join_on(&v, id.eq(Person::c.id));
        let found = conn.execute(ranked.order_by(Person::c.name))?.all()?;
        assert_eq!(found, pairs(&[("ada", "high"), ("kim", "low")])[..rows.len().min(2)]);
        let v = values(["id", "rank"], rows.clone()).cte("v");
        let (id, _) = v.columns();
        assert_eq!(conn.scalars::<_, i64>(select(id.clone()).order_by(id))?.len(), rows.len());
    }
    Ok(())
}

fn pages_by_the_last_row(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Person::c;
    for nulls_first in [true, false] {
        let age = if nulls_first { c.age.desc().nulls_first() } else { c.age.desc().nulls_last() };
        let all = select((c.id, c.age)).order_by((age, c.id));
        let wanted = conn.execute(all.clone())?.all()?;
        let mut found = conn.execute(all.clone().limit(1))?.all()?;
        while let Some((id, age)) = found.last().copied() {
            let next = conn.execute(all.clone().after((age, id)).limit(1))?.all()?;
            if next.is_empty() {
                break;
            }
            found.extend(next);
        }
        assert_eq!(found, wanted);
        assert_eq!(wanted.len(), 4);
    }
    let page = select(c.id).order_by(c.id).page(2, 3);
    assert_eq!(conn.scalars::<_, i64>(page)?, [4]);
    Ok(())
}

fn the_number_of_rows(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let c = Person::c;
    let all = select(Person::c).order_by(c.name);
    assert_eq!(conn.scalar(all.clone().count())?, Some(4_i64));
    assert_eq!(conn.scalar(all.limit(2).offset(1).count())?, Some(2_i64));
    let ages = select(c.age).distinct().where_(c.age.is_not_null());
    assert_eq!(conn.scalar(ages.count())?, Some(2_i64));
    Ok(())
}

fn text_with_typed_columns(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let old = || text("select id, name from people where age >= :age").bind("age", 30);
    let rows = conn.execute(old().columns::<(i64, String)>())?.all()?;
    assert_eq!(rows.len(), 3);
    let named = old().columns_named::<(i64, String), _>(["id", "name"]).subquery("old");
    let (id, name) = named.columns();
    let pets = select((name, Pet::c.name)).join_on(Pet::entity(), Pet::c.owner_id.eq(id));
    let rows = conn.execute(pets.where_(Pet::c.name.ne("rex")).order_by(Pet::c.name))?.all()?;
    assert_eq!(rows, pairs(&[("bob", "ace"), ("ada", "tom")]));
    Ok(())
}

fn a_plan(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let plan = explain(select(Person::c).where_(Person::c.name.eq("ada")));
    assert!(!conn.execute(plan)?.all()?.is_empty());
    // What is explained is not executed, unless that is asked for and the database does it.
    let gone = || explain(delete::<Pet>().where_(Pet::c.name.eq("rex")));
    assert!(!conn.execute(gone())?.all()?.is_empty());
    assert_eq!(conn.scalar(select(Pet::c).count())?, Some(3_i64));
    match conn.execute(gone().analyze()) {
        Ok(_) => assert_eq!(conn.scalar(select(Pet::c).count())?, Some(2_i64)),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Compile, "{error}"),
    }
    Ok(())
}
