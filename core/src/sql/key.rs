//! The structural key of a statement: equal keys mean equal SQL.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::literals::{Lens, Literals, MOST_LISTED};
use super::tree::{listed, needs_of, own_type};
use super::types::Type;
use super::{Name, Params};
use crate::statement::SchemaTranslateMap;

/// A decimal number of a column has more digits before the point only if the program says so.
const MOST_USUAL: u16 = 35;

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

    /// Begins the key of a statement that is written with other schemas. No statement's own key begins
    /// so.
    #[cold]
    pub(crate) fn schemas(&mut self, map: &SchemaTranslateMap) {
        self.mark(249);
        self.0.extend_from_slice(&map.key().len().to_ne_bytes());
        self.0.extend_from_slice(map.key());
    }

    /// Writes what was written before.
    pub(super) fn extend(&mut self, written: &[u8]) {
        self.0.extend_from_slice(written);
    }

    /// Writes a mark that tells one kind of node from another.
    #[inline]
    pub(super) fn mark(&mut self, mark: u8) {
        self.0.push(mark);
    }

    /// Writes the tag of a node, and the number of its children.
    #[inline]
    pub(super) fn node(&mut self, tag: u8, children: usize) {
        match u8::try_from(children) {
            Ok(few @ 0..=254) => self.0.extend_from_slice(&[tag, few]),
            _ => {
                self.mark(tag);
                self.number(children);
            }
        }
    }

    /// Writes a column of a mapped table, which lives at this address, or of an alias of it.
    #[inline]
    pub(super) fn mapped_column(&mut self, table: usize, aliased: bool, name: &'static str) {
        let mut bytes = [b'm'; 25];
        bytes[1..9].copy_from_slice(&table.to_ne_bytes());
        bytes[9..17].copy_from_slice(&name.as_ptr().addr().to_ne_bytes());
        bytes[17..25].copy_from_slice(&name.len().to_ne_bytes());
        if aliased {
            bytes[0] = b'M';
        }
        self.0.extend_from_slice(&bytes);
    }

    /// Writes a name.
    #[inline]
    pub(super) fn name(&mut self, name: &Name) {
        match name {
            // Two equal texts at different addresses cost a second entry, and nothing else.
            Name::Static(name) => {
                let mut bytes = [0; 17];
                bytes[1..9].copy_from_slice(&name.as_ptr().addr().to_ne_bytes());
                bytes[9..17].copy_from_slice(&name.len().to_ne_bytes());
                self.0.extend_from_slice(&bytes);
            }
            Name::Shared(name) => {
                self.mark(1);
                self.0.extend_from_slice(&name.len().to_ne_bytes());
                self.0.extend_from_slice(name.as_bytes());
            }
        }
    }

    /// Writes a number, which most often is small.
    #[inline]
    pub(super) fn number(&mut self, number: usize) {
        match u8::try_from(number) {
            Ok(small @ 0..=254) => self.0.push(small),
            _ => {
                self.0.push(255);
                self.0.extend_from_slice(&number.to_ne_bytes());
            }
        }
    }

    /// Writes which kinds of values named binds are given, or have if they are given none, where the text
    /// depends on it, and says whether there are such values.
    #[cold]
    pub(crate) fn given(&mut self, given: &Params, literals: &Literals) -> bool {
        let before = self.0.len();
        let defaults = literals.defaults.iter().filter(|(name, _)| given.get(name).is_none());
        let defaults = defaults.filter_map(|(name, default)| Some((name, default.value()?)));
        for (name, value) in given.iter().chain(defaults) {
            let values = listed(value).unwrap_or_else(|| std::slice::from_ref(value));
            let most = values.iter().max_by_key(|value| needs_of(value));
            if let Some(most) = most
                && let Some(own) = own_type(most)
            {
                self.mark(250);
                self.name(name);
                self.number(needs_of(most));
                self.number(own.kind() as usize);
            }
        }
        self.0.len() > before
    }

    /// Writes where something lives that is part of the program.
    #[inline]
    pub(super) fn address(&mut self, address: usize) {
        self.0.extend_from_slice(&address.to_ne_bytes());
    }

    /// Writes the type that a value is bound as. Marks of kinds are 0 and up, and others 251 to 255.
    #[inline]
    pub(super) fn column_type(&mut self, ty: &Type) {
        match ty {
            Type::Array(_)
            | Type::Enum(_)
            | Type::Domain(_)
            | Type::Custom(_)
            | Type::Variant(_)
            | Type::Numeric { .. } => self.column_type_of_parts(ty),
            // Other values are bound alike whatever the parameters of the type.
            _ => self.mark(1 + ty.kind() as u8),
        }
    }

    #[inline(never)]
    fn column_type_of_parts(&mut self, ty: &Type) {
        match ty {
            Type::Array(of) => {
                self.mark(254);
                self.column_type(of);
            }
            Type::Enum(of) => {
                self.mark(255);
                self.name(of.name());
            }
            Type::Domain(of) => self.column_type(of.base()),
            Type::Custom(of) => self.column_type(of.base()),
            Type::Variant(of) => {
                // The database decides which it is.
                self.mark(253);
                self.column_type(of.base());
                self.number(of.variants().len());
                for (dialect, ty) in of.variants() {
                    self.name(dialect);
                    self.column_type(ty);
                }
            }
            // A number is written with as many digits as its column has, if those are many.
            Type::Numeric { .. } if ty.digits_before_point() > Some(MOST_USUAL) => {
                self.mark(251);
                self.number(ty.digits_before_point().map_or(0, usize::from));
            }
            _ => self.mark(1 + ty.kind() as u8),
        }
    }

    /// Writes a type that is a part of the text, with its parameters.
    pub(super) fn full_type(&mut self, ty: &Type) {
        self.mark(1 + ty.kind() as u8);
        // Several types are of one kind.
        self.mark(match ty {
            Type::Char { .. } => 1,
            Type::Native(_) => 2,
            Type::Composite(_) => 3,
            Type::Domain(_) => 4,
            Type::Custom(_) => 5,
            Type::Variant(_) => 6,
            _ => 0,
        });
        match ty {
            Type::Boolean
            | Type::SmallInteger
            | Type::Integer
            | Type::BigInteger
            | Type::UnsignedBigInteger
            | Type::Float
            | Type::Double
            | Type::Date
            | Type::Uuid
            | Type::Json { .. } => {}
            Type::Numeric { precision, scale } => {
                self.size(precision.map(usize::from));
                self.size(scale.map(usize::from));
            }
            Type::String { length, collation } => {
                self.size(length.map(|length| length as usize));
                self.names(collation.as_slice());
            }
            Type::Text { collation } => self.names(collation.as_slice()),
            Type::Char { length } => self.number(*length as usize),
            Type::LargeBinary { length } => self.size(length.map(|length| length as usize)),
            Type::Time { timezone, precision } => {
                self.mark(u8::from(*timezone));
                self.size(precision.map(usize::from));
            }
            Type::DateTime { precision, .. } | Type::Interval { precision } => {
                self.size(precision.map(usize::from));
            }
            Type::Bit { length, varying } => {
                self.mark(u8::from(*varying));
                self.size(length.map(|length| length as usize));
            }
            Type::Enum(of) => {
                self.name(of.name());
                self.names(of.labels());
                self.mark(u8::from(of.is_native()));
            }
            Type::Set(labels) => self.names(labels),
            Type::Array(of) => self.full_type(of),
            Type::Native(of) => self.name(&Name::Static(of.name())),
            Type::Composite(name) => self.name(name),
            Type::Domain(of) => {
                self.name(of.name());
                self.full_type(of.base());
            }
            Type::Custom(of) => {
                // Two of one name and one base are the same type.
                self.name(&Name::from(of.name().to_owned()));
                self.full_type(of.base());
            }
            Type::Variant(of) => {
                self.full_type(of.base());
                self.number(of.variants().len());
                for (dialect, ty) in of.variants() {
                    self.name(dialect);
                    self.full_type(ty);
                }
            }
        }
    }

    fn size(&mut self, size: Option<usize>) {
        self.number(size.map_or(0, |size| size + 1));
    }

    fn names(&mut self, names: &[Name]) {
        self.number(names.len());
        names.iter().for_each(|name| self.name(name));
    }
}

