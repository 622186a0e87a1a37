//! No value of a row or of a parameter is shown by an error: whatever a database writes into its
//! messages, details and contexts, by each driver.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/mod.rs"]
mod support;

use std::error::Error as StdError;

use aludel::{Connection, EngineOptions, Error, ErrorKind, RawSql, text};
use support::{Database, Fresh};

const TEXT: &str = "can'zebra-4111";
const NUMBER: i64 = 41_114_111;

/// A statement that fails because of a value, and what is known of its error without the value.
struct Case {
    sql: &'static str,
    kind: ErrorKind,
    /// What the message must still say.
    says: &'static str,
}

const fn case(sql: &'static str, kind: ErrorKind, says: &'static str) -> Case {
    Case { sql, kind, says }
}

/// In `:t` is the text, in `:n` the number.
const EVERYWHERE: &[Case] = &[
    case("insert into cards (id, name) values (1, :t)", ErrorKind::Integrity, ""),
    case("insert into cards (id, name) values (:n, :t)", ErrorKind::Integrity, "name"),
    case("insert into cards (id, name, n) values (3, 'x', :n)", ErrorKind::Integrity, "grown"),
    case("insert into cards (id, name, n) values (:n, null, 1)", ErrorKind::Integrity, "name"),
    case("insert into parts (card) values (:n)", ErrorKind::Integrity, ""),
];

const POSTGRES: &[Case] = &[
    case("select cast(cast(:t as text) as integer)", ErrorKind::Data, "type integer"),
    case("select cast(cast(:t as text) as numeric)", ErrorKind::Data, "type numeric"),
    case("select cast(cast(:t as text) as boolean)", ErrorKind::Data, "type boolean"),
    case("select cast(cast(:t as text) as date)", ErrorKind::Data, "type date"),
    case("select cast(cast(:t as text) as interval)", ErrorKind::Data, "type interval"),
    case("select cast(cast(:t as text) as uuid)", ErrorKind::Data, "type uuid"),
    case("select cast(cast(:t as text) as json)", ErrorKind::Data, "type json"),
    case("select cast(cast(:t as text) as integer[])", ErrorKind::Data, "array literal"),
    case("select cast(cast(:t as text) as regclass)", ErrorKind::Programming, ""),
    case("select cast(cast(:t as text) as mood)", ErrorKind::Data, "enum"),
    case("select cast(cast(:n as bigint) as smallint)", ErrorKind::Data, "smallint"),
    case("select 'a' ~ ('(' || cast(:t as text))", ErrorKind::Data, "regular expression"),
    case("select decode(cast(:t as text), 'hex')", ErrorKind::Data, "hexadecimal"),
    case("select set_config('work_mem', :t, false)", ErrorKind::Data, "invalid value"),
    case("select set_config('work_mem', cast(:n as text) || 'TB', false)", ErrorKind::Data, ""),
    case("select chr(cast(:n as integer))", ErrorKind::Operational, "character"),
    case("select has_database_privilege(:t, 'connect')", ErrorKind::Operational, "database"),
    case("select pg_read_file(:t)", ErrorKind::Operational, "open file"),
    case("select setval('numbers', cast(:n as bigint))", ErrorKind::Data, "out of bounds"),
    case("select to_date(cast(:t as text), 'YYYY')", ErrorKind::Data, "invalid value"),
    case("insert into cards (id, name) values (4, repeat(:t, 9))", ErrorKind::Data, "varying(40)"),
    case(
        "select query_to_xml('select ' || quote_ident(:t), false, false, '')",
        ErrorKind::Programming,
        "",
    ),
    case("select query_to_xml(cast(:t as text), false, false, '')", ErrorKind::Programming, ""),
    case("select refuse(cast(:t as text), '22023')", ErrorKind::Data, "unredacted"),
    case("select refuse(cast(:t as text), '23505')", ErrorKind::Integrity, "unredacted"),
    case("select refuse(cast(:t as text), 'P0001')", ErrorKind::Internal, "unredacted"),
    case("select refuse(cast(:t as text), 'XY001')", ErrorKind::Internal, "unredacted"),
    case(
        "insert into spans values (int4range(1, cast(:n as integer)))",
        ErrorKind::Integrity,
        "spans",
    ),
];

