//! Cases of the category "between".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
