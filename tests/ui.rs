//! Misuse does not compile, and the compiler says why.

use std::io::Write as _;

/// The messages are those of one compiler; another one puts them into other words.
const RECORDED_WITH: &str = "rustc 1.95.";

// fault: B09, B19, P21, T05, D07, S03
#[test]
fn misuse_does_not_compile() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = std::process::Command::new(rustc).arg("--version").output().expect("a compiler");
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    if !version.starts_with(RECORDED_WITH) {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the messages were recorded with {RECORDED_WITH}, this is {version}"
        );
        return;
    }
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
