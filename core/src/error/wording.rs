//! Which parts of a server's message may be shown.
//!
//! Servers write values into their messages: `invalid input syntax for type integer: "4111"`,
//! `Duplicate entry 'x' for key 'name'`. A driver says by [`Wording`] where values can stand. What
//! may be one is replaced by `***`, unless it is a name of the schema that the server reported apart,
//! or stands in the text of the statement, which the error shows anyway.

/// What stands in place of text that may be a value.
pub const HIDDEN: &str = "***";

/// Where values can stand in a message of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wording {
    /// Nowhere: the message is about the connection, or its template has places for names only.
    Plain,
    /// In quotes. The templates of such messages have places for names, but a name can be a value
    /// too, as in `'x'::regclass` with `x` bound.
    Names,
    /// In quotes, and without them behind the first colon, as in `no such column: x`.
    NamesAfterColon,
    /// In quotes, and as numbers without them.
    Values,
    /// Everywhere: the text was written by a program in the database (RAISE, SIGNAL, a trigger, a
    /// foreign server). Nothing of it is shown.
    Program,
}

/// The sentence in place of a text of which nothing is shown.
const NOT_SHOWN: &str = "the database raised an error whose text may hold values, since a trigger, a procedure or an \
     extension wrote it; Error::unredacted() returns that text";

/// A message, with what may be a value replaced.
pub(super) fn redact<'n>(
    text: &str,
    wording: Wording,
    statement: Option<&str>,
    names: impl Iterator<Item = &'n str>,
) -> String {
    let known = Known { statement: statement.unwrap_or_default(), names: names.collect() };
    match wording {
        Wording::Plain => text.to_owned(),
        Wording::Program => NOT_SHOWN.to_owned(),
        Wording::Names => names_hidden(text, &known),
        Wording::NamesAfterColon => match after_colon(text) {
            Some((before, name)) if !known.has(name) => format!("{before}{HIDDEN}"),
            Some(_) => text.to_owned(),
            None => names_hidden(text, &known),
        },
        Wording::Values => values_hidden(text, &known),
    }
}

/// What is no secret in a message.
struct Known<'a> {
    statement: &'a str,
    names: Vec<&'a str>,
}

impl Known<'_> {
    /// Whether a piece stands, as whole words, in the statement, or is a name of the schema.
    fn has(&self, piece: &str) -> bool {
        let piece = piece.trim();
        piece.is_empty()
            || piece == HIDDEN
            || self.names.iter().any(|name| name.eq_ignore_ascii_case(piece))
            || stands_in(piece, self.statement)
    }

    /// The same for a name with its schema before it: the schema is no value if the name is known.
    fn has_name(&self, piece: &str) -> bool {
        self.has(piece) || piece.rsplit_once('.').is_some_and(|(_, name)| self.has(name))
    }
}

/// Whether a piece stands in a text, not as a part of a longer word, in any case of its letters.
fn stands_in(piece: &str, text: &str) -> bool {
    let (piece, text) = (piece.to_ascii_lowercase(), text.to_ascii_lowercase());
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let starts = piece.chars().next().is_some_and(is_word);
    let ends = piece.chars().next_back().is_some_and(is_word);
    text.match_indices(&piece).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_some_and(is_word);
        let behind = text[at + piece.len()..].chars().next().is_some_and(is_word);
        !(starts && before || ends && behind)
    })
}

/// A quoted piece with its marks. One that is not closed goes to the end of the message.
struct Quoted<'t> {
    start: usize,
    end: usize,
    open: char,
    close: Option<char>,
    inner: &'t str,
}

fn quoted(text: &str) -> Vec<Quoted<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((start, open)) = mark(text, at, |c| closing(c).is_some()) {
        let inside = start + open.len_utf8();
        let closes = closing(open).unwrap_or_default();
        let close = mark(text, inside, |c| closes.contains(c));
        let stop = close.map_or(text.len(), |(stop, _)| stop);
        let end = close.map_or(stop, |(stop, close)| stop + close.len_utf8());
        let close = close.map(|(_, close)| close);
        found.push(Quoted { start, end, open, close, inner: &text[inside..stop] });
        at = end;
    }
    found
}

/// The first mark of a kind from a position on.
fn mark(text: &str, from: usize, is_it: impl Fn(char) -> bool) -> Option<(usize, char)> {
    let marks = text[from..].char_indices().map(|(offset, c)| (from + offset, c));
    marks.into_iter().find(|(at, c)| is_it(*c) && !is_apostrophe(text, *at))
}

