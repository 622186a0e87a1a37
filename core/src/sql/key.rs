//! The structural key of a statement: equal keys mean equal SQL.

use super::Name;
use crate::value::Value;

/// The structure of a statement, written down so that it can be compared.
///
/// Values are never part of it, so a statement that is built anew for each call is compiled once.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey(Vec<u8>);

impl CacheKey {
    pub(crate) fn new() -> Self {
        Self(Vec::with_capacity(128))
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Writes a mark that tells one kind of node from another.
    #[inline]
    pub(super) fn mark(&mut self, mark: u8) {
        self.0.push(mark);
    }

    /// Writes a name.
    #[inline]
    pub(super) fn name(&mut self, name: &Name) {
        match name {
            // Two equal texts at different addresses cost a second entry, and nothing else.
            Name::Static(name) => {
                self.mark(0);
                self.0.extend_from_slice(&name.as_ptr().addr().to_ne_bytes());
                self.0.extend_from_slice(&name.len().to_ne_bytes());
            }
            Name::Shared(name) => {
                self.mark(1);
                self.0.extend_from_slice(&name.len().to_ne_bytes());
                self.0.extend_from_slice(name.as_bytes());
            }
        }
    }

    /// Writes how many children follow.
    #[inline]
    pub(super) fn count(&mut self, count: usize) {
        self.0.extend_from_slice(&count.to_ne_bytes());
    }
}

/// The values of a statement, in the order in which its tree is walked.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Literals {
    pub(crate) values: Vec<Value>,
    /// The lengths of the IN lists, whose values come one after the other in `listed`.
    pub(crate) lists: Vec<usize>,
    pub(crate) listed: Vec<Value>,
}

impl Literals {
    /// Adds a value.
    #[inline]
    pub(super) fn push(&mut self, value: &Value) {
        self.values.push(value.clone());
    }

    /// Adds the values of an IN list.
    pub(super) fn push_list(&mut self, values: &[Value]) {
        self.lists.push(values.len());
        self.listed.extend_from_slice(values);
    }
}

#[cfg(test)]
mod tests {
    use super::{CacheKey, Literals};
    use crate::sql::schema::{Column, CreateTable, DropTable, MetaData, Table};
    use crate::sql::spelling::Generic;
    use crate::sql::{
        Executable, Params, Predicate, RawSql, and_, bindparam, not_, or_, text, types,
    };

    /// The key of a statement, and its SQL.
    fn both(statement: &impl Executable, names: &Params) -> (Vec<u8>, String) {
        let mut key = CacheKey::new();
        statement.cache_key(&mut key, &mut Literals::default(), names);
        let compiled = statement.compile(&Generic, names).expect("it compiles");
        (key.as_bytes().to_vec(), compiled.shown())
    }

    fn conditions(t: &Table) -> Vec<Predicate> {
        let a = || t.c("a").expect("a column");
        let b = || t.c("b").expect("a column");
        vec![
            a().eq(1),
            a().ne(1),
            a().lt(1),
            a().le(1),
            a().gt(1),
            a().ge(1),
            a().like("x"),
            a().not_like("x"),
            b().eq(1),
            a().eq(b()),
            a().eq(bindparam("x")),
            a().eq(bindparam("y")),
            a().is_null(),
            a().is_not_null(),
            a().in_([1, 2]),
            a().not_in([1, 2]),
            a().between(1, 2),
            a().between(bindparam("x"), 2),
            not_(a().eq(1)),
            and_([a().eq(1), b().eq(1)]),
            or_([a().eq(1), b().eq(1)]),
            and_([or_([a().eq(1), b().eq(1)]), b().eq(1)]),
            or_([a().eq(1), and_([b().eq(1), b().eq(1)])]),
            and_([]),
            or_([]),
        ]
    }

    // conforms: D10.01, D10.02
    #[test]
    fn keys_are_equal_if_and_only_if_the_sql_is() {
        let metadata = MetaData::new();
        let columns = || [Column::new("a", types::Integer), Column::new("b", types::Integer)];
        let t = Table::new("t", &metadata, columns()).expect("a table");
        let other = Table::new("other", &metadata, columns()).expect("a table");
        let (a, b) = (|| t.c("a").expect("a column"), || t.c("b").expect("a column"));
        let (none, one) = (Params::new(), Params::new().with("a", 1));
        let two = Params::new().with("a", 1).with("b", 2);
        let mut all = Vec::new();
        // Each twice: built anew, with other values, it is the same statement.
        for value in [1_u32, 2] {
            for table in [&t, &other] {
                for condition in conditions(table) {
                    all.push(both(&table.select().where_(condition.clone()), &none));
                    all.push(both(&table.select().where_(condition).limit(value), &none));
                }
                all.push(both(&table.insert(), &none));
                all.push(both(&table.insert(), &one));
                all.push(both(&table.insert(), &two));
                all.push(both(&DropTable::new(table), &none));
                all.push(both(&CreateTable::new(table), &none));
            }
            let select = || t.select();
            all.push(both(&select().order_by(a()), &none));
            all.push(both(&select().order_by(a().desc()), &none));
            all.push(both(&select().order_by((a(), b())), &none));
            all.push(both(&select().order_by((b(), a())), &none));
            all.push(both(&select().offset(value), &none));
            all.push(both(&select().limit(value).offset(value), &none));
            all.push(both(&select().where_(a().in_(vec![1; value as usize])), &none));
            all.push(both(&t.insert().values(a().set(value)), &none));
            all.push(both(&t.insert().values(a().set(value)), &two));
            all.push(both(&t.insert().values(a().set(bindparam("b"))), &two));
            all.push(both(&t.insert().values((a().set(value), b().set(value))), &none));
            all.push(both(&crate::sql::select([a()]), &none));
            all.push(both(&crate::sql::select([b(), a()]), &none));
            all.push(both(&text("select 1"), &none));
            all.push(both(&text(RawSql::new("select 2".to_owned())), &none));
        }
        for (index, (key, sql)) in all.iter().enumerate() {
            for (other_key, other_sql) in &all[index..] {
                assert_eq!(key == other_key, sql == other_sql, "{sql}\n{other_sql}");
            }
        }
    }
}
