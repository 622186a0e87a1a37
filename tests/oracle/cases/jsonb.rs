//! Cases of the category "jsonb".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
