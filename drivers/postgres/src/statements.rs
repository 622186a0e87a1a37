//! Prepared statements, kept by text and by the kinds of their parameters.

use std::sync::Arc;

use aludel_core::dbapi::{Columns, Statement};
use aludel_core::value::Value;
use hashlink::LruCache;
use tokio_postgres::types::Type;

use crate::value::Decoder;

/// What kind of value a parameter gets, as far as preparing is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// NULL, which goes with any type.
    Any,
    /// Text, whose type the server infers.
    Inferred,
    Bool,
    Int,
    Float,
    Bytes,
}

impl Kind {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Any,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Float(_) => Self::Float,
            Value::Bytes(_) => Self::Bytes,
            _ => Self::Inferred,
        }
    }

    /// The type to prepare with, so that `SELECT $1` returns what was bound.
    pub(crate) fn declared(self) -> Type {
        match self {
            // The server takes this one as *not told*.
            Self::Any | Self::Inferred => Type::UNKNOWN,
            Self::Bool => Type::BOOL,
            Self::Int => Type::INT8,
            Self::Float => Type::FLOAT8,
            Self::Bytes => Type::BYTEA,
        }
    }

    /// Whether a statement prepared for `self` serves `wanted`.
    fn serves(self, wanted: Self) -> bool {
        self == wanted || wanted == Self::Any || (self, wanted) == (Self::Any, Self::Inferred)
    }
}

/// The kinds of the longest run of sets, from the first on, that one preparation serves, and the
/// length of the run.
pub(crate) fn common_kinds(sets: &[Vec<Value>]) -> (Vec<Kind>, usize) {
    let Some(first) = sets.first() else { return (Vec::new(), 0) };
    let mut kinds: Vec<Kind> = first.iter().map(Kind::of).collect();
    for (index, set) in sets.iter().enumerate().skip(1) {
        let fits = set.len() == kinds.len()
            && set.iter().zip(&kinds).all(|(value, kind)| {
                let wanted = Kind::of(value);
                *kind == Kind::Any || kind.serves(wanted)
            });
        if !fits {
            return (kinds, index);
        }
        for (kind, value) in kinds.iter_mut().zip(set) {
            if *kind == Kind::Any {
                *kind = Kind::of(value);
            }
        }
    }
    (kinds, sets.len())
}

/// A statement as the server knows it, with all that is the same for each execution.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) statement: tokio_postgres::Statement,
    pub(crate) columns: Arc<Columns>,
    pub(crate) decoders: Box<[Decoder]>,
}

impl Prepared {
    pub(crate) fn new(statement: tokio_postgres::Statement) -> Self {
        let columns = Columns::new(statement.columns().iter().map(|column| column.name()));
        let decoders =
            statement.columns().iter().map(|column| Decoder::of(column.type_())).collect();
        Self { columns: Arc::new(columns), decoders, statement }
    }
}

/// How many preparations of one text are kept: its parameters may come in several kinds.
const VARIANTS: usize = 4;

/// One preparation of a text.
struct Variant {
    kinds: Box<[Kind]>,
    prepared: Arc<Prepared>,
}

impl Variant {
    fn serves(&self, kinds: impl ExactSizeIterator<Item = Kind>) -> bool {
        self.kinds.len() == kinds.len()
            && self.kinds.iter().zip(kinds).all(|(this, wanted)| this.serves(wanted))
    }
}

/// The prepared statements of one connection, by text; the text used least recently is thrown out
/// first. What is thrown out is closed on the server too.
pub(crate) struct StatementCache {
    texts: LruCache<Statement, Vec<Variant>>,
}

impl StatementCache {
    /// A cache for so many texts; none is kept if it is 0.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { texts: LruCache::new(capacity) }
    }

    pub(crate) fn len(&self) -> usize {
        self.texts.iter().map(|(_, variants)| variants.len()).sum()
    }

    pub(crate) fn get(
        &mut self,
        statement: &Statement,
        kinds: impl ExactSizeIterator<Item = Kind> + Clone,
    ) -> Option<Arc<Prepared>> {
        let variants = self.texts.get(statement)?;
        let found = variants.iter().find(|variant| variant.serves(kinds.clone()))?;
        Some(Arc::clone(&found.prepared))
    }

    pub(crate) fn put(
        &mut self,
        statement: &Statement,
        kinds: impl Iterator<Item = Kind>,
        prepared: &Arc<Prepared>,
    ) {
        if self.texts.capacity() == 0 {
            return;
        }
        let variant = Variant { kinds: kinds.collect(), prepared: Arc::clone(prepared) };
        match self.texts.get_mut(statement) {
            Some(variants) => {
                if variants.len() == VARIANTS {
                    variants.remove(0);
                }
                variants.push(variant);
            }
            None => {
                self.texts.insert(statement.clone(), vec![variant]);
            }
        }
    }

    pub(crate) fn remove(&mut self, statement: &Statement) {
        self.texts.remove(statement);
    }

    pub(crate) fn clear(&mut self) {
        self.texts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_goes_with_any_preparation_but_not_the_other_way_round() {
        assert!(Kind::Int.serves(Kind::Any));
        assert!(!Kind::Any.serves(Kind::Int));
        assert!(Kind::Any.serves(Kind::Inferred));
        assert!(!Kind::Int.serves(Kind::Inferred));
    }

    #[test]
    fn sets_share_a_preparation_as_long_as_their_kinds_agree() {
        let sets = [
            vec![Value::Null, Value::from("a")],
            vec![Value::Int(1), Value::Null],
            vec![Value::Null, Value::from("b")],
            vec![Value::Float(1.0), Value::from("c")],
        ];
        assert_eq!(common_kinds(&sets), (vec![Kind::Int, Kind::Inferred], 3));
        assert_eq!(common_kinds(&sets[3..]), (vec![Kind::Float, Kind::Inferred], 1));
        assert_eq!(common_kinds(&[]), (vec![], 0));
        let ragged = [vec![Value::Null], vec![]];
        assert_eq!(common_kinds(&ragged), (vec![Kind::Any], 1));
    }
}
