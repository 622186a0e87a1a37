//! Names in attributes: of tables, of columns, of what a foreign key names.

use syn::meta::ParseNestedMeta;
use syn::{Error, Ident, LitStr, Result};

/// The name of a table, without a schema.
pub(crate) fn table_name(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let table = name(meta)?;
    match table.value().rsplit_once('.') {
        None => Ok(table),
        Some((schema, name)) => Err(Error::new(
            table.span(),
            format!(
                "the schema of a table stands apart; write `table = {name:?}, schema = {schema:?}`"
            ),
        )),
    }
}

/// The name of a column.
pub(crate) fn column_name(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    name(meta)
}

/// A name in the database.
pub(crate) fn name(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let name: LitStr = meta.value()?.parse()?;
    if name.value().is_empty() || name.value().contains('\0') {
        let message = "a name in the database is not empty and has no NUL; write another";
        return Err(Error::new(name.span(), message));
    }
    Ok(name)
}

/// What a foreign key of one field names: `"table.column"`.
pub(crate) fn reference(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let target: LitStr = meta.value()?.parse()?;
    let value = target.value();
    let parts: Vec<_> = value.split('.').collect();
    if matches!(parts.len(), 2 | 3) && parts.iter().all(|part| !part.is_empty()) {
        return Ok(target);
    }
    Err(Error::new(
        target.span(),
        "a foreign key names a column of a table; write `foreign_key = \"table.column\"` or \
         `\"schema.table.column\"`",
    ))
}

/// What a foreign key of several fields names: the table and the columns of `"table(x, y)"`.
pub(crate) fn references(target: &LitStr) -> Result<(String, Vec<String>)> {
    let value = target.value();
    let parts = value.strip_suffix(')').and_then(|rest| rest.split_once('('));
    if let Some((table, columns)) = parts {
        let columns: Vec<_> = columns.split(',').map(|column| column.trim().to_owned()).collect();
        let table = table.trim();
        if !table.is_empty() && columns.iter().all(|column| !column.is_empty()) {
            return Ok((table.to_owned(), columns));
        }
    }
    let message = "a foreign key of several fields names a table and its columns; write \
                   `references = \"table(x, y)\"`";
    Err(Error::new(target.span(), message))
}

/// What happens with a foreign key: the variant of `ReferentialAction`.
pub(crate) fn action(meta: &ParseNestedMeta<'_>) -> Result<Ident> {
    let action: LitStr = meta.value()?.parse()?;
    let variant = match action.value().to_ascii_lowercase().as_str() {
        "no action" => "NoAction",
        "restrict" => "Restrict",
        "cascade" => "Cascade",
        "set null" => "SetNull",
        "set default" => "SetDefault",
        _ => {
            let message = "unknown action of a foreign key; known are \"no action\", \"restrict\", \
                           \"cascade\", \"set null\" and \"set default\"";
            return Err(Error::new(action.span(), message));
        }
    };
    Ok(Ident::new(variant, action.span()))
}

/// When a constraint is checked: the variant of `Deferrable`.
pub(crate) fn deferrable(meta: &ParseNestedMeta<'_>) -> Result<Ident> {
    let when: LitStr = meta.value()?.parse()?;
    let variant = match when.value().to_ascii_lowercase().as_str() {
        "initially immediate" => "InitiallyImmediate",
        "initially deferred" => "InitiallyDeferred",
        _ => {
            let message = "a constraint is checked \"initially immediate\" or \"initially deferred\"; \
                           without `deferrable` it is checked with each statement";
            return Err(Error::new(when.span(), message));
        }
    };
    Ok(Ident::new(variant, when.span()))
}
