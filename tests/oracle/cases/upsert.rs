//! Cases of the category "upsert".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
