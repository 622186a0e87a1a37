//! Statements that the database checks without executing them, and the texts of a program's source.

use std::fs;
use std::path::PathBuf;

use aludel::source_texts::SourceTexts;
use aludel::{ErrorKind, Result, bindparam, delete, insert, select, text};

use crate::{Db, User, suite};

suite![a_statement_is_checked_and_not_executed, the_texts_of_sources_are_checked];

fn a_statement_is_checked_and_not_executed(db: &Db) -> Result<()> {
    db.users(&["sandy"])?;
    let mut conn = db.engine.connect()?;
    let renamed = "update users set name = :name where id = :id";
    conn.execute(insert::<User>().values(User::c.name.set("patrick")))?;
    for _ in 0..2 {
        conn.check(select(User::c).where_(User::c.id.eq(bindparam("id"))))?;
        conn.check(delete::<User>())?;
        conn.check(text(renamed))?;
        let error = conn.check(text("select nmae from users")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Programming, "{error}");
        let error = conn.check(text("update users set name = = :name")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Programming, "{error}");
    }
    // What was done before in this transaction is there still.
    conn.commit()?;
    assert_eq!(conn.scalar(select(User::c).count())?, Some(2_i64));
    Ok(())
}

/// A folder that is removed again.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let name = crate::support::unique("aludel-texts");
        let folder = Self(std::env::temp_dir().join(name));
        for (name, source) in files {
            let path = folder.0.join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, source).expect("a file");
        }
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const REPORTS: &str = r#"
const TWICE: &str = "select count(*) from users";

fn of(name: &str) {
    text("select id, age from users where name = :name").bind("name", name);
    text(include_str!("sql/deleted.sql"));
    text(crate::KNOWN);
    text("select id from users \
          where aeg > :age");
    select(User::c.id).where_(text("age > 5"));
    text("create table t (id integer)");
    text(RawSql::new(format!("select {name}")));
    text(TWICE);
}
"#;

const MAIN: &str = r##"
pub const KNOWN: &str = r#"insert into users (name) values (:name)"#;
const TWICE: &str = "select 1";

fn main() {
    // text("select nothing from nowhere")
    text("select 1 from usrs");
}
"##;

fn the_texts_of_sources_are_checked(db: &Db) -> Result<()> {
    let sql = "-- Old ones.\nwith old as (select id from users where age > :age)\n\
               select id from old";
    let folder = Folder::new(&[
        ("main.rs", MAIN),
        ("reports/of.rs", REPORTS),
        ("reports/sql/deleted.sql", sql),
        ("notes.txt", "text(\"select 1 from nothing\")"),
    ]);
    let texts = SourceTexts::in_folder(&folder.0)?;
    assert_eq!(texts.iter().len(), 9);
    db.users(&["sandy"])?;
    let mut conn = db.engine.connect()?;
    let report = texts.check(&mut conn)?;
    assert_eq!(report.prepared(), 3, "{report}");
    let failed: Vec<_> =
        report.failed().iter().map(|(text, _)| (text.path().to_owned(), text.line())).collect();
    let of = folder.0.join("reports/of.rs");
    assert_eq!(failed, [(folder.0.join("main.rs"), 7), (of.clone(), 8)]);
    let left: Vec<_> = report.left_out().iter().map(|(text, _)| text.line()).collect();
    assert_eq!(left, [10, 11, 12, 13]);
    let message = report.into_result().unwrap_err().message().to_owned();
    assert!(message.starts_with("2 texts are wrong:\n"), "{message}");
    assert!(message.contains(&format!("{}:8: ", of.display())), "{message}");

    let right = texts.filter(|text| text.sql().is_some_and(|sql| !sql.contains("aeg")));
    let right = right.filter(|text| !text.path().ends_with("main.rs"));
    right.check(&mut conn)?.into_result()?;
    let missing = SourceTexts::in_folder(folder.0.join("nothing")).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Argument);
    assert_eq!(conn.scalar(select(User::c).count())?, Some(1_i64));
    Ok(())
}
