//! Families of types: values of one family can be compared with each other.

use std::marker::PhantomData;

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

/// Days.
#[derive(Debug, Clone, Copy)]
pub enum Date {}

/// Times of day.
#[derive(Debug, Clone, Copy)]
pub enum Time {}

/// Times of day with an offset from UTC.
#[derive(Debug, Clone, Copy)]
pub enum TimeTz {}

/// Days with a time of day, without a place on earth.
#[derive(Debug, Clone, Copy)]
pub enum DateTime {}

/// Instants.
#[derive(Debug, Clone, Copy)]
pub enum Timestamp {}

/// Lengths of time.
#[derive(Debug, Clone, Copy)]
pub enum Interval {}

/// UUIDs.
#[derive(Debug, Clone, Copy)]
pub enum Uuid {}

/// JSON.
#[derive(Debug, Clone, Copy)]
pub enum Json {}

/// Addresses of hosts and networks.
#[derive(Debug, Clone, Copy)]
pub enum Network {}

/// Strings of bits.
#[derive(Debug, Clone, Copy)]
pub enum Bits {}

/// Values of types that have no Rust type here.
#[derive(Debug, Clone, Copy)]
pub enum Other {}

/// Arrays whose elements are of a family.
#[derive(Debug, Clone, Copy)]
pub struct Array<F>(PhantomData<F>);

/// Two families are the same one. `Left` and `Right` are the types of the columns or expressions that
/// meet: the compiler names them if the families differ.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Right}` cannot be compared with, or set to, one of type `{Left}`",
    label = "`{Left}` and `{Right}` are of two families",
    note = "numbers go with numbers, text with text, truth values with truth values, bytes with \
            bytes, and a type of your own with the types of its `Family`"
)]
pub trait SameAs<Family, Left, Right> {}

impl<Family, Left, Right> SameAs<Family, Left, Right> for Family {}

/// A family whose values can be a number of rows. `V` is the type of the expression, for the message.
#[diagnostic::on_unimplemented(
    message = "an expression of type `{V}` is not a number of rows",
    label = "`{V}` is no number"
)]
pub trait Counts<V> {}

impl<V> Counts<V> for Numeric {}
