//! Foreign keys: of one column, and of several.

use super::super::Name;
use super::{ConstraintName, DdlIf, TableName};
use crate::error::{Error, ErrorKind, Result};

/// What happens to a row when the row that its foreign key names is deleted or its key changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferentialAction {
    /// The change is refused at the end of the statement, or of the transaction if the constraint is
    /// deferred.
    NoAction,
    /// The change is refused at once.
    Restrict,
    /// The row is deleted, or its key is changed too.
    Cascade,
    /// The foreign key becomes NULL.
    SetNull,
    /// The foreign key becomes its default.
    SetDefault,
}

impl ReferentialAction {
    /// The SQL of the action.
    ///
    /// ```
    /// use aludel::sql::schema::ReferentialAction;
    ///
    /// assert_eq!(ReferentialAction::SetNull.action_sql(), "SET NULL");
    /// ```
    #[must_use]
    pub const fn action_sql(self) -> &'static str {
        match self {
            Self::NoAction => "NO ACTION",
            Self::Restrict => "RESTRICT",
            Self::Cascade => "CASCADE",
            Self::SetNull => "SET NULL",
            Self::SetDefault => "SET DEFAULT",
        }
    }
}

/// When a constraint is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Deferrable {
    /// With each statement.
    #[default]
    No,
    /// With each statement, unless the transaction says `SET CONSTRAINTS … DEFERRED`.
    InitiallyImmediate,
    /// When the transaction commits.
    InitiallyDeferred,
}

impl Deferrable {
    /// The SQL of it, with a blank in front; nothing for [`No`](Self::No).
    ///
    /// ```
    /// use aludel::sql::schema::Deferrable;
    ///
    /// assert_eq!(Deferrable::InitiallyDeferred.deferrable_sql(), " DEFERRABLE INITIALLY DEFERRED");
    /// ```
    #[must_use]
    pub const fn deferrable_sql(self) -> &'static str {
        match self {
            Self::No => "",
            Self::InitiallyImmediate => " DEFERRABLE INITIALLY IMMEDIATE",
            Self::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
        }
    }
}

/// How a foreign key behaves, whatever its columns are.
#[derive(Debug, Clone, PartialEq, Default)]
struct Rules {
    on_delete: Option<ReferentialAction>,
    on_update: Option<ReferentialAction>,
    deferrable: Deferrable,
    use_alter: bool,
    ddl_if: DdlIf,
}

/// The foreign key of one column: which column of which table its values are in.
///
/// ```
/// use aludel::{Column, types};
/// use aludel::sql::schema::{ForeignKey, ReferentialAction};
///
/// let owner = ForeignKey::new("users.id").on_delete(ReferentialAction::Cascade);
/// let column = Column::new("owner_id", types::BigInteger).foreign_key(owner);
/// assert_eq!(&**column.references().expect("a foreign key").table().name(), "users");
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a foreign key does nothing until a column has it"]
pub struct ForeignKey {
    name: ConstraintName,
    table: TableName,
    column: Name,
    rules: Rules,
}

