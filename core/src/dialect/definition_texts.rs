//! The SQL of statements of the schema besides CREATE TABLE, in each dialect, without a server.

use super::Dialect;
use super::mysql::MySql;
use super::postgresql::PostgreSql;
use super::sqlite::Sqlite;
use crate::dbapi::{Product, ServerInfo};
use crate::sql::schema::{
    AddConstraint, CheckConstraint, Column, ConflictResolution, CreateEnumType, CreateIndex,
    CreateSchema, CreateSequence, CreateTable, CreateTableAs, CreateView, DropConstraint,
    DropSchema, DropSequence, DropView, ExcludeConstraint, ForeignKey, Index, IndexElement,
    MetaData, PrimaryKey, Sequence, Table, TableOptions, UniqueConstraint,
};
use crate::sql::types::{self, EnumType};
use crate::sql::{ClauseElement, SqlDialect, literal};

/// What a refusal says instead of SQL, in short.
const NO: &str = "does not have";

const DIALECTS: [&dyn SqlDialect; 4] =
    [&Sqlite::new(), &PostgreSql::new(), &MySql::new(), &MySql::mariadb()];

/// The SQL in SQLite, PostgreSQL, MySQL and MariaDB.
#[track_caller]
fn assert_texts(statement: &dyn ClauseElement, expected: [&str; 4]) {
    for (dialect, expected) in DIALECTS.into_iter().zip(expected) {
        match statement.compile(dialect) {
            Ok(compiled) => assert_eq!(compiled.sql(), expected, "{}", dialect.name()),
            Err(error) => {
                assert_eq!(expected, NO, "{}: {error}", dialect.name());
                assert!(error.message().contains(NO), "{error}");
            }
        }
    }
}

fn number(name: &'static str) -> Column {
    Column::new(name, types::Integer)
}

fn table() -> Table {
    let columns = [number("a"), Column::new("b", types::String(20))];
    Table::new("t", &MetaData::new(), columns).expect("it makes sense")
}

/// The SQL of an index named `i` of the table `t`.
#[track_caller]
fn assert_index(index: Index, expected: [&str; 4]) {
    assert_texts(&CreateIndex::new(&table(), &index.named("i")), expected);
}

#[test]
fn indexes() {
    let element = IndexElement::new;
    let plain = "CREATE INDEX i ON t (a DESC, b)";
    assert_index(Index::new([element("a").desc(), element("b")]), [plain; 4]);
    let lower = "CREATE INDEX i ON t ((lower(b)))";
    let index = Index::new([IndexElement::expression("lower(b)")]);
    assert_index(index, [lower, lower, lower, NO]);
    let condition = table().c("a").expect("a column").gt(5);
    let partial = "CREATE INDEX i ON t (b) WHERE a > 5";
    assert_index(Index::new(["b"]).where_(condition), [partial, partial, NO, NO]);
    let include = "CREATE INDEX i ON t (a) INCLUDE (b)";
    assert_index(Index::new(["a"]).include(["b"]), [NO, include, NO, NO]);
    let using = "CREATE INDEX i ON t (a) USING btree";
    let method = Index::new(["a"]).using("btree");
    assert_index(method, [NO, "CREATE INDEX i ON t USING btree (a)", using, using]);
    let prefix = "CREATE INDEX i ON t (b(10))";
    assert_index(Index::new([element("b").length(10)]), [NO, NO, prefix, prefix]);
    let text = "CREATE FULLTEXT INDEX i ON t (b)";
    assert_index(Index::new(["b"]).kind("FULLTEXT"), [NO, NO, text, text]);
    let class = Index::new([element("b").operator_class("text_pattern_ops")]);
    assert_index(class, [NO, "CREATE INDEX i ON t (b text_pattern_ops)", NO, NO]);
    let nulls = Index::new([element("a").desc().nulls_last()]);
    assert_index(nulls, [NO, "CREATE INDEX i ON t (a DESC NULLS LAST)", NO, NO]);
    let if_not = CreateIndex::new(&table(), &Index::new(["a"]).named("i")).if_not_exists();
    let text = "CREATE INDEX IF NOT EXISTS i ON t (a)";
    assert_texts(&if_not, [text, text, NO, text]);
}

