//! `#[derive(Mapped)]`: a struct whose fields are the columns of a table.

mod attributes;
mod mapped;
mod names;
mod schema;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Maps a struct to a table. Documented at the trait `Mapped`.
#[proc_macro_derive(Mapped, attributes(aludel))]
pub fn derive_mapped(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    mapped::derive(&input).unwrap_or_else(syn::Error::into_compile_error).into()
}
