//! The options of a greenlet.

use std::fmt;

/// How a greenlet is to run.
#[derive(Default)]
#[must_use]
pub struct Options {
    pub(crate) require_await: bool,
    pub(crate) on_abandon: Option<Box<dyn FnOnce()>>,
}

impl Options {
    /// The defaults: no wait is required, and no callback is set.
    ///
    /// ```
    /// let options = aludel_bridge::Options::new();
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a function that returns a value without having called
    /// [`await_`](crate::await_), [`yield_now`](crate::yield_now) or [`sleep`](crate::sleep) once
    /// is an error. Its effects stay. A future that was ready at once counts as
    /// awaited; an error of the function itself is returned as it is.
    ///
    /// ```
    /// let options = aludel_bridge::Options::new().require_await(true);
    /// ```
    pub fn require_await(mut self, yes: bool) -> Self {
        self.require_await = yes;
        self
    }

    /// What to call if the greenlet is abandoned: its stack is leaked with all that lies on it, and no
    /// destructor in it ever runs. A slot that such a destructor would have given back can be given
    /// back here.
    ///
    /// ```
    /// let options = aludel_bridge::Options::new().on_abandon(|| { /* give the slot back */ });
    /// ```
    pub fn on_abandon(mut self, f: impl FnOnce() + 'static) -> Self {
        self.on_abandon = Some(Box::new(f));
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("require_await", &self.require_await)
            .field("on_abandon", &self.on_abandon.is_some())
            .finish()
    }
}
