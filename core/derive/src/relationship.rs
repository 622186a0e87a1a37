//! Fields that are relationships: of the types `One` and `Many`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Error, Expr, Field, GenericArgument, Ident, LitBool, LitStr, PathArguments, Result, Token,
    Type, parenthesized,
};

use crate::attributes::each;

/// A field that is a relationship, and its attributes.
pub(crate) struct Relationship<'a> {
    pub(crate) field: &'a Field,
    pub(crate) ident: &'a Ident,
    is_list: bool,
    target: &'a Type,
    attributes: OfRelationship,
}

/// The attributes of a relationship.
#[derive(Default)]
struct OfRelationship {
    back: Option<Ident>,
    cascade: Option<LitStr>,
    secondary: Option<Expr>,
    foreign_key: Option<LitStr>,
    secondary_local: Option<LitStr>,
    secondary_remote: Option<LitStr>,
    order_by: Vec<Order>,
    passive_deletes: Option<bool>,
    passive_updates: Option<LitBool>,
    lazy: Option<Ident>,
    flags: Vec<Ident>,
}

/// A field of the target by which a collection is sorted.
struct Order {
    field: Ident,
    descending: bool,
}

impl Parse for Order {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let field: Ident = input.call(Ident::parse_any)?;
        if !input.peek(syn::token::Paren) {
            return Ok(Self { field, descending: false });
        }
        let content;
        parenthesized!(content in input);
        let descending = match &*field.to_string() {
            "desc" => true,
            "asc" => false,
            _ => {
                return Err(Error::new(
                    field.span(),
                    "write `desc(field)`, `asc(field)` or `field`",
                ));
            }
        };
        Ok(Self { field: content.parse()?, descending })
    }
}

impl<'a> Relationship<'a> {
    /// Of a field, if its type is one of a relationship.
    pub(crate) fn read(field: &'a Field) -> Result<Option<Self>> {
        let (Some((is_list, target)), Some(ident)) = (kind(&field.ty), &field.ident) else {
            return Ok(None);
        };
        let mut attributes = OfRelationship::default();
        each(&field.attrs, |meta| attributes.read_one(&meta))?;
        Ok(Some(Self { field, ident, is_list, target, attributes }))
    }

