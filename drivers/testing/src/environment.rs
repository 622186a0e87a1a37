//! What a test has of its surroundings: the URL of a server, names and numbers of its own.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

/// The URL of the server for tests, or `None` after a line that says what is skipped.
pub fn server_url(variable: &'static str) -> Option<String> {
    static SKIPPED: Mutex<Vec<&str>> = Mutex::new(Vec::new());
    let url = std::env::var(variable).ok();
    if url.is_none() {
        let mut skipped = SKIPPED.lock().unwrap();
        if !skipped.contains(&variable) {
            skipped.push(variable);
            say(&format!("skipped: everything on the server, since {variable} is unset"));
        }
    }
    url
}

/// Prints a line even if the test passes: the harness captures only what the macros print.
pub fn say(line: &str) {
    // There is nothing to do about a closed stderr.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// A name that no other test uses.
pub fn unique(name: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{name}_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A number that no other call has returned.
pub fn nonce() -> i64 {
    static NEXT: AtomicI64 = AtomicI64::new(7);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
