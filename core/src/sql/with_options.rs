//! Statements with execution options of their own.

use std::fmt;

use super::schema::{CreateIndex, CreateTable, DropIndex, DropTable, SetComment, Table};
use super::{
    CacheKey, ClauseElement, CompoundSelect, Delete, Executable, Insert, Literals, Params, Select,
    SessionSelect, SqlDialect, Template, Text, TextualSelect, Update, Values,
};
use crate::error::Result;
use crate::statement::ExecutionOptions;

/// A statement with [`ExecutionOptions`] of its own: what its `execution_options` gives. It compiles to
/// what the statement does.
#[derive(Clone)]
#[must_use = "a statement does nothing until it is executed"]
pub struct WithOptions<E> {
    statement: E,
    options: ExecutionOptions,
}

impl<E> WithOptions<E> {
    /// Sets further options; those that were set before stay, unless they are set anew.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use aludel::{ExecutionOptions, text};
    ///
    /// let options = || ExecutionOptions::new().timeout(Duration::from_secs(1));
    /// let statement = text("SELECT 1").execution_options(options()).execution_options(options());
    /// assert_eq!(statement.to_string(), "SELECT 1");
    /// ```
    pub fn execution_options(mut self, options: ExecutionOptions) -> Self {
        self.options = options.over(&self.options);
        self
    }
}

macro_rules! statements {
    ($($(#[$meta:meta])* [$($generic:ident),*] $ty:ty;)*) => {$(
        impl<$($generic),*> $ty {
            /// The statement with execution options of its own, which count before those of the
            /// connection and of the engine. See [`ExecutionOptions`].
            ///
            $(#[$meta])*
            pub fn execution_options(self, options: ExecutionOptions) -> WithOptions<Self> {
                WithOptions { statement: self, options }
            }
        }
    )*};
}
statements! {
    /// It stands last: what it gives has no clauses to add.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use aludel::{ErrorKind, ExecutionOptions, create_engine, select, text};
    ///
    /// # #[derive(aludel::Mapped)]
    /// # #[aludel(table = "users")]
    /// # struct User {
    /// #     #[aludel(primary_key)]
    /// #     id: i64,
    /// # }
    /// let engine = create_engine("sqlite://")?;
    /// let mut conn = engine.connect()?;
    /// conn.execute(text("create table users (id integer primary key)"))?;
    /// let quick = ExecutionOptions::new().timeout(Duration::from_secs(2));
    /// let users = select(User::c.id).where_(User::c.id.gt(7)).execution_options(quick);
    /// assert!(conn.execute(users)?.scalars::<i64>()?.is_empty());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    [S] Select<S>;
    /// It stands last, as in [`Select::execution_options`].
    [S] CompoundSelect<S>;
    /// It stands last, as in [`Select::execution_options`].
    [I] TextualSelect<I>;
    /// It stands last, as in [`Select::execution_options`].
    [I] Values<I>;
    /// It stands last, as in [`Select::execution_options`].
    [T, S] Insert<T, S>;
    /// It stands last, as in [`Select::execution_options`].
    [T, S] Update<T, S>;
    /// It stands last, as in [`Select::execution_options`].
    [T, S] Delete<T, S>;
    /// It stands last, as in [`Select::execution_options`].
    [] Text;
    /// It stands last, as in [`Select::execution_options`].
    [] CreateTable;
    /// It stands last, as in [`Select::execution_options`].
    [] DropTable;
    /// It stands last, as in [`Select::execution_options`].
    [] CreateIndex;
    /// It stands last, as in [`Select::execution_options`].
    [] DropIndex;
    /// It stands last, as in [`Select::execution_options`].
    [] SetComment;
}

impl<E: ClauseElement> ClauseElement for WithOptions<E> {
    fn as_element(&self) -> &dyn ClauseElement {
        self
    }

    fn cache_key(&self, key: &mut CacheKey, literals: &mut Literals, names: &Params) {
        self.statement.cache_key(key, literals, names);
    }

    fn compile_with(&self, dialect: &dyn SqlDialect, names: &Params) -> Result<Template> {
        self.statement.compile_with(dialect, names)
    }

    fn params(&self) -> &Params {
        self.statement.params()
    }

    fn check_prepare(&self) -> Result<()> {
        self.statement.check_prepare()
    }

    fn own_options(&self) -> Option<&ExecutionOptions> {
        Some(&self.options)
    }

    fn changed(&self) -> Option<(&Table, bool)> {
        self.statement.changed()
    }

    fn for_session(&self) -> Option<SessionSelect> {
        Some(self.statement.for_session()?.with_options(&self.options))
    }
}

impl<E: Executable> Executable for WithOptions<E> {
    type Row = E::Row;
}

/// Prints as the statement.
impl<E: fmt::Display> fmt::Display for WithOptions<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.statement.fmt(f)
    }
}

impl<E: fmt::Debug> fmt::Debug for WithOptions<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithOptions")
            .field("statement", &self.statement)
            .field("options", &self.options)
            .finish()
    }
}
