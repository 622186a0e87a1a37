//! The SQL of functions, windows, JSON and arrays in each dialect, and what is refused, without a
//! server.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use aludel::dialect::mysql::MySql;
use aludel::dialect::postgresql::PostgreSql;
use aludel::dialect::sqlite::Sqlite;
use aludel::sql::{
    AnyColumn, ClauseElement, Dynamic, Expr, FrameBound, JsonStep, SqlDialect, array_of, window,
};
use aludel::value::RawJson;
use aludel::{Column, ErrorKind, MetaData, Table, func, literal, select, types};

fn t() -> Table {
    let columns = [
        Column::new("a", types::Integer),
        Column::new("s", types::Text),
        Column::new("j", types::Json),
        Column::new("b", types::JsonB),
        Column::new("n", types::Array(types::Integer)),
    ];
    Table::new("t", &MetaData::new(), columns).unwrap()
}

fn c(name: &str) -> AnyColumn {
    t().c(name).unwrap()
}

/// The text behind SELECT in SQLite, PostgreSQL and MariaDB; an error where it is none.
#[track_caller]
fn texts(statement: &dyn ClauseElement, texts: [&str; 3]) {
    let dialects: [&dyn SqlDialect; 3] = [&Sqlite::new(), &PostgreSql::new(), &MySql::mariadb()];
    for (dialect, wanted) in dialects.into_iter().zip(texts) {
        let text = match statement.compile(dialect) {
            Ok(compiled) => compiled.sql().to_owned(),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Compile);
                format!("! {}", error.message())
            }
        };
        let text = text.strip_prefix("SELECT ").unwrap_or(&text);
        let text = text.strip_suffix(" FROM t").unwrap_or(text);
        match wanted.strip_suffix('…') {
            Some(begin) => assert!(text.starts_with(begin), "{text}"),
            None => assert_eq!(text, wanted, "{}", dialect.name()),
        }
    }
}

// conforms: F06
#[test]
fn names_of_functions() {
    texts(&select(func::octet_length(c("s"))), ["octet_length(t.s)"; 3]);
    texts(
        &select(func::char_length(c("s"))),
        ["length(t.s)", "char_length(t.s)", "char_length(t.s)"],
    );
    texts(
        &select(func::random()),
        ["((random() & 9007199254740991) / 9007199254740992.0)", "random()", "rand()"],
    );
    texts(
        &select(func::now()),
        ["strftime('%Y-%m-%d %H:%M:%f000', 'now')", "CURRENT_TIMESTAMP", "utc_timestamp(6)"],
    );
    texts(&select(func::bool_or(literal(true))), ["max(?1)", "bool_or($1)", "max(?)"]);
    texts(
        &select(func::var_samp(c("a"))),
        [
            "! sqlite does not have stddev and variance; …",
            "CAST(var_samp(t.a) AS DOUBLE PRECISION)",
            "var_samp(t.a + 0e0)",
        ],
    );
    texts(
        &select(func::least(c("a"), c("s"))),
        [
            "min(t.a, t.s)",
            "CASE WHEN t.a IS NOT NULL AND t.s IS NOT NULL THEN least(t.a, t.s) END",
            "least(t.a, t.s)",
        ],
    );
}

