//! Cases of the category "collate".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
