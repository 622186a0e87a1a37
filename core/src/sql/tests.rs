//! Properties of every statement: equal keys mean equal SQL, values are found by what they are.

use std::borrow::Cow;

mod forest;

use forest::{Forest, Random};

use super::compile::{BoundAs, Generic, bound_values};
use super::schema::{Column, MetaData, SchemaDialect, Table};
use super::select::{Select, SelectParts};
use super::types::Type;
use super::{
    AnyColumn, CacheKey, ClauseElement, Expression, ExpressionDialect, FunctionDialect,
    JsonDialect, LimitClause, Literals, OrderClause, Params, SqlDialect, SqlWriter, bindparam,
    text, types,
};
use crate::error::Result;
use crate::value::Value;
struct Keyed<E> {
    statement: E,
    key: Vec<u8>,
    literals: Literals,
}

impl<E: ClauseElement> Keyed<E> {
    fn new(statement: E) -> Self {
        let (mut key, mut literals) = (CacheKey::default(), Literals::default());
        statement.cache_key(&mut key, &mut literals, statement.params());
        Self { key: key.as_bytes().to_vec(), literals, statement }
    }

    /// The SQL for lists of one length, and what is known of each value besides the value.
    fn sql(&self, dialect: &dyn SqlDialect) -> Option<(String, Vec<BoundAs>)> {
        let template = self.statement.compile_with(dialect, self.statement.params()).ok()?;
        let lists = self.literals.lists.len() + template.expanding().len();
        let rendered = template.render(dialect, &vec![1; lists], self.literals.rows);
        Some((rendered.sql, rendered.types))
    }
}

// conforms: D10.01, D10.02, D10.03
#[test]
fn equal_keys_mean_equal_sql_and_values_are_no_part_of_a_key() {
    let mut all = Vec::new();
    for seed in 1..=1500_u64 {
        let seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let [one, other] =
            [1000, 5001].map(|value| Keyed::new(Forest::new(value).select(3, &mut Random(seed))));
        assert_eq!(one.key, other.key, "{}\n{}", one.statement, other.statement);
        all.push(one);
    }
    let texts: Vec<_> = all.iter().map(|keyed| keyed.sql(&Generic)).collect();
    let mut different = 0;
    for (index, one) in all.iter().enumerate() {
        for (other, text) in all.iter().zip(&texts).skip(index + 1) {
            if one.key == other.key {
                assert_eq!(texts[index], *text);
            } else {
                different += 1;
            }
        }
    }
    // Most of them are different, or this proves nothing.
    assert!(different > 500_000, "{different}");
}

/// What binds are given: a number of rows too.
const GIVEN: i64 = 987_654;

// A statement that is found in the cache binds its own values in the places of the other's text.
#[test]
fn cached_and_uncached_compilation_agree() {
    let mut compiled = 0;
    for seed in 1..=500_u64 {
        let seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for dialect in [&Generic as &dyn SqlDialect, &Odd] {
            let [first, second] = [1000, 5001]
                .map(|value| Keyed::new(Forest::new(value).select(3, &mut Random(seed))));
            let Ok(template) = first.statement.compile_with(dialect, &Params::new()) else {
                continue;
            };
            let mut literals = second.literals.clone();
            template.expand(&mut literals, &[]).expect("lists have defaults");
            let rendered = template.render(dialect, &literals.lists, literals.rows);
            let names = ["p", "q", "skipped"];
            let given = names.iter().map(|name| ((*name).into(), Value::Int(GIVEN)));
            let given: Params = given.collect();
            let bound = bound_values(&rendered.sources, &mut literals, &[&given], Vec::new());
            let anew = second.statement.compile(dialect).expect("the first did too");
            assert_eq!(rendered.sql, anew.sql());
            let bound = bound.expect("every bind has a value");
            assert_eq!(bound.len(), anew.params().len(), "{}", rendered.sql);
            for (value, param) in bound.iter().zip(anew.params()) {
                match param.value() {
                    Some(wanted) => assert_eq!(value, wanted, "{}", rendered.sql),
                    // What is made for each execution was made, and a bind was given.
                    None => assert_eq!(*value == Value::Int(GIVEN), param.name().is_some()),
                }
            }
            compiled += 1;
        }
    }
    assert!(compiled > 300, "{compiled}");
}

/// A dialect that writes OFFSET and LIMIT before their time, what it sorts by twice, the second
/// operand of `||` first, and no limit of 7.
#[derive(Debug)]
struct Odd;

impl SqlDialect for Odd {
    fn name(&self) -> &'static str {
        "odd"
    }

    fn placeholder(&self, _: usize, to: &mut String) {
        to.push('?');
    }

    fn has_numbered_placeholders(&self) -> bool {
        false
    }

    fn write_limit(&self, clause: &LimitClause<'_>, to: &mut SqlWriter<'_>) {
        if let (Some(offset), Some(limit)) = (clause.offset, clause.limit) {
            to.sql(" ROWS ");
            to.expression(offset);
            to.sql(" TO ");
            to.expression(offset);
            to.sql(" + ");
            to.expression(limit);
        }
    }

    fn write_order_term(&self, term: &OrderClause<'_>, to: &mut SqlWriter<'_>) {
        to.expression(term.by);
        to.sql(" IS NULL, ");
        to.order_by(term);
    }

    fn write_concat(&self, left: &Expression, right: &Expression, to: &mut SqlWriter<'_>) {
        to.sql("append(");
        to.expression(right);
        to.sql(", ");
        to.expression(left);
        to.sql(")");
    }
}

