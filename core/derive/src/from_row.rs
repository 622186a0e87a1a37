//! What `#[derive(FromRow)]` writes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{DeriveInput, Error, Field, Ident, LitStr, Result};

use crate::attributes::each;
use crate::case::Case;
use crate::mapped::named_fields;
use crate::names::name;

/// The attributes of a field.
#[derive(Default)]
struct OfField {
    rename: Option<LitStr>,
    default: Option<Ident>,
    skip: Option<Ident>,
    flatten: Option<Ident>,
    prefix: Option<LitStr>,
}

impl OfField {
    fn read(field: &Field) -> Result<Self> {
        let mut this = Self::default();
        each(&field.attrs, |meta| {
            let word = meta.path.get_ident().cloned();
            if meta.path.is_ident("rename") {
                this.rename = Some(name(&meta)?);
            } else if meta.path.is_ident("prefix") {
                this.prefix = Some(name(&meta)?);
            } else if meta.path.is_ident("default") {
                this.default = word;
            } else if meta.path.is_ident("skip") {
                this.skip = word;
            } else if meta.path.is_ident("flatten") {
                this.flatten = word;
            } else {
                return Err(meta.error(
                    "unknown attribute of a field that is made of a row; known are `rename = \"name\"`, \
                     `default`, `skip`, `flatten` and `prefix = \"name_\"`",
                ));
            }
            Ok(())
        })?;
        this.check()?;
        Ok(this)
    }

    fn check(&self) -> Result<()> {
        if let (Some(prefix), None) = (&self.prefix, &self.flatten) {
            let message = "`prefix` stands in front of the names of several columns; add `flatten`, or write \
                           `rename = \"name\"`";
            return Err(Error::new(prefix.span(), message));
        }
        if let (Some(word), Some(_)) = (&self.flatten, &self.rename) {
            let message = "a field that is flattened is no column itself; remove `rename`, or write `prefix = \
                           \"name_\"`";
            return Err(Error::new(word.span(), message));
        }
        if let (Some(word), Some(_)) = (&self.flatten, &self.default) {
            let message = "a field that is flattened has its columns from the result; write `default` above \
                           the fields of its struct, or make it an `Option`";
            return Err(Error::new(word.span(), message));
        }
        let other = self.default.as_ref().or(self.flatten.as_ref());
        let other = other.map(Ident::span).or_else(|| self.rename.as_ref().map(LitStr::span));
        if let (Some(_), Some(span)) = (&self.skip, other) {
            let message = "a field with `skip` is no column; remove the other attributes";
            return Err(Error::new(span, message));
        }
        Ok(())
    }
}

/// A field and the column that it is.
struct Member<'a> {
    field: &'a Field,
    ident: &'a Ident,
    attributes: OfField,
    column: String,
    /// `Struct.field`, for errors.
    whole: String,
}

pub(crate) fn derive(input: &DeriveInput) -> Result<TokenStream> {
    let what = "`#[derive(FromRow)]` makes a struct with named fields of a row";
    let fields = named_fields(input, what)?;
    if let Some(parameter) = input.generics.params.first() {
        return Err(Error::new_spanned(
            parameter,
            "a struct that is made of a row has no parameters; remove them, or write a struct for each type",
        ));
    }
    let mut case = None;
    each(&input.attrs, |meta| {
        if meta.path.is_ident("rename_all") {
            case = Some(Case::read(&meta)?);
            return Ok(());
        }
        Err(meta.error(
            "unknown attribute of a struct that is made of a row; known is `rename_all = \"camelCase\"`",
        ))
    })?;
    let members = fields
        .into_iter()
        .map(|field| Member::read(input, field, case))
        .collect::<Result<Vec<_>>>()?;
    check(&members)?;
    let ident = &input.ident;
    let widths = members.iter().map(Member::width);
    let finds = members.iter().map(Member::find);
    let reads = members.iter().map(Member::initializer);
    let assertions = members.iter().map(Member::assertion);
    Ok(quote! {
        #[automatically_derived]
        impl ::aludel::__private::FromNamedRow for #ident {
            const WIDTH: usize = 0 #(+ #widths)*;

            #[allow(unused_variables, reason = "a struct may have no columns")]
            fn find(
                columns: &::aludel::__private::Columns,
                prefix: &str,
                places: &mut ::std::vec::Vec<usize>,
            ) -> ::aludel::__private::Result<()> {
                #(#finds)*
                ::std::result::Result::Ok(())
            }

            #[allow(unused_variables, unused_mut, unused_assignments, reason = "as above")]
            fn read(
                row: &dyn ::aludel::__private::RawRow,
                places: &[usize],
            ) -> ::aludel::__private::Result<Self> {
                let mut at = 0;
                ::std::result::Result::Ok(Self { #(#reads,)* })
            }
        }

        #[automatically_derived]
        impl ::aludel::__private::Fetch for #ident {
            type Rows = ::aludel::__private::NamedRows<Self>;
        }

        #[automatically_derived]
        impl ::aludel::__private::NamedRow for #ident {}

        #(#assertions)*
    })
}

