//! SQL that the program wrote, inside an expression.

use std::collections::HashSet;

use super::{Literal, ValueType};
use crate::sql::text::{Piece, Pieces};
use crate::sql::{Name, Params, SqlWriter};

/// SQL with named binds, and the values of those that have one.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Fragment {
    pub(in crate::sql) sql: Name,
    pub(in crate::sql) values: Vec<(Name, Literal)>,
    /// Whether it stands beside operators as it is: a name, a number, a call.
    pub(in crate::sql) is_atom: bool,
}

impl Fragment {
    pub(in crate::sql) fn new(sql: Name, params: &Params) -> Self {
        let literal = |name: &Name| {
            let value = params.get(name).cloned()?;
            Some((name.clone(), Literal { value, ty: ValueType::Unknown }))
        };
        let values = params.names().filter_map(literal).collect();
        let is_atom = is_atom(&sql);
        Self { sql, values, is_atom }
    }

    /// Gives its binds the values that they have here; those that have one keep it.
    pub(super) fn give(&mut self, params: &Params, used: &mut HashSet<Name>) {
        for name in self.names() {
            if let Some(value) = params.get(&name)
                && !self.values.iter().any(|(known, _)| *known == name)
            {
                used.insert(name.clone());
                self.values.push((name, Literal { value: value.clone(), ty: ValueType::Unknown }));
            }
        }
    }

    pub(super) fn has_bind(&self, name: &Name) -> bool {
        self.names().contains(name)
    }

    /// The names of its binds, as most databases read the text.
    fn names(&self) -> Vec<Name> {
        let pieces = Pieces::new(&self.sql, crate::lex::LexicalRules::default());
        let names = pieces.filter_map(|piece| match piece {
            Piece::Bind(name) => Some(Name::from(name.to_owned())),
            Piece::Sql(_) => None,
        });
        names.collect()
    }

    pub(super) fn write(&self, to: &mut SqlWriter<'_>) {
        for piece in Pieces::new(&self.sql, to.dialect().lexical_rules()) {
            match piece {
                Piece::Sql(sql) => to.sql(sql),
                Piece::Bind(name) => match self.values.iter().find(|(known, _)| &**known == name) {
                    Some((_, literal)) => to.literal(literal),
                    None => to.untyped_bind(name.to_owned().into()),
                },
            }
        }
    }
}

/// Whether it is one word, with points in it, and perhaps one pair of parentheses behind it.
fn is_atom(sql: &str) -> bool {
    let word = sql.trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let before = &sql[..sql.len() - word.len()];
    match word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(arguments) => {
            !before.eq_ignore_ascii_case("not")
                && !arguments.contains(['(', ')', '\'', '"', '`', '-', '/', '$', '#'])
        }
        None => word.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_atom;

    #[test]
    fn only_what_reads_as_one_thing_has_no_parentheses() {
        for sql in ["a", "t.a", "5", "1.5", "now()", "f(a, 2)", "count(*)"] {
            assert!(is_atom(sql), "{sql}");
        }
        for sql in [
            "a + b",
            "-1",
            "'x'",
            "f(a) + g(b)",
            "(a) or (b)",
            "a b",
            "f(')')",
            "f(a -- )",
            "not(a)",
        ] {
            assert!(!is_atom(sql), "{sql}");
        }
    }
}
