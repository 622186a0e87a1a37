//! What a session needs of a mapped struct.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::DeriveInput;
use syn::spanned::Spanned;

use crate::attributes::{OfStruct, VersionOf};
use crate::mapped::Mapping;
use crate::relationship::Relationship;

pub(crate) fn impl_mapped_class(
    input: &DeriveInput,
    attributes: &OfStruct,
    fields: &[Mapping<'_>],
    relationships: &[Relationship<'_>],
) -> TokenStream {
    let ident = &input.ident;
    let definitions = relationships.iter().map(Relationship::definition);
    let keys: Vec<_> = fields.iter().filter(|field| field.attributes.primary_key).collect();
    let readers = keys.iter().map(|key| {
        let ty = &key.field.ty;
        quote_spanned! { ty.span() => ::aludel::__private::read_key::<#ty> }
    });
    let single = keys.len() == 1;
    let values = keys.iter().enumerate().map(|(number, key)| {
        let ty = &key.field.ty;
        let place = syn::Index::from(number);
        let of = if single {
            quote! { key }
        } else {
            quote! { key.#place }
        };
        quote_spanned! { ty.span() =>
            ::aludel::__private::key_value::<<#ty as ::aludel::__private::ColumnType>::Bare>(&#of)
        }
    });
    let columns = fields.iter().map(|field| (field.ident, &field.field.ty));
    let related = relationships.iter().map(|related| (related.ident, &related.field.ty));
    let copies = columns.chain(related).map(|(name, ty)| {
        quote_spanned! { ty.span() => #name: ::std::clone::Clone::clone(&self.#name) }
    });
    let options = options(attributes, fields);
    quote! {
        impl ::aludel::__private::MappedClass for #ident {
            const RELATIONSHIPS: &'static [::aludel::__private::RelationshipField<Self>] =
                &[#(#definitions),*];
            const KEY_READERS: &'static [::aludel::__private::KeyReader] = &[#(#readers),*];

            const OPTIONS: ::aludel::__private::MapperOptions = #options;

            fn mapper() -> &'static ::aludel::__private::Mapper {
                static MAPPER: ::aludel::__private::OnceLock<::aludel::__private::Mapper> =
                    ::aludel::__private::OnceLock::new();
                MAPPER.get_or_init(::aludel::__private::mapper_of::<#ident>)
            }

            fn duplicate(&self) -> Self {
                Self { #(#copies,)* }
            }

            fn identify(
                key: Self::Key,
            ) -> (::std::vec::Vec<::aludel::__private::Value>, ::aludel::__private::ObjectIdentity) {
                ::aludel::__private::identify(::std::vec![#(#values),*])
            }
        }

        impl ::aludel::__private::SessionRow for #ident {
            type Loaded = ::aludel::__private::Ref<Self>;

            fn entities(start: usize, to: &mut ::std::vec::Vec<::aludel::__private::LoadedEntity>) {
                to.push(::aludel::__private::LoadedEntity::new(
                    <Self as ::aludel::__private::MappedClass>::mapper(),
                    start,
                ));
            }

            fn load(
                row: &dyn ::aludel::__private::RawRow,
                start: usize,
                to: &mut ::aludel::__private::Loading<'_>,
            ) -> ::aludel::__private::Result<Self::Loaded> {
                ::aludel::__private::load_object::<Self>(row, start, to)
            }

            fn load_nullable(
                row: &dyn ::aludel::__private::RawRow,
                start: usize,
                to: &mut ::aludel::__private::Loading<'_>,
            ) -> ::aludel::__private::Result<::std::option::Option<Self::Loaded>> {
                ::aludel::__private::load_object_or_none::<Self>(row, start, to)
            }
        }
    }
}

/// What the struct is besides its columns and relationships.
fn options(attributes: &OfStruct, fields: &[Mapping<'_>]) -> TokenStream {
    let version = fields.iter().enumerate().find_map(|(place, field)| {
        let kind = match field.attributes.version.as_ref()? {
            VersionOf::Counter => quote! { Counter },
            VersionOf::Manual => quote! { Manual },
            VersionOf::Server => quote! { Server },
            VersionOf::By(next) => {
                let ty = &field.field.ty;
                let by = quote_spanned! { next.span() =>
                    ::aludel::__private::next_version::<<#ty as ::aludel::__private::ColumnType>::Bare>
                };
                quote! { By(|version| #by(version, #next)) }
            }
        };
        Some(quote! {
            .version(::aludel::__private::Version::new(
                #place,
                ::aludel::__private::VersionKind::#kind,
            ))
        })
    });
    let confirm =
        (!attributes.confirm_deleted_rows).then(|| quote! { .without_confirmed_deletes() });
    quote! { ::aludel::__private::MapperOptions::new() #version #confirm }
}
