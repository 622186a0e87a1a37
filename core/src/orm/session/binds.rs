//! Where the statements of a session run.

use std::fmt;
use std::sync::Arc;

use crate::engine::Engine;
use crate::orm::class::MappedClass;
use crate::orm::key::Class;
use crate::orm::mapper::Mapper;

/// What a session needs a connection for.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct BindRequest<'r> {
    /// The mapped struct that is loaded or written; `None` for a statement that the program gives, and for
    /// [`connection`](super::Session::connection).
    pub class: Option<&'r Mapper>,
    /// Whether it may write. A text that is no plain query may.
    pub writes: bool,
    /// Whether the session has written since it was made or closed. Who reads what it wrote a moment ago must not ask a
    /// copy that has not got it yet.
    pub has_written: bool,
}

impl BindRequest<'_> {
    /// Whether objects of this mapped struct are loaded or written.
    #[must_use]
    pub fn is_of<T: MappedClass>(&self) -> bool {
        self.class.is_some_and(|class| class == T::mapper())
    }
}

/// Chooses an engine, or leaves it to the others.
pub(super) type Route = Arc<dyn Fn(&BindRequest<'_>) -> Option<Engine> + Send + Sync>;

/// Which engine serves what.
#[derive(Clone, Default)]
pub(in crate::orm) struct Binds {
    route: Option<Route>,
    classes: Vec<(Class, Engine)>,
}

impl Binds {
    pub(super) fn set_route(&mut self, route: Route) {
        self.route = Some(route);
    }

    pub(super) fn bind(&mut self, class: Class, engine: Engine) {
        self.classes.retain(|(known, _)| *known != class);
        self.classes.push((class, engine));
    }

    /// Whether the same engine serves all.
    pub(super) fn is_plain(&self) -> bool {
        self.route.is_none() && self.classes.is_empty()
    }

    /// Whether it matters what a statement does.
    pub(super) fn is_routed(&self) -> bool {
        self.route.is_some()
    }

    /// The engine for a request, if it is not the usual one.
    pub(super) fn choose(&self, request: &BindRequest<'_>) -> Option<Engine> {
        let routed = self.route.as_ref().and_then(|route| route(request));
        routed.or_else(|| {
            let class = request.class?.class();
            let (_, engine) = self.classes.iter().find(|(known, _)| *known == class)?;
            Some(engine.clone())
        })
    }
}

impl fmt::Debug for Binds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Binds")
            .field("is_routed", &self.is_routed())
            .field("classes", &self.classes.len())
            .finish()
    }
}
