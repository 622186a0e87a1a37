//! INSERT of objects.

use super::super::undo::Undo;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::key::AnyRef;
use crate::orm::mapper::Mapper;
use crate::orm::session::Inner;
use crate::row::Row;
use crate::sql::{AnyColumn, Assignment, Dynamic, ParamSets, Params};
use crate::value::Value;

/// Inserts objects, in their order: those that follow each other and give the same columns by one statement.
pub(super) fn insert(
    inner: &mut Inner,
    undo: &mut Undo,
    mapper: &'static Mapper,
    keys: &[AnyRef],
) -> Result<()> {
    for key in keys {
        set_defaults(inner, undo, mapper, key)?;
    }
    let mut at = 0;
    while at < keys.len() {
        let given = given(inner, mapper, &keys[at])?;
        let mut end = at + 1;
        let is_plain = |key: &AnyRef| inner.store.expressions(key).is_empty();
        while end < keys.len()
            && is_plain(&keys[at])
            && is_plain(&keys[end])
            && self::given(inner, mapper, &keys[end])? == given
        {
            end += 1;
        }
        insert_alike(inner, undo, mapper, &keys[at..end], &given)?;
        at = end;
    }
    Ok(())
}

/// Gives columns without a value what the struct says an INSERT sets them to, where that is a value.
fn set_defaults(
    inner: &mut Inner,
    undo: &mut Undo,
    mapper: &'static Mapper,
    key: &AnyRef,
) -> Result<()> {
    if let Some(version) = mapper.version()
        && let Some(first) = version.kind.next(None)
    {
        undo.set(&mut inner.store, key, version.place, &first)?;
    }
    for place in 0..mapper.width() {
        let Some(default) = mapper.column(place).client_default() else { continue };
        if inner.store.slot(key)?.object().column(place).is_none()
            && let Some(value) = default.value()
        {
            undo.set(&mut inner.store, key, place, &value)?;
        }
    }
    Ok(())
}

/// The columns that the statement sets.
fn given(inner: &Inner, mapper: &Mapper, key: &AnyRef) -> Result<Vec<usize>> {
    let object = inner.store.slot(key)?.object();
    let is_given = |place: &usize| {
        object.column(*place).is_some()
            && mapper.column(*place).computed_sql().is_none()
            && !inner.store.expressions(key).iter().any(|(of, _)| of == place)
    };
    Ok((0..mapper.width()).filter(is_given).collect())
}

fn insert_alike(
    inner: &mut Inner,
    undo: &mut Undo,
    mapper: &'static Mapper,
    keys: &[AnyRef],
    given: &[usize],
) -> Result<()> {
    let made: Vec<usize> = (0..mapper.width()).filter(|place| !given.contains(place)).collect();
    let sets = keys.iter().map(|key| set(inner, mapper, key, given));
    let sets: Vec<Params> = sets.collect::<Result<_>>()?;
    let table = mapper.table();
    let expressions = keys.first().map_or(Vec::new(), |key| expressions(inner, key));
    let connection = inner.connections.connection_for(Some(mapper), true)?;
    if made.is_empty() {
        let statement = table.insert();
        connection.execute_param_sets(statement, sets.into_iter().collect::<ParamSets>())?;
        return Ok(());
    }
    if !connection.engine().dialect().capabilities().insert_returning {
        return insert_each(inner, undo, mapper, keys, sets, &made);
    }
    let returned: Vec<AnyColumn> =
        made.iter().map(|place| mapper.columns()[*place].clone()).collect();
    let insert = table.insert();
    let rows: Vec<Row> = match (&*sets, expressions.is_empty()) {
        // Such an object is written alone.
        ([set], false) => {
            let statement = insert.values(assignments(mapper, set, expressions)?);
            connection.execute(statement.returning(returned))?.all()?
        }
        _ => {
            let sets = sets.into_iter().collect::<ParamSets>();
            connection.execute_param_sets(insert.returning(returned), sets)?.all()?
        }
    };
    if rows.len() != keys.len() {
        return Err(Error::new(
            ErrorKind::Flush,
            format!(
                "{} rows were inserted into {:?}, and {} came back",
                keys.len(),
                table.name(),
                rows.len()
            ),
        ));
    }
    for (key, row) in keys.iter().zip(rows) {
        for (number, place) in made.iter().enumerate() {
            let value: Value = row.get(number)?;
            if value != Value::Null {
                undo.set(&mut inner.store, key, *place, &value)?;
            }
        }
    }
    Ok(())
}

/// One statement for each: the database says which key it has made, and no more.
fn insert_each(
    inner: &mut Inner,
    undo: &mut Undo,
    mapper: &'static Mapper,
    keys: &[AnyRef],
    sets: Vec<Params>,
    made: &[usize],
) -> Result<()> {
    for (key, set) in keys.iter().zip(sets) {
        let expressions = expressions(inner, key);
        let statement = mapper.table().insert().values(assignments(mapper, &set, expressions)?);
        let done = inner.connections.connection_for(Some(mapper), true)?.execute(statement)?;
        for place in made {
            if mapper.key() == [*place] {
                let value: Value = done.inserted_primary_key()?;
                undo.set(&mut inner.store, key, *place, &value)?;
            } else {
                inner.store.slot_mut(key)?.expire();
            }
        }
    }
    Ok(())
}

/// What columns of an object are set to that are no values.
fn expressions(inner: &Inner, key: &AnyRef) -> Vec<Assignment<Dynamic>> {
    inner.store.expressions(key).iter().map(|(_, to)| to.untyped()).collect()
}

/// What columns are set to.
fn assignments(
    mapper: &Mapper,
    set: &Params,
    mut expressions: Vec<Assignment<Dynamic>>,
) -> Result<Vec<Assignment<Dynamic>>> {
    for (name, value) in set.iter() {
        expressions.push(mapper.table().c(name)?.set(value.clone()));
    }
    Ok(expressions)
}

/// The values of the columns that the statement sets.
fn set(inner: &Inner, mapper: &Mapper, key: &AnyRef, given: &[usize]) -> Result<Params> {
    let object = inner.store.slot(key)?.object();
    let pairs = given.iter().map(|place| {
        let value = object.column(*place).unwrap_or(Value::Null);
        (mapper.column(*place).name().clone(), value)
    });
    Ok(Params::of_names(true, pairs.collect()))
}
