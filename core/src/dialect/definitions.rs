//! The SQL of definitions, in each dialect, without a server.

use super::mysql::MySql;
use super::postgresql::PostgreSql;
use super::sqlite::Sqlite;
use crate::error::Result;
use crate::sql::schema::{
    CheckConstraint, Column, CreateIndex, CreateTable, Deferrable, DropIndex, DropTable,
    ForeignKey, Identity, Index, MetaData, ReferentialAction, SchemaDialect, SetComment, Table,
    UniqueConstraint,
};
use crate::sql::types::{self, CustomType, IntoType, Type};
use crate::sql::{ClauseElement, SqlDialect};

const DIALECTS: [&dyn SqlDialect; 3] = [&Sqlite::new(), &PostgreSql::new(), &MySql::new()];

/// The SQL of a statement in each dialect, or what is said in its place.
fn texts(statement: &dyn Fn(&dyn SqlDialect) -> Result<String>) -> [String; 3] {
    DIALECTS.map(|dialect| statement(dialect).unwrap_or_else(|error| error.message().to_owned()))
}

/// A type and its words.
fn assert_type<K>(ty: impl IntoType<K>, expected: [&str; 3]) {
    let ty = ty.into_type();
    let found = texts(&|dialect| dialect.type_sql(&ty).map(String::from));
    assert_eq!(found, expected, "{ty}");
}

/// A type that SQLite and MySQL do not have.
fn assert_postgresql_only<K>(ty: impl IntoType<K>, expected: &str) {
    let ty = ty.into_type();
    let [sqlite, postgresql, mysql] = texts(&|dialect| dialect.type_sql(&ty).map(String::from));
    assert_eq!(postgresql, expected);
    for refusal in [sqlite, mysql] {
        assert!(refusal.contains(&format!("has no type for {ty}; ")), "{refusal}");
    }
}

#[test]
fn types_have_their_words() {
    assert_type(types::Boolean, ["BOOLEAN", "BOOLEAN", "BOOL"]);
    assert_type(types::SmallInteger, ["SMALLINT", "SMALLINT", "SMALLINT"]);
    assert_type(types::Integer, ["INTEGER", "INTEGER", "INTEGER"]);
    assert_type(types::BigInteger, ["BIGINT", "BIGINT", "BIGINT"]);
    assert_type(types::Float, ["REAL", "REAL", "FLOAT"]);
    assert_type(types::Double, ["DOUBLE PRECISION", "DOUBLE PRECISION", "DOUBLE PRECISION"]);
    assert_type(types::Numeric, ["TEXT", "NUMERIC", "NUMERIC(65, 30)"]);
    assert_type(types::UnsignedBigInteger, ["BIGINT", "NUMERIC(20, 0)", "BIGINT UNSIGNED"]);
    assert_type(types::Interval, ["BIGINT", "INTERVAL", "TIME(6)"]);
    assert_type(types::Bit(9), ["TEXT", "BIT(9)", "BIT(9)"]);
    assert_type(types::Bit, ["TEXT", "BIT", "BIT(1)"]);
    assert_type(types::Numeric(10, 2), ["TEXT", "NUMERIC(10, 2)", "NUMERIC(10, 2)"]);
    assert_type(types::String, ["VARCHAR", "VARCHAR", "LONGTEXT"]);
    assert_type(types::String(5), ["VARCHAR(5)", "VARCHAR(5)", "VARCHAR(5)"]);
    assert_type(types::Text, ["TEXT", "TEXT", "LONGTEXT"]);
    assert_type(types::LargeBinary, ["BLOB", "BYTEA", "LONGBLOB"]);
    assert_type(types::Binary(5), ["BLOB", "BYTEA", "VARBINARY(5)"]);
    assert_type(types::Date, ["DATE", "DATE", "DATE"]);
    assert_type(types::Time, ["TIME", "TIME", "TIME(6)"]);
    assert_type(types::DateTime, ["DATETIME", "TIMESTAMP", "DATETIME(6)"]);
    let instant = types::DateTime.with_timezone();
    assert_type(instant, ["DATETIME", "TIMESTAMP WITH TIME ZONE", "DATETIME(6)"]);
    assert_type(types::Uuid, ["CHAR(36)", "UUID", "CHAR(36)"]);
    assert_type(types::Json, ["TEXT", "JSON", "JSON"]);
    assert_type(types::JsonB, ["TEXT", "JSONB", "JSON"]);
    assert_type(types::Enum("e", ["a", "long"]), ["VARCHAR(4)", "VARCHAR(4)", "VARCHAR(4)"]);
    assert_postgresql_only(types::Array(types::String(5)), "VARCHAR(5)[]");
    assert_type(types::Char(3), ["CHAR(3)", "CHAR(3)", "CHAR(3)"]);
    assert_type(types::Unicode(3), ["VARCHAR(3)", "VARCHAR(3)", "VARCHAR(3)"]);
    assert_type(types::UnicodeText, ["TEXT", "TEXT", "LONGTEXT"]);
    assert_type(types::TinyInteger, ["SMALLINT", "SMALLINT", "TINYINT"]);
    assert_type(types::UnsignedSmallInteger, ["INTEGER", "INTEGER", "SMALLINT UNSIGNED"]);
    assert_type(types::UnsignedInteger, ["BIGINT", "BIGINT", "INTEGER UNSIGNED"]);
}

