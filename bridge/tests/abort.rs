//! A program that is built with `panic = "abort"`: greenlets end without unwinding.
// The program that is built here has no flags of ours.
#![cfg(not(aludel_threads))]
#![allow(clippy::unwrap_used, reason = "helpers of tests may")]

use std::fs;
use std::path::Path;
use std::process::Command;

const PROGRAM: &str = r#"
use std::future::Future;
use std::task::{Context, Waker};

use aludel_bridge::{Error, Options, greenlet_spawn_with, stats, yield_now};

struct Tell(&'static str);

impl Drop for Tell {
    fn drop(&mut self) {
        println!("dropped {}", self.0);
    }
}

fn drop_while_suspended(f: impl FnOnce() -> Result<(), Error> + 'static) {
    let options = Options::new().on_abandon(|| println!("abandoned"));
    let mut greenlet = Box::pin(greenlet_spawn_with(options, f));
    let mut context = Context::from_waker(Waker::noop());
    assert!(greenlet.as_mut().poll(&mut context).is_pending());
}

fn main() {
    assert!(cfg!(panic = "abort"));
    drop_while_suspended(|| {
        let _tell = Tell("polite");
        yield_now()
    });
    drop_while_suspended(|| {
        let _tell = Tell("stubborn");
        loop {
            let _ = yield_now();
        }
    });
    println!("live {}", stats().live);
}
"#;

/// A package of its own, since a test is always built to unwind.
fn write_package(folder: &Path) {
    let bridge = Path::new(env!("CARGO_MANIFEST_DIR"));
    let manifest = format!(
        "[package]\nname = \"sample\"\nedition = \"2024\"\n[workspace]\n[profile.dev]\npanic = \"abort\"\n\
         [dependencies]\naludel-bridge = {{ path = {bridge:?}, default-features = false }}\n"
    );
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/main.rs"), PROGRAM).unwrap();
    // The same versions, which are on this disk already.
    fs::copy(bridge.join("../Cargo.lock"), folder.join("Cargo.lock")).unwrap();
}

// fault: B30
#[test]
fn a_greenlet_that_will_not_leave_is_abandoned_without_unwinding() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("abort");
    write_package(&folder);
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--offline"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        text,
        "dropped polite\nabandoned\nlive 0\n",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success());
}
