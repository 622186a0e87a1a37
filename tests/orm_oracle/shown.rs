//! Values as the record shows them.

use aludel::{Auto, Value};
use serde_json::Value as Json;

/// A value that a program can show.
pub(crate) trait Shown {
    fn shown(&self) -> Json;
}

macro_rules! as_json {
    ($($kind:ty),*) => {$(
        impl Shown for $kind {
            fn shown(&self) -> Json {
                Json::from(*self)
            }
        }
    )*};
}
as_json!(bool, i32, i64, u64, usize, f64);

impl Shown for () {
    fn shown(&self) -> Json {
        Json::Null
    }
}

impl Shown for Json {
    fn shown(&self) -> Json {
        self.clone()
    }
}

impl Shown for str {
    /// White space in a row is one space, as it was recorded.
    fn shown(&self) -> Json {
        Json::from(self.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

impl Shown for String {
    fn shown(&self) -> Json {
        (**self).shown()
    }
}

impl<T: Shown + ?Sized> Shown for &T {
    fn shown(&self) -> Json {
        (**self).shown()
    }
}

impl<T: Shown> Shown for Option<T> {
    fn shown(&self) -> Json {
        self.as_ref().map_or(Json::Null, Shown::shown)
    }
}

impl<T: Shown> Shown for Auto<T> {
    fn shown(&self) -> Json {
        self.get().map_or(Json::Null, Shown::shown)
    }
}

impl<T: Shown> Shown for [T] {
    fn shown(&self) -> Json {
        self.iter().map(Shown::shown).collect()
    }
}

impl<T: Shown, const N: usize> Shown for [T; N] {
    fn shown(&self) -> Json {
        self.as_slice().shown()
    }
}

impl<T: Shown> Shown for Vec<T> {
    fn shown(&self) -> Json {
        self.as_slice().shown()
    }
}

macro_rules! tuples {
    ($(($($name:ident: $kind:ident),+);)*) => {$(
        impl<$($kind: Shown),+> Shown for ($($kind,)+) {
            fn shown(&self) -> Json {
                let ($($name,)+) = self;
                Json::Array(vec![$($name.shown()),+])
            }
        }
    )*};
}
tuples! {
    (a: A);
    (a: A, b: B);
    (a: A, b: B, c: C);
    (a: A, b: B, c: C, d: D);
}

impl Shown for Value {
    fn shown(&self) -> Json {
        match self {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::from(*value),
            Value::Int(value) => Json::from(*value),
            Value::UInt(value) => Json::from(*value),
            Value::Float(value) => Json::from(*value),
            other => other.to_text().shown(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn forms() {
        let unset: Auto<i64> = Auto::default();
        let shown = (vec![Some(1_i64), None], unset, "a \n b", true).shown();
        assert_eq!(shown, json!([[1, null], null, "a b", true]));
        assert_eq!([Value::Null, Value::Int(2), Value::from("x")].shown(), json!([null, 2, "x"]));
    }
}
