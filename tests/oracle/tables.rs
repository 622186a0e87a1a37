//! The tables of the fixture, described at run time.

use aludel::sql::AnyColumn;
use aludel::sql::schema::{ForeignKey, TableName};
use aludel::{Column, MetaData, Table, types};

/// A database, as the record names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::enum_variant_names, reason = "that is what they are called")]
pub(crate) enum Db {
    Sqlite,
    PostgreSql,
    MariaDb,
}

impl Db {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::PostgreSql => "postgresql",
            Self::MariaDb => "mariadb",
        }
    }
}

pub(crate) struct Tables {
    pub(crate) db: Db,
    /// The name of the second schema here.
    pub(crate) alt: String,
    pub(crate) users: Table,
    pub(crate) posts: Table,
    pub(crate) comments: Table,
    pub(crate) odd: Table,
    pub(crate) items: Table,
    pub(crate) docs: Table,
    pub(crate) defs: Table,
    pub(crate) things: Table,
}

impl Tables {
    #[allow(clippy::too_many_lines, reason = "it is a list")]
    pub(crate) fn new(db: Db, alt: &str) -> Self {
        let metadata = MetaData::new();
        let table = |name: &str, columns: Vec<Column>| {
            Table::new(name.to_owned(), &metadata, columns).unwrap()
        };
        let key = || Column::new("id", types::Integer).primary_key().autoincrement(false);
        let users = table(
            "users",
            vec![
                key(),
                Column::new("name", types::String(50)).nullable(false),
                Column::new("fullname", types::String(100)),
                Column::new("age", types::Integer),
                Column::new("balance", types::Numeric(12, 2)),
                Column::new("active", types::Boolean).nullable(false),
                Column::new("manager_id", types::Integer).foreign_key(ForeignKey::new("users.id")),
                Column::new("created_at", types::DateTime),
                Column::new("data", types::Json),
            ],
        );
        let posts = table(
            "posts",
            vec![
                key(),
                Column::new("user_id", types::Integer)
                    .foreign_key(ForeignKey::new("users.id"))
                    .nullable(false),
                Column::new("title", types::String(200)).nullable(false),
                Column::new("body", types::Text),
                Column::new("score", types::Integer),
                Column::new("published", types::Boolean).nullable(false),
                Column::new("created_on", types::Date),
            ],
        );
        let comments = table(
            "comments",
            vec![
                key(),
                Column::new("post_id", types::Integer)
                    .foreign_key(ForeignKey::new("posts.id"))
                    .nullable(false),
                Column::new("user_id", types::Integer).foreign_key(ForeignKey::new("users.id")),
                Column::new("body", types::String(200)).nullable(false),
                Column::new("likes", types::Integer),
            ],
        );
        let number = |name: &'static str| Column::new(name, types::Integer);
        let short = |name: &'static str| Column::new(name, types::String(80));
        let odd = table(
            "odd",
            vec![
                key(),
                number("select"),
                short("Mixed Case"),
                short("quo\"te"),
                short("back`tick"),
                number("per%cent"),
                number("col:on"),
                short("ünïcode"),
                number("dot.ted"),
                number("a?b"),
                number("par(en)"),
                number("br[ack]et"),
                number("UPPER"),
                number("user"),
                number("$1"),
                number("apos'trophe"),
            ],
        );
        let items = table(
            "items",
            vec![
                Column::new("id", types::Integer).primary_key(),
                Column::new("name", types::String(30)).nullable(false).unique(),
                Column::new("qty", types::Integer).nullable(false).server_default("5"),
                Column::new("note", types::String(100)),
                Column::new("price", types::Numeric(8, 2)),
            ],
        );
        let docs = table(
            "docs",
            vec![
                key(),
                Column::new("tags", types::Array(types::Text)),
                Column::new("nums", types::Array(types::Integer)),
                Column::new("matrix", types::Array(types::Array(types::Integer))),
                Column::new("doc", types::JsonB),
            ],
        );
        let defs = table(
            "defs",
            vec![
                Column::new("id", types::Integer).primary_key(),
                Column::new("n", types::Integer).server_default("7"),
            ],
        );
        let name = TableName::new("things").in_schema(alt.to_owned());
        let things = Table::new(
            name,
            &metadata,
            [key(), Column::new("name", types::String(40)), number("user_id")],
        )
        .unwrap();
        let alt = alt.to_owned();
        Self { db, alt, users, posts, comments, odd, items, docs, defs, things }
    }

    /// A column of users.
    pub(crate) fn u(&self, name: &str) -> AnyColumn {
        self.users.c(name).unwrap()
    }

    /// A column of posts.
    pub(crate) fn p(&self, name: &str) -> AnyColumn {
        self.posts.c(name).unwrap()
    }

    /// A column of comments.
    pub(crate) fn c(&self, name: &str) -> AnyColumn {
        self.comments.c(name).unwrap()
    }

    /// A column of odd.
    pub(crate) fn o(&self, name: &str) -> AnyColumn {
        self.odd.c(name).unwrap()
    }

    /// A column of items.
    pub(crate) fn i(&self, name: &str) -> AnyColumn {
        self.items.c(name).unwrap()
    }

    /// A column of docs.
    pub(crate) fn d(&self, name: &str) -> AnyColumn {
        self.docs.c(name).unwrap()
    }
}
