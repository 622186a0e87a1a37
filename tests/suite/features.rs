//! What the dialect says that a database has, the server executes; the rest is refused before it is sent.

use aludel::sql::{Feature, SqlDialect};
use aludel::{ErrorKind, MetaData, Result};

use crate::feature_examples::{Example, Tables};
use crate::support::unique;
use crate::{Db, suite};

suite![every_feature];

/// What needs something that the tables do not have, a name that each database has otherwise, or
/// a session without a transaction.
const NOT_RUN: &[Feature] =
    &[Feature::FullTextMatch, Feature::Collations, Feature::ConcurrentIndexes];

fn every_feature(db: &Db) -> Result<()> {
    let tables = Tables::new(&unique("feature"))?;
    let mut conn = db.engine.connect()?;
    tables.metadata.create_all(&mut conn)?;
    conn.commit()?;
    let dialect = db.engine.dialect();
    let (mut executed, mut failures) = (0, Vec::new());
    for feature in Feature::ALL {
        let Example { before, statement, after } =
            tables.example(*feature, dialect.name() != "postgresql")?;
        let is_written = statement.clause().compile(dialect).is_ok();
        if is_written && NOT_RUN.contains(feature) {
            continue;
        }
        // What is refused needs nothing before it.
        let before = if is_written { before } else { Vec::new() };
        let done = before.iter().try_for_each(|one| one.run(&mut conn));
        let done = done.and_then(|()| statement.run(&mut conn));
        match done {
            Ok(()) => {
                assert!(is_written, "{feature:?} was sent though it cannot be written");
                executed += 1;
                after.iter().try_for_each(|one| one.run(&mut conn))?;
            }
            Err(error) if error.kind() == ErrorKind::Compile => {
                if SqlDialect::has(dialect, *feature) {
                    failures.push(format!("{feature:?}: {error}"));
                }
            }
            Err(error) => failures.push(format!("{feature:?} was sent: {error}")),
        }
        conn.rollback()?;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(executed > 40, "{executed}");
    MetaData::drop_all(&tables.metadata, &mut conn)?;
    conn.commit()
}
