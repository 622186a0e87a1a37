//! Cases of the category "set".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
