//! The SQL of expressions in each dialect.

use aludel::dialect::mysql::MySql;
use aludel::dialect::postgresql::PostgreSql;
use aludel::dialect::sqlite::Sqlite;
use aludel::sql::{ClauseElement, DateField, SqlDialect, TypedExpression, literal_column};
use aludel::value::Decimal;
use aludel::{
    Value, and_, bindparam, case, case_of, cast, false_, func, literal, not_, null, or_, select,
    text, true_, tuple_, types,
};

use super::User;

/// The text of a value in SQLite, PostgreSQL and MySQL.
#[track_caller]
fn values<E: TypedExpression>(expression: E, wanted: [&str; 3])
where
    aludel::sql::Expr<E::Value>: aludel::sql::Selection,
{
    let statement = select(expression.expr());
    let dialects: [&dyn SqlDialect; 3] = [&Sqlite::new(), &PostgreSql::new(), &MySql::new()];
    for (dialect, wanted) in dialects.into_iter().zip(wanted) {
        let compiled = statement.compile(dialect).unwrap();
        let sql = compiled.sql().strip_prefix("SELECT ").unwrap();
        assert_eq!(sql.strip_suffix(" FROM users").unwrap_or(sql), wanted);
    }
}

// conforms: F04
#[test]
fn numbers() {
    let c = User::c;
    values(c.age + 1, ["users.age + ?1", "users.age + $1", "users.age + ?"]);
    values(
        c.age / 2,
        [
            "users.age / (?1 + 0.0)",
            "users.age / CAST($1 AS DOUBLE PRECISION)",
            "users.age / (? + 0e0)",
        ],
    );
    values(c.age.floordiv(2), ["users.age / ?1", "users.age / $1", "users.age DIV ?"]);
    values(c.age % 2, ["users.age % ?1", "users.age % $1", "users.age % ?"]);
    // PostgreSQL gives the first as a number of the other sort.
    values(
        func::nullif(c.age, literal(2.5)),
        [
            "nullif(users.age, ?1)",
            "CASE WHEN users.age = $1 THEN NULL ELSE users.age END",
            "nullif(users.age, ?)",
        ],
    );
    values(
        func::nullif(c.age + 1, "2.5".parse::<Decimal>().map(literal).unwrap()),
        [
            "CASE WHEN decimal(users.age + ?1) COLLATE decimal = decimal(?2) COLLATE decimal THEN NULL \
             ELSE users.age + ?1 END",
            "CASE WHEN users.age + $1 = $2 THEN NULL ELSE users.age + $1 END",
            "nullif(users.age + ?, CAST(? AS DECIMAL(65, 30)))",
        ],
    );
    values(func::nullif(c.age, c.id), ["nullif(users.age, users.id)"; 3]);
    values(-(c.age + 1), ["-(users.age + ?1)", "-(users.age + $1)", "-(users.age + ?)"]);
    values(-(-c.age), ["-(-users.age)"; 3]);
    values(
        c.age.bitwise_xor(c.id),
        [
            "(users.age | users.id) - (users.age & users.id)",
            "users.age # users.id",
            "CAST(users.age ^ users.id AS SIGNED)",
        ],
    );
    values(
        c.age.bitwise_rshift(c.id),
        [
            "users.age >> users.id",
            "users.age >> CAST(users.id AS INTEGER)",
            "CAST(if(users.age < 0, ~(~users.age >> users.id), users.age >> users.id) AS SIGNED)",
        ],
    );
    values(c.id.bitwise_not(), ["~users.id", "~users.id", "CAST(~users.id AS SIGNED)"]);
}

