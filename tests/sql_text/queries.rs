//! Joins, groups, set operations, common table expressions, locks.

use aludel::dialect::mysql::MySql;
use aludel::dialect::postgresql::PostgreSql;
use aludel::dialect::sqlite::Sqlite;
use aludel::sql::{
    ClauseElement, FromClause, RowLock, SqlDialect, cube, grouping_sets, rollup, tablesample,
};
use aludel::{
    Auto, Column, ErrorKind, Mapped, MetaData, Table, aliased, anon_aliased, exists, func, literal,
    literal_column, nullable, select, text, types, values,
};

use super::{one_text, texts};

#[derive(Debug, Mapped)]
#[aludel(table = "people")]
struct Person {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    #[aludel(foreign_key = "people.id")]
    boss_id: Option<i64>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "pets")]
struct Pet {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "people.id")]
    owner_id: i64,
    name: String,
}

#[derive(Debug, Mapped)]
#[aludel(table = "visits")]
struct Visit {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "pets.id")]
    pet_id: i64,
    #[aludel(foreign_key = "people.id")]
    vet_id: i64,
    #[aludel(foreign_key = "people.id")]
    payer_id: i64,
}

/// Why a statement cannot be compiled.
#[track_caller]
fn refused(statement: &dyn ClauseElement, dialect: &dyn SqlDialect) -> String {
    let error = statement.compile(dialect).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Compile, "{error}");
    error.message().to_owned()
}

#[track_caller]
fn refused_because(statement: &dyn ClauseElement, why: &str) {
    let message = refused(statement, &PostgreSql::new());
    assert!(message.contains(why), "{message}");
}

// conforms: F01
#[test]
fn joins_follow_foreign_keys() {
    let (person, pet, visit) = (Person::c, Pet::c, Visit::c);
    one_text(
        &select((person.name, pet.name)).join(Pet::entity()),
        "SELECT people.name, pets.name FROM people JOIN pets ON people.id = pets.owner_id",
    );
    // From the side that refers as well, and under other names.
    let owner = aliased::<Person>("owner");
    one_text(
        &select((pet.name, nullable(owner.c.name))).outerjoin(owner),
        "SELECT pets.name, owner.name FROM pets LEFT OUTER JOIN people AS owner \
         ON owner.id = pets.owner_id",
    );
    // What was joined last comes first.
    one_text(
        &select(person.id).join(Pet::entity()).join(Visit::entity()).where_(visit.id.gt(1)),
        "SELECT people.id FROM people JOIN pets ON people.id = pets.owner_id \
         JOIN visits ON pets.id = visits.pet_id WHERE visits.id > ?",
    );
    // What is selected from by a subquery keeps its foreign keys, under the names it has there.
    let named = select((pet.name, pet.owner_id)).subquery("named");
    one_text(
        &select(person.id).join(&named),
        "SELECT people.id FROM people JOIN (SELECT pets.name, pets.owner_id FROM pets) AS named \
         ON people.id = named.owner_id",
    );
    let nested = FromClause::from(Person::entity()).join(Pet::entity());
    one_text(
        &select(person.id).select_from(nested),
        "SELECT people.id FROM people JOIN pets ON people.id = pets.owner_id",
    );
    one_text(
        &select((person.id, pet.id)).join_from(Person::entity(), Pet::entity()),
        "SELECT people.id, pets.id FROM people JOIN pets ON people.id = pets.owner_id",
    );
}

// conforms: F01
#[test]
fn joins_without_one_foreign_key_are_refused() {
    let (person, visit) = (Person::c, Visit::c);
    refused_because(
        &select((person.id, visit.id)).join(Visit::entity()),
        "several foreign keys join \"people\" and \"visits\": \"people\".id = \"visits\".vet_id; \
         \"people\".id = \"visits\".payer_id; give the condition by `join_on`",
    );
    let boss = aliased::<Person>("boss");
    refused_because(
        &select((person.id, boss.c.id)).join(boss),
        "\"people\".id = \"boss\".boss_id; \"boss\".id = \"people\".boss_id",
    );
    let metadata = MetaData::new();
    let other = Table::new("other", &metadata, [Column::new("id", types::Integer)]).unwrap();
    refused_because(
        &select(person.id).join(&other),
        "no foreign key joins \"people\" and \"other\"; give the condition by `join_on`",
    );
    // Without the columns of the key there is nothing to join by.
    let names = select(Pet::c.name).subquery("names");
    refused_because(&select(person.id).join(&names), "no foreign key joins");
}

