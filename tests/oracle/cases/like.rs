//! Cases of the category "like".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
