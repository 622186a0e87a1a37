//! What was recorded.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use crate::tables::Db;

pub(crate) struct Oracle {
    /// The statements that make the tables and fill them, by database.
    pub(crate) fixture: BTreeMap<String, Vec<String>>,
    pub(crate) cases: BTreeMap<String, Recorded>,
}

pub(crate) struct Recorded {
    pub(crate) description: String,
    case: Json,
}

impl Oracle {
    pub(crate) fn read() -> Self {
        let mut all: Json = serde_json::from_str(include_str!("oracle.json")).unwrap();
        let fixture = serde_json::from_value(all["fixture"].take()).unwrap();
        let Json::Array(cases) = all["cases"].take() else { panic!("cases are a list") };
        let recorded = |case: Json| {
            let text = |key: &str| case[key].as_str().unwrap().to_owned();
            (text("id"), Recorded { description: text("description"), case })
        };
        Self { fixture, cases: cases.into_iter().map(recorded).collect() }
    }
}

impl Recorded {
    /// What the database answered; `None` if it was not asked.
    pub(crate) fn result(&self, db: Db) -> Option<&Json> {
        self.case["results"].get(db.key())
    }

    /// Whether its answer says nothing about the database.
    pub(crate) fn is_skipped(&self, db: Db) -> bool {
        self.case["skip"].get(db.key()).is_some()
    }

    /// Whether the order of the rows counts.
    pub(crate) fn is_ordered(&self) -> bool {
        self.case["ordered"].as_bool().unwrap_or(true)
    }

    /// Whether the number of changed rows was recorded: databases count those of an upsert otherwise.
    pub(crate) fn counts_rows(&self) -> bool {
        self.case["category"] != "upsert"
    }

    /// Whether only the number of rows is the same in each run.
    pub(crate) fn is_volatile(&self) -> bool {
        self.case["volatile"].as_bool().unwrap_or(false)
    }

    /// The rows that the expression means.
    pub(crate) fn meaning(&self) -> Option<&Vec<Json>> {
        self.case.get("expect").and_then(Json::as_array)
    }

    /// Whether SQLAlchemy itself answers otherwise on this database.
    pub(crate) fn differs_from_meaning(&self, db: Db) -> bool {
        let list = self.case.get("differs_from_meaning").and_then(Json::as_array);
        list.is_some_and(|list| list.iter().any(|name| name == db.key()))
    }

    /// The rows of other databases.
    pub(crate) fn rows_of_others(&self) -> Vec<&Vec<Json>> {
        let results = self.case["results"].as_object().unwrap();
        results.values().filter_map(|result| result["rows"].as_array()).collect()
    }

    /// What other databases answered that did not fail.
    pub(crate) fn of_others(&self, db: Db) -> Vec<&Json> {
        let results = self.case["results"].as_object().unwrap().iter();
        let others =
            results.filter(|(name, result)| *name != db.key() && result.get("error").is_none());
        others.map(|(_, result)| result).collect()
    }
}