/// The key and the values of a statement that is executed again: they are written down once more, at its
/// second execution, and then copied. A statement that is built for each execution keeps nothing.
#[derive(Debug, Default)]
pub(super) struct KeptKey {
    executed: AtomicBool,
    kept: OnceLock<Box<(CacheKey, Literals)>>,
}

impl KeptKey {
    /// Adds the key and the values, which `walk` writes down.
    #[inline]
    pub(super) fn add(
        &self,
        key: &mut CacheKey,
        literals: &mut Literals,
        walk: impl FnOnce(&mut CacheKey, &mut Literals),
    ) {
        if let Some(kept) = self.kept.get() {
            let (known, values) = &**kept;
            key.0.extend_from_slice(&known.0);
            literals.values.extend_from_slice(&values.values);
            literals.lists.extend_from_slice(&values.lists);
            literals.listed.extend_from_slice(&values.listed);
            literals.defaults.extend_from_slice(&values.defaults);
            return;
        }
        let (key_before, before) = (key.0.len(), literals.lens());
        walk(key, literals);
        if self.executed.load(Ordering::Relaxed) {
            self.keep(&key.0[key_before..], literals, before);
        } else {
            self.executed.store(true, Ordering::Relaxed);
        }
    }

    /// The statement is changed.
    #[inline]
    pub(super) fn forget(&mut self) {
        if *self.executed.get_mut() {
            *self = Self::default();
        }
    }

    #[cfg(test)]
    pub(super) fn is_kept(&self) -> bool {
        self.kept.get().is_some()
    }

