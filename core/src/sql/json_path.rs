//! Paths into JSON documents.

use super::tree::JsonStep;

/// A path into a JSON document: a key, an index that counts from 0, or several of them as a tuple, an
/// array or a vector of [`JsonStep`]s.
///
/// A text is a key, even if it is made of digits; an integer is an index.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a path into a JSON document",
    note = "give a key (`\"name\"`), an index (`0`), or a tuple of them: `(\"tags\", 0)`"
)]
pub trait JsonPath {
    /// Adds the steps.
    fn steps(self, steps: &mut Vec<JsonStep>);
}

impl JsonPath for JsonStep {
    fn steps(self, steps: &mut Vec<JsonStep>) {
        steps.push(self);
    }
}

macro_rules! keys {
    ($($ty:ty),*) => {$(
        impl JsonPath for $ty {
            fn steps(self, steps: &mut Vec<JsonStep>) {
                steps.push(JsonStep::Key(self.into()));
            }
        }
    )*};
}
keys!(&str, String, Box<str>);

impl JsonPath for &String {
    fn steps(self, steps: &mut Vec<JsonStep>) {
        self.as_str().steps(steps);
    }
}

macro_rules! indexes {
    ($($ty:ty),*) => {$(
        impl JsonPath for $ty {
            fn steps(self, steps: &mut Vec<JsonStep>) {
                // No array has more elements than an i64 counts.
                steps.push(JsonStep::Index(i64::try_from(self).unwrap_or(i64::MAX)));
            }
        }
    )*};
}
indexes!(i32, i64, u32, usize);

impl<P: JsonPath> JsonPath for Vec<P> {
    fn steps(self, steps: &mut Vec<JsonStep>) {
        self.into_iter().for_each(|step| step.steps(steps));
    }
}

impl<P: JsonPath, const N: usize> JsonPath for [P; N] {
    fn steps(self, steps: &mut Vec<JsonStep>) {
        self.into_iter().for_each(|step| step.steps(steps));
    }
}

macro_rules! json_path {
    ($($step:ident $at:tt),+) => {
        impl<$($step: JsonPath),+> JsonPath for ($($step,)+) {
            fn steps(self, steps: &mut Vec<JsonStep>) {
                $(self.$at.steps(steps);)+
            }
        }
    };
}
tuples!(json_path);
