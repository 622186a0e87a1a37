//! The children of a node.

use std::mem;
use std::ops::{Deref, DerefMut};

use super::{Expression, Kind, Literal, ValueType};
use crate::value::Value;

/// The children of a node. Half of all nodes have none.
#[derive(Debug, Default)]
pub(in crate::sql) struct Children(Option<Vec<Expression>>);

impl Children {
    pub(super) const NONE: Self = Self(None);

    pub(super) fn with_capacity(children: usize) -> Self {
        Self((children != 0).then(|| Vec::with_capacity(children)))
    }

    pub(super) fn push(&mut self, child: Expression) {
        self.0.get_or_insert_default().push(child);
    }

    pub(super) fn pop(&mut self) -> Option<Expression> {
        self.0.as_mut()?.pop()
    }

    pub(super) fn extend(&mut self, children: impl IntoIterator<Item = Expression>) {
        self.0.get_or_insert_default().extend(children);
    }

    #[inline]
    pub(in crate::sql) fn into_vec(mut self) -> Vec<Expression> {
        self.0.take().unwrap_or_default()
    }
}

impl From<Vec<Expression>> for Children {
    #[inline]
    fn from(children: Vec<Expression>) -> Self {
        Self(Some(children))
    }
}

impl Deref for Children {
    type Target = [Expression];

    #[inline]
    fn deref(&self) -> &[Expression] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl DerefMut for Children {
    #[inline]
    fn deref_mut(&mut self) -> &mut [Expression] {
        self.0.as_deref_mut().unwrap_or_default()
    }
}

/// Where none of them has anything to free they are not dropped one by one: to see that is less than to
/// drop one of so many kinds, and most children are a column and a value.
impl Drop for Children {
    #[inline]
    fn drop(&mut self) {
        if let Some(children) = &mut self.0 {
            forget_plain(children);
        }
    }
}

/// Takes expressions out of a list that is to be dropped if none of them has anything to free.
#[inline]
pub(in crate::sql) fn forget_plain(list: &mut Vec<Expression>) {
    if list.iter().all(Expression::has_nothing_to_free) {
        mem::forget(list.drain(..));
    }
}

impl Expression {
    #[inline]
    fn has_nothing_to_free(&self) -> bool {
        let plain = match &self.kind {
            Kind::Literal(Literal { value, ty }) => {
                let number =
                    matches!(value, Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_));
                number && !matches!(ty, ValueType::Described(_))
            }
            Kind::MappedColumn { alias: None, .. } => true,
            _ => false,
        };
        plain && self.children.0.is_none()
    }
}