// The condition is part of the text, so tables of one name with other keys are other statements.
#[test]
fn a_foreign_key_is_part_of_the_key_of_a_statement() {
    let text = |target: &'static str| {
        let metadata = MetaData::new();
        let key = || Column::new("id", types::Integer).primary_key();
        let one = Table::new("one", &metadata, [key(), Column::new("n", types::Integer)]).unwrap();
        let of = Column::new("one_id", types::Integer).foreign_key(target);
        let many = Table::new("many", &metadata, [key(), of]).unwrap();
        select((one.c("id").unwrap(), many.c("id").unwrap())).join(&many)
    };
    let key = |statement: &dyn ClauseElement| {
        let (mut key, mut literals) = Default::default();
        statement.cache_key(&mut key, &mut literals, statement.params());
        key
    };
    assert_eq!(key(&text("one.id")), key(&text("one.id")));
    assert_ne!(key(&text("one.id")), key(&text("one.n")));
}

#[test]
fn a_condition_names_what_stands_in_its_join() {
    let (person, pet, visit) = (Person::c, Pet::c, Visit::c);
    let on = pet.owner_id.eq(person.id) & visit.pet_id.eq(pet.id);
    refused_because(
        &select((person.id, visit.id)).join_from_on(Person::entity(), Pet::entity(), on),
        "the condition that joins \"pets\" names \"visits\", which does not stand in that join",
    );
}

// conforms: F01
#[test]
fn joins_of_all_kinds() {
    let (person, pet) = (Person::c, Pet::c);
    let both = || select((person.name, nullable(pet.name)));
    let full = select((nullable(person.name), nullable(pet.name))).full_join(Pet::entity());
    let text = "SELECT people.name, pets.name FROM people FULL OUTER JOIN pets \
                ON people.id = pets.owner_id";
    for dialect in [&Sqlite::new() as &dyn SqlDialect, &PostgreSql::new()] {
        assert_eq!(full.compile(dialect).unwrap().sql(), text);
    }
    assert!(refused(&full, &MySql::new()).contains("mysql does not have FULL JOIN"));
    one_text(
        &select((nullable(person.name), pet.name)).right_join(Pet::entity()),
        "SELECT people.name, pets.name FROM people RIGHT OUTER JOIN pets \
         ON people.id = pets.owner_id",
    );
    one_text(
        &both().cross_join(Pet::entity()),
        "SELECT people.name, pets.name FROM people CROSS JOIN pets",
    );
}

// What an outer join may leave out is read as an Option.
#[test]
fn what_an_outer_join_leaves_out_must_be_nullable() {
    let (person, pet) = (Person::c, Pet::c);
    let outer = |name: &str| format!("{name} may be NULL because of an outer join");
    refused_because(
        &select((person.name, pet.name)).outerjoin(Pet::entity()),
        &outer("the column \"name\" of \"pets\""),
    );
    refused_because(&select(Pet::c).right_join(Person::entity()), &outer("\"id\" of \"pets\""));
    refused_because(
        &select((person.name, pet.id)).full_join(Pet::entity()),
        &outer("the column \"name\" of \"people\""),
    );
    // Through a subquery, a set operation and an operator.
    let inner = select((person.name, pet.id + 1)).outerjoin(Pet::entity());
    refused_because(&inner, &outer("the column \"id\" of \"pets\""));
    let (_, id) = inner.subquery("s").columns();
    refused_because(&select(id), &outer("the column \"id\" of \"pets\""));
    let all = select(pet.name).union(select(pet.name).right_join(Person::entity()));
    refused_because(&all, &outer("the column \"name\" of \"pets\""));
    for right in [
        &select((person.name, nullable(pet.name))).outerjoin(Pet::entity()) as &dyn ClauseElement,
        &select((person.name, nullable(Pet::c))).outerjoin(Pet::entity()),
        &select((pet.name, nullable(person.name))).outerjoin(Person::entity()),
        &select((func::count_of(pet.id), func::coalesce(func::max(pet.name), "none")))
            .select_from(Person::entity())
            .outerjoin(Pet::entity()),
        &select((person.name, person.boss_id)).outerjoin(Pet::entity()),
    ] {
        right.compile(&PostgreSql::new()).unwrap();
    }
}