fn check(members: &[Member<'_>]) -> Result<()> {
    let is_column = |member: &&Member<'_>| {
        member.attributes.skip.is_none() && member.attributes.flatten.is_none()
    };
    for (index, member) in members.iter().enumerate().filter(|(_, member)| is_column(member)) {
        let before = members[..index].iter().filter(is_column);
        if let Some(other) = before.into_iter().find(|other| other.column == member.column) {
            let message = format!(
                "the fields `{}` and `{}` have the same column {:?}; give one of them another by \
                 `#[aludel(rename = \"…\")]`",
                other.ident, member.ident, member.column
            );
            return Err(Error::new(member.ident.span(), message));
        }
    }
    Ok(())
}

impl<'a> Member<'a> {
    fn read(input: &DeriveInput, field: &'a Field, case: Option<Case>) -> Result<Self> {
        let Some(ident) = &field.ident else {
            return Err(Error::new_spanned(field, "name this field"));
        };
        let attributes = OfField::read(field)?;
        let plain = ident.unraw().to_string();
        let column = match (&attributes.rename, case) {
            (Some(name), _) => name.value(),
            (None, Some(case)) => case.apply(&plain),
            (None, None) => plain.clone(),
        };
        let whole = format!("{}.{plain}", input.ident.unraw());
        Ok(Self { field, ident, attributes, column, whole })
    }

    fn width(&self) -> TokenStream {
        let ty = &self.field.ty;
        if self.attributes.skip.is_some() {
            return quote! { 0 };
        }
        if self.attributes.flatten.is_some() {
            return quote_spanned! { ty.span() => <#ty as ::aludel::__private::FromNamedRow>::WIDTH };
        }
        quote! { 1 }
    }

    fn find(&self) -> TokenStream {
        let (ty, column, whole) = (&self.field.ty, &self.column, &self.whole);
        let OfField { default, skip, flatten, prefix, .. } = &self.attributes;
        if skip.is_some() {
            return TokenStream::new();
        }
        if flatten.is_some() {
            let own = prefix.as_ref().map(LitStr::value).unwrap_or_default();
            let find = quote_spanned! { ty.span() => ::aludel::__private::find_nested::<#ty> };
            return quote! { #find(columns, prefix, #own, #whole, places)?; };
        }
        let find = if default.is_some() {
            quote! { ::aludel::__private::find_column_or_none }
        } else {
            quote! { ::aludel::__private::find_column }
        };
        quote! { #find(columns, prefix, #column, #whole, places)?; }
    }

    fn initializer(&self) -> TokenStream {
        let (ident, ty, whole) = (self.ident, &self.field.ty, &self.whole);
        let OfField { default, skip, flatten, .. } = &self.attributes;
        if skip.is_some() {
            return quote_spanned! { ty.span() => #ident: ::std::default::Default::default() };
        }
        if flatten.is_some() {
            let width = self.width();
            let read = quote_spanned! { ty.span() => ::aludel::__private::read_nested::<#ty> };
            return quote! {
                #ident: {
                    let start = at;
                    at += #width;
                    #read(row, &places[start..at], #whole)?
                }
            };
        }
        let read = if default.is_some() {
            quote_spanned! { ty.span() => ::aludel::__private::read_column_or_default::<#ty> }
        } else {
            quote_spanned! { ty.span() => ::aludel::__private::read_column::<#ty> }
        };
        quote! {
            #ident: {
                at += 1;
                #read(row, places[at - 1], #whole)?
            }
        }
    }

    /// What can be checked only when the types of the fields are known.
    fn assertion(&self) -> TokenStream {
        if self.attributes.skip.is_some() || self.attributes.flatten.is_some() {
            return TokenStream::new();
        }
        let ty = &self.field.ty;
        let message = format!(
            "the field `{}` is made of several columns; write `#[aludel(flatten)]` above it if it is a struct",
            self.ident
        );
        let width = quote_spanned! { ty.span() => <#ty as ::aludel::__private::FromRow>::WIDTH };
        quote_spanned! { self.ident.span() => const _: () = assert!(#width == 1, #message); }
    }
}
