//! `Auto` for `serde`, version 1: the value, or none.
//!
//! ```
//! use aludel::Auto;
//!
//! assert_eq!(serde_json::to_string(&Auto::from(5_i64)).expect("JSON"), "5");
//! assert_eq!(serde_json::to_string(&Auto::<i64>::unset()).expect("JSON"), "null");
//! let read: [Auto<i64>; 2] = serde_json::from_str("[5, null]").expect("JSON");
//! assert_eq!(read, [Auto::from(5), Auto::unset()]);
//! ```

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::sql::Auto;

impl<T: Serialize> Serialize for Auto<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.get().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Auto<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::<T>::deserialize(deserializer)?;
        Ok(value.map_or_else(Self::unset, Self::from))
    }
}