// conforms: F06
#[test]
fn aggregates_of_some_rows() {
    let positive = || c("a").gt(0);
    texts(
        &select(func::count().filter(positive())),
        [
            "count(*) FILTER (WHERE t.a > ?1)",
            "count(*) FILTER (WHERE t.a > $1)",
            "count(CASE WHEN t.a > ? THEN 1 END)",
        ],
    );
    texts(
        &select(func::count_of(c("s")).distinct().filter(positive()).filter(c("s").is_not_null())),
        [
            "count(DISTINCT t.s) FILTER (WHERE t.a > ?1 AND t.s IS NOT NULL)",
            "count(DISTINCT t.s) FILTER (WHERE t.a > $1 AND t.s IS NOT NULL)",
            "count(DISTINCT CASE WHEN t.a > ? AND t.s IS NOT NULL THEN t.s END)",
        ],
    );
    // What does not leave out NULL would have one more element for each row that is left out.
    texts(
        &select(func::json_agg(c("a")).filter(positive())),
        [
            "nullif(json_group_array(t.a) FILTER (WHERE t.a > ?1), '[]')",
            "json_agg(t.a) FILTER (WHERE t.a > $1)",
            "! mariadb does not have FILTER; …",
        ],
    );
    // Of a function that is called by its name it is not known.
    texts(
        &select(func::call("my_sum", c("a")).filter(positive())),
        [
            "my_sum(t.a) FILTER (WHERE t.a > ?1)",
            "my_sum(t.a) FILTER (WHERE t.a > $1)",
            "! mariadb does not have FILTER; …",
        ],
    );
    texts(
        &select(func::aggregate_strings(c("s"), "it's").distinct()),
        [
            "! sqlite does not have DISTINCT in a string aggregate …",
            "string_agg(DISTINCT t.s, 'it''s')",
            "group_concat(DISTINCT t.s SEPARATOR 'it''s')",
        ],
    );
    texts(
        &select(func::aggregate_strings(c("s"), ",").distinct()),
        [
            "group_concat(DISTINCT t.s)",
            "string_agg(DISTINCT t.s, ',')",
            "group_concat(DISTINCT t.s SEPARATOR ',')",
        ],
    );
    texts(
        &select(func::call("sum", c("a")).order_by(c("a"))),
        [
            "sum(t.a ORDER BY t.a)",
            "sum(t.a ORDER BY t.a)",
            "! mariadb does not have ORDER BY in an aggregate; …",
        ],
    );
}

#[test]
fn adaptations_stand_outside_of_windows() {
    let by_a = || window().order_by(c("a"));
    let large = || literal(5_i64);
    texts(
        &select(func::sum(large()).filter(c("a").gt(0)).over(by_a())),
        [
            "sum(?1) FILTER (WHERE t.a > ?2) OVER (ORDER BY t.a)",
            "CAST(sum($1) FILTER (WHERE t.a > $2) OVER (ORDER BY t.a) AS BIGINT)",
            "sum(CASE WHEN t.a > ? THEN ? END) OVER (ORDER BY t.a)",
        ],
    );
    texts(
        &select(func::json_agg(c("a")).over(by_a())),
        [
            "nullif(json_group_array(t.a) OVER (ORDER BY t.a), '[]')",
            "json_agg(t.a) OVER (ORDER BY t.a)",
            "json_arrayagg(t.a) OVER (ORDER BY t.a)",
        ],
    );
    let whole = func::sum(c("a")).cast_as(types::Integer).over(by_a());
    assert_eq!(
        select(whole).to_string(),
        "SELECT CAST(sum(t.a) OVER (ORDER BY t.a) AS INTEGER) FROM t"
    );
}

// conforms: F06
#[test]
fn windows_and_frames() {
    let over = |window| select(func::count().over(window));
    let by_a = || window().order_by(c("a"));
    let groups = "count(*) OVER (ORDER BY t.a GROUPS BETWEEN 1 PRECEDING AND 2 FOLLOWING)";
    texts(
        &over(by_a().groups(-1..=2)),
        [groups, groups, "! mariadb does not have GROUPS frames; …"],
    );
    texts(
        &over(window().partition_by((c("a"), c("s").is_null())).order_by(c("a").desc())),
        ["count(*) OVER (PARTITION BY t.a, t.s IS NULL ORDER BY t.a DESC)"; 3],
    );
    texts(
        &over(by_a().rows((FrameBound::Following(1), FrameBound::Following(3)))),
        ["count(*) OVER (ORDER BY t.a ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING)"; 3],
    );
}

#[track_caller]
fn refused<V>(expression: Expr<V>, begin: &str)
where
    Expr<V>: aludel::sql::TypedExpression,
{
    let expression = aludel::sql::type_coerce::<Dynamic>(expression);
    let error = select(expression).compile(&PostgreSql::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Compile);
    assert!(error.message().starts_with(begin), "{error}");
}

