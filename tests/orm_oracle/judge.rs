//! Whether a trace is the recorded one: what the program sees, and then what it sends.

use std::collections::BTreeMap;

use crate::errors;
use crate::item::{Item, WEIGHTS};
use crate::lines::{self, Line, Unit};
use crate::shape::Verb;

/// How a trace stands to the recorded one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Same,
    /// The program sees the same, and sent so many statements less.
    Fewer(usize),
    Different(String),
}

/// A line of the record, and those that stand in its place.
pub(crate) type Edit = (&'static str, &'static [&'static str]);

/// Compares what the program saw and sent.
pub(crate) fn judge(recorded: &[Item], ours: &[Item], edits: &[Edit]) -> Verdict {
    let any_order = lines::in_any_order(recorded);
    let theirs = lines::of(recorded, &any_order);
    let theirs = match edited(theirs, edits) {
        Ok(theirs) => theirs,
        Err(why) => return Verdict::Different(why),
    };
    let ours = lines::of(ours, &any_order);
    if let Err(why) = same_seen(&theirs, &ours) {
        return Verdict::Different(why);
    }
    match statements(&theirs, &ours) {
        Ok(0) => Verdict::Same,
        Ok(fewer) => Verdict::Fewer(fewer),
        Err(why) => Verdict::Different(why),
    }
}

/// Compares what the program saw.
pub(crate) fn judge_seen(recorded: &[Item], ours: &[Item], edits: &[Edit]) -> Verdict {
    let is_seen = |line: &Line| matches!(line, Line::Seen { .. });
    let only_seen = |text: &str| is_seen(&Line::parse(text, 0));
    let theirs = lines::of(recorded, &[]).into_iter().filter(is_seen).collect();
    let mut edits = edits.to_vec();
    // A statement that becomes another is nothing here.
    edits.retain(|(line, _)| only_seen(line));
    match edited(theirs, &edits).and_then(|theirs| same_seen(&theirs, &lines::of(ours, &[]))) {
        Ok(()) => Verdict::Same,
        Err(why) => Verdict::Different(why),
    }
}

/// The record as it is to be here. Each edit is found behind the one before.
fn edited(theirs: Vec<Line>, edits: &[Edit]) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    let mut left = edits.iter().peekable();
    for (number, line) in theirs.into_iter().enumerate() {
        match left.next_if(|(text, _)| *text == line.text()) {
            // A statement has a number of its own, behind those of the record.
            Some((_, with)) => lines.extend(
                with.iter()
                    .enumerate()
                    .map(|(place, text)| Line::parse(text, 1_000_000 + number * 100 + place)),
            ),
            None => lines.push(line),
        }
    }
    match left.next() {
        Some((text, _)) => {
            Err(format!("the record has no line `{text}` (or it stands before another edit)"))
        }
        None => Ok(lines),
    }
}

/// Whether the program sees the same, in the order of weight.
fn same_seen(theirs: &[Line], ours: &[Line]) -> Result<(), String> {
    let seen = |lines: &'_ [Line]| -> Vec<Line> {
        lines.iter().filter(|line| matches!(line, Line::Seen { .. })).cloned().collect()
    };
    let (theirs, ours) = (seen(theirs), seen(ours));
    for (weight, name) in WEIGHTS.iter().enumerate() {
        let of = |lines: &[Line]| -> Vec<Line> {
            let this = |line: &&Line| matches!(line, Line::Seen { weight: w, .. } if usize::from(*w) == weight);
            lines.iter().filter(this).cloned().collect()
        };
        same_lines(&of(&theirs), &of(&ours), name)?;
    }
    same_lines(&theirs, &ours, "the order of what is seen")
}

fn same_lines(theirs: &[Line], ours: &[Line], what: &str) -> Result<(), String> {
    for place in 0..theirs.len().max(ours.len()) {
        let text = |lines: &[Line]| lines.get(place).map_or("nothing", Line::text).to_owned();
        let same = match (theirs.get(place), ours.get(place)) {
            (Some(theirs), Some(ours)) => is_same(theirs, ours),
            _ => false,
        };
        if !same {
            return Err(format!(
                "{what}:\n    recorded: {}\n    ours:     {}",
                text(theirs),
                text(ours)
            ));
        }
    }
    Ok(())
}

