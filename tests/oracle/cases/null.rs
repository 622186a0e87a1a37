//! Cases of the category "null".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
