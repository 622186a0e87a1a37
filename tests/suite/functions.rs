//! Functions, windows, JSON and arrays: one meaning on every database.

use aludel::sql::{FrameExclusion, array_of, window};
use aludel::value::{Date, RawJson, Time, Timestamp};
use aludel::{
    Auto, Connection, ErrorKind, Mapped, MetaData, Result, func, insert, literal, select,
};

use crate::{Db, suite};

suite![
    sums_and_means_have_one_type,
    a_sum_that_is_no_integer,
    aggregates_of_some_rows,
    texts_and_numbers,
    the_time_of_the_database,
    values_of_other_rows,
    frames,
    json_of_rows,
    keys_of_all_kinds,
    parts_of_json_in_every_form,
    changes_in_json,
    arrays,
];

#[derive(Debug, Mapped)]
#[aludel(table = "sales")]
struct Sale {
    #[aludel(primary_key)]
    id: Auto<i64>,
    shop: String,
    amount: Option<i32>,
    weight: f64,
    paid: bool,
    large: i64,
    data: Option<RawJson>,
}

/// Two shops: ünal sold 1, nothing known and 4, bob 2.
fn made(db: &Db) -> Result<Connection> {
    let mut conn = db.engine.connect()?;
    MetaData::new().with::<Sale>().create_all(&mut conn)?;
    for (shop, amount, weight, paid) in [
        ("ünal", Some(1), -1.5, true),
        ("ünal", None, 1.5, false),
        ("bob", Some(2), 2.0, true),
        ("ünal", Some(4), -2.0, true),
    ] {
        let values = (
            Sale::c.shop.set(shop),
            Sale::c.amount.set(amount),
            Sale::c.weight.set(weight),
            Sale::c.paid.set(paid),
            Sale::c.large.set(i64::MAX / 2),
        );
        conn.execute(insert::<Sale>().values(values))?;
    }
    Ok(conn)
}

fn sums_and_means_have_one_type(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let statement = select((
        func::sum(Sale::c.amount),
        func::sum(Sale::c.id),
        func::avg(Sale::c.amount),
        func::sum(Sale::c.weight),
        func::min(Sale::c.shop),
        func::bool_and(Sale::c.paid),
        func::bool_or(Sale::c.paid),
    ));
    let row = conn.execute(statement)?.one()?;
    let (sum, ids, mean, weight, first, all, any) = row;
    assert_eq!((sum, ids, mean), (Some(7), Some(10), Some(7.0 / 3.0)));
    assert_eq!((weight, first.as_deref()), (Some(0.0), Some("bob")));
    assert_eq!((all, any), (Some(false), Some(true)));
    let none = select((
        func::sum(Sale::c.amount),
        func::avg(Sale::c.id),
        func::bool_and(Sale::c.paid),
        func::count(),
    ))
    .where_(Sale::c.id.gt(100));
    assert_eq!(conn.execute(none)?.one()?, (None, None, None, 0));
    Ok(())
}

/// It is an error, and no number that is not the sum.
fn a_sum_that_is_no_integer(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let of_two = select(func::sum(Sale::c.large)).where_(Sale::c.id.le(2));
    assert_eq!(conn.scalars(of_two)?.swap_remove(0), Some(i64::MAX / 2 * 2));
    let of_all = conn.scalars(select(func::sum(Sale::c.large)));
    assert!(of_all.is_err(), "{of_all:?}");
    Ok(())
}

fn aggregates_of_some_rows(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let statement = select((
        func::count().filter(Sale::c.paid),
        func::count_of(Sale::c.amount).filter(Sale::c.shop.eq("ünal")),
        func::sum(Sale::c.amount).filter(Sale::c.paid).filter(Sale::c.shop.eq("ünal")),
        func::count_of(Sale::c.shop).distinct(),
        func::aggregate_strings(Sale::c.shop, "; ")
            .filter(Sale::c.paid)
            .order_by(Sale::c.id.desc()),
        func::avg(Sale::c.amount).filter(Sale::c.id.gt(100)),
    ));
    let row = conn.execute(statement)?.one()?;
    let texts = Some("ünal; bob; ünal".to_owned());
    assert_eq!(row, (3, 2, Some(5), 2, texts, None));
    Ok(())
}

