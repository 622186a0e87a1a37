//! Statements without names: the server keeps nothing between two executions.
//!
//! ```text
//!   the client sends        the server gets                        the server answers
//!   Parse s1, Describe s1   Parse "", Describe ""                  is noted and passed on
//!   Bind s1, Execute        Parse "", Describe "", Bind "", …      passed on from the answer to Bind on
//!   Close s1                Close ""                               passed on
//! ```
//!
//! So an execution needs no session in which it was prepared. Its parameters are declared with the types
//! that the server had inferred. If it has other columns than when it was prepared, since its tables
//! have changed, that becomes the error by which a server refuses a prepared statement that is out of
//! date; but here it has been executed.

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::{Arc, OnceLock};

use bytes::BytesMut;

use super::frames::{Frames, Handler, Verdict, may_have_name, name, put};

/// What the server would say of a statement that is out of date.
const STALE: &[u8] = b"SERROR\0VERROR\0C0A000\0Mcached plan must not change result type\0\
                       Fplancache.c\0RRevalidateCachedQuery\0\0";

/// A statement that the client takes to be prepared.
struct Statement {
    query: Box<[u8]>,
    /// The types of its parameters as they were declared: their number, and their OIDs.
    declared: Box<[u8]>,
    described: OnceLock<Described>,
}

/// What the server said of it.
struct Described {
    /// As `declared`.
    types: Box<[u8]>,
    /// The message about its columns.
    columns: (u8, Box<[u8]>),
}

/// What a server answers up to the next ReadyForQuery.
#[derive(Default)]
enum Exchange {
    #[default]
    Other,
    Prepare(Arc<Statement>, Option<Box<[u8]>>),
    /// With the answers to what the client does not know of still to come.
    Execute(Arc<Statement>),
    /// Of an execution whose columns are others.
    Stale,
}

pub(super) struct Unnamed {
    outgoing: Frames,
    incoming: Frames,
    sent: Sent,
    answers: Answers,
}

#[derive(Default)]
struct Sent {
    statements: HashMap<Box<[u8]>, Arc<Statement>>,
    /// What is being sent.
    now: Exchange,
    /// What was sent since `answers` were looked at.
    done: Vec<Exchange>,
}

#[derive(Default)]
struct Answers(VecDeque<Exchange>);

impl Default for Unnamed {
    fn default() -> Self {
        Self {
            outgoing: Frames::of_client(),
            incoming: Frames::of_server(),
            sent: Sent::default(),
            answers: Answers::default(),
        }
    }
}

impl Unnamed {
    pub(super) fn outgoing(&mut self, bytes: &[u8], out: &mut BytesMut) {
        self.outgoing.read(bytes, out, &mut self.sent);
        self.answers.0.extend(self.sent.done.drain(..));
    }

    pub(super) fn incoming(&mut self, bytes: &[u8], out: &mut BytesMut) {
        self.incoming.read(bytes, out, &mut self.answers);
    }
}

impl Handler for Sent {
    fn judge(&mut self, tag: u8, _: &mut BytesMut) -> Verdict {
        match tag {
            b'S' | b'Q' => self.done.push(mem::take(&mut self.now)),
            tag if may_have_name(tag) => return Verdict::Take,
            _ => {}
        }
        Verdict::Pass
    }

    fn take(&mut self, tag: u8, body: &[u8], out: &mut BytesMut) {
        let Some((at, name)) = name(tag, body) else { return put(out, tag, &[body]) };
        let (before, after) = (&body[..at], &body[at + name.len()..]);
        match tag {
            b'P' => {
                let query = &after[1..];
                let end = query.iter().position(|byte| *byte == 0).unwrap_or(query.len());
                let (query, declared) = query.split_at((end + 1).min(query.len()));
                let statement = Arc::new(Statement {
                    query: query.into(),
                    declared: declared.into(),
                    described: OnceLock::new(),
                });
                self.statements.insert(name.into(), Arc::clone(&statement));
                self.now = Exchange::Prepare(statement, None);
            }
            b'B' => {
                // A name that nobody has prepared is the server's to refuse.
                let Some(statement) = self.statements.get(name) else {
                    return put(out, tag, &[body]);
                };
                let types = match statement.described.get() {
                    Some(described) => &described.types,
                    None => &statement.declared,
                };
                put(out, b'P', &[b"\0", &statement.query, types]);
                put(out, b'D', &[b"S\0"]);
                self.now = Exchange::Execute(Arc::clone(statement));
            }
            b'C' => drop(self.statements.remove(name)),
            _ => {}
        }
        put(out, tag, &[before, after]);
    }
}

