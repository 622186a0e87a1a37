//! JSON of `serde_json`, version 1.
//!
//! Another crate of the program may turn on `arbitrary_precision`. Without it a [`Value`](serde_json::Value)
//! keeps integers of 64 bits and floats, and a number with more digits is rounded by `serde_json`;
//! `Box<RawValue>` and [`RawJson`] keep every text as it is.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::refused;
use crate::error::{Error, ErrorKind, Result};
use crate::sql::types::{self, Type};
use crate::sql::{ColumnValue, family};
use crate::value::{FromValue, RawJson, Value, ValueRef};

/// A value of the program that is kept as JSON: any type with serde's `Serialize` and `Deserialize`.
///
/// The JSON `null` is a value; for SQL's NULL there is `Option<Json<T>>`. PostgreSQL keeps it as `JSONB`.
///
/// ```
/// use aludel::sql::Json;
/// use aludel::{Auto, Mapped, MetaData, create_engine, insert, select};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
/// struct Settings {
///     dark: bool,
///     tabs: Vec<String>,
/// }
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     settings: Json<Settings>,
///     other: Option<serde_json::Value>,
/// }
///
/// let mut conn = create_engine("sqlite://")?.connect()?;
/// MetaData::new().with::<User>().create_all(&mut conn)?;
/// let settings = || Json(Settings { dark: true, tabs: vec!["a".to_owned()] });
/// let other = serde_json::json!({ "n": [1, null] });
/// let values = (User::c.settings.set(settings()), User::c.other.set(other.clone()));
/// conn.execute(insert::<User>().values(values))?;
/// let user = conn.execute(select(User::c))?.one()?;
/// assert_eq!(user.settings, settings());
/// assert_eq!(user.other, Some(other));
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Json<T>(pub T);

/// Prints the JSON.
impl<T: Serialize> fmt::Display for Json<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

/// Reads a text as JSON. What `serde_json` says may repeat a value, so it is kept apart.
fn parse<T: DeserializeOwned>(value: ValueRef<'_>, wanted: &str) -> Result<T> {
    let context = || format!("reading it as {wanted}");
    let read = |text: &str| {
        serde_json::from_str(text).map_err(|error| {
            let what = match error.classify() {
                serde_json::error::Category::Data => "the JSON is of another shape",
                _ => "the text is no JSON that serde_json reads",
            };
            let place = format!("line {}, column {}", error.line(), error.column());
            Error::new(ErrorKind::Decode, format!("{what}, found at {place}"))
                .with_unredacted(error.to_string())
                .context(&context())
        })
    };
    match value {
        ValueRef::Json(text) | ValueRef::Text(text) => read(text),
        other => read(RawJson::from_value(other).map_err(|error| error.context(&context()))?.get()),
    }
}

/// Text of `serde_json` is JSON.
fn written(text: serde_json::Result<String>) -> Value {
    match text {
        Ok(text) => Value::Json(RawJson::from_database(&text)),
        Err(_) => {
            let why = refused(
                "the value cannot be JSON: a key of a map is no text, or its Serialize has failed",
            );
            Value::Refused(why.message().into())
        }
    }
}

impl<T: Serialize + DeserializeOwned + Send + 'static> ColumnValue for Json<T> {
    type Family = family::Json;
    const TYPE: &'static Type = &types::JsonB;

    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        parse(value, std::any::type_name::<T>()).map(Self)
    }

    fn to_value(&self) -> Value {
        written(serde_json::to_string(&self.0))
    }
}

impl ColumnValue for serde_json::Value {
    type Family = family::Json;
    const TYPE: &'static Type = &types::JsonB;

    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        parse(value, "serde_json::Value")
    }

    fn to_value(&self) -> Value {
        written(serde_json::to_string(self))
    }
}

/// The text as it is, in a column that keeps it so.
impl ColumnValue for Box<RawValue> {
    type Family = family::Json;
    const TYPE: &'static Type = &types::Json;

    fn from_value(value: ValueRef<'_>) -> Result<Self> {
        let text = RawJson::from_value(value)
            .map_err(|error| error.context("reading it as Box<RawValue>"))?;
        RawValue::from_string(text.into_text().into_string())
            .map_err(|_| Error::new(ErrorKind::Decode, "the text is no JSON that serde_json reads"))
    }

    fn to_value(&self) -> Value {
        Value::Json(RawJson::from_database(self.get()))
    }
}
