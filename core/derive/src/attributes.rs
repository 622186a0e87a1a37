//! What stands in `#[aludel(…)]`.

use syn::meta::ParseNestedMeta;
use syn::spanned::Spanned;
use syn::{Attribute, DeriveInput, Error, Expr, Field, LitBool, LitInt, LitStr, Result, Token};

use crate::group::{Check, Group, Rules};
use crate::index::IndexOf;
use crate::names::{column_name, name, reference, table_name};

/// The attributes of a struct.
pub(crate) struct OfStruct {
    pub(crate) table: LitStr,
    pub(crate) schema: Option<LitStr>,
    pub(crate) comment: Option<LitStr>,
    pub(crate) checks: Vec<Check>,
    pub(crate) uniques: Vec<Group>,
    pub(crate) indexes: Vec<IndexOf>,
    pub(crate) foreign_keys: Vec<Group>,
    /// Constraints as expressions of Rust.
    pub(crate) constraints: Vec<Expr>,
    pub(crate) options: Option<Expr>,
    pub(crate) prefixes: Vec<Expr>,
    pub(crate) temporary: bool,
    pub(crate) confirm_deleted_rows: bool,
}

/// The attributes of a field.
#[derive(Default)]
pub(crate) struct OfField {
    pub(crate) column: Option<LitStr>,
    pub(crate) foreign_key: Option<LitStr>,
    pub(crate) rules: Rules,
    pub(crate) length: Option<LitInt>,
    pub(crate) ty: Option<Expr>,
    pub(crate) primary_key: bool,
    pub(crate) autoincrement: Option<LitBool>,
    pub(crate) unique: bool,
    pub(crate) indexes: Vec<IndexOf>,
    pub(crate) checks: Vec<Check>,
    pub(crate) generated: Option<Generated>,
    pub(crate) default: Option<Made>,
    pub(crate) onupdate: Option<Made>,
    pub(crate) comment: Option<LitStr>,
    pub(crate) version: Option<VersionOf>,
}

/// Who makes the version of a row.
pub(crate) enum VersionOf {
    Counter,
    By(Expr),
    Manual,
    Server,
}

/// How the database makes the value of a field.
pub(crate) enum Generated {
    Default(Expr),
    Computed(Expr),
    Virtual(Expr),
    /// The `Identity`, if it is not one that counts from 1.
    Identity(Option<Expr>),
}

/// What a statement sets a field to that the program does not set.
pub(crate) enum Made {
    /// A value, or an expression of the language.
    Value(Expr),
    /// What is called for each row.
    Closure(Expr),
    Sql(Expr),
}

