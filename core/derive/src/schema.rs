//! What the schema has of a mapped struct: its columns, and what the struct says besides.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Expr, Ident, Result};

use crate::attributes::{Generated, Made, OfStruct};
use crate::group::{Check, Group, Rules};
use crate::index::{Element, IndexOf};
use crate::mapped::Mapping;
use crate::names::references;

/// The column of a field.
pub(crate) fn column(mapping: &Mapping<'_>) -> TokenStream {
    let (ty, name, attributes) = (&mapping.field.ty, &mapping.column, &mapping.attributes);
    let mut column = quote_spanned! { ty.span() => ::aludel::__private::column_of::<#ty>(#name) };
    if let Some(length) = &attributes.length {
        column.extend(quote! { .with_length(#length) });
    }
    if let Some(explicit) = &attributes.ty {
        column.extend(quote_spanned! { explicit.span() => .with_type(#explicit) });
    }
    if attributes.primary_key {
        column.extend(quote! { .primary_key() });
    }
    match (&attributes.autoincrement, &attributes.generated) {
        (Some(counted), _) => column.extend(quote! { .autoincrement(#counted) }),
        (None, None) if attributes.primary_key => column.extend(quote_spanned! { ty.span() =>
            .autoincrement(<#ty as ::aludel::__private::ColumnType>::GENERATED)
        }),
        _ => {}
    }
    match &attributes.generated {
        Some(Generated::Default(sql)) => column.extend(quote! { .server_default(#sql) }),
        Some(Generated::Computed(sql)) => column.extend(quote! { .computed(#sql) }),
        Some(Generated::Virtual(sql)) => column.extend(quote! { .computed_virtual(#sql) }),
        Some(Generated::Identity(Some(identity))) => column.extend(quote! { .identity(#identity) }),
        Some(Generated::Identity(None)) => {
            column.extend(quote! { .identity(::aludel::__private::Identity::new()) });
        }
        None => {}
    }
    if attributes.unique {
        column.extend(quote! { .unique() });
    }
    if attributes.indexes.iter().any(IndexOf::is_plain) {
        column.extend(quote! { .index() });
    }
    if let Some(target) = &attributes.foreign_key {
        let rules = rules(&attributes.rules);
        column.extend(quote! {
            .foreign_key(::aludel::__private::ForeignKey::new(#target) #rules)
        });
    }
    if let Some(comment) = &attributes.comment {
        column.extend(quote! { .comment(#comment) });
    }
    let default = attributes.default.as_ref().map(|made| made_by(made, "default"));
    let onupdate = attributes.onupdate.as_ref().map(|made| made_by(made, "onupdate"));
    for (method, made) in [default, onupdate].into_iter().flatten() {
        // What is set must be of the type of the field.
        let span = made.span();
        column = quote_spanned! { span => ::aludel::__private::#method::<#ty, _>(#column, #made) };
    }
    column
}

/// The function that gives a column what a statement sets by itself, and its argument.
fn made_by<'a>(made: &'a Made, what: &str) -> (Ident, &'a Expr) {
    let (form, of) = match made {
        Made::Value(of) => ("value", of),
        Made::Closure(of) => ("fn", of),
        Made::Sql(of) => ("sql", of),
    };
    (format_ident!("{what}_of_{form}", span = of.span()), of)
}

/// What the struct says besides its columns, as calls on the builder of the table.
pub(crate) fn additions(attributes: &OfStruct, fields: &[Mapping<'_>]) -> Result<TokenStream> {
    let mut calls = TokenStream::new();
    for group in &attributes.uniques {
        let (columns, name, rules) = (columns(group, fields)?, named(group), rules(&group.rules));
        calls.extend(quote! {
            .constraint(::aludel::__private::UniqueConstraint::new([#(#columns),*]) #name #rules)
        });
    }
    for group in &attributes.foreign_keys {
        let (columns, name, rules) = (columns(group, fields)?, named(group), rules(&group.rules));
        let Some(target) = &group.references else { continue };
        let (table, referred) = references(target)?;
        if referred.len() != columns.len() {
            let message = format!(
                "this names {} columns for {} fields; name a column for each field",
                referred.len(),
                columns.len()
            );
            return Err(Error::new(target.span(), message));
        }
        calls.extend(quote! {
            .constraint(
                ::aludel::__private::ForeignKeyConstraint::new(
                    [#(#columns),*], #table, [#(#referred),*],
                ) #name #rules
            )
        });
    }
    for of in &attributes.checks {
        let check = check(of);
        calls.extend(quote! { .constraint(#check) });
    }
    for field in fields {
        for of in &field.attributes.checks {
            let (check, column) = (check(of), &field.column);
            calls.extend(quote! { .constraint(#check.of_column(#column)) });
        }
    }
    for constraint in &attributes.constraints {
        calls.extend(quote! { .constraint(#constraint) });
    }
    let of_fields = fields.iter().flat_map(|field| &field.attributes.indexes);
    for of in of_fields.filter(|of| !of.is_plain()).chain(&attributes.indexes) {
        let index = index(of, fields)?;
        calls.extend(quote! { .index(#index) });
    }
    for prefix in &attributes.prefixes {
        calls.extend(quote! { .prefix(#prefix) });
    }
    if let Some(options) = &attributes.options {
        calls.extend(quote! { .options(#options) });
    }
    if attributes.temporary {
        calls.extend(quote! { .temporary() });
    }
    if let Some(comment) = &attributes.comment {
        calls.extend(quote! { .comment(#comment) });
    }
    Ok(calls)
}

fn check(of: &Check) -> TokenStream {
    let condition = &of.condition;
    let name = of.name.as_ref().map(|name| quote! { .named(#name) });
    let ddl_if = of.ddl_if.as_ref().map(|of| quote! { .ddl_if(#of) });
    quote_spanned! { condition.span() =>
        ::aludel::__private::CheckConstraint::new(#condition) #name #ddl_if
    }
}

fn index(of: &IndexOf, fields: &[Mapping<'_>]) -> Result<TokenStream> {
    let element = |element: &Element| {
        let new = quote! { ::aludel::__private::IndexElement };
        Ok(match element {
            Element::Field { field, descending } => {
                let column = column_of(field, fields)?;
                let desc = descending.then(|| quote! { .desc() });
                quote! { #new::new(#column) #desc }
            }
            Element::Expression(sql) => quote! { #new::expression(#sql) },
            Element::Given(element) => quote! { #element },
        })
    };
    let elements = of.elements.iter().map(element).collect::<Result<Vec<_>>>()?;
    let include = of.include.iter().map(|field| column_of(field, fields));
    let include = include.collect::<Result<Vec<_>>>()?;
    let include = (!include.is_empty()).then(|| quote! { .include([#(#include),*]) });
    let options = &of.options;
    Ok(quote! { ::aludel::__private::Index::new([#(#elements),*]) #include #options })
}

fn named(group: &Group) -> TokenStream {
    group.name.as_ref().map_or_else(TokenStream::new, |name| quote! { .named(#name) })
}

fn rules(rules: &Rules) -> TokenStream {
    let action = |method: &str, action: &Option<Ident>| {
        let action = action.as_ref()?;
        let method = Ident::new(method, action.span());
        Some(quote! { .#method(::aludel::__private::ReferentialAction::#action) })
    };
    let on_delete = action("on_delete", &rules.on_delete);
    let on_update = action("on_update", &rules.on_update);
    let deferrable = rules.deferrable.as_ref().map(|when| {
        quote! { .deferrable(::aludel::__private::Deferrable::#when) }
    });
    let use_alter = rules.use_alter.map(|_| quote! { .use_alter() });
    quote! { #on_delete #on_update #deferrable #use_alter }
}

/// The columns of the fields of a group.
fn columns<'a>(group: &Group, fields: &'a [Mapping<'_>]) -> Result<Vec<&'a str>> {
    group.fields.iter().map(|name| column_of(name, fields)).collect()
}

/// The column of a field by its name.
fn column_of<'a>(name: &Ident, fields: &'a [Mapping<'_>]) -> Result<&'a str> {
    let field = fields.iter().find(|field| field.ident.unraw() == name.unraw());
    field.map(|field| &*field.column).ok_or_else(|| {
        let known: Vec<_> = fields.iter().map(|field| field.ident.to_string()).collect();
        let message = format!("`{name}` is no field of this struct; it has {}", known.join(", "));
        Error::new(name.span(), message)
    })
}
