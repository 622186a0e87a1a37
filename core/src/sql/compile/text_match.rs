//! Text and patterns: LIKE, and the search for a part of a text.

use super::Feature;
use super::clauses::{LikeClause, TextMatchClause};
use crate::sql::{Expression, SqlWriter, TextPlace, Wildcards};

/// What takes the meaning from a wildcard where the program did not choose it.
const ESCAPE: char = '/';

/// `text LIKE pattern`, by ILIKE or in lower case if case is of no matter.
pub(super) fn like(clause: &LikeClause<'_>, to: &mut SqlWriter<'_>) {
    let folds = clause.insensitive && !to.has(Feature::CaseInsensitiveLike);
    to.folded(clause.text, folds);
    to.sql(if clause.negated { " NOT" } else { "" });
    to.sql(if clause.insensitive && !folds { " ILIKE " } else { " LIKE " });
    to.folded(clause.pattern, folds);
    if let Some(escape) = clause.escape {
        escape_clause(escape, to);
    }
}

/// The part with what stands before and behind it, as a pattern: `text LIKE '%' || part || '%'`.
pub(super) fn by_pattern(clause: &TextMatchClause<'_>, to: &mut SqlWriter<'_>) {
    to.compared(clause.text);
    to.sql(if clause.negated { " NOT" } else { "" });
    if clause.insensitive {
        to.require(Feature::CaseInsensitiveLike);
    }
    to.sql(if clause.insensitive { " ILIKE " } else { " LIKE " });
    to.sql(if clause.place == TextPlace::Start { "" } else { "'%' || " });
    clause.write_part(Expression::write_tight, to);
    to.sql(if clause.place == TextPlace::End { "" } else { " || '%'" });
    clause.write_escape(to);
}

fn escape_clause(escape: char, to: &mut SqlWriter<'_>) {
    to.sql(" ESCAPE ");
    to.text(escape.encode_utf8(&mut [0; 4]));
}

impl TextMatchClause<'_> {
    /// Writes the part as it stands in a pattern: its wildcards escaped, if they are none.
    pub(crate) fn write_part(
        &self,
        write: impl FnOnce(&Expression, &mut SqlWriter<'_>),
        to: &mut SqlWriter<'_>,
    ) {
        if self.wildcards != Wildcards::None {
            return write(self.part, to);
        }
        to.sql("replace(replace(replace(");
        to.expression(self.part);
        to.sql(", '/', '//'), '%', '/%'), '_', '/_')");
    }

    /// Writes the clause that says what escapes wildcards, if something does.
    pub(crate) fn write_escape(&self, to: &mut SqlWriter<'_>) {
        match self.wildcards {
            Wildcards::All => {}
            Wildcards::Unless(escape) => escape_clause(escape, to),
            Wildcards::None => escape_clause(ESCAPE, to),
        }
    }
}
