//! Cases of the category "case".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