/// What a foreign key of a column and that of a table have in common.
macro_rules! name_and_rules {
    () => {
        /// Names the constraint, in place of the naming convention.
        ///
        /// ```
        /// # use aludel::sql::schema::{CreateTable, ForeignKey};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let key = ForeignKey::new("t.id").named("of_t");
        /// let x = Table::new("x", &MetaData::new(), [Column::new("t_id", types::Integer).foreign_key(key)])?;
        /// assert!(CreateTable::new(&x).to_string().contains("CONSTRAINT of_t FOREIGN KEY"));
        /// # Ok::<(), aludel::Error>(())
        /// ```
        pub fn named(self, name: impl Into<Name>) -> Self {
            Self { name: ConstraintName::Given(name.into()), ..self }
        }

        /// What happens when the row that it names is deleted.
        ///
        /// ```
        /// # use aludel::sql::schema::{CreateTable, ForeignKey, ReferentialAction};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let key = ForeignKey::new("t.id").on_delete(ReferentialAction::Cascade);
        /// let x = Table::new("x", &MetaData::new(), [Column::new("t_id", types::Integer).foreign_key(key)])?;
        /// assert!(CreateTable::new(&x).to_string().contains("ON DELETE CASCADE"));
        /// # Ok::<(), aludel::Error>(())
        /// ```
        pub fn on_delete(mut self, action: ReferentialAction) -> Self {
            self.rules.on_delete = Some(action);
            self
        }

        /// What happens when the key that it names is changed.
        ///
        /// ```
        /// # use aludel::sql::schema::{CreateTable, ForeignKey, ReferentialAction};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let key = ForeignKey::new("t.id").on_update(ReferentialAction::Restrict);
        /// let x = Table::new("x", &MetaData::new(), [Column::new("t_id", types::Integer).foreign_key(key)])?;
        /// assert!(CreateTable::new(&x).to_string().contains("ON UPDATE RESTRICT"));
        /// # Ok::<(), aludel::Error>(())
        /// ```
        pub fn on_update(mut self, action: ReferentialAction) -> Self {
            self.rules.on_update = Some(action);
            self
        }

        /// When it is checked.
        ///
        /// ```
        /// # use aludel::sql::schema::{CreateTable, Deferrable, ForeignKey};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let key = ForeignKey::new("t.id").deferrable(Deferrable::InitiallyDeferred);
        /// let x = Table::new("x", &MetaData::new(), [Column::new("t_id", types::Integer).foreign_key(key)])?;
        /// assert!(CreateTable::new(&x).to_string().contains("DEFERRABLE INITIALLY DEFERRED"));
        /// # Ok::<(), aludel::Error>(())
        /// ```
        pub fn deferrable(mut self, deferrable: Deferrable) -> Self {
            self.rules.deferrable = deferrable;
            self
        }

        /// It is added by ALTER TABLE when the tables are there, where the database can do that, and
        /// does not order the tables. Foreign keys that go in a circle are so by themselves.
        ///
        /// ```
        /// # use aludel::dialect::{postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateTable, ForeignKey};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let key = ForeignKey::new("t.id").use_alter();
        /// let x = Table::new("x", &MetaData::new(), [Column::new("t_id", types::Integer).foreign_key(key)])?;
        /// let create = CreateTable::new(&x);
        /// assert!(!create.compile(&PostgreSql::new())?.sql().contains("FOREIGN KEY"));
        /// assert!(create.compile(&Sqlite::new())?.sql().contains("FOREIGN KEY"));
        /// # Ok::<(), aludel::Error>(())
        /// ```
        pub fn use_alter(mut self) -> Self {
            self.rules.use_alter = true;
            self
        }

        /// For which databases it is; others create the table without it.
        ///
        /// ```
        /// # use aludel::dialect::{postgresql::PostgreSql, sqlite::Sqlite};
        /// # use aludel::sql::ClauseElement;
        /// # use aludel::sql::schema::{CreateTable, ForeignKey};
        /// # use aludel::{Column, MetaData, Table, types};
        /// let key = ForeignKey::new("t.id").ddl_if("sqlite");
        /// let x = Table::new("x", &MetaData::new(), [Column::new("t_id", types::Integer).foreign_key(key)])?;
        /// let create = CreateTable::new(&x);
        /// assert!(!create.compile(&PostgreSql::new())?.sql().contains("FOREIGN KEY"));
        /// assert!(create.compile(&Sqlite::new())?.sql().contains("FOREIGN KEY"));
        /// # Ok::<(), aludel::Error>(())
        /// ```
        pub fn ddl_if(mut self, of: impl Into<DdlIf>) -> Self {
            self.rules.ddl_if = of.into();
            self
        }
    };
}

impl ForeignKey {
    /// To a column, written `"table.column"` or `"schema.table.column"`.
    ///
    /// Text of another form is refused when the table is described or created.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateTable, ForeignKey};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let key = ForeignKey::new("t.id");
    /// let x = Table::new("x", &MetaData::new(), [Column::new("t_id", types::Integer).foreign_key(key)])?;
    /// assert!(CreateTable::new(&x).to_string().contains("REFERENCES t (id)"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new(target: impl Into<TableName>) -> Self {
        // "schema.table.column" reads as a table "column" in a schema "schema.table".
        let target = target.into();
        let (table, column) = match target.schema() {
            Some(Name::Static(table)) => (TableName::from(*table), target.name().clone()),
            Some(Name::Shared(table)) => (table.to_string().into(), target.name().clone()),
            None => (TableName::new(""), target.name().clone()),
        };
        Self { name: ConstraintName::default(), table, column, rules: Rules::default() }
    }

    /// To a column of a table whose names are given apart.
    ///
    /// ```
    /// use aludel::sql::schema::ForeignKey;
    ///
    /// assert_eq!(ForeignKey::to("shop.t", "id"), ForeignKey::new("shop.t.id"));
    /// ```
    pub fn to(table: impl Into<TableName>, column: impl Into<Name>) -> Self {
        Self {
            name: ConstraintName::default(),
            table: table.into(),
            column: column.into(),
            rules: Rules::default(),
        }
    }

    name_and_rules!();

    /// The table that it names.
    #[must_use]
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// The column that it names.
    #[must_use]
    pub fn column(&self) -> &Name {
        &self.column
    }

    /// As the constraint of a table.
    pub(super) fn constraint_of(&self, column: &Name) -> ForeignKeyConstraint {
        ForeignKeyConstraint {
            name: self.name.clone(),
            columns: vec![column.clone()],
            table: self.table.clone(),
            references: vec![self.column.clone()],
            rules: self.rules.clone(),
        }
    }

    /// Whether it names a table and a column.
    pub(super) fn is_complete(&self) -> bool {
        !self.table.name().is_empty() && !self.column.is_empty()
    }
}