fn texts_and_numbers(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let of_first = |conn: &mut Connection| -> Result<_> {
        let statement = select((
            func::char_length(Sale::c.shop),
            func::octet_length(Sale::c.shop),
            func::substr(Sale::c.shop, 2, 2),
            func::replace(Sale::c.shop, "al", "%"),
            func::floor(Sale::c.weight),
            func::ceil(Sale::c.weight),
            func::greatest(Sale::c.amount, 3),
            func::least(Sale::c.amount, 3),
        ));
        conn.execute(statement.where_(Sale::c.id.eq(1)))?.one()
    };
    let (chars, bytes, part, replaced, floor, ceil, greatest, least) = of_first(&mut conn)?;
    assert_eq!((chars, bytes), (4, 5));
    assert_eq!((&*part, &*replaced), ("na", "ün%"));
    assert_eq!((floor, ceil), (-2.0, -1.0));
    assert_eq!((greatest, least), (Some(3), Some(1)));
    // NULL is the larger and the smaller one.
    let of_null = select((func::greatest(Sale::c.amount, 3), func::least(Sale::c.amount, 3)));
    assert_eq!(conn.execute(of_null.where_(Sale::c.id.eq(2)))?.one()?, (None, None));
    let whole = select((
        func::floor(Sale::c.weight),
        func::ceil(Sale::c.weight),
        func::abs(Sale::c.weight),
    ));
    assert_eq!(conn.execute(whole.where_(Sale::c.id.eq(4)))?.one()?, (-2.0, -2.0, 2.0));
    let large = select((func::floor(literal(-1e300)), func::ceil(literal(1e300))));
    assert_eq!(conn.execute(large)?.one()?, (-1e300, 1e300));
    let random = conn.scalars(select(func::random()))?.swap_remove(0);
    assert!((0.0..1.0).contains(&random), "{random:?}");
    Ok(())
}

fn the_time_of_the_database(db: &Db) -> Result<()> {
    let mut conn = db.engine.connect()?;
    let now = select((func::now(), func::current_date(), func::current_time()));
    let (now, _, _): (Timestamp, Date, Time) = conn.execute(now)?.one()?;
    let ours = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let apart = now.unix_micros().unwrap().abs_diff(i64::try_from(ours.as_micros()).unwrap());
    // The clocks of two machines may differ; a time zone would be half an hour or more.
    assert!(apart < 600_000_000, "{now} is {apart} µs from the time here");
    Ok(())
}

// conforms: F06
fn values_of_other_rows(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let by_id = || window().order_by(Sale::c.id);
    // Of the third row the one before it is NULL, which is not that there is none.
    let statement = select((
        func::lag(Sale::c.amount, 1).or(99).over(by_id()),
        func::lead(Sale::c.amount, 1).over(by_id()),
        func::lead(Sale::c.id, 2).or(0).over(by_id()),
        func::nth_value(Sale::c.shop, 2).over(by_id()),
    ));
    let rows = conn.execute(statement.order_by(Sale::c.id))?.all()?;
    let second = || Some("ünal".to_owned());
    assert_eq!(
        rows,
        [
            (Some(99), None, 3, None),
            (Some(1), Some(2), 4, second()),
            (None, Some(4), 0, second()),
            (Some(2), None, 0, second()),
        ]
    );
    let ranks = select((
        func::rank().over(window().order_by(Sale::c.shop)),
        func::dense_rank().over(window().order_by(Sale::c.shop)),
        func::ntile(2).over(by_id()),
        func::percent_rank().over(window().order_by(Sale::c.shop)),
        func::cume_dist().over(window().order_by(Sale::c.shop)),
    ));
    let rows = conn.execute(ranks.where_(Sale::c.id.eq(3)))?.one()?;
    assert_eq!(rows, (1, 1, 1, 0.0, 1.0));
    Ok(())
}

// conforms: F06
fn frames(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let sums = |conn: &mut Connection, window| -> Result<Vec<Option<i64>>> {
        let sum = select(func::sum(Sale::c.id).over(window)).order_by(Sale::c.id);
        conn.scalars(sum)
    };
    let by_id = || window().order_by(Sale::c.id);
    assert_eq!(sums(&mut conn, by_id().rows(-1..=1))?, [3, 6, 9, 7].map(Some));
    assert_eq!(sums(&mut conn, by_id().rows(-1..1))?, [1, 3, 5, 7].map(Some));
    assert_eq!(sums(&mut conn, by_id().rows(1..))?, [Some(9), Some(7), Some(4), None]);
    assert_eq!(sums(&mut conn, by_id().range(..=1))?, [3, 6, 10, 10].map(Some));
    let others = sums(&mut conn, window().rows(..).exclude(FrameExclusion::CurrentRow));
    match others {
        Ok(others) => assert_eq!(others, [9, 8, 7, 6].map(Some)),
        Err(error) => assert_eq!(error.kind(), ErrorKind::Compile),
    }
    Ok(())
}

