//! Sets of parameters for one statement.

use std::slice;

use super::{Name, Params};
use crate::error::Result;
use crate::value::Value;

/// Sets of parameters, as [`execute_many`](crate::Connection::execute_many) takes them.
#[derive(Debug)]
pub struct ParamSets(Kept);

#[derive(Debug)]
enum Kept {
    /// All have the names of the first, in its order: only their values are kept, one behind the other,
    /// so that no set outlives the next. In the places of the first stands NULL.
    Alike { first: Params, values: Vec<Value>, len: usize },
    /// Each with its names.
    Each(Vec<Params>),
}

/// So many values are expected because an iterator says so.
const MOST_EXPECTED: usize = 1 << 20;

impl FromIterator<Params> for ParamSets {
    fn from_iter<I: IntoIterator<Item = Params>>(sets: I) -> Self {
        let mut sets = sets.into_iter();
        let Some(first) = sets.next() else { return Self(Kept::Each(Vec::new())) };
        let width = first.len();
        let expected = sets.size_hint().0.saturating_add(1).saturating_mul(width);
        let mut values = Vec::with_capacity(expected.min(MOST_EXPECTED));
        values.resize(width, Value::Null);
        let mut len = 1;
        while let Some(set) = sets.next() {
            if !set.has_names_of(&first) {
                let mut each = each(first, values, len);
                each.push(set);
                each.extend(sets);
                return Self(Kept::Each(each));
            }
            set.append_to(&mut values);
            len += 1;
        }
        Self(Kept::Alike { first, values, len })
    }
}

/// The sets whose values were kept.
#[cold]
fn each(first: Params, values: Vec<Value>, len: usize) -> Vec<Params> {
    let names: Vec<_> = first.names().cloned().collect();
    let mut values = values.into_iter().skip(names.len());
    let mut sets = Vec::with_capacity(len + 1);
    sets.push(first);
    // The names come first: what is asked for a value behind the last name would lose it.
    sets.extend((1..len).map(|_| names.iter().cloned().zip(values.by_ref()).collect::<Params>()));
    sets
}

impl ParamSets {
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Kept::Alike { len, .. } => *len,
            Kept::Each(sets) => sets.len(),
        }
    }

    pub(crate) fn first(&self) -> Option<&Params> {
        self.named().first()
    }

    /// The first set, and all others whose names may differ from its names.
    pub(crate) fn named(&self) -> &[Params] {
        match &self.0 {
            Kept::Alike { first, .. } => slice::from_ref(first),
            Kept::Each(sets) => sets,
        }
    }

    /// A copy, set by set.
    #[cold]
    pub(crate) fn to_vec(&self) -> Vec<Params> {
        match &self.0 {
            Kept::Alike { first, values, len } => each(first.clone(), values.clone(), *len),
            Kept::Each(sets) => sets.clone(),
        }
    }

    /// The values of a name that most often is at this position, of the sets that give it.
    pub(crate) fn values_of(&self, position: usize, name: &str) -> impl Iterator<Item = &Value> {
        let (behind, width): (&[Value], usize) = match &self.0 {
            Kept::Alike { first, values, .. } => {
                let place = first.position_near(position, name);
                let from = place.map_or(values.len(), |place| first.len() + place);
                (values.get(from..).unwrap_or_default(), first.len())
            }
            Kept::Each(_) => (&[], 0),
        };
        let given = self.named().iter().filter_map(move |set| set.get_near(position, name));
        given.chain(behind.iter().step_by(width.max(1)))
    }

    /// The values of all sets, one behind the other, those of each in the order of the names of the
    /// first. Each must have these names, and no others.
    pub(crate) fn into_values(self) -> Vec<Value> {
        match self.0 {
            Kept::Alike { first, mut values, .. } => {
                first.move_to(&mut values);
                values
            }
            Kept::Each(mut sets) => {
                let names: Vec<_> =
                    sets.first().into_iter().flat_map(Params::names).cloned().collect();
                let mut values = Vec::with_capacity(sets.len() * names.len());
                for set in &mut sets {
                    let value = |(at, name): (usize, &Name)| set.take_near(at, name);
                    let taken = names.iter().enumerate().map(value);
                    values.extend(taken.map(|value| value.unwrap_or(Value::Null)));
                }
                values
            }
        }
    }

    /// Makes something of each set, with its place among all.
    pub(crate) fn map<T>(
        self,
        mut with: impl FnMut(usize, &Params) -> Result<T>,
    ) -> Result<Vec<T>> {
        match self.0 {
            Kept::Alike { first: mut set, values, len } => {
                let mut values = values.into_iter().skip(set.len());
                let mut made = Vec::with_capacity(len);
                made.push(with(0, &set)?);
                for number in 1..len {
                    set.replace_values(&mut values);
                    made.push(with(number, &set)?);
                }
                Ok(made)
            }
            Kept::Each(sets) => {
                sets.iter().enumerate().map(|(number, set)| with(number, set)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, ParamSets};
    use crate::params;
    use crate::sql::Params;
    use crate::value::Value;

    fn ints<'v>(values: impl IntoIterator<Item = &'v Value>) -> Vec<i64> {
        values
            .into_iter()
            .map(|value| if let Value::Int(int) = value { *int } else { -1 })
            .collect()
    }

    fn alike() -> Vec<Params> {
        vec![params! { a: 1, b: 2 }, params! { a: 3, b: 4 }, params! { a: 5, b: 6 }]
    }

    /// The first has another name's place, the last has one more name.
    fn unlike() -> Vec<Params> {
        let mut sets = alike();
        sets.insert(2, params! { b: 8, a: 7 });
        sets
    }

    #[test]
    fn sets_are_what_they_were_whether_their_names_are_alike_or_not() {
        for sets in [Vec::new(), alike(), unlike(), vec![params! {}, params! {}]] {
            let kept: ParamSets = sets.iter().cloned().collect();
            assert_eq!(kept.len(), sets.len());
            assert_eq!(kept.first(), sets.first());
            assert_eq!(kept.to_vec(), sets);
            let made = kept.map(|number, set| Ok((number, set.clone()))).unwrap();
            assert_eq!(made, sets.into_iter().enumerate().collect::<Vec<_>>());
        }
    }

    #[test]
    fn of_sets_with_the_same_names_the_values_are_kept_alone() {
        let kept: ParamSets = alike().into_iter().collect();
        assert!(matches!(kept.0, Kept::Alike { .. }));
        assert_eq!(kept.named().len(), 1);
        let kept: ParamSets = unlike().into_iter().collect();
        assert!(matches!(kept.0, Kept::Each(_)));
        assert_eq!(kept.named().len(), 4);
    }

    #[test]
    fn values_stand_in_the_order_of_the_names_of_the_first() {
        let kept: ParamSets = alike().into_iter().collect();
        assert_eq!(ints(&kept.into_values()), [1, 2, 3, 4, 5, 6]);
        let kept: ParamSets = unlike().into_iter().collect();
        assert_eq!(ints(&kept.into_values()), [1, 2, 3, 4, 7, 8, 5, 6]);
    }

    #[test]
    fn values_of_a_name_are_those_of_all_sets() {
        for (sets, of_b) in [(alike(), vec![2, 4, 6]), (unlike(), vec![2, 4, 8, 6])] {
            let kept: ParamSets = sets.into_iter().collect();
            assert_eq!(ints(kept.values_of(1, "b")), of_b);
            assert_eq!(ints(kept.values_of(0, "b")), of_b);
            assert!(ints(kept.values_of(0, "c")).is_empty());
        }
    }
}