#[test]
fn times_have_digits() {
    assert_type(types::Time.with_precision(0), ["TIME", "TIME(0)", "TIME(0)"]);
    assert_type(types::DateTime.with_precision(3), ["DATETIME", "TIMESTAMP(3)", "DATETIME(3)"]);
    let instant = types::DateTime.with_precision(3).with_timezone();
    assert_type(instant, ["DATETIME", "TIMESTAMP(3) WITH TIME ZONE", "DATETIME(3)"]);
    assert_type(types::Interval.with_precision(6), ["BIGINT", "INTERVAL(6)", "TIME(6)"]);
    let odd = types::DateTime.with_precision(7);
    for refusal in texts(&|dialect| dialect.type_sql(&odd).map(String::from)) {
        assert!(refusal.contains("no type for DateTime(7); a second has up to six"), "{refusal}");
    }
    let offset = types::Time.with_timezone();
    let [sqlite, postgresql, mysql] = texts(&|dialect| dialect.type_sql(&offset).map(String::from));
    assert_eq!((&*sqlite, &*postgresql), ("TIME", "TIME WITH TIME ZONE"));
    assert!(mysql.contains("MySQL has no type for Time with a time zone; keep the"), "{mysql}");
}

#[test]
fn some_types_are_of_one_database() {
    for (ty, word) in [
        (types::Inet, "INET"),
        (types::Cidr, "CIDR"),
        (types::MacAddr, "MACADDR"),
        (types::Money, "MONEY"),
        (types::Xml, "XML"),
        (types::HStore, "HSTORE"),
        (types::TsVector, "TSVECTOR"),
        (types::Int4Range, "INT4RANGE"),
        (types::TsTzMultiRange, "TSTZMULTIRANGE"),
        (types::CiText, "CITEXT"),
        (types::Domain("Odd name", types::Text), "\"Odd name\""),
        (types::Composite("address"), "address"),
        (types::Array(types::Inet), "INET[]"),
    ] {
        assert_postgresql_only(ty, word);
    }
    for (ty, sql) in
        [(types::Year, "YEAR"), (types::Set(["r", "it's", "b\\s"]), r"SET('r', 'it''s', 'b\\s')")]
    {
        let [sqlite, postgresql, mysql] = texts(&|dialect| dialect.type_sql(&ty).map(String::from));
        assert_eq!(mysql, sql);
        for refusal in [sqlite, postgresql] {
            assert!(refusal.contains(&format!("has no type for {ty}; use ")), "{refusal}");
        }
    }
    for odd in [types::Set(["a,b"]), types::Set([""]), types::Set([""; 0]), types::Set(["a"; 65])] {
        let [_, _, mysql] = texts(&|dialect| dialect.type_sql(&odd).map(String::from));
        assert!(mysql.contains("MySQL has no type for Set("), "{mysql}");
    }
    let [sqlite, postgresql, mysql] =
        texts(&|dialect| dialect.type_sql(&types::AnyOther).map(String::from));
    for refusal in [sqlite, postgresql, mysql] {
        assert!(refusal.contains("say which type it is"), "{refusal}");
    }
}

