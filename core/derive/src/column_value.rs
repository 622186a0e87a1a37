//! What `#[derive(ColumnValue)]` writes.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{
    Data, DataEnum, DeriveInput, Error, Expr, Field, Fields, Ident, LitStr, Member, Result, Type,
    Variant,
};

use crate::attributes::each;
use crate::case::Case;
use crate::names::name;

/// The attributes of the type.
#[derive(Default)]
struct OfType {
    ty: Option<Expr>,
    name: Option<LitStr>,
    case: Option<(Span, Case)>,
    repr: Option<Ident>,
    /// Where `native` stands.
    native: Option<Span>,
}

impl OfType {
    fn read(input: &DeriveInput) -> Result<Self> {
        let mut this = Self::default();
        each(&input.attrs, |meta| {
            if meta.path.is_ident("type") {
                this.ty = Some(meta.value()?.parse()?);
            } else if meta.path.is_ident("name") {
                this.name = Some(name(&meta)?);
            } else if meta.path.is_ident("rename_all") {
                this.case = Some((meta.path.span(), Case::read(&meta)?));
            } else if meta.path.is_ident("repr") {
                this.repr = Some(integer(meta.value()?.parse()?)?);
            } else if meta.path.is_ident("native") {
                this.native = Some(meta.path.span());
            } else {
                return Err(meta.error(
                    "unknown attribute of the type of a column; known are `type = types::String(40)`, and of \
                     an enum `name = \"name\"`, `rename_all = \"snake_case\"`, `native` and `repr = i16`",
                ));
            }
            Ok(())
        })?;
        Ok(this)
    }

    /// Nothing that an enum alone has.
    fn check_struct(&self) -> Result<()> {
        let name = self.name.as_ref().map(|name| (name.span(), "name"));
        let case = self.case.map(|(span, _)| (span, "rename_all"));
        let repr = self.repr.as_ref().map(|repr| (repr.span(), "repr"));
        let native = self.native.map(|span| (span, "native"));
        match name.or(case).or(repr).or(native) {
            Some((span, what)) => {
                let message = format!("`{what}` belongs to an enum; remove it from this struct");
                Err(Error::new(span, message))
            }
            None => Ok(()),
        }
    }

    /// Labels and numbers are not both.
    fn check_numbers(&self) -> Result<()> {
        let name = self.name.as_ref().map(LitStr::span);
        match name.or(self.case.map(|(span, _)| span)).or(self.native) {
            Some(span) => Err(Error::new(
                span,
                "with `repr` the variants are numbers and have no labels; remove one of both",
            )),
            None => Ok(()),
        }
    }
}

fn integer(of: Ident) -> Result<Ident> {
    if ["i8", "i16", "i32", "i64", "u8", "u16", "u32"].iter().any(|known| of == *known) {
        return Ok(of);
    }
    let message = "the numbers of an enum are i8, i16, i32, i64, u8, u16 or u32";
    Err(Error::new(of.span(), message))
}

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let attributes = OfType::read(input)?;
    let what =
        "`#[derive(ColumnValue)]` makes a newtype, or an enum without fields, the type of a column";
    match &input.data {
        Data::Struct(data) => newtype(input, &attributes, &data.fields, what),
        Data::Enum(data) => {
            if let Some(parameter) = input.generics.params.first() {
                let message = "an enum without fields needs no parameters; remove them";
                return Err(Error::new_spanned(parameter, message));
            }
            let variants = variants(data)?;
            if variants.is_empty() {
                let message = format!("{what}; this enum has no variants");
                return Err(Error::new(input.ident.span(), message));
            }
            match &attributes.repr {
                Some(repr) => numbers(input, &attributes, repr, &variants),
                None => labels(input, &attributes, &variants),
            }
        }
        Data::Union(_) => Err(Error::new(input.ident.span(), format!("{what}, and not a union"))),
    }
}

fn is_phantom(field: &Field) -> bool {
    let Type::Path(path) = &field.ty else { return false };
    path.path.segments.last().is_some_and(|segment| segment.ident == "PhantomData")
}

