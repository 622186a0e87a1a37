//! Names of all kinds.

use aludel::sql::LabelStyle;
use aludel::sql::schema::TableName;
use aludel::{Column, ExecutionOptions, MetaData, Table, or_, params, select, types};

use super::{Cases, Many};

pub(super) fn cases(to: &mut Cases) {
    columns(to);
    aliases(to);
    labels(to);
    expressions(to);
    schemas(to);
    changes(to);
}

fn columns(to: &mut Cases) {
    to.query("identifier-01", |t| t.odd.select().order_by(t.o("id")));
    to.query("identifier-02", |t| {
        let all = [
            ("col:on", 23),
            ("dot.ted", 14),
            ("a?b", 15),
            ("par(en)", 16),
            ("br[ack]et", 17),
            ("UPPER", 18),
            ("user", 19),
            ("$1", 20),
            ("apos'trophe", 21),
            ("select", 11),
        ];
        let select = select(t.o("id")).where_(t.o("per%cent").gt(0));
        all.into_iter().fold(select, |select, (name, value)| match name {
            "col:on" => select.where_(t.o(name).ne(value)),
            _ => select.where_(t.o(name).eq(value)),
        })
    });
    to.query("identifier-03", |t| {
        let quote = |value: &'static str| t.o("quo\"te").eq(value);
        let any = or_((
            quote("say \"hi\""),
            quote(":name %s %(a)s"),
            t.o("back`tick").eq("line1\nline2"),
            t.o("ünïcode").eq("x"),
        ));
        select(t.o("id")).where_(any).order_by(t.o("id"))
    });
}

fn aliases(to: &mut Cases) {
    to.try_query("identifier-06", |t| {
        let (a, b) = (t.odd.alias("My \"Alias\" %s"), t.odd.alias("select"));
        Ok(select((a.c("id")?, b.c("per%cent")?))
            .join_from_on(&a, &b, a.c("id")?.eq(b.c("id")?))
            .where_(a.c("par(en)")?.gt(16))
            .order_by(a.c("id")?))
    });
    to.try_query("identifier-08", |t| {
        let s = t.odd.select().subquery("sub query");
        Ok(select((s.c("per%cent")?, s.c("a?b")?, s.c("quo\"te")?)).where_(s.c("col:on")?.eq(13)))
    });
    to.try_query("identifier-10", |t| {
        let order = t.users.alias("order");
        Ok(select((order.c("id")? + 1).label("from")).where_(order.c("id")?.eq(1)).order_by("from"))
    });
}

fn labels(to: &mut Cases) {
    to.query("identifier-07", |t| {
        select((t.o("id"), t.o("per%cent"), t.o("Mixed Case"), t.o("quo\"te")))
            .where_(t.o("id").eq(1))
            .set_label_style(LabelStyle::TablenamePlusCol)
    });
    to.query("identifier-12", |t| {
        select(t.u("id").expr().label("l".repeat(70))).where_(t.u("id").eq(1))
    });
    to.try_query("identifier-14", |t| {
        let x = t.users.alias("x".repeat(58));
        let columns = (x.c("created_at")?, x.c("id")?, x.c("manager_id")?);
        let style = LabelStyle::TablenamePlusCol;
        Ok(select(columns).where_(x.c("id")?.eq(2)).set_label_style(style))
    });
    to.query("identifier-15", |t| {
        let id = || t.u("id");
        select((id(), id(), id().expr().label("id"))).where_(id().eq(1))
    });
    to.query("identifier-16", |t| {
        let (name, id) = (t.u("name").expr().label("id"), t.u("id").expr().label("name"));
        select((name, id)).where_(t.u("name").eq("bob"))
    });
}

/// Expressions without names.
fn expressions(to: &mut Cases) {
    to.query("identifier-19", |t| {
        let id = || t.u("id");
        select((id() + 1, id() + 2, -id().expr(), t.u("name").concat("x"))).where_(id().eq(1))
    });
}

fn schemas(to: &mut Cases) {
    let things = |t: &crate::tables::Tables, name: &str| t.things.c(name).unwrap();
    to.query("identifier-22", move |t| select(things(t, "name")).where_(things(t, "id").eq(2)));
    to.query("identifier-23", move |t| {
        select((things(t, "name"), t.u("name")))
            .where_(things(t, "user_id").eq(t.u("id")))
            .order_by(things(t, "id"))
    });
    to.try_query("identifier-25", |t| {
        let (a, b) = (t.things.anon_alias(), t.things.anon_alias());
        Ok(select((a.c("id")?, b.c("id")?))
            .where_(a.c("id")?.lt(b.c("id")?))
            .order_by((a.c("id")?, b.c("id")?)))
    });
    to.try_query("identifier-26", |t| {
        let name = TableName::new("things").in_schema(t.alt.clone());
        let columns = ["id", "name"].map(|name| Column::new(name, types::Integer));
        let things = Table::new(name, &MetaData::new(), columns)?;
        Ok(select(things.c("name")?).where_(things.c("id")?.eq(3)))
    });
    to.try_query("identifier-27", |t| {
        let columns = ["id", "name"].map(|name| Column::new(name, types::Integer));
        let things = Table::new("tenant.things", &MetaData::new(), columns)?;
        let map = [(Some("tenant"), Some(&*t.alt))];
        Ok(select(things.c("name")?)
            .where_(things.c("id")?.eq(1))
            .execution_options(ExecutionOptions::new().schema_translate_map(map)))
    });
}

/// Statements that change rows.
fn changes(to: &mut Cases) {
    to.changes("identifier-28", |t| {
        Ok(t.odd.insert().values((
            t.o("id").set(9),
            t.o("select").set(1),
            t.o("Mixed Case").set("m"),
            t.o("quo\"te").set("q"),
            t.o("back`tick").set("b"),
            t.o("per%cent").set(2),
            t.o("col:on").set(3),
            t.o("ünïcode").set("ü"),
            (
                t.o("dot.ted").set(4),
                t.o("a?b").set(5),
                t.o("par(en)").set(6),
                t.o("br[ack]et").set(7),
                t.o("UPPER").set(8),
                t.o("user").set(9),
                t.o("$1").set(10),
                t.o("apos'trophe").set(11),
            ),
        )))
    });
    to.changes("identifier-29", |t| {
        let set = (
            t.o("per%cent").set(t.o("per%cent") + 1),
            t.o("a?b").set(t.o("col:on")),
            t.o("quo\"te").set("it's %s ? :x"),
        );
        Ok(t.odd.update().values(set).where_(t.o("per%cent").eq(12)))
    });
    to.changes("identifier-30", |t| {
        let sets = [
            params! { id: 8, "per%cent": 1, "a?b": 2, "col:on": 3, "dot.ted": 4 },
            params! { id: 9, "per%cent": 5, "a?b": 6, "col:on": 7, "dot.ted": 8 },
        ];
        Ok(Many(t.odd.insert(), sets.into()))
    });
}