// conforms: F01
#[test]
fn groups() {
    let pet = Pet::c;
    let counts = |what| select((pet.owner_id, what)).group_by(pet.owner_id);
    one_text(
        &counts(func::count()).having(func::count().gt(1)).having(func::max(pet.id).lt(9)),
        "SELECT pets.owner_id, count(*) FROM pets GROUP BY pets.owner_id \
         HAVING count(*) > ? AND max(pets.id) < ?",
    );
    let by = (pet.owner_id, pet.name);
    let of = |dialect: &dyn SqlDialect, statement: &dyn ClauseElement| {
        statement.compile(dialect).map(|compiled| compiled.sql().to_owned())
    };
    let all = select(func::count()).select_from(Pet::entity());
    let sums = all.clone().group_by(rollup(by));
    let start = "SELECT count(*) FROM pets GROUP BY ";
    assert_eq!(
        of(&PostgreSql::new(), &sums).unwrap(),
        format!("{start}ROLLUP(pets.owner_id, pets.name)")
    );
    assert_eq!(
        of(&MySql::new(), &sums).unwrap(),
        format!("{start}pets.owner_id, pets.name WITH ROLLUP")
    );
    assert!(refused(&sums, &Sqlite::new()).contains("sqlite does not have ROLLUP"));
    let beside = all.clone().group_by((pet.id, rollup(pet.name)));
    assert!(refused(&beside, &MySql::new()).contains("ROLLUP beside other terms"));
    let cubes = all.clone().group_by(cube(by));
    assert!(of(&PostgreSql::new(), &cubes).unwrap().contains("CUBE(pets.owner_id, pets.name)"));
    let sets = all.group_by(grouping_sets((by, pet.id, ())));
    assert!(
        of(&PostgreSql::new(), &sets)
            .unwrap()
            .ends_with("GROUPING SETS((pets.owner_id, pets.name), (pets.id), ())")
    );
    assert!(refused(&sets, &MySql::new()).contains("GROUPING SETS"));
}

// A database that is given two values does not know that they are one.
#[test]
fn a_term_with_values_is_the_column_that_is_selected() {
    let e = || Pet::c.owner_id * 10;
    let grouped = select((e().label("m"), func::count())).group_by(e()).order_by(e());
    texts(
        &grouped,
        [
            "SELECT pets.owner_id * ?1 AS m, count(*) FROM pets GROUP BY pets.owner_id * ?1 \
             ORDER BY pets.owner_id * ?1",
            "SELECT pets.owner_id * $1 AS m, count(*) FROM pets GROUP BY pets.owner_id * $1 \
             ORDER BY pets.owner_id * $1",
            "SELECT pets.owner_id * ? AS m, count(*) FROM pets GROUP BY 1 ORDER BY 1",
        ],
    );
    let m = e().label("m");
    let labelled = select((m.clone(), func::count()));
    let by_name = labelled.clone().group_by("m").order_by("m");
    for statement in [labelled.group_by(m.clone()).order_by(m), by_name] {
        texts(
            &statement,
            [
                "SELECT pets.owner_id * ?1 AS m, count(*) FROM pets GROUP BY pets.owner_id * ?1 \
                 ORDER BY m",
                "SELECT pets.owner_id * $1 AS m, count(*) FROM pets GROUP BY pets.owner_id * $1 \
                 ORDER BY m",
                "SELECT pets.owner_id * ? AS m, count(*) FROM pets GROUP BY 1 ORDER BY m",
            ],
        );
    }
    // Another value is another expression, and another statement.
    let other = select((e(), func::count())).group_by(Pet::c.owner_id * 11);
    texts(
        &other,
        [
            "SELECT pets.owner_id * ?1, count(*) FROM pets GROUP BY pets.owner_id * ?2",
            "SELECT pets.owner_id * $1, count(*) FROM pets GROUP BY pets.owner_id * $2",
            "SELECT pets.owner_id * ?, count(*) FROM pets GROUP BY pets.owner_id * ?",
        ],
    );
    let distinct = select(e()).distinct().order_by(e().desc());
    texts(
        &distinct,
        [
            "SELECT DISTINCT pets.owner_id * ?1 FROM pets ORDER BY pets.owner_id * ?1 DESC",
            "SELECT DISTINCT pets.owner_id * $1 FROM pets ORDER BY pets.owner_id * $1 DESC",
            "SELECT DISTINCT pets.owner_id * ? FROM pets ORDER BY 1 DESC",
        ],
    );
}

