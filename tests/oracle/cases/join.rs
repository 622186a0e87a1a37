//! Cases of the category "join".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
