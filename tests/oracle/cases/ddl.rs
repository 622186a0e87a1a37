//! Cases of the category "ddl".

use std::borrow::Cow;

use aludel::sql::schema::{
    AddConstraint, CheckConstraint, ConflictResolution, CreateIndex, CreateTable, Deferrable,
    DropConstraint, DropIndex, DropTable, ExcludeConstraint, ForeignKey, Identity, Index,
    IndexElement, NamingConvention, ReferentialAction, TableOptions, UniqueConstraint, ddl,
};
use aludel::sql::types::{CustomType, Type};
use aludel::{Column, MetaData, Result, Table, literal, types};

use super::Cases;
use crate::answer::Statement;
use crate::tables::Db;

/// A type of one database, by its words there.
#[derive(Debug)]
struct Words(&'static str, Type);

impl CustomType for Words {
    fn name(&self) -> &str {
        self.0
    }

    fn base(&self) -> &Type {
        &self.1
    }

    fn type_sql(&self, _: &str) -> Option<Cow<'static, str>> {
        Some(self.0.into())
    }
}

fn words(name: &'static str, sql: &'static str) -> Column {
    Column::new(name, types::Custom(Words(sql, types::Text)))
}

/// A key that the database does not count.
fn key(name: &'static str) -> Column {
    Column::new(name, types::Integer).primary_key().autoincrement(false)
}

fn number(name: &'static str) -> Column {
    Column::new(name, types::Integer)
}

fn counted() -> Column {
    number("id").primary_key()
}

fn text(name: &'static str, length: u32) -> Column {
    Column::new(name, types::String(length))
}

fn one(columns: impl IntoIterator<Item = Column>, name: &'static str) -> Result<MetaData> {
    let metadata = MetaData::new();
    Table::new(name, &metadata, columns)?;
    Ok(metadata)
}

fn boxed<S: Statement + 'static>(statement: S) -> Box<dyn Statement> {
    Box::new(statement)
}

pub(super) fn cases(to: &mut Cases) {
    constraints(to);
    indexes(to);
    identity(to);
    columns(to);
    rest(to);
    schemas_and_options(to);
    types_of_each(to);
    statements(to);
}

fn constraints(to: &mut Cases) {
    to.schema("ddl-01", |_| {
        let metadata = MetaData::new();
        let code = text("code", 10).unique().not_null();
        Table::new("parent", &metadata, [key("id"), code])?;
        let parent = ForeignKey::new("parent.id")
            .named("fk_child_parent")
            .on_delete(ReferentialAction::Cascade)
            .on_update(ReferentialAction::Restrict);
        let columns = [
            key("a"),
            key("b"),
            number("parent_id").foreign_key(parent).not_null(),
            number("x"),
            number("y"),
        ];
        Table::builder("child")
            .columns(columns)
            .constraint(UniqueConstraint::new(["x", "y"]).named("uq_child_xy"))
            .constraint(CheckConstraint::new("x > 0").named("ck_child_x"))
            .constraint(CheckConstraint::new("y <> 13"))
            .build(&metadata)?;
        Ok(metadata)
    });
}

