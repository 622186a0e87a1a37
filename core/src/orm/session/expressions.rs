//! Columns that are set to expressions.

use super::Session;
use super::access::place_of;
use crate::error::Result;
use crate::orm::class::MappedClass;
use crate::orm::key::Ref;
use crate::sql::{Assign, Col, ColumnType};

impl Session {
    /// The next flush sets a column of an object to an expression, in its UPDATE or INSERT. Until then the object has the value
    /// that it had; the one that the database has made is read after the flush.
    ///
    /// ```
    /// use aludel::orm::Session;
    /// use aludel::{Auto, Mapped, MetaData, create_engine};
    ///
    /// #[derive(Mapped)]
    /// #[aludel(table = "pages")]
    /// struct Page {
    ///     #[aludel(primary_key)]
    ///     id: Auto<i64>,
    ///     visits: i64,
    /// }
    ///
    /// let engine = create_engine("sqlite://")?;
    /// engine.begin(|conn| MetaData::new().with::<Page>().create_all(conn))?;
    /// let mut session = Session::new(&engine);
    /// let page = session.add(Page { id: Auto::unset(), visits: 1 })?;
    /// session.flush()?;
    /// session.set_expr(&page, Page::c.visits, Page::c.visits + 1)?;
    /// session.flush()?;
    /// assert_eq!(session.read(&page)?.visits, 2);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Detached`](crate::ErrorKind::Detached) or [`ForeignRef`](crate::ErrorKind::ForeignRef): it is not in this
    /// session.
    pub fn set_expr<T: MappedClass, V: ColumnType>(
        &mut self,
        key: &Ref<T>,
        column: Col<T, V>,
        to: impl Assign<V>,
    ) -> Result<()> {
        let place = place_of(key.any(), column)?;
        self.0.store.set_expression(key.any(), place, column.set(to).untyped())
    }
}
