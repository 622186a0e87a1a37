//! UPDATE of objects.

use super::super::undo::Undo;
use super::row_key::sorted_by_key;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::key::AnyRef;
use crate::orm::mapper::{Mapper, VersionKind};
use crate::orm::session::Inner;
use crate::sql::{Condition, Dynamic, Name, ParamSets, Params, Update, bindparam};
use crate::value::Value;

/// Updates the objects of which columns have changed, in the order of their keys: those that follow each other and
/// change the same columns by one statement.
pub(super) fn update(
    inner: &mut Inner,
    undo: &mut Undo,
    mapper: &'static Mapper,
    keys: Vec<AnyRef>,
) -> Result<()> {
    let mut changed = Vec::new();
    for (key, row) in sorted_by_key(&inner.store, mapper, keys)? {
        let columns = changed_columns(inner, mapper, &key)?;
        if !columns.is_empty() || !inner.store.expressions(&key).is_empty() {
            let columns = with_onupdate(inner, undo, mapper, &key, columns)?;
            let columns = with_version(inner, undo, mapper, &key, columns)?;
            if mapper.is_computed() {
                // What the database makes of the others is read when it is asked for.
                inner.store.slot_mut(&key)?.expire();
            }
            changed.push((key, row, columns));
        }
    }
    let mut at = 0;
    while at < changed.len() {
        let columns = &changed[at].2;
        let is_plain = |key: &AnyRef| inner.store.expressions(key).is_empty();
        let alike = match is_plain(&changed[at].0) {
            true => changed[at..]
                .iter()
                .take_while(|(key, _, other)| other == columns && is_plain(key))
                .count(),
            false => 1,
        };
        update_alike(inner, mapper, &changed[at..at + alike])?;
        at += alike;
    }
    Ok(())
}

/// Updates some columns of one object.
pub(super) fn columns(inner: &mut Inner, key: &AnyRef, columns: &[usize]) -> Result<()> {
    let mapper = inner.store.slot(key)?.object().mapper();
    let slot = inner.store.slot(key)?;
    // It was written a moment ago, unless it is to be deleted. Its version was looked at then.
    let object = match slot.known() {
        Some(known) if slot.deleting => known,
        _ => slot.object(),
    };
    let row = mapper.key_of(object).ok_or_else(|| {
        Error::new(ErrorKind::Internal, format!("{key:?} was written and has no primary key"))
    })?;
    update_alike(inner, mapper, &[(key.clone(), row, columns.to_vec())])
}

/// The columns that differ from what the database has.
fn changed_columns(inner: &Inner, mapper: &Mapper, key: &AnyRef) -> Result<Vec<usize>> {
    let slot = inner.store.slot(key)?;
    let Some(base) = slot.base() else { return Ok(Vec::new()) };
    let object = slot.object();
    if mapper.key().iter().any(|place| object.column(*place).is_none()) {
        return Err(Error::new(
            ErrorKind::Flush,
            format!("{key:?} has a row, and its primary key was unset; refresh() brings it back"),
        ));
    }
    let expressions = inner.store.expressions(key);
    let has_changed = |place: &usize| {
        let is = object.column(*place);
        let is_set = !expressions.iter().any(|(of, _)| of == place);
        is_set && is.is_some() && is != base.column(*place)
    };
    Ok((0..mapper.width()).filter(has_changed).collect())
}

/// With the columns that an UPDATE sets by itself.
fn with_onupdate(
    inner: &mut Inner,
    undo: &mut Undo,
    mapper: &'static Mapper,
    key: &AnyRef,
    mut columns: Vec<usize>,
) -> Result<Vec<usize>> {
    for place in 0..mapper.width() {
        let Some(onupdate) = mapper.column(place).client_onupdate() else { continue };
        if columns.contains(&place) {
            continue;
        }
        match onupdate.value() {
            Some(value) => {
                undo.set(&mut inner.store, key, place, &value)?;
                columns.push(place);
            }
            // The statement has the expression; what it gave is read when it is asked for.
            None => inner.store.slot_mut(key)?.expire(),
        }
    }
    columns.sort_unstable();
    Ok(columns)
}

/// With the version, which becomes the next one.
fn with_version(
    inner: &mut Inner,
    undo: &mut Undo,
    mapper: &'static Mapper,
    key: &AnyRef,
    mut columns: Vec<usize>,
) -> Result<Vec<usize>> {
    let Some(version) = mapper.version() else { return Ok(columns) };
    let slot = inner.store.slot(key)?;
    let before = slot.known().and_then(|object| object.column(version.place));
    if let Some(next) = version.kind.next(before.as_ref()) {
        undo.set(&mut inner.store, key, version.place, &next)?;
        columns.push(version.place);
        columns.sort_unstable();
        columns.dedup();
    } else if matches!(version.kind, VersionKind::Server) {
        columns.retain(|place| *place != version.place);
        inner.store.slot_mut(key)?.expire();
    }
    Ok(columns)
}

fn update_alike(
    inner: &mut Inner,
    mapper: &'static Mapper,
    rows: &[(AnyRef, Vec<Value>, Vec<usize>)],
) -> Result<()> {
    let Some((first, row, columns)) = rows.first() else { return Ok(()) };
    let mut statement: Update<Dynamic> = mapper.table().update();
    for place in columns {
        let column = mapper.columns()[*place].clone();
        statement = statement.values(column.set(bindparam(value_name(*place))));
    }
    // Such an object is written alone.
    for (_, expression) in inner.store.expressions(first) {
        statement = statement.values(expression.untyped());
    }
    let is_computed = !inner.store.expressions(first).is_empty();
    let statement = statement.where_(by_key(mapper, row.len()));
    let sets = rows.iter().map(|(key, row, columns)| {
        let object = inner.store.slot(key)?.object();
        let values = columns
            .iter()
            .map(|place| (value_name(*place), object.column(*place).unwrap_or(Value::Null)));
        Ok(Params::of_names(true, values.chain(key_values(row)).collect()))
    });
    let sets: ParamSets = sets.collect::<Result<Vec<_>>>()?.into_iter().collect();
    let found = inner
        .connections
        .connection_for(Some(mapper), true)?
        .execute_param_sets(statement, sets)?
        .rowcount();
    if is_computed {
        // What it gave is read when it is asked for.
        inner.store.slot_mut(first)?.expire();
    }
    if found == rows.len() as u64 {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::StaleData,
        format!(
            "{} rows of {:?} were to be updated, and {found} were found: another transaction has deleted or changed \
             them; roll back, load the objects anew and decide again",
            rows.len(),
            mapper.table().name()
        ),
    ))
}

/// That a row has the primary key that binds give, and the version, if there are so many of them.
pub(super) fn by_key(mapper: &Mapper, width: usize) -> impl Condition + use<> {
    let version = mapper.version().map(|version| &version.place);
    let columns = mapper.key().iter().chain(version).take(width).enumerate();
    let mut conditions = columns
        .map(|(number, place)| mapper.columns()[*place].clone().eq(bindparam(key_name(number))));
    match conditions.next() {
        Some(first) => conditions.fold(first, |all, next| crate::sql::and_((all, next))),
        None => unreachable!("a mapped struct has a primary key"),
    }
}

/// The values of those binds.
pub(super) fn key_values(row: &[Value]) -> impl Iterator<Item = (Name, Value)> {
    row.iter().enumerate().map(|(number, value)| (key_name(number), value.clone()))
}

fn value_name(place: usize) -> Name {
    Name::from(format!("value_{place}"))
}

fn key_name(number: usize) -> Name {
    Name::from(format!("key_{number}"))
}
