//! What the schema has of a mapped struct: its columns, and what the struct says besides.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Error, Ident, Result};

use crate::attributes::{Actions, Generated, Group, OfStruct};
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
        Some(Generated::Identity) => {
            column.extend(quote! { .identity(::aludel::__private::Identity::new()) });
        }
        None => {}
    }
    if attributes.unique {
        column.extend(quote! { .unique() });
    }
    if attributes.index {
        column.extend(quote! { .index() });
    }
    if let Some(target) = &attributes.foreign_key {
        let actions = actions(&attributes.actions);
        column.extend(quote! {
            .foreign_key(::aludel::__private::ForeignKey::new(#target) #actions)
        });
    }
    if let Some(comment) = &attributes.comment {
        column.extend(quote! { .comment(#comment) });
    }
    column
}

/// What the struct says besides its columns, as calls on the builder of the table.
pub(crate) fn additions(attributes: &OfStruct, fields: &[Mapping<'_>]) -> Result<TokenStream> {
    let mut calls = TokenStream::new();
    for group in &attributes.uniques {
        let (columns, name) = (columns(group, fields)?, named(group));
        calls.extend(quote! {
            .constraint(::aludel::__private::UniqueConstraint::new([#(#columns),*]) #name)
        });
    }
    for group in &attributes.foreign_keys {
        let (columns, name, actions) =
            (columns(group, fields)?, named(group), actions(&group.actions));
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
                ) #name #actions
            )
        });
    }
    for check in &attributes.checks {
        calls.extend(quote! { .constraint(::aludel::__private::CheckConstraint::new(#check)) });
    }
    for group in &attributes.indexes {
        let (columns, name) = (columns(group, fields)?, named(group));
        calls.extend(quote! { .index(::aludel::__private::Index::new([#(#columns),*]) #name) });
    }
    if let Some(comment) = &attributes.comment {
        calls.extend(quote! { .comment(#comment) });
    }
    Ok(calls)
}

fn named(group: &Group) -> TokenStream {
    group.name.as_ref().map_or_else(TokenStream::new, |name| quote! { .named(#name) })
}

fn actions(actions: &Actions) -> TokenStream {
    let call = |method: &str, action: &Option<Ident>| {
        let action = action.as_ref()?;
        let method = Ident::new(method, action.span());
        Some(quote! { .#method(::aludel::__private::ReferentialAction::#action) })
    };
    let on_delete = call("on_delete", &actions.on_delete);
    let on_update = call("on_update", &actions.on_update);
    quote! { #on_delete #on_update }
}

/// The columns of the fields of a group.
fn columns<'a>(group: &Group, fields: &'a [Mapping<'_>]) -> Result<Vec<&'a str>> {
    let column = |name: &Ident| {
        let field = fields.iter().find(|field| field.ident.unraw() == name.unraw());
        field.map(|field| &*field.column).ok_or_else(|| {
            let known: Vec<_> = fields.iter().map(|field| field.ident.to_string()).collect();
            let message =
                format!("`{name}` is no field of this struct; it has {}", known.join(", "));
            Error::new(name.span(), message)
        })
    };
    group.fields.iter().map(column).collect()
}
