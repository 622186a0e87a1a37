//! Indexes.

use super::super::{IntoSql, Name, Nulls, RawSql};
use super::{ConstraintName, DdlExpression, DdlIf, IntoDdlExpression};

/// An index over columns of a table, or expressions over them.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::ClauseElement;
/// use aludel::sql::schema::{CreateIndex, Index, IndexElement};
/// use aludel::{Column, MetaData, Table, types};
///
/// let recent = Index::new([IndexElement::expression("lower(name)"), IndexElement::new("at").desc()])
///     .named("recent")
///     .where_("name IS NOT NULL");
/// let table = Table::builder("t")
///     .columns([Column::new("name", types::String(20)), Column::new("at", types::Date)])
///     .index(recent)
///     .build(&MetaData::new())?;
/// assert_eq!(
///     CreateIndex::new(&table, &table.indexes()[0]).compile(&PostgreSql::new())?.sql(),
///     "CREATE INDEX recent ON t ((lower(name)), at DESC) WHERE name IS NOT NULL"
/// );
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "an index does nothing until a table has it"]
pub struct Index {
    name: ConstraintName,
    elements: Vec<IndexElement>,
    /// Those of the elements.
    columns: Vec<Name>,
    unique: bool,
    pub(super) kind: Option<RawSql>,
    pub(super) method: Option<RawSql>,
    pub(super) include: Vec<Name>,
    pub(super) condition: Option<DdlExpression>,
    pub(super) ddl_if: DdlIf,
}

/// A column of an index, or an expression, and how it is sorted by.
#[derive(Debug, Clone, PartialEq)]
#[must_use = "an element does nothing until an index has it"]
pub struct IndexElement {
    pub(super) of: IndexedBy,
    pub(super) descending: bool,
    pub(super) nulls: Option<Nulls>,
    pub(super) operator_class: Option<RawSql>,
    pub(super) length: Option<u32>,
}

/// What an element of an index is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum IndexedBy {
    Column(Name),
    Expression(DdlExpression),
}

impl IndexElement {
    fn of(of: IndexedBy) -> Self {
        Self { of, descending: false, nulls: None, operator_class: None, length: None }
    }

    /// A column.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateIndex, Index, IndexElement};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new([IndexElement::new("a")]).named("by_a");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(statement.to_string(), "CREATE INDEX by_a ON x (a)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(column: impl Into<Name>) -> Self {
        Self::of(IndexedBy::Column(column.into()))
    }

    /// An expression over columns.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateIndex, Index, IndexElement};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new([IndexElement::expression("lower(a)")]).named("by_a");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE INDEX by_a ON x ((lower(a)))"
    /// );
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE INDEX by_a ON x ((lower(a)))");
    /// assert!(statement.compile(&MySql::mariadb()).is_err());
    /// assert_eq!(statement.compile(&Sqlite::new())?.sql(), "CREATE INDEX by_a ON x ((lower(a)))");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn expression(expression: impl IntoDdlExpression) -> Self {
        Self::of(IndexedBy::Expression(expression.into_ddl_expression()))
    }

    /// Larger values come first.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateIndex, Index, IndexElement};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new([IndexElement::new("a").desc()]).named("by_a");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(statement.to_string(), "CREATE INDEX by_a ON x (a DESC)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn desc(self) -> Self {
        Self { descending: true, ..self }
    }

    /// NULL stands before all values.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateIndex, Index, IndexElement};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new([IndexElement::new("a").nulls_first()]).named("by_a");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE INDEX by_a ON x (a NULLS FIRST)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn nulls_first(self) -> Self {
        Self { nulls: Some(Nulls::First), ..self }
    }

    /// NULL stands after all values.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateIndex, Index, IndexElement};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new([IndexElement::new("a").nulls_last()]).named("by_a");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE INDEX by_a ON x (a NULLS LAST)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn nulls_last(self) -> Self {
        Self { nulls: Some(Nulls::Last), ..self }
    }

    /// The operator class by which values are compared, such as `text_pattern_ops`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateIndex, Index, IndexElement};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index =
    ///     Index::new([IndexElement::new("a").operator_class("text_pattern_ops")]).named("by_a");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE INDEX by_a ON x (a text_pattern_ops)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn operator_class(self, class: impl IntoSql) -> Self {
        Self { operator_class: Some(class.into_sql()), ..self }
    }

    /// Only the first so many characters or bytes of a value are in the index.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateIndex, Index, IndexElement};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new([IndexElement::new("a").length(10)]).named("by_a");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert!(statement.compile(&PostgreSql::new()).is_err());
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE INDEX by_a ON x (a(10))");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn length(self, length: u32) -> Self {
        Self { length: Some(length), ..self }
    }
}

impl<N: Into<Name>> From<N> for IndexElement {
    fn from(column: N) -> Self {
        Self::new(column)
    }
}

