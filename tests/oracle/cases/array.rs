//! Cases of the category "array".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
