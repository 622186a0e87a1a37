//! Statements: rows, counts, errors, and what is kept prepared.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod support;

use aludel_core::dbapi::{Connection, ExecutionOptions, NoRows, StatementKind, TransactionOptions};
use aludel_core::error::{Error, ErrorKind};
use aludel_core::value::{Decimal, Value};
use aludel_testing::blocking::{cells, execute, give_back, int, query, scalar};
use aludel_testing::{Cell, Rows, raw, statement, unique};
use support::rogue::Rogue;
use support::{Db, Kind, Table, assert_right_answers, reset};

both! {
    rows_and_counts
    texts_with_colons_reach_the_server_unchanged
    one_message_carries_one_statement
    what_cannot_be_prepared_is_sent_as_text
    a_procedure_leaves_nothing_behind
    the_statement_cache_is_bounded
    a_result_that_changes_its_shape_is_seen
    forgotten_statements_are_prepared_anew
    too_few_and_too_many_parameters
    found_rows_are_counted
    keys_of_new_rows
    what_constraints_say
    what_the_server_does_not_understand
    names_of_columns
    a_sink_that_fails_ends_its_statement_and_nothing_else
}

fn rows_and_counts(db: &Db) {
    let mut connection = db.connect();
    let connection = &mut *connection;
    let mut rows = Rows::default();
    let select = statement("select ? a, 'x' b union all select 2, null", StatementKind::Select);
    let done = connection
        .execute(&select, &[Value::Int(1)], &ExecutionOptions::DEFAULT, &mut rows)
        .unwrap();
    assert_eq!((done.rowcount, done.lastrowid), (2, None));
    assert_eq!(rows.columns.as_ref().unwrap().names().collect::<Vec<_>>(), ["a", "b"]);
    let expected = [vec![Value::Int(1), Value::from("x")], vec![Value::Int(2), Value::Null]];
    assert_eq!(rows.values(), expected);

    execute(connection, "create temporary table n (a int)").unwrap();
    let mut none = Rows::default();
    let insert = statement("insert into n values (?), (?)", StatementKind::Dml);
    let done = connection
        .execute(&insert, &[Value::Int(1), Value::Int(2)], &ExecutionOptions::DEFAULT, &mut none)
        .unwrap();
    assert_eq!(done.rowcount, 2);
    assert!(none.columns.is_none());
    let mut empty = Rows::default();
    connection
        .execute(&raw("select a from n where a > 9"), &[], &ExecutionOptions::DEFAULT, &mut empty)
        .unwrap();
    assert_eq!(empty.columns.unwrap().len(), 1);
    let define = statement("create temporary table o (a int)", StatementKind::Ddl);
    assert_eq!(
        connection.execute(&define, &[], &ExecutionOptions::DEFAULT, &mut NoRows).unwrap().rowcount,
        0
    );
    let delete = statement("delete from n where a < ?", StatementKind::Dml);
    assert_eq!(
        connection
            .execute(&delete, &[Value::Int(9)], &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap()
            .rowcount,
        2
    );
}

fn texts_with_colons_reach_the_server_unchanged(db: &Db) {
    let mut connection = db.connect();
    let connection = &mut *connection;
    for (sql, params, expected) in [
        ("select 'a:b', \"c:d\" -- :e", vec![], ["a:b", "c:d"]),
        ("select ?, concat(1-'0', ':a')", vec![Value::from("x")], ["x", "1:a"]),
        ("select concat(-':f?' + 1, ':g'), 'h'", vec![], ["1:g", "h"]),
        ("select /* :i */ 'j:k', -'?'':l' + 2 || ''", vec![], ["j:k", ""]),
    ] {
        let rows = query(connection, sql, &params);
        let row = match rows {
            Ok(mut rows) => rows.remove(0),
            Err(error) => panic!("{sql}: {error}"),
        };
        assert_eq!(row[0], Value::from(expected[0]), "{sql}");
        if !expected[1].is_empty() {
            assert_eq!(row[1], Value::from(expected[1]), "{sql}");
        }
    }
    let both = "select /* comment */ ?, -'a:b'";
    let error = query(connection, both, &[Value::Int(1)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSupported);
    assert!(error.message().contains("leave the comment out"), "{error}");
    execute(connection, "select :name").unwrap_err();
    assert_right_answers(connection);
}

// fault: S01
fn one_message_carries_one_statement(db: &Db) {
    let mut connection = db.connect();
    let error = execute(&mut *connection, "select 1; select 2").unwrap_err();
    assert!(error.is_syntax_error(), "{error}");
    assert_right_answers(&mut *connection);
}

fn what_cannot_be_prepared_is_sent_as_text(db: &Db) {
    let mut connection = db.connect();
    let connection = &mut *connection;
    execute(connection, "prepare mine from 'select 5 a, ''x'' b, 1.5 c, 2e0 d, null e'").unwrap();
    for _ in 0..2 {
        // This is not preparable, so its rows come by the text protocol.
        let rows = cells(connection, "execute mine", &[]).unwrap();
        let plain = Cell::Plain;
        let expected = [
            plain(Value::Int(5)),
            plain(Value::from("x")),
            Cell::Plain("1.5".parse::<Decimal>().unwrap().into()),
            plain(Value::Float(2.0)),
            plain(Value::Null),
        ];
        assert_eq!(rows, [expected]);
    }
    let error = query(connection, "execute mine using ?", &[Value::Int(1)]).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::NotSupported | ErrorKind::Programming), "{error}");
    execute(connection, "deallocate prepare mine").unwrap();
    assert_right_answers(connection);
}

