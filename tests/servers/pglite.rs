//! PGlite: one session for all, behind a socket that lets one client in at a time.

use aludel::{EngineOptions, RawSql, create_engine_with, text};
use aludel_testing::settle;

use super::{by, once, run, urls};
use crate::support::unique;

/// The session outlives its client, so what one has prepared the next one finds.
#[test]
fn one_program_after_the_other() {
    let Some(url) = urls("ALUDEL_TEST_PGLITE_URL").map(|mut urls| urls.remove(0)) else { return };
    for driver in ["postgresql", "postgresql+postgres", "postgresql", "postgresql+postgres"] {
        let options = EngineOptions::new().pool_size(1).max_overflow(0);
        let engine = create_engine_with(&by(driver, &url), options).unwrap();
        let table = unique("one");
        // Until it has seen the end of the client before, it refuses the next.
        let mut first = None;
        settle("the one before is gone", || {
            first = engine.connect().ok();
            first.is_some()
        });
        let mut conn = first.unwrap();
        once(&mut conn, format!("create table {table} (id int primary key, v text)")).unwrap();
        for number in 0..40_i64 {
            let sql = format!("insert into {table} select :n, 'x' where {number} = :n");
            conn.execute(text(RawSql::new(sql)).bind("n", number)).unwrap();
        }
        let mut point = conn.begin_nested().unwrap();
        run(&mut point, format!("insert into {table} values (1, 'twice')")).unwrap_err();
        point.rollback().unwrap();
        conn.commit().unwrap();
        conn.close().unwrap();
        // The one connection of the pool, once more.
        let mut conn = engine.connect().unwrap();
        run(&mut conn, format!("delete from {table} where id < 20")).unwrap();
        conn.rollback().unwrap();
        let count = text(RawSql::new(format!("select count(*) from {table}")));
        assert_eq!(conn.scalar::<_, i64>(count).unwrap(), Some(40));
        once(&mut conn, format!("drop table {table}")).unwrap();
        conn.close().unwrap();
        engine.dispose();
    }
}
