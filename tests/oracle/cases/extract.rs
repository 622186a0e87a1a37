//! Cases of the category "extract".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
