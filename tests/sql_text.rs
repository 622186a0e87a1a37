//! The SQL of each statement in each dialect, without a server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "sql_text/decimals.rs"]
mod decimals;
#[path = "sql_text/dml.rs"]
mod dml;
#[path = "sql_text/expressions.rs"]
mod expressions;
#[path = "suite/feature_examples.rs"]
#[allow(dead_code, reason = "nothing is executed here")]
mod feature_examples;
#[path = "sql_text/features.rs"]
mod features;
#[path = "sql_text/names.rs"]
mod names;
#[path = "sql_text/queries.rs"]
mod queries;
#[path = "sql_text/values.rs"]
mod values;

use std::time::Duration;

use aludel::dialect::mysql::MySql;
use aludel::dialect::postgresql::PostgreSql;
use aludel::dialect::sqlite::Sqlite;
use aludel::sql::schema::{CreateTable, DropTable};
use aludel::sql::{ClauseElement, Condition, Expr, SqlDialect};
use aludel::{
    Auto, Column, ErrorKind, Mapped, MetaData, Params, RawSql, Table, Value, aliased, and_,
    bindparam, exists, func, insert, literal, not_, nullable, or_, select, text, types,
};

#[derive(Debug, Mapped)]
#[aludel(table = "users")]
struct User {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: String,
    age: Option<i32>,
    active: bool,
}

#[derive(Debug, Mapped)]
#[aludel(table = "addresses", schema = "mail")]
struct Address {
    #[aludel(primary_key)]
    id: Auto<i64>,
    user_id: i64,
    street: Option<String>,
}

/// The text in SQLite, PostgreSQL and MySQL.
#[track_caller]
fn texts(statement: &dyn ClauseElement, texts: [&str; 3]) {
    let dialects: [&dyn SqlDialect; 3] = [&Sqlite::new(), &PostgreSql::new(), &MySql::new()];
    for (dialect, text) in dialects.into_iter().zip(texts) {
        assert_eq!(statement.compile(dialect).unwrap().sql(), text);
    }
}

/// The same text in all of them, apart from placeholders, written `?`.
#[track_caller]
fn one_text(statement: &dyn ClauseElement, text: &str) {
    let numbered = |mark: char| {
        let mut number = 0;
        let parts = text.split_inclusive('?').map(|part| match part.strip_suffix('?') {
            Some(before) => {
                number += 1;
                format!("{before}{mark}{number}")
            }
            None => part.to_owned(),
        });
        parts.collect::<String>()
    };
    texts(statement, [&numbered('?'), &numbered('$'), text]);
}

// conforms: F07
#[test]
fn selections() {
    let c = User::c;
    one_text(&select(c.id), "SELECT users.id FROM users");
    let whole = "SELECT users.id, users.name, users.age, users.active FROM users";
    one_text(&select(c), whole);
    one_text(&select(User::entity()), whole);
    one_text(
        &select((c.name, (c.age, c.age.ge(18)), func::upper(c.name).label("up"))),
        "SELECT users.name, users.age, users.age >= ?, upper(users.name) AS up FROM users",
    );
    one_text(&select(literal(1_i64)), "SELECT ?");
    let everything = select(func::count()).select_from(User::entity());
    one_text(&everything, "SELECT count(*) FROM users");
}

