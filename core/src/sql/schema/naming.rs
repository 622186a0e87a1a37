//! Names for constraints and indexes that the program has not named.

use super::super::Name;
use super::{Constraint, ConstraintName, Index};
use crate::error::{Error, ErrorKind, Result};

/// How constraints and indexes are named that have no name, so that every one has a name which a
/// later migration can use. The keys and tokens are SQLAlchemy's.
///
/// | of | default |
/// | --- | --- |
/// | index | `ix_%(table_name)s_%(column_0_N_name)s` |
/// | unique constraint | `uq_%(table_name)s_%(column_0_N_name)s` |
/// | CHECK | `ck_%(table_name)s_%(constraint_name)s` |
/// | foreign key | `fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s` |
/// | primary key | `pk_%(table_name)s` |
/// | EXCLUDE | `ex_%(table_name)s_%(column_0_N_name)s`, always |
///
/// | token | stands for |
/// | --- | --- |
/// | `%(table_name)s` | the table |
/// | `%(referred_table_name)s` | the table that a foreign key names |
/// | `%(column_0_name)s`, `%(column_1_name)s` … | the name of that column |
/// | `%(column_0_N_name)s` | the names of all columns, with `_` between them |
/// | `%(column_0N_name)s` | the names of all columns, with nothing between them |
/// | `%(column_0_label)s` | the table, `_`, the first column |
/// | `%(referred_column_0_name)s` | the first column that a foreign key names |
/// | `%(constraint_name)s` | the name that the program gave; without one, the column of an enum, or a hash of the condition of a CHECK |
///
/// A name that the program gives is used as it is, unless the template has `%(constraint_name)s`:
/// then the template is used, with the given name in it.
///
/// ```
/// use aludel::sql::schema::{NamingConvention, UniqueConstraint};
/// use aludel::{Column, MetaData, Table, types};
///
/// let convention = NamingConvention::default().unique("%(table_name)s_%(column_0_name)s_key");
/// let metadata = MetaData::with_naming_convention(convention)?;
/// let users = Table::new("users", &metadata, [Column::new("email", types::String).unique()])?;
/// let name = users.constraints()[0].name();
/// assert_eq!(name.map(|name| &**name), Some("users_email_key"));
/// # Ok::<(), aludel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a naming convention does nothing until metadata has it"]
pub struct NamingConvention {
    index: Name,
    unique: Name,
    check: Name,
    foreign_key: Name,
    primary_key: Name,
}

impl Default for NamingConvention {
    fn default() -> Self {
        Self {
            index: "ix_%(table_name)s_%(column_0_N_name)s".into(),
            unique: "uq_%(table_name)s_%(column_0_N_name)s".into(),
            check: "ck_%(table_name)s_%(constraint_name)s".into(),
            foreign_key: "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s".into(),
            primary_key: "pk_%(table_name)s".into(),
        }
    }
}