// conforms: F04, F05
#[test]
fn truth_values() {
    let c = User::c;
    values(true_(), ["1", "true", "true"]);
    values(not_(true_()), ["0", "false", "false"]);
    values(and_((true_(), c.age.is_null())), ["users.age IS NULL"; 3]);
    values(or_((false_(), c.active)), ["users.active"; 3]);
    values(or_((c.age.gt(c.id), true_())), ["1", "true", "true"]);
    values(not_(c.age.is_null()), ["users.age IS NOT NULL"; 3]);
    values(not_(not_(c.age.gt(c.id))), ["users.age > users.id"; 3]);
    // Where there are no truth values it could be 5.
    values(not_(not_(c.active)), ["NOT (NOT (users.active))"; 3]);
    values(c.active.is_(true), ["users.active IS TRUE"; 3]);
    values(c.active.is_not(false), ["users.active IS NOT FALSE"; 3]);
    values(c.age.eq(null::<i32>()), ["users.age IS NULL"; 3]);
    values(
        c.age.is_distinct_from(c.id),
        [
            "users.age IS NOT users.id",
            "users.age IS DISTINCT FROM users.id",
            "NOT (users.age <=> users.id)",
        ],
    );
    values(
        c.id.between_symmetric(c.age, c.id + c.age),
        [
            "(users.id BETWEEN users.age AND users.id + users.age \
             OR users.id BETWEEN users.id + users.age AND users.age)",
            "users.id BETWEEN SYMMETRIC users.age AND users.id + users.age",
            "(users.id BETWEEN users.age AND users.id + users.age \
             OR users.id BETWEEN users.id + users.age AND users.age)",
        ],
    );
}

// conforms: F04
#[test]
fn texts() {
    let c = User::c;
    values(
        c.name.ilike(c.name),
        [
            "lower(users.name) LIKE lower(users.name)",
            "users.name ILIKE users.name",
            "lower(users.name) LIKE lower(users.name)",
        ],
    );
    values(
        c.name.contains(c.name).autoescape(),
        [
            "instr(users.name, users.name) > 0",
            "users.name LIKE '%' || replace(replace(replace(users.name, '/', '//'), '%', '/%'), '_', \
             '/_') || '%' ESCAPE '/'",
            "users.name LIKE CONVERT(concat('%', replace(replace(replace(users.name, '/', '//'), '%', \
             '/%'), '_', '/_'), '%') USING utf8mb4) COLLATE utf8mb4_bin ESCAPE '/'",
        ],
    );
    values(
        c.name.endswith(c.name),
        [
            "users.name GLOB '*' || replace(replace(replace(replace(replace(users.name, '[', '[[]'), \
             '*', '[*]'), '?', '[?]'), '%', '*'), '_', '?')",
            "users.name LIKE '%' || users.name",
            "users.name LIKE CONVERT(concat('%', users.name) USING utf8mb4) COLLATE utf8mb4_bin",
        ],
    );
    values(
        c.name.like(c.name).escape('\\'),
        [
            "users.name LIKE users.name ESCAPE '\\'",
            r"users.name LIKE users.name ESCAPE E'\\'",
            r"users.name LIKE users.name ESCAPE concat('', left('\\', 1))",
        ],
    );
    for (wrong, message) in [
        (
            select(c.age.gt(5).escape('/')).compile(&Sqlite::new()),
            "follows a comparison with a pattern",
        ),
        (select(c.age.gt(5).autoescape()).compile(&Sqlite::new()), "`autoescape` follows"),
        (select(c.name.ilike("x").escape('o').nullable()).compile(&Sqlite::new()), "is a letter"),
    ] {
        let error = wrong.unwrap_err();
        assert!(error.message().contains(message), "{error}");
    }
}

// conforms: F06
#[test]
fn choices() {
    let c = User::c;
    values(
        case(c.active, c.name).when(c.age.gt(c.id), c.name).end(),
        ["CASE WHEN users.active THEN users.name WHEN users.age > users.id THEN users.name END"; 3],
    );
    values(
        case_of(c.age).when(c.id, c.name).else_(c.name),
        ["CASE users.age WHEN users.id THEN users.name ELSE users.name END"; 3],
    );
    values(func::nullif(c.age, c.id), ["nullif(users.age, users.id)"; 3]);
}

// conforms: F06
#[test]
fn casts() {
    let c = User::c;
    let of = |ty: types::Type, wanted| values(cast(c.name, ty), wanted);
    of(
        types::Integer,
        [
            "CAST(users.name AS INTEGER)",
            "CAST(users.name AS INTEGER)",
            "CAST(users.name AS SIGNED)",
        ],
    );
    of(
        types::Numeric(6, 2),
        [
            "decimal_round(users.name, 2)",
            "CAST(users.name AS NUMERIC(6, 2))",
            "CAST(users.name AS DECIMAL(6, 2))",
        ],
    );
    of(types::Date, ["date(users.name)", "CAST(users.name AS DATE)", "CAST(users.name AS DATE)"]);
    // PostgreSQL makes a truth value of an INTEGER only, and the reverse.
    values(
        c.active.cast::<i64>(),
        [
            "CAST(CAST(users.active AS INTEGER) AS INTEGER)",
            "CAST(CAST(users.active AS INTEGER) AS BIGINT)",
            "CAST(CAST(users.active AS SIGNED) AS SIGNED)",
        ],
    );
    let error = select(cast(c.name, types::DateTime)).compile(&Sqlite::new()).unwrap_err();
    assert!(error.message().contains("DateTime"), "{error}");
}