#[test]
fn conditions() {
    let c = User::c;
    let where_ = |condition: Expr<Option<bool>>| select(c.id).where_(condition);
    let cases: Vec<(Expr<Option<bool>>, &str)> = vec![
        (c.age.eq(1), "users.age = ?"),
        (c.age.ne(c.id), "users.age != users.id"),
        (c.age.between(1, c.age + 2), "users.age BETWEEN ? AND users.age + ?"),
        (c.name.like("a%").nullable(), "users.name LIKE ?"),
        (c.name.not_like("a%").nullable(), "users.name NOT LIKE ?"),
        (c.age.is_null().into(), "users.age IS NULL"),
        (not_(c.active).into(), "NOT (users.active)"),
        (!c.age.lt(5), "NOT (users.age < ?)"),
        (c.age.lt(5) & c.active | c.id.gt(2), "users.age < ? AND users.active OR users.id > ?"),
        (
            and_((or_((c.age.lt(5), c.active)), c.id.gt(2))),
            "(users.age < ? OR users.active) AND users.id > ?",
        ),
        (and_(()).nullable(), "1 = 1"),
        (or_(()).nullable(), "1 != 1"),
        ((c.age * 2 + 1).gt(-c.age), "users.age * ? + ? > -users.age"),
        (func::coalesce(c.age, 0).eq(0).nullable(), "coalesce(users.age, ?) = ?"),
    ];
    for (condition, text) in cases {
        one_text(&where_(condition), &format!("SELECT users.id FROM users WHERE {text}"));
    }
    // Several calls are one AND.
    one_text(
        &select(c.id).where_(c.active).where_(c.age.eq(1) | c.age.eq(2)),
        "SELECT users.id FROM users WHERE users.active AND (users.age = ? OR users.age = ?)",
    );
}

// A truth value that the database makes is a condition as any other.
#[test]
fn generated_truth_values_are_conditions() {
    #[derive(Debug, Mapped)]
    #[aludel(table = "flags")]
    struct Flag {
        #[aludel(primary_key)]
        id: Auto<i64>,
        #[aludel(server_default = "true")]
        raised: Auto<bool>,
        #[aludel(server_default = "null")]
        known: Option<Auto<bool>>,
    }
    one_text(
        &select(Flag::c.id).where_(Flag::c.raised).where_(not_(Flag::c.known)),
        "SELECT flags.id FROM flags WHERE flags.raised AND NOT (flags.known)",
    );
}

#[test]
fn lists() {
    let c = User::c;
    let of = |ages: &[i32]| select(c.id).where_(c.age.in_(ages.to_vec()));
    one_text(&of(&[1, 2]), "SELECT users.id FROM users WHERE (users.age IN (?, ?))");
    one_text(&of(&[]), "SELECT users.id FROM users WHERE (users.age IN (NULL) AND 1 != 1)");
    one_text(
        &select(c.id).where_((c.age + 1).not_in([3])),
        "SELECT users.id FROM users WHERE (users.age + ? NOT IN (?))",
    );
    let inner = select(Address::c.user_id).where_(Address::c.id.gt(5));
    one_text(
        &select(c.name).where_(c.id.in_select(inner)).limit(2),
        "SELECT users.name FROM users WHERE (users.id IN (SELECT mail.addresses.user_id \
         FROM mail.addresses WHERE mail.addresses.id > ?)) LIMIT ?",
    );
}

#[test]
fn from_objects() {
    let (u, a) = (User::c, Address::c);
    let on = || a.user_id.eq(u.id);
    one_text(
        &select((u.name, a.street)).where_(on()),
        "SELECT users.name, mail.addresses.street FROM users, mail.addresses \
         WHERE mail.addresses.user_id = users.id",
    );
    one_text(
        &select((u.name, a.street)).join_on(Address::entity(), on()),
        "SELECT users.name, mail.addresses.street FROM users \
         JOIN mail.addresses ON mail.addresses.user_id = users.id",
    );
    let boss = aliased::<User>("boss");
    one_text(
        &select((u.name, nullable(boss)))
            .join_on(Address::entity(), on().and(a.id.gt(1)))
            .outerjoin_on(boss, boss.c.id.eq(u.age))
            .where_(boss.c.active),
        "SELECT users.name, boss.id, boss.name, boss.age, boss.active FROM users \
         JOIN mail.addresses ON mail.addresses.user_id = users.id AND mail.addresses.id > ? \
         LEFT OUTER JOIN users AS boss ON boss.id = users.age WHERE boss.active",
    );
    // The right side can be a join itself.
    let right = aludel::sql::FromClause::from(Address::entity()).join_on(boss, boss.c.id.eq(a.id));
    one_text(
        &select(u.id).join_on(right, on()),
        "SELECT users.id FROM users JOIN (mail.addresses JOIN users AS boss \
         ON boss.id = mail.addresses.id) ON mail.addresses.user_id = users.id",
    );
    let x = select((a.user_id, func::count().label("n")))
        .where_(a.id.gt(1))
        .group_by(a.user_id)
        .subquery("x");
    one_text(
        &select((u.name, x.column(a.user_id).unwrap()))
            .join_on(&x, x.column(a.user_id).unwrap().eq(u.id))
            .where_(x.c("n").unwrap().gt(2)),
        "SELECT users.name, x.user_id FROM users JOIN (SELECT mail.addresses.user_id, \
         count(*) AS n FROM mail.addresses WHERE mail.addresses.id > ? \
         GROUP BY mail.addresses.user_id) AS x ON x.user_id = users.id WHERE x.n > ?",
    );
}

