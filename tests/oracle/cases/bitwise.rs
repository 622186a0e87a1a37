//! Cases of the category "bitwise".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
