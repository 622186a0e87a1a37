//! Programs of the group "events": hooks of a session.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aludel::orm::{AfterFlush, AfterFlushPostexec, Many};
use aludel::{Auto, Mapped, MetaData, event};

use super::Cases;
use crate::sessions::{any_named, identified};

#[derive(Debug, Clone, Default, Mapped)]
#[aludel(table = "items")]
struct Item {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: Option<String>,
    #[aludel(cascade = "all, delete-orphan")]
    parts: Many<Part>,
}

#[derive(Debug, Clone, Default, Mapped)]
#[aludel(table = "parts")]
struct Part {
    #[aludel(primary_key)]
    id: Auto<i64>,
    name: Option<String>,
    #[aludel(foreign_key = "items.id")]
    item_id: Option<i64>,
}
identified!(Item, Part);

fn tables() -> MetaData {
    MetaData::new().with::<Item>().with::<Part>()
}

fn item(name: &str) -> Item {
    Item { name: Some(name.to_owned()), ..Item::default() }
}

fn part(name: String) -> Part {
    Part { name: Some(name), ..Part::default() }
}

pub(super) fn cases(to: &mut Cases) {
    to.sync("eve-005", |t| {
        t.setup(&tables(), &[]);
        let mut s = t.session();
        event::listen(&s, |event: &mut AfterFlush<'_>| {
            for key in event.session.new_objects() {
                if let Some(key) = key.of::<Item>() {
                    let name = event.session[&key].name.clone().unwrap_or_default();
                    event.session.add(part(format!("for {name}")))?;
                }
            }
            Ok(())
        });
        t.step("plain flush");
        s.add(item("x"))?;
        s.flush()?;
        t.show("new", any_named::<Part>(&s, &s.new_objects()));
        t.step("commit goes on until nothing is left");
        s.add(item("y"))?;
        s.commit()?;
        t.rows("SELECT name FROM parts ORDER BY name");
        Ok(())
    });
    to.sync("eve-006", |t| {
        t.setup(&tables(), &[]);
        let mut s = t.session();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        event::listen(&s, move |event: &mut AfterFlushPostexec<'_>| {
            counted.fetch_add(1, Ordering::Relaxed);
            event.session.add(part("more".to_owned())).map(drop)
        });
        s.add(item("x"))?;
        let committed = s.commit();
        let flushes = count.load(Ordering::Relaxed);
        s.rollback()?;
        // What is sent meanwhile is not recorded.
        t.forget();
        t.raises("commit", committed);
        t.show("flushes", flushes);
        t.rows("SELECT count(*) FROM parts");
        Ok(())
    });
}
