//! Cases of the category "ddl".

use super::Cases;

pub(super) fn cases(_to: &mut Cases) {}
