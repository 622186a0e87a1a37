//! The log of a program says what it did, in the order of time.

use aludel::{Auto, Mapped, MetaData, Result, insert, select};

use crate::cases::{Case, Run};
use crate::item::Item;
use crate::record::Db;
use crate::runner::{self, Mode};
use crate::trace::Trace;

#[derive(Debug, Mapped)]
#[aludel(table = "users")]
struct Person {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(length = 50, unique)]
    name: String,
}

fn program(t: &Trace) -> Result<()> {
    t.setup(&MetaData::new().with::<Person>(), &["users (id, name) VALUES (7, 'a')"]);
    let mut conn = t.engine.connect()?;
    t.step("insert");
    let names = ["b", "c"].map(|name| aludel::params! { name: name });
    conn.execute_many(insert::<Person>(), names)?;
    t.rows("SELECT id, name FROM users ORDER BY id");
    let mut savepoint = conn.begin_nested()?;
    let person = || Person { id: Auto::default(), name: "b".to_owned() };
    t.raises("twice", savepoint.execute(insert::<Person>().values(person())).map(drop));
    savepoint.rollback()?;
    conn.commit()?;
    t.behind("UPDATE users SET name = 'x' WHERE id = 7");
    tracing::warn!(target: "aludel::orm", code = "some-code", "a warning");
    tracing::warn!(target: "aludel::orm", "another, without a code");
    t.event("read");
    let names: Vec<String> = conn.scalars(select(Person::c.name).order_by(Person::c.id.asc()))?;
    t.show("names", names);
    conn.rollback()
}

const PROGRAM: Case = Case { id: "", run: Run::Sync(program), has_foreign_keys: true };

/// What the program does, in words; of statements their verb.
fn words(items: &[Item]) -> Vec<String> {
    let word = |item: &Item| match item {
        Item::Transaction(word) => word.clone(),
        Item::Statement(statement) => {
            let verb = statement.sql.split(' ').next().unwrap_or_default();
            format!("{verb} x {}", statement.sets.len())
        }
        seen => seen.observation().unwrap(),
    };
    items.iter().map(word).collect()
}

fn is_logged(db: Db) {
    for mode in [Mode::Blocking, Mode::Local] {
        let Some(trace) = runner::run(&PROGRAM, db, mode) else { return };
        let expected = [
            "step insert",
            "BEGIN",
            "INSERT x 1",
            "show database: SELECT id, name FROM users ORDER BY id: [[7,\"a\"]]",
            "SAVEPOINT x 1",
            "INSERT x 1",
            "raises Integrity at twice",
            "ROLLBACK x 1",
            "COMMIT",
            "warning some-code",
            "event read",
            "BEGIN",
            "SELECT x 1",
            "show names: [\"x\",\"b\",\"c\"]",
            "ROLLBACK",
        ];
        assert_eq!(words(&trace.unwrap()), expected, "{db:?}, {mode:?}");
    }
}

#[test]
fn on_sqlite() {
    is_logged(Db::Sqlite);
}

#[test]
fn on_postgresql() {
    is_logged(Db::PostgreSql);
}

#[test]
fn on_mariadb() {
    is_logged(Db::MariaDb);
}

/// A program that fails or panics is told with the last thing that it saw.
#[test]
fn endings() {
    fn fails(t: &Trace) -> Result<()> {
        t.step("nonsense");
        t.engine.connect()?.execute(aludel::text("selec")).map(drop)
    }
    fn panics(t: &Trace) -> Result<()> {
        t.step("before");
        panic!("it fell over")
    }
    for mode in [Mode::Blocking, Mode::Local] {
        let run = |program| {
            let case = Case { run: Run::Sync(program), ..PROGRAM };
            runner::run(&case, Db::Sqlite, mode).unwrap().unwrap_err()
        };
        let why = run(fails);
        assert!(why.starts_with("ended with Programming: "), "{why}");
        assert!(why.ends_with("behind `step nonsense`"), "{why}");
        assert_eq!(run(panics), "ended with a panic: it fell over, behind `step before`");
    }
}
