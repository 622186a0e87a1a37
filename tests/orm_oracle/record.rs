//! What was recorded: programs by their names, and the trace of each on each database.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::item::{Item, Statement};

/// A database that the programs run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::enum_variant_names, reason = "that is what they are called")]
pub(crate) enum Db {
    Sqlite,
    PostgreSql,
    MariaDb,
}

#[derive(Debug)]
pub(crate) struct Oracle {
    pub(crate) cases: BTreeMap<String, Recorded>,
}

#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) title: String,
    pub(crate) group: String,
    /// Whether the program awaits.
    pub(crate) is_async: bool,
    traces: BTreeMap<String, Vec<Item>>,
}

impl Oracle {
    pub(crate) fn read() -> Self {
        let all: Json = serde_json::from_str(include_str!("oracle.json")).unwrap();
        let recorded = |case: &Json| {
            let text = |key: &str| case[key].as_str().unwrap().to_owned();
            let traces = case["trace"].as_object().unwrap().iter();
            let trace = |items: &Json| items.as_array().unwrap().iter().map(item).collect();
            let recorded = Recorded {
                title: text("title"),
                group: text("group"),
                is_async: case["async"] == true,
                traces: traces.map(|(db, items)| (db.clone(), trace(items))).collect(),
            };
            (text("id"), recorded)
        };
        Self { cases: all["cases"].as_array().unwrap().iter().map(recorded).collect() }
    }
}

impl Recorded {
    /// What the program is to show on a database; `None` if it makes no sense there. MariaDB was not
    /// recorded: it has to show what PostgreSQL shows.
    pub(crate) fn trace(&self, db: Db) -> Option<&[Item]> {
        let key = match db {
            Db::Sqlite => "sqlite",
            Db::PostgreSql | Db::MariaDb => "postgresql",
        };
        self.traces.get(key).map(Vec::as_slice)
    }
}

fn item(item: &Json) -> Item {
    let text = |key: &str| item[key].as_str().unwrap().to_owned();
    let has = |key: &str| item.get(key).is_some();
    if has("tx") {
        return Item::Transaction(text("tx"));
    }
    if has("step") {
        return Item::Step(text("step"));
    }
    if has("show") {
        return Item::Show { label: text("show"), value: item["value"].clone() };
    }
    if has("raises") {
        let cause = item.get("cause").and_then(Json::as_str).map(str::to_owned);
        return Item::Raises { at: text("at"), kind: cause.unwrap_or_else(|| text("raises")) };
    }
    if has("warning") {
        return Item::Warning(text("warning"));
    }
    if has("event") {
        return Item::Event(text("event"));
    }
    let params = item["params"].as_array().unwrap();
    let is_many = params.first().is_some_and(Json::is_array);
    let sets = if is_many {
        params.iter().map(|set| set.as_array().unwrap().clone()).collect()
    } else {
        vec![params.clone()]
    };
    let is_in_any_order = item.get("any_order").is_some();
    Item::Statement(Statement { sql: text("sql"), sets, is_in_any_order })
}
