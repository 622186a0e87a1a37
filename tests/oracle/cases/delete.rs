//! Cases of the category "delete".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
