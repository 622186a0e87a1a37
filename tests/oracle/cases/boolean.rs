//! Cases of the category "boolean".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
