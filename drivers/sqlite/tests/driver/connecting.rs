//! How a database is opened: what a URL and the options may say, and what a refusal says.

use std::time::{Duration, Instant};

use aludel_core::Url;
use aludel_core::dbapi::{Connection, Driver, TransactionMode};
use aludel_core::error::{Error, ErrorKind, Result};
use aludel_sqlite::{Mode, SqliteDriver, SqliteOptions};

use crate::support::{Folder, Short, connect};

fn from_url(url: &str) -> Result<SqliteDriver> {
    SqliteDriver::from_url(&url.parse::<Url>()?)
}

fn refusal(url: &str) -> Error {
    let error = from_url(url).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "{url}: {error}");
    error
}

fn open(driver: &SqliteDriver) -> Result<Box<dyn Connection>> {
    let mut connection = driver.connect(Instant::now() + Duration::from_secs(5))?;
    connection.run("select count(*) from sqlite_schema")?;
    Ok(connection)
}

#[test]
fn all_connections_of_a_memory_driver_see_one_database_of_its_own() {
    let driver = SqliteDriver::memory().unwrap();
    connect(&driver).run("create table t (a)").unwrap();
    connect(&driver).run("insert into t values (1)").unwrap();
    assert_eq!(connect(&driver).int("select count(*) from t"), 1);
    let other = connect(&SqliteDriver::memory().unwrap()).run("select * from t").unwrap_err();
    assert!(other.is_missing_table(), "{other}");
}

#[test]
fn a_memory_database_lives_as_long_as_its_last_connection() {
    let driver = SqliteDriver::memory().unwrap();
    let mut connection = connect(&driver);
    drop(driver);
    connection.run("create table t (a)").unwrap();
    assert_eq!(connection.int("select count(*) from t"), 0);
}

#[test]
fn urls_say_where_the_database_is() {
    let folder = Folder::new();
    for url in ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite+rusqlite://"] {
        let mut connection = connect(&from_url(url).unwrap());
        let file = connection.query("pragma database_list", &[]).unwrap();
        assert_eq!(file.rows.len(), 1, "{url}");
    }
    let path = folder.path("a b.db");
    let url = format!("sqlite:///{}", path.display()).replace(' ', "%20");
    connect(&from_url(&url).unwrap()).run("create table t (a)").unwrap();
    assert!(path.is_file());
    let mut again = connect(&SqliteDriver::file(&path).unwrap());
    assert_eq!(again.int("select count(*) from t"), 0);
}