/// Errors are the same if the kind of one stands for the class of the other.
fn is_same(theirs: &Line, ours: &Line) -> bool {
    match (theirs, ours) {
        (Line::Seen { raises: Some(theirs), .. }, Line::Seen { raises: Some(ours), .. }) => {
            theirs.at == ours.at && errors::stands_for(&ours.kind, &theirs.kind)
        }
        (Line::Unit(theirs), Line::Unit(ours)) => theirs.text == ours.text,
        (theirs, ours) => theirs.text() == ours.text(),
    }
}

/// A unit and how many things were seen before it.
struct Placed<'a> {
    unit: &'a Unit,
    behind: usize,
    /// The number of its transaction.
    transaction: usize,
}

fn placed(lines: &[Line]) -> Vec<Placed<'_>> {
    let (mut behind, mut transaction) = (0, 0);
    let mut all = Vec::new();
    for line in lines {
        match line {
            Line::Seen { .. } => behind += 1,
            Line::Begin => transaction += 1,
            Line::End(_) => {}
            Line::Unit(unit) => all.push(Placed { unit, behind, transaction }),
        }
    }
    all
}

/// Whether the same is sent, but for statements without which the outcome is the same: how many of them there are.
fn statements(theirs: &[Line], ours: &[Line]) -> Result<usize, String> {
    let (units, our_units) = (placed(theirs), placed(ours));
    let mut kept = vec![false; units.len()];
    let mut pairs = Vec::new();
    let mut next = 0;
    for our in &our_units {
        let found = units[next..]
            .iter()
            .position(|their| their.behind == our.behind && their.unit.text == our.unit.text);
        let Some(found) = found else {
            return Err(differ(theirs, ours, our.behind));
        };
        kept[next + found] = true;
        pairs.push((units[next + found].unit.statement, our.unit.statement));
        next += found + 1;
    }
    lost_writes(theirs, &units, &kept)?;
    let left = without(theirs, &kept);
    let mut seen = 0;
    for place in 0..left.len().max(ours.len()) {
        match (left.get(place), ours.get(place)) {
            (Some(Line::Seen { .. }), Some(Line::Seen { .. })) => seen += 1,
            (Some(their), Some(our)) if is_same(their, our) => {}
            _ => return Err(differ(theirs, ours, seen)),
        }
    }
    for ((their, our), (next_theirs, next_ours)) in pairs.iter().zip(pairs.iter().skip(1)) {
        if their == next_theirs && our != next_ours {
            let at = our_units.iter().position(|placed| placed.unit.statement == *next_ours);
            let behind = at.map_or(0, |at| our_units[at].behind);
            return Err(format!("a batch is split: {}", differ(theirs, ours, behind)));
        }
    }
    let count = |units: &[Placed<'_>]| {
        let mut numbers: Vec<_> = units.iter().map(|placed| placed.unit.statement).collect();
        numbers.dedup();
        numbers.len()
    };
    Ok(count(&units) - count(&our_units))
}