// fault: D23
fn a_procedure_leaves_nothing_behind(db: &Db) {
    let mut connection = db.connect();
    let connection = &mut *connection;
    let name = unique("p");
    execute(
        connection,
        &format!(
            "create procedure {name}(n int) begin set @ignored = 1; select n a; select n + 1, n + 2; \
             if n = 3 then signal sqlstate '45000' set message_text = 'three'; end if; end"
        ),
    )
    .unwrap();
    let call = format!("call {name}(?)");
    for n in [1, 2] {
        // Its first rows count.
        let rows = query(connection, &call, &[Value::Int(n)]).unwrap();
        assert_eq!(rows, [[Value::Int(n)]]);
        assert_right_answers(connection);
    }
    let error = query(connection, &call, &[Value::Int(3)]).unwrap_err();
    assert_eq!(error.sqlstate(), Some("45000"), "{error}");
    assert_right_answers(connection);
    let select = raw(&call);
    let mut rows = Rows::default();
    let mut cursor =
        connection.open_cursor(&select, &[Value::Int(5)], &ExecutionOptions::DEFAULT).unwrap();
    assert!(cursor.fetch(1, &mut rows).unwrap());
    assert!(!cursor.fetch(1, &mut rows).unwrap());
    cursor.close().unwrap();
    drop(connection.open_cursor(&select, &[Value::Int(6)], &ExecutionOptions::DEFAULT).unwrap());
    assert_right_answers(connection);
    let sets = [vec![Value::Int(7)], vec![Value::Int(8)]];
    connection.execute_many(&select, &sets, &ExecutionOptions::DEFAULT, &mut NoRows).unwrap();
    assert_right_answers(connection);
    execute(connection, &format!("drop procedure {name}")).unwrap();
}

fn prepared_on_server(connection: &mut dyn Connection) -> i64 {
    let sql = "select variable_name, cast(variable_value as signed) \
               from information_schema.session_status \
               where variable_name in ('COM_STMT_PREPARE', 'COM_STMT_CLOSE') order by 1";
    let rows = query(connection, sql, &[]).unwrap();
    let [Value::Int(closed), Value::Int(prepared)] = [&rows[0][1], &rows[1][1]] else {
        panic!("{rows:?}");
    };
    prepared - closed
}

// fault: D26
fn the_statement_cache_is_bounded(db: &Db) {
    for size in [0, 1, 5] {
        let mut connection = db.with(&format!("statement_cache_size={size}")).connect();
        for n in 0..40 {
            let sql = format!("select {n} + ?");
            let answer = scalar(&mut *connection, &sql, &[Value::Int(2)]).unwrap();
            assert_eq!(answer, Value::Int(n + 2));
            query(&mut *connection, "select no_such_column", &[]).unwrap_err();
            drop(
                connection
                    .open_cursor(&raw(&format!("select {n} - 1")), &[], &ExecutionOptions::DEFAULT)
                    .unwrap(),
            );
            let sets = vec![vec![Value::Int(1)]; 2];
            connection
                .execute_many(
                    &raw(&format!("select {n} * ?")),
                    &sets,
                    &ExecutionOptions::DEFAULT,
                    &mut NoRows,
                )
                .unwrap();
        }
        connection.ping(std::time::Instant::now() + std::time::Duration::from_secs(5)).unwrap();
        // The server also counts the forty that it refused to prepare.
        let open = prepared_on_server(&mut *connection) - 40;
        // The one that asks is not closed before it has been answered.
        assert!(open <= size + 1, "{open} on the server, {size} wanted");
    }
}