impl ExpressionDialect for Odd {}

impl FunctionDialect for Odd {}

impl JsonDialect for Odd {}

impl SchemaDialect for Odd {
    fn type_sql(&self, _: &Type) -> Result<Cow<'static, str>> {
        Ok("ANY".into())
    }

    fn autoincrement_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        self.type_sql(ty)
    }
}

/// The same, with placeholders that say which value they take.
#[derive(Debug)]
struct OddAndNumbered;

impl SqlDialect for OddAndNumbered {
    fn name(&self) -> &'static str {
        "odd"
    }

    fn placeholder(&self, number: usize, to: &mut String) {
        to.push_str(&format!("${number}"));
    }

    fn write_limit(&self, clause: &LimitClause<'_>, to: &mut SqlWriter<'_>) {
        Odd.write_limit(clause, to);
    }

    fn write_order_term(&self, term: &OrderClause<'_>, to: &mut SqlWriter<'_>) {
        Odd.write_order_term(term, to);
    }

    fn write_concat(&self, left: &Expression, right: &Expression, to: &mut SqlWriter<'_>) {
        Odd.write_concat(left, right, to);
    }
}

impl ExpressionDialect for OddAndNumbered {}

impl FunctionDialect for OddAndNumbered {}

impl JsonDialect for OddAndNumbered {}

impl SchemaDialect for OddAndNumbered {
    fn type_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        Odd.type_sql(ty)
    }

    fn autoincrement_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
        self.type_sql(ty)
    }
}

#[test]
fn a_dialect_may_write_a_literal_twice_or_not_or_elsewhere() {
    let forest = Forest::new(0);
    let a = || forest.tables[0].c("a").expect("a column");
    let statement = super::select([a()])
        .where_(a().eq(1))
        .where_(a().concat("left").concat("right").eq("x"))
        .order_by((a() + 2).asc())
        .limit(3)
        .offset(4);
    let found = |dialect: &dyn SqlDialect, statement: &Select<[AnyColumn; 1]>| {
        let compiled = statement.compile(dialect).expect("it compiles");
        let values: Vec<Value> = compiled
            .params()
            .iter()
            .map(|param| param.value().cloned().expect("a value"))
            .collect();
        (compiled.sql().to_owned(), values)
    };
    let (sql, values) = found(&Odd, &statement);
    assert_eq!(
        sql,
        "SELECT t.a FROM t WHERE t.a = ? AND append(?, append(?, t.a)) = ? \
         ORDER BY t.a + ? IS NULL, t.a + ? ROWS ? TO ? + ?"
    );
    let wanted: [Value; 9] = [
        1.into(),
        "right".into(),
        "left".into(),
        "x".into(),
        2.into(),
        2.into(),
        4.into(),
        4.into(),
        3.into(),
    ];
    assert_eq!(values, wanted);
    let (sql, values) = found(&OddAndNumbered, &statement);
    assert_eq!(
        sql,
        "SELECT t.a FROM t WHERE t.a = $1 AND append($2, append($3, t.a)) = $4 \
         ORDER BY t.a + $5 IS NULL, t.a + $5 ROWS $6 TO $6 + $7"
    );
    assert_eq!(values[4..], [2.into(), 4.into(), 3.into()]);
    // Without OFFSET this dialect leaves the limit out.
    let (sql, values) = found(&Odd, &super::select([a()]).limit(3));
    assert_eq!((sql.as_str(), values.len()), ("SELECT t.a FROM t", 0));
}

#[test]
fn a_dialect_must_write_the_expression_itself() {
    #[derive(Debug)]
    struct Copying;
    impl SqlDialect for Copying {
        fn name(&self) -> &'static str {
            "copying"
        }

        fn placeholder(&self, _: usize, to: &mut String) {
            to.push('?');
        }

        fn write_limit(&self, clause: &LimitClause<'_>, to: &mut SqlWriter<'_>) {
            let copy = clause.limit.cloned().expect("a limit");
            to.expression(&copy);
        }
    }
    impl ExpressionDialect for Copying {}

    impl FunctionDialect for Copying {}

    impl JsonDialect for Copying {}
    impl SchemaDialect for Copying {
        fn type_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
            Odd.type_sql(ty)
        }

        fn autoincrement_sql(&self, ty: &Type) -> Result<Cow<'static, str>> {
            self.type_sql(ty)
        }
    }
    let t = &Forest::new(0).tables[0];
    let error = t.select().limit(1).compile(&Copying).expect_err("a copy has no value");
    assert!(error.message().contains("copy"), "{error}");
}

