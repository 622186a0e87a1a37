//! How names in the database are made of names in the program: `rename_all`.

use syn::meta::ParseNestedMeta;
use syn::{Error, LitStr, Result};

/// The ways of writing a name of several words.
#[derive(Clone, Copy)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// Reads `rename_all = "…"`.
    pub(crate) fn read(meta: &ParseNestedMeta<'_>) -> Result<Self> {
        let text: LitStr = meta.value()?.parse()?;
        Ok(match text.value().as_str() {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => {
                let message = "unknown; known are \"lowercase\", \"UPPERCASE\", \"PascalCase\", \
                               \"camelCase\", \"snake_case\", \"SCREAMING_SNAKE_CASE\", \"kebab-case\" and \
                               \"SCREAMING-KEBAB-CASE\"";
                return Err(Error::new(text.span(), message));
            }
        })
    }

    /// The name in this case, whatever case it was written in.
    pub(crate) fn apply(self, name: &str) -> String {
        let words = words(name);
        let joined = |between: &str| words.join(between);
        match self {
            Self::Lower => joined(""),
            Self::Upper => joined("").to_uppercase(),
            Self::Snake => joined("_"),
            Self::ScreamingSnake => joined("_").to_uppercase(),
            Self::Kebab => joined("-"),
            Self::ScreamingKebab => joined("-").to_uppercase(),
            Self::Pascal => words.iter().map(|word| capital(word)).collect(),
            Self::Camel => {
                let rest = words.iter().skip(1).map(|word| capital(word));
                words.first().cloned().into_iter().chain(rest).collect()
            }
        }
    }
}

/// The words of a name, in lower case: `HttpError`, `http_error` and `HTTPError` have two.
fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &char) in chars.iter().enumerate() {
        if char == '_' {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).map(|before| chars[before]);
        let after = chars.get(at + 1);
        let begins = char.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_numeric()
                    || before.is_uppercase() && after.is_some_and(|after| after.is_lowercase())
            });
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(char.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::Case;

    #[test]
    fn names() {
        for (name, snake, camel, kebab) in [
            ("VeryHappy", "very_happy", "veryHappy", "very-happy"),
            ("very_happy", "very_happy", "veryHappy", "very-happy"),
            ("HTTPError", "http_error", "httpError", "http-error"),
            ("Utf8", "utf8", "utf8", "utf8"),
            ("A1B", "a1_b", "a1B", "a1-b"),
            ("_x", "x", "x", "x"),
        ] {
            assert_eq!(Case::Snake.apply(name), snake);
            assert_eq!(Case::Camel.apply(name), camel);
            assert_eq!(Case::Kebab.apply(name), kebab);
        }
        assert_eq!(Case::Pascal.apply("very_happy"), "VeryHappy");
        assert_eq!(Case::Lower.apply("VeryHappy"), "veryhappy");
        assert_eq!(Case::Upper.apply("VeryHappy"), "VERYHAPPY");
        assert_eq!(Case::ScreamingSnake.apply("VeryHappy"), "VERY_HAPPY");
        assert_eq!(Case::ScreamingKebab.apply("VeryHappy"), "VERY-HAPPY");
    }
}