const MYSQL: &[Case] = &[
    case("insert into cards (id, name, n) values (5, 'x', :t)", ErrorKind::Data, "`n`"),
    case("insert into days values (:t)", ErrorKind::Data, "day"),
    case("insert into days select str_to_date(:t, '%Y')", ErrorKind::Data, "str_to_date"),
    case("update cards set n = :t + 1", ErrorKind::Data, "DOUBLE"),
    case("insert into cards (id, name) values (6, repeat(:t, 9))", ErrorKind::Data, "'name'"),
    case("insert into small values (:n)", ErrorKind::Data, "'n'"),
    case("insert into small select 9223372036854775807 + :n", ErrorKind::Data, "out of range"),
    case("insert into pieces values (:n)", ErrorKind::Operational, "partition"),
    case("select updatexml(1, concat(0x7e, :t), 1)", ErrorKind::Operational, "XPATH"),
    case("set sql_mode = :t", ErrorKind::Programming, "sql_mode"),
    case("call refuse(:t)", ErrorKind::Internal, "unredacted"),
    case("call refuse_as_key(:t)", ErrorKind::Integrity, ""),
    case("call run(concat('select `', :t, '`'))", ErrorKind::Programming, ""),
    case("call run(concat('select * from `', :t, '`'))", ErrorKind::Programming, ""),
    case("call run(:t)", ErrorKind::Programming, "syntax"),
];

const SQLITE: &[Case] = &[
    case("select json_extract('{}', :t)", ErrorKind::Data, "JSON path"),
    case("select json(:t)", ErrorKind::Data, "JSON"),
    case("insert into strict_one values (:t)", ErrorKind::Data, "strict_one.n"),
    case("insert into guarded values (:t)", ErrorKind::Integrity, "unredacted"),
    case("select * from words where words match :t", ErrorKind::Programming, ""),
    case("select * from words where words match substr(:t, 5)", ErrorKind::Programming, ""),
];

fn tables(database: Database) -> (&'static [Case], Vec<&'static str>) {
    let mut made = vec![
        "create table cards (id integer primary key, name varchar(40) not null unique, \
         n integer, constraint grown check (n < 10))",
        "create table parts (card integer, foreign key (card) references cards (id))",
        "insert into cards values (1, 'can''zebra-4111', 1)",
    ];
    let cases = match database.server() {
        Database::Postgres => {
            made.extend([
                "create type mood as enum ('good')",
                "create sequence numbers maxvalue 5",
                "create table spans (s int4range, exclude using gist (s with &&))",
                "insert into spans values ('[1,5)')",
                "create function refuse(said text, code text) returns integer language plpgsql \
                 as $$ begin raise exception using message = said, errcode = code, \
                 detail = said, hint = said; end $$",
            ]);
            POSTGRES
        }
        Database::MySql => {
            made.extend([
                "create table days (day date)",
                "create table small (n tinyint)",
                "create table pieces (n integer) partition by list (n) (partition a values in (1))",
                "create procedure refuse(said text) signal sqlstate '45000' \
                 set message_text = said",
                "create procedure refuse_as_key(said text) signal sqlstate '23000' \
                 set message_text = said, mysql_errno = 1062",
                "create procedure run(said text) execute immediate said",
            ]);
            MYSQL
        }
        _ => {
            made.extend([
                "create table strict_one (n integer) strict",
                "create table guarded (name text)",
                "create trigger guard before insert on guarded \
                 begin select raise(abort, new.name || ' is refused'); end",
                "create virtual table words using fts5(word)",
            ]);
            SQLITE
        }
    };
    (cases, made)
}