#[test]
fn keys_of_other_statements() {
    let metadata = MetaData::new();
    let columns = || [Column::new("a", types::Integer), Column::new("b", types::Integer)];
    let t = Table::new("t", &metadata, columns()).expect("a table");
    let other = Table::new("other", &metadata, columns()).expect("a table");
    let set = |column: &str, value: i64| t.c(column).expect("a column").set(value);
    let bind = || t.c("a").expect("a column").set(bindparam("b"));
    let (one, two) = (Params::new().with("a", 1), Params::new().with("a", 1).with("b", 2));
    let mut all = vec![Keyed::new(t.insert()).key];
    all.push(Keyed::new(other.insert()).key);
    all.push(Keyed::new(t.insert().values(set("a", 1))).key);
    all.push(Keyed::new(t.insert().values(set("b", 1))).key);
    all.push(Keyed::new(t.insert().values((set("a", 1), set("b", 2)))).key);
    all.push(Keyed::new(t.insert().values(bind()).params(two.clone())).key);
    all.push(Keyed::new(t.insert().params(one)).key);
    all.push(Keyed::new(t.insert().params(two)).key);
    all.push(Keyed::new(text("select 1")).key);
    all.push(Keyed::new(text("select 2")).key);
    for (index, key) in all.iter().enumerate() {
        assert!(!all[index + 1..].contains(key), "number {index}");
    }
    let again = Keyed::new(t.insert().values((set("a", 3), set("b", 4)))).key;
    assert_eq!(again, all[4]);
}

// The order of precedence is that of the databases: what is read back is what was written.
#[test]
fn parentheses_stand_where_precedence_needs_them() {
    let t = &Forest::new(0).tables[0];
    let (a, b) = (|| t.c("a").expect("a column"), || t.c("b").expect("a column"));
    let shown = |expression: Expression| {
        let parts = SelectParts::of(vec![expression]);
        let text = Select::<AnyColumn>::new(parts).to_string();
        text.trim_start_matches("SELECT ").trim_end_matches(" FROM t").to_owned()
    };
    for (expression, text) in [
        (((a() + b()) * a()).into_expression(), "(t.a + t.b) * t.a"),
        ((a() + b() * a()).into_expression(), "t.a + t.b * t.a"),
        ((a() + b() + a()).into_expression(), "t.a + t.b + t.a"),
        ((a() - (b() - a())).into_expression(), "t.a - (t.b - t.a)"),
        ((a() - b() - a()).into_expression(), "(t.a - t.b) - t.a"),
        ((a() + b()).concat(a()).into_expression(), "(t.a + t.b) || t.a"),
        (a().concat(b()).concat(a()).into_expression(), "t.a || t.b || t.a"),
        (a().eq(b()).eq(a().lt(b())).into_expression(), "(t.a = t.b) = (t.a < t.b)"),
        (a().eq(b()).is_null().into_expression(), "(t.a = t.b) IS NULL"),
        ((!a().eq(b())).eq(a()).into_expression(), "(NOT (t.a = t.b)) = t.a"),
        (
            (a().eq(b()) | a().lt(b()) & b().lt(a())).into_expression(),
            "t.a = t.b OR t.a < t.b AND t.b < t.a",
        ),
        (
            ((a().eq(b()) | a().lt(b())) & b().lt(a())).into_expression(),
            "(t.a = t.b OR t.a < t.b) AND t.b < t.a",
        ),
        (
            a().between(a() + 1, b().eq(a())).into_expression(),
            "t.a BETWEEN t.a + :1 AND (t.b = t.a)",
        ),
        (Expression::negate(a().expression().negate()), "-(-t.a)"),
        (super::or_(()).eq(a()).into_expression(), "(1 != 1) = t.a"),
    ] {
        assert_eq!(shown(expression), text);
    }
}

/// Three tables, each with the columns `a` and `b`.
fn three_tables() -> [Table; 3] {
    let metadata = MetaData::new();
    ["t", "u", "v"].map(|name| {
        let columns = ["a", "b"].map(|column| Column::new(column, types::Integer));
        Table::new(name, &metadata, columns).expect("a table")
    })
}

fn column(table: &Table, name: &str) -> AnyColumn {
    table.c(name).expect("a column")
}

// A bind in an expression is no column, and the types of the columns are a part of the key.
#[test]
fn what_an_insert_takes_from_parameters() {
    let [t, ..] = three_tables();
    let sum = super::literal(2) + bindparam("n");
    let statement = t.insert().values(column(&t, "a").set(sum));
    let compiled = statement.params(Params::new().with("n", 1)).compile(&Generic);
    assert_eq!(compiled.expect("n is a bind").sql(), "INSERT INTO t (a) VALUES (:1 + :2)");

    let of = |ty: Type| {
        let table = Table::new("t", &MetaData::new(), [Column::new("a", ty)]).expect("a table");
        Keyed::new(table.insert().params(Params::new().with("a", "x"))).key
    };
    assert_ne!(of(types::Text), of(types::Uuid));
    assert_eq!(of(types::Uuid), of(types::Uuid));
}
