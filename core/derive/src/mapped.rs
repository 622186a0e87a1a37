//! What the derive macro writes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Error, Field, Fields, Ident, Result};

use crate::attributes::{OfField, OfStruct};

/// A field and its attributes.
struct Mapping<'a> {
    field: &'a Field,
    ident: &'a Ident,
    attributes: OfField,
    /// The name of the column.
    column: String,
}

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = named_fields(input)?;
    let attributes = OfStruct::read(input)?;
    if let Some(parameter) = input.generics.params.first() {
        return Err(Error::new_spanned(parameter, "a mapped struct has no generic parameters"));
    }
    let fields = fields.iter().map(Mapping::read).collect::<Result<Vec<_>>>()?;
    check(input, &fields)?;
    let columns = columns_struct(input, &attributes, &fields);
    let mapped = impl_mapped(input, &attributes, &fields);
    let from_row = impl_from_row(input, &fields);
    let autos = fields.iter().filter(|field| !field.attributes.primary_key).map(no_auto);
    Ok(quote! { #columns #mapped #from_row #(#autos)* })
}

/// Checks when the program is compiled that a field which is no key is not `Auto`.
fn no_auto(mapping: &Mapping<'_>) -> TokenStream {
    let ty = &mapping.field.ty;
    let message = format!(
        "the field `{}` is `Auto`, but only a primary key is made by the database",
        mapping.ident
    );
    quote! {
        const _: () = assert!(!<#ty as ::aludel::__private::Typed>::AUTO, #message);
    }
}

fn named_fields(input: &DeriveInput) -> Result<Vec<&Field>> {
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields.named.iter().collect()),
            _ => Err(Error::new(input.ident.span(), "a mapped struct has named fields")),
        },
        _ => Err(Error::new(input.ident.span(), "only a struct with named fields is a table")),
    }
}

impl<'a> Mapping<'a> {
    fn read(field: &&'a Field) -> Result<Self> {
        let field = *field;
        let Some(ident) = &field.ident else {
            return Err(Error::new_spanned(field, "a mapped struct has named fields"));
        };
        let attributes = OfField::read(field)?;
        let column = match &attributes.column {
            Some(name) => name.value(),
            None => ident.unraw().to_string(),
        };
        Ok(Self { field, ident, attributes, column })
    }
}

fn check(input: &DeriveInput, fields: &[Mapping<'_>]) -> Result<()> {
    if !fields.iter().any(|field| field.attributes.primary_key) {
        let message = "a mapped struct needs a primary key: write `#[aludel(primary_key)]` above \
                       the field or the fields that identify a row";
        return Err(Error::new(input.ident.span(), message));
    }
    for (index, field) in fields.iter().enumerate() {
        if fields[..index].iter().any(|before| before.column == field.column) {
            let message = format!("two fields have the column {:?}", field.column);
            return Err(Error::new(field.ident.span(), message));
        }
    }
    Ok(())
}

/// The struct of typed columns, and the constant that holds it.
fn columns_struct(
    input: &DeriveInput,
    attributes: &OfStruct,
    fields: &[Mapping<'_>],
) -> TokenStream {
    let (vis, ident, table) = (&input.vis, &input.ident, &attributes.table);
    let columns = format_ident!("{}Columns", ident.unraw());
    let about = format!("The columns of [`{ident}`], as `{ident}::c` has them.");
    let names = fields.iter().map(|field| field.ident).collect::<Vec<_>>();
    let visibilities = fields.iter().map(|field| &field.field.vis);
    let types = fields.iter().map(|field| &field.field.ty);
    let texts = fields.iter().map(|field| &field.column);
    let docs = fields.iter().map(|field| format!("The column `{}`.", field.column));
    quote! {
        #[doc = #about]
        #[derive(Debug, Clone, Copy)]
        #[allow(dead_code, reason = "a program need not use every column")]
        #vis struct #columns {
            #(#[doc = #docs] #visibilities #names: ::aludel::__private::Col<#ident, #types>,)*
        }

        impl #ident {
            /// The columns of the table, for statements.
            #[allow(non_upper_case_globals, reason = "it reads as SQLAlchemy's `table.c`")]
            #vis const c: #columns = #columns {
                #(#names: ::aludel::__private::Col::new(#table, #texts),)*
            };
        }

        impl ::aludel::__private::Selection for #columns {
            type Row = #ident;

            fn columns(
                self,
                columns: &mut ::std::vec::Vec<::aludel::__private::Expression>,
            ) {
                #(::aludel::__private::Selection::columns(self.#names, columns);)*
            }
        }
    }
}

fn impl_mapped(input: &DeriveInput, attributes: &OfStruct, fields: &[Mapping<'_>]) -> TokenStream {
    let (ident, table) = (&input.ident, &attributes.table);
    let columns = format_ident!("{}Columns", ident.unraw());
    let texts = fields.iter().map(|field| &field.column);
    let schema = fields.iter().map(schema_column);
    quote! {
        impl ::aludel::__private::Mapped for #ident {
            const TABLE: &'static str = #table;
            const COLUMNS: &'static [&'static str] = &[#(#texts),*];
            type Columns = #columns;

            fn columns() -> ::std::vec::Vec<::aludel::__private::Column> {
                ::std::vec![#(#schema),*]
            }
        }
    }
}

fn schema_column(mapping: &Mapping<'_>) -> TokenStream {
    let (ty, text, attributes) = (&mapping.field.ty, &mapping.column, &mapping.attributes);
    let column_type = match &attributes.length {
        Some(length) => quote! { ::aludel::__private::Type::Varchar(#length) },
        None => quote! { <#ty as ::aludel::__private::Typed>::TYPE },
    };
    let mut column = quote! {
        ::aludel::__private::Column::new(#text, #column_type)
            .nullable(<#ty as ::aludel::__private::Typed>::NULLABLE)
    };
    if attributes.primary_key {
        column.extend(quote! {
            .primary_key().autoincrement(<#ty as ::aludel::__private::Typed>::AUTO)
        });
    }
    if attributes.unique {
        column.extend(quote! { .unique() });
    }
    if let Some(target) = &attributes.foreign_key {
        column.extend(quote! { .foreign_key(#target) });
    }
    column
}

fn impl_from_row(input: &DeriveInput, fields: &[Mapping<'_>]) -> TokenStream {
    let ident = &input.ident;
    let width = fields.len();
    let names = fields.iter().map(|field| field.ident);
    let types = fields.iter().map(|field| &field.field.ty);
    let positions = 0..fields.len();
    quote! {
        impl ::aludel::__private::FromRow for #ident {
            const WIDTH: usize = #width;

            #[inline]
            fn from_row(
                row: &dyn ::aludel::__private::RawRow,
                start: usize,
            ) -> ::aludel::__private::Result<Self> {
                ::std::result::Result::Ok(Self {
                    #(#names: row.read::<#types>(start + #positions)?,)*
                })
            }
        }
    }
}