#[test]
fn statements_inside_expressions() {
    let (u, a) = (User::c, Address::c);
    // What the statement around it selects from is not selected from again.
    one_text(
        &select(u.id).where_(select(a.id).where_(a.user_id.eq(u.id)).exists()),
        "SELECT users.id FROM users WHERE EXISTS (SELECT mail.addresses.id FROM mail.addresses \
         WHERE mail.addresses.user_id = users.id)",
    );
    let street = select(a.street).where_(a.user_id.eq(u.id)).limit(1).scalar_subquery();
    one_text(
        &select((u.id, street.label("street"))),
        "SELECT users.id, (SELECT mail.addresses.street FROM mail.addresses \
         WHERE mail.addresses.user_id = users.id LIMIT ?) AS street FROM users",
    );
    // A statement that selects from nothing else selects from it.
    one_text(
        &select(u.id).where_(u.age.eq(select(func::max(u.age)).scalar_subquery())),
        "SELECT users.id FROM users WHERE users.age = (SELECT max(users.age) FROM users)",
    );
    // Values of its own binds go with it.
    let named = Params::new().with("least", 5);
    let inner = select(a.user_id).where_(a.id.gt(bindparam("least"))).params(named);
    let compiled = select(u.id).where_(u.id.in_select(inner)).compile(&PostgreSql::new()).unwrap();
    assert_eq!(compiled.params()[0].value(), Some(&Value::Int(5)));
}

#[test]
fn orders() {
    let c = User::c;
    one_text(
        &select(c.id).order_by((c.name, c.age.desc(), c.age + 1)),
        "SELECT users.id FROM users ORDER BY users.name, users.age DESC, users.age + ?",
    );
    let total = || (c.age + 1).label("total");
    one_text(
        &select(total()).order_by(total()),
        "SELECT users.age + ? AS total FROM users ORDER BY total",
    );
    texts(
        &select(c.id).order_by(((c.age + 7).desc().nulls_last(), c.age.asc().nulls_first())),
        [
            "SELECT users.id FROM users ORDER BY users.age + ?1 DESC NULLS LAST, \
             users.age NULLS FIRST",
            "SELECT users.id FROM users ORDER BY users.age + $1 DESC NULLS LAST, \
             users.age NULLS FIRST",
            "SELECT users.id FROM users ORDER BY (users.age + ?) IS NULL, users.age + ? DESC, \
             (users.age) IS NULL DESC, users.age",
        ],
    );
}

#[test]
fn limits() {
    let all = || select(User::c.id);
    one_text(&all().limit(5).offset(10_u64), "SELECT users.id FROM users LIMIT ? OFFSET ?");
    texts(
        &all().offset(usize::MAX),
        [
            "SELECT users.id FROM users LIMIT -1 OFFSET ?1",
            "SELECT users.id FROM users OFFSET $1",
            "SELECT users.id FROM users LIMIT 4611686018427387903 OFFSET ?",
        ],
    );
    let computed = all().limit(literal(2) + 3);
    assert_eq!(
        computed.compile(&PostgreSql::new()).unwrap().sql(),
        "SELECT users.id FROM users LIMIT $1 + $2"
    );
    let error = computed.compile(&MySql::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Compile);
    assert!(error.message().starts_with("mysql does not have expressions in LIMIT"), "{error}");
    let error = all().limit(-1).compile(&Sqlite::new()).unwrap_err();
    assert!(error.message().contains("negative"), "{error}");
}

