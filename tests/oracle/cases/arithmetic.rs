//! Cases of the category "arithmetic".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
