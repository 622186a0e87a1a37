//! Families of types: values of one family can be compared with each other.

/// Numbers, of any width.
#[derive(Debug, Clone, Copy)]
pub enum Numeric {}

/// Text.
#[derive(Debug, Clone, Copy)]
pub enum Text {}

/// Truth values.
#[derive(Debug, Clone, Copy)]
pub enum Boolean {}

/// Bytes.
#[derive(Debug, Clone, Copy)]
pub enum Binary {}