    #[cold]
    fn keep(&self, key: &[u8], literals: &Literals, before: Lens) {
        let (values, lists, listed, defaults) = before;
        // What is made for each execution must be made each time.
        if literals.listed.len() - listed > MOST_LISTED || !literals.made.is_empty() {
            return;
        }
        let kept = Literals {
            values: literals.values[values..].to_vec(),
            lists: literals.lists[lists..].to_vec(),
            listed: literals.listed[listed..].to_vec(),
            defaults: literals.defaults[defaults..].to_vec(),
            ..Literals::default()
        };
        self.kept.get_or_init(|| Box::new((CacheKey(key.to_vec()), kept)));
    }
}

/// A copy is made to be changed, which changes the key.
impl Clone for KeptKey {
    fn clone(&self) -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{CacheKey, Literals};
    use crate::sql::schema::{Column, Index, MetaData, Table};
    use crate::sql::{AnyColumn, ClauseElement, Select, bindparam, params, types};

    fn keyed(statement: &impl ClauseElement) -> (CacheKey, Literals) {
        let (mut key, mut literals) = (CacheKey::new(), Literals::default());
        statement.cache_key(&mut key, &mut literals, statement.params());
        (key, literals)
    }

    fn table() -> Table {
        let columns = [Column::new("a", types::Integer), Column::new("b", types::String(9))];
        Table::new("t", &MetaData::new(), columns).expect("a table")
    }

    fn statement(t: &Table, listed: i32) -> Select<Vec<AnyColumn>> {
        let (a, b) = (|| t.c("a").expect("a column"), t.c("b").expect("a column"));
        t.select().where_(a().eq(1)).where_(b.eq("x")).where_(a().in_(0..listed)).limit(7)
    }

    // conforms: D10.01
    #[test]
    fn a_statement_that_is_executed_again_has_the_key_and_the_values_of_a_new_one() {
        let t = table();
        // Values of long lists are not kept twice.
        for listed in [0, 3, 1000] {
            let held = statement(&t, listed);
            for _ in 0..4 {
                assert_eq!(keyed(&held), keyed(&statement(&t, listed)));
            }
            assert_eq!(held.is_key_kept(), listed < 1000);
        }
    }

    // conforms: D10.01
    #[test]
    fn a_kept_key_is_that_of_the_statement_as_it_is_now() {
        let t = table();
        let a = || t.c("a").expect("a column");
        let held = statement(&t, 3);
        (0..3).for_each(|_| drop(keyed(&held)));
        let shared = held.clone().where_(a().gt(5));
        assert_eq!(keyed(&shared), keyed(&statement(&t, 3).where_(a().gt(5))));
        assert_eq!(keyed(&held), keyed(&statement(&t, 3)));
        drop(shared);
        // The only one that has the parts changes them where they are.
        let changed = held.limit(8).order_by(a());
        assert_eq!(keyed(&changed), keyed(&statement(&t, 3).limit(8).order_by(a())));
    }

    // conforms: D10.01
    #[test]
    fn an_upsert_by_the_primary_key_says_which_it_is() {
        let upsert = |key: &str| {
            let column = |name: &'static str| match Column::new(name, types::Integer) {
                column if name == key => column.primary_key(),
                column => column,
            };
            let columns = [column("a"), column("b")];
            let t = Table::new("t", &MetaData::new(), columns).expect("a table");
            let set = |name| t.c(name).expect("a column").set(1);
            keyed(&t.insert().values((set("a"), set("b"))).upsert(())).0
        };
        assert_eq!(upsert("a"), upsert("a"));
        assert_ne!(upsert("a"), upsert("b"));
    }

    // Whether MySQL could meet a row by another key depends on all of them.
    // conforms: D10.01
    #[test]
    fn an_upsert_says_by_which_keys_a_row_is_recognised() {
        let upsert = |unique: bool, indexed: bool, default: bool| {
            let b = Column::new("b", types::Integer);
            let b = if default { b.server_default("5") } else { b };
            let b = if unique { b.unique() } else { b };
            let a = Column::new("a", types::Integer).primary_key();
            let t = Table::builder("t").columns([a, b]);
            let t = if indexed { t.index(Index::new(["b"]).unique()) } else { t };
            let t = t.build(&MetaData::new()).expect("a table");
            let set = |name| t.c(name).expect("a column").set(1);
            keyed(&t.insert().values((set("a"), set("b"))).upsert(())).0
        };
        let [plain, unique] = [false, true].map(|unique| upsert(unique, false, false));
        assert_ne!(plain, unique);
        assert_ne!(plain, upsert(false, true, false));
        assert_ne!(unique, upsert(true, false, true));
        assert_eq!(unique, upsert(true, false, false));
    }

    // conforms: D10.01
    #[test]
    fn a_statement_that_becomes_part_of_another_has_no_key_of_its_own() {
        let t = table();
        let a = || t.c("a").expect("a column");
        let inner = || t.select().where_(a().eq(bindparam("n")));
        let held = inner();
        (0..3).for_each(|_| drop(keyed(&held)));
        let around = |inner: Select<Vec<AnyColumn>>| {
            t.select().where_(inner.params(params! { n: 4 }).exists())
        };
        let (one, other) = (around(held), around(inner()));
        for _ in 0..3 {
            assert_eq!(keyed(&one), keyed(&other));
        }
        let (_, literals) = keyed(&one);
        assert_eq!(literals.values, [4.into()]);
    }
}