impl Handler for Answers {
    fn judge(&mut self, tag: u8, _: &mut BytesMut) -> Verdict {
        let Some(now) = self.0.front_mut() else { return Verdict::Pass };
        match (tag, &mut *now) {
            // The end of an exchange. What comes at any time belongs to none.
            (b'Z', _) => drop(self.0.pop_front()),
            (b'N' | b'A' | b'S', _) => {}
            (_, Exchange::Stale) => return Verdict::Drop,
            (b't' | b'T' | b'n', Exchange::Prepare(..)) => return Verdict::Take,
            (b'1' | b't', Exchange::Execute(_)) => return Verdict::Drop,
            (b'T' | b'n', Exchange::Execute(_)) => return Verdict::Take,
            // BindComplete, or an error: from here on it is what the client waits for.
            (_, Exchange::Execute(_)) => *now = Exchange::Other,
            (_, Exchange::Prepare(..) | Exchange::Other) => {}
        }
        Verdict::Pass
    }

    fn take(&mut self, tag: u8, body: &[u8], out: &mut BytesMut) {
        match self.0.front_mut() {
            Some(Exchange::Prepare(statement, types)) => {
                match (tag, types.take()) {
                    (b't', _) => *types = Some(body.into()),
                    (_, Some(types)) => {
                        let columns = (tag, body.into());
                        // The first description counts; a name is prepared once.
                        let _ = statement.described.set(Described { types, columns });
                    }
                    (_, None) => {}
                }
                put(out, tag, &[body]);
            }
            Some(now) => {
                let Exchange::Execute(statement) = &*now else { return };
                let same = statement.described.get().is_none_or(|described| {
                    described.columns.0 == tag && are_same(&described.columns.1, body)
                });
                if !same {
                    *now = Exchange::Stale;
                    put(out, b'E', &[STALE]);
                }
            }
            None => {}
        }
    }
}

/// Whether two descriptions are of the same columns, as a server compares them for a statement that has a
/// name: where they come from is left out, since a table that was made anew has another number.
fn are_same(before: &[u8], now: &[u8]) -> bool {
    before == now || columns(before).is_some_and(|before| columns(now) == Some(before))
}

