//! What the derive macro writes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Error, Field, Fields, Ident, Result};

use crate::attributes::{OfField, OfStruct};
use crate::relationship::Relationship;
use crate::{orm, schema};

/// A field and its attributes.
pub(crate) struct Mapping<'a> {
    pub(crate) field: &'a Field,
    pub(crate) ident: &'a Ident,
    pub(crate) attributes: OfField,
    /// The name of the column.
    pub(crate) column: String,
}

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let fields = named_fields(input, "`#[derive(Mapped)]` maps a struct with named fields")?;
    let attributes = OfStruct::read(input)?;
    if let Some(parameter) = input.generics.params.first() {
        return Err(Error::new_spanned(
            parameter,
            "a mapped struct is one table, so it has no parameters; remove them, or write a struct \
             for each table",
        ));
    }
    let (mut columns, mut relationships) = (Vec::new(), Vec::new());
    for field in fields {
        match Relationship::read(field)? {
            Some(relationship) => relationships.push(relationship),
            None => columns.push(Mapping::read(field)?),
        }
    }
    let fields = columns;
    check(input, &fields)?;
    let columns = columns_struct(input, &fields, &relationships);
    let mapped = impl_mapped(input, &attributes, &fields)?;
    let from_row = impl_from_row(input, &fields, &relationships);
    let class = orm::impl_mapped_class(input, &attributes, &fields, &relationships);
    let assertions = fields.iter().map(assertions);
    Ok(quote! { #columns #mapped #from_row #class #(#assertions)* })
}

/// The fields of a struct; `what` says in an error what was expected.
pub(crate) fn named_fields<'a>(input: &'a DeriveInput, what: &str) -> Result<Vec<&'a Field>> {
    let span = input.ident.span();
    match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(fields.named.iter().collect()),
            Fields::Unnamed(_) => {
                Err(Error::new(span, format!("{what}; give the fields of this one names")))
            }
            Fields::Unit => Err(Error::new(span, format!("{what}; this one has no fields"))),
        },
        Data::Enum(_) => Err(Error::new(
            span,
            format!("{what}; make a struct whose fields are the columns, in place of this enum"),
        )),
        Data::Union(_) => Err(Error::new(
            span,
            format!("{what}; make a struct whose fields are the columns, in place of this union"),
        )),
    }
}

