//! What stands in `#[aludel(…)]`.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{
    Attribute, DeriveInput, Error, Expr, Field, Ident, LitBool, LitInt, LitStr, Result, Token,
};

use crate::names::{action, column_name, name, reference, table_name};

/// The attributes of a struct.
pub(crate) struct OfStruct {
    pub(crate) table: LitStr,
    pub(crate) schema: Option<LitStr>,
    pub(crate) comment: Option<LitStr>,
    pub(crate) checks: Vec<LitStr>,
    pub(crate) uniques: Vec<Group>,
    pub(crate) indexes: Vec<Group>,
    pub(crate) foreign_keys: Vec<Group>,
}

/// Fields that belong together in a constraint or an index.
pub(crate) struct Group {
    pub(crate) fields: Vec<Ident>,
    pub(crate) name: Option<LitStr>,
    pub(crate) references: Option<LitStr>,
    pub(crate) actions: Actions,
}

/// What happens with a foreign key: the variants of `ReferentialAction`.
#[derive(Default)]
pub(crate) struct Actions {
    pub(crate) on_delete: Option<Ident>,
    pub(crate) on_update: Option<Ident>,
}

/// The attributes of a field.
#[derive(Default)]
pub(crate) struct OfField {
    pub(crate) column: Option<LitStr>,
    pub(crate) foreign_key: Option<LitStr>,
    pub(crate) actions: Actions,
    pub(crate) length: Option<LitInt>,
    pub(crate) ty: Option<Expr>,
    pub(crate) primary_key: bool,
    pub(crate) autoincrement: Option<LitBool>,
    pub(crate) unique: bool,
    pub(crate) index: bool,
    pub(crate) generated: Option<Generated>,
    pub(crate) comment: Option<LitStr>,
}

/// How the database makes the value of a field.
pub(crate) enum Generated {
    Default(LitStr),
    Computed(LitStr),
    Identity,
}