fn json_of_rows(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let of = |conn: &mut Connection, last: i64| -> Result<[Option<String>; 2]> {
        let statement = select((
            func::json_agg(Sale::c.amount),
            func::json_object_agg(Sale::c.shop, Sale::c.amount),
        ))
        .where_(Sale::c.id.ge(3))
        .where_(Sale::c.id.le(last));
        let (array, object) = conn.execute(statement)?.one()?;
        let plain = |json: Option<RawJson>| json.map(|json| json.get().replace(' ', ""));
        Ok([plain(array), plain(object)])
    };
    assert_eq!(of(&mut conn, 3)?, [Some("[2]".to_owned()), Some(r#"{"bob":2}"#.to_owned())]);
    assert_eq!(of(&mut conn, 1)?, [None, None]);
    Ok(())
}

/// Each key is found, and only by itself.
fn keys_of_all_kinds(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let keys = [
        "a",
        "q\"uote",
        "back\\slash",
        "dot.ted",
        "5",
        "0",
        "odd key",
        "apo's",
        "$",
        "[0]",
        "ü",
        "a*b",
        "",
        "line\nbreak",
        "tab\there",
        "{}",
        "?",
        "%",
    ];
    let escape = |key: &str| {
        key.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t")
    };
    let members: Vec<String> =
        keys.iter().enumerate().map(|(at, key)| format!("\"{}\": {at}", escape(key))).collect();
    let json = RawJson::new(format!("{{{}}}", members.join(", ")))?;
    conn.execute(insert::<Sale>().values((
        Sale::c.shop.set("json"),
        Sale::c.weight.set(0.0),
        Sale::c.paid.set(true),
        Sale::c.large.set(0),
        Sale::c.data.set(Some(json)),
    )))?;
    for (at, key) in keys.into_iter().enumerate() {
        let found = select(Sale::c.data.json(key).as_integer()).where_(Sale::c.shop.eq("json"));
        let found = conn.scalars(found)?.swap_remove(0);
        assert_eq!(found, Some(i64::try_from(at).unwrap()), "{key}");
    }
    for key in ["b", "6", "dot", "$.a", "A"] {
        let found = select(Sale::c.data.json(key).as_json()).where_(Sale::c.shop.eq("json"));
        assert_eq!(conn.scalars(found)?.swap_remove(0), None, "{key}");
    }
    Ok(())
}

fn document(conn: &mut Connection, json: &str) -> Result<()> {
    let values = (
        Sale::c.shop.set("json"),
        Sale::c.weight.set(0.0),
        Sale::c.paid.set(true),
        Sale::c.large.set(0),
        Sale::c.data.set(Some(RawJson::new(json)?)),
    );
    conn.execute(insert::<Sale>().values(values)).map(drop)
}

// conforms: F26
fn parts_of_json_in_every_form(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    document(
        &mut conn,
        r#"{"s": "x\"y", "i": 7, "f": 2.5, "d": 1.10, "t": true, "b": false, "n": null,
            "o": {"k": [10, {"z": "deep"}]}, "text": "12", "yes": "true"}"#,
    )?;
    let part = |key: &'static str| Sale::c.data.json(key);
    macro_rules! one {
        ($what:expr) => {
            conn.scalars(select($what).where_(Sale::c.shop.eq("json")))?.swap_remove(0)
        };
    }
    let strings = |text: &str| Some(text.to_owned());
    assert_eq!(one!(part("s").as_string()), strings("x\"y"));
    assert_eq!(one!(part("i").as_string()), strings("7"));
    assert_eq!(one!(part("t").as_string()), strings("true"));
    assert_eq!(one!(part("d").as_string()), strings("1.10"));
    assert_eq!(one!(part("n").as_string()), None);
    assert_eq!(one!(part("none").as_string()), None);
    assert_eq!(one!(part("i").as_integer()), Some(7));
    assert_eq!(one!(part("text").as_integer()), None);
    assert_eq!(one!(part("n").as_integer()), None);
    assert_eq!(one!(part("t").as_integer()), None);
    assert_eq!(one!(part("f").as_float()), Some(2.5));
    assert_eq!(one!(part("i").as_float()), Some(7.0));
    assert_eq!(one!(part("s").as_float()), None);
    assert_eq!(one!(part("d").as_numeric()), Some("1.1".parse()?));
    assert_eq!(one!(part("t").as_boolean()), Some(true));
    assert_eq!(one!(part("b").as_boolean()), Some(false));
    for key in ["n", "none", "yes", "i"] {
        assert_eq!(one!(part(key).as_boolean()), None, "{key}");
    }
    assert_eq!(one!(part("o").json("k").json(0).as_integer()), Some(10));
    assert_eq!(one!(Sale::c.data.json(("o", "k", 1, "z")).as_string()), strings("deep"));
    assert_eq!(one!(Sale::c.data.json(("o", "k", 2)).as_json()), None);
    // A key is no index, and an index is no key.
    assert_eq!(one!(Sale::c.data.json(("o", "k", "0")).as_json()), None);
    // JSON's null is a value.
    let null = one!(part("n").as_json());
    assert_eq!(null.as_ref().map(RawJson::get), Some("null"));
    let found = select(Sale::c.id).where_(part("i").as_integer().lt(8));
    assert_eq!(conn.execute(found)?.all()?.len(), 1);
    let found = select(Sale::c.id).where_(part("b").as_boolean().eq(false));
    assert_eq!(conn.execute(found)?.all()?.len(), 1);
    Ok(())
}

// conforms: F26
fn changes_in_json(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    document(&mut conn, r#"{"a": 1, "b": {"c": [1, 2]}}"#)?;
    let mut changed = |change: aludel::sql::Expr<Option<RawJson>>| -> Result<String> {
        let json = conn.scalars(select(change).where_(Sale::c.shop.eq("json")))?.swap_remove(0);
        Ok(json.map(|json: RawJson| json.get().replace(' ', "")).unwrap_or_default())
    };
    let json = |text: &str| RawJson::new(text);
    let set = changed(Sale::c.data.json_set("a", json(r#"{"x": "y"}"#)?))?;
    assert_eq!(set, r#"{"a":{"x":"y"},"b":{"c":[1,2]}}"#);
    let set = changed(Sale::c.data.json_set(("b", "c", 1), json("null")?))?;
    assert_eq!(set, r#"{"a":1,"b":{"c":[1,null]}}"#);
    let set = changed(Sale::c.data.json_set("q\"", json("\"text\"")?).json("q\""))?;
    assert_eq!(set, "\"text\"");
    assert_eq!(changed(Sale::c.data.json_remove("b"))?, r#"{"a":1}"#);
    assert_eq!(changed(Sale::c.data.json_remove(("b", "c", 0)))?, r#"{"a":1,"b":{"c":[2]}}"#);
    assert_eq!(changed(Sale::c.data.json_remove("none"))?, r#"{"a":1,"b":{"c":[1,2]}}"#);
    Ok(())
}

fn arrays(db: &Db) -> Result<()> {
    let mut conn = made(db)?;
    let numbers = array_of([1, 2, 3]);
    let statement = select((
        numbers.clone().element(2),
        numbers.clone().element(9),
        numbers.clone().slice(2, 3),
        numbers.clone().array_concat(vec![4]).array_append(5),
        numbers.clone().array_contains(vec![3, 1]),
        numbers.clone().overlap(vec![9]),
        numbers.cardinality(),
        array_of(Vec::<String>::new()),
    ));
    if !db.capabilities().arrays {
        let error = conn.execute(statement).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Compile);
        return Ok(());
    }
    let row = conn.execute(statement)?.one()?;
    let (second, ninth, slice, longer, contains, overlaps, count, empty) = row;
    assert_eq!((second, ninth, slice), (Some(2), None, vec![2, 3]));
    assert_eq!(longer, [1, 2, 3, 4, 5]);
    assert_eq!((contains, overlaps, count), (Some(true), Some(false), Some(3)));
    assert!(empty.is_empty());
    let elements = select(func::unnest(array_of(["a", "b"])));
    assert_eq!(conn.scalars(elements)?, [Some("a".to_owned()), Some("b".to_owned())]);
    let together = select(func::array_agg(Sale::c.amount).order_by(Sale::c.id));
    let together: Option<Vec<Option<i32>>> = conn.scalars(together)?.swap_remove(0);
    assert_eq!(together, Some(vec![Some(1), None, Some(2), Some(4)]));
    Ok(())
}
