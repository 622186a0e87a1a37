//! JSON in a program where `serde_json` keeps all digits of numbers, and the order of members.

use aludel::sql::Json;
use aludel::value::RawJson;
use aludel::{FromValue, Result, Value, ValueRef};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Shape {
    n: f64,
    exact: serde_json::Number,
}

fn main() -> Result<()> {
    for text in [
        "1.10",
        "1e+400",
        "-0",
        "18446744073709551616",
        "0.1234567890123456789012345",
        r#"{"b":1,"a":1.0}"#,
    ] {
        let value: serde_json::Value = FromValue::from_value(ValueRef::Json(text))?;
        assert_eq!(value.to_string(), text);
        assert_eq!(Value::from(value), Value::from(RawJson::new(text)?));
    }
    let text = r#"{"n": 1.5, "exact": 1.10}"#;
    let shape: Json<Shape> = FromValue::from_value(ValueRef::Json(text))?;
    let exact = serde_json::from_str("1.10").expect("a number");
    assert_eq!(shape, Json(Shape { n: 1.5, exact }));
    assert_eq!(Value::from(shape).to_text(), r#"{"n":1.5,"exact":1.10}"#);
    Ok(())
}