impl Actions {
    /// Reads `on_delete = "…"` or `on_update = "…"`; whether it was one of them.
    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        if meta.path.is_ident("on_delete") {
            self.on_delete = Some(action(meta)?);
        } else if meta.path.is_ident("on_update") {
            self.on_update = Some(action(meta)?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn any(&self) -> Option<&Ident> {
        self.on_delete.as_ref().or(self.on_update.as_ref())
    }
}

impl OfStruct {
    pub(crate) fn read(input: &DeriveInput) -> Result<Self> {
        let mut table = None;
        let (mut schema, mut comment, mut checks) = (None, None, Vec::new());
        let (mut uniques, mut indexes, mut foreign_keys) = (Vec::new(), Vec::new(), Vec::new());
        each(&input.attrs, |meta| {
            if meta.path.is_ident("table") {
                table = Some(table_name(&meta)?);
            } else if meta.path.is_ident("schema") {
                schema = Some(name(&meta)?);
            } else if meta.path.is_ident("comment") {
                comment = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("check") {
                checks.push(meta.value()?.parse()?);
            } else if meta.path.is_ident("unique") {
                uniques.push(Group::read(&meta, "unique")?);
            } else if meta.path.is_ident("index") {
                indexes.push(Group::read(&meta, "index")?);
            } else if meta.path.is_ident("foreign_key") {
                foreign_keys.push(Group::read(&meta, "foreign_key")?);
            } else {
                return Err(meta.error(
                    "unknown attribute of a mapped struct; known are `table = \"name\"`, `schema = \
                     \"name\"`, `unique(a, b)`, `index(a, b)`, `check = \"sql\"`, `foreign_key(a, b, \
                     references = \"table(x, y)\")` and `comment = \"text\"`",
                ));
            }
            Ok(())
        })?;
        let Some(table) = table else {
            return Err(Error::new(
                input.ident.span(),
                "the table of this struct has no name; write `#[aludel(table = \"…\")]` above the \
                 struct",
            ));
        };
        Ok(Self { table, schema, comment, checks, uniques, indexes, foreign_keys })
    }
}

impl Group {
    /// Reads `(a, b, name = "…")`.
    fn read(meta: &ParseNestedMeta<'_>, what: &str) -> Result<Self> {
        let span = meta.path.get_ident().map_or_else(Span::call_site, Ident::span);
        let mut this =
            Self { fields: Vec::new(), name: None, references: None, actions: Actions::default() };
        if !meta.input.peek(syn::token::Paren) {
            let example = match what {
                "foreign_key" => "foreign_key(a, b, references = \"table(x, y)\")".to_owned(),
                _ => format!("{what}(a, b)"),
            };
            let message = format!(
                "`{what}` of a struct names its fields; write `{example}`, or `{what}` above a field"
            );
            return Err(Error::new(span, message));
        }
        meta.parse_nested_meta(|inner| {
            let is_key = what == "foreign_key";
            if inner.input.peek(Token![=]) {
                if inner.path.is_ident("name") {
                    this.name = Some(name(&inner)?);
                } else if is_key && inner.path.is_ident("references") {
                    this.references = Some(inner.value()?.parse()?);
                } else if !(is_key && this.actions.read(&inner)?) {
                    return Err(inner.error(if is_key {
                        "unknown; a `foreign_key` has fields, `references = \"table(x, y)\"`, \
                         `on_delete`, `on_update` and `name`"
                    } else {
                        "unknown; give fields, and `name = \"…\"` if it needs a name of its own"
                    }));
                }
                return Ok(());
            }
            match inner.path.get_ident() {
                Some(field) => this.fields.push(field.clone()),
                None => return Err(inner.error("name fields of this struct")),
            }
            Ok(())
        })?;
        if this.fields.is_empty() {
            return Err(Error::new(span, format!("`{what}` names no field; name at least one")));
        }
        if what == "foreign_key" && this.references.is_none() {
            let message = "this foreign key does not say what it names; add `references = \
                           \"table(x, y)\"`, with a column for each field";
            return Err(Error::new(span, message));
        }
        Ok(this)
    }
}

impl OfField {
    pub(crate) fn read(field: &Field) -> Result<Self> {
        let mut this = Self::default();
        each(&field.attrs, |meta| this.read_one(&meta))?;
        if let (None, Some(action)) = (&this.foreign_key, this.actions.any()) {
            let message = "`on_delete` and `on_update` belong to a foreign key; add `foreign_key = \
                           \"table.column\"`";
            return Err(Error::new(action.span(), message));
        }
        if let (Some(length), Some(_)) = (&this.length, &this.ty) {
            let message = "`length` and `type` both say the type; remove one of them";
            return Err(Error::new(length.span(), message));
        }
        Ok(this)
    }

    fn read_one(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let path = &meta.path;
        if path.is_ident("column") {
            self.column = Some(column_name(meta)?);
        } else if path.is_ident("foreign_key") {
            self.foreign_key = Some(reference(meta)?);
        } else if path.is_ident("length") {
            let length: LitInt = meta.value()?.parse()?;
            if !length.base10_parse::<u32>().is_ok_and(|length| length > 0) {
                let message =
                    "a length is a whole number from 1 to 4294967295, such as `length = 40`";
                return Err(Error::new(length.span(), message));
            }
            self.length = Some(length);
        } else if path.is_ident("type") {
            self.ty = Some(meta.value()?.parse()?);
        } else if path.is_ident("primary_key") {
            self.primary_key = true;
        } else if path.is_ident("autoincrement") {
            self.autoincrement = Some(meta.value()?.parse()?);
        } else if path.is_ident("unique") {
            self.unique = true;
        } else if path.is_ident("index") {
            self.index = true;
        } else if path.is_ident("server_default") {
            self.generate(meta, Generated::Default(meta.value()?.parse()?))?;
        } else if path.is_ident("computed") {
            self.generate(meta, Generated::Computed(meta.value()?.parse()?))?;
        } else if path.is_ident("identity") {
            self.generate(meta, Generated::Identity)?;
        } else if path.is_ident("comment") {
            self.comment = Some(meta.value()?.parse()?);
        } else if !self.actions.read(meta)? {
            return Err(meta.error(
                "unknown attribute of a field; known are `primary_key`, `autoincrement = false`, \
                 `unique`, `index`, `foreign_key = \"table.column\"`, `on_delete = \"cascade\"`, \
                 `on_update = \"cascade\"`, `column = \"name\"`, `length = 40`, `type = \
                 types::Numeric(10, 2)`, `server_default = \"sql\"`, `computed = \"sql\"`, \
                 `identity` and `comment = \"text\"`",
            ));
        }
        Ok(())
    }

    fn generate(&mut self, meta: &ParseNestedMeta<'_>, generated: Generated) -> Result<()> {
        if self.generated.is_some() {
            return Err(meta.error(
                "the value of a field is made in one way; keep one of `server_default`, `computed` \
                 and `identity`",
            ));
        }
        self.generated = Some(generated);
        Ok(())
    }
}

/// Reads each of the attributes `#[aludel(…)]`.
pub(crate) fn each(
    attributes: &[Attribute],
    mut read: impl FnMut(ParseNestedMeta<'_>) -> Result<()>,
) -> Result<()> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("aludel"))
        .try_for_each(|attribute| attribute.parse_nested_meta(&mut read))
}