#[test]
#[allow(clippy::reversed_empty_ranges, reason = "that is what is refused")]
fn what_means_nothing_is_refused() {
    let by_a = || window().order_by(c("a"));
    let reversed = "a window frame ends before it begins";
    refused(func::count().over(by_a().rows(1..=0)), reversed);
    refused(func::count().over(by_a().rows(1..1)), reversed);
    let bounds = (FrameBound::CurrentRow, FrameBound::Preceding(1));
    refused(func::count().over(by_a().rows(bounds)), reversed);
    let bounds = (FrameBound::UnboundedFollowing, FrameBound::UnboundedFollowing);
    refused(func::count().over(by_a().rows(bounds)), "a window frame cannot begin with");
    refused(func::count().over(by_a().rows(0..=i64::MAX)), "an offset of a window frame");
    let by_two = by_a().order_by(c("s"));
    refused(func::count().over(by_two.range(-1..=1)), "a RANGE frame with an offset");
    refused(func::count().over(window().groups(-1..=1)), "a GROUPS frame counts rows");
    refused(func::lower(c("s")).over(by_a()), "`over` belongs to a call of an aggregate");
    refused((c("a") + 1).over(by_a()), "`over` belongs to a call of an aggregate");
    refused(func::count().over(by_a()).over(by_a()), "the expression has a window already");
    refused(func::count().over(by_a()).distinct(), "the expression has a window already");
    refused(func::lower(c("s")).distinct(), "`distinct`, `filter`, `order_by`");
    refused(c("a").cast_as(types::Text).filter(c("a").gt(0)), "`distinct`, `filter`, `order_by`");
    refused(c("j").json(-1), "an index into a JSON array is negative");
    refused(
        c("j").json_remove(Vec::<JsonStep>::new()),
        "a change of a JSON document names no part",
    );
}

#[test]
fn parts_of_text() {
    texts(
        &select(func::substr(c("s").expr().cast::<String>(), 2, 3)),
        [
            "substr(CAST(t.s AS TEXT), ?1, ?2)",
            "substr(CAST(t.s AS VARCHAR), CAST($1 AS INTEGER), CAST($2 AS INTEGER))",
            "substr(CAST(t.s AS CHAR), ?, ?)",
        ],
    );
    // From 0 on, and of a length that is a column, it is what is inside.
    texts(
        &select(func::substr(literal("x"), 0, c("a"))),
        [
            "substr(?1, max(?2, 1), max(t.a + min(?2, 1) - 1, 0))",
            "substr($1, CAST($2 AS INTEGER), CASE WHEN t.a < 0 THEN 0 ELSE t.a END)",
            "substr(?, greatest(?, 1), greatest(t.a + least(?, 1) - 1, 0))",
        ],
    );
}

