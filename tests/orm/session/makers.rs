//! How sessions are made: options, binds, connections that they are given.

use std::time::Duration;

use aludel::orm::{JoinMode, Session, SessionOptions, selectinload, sessionmaker};
use aludel::{
    Engine, EngineOptions, ErrorKind, ExecutionOptions, Mapped as _, MetaData, Result, func, insert,
};
use aludel::{create_engine, select, text};

use super::{Address, Log, User, address, everywhere, user};
use crate::support::{Database, Fresh};

/// A closure with a session commits or does not, as `Engine::begin` does.
// conforms: C40
#[test]
fn begin_of_a_maker() {
    everywhere(|place| {
        let maker = sessionmaker(&place.engine).expire_on_commit(false);
        let id = maker.begin(|s| {
            let u = s.add(user("u"))?;
            s.flush()?;
            Ok(s[&u].id.get().copied())
        })?;
        assert_eq!(id, Some(1));
        assert_eq!(place.log.kinds(), ["BEGIN", "INSERT", "COMMIT"]);
        let failed: Result<()> = maker.begin(|s| {
            s.add(user("lost"))?;
            s.flush()?;
            s.get_one::<User>(77).map(drop)
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::NoResultFound);
        assert_eq!(place.strings("select name from users")?, ["u"]);
        Ok(())
    });
}

/// What is configured later holds for later sessions; what a session is given holds for itself.
// conforms: C39
#[test]
fn options() -> Result<()> {
    #[derive(Debug, PartialEq)]
    struct Tenant(u32);
    #[derive(Debug, PartialEq)]
    struct Request(&'static str);

    let maker = sessionmaker(&create_engine("sqlite://")?).info(Tenant(1));
    let before = maker.session();
    maker.configure(|options| options.info(Tenant(2)));
    let mut after = maker.clone().session_with(|options| options.info(Request("r")));
    assert_eq!(before.info().get(), Some(&Tenant(1)));
    assert_eq!(after.info().get(), Some(&Tenant(2)));
    assert_eq!(after.info().get(), Some(&Request("r")));
    after.info_mut().remove::<Tenant>();
    assert_eq!(maker.session().info().get(), Some(&Tenant(2)));

    let quick = ExecutionOptions::new().timeout(Duration::from_secs(7));
    let maker = maker.execution_options(quick.clone());
    let mut session = maker.session();
    assert_eq!(session.connection()?.execution_options().timeout, quick.timeout);
    Ok(())
}

/// A session that may be closed once: `reset` makes it new, and everything else answers.
// conforms: E043
#[test]
fn closed_for_good() -> Result<()> {
    let engine = create_engine("sqlite://")?;
    let options = SessionOptions::new().close_resets_only(false);
    let mut s = Session::with_options(&engine, options);
    s.execute(text("select 1"))?;
    s.close()?;
    for error in [s.execute(text("select 1")).unwrap_err(), s.begin().unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        assert!(error.message().contains("reset()"), "{error}");
    }
    s.reset()?;
    s.execute(text("select 1"))?;
    Ok(())
}

/// An invalidated session sends nothing, and its transaction is over.
// conforms: C36
#[test]
fn invalidate() {
    everywhere(|place| {
        if place.engine.name() == "sqlite" {
            // The database in memory would be gone with its connection.
            return Ok(());
        }
        let mut s = place.session();
        let u = s.add(user("u"))?;
        s.flush()?;
        place.log.take();
        s.invalidate();
        assert_eq!(place.log.take(), Vec::<String>::new());
        assert!(s.state(&u).is_none() && !s.in_transaction());
        assert_eq!(s.scalar(select(func::count_of(User::c.id)))?, Some(0));
        Ok(())
    });
}

fn with_tables() -> Result<(Engine, Log)> {
    let engine = create_engine("sqlite://")?;
    let metadata = MetaData::new().with::<User>().with::<Address>();
    engine.begin(|conn| metadata.create_all(conn))?;
    let log = Log::default();
    log.listen(&engine);
    Ok((engine, log))
}

/// Two databases in one session: each class goes to its own, and both are committed.
#[test]
fn two_binds() -> Result<()> {
    // oracle: ses-009
    let ((first, of_first), (second, of_second)) = (with_tables()?, with_tables()?);
    let options = SessionOptions::new().bind::<Address>(&second);
    let mut s = Session::with_options(&first, options);
    s.add(user("u"))?;
    let a = s.add(address("a"))?;
    s.commit()?;
    assert_eq!(of_first.kinds(), ["BEGIN", "INSERT", "COMMIT"]);
    assert_eq!(of_second.kinds(), ["BEGIN", "INSERT", "COMMIT"]);
    assert_eq!(s.read(&a)?.email, "a");
    assert_eq!(s.get_bind(Some(Address::mapper_of()), false), Some(second.clone()));
    assert_eq!(s.get_bind(Some(User::mapper_of()), true), Some(first.clone()));
    assert_eq!(s.get_bind(None, true), Some(first.clone()));
    s.rollback()?;
    assert_eq!(of_second.kinds(), ["BEGIN", "SELECT", "ROLLBACK"]);
    assert_eq!(of_first.take(), Vec::<String>::new());
    // A savepoint is one on each connection that is used in it.
    let mut nested = s.begin_nested()?;
    nested.add(user("v"))?;
    nested.flush()?;
    nested.rollback()?;
    assert_eq!(of_first.kinds(), ["BEGIN", "INSERT"]);
    assert_eq!(of_second.take(), Vec::<String>::new());
    Ok(())
}

trait MapperOf {
    fn mapper_of() -> &'static aludel::orm::Mapper;
}

impl<T: aludel::orm::MappedClass> MapperOf for T {
    fn mapper_of() -> &'static aludel::orm::Mapper {
        T::mapper()
    }
}

/// Reading goes to a copy until the session has written; then it stays where it wrote, until it is closed.
// conforms: C06
#[test]
fn routing() -> Result<()> {
    let ((writer, of_writer), (reader, of_reader)) = (with_tables()?, with_tables()?);
    let copy = reader.clone();
    let maker = sessionmaker(&writer)
        .get_bind(move |request| (!request.writes && !request.has_written).then(|| copy.clone()));
    let mut s = maker.session();
    assert_eq!(s.scalar(select(func::count_of(User::c.id)))?, Some(0));
    assert_eq!(s.get::<User>(1)?, None);
    s.execute(text("with a as (select 1) select * from a"))?;
    assert_eq!(of_reader.kinds(), ["BEGIN", "SELECT", "SELECT", "with"]);
    assert_eq!(of_writer.take(), Vec::<String>::new());
    s.add(user("u"))?;
    s.commit()?;
    assert_eq!(of_writer.kinds(), ["BEGIN", "INSERT", "COMMIT"]);
    assert_eq!(of_reader.kinds(), ["COMMIT"]);
    assert_eq!(s.scalar(select(func::count_of(User::c.id)))?, Some(1));
    assert_eq!(of_writer.kinds(), ["BEGIN", "SELECT"]);
    s.close()?;
    assert_eq!(s.scalar(select(func::count_of(User::c.id)))?, Some(0));
    s.execute(insert::<User>().values(User::c.name.set("by hand")))?;
    assert_eq!(s.scalar(select(func::count_of(User::c.id)))?, Some(2));
    Ok(())
}

/// What goes where: queries with options are queries; what the program does by itself and what a flush reads
/// is of the writer.
// conforms: C06
#[test]
fn routing_of_what_only_looks_like_reading() -> Result<()> {
    let ((writer, of_writer), (reader, of_reader)) = (with_tables()?, with_tables()?);
    for engine in [&writer, &reader] {
        let mut s = Session::new(engine);
        let u = s.add(user("u"))?;
        s.push(&u, User::c.addresses, address("a"))?;
        s.commit()?;
    }
    of_writer.take();
    of_reader.take();
    let copy = reader.clone();
    let maker = sessionmaker(&writer)
        .get_bind(move |request| (!request.writes && !request.has_written).then(|| copy.clone()));
    let mut s = maker.session();
    let with_options =
        select(User::entity()).options(selectinload(User::c.addresses)).populate_existing();
    s.scalars(with_options)?;
    assert_eq!(of_reader.kinds(), ["BEGIN", "SELECT", "SELECT"]);
    assert_eq!(of_writer.take(), Vec::<String>::new());
    s.close()?;
    s.connection()?.execute(text("select count(*) from users"))?;
    assert_eq!(of_writer.kinds(), ["BEGIN", "select"]);
    s.close()?;
    assert_eq!(of_writer.kinds(), ["ROLLBACK"]);
    // The collection is read where its rows are changed.
    let u = s.get_one::<User>(1)?;
    of_reader.take();
    of_writer.take();
    s.delete(&u)?;
    s.commit()?;
    assert_eq!(of_writer.kinds(), ["BEGIN", "SELECT", "UPDATE", "DELETE", "COMMIT"]);
    assert_eq!(of_reader.kinds(), ["COMMIT"]);
    Ok(())
}

/// What a session's transaction is to the one that its connection has open.
// conforms: E080, C33, C34
#[test]
fn join_modes() {
    for database in [Database::Sqlite, Database::Postgres, Database::MySql] {
        let Some(fresh) = Fresh::new(database) else { continue };
        for (mode, nested, commit, rollback) in [
            (JoinMode::RollbackOnly, false, vec![], vec!["ROLLBACK"]),
            (JoinMode::ConditionalSavepoint, false, vec![], vec!["ROLLBACK"]),
            // Savepoints are no transactions of the connection's.
            (JoinMode::ConditionalSavepoint, true, vec![], vec![]),
            (JoinMode::CreateSavepoint, false, vec![], vec![]),
            (JoinMode::ControlFully, false, vec!["COMMIT"], vec!["ROLLBACK"]),
        ] {
            let run = || join(&fresh, mode, nested, &commit, &rollback);
            if let Err(error) = run() {
                panic!("{mode:?} on {database:?}: {error}");
            }
        }
    }
}

fn join(
    fresh: &Fresh,
    mode: JoinMode,
    nested: bool,
    commit: &[&str],
    rollback: &[&str],
) -> Result<()> {
    let engine = fresh.engine(EngineOptions::new())?;
    let metadata = MetaData::new().with::<User>().with::<Address>();
    engine.begin(|conn| {
        metadata.drop_all(conn)?;
        metadata.create_all(conn)
    })?;
    let mut conn = engine.connect()?;
    let root = conn.begin_root()?;
    conn.execute(text("select 1"))?;
    if nested {
        conn.begin_savepoint()?;
    }
    let log = Log::default();
    log.listen(&engine);
    let mut s = Session::on_connection(conn, mode, SessionOptions::new());
    s.add(user("kept"))?;
    s.commit()?;
    let sent = log.kinds();
    let (_, end) = sent.split_at(sent.iter().position(|word| word == "INSERT").unwrap() + 1);
    assert_eq!(end, commit, "{mode:?}");
    let u = s.add(user("undone"))?;
    s.flush()?;
    log.take();
    s.rollback()?;
    assert_eq!(log.kinds(), rollback, "{mode:?}");
    assert!(!s.contains(&u));
    let mut conn = s.into_connection()?;
    let is_part = rollback == ["ROLLBACK"] && commit.is_empty();
    if is_part {
        assert!(!conn.is_active(root), "the session's rollback is the whole one's");
    } else {
        let found = conn.scalar(select(func::count_of(User::c.id)))?;
        assert_eq!(found, Some(1), "{mode:?}");
    }
    conn.rollback()
}

/// A connection without a transaction is the session's like one of its own.
#[test]
fn connection_without_a_transaction() {
    everywhere(|place| {
        let conn = place.engine.connect()?;
        let options = SessionOptions::new();
        let mut s = Session::on_connection(conn, JoinMode::default(), options);
        for name in ["a", "b"] {
            s.add(user(name))?;
            s.commit()?;
            assert_eq!(place.log.kinds(), ["BEGIN", "INSERT", "COMMIT"]);
        }
        let conn = s.into_connection()?;
        assert!(!conn.in_transaction());
        drop(conn);
        let error = place.session().into_connection().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
        Ok(())
    });
}

/// A rollback where nothing was begun changes nothing, and a connection that cannot be made begins nothing.
#[test]
fn nothing_begun() {
    everywhere(|place| {
        let options = SessionOptions::new().expire_on_commit(false);
        let mut s = Session::with_options(&place.engine, options);
        let u = s.add(user("u"))?;
        s.commit()?;
        s.rollback()?;
        assert_eq!(s[&u].name, "u");
        Ok(())
    });
    let nowhere = create_engine("sqlite:////nowhere/at/all.db").unwrap();
    let mut s = Session::new(&nowhere);
    assert!(s.execute(text("select 1")).is_err());
    assert!(!s.in_transaction());
    assert!(s.begin().is_ok());
}

/// Objects that the program holds by a copy of a collection stay; what nobody holds is forgotten, also by rollbacks.
#[test]
fn forgotten() {
    everywhere(|place| {
        let mut s = place.session();
        let u = s.add(user("u"))?;
        let a = s.push(&u, User::c.addresses, address("a"))?;
        s.commit()?;
        s.load(&u, User::c.addresses)?;
        let held = s[&u].addresses.clone();
        drop((u, a));
        for _ in 0..3 {
            s.rollback()?;
            s.add_all((0..1_100).map(|_| user("rolled back")))?;
            s.rollback()?;
        }
        assert!(s.len() < 2_000, "{} objects", s.len());
        s.commit()?;
        let held = &held.get().unwrap()[0];
        assert_eq!(s.read(held)?.email, "a");
        Ok(())
    });
}
