//! Cases of the category "bind".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
