//! What the fields of a struct may do: panic in `Clone`.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use aludel::orm::Session;
use aludel::{ColumnValue, FromValue, Mapped, MetaData, Result, Value, ValueRef, create_engine};

static PANICS: AtomicBool = AtomicBool::new(false);

#[derive(Debug, PartialEq)]
struct Fragile(String);

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(!PANICS.swap(false, Ordering::SeqCst), "it cannot be cloned now");
        Self(self.0.clone())
    }
}

impl ColumnValue for Fragile {
    type Family = aludel::sql::family::Text;
    const TYPE: &'static aludel::types::Type = &aludel::types::String(60);

    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        Ok(Self(<String as FromValue>::from_value(value)?))
    }

    fn to_value(&self) -> Value {
        self.0.as_str().into()
    }
}

#[derive(Debug, Mapped)]
#[aludel(table = "fragile")]
struct Row {
    #[aludel(primary_key)]
    id: i64,
    value: Fragile,
}

#[test]
fn an_edit_after_one_whose_clone_has_panicked_is_written() -> Result<()> {
    let engine = create_engine("sqlite://")?;
    engine.begin(|conn| MetaData::new().with::<Row>().create_all(conn))?;
    let mut s = Session::new(&engine);
    let key = s.add(Row { id: 1, value: Fragile("a".into()) })?;
    s.commit()?;
    s.read(&key)?;
    PANICS.store(true, Ordering::SeqCst);
    assert!(catch_unwind(AssertUnwindSafe(|| s.edit(&key).map(drop))).is_err());
    s.edit(&key)?.value = Fragile("b".into());
    s.commit()?;
    assert_eq!(s.read(&key)?.value, Fragile("b".into()));
    Ok(())
}