    /// Its field in the struct of columns: name and type.
    pub(crate) fn handle(&self, of: &Ident) -> TokenStream {
        let (target, kind) = (self.target, self.handle_type());
        quote_spanned! { self.field.ty.span() => ::aludel::__private::#kind<#of, #target> }
    }

    fn handle_type(&self) -> Ident {
        format_ident!("{}", if self.is_list { "ToMany" } else { "ToOne" })
    }

    /// The value of that field.
    pub(crate) fn handle_value(&self, place: usize) -> TokenStream {
        let kind = self.handle_type();
        quote! { ::aludel::__private::#kind::new(alias, #place) }
    }

    /// It, for `RELATIONSHIPS`.
    pub(crate) fn definition(&self) -> TokenStream {
        let (ident, target, ty) = (self.ident, self.target, &self.field.ty);
        let name = ident.unraw().to_string();
        let kind = format_ident!("{}", if self.is_list { "Many" } else { "One" });
        let options = self.options();
        let mapper = quote_spanned! { target.span() =>
            <#target as ::aludel::__private::MappedClass>::mapper
        };
        quote_spanned! { ty.span() =>
            ::aludel::__private::RelationshipField::new(
                ::aludel::__private::Definition::new(
                    #name,
                    ::aludel::__private::RelationshipKind::#kind,
                    #mapper,
                    || #options,
                ),
                |this| &this.#ident,
                |this| &mut this.#ident,
            )
        }
    }

    fn options(&self) -> TokenStream {
        let of = &self.attributes;
        let back = of.back.as_ref().map(|back| {
            let back = back.unraw().to_string();
            quote! { .back(#back) }
        });
        let cascade = of.cascade.as_ref().map(|words| {
            quote! { .cascade(::aludel::__private::Cascade::parse(#words).unwrap_or_default()) }
        });
        let secondary = of.secondary.as_ref().map(|table| {
            quote_spanned! { table.span() => .secondary(#table) }
        });
        let list = |words: &Option<LitStr>, method: &str| {
            let words = words.as_ref()?;
            let (method, value) = (format_ident!("{method}"), words.value());
            let names = value.split(',').map(str::trim);
            Some(quote! { .#method([#(#names),*]) })
        };
        let foreign_key = list(&of.foreign_key, "foreign_key");
        let local = list(&of.secondary_local, "secondary_local");
        let remote = list(&of.secondary_remote, "secondary_remote");
        let lazy = of.lazy.as_ref().map(|lazy| quote! { .lazy(::aludel::__private::Lazy::#lazy) });
        let passive_deletes = of.passive_deletes.map(|all| quote! { .passive_deletes(#all) });
        let passive_updates =
            of.passive_updates.as_ref().map(|passive| quote! { .passive_updates(#passive) });
        let flags = of.flags.iter();
        let order_by = self.order_by();
        quote! {
            ::aludel::__private::RelationshipOptions::new() #back #cascade #secondary #foreign_key #local #remote
                #passive_deletes #passive_updates #lazy #(.#flags())* #order_by
        }
    }

    fn order_by(&self) -> Option<TokenStream> {
        let orders = &self.attributes.order_by;
        if orders.is_empty() {
            return None;
        }
        let target = self.target;
        let terms = orders.iter().map(|order| {
            let field = &order.field;
            let desc = order.descending.then(|| quote! { .desc() });
            quote_spanned! { field.span() =>
                ::aludel::__private::OrderBy::order_by(columns.#field #desc, &mut terms);
            }
        });
        Some(quote! {
            .order_by(|alias| {
                let columns: <#target as ::aludel::__private::Mapped>::Columns =
                    ::aludel::__private::ColumnSet::of(alias);
                let mut terms = ::std::vec::Vec::new();
                #(#terms)*
                terms
            })
        })
    }
}

impl OfRelationship {
    fn read_one(&mut self, meta: &ParseNestedMeta<'_>) -> Result<()> {
        let path = &meta.path;
        if path.is_ident("back") {
            self.back = Some(meta.value()?.parse()?);
        } else if path.is_ident("cascade") {
            self.cascade = Some(cascade(meta)?);
        } else if path.is_ident("secondary") {
            self.secondary = Some(meta.value()?.parse()?);
        } else if path.is_ident("foreign_key") {
            self.foreign_key = Some(meta.value()?.parse()?);
        } else if path.is_ident("secondary_local") {
            self.secondary_local = Some(meta.value()?.parse()?);
        } else if path.is_ident("secondary_remote") {
            self.secondary_remote = Some(meta.value()?.parse()?);
        } else if path.is_ident("order_by") {
            let content;
            parenthesized!(content in meta.input);
            let orders = Punctuated::<Order, Token![,]>::parse_terminated(&content)?;
            self.order_by = orders.into_iter().collect();
        } else if path.is_ident("passive_deletes") {
            self.passive_deletes = Some(passive_deletes(meta)?);
        } else if path.is_ident("passive_updates") {
            self.passive_updates = Some(meta.value()?.parse()?);
        } else if path.is_ident("lazy") {
            self.lazy = Some(lazy(meta)?);
        } else if let Some(flag) = flag(meta) {
            self.flags.push(flag);
        } else {
            return Err(meta.error(
                "unknown attribute of a relationship; known are `back = field`, `cascade = \"all, \
                 delete-orphan\"`, `secondary = Table::table()`, `secondary_local = \"column\"`, \
                 `secondary_remote = \"column\"`, `foreign_key = \"column\"`, `order_by(field, desc(field))`, \
                 `passive_deletes`, `passive_deletes = \"all\"`, `passive_updates = false`, `lazy = \"selectin\"`, `post_update`, \
                 `viewonly`, `overlaps` and `single_parent`",
            ));
        }
        Ok(())
    }
}

/// How many objects the type of a field refers to, and which, if it is one of a relationship.
fn kind(ty: &Type) -> Option<(bool, &Type)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let is_list = match &*last.ident.to_string() {
        "One" => false,
        "Many" => true,
        _ => return None,
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(target) if arguments.args.len() == 1 => Some((is_list, target)),
        _ => None,
    }
}

/// The words of a cascade, which are checked.
fn cascade(meta: &ParseNestedMeta<'_>) -> Result<LitStr> {
    const KNOWN: [&str; 8] = [
        "all",
        "save-update",
        "merge",
        "refresh-expire",
        "expunge",
        "delete",
        "delete-orphan",
        "none",
    ];
    let words: LitStr = meta.value()?.parse()?;
    let value = words.value();
    let all: Vec<_> = value.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    if let Some(unknown) = all.iter().find(|word| !KNOWN.contains(word)) {
        let message = format!("{unknown:?} is no cascade; known are {}", KNOWN.join(", "));
        return Err(Error::new(words.span(), message));
    }
    let has = |word| all.contains(&word);
    if has("delete-orphan") && !has("delete") && !has("all") {
        let message = "delete-orphan needs delete: what is deleted when it has no parent any more is deleted \
                       with its parent too; write \"all, delete-orphan\" or \"delete, delete-orphan\"";
        return Err(Error::new(words.span(), message));
    }
    Ok(words)
}

/// Whether all objects are left to the database, or those that are not loaded.
fn passive_deletes(meta: &ParseNestedMeta<'_>) -> Result<bool> {
    if !meta.input.peek(Token![=]) {
        return Ok(false);
    }
    let word: LitStr = meta.value()?.parse()?;
    if word.value() == "all" {
        return Ok(true);
    }
    Err(Error::new(word.span(), "write `passive_deletes`, or `passive_deletes = \"all\"`"))
}

/// When it is loaded: the name of the variant.
fn lazy(meta: &ParseNestedMeta<'_>) -> Result<Ident> {
    let word: LitStr = meta.value()?.parse()?;
    let name = match &*word.value() {
        "select" => "Select",
        "selectin" => "SelectIn",
        "joined" => "Joined",
        "immediate" => "Immediate",
        "subquery" => "Subquery",
        "raise" => "Raise",
        other => {
            let message = format!(
                "{other:?} is no way to load; known are select, selectin, joined, immediate, subquery and raise"
            );
            return Err(Error::new(word.span(), message));
        }
    };
    Ok(Ident::new(name, word.span()))
}

/// An attribute without a value, which is a method of the options.
fn flag(meta: &ParseNestedMeta<'_>) -> Option<Ident> {
    let ident = meta.path.get_ident()?;
    let known = ["post_update", "viewonly", "single_parent", "overlaps"];
    known.iter().any(|word| ident == word).then(|| ident.clone())
}
