//! Cases of the category "literal".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
