//! Cases of the category "group".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
