//! The finished texts of a plan: one, or one for each choice of the lengths of its lists.

use std::ops::Deref;
use std::sync::Arc;

use parking_lot::Mutex;

use super::param_types::param_type;
use crate::dbapi::Statement;
use crate::dialect::Dialect;
use crate::error::Result;
use crate::sql::{Literals, Sources, Template};

/// Text as the driver gets it, and where its values come from.
pub(super) struct Finished {
    pub(super) statement: Statement,
    pub(super) sources: Sources,
}

impl Finished {
    pub(super) fn new(
        compiled: &Template,
        literals: &Literals,
        dialect: &dyn Dialect,
    ) -> Result<Self> {
        let rendered = compiled.render(dialect, &literals.lists, literals.rows);
        let mut statement = Statement::new(rendered.sql, compiled.kind())?;
        if dialect.capabilities().typed_parameters {
            let types = rendered.types.iter();
            statement = statement.with_param_types(types.map(|ty| param_type(ty, dialect.name())));
        }
        Ok(Self { statement, sources: rendered.sources })
    }
}

/// What a plan keeps of its texts.
pub(super) enum Texts {
    /// There is one.
    One(Finished),
    /// It depends on the lengths of lists, or on the number of rows: those that were used last, the
    /// last one first.
    ByLists(Mutex<Vec<Kept>>),
}

pub(super) struct Kept {
    lists: Box<[usize]>,
    rows: usize,
    finished: Arc<Finished>,
}

/// A program has few lengths of lists, or any number of them.
const MOST_KEPT: usize = 8;

/// With so many values in lists the text is large, and writing it is little beside running it.
const MOST_LISTED: usize = 256;

/// A finished text that is kept by its plan, or shared with it.
pub(super) enum Found<'p> {
    Kept(&'p Finished),
    Shared(Arc<Finished>),
}

impl Found<'_> {
    /// The text, if the plan does not keep it by itself.
    #[inline]
    pub(super) fn shared(self) -> Option<Arc<Finished>> {
        match self {
            Self::Kept(_) => None,
            Self::Shared(finished) => Some(finished),
        }
    }
}

impl Deref for Found<'_> {
    type Target = Finished;

    #[inline]
    fn deref(&self) -> &Finished {
        match self {
            Self::Kept(finished) => finished,
            Self::Shared(finished) => finished,
        }
    }
}

impl Texts {
    pub(super) fn new(compiled: &Template, dialect: &dyn Dialect) -> Result<Self> {
        if !compiled.is_fixed() {
            return Ok(Self::ByLists(Mutex::default()));
        }
        Finished::new(compiled, &Literals::default(), dialect).map(Self::One)
    }

    /// The text, if there is one.
    pub(super) fn only(&self) -> Option<&Finished> {
        match self {
            Self::One(finished) => Some(finished),
            Self::ByLists(_) => None,
        }
    }

    /// The text for lists of their lengths: one that is kept, or written now.
    #[inline]
    pub(super) fn find(
        &self,
        compiled: &Template,
        literals: &Literals,
        dialect: &dyn Dialect,
    ) -> Result<Found<'_>> {
        let kept = match self {
            Self::One(finished) => return Ok(Found::Kept(finished)),
            Self::ByLists(kept) => kept,
        };
        let Literals { lists, rows, .. } = literals;
        if let Some(known) = used_again(&mut kept.lock(), lists, *rows) {
            return Ok(Found::Shared(known));
        }
        let finished = Arc::new(Finished::new(compiled, literals, dialect)?);
        if lists.iter().sum::<usize>() + literals.cells.len() <= MOST_LISTED {
            let mut kept = kept.lock();
            kept.truncate(MOST_KEPT - 1);
            let (lists, rows) = (lists.as_slice().into(), *rows);
            kept.insert(0, Kept { lists, rows, finished: Arc::clone(&finished) });
        }
        Ok(Found::Shared(finished))
    }
}

/// The text for these lengths, which is then the first.
fn used_again(kept: &mut [Kept], lists: &[usize], rows: usize) -> Option<Arc<Finished>> {
    let position = kept.iter().position(|kept| *kept.lists == *lists && kept.rows == rows)?;
    kept[..=position].rotate_right(1);
    kept.first().map(|kept| Arc::clone(&kept.finished))
}

#[cfg(test)]
mod tests {
    use super::{MOST_KEPT, MOST_LISTED, Texts};
    use crate::dialect::sqlite::Sqlite;
    use crate::sql::schema::{Column, MetaData, Table};
    use crate::sql::{ClauseElement, Literals, Params, types};

    // conforms: D10.02
    #[test]
    fn texts_of_lists_are_kept_by_their_lengths() {
        let columns = [Column::new("a", types::Integer)];
        let t = Table::new("t", &MetaData::new(), columns).expect("a table");
        let a = || t.c("a").expect("a column");
        let statement = t.select().where_(a().in_([1])).where_(a().not_in([2]));
        let dialect = Sqlite::new();
        let compiled = statement.compile_with(&dialect, &Params::new()).expect("it compiles");
        let texts = Texts::new(&compiled, &dialect).expect("its texts");
        let Texts::ByLists(kept) = &texts else { panic!("it has lists") };
        let lens = [[0, 0], [0, 1], [1, 0], [3, 2], [2, 3]];
        let many = (0..30).map(|len| [len, 30 - len]);
        for lists in lens.into_iter().chain(many).chain([[0, 29], [0, 29], [MOST_LISTED, 1]]) {
            let mut literals = Literals::default();
            literals.lists.extend(lists);
            let found = texts.find(&compiled, &literals, &dialect).expect("a text");
            let rendered = compiled.render(&dialect, &lists, 0);
            assert_eq!(found.statement.sql(), rendered.sql);
            assert_eq!(*found.sources, *rendered.sources);
        }
        let kept = kept.lock();
        assert_eq!(kept.len(), MOST_KEPT);
        // The last one that was short enough comes first, and was not written twice.
        assert_eq!(*kept[0].lists, [0, 29]);
        assert_ne!(*kept[1].lists, [0, 29]);
    }
}