/// A limit of a server is one for all its sessions, so that a server that others use cannot be brought to it.
// fault: D26
#[test]
fn the_statement_cache_gives_way_to_the_server() {
    for kind in [Kind::Async, Kind::Blocking] {
        for code in [1461, 5930] {
            let rogue = Rogue::start_full(4, code);
            let mut connection = rogue.db(kind).connect();
            let insert = |n: i32| raw(&format!("insert into t values ({n}, ?)"));
            let handle = connection.prepare(&insert(0), &ExecutionOptions::DEFAULT).unwrap();
            let set = [Value::Int(1)];
            for n in 1..20 {
                let options = ExecutionOptions::DEFAULT;
                connection.execute(&insert(n), &set, &options, &mut NoRows).unwrap();
                connection.execute_prepared(handle, &set, &options, &mut NoRows).unwrap();
                let many = [set.to_vec(), set.to_vec()];
                connection.execute_many(&insert(-n), &many, &options, &mut NoRows).unwrap();
            }
            let heard = rogue.heard_texts();
            let closed = heard.iter().filter(|text| *text == "close").count();
            assert_eq!(heard.len() - closed, 4 + closed, "as many as the server takes");
            connection.rollback().unwrap();
        }
        // A connection that has none to give up says what can be done, and does without where it can.
        let rogue = Rogue::start_full(0, 1461);
        let mut connection = rogue.db(kind).connect();
        execute(&mut *connection, "insert into t values (1)").unwrap();
        let error = query(&mut *connection, "select ?", &[Value::Int(1)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
        assert!(error.message().contains("lower statement_cache_size"), "{error}");
    }
}

// fault: D13
fn a_result_that_changes_its_shape_is_seen(db: &Db) {
    let table = Table::new(db, "a int");
    let mut connection = db.connect();
    let mut other = db.connect();
    let select = format!("select * from {table}");
    execute(&mut *other, &format!("insert into {table} values (1)")).unwrap();
    other.commit().unwrap();
    assert_eq!(query(&mut *connection, &select, &[]).unwrap(), [[Value::Int(1)]]);
    connection.rollback().unwrap();

    execute(&mut *other, &format!("alter table {table} add b varchar(9) default 'x'")).unwrap();
    for _ in 0..2 {
        let rows = query(&mut *connection, &select, &[]).unwrap();
        assert_eq!(rows, [[Value::Int(1), Value::from("x")]]);
    }
    connection.rollback().unwrap();
    execute(&mut *other, &format!("alter table {table} modify a varchar(9), drop b")).unwrap();
    for _ in 0..2 {
        assert_eq!(query(&mut *connection, &select, &[]).unwrap(), [[Value::from("1")]]);
    }
    connection.rollback().unwrap();
    execute(&mut *other, &format!("alter table {table} change a z int")).unwrap();
    let mut rows = Rows::default();
    connection
        .execute(
            &statement(&select, StatementKind::Select),
            &[],
            &ExecutionOptions::DEFAULT,
            &mut rows,
        )
        .unwrap();
    assert_eq!(rows.columns.as_ref().unwrap().names().collect::<Vec<_>>(), ["z"]);
    let mut cursor = connection
        .open_cursor(&statement(&select, StatementKind::Select), &[], &ExecutionOptions::DEFAULT)
        .unwrap();
    assert_eq!(cursor.columns().names().collect::<Vec<_>>(), ["z"]);
    assert!(!cursor.fetch(9, &mut Rows::default()).unwrap());
    drop(cursor);
    connection.rollback().unwrap();
}

fn forgotten_statements_are_prepared_anew(db: &Db) {
    let mut connection = db.connect();
    let add = "select ? + 1";
    assert_eq!(scalar(&mut *connection, add, &[Value::Int(1)]).unwrap(), Value::Int(2));
    reset(&mut *connection);
    assert_eq!(scalar(&mut *connection, add, &[Value::Int(2)]).unwrap(), Value::Int(3));
    reset(&mut *connection);
    let mut rows = Rows::default();
    let mut cursor = connection
        .open_cursor(
            &statement(add, StatementKind::Select),
            &[Value::Int(3)],
            &ExecutionOptions::DEFAULT,
        )
        .unwrap();
    assert!(!cursor.fetch(2, &mut rows).unwrap());
    drop(cursor);
    assert_eq!(rows.values(), [[Value::Int(4)]]);
    reset(&mut *connection);
    let sets = [vec![Value::Int(1)], vec![Value::Int(2)]];
    connection
        .execute_many(
            &statement(add, StatementKind::Select),
            &sets,
            &ExecutionOptions::DEFAULT,
            &mut NoRows,
        )
        .unwrap();
    // What the reset switched on is switched off for the next borrower.
    assert_eq!(int(&mut *connection, "select @@autocommit"), 1);
    let mut connection = give_back(connection);
    assert_eq!(int(&mut *connection, "select @@autocommit"), 0);
}

// fault: D14
fn too_few_and_too_many_parameters(db: &Db) {
    let mut connection = db.connect();
    let connection = &mut *connection;
    for params in [vec![], vec![Value::Int(1)], vec![Value::Int(1); 3]] {
        let error = query(connection, "select ? + ?", &params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
        let (wanted, found) = ("of parameters is 2", format!("{} value", params.len()));
        assert!(error.message().contains(wanted) && error.message().contains(&found), "{error}");
        assert!(connection.is_usable());
    }
    let list = |n: usize| format!("select 1 from dual where 0 in ({})", vec!["?"; n].join(","));
    let most = vec![Value::Int(1); 65_535];
    assert!(query(connection, &list(65_535), &most).unwrap().is_empty());
    let more = vec![Value::Int(1); 65_536];
    let error = query(connection, &list(65_536), &more).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert!(error.message().contains("65535"), "{error}");
    assert!(error.message().contains("temporary table and join"), "{error}");
    let error = connection
        .execute_many(&raw(&list(65_536)), &[more], &ExecutionOptions::DEFAULT, &mut NoRows)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument);
    assert_right_answers(connection);
}

// fault: O06
fn found_rows_are_counted(db: &Db) {
    let table = Table::new(db, "a int");
    let mut connection = db.connect();
    execute(&mut *connection, &format!("insert into {table} values (1), (2)")).unwrap();
    for _ in 0..2 {
        let done = execute(&mut *connection, &format!("update {table} set a = 7")).unwrap();
        assert_eq!(done.rowcount, 2);
    }
    connection.rollback().unwrap();
}

fn keys_of_new_rows(db: &Db) {
    let table = Table::new(db, "id bigint auto_increment primary key, a int");
    let mut connection = db.connect();
    let insert = statement(&format!("insert into {table} (a) values (?)"), StatementKind::Dml);
    for expected in [1, 2] {
        let done = connection
            .execute(&insert, &[Value::Int(9)], &ExecutionOptions::DEFAULT, &mut NoRows)
            .unwrap();
        assert_eq!(done.lastrowid, Some(expected));
    }
    let update = format!("update {table} set a = 8");
    assert_eq!(execute(&mut *connection, &update).unwrap().lastrowid, None);
    let two = format!("insert into {table} (a) values (1), (2)");
    assert_eq!(execute(&mut *connection, &two).unwrap().lastrowid, None);
    connection.rollback().unwrap();
}

#[track_caller]
fn refusal(connection: &mut dyn Connection, sql: &str) -> Error {
    let error = execute(connection, sql).unwrap_err();
    assert!(connection.is_usable());
    assert_right_answers(connection);
    error
}

// conforms: D7.06
fn what_constraints_say(db: &Db) {
    let parent = Table::new(
        db,
        "id int primary key, name varchar(9) not null, age int, \
                                 unique key by_name (name), constraint grown check (age > 17)",
    );
    let child = Table::new(
        db,
        &format!("id int, constraint fk_{parent} foreign key (id) references {parent} (id)"),
    );
    let mut connection = db.connect();
    let connection = &mut *connection;
    execute(connection, &format!("insert into {parent} values (1, 'a', 18)")).unwrap();

    let error = refusal(connection, &format!("insert into {parent} values (2, 'a', 18)"));
    assert!(error.is_unique_violation() && error.is_integrity(), "{error}");
    assert_eq!(error.constraint(), Some("by_name"));
    assert_eq!(error.sqlstate(), Some("23000"));
    let error = refusal(connection, &format!("insert into {parent} values (1, 'b', 18)"));
    assert_eq!(error.constraint(), Some("PRIMARY"), "{error}");

    let error = refusal(connection, &format!("insert into {child} values (9)"));
    assert!(error.is_foreign_key_violation(), "{error}");
    assert_eq!(error.constraint(), Some(format!("fk_{parent}").as_str()));
    assert_eq!((error.table(), error.column()), (Some(child.name.as_str()), Some("id")));
    execute(connection, &format!("insert into {child} values (1)")).unwrap();
    let error = refusal(connection, &format!("delete from {parent}"));
    assert!(error.is_foreign_key_violation(), "{error}");

    let error = refusal(connection, &format!("insert into {parent} values (2, null, 18)"));
    assert!(error.is_not_null_violation() && error.column() == Some("name"), "{error}");
    let error = refusal(connection, &format!("insert into {parent} (id) values (2)"));
    assert!(error.is_not_null_violation() && error.column() == Some("name"), "{error}");

    let error = refusal(connection, &format!("insert into {parent} values (2, 'b', 1)"));
    assert!(error.is_check_violation(), "{error}");
    assert_eq!(error.constraint(), Some("grown"));

    let error = refusal(connection, &format!("insert into {parent} values (2, '0123456789', 18)"));
    assert_eq!((error.kind(), error.column()), (ErrorKind::Data, Some("name")), "{error}");
    connection.rollback().unwrap();
}

fn what_the_server_does_not_understand(db: &Db) {
    let mut connection = db.connect();
    let connection = &mut *connection;
    let error = refusal(connection, "selekt 1");
    assert!(error.is_syntax_error() && error.kind() == ErrorKind::Programming, "{error}");
    let error = refusal(connection, "select * from no_such_table");
    assert!(error.is_missing_table(), "{error}");
    assert_eq!(error.table(), Some("no_such_table"));
    assert!(refusal(connection, "drop table no_such_table").is_missing_table());
    let error = refusal(connection, "select no_such_column");
    assert_eq!((error.kind(), error.column()), (ErrorKind::Programming, Some("no_such_column")));
    let error = refusal(connection, "insert into no_such_db.t values (1)");
    assert!(error.is_missing_table(), "{error}");
    assert_eq!(refusal(connection, "use no_such_db").kind(), ErrorKind::Operational);
    assert_eq!(refusal(connection, "").kind(), ErrorKind::Programming);
    let error = refusal(connection, "select cast('x' as signed) + 9223372036854775807 + 1");
    assert_eq!(error.kind(), ErrorKind::Data, "{error}");
}

fn names_of_columns(db: &Db) {
    let mut connection = db.connect();
    let mut rows = Rows::default();
    let select = raw("select 1 `a:b`, 2 `größe`, 3 `a:b`");
    connection.execute(&select, &[], &ExecutionOptions::DEFAULT, &mut rows).unwrap();
    let columns = rows.columns.unwrap();
    assert_eq!(columns.names().collect::<Vec<_>>(), ["a:b", "größe", "a:b"]);
    assert_eq!(columns.index_of("größe").unwrap(), 1);
    assert!(columns.index_of("a:b").is_err());
}

fn a_sink_that_fails_ends_its_statement_and_nothing_else(db: &Db) {
    let mut connection = db.connect();
    for (fail_at, rows) in [(0, 1), (1, 3), (7, 4000)] {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        let select = raw(&format!("select seq from seq_1_to_{rows}"));
        let mut sink = Rows { fail_at: Some(fail_at), ..Rows::default() };
        let error =
            connection.execute(&select, &[], &ExecutionOptions::DEFAULT, &mut sink).unwrap_err();
        assert_eq!(error.message(), "the sink had enough");
        assert!(connection.is_usable());
        assert_right_answers(&mut *connection);
        connection.commit().unwrap();
    }
    // Too much is left: the session is ended instead.
    let select = raw("select seq from seq_1_to_100000000");
    let mut sink = Rows { fail_at: Some(3), ..Rows::default() };
    let error =
        connection.execute(&select, &[], &ExecutionOptions::DEFAULT, &mut sink).unwrap_err();
    assert_eq!(error.message(), "the sink had enough");
    assert!(!connection.is_usable());
    assert!(aludel_testing::blocking::recover(connection).is_none());
}