macro_rules! templates {
    ($($(#[$doc:meta])* $name:ident)*) => {
        impl NamingConvention {
            $($(#[$doc])*
            pub fn $name(mut self, template: impl Into<Name>) -> Self {
                self.$name = template.into();
                self
            })*

            /// Whether every token is known.
            ///
            /// # Errors
            ///
            /// [`ErrorKind::Argument`], naming the token.
            pub(super) fn check_tokens(&self) -> Result<()> {
                [$(&self.$name),*].into_iter().try_for_each(|template| check_tokens(template))
            }
        }
    };
}
templates! {
    /// The template for indexes: SQLAlchemy's `ix`.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateIndex, NamingConvention};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let convention = NamingConvention::default().index("i_%(table_name)s");
    /// let metadata = MetaData::with_naming_convention(convention)?;
    /// let x = Table::builder("x").column(Column::new("a", types::Integer).index()).build(&metadata)?;
    /// assert!(CreateIndex::new(&x, &x.indexes()[0]).to_string().contains("CREATE INDEX i_x ON x (a)"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    index
    /// The template for unique constraints: SQLAlchemy's `uq`.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateTable, NamingConvention};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let convention = NamingConvention::default().unique("u_%(table_name)s");
    /// let metadata = MetaData::with_naming_convention(convention)?;
    /// let x = Table::builder("x").column(Column::new("a", types::Integer).unique()).build(&metadata)?;
    /// assert!(CreateTable::new(&x).to_string().contains("CONSTRAINT u_x UNIQUE (a)"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    unique
    /// The template for CHECK constraints: SQLAlchemy's `ck`.
    ///
    /// ```
    /// # use aludel::sql::schema::{CheckConstraint, CreateTable, NamingConvention};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let convention = NamingConvention::default().check("c_%(constraint_name)s");
    /// let metadata = MetaData::with_naming_convention(convention)?;
    /// let positive = CheckConstraint::new("a > 0").named("positive");
    /// let x = Table::builder("x").column(Column::new("a", types::Integer)).constraint(positive).build(&metadata)?;
    /// assert!(CreateTable::new(&x).to_string().contains("CONSTRAINT c_positive CHECK (a > 0)"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    check
    /// The template for foreign keys: SQLAlchemy's `fk`.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateTable, NamingConvention};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let convention = NamingConvention::default().foreign_key("f_%(table_name)s");
    /// let metadata = MetaData::with_naming_convention(convention)?;
    /// let x = Table::builder("x").column(Column::new("a", types::Integer).foreign_key("t.id")).build(&metadata)?;
    /// assert!(CreateTable::new(&x).to_string().contains("CONSTRAINT f_x FOREIGN KEY"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    foreign_key
    /// The template for primary keys: SQLAlchemy's `pk`.
    ///
    /// ```
    /// # use aludel::sql::schema::{CreateTable, NamingConvention};
    /// # use aludel::{Column, MetaData, Table, types};
    /// let convention = NamingConvention::default().primary_key("p_%(table_name)s");
    /// let metadata = MetaData::with_naming_convention(convention)?;
    /// let x = Table::builder("x").column(Column::new("a", types::Integer).primary_key()).build(&metadata)?;
    /// assert!(CreateTable::new(&x).to_string().contains("CONSTRAINT p_x PRIMARY KEY (a)"));
    /// # Ok::<(), aludel::Error>(())
    /// ```
    primary_key
}

impl NamingConvention {
    /// Names a constraint of the table.
    pub(super) fn name_constraint(&self, table: &str, constraint: &mut Constraint) {
        let mut subject = Subject::new(table, constraint.columns());
        match constraint {
            Constraint::PrimaryKey(of) => subject.name(&self.primary_key, of.constraint_name_mut()),
            Constraint::Unique(of) => subject.name(&self.unique, of.constraint_name_mut()),
            Constraint::Check(of) => {
                subject.own = match of.own_name() {
                    Some(name) => name.to_string(),
                    None => format!("{:08x}", hash(&of.condition_sql())),
                };
                subject.name(&self.check, of.constraint_name_mut());
            }
            Constraint::Exclude(_) => {
                let template = "ex_%(table_name)s_%(column_0_N_name)s";
                subject.name(template, constraint.constraint_name_mut());
            }
            Constraint::ForeignKey(of) => {
                subject.referred_table = of.referred_table().name().to_string();
                subject.referred_columns = of.referred_columns().to_vec();
                subject.name(&self.foreign_key, of.constraint_name_mut());
            }
        }
    }

    /// Names an index of the table.
    pub(super) fn name_index(&self, table: &str, index: &mut Index) {
        let subject = Subject::new(table, &index.element_names());
        subject.name(&self.index, index.constraint_name_mut());
    }
}

/// What is named.
struct Subject<'a> {
    table: &'a str,
    columns: Vec<Name>,
    referred_table: String,
    referred_columns: Vec<Name>,
    /// What `%(constraint_name)s` is without a given name.
    own: String,
}

impl<'a> Subject<'a> {
    fn new(table: &'a str, columns: &[Name]) -> Self {
        Self {
            table,
            columns: columns.to_vec(),
            referred_table: String::new(),
            referred_columns: Vec::new(),
            own: String::new(),
        }
    }

    fn name(&self, template: &str, name: &mut ConstraintName) {
        let given = match name {
            ConstraintName::Given(given) => Some(given.clone()),
            ConstraintName::Convention => None,
            ConstraintName::Made(_) => return,
        };
        if given.is_none() || template.contains("%(constraint_name)s") {
            *name = ConstraintName::Made(self.expand(template, given.as_deref()).into());
        }
    }

    fn expand(&self, template: &str, given: Option<&str>) -> String {
        let mut name = String::new();
        for piece in pieces(template) {
            match piece {
                Piece::Text(text) => name.push_str(text),
                Piece::Token(token) => name.push_str(&self.token(token, given)),
            }
        }
        name
    }

    fn token(&self, token: &str, given: Option<&str>) -> String {
        let column = |number: usize| self.columns.get(number).map_or("", |name| name).to_owned();
        let joined = |between: &str| {
            let names: Vec<&str> = self.columns.iter().map(|name| &**name).collect();
            names.join(between)
        };
        match token {
            "table_name" => self.table.to_owned(),
            "referred_table_name" => self.referred_table.clone(),
            "referred_column_0_name" => {
                self.referred_columns.first().map_or_else(String::new, ToString::to_string)
            }
            "column_0_N_name" => joined("_"),
            "column_0N_name" => joined(""),
            "column_0_label" => format!("{}_{}", self.table, column(0)),
            "constraint_name" => given.map_or_else(|| self.own.clone(), str::to_owned),
            numbered => column_number(numbered).map(column).unwrap_or_default(),
        }
    }
}

/// A piece of a template.
enum Piece<'a> {
    Text(&'a str),
    Token(&'a str),
}

/// The pieces of a template: text, and what stands between `%(` and `)s`.
fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        if let Some((token, after)) = rest.strip_prefix("%(").and_then(|r| r.split_once(")s")) {
            rest = after;
            return Some(Piece::Token(token));
        }
        // One byte further, so that `%(` without an end is text.
        let end = rest[1..].find("%(").map_or(rest.len(), |at| at + 1);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Piece::Text(text))
    })
}