#[test]
fn parts_of_json() {
    texts(
        &select(c("j").json(("a", 1)).as_integer()),
        [
            "CASE json_type(t.j, ?1) WHEN 'integer' THEN json_extract(t.j, ?1) END",
            "CASE jsonb_typeof(to_jsonb(t.j -> $1 -> CAST($2 AS INTEGER))) WHEN 'number' \
             THEN CAST(t.j -> $1 ->> CAST($2 AS INTEGER) AS BIGINT) END",
            "CASE WHEN json_extract(t.j, ?) REGEXP '^-{0,1}[0-9]+$' \
             THEN CAST(json_extract(t.j, ?) AS DECIMAL(65, 0)) DIV 1 END",
        ],
    );
    // MySQL has its own numbers in JSON, and MariaDB whatever reads as one.
    let text = |of: Expr<Option<f64>>, dialect: MySql| {
        select(of).compile(&dialect).unwrap().sql().to_owned()
    };
    assert_eq!(
        text(c("j").json("a").as_float(), MySql::new()),
        "SELECT CASE WHEN json_type(json_extract(t.j, ?)) IN ('INTEGER', 'UNSIGNED INTEGER', \
         'DOUBLE', 'DECIMAL') THEN (json_extract(t.j, ?) + 0e0) END FROM t"
    );
    assert_eq!(
        text(c("j").json("a").as_float(), MySql::mariadb()),
        "SELECT CASE WHEN json_type(json_extract(t.j, ?)) NOT IN ('INTEGER', 'DOUBLE') THEN NULL \
         WHEN abs(json_extract(t.j, ?) + 0e0) < 1.797e308 THEN (json_extract(t.j, ?) + 0e0) \
         ELSE 9223372036854775807 + json_valid(json_extract(t.j, ?)) END FROM t"
    );
    let integer = select(c("j").json("a").as_integer());
    assert_eq!(
        integer.compile(&MySql::new()).unwrap().sql(),
        "SELECT CASE WHEN json_type(json_extract(t.j, ?)) IN ('INTEGER', 'UNSIGNED INTEGER') \
         THEN CAST(json_extract(t.j, ?) AS DECIMAL(65, 0)) DIV 1 END FROM t"
    );
    // Beside other operators of the same strength, and as an operand of a comparison.
    texts(
        &select(c("j").json("a").as_string().eq("x")),
        [
            "CASE json_type(t.j, ?1) WHEN 'null' THEN NULL WHEN 'text' THEN json_extract(t.j, ?1) \
             ELSE t.j -> ?1 END = ?2",
            "t.j ->> $1 = $2",
            "CASE WHEN json_type(json_extract(t.j, ?)) != 'NULL' \
             THEN json_unquote(json_extract(t.j, ?)) END = ?",
        ],
    );
    assert_eq!(
        select(c("j").json("a").as_string().concat("x")).to_string(),
        "SELECT (t.j ->> :1) || :2 FROM t"
    );
    let contains = |of: AnyColumn| select(of.json_contains(RawJson::new("1").unwrap()));
    texts(
        &contains(c("b")),
        ["! sqlite does not have containment …", "t.b @> $1", "! mariadb does not have …"],
    );
    // JSON, which is not JSONB, has no such operator.
    texts(
        &contains(c("j")),
        [
            "! sqlite does not have containment …",
            "CAST(t.j AS JSONB) @> $1",
            "! mariadb does not have …",
        ],
    );
    texts(
        &select(c("b").path_exists("$.a")),
        ["! sqlite does not …", "t.b @? CAST($1 AS JSONPATH)", "! mariadb does not …"],
    );
    texts(
        &select(c("b").has_any(["a", "b"])),
        ["! sqlite does not …", "t.b ?| CAST($1 AS TEXT[])", "! mariadb does not …"],
    );
}

#[test]
fn a_path_is_no_part_of_a_statement() {
    let of = |key: &'static str| select(c("j").json(key));
    let keys = ["a", "it's", "q\"uote", "back\\slash", "5"];
    let compiled: Vec<_> = keys.map(|key| of(key).compile(&Sqlite::new()).unwrap()).into();
    assert!(compiled.iter().all(|one| one.sql() == "SELECT t.j -> ?1 FROM t"));
    let paths: Vec<_> =
        compiled.iter().map(|one| one.params()[0].value().unwrap().to_text()).collect();
    assert_eq!(
        paths,
        [r#"$."a""#, r#"$."it's""#, r#"$."q\"uote""#, r#"$."back\\slash""#, r#"$."5""#]
    );
}

#[test]
fn arrays() {
    let none = ["! sqlite does not have arrays; …", "", "! mariadb does not have arrays; …"];
    let in_postgresql = |text| [none[0], text, none[2]];
    texts(&select(c("n").element(1)), in_postgresql("t.n[$1]"));
    texts(&select(c("n").slice(1, 2)), in_postgresql("t.n[$1:$2]"));
    texts(
        &select(array_of([1, 2]).element(1)),
        in_postgresql("(CAST(ARRAY[$1, $2] AS INTEGER[]))[$3]"),
    );
    texts(
        &select(c("n").array_concat(vec![1]).array_contains(vec![2])),
        in_postgresql("(t.n || $1) @> $2"),
    );
    texts(&select(c("n").element(1) * 2 + 1), in_postgresql("t.n[$1] * $2 + $3"));
}