#[test]
fn a_path_with_a_slash_too_few_is_not_a_memory_database() {
    for url in ["sqlite://name.db", "sqlite://name.db/x", "sqlite://user:canary@/name.db"] {
        let error = match from_url(url) {
            Ok(driver) => panic!("{url} was taken for {driver:?}"),
            Err(error) => error,
        };
        assert_eq!(error.kind(), ErrorKind::Argument, "{url}: {error}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    let error = refusal("sqlite://name.db");
    assert!(error.message().contains("sqlite:///name.db"), "{error}");
}

// fault: T19
#[test]
fn a_file_that_has_vanished_is_not_replaced_by_an_empty_one() {
    let folder = Folder::new();
    let path = folder.path("t.db");
    let driver = SqliteDriver::file(&path).unwrap();
    let mut connection = connect(&driver);
    connection.run("create table t (a)").unwrap();
    std::fs::remove_file(&path).unwrap();
    let error = connection.run("insert into t values (1)").unwrap_err();
    assert!(error.message().contains("deleted or moved away"), "{error}");
    let error = driver.connect(Instant::now()).unwrap_err();
    assert!(error.message().contains("has vanished"), "{error}");
    assert!(!path.exists());
    // Another engine may begin anew.
    connect(&SqliteDriver::file(&path).unwrap()).run("create table t (a)").unwrap();
}

// fault: S20
#[test]
fn unknown_options_are_refused_with_the_known_ones() {
    let error = refusal("sqlite://?journal=wal");
    assert_eq!(
        error.message(),
        "there is no connection option \"journal\"; there are: begin, busy_timeout, foreign_keys, \
         journal_mode, mode, pool, statement_cache_size"
    );
    for (name, value, allowed) in [
        ("mode", "canary", "one of ro, rw, rwc"),
        ("busy_timeout", "-4111", "a whole number of milliseconds"),
        ("foreign_keys", "canary", "on or off"),
        ("begin", "canary", "one of deferred, immediate, exclusive"),
        ("statement_cache_size", "-4111", "a whole number"),
    ] {
        let error = refusal(&format!("sqlite:///f.db?{name}={value}"));
        let start = format!("the value of the connection option {name:?} is invalid: it must be ");
        assert!(error.message().starts_with(&format!("{start}{allowed}")), "{error}");
        assert!(!error.message().contains(value), "{error}");
    }
    assert!(refusal("sqlite://?cache=shared").message().contains("memdb"));
    assert!(refusal("sqlite://?mode=ro").message().contains("memory database"));
}

#[test]
fn options_reach_the_connection() {
    let query = "busy_timeout=70&foreign_keys=off&begin=immediate&statement_cache_size=7";
    let driver = from_url(&format!("sqlite://?{query}")).unwrap();
    let expected = SqliteOptions::new()
        .busy_timeout(Duration::from_millis(70))
        .foreign_keys(false)
        .begin(TransactionMode::Immediate)
        .statement_cache_size(7);
    let url = format!("sqlite://?{query}").parse().unwrap();
    assert_eq!(SqliteOptions::from_url(&url).unwrap(), expected);
    let mut connection = connect(&driver);
    assert_eq!(connection.int("pragma busy_timeout"), 70);
    assert_eq!(connection.int("pragma foreign_keys"), 0);
    let huge = SqliteOptions::new().statement_cache_size(usize::MAX).busy_timeout(Duration::MAX);
    let driver = SqliteDriver::memory().unwrap().with_options(huge).unwrap();
    assert_eq!(connect(&driver).int("select 1"), 1);
}

#[test]
fn foreign_keys_are_enforced_unless_told_otherwise() {
    let mut connection = connect(&SqliteDriver::memory().unwrap());
    assert_eq!(connection.int("pragma foreign_keys"), 1);
}

#[test]
fn modes_decide_what_may_be_made_and_written() {
    let folder = Folder::new();
    let path = folder.path("t.db");
    let driver = |mode| {
        let options = SqliteOptions::new().mode(mode);
        SqliteDriver::file(&path).unwrap().with_options(options).unwrap()
    };
    for mode in [Mode::ReadOnly, Mode::ReadWrite] {
        let error = open(&driver(mode)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational);
        assert!(error.message().contains("the file does not exist"), "{error}");
        assert!(!path.exists(), "{mode:?} made the file");
    }
    open(&driver(Mode::Create)).unwrap().run("create table t (a)").unwrap();
    open(&driver(Mode::ReadWrite)).unwrap().run("insert into t values (1)").unwrap();
    let mut reader = open(&driver(Mode::ReadOnly)).unwrap();
    assert_eq!(reader.int("select count(*) from t"), 1);
    let error = reader.run("insert into t values (2)").unwrap_err();
    assert!(error.message().contains("mode=ro"), "{error}");
}

#[test]
fn what_cannot_be_opened_is_explained() {
    let folder = Folder::new();
    let missing = SqliteDriver::file(folder.path("no/such/t.db")).unwrap();
    for (driver, reason) in [
        (missing, "does not exist; make it first"),
        (SqliteDriver::file(folder.as_path()).unwrap(), "it is a directory"),
    ] {
        let error = open(&driver).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational);
        assert!(error.message().contains(reason), "{error}");
    }
    std::fs::write(folder.path("text"), "this is no database, but long enough ".repeat(40))
        .unwrap();
    let error = open(&SqliteDriver::file(folder.path("text")).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Operational);
    assert!(error.message().contains("something else than a SQLite database"), "{error}");
}

// fault: S17, D18
#[test]
fn a_path_is_a_path() {
    let folder = Folder::new();
    let name = folder.path("t.db?mode=memory&cache=shared#x");
    connect(&SqliteDriver::file(&name).unwrap()).run("create table t (a)").unwrap();
    assert!(name.is_file());
    for name in ["", ":memory:", "a\0b"] {
        assert_eq!(SqliteDriver::file(name).unwrap_err().kind(), ErrorKind::Argument, "{name:?}");
    }
    let uri = SqliteDriver::file("file:aludel-no-such-folder/t.db?mode=memory").unwrap();
    let error = open(&uri).unwrap_err();
    assert!(error.message().contains("does not exist"), "read as a URI: {error}");
}

// fault: S17
#[test]
fn extensions_cannot_be_loaded_by_sql() {
    let mut connection = connect(&SqliteDriver::memory().unwrap());
    let error = connection.run("select load_extension('x')").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Programming, "{error}");
}