// conforms: F07
#[test]
fn orders_by_names_and_labels() {
    let pet = Pet::c;
    let n = func::lower(pet.name).label("n");
    one_text(
        &select((pet.id, n.clone())).order_by((n.clone().desc(), aludel::desc("id"))),
        "SELECT pets.id, lower(pets.name) AS n FROM pets ORDER BY n DESC, id DESC",
    );
    // A label that is not selected is what it labels; inside an expression it is that too.
    one_text(&select(pet.id).order_by(n), "SELECT pets.id FROM pets ORDER BY lower(pets.name)");
    refused_because(&select(pet.id).order_by("nosuch"), "no column \"nosuch\" to sort by");
    refused_because(&select(pet.id).group_by("nosuch"), "no column \"nosuch\" to sort or group");
    one_text(
        &select(pet.id).order_by(pet.name).reset_order_by().order_by(text("random()")),
        "SELECT pets.id FROM pets ORDER BY random()",
    );
    refused_because(
        &select(pet.id).order_by(Person::c.id),
        "does not select from; add it by `join`",
    );
}

// conforms: F01
#[test]
fn set_operations() {
    let pet = Pet::c;
    let (ids, owners) = (|| select(pet.id), || select(pet.owner_id));
    // A chain of one operation is one; another stands in parentheses, or where there are none in a
    // subquery.
    let nested = "SELECT pets.id FROM pets UNION SELECT pets.owner_id FROM pets UNION \
                  SELECT pets.id FROM pets";
    let end = "EXCEPT SELECT pets.owner_id FROM pets ORDER BY id";
    texts(
        &ids().union(owners()).union(ids()).except_(owners()).order_by(pet.id),
        [
            &format!("SELECT * FROM ({nested}) AS anon_1 {end}"),
            &format!("({nested}) {end}"),
            &format!("({nested}) {end}"),
        ],
    );
    let first = || ids().order_by(pet.id).limit(1);
    texts(
        &first().union_all(owners()).limit(3),
        [
            "SELECT * FROM (SELECT pets.id FROM pets ORDER BY pets.id LIMIT ?1) AS anon_1 \
             UNION ALL SELECT pets.owner_id FROM pets LIMIT ?2",
            "(SELECT pets.id FROM pets ORDER BY pets.id LIMIT $1) \
             UNION ALL SELECT pets.owner_id FROM pets LIMIT $2",
            "(SELECT pets.id FROM pets ORDER BY pets.id LIMIT ?) \
             UNION ALL SELECT pets.owner_id FROM pets LIMIT ?",
        ],
    );
    let all = ids().intersect_all(owners());
    assert!(refused(&all, &Sqlite::new()).contains("INTERSECT ALL"));
    refused_because(
        &select((pet.id, pet.name)).untyped().union(ids().untyped()),
        "the first has 2, number 2 has 1",
    );
    refused_because(&ids().union(owners()).order_by(pet.name), "sorted by columns of its result");
}

