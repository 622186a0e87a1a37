//! The name of a table, with the schema that it is in.

use std::fmt;

use super::super::Name;

/// The name of a table, and of its schema if it is not the connection's own.
///
/// From text, `"users"` or `"shop.orders"`: what stands before the last dot is the schema. A name
/// that has a dot in itself is made by [`new`](Self::new).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableName {
    schema: Option<Name>,
    name: Name,
}

impl TableName {
    /// A table in the connection's own schema.
    ///
    /// ```
    /// use aludel::sql::schema::{CreateTable, TableName};
    /// use aludel::{Column, MetaData, Table, types};
    ///
    /// let name = TableName::new("a.b");
    /// let t = Table::new(name, &MetaData::new(), [Column::new("a", types::Integer)])?;
    /// assert_eq!(CreateTable::new(&t).to_string(), "CREATE TABLE \"a.b\" (\n\ta INTEGER\n)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(name: impl Into<Name>) -> Self {
        Self { schema: None, name: name.into() }
    }

    /// The same table in this schema.
    ///
    /// ```
    /// use aludel::sql::schema::TableName;
    ///
    /// assert_eq!(TableName::new("orders").in_schema("shop"), TableName::from("shop.orders"));
    /// ```
    #[must_use]
    pub fn in_schema(self, schema: impl Into<Name>) -> Self {
        Self { schema: Some(schema.into()), ..self }
    }

    /// The name of the table alone.
    #[must_use]
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> Option<&Name> {
        self.schema.as_ref()
    }

    /// Of `"table"` or `"schema.table"`.
    fn parse(text: &str, part: impl Fn(&str) -> Name) -> Self {
        match text.rsplit_once('.') {
            Some((schema, name)) => Self { schema: Some(part(schema)), name: part(name) },
            None => Self { schema: None, name: part(text) },
        }
    }
}

impl From<&'static str> for TableName {
    fn from(text: &'static str) -> Self {
        match text.rsplit_once('.') {
            Some((schema, name)) => Self { schema: Some(schema.into()), name: name.into() },
            None => Self { schema: None, name: text.into() },
        }
    }
}

impl From<&String> for TableName {
    fn from(text: &String) -> Self {
        Self::parse(text, |part| part.to_owned().into())
    }
}

impl From<String> for TableName {
    fn from(text: String) -> Self {
        Self::from(&text)
    }
}

impl From<&Self> for TableName {
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        write!(f, "{}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::TableName;

    #[test]
    fn text_is_taken_apart_at_the_last_dot() {
        let plain = TableName::from("users");
        assert_eq!((&**plain.name(), plain.schema()), ("users", None));
        for name in [TableName::from("shop.orders"), TableName::from("shop.orders".to_owned())] {
            assert_eq!(name, TableName::new("orders").in_schema("shop"));
            assert_eq!(name.to_string(), "shop.orders");
        }
        assert_eq!(TableName::from("a.b.c"), TableName::new("c").in_schema("a.b"));
        assert_eq!(TableName::new("a.b").schema(), None);
    }
}
