//! Cases of the category "collate".

use aludel::select;

use super::Cases;
use crate::tables::Db;

pub(super) fn cases(to: &mut Cases) {
    to.query("collate-02", |t| {
        let (collation, wanted) = match t.db {
            Db::PostgreSql => ("C", "bobX"),
            Db::MariaDb => ("utf8mb4_bin", "bobX"),
            Db::Sqlite => ("NOCASE", "BOBx"),
        };
        select(t.u("id")).where_(t.u("name").concat("X").collate(collation).eq(wanted))
    });
    to.query("collate-03", |t| {
        let collation = match t.db {
            Db::PostgreSql => "C",
            Db::MariaDb => "utf8mb4_bin",
            Db::Sqlite => "NOCASE",
        };
        let name = || t.u("name").collate(collation).label("n");
        select(name()).order_by(name())
    });
}
