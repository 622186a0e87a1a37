//! Constraints of several fields, as the attributes of a struct have them.

use proc_macro2::Span;
use syn::meta::ParseNestedMeta;
use syn::{Error, Expr, Ident, LitStr, Result, Token};

use crate::names::{action, deferrable, name};

/// Fields that belong together in a constraint.
pub(crate) struct Group {
    pub(crate) fields: Vec<Ident>,
    pub(crate) name: Option<LitStr>,
    pub(crate) references: Option<LitStr>,
    pub(crate) rules: Rules,
}

/// How a foreign key behaves, or a unique constraint.
#[derive(Default)]
pub(crate) struct Rules {
    /// Variants of `ReferentialAction`.
    pub(crate) on_delete: Option<Ident>,
    pub(crate) on_update: Option<Ident>,
    /// A variant of `Deferrable`.
    pub(crate) deferrable: Option<Ident>,
    pub(crate) use_alter: Option<Span>,
}

impl Rules {
    /// Reads one of the rules of a foreign key; whether it was one.
    pub(crate) fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<bool> {
        if meta.path.is_ident("on_delete") {
            self.on_delete = Some(action(meta)?);
        } else if meta.path.is_ident("on_update") {
            self.on_update = Some(action(meta)?);
        } else if meta.path.is_ident("deferrable") {
            self.deferrable = Some(deferrable(meta)?);
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Where one of them stands.
    pub(crate) fn span(&self) -> Option<Span> {
        let words = self.on_delete.as_ref().or(self.on_update.as_ref());
        let words = words.or(self.deferrable.as_ref());
        words.map(Ident::span).or(self.use_alter)
    }
}

impl Group {
    /// Reads `(a, b, name = "…")`.
    pub(crate) fn read(meta: &ParseNestedMeta<'_>, what: &str) -> Result<Self> {
        let span = meta.path.get_ident().map_or_else(Span::call_site, Ident::span);
        let mut this =
            Self { fields: Vec::new(), name: None, references: None, rules: Rules::default() };
        let is_key = what == "foreign_key";
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
            if inner.input.peek(Token![=]) {
                if inner.path.is_ident("name") {
                    this.name = Some(name(&inner)?);
                } else if is_key && inner.path.is_ident("references") {
                    this.references = Some(inner.value()?.parse()?);
                } else if !is_key && inner.path.is_ident("deferrable") {
                    this.rules.deferrable = Some(deferrable(&inner)?);
                } else if is_key && inner.path.is_ident("use_alter") {
                    let value: syn::LitBool = inner.value()?.parse()?;
                    this.rules.use_alter = value.value.then(|| value.span());
                } else if !(is_key && this.rules.read(&inner)?) {
                    return Err(inner.error(if is_key {
                        "unknown; a `foreign_key` has fields, `references = \"table(x, y)\"`, \
                         `on_delete`, `on_update`, `deferrable`, `use_alter = true` and `name`"
                    } else {
                        "unknown; give fields, `name = \"…\"` if it needs a name of its own, and \
                         `deferrable = \"initially deferred\"`"
                    }));
                }
                return Ok(());
            }
            this.fields.push(field(&inner)?);
            Ok(())
        })?;
        if this.fields.is_empty() {
            return Err(Error::new(span, format!("`{what}` names no field; name at least one")));
        }
        if is_key && this.references.is_none() {
            let message = "this foreign key does not say what it names; add `references = \
                           \"table(x, y)\"`, with a column for each field";
            return Err(Error::new(span, message));
        }
        Ok(this)
    }
}

/// A condition that each row fulfils.
pub(crate) struct Check {
    pub(crate) condition: Expr,
    pub(crate) name: Option<LitStr>,
    pub(crate) ddl_if: Option<Expr>,
}

impl Check {
    /// Reads `= "sql"`, or `(condition = "sql", name = "…")`.
    pub(crate) fn read(meta: &ParseNestedMeta<'_>) -> Result<Self> {
        let mut this = Self { condition: syn::parse_quote! { "" }, name: None, ddl_if: None };
        if !meta.input.peek(syn::token::Paren) {
            this.condition = meta.value()?.parse()?;
            return Ok(this);
        }
        let mut given = false;
        meta.parse_nested_meta(|inner| {
            if inner.path.is_ident("condition") {
                given = true;
                this.condition = inner.value()?.parse()?;
            } else if inner.path.is_ident("name") {
                this.name = Some(name(&inner)?);
            } else if inner.path.is_ident("ddl_if") {
                this.ddl_if = Some(inner.value()?.parse()?);
            } else {
                let message = "unknown; a `check` has `condition = \"sql\"`, `name` and `ddl_if`";
                return Err(inner.error(message));
            }
            Ok(())
        })?;
        if given {
            return Ok(this);
        }
        Err(meta.error("this `check` has no condition; add `condition = \"sql\"`"))
    }
}

/// A field of the struct by its name.
pub(crate) fn field(meta: &ParseNestedMeta<'_>) -> Result<Ident> {
    match meta.path.get_ident() {
        Some(field) => Ok(field.clone()),
        None => Err(meta.error("name fields of this struct")),
    }
}
