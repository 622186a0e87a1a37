//! Cases of the category "insert".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
