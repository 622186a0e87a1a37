//! Tests that end a process or change it as a whole run in a child: this test program again, with
//! one of its ignored tests.

use std::process::{Command, Output};

/// Runs an ignored test of this program in a process of its own, under `limits` of the shell.
pub(crate) fn child_under(limits: &str, test: &str) -> Output {
    let script = format!(r#"ulimit -c 0; {limits} exec "$0" "$@""#);
    let program = std::env::current_exe().unwrap();
    let arguments = ["--ignored", "--exact", test, "--nocapture", "--test-threads=1"];
    Command::new("sh").args(["-c", &script]).arg(program).args(arguments).output().unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Runs an ignored test of this program, which must pass, and gives back what it printed.
#[track_caller]
pub(crate) fn passes(test: &str) -> String {
    let output = child_under("", test);
    assert!(output.status.success(), "{}", stderr(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