#[test]
fn constraints_of_tables_that_are_there() {
    let add = |what: &str| format!("ALTER TABLE t ADD CONSTRAINT {what}");
    let unique = UniqueConstraint::new(["a"]).named("u");
    let text = add("u UNIQUE (a)");
    assert_texts(&AddConstraint::new(&table(), unique.clone()), [NO, &text, &text, &text]);
    let check = CheckConstraint::new(table().c("b").expect("a column").ne("it's")).named("c");
    let text = add("c CHECK (b != 'it''s')");
    assert_texts(&AddConstraint::new(&table(), check.clone()), [NO, &text, &text, &text]);
    let drop = |what: &str| format!("ALTER TABLE t DROP {what}");
    let (standard, index) = (drop("CONSTRAINT u"), drop("INDEX u"));
    assert_texts(&DropConstraint::new(&table(), unique.clone()), [NO, &standard, &index, &index]);
    let text = drop("CONSTRAINT c");
    assert_texts(&DropConstraint::new(&table(), check), [NO, &text, &text, &text]);
    let key = PrimaryKey::new(["a"]).named("p");
    let (standard, short) = (drop("CONSTRAINT p"), drop("PRIMARY KEY"));
    assert_texts(&DropConstraint::new(&table(), key), [NO, &standard, &short, &short]);
    let cascade = DropConstraint::new(&table(), unique).cascade();
    assert_texts(&cascade, [NO, &drop("CONSTRAINT u CASCADE"), NO, NO]);
}

#[test]
fn keys_that_are_added_later_are_a_part_of_the_table_in_sqlite() {
    let key = ForeignKey::new("o.id").named("k").use_alter();
    let column = number("a").foreign_key(key);
    let table = Table::new("t", &MetaData::new(), [column]).expect("it makes sense");
    let without = "CREATE TABLE t (\n\ta INTEGER\n)";
    let with =
        "CREATE TABLE t (\n\ta INTEGER,\n\tCONSTRAINT k FOREIGN KEY (a) REFERENCES o (id)\n)";
    assert_texts(&CreateTable::new(&table), [with, without, without, without]);
}

#[test]
fn what_a_table_has_in_one_database() {
    let options = TableOptions::new()
        .mysql_engine("InnoDB")
        .mysql_auto_increment(7)
        .sqlite_autoincrement()
        .sqlite_strict()
        .postgresql_with("fillfactor = 70");
    let id = number("id").primary_key();
    let a = number("a").not_null().sqlite_on_conflict_not_null(ConflictResolution::Ignore);
    let table = Table::builder("t").columns([id, a]).options(options).temporary();
    let table = table.build(&MetaData::new()).expect("it makes sense");
    let of = |id: &str, a: &str, key: &str, options: &str| {
        format!("CREATE TEMPORARY TABLE t (\n\tid {id},\n\ta INTEGER NOT NULL{a}{key}\n){options}")
    };
    let key = ",\n\tCONSTRAINT pk_t PRIMARY KEY (id)";
    let sqlite = of(
        "INTEGER NOT NULL CONSTRAINT pk_t PRIMARY KEY AUTOINCREMENT",
        " ON CONFLICT IGNORE",
        "",
        " STRICT",
    );
    let postgresql = of("SERIAL NOT NULL", "", key, " WITH (fillfactor = 70)");
    let mysql = of("INTEGER AUTO_INCREMENT NOT NULL", "", key, " ENGINE=`InnoDB` AUTO_INCREMENT=7");
    assert_texts(&CreateTable::new(&table), [&sqlite, &postgresql, &mysql, &mysql]);
}

