//! Columns that are set to expressions.

use aludel::{Auto, Mapped, MetaData};

use super::everywhere;

#[derive(Debug, Mapped)]
#[aludel(table = "counters")]
struct Counter {
    #[aludel(primary_key)]
    id: Auto<i64>,
    n: i64,
    label: Option<String>,
}

// conforms: E117
#[test]
fn a_column_is_set_to_an_expression() {
    let rows = ["counters (id, n) VALUES (1, 10), (2, 20)"];
    everywhere(&MetaData::new().with::<Counter>(), &rows, |t| {
        let mut s = t.session();
        let (a, b) = (s.get_one::<Counter>(1)?, s.get_one::<Counter>(2)?);
        t.forget();
        s.set_expr(&a, Counter::c.n, Counter::c.n + 1)?;
        s[&a].label = Some("x".into());
        s[&b].n = 21;
        s.flush()?;
        t.sent(&[
            "UPDATE counters SET label = ?, n = counters.n + ? WHERE counters.id = ?",
            "UPDATE counters SET n = ? WHERE counters.id = ?",
        ]);
        assert!(s.is_expired(&a) && !s.is_expired(&b));
        assert_eq!(s.read(&a)?.n, 11);
        let c = s.add(Counter { id: Auto::unset(), n: 0, label: None })?;
        s.set_expr(&c, Counter::c.n, aludel::literal(2_i64) + 3)?;
        s.commit()?;
        assert_eq!(s.read(&c)?.n, 5);
        // A rollback forgets it.
        s.set_expr(&a, Counter::c.n, Counter::c.n + 1)?;
        s.rollback()?;
        s.commit()?;
        assert_eq!(s.read(&a)?.n, 11);
        Ok(())
    });
}