#[test]
fn concatenation() {
    texts(
        &select(User::c.name.concat("!").concat("?")),
        [
            "SELECT users.name || ?1 || ?2 FROM users",
            "SELECT users.name || $1 || $2 FROM users",
            "SELECT concat(concat(users.name, ?), ?) FROM users",
        ],
    );
}

#[test]
fn inserts() {
    let c = User::c;
    one_text(
        &insert::<User>().values((
            c.name.set("a"),
            c.age.set(None),
            c.active.set(literal(2).gt(1)),
        )),
        "INSERT INTO users (name, age, active) VALUES (?, ?, ? > ?)",
    );
    one_text(
        &insert::<Address>().params(aludel::params! { user_id: 1, street: "x" }),
        "INSERT INTO mail.addresses (user_id, street) VALUES (?, ?)",
    );
    texts(
        &insert::<User>(),
        [
            "INSERT INTO users DEFAULT VALUES",
            "INSERT INTO users DEFAULT VALUES",
            "INSERT INTO users () VALUES ()",
        ],
    );
}

#[test]
fn inserts_that_give_their_row() {
    let c = User::c;
    let statement =
        insert::<User>().values(c.name.set("a")).returning((c.id, (c.age * 2).label("n")));
    let text = "INSERT INTO users (name) VALUES (?) RETURNING users.id, users.age * ? AS n";
    let numbered = |mark: &str| {
        text.replacen('?', &format!("{mark}1"), 1).replacen("* ?", &format!("* {mark}2"), 1)
    };
    assert_eq!(statement.compile(&PostgreSql::new()).unwrap().sql(), numbered("$"));
    let compiled = statement.compile(&MySql::mariadb()).unwrap();
    assert_eq!(compiled.sql(), text);
    let values: Vec<_> = compiled.params().iter().map(|param| param.value().cloned()).collect();
    assert_eq!(values, [Some("a".into()), Some(2.into())]);
    let error = statement.compile(&MySql::new()).unwrap_err();
    assert!(error.message().starts_with("mysql does not have INSERT … RETURNING"), "{error}");
}

