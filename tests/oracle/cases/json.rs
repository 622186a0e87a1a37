//! Cases of the category "json".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