#[test]
fn columns_by_expressions() {
    let of = |column: Column| {
        CreateTable::new(&Table::new("t", &MetaData::new(), [column]).expect("it makes sense"))
    };
    let text = |rest: &str| format!("CREATE TABLE t (\n\ta INTEGER {rest}\n)");
    let expected = text("GENERATED ALWAYS AS (b * 2) VIRTUAL");
    assert_texts(&of(number("a").computed_virtual("b * 2")), [&*expected; 4]);
    let expected = text("GENERATED ALWAYS AS (b * 2) STORED");
    assert_texts(&of(number("a").computed("b * 2")), [&*expected; 4]);
    let server = ServerInfo::new(Product::PostgreSql, "15.4");
    let old = Dialect::for_server(&PostgreSql::new(), &server);
    let refused = of(number("a").computed_virtual("1")).compile(&*old).expect_err("since 18");
    assert!(refused.message().contains("computed columns that are not stored"), "{refused}");
    let plain = text("DEFAULT ((-3)) NOT NULL");
    // The type that the program said.
    let cast = text("DEFAULT (CAST((-3) AS BIGINT)) NOT NULL");
    let default = of(number("a").server_default(literal(-3)).not_null());
    assert_texts(&default, [&plain, &cast, &plain, &plain]);
    let next = number("a").server_default(Sequence::new("s.n").next_value());
    let (standard, own) = (text("DEFAULT (NEXT VALUE FOR s.n)"), text("DEFAULT (nextval('s.n'))"));
    assert_texts(&of(next), [NO, &own, NO, &standard]);
    let exclude = ExcludeConstraint::new([("a", "=")]).named("x").using("btree").where_("a > 0");
    let excluding = Table::builder("t").column(number("a")).constraint(exclude);
    let excluding = excluding.build(&MetaData::new()).expect("it makes sense");
    let expected = "CREATE TABLE t (\n\ta INTEGER,\n\t\
                    CONSTRAINT x EXCLUDE USING btree (a WITH =) WHERE (a > 0)\n)";
    assert_texts(&CreateTable::new(&excluding), [NO, expected, NO, NO]);
}

#[test]
fn sequences_schemas_and_types() {
    let sequence = Sequence::new("s.n").start(5).increment(2).max_value(9).cycle(true);
    let create = "CREATE SEQUENCE s.n INCREMENT BY 2 START WITH 5 MAXVALUE 9 CYCLE";
    assert_texts(&CreateSequence::new(&sequence), [NO, create, NO, create]);
    let drop = "DROP SEQUENCE IF EXISTS s.n";
    assert_texts(&DropSequence::new(&sequence).if_exists(), [NO, drop, NO, drop]);
    let create = "CREATE SCHEMA s";
    assert_texts(&CreateSchema::new("s"), [NO, create, create, create]);
    assert_texts(&DropSchema::new("s").cascade(), [NO, "DROP SCHEMA s CASCADE", NO, NO]);
    let mood = EnumType::new("Mood", ["it's", "b"]).native();
    let create = r#"CREATE TYPE "Mood" AS ENUM ('it''s', 'b')"#;
    assert_texts(&CreateEnumType::new(&mood), [NO, create, NO, NO]);
}

#[test]
fn views() {
    let select = || table().select().where_(table().c("b").expect("a column").eq("it's"));
    let text = |head: &str| format!("{head} AS SELECT t.a, t.b FROM t WHERE t.b = 'it''s'");
    assert_texts(&CreateView::new("v", select()), [&*text("CREATE VIEW v"); 4]);
    let replace = text("CREATE OR REPLACE VIEW v (x, y)");
    let view = CreateView::new("v", select()).or_replace().columns(["x", "y"]);
    assert_texts(&view, [NO, &replace, &replace, &replace]);
    let if_not = text("CREATE VIEW IF NOT EXISTS v");
    assert_texts(&CreateView::new("v", select()).if_not_exists(), [&if_not, NO, NO, &if_not]);
    let kept = text("CREATE MATERIALIZED VIEW IF NOT EXISTS v");
    let view = CreateView::new("v", select()).materialized().if_not_exists();
    assert_texts(&view, [NO, &kept, NO, NO]);
    let temporary = text("CREATE TEMPORARY VIEW v");
    assert_texts(&CreateView::new("v", select()).temporary(), [&temporary, &temporary, NO, NO]);
    assert_texts(&DropView::new("v").if_exists(), ["DROP VIEW IF EXISTS v"; 4]);
    let copy = text("CREATE TEMPORARY TABLE IF NOT EXISTS c");
    let statement = CreateTableAs::new("c", select()).temporary().if_not_exists();
    assert_texts(&statement, [&*copy; 4]);
}
