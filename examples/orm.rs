//! The ORM in a blocking program: what the first example of SQLAlchemy's asyncio extension does with its
//! `AsyncSession`, without awaiting.
//!
//! Runs on SQLite in memory, or on the database whose URL is the argument or in `DATABASE_URL`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use aludel::orm::{Many, One, Session, SessionOptions, many};
use aludel::{Auto, Mapped, MetaData, create_engine, select};

#[derive(Debug, Mapped)]
#[aludel(table = "example_a")]
struct A {
    #[aludel(primary_key)]
    id: Auto<i64>,
    data: String,
    #[aludel(back = a, order_by(id))]
    bs: Many<B>,
}

#[derive(Debug, Mapped)]
#[aludel(table = "example_b")]
struct B {
    #[aludel(primary_key)]
    id: Auto<i64>,
    #[aludel(foreign_key = "example_a.id")]
    a_id: Option<i64>,
    data: String,
    #[aludel(back = bs)]
    a: One<A>,
}

impl A {
    fn new(data: &str, bs: Many<B>) -> Self {
        Self { id: Auto::unset(), data: data.into(), bs }
    }
}

impl B {
    fn new(data: &str) -> Self {
        Self { id: Auto::unset(), a_id: None, data: data.into(), a: One::default() }
    }
}

fn insert_objects(session: &mut Session) -> aludel::Result<()> {
    session.add_all([
        A::new("a1", many![B::new("b1"), B::new("b2")]),
        A::new("a2", Many::default()),
        A::new("a3", many![B::new("b3"), B::new("b4")]),
    ])?;
    session.commit()
}

fn select_and_update_objects(session: &mut Session) -> aludel::Result<()> {
    // Two statements: one for the objects, one for all of their collections.
    let found = session.scalars(select(A::entity()).order_by(A::c.id))?.all();
    session.load_all(&found, A::c.bs)?;
    for a in &found {
        println!("{}", session[a].data);
        for b in &session[a].bs {
            println!("  {}", session[b].data);
        }
    }

    let a1 = session.scalars(select(A::entity()).order_by(A::c.id).limit(1))?.one()?;
    session.edit(&a1)?.data = "new data".into();
    session.commit()?;

    // The option below keeps what is in memory over a commit.
    println!("{}", session[&a1].data);

    // A relationship is loaded by a call, and nothing else sends a statement.
    for b in session.load(&a1, A::c.bs)? {
        println!("{} of {}", session[&b].data, session[&a1].data);
    }
    Ok(())
}

fn main() -> aludel::Result<()> {
    let url = std::env::args().nth(1).or_else(|| std::env::var("DATABASE_URL").ok());
    let engine = create_engine(&url.unwrap_or_else(|| "sqlite://".to_owned()))?;
    let metadata = MetaData::new().with::<A>().with::<B>();
    engine.begin(|conn| {
        metadata.drop_all(conn)?;
        metadata.create_all(conn)
    })?;

    let options = SessionOptions::new().expire_on_commit(false);
    let mut session = Session::with_options(&engine, options);
    insert_objects(&mut session)?;
    select_and_update_objects(&mut session)?;
    session.close()?;
    engine.begin(|conn| metadata.drop_all(conn))
}