impl Index {
    /// Over these columns or expressions, in this order.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["a", "b"]).named("by_both");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(statement.to_string(), "CREATE INDEX by_both ON x (a, b)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new<E: Into<IndexElement>>(elements: impl IntoIterator<Item = E>) -> Self {
        let elements: Vec<IndexElement> = elements.into_iter().map(Into::into).collect();
        let columns = elements.iter().filter_map(|element| match &element.of {
            IndexedBy::Column(name) => Some(name.clone()),
            IndexedBy::Expression(_) => None,
        });
        let columns = columns.collect();
        Self {
            name: ConstraintName::default(),
            elements,
            columns,
            unique: false,
            kind: None,
            method: None,
            include: Vec::new(),
            condition: None,
            ddl_if: DdlIf::default(),
        }
    }

    /// Names it, in place of the naming convention.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]).named("by_b");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(statement.to_string(), "CREATE INDEX by_b ON x (b)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn named(self, name: impl Into<Name>) -> Self {
        Self { name: ConstraintName::Given(name.into()), ..self }
    }

    /// No two rows have the same values in its columns.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]).named("by_b").unique();
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(statement.to_string(), "CREATE UNIQUE INDEX by_b ON x (b)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn unique(self) -> Self {
        Self { unique: true, ..self }
    }

    /// Only the rows that fulfil a condition are in it.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]).named("by_b").where_("b > 0");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE INDEX by_b ON x (b) WHERE b > 0"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert_eq!(
    ///     statement.compile(&Sqlite::new())?.sql(),
    ///     "CREATE INDEX by_b ON x (b) WHERE b > 0"
    /// );
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn where_(self, condition: impl IntoDdlExpression) -> Self {
        Self { condition: Some(condition.into_ddl_expression()), ..self }
    }

    /// The method of the index, such as `gin` or `hash`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]).named("by_b").using("hash");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE INDEX by_b ON x USING hash (b)"
    /// );
    /// assert_eq!(
    ///     statement.compile(&MySql::new())?.sql(),
    ///     "CREATE INDEX by_b ON x (b) USING hash"
    /// );
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn using(self, method: impl IntoSql) -> Self {
        Self { method: Some(method.into_sql()), ..self }
    }

    /// Columns whose values are in the index besides those it is sorted by.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]).named("by_b").include(["a"]);
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(
    ///     statement.compile(&PostgreSql::new())?.sql(),
    ///     "CREATE INDEX by_b ON x (b) INCLUDE (a)"
    /// );
    /// assert!(statement.compile(&MySql::new()).is_err());
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn include<C: Into<Name>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.include.extend(columns.into_iter().map(Into::into));
        self
    }

    /// MySQL and MariaDB: `FULLTEXT` or `SPATIAL`.
    ///
    /// ```
    /// # use aludel::dialect::{mysql::MySql, postgresql::PostgreSql, sqlite::Sqlite};
    /// # use aludel::sql::ClauseElement;
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]).named("by_b").kind("FULLTEXT");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert!(statement.compile(&PostgreSql::new()).is_err());
    /// assert_eq!(statement.compile(&MySql::new())?.sql(), "CREATE FULLTEXT INDEX by_b ON x (b)");
    /// assert!(statement.compile(&Sqlite::new()).is_err());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn kind(self, kind: impl IntoSql) -> Self {
        Self { kind: Some(kind.into_sql()), ..self }
    }

    /// For which databases it is; others do not get it.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateIndex, Index};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let index = Index::new(["b"]).named("by_b").ddl_if("postgresql");
    /// let x = Table::builder("x")
    ///     .columns([Column::new("a", types::Text), Column::new("b", types::Integer)])
    ///     .index(index)
    ///     .build(&MetaData::new())?;
    /// let statement = CreateIndex::new(&x, &x.indexes()[0]);
    /// assert_eq!(statement.to_string(), "CREATE INDEX by_b ON x (b)");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn ddl_if(self, of: impl Into<DdlIf>) -> Self {
        Self { ddl_if: of.into(), ..self }
    }

    /// Its name in the database, if it belongs to a table.
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        self.name.get()
    }

    /// Its columns, in their order, without expressions.
    #[must_use]
    pub fn columns(&self) -> &[Name] {
        &self.columns
    }

    /// What it is over: columns and expressions, in their order.
    pub fn elements(&self) -> &[IndexElement] {
        &self.elements
    }

    /// Whether no two rows have the same values.
    #[must_use]
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    /// For which databases it is.
    #[must_use]
    pub fn condition_of_ddl(&self) -> &DdlIf {
        &self.ddl_if
    }

    /// The columns of which it must know how long values can be.
    pub(super) fn unlimited_columns(&self) -> impl Iterator<Item = &Name> {
        let whole = self.kind.is_none();
        self.elements.iter().filter_map(move |element| match &element.of {
            IndexedBy::Column(name) if element.length.is_none() && whole => Some(name),
            _ => None,
        })
    }

    /// What the naming convention has for columns: an expression by its text.
    pub(super) fn element_names(&self) -> Vec<Name> {
        let name = |element: &IndexElement| match &element.of {
            IndexedBy::Column(name) => name.clone(),
            IndexedBy::Expression(expression) => {
                let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
                let words: String = expression.as_str().chars().map(word).collect();
                words.trim_matches('_').to_owned().into()
            }
        };
        self.elements.iter().map(name).collect()
    }

    pub(super) fn constraint_name(&self) -> &ConstraintName {
        &self.name
    }

    pub(super) fn constraint_name_mut(&mut self) -> &mut ConstraintName {
        &mut self.name
    }
}
