//! Misuse does not compile, and the compiler says why.
//!
//! Each file in `tests/ui/` is a mistake. The lines that begin with `//~` are what the compiler says of
//! it: each must be among its messages, and there are no more errors than they name. The files are compiled
//! against the libraries that were built for this test, which takes a second, where a package of their
//! own would have everything built once more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A right use of what the files use wrongly: with the right libraries it compiles.
const RIGHT: &str = r#"
use aludel::{AsyncConnection, AsyncEngine, Connection, Engine, Error, Hosted, Local, Result, text};
use futures::TryStreamExt;

fn blocking(mut conn: Connection) -> Result<()> {
    conn.execute(text("select 1"))?;
    conn.close()
}

// The error type of a closure is Aludel's, without a word of the program's.
fn closures(engine: &Engine) -> Result<()> {
    engine.begin(|conn| {
        conn.execute(text("select 1"))?;
        Ok(())
    })?;
    Ok(())
}

async fn awaited_closures(engine: &AsyncEngine) -> Result<()> {
    let mut conn = engine.connect().await?;
    conn.run_sync(|conn| {
        conn.execute(text("select 1"))?;
        Ok(())
    })
    .await?;
    engine
        .begin(async |conn| {
            conn.execute(text("select 1")).await?;
            Ok(())
        })
        .await?;
    engine.run_sync(|engine| engine.connect()?.close()).await?;
    Ok(())
}

enum Mine {
    Aludel,
    Text,
}

impl From<Error> for Mine {
    fn from(_: Error) -> Self {
        Self::Aludel
    }
}

impl From<std::num::ParseIntError> for Mine {
    fn from(_: std::num::ParseIntError) -> Self {
        Self::Text
    }
}

async fn own_errors(blocking: Engine, engine: AsyncEngine) -> Result<(), Mine> {
    blocking.begin_with::<Mine, _>(|conn| {
        conn.execute(text("select 1"))?;
        Ok("1".parse::<i64>()?)
    })?;
    engine.run_sync_with::<Mine, _, _>(|_| Ok("1".parse::<i64>()?)).await?;
    let mut conn = engine.connect().await?;
    conn.run_sync_with::<Mine, _, _>(|_| Ok("1".parse::<i64>()?)).await?;
    engine
        .begin_with(async |conn| {
            conn.execute(text("select 1")).await?;
            "1".parse::<i64>()?;
            Ok(())
        })
        .await
}

fn kept_on_its_thread(engine: AsyncEngine<Local>) {
    tokio::task::LocalSet::new().spawn_local(async move { engine.connect().await.map(drop) });
}

async fn awaited(conn: &mut AsyncConnection) -> Result<usize> {
    let mut stream = conn.stream(text("select 1")).await?;
    stream.try_next().await?;
    drop(stream);
    conn.run_sync(|_| Ok(1)).await
}

async fn spawned(engine: AsyncEngine<Hosted>) {
    tokio::spawn(async move { engine.connect().await.map(drop) });
}

// A tokio without its macros is not the one.
async fn joined(one: &mut AsyncConnection, two: &mut AsyncConnection) {
    let _ = tokio::join!(one.rollback(), two.rollback());
}

fn main() {}
"#;

/// Compiles programs that use these libraries.
struct Compiler {
    libraries: [PathBuf; 3],
    work: PathBuf,
}

impl Compiler {
    const NAMES: [&str; 3] = ["aludel", "futures", "tokio"];

    /// With the newest of Aludel, and what fits to it: other builds may have left theirs beside them.
    fn new() -> Self {
        let work = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ui");
        fs::create_dir_all(&work).expect("a folder");
        let right = work.join("right.rs");
        fs::write(&right, RIGHT).expect("a file");
        let [aludel, futures, tokio] = Self::NAMES.map(built);
        let newest = aludel.first().expect("this test is built with it");
        let others = futures.iter().flat_map(|one| tokio.iter().map(move |two| (one, two)));
        let mut said = String::from("there are none");
        for (one, two) in others {
            let libraries = [newest.clone(), one.clone(), two.clone()];
            let this = Self { libraries, work: work.clone() };
            let output = this.compile(&right);
            if output.status.success() {
                return this;
            }
            said = String::from_utf8_lossy(&output.stderr).into_owned();
        }
        panic!("no libraries with which a right program compiles: {said}");
    }