// conforms: F08
#[test]
fn names_are_quoted() {
    let metadata = MetaData::new();
    let table = Table::new("Odd Name", &metadata, [Column::new("order", types::Integer)]).unwrap();
    let of = |statement: &dyn ClauseElement, doubled: &str| {
        texts(statement, [doubled, doubled, &doubled.replace('"', "`")]);
    };
    of(&table.select(), r#"SELECT "Odd Name"."order" FROM "Odd Name""#);
    let alias = table.alias("T");
    of(&select([alias.c("order").unwrap()]), r#"SELECT "T"."order" FROM "Odd Name" AS "T""#);
    of(&DropTable::new(&table), r#"DROP TABLE "Odd Name""#);
    let created = CreateTable::new(&table).compile(&MySql::new()).unwrap();
    assert!(created.sql().starts_with("CREATE TABLE `Odd Name` (\n\t`order` INTEGER"));
}

// conforms: F09
#[test]
fn texts_of_the_program() {
    texts(
        &text("select :a, ':a', :b, :a").params(aludel::params! { a: 1, b: 2 }),
        ["select ?1, ':a', ?2, ?1", "select $1, ':a', $2, $1", "select ?, ':a', ?, ?"],
    );
}

#[test]
fn what_cannot_be_compiled_says_why() {
    let (u, a) = (User::c, Address::c);
    let (x, y) = (aliased::<User>("x"), aliased::<User>("y"));
    let unclear = select((x.c.id, y.c.id)).join_on(Address::entity(), x.c.id.eq(y.c.id));
    let twice = select((u.id, aliased::<Address>("users").c.id));
    let nothing = select(Vec::<aludel::sql::AnyColumn>::new());
    for (statement, message) in [
        (&unclear as &dyn ClauseElement, "name the left side by `join_from` or `select_from`"),
        (&twice, "two FROM objects have the name \"users\""),
        (&nothing, "the selection is empty"),
    ] {
        let error = statement.compile(&Sqlite::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Compile);
        assert!(error.message().contains(message), "{error}");
    }
    let clear =
        select((x.c.id, y.c.id)).select_from(x).join_on(Address::entity(), a.user_id.eq(x.c.id));
    clear.compile(&Sqlite::new()).unwrap();
    let missing = select(u.id).subquery("s").c("name").unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NoSuchColumn);
    assert!(missing.message().contains("it has: id"), "{missing}");
}

#[test]
fn parameters_have_the_types_of_their_columns() {
    let metadata = MetaData::new();
    let columns = [Column::new("id", types::Uuid), Column::new("n", types::Numeric(10, 2))];
    let table = Table::new("t", &metadata, columns).unwrap();
    let (id, n) = (|| table.c("id").unwrap(), || table.c("n").unwrap());
    let types_of = |statement: &dyn ClauseElement| {
        let compiled = statement.compile(&PostgreSql::new()).unwrap();
        let types = compiled.params().iter().map(|param| param.column_type().cloned());
        types.collect::<Vec<_>>()
    };
    let statement = table
        .select()
        .where_(id().eq("5"))
        .where_(id().in_(["6", "7"]))
        .where_(n().between(bindparam("low"), Value::Null))
        .where_((n() + 1).eq(2));
    let (uuid, numeric) = (Some(types::Uuid), Some(types::Numeric(10, 2)));
    let wanted = [&uuid, &uuid, &uuid, &numeric, &numeric, &numeric, &None].map(Clone::clone);
    assert_eq!(types_of(&statement), wanted);
    let inserted = table.insert().values(id().set("8")).params(aludel::params! { n: "1.50" });
    assert_eq!(types_of(&inserted), [uuid, numeric]);
    // A bind beside columns of different types is left to the database.
    let both = || bindparam("both");
    let mixed = table.select().where_(id().eq(both())).where_(n().eq(both()));
    assert_eq!(types_of(&mixed), [None]);
}

/// Any condition over users, and a name for its type.
fn any_condition(adults: bool) -> impl Condition {
    if adults { User::c.age.ge(18) } else { User::c.active.eq(true).into() }
}

#[test]
fn conditions_can_be_returned_and_collected() {
    let mut all: Vec<Expr<Option<bool>>> = vec![User::c.id.gt(0).into(), User::c.age.lt(9)];
    all.push(not_(User::c.active).into());
    one_text(
        &select(User::c.id).where_(and_(all)).where_(any_condition(true)),
        "SELECT users.id FROM users WHERE users.id > ? AND users.age < ? AND NOT (users.active) \
         AND users.age >= ?",
    );
}

// fault: B21
#[test]
fn long_lists_of_terms_are_flat() {
    let terms = || (0..10_000).map(|n| User::c.id.eq(n));
    let (all, any) = (and_(terms().collect::<Vec<_>>()), or_(terms().collect::<Vec<_>>()));
    let chained = terms().reduce(|chain, term| chain | term).unwrap();
    let list = User::c.id.in_(0..10_000_i64);
    let worker = std::thread::Builder::new().stack_size(256 * 1024);
    let compiled = worker.spawn(move || {
        for condition in [all, any, chained, list] {
            let compiled =
                select(User::c.id).where_(condition).compile(&PostgreSql::new()).unwrap();
            assert_eq!(compiled.params().len(), 10_000);
        }
    });
    compiled.unwrap().join().unwrap();
}

fn named(count: usize) -> impl ClauseElement {
    let sql: Vec<String> = (0..count).map(|n| format!(":p{n}")).collect();
    let names = (0..count).map(|n| (format!("p{n}").into(), Value::Int(1)));
    text(RawSql::new(format!("select {}", sql.join(", ")))).params(names.collect())
}

fn positional(count: usize) -> impl ClauseElement {
    select(User::c.id).where_(or_((0..count).map(|_| User::c.age.eq(1)).collect::<Vec<_>>()))
}

/// How long this thread has been on a processor: time in which others ran does not count.
fn processor_time() -> Duration {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(times.split(' ').next().unwrap().parse().unwrap())
}

/// The shortest time of each, of many rounds in which they take turns: what else the machine does can
/// only add to a time, and adds to all of them.
fn fastest<const N: usize>(statements: [&dyn ClauseElement; N]) -> [Duration; N] {
    let mut fastest = [Duration::MAX; N];
    for _ in 0..9 {
        for (statement, fastest) in statements.iter().zip(&mut fastest) {
            let begin = processor_time();
            assert!(statement.compile(&PostgreSql::new()).unwrap().params().len() >= 8_000);
            *fastest = (*fastest).min(processor_time() - begin);
        }
    }
    fastest
}

// In one run, so that only the algorithm counts. Looking each name up among all others takes many
// times as long as taking values by their places, and sixteen times as long for four times as many;
// what is linear takes four times as long, and a little more where memory is slower.
#[test]
fn many_named_binds_take_linear_time() {
    let by_name = named(8_000);
    let more = named(32_000);
    let [by_name, by_position, more] = fastest([&by_name, &positional(8_000), &more]);
    assert!(by_name <= 2 * by_position, "{by_name:?} against {by_position:?}");
    assert!(more <= 8 * by_name, "{more:?} against {by_name:?}");
}

/// A condition as deep as is accepted.
fn deepest() -> Expr<bool> {
    (0..1000).fold(User::c.id.gt(0), |inner, n| match n % 3 {
        0 => inner.and(User::c.id.ne(n)),
        1 => inner.or(User::c.id.eq(n)),
        _ => not_(inner),
    })
}

// fault: B21
#[test]
fn the_deepest_statements_fit_the_stack_that_is_stated() {
    let worker = std::thread::Builder::new().stack_size(aludel::sql::MIN_STACK);
    let compiled = worker.spawn(|| {
        let deep = deepest();
        let statement = select(User::c.id).where_(deep.clone()).where_(deep);
        let compiled = statement.compile(&PostgreSql::new()).unwrap();
        assert!(compiled.sql().len() > 30_000 && statement.to_string().len() > 20_000);
        let mut nested = select(User::c.id).where_(User::c.id.gt(0));
        let mut from = select(User::c.id).subquery("x");
        for _ in 0..80 {
            nested = select(User::c.id).where_(User::c.id.in_select(nested));
            from = select(from.column(User::c.id).unwrap()).subquery("x");
        }
        assert_eq!(nested.compile(&PostgreSql::new()).unwrap().params().len(), 1);
        let from = select(from.column(User::c.id).unwrap()).compile(&PostgreSql::new()).unwrap();
        assert_eq!(from.sql().matches("SELECT").count(), 82);
    });
    compiled.unwrap().join().unwrap();
    let too_deep = not_(deepest());
    let error = select(too_deep).compile(&PostgreSql::new()).unwrap_err();
    assert!(error.message().contains("1000 levels"), "{error}");
}

#[test]
fn the_deepest_queries_fit_the_stack_that_is_stated() {
    let worker = std::thread::Builder::new().stack_size(aludel::sql::MIN_STACK);
    let compiled = worker.spawn(|| {
        let one = || select(User::c.id);
        let mut nested = one().union(one());
        let mut cte = one().cte("x");
        for level in 0..45 {
            nested = if level % 2 == 0 { nested.except_(one()) } else { one().intersect(nested) };
            cte = select(cte.columns()).where_(exists(one().no_correlate())).anon_cte();
        }
        for dialect in [&Sqlite::new() as &dyn SqlDialect, &PostgreSql::new()] {
            let compiled = nested.compile(dialect).unwrap();
            assert!(compiled.sql().matches("SELECT").count() > 45);
            assert!(select(cte.columns()).compile(dialect).unwrap().sql().contains("anon_44"));
        }
        for _ in 0..60 {
            nested = nested.except_(one()).union(one());
        }
        assert!(nested.compile(&PostgreSql::new()).unwrap_err().message().contains("1000 levels"));
        // A chain of one operation is no level.
        let chain = (0..2000).fold(one().union_all(one()), |chain, _| chain.union_all(one()));
        assert!(chain.compile(&PostgreSql::new()).unwrap().sql().len() > 50_000);
    });
    compiled.unwrap().join().unwrap();
}
