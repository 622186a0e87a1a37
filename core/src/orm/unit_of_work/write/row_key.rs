//! The primary keys of the rows of objects, and objects in their order.

use crate::error::{Error, ErrorKind, Result};
use crate::orm::key::AnyRef;
use crate::orm::mapper::Mapper;
use crate::orm::store::Store;
use crate::value::Value;

/// The primary key that the row of an object has, and its version behind it, if there is one.
pub(super) fn key_of_row(store: &Store, mapper: &Mapper, key: &AnyRef) -> Result<Vec<Value>> {
    let known = store.slot(key)?.known();
    let Some((known, mut values)) = known.and_then(|of| Some((of, mapper.key_of(of)?))) else {
        return Err(Error::new(
            ErrorKind::Internal,
            format!("{key:?} is persistent and has no primary key"),
        ));
    };
    if let Some(version) = mapper.version() {
        values.push(known.column(version.place).unwrap_or(Value::Null));
    }
    Ok(values)
}

/// Objects in the order of the primary keys of their rows.
pub(super) fn sorted_by_key(
    store: &Store,
    mapper: &Mapper,
    keys: Vec<AnyRef>,
) -> Result<Vec<(AnyRef, Vec<Value>)>> {
    let with_key = |key: AnyRef| key_of_row(store, mapper, &key).map(|values| (key, values));
    let mut all: Vec<_> = keys.into_iter().map(with_key).collect::<Result<_>>()?;
    all.sort_by(|(_, one), (_, other)| {
        let compared = one.iter().zip(other).map(|(one, other)| compare(one, other));
        compared.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    Ok(all)
}

fn compare(one: &Value, other: &Value) -> std::cmp::Ordering {
    match (one, other) {
        (Value::Int(one), Value::Int(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Bytes(one), Value::Bytes(other)) => one.cmp(other),
        (Value::Uuid(one), Value::Uuid(other)) => one.as_bytes().cmp(other.as_bytes()),
        _ => std::cmp::Ordering::Equal,
    }
}