#[test]
fn a_list_with_a_limit() {
    let some = select(Pet::c.owner_id).limit(1);
    let start = "SELECT people.id FROM people WHERE (people.id IN (";
    let inner = |mark: &str| format!("SELECT pets.owner_id FROM pets LIMIT {mark}");
    texts(
        &select(Person::c.id).where_(Person::c.id.in_select(some)),
        [
            &format!("{start}{}))", inner("?1")),
            &format!("{start}{}))", inner("$1")),
            &format!("{start}SELECT * FROM ({}) AS anon_1))", inner("?")),
        ],
    );
}

// conforms: F07
#[test]
fn objects_without_a_name_get_one() {
    let (one, other) = (anon_aliased::<Pet>(), anon_aliased::<Pet>());
    one_text(
        &select((one.c.id, other.c.id)).where_(one.c.id.lt(other.c.id)),
        "SELECT pets_1.id, pets_2.id FROM pets AS pets_1, pets AS pets_2 WHERE pets_1.id < pets_2.id",
    );
    // None that another has.
    let taken = aliased::<Pet>("anon_1");
    let inner = select(taken.c.id).anon_subquery();
    one_text(
        &select(inner.columns()),
        "SELECT anon_2.id FROM (SELECT anon_1.id FROM pets AS anon_1) AS anon_2",
    );
}

// Two aliases of one name are two.
#[test]
fn aliases_are_told_apart() {
    let (a, b) = (aliased::<Pet>("p"), aliased::<Pet>("p"));
    refused_because(&select((a.c.id, b.c.id)), "two FROM objects have the name \"p\"");
    // The inner one selects for itself, and hides the other.
    let inner = select(b.c.id).where_(b.c.owner_id.gt(1));
    one_text(
        &select(a.c.id).where_(exists(inner)),
        "SELECT p.id FROM pets AS p WHERE EXISTS (SELECT p.id FROM pets AS p WHERE p.owner_id > ?)",
    );
    let hiding = select(b.c.id).where_(b.c.owner_id.eq(a.c.owner_id));
    refused_because(
        &select(a.c.id).where_(exists(hiding)),
        "another object has that name and hides",
    );
}

// conforms: F01
#[test]
fn common_table_expressions() {
    let pet = Pet::c;
    let a = select((pet.id, pet.owner_id)).where_(pet.id.gt(1)).cte("a");
    let b = select(a.column(pet.owner_id).unwrap()).cte("b");
    let inner = select(pet.name).where_(pet.owner_id.in_select(select(b.columns())));
    // They stand in front, each behind those that it selects from.
    one_text(
        &select(inner.subquery("s")),
        "WITH a AS (SELECT pets.id, pets.owner_id FROM pets WHERE pets.id > ?), \
         b AS (SELECT a.owner_id FROM a) \
         SELECT s.name FROM (SELECT pets.name FROM pets WHERE (pets.owner_id IN (SELECT b.owner_id \
         FROM b))) AS s",
    );
    let other = select(pet.id).cte("a");
    refused_because(&select((a.columns(), other.columns())), "two common table expressions have");
    // What the recursive part was added to is the same object, also for those who kept it.
    let n = select(literal(1_i64).label("n")).cte("n");
    let all = n.union(select(n.columns() + 1).where_(n.columns().lt(5)));
    one_text(
        &select((n.columns(), all.columns())),
        "WITH RECURSIVE n (n) AS (SELECT ? AS n UNION SELECT n.n + ? FROM n WHERE n.n < ?) \
         SELECT n.n, n.n FROM n",
    );
    let old = MySql::new();
    let materialized = select(a.materialized().column(pet.id).unwrap());
    assert!(refused(&materialized, &old).contains("MATERIALIZED"));
    assert!(materialized.to_string().starts_with("WITH a AS MATERIALIZED (SELECT"));
}

