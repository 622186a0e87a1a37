//! What stands where no server takes it, or where some take it for something else, is refused when the
//! statement is compiled: aggregates, columns, numbers of columns, names.

use aludel::sql::{Executable, Feature, window};
use aludel::{ErrorKind, Result, delete, func, insert, literal, select, text, update};

use crate::{Db, User, suite};

suite![
    aggregates_and_windows,
    columns_beside_aggregates,
    orders_of_distinct_rows,
    values_of_a_row_that_is_not_there_yet,
    rows_of_another_width,
    equal_values_beside_an_upsert,
    labels_of_inserted_rows,
    names_that_are_empty,
];

/// It is refused when it is compiled, by a message with this part.
fn refused<E: Executable>(db: &Db, statement: E, part: &str) {
    let compiled = statement.compile(db.engine.dialect());
    let error = compiled.map(|compiled| compiled.sql().to_owned()).expect_err("it is refused");
    assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
    assert!(error.message().contains(part), "{part}: {error}");
}

fn aggregates_and_windows(db: &Db) -> Result<()> {
    let c = User::c;
    let number = || func::row_number().over(window().order_by(c.id));
    refused(db, select(c.name).where_(func::count().gt(1)), "stands in WHERE");
    refused(db, select(c.name).where_(number().gt(1)), "window stands in WHERE");
    refused(db, select(c.name).group_by((c.name, number())), "in WHERE, GROUP BY or HAVING");
    refused(db, select(func::count()).group_by(c.name).having(number().gt(1)), "HAVING");
    refused(db, select(func::max(func::count())), "stands in an aggregate");
    refused(db, update::<User>().values(c.age.set(func::max(c.age))), "UPDATE or DELETE");
    refused(db, delete::<User>().where_(func::max(c.age).gt(1)), "UPDATE or DELETE");
    db.users(&["sandy", "patrick"])?;
    let mut conn = db.engine.connect()?;
    // In HAVING, in a subquery, over a window of groups.
    let some = select(c.name).group_by(c.name).having(func::count().eq(1)).order_by(c.name);
    assert_eq!(conn.scalars(some)?, ["patrick", "sandy"]);
    let most = select(func::max(c.id)).scalar_subquery();
    assert_eq!(conn.scalars(select(c.name).where_(c.id.eq(most)))?, ["patrick"]);
    let sums = select(func::sum(func::count()).over(window())).group_by(c.name);
    let sums = sums.select_from(<User as aludel::Mapped>::entity());
    assert_eq!(conn.execute(sums.untyped())?.all()?.len(), 2);
    Ok(())
}

// SQLite and MariaDB answer with a value of any row.
fn columns_beside_aggregates(db: &Db) -> Result<()> {
    let c = User::c;
    let beside = "stands beside an aggregate";
    refused(db, select((c.name, func::count())), beside);
    // Not every database follows that a condition leaves one value of it.
    refused(db, select((c.name, func::count())).where_(c.name.eq("sandy")), beside);
    refused(db, select((func::lower(c.name), func::max(c.id))), beside);
    refused(db, select(func::count_of(c.name) + c.age), beside);
    refused(db, select(func::max(c.id)).order_by(c.name), beside);
    refused(db, select(c.name).having(c.id.gt(1)), beside);
    refused(db, select(c.name).having(func::count().gt(1)), beside);
    db.users(&["sandy", "patrick"])?;
    let mut conn = db.engine.connect()?;
    let both =
        select((func::max(c.id), literal("x"))).select_from(<User as aludel::Mapped>::entity());
    assert_eq!(conn.execute(both)?.all()?, [(Some(2), "x".to_owned())]);
    let beside_window = select((c.name, func::count().over(window()))).order_by(c.id);
    assert_eq!(conn.execute(beside_window)?.all()?.len(), 2);
    // A column of the statement around it is one value there.
    let others = aludel::sql::aliased::<User>("others");
    let before = select(func::count() + c.id).where_(others.c.id.lt(c.id)).scalar_subquery();
    let counted = conn.execute(select((c.name, before)).order_by(c.id))?.all()?;
    assert_eq!(counted, [("sandy".to_owned(), Some(1)), ("patrick".to_owned(), Some(3))]);
    // So is an aggregate of its columns.
    let after = select(others.c.id - func::max(c.id)).where_(others.c.name.eq("patrick"));
    let after = select((c.name, after.scalar_subquery())).group_by(c.name).order_by(c.name);
    let after = conn.execute(after)?.all()?;
    assert_eq!(after, [("patrick".to_owned(), Some(0)), ("sandy".to_owned(), Some(1))]);
    let both = select(others.c.id - func::max(others.c.id + c.id));
    refused(db, select(c.name).where_(both.scalar_subquery().eq(1)), beside);
    Ok(())
}

