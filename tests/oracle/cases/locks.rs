//! FOR UPDATE.

use aludel::select;
use aludel::sql::RowLock;

use super::Cases;

pub(super) fn cases(to: &mut Cases) {
    to.query("lock-01", |t| select(t.u("id")).where_(t.u("id").eq(1)).with_for_update());
    to.query("lock-02", |t| select(t.u("id")).where_(t.u("id").eq(1)).with_lock(RowLock::share()));
    to.query("lock-03", |t| {
        select(t.u("id")).where_(t.u("id").eq(1)).with_lock(RowLock::update().nowait())
    });
    to.query("lock-04", |t| {
        select(t.u("id")).where_(t.u("id").eq(1)).with_lock(RowLock::update().skip_locked())
    });
    to.try_query("lock-06", |t| {
        let m = t.users.alias("m x");
        let lock = RowLock::share().of(&m).skip_locked();
        Ok(select(m.c("id")?).where_(m.c("id")?.eq(1)).with_lock(lock))
    });
}
