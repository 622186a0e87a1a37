//! Cases of the category "identifier".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