#[test]
fn a_type_is_another_in_some_databases() {
    let address = types::String(45).with_variant("postgresql", types::Inet);
    assert_type(address.clone(), ["VARCHAR(45)", "INET", "VARCHAR(45)"]);
    let both = address.with_variant("mysql", types::Binary(16)).with_variant("sqlite", types::Text);
    assert_type(both.clone(), ["TEXT", "INET", "VARBINARY(16)"]);
    // The last counts, and it may be a type with variants itself.
    let again = both.with_variant("mysql", types::Text.with_variant("mysql", types::Text));
    assert_type(again.clone(), ["TEXT", "INET", "LONGTEXT"]);
    let maria = again.with_variant("mariadb", types::String(39));
    assert_eq!(MySql::mariadb().type_sql(&maria).ok().as_deref(), Some("VARCHAR(39)"));
    assert_eq!(MySql::new().type_sql(&maria).ok().as_deref(), Some("LONGTEXT"));
    assert_eq!(maria.kind(), types::TypeKind::String);
}

#[derive(Debug)]
struct CiText;

impl CustomType for CiText {
    fn name(&self) -> &str {
        "CiText"
    }

    fn base(&self) -> &Type {
        &types::Text
    }

    fn type_sql(&self, dialect: &str) -> Option<std::borrow::Cow<'static, str>> {
        (dialect == "postgresql").then_some("CITEXT".into())
    }
}

#[test]
fn a_custom_type_has_its_words_or_those_of_its_base() {
    assert_type(types::Custom(CiText), ["TEXT", "CITEXT", "LONGTEXT"]);
}

/// The SQL of a statement in each dialect.
fn compiled(statement: &impl ClauseElement) -> [String; 3] {
    texts(&|dialect| statement.compile(dialect).map(|compiled| compiled.sql().to_owned()))
}

fn described(build: impl FnOnce(&MetaData) -> Result<Table>) -> Table {
    build(&MetaData::new()).expect("it makes sense")
}

#[test]
fn keys_are_counted_by_each_in_its_way() {
    let id = Column::new("id", types::BigInteger).primary_key();
    let table = described(|metadata| Table::new("t", metadata, [id]));
    let expected = ["INTEGER", "BIGSERIAL", "BIGINT AUTO_INCREMENT"].map(|ty| {
        format!("CREATE TABLE t (\n\tid {ty} NOT NULL,\n\tCONSTRAINT pk_t PRIMARY KEY (id)\n)")
    });
    assert_eq!(compiled(&CreateTable::new(&table)), expected);
}

#[test]
fn identity_is_the_standards_where_there_is_one() {
    let id = |identity| Column::new("id", types::Integer).primary_key().identity(identity);
    let identity = Identity::new().always().start(5).increment(2);
    let table = described(|metadata| Table::new("t", metadata, [id(identity)]));
    let [sqlite, postgresql, mysql] = compiled(&CreateTable::new(&table));
    assert!(sqlite.contains("id INTEGER NOT NULL"), "{sqlite}");
    let expected = "id INTEGER GENERATED ALWAYS AS IDENTITY (INCREMENT BY 2 START WITH 5) NOT NULL";
    assert!(postgresql.contains(expected), "{postgresql}");
    assert!(mysql.contains("id INTEGER AUTO_INCREMENT NOT NULL"), "{mysql}");

    let other = Column::new("n", types::Integer).identity(Identity::new());
    let table = described(|metadata| Table::new("t", metadata, [other]));
    let [sqlite, postgresql, mysql] = compiled(&CreateTable::new(&table));
    assert!(postgresql.contains("n INTEGER GENERATED BY DEFAULT AS IDENTITY NOT NULL"));
    for refusal in [sqlite, mysql] {
        assert!(
            refusal.contains("counts only an integer that is the whole primary key"),
            "{refusal}"
        );
    }
}