// conforms: F01
#[test]
fn locks() {
    let locked = |lock: RowLock| select(Pet::c.id).with_lock(lock);
    let of = |dialect: &dyn SqlDialect, lock: RowLock| {
        let sql = locked(lock).compile(dialect).map(|compiled| compiled.sql().to_owned());
        sql.map(|sql| sql.replace("SELECT pets.id FROM pets ", ""))
            .map_err(|e| e.message().to_owned())
    };
    let (postgres, mysql, maria) = (PostgreSql::new(), MySql::new(), MySql::mariadb());
    assert_eq!(of(&postgres, RowLock::update()).unwrap(), "FOR UPDATE");
    assert_eq!(of(&postgres, RowLock::key_share().nowait()).unwrap(), "FOR KEY SHARE NOWAIT");
    let skip = || RowLock::share().of(Pet::entity()).skip_locked();
    assert_eq!(of(&postgres, skip()).unwrap(), "FOR SHARE OF pets SKIP LOCKED");
    assert_eq!(of(&mysql, skip()).unwrap(), "FOR SHARE OF pets SKIP LOCKED");
    assert!(of(&maria, skip()).unwrap_err().contains("OF"));
    assert_eq!(of(&maria, RowLock::share()).unwrap(), "LOCK IN SHARE MODE");
    assert!(of(&mysql, RowLock::no_key_update()).unwrap_err().contains("NO KEY UPDATE"));
    assert!(of(&Sqlite::new(), RowLock::update()).unwrap_err().contains("FOR UPDATE"));
    let groups = select(Pet::c.id).distinct().with_for_update();
    assert!(refused(&groups, &postgres).contains("GROUP BY, DISTINCT"));
}

#[test]
fn rows_of_the_program() {
    let v = values(["id", "name"], [(1_i64, "a"), (2, "b")]).subquery("v");
    let (id, name) = v.columns();
    let statement = select(name).where_(id.gt(1));
    texts(
        &statement,
        [
            "SELECT v.name FROM (SELECT column1 AS id, column2 AS name FROM (VALUES (?1, ?2), \
             (?3, ?4))) AS v WHERE v.id > ?5",
            "SELECT v.name FROM (VALUES ($1, $2), ($3, $4)) AS v (id, name) WHERE v.id > $5",
            "SELECT v.name FROM (VALUES ROW(?, ?), ROW(?, ?)) AS v (id, name) WHERE v.id > ?",
        ],
    );
    assert_eq!(
        statement.compile(&MySql::mariadb()).unwrap().sql(),
        "SELECT v.name FROM (SELECT ? AS id, ? AS name UNION ALL SELECT ?, ?) AS v WHERE v.id > ?"
    );
    let none = values(["id"], Vec::<(i64,)>::new()).subquery("v");
    refused_because(&select(none.columns()), "VALUES needs at least one row");
}

// conforms: F01
#[test]
fn functions_and_samples_in_from() {
    let f = func::function("f", [literal(3_i64).into_expression()]);
    let rows = f.clone().with_ordinality("g", ["x", "number"]);
    let postgres = |statement: &dyn ClauseElement| {
        statement.compile(&PostgreSql::new()).unwrap().sql().to_owned()
    };
    assert_eq!(
        postgres(&select((rows.c("x").unwrap(), rows.c("number").unwrap()))),
        "SELECT g.x, g.number FROM f($1) WITH ORDINALITY AS g (x, number)"
    );
    assert_eq!(postgres(&select(f.clone().column_valued("x"))), "SELECT x FROM f($1) AS x");
    // What sees the others stands behind them.
    let of = func::function("f", [(Pet::c.id + 0).into_expression()]).table_valued("g", ["x"]);
    assert_eq!(
        postgres(&select((of.c("x").unwrap(), Pet::c.id))),
        "SELECT g.x, pets.id FROM pets, f(pets.id + $1) AS g (x)"
    );
    assert!(refused(&select(rows.c("x").unwrap()), &MySql::new()).contains("functions in FROM"));
    let some = tablesample(
        Pet::entity(),
        "s",
        func::function("system", [literal(1_i64).into_expression()]),
    );
    assert!(
        refused(&select(some.column(Pet::c.id).unwrap()), &Sqlite::new()).contains("TABLESAMPLE")
    );
}