fn indexes(to: &mut Cases) {
    to.schema("ddl-03", |db| {
        let metadata = MetaData::new();
        let mut columns = vec![counted(), number("a").index(), text("b", 20), text("c", 20)];
        match db {
            Db::PostgreSql => columns.push(Column::new("d", types::JsonB)),
            Db::MariaDb => columns.push(Column::new("d", types::Text)),
            Db::Sqlite => {}
        }
        columns.push(number("e"));
        let element = IndexElement::new;
        let mut indexes = vec![
            Index::new(["e"]).unique(),
            Index::new([element("a"), element("b").desc()]).named("ix_ab"),
            Index::new(["b", "c"]).unique().named("uq_bc"),
        ];
        if db != Db::MariaDb {
            let lower = IndexElement::expression("lower(b)");
            indexes.push(Index::new([lower]).named("ix_lower"));
            let part = Index::new(["a"]).named("ix_part");
            let described = Table::new("described", &MetaData::new(), columns.clone())?;
            let condition = described.c("a")?.gt(5).and(described.c("b")?.is_not_null());
            indexes.push(part.where_(condition));
        }
        match db {
            Db::Sqlite => {}
            Db::PostgreSql => indexes.extend([
                Index::new(["a"]).include(["c"]).named("ix_incl"),
                Index::new(["d"]).using("gin").named("ix_gin"),
                Index::new(["b"]).using("hash").named("ix_hash"),
                Index::new([element("b").operator_class("text_pattern_ops")]).named("ix_ops"),
                Index::new([IndexElement::expression("a + 1"), element("b")]).named("ix_expr"),
                Index::new([element("a").desc().nulls_last()]).named("ix_nulls"),
            ]),
            Db::MariaDb => indexes.extend([
                Index::new([element("d").length(10)]).named("ix_len"),
                Index::new(["d"]).kind("FULLTEXT").named("ix_ft"),
                Index::new(["b"]).using("btree").named("ix_bt"),
            ]),
        }
        let table = Table::builder("ix").columns(columns);
        indexes.into_iter().fold(table, |table, index| table.index(index)).build(&metadata)?;
        Ok(metadata)
    });
}

fn identity(to: &mut Cases) {
    to.schema("ddl-04", |_| {
        let identity = Identity::new().always().start(42).increment(2);
        one([number("id").primary_key().identity(identity), text("v", 5)], "idt")
    });
    to.schema("ddl-05", |_| {
        let identity = Identity::new().start(5).min_value(0).max_value(100).cycle(true).cache(1);
        let id = Column::new("id", types::BigInteger).primary_key().identity(identity);
        one([id, text("v", 5)], "idt2")
    });
}

fn columns(to: &mut Cases) {
    to.schema("ddl-07", |_| {
        let columns = [key("id"), number("w"), number("h"), number("area").computed("w * h")];
        one(columns, "comp")
    });
    to.schema("ddl-08", |_| {
        one([key("id"), number("w"), number("dbl").computed_virtual("w * 2")], "comp")
    });
    to.schema("ddl-09", |_| {
        let metadata = MetaData::new();
        Table::builder("com")
            .column(counted().comment("it's 100% \\ :x"))
            .column(number("v").comment("plain"))
            .comment("table \"c\" o'clock")
            .build(&metadata)?;
        Ok(metadata)
    });
    to.schema("ddl-11", |_| {
        let metadata = MetaData::new();
        let f = Column::new("f", types::Boolean).not_null().server_default(literal(false));
        let check = CheckConstraint::new("f IN (0, 1)").named("ck_f").ddl_if(["sqlite", "mysql"]);
        Table::builder("bo").column(key("id")).column(f).constraint(check).build(&metadata)?;
        Ok(metadata)
    });
    to.schema("ddl-13", |_| {
        let convention = NamingConvention::default()
            .index("ix_%(table_name)s_%(column_0_N_name)s")
            .unique("uq_%(table_name)s_%(column_0_N_name)s");
        let metadata = MetaData::with_naming_convention(convention)?;
        let (first, second) = ("first_long_column_name", "second_long_column_name");
        Table::builder("a_table_with_quite_a_long_name")
            .columns([key("id"), number(first), number(second)])
            .constraint(UniqueConstraint::new([first, second]))
            .index(Index::new([first, second, "id"]))
            .build(&metadata)?;
        Ok(metadata)
    });
    to.schema("ddl-14", |_| {
        let metadata = MetaData::new();
        let index = Index::new(["id"]).named("i".repeat(70));
        Table::builder("tt").column(counted()).index(index).build(&metadata)?;
        Ok(metadata)
    });
}

