//! Lists of values: those that are given at execution, and those that are one bound array.

use aludel::sql::{Feature, any_};
use aludel::{ErrorKind, Result, bindparam, insert, params, select, text};

use crate::{Db, User, suite};

suite![
    lists_given_at_execution,
    lists_in_text,
    what_is_no_list,
    a_list_as_one_array,
    numbers_of_other_kinds,
];

fn prepare(db: &Db) -> Result<aludel::Connection> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let rows = [("ada", 30), ("bob", 40), ("eve", 50)];
    let rows = rows.map(|(name, age)| (User::c.name.set(name), User::c.age.set(age)));
    conn.execute(insert::<User>().rows(rows))?;
    Ok(conn)
}

// conforms: D10.02
fn lists_given_at_execution(db: &Db) -> Result<()> {
    let mut conn = prepare(db)?;
    let listed = || bindparam("ages").expanding();
    let found = select(User::c.name).where_(User::c.age.in_(listed())).order_by(User::c.id);
    let others = select(User::c.name).where_(User::c.age.not_in(listed())).order_by(User::c.id);
    let all = ["ada", "bob", "eve"];
    // The same statement with lists of other lengths, forth and back.
    for ages in [vec![], vec![40], vec![50, 30], vec![1, 2, 3, 40], vec![40], vec![]] {
        let ages: Vec<i32> = ages;
        let wanted: Vec<_> = (all.iter().zip([30, 40, 50]))
            .filter(|(_, age)| ages.contains(age))
            .map(|(name, _)| (*name).to_owned())
            .collect();
        let given = || params! { ages: ages.clone() };
        let names: Vec<String> = conn.scalars(found.clone().params(given()))?;
        assert_eq!(names, wanted, "{ages:?}");
        let left = all.iter().filter(|name| !wanted.iter().any(|found| found == *name)).count();
        let names: Vec<String> = conn.scalars(others.clone().params(given()))?;
        assert_eq!(names.len(), left, "{ages:?}");
    }
    // A default, and a list that a subquery was given.
    let default = bindparam("ages").value(vec![30]).expanding();
    let young = select(User::c.id).where_(User::c.age.in_(default));
    assert_eq!(conn.execute(young)?.all()?.len(), 1);
    let inner = select(User::c.id).where_(User::c.age.in_(listed()));
    let inner = inner.params(params! { ages: vec![40, 50] });
    let outer = select(User::c.name).where_(User::c.id.in_select(inner));
    assert_eq!(conn.execute(outer)?.all()?.len(), 2);
    Ok(())
}

fn lists_in_text(db: &Db) -> Result<()> {
    let mut conn = prepare(db)?;
    let names = text("select name from users where age in :ages order by id");
    let names = names.expanding::<i32>("ages");
    let others = text("select name from users where age not in :ages and id > :id");
    let others = others.expanding::<i32>("ages").bind("id", 0);
    for (ages, count) in [(vec![], 0), (vec![40], 1), (vec![50, 30, 1], 2)] {
        let ages: Vec<i32> = ages;
        let found = names.clone().bind("ages", ages.clone());
        assert_eq!(conn.execute(found)?.all()?.len(), count, "{ages:?}");
        let found = others.clone().bind("ages", ages.clone());
        assert_eq!(conn.execute(found)?.all()?.len(), 3 - count, "{ages:?}");
    }
    // As a part of an expression.
    let part = text("age in :ages").expanding::<i32>("ages");
    let found = select(User::c.id).where_(part).params(params! { ages: vec![30, 50] });
    assert_eq!(conn.execute(found)?.all()?.len(), 2);
    Ok(())
}

fn what_is_no_list(db: &Db) -> Result<()> {
    let mut conn = prepare(db)?;
    let found = select(User::c.id).where_(User::c.age.in_(bindparam("ages").expanding()));
    let error = conn.execute(found.clone().params(params! { ages: 5 })).expect_err("no list");
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("stands for a list"), "{error}");
    let error = conn.execute(found.clone()).expect_err("it is not given");
    assert!(error.message().starts_with("no value was given for the bind \"ages\""), "{error}");
    // Each set would be another text.
    let sets = [params! { ages: vec![1] }, params! { ages: vec![1, 2] }];
    let error = conn.execute_many(found.clone(), sets).expect_err("two texts");
    assert_eq!(error.kind(), ErrorKind::Argument);
    // A prepared statement has one text, so the list must be known.
    let error = db.engine.prepare(&found).expect_err("it is not known");
    assert!(error.message().contains("\"ages\""), "{error}");
    let prepared = db.engine.prepare(&found.clone().params(params! { ages: vec![30, 50] }))?;
    assert_eq!(conn.execute_prepared(&prepared, ())?.all()?.len(), 2);
    let both = found.where_(User::c.id.eq(bindparam("ages")));
    let error = conn.execute(both.params(params! { ages: vec![1] })).expect_err("list and value");
    assert_eq!(error.kind(), ErrorKind::Compile);
    assert!(error.message().contains("different names"), "{error}");
    Ok(())
}

fn a_list_as_one_array(db: &Db) -> Result<()> {
    let mut conn = prepare(db)?;
    let of = |ages: Vec<i32>| select(User::c.name).where_(User::c.age.eq(any_(ages)));
    if !db.engine.dialect().has(Feature::QuantifiedArray) {
        let error = conn.execute(of(vec![30])).expect_err("there are no arrays");
        assert_eq!(error.kind(), ErrorKind::Compile);
        return Ok(());
    }
    for (ages, count) in [(vec![], 0), (vec![30], 1), (vec![30, 50, 7], 2)] {
        assert_eq!(conn.execute(of(ages))?.all()?.len(), count);
    }
    Ok(())
}

/// Beside a column of integers a fraction stays one.
fn numbers_of_other_kinds(db: &Db) -> Result<()> {
    let mut conn = prepare(db)?;
    let users = <User as aludel::Mapped>::table();
    let age = || users.c("age");
    let sum: Option<f64> = conn
        .scalar(select((age()? + 0.5).type_coerce::<f64>()).where_(users.c("name")?.eq("ada")))?;
    assert_eq!(sum, Some(30.5));
    let older = select(users.c("id")?).where_(age()?.gt(39.5));
    assert_eq!(conn.execute(older)?.all()?.len(), 2);
    let between = select(users.c("id")?).where_(age()?.between(29.5, 40.5));
    assert_eq!(conn.execute(between)?.all()?.len(), 2);
    Ok(())
}
