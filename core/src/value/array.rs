//! Arrays.

use std::fmt::{self, Write};

use super::Value;
use super::scan::impossible;
use crate::error::Result;

/// An array: its elements, and how they are laid out.
///
/// Programs read and bind `Vec<T>` where the array has one dimension that is counted from 1, as most
/// have; this is for the others.
///
/// ```
/// use aludel::Value;
/// use aludel::value::{Array, Dimension};
///
/// let square = Array::with_dimensions(
///     [1, 2, 3, 4].map(Value::from),
///     [Dimension::new(2), Dimension::new(2)],
/// )?;
/// assert_eq!(square.to_string(), "{{1,2},{3,4}}");
/// let list = Array::new(["a b".into(), Value::Null]);
/// assert_eq!(list.to_string(), r#"{"a b",NULL}"#);
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Array {
    elements: Vec<Value>,
    dimensions: Vec<Dimension>,
}

/// One dimension of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dimension {
    len: u32,
    lower: i32,
}

impl Dimension {
    /// So many elements, counted from 1.
    #[must_use]
    pub const fn new(len: u32) -> Self {
        Self { len, lower: 1 }
    }

    /// The same, counted from another number.
    #[must_use]
    pub const fn from(self, lower: i32) -> Self {
        Self { lower, ..self }
    }

    /// How many elements there are.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.len
    }

    /// Whether there are none, which no array of a database has.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The number of the first element.
    #[must_use]
    pub const fn lower(self) -> i32 {
        self.lower
    }
}

impl Array {
    /// An array of one dimension, counted from 1; without elements it has no dimension.
    ///
    /// # Panics
    ///
    /// If there are more elements than a `u32` counts.
    pub fn new(elements: impl Into<Vec<Value>>) -> Self {
        let elements = elements.into();
        let len = u32::try_from(elements.len()).expect("an array has fewer elements");
        let dimensions = if len == 0 { Vec::new() } else { vec![Dimension::new(len)] };
        Self { elements, dimensions }
    }

    /// An array of any dimensions. The last of them is the one whose elements stand side by side.
    ///
    /// # Errors
    ///
    /// [`Argument`](crate::ErrorKind::Argument) if there are not as many elements as the dimensions
    /// say.
    pub fn with_dimensions(
        elements: impl Into<Vec<Value>>,
        dimensions: impl Into<Vec<Dimension>>,
    ) -> Result<Self> {
        let (elements, dimensions) = (elements.into(), dimensions.into());
        let product = |dimensions: &[Dimension]| {
            dimensions.iter().try_fold(1_u64, |all, of| all.checked_mul(of.len.into()))
        };
        let wanted = if dimensions.is_empty() { Some(0) } else { product(&dimensions) };
        if wanted.and_then(|wanted| usize::try_from(wanted).ok()) != Some(elements.len()) {
            return Err(impossible("the array has not as many elements as its dimensions say"));
        }
        Ok(Self { elements, dimensions })
    }

    /// The elements, those of the last dimension side by side.
    #[must_use]
    pub fn elements(&self) -> &[Value] {
        &self.elements
    }

    /// The elements, those of the last dimension side by side.
    #[must_use]
    pub fn into_elements(self) -> Vec<Value> {
        self.elements
    }

    /// The dimensions, none if there are no elements.
    #[must_use]
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    /// Whether it is a list: one dimension that is counted from 1, or no elements.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(*self.dimensions, [] | [Dimension { lower: 1, .. }])
    }
}

/// Prints as PostgreSQL does: `{1,2}`, `[2:3]={1,2}`, `{{a,"b c"},{NULL,"NULL"}}`.
impl fmt::Display for Array {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dimensions.is_empty() {
            return f.write_str("{}");
        }
        if self.dimensions.iter().any(|dimension| dimension.lower != 1) {
            for Dimension { len, lower } in &self.dimensions {
                let upper = i64::from(*lower) + i64::from(*len) - 1;
                write!(f, "[{lower}:{upper}]")?;
            }
            f.write_str("=")?;
        }
        let mut elements = self.elements.iter();
        write_level(&self.dimensions, &mut elements, f)
    }
}

fn write_level(
    dimensions: &[Dimension],
    elements: &mut std::slice::Iter<'_, Value>,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    let Some((dimension, inner)) = dimensions.split_first() else {
        return elements.next().map_or(Ok(()), |element| write_element(element, f));
    };
    f.write_str("{")?;
    for index in 0..dimension.len {
        if index > 0 {
            f.write_str(",")?;
        }
        write_level(inner, elements, f)?;
    }
    f.write_str("}")
}

fn write_element(element: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let text = match element {
        Value::Null => return f.write_str("NULL"),
        Value::Array(array) => return fmt::Display::fmt(array, f),
        other => other.to_text(),
    };
    let special = |c: char| {
        matches!(c, '"' | '\\' | '{' | '}' | ',') || c.is_ascii_whitespace() || c == '\u{b}'
    };
    if !text.is_empty() && !text.eq_ignore_ascii_case("NULL") && !text.contains(special) {
        return f.write_str(&text);
    }
    f.write_str("\"")?;
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            f.write_str("\\")?;
        }
        f.write_char(c)?;
    }
    f.write_str("\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_in_print() {
        let texts = ["", "null", "a,b", "a\"b\\c", "{}", "ü", "a\tb", "NULLS"];
        let array = Array::new(texts.map(Value::from));
        assert_eq!(array.to_string(), r#"{"","null","a,b","a\"b\\c","{}",ü,"a	b",NULLS}"#);
        let array =
            Array::new([Value::Bool(true), Value::from(vec![0_u8, 255]), Value::Float(1e300)]);
        assert_eq!(array.to_string(), "{t,\"\\\\x00ff\",1e300}");
        let odd = Array::with_dimensions([1, 2].map(Value::from), [Dimension::new(2).from(-3)]);
        let odd = odd.unwrap();
        assert_eq!(odd.to_string(), "[-3:-2]={1,2}");
        assert!(!odd.is_list() && Array::default().is_list());
        assert_eq!(Array::default(), Array::new([]));
        assert!(Array::with_dimensions([Value::Null], [Dimension::new(2)]).is_err());
        assert!(Array::with_dimensions([Value::Null], []).is_err());
    }
}