#[test]
fn columns_and_constraints() {
    let table = described(|metadata| {
        Table::builder("shop.order")
            .column(Column::new("a", types::Integer).not_null().server_default("1 + 1"))
            .column(Column::new("b", types::Integer).not_null().computed("a * 2").comment("it's"))
            .column(Column::new("c", types::String(5).collate("C")))
            .constraint(UniqueConstraint::new(["a", "b"]))
            .constraint(CheckConstraint::new("a > 0").named("positive"))
            .comment("orders")
            .build(metadata)
    });
    let standard = "CREATE TABLE shop.\"order\" (\n\
                    \ta INTEGER DEFAULT (1 + 1) NOT NULL,\n\
                    \tb INTEGER GENERATED ALWAYS AS (a * 2) STORED NOT NULL,\n\
                    \tc VARCHAR(5) COLLATE \"C\",\n\
                    \tCONSTRAINT uq_order_a_b UNIQUE (a, b),\n\
                    \tCONSTRAINT ck_order_positive CHECK (a > 0)\n)";
    let mysql = "CREATE TABLE shop.`order` (\n\
                 \ta INTEGER DEFAULT (1 + 1) NOT NULL,\n\
                 \tb INTEGER GENERATED ALWAYS AS (a * 2) STORED COMMENT 'it''s',\n\
                 \tc VARCHAR(5) COLLATE `C`,\n\
                 \tCONSTRAINT uq_order_a_b UNIQUE (a, b),\n\
                 \tCONSTRAINT ck_order_positive CHECK (a > 0)\n) COMMENT 'orders'";
    assert_eq!(compiled(&CreateTable::new(&table)), [standard, standard, mysql]);
    let comments = SetComment::all_of(&table);
    let [_, of_table, _] = compiled(&comments[0]);
    assert_eq!(of_table, "COMMENT ON TABLE shop.\"order\" IS 'orders'");
    let [sqlite, of_column, mysql] = compiled(&comments[1]);
    assert_eq!(of_column, "COMMENT ON COLUMN shop.\"order\".b IS 'it''s'");
    assert!(sqlite.contains("no COMMENT ON") && mysql.contains("no COMMENT ON"));
    assert_eq!(
        compiled(&DropTable::new(&table).if_exists())[2],
        "DROP TABLE IF EXISTS shop.`order`"
    );
}

#[test]
fn foreign_keys() {
    let to = |key: ForeignKey| {
        described(|metadata| {
            let column = Column::new("a", types::Integer).foreign_key(key);
            Table::new("s.t", metadata, [column])
        })
    };
    let actions = ForeignKey::new("s.p.id")
        .on_delete(ReferentialAction::SetNull)
        .on_update(ReferentialAction::NoAction);
    let found = compiled(&CreateTable::new(&to(actions)));
    let standard = "CREATE TABLE s.t (\n\ta INTEGER,\n\tCONSTRAINT fk_t_a_p FOREIGN KEY (a) \
                    REFERENCES s.p (id) ON DELETE SET NULL ON UPDATE NO ACTION\n)";
    // SQLite has foreign keys within one schema, and does not write it.
    assert_eq!(found, [&standard.replace("s.p", "p"), standard, standard]);

    let [sqlite, postgresql, _] = compiled(&CreateTable::new(&to(ForeignKey::new("other.p.id"))));
    assert!(sqlite.contains("within one schema only; put both tables into one"), "{sqlite}");
    assert!(postgresql.contains("REFERENCES other.p (id)"), "{postgresql}");

    let deferred = ForeignKey::new("s.p.id").deferrable(Deferrable::InitiallyDeferred);
    let [sqlite, postgresql, mysql] = compiled(&CreateTable::new(&to(deferred)));
    for sql in [sqlite, postgresql] {
        assert!(sql.contains("(id) DEFERRABLE INITIALLY DEFERRED"), "{sql}");
    }
    assert!(mysql.contains("\"fk_t_a_p\"") && mysql.contains("remove `deferrable`"), "{mysql}");

    let default = ForeignKey::new("s.p.id").on_delete(ReferentialAction::SetDefault);
    let [_, postgresql, mysql] = compiled(&CreateTable::new(&to(default)));
    assert!(postgresql.contains("ON DELETE SET DEFAULT"), "{postgresql}");
    assert!(mysql.contains("has no SET DEFAULT; use SET NULL"), "{mysql}");
}

