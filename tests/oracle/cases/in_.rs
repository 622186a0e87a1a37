//! Cases of the category "in".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
