//! The derive macros: `Mapped` for a struct whose fields are the columns of a table, `FromRow` for one whose
//! fields are the columns of a result, `ColumnValue` for the type of a column.

mod attributes;
mod case;
mod column_value;
mod from_row;
mod group;
mod index;
mod mapped;
mod names;
mod orm;
mod relationship;
mod schema;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Maps a struct to a table. Documented at the trait `Mapped`.
#[proc_macro_derive(Mapped, attributes(aludel))]
pub fn derive_mapped(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    mapped::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a struct of a row by the names of the columns. Documented at the trait `FromNamedRow`, which it
/// implements.
#[proc_macro_derive(FromRow, attributes(aludel))]
pub fn derive_from_row(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    from_row::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}

/// Makes a newtype, or an enum without fields, the type of a column. Documented at the trait
/// `ColumnValue`.
#[proc_macro_derive(ColumnValue, attributes(aludel))]
pub fn derive_column_value(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    column_value::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
