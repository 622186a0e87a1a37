//! Cases of the category "update".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
