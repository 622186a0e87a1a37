//! Cases of the category "text".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
