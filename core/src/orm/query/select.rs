//! Options of statements, which only a session understands.

use std::sync::Arc;

use super::load::LoaderOptions;
use super::options::Options;
use crate::sql::{Annotation, Select, SessionSelect};

impl<S> Select<S> {
    /// How a session loads what the statement finds. Objects keep what is said about their relationships, for when
    /// they are loaded anew. A connection refuses a statement with options.
    ///
    /// ```
    /// use aludel::orm::selectinload;
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let users = select(User::entity())
    ///     .options((selectinload(User::c.addresses), selectinload(User::c.tags)))
    ///     .order_by(User::c.id);
    /// let users = session.scalars(users)?.all();
    /// assert!(session[&users[0]].tags.is_loaded());
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn options(self, options: impl LoaderOptions) -> Self {
        self.with(|all| all.take(options))
    }

    /// Objects that the session has already are loaded anew as well, and their changes that were not flushed are lost.
    ///
    /// ```
    /// use aludel::{select, text};
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// let users = select(User::entity()).order_by(User::c.id);
    /// let sandy = session.scalars(&users)?.first().expect("there is one");
    /// session.connection()?.execute(text("update users set name = 'squirrel' where id = 1"))?;
    /// session.scalars(&users)?;
    /// assert_eq!(session[&sandy].name, "sandy");
    /// session.scalars(users.populate_existing())?;
    /// assert_eq!(session[&sandy].name, "squirrel");
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn populate_existing(self) -> Self {
        self.with(|all| all.populate_existing = true)
    }

    /// Whether changes are flushed before a session runs it, whatever the session does otherwise.
    ///
    /// ```
    /// use aludel::select;
    /// # aludel::models_of_examples!();
    /// # let mut session = session()?;
    ///
    /// session.add(User::new("gary", &[]))?;
    /// assert_eq!(session.scalars(select(User::entity()).autoflush(false))?.len(), 2);
    /// assert_eq!(session.scalars(select(User::entity()))?.len(), 3);
    /// # Ok::<(), aludel::Error>(())
    /// ```
    pub fn autoflush(self, autoflush: bool) -> Self {
        self.with(|all| all.autoflush = Some(autoflush))
    }

    fn with(self, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = match self.annotation().and_then(known) {
            Some(options) => (*options).clone(),
            None => Options::default(),
        };
        change(&mut options);
        self.annotated(Annotation(Arc::new(options)))
    }
}

fn known(annotation: &Annotation) -> Option<Arc<Options>> {
    Arc::clone(&annotation.0).downcast().ok()
}

/// What a statement says about loading.
pub(in crate::orm) fn options_of(select: &SessionSelect) -> Option<Arc<Options>> {
    select.annotation().and_then(known)
}
