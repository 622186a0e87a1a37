//! A process that is killed while it commits: what was reported as committed is there.

use aludel_core::dbapi::TransactionOptions;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use aludel_core::value::Value;
use aludel_sqlite::SqliteDriver;

use crate::support::{Folder, Short, connect};

/// Where the child finds the file.
const FILE: &str = "ALUDEL_SQLITE_CRASH_FILE";

/// The child: moves money for ever, and says after each commit how often it has done so.
#[test]
#[ignore = "it is run by the test below, in a process of its own"]
fn child() {
    let Some(file) = std::env::var_os(FILE) else { return };
    let mut connection = connect(&SqliteDriver::file(file).unwrap());
    let mut out = std::io::stdout().lock();
    loop {
        connection.begin(&TransactionOptions::DEFAULT).unwrap();
        connection.run("update account set money = money - 1 where id = 1").unwrap();
        connection.run("update account set money = money + 1 where id = 2").unwrap();
        connection.run("update account set moves = moves + 1").unwrap();
        let moves = connection.int("select moves from account where id = 1");
        connection.commit().unwrap();
        writeln!(out, "moved {moves}").unwrap();
    }
}

// fault: T18, T19
#[test]
fn what_was_committed_survives_a_kill() {
    for journal in ["delete", "wal"] {
        let folder = Folder::new();
        let file = folder.path("bank.db");
        let driver = SqliteDriver::file(&file).unwrap();
        let mut connection = connect(&driver);
        connection.run(&format!("pragma journal_mode = {journal}")).unwrap();
        connection.run("create table account (id integer primary key, money, moves)").unwrap();
        connection.run("insert into account values (1, 0, 0), (2, 0, 0)").unwrap();
        drop(connection);
        for round in 0..8 {
            let mut child = Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "crash::child", "--ignored", "--nocapture"])
                .env(FILE, &file)
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            // At another moment of its work each time, from the opening of the file on.
            std::thread::sleep(Duration::from_millis(30 + 7 * round));
            child.kill().unwrap();
            let reported = BufReader::new(child.stdout.take().unwrap())
                .lines()
                .filter_map(|line| line.unwrap().rsplit_once("moved ")?.1.parse::<i64>().ok())
                .last();
            child.wait().unwrap();
            let mut connection = connect(&driver);
            let rows = connection.query("select money, moves from account order by id", &[]);
            let rows = rows.unwrap().rows;
            let Value::Int(moves) = rows[0][1] else { panic!("no number: {rows:?}") };
            let whole = [-moves, moves].map(|money| vec![Value::Int(money), Value::Int(moves)]);
            assert_eq!(rows, whole, "half a transfer was committed");
            assert!(
                reported.is_none_or(|count| moves >= count),
                "{reported:?} were reported, {moves} are there"
            );
            let check = connection.query("pragma integrity_check", &[]).unwrap();
            assert_eq!(check.rows, [[Value::from("ok")]]);
        }
        let total = connect(&driver).int("select moves from account where id = 1");
        assert!(total > 0, "the child never committed, so the test proves nothing");
    }
}
