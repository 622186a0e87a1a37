//! UPDATE and DELETE.

use aludel::sql::{Feature, literal_column};
use aludel::{
    Auto, ErrorKind, Mapped, MetaData, Result, aliased, bindparam, delete, func, insert, params,
    select, update,
};

use crate::{Db, User, names, suite};

suite![
    updates_count_the_rows_that_match,
    values_see_the_row_as_it_was,
    updates_from_other_tables,
    updates_by_a_statement_in_them,
    updates_give_rows,
    deletes_by_other_tables,
    deletes_give_rows,
    orders_and_limits,
    changes_are_compiled_once,
    subqueries_about_an_inserted_row,
    changes_before_other_statements,
];

#[derive(Debug, Mapped)]
#[aludel(table = "pets")]
struct Pet {
    #[aludel(primary_key)]
    id: Auto<i64>,
    owner: i64,
    #[aludel(length = 100)]
    name: String,
}

/// Users `a`, `b` and `c`, aged 1 to 3, of whom the first two have pets.
fn filled(db: &Db) -> Result<aludel::Connection> {
    db.users(&[])?;
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Pet>().create_all(&mut conn)?;
    let users = [(1, "a"), (2, "b"), (3, "c")];
    let users =
        users.map(|(n, name)| User { id: i64::from(n).into(), name: name.into(), age: Some(n) });
    conn.execute(insert::<User>().rows(&users))?;
    let pets = [(1, "rex"), (2, "tom"), (2, "kit")];
    let pets = pets.map(|(owner, name)| Pet { id: Auto::unset(), owner, name: name.into() });
    conn.execute(insert::<Pet>().rows(&pets))?;
    conn.commit()?;
    Ok(conn)
}

fn ages(conn: &mut aludel::Connection) -> Result<Vec<Option<i32>>> {
    conn.scalars(select(User::c.age).order_by(User::c.id))
}

fn updates_count_the_rows_that_match(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let older = update::<User>().values(User::c.age.set(User::c.age + 10));
    assert_eq!(conn.execute(older.where_(User::c.age.ge(2)))?.rowcount(), 2);
    assert_eq!(ages(&mut conn)?, [Some(1), Some(12), Some(13)]);
    // Also those that are what they become.
    let same = update::<User>().values(User::c.age.set(1)).where_(User::c.name.le("b"));
    assert_eq!(conn.execute(same.clone())?.rowcount(), 2);
    assert_eq!(conn.execute(same)?.rowcount(), 2);
    assert_eq!(conn.execute(update::<User>().values(User::c.age.set(None)))?.rowcount(), 3);
    assert_eq!(ages(&mut conn)?, [None; 3]);
    let error = conn.execute(update::<User>()).expect_err("nothing is set");
    assert_eq!(error.kind(), ErrorKind::Compile);
    assert_eq!(conn.execute(delete::<User>().where_(User::c.id.eq(1000)))?.rowcount(), 0);
    assert_eq!(conn.execute(delete::<User>())?.rowcount(), 3);
    Ok(())
}

// MySQL computes each value from what those before it have set.
fn values_see_the_row_as_it_was(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let id = User::c.id;
    let moved = update::<User>().values((User::c.age.set(100), id.set(User::c.age + id + 50)));
    conn.execute(moved.where_(id.eq(2)))?;
    let found = select((id, User::c.age)).where_(User::c.name.eq("b"));
    assert_eq!(conn.execute(found)?.one()?, (54, Some(100)));
    // SQL of the program reads columns as well.
    let moved = (User::c.age.set(7), id.set(literal_column::<i64>("age + id")));
    conn.execute(update::<User>().values(moved).where_(id.eq(54)))?;
    let found = select((id, User::c.age)).where_(User::c.name.eq("b"));
    assert_eq!(conn.execute(found)?.one()?, (154, Some(7)));
    Ok(())
}

// conforms: F02
fn updates_from_other_tables(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let named = update::<User>()
        .values((User::c.name.set(Pet::c.name.concat("'s")), User::c.age.set(9)))
        .where_(User::c.id.eq(Pet::c.owner))
        .where_(Pet::c.name.ne("kit"));
    assert_eq!(conn.execute(named)?.rowcount(), 2);
    assert_eq!(names(&mut conn)?, ["rex's", "tom's", "c"]);
    assert_eq!(ages(&mut conn)?, [Some(9), Some(9), Some(3)]);
    let other = aliased::<User>("other");
    let next =
        update::<User>().values(User::c.age.set(other.c.age)).where_(other.c.id.eq(User::c.id + 1));
    assert_eq!(conn.execute(next)?.rowcount(), 2);
    assert_eq!(ages(&mut conn)?, [Some(9), Some(3), Some(3)]);
    Ok(())
}

