//! Values of types that are known by their names only.

use std::fmt;

/// A value of a type that has no Rust type here: its type's name in the database, and its text as the
/// database prints it, or its bytes.
///
/// ```
/// use aludel::value::Other;
///
/// let address = Other::text("inet", "10.0.0.1/8");
/// assert_eq!((address.type_name(), address.as_text()), ("inet", Some("10.0.0.1/8")));
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Other {
    type_name: Box<str>,
    content: Content,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Content {
    Text(Box<str>),
    Bytes(Box<[u8]>),
}

impl Other {
    /// A value as the database prints it.
    pub fn text(type_name: impl Into<Box<str>>, text: impl Into<Box<str>>) -> Self {
        Self { type_name: type_name.into(), content: Content::Text(text.into()) }
    }

    /// A value in the database's binary form.
    pub fn bytes(type_name: impl Into<Box<str>>, bytes: impl Into<Box<[u8]>>) -> Self {
        Self { type_name: type_name.into(), content: Content::Bytes(bytes.into()) }
    }

    /// The name of the type in the database.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// The value as the database prints it, if that is known.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Bytes(_) => None,
        }
    }

    /// The value in the database's binary form, if its text is not known.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Text(_) => None,
            Content::Bytes(bytes) => Some(bytes),
        }
    }
}

/// Prints the text, or how many bytes there are.
impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::Text(text) => f.write_str(text),
            Content::Bytes(bytes) => write!(f, "<{} bytes of {}>", bytes.len(), self.type_name),
        }
    }
}

impl fmt::Debug for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({self})", self.type_name)
    }
}