impl OfStruct {
    pub(crate) fn read(input: &DeriveInput) -> Result<Self> {
        let mut table = None;
        let (mut schema, mut comment, mut checks) = (None, None, Vec::new());
        let (mut uniques, mut indexes, mut foreign_keys) = (Vec::new(), Vec::new(), Vec::new());
        let (mut constraints, mut options) = (Vec::new(), None);
        let (mut prefixes, mut temporary) = (Vec::new(), false);
        let mut confirm_deleted_rows = true;
        each(&input.attrs, |meta| {
            if meta.path.is_ident("table") {
                table = Some(table_name(&meta)?);
            } else if meta.path.is_ident("schema") {
                schema = Some(name(&meta)?);
            } else if meta.path.is_ident("comment") {
                comment = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("check") {
                checks.push(Check::read(&meta)?);
            } else if meta.path.is_ident("unique") {
                uniques.push(Group::read(&meta, "unique")?);
            } else if meta.path.is_ident("index") {
                indexes.push(IndexOf::of_struct(&meta)?);
            } else if meta.path.is_ident("foreign_key") {
                foreign_keys.push(Group::read(&meta, "foreign_key")?);
            } else if meta.path.is_ident("constraint") {
                constraints.push(meta.value()?.parse()?);
            } else if meta.path.is_ident("options") {
                options = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("prefix") {
                prefixes.push(meta.value()?.parse()?);
            } else if meta.path.is_ident("temporary") {
                temporary = true;
            } else if meta.path.is_ident("confirm_deleted_rows") {
                confirm_deleted_rows = meta.value()?.parse::<LitBool>()?.value;
            } else {
                return Err(meta.error(
                    "unknown attribute of a mapped struct; known are `table = \"name\"`, `schema = \
                     \"name\"`, `unique(a, b)`, `index(a, b)`, `check = \"sql\"`, `foreign_key(a, b, \
                     references = \"table(x, y)\")`, `constraint = …`, `options = \
                     TableOptions::new()`, `prefix = \"UNLOGGED\"`, `temporary`, `confirm_deleted_rows = \
                     false` and `comment = \"text\"`",
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
        Ok(Self {
            table,
            schema,
            comment,
            checks,
            uniques,
            indexes,
            foreign_keys,
            constraints,
            options,
            prefixes,
            temporary,
            confirm_deleted_rows,
        })
    }
}

impl OfField {
    pub(crate) fn read(field: &Field) -> Result<Self> {
        let mut this = Self::default();
        each(&field.attrs, |meta| this.read_one(&meta, field))?;
        if let (None, Some(span)) = (&this.foreign_key, this.rules.span()) {
            let message = "`on_delete`, `on_update`, `deferrable` and `use_alter` belong to a foreign \
                           key; add `foreign_key = \"table.column\"`";
            return Err(Error::new(span, message));
        }
        if let (Some(length), Some(_)) = (&this.length, &this.ty) {
            let message = "`length` and `type` both say the type; remove one of them";
            return Err(Error::new(length.span(), message));
        }
        Ok(this)
    }

    fn read_one(&mut self, meta: &ParseNestedMeta<'_>, field: &Field) -> Result<()> {
        let path = &meta.path;
        if path.is_ident("column") {
            self.column = Some(column_name(meta)?);
        } else if path.is_ident("foreign_key") {
            self.foreign_key = Some(reference(meta)?);
        } else if path.is_ident("use_alter") {
            self.rules.use_alter = Some(path.span());
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
        } else if let (true, Some(ident)) = (path.is_ident("index"), &field.ident) {
            self.indexes.push(IndexOf::of_field(meta, ident)?);
        } else if path.is_ident("check") {
            self.checks.push(Check::read(meta)?);
        } else if path.is_ident("comment") {
            self.comment = Some(meta.value()?.parse()?);
        } else if path.is_ident("version") || path.is_ident("version_by") {
            self.read_version(meta)?;
        } else if !(self.rules.read(meta)? || self.read_generated(meta)? || self.read_made(meta)?) {
            return Err(meta.error(
                "unknown attribute of a field; known are `primary_key`, `autoincrement = false`, \
                 `unique`, `index`, `check = \"sql\"`, `foreign_key = \"table.column\"`, `on_delete = \
                 \"cascade\"`, `on_update = \"cascade\"`, `deferrable`, `use_alter`, `column = \
                 \"name\"`, `length = 40`, `type = types::Numeric(10, 2)`, `default = value`, `onupdate \
                 = value`, `server_default = \"sql\"`, `computed = \"sql\"`, `identity`, `version` and \
                 `comment = \"text\"`",
            ));
        }
        Ok(())
    }

    /// That it is the version of the row.
    fn read_version(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let by = meta.path.is_ident("version_by");
        self.version = Some(if by {
            VersionOf::By(meta.value()?.parse()?)
        } else if meta.input.peek(Token![=]) {
            let word: LitStr = meta.value()?.parse()?;
            match &*word.value() {
                "manual" => VersionOf::Manual,
                "server" => VersionOf::Server,
                _ => {
                    let message = "write `version`, `version_by = function`, `version = \"manual\"` \
                                   or `version = \"server\"`";
                    return Err(Error::new(word.span(), message));
                }
            }
        } else if let Some(VersionOf::By(by)) = self.version.take() {
            VersionOf::By(by)
        } else {
            VersionOf::Counter
        });
        Ok(())
    }

    /// How the database makes the value; whether it was that.
    fn read_generated(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        let path = &meta.path;
        let generated = if path.is_ident("server_default") {
            Generated::Default(meta.value()?.parse()?)
        } else if path.is_ident("computed") {
            Generated::Computed(meta.value()?.parse()?)
        } else if path.is_ident("computed_virtual") {
            Generated::Virtual(meta.value()?.parse()?)
        } else if path.is_ident("identity") {
            let given = meta.input.peek(Token![=]);
            Generated::Identity(if given { Some(meta.value()?.parse()?) } else { None })
        } else {
            return Ok(false);
        };
        if self.generated.is_some() {
            return Err(meta.error(
                "the value of a field is made in one way; keep one of `server_default`, `computed` \
                 and `identity`",
            ));
        }
        self.generated = Some(generated);
        Ok(true)
    }

    /// What a statement sets it to that the program does not set; whether it was that.
    fn read_made(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        let Some(word) = meta.path.get_ident().map(ToString::to_string) else { return Ok(false) };
        let (made, what) = match word.split_once('_').unwrap_or((&word, "")) {
            ("default", what) => (&mut self.default, what),
            ("onupdate", what) => (&mut self.onupdate, what),
            _ => return Ok(false),
        };
        let make = match what {
            "" => Made::Value,
            "fn" => Made::Closure,
            "sql" => Made::Sql,
            _ => return Ok(false),
        };
        if made.is_some() {
            let message = "a field has one default and one `onupdate`; remove one of them";
            return Err(meta.error(message));
        }
        *made = Some(make(meta.value()?.parse()?));
        Ok(true)
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
