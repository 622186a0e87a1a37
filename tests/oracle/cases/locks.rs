//! Cases of the category "lock".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
