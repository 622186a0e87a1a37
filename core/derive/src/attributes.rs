//! What stands in `#[aludel(…)]`.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, DeriveInput, Error, Field, LitInt, LitStr, Result};

/// The attributes of a struct.
pub(crate) struct OfStruct {
    pub(crate) table: LitStr,
}

/// The attributes of a field.
#[derive(Default)]
pub(crate) struct OfField {
    pub(crate) column: Option<LitStr>,
    pub(crate) foreign_key: Option<LitStr>,
    pub(crate) length: Option<LitInt>,
    pub(crate) primary_key: bool,
    pub(crate) unique: bool,
}

impl OfStruct {
    pub(crate) fn read(input: &DeriveInput) -> Result<Self> {
        let mut table = None;
        each(&input.attrs, |meta| {
            if meta.path.is_ident("table") {
                let name = name(&meta)?;
                if name.value().contains('.') {
                    let message = "a name has no dot; schemas are not supported yet";
                    return Err(Error::new(name.span(), message));
                }
                table = Some(name);
                return Ok(());
            }
            Err(meta.error("unknown attribute of a struct; known is `table = \"name\"`"))
        })?;
        let missing = || {
            let message =
                "the table has no name: write `#[aludel(table = \"…\")]` above the struct";
            Error::new(input.ident.span(), message)
        };
        Ok(Self { table: table.ok_or_else(missing)? })
    }
}

impl OfField {
    pub(crate) fn read(field: &Field) -> Result<Self> {
        let mut this = Self::default();
        each(&field.attrs, |meta| {
            if meta.path.is_ident("column") {
                this.column = Some(name(&meta)?);
            } else if meta.path.is_ident("foreign_key") {
                this.foreign_key = Some(target(&meta)?);
            } else if meta.path.is_ident("length") {
                let length: LitInt = meta.value()?.parse()?;
                length.base10_parse::<u32>()?;
                this.length = Some(length);
            } else if meta.path.is_ident("primary_key") {
                this.primary_key = true;
            } else if meta.path.is_ident("unique") {
                this.unique = true;
            } else {
                return Err(meta.error(
                    "unknown attribute of a field; known are `primary_key`, `unique`, \
                     `foreign_key = \"table.column\"`, `column = \"name\"` and `length = 40`",
                ));
            }
            Ok(())
        })?;
        Ok(this)
    }
}

fn each(
    attributes: &[Attribute],
    mut read: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("aludel"))
        .try_for_each(|attribute| attribute.parse_nested_meta(&mut read))
}

fn name(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let name: LitStr = meta.value()?.parse()?;
    if name.value().is_empty() || name.value().contains('\0') {
        return Err(Error::new(name.span(), "a name in the database is neither empty nor has NUL"));
    }
    Ok(name)
}

fn target(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    let target: LitStr = meta.value()?.parse()?;
    match target.value().rsplit_once('.') {
        Some((table, column)) if !table.is_empty() && !column.is_empty() => Ok(target),
        _ => Err(Error::new(target.span(), "a foreign key is written \"table.column\"")),
    }
}