/// What a program may print of an error: itself, and its chain of sources.
fn printed(error: &Error) -> String {
    let mut printed = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(cause) = source {
        printed.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    printed
}

/// What is wrong with an error, all of it.
fn faults(error: &Error, Case { sql, kind, says }: &Case) -> Vec<String> {
    let mut faults = Vec::new();
    // The statement as the driver got it; its literals are the program's own.
    let printed = printed(error).replace(error.statement().unwrap_or(sql), "");
    if printed.contains("4111") || printed.contains("zebra") {
        faults.push(format!("a value in {printed}"));
    }
    if error.kind() != *kind {
        faults.push(format!("not of the kind {kind:?}: {error}"));
    }
    let names = [error.constraint(), error.column(), Some(error.message())];
    if !names.iter().flatten().any(|text| text.contains(says)) {
        faults.push(format!("nothing of {says:?} in {error}"));
    }
    if error.unredacted().is_none() || error.sqlstate().is_none() || error.driver_error().is_none()
    {
        faults.push(format!("nothing from the server: {error:?}"));
    }
    faults
}

fn fails(conn: &mut Connection, sql: &'static str) -> Error {
    let mut statement = text(sql);
    if sql.contains(":t") {
        statement = statement.bind("t", TEXT);
    }
    if sql.contains(":n") {
        statement = statement.bind("n", NUMBER);
    }
    let error = conn.execute(statement).map(drop).expect_err(sql);
    conn.rollback().unwrap();
    error
}

// fault: S08
// conforms: D4.07
#[test]
fn values_in_what_databases_say() {
    for database in Database::ON_THREADS {
        let Some(fresh) = Fresh::new(database) else { continue };
        let engine = fresh.engine(EngineOptions::new()).unwrap();
        let mut conn = engine.connect().unwrap();
        let (cases, made) = tables(database);
        for sql in made {
            conn.exec_driver_sql(RawSql::new(sql.to_owned()), ()).expect(sql);
        }
        conn.commit().unwrap();
        let cases = EVERYWHERE.iter().chain(cases);
        let faults: Vec<String> =
            cases.flat_map(|case| faults(&fails(&mut conn, case.sql), case)).collect();
        assert!(faults.is_empty(), "{database:?}:\n{}", faults.join("\n"));
    }
}

// fault: S08
#[test]
fn values_that_do_not_fit_their_rust_type() {
    for database in Database::ON_THREADS {
        let Some(fresh) = Fresh::new(database) else { continue };
        let engine = fresh.engine(EngineOptions::new()).unwrap();
        let mut conn = engine.connect().unwrap();
        let number = text("select 41114111 as n");
        let word = text("select 'canary' as n");
        let errors = [
            conn.scalar::<_, i8>(number.clone()).unwrap_err(),
            conn.scalar::<_, bool>(number.clone()).unwrap_err(),
            conn.scalar::<_, String>(number.clone()).unwrap_err(),
            conn.scalar::<_, i64>(word.clone()).unwrap_err(),
            conn.scalar::<_, f32>(text("select 41114111.5e0 as n")).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Decode, "{database:?}: {error}");
            let shown = printed(&error);
            let shown = shown.replace("select 41114111", "").replace("select 'canary'", "");
            assert!(!shown.contains("4111") && !shown.contains("canary"), "{shown}");
        }
    }
}

/// What is hidden in what is printed is there for who asks.
// conforms: D4.08
#[test]
fn what_is_hidden_can_be_had() {
    for database in Database::ON_THREADS {
        let Some(fresh) = Fresh::new(database) else { continue };
        let engine = fresh.engine(EngineOptions::new()).unwrap();
        let mut conn = engine.connect().unwrap();
        for sql in tables(database).1 {
            conn.exec_driver_sql(RawSql::new(sql.to_owned()), ()).expect(sql);
        }
        conn.commit().unwrap();
        let error = fails(&mut conn, "insert into cards (id, name) values (9, :t)");
        assert!(error.is_unique_violation(), "{error}");
        if database.is_remote() {
            let said = error.unredacted().unwrap();
            assert!(said.contains(TEXT), "{said}");
        }
    }
}
