//! The words of a statement, with what stands in parentheses as one of them.

/// A word, a sign, or a group in parentheses.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    /// A keyword or a name that is not quoted.
    Word(String),
    /// A name in quotes.
    Quoted(String),
    /// The place of a parameter, counted from 0.
    Param(usize),
    Number(String),
    Text(String),
    Sign(char),
    Group(Vec<Tree>),
}

impl Tree {
    /// Whether it is this keyword.
    pub(crate) fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    pub(crate) fn is_sign(&self, sign: char) -> bool {
        *self == Self::Sign(sign)
    }

    /// A name of a table or of a column.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Quoted(name) => Some(name),
            _ => None,
        }
    }
}

/// Reads a statement. Casts by `::` are left out.
pub(crate) fn read(sql: &str) -> Vec<Tree> {
    let mut reader = Reader { rest: sql, params: 0 };
    let trees = reader.group();
    assert!(reader.rest.is_empty(), "parentheses that nobody opened: {sql}");
    trees
}

struct Reader<'a> {
    rest: &'a str,
    params: usize,
}

impl<'a> Reader<'a> {
    /// Up to the parenthesis that ends the group, or to the end.
    fn group(&mut self) -> Vec<Tree> {
        let mut trees = Vec::new();
        loop {
            self.rest = self.rest.trim_start();
            let Some(first) = self.rest.chars().next() else { return trees };
            match first {
                '(' => {
                    self.skip(1);
                    trees.push(Tree::Group(self.group()));
                    assert!(self.rest.starts_with(')'), "a parenthesis is not closed");
                    self.skip(1);
                }
                ')' => return trees,
                '"' | '`' => trees.push(Tree::Quoted(self.quoted(first))),
                '\'' => trees.push(Tree::Text(self.quoted(first))),
                '?' => {
                    self.skip(1);
                    let number = self.take(|c| c.is_ascii_digit());
                    trees.push(self.param(number));
                }
                '$' => {
                    self.skip(1);
                    let number = self.take(|c| c.is_ascii_digit());
                    trees.push(self.param(number));
                }
                ':' if self.rest.starts_with("::") => self.cast(),
                '0'..='9' => trees
                    .push(Tree::Number(self.take(|c| c.is_ascii_digit() || c == '.').to_owned())),
                c if is_name(c) => trees.push(Tree::Word(self.take(is_name).to_owned())),
                sign => {
                    self.skip(sign.len_utf8());
                    trees.push(Tree::Sign(sign));
                }
            }
        }
    }

    /// A parameter, by its number from 1 or in turn.
    fn param(&mut self, number: &str) -> Tree {
        match number.parse::<usize>() {
            Ok(number) => Tree::Param(number - 1),
            Err(_) => {
                self.params += 1;
                Tree::Param(self.params - 1)
            }
        }
    }

    fn cast(&mut self) {
        self.skip(2);
        self.take(is_name);
        if let Some(length) = self.rest.strip_prefix('(') {
            self.rest = length.split_once(')').expect("a length ends").1;
        }
        self.take(|c| c == '[' || c == ']');
    }

    fn quoted(&mut self, quote: char) -> String {
        self.skip(1);
        let mut text = String::new();
        loop {
            let end = self.rest.find(quote).expect("a quote is not closed");
            text.push_str(&self.rest[..end]);
            self.skip(end + 1);
            if !self.rest.starts_with(quote) {
                return text;
            }
            text.push(quote);
            self.skip(1);
        }
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !belongs(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_groups() {
        let word = |text: &str| Tree::Word(text.to_owned());
        let trees = read("a.\"b \"\"c\" = $2::VARCHAR(5) AND x IN (?, ?1) OR 'it''s' > 1.5");
        assert_eq!(trees[..3], [word("a"), Tree::Sign('.'), Tree::Quoted("b \"c".to_owned())]);
        assert_eq!(trees[4], Tree::Param(1));
        let list = vec![Tree::Param(0), Tree::Sign(','), Tree::Param(0)];
        assert!(trees.contains(&Tree::Group(list)), "{trees:?}");
        assert!(trees.contains(&Tree::Text("it's".to_owned())), "{trees:?}");
        assert!(trees.contains(&Tree::Number("1.5".to_owned())), "{trees:?}");
    }
}
