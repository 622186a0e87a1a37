//! SQL that the program wrote, inside an expression.

use std::collections::HashSet;

use super::{List, ListOf, Literal, NO_LIST, ValueType, listed};
use crate::lex::LexicalRules;
use crate::sql::compile::ListForm;
use crate::sql::text::{Piece, Pieces};
use crate::sql::types::Type;
use crate::sql::{Name, Params, SqlWriter};

/// SQL with named binds, and the values of those that have one.
#[derive(Debug, Clone)]
pub(in crate::sql) struct Fragment {
    pub(in crate::sql) sql: Name,
    pub(in crate::sql) values: Vec<(Name, Literal)>,
    /// Those of its binds that stand for lists.
    pub(in crate::sql) lists: Vec<(Name, List)>,
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
        Self { sql, values, lists: Vec::new(), is_atom }
    }

    /// With binds that stand for lists of values of these types.
    ///
    /// # Errors
    ///
    /// One of them was given a value that is no list.
    pub(in crate::sql) fn with_lists(
        mut self,
        lists: &[(Name, &'static Type)],
    ) -> Result<Self, &'static str> {
        for (name, ty) in lists {
            let given = self.values.iter().position(|(known, _)| known == name);
            let of = match given.map(|place| self.values.remove(place).1.value) {
                Some(value) => ListOf::Values(listed(&value).ok_or(NO_LIST)?.into()),
                None => ListOf::Bind { name: name.clone(), default: None },
            };
            self.lists.push((name.clone(), List::new(of, ValueType::Static(ty))));
        }
        Ok(self)
    }

    pub(super) fn has_values(&self) -> bool {
        !self.values.is_empty() || !self.lists.is_empty()
    }

    /// Gives its binds the values that they have here; those that have one keep it. A value of what is a
    /// bind for another database only is not written.
    ///
    /// # Errors
    ///
    /// One that stands for a list was given a value that is none.
    pub(super) fn give(
        &mut self,
        params: &Params,
        used: &mut HashSet<Name>,
    ) -> Result<(), &'static str> {
        for (_, list) in &mut self.lists {
            list.give(params, used)?;
        }
        for name in params.names() {
            if let Some(value) = params.get(name)
                && self.has_bind(name, &LexicalRules::ALL)
                && !self.lists.iter().any(|(known, _)| known == name)
                && !self.values.iter().any(|(known, _)| known == name)
            {
                used.insert(name.clone());
                let literal = Literal { value: value.clone(), ty: ValueType::Unknown };
                self.values.push((name.clone(), literal));
            }
        }
        Ok(())
    }

    /// Whether it has a bind of this name, as a database reads it that has one of these rules.
    pub(super) fn has_bind(&self, name: &Name, rules: &[LexicalRules]) -> bool {
        let is_it = |piece| matches!(piece, Piece::Bind(bind) if bind == &**name);
        rules.iter().any(|rules| Pieces::new(&self.sql, *rules).any(is_it))
    }

    /// Whether a column of this name may be read in it: the name stands there, perhaps as another word.
    pub(super) fn may_read(&self, column: &str) -> bool {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        if !column.chars().all(is_part) {
            return self.sql.contains(column);
        }
        self.sql.split(|c| !is_part(c)).any(|word| word.eq_ignore_ascii_case(column))
    }

    pub(super) fn write(&self, to: &mut SqlWriter<'_>) {
        for piece in Pieces::new(&self.sql, to.dialect().lexical_rules()) {
            match piece {
                Piece::Sql(sql) => to.sql(sql),
                Piece::Bind(name) => self.write_bind(name, to),
            }
        }
    }

    fn write_bind(&self, name: &str, to: &mut SqlWriter<'_>) {
        if let Some((_, list)) = self.lists.iter().find(|(known, _)| &**known == name) {
            return to.list(list, ListForm::Bare);
        }
        match self.values.iter().find(|(known, _)| &**known == name) {
            Some((_, literal)) => to.literal_in_text(literal),
            None => to.bind_in_text(name.to_owned().into()),
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
