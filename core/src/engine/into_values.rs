//! Values by position, as programs give them.

use crate::value::Value;

/// Values by position: a tuple, a `Vec<Value>`, or `()` for none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list of values",
    note = "give a tuple such as `(1, \"text\")`, a `Vec<Value>`, or `()` for none"
)]
pub trait IntoValues: Sized {
    /// The values, in an empty vector that is there already if they have none of their own.
    fn fill(self, spare: Vec<Value>) -> Vec<Value>;

    /// The values.
    fn into_values(self) -> Vec<Value> {
        self.fill(Vec::new())
    }
}

impl IntoValues for () {
    fn fill(self, spare: Vec<Value>) -> Vec<Value> {
        spare
    }
}

impl IntoValues for Vec<Value> {
    fn fill(self, _: Vec<Value>) -> Self {
        self
    }
}

macro_rules! into_values {
    ($($value:ident $at:tt),+) => {
        impl<$($value: Into<Value>),+> IntoValues for ($($value,)+) {
            #[inline]
            fn fill(self, mut spare: Vec<Value>) -> Vec<Value> {
                spare.extend([$(self.$at.into()),+]);
                spare
            }
        }
    };
}
tuples!(into_values);
