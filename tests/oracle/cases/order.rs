//! Cases of the category "order".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
