//! Cases of the category "cast".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
