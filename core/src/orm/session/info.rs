//! What a program keeps with a session.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

/// What a program keeps with a session, one value of each type. Copies share the values.
///
/// ```
/// use aludel::orm::SessionInfo;
///
/// #[derive(Debug, PartialEq)]
/// struct Tenant(u32);
///
/// let mut info = SessionInfo::new();
/// info.insert(Tenant(7));
/// assert_eq!(info.get(), Some(&Tenant(7)));
/// ```
#[derive(Clone, Default)]
pub struct SessionInfo(Vec<(TypeId, Arc<dyn Any + Send + Sync>)>);

impl SessionInfo {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The value of this type, if there is one.
    #[must_use]
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        let id = TypeId::of::<T>();
        let (_, value) = self.0.iter().find(|(known, _)| *known == id)?;
        value.downcast_ref()
    }

    /// Keeps a value, in place of another of its type.
    pub fn insert<T: Any + Send + Sync>(&mut self, value: T) {
        self.put(TypeId::of::<T>(), Arc::new(value));
    }

    /// Forgets the value of this type; whether there was one.
    pub fn remove<T: Any + Send + Sync>(&mut self) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _)| *known != TypeId::of::<T>());
        self.0.len() < before
    }

    /// Takes the values of another over.
    pub fn extend(&mut self, other: &Self) {
        for (id, value) in &other.0 {
            self.put(*id, Arc::clone(value));
        }
    }

    fn put(&mut self, id: TypeId, value: Arc<dyn Any + Send + Sync>) {
        self.0.retain(|(known, _)| *known != id);
        self.0.push((id, value));
    }
}

impl fmt::Debug for SessionInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionInfo").field("values", &self.0.len()).finish()
    }
}
