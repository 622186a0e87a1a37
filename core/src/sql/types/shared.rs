//! What a type refers to: part of the program, or made at run time.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::CustomType;

/// A value that clones share: a constant of the program, or one that is counted.
pub enum Shared<T: ?Sized + 'static> {
    /// Part of the program.
    Static(&'static T),
    /// Made at run time.
    Counted(Arc<T>),
}

impl<T> Shared<T> {
    /// Shares a value.
    ///
    /// ```
    /// use aludel::types::Shared;
    ///
    /// assert_eq!(*Shared::new(5), 5);
    /// ```
    pub fn new(value: T) -> Self {
        Self::Counted(Arc::new(value))
    }
}

impl Shared<dyn CustomType> {
    /// Shares a type of the program's own.
    pub(super) fn new_custom(of: impl CustomType) -> Self {
        Self::Counted(Arc::new(of))
    }
}

impl<T: ?Sized> Clone for Shared<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Static(value) => Self::Static(value),
            Self::Counted(value) => Self::Counted(Arc::clone(value)),
        }
    }
}

impl<T: ?Sized> Deref for Shared<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Static(value) => value,
            Self::Counted(value) => value,
        }
    }
}

impl<T: ?Sized + PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + Eq> Eq for Shared<T> {}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
