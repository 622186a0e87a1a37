//! What SQLite, which keeps decimal numbers as text, is given in place of operators and functions of numbers.

use aludel::dialect::postgresql::PostgreSql;
use aludel::dialect::sqlite::Sqlite;
use aludel::sql::schema::CreateTable;
use aludel::sql::{ClauseElement, tuple_, window};
use aludel::value::Decimal;
use aludel::{
    Auto, Column, ErrorKind, Mapped, MetaData, Table, case, case_of, func, literal, select, types,
};

#[derive(Mapped)]
#[aludel(table = "t")]
struct Row {
    #[aludel(primary_key)]
    id: Auto<i64>,
    a: Decimal,
    b: Option<Decimal>,
    n: i64,
    f: f64,
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// The text for SQLite, without what stands around the expression.
fn sqlite(statement: &dyn ClauseElement) -> String {
    let compiled = statement.compile(&Sqlite::new()).unwrap();
    let text = compiled.sql().strip_prefix("SELECT ").unwrap();
    text.strip_suffix(" FROM t").unwrap_or(text).to_owned()
}

#[test]
fn comparisons() {
    let c = Row::c;
    let one = || decimal("1");
    for (condition, wanted) in [
        (select(c.a.eq(one())), "t.a COLLATE decimal = ?1"),
        (select(literal(one()).lt(c.a)), "?1 COLLATE decimal < t.a"),
        (select((c.a + one()).ge(one())), "decimal_add(t.a, ?1) COLLATE decimal >= decimal(?2)"),
        (select(c.a.lt(c.n)), "t.a COLLATE decimal < decimal(t.n)"),
        (select(c.n.lt(c.a)), "decimal(t.n) COLLATE decimal < t.a"),
        (select(c.a.lt(c.f)), "decimal_real(t.a) < t.f"),
        (select(c.f.lt(1.5)), "t.f < ?1"),
        (select(c.a.between(one(), c.n)), "t.a COLLATE decimal BETWEEN ?1 AND decimal(t.n)"),
        (select(c.a.in_([one()])), "(t.a COLLATE decimal IN (?1))"),
        (select((-c.a).in_([one()])), "(decimal_neg(t.a) COLLATE decimal IN (decimal(?1)))"),
        (select(c.a.is_not_distinct_from(one())), "t.a COLLATE decimal IS ?1"),
        (
            select(c.a.between_symmetric(one(), one())),
            "(t.a COLLATE decimal BETWEEN ?1 AND ?2 OR t.a COLLATE decimal BETWEEN ?2 AND ?1)",
        ),
    ] {
        assert_eq!(sqlite(&condition), wanted);
    }
    // SQLite takes the collation of a condition for that of the whole CASE.
    assert_eq!(
        sqlite(&select(case(c.a.gt(c.n), "more").else_("less"))),
        "CASE WHEN t.a COLLATE decimal > decimal(t.n) THEN ?1 ELSE ?2 END COLLATE BINARY"
    );
    assert_eq!(
        sqlite(&select(tuple_((c.a, c.n)).lt((one(), 1_i64)))),
        "(t.a COLLATE decimal, t.n) < (?1, ?2)"
    );
    // A query that has integers is read again.
    assert_eq!(
        sqlite(&select(c.id).where_(tuple_((c.a, c.n)).in_(select((c.n, c.n)).limit(1)))),
        "t.id FROM t WHERE ((t.a COLLATE decimal, t.n) IN (WITH anon_1(anon_1_1, anon_1_2) AS (SELECT t.n, t.n \
         FROM t LIMIT ?1) SELECT decimal(anon_1_1), anon_1_2 FROM anon_1))"
    );
    assert_eq!(
        sqlite(&select(literal(100_i64).lt(c.a + one()))),
        "decimal(?1) COLLATE decimal < decimal_add(t.a, ?2)"
    );
    assert_eq!(
        sqlite(&select(case_of(c.a).when(one(), 1).else_(2))),
        "CASE t.a COLLATE decimal WHEN ?1 THEN ?2 ELSE ?3 END"
    );
    // What is NULL has no digits.
    assert_eq!(sqlite(&select(c.b.is_null())), "t.b IS NULL");
}

#[test]
fn arithmetic_and_functions() {
    let c = Row::c;
    let two = || decimal("2");
    for (expression, wanted) in [
        (select(c.a + two()), "decimal_add(t.a, ?1)"),
        (select(c.a - c.n), "decimal_sub(t.a, t.n)"),
        (select(c.a * two() - c.a), "decimal_sub(decimal_mul(t.a, ?1), t.a)"),
        (select(c.a / two()), "decimal_div(t.a, ?1)"),
        (select(c.a.floordiv(two())), "decimal_floordiv(t.a, ?1)"),
        (select(-c.a), "decimal_neg(t.a)"),
        (select(func::abs(c.a)), "decimal_abs(t.a)"),
        (select(func::round(c.a)), "decimal_round(t.a)"),
        (select(func::floor(c.a)), "decimal_floor(t.a)"),
        (select(func::ceil(c.a)), "decimal_ceil(t.a)"),
        (
            select(func::greatest(c.a, two())),
            "max(t.a COLLATE decimal, decimal(?1) COLLATE decimal)",
        ),
        (select(c.n.cast::<Decimal>()), "decimal(t.n)"),
    ] {
        assert_eq!(sqlite(&expression), wanted);
    }
    for (aggregate, wanted) in [
        (select(func::sum(c.a)), "decimal_sum(t.a)"),
        (select(func::sum(c.b).distinct()), "decimal_sum(DISTINCT t.b COLLATE decimal)"),
        (select(func::avg(c.a)), "decimal_avg(t.a)"),
        (select(func::max(c.b)), "max(t.b COLLATE decimal)"),
    ] {
        assert_eq!(sqlite(&aggregate), wanted);
    }
    // A number of JSON, and no text of it.
    assert_eq!(sqlite(&select(func::json_agg(c.a))), "nullif(json_group_array(json(t.a)), '[]')");
    assert_eq!(
        sqlite(&select(func::nullif(literal(21_i64), c.a + two()))),
        "CASE WHEN decimal(?1) COLLATE decimal = decimal_add(t.a, ?2) COLLATE decimal THEN NULL ELSE ?1 END"
    );
    assert_eq!(sqlite(&select(c.a.cast::<i64>())), "decimal_integer(t.a)");
    assert_eq!(sqlite(&select(c.a.cast::<f64>())), "decimal_real(t.a)");
    // With floating-point numbers it is arithmetic of those.
    assert_eq!(sqlite(&select(c.a * c.f)), "decimal_real(t.a) * t.f");
}

#[test]
fn orders_and_groups() {
    let c = Row::c;
    assert_eq!(
        sqlite(&select(c.id).order_by((c.a.desc().nulls_last(), c.n))),
        "t.id FROM t ORDER BY t.a COLLATE decimal DESC NULLS LAST, t.n"
    );
    assert_eq!(
        sqlite(&select((c.a, func::count())).group_by(c.a)),
        "t.a, count(*) FROM t GROUP BY t.a COLLATE decimal"
    );
    assert_eq!(sqlite(&select((c.a, c.n)).distinct()), "DISTINCT t.a COLLATE decimal AS a, t.n");
    assert_eq!(
        sqlite(&select(c.a.label("x")).union(select(c.a)).order_by("x")),
        "t.a COLLATE decimal AS x FROM t UNION SELECT t.a COLLATE decimal AS a FROM t ORDER BY x"
    );
    assert_eq!(
        sqlite(&select(func::rank().over(window().partition_by(c.a).order_by(c.b)))),
        "rank() OVER (PARTITION BY t.a COLLATE decimal ORDER BY t.b COLLATE decimal)"
    );
    // The result of a subquery is what its query says.
    let s = select((c.id, (c.a + decimal("1")).label("x"))).subquery("s");
    let inner = "FROM (SELECT t.id, decimal_add(t.a, ?1) AS x FROM t) AS s";
    assert_eq!(
        sqlite(&select(s.columns().0).order_by(s.columns().1)),
        format!("s.id {inner} ORDER BY decimal(s.x) COLLATE decimal")
    );
    let distance = window().order_by(c.a).range(-1..=1);
    let error = select(func::sum(c.n).over(distance)).compile(&Sqlite::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Compile);
    assert!(error.message().contains("RANGE with a distance between decimal numbers"), "{error}");
}

#[test]
fn definitions() {
    let metadata = MetaData::new();
    let columns = [Column::new("a", types::Numeric(10, 2)), Column::new("n", types::Integer)];
    let table = Table::new("t", &metadata, columns).unwrap();
    let create = CreateTable::new(&table).compile(&Sqlite::new()).unwrap();
    assert!(create.sql().contains("a TEXT COLLATE decimal"), "{}", create.sql());
    let create = CreateTable::new(&table).compile(&PostgreSql::new()).unwrap();
    assert!(create.sql().contains("a NUMERIC(10, 2)"), "{}", create.sql());
}