// conforms: F06
#[test]
fn fields_of_dates() {
    values(
        func::extract(DateField::Week, User::c.name),
        [
            "((CAST(strftime('%j', users.name, '-3 days', 'weekday 4') AS INTEGER) - 1) / 7 + 1)",
            "CAST(EXTRACT(week FROM users.name) AS INTEGER)",
            "week(users.name, 3)",
        ],
    );
}

// conforms: F06
#[test]
fn rows() {
    let c = User::c;
    let pair = || tuple_((c.id, c.name));
    values(pair().lt((c.id, c.name)), ["(users.id, users.name) < (users.id, users.name)"; 3]);
    values(
        pair().in_([(1, "a"), (2, "b")]),
        [
            "((users.id, users.name) IN (VALUES (?1, ?2), (?3, ?4)))",
            "((users.id, users.name) IN (($1, $2), ($3, $4)))",
            "((users.id, users.name) IN ((?, ?), (?, ?)))",
        ],
    );
    values(
        pair().not_in([(0, ""); 0]),
        [
            "((users.id, users.name) NOT IN (VALUES (NULL, NULL)) OR 1 = 1)",
            "((users.id, users.name) NOT IN ((NULL, NULL)) OR 1 = 1)",
            "((users.id, users.name) NOT IN ((NULL, NULL)) OR 1 = 1)",
        ],
    );
}

#[test]
fn text_of_the_program_inside_expressions() {
    let c = User::c;
    let least = text("users.age > :least or 0").bind("least", 18);
    values(
        and_((c.active, least)),
        [
            "users.active AND (users.age > ?1 or 0)",
            "users.active AND (users.age > $1 or 0)",
            "users.active AND (users.age > ? or 0)",
        ],
    );
    values(literal_column::<i64>("1 + 1") * c.id, ["(1 + 1) * users.id"; 3]);
    values(literal_column::<i64>("now()") + c.id, ["now() + users.id"; 3]);
    values(
        (c.id + c.age).op::<i64>("#", c.id) + c.id,
        ["((users.id + users.age) # users.id) + users.id"; 3],
    );
    values((c.id + c.age).label("x").expr() * c.id, ["(users.id + users.age) * users.id"; 3]);
}

// A value that stands beside nothing says its own type; a bind may have a value of its own.
#[test]
fn values_alone() {
    let statement = select((literal("a"), literal(1), bindparam("n").value(5).typed::<i64>()));
    let compiled = statement.compile(&PostgreSql::new()).unwrap();
    assert_eq!(compiled.sql(), "SELECT $1, $2, $3");
    let types: Vec<_> = compiled.params().iter().map(|param| param.column_type()).collect();
    assert_eq!(types[1..], [Some(&types::Integer), Some(&types::BigInteger)]);
    assert_eq!(compiled.params()[2].value(), Some(&Value::Int(5)));
    assert_eq!(
        statement.literal_sql(&PostgreSql::new()).unwrap(),
        "SELECT 'a', CAST(1 AS BIGINT), CAST(5 AS BIGINT)"
    );
    assert_eq!(statement.literal_sql(&Sqlite::new()).unwrap(), "SELECT 'a', 1, 5");
    let error = select(bindparam("n").typed::<i64>()).literal_sql(&Sqlite::new()).unwrap_err();
    assert!(error.message().contains("no value was given for the bind \"n\""), "{error}");
}

// Text that would grow with each level is not written.
#[test]
fn operands_that_are_repeated_are_not_repeated_without_end() {
    let mut parity = literal(1_i64).bitwise_xor(0);
    for n in 0..40 {
        parity = parity.bitwise_xor(n);
    }
    let statement = select(parity);
    assert!(statement.compile(&PostgreSql::new()).unwrap().sql().len() < 1000);
    let error = statement.compile(&Sqlite::new()).unwrap_err();
    assert!(error.message().contains("nested too deeply"), "{error}");
}
