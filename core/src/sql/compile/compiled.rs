//! A statement compiled for one database, to look at: its text, and what is bound.

use super::{BoundAs, Source, SqlDialect};
use crate::error::Result;
use crate::sql::types::Type;
use crate::sql::{CacheKey, ClauseElement, Literals, Name};
use crate::value::Value;

/// A statement compiled for one database: `statement.compile(&dialect)?`.
///
/// ```
/// use aludel::dialect::postgresql::PostgreSql;
/// use aludel::sql::ClauseElement;
/// use aludel::{Auto, Mapped, Value, bindparam, select, types};
///
/// #[derive(Mapped)]
/// #[aludel(table = "users")]
/// struct User {
///     #[aludel(primary_key)]
///     id: Auto<i64>,
///     name: String,
/// }
///
/// let statement = select(User::c.id)
///     .where_(User::c.name.eq(bindparam("name")))
///     .where_(User::c.id.gt(5));
/// let compiled = statement.compile(&PostgreSql::new())?;
/// assert_eq!(
///     compiled.sql(),
///     "SELECT users.id FROM users WHERE users.name = $1 AND users.id > $2"
/// );
/// let [name, id] = compiled.params() else { panic!("two parameters") };
/// assert_eq!((name.name(), name.value()), (Some("name"), None));
/// assert_eq!((id.name(), id.value()), (None, Some(&Value::Int(5))));
/// assert_eq!(id.column_type(), Some(&types::BigInteger));
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Compiled {
    sql: String,
    params: Vec<CompiledParam>,
}

/// A parameter of a [`Compiled`] statement.
#[derive(Debug, Clone, PartialEq)]
pub struct CompiledParam {
    name: Option<Name>,
    value: Option<Value>,
    ty: Option<Type>,
}

impl Compiled {
    pub(in crate::sql) fn new(
        statement: &dyn ClauseElement,
        dialect: &dyn SqlDialect,
    ) -> Result<Self> {
        let params = statement.params();
        let mut literals = Literals::template();
        statement.cache_key(&mut CacheKey::default(), &mut literals, params);
        let template = statement.compile_with(dialect, params)?;
        template.expand(&mut literals, &[params])?;
        let rendered = template.render(dialect, &literals.lists, literals.rows);
        let param = |(source, BoundAs { ty, .. }): (&Source, BoundAs)| match source {
            made if literals.maker_of(made).is_some() => {
                CompiledParam { name: None, value: None, ty }
            }
            Source::Literal(index) => {
                CompiledParam { name: None, value: Some(literals.values[*index].clone()), ty }
            }
            Source::Listed(index) => {
                CompiledParam { name: None, value: Some(literals.listed[*index].clone()), ty }
            }
            Source::Cell(index) => {
                CompiledParam { name: None, value: Some(literals.cells[*index].clone()), ty }
            }
            Source::Named(name) => {
                let value = params.get(name).cloned().or_else(|| literals.default_of(name));
                CompiledParam { name: Some(name.clone()), value, ty }
            }
        };
        let params = rendered.sources.iter().zip(rendered.types).map(param).collect();
        Ok(Self { sql: rendered.sql, params })
    }

    /// The text of a statement with its values in it.
    pub(in crate::sql) fn with_values(
        statement: &dyn ClauseElement,
        dialect: &dyn SqlDialect,
    ) -> Result<String> {
        let params = statement.params();
        let mut literals = Literals::default();
        statement.cache_key(&mut CacheKey::default(), &mut literals, params);
        let template = statement.compile_with(dialect, params)?;
        template.expand(&mut literals, &[params])?;
        template.render_values(dialect, &literals, params)
    }

    /// The text.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The parameters, in the order of the placeholders.
    #[must_use]
    pub fn params(&self) -> &[CompiledParam] {
        &self.params
    }
}

impl CompiledParam {
    /// Its name, if it is a named bind.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Its value, if the statement has it, and it is not made for each execution.
    #[must_use]
    pub fn value(&self) -> Option<&Value> {
        self.value.as_ref()
    }

    /// The type that the database takes it for, if that is known: that of the column it is
    /// compared with or assigned to.
    #[must_use]
    pub fn column_type(&self) -> Option<&Type> {
        self.ty.as_ref()
    }
}
