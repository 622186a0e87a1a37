//! Other names for schemas.

use std::sync::Arc;

/// Which schemas stand in the place of those that the tables of a program name: the option
/// [`schema_translate_map`](super::ExecutionOptions::schema_translate_map).
///
/// It is a list of pairs, of which `None` is the schema that the connection has by itself. A schema that is
/// not in it stays as it is. Of a schema that is in it twice the last pair counts.
///
/// ```
/// use aludel::dbapi::SchemaTranslateMap;
///
/// let map = SchemaTranslateMap::from([(None, Some("tenant_7")), (Some("shared"), None)]);
/// assert_eq!(map.translate(None), Some("tenant_7"));
/// assert_eq!(map.translate(Some("shared")), None);
/// assert_eq!(map.translate(Some("other")), Some("other"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SchemaTranslateMap(Arc<Pairs>);

type Pair = (Option<Box<str>>, Option<Box<str>>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Pairs {
    /// In order of the first.
    pairs: Vec<Pair>,
    /// The same as bytes.
    key: Box<[u8]>,
}

impl SchemaTranslateMap {
    /// What is written in the place of this schema.
    #[must_use]
    pub fn translate<'s>(&'s self, schema: Option<&'s str>) -> Option<&'s str> {
        match self.0.pairs.binary_search_by_key(&schema, |(from, _)| from.as_deref()) {
            Ok(found) => self.0.pairs[found].1.as_deref(),
            Err(_) => schema,
        }
    }

    /// Whether every schema stays as it is.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.pairs.is_empty()
    }

    /// What two maps have in common only if they are equal.
    pub(crate) fn key(&self) -> &[u8] {
        &self.0.key
    }
}

impl<'s> FromIterator<(Option<&'s str>, Option<&'s str>)> for SchemaTranslateMap {
    fn from_iter<I>(pairs: I) -> Self
    where
        I: IntoIterator<Item = (Option<&'s str>, Option<&'s str>)>,
    {
        let mut sorted: Vec<Pair> = Vec::new();
        for (from, to) in pairs {
            let to = to.map(Box::from);
            match sorted.binary_search_by_key(&from, |(from, _)| from.as_deref()) {
                Ok(found) => sorted[found].1 = to,
                Err(place) => sorted.insert(place, (from.map(Box::from), to)),
            }
        }
        let mut key = Vec::new();
        let names = sorted.iter().flat_map(|(from, to)| [from, to]);
        for name in names {
            key.push(u8::from(name.is_some()));
            let name = name.as_deref().unwrap_or_default();
            key.extend_from_slice(&name.len().to_ne_bytes());
            key.extend_from_slice(name.as_bytes());
        }
        Self(Arc::new(Pairs { pairs: sorted, key: key.into() }))
    }
}

impl<'s, const N: usize> From<[(Option<&'s str>, Option<&'s str>); N]> for SchemaTranslateMap {
    fn from(pairs: [(Option<&'s str>, Option<&'s str>); N]) -> Self {
        pairs.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::SchemaTranslateMap;

    #[test]
    fn equal_maps_have_equal_keys() {
        let of = |pairs: &[(Option<&str>, Option<&str>)]| {
            pairs.iter().copied().collect::<SchemaTranslateMap>()
        };
        let (a, b, none) = (Some("a"), Some("b"), None);
        let map = of(&[(b, a), (none, b), (a, none)]);
        assert_eq!((map.translate(none), map.translate(a), map.translate(b)), (b, none, a));
        assert_eq!(map.key(), of(&[(a, b), (a, none), (none, b), (b, a)]).key());
        let others = [&[(a, b)][..], &[(none, b)], &[(a, none)], &[(Some(""), b)], &[]];
        for (number, one) in others.iter().enumerate() {
            for other in &others[..number] {
                assert_ne!(of(one), of(other));
                assert_ne!(of(one).key(), of(other).key());
            }
        }
    }
}
