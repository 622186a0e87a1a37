//! Indexes, as the attributes of a struct and of its fields have them.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::meta::ParseNestedMeta;
use syn::{Error, Expr, Ident, LitBool, Result, Token};

use crate::group::field;
use crate::names::name;

/// An index over fields and expressions.
#[derive(Default)]
pub(crate) struct IndexOf {
    pub(crate) elements: Vec<Element>,
    pub(crate) include: Vec<Ident>,
    /// Its other options, as calls on the index.
    pub(crate) options: TokenStream,
}

/// What an index is sorted by.
pub(crate) enum Element {
    Field {
        field: Ident,
        descending: bool,
    },
    Expression(Expr),
    /// An `IndexElement`.
    Given(Expr),
}

impl IndexOf {
    /// Reads `(a, desc(b), name = "…", unique = true)`.
    pub(crate) fn of_struct(meta: &ParseNestedMeta<'_>) -> Result<Self> {
        let span = meta.path.get_ident().map_or_else(Span::call_site, Ident::span);
        if !meta.input.peek(syn::token::Paren) {
            let message = "`index` of a struct names its fields; write `index(a, b)`, or `index` \
                           above a field";
            return Err(Error::new(span, message));
        }
        let mut this = Self::default();
        this.read(meta)?;
        if this.elements.is_empty() {
            return Err(Error::new(span, "`index` names no field; name at least one"));
        }
        Ok(this)
    }

    /// Reads what may stand in parentheses behind `index` of a field.
    pub(crate) fn of_field(meta: &ParseNestedMeta<'_>, field: &Ident) -> Result<Self> {
        let element = Element::Field { field: field.clone(), descending: false };
        let mut this = Self { elements: vec![element], ..Self::default() };
        if meta.input.peek(syn::token::Paren) {
            this.read(meta)?;
        }
        Ok(this)
    }

    /// Whether it is one that `Column::index` makes.
    pub(crate) fn is_plain(&self) -> bool {
        self.options.is_empty()
            && self.include.is_empty()
            && matches!(&*self.elements, [Element::Field { descending: false, .. }])
    }

    fn read(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        meta.parse_nested_meta(|inner| {
            if inner.input.peek(Token![=]) {
                return self.read_option(&inner);
            }
            let descending = inner.path.is_ident("desc");
            if inner.input.peek(syn::token::Paren) {
                let include = inner.path.is_ident("include");
                if !include && !descending {
                    let message = "unknown; what has fields in parentheses is `desc(a)` and \
                                   `include(a, b)`";
                    return Err(inner.error(message));
                }
                return inner.parse_nested_meta(|of| {
                    let field = field(&of)?;
                    if include {
                        self.include.push(field);
                    } else {
                        self.elements.push(Element::Field { field, descending });
                    }
                    Ok(())
                });
            }
            self.elements.push(Element::Field { field: field(&inner)?, descending: false });
            Ok(())
        })
    }

    fn read_option(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let path = &meta.path;
        let call = if path.is_ident("name") {
            let name = name(meta)?;
            quote! { .named(#name) }
        } else if path.is_ident("unique") {
            let unique: LitBool = meta.value()?.parse()?;
            if unique.value {
                quote! { .unique() }
            } else {
                TokenStream::new()
            }
        } else if path.is_ident("where") {
            let condition: Expr = meta.value()?.parse()?;
            quote! { .where_(#condition) }
        } else if path.is_ident("using") {
            let method: Expr = meta.value()?.parse()?;
            quote! { .using(#method) }
        } else if path.is_ident("kind") {
            let kind: Expr = meta.value()?.parse()?;
            quote! { .kind(#kind) }
        } else if path.is_ident("ddl_if") {
            let of: Expr = meta.value()?.parse()?;
            quote! { .ddl_if(#of) }
        } else if path.is_ident("expression") {
            self.elements.push(Element::Expression(meta.value()?.parse()?));
            return Ok(());
        } else if path.is_ident("element") {
            self.elements.push(Element::Given(meta.value()?.parse()?));
            return Ok(());
        } else {
            return Err(meta.error(
                "unknown; an `index` has fields, `desc(a)`, `expression = \"lower(a)\"`, `element = \
                 IndexElement::new(…)`, `include(a, b)`, `unique = true`, `where = \"sql\"`, `using = \
                 \"gin\"`, `kind = \"FULLTEXT\"`, `ddl_if` and `name`",
            ));
        };
        self.options.extend(call);
        Ok(())
    }
}