fn rest(to: &mut Cases) {
    to.schema("ddl-19", |_| {
        let metadata = MetaData::new();
        Table::new("da", &metadata, [key("id")])?;
        let a = ForeignKey::new("da.id").deferrable(Deferrable::InitiallyDeferred);
        Table::new("db", &metadata, [key("id"), number("a").foreign_key(a)])?;
        Ok(metadata)
    });
    to.schema("ddl-20", |_| {
        let metadata = MetaData::new();
        let exclude = ExcludeConstraint::new([("during", "&&")]).named("no_overlap");
        Table::builder("ex")
            .columns([counted(), words("during", "INT4RANGE")])
            .constraint(exclude.where_("id > 0"))
            .build(&metadata)?;
        Ok(metadata)
    });
    to.schema("ddl-21", |_| {
        let columns = [
            key("id"),
            text("s", 20).server_default(literal("it's 5%".to_owned())),
            number("n").server_default("7"),
            number("neg").server_default(literal(-3)),
            Column::new("t", types::DateTime).server_default("CURRENT_TIMESTAMP"),
            number("e").server_default("1 + 2"),
        ];
        one(columns, "sd")
    });
    to.schema("ddl-22", |_| {
        let metadata = MetaData::new();
        let odd = "My \"Odd\" Table % `x`";
        let columns = [
            key("select"),
            number("Mixed Case"),
            number("per%cent"),
            text("ünï", 5),
            number("q\"t"),
        ];
        let unique = UniqueConstraint::new(["Mixed Case", "per%cent"]).named("Uq \"odd\" %");
        Table::builder(odd)
            .columns(columns)
            .constraint(unique)
            .index(Index::new(["per%cent"]).named("Ix %s odd"))
            .build(&metadata)?;
        let group = number("group").foreign_key(ForeignKey::to(odd, "select"));
        Table::new("order", &metadata, [key("id"), group])?;
        Ok(metadata)
    });
}

fn schemas_and_options(to: &mut Cases) {
    to.schema_in("ddl-23", |_, alt| {
        let metadata = MetaData::new();
        Table::builder("a").schema(alt.to_owned()).column(key("id")).build(&metadata)?;
        let a_id = number("a_id").foreign_key(format!("{alt}.a.id"));
        Table::new("b", &metadata, [key("id"), a_id])?;
        Ok(metadata)
    });
    to.schema("ddl-27", |_| {
        let metadata = MetaData::new();
        let v = Column::new("v", types::Text).not_null();
        let w = Column::new("w", types::Text).unique();
        Table::builder("sa")
            .column(counted())
            .column(v.sqlite_on_conflict_not_null(ConflictResolution::Fail))
            .column(w.sqlite_on_conflict_unique(ConflictResolution::Ignore))
            .options(TableOptions::new().sqlite_autoincrement())
            .build(&metadata)?;
        Table::builder("sb")
            .columns([Column::new("k", types::Text).primary_key(), number("v")])
            .options(TableOptions::new().sqlite_without_rowid().sqlite_strict())
            .build(&metadata)?;
        Ok(metadata)
    });
    to.schema("ddl-33", |_| {
        let metadata = MetaData::new();
        Table::new("z_first", &metadata, [counted()])?;
        let m_id = number("m_id").foreign_key("m_mid.id");
        Table::new("a_last", &metadata, [counted(), m_id])?;
        let z_id = number("z_id").foreign_key("z_first.id");
        Table::new("m_mid", &metadata, [counted(), z_id])?;
        Ok(metadata)
    });
}