/// The number in `column_2_name`.
fn column_number(token: &str) -> Option<usize> {
    token.strip_prefix("column_")?.strip_suffix("_name")?.parse().ok()
}

fn check_tokens(template: &str) -> Result<()> {
    const KNOWN: &[&str] = &[
        "table_name",
        "referred_table_name",
        "referred_column_0_name",
        "column_0_N_name",
        "column_0N_name",
        "column_0_label",
        "constraint_name",
    ];
    let unknown = pieces(template).find_map(|piece| match piece {
        Piece::Token(token) if !KNOWN.contains(&token) && column_number(token).is_none() => {
            Some(token)
        }
        _ => None,
    });
    let Some(token) = unknown else { return Ok(()) };
    Err(Error::new(
        ErrorKind::Argument,
        format!(
            "the naming convention {template:?} has the unknown token {token:?}; known are \
             {} and column_0_name, column_1_name …",
            KNOWN.join(", ")
        ),
    ))
}

/// FNV-1a: the same on every platform and in every version, since names in databases hang on it.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A name of at most `most` units of `length`: the same if it fits, else its beginning and a hash of
/// the whole.
pub(in crate::sql) fn shortened(name: &str, most: usize, length: impl Fn(&str) -> usize) -> String {
    if length(name) <= most {
        return name.to_owned();
    }
    let tail = format!("_{:08x}", hash(name));
    let ends = name.char_indices().map(|(at, _)| at);
    let fits = |end: &usize| length(&name[..*end]) + tail.len() <= most;
    let end = ends.take_while(fits).last().unwrap_or(0);
    format!("{}{tail}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::super::{CheckConstraint, ForeignKeyConstraint, PrimaryKey, UniqueConstraint};
    use super::*;

    fn named(convention: &NamingConvention, constraint: impl Into<Constraint>) -> String {
        let mut constraint = constraint.into();
        convention.name_constraint("orders", &mut constraint);
        constraint.name().expect("a name").to_string()
    }

    #[test]
    fn the_default_names_everything() {
        let default = NamingConvention::default();
        assert_eq!(named(&default, PrimaryKey::new(["id"])), "pk_orders");
        assert_eq!(named(&default, UniqueConstraint::new(["a", "b"])), "uq_orders_a_b");
        let key = ForeignKeyConstraint::new(["owner"], "shop.users", ["id"]);
        assert_eq!(named(&default, key), "fk_orders_owner_users");
        assert_eq!(
            named(&default, CheckConstraint::new("a > 0").named("small")),
            "ck_orders_small"
        );
        let unnamed = named(&default, CheckConstraint::new("a > 0"));
        assert_eq!(unnamed, "ck_orders_eba6ab4e");
        assert_ne!(unnamed, named(&default, CheckConstraint::new("a > 1")));
        let mut index = Index::new(["a"]);
        default.name_index("orders", &mut index);
        assert_eq!(index.name().map(|name| &**name), Some("ix_orders_a"));
    }

    #[test]
    fn tokens_are_those_of_sqlalchemy() {
        let convention = NamingConvention::default()
            .foreign_key(
                "%(table_name)s|%(column_0_name)s|%(column_1_name)s|%(column_0N_name)s|\
                 %(column_0_label)s|%(referred_table_name)s|%(referred_column_0_name)s",
            )
            .check("%(constraint_name)s_%(column_0_name)s");
        let key = ForeignKeyConstraint::new(["a", "b"], "t", ["x", "y"]);
        assert_eq!(named(&convention, key), "orders|a|b|ab|orders_a|t|x");
        let check = CheckConstraint::new("a > 0").named("small").of_column("a");
        assert_eq!(named(&convention, check), "small_a");
    }

    #[test]
    fn given_names_stay_as_they_are() {
        let default = NamingConvention::default();
        assert_eq!(named(&default, UniqueConstraint::new(["a"]).named("mine")), "mine");
        assert_eq!(named(&default, PrimaryKey::new(["a"]).named("mine")), "mine");
    }

    #[test]
    fn unknown_tokens_are_refused() {
        for wrong in ["%(table)s", "%(column_x_name)s", "a%()s"] {
            let error = NamingConvention::default().index(wrong).check_tokens();
            assert_eq!(error.expect_err(wrong).kind(), ErrorKind::Argument);
        }
        for right in ["plain", "100%", "%(open", "%(column_12_name)s"] {
            NamingConvention::default().index(right).check_tokens().expect(right);
        }
    }

    #[test]
    fn long_names_are_cut_and_differ() {
        let (one, two) = ("x".repeat(70), format!("{}y", "x".repeat(69)));
        let (short_one, short_two) = (shortened(&one, 63, str::len), shortened(&two, 63, str::len));
        assert_eq!((short_one.len(), short_two.len()), (63, 63));
        assert_ne!(short_one, short_two);
        assert_eq!(short_one, shortened(&one, 63, str::len));
        assert_eq!(shortened("ü", 1, |name| name.chars().count()), "ü");
        let wide = shortened(&"ü".repeat(70), 63, str::len);
        assert!(wide.len() <= 63 && wide.starts_with("üü"), "{wide}");
    }
}
