//! Another connection in the place of the one that was lent, awaited: its transaction does not pass for the
//! caller's.

use std::mem;

use aludel::{AsyncEngine, Error, ErrorKind, Result, Strategy, text};

use crate::{add, facade, names, users};

facade![no_other_transaction_is_committed];

#[track_caller]
fn assert_refused(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    assert!(error.message().contains("in its place"), "{error}");
}

async fn no_other_transaction_is_committed<S: Strategy>(engine: AsyncEngine<S>) -> Result<()> {
    users(&engine, &[]).await?;
    // A guard.
    let mut other = engine.connect().await?;
    assert_eq!(other.scalar(text("select 1")).await?, Some(1_i64));
    let mut conn = engine.connect().await?;
    let mut guard = conn.begin().await?;
    add(&mut guard, "unseen").await?;
    mem::swap(&mut *guard, &mut other);
    assert!(!guard.is_active());
    assert_refused(&guard.commit().await.unwrap_err());
    assert!(conn.in_transaction());
    conn.commit().await?;
    other.close().await?;
    // A closure of the engine.
    assert_eq!(conn.scalar(text("select 2")).await?, Some(2_i64));
    let begun = engine.begin(async |own| {
        add(own, "unseen").await?;
        mem::swap(own, &mut conn);
        Ok(())
    });
    assert_refused(&begun.await.unwrap_err());
    conn.close().await?;
    // Synchronous code.
    let mut conn = engine.connect().await?;
    assert_eq!(conn.scalar(text("select 4")).await?, Some(4_i64));
    let swapped = conn.run_sync(|conn| {
        let mut other = conn.engine().connect()?;
        assert_eq!(other.scalar(text("select 3"))?, Some(3_i64));
        mem::swap(conn, &mut other);
        drop(other);
        Ok(())
    });
    assert_refused(&swapped.await.unwrap_err());
    let error = conn.commit().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PendingRollback, "{error}");
    conn.rollback().await?;
    assert_eq!(names(&mut conn).await?, <[String; 0]>::default());
    conn.close().await
}
