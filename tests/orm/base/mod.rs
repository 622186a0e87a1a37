//! What a session keeps of its objects: who is one, what they were, and when they are forgotten.

mod keeping;
mod panics;
mod refused;
mod snapshots;
mod states;
mod sweeping;

use aludel::orm::{Many, One, Session};
use aludel::{Auto, Engine, EngineOptions, Mapped, MetaData, Result, text};

use crate::session::Log;
use crate::support::{Database, Fresh};

#[derive(Debug, Mapped)]
#[aludel(table = "people")]
struct Person {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(length = 50)]
    name: String,
    #[aludel(back = person, order_by(id))]
    notes: Many<Note>,
    #[aludel(secondary = PersonTag::table(), back = people, order_by(id))]
    tags: Many<Tag>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "notes")]
struct Note {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(length = 50)]
    text: String,
    #[aludel(foreign_key = "people.id")]
    person_id: Option<i64>,
    #[aludel(back = notes)]
    person: One<Person>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "tags")]
struct Tag {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(length = 50)]
    label: String,
    #[aludel(secondary = PersonTag::table(), back = tags, order_by(id))]
    people: Many<Person>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "people_tags")]
struct PersonTag {
    #[aludel(primary_key, foreign_key = "people.id")]
    person_id: i64,
    #[aludel(primary_key, foreign_key = "tags.id")]
    tag_id: i64,
}

#[derive(Debug, Mapped)]
#[aludel(table = "things")]
struct Thing {
    #[aludel(primary_key)]
    id: i64,
    #[aludel(length = 50)]
    name: String,
}

fn person(name: &str) -> Person {
    Person { id: Auto::unset(), name: name.into(), notes: Many::default(), tags: Many::default() }
}

fn note(text: &str) -> Note {
    Note { id: Auto::unset(), text: text.into(), person_id: None, person: One::default() }
}

fn tag(label: &str) -> Tag {
    Tag { id: Auto::unset(), label: label.into(), people: Many::default() }
}

fn thing(id: i64, name: &str) -> Thing {
    Thing { id, name: name.into() }
}

/// A database with the tables of this file, and what its engine sends.
struct Place {
    engine: Engine,
    log: Log,
    _fresh: Fresh,
}

impl Place {
    fn session(&self) -> Session {
        Session::new(&self.engine)
    }

    /// Another transaction runs a statement and commits.
    fn behind(&self, sql: &'static str) -> Result<()> {
        self.engine.begin(|conn| conn.execute(text(sql)).map(drop))?;
        self.log.take();
        Ok(())
    }

    /// What another transaction counts.
    fn count(&self, sql: &'static str) -> Result<i64> {
        let mut found = self.engine.connect()?.scalars::<_, i64>(text(sql))?;
        self.log.take();
        Ok(found.pop().unwrap())
    }

    /// The strings that another transaction reads.
    fn strings(&self, sql: &'static str) -> Result<Vec<String>> {
        let found = self.engine.connect()?.scalars(text(sql))?;
        self.log.take();
        Ok(found)
    }
}

/// On each database, by an engine for blocking programs.
fn everywhere(test: impl Fn(&Place) -> Result<()>) {
    for database in [Database::Sqlite, Database::Postgres, Database::MySql] {
        let Some(fresh) = Fresh::new(database) else { continue };
        let run = || {
            let engine = fresh.engine(EngineOptions::new())?;
            let metadata = MetaData::new().with::<Person>().with::<Note>().with::<Tag>();
            let metadata = metadata.with::<PersonTag>().with::<Thing>();
            engine.begin(|conn| metadata.create_all(conn))?;
            let log = Log::default();
            log.listen(&engine);
            test(&Place { engine, log, _fresh: fresh })
        };
        if let Err(error) = run() {
            panic!("on {database:?}: {error}");
        }
    }
}
