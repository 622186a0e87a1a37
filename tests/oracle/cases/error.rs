//! Cases of the category "error".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
