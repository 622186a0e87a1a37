//! Conditions about objects of a session.

use super::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::orm::class::MappedClass;
use crate::orm::key::{AnyRef, Ref};
use crate::orm::mapper::Relationship;
use crate::orm::query::LoadPath;
use crate::orm::relation::{ToMany, ToOne};
use crate::sql::{AnyColumn, Expr, and_, exists, literal, select};
use crate::value::Value;

impl<P: MappedClass, C: MappedClass> ToOne<P, C> {
    /// That it refers to this object.
    ///
    /// ```
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let sandy = session.get_one::<User>(1)?;
    /// let of_sandy = select(Address::entity()).where_(Address::c.user.is(&session, &sandy)?);
    /// assert_eq!(session.scalars(of_sandy)?.len(), 2);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidRequest`](ErrorKind::InvalidRequest) if the object has no row yet, so that nothing refers to it;
    /// [`Detached`](ErrorKind::Detached) or [`ForeignRef`](ErrorKind::ForeignRef): it is not in this session.
    pub fn is(self, session: &Session, object: &Ref<C>) -> Result<Expr<Option<bool>>> {
        let relationship = P::mapper().relationship(self.at())?;
        if relationship.pairs.is_empty() {
            return Ok(self.has(with_key(session, object)?).into());
        }
        let others: Vec<usize> = relationship.pairs.iter().map(|pair| pair.other).collect();
        let values = values_of(session, object.any(), &others)?;
        let columns = P::mapper().columns_of(&P::mapper().from(self.alias()));
        let own = relationship.pairs.iter().map(|pair| columns[pair.own].clone());
        Ok(equal(own, values))
    }

    /// That it refers to nothing.
    ///
    /// ```
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    ///
    /// let alone = select(Address::c.id).where_(Address::c.user.is_none());
    /// assert_eq!(
    ///     alone.to_string(),
    ///     "SELECT addresses.id FROM addresses WHERE NOT EXISTS (SELECT :1 FROM users WHERE addresses.user_id = \
    ///      users.id)"
    /// );
    /// ```
    pub fn is_none(self) -> Expr<bool> {
        crate::sql::not_(self.has_one())
    }
}

impl<P: MappedClass, C: MappedClass> ToMany<P, C> {
    /// That this object is in it.
    ///
    /// ```
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let address = session.get_one::<Address>(1)?;
    /// let owner = select(User::entity()).where_(User::c.addresses.contains(&session, &address)?);
    /// assert_eq!(session.scalars(owner)?.len(), 1);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`ToOne::is`].
    pub fn contains(self, session: &Session, object: &Ref<C>) -> Result<Expr<bool>> {
        Ok(self.any(with_key(session, object)?))
    }
}

impl Session {
    /// A condition on what a relationship refers to: that it is this object's relationship. It stands in a statement
    /// about the target.
    ///
    /// ```
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let sandy = session.get_one::<User>(1)?;
    /// let of_sandy = session.with_parent(User::c.addresses, &sandy)?;
    /// let newest = select(Address::entity()).where_(of_sandy).order_by(Address::c.id.desc()).limit(1);
    /// assert_eq!(session.scalars(newest)?.len(), 1);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`ToOne::is`]; of a path with several relationships [`InvalidRequest`](ErrorKind::InvalidRequest).
    pub fn with_parent<L: LoadPath>(
        &self,
        relation: L,
        parent: &Ref<L::Source>,
    ) -> Result<Expr<Option<bool>>> {
        let steps = relation.steps();
        let [step] = &*steps else {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "with_parent takes one relationship; join the others",
            ));
        };
        let relationship = step.parent.relationship(step.place)?;
        self.of_parent(relationship, parent.any())
    }

    fn of_parent(
        &self,
        relationship: &'static Relationship,
        parent: &AnyRef,
    ) -> Result<Expr<Option<bool>>> {
        let columns = relationship.target.columns();
        let Some(secondary) = &relationship.secondary else {
            let own: Vec<usize> = relationship.pairs.iter().map(|pair| pair.own).collect();
            let others = relationship.pairs.iter().map(|pair| columns[pair.other].clone());
            return Ok(equal(others, values_of(self, parent, &own)?));
        };
        let own: Vec<usize> = secondary.local.iter().map(|(place, _)| *place).collect();
        let local = secondary.local.iter().map(|(_, column)| column.clone());
        let of_parent = equal(local, values_of(self, parent, &own)?);
        let remote = secondary.remote.iter();
        let mut of_target =
            remote.map(|(place, column)| column.clone().eq(columns[*place].clone()));
        let Some(first) = of_target.next() else { unreachable!("a foreign key has columns") };
        let of_target = of_target.fold(first, |all, next| and_((all, next)));
        let pairs = select(literal(1_i64)).select_from(&secondary.table);
        Ok(exists(pairs.where_(of_parent).where_(of_target)).into())
    }
}

/// That the primary key of the target is that of an object.
fn with_key<C: MappedClass>(session: &Session, object: &Ref<C>) -> Result<Expr<Option<bool>>> {
    let mapper = C::mapper();
    let columns =
        mapper.key().iter().map(|place| mapper.columns_of(&mapper.from(None))[*place].clone());
    Ok(equal(columns, values_of(session, object.any(), mapper.key())?))
}

fn equal(columns: impl Iterator<Item = AnyColumn>, values: Vec<Value>) -> Expr<Option<bool>> {
    let mut conditions = columns.zip(values).map(|(column, value)| column.eq(value));
    match conditions.next() {
        Some(first) => conditions.fold(first, |all, next| and_((all, next))),
        None => unreachable!("a foreign key has columns"),
    }
}

/// The values of columns of an object, as the database has them.
fn values_of(session: &Session, object: &AnyRef, places: &[usize]) -> Result<Vec<Value>> {
    let slot = session.0.store.attached(object)?;
    let known = slot.known();
    let values = places.iter().map(|place| known?.column(*place));
    values.collect::<Option<_>>().ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidRequest,
            format!(
                "{object:?} has no row yet, so that nothing can refer to it; flush() inserts it"
            ),
        )
    })
}
