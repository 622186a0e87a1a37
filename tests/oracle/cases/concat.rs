//! Cases of the category "concat".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