    fn compile(&self, file: &Path) -> Output {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let mut command = Command::new(rustc);
        command.args(["--edition=2024", "--emit=metadata", "--color=never", "--out-dir"]);
        command.arg(&self.work).arg("-L").arg(format!("dependency={}", libraries().display()));
        for (name, library) in Self::NAMES.iter().zip(&self.libraries) {
            command.arg("--extern").arg(format!("{name}={}", library.display()));
        }
        command.arg(file).output().expect("a compiler")
    }
}

/// Where the libraries are: beside this test.
fn libraries() -> PathBuf {
    let this = std::env::current_exe().expect("this program");
    this.parent().expect("it is in a folder").to_owned()
}

/// What was built of a library, the newest first.
fn built(name: &str) -> Vec<PathBuf> {
    let start = format!("lib{name}-");
    let mut found = files(&libraries());
    found.retain(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with(&start) && name.ends_with(".rlib")
    });
    found.sort_by_key(|path| fs::metadata(path).and_then(|of| of.modified()).ok());
    found.reverse();
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("a file").path()).collect()
}

fn assert_refused(compiler: &Compiler, file: &Path) {
    let source = fs::read_to_string(file).expect("a text");
    let expected: Vec<_> = source
        .lines()
        .filter(|line| *line != COMMON)
        .filter_map(|line| line.strip_prefix("//~ "))
        .collect();
    let output = compiler.compile(file);
    let said = String::from_utf8_lossy(&output.stderr);
    let what = file.display();
    assert!(!expected.is_empty(), "{what} does not say what the compiler says");
    assert!(!output.status.success(), "{what} compiles");
    for words in &expected {
        assert!(said.contains(words), "of {what} the compiler does not say {words:?}:\n{said}");
    }
    let wanted = codes(&expected.join("\n"));
    assert_eq!(codes(&said), wanted, "{what} has other errors, or more of them:\n{said}");
    if source.contains(COMMON) {
        for error in errors(&said) {
            let lines = error.lines().count();
            assert!(lines <= MOST_LINES, "{what} has an error of {lines} lines:\n{error}");
        }
    }
}

/// Says that a file has mistakes that are made every day: what the compiler says of them is short.
const COMMON: &str = "//~ short";

/// How long an error about a common mistake may be.
const MOST_LINES: usize = 25;

/// The errors, each with its notes.
fn errors(said: &str) -> Vec<String> {
    let mut errors: Vec<String> = Vec::new();
    for line in said.trim_end().lines() {
        let begins = line.starts_with("error") || line.starts_with("warning");
        match errors.last_mut() {
            Some(last) if !begins => last.extend([line, "\n"]),
            _ => errors.push(format!("{line}\n")),
        }
    }
    let is_error = |error: &String| error.starts_with("error") && !error.contains("aborting");
    errors.into_iter().filter(is_error).map(|error| error.trim_end().to_owned()).collect()
}

/// The kind of each error in what a compiler says, in order; some have no number.
fn codes(said: &str) -> Vec<String> {
    let errors = said.lines().filter(|line| line.starts_with("error"));
    let errors = errors.filter(|line| !line.starts_with("error: aborting"));
    let mut codes: Vec<_> =
        errors.filter_map(|error| error.split(':').next()).map(str::to_owned).collect();
    codes.sort_unstable();
    codes
}

// fault: B09, B19, P21, T05, D07, S03
#[test]
fn misuse_does_not_compile() {
    let compiler = Compiler::new();
    let mistakes = files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui"));
    assert!(mistakes.len() > 5, "{mistakes:?}");
    mistakes.iter().for_each(|file| assert_refused(&compiler, file));
}