impl<'a> Mapping<'a> {
    fn read(field: &'a Field) -> Result<Self> {
        let Some(ident) = &field.ident else {
            return Err(Error::new_spanned(field, "name this field"));
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
        let message = "a mapped struct needs a primary key; write `#[aludel(primary_key)]` above \
                       the field or the fields that identify a row";
        return Err(Error::new(input.ident.span(), message));
    }
    let mut versions = fields.iter().filter(|field| field.attributes.version.is_some());
    if let (Some(_), Some(second)) = (versions.next(), versions.next()) {
        let message = "a row has one version; remove `version` from one of the fields";
        return Err(Error::new(second.ident.span(), message));
    }
    for (index, field) in fields.iter().enumerate() {
        if let Some(before) = fields[..index].iter().find(|other| other.column == field.column) {
            let message = format!(
                "the fields `{}` and `{}` have the same column {:?}; give one of them another by \
                 `#[aludel(column = \"…\")]`",
                before.ident, field.ident, field.column
            );
            return Err(Error::new(field.ident.span(), message));
        }
    }
    Ok(())
}

/// What can be checked only when the types of the fields are known.
fn assertions(mapping: &Mapping<'_>) -> TokenStream {
    let (ty, attributes, ident) = (&mapping.field.ty, &mapping.attributes, mapping.ident);
    let mut all = Vec::new();
    let mut assert = |condition: TokenStream, message: String| {
        all.push(quote_spanned! { ident.span() => assert!(#condition, #message); });
    };
    let typed = quote_spanned! { ty.span() => <#ty as ::aludel::__private::ColumnType> };
    let is_made = attributes.generated.is_some()
        || attributes.default.is_some()
        || attributes.version.is_some();
    if !attributes.primary_key && !is_made {
        assert(
            quote! { !#typed::GENERATED },
            format!(
                "the field `{ident}` is `Auto`, but nothing makes its value; add `primary_key`, \
                 `server_default = \"sql\"`, `computed = \"sql\"`, `identity` or `default = value`, or \
                 remove `Auto`"
            ),
        );
    }
    if attributes.primary_key {
        assert(
            quote! { !#typed::NULLABLE },
            format!(
                "the field `{ident}` is part of the primary key, which is never NULL; remove \
                 `Option`, and use `Auto` for a key that the database makes"
            ),
        );
    }
    if attributes.length.is_some() {
        assert(
            quote! { #typed::TYPE.has_length() },
            format!("the field `{ident}` is neither text nor bytes; remove `length`"),
        );
    }
    if all.is_empty() {
        return TokenStream::new();
    }
    quote_spanned! { ident.span() => const _: () = { #(#all)* }; }
}

/// The struct of typed columns, and the constant that holds it.
fn columns_struct(
    input: &DeriveInput,
    fields: &[Mapping<'_>],
    relationships: &[Relationship<'_>],
) -> TokenStream {
    let (vis, ident) = (&input.vis, &input.ident);
    let columns = format_ident!("{}Columns", ident.unraw());
    let about = format!("The columns of [`{ident}`], as `{ident}::c` has them.");
    let names = fields.iter().map(|field| field.ident).collect::<Vec<_>>();
    let visibilities = fields.iter().map(|field| &field.field.vis);
    let types: Vec<_> = fields.iter().map(|field| &field.field.ty).collect();
    let texts = fields.iter().map(|field| &field.column);
    let docs = fields.iter().map(|field| format!("The column `{}`.", field.column));
    let declared = fields.iter().map(|field| {
        let ty = field.attributes.ty.as_ref()?;
        Some(quote_spanned! { ty.span() => .of_type(|| {
            static TYPE: ::aludel::__private::OnceLock<::aludel::__private::Type> =
                ::aludel::__private::OnceLock::new();
            TYPE.get_or_init(|| ::aludel::__private::IntoType::into_type(#ty))
        }) })
    });
    let related: Vec<_> = relationships.iter().map(|related| related.ident).collect();
    let related_visibilities = relationships.iter().map(|related| &related.field.vis);
    let related_docs =
        relationships.iter().map(|related| format!("The relationship `{}`.", related.ident));
    let handles = relationships.iter().map(|related| related.handle(ident));
    let values = relationships.iter().enumerate().map(|(place, of)| of.handle_value(place));
    let selected = fields.iter().map(|field| {
        quote_spanned! { field.field.ty.span() => ::aludel::__private::Selection::add_columns }
    });
    quote! {
        #[doc = #about]
        #[derive(Debug, Clone, Copy)]
        #[allow(dead_code, reason = "a program need not use every column")]
        #vis struct #columns {
            #(#[doc = #docs] #visibilities #names: ::aludel::__private::Col<#ident, #types>,)*
            #(#[doc = #related_docs] #related_visibilities #related: #handles,)*
        }

        impl #ident {
            /// The columns of the table, for statements.
            #[allow(non_upper_case_globals, reason = "it reads as SQLAlchemy's `table.c`")]
            #vis const c: #columns = #columns::of_alias(::std::option::Option::None);
        }

        impl #columns {
            const fn of_alias(alias: ::std::option::Option<::aludel::__private::MappedAlias>) -> Self {
                Self {
                    #(#names: ::aludel::__private::Col::new(alias, #texts) #declared,)*
                    #(#related: #values,)*
                }
            }
        }

        impl ::aludel::__private::ColumnSet for #columns {
            fn of(alias: ::std::option::Option<::aludel::__private::MappedAlias>) -> Self {
                Self::of_alias(alias)
            }
        }

        impl ::aludel::__private::Selection for #columns {
            type Row = #ident;
            type Item = #ident;

            fn add_columns(
                self,
                columns: &mut ::std::vec::Vec<::aludel::__private::Expression>,
            ) {
                #(#selected(self.#names, columns);)*
            }

            fn required(columns: &mut ::std::vec::Vec<bool>) {
                columns.extend([
                    #(!<#types as ::aludel::__private::ColumnType>::NULLABLE,)*
                ]);
            }
        }
    }
}

fn impl_mapped(
    input: &DeriveInput,
    attributes: &OfStruct,
    fields: &[Mapping<'_>],
) -> Result<TokenStream> {
    let (ident, table) = (&input.ident, &attributes.table);
    let columns = format_ident!("{}Columns", ident.unraw());
    let schema = match &attributes.schema {
        Some(schema) => quote! { ::std::option::Option::Some(#schema) },
        None => quote! { ::std::option::Option::None },
    };
    let described = fields.iter().map(field);
    let accessors = fields.iter().map(accessor);
    let keys = || fields.iter().enumerate().filter(|(_, field)| field.attributes.primary_key);
    let positions = keys().map(|(position, _)| position);
    let bare = |mapping: &Mapping<'_>| {
        let ty = &mapping.field.ty;
        quote_spanned! { ty.span() => <#ty as ::aludel::__private::ColumnType>::Bare }
    };
    let bares: Vec<_> = keys().map(|(_, mapping)| bare(mapping)).collect();
    let key = match &*bares {
        [only] => quote! { #only },
        several => quote! { (#(#several),*) },
    };
    let additions = schema::additions(attributes, fields)?;
    Ok(quote! {
        impl ::aludel::__private::Mapped for #ident {
            const TABLE: &'static str = #table;
            const SCHEMA: ::std::option::Option<&'static str> = #schema;
            const FIELDS: &'static [::aludel::__private::Field] = &[#(#described),*];
            const ACCESSORS: &'static [::aludel::__private::Accessor<Self>] = &[#(#accessors),*];
            const KEY: &'static [usize] = &[#(#positions),*];
            type Key = #key;
            type Columns = #columns;

            fn describe() -> ::aludel::__private::TableBuilder {
                ::aludel::__private::describe_fields::<Self>() #additions
            }

            fn table() -> &'static ::aludel::__private::Table {
                static TABLE: ::aludel::__private::OnceLock<::aludel::__private::Table> =
                    ::aludel::__private::OnceLock::new();
                TABLE.get_or_init(::aludel::__private::table_of::<#ident>)
            }
        }
    })
}

/// A field, for `FIELDS`.
fn field(mapping: &Mapping<'_>) -> TokenStream {
    let name = mapping.ident.unraw().to_string();
    let column = schema::column(mapping);
    quote! { ::aludel::__private::Field::new(#name, || #column) }
}

/// How a field is read and set, for `ACCESSORS`.
fn accessor(mapping: &Mapping<'_>) -> TokenStream {
    let (ident, ty) = (mapping.ident, &mapping.field.ty);
    // What the type must be is asked for at its place, so that the error is there.
    let get = quote_spanned! { ty.span() => ::aludel::__private::get_field::<#ty> };
    let set = quote_spanned! { ty.span() => ::aludel::__private::set_field::<#ty> };
    quote! {
        ::aludel::__private::Accessor::new(
            |row| #get(&row.#ident),
            |row, value| #set(&mut row.#ident, value),
        )
    }
}

fn impl_from_row(
    input: &DeriveInput,
    fields: &[Mapping<'_>],
    relationships: &[Relationship<'_>],
) -> TokenStream {
    let ident = &input.ident;
    let related = relationships.iter().map(|related| related.ident);
    let width = fields.len();
    let names = fields.iter().map(|field| field.ident);
    let reads = fields.iter().map(|field| {
        let ty = &field.field.ty;
        quote_spanned! { ty.span() => ::aludel::__private::read_field::<#ty> }
    });
    let positions = 0..fields.len();
    quote! {
        impl ::aludel::__private::FromRow for #ident {
            const WIDTH: usize = #width;

            type NotNull = Self;

            fn not_null(self) -> ::std::option::Option<Self> {
                ::std::option::Option::Some(self)
            }

            #[inline]
            fn from_row(
                row: &dyn ::aludel::__private::RawRow,
                start: usize,
            ) -> ::aludel::__private::Result<Self> {
                ::std::result::Result::Ok(Self {
                    #(#names: #reads(row, start + #positions)?,)*
                    #(#related: ::std::default::Default::default(),)*
                })
            }
        }
    }
}
