//! Cases of the category "distinct".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