/// A statement that writes may be left out if the others of its transaction leave the same behind.
fn lost_writes(lines: &[Line], units: &[Placed<'_>], kept: &[bool]) -> Result<(), String> {
    let mut ends = BTreeMap::new();
    let mut transaction = 0;
    for line in lines {
        match line {
            Line::Begin => transaction += 1,
            Line::End(word) => drop(ends.insert(transaction, &**word)),
            _ => {}
        }
    }
    for (lost, _) in units.iter().zip(kept).filter(|(_, kept)| !**kept) {
        if lost.unit.effect.is_none() || ends.get(&lost.transaction) == Some(&"ROLLBACK") {
            continue;
        }
        let of = |all: bool| {
            let these = units
                .iter()
                .zip(kept)
                .filter(|(unit, kept)| unit.transaction == lost.transaction && (all || **kept));
            net(these.map(|(placed, _)| placed.unit))
        };
        if is_interleaved(lines) || of(true) != of(false) {
            return Err(format!("a statement that writes is missing: {}", lost.unit.text));
        }
    }
    Ok(())
}

/// What statements leave behind: rows that are inserted and deleted, and the last value of each column.
fn net<'a>(
    units: impl Iterator<Item = &'a Unit>,
) -> (Vec<String>, BTreeMap<String, BTreeMap<String, String>>) {
    let mut done = Vec::new();
    let mut changed: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for unit in units {
        match &unit.effect {
            Some(execution) if execution.verb == Verb::Update => {
                let row = format!("{} WHERE {}", execution.head, execution.conditions);
                changed.entry(row).or_default().extend(execution.written.iter().cloned());
            }
            Some(_) => done.push(unit.text.clone()),
            None => {}
        }
    }
    (done, changed)
}

/// Whether two transactions are open at once.
fn is_interleaved(lines: &[Line]) -> bool {
    let mut open = 0_i32;
    lines.iter().any(|line| {
        match line {
            Line::Begin => open += 1,
            Line::End(_) => open -= 1,
            _ => {}
        }
        open > 1
    })
}

/// The lines without the units that are not kept. A transaction begins with the first statement that is left, and
/// without one not at all.
fn without(lines: &[Line], kept: &[bool]) -> Vec<Line> {
    let moves = !is_interleaved(lines);
    let mut kept_of = kept.iter();
    let mut left = Vec::new();
    let mut waits = false;
    for (place, line) in lines.iter().enumerate() {
        match line {
            Line::Begin => {
                let next =
                    lines[place + 1..].iter().find(|line| !matches!(line, Line::Seen { .. }));
                let is_lost = matches!(next, Some(Line::Unit(_)))
                    && kept_of.as_slice().first() == Some(&false);
                if is_lost && moves {
                    waits = true;
                } else {
                    left.push(Line::Begin);
                }
            }
            Line::End(_) if waits => waits = false,
            Line::Unit(_) => {
                if kept_of.next() == Some(&true) {
                    if std::mem::take(&mut waits) {
                        left.push(Line::Begin);
                    }
                    left.push(line.clone());
                }
            }
            other => left.push(other.clone()),
        }
    }
    left
}

/// What is sent on both sides between two things that are seen.
fn differ(theirs: &[Line], ours: &[Line], behind: usize) -> String {
    let between = |lines: &[Line]| -> Vec<Line> {
        let mut seen = 0;
        let here = lines.iter().filter(|line| {
            seen += usize::from(matches!(line, Line::Seen { .. }));
            seen == behind && !matches!(line, Line::Seen { .. })
        });
        here.cloned().collect()
    };
    let (here, our) = (between(theirs), between(ours));
    let heads = |lines: &[Line]| -> Vec<String> {
        let head = |line: &Line| match line {
            Line::Unit(unit) => unit.head.clone(),
            other => other.text().to_owned(),
        };
        lines.iter().map(head).collect()
    };
    let what = if heads(&here) == heads(&our) { "values or text" } else { "statements" };
    let show = |lines: &[Line]| -> String {
        let mut last = None;
        let mut text = String::new();
        for line in lines {
            let number = if let Line::Unit(unit) = line { Some(unit.statement) } else { None };
            let mark = if number.is_some() && number == last { "  + " } else { "  " };
            text.push_str(&format!("\n    {mark}{}", line.text()));
            last = number;
        }
        if text.is_empty() { "\n      nothing".to_owned() } else { text }
    };
    let last =
        theirs.iter().filter(|line| matches!(line, Line::Seen { .. })).nth(behind.wrapping_sub(1));
    let place =
        last.map_or("at the beginning".to_owned(), |line| format!("behind `{}`", line.text()));
    format!("{what} {place}:\n    recorded:{}\n    ours:{}", show(&here), show(&our))
}