#[test]
fn unique_constraints_are_deferred_by_postgresql() {
    let table = described(|metadata| {
        let unique = UniqueConstraint::new(["a"]).deferrable(Deferrable::InitiallyImmediate);
        Table::builder("t")
            .column(Column::new("a", types::Integer))
            .constraint(unique)
            .build(metadata)
    });
    let [sqlite, postgresql, mysql] = compiled(&CreateTable::new(&table));
    assert!(postgresql.contains("UNIQUE (a) DEFERRABLE INITIALLY IMMEDIATE"), "{postgresql}");
    assert!(sqlite.contains("SQLite defers foreign keys only"), "{sqlite}");
    assert!(mysql.contains("remove `deferrable`"), "{mysql}");
}

#[test]
fn indexes_belong_to_schemas_or_tables() {
    let table = described(|metadata| {
        let column = Column::new("a", types::Integer);
        Table::builder("s.t").column(column).index(Index::new(["a"]).unique()).build(metadata)
    });
    let index = &table.indexes()[0];
    assert_eq!(
        compiled(&CreateIndex::new(&table, index)),
        [
            "CREATE UNIQUE INDEX s.ix_t_a ON t (a)",
            "CREATE UNIQUE INDEX ix_t_a ON s.t (a)",
            "CREATE UNIQUE INDEX ix_t_a ON s.t (a)",
        ]
    );
    assert_eq!(
        compiled(&DropIndex::new(&table, index)),
        ["DROP INDEX s.ix_t_a", "DROP INDEX s.ix_t_a", "DROP INDEX ix_t_a ON s.t",]
    );
}

#[test]
fn text_in_a_key_has_a_length_in_mysql() {
    for column in [
        Column::new("a", types::Text).primary_key(),
        Column::new("a", types::String).unique(),
        Column::new("a", types::LargeBinary).index(),
        Column::new("a", types::Custom(CiText)).foreign_key("t.b"),
    ] {
        let table = described(|metadata| Table::new("t", metadata, [column]));
        let [sqlite, postgresql, mysql] = compiled(&CreateTable::new(&table));
        assert!(sqlite.starts_with("CREATE TABLE") && postgresql.starts_with("CREATE TABLE"));
        assert!(mysql.contains("give it the type String(n) or Binary(n)"), "{mysql}");
    }
}

#[test]
fn labels_are_quoted() {
    let table = described(|metadata| {
        let mood = Column::new("mood", types::Enum("mood", [r"it's", r"a\b"]));
        Table::new("t", metadata, [mood])
    });
    let [sqlite, postgresql, mysql] = compiled(&CreateTable::new(&table));
    for sql in [sqlite, postgresql] {
        assert!(sql.contains(r"CONSTRAINT ck_t_mood CHECK (mood IN ('it''s', 'a\b'))"), "{sql}");
    }
    assert!(mysql.contains(r"CHECK (mood IN ('it''s', 'a\\b'))"), "{mysql}");
}
