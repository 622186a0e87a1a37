//! Cases of the category "compare".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