fn updates_by_a_statement_in_them(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let theirs = || select(func::count_of(Pet::c.id)).where_(Pet::c.owner.eq(User::c.id));
    conn.execute(update::<User>().values(User::c.age.set(theirs().scalar_subquery())))?;
    assert_eq!(ages(&mut conn)?, [Some(1), Some(2), Some(0)]);
    let owns = select(Pet::c.id).where_(Pet::c.owner.eq(User::c.id)).exists();
    let set = update::<User>().values(User::c.age.set(None)).where_(owns);
    assert_eq!(conn.execute(set)?.rowcount(), 2);
    assert_eq!(ages(&mut conn)?, [None, None, Some(0)]);
    Ok(())
}

// conforms: D10.14
fn updates_give_rows(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let older = update::<User>().values(User::c.age.set(User::c.age + 1));
    let older = older.where_(User::c.id.gt(1)).returning((User::c.name, User::c.age));
    if !db.capabilities().update_returning {
        let error = conn.execute(older).expect_err("there is no such clause");
        assert_eq!(error.kind(), ErrorKind::Compile);
        return Ok(());
    }
    let mut done = conn.execute(older)?;
    assert_eq!(done.rowcount(), 2);
    let mut rows = done.all()?;
    rows.sort();
    assert_eq!(rows, [("b".to_owned(), Some(3)), ("c".to_owned(), Some(4))]);
    let whole = update::<User>().values(User::c.age.set(0)).where_(User::c.id.eq(1));
    let user: User = conn.execute(whole.returning(User::c))?.one()?;
    assert_eq!((user.name.as_str(), user.age), ("a", Some(0)));
    Ok(())
}

// conforms: F02
fn deletes_by_other_tables(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let theirs = delete::<Pet>().where_(Pet::c.owner.eq(User::c.id)).where_(User::c.age.ge(2));
    assert_eq!(conn.execute(theirs)?.rowcount(), 2);
    let left: Vec<String> = conn.scalars(select(Pet::c.name))?;
    assert_eq!(left, ["rex"]);
    let without = select(Pet::c.id).where_(Pet::c.owner.eq(User::c.id)).exists();
    assert_eq!(conn.execute(delete::<User>().where_(!without))?.rowcount(), 2);
    assert_eq!(names(&mut conn)?, ["a"]);
    Ok(())
}

// conforms: D10.14
fn deletes_give_rows(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let gone = delete::<Pet>().where_(Pet::c.owner.eq(2)).returning(Pet::c.name);
    if !db.capabilities().delete_returning {
        let error = conn.execute(gone).expect_err("there is no such clause");
        assert_eq!(error.kind(), ErrorKind::Compile);
        return Ok(());
    }
    let mut names: Vec<String> = conn.scalars(gone)?;
    names.sort();
    assert_eq!(names, ["kit", "tom"]);
    Ok(())
}

// conforms: F31
fn orders_and_limits(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let oldest = update::<User>().values(User::c.age.set(0)).order_by(User::c.age.desc()).limit(1);
    let youngest = delete::<User>().order_by(User::c.age).limit(1);
    if db.capabilities().on_conflict {
        for error in [conn.execute(oldest).err(), conn.execute(youngest).err()] {
            assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Compile));
        }
        return Ok(());
    }
    assert_eq!(conn.execute(oldest)?.rowcount(), 1);
    assert_eq!(ages(&mut conn)?, [Some(1), Some(2), Some(0)]);
    assert_eq!(conn.execute(youngest)?.rowcount(), 1);
    assert_eq!(names(&mut conn)?, ["a", "b"]);
    Ok(())
}

// conforms: D10.01
fn changes_are_compiled_once(db: &Db) -> Result<()> {
    let (engine, calls) = db.recorded(&["a", "b", "c"])?;
    let mut conn = engine.connect()?;
    for (name, age) in [("a", 1), ("b", 2)] {
        let one = update::<User>().values(User::c.age.set(age)).where_(User::c.name.eq(name));
        assert_eq!(conn.execute(one)?.rowcount(), 1);
    }
    let bound = update::<User>().where_(User::c.name.eq(bindparam("who")));
    let bound = bound.params(params! { who: "c", age: 3 });
    assert_eq!(conn.execute(bound)?.rowcount(), 1);
    let sent = calls.take();
    assert_eq!(sent[1], sent[2]);
    assert_eq!(ages(&mut conn)?, [Some(1), Some(2), Some(3)]);
    Ok(())
}