#[allow(clippy::too_many_lines, reason = "one table with a column of each type")]
fn types_of_each(to: &mut Cases) {
    to.schema("ddl-24", |db| {
        let of = |name: &'static str, ty: Type| Column::new(name, ty);
        let mut columns = vec![
            counted(),
            of("bi", types::BigInteger),
            of("si", types::SmallInteger),
            text("s", 10),
            of("tx", types::Text),
            text("u", 8),
            of("ut", types::Text),
            of("b", types::Boolean),
            of("d", types::Date),
            of("t", types::Time),
            of("dt", types::DateTime),
            of("dtz", types::DateTime.with_timezone()),
            of("f", types::Float),
            of("f24", types::Float),
            of("db", types::Double),
            of("n", types::Numeric(10, 3)),
            Column::new("n0", types::Numeric),
            of("bin", types::LargeBinary),
            of("j", types::Json),
            of("uu", types::Uuid),
            of("e", types::Enum("ety", ["a", "bb"])),
            of("pk", types::LargeBinary),
        ];
        // The others have no such type, and the library does not pretend that they do.
        if db == Db::PostgreSql {
            columns.push(of("i", types::Interval));
        }
        one(columns, "ty")
    });
    to.schema("ddl-25", |_| {
        let columns = [
            Column::new("id", types::Uuid).primary_key(),
            Column::new("ar", types::Array(types::Integer)),
            Column::new("ar2", types::Array(types::Array(types::String(5)))),
            words("inet", "INET"),
            words("cidr", "CIDR"),
            words("mac", "MACADDR"),
            words("r", "INT4RANGE"),
            words("tr", "TSTZRANGE"),
            words("mr", "INT4MULTIRANGE"),
            words("bit", "BIT(5)"),
            words("vbit", "BIT VARYING(5)"),
            words("iv", "INTERVAL (3)"),
            words("ts", "TIMESTAMP(2) WITH TIME ZONE"),
            words("tv", "TSVECTOR"),
            words("mo", "MONEY"),
            Column::new("jb", types::JsonB),
            Column::new("dp", types::Double),
            Column::new("ci", types::String(10).collate("C")),
        ];
        one(columns, "pt")
    });
    to.schema("ddl-26", |_| {
        let metadata = MetaData::new();
        let unsigned = types::Custom(Words("INTEGER UNSIGNED", types::Integer));
        let columns = [
            Column::new("id", unsigned).primary_key(),
            words("ti", "TINYINT(1)"),
            words("mi", "MEDIUMINT UNSIGNED ZEROFILL"),
            words("y", "YEAR"),
            words("se", "SET('a','b')"),
            words("e", "ENUM('x','y')"),
            words("tt", "TINYTEXT"),
            words("mt", "MEDIUMTEXT CHARACTER SET latin1 COLLATE latin1_bin"),
            words("lb", "LONGBLOB"),
            words("bt", "BIT(5)"),
            words("dt", "DATETIME(3)"),
            words("db", "DOUBLE(8, 3)"),
        ];
        let options = TableOptions::new()
            .mysql_engine("InnoDB")
            .mysql_charset("utf8mb4")
            .mysql_collate("utf8mb4_bin");
        Table::builder("mt").columns(columns).options(options).build(&metadata)?;
        Ok(metadata)
    });
}

fn statements(to: &mut Cases) {
    to.definitions("ddl-28", |_| {
        let table = Table::builder("x1").columns([key("id"), number("a")]);
        let table = table.index(Index::new(["a"]).named("ix_x1_a")).build(&MetaData::new())?;
        let index = &table.indexes()[0];
        let unique = || UniqueConstraint::new(["a"]).named("uq_x1_a");
        Ok(vec![
            boxed(CreateTable::new(&table)),
            boxed(CreateIndex::new(&table, index)),
            boxed(DropIndex::new(&table, index)),
            boxed(AddConstraint::new(&table, unique())),
            boxed(DropConstraint::new(&table, unique())),
        ])
    });
    to.definitions("ddl-29", |_| {
        let table = Table::builder("ie").column(counted());
        let table = table.index(Index::new(["id"]).named("ix_ie")).build(&MetaData::new())?;
        let index = &table.indexes()[0];
        Ok(vec![
            boxed(CreateTable::new(&table).if_not_exists()),
            boxed(CreateTable::new(&table).if_not_exists()),
            boxed(CreateIndex::new(&table, index).if_not_exists()),
            boxed(DropIndex::new(&table, index).if_exists()),
            boxed(DropTable::new(&table).if_exists()),
            boxed(DropTable::new(&table).if_exists()),
        ])
    });
    to.definitions("ddl-30", |_| {
        let table = Table::builder("tmp").column(counted()).temporary().build(&MetaData::new())?;
        Ok(vec![boxed(CreateTable::new(&table))])
    });
    to.definitions("ddl-32", |_| {
        let table = Table::new("dd", &MetaData::new(), [key("id"), text("s", 10)])?;
        let insert = ddl("INSERT INTO dd VALUES (1, '100%')");
        Ok(vec![boxed(CreateTable::new(&table)), boxed(insert)])
    });
}