/// The name of each column with the NUL behind it, and its type: OID, size, modifier and format.
fn columns(description: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    const TABLE_AND_PLACE: usize = 4 + 2;
    const TYPE: usize = 4 + 2 + 4 + 2;
    let (_, mut rest) = description.split_first_chunk::<2>()?;
    let mut columns = Vec::new();
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == 0)? + 1;
        let (name, behind) = rest.split_at_checked(end)?;
        let (ty, behind) = behind.get(TABLE_AND_PLACE..)?.split_at_checked(TYPE)?;
        columns.push((name, ty));
        rest = behind;
    }
    Some(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(messages: &[(u8, &[u8])]) -> BytesMut {
        let mut bytes = BytesMut::new();
        messages.iter().for_each(|(tag, body)| put(&mut bytes, *tag, &[body]));
        bytes
    }

    fn send(unnamed: &mut Unnamed, sent: &[(u8, &[u8])], received: &[(u8, &[u8])]) {
        let mut out = BytesMut::new();
        unnamed.outgoing(&messages(sent), &mut out);
        assert_eq!(out, messages(received));
    }

    /// In pieces of a byte.
    fn answer(unnamed: &mut Unnamed, sent: &[(u8, &[u8])], received: &[(u8, &[u8])]) {
        let mut out = BytesMut::new();
        messages(sent).chunks(1).for_each(|piece| unnamed.incoming(piece, &mut out));
        assert_eq!(out, messages(received));
    }

    const READY: (u8, &[u8]) = (b'Z', b"I");
    const SYNC: (u8, &[u8]) = (b'S', b"");

    fn prepared() -> Unnamed {
        let mut unnamed = Unnamed::default();
        unnamed.outgoing(b"\0\0\0\x04", &mut BytesMut::new());
        answer(&mut unnamed, &[(b'R', b"ok"), READY], &[(b'R', b"ok"), READY]);
        send(
            &mut unnamed,
            &[(b'P', b"s7\0select $1\0\0\0"), (b'D', b"Ss7\0"), SYNC],
            &[(b'P', b"\0select $1\0\0\0"), (b'D', b"S\0"), SYNC],
        );
        let described: &[(u8, &[u8])] =
            &[(b'1', b""), (b't', b"\0\x01\0\0\0\x19"), (b'T', b"a"), READY];
        answer(&mut unnamed, described, described);
        unnamed
    }

    fn execute(unnamed: &mut Unnamed) {
        send(
            unnamed,
            &[(b'B', b"\0s7\0rest"), (b'E', b"\0\0\0\0\0"), SYNC],
            &[
                (b'P', b"\0select $1\0\0\x01\0\0\0\x19"),
                (b'D', b"S\0"),
                (b'B', b"\0\0rest"),
                (b'E', b"\0\0\0\0\0"),
                SYNC,
            ],
        );
    }

    // fault: D27
    #[test]
    fn an_execution_brings_its_statement_along() {
        let mut unnamed = prepared();
        // Two in flight, and a simple query between them.
        execute(&mut unnamed);
        send(&mut unnamed, &[(b'Q', b"x\0")], &[(b'Q', b"x\0")]);
        execute(&mut unnamed);
        let notice = (b'N', &b"note"[..]);
        for _ in 0..2 {
            answer(
                &mut unnamed,
                &[(b'1', b""), notice, (b't', b"\0\x01\0\0\0\x19"), (b'T', b"a"), (b'2', b"")],
                &[notice, (b'2', b"")],
            );
            let rows: &[(u8, &[u8])] = &[(b'D', b"1"), notice, (b'C', b"SELECT 1\0"), READY];
            answer(&mut unnamed, rows, rows);
            if let Some(Exchange::Other) = unnamed.answers.0.front() {
                answer(&mut unnamed, &[(b'T', b"b"), READY], &[(b'T', b"b"), READY]);
            }
        }
        assert!(unnamed.answers.0.is_empty());
        // What is closed is forgotten, and what nobody prepared is not made up.
        send(&mut unnamed, &[(b'C', b"Ss7\0"), SYNC], &[(b'C', b"S\0"), SYNC]);
        send(&mut unnamed, &[(b'B', b"\0s7\0rest"), SYNC], &[(b'B', b"\0s7\0rest"), SYNC]);
    }

    // fault: D13
    #[test]
    fn other_columns_than_those_described_are_a_statement_out_of_date() {
        let mut unnamed = prepared();
        execute(&mut unnamed);
        answer(
            &mut unnamed,
            &[
                (b'1', b""),
                (b't', b"\0\x01\0\0\0\x19"),
                (b'T', b"other"),
                (b'2', b""),
                (b'D', b"1"),
                (b'N', b"note"),
                (b'C', b"SELECT 1\0"),
                READY,
            ],
            &[(b'E', STALE), (b'N', b"note"), READY],
        );
        // A refusal is passed on as it is.
        execute(&mut unnamed);
        let refused: &[(u8, &[u8])] = &[(b'E', b"refused"), READY];
        answer(&mut unnamed, refused, refused);
        assert!(unnamed.answers.0.is_empty());
    }

    // fault: D13
    #[test]
    fn the_columns_of_a_table_that_was_made_anew_are_the_same() {
        let described = |name: &str, table: u32, ty: u32| {
            let mut body = vec![0, 1];
            body.extend(name.bytes().chain([0]));
            body.extend(table.to_be_bytes());
            body.extend([0, 1]);
            body.extend(ty.to_be_bytes());
            body.extend([0, 4, 255, 255, 255, 255, 0, 0]);
            body
        };
        let before = described("a", 16_384, 23);
        assert!(are_same(&before, &described("a", 16_400, 23)));
        assert!(!are_same(&before, &described("b", 16_384, 23)));
        assert!(!are_same(&before, &described("a", 16_384, 25)));
        let two = [&before[..], &before[2..]].concat();
        assert!(!are_same(&before, &two) && !are_same(&before, &before[..before.len() - 1]));
        assert!(are_same(b"cut", b"cut") && !are_same(b"cut", b"off"));
    }
}
