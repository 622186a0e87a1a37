//! Cases of the category "window".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