fn subqueries_about_an_inserted_row(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let own = select(func::count()).where_(Pet::c.owner.eq(User::c.id)).scalar_subquery();
    let new = insert::<User>().values((User::c.id.set(20), User::c.name.set("z")));
    if !db.capabilities().insert_returning {
        return Ok(());
    }
    let new = new.returning((User::c.name, own));
    assert_eq!(conn.execute(new)?.one()?, ("z".to_owned(), Some(0)));
    Ok(())
}

// conforms: F02
fn changes_before_other_statements(db: &Db) -> Result<()> {
    let mut conn = filled(db)?;
    let gone = delete::<Pet>().where_(Pet::c.owner.eq(bindparam("of")));
    let gone = gone.params(params! { of: 2 }).returning((Pet::c.name, Pet::c.id + 100)).cte("gone");
    let (name, number) = gone.columns();
    let found = select((name.clone(), number)).order_by(name);
    if !db.engine.dialect().has(Feature::DataModifyingCte) {
        let error = conn.execute(found).expect_err("there is no such thing");
        assert_eq!(error.kind(), ErrorKind::Compile);
        assert!(error.message().contains("in WITH"), "{error}");
        return Ok(());
    }
    let rows = conn.execute(&found)?.all()?;
    assert_eq!(rows.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["kit", "tom"]);
    assert!(rows.iter().all(|(_, number)| *number > 100));
    assert_eq!(conn.execute(found)?.all()?, []);
    // An insert whose columns come from parameters, beside one whose binds have the same names.
    let new = insert::<User>().params(params! { name: "d", id: 4 }).returning(User::c.id);
    let new = new.cte("new");
    let pet = select((new.columns(), bindparam("name").typed::<String>()));
    let pet = insert::<Pet>().from_select((Pet::c.owner, Pet::c.name), pet);
    assert_eq!(conn.execute(pet.params(params! { name: "fox" }))?.rowcount(), 1);
    let owners = select((User::c.name, Pet::c.name)).where_(Pet::c.owner.eq(User::c.id));
    let owners = conn.execute(owners.order_by(Pet::c.name))?.all()?;
    assert_eq!(owners, [("d".into(), "fox".into()), ("a".into(), "rex".into())]);
    // Rows, and what nothing selects from; the statement sees the tables as they were.
    let rows = [("e", 5), ("f", 6)];
    let rows = rows.map(|(name, id)| (User::c.name.set(name), User::c.id.set(id)));
    let added = insert::<User>().rows(rows).cte("added");
    let aged = update::<User>().values(User::c.age.set(50)).where_(User::c.name.eq("a"));
    let aged = aged.returning(User::c.age).cte("aged");
    let both = select((func::count_of(User::c.id), aged.columns())).group_by(aged.columns());
    let both = both.select_from(User::entity()).select_from(&aged).add_cte(&added);
    assert_eq!(conn.execute(both)?.one()?, (4, Some(50)));
    assert_eq!(ages(&mut conn)?, [Some(50), Some(2), Some(3), None, None, None]);
    // What gives nothing, and what was given a value for nothing.
    let error = conn.execute(select(func::count()).select_from(&added)).expect_err("no rows");
    assert!(error.message().contains("give it `returning`"), "{error}");
    let odd = delete::<Pet>().params(params! { odd: 1 }).returning(Pet::c.id).cte("odd");
    let error = conn.execute(select(odd.columns())).expect_err("there is no such bind");
    assert!(error.message().contains("does not have"), "{error}");
    let united = gone.union_all(select((Pet::c.name, Pet::c.id)));
    let error = conn.execute(select(united.columns())).expect_err("it is no query");
    assert!(error.message().contains("set operation"), "{error}");
    // It is no query for the driver either.
    let again = delete::<Pet>().returning(Pet::c.name).cte("again");
    let rows = conn.stream(select(again.columns()))?.collect::<Result<Vec<_>>>()?;
    assert_eq!(rows.len(), 2);
    Ok(())
}