// conforms: F01
#[test]
fn correlation() {
    let (person, pet) = (Person::c, Pet::c);
    let pets =
        || select(func::count()).select_from(Pet::entity()).where_(pet.owner_id.eq(person.id));
    let outer = |n: aludel::sql::Expr<Option<i64>>| select((person.id, n));
    one_text(
        &outer(pets().scalar_subquery()),
        "SELECT people.id, (SELECT count(*) FROM pets WHERE pets.owner_id = people.id) FROM people",
    );
    one_text(
        &outer(pets().no_correlate().scalar_subquery()),
        "SELECT people.id, (SELECT count(*) FROM pets, people WHERE pets.owner_id = people.id) \
         FROM people",
    );
    let inner = select(person.id).correlate([Person::entity()]).scalar_subquery();
    one_text(
        &select(person.id).where_(person.id.eq(inner)),
        "SELECT people.id FROM people WHERE people.id = (SELECT people.id)",
    );
}

#[test]
fn pages() {
    let pet = Pet::c;
    one_text(&select(pet.id).slice(2, 5), "SELECT pets.id FROM pets LIMIT ? OFFSET ?");
    one_text(&select(pet.id).page(1, 5), "SELECT pets.id FROM pets LIMIT ?");
    refused_because(&select(pet.id).page(0, 5), "pages are counted from 1");
    let message = refused(&select(pet.id).page(0, 5), &MySql::new());
    assert!(message.contains("pages are counted from 1"), "{message}");
    let boss = Person::c.boss_id;
    let by_boss = select(Person::c.id).order_by((boss.asc().nulls_last(), Person::c.id.desc()));
    let postgres = |statement: &dyn ClauseElement| {
        let sql = statement.compile(&PostgreSql::new()).unwrap().sql().to_owned();
        sql.replace("SELECT people.id FROM people WHERE ", "")
    };
    assert_eq!(
        postgres(&by_boss.clone().after((Some(5), 7_i64))),
        "people.boss_id > $1 OR people.boss_id IS NULL OR people.boss_id = $2 AND people.id < $3 \
         ORDER BY people.boss_id NULLS LAST, people.id DESC"
    );
    assert_eq!(
        postgres(&by_boss.after((None::<i64>, 7_i64))),
        "people.boss_id IS NULL AND people.id < $1 \
         ORDER BY people.boss_id NULLS LAST, people.id DESC"
    );
    refused_because(&select(pet.id).after((1,)), "as many values as the statement has terms");
    let anywhere = select(Person::c.id).order_by(boss).after((None::<i64>,));
    refused_because(&anywhere, "does not say where NULL stands");
    let ties = select(pet.id).order_by(pet.name).fetch_with_ties(3).offset(1);
    assert_eq!(
        ties.compile(&PostgreSql::new()).unwrap().sql(),
        "SELECT pets.id FROM pets ORDER BY pets.name OFFSET $1 ROWS FETCH FIRST $2 ROWS WITH TIES"
    );
    assert!(refused(&ties, &Sqlite::new()).contains("WITH TIES"));
}

#[test]
fn text_in_others() {
    let some = text("a = :a OR b = :b").bind("a", 1);
    one_text(
        &select(literal_column::<i64>("c")).select_from(text("t")).where_(some.clone()),
        "SELECT c FROM t WHERE a = ? OR b = ?",
    );
    let both = select(literal_column::<i64>("c")).where_(some.clone()).where_(text("d"));
    one_text(&both, "SELECT c WHERE (a = ? OR b = ?) AND d");
    let x = text("SELECT 1, 2").columns::<(i64, i64)>().subquery("x");
    refused_because(&select(x.columns()), "name the columns by `columns_named`");
    let one = select(Pet::c.id).prefix_with("SQL_NO_CACHE").suffix_with_for("mysql", "-- x");
    texts(
        &one.comment("of */ 7"),
        [
            "/* of * / 7 */ SELECT SQL_NO_CACHE pets.id FROM pets",
            "/* of * / 7 */ SELECT SQL_NO_CACHE pets.id FROM pets",
            "/* of * / 7 */ SELECT SQL_NO_CACHE pets.id FROM pets -- x",
        ],
    );
}