impl From<&'static str> for ForeignKey {
    fn from(target: &'static str) -> Self {
        Self::new(target)
    }
}

impl From<String> for ForeignKey {
    fn from(target: String) -> Self {
        Self::new(target)
    }
}

/// A foreign key of one column or several, as a constraint of its table.
///
/// ```
/// use aludel::sql::schema::{ForeignKeyConstraint, ReferentialAction};
///
/// let line = ForeignKeyConstraint::new(["shop", "number"], "orders", ["shop", "number"])
///     .on_delete(ReferentialAction::Cascade);
/// assert_eq!(line.columns().len(), 2);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[must_use = "a constraint does nothing until a table has it"]
pub struct ForeignKeyConstraint {
    name: ConstraintName,
    columns: Vec<Name>,
    table: TableName,
    references: Vec<Name>,
    rules: Rules,
}

impl ForeignKeyConstraint {
    /// From columns of its table to as many columns of another.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateTable, ForeignKeyConstraint};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let key = ForeignKeyConstraint::new(["a", "b"], "t", ["x", "y"]).named("of_t");
    /// let columns = ["a", "b"].map(|name| Column::new(name, types::Integer));
    /// let x = Table::builder("x").columns(columns).constraint(key).build(&MetaData::new())?;
    /// let sql = CreateTable::new(&x).to_string();
    /// assert!(sql.contains("CONSTRAINT of_t FOREIGN KEY"), "{sql}");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn new<C: Into<Name>, R: Into<Name>>(
        columns: impl IntoIterator<Item = C>,
        table: impl Into<TableName>,
        references: impl IntoIterator<Item = R>,
    ) -> Self {
        Self {
            name: ConstraintName::default(),
            columns: columns.into_iter().map(Into::into).collect(),
            table: table.into(),
            references: references.into_iter().map(Into::into).collect(),
            rules: Rules::default(),
        }
    }

    name_and_rules!();

    /// Its name in the database, if it belongs to a table; see [`ConstraintName`].
    #[must_use]
    pub fn name(&self) -> Option<&Name> {
        self.name.get()
    }

    /// The columns of its own table.
    #[must_use]
    pub fn columns(&self) -> &[Name] {
        &self.columns
    }

    /// The table that it names.
    #[must_use]
    pub fn referred_table(&self) -> &TableName {
        &self.table
    }

    /// The columns that it names, one for each of [`columns`](Self::columns).
    #[must_use]
    pub fn referred_columns(&self) -> &[Name] {
        &self.references
    }

    /// What happens when the row that it names is deleted; `None`: as the database has it.
    #[must_use]
    pub fn delete_action(&self) -> Option<ReferentialAction> {
        self.rules.on_delete
    }

    /// What happens when the key that it names is changed; `None`: as the database has it.
    #[must_use]
    pub fn update_action(&self) -> Option<ReferentialAction> {
        self.rules.on_update
    }

    /// When it is checked.
    #[must_use]
    pub fn deferral(&self) -> Deferrable {
        self.rules.deferrable
    }

    /// Whether it is added by ALTER TABLE.
    #[must_use]
    pub fn uses_alter(&self) -> bool {
        self.rules.use_alter
    }

    /// For which databases it is.
    #[must_use]
    pub fn condition_of_ddl(&self) -> &DdlIf {
        &self.rules.ddl_if
    }

    pub(super) fn constraint_name(&self) -> &ConstraintName {
        &self.name
    }

    pub(super) fn constraint_name_mut(&mut self) -> &mut ConstraintName {
        &mut self.name
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.columns.is_empty() || self.columns.len() != self.references.len() {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "a foreign key to {:?} has {} columns and names {}; give as many columns as it \
                     names, and at least one",
                    self.table.to_string(),
                    self.columns.len(),
                    self.references.len()
                ),
            ));
        }
        if self.table.name().is_empty() || self.references.iter().any(|name| name.is_empty()) {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "the foreign key of {} names no table; write it as \"table.column\" or \
                     \"schema.table.column\"",
                    super::listed(&self.columns)
                ),
            ));
        }
        Ok(())
    }
}
