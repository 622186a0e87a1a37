//! Cases of the category "cte".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
