//! Medians and ratios of all rounds: tables in Markdown, and everything in JSON.

use std::collections::BTreeMap;
use std::io::stdin;

use serde::Serialize;

use crate::contender::Result;
use crate::goals;
use crate::planning;
use crate::round::Sample;

const TITLES: &[(&str, &str)] = &[
    ("b", "one prepared row on an open connection, in an open transaction (b)"),
    ("b 1", "one task on two worker threads: checkout, SELECT, return (b)"),
    ("b'", "32 tasks on 8 connections, two worker threads: checkout, SELECT, return (b')"),
    ("k", "512 tasks on 8 connections, as before (k)"),
    ("h", "32 tasks on 8 connections, two worker threads: a SELECT that reads 5,000 rows (h)"),
    ("c", "pooled checkout, SELECT in a transaction, return (c)"),
    ("c plain", "pooled checkout, plain SELECT, return (c)"),
    ("d", "one row by key, in an open transaction (d)"),
    ("e", "one row by key, awaited (e)"),
    ("f", "10,000 rows into structs (f)"),
    ("t", "10,000 rows with a timestamp, a UUID, a decimal and JSON into structs (t)"),
    (
        "p",
        "a select of 3 joins, 5 values and an IN list of 10, from the statement to text and values (p)",
    ),
    ("g", "100 rows inserted in one transaction (g)"),
    ("g keys", "100 rows inserted in one transaction, with their keys (g keys)"),
    ("g many", "1,000 rows inserted in one transaction (g many)"),
];

const PACKAGES: &[&str] = &[
    "diesel",
    "diesel-async",
    "mysql",
    "mysql_async",
    "rusqlite",
    "sea-orm",
    "sea-query",
    "sqlx",
    "tokio-postgres",
];

/// All rounds of one contender under one pinning.
#[derive(Debug, Serialize)]
pub(crate) struct Median {
    pub(crate) database: String,
    pub(crate) workload: String,
    pub(crate) contender: String,
    pub(crate) sends: String,
    pub(crate) awaited: bool,
    pub(crate) pinning: String,
    pub(crate) place: usize,
    pub(crate) rounds: usize,
    /// Nanoseconds.
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// Reads samples from the standard input.
pub(crate) fn run(file: &str) -> Result<()> {
    let samples: Vec<Sample> =
        stdin().lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect::<Result<_>>()?;
    let medians = medians(&samples);
    println!("{}\n", versions().join(", "));
    for database in ["PostgreSQL", "MariaDB", "SQLite", planning::DATABASE] {
        for (workload, title) in TITLES {
            let table: Vec<_> = medians
                .iter()
                .filter(|one| one.database == database && one.workload == *workload)
                .collect();
            if !table.is_empty() {
                print(&format!("{database}: {title}"), &table);
            }
        }
    }
    goals::print(&medians);
    let all = serde_json::json!({
        "versions": versions(), "medians": medians, "samples": samples,
    });
    std::fs::write(file, serde_json::to_string_pretty(&all)?)?;
    Ok(())
}

/// In the order in which they were declared.
fn medians(samples: &[Sample]) -> Vec<Median> {
    let mut groups: BTreeMap<_, Vec<&Sample>> = BTreeMap::new();
    for sample in samples {
        let key = (&sample.database, &sample.workload, sample.place, &sample.pinning);
        groups.entry(key).or_default().push(sample);
    }
    groups.into_values().map(|group| median(&group)).collect()
}

fn median(group: &[&Sample]) -> Median {
    let mut times: Vec<_> = group.iter().map(|sample| sample.nanoseconds).collect();
    times.sort_by(f64::total_cmp);
    let first = group[0];
    Median {
        database: first.database.clone(),
        workload: first.workload.clone(),
        contender: first.contender.clone(),
        sends: first.sends.clone(),
        awaited: first.awaited,
        pinning: first.pinning.clone(),
        place: first.place,
        rounds: times.len(),
        median: times[times.len() / 2],
        min: times[0],
        max: times[times.len() - 1],
    }
}

fn print(title: &str, table: &[&Median]) {
    let mut pinnings: Vec<&str> = table.iter().map(|one| one.pinning.as_str()).collect();
    pinnings.sort_unstable();
    pinnings.dedup();
    let rates = table.iter().any(|one| ["b'", "k", "h"].contains(&one.workload.as_str()));
    println!("## {title}\n");
    println!("| | sends | {} | |", pinnings.join(" | | "));
    println!("| --- | --- |{}", " --- | --- |".repeat(pinnings.len()));
    let find =
        |place, pinning: &str| table.iter().find(|o| o.place == place && o.pinning == pinning);
    let first = table.iter().map(|one| one.place).min().unwrap_or_default();
    let mut places: Vec<_> = table.iter().map(|one| one.place).collect();
    places.dedup();
    for place in places {
        let Some(one) = table.iter().find(|one| one.place == place) else { continue };
        let mut line = format!("| {} | {} |", one.contender, one.sends);
        for pinning in &pinnings {
            let ratio = match (find(place, pinning), find(first, pinning)) {
                (Some(one), Some(first)) if rates => {
                    format!(" {:.0}/s | {:.2}× |", 1e9 / one.median, first.median / one.median)
                }
                (Some(one), Some(first)) => {
                    format!(" {} | {:.2}× |", show(one.median), one.median / first.median)
                }
                _ => " | |".to_owned(),
            };
            line.push_str(&ratio);
        }
        println!("{line}");
    }
    println!();
}

/// A time that people can read.
pub(crate) fn show(nanoseconds: f64) -> String {
    match nanoseconds {
        n if n < 1e3 => format!("{n:.0} ns"),
        n if n < 1e6 => format!("{:.2} µs", n / 1e3),
        n => format!("{:.3} ms", n / 1e6),
    }
}

/// What was compared, by the lock files of both programs.
fn versions() -> Vec<String> {
    let mut versions = of(include_str!("../Cargo.lock"), "");
    let peers = of(include_str!("../sqlite/Cargo.lock"), " (the peers' SQLite)");
    versions.extend(peers.into_iter().filter(|version| version.starts_with("rusqlite")));
    versions
}

fn of(lock: &str, remark: &str) -> Vec<String> {
    let mut versions = Vec::new();
    let mut lines = lock.lines();
    while let Some(line) = lines.next() {
        let name = line.strip_prefix("name = \"").and_then(|rest| rest.strip_suffix('"'));
        let Some(name) = name.filter(|name| PACKAGES.contains(name)) else { continue };
        let version = lines.next().unwrap_or_default().trim_start_matches("version = ");
        versions.push(format!("{name} {}{remark}", version.trim_matches('"')));
    }
    versions
}