/// The marks that end what a mark has begun, in the languages that servers speak.
fn closing(open: char) -> Option<&'static str> {
    Some(match open {
        '"' => "\"",
        '\'' => "'",
        '`' => "`",
        '«' => "»",
        '»' => "«",
        '„' => "“”",
        '“' => "”“",
        '”' => "”",
        '‘' => "’",
        '‚' => "‘",
        '「' => "」",
        _ => return None,
    })
}

/// Whether a mark is the apostrophe of a word, as in `doesn't`.
fn is_apostrophe(text: &str, at: usize) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    text[at..].starts_with('\'')
        && is_letter(text[..at].chars().next_back())
        && is_letter(text[at + 1..].chars().next())
}

/// Hides quoted pieces that are not known. What stands between two that are hidden is hidden too, for
/// a value may have quotes in it.
fn names_hidden(text: &str, known: &Known<'_>) -> String {
    let pieces = quoted(text);
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
        return text.to_owned();
    };
    // A part of the statement, with quotes of its own, as MySQL shows where it does not parse.
    let inside = first.start + first.open.len_utf8();
    let stop = last.end - last.close.map_or(0, char::len_utf8);
    if pieces.len() > 1 && stands_in(&text[inside..stop], known.statement) {
        return text.to_owned();
    }
    let unknown = |piece: &&Quoted<'_>| !known.has_name(piece.inner);
    match (pieces.iter().find(unknown), pieces.iter().rev().find(unknown)) {
        (Some(from), Some(to)) => {
            format!("{}{}{}", &text[..from.start], hidden(from, to), &text[to.end..])
        }
        _ => text.to_owned(),
    }
}

/// Hides from the first quote to the last, unless it is one piece that is known, and numbers outside.
fn values_hidden(text: &str, known: &Known<'_>) -> String {
    let pieces = quoted(text);
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else {
        return numbers_hidden(text, known);
    };
    let inside = match &pieces[..] {
        [one] if known.has(one.inner) => text[one.start..one.end].to_owned(),
        _ => hidden(first, last),
    };
    let before = numbers_hidden(&text[..first.start], known);
    let behind = numbers_hidden(&text[last.end..], known);
    format!("{before}{inside}{behind}")
}

/// What is shown in place of all from one piece to another.
fn hidden(from: &Quoted<'_>, to: &Quoted<'_>) -> String {
    let close = to.close.map(String::from).unwrap_or_default();
    format!("{}{HIDDEN}{close}", from.open)
}

/// Words before a number that is a place or a limit and no value.
const PLACES: &[&str] = &[
    "argument",
    "byte",
    "character",
    "column",
    "error",
    "line",
    "max",
    "most",
    "parameter",
    "position",
    "row",
];

/// Hides numbers, but those that say where something is, and sizes of types as in `varying(3)`.
fn numbers_hidden(text: &str, known: &Known<'_>) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = "";
    for word in text.split_inclusive(char::is_whitespace) {
        let (token, space) = word.split_at(word.trim_end().len());
        let bare = token.trim_matches(|c: char| !c.is_alphanumeric() && c != '-');
        let is_place = PLACES.contains(&before.trim_matches(|c: char| !c.is_alphanumeric()));
        let hides = bare.contains(|c: char| c.is_numeric())
            && !is_place
            && !is_sized_type(token)
            && !known.has(bare);
        if hides {
            shown.push_str(&token.replacen(bare, HIDDEN, 1));
        } else {
            shown.push_str(token);
        }
        shown.push_str(space);
        before = token;
    }
    shown
}

/// A type with its size: `varying(3)`, `numeric(10,2)`.
fn is_sized_type(token: &str) -> bool {
    let Some((name, rest)) = token.split_once('(') else { return false };
    let Some((sizes, _)) = rest.split_once(')') else { return false };
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
        && sizes.chars().all(|c| c.is_ascii_digit() || c == ',')
}

