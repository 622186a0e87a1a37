//! Cases of the category "subquery".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