fn orders_of_distinct_rows(db: &Db) -> Result<()> {
    let c = User::c;
    refused(
        db,
        select(c.age).distinct().order_by(c.name),
        "sorted by something that is not selected",
    );
    refused(db, select(c.age).distinct().order_by(c.age + c.id), "not selected");
    refused(db, select(c.age).distinct().order_by(func::lower(c.name)), "not selected");
    refused(db, select(c.id + 1).distinct().order_by((c.id + 1) * 2), "not selected");
    let changing = func::random() + c.id.cast::<f64>();
    refused(db, select(c.id).distinct().order_by(changing), "not selected");
    refused(db, select(c.age).distinct().order_by(c.name.label("x")), "not selected");
    db.users(&["sandy", "patrick"])?;
    let mut conn = db.engine.connect()?;
    let names = ["patrick", "sandy"];
    assert_eq!(conn.scalars(select(c.name).distinct().order_by(c.name))?, names);
    assert_eq!(conn.scalars(select(c.name).distinct().order_by(c.name.desc()))?.len(), 2);
    assert_eq!(conn.scalars(select(c.name).distinct().order_by("name"))?, names);
    assert_eq!(conn.scalars(select(c.name).distinct().order_by(text("1")))?, names);
    let lower = func::lower(c.name).label("lower_name");
    assert_eq!(conn.scalars(select(lower.clone()).distinct().order_by(lower))?, names);
    let sum = || c.id + 1;
    assert_eq!(conn.scalars(select(sum()).distinct().order_by(sum()))?, [2, 3]);
    // Computed from what is selected: PostgreSQL takes none of that.
    let turned = select(c.id).distinct().order_by((-c.id, func::abs(c.id).desc()));
    let several = select((c.id, c.name)).distinct().order_by(func::lower(c.name).concat("x"));
    if db.engine.dialect().has(Feature::DistinctOrder) {
        assert_eq!(conn.scalars(turned)?, [2, 1]);
        let rows = conn.execute(several)?.all()?;
        assert_eq!(rows, [(2, "patrick".to_owned()), (1, "sandy".to_owned())]);
    } else {
        let part = "does not have DISTINCT rows that are sorted by an expression";
        refused(db, turned, part);
        refused(db, several, part);
        let rows = select(c.id).distinct().subquery("rows");
        let id = rows.columns();
        let cured = select(rows.columns()).order_by(-id);
        assert_eq!(conn.scalars(cured)?, [2, 1]);
    }
    Ok(())
}

// MySQL takes what the column was set to before, or its default.
fn values_of_a_row_that_is_not_there_yet(db: &Db) -> Result<()> {
    let c = User::c;
    let one = insert::<User>().values((c.name.set("q"), c.age.set(c.age + 1)));
    refused(db, one, "before there is a row");
    let two = insert::<User>().rows([(c.name.set("q"), c.age.set(c.age + 1))]);
    refused(db, two, "before there is a row");
    db.users(&["sandy"])?;
    let mut conn = db.engine.connect()?;
    // What is there already, and what a subquery selects, are rows.
    let again = insert::<User>().values((c.name.set("sandy"), c.age.set(3)));
    let again = match db.capabilities().on_conflict {
        true => again.on_conflict_do_update(c.name, c.age.set(func::coalesce(c.age, 5) + 1)),
        false => again.on_duplicate_key_update(c.age.set(func::coalesce(c.age, 5) + 1)),
    };
    conn.execute(again)?;
    assert_eq!(conn.scalar(select(c.age))?, Some(6));
    Ok(())
}

fn rows_of_another_width(db: &Db) -> Result<()> {
    let c = User::c;
    let fewer = insert::<User>().from_select((c.name, c.age), select(literal("x")));
    refused(db, fewer, "inserts into 2 columns, and its query has 1");
    let more = insert::<User>().from_select(c.name, select((literal("x"), literal(1))));
    refused(db, more, "inserts into 1 columns, and its query has 2");
    Ok(())
}

// Two columns without a name have one name in a subquery of MySQL.
fn equal_values_beside_an_upsert(db: &Db) -> Result<()> {
    db.users(&["sandy"])?;
    let mut conn = db.engine.connect()?;
    let c = User::c;
    let rows = select((literal("sandy"), literal(5)));
    conn.execute(insert::<User>().from_select((c.name, c.age), rows).upsert(c.name))?;
    let rows =
        select((c.name, c.id.cast::<i32>() + 1)).union_all(select((literal("gary"), literal(1))));
    conn.execute(insert::<User>().from_select((c.name, c.age), rows).upsert(c.name))?;
    let all = conn.execute(select((c.name, c.age)).order_by(c.age))?.all()?;
    assert_eq!(all, [("gary".to_owned(), Some(1)), ("sandy".to_owned(), Some(2))]);
    Ok(())
}

// The label has the name of a column, by which another row would be the first.
fn labels_of_inserted_rows(db: &Db) -> Result<()> {
    let c = User::c;
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    let rows = [("old", 70), ("young", 20)];
    let rows = rows.map(|(name, age)| (c.name.set(name), c.age.set(age)));
    conn.execute(insert::<User>().rows(rows))?;
    let label = || (c.age * -1).label("age");
    let first = |suffix: &str| select((c.name.concat(suffix), label())).order_by("age").limit(1);
    let into = || insert::<User>();
    conn.execute(into().from_select((c.name, c.age), first("1")))?;
    conn.execute(into().from_select((c.name, c.age), first("2")).upsert(c.name))?;
    let negated = select((c.name.concat("3"), (c.age * -1).label("n"))).where_(c.age.gt(0));
    let labelled = negated.clone().order_by((c.age * -1).label("n")).limit(1);
    conn.execute(into().from_select((c.name, c.age), labelled))?;
    let united = select((literal("low"), literal(Some(-1000)).label("n")));
    let united = united.union_all(select((c.name, c.age))).order_by("n").limit(1);
    conn.execute(into().from_select((c.name, c.age), united.clone()))?;
    conn.execute(into().from_select((c.name, c.age), united).upsert(c.name))?;
    let all = conn.execute(select((c.name, c.age)).where_(c.age.lt(0)).order_by(c.name))?.all()?;
    let all: Vec<_> = all.iter().map(|(name, age)| (&**name, age.unwrap_or(0))).collect();
    assert_eq!(all, [("low", -1000), ("old1", -70), ("old2", -70), ("old3", -70)]);
    Ok(())
}

fn names_that_are_empty(db: &Db) -> Result<()> {
    let c = User::c;
    refused(db, select(c.name.label("")), "a name is empty");
    refused(db, select(select(c.name).subquery("").columns()), "a name is empty");
    Ok(())
}