/// What stands behind the first colon, if no quote stands before it or opens it.
fn after_colon(text: &str) -> Option<(&str, &str)> {
    let at = text.find(": ")? + 2;
    let (before, name) = text.split_at(at);
    let is_quoted = mark(before, 0, |c| closing(c).is_some()).is_some()
        || name.starts_with(|c| closing(c).is_some());
    (!is_quoted).then_some((before, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, wording: Wording, statement: &str) -> String {
        redact(text, wording, Some(statement), ["users_name_key"].into_iter())
    }

    #[test]
    fn names_of_the_statement_and_of_the_schema_are_shown() {
        for (text, statement) in [
            ("relation \"nowhere\" does not exist", "select * from nowhere"),
            ("column \"hair\" does not exist", "select HAIR from users"),
            ("violates unique constraint \"users_name_key\"", "insert into t values ($1)"),
            ("Table 'db_1.nowhere' doesn't exist", "select * from nowhere"),
            ("near 'selct 'x', \"y\"' at line 1", "selct 'x', \"y\""),
            ("near '' at line 1", "select"),
            ("deadlock detected, process 4111", "update t set n = 1"),
        ] {
            assert_eq!(shown(text, Wording::Names, statement), text);
        }
    }

    #[test]
    fn names_that_were_bound_are_hidden() {
        let text = "relation \"canary\" does not exist";
        let hidden = "relation \"***\" does not exist";
        assert_eq!(shown(text, Wording::Names, "select $1::regclass"), hidden);
        // A part of a word is not the word.
        assert_eq!(shown(text, Wording::Names, "select canary_1"), hidden);
        let text = "Variable 'sql_mode' can't be set to the value of 'canary'";
        let hidden = "Variable 'sql_mode' can't be set to the value of '***'";
        assert_eq!(shown(text, Wording::Names, "set sql_mode = ?"), hidden);
        let text = "Unknown column 'a' cut 'b' in 'users'";
        assert_eq!(shown(text, Wording::Names, "from users"), "Unknown column '***' in 'users'");
        assert_eq!(shown("« x » fehlt", Wording::Names, ""), "«***» fehlt");
        assert_eq!(shown("„x“ fehlt", Wording::Names, ""), "„***“ fehlt");
        assert_eq!(shown("name \"x without end", Wording::Names, ""), "name \"***");
    }

    #[test]
    fn names_behind_a_colon() {
        let is = |text, statement| shown(text, Wording::NamesAfterColon, statement);
        assert_eq!(is("no such column: hair", "select hair"), "no such column: hair");
        assert_eq!(is("no such column: canary", "match ?1"), "no such column: ***");
        assert_eq!(is("near \"selct\": syntax error", "selct 1"), "near \"selct\": syntax error");
        assert_eq!(is("bad JSON path: '$.x'", "json_set(a, ?1)"), "bad JSON path: '***'");
        assert_eq!(is("fts5: error near \"x\"", "match ?1"), "fts5: ***");
        let text = "no such column: \"nmae\" - should this be a string?";
        assert_eq!(is(text, "select \"nmae\""), text);
        assert_eq!(is("incomplete input", "select"), "incomplete input");
    }

    #[test]
    fn values_are_hidden_with_quotes_or_without() {
        let is = |text, statement| shown(text, Wording::Values, statement);
        let text = "invalid input syntax for type integer: \"41\"1\"1\"";
        assert_eq!(is(text, "select $1::int"), "invalid input syntax for type integer: \"***\"");
        let text = "invalid input syntax for type integer: \"4111\"";
        assert_eq!(is(text, "select '4111'::int"), text);
        let text = "value too long for type character varying(3)";
        assert_eq!(is(text, "insert into t values ($1)"), text);
        let text = "setval: value 4111 is out of bounds for sequence \"s\" (1..5)";
        let hidden = "setval: value *** is out of bounds for sequence \"***\" (***)";
        assert_eq!(is(text, "select setval($1, $2)"), hidden);
        let text = "invalid byte sequence for encoding \"UTF8\": 0xff 0xfe";
        let hidden = "invalid byte sequence for encoding \"***\": *** ***";
        assert_eq!(is(text, ""), hidden);
        assert_eq!(is("Data truncated at row 12", ""), "Data truncated at row 12");
        assert_eq!(is("division by zero", ""), "division by zero");
        assert_eq!(is("no partition for value -4111", ""), "no partition for value ***");
    }

    #[test]
    fn the_words_of_a_program_are_hidden() {
        assert!(!shown("card canary refused", Wording::Program, "canary").contains("canary"));
        assert_eq!(shown("as it is: \"x\" 1", Wording::Plain, ""), "as it is: \"x\" 1");
    }
}
