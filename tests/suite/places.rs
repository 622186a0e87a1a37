//! Each value stands in its own place, however statements are put together: the columns that a database gives back
//! are called after the values that they must have.

use aludel::sql::{Dynamic, Label, Subquery};
use aludel::{
    Column, Connection, MetaData, Result, Row, Table, case, exists, func, literal, select, types,
};

use crate::{Db, suite};

suite![values_stand_in_their_places, inserted_from_selects];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) % limit
    }
}

/// Makes queries of one row, whose columns are called `v1000` and so on.
struct Maker {
    shape: Random,
    next: i64,
    table: Table,
}

/// A query, and the names of its columns.
type Rows = (Subquery<Row>, Vec<String>);

impl Maker {
    fn value(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    /// A column that has the number in its name.
    fn named(&mut self) -> (Label<Dynamic>, String) {
        let value = self.value();
        let name = format!("v{value}");
        let of: aludel::sql::Expr<Dynamic> = match self.shape.below(4) {
            0 => aludel::sql::type_coerce(literal(value)),
            1 => {
                let (one, other) = (self.value(), self.value());
                let chosen = case(literal(one).eq(other), one).when(literal(one).ne(other), value);
                aludel::sql::type_coerce(chosen.else_(other))
            }
            2 => {
                let (limit, low) = (self.value(), self.value());
                let id = self.table.c("id").unwrap();
                let inner = select(literal(value)).where_(id.lt(low)).limit(limit);
                aludel::sql::type_coerce(inner.select_from(&self.table).scalar_subquery())
            }
            _ => aludel::sql::type_coerce(func::coalesce(func::nullif(literal(1_i64), 1), value)),
        };
        (of.label(name.clone()), name)
    }

    fn query(&mut self, depth: u32) -> Rows {
        let (one, first) = self.named();
        let (two, second) = self.named();
        let mut names = vec![first, second];
        let (list, limit, low) = ([self.value(), 1, self.value()], self.value(), self.value());
        let is_there = exists(select(literal(self.value())).where_(literal(low).gt(0)));
        if depth == 0 {
            let id = self.table.c("id").unwrap();
            let query = select((one, two)).select_from(&self.table).where_(id.in_(list));
            let query = query.where_(is_there).limit(limit).offset(0).untyped();
            return (query.subquery(format!("s{limit}")), names);
        }
        let (inner, mut inherited) = self.query(depth - 1);
        while inherited.len() > 2 {
            let place = usize::try_from(self.shape.below(inherited.len() as u64)).unwrap();
            inherited.remove(place);
        }
        let column = |at: usize| inner.c(&inherited[at]).unwrap();
        let compared = column(0);
        let number: i64 = inherited[0][1..].parse().unwrap();
        let query = select((one, two, column(0), column(1)))
            .where_(compared.clone().in_([list[0], number]));
        let query = query.where_(compared.between(number - 1, self.value())).where_(is_there);
        names.extend(inherited);
        let query = match self.shape.below(3) {
            0 => query.limit(limit).untyped().subquery(format!("s{limit}")),
            1 => {
                let cte = query.untyped().cte(format!("c{limit}"));
                let all: Vec<_> = names.iter().map(|name| cte.c(name).unwrap()).collect();
                select(all).limit(limit).subquery(format!("s{limit}"))
            }
            _ => {
                let same = query.clone().where_(literal(self.value()).eq(self.value()));
                query.untyped().union_all(same.untyped()).subquery(format!("s{limit}"))
            }
        };
        (query, names)
    }
}

fn made(db: &Db) -> Result<(Connection, Table)> {
    let mut conn = db.engine.connect()?;
    let metadata = MetaData::new();
    let id = Column::new("id", types::BigInteger).primary_key();
    let table = Table::new("places", &metadata, [id, Column::new("v", types::BigInteger)])?;
    metadata.create_all(&mut conn)?;
    conn.execute(table.insert().values([table.c("id")?.set(1), table.c("v")?.set(1)]))?;
    conn.commit()?;
    Ok((conn, table))
}

fn values_stand_in_their_places(db: &Db) -> Result<()> {
    let (mut conn, table) = made(db)?;
    for seed in 1..60 {
        // The second of a shape comes from the cache.
        for start in [1000, 500_000] {
            let shape = Random(seed * 0x9e37_79b9 + 1);
            let mut maker = Maker { shape, next: start, table: table.clone() };
            let (inner, names) = maker.query(3);
            let all: Vec<_> = names.iter().map(|name| inner.c(name).unwrap()).collect();
            let statement = select(all).limit(maker.value());
            let text = statement.to_string();
            let rows = conn.execute(statement)?.all()?;
            assert_eq!(rows.len(), 1, "seed {seed}: {text}");
            for (place, name) in names.iter().enumerate() {
                let found: i64 = rows[0].get(place)?;
                assert_eq!(format!("v{found}"), *name, "seed {seed}: {text}");
            }
            conn.rollback()?;
        }
    }
    Ok(())
}

/// Rows of a SELECT, beside a default, with an upsert.
fn inserted_from_selects(db: &Db) -> Result<()> {
    let (mut conn, table) = made(db)?;
    for start in [1000_i64, 7000] {
        let n = |more: i64| start + more;
        let (id, v) = (table.c("id")?, table.c("v")?);
        let inner = select((literal(n(1)).label("k"), literal(n(2)).label("w")))
            .select_from(&table)
            .where_(id.clone().in_([n(3), 1]).and(v.clone().lt(n(4))))
            .limit(n(5))
            .subquery("inner_rows");
        let rows = select((inner.c("k")?, inner.c("w")? + n(6))).where_(inner.c("k")?.lt(n(7)));
        let insert = table.insert().from_select((id.clone(), v.clone()), rows.untyped());
        conn.execute(insert)?;
        let found = select(v.clone()).where_(id.clone().eq(n(1))).untyped();
        assert_eq!(conn.scalars::<_, i64>(found)?, [n(2) + n(6)]);
        let update =
            table.update().values(v.clone().set(n(8))).where_(id.clone().in_([n(9), n(1)]));
        conn.execute(update)?;
        let found = select((id, v.clone())).where_(v.between(n(8), n(8))).untyped();
        let row = conn.execute(found)?.one()?;
        assert_eq!((row.get::<i64>(0)?, row.get::<i64>(1)?), (n(1), n(8)));
    }
    Ok(())
}
