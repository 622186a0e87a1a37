//! Whether an expression can be NULL, as a type.

/// Whether an expression can be NULL: [`NotNull`] or [`Nullable`].
///
/// A comparison of two columns that cannot be NULL is an `Expr<bool>`; if one of the two can be
/// NULL, so can be the comparison, which is an `Expr<Option<bool>>`.
pub trait Nullability {
    /// `V`, or `Option<V>` if it can be NULL.
    type Of<V>;

    /// What an operator gives whose other operand is `N`.
    type Or<N: Nullability>: Nullability;
}

/// Never NULL.
#[derive(Debug, Clone, Copy)]
pub enum NotNull {}

/// Possibly NULL.
#[derive(Debug, Clone, Copy)]
pub enum Nullable {}

impl Nullability for NotNull {
    type Of<V> = V;
    type Or<N: Nullability> = N;
}

impl Nullability for Nullable {
    type Of<V> = Option<V>;
    type Or<N: Nullability> = Self;
}

/// `V`, or `Option<V>` if one of the two operands can be NULL.
pub type Combined<L, R, V> = <<L as Nullability>::Or<R> as Nullability>::Of<V>;