fn newtype(
    input: &DeriveInput,
    attributes: &OfType,
    fields: &Fields,
    what: &str,
) -> Result<TokenStream> {
    attributes.check_struct()?;
    let members = || fields.members().zip(fields);
    let mut values = members().filter(|(_, field)| !is_phantom(field));
    let (Some((member, field)), None) = (values.next(), values.next()) else {
        let message = format!("{what}; this struct has not one field, beside those of PhantomData");
        return Err(Error::new(input.ident.span(), message));
    };
    let phantoms = members().filter(|(_, field)| is_phantom(field)).map(|(member, _)| member);
    let phantoms: Vec<Member> = phantoms.collect();
    let (ident, ty, name) = (&input.ident, &field.ty, input.ident.unraw().to_string());
    let typed = quote_spanned! { ty.span() => <#ty as ::aludel::__private::ColumnType> };
    let read = quote_spanned! { ty.span() => ::aludel::__private::read_newtype::<#ty> };
    let column = match &attributes.ty {
        Some(ty) => quote! { &#ty },
        None => quote! { #typed::TYPE },
    };
    let (parameters, arguments, bounds) = input.generics.split_for_impl();
    let mut conditions = Vec::new();
    if !input.generics.params.is_empty() {
        conditions.push(quote! { Self: ::std::marker::Send + 'static, });
        conditions.push(
            quote! { #ty: ::aludel::__private::ColumnType + ::aludel::__private::FromValue, },
        );
        conditions.extend(bounds.map(|bounds| {
            let predicates = bounds.predicates.iter();
            quote! { #(#predicates,)* }
        }));
    }
    let conditions = match &*conditions {
        [] => quote! {},
        some => quote! { where #(#some)* },
    };
    Ok(quote! {
        #[automatically_derived]
        impl #parameters ::aludel::__private::ColumnValue for #ident #arguments #conditions {
            type Family = #typed::Family;
            const TYPE: &'static ::aludel::__private::Type = #column;

            #[inline]
            fn from_value(
                value: ::aludel::__private::ValueRef<'_>,
            ) -> ::aludel::__private::Result<Self> {
                ::std::result::Result::Ok(Self {
                    #member: #read(value, #name)?,
                    #(#phantoms: ::std::marker::PhantomData,)*
                })
            }

            #[inline]
            fn to_value(&self) -> ::aludel::__private::Value {
                #typed::to_value(&self.#member)
            }
        }
    })
}

/// The variants, none of which has fields.
fn variants(data: &DataEnum) -> Result<Vec<&Variant>> {
    let all = data.variants.iter();
    all.map(|variant| match variant.fields {
        Fields::Unit => Ok(variant),
        _ => Err(Error::new_spanned(
            variant,
            "this variant has fields, so the enum is not one value of the database; keep it as \
             `aludel::sql::Json`, or implement `aludel::sql::ColumnValue`",
        )),
    })
    .collect()
}

/// The name that a variant has by `rename`.
fn renamed(variant: &Variant) -> Result<Option<LitStr>> {
    let mut label = None;
    each(&variant.attrs, |meta| {
        if meta.path.is_ident("rename") {
            label = Some(name(&meta)?);
            return Ok(());
        }
        Err(meta.error("unknown attribute of a variant; known is `rename = \"label\"`"))
    })?;
    Ok(label)
}

fn labels(input: &DeriveInput, attributes: &OfType, variants: &[&Variant]) -> Result<TokenStream> {
    let case = attributes.case.map(|(_, case)| case);
    let mut labels: Vec<String> = Vec::new();
    for variant in variants {
        let plain = variant.ident.unraw().to_string();
        let label = match (renamed(variant)?, case) {
            (Some(label), _) => label.value(),
            (None, Some(case)) => case.apply(&plain),
            (None, None) => plain,
        };
        if let Some(before) = labels.iter().position(|other| *other == label) {
            let message = format!(
                "the variants `{}` and `{}` have the same label {label:?}; give one of them another by \
                 `#[aludel(rename = \"…\")]`",
                variants[before].ident, variant.ident
            );
            return Err(Error::new(variant.ident.span(), message));
        }
        labels.push(label);
    }
    let (ident, name) = (&input.ident, input.ident.unraw().to_string());
    let variants: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let in_database = match &attributes.name {
        Some(name) => name.value(),
        None => Case::Snake.apply(&name),
    };
    let native = attributes.native.map(|_| quote! { .native() });
    let (statics, column) = match &attributes.ty {
        Some(ty) => {
            if let Some(span) = attributes.native {
                let message =
                    "`native` belongs to the type that is made of the labels; remove it or `type`";
                return Err(Error::new(span, message));
            }
            (quote! {}, quote! { &#ty })
        }
        None => {
            let statics = quote! {
                static LABELS: &[::aludel::__private::Name] =
                    &[#(::aludel::__private::Name::Static(#labels)),*];
                static OF: ::aludel::__private::EnumType =
                    ::aludel::__private::EnumType::constant(#in_database, LABELS) #native;
            };
            let shared = quote! { ::aludel::__private::Shared::Static(&OF) };
            (statics, quote! { &::aludel::__private::Type::Enum(#shared) })
        }
    };
    Ok(quote! {
        const _: () = {
            #statics
            const VARIANTS: &[(&'static str, fn() -> #ident)] =
                &[#((#labels, || #ident::#variants)),*];

            #[automatically_derived]
            impl ::aludel::__private::ColumnValue for #ident {
                type Family = ::aludel::__private::family::Text;
                const TYPE: &'static ::aludel::__private::Type = #column;

                fn from_value(
                    value: ::aludel::__private::ValueRef<'_>,
                ) -> ::aludel::__private::Result<Self> {
                    ::aludel::__private::read_label(value, #name, VARIANTS)
                }

                fn to_value(&self) -> ::aludel::__private::Value {
                    ::aludel::__private::Value::from(match self {
                        #(Self::#variants => #labels,)*
                    })
                }
            }
        };
    })
}

fn numbers(
    input: &DeriveInput,
    attributes: &OfType,
    repr: &Ident,
    variants: &[&Variant],
) -> Result<TokenStream> {
    attributes.check_numbers()?;
    for variant in variants {
        if let Some(label) = renamed(variant)? {
            let message =
                "with `repr` the variants are numbers and have no labels; remove `rename`";
            return Err(Error::new(label.span(), message));
        }
    }
    let (ident, name) = (&input.ident, input.ident.unraw().to_string());
    let variants: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let typed = quote! { <#repr as ::aludel::__private::ColumnType> };
    let column = match &attributes.ty {
        Some(ty) => quote! { &#ty },
        None => quote! { #typed::TYPE },
    };
    let limits = variants.iter().map(|variant| {
        let message = format!("the number of `{name}::{variant}` does not fit into {repr}");
        quote_spanned! { variant.span() =>
            assert!(
                #ident::#variant as i64 >= #repr::MIN as i64
                    && #ident::#variant as i64 <= #repr::MAX as i64,
                #message
            );
        }
    });
    Ok(quote! {
        #[allow(clippy::as_conversions, clippy::cast_lossless, reason = "each number is checked to fit")]
        #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "as above")]
        const _: () = {
            #(#limits)*
            const VARIANTS: &[(i64, fn() -> #ident)] =
                &[#((#ident::#variants as i64, || #ident::#variants)),*];

            #[automatically_derived]
            impl ::aludel::__private::ColumnValue for #ident {
                type Family = #typed::Family;
                const TYPE: &'static ::aludel::__private::Type = #column;

                fn from_value(
                    value: ::aludel::__private::ValueRef<'_>,
                ) -> ::aludel::__private::Result<Self> {
                    ::aludel::__private::read_number(value, #name, VARIANTS)
                }

                fn to_value(&self) -> ::aludel::__private::Value {
                    ::aludel::__private::Value::Int(match self {
                        #(Self::#variants => Self::#variants as i64,)*
                    })
                }
            }
        };
    })
}
