//! Cases of the category "function".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
