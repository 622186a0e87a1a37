//! The options behind the `?` of a URL, as drivers read them.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use crate::error::{Error, ErrorKind, Result};

/// An option of a database URL, and what a driver reads it as.
///
/// Its value may be a secret, so no error shows it.
///
/// ```
/// use aludel_core::Url;
///
/// let url: Url = "postgresql://localhost/test?connect_timeout=2.5".parse()?;
/// for option in url.options() {
///     match option.name() {
///         "connect_timeout" => assert_eq!(option.seconds()?.as_millis(), 2500),
///         _ => return Err(option.unknown(&["connect_timeout"])),
///     }
/// }
/// # Ok::<(), aludel_core::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct UrlOption<'u> {
    name: &'u str,
    value: &'u str,
}

impl<'u> UrlOption<'u> {
    pub(super) fn new(name: &'u str, value: &'u str) -> Self {
        Self { name, value }
    }

    /// What stands before the `=`.
    #[must_use]
    pub fn name(&self) -> &'u str {
        self.name
    }

    /// What stands behind the `=`. It may be a secret.
    #[must_use]
    pub fn value(&self) -> &'u str {
        self.value
    }

    /// A whole number.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] if it is none, or does not fit.
    pub fn number<T: FromStr>(&self) -> Result<T> {
        self.value.parse().map_err(|_| self.invalid("it must be a whole number, not below 0"))
    }

    /// A number of milliseconds.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] if it is none.
    pub fn milliseconds(&self) -> Result<Duration> {
        let number = self.value.parse().map(Duration::from_millis);
        number.map_err(|_| self.invalid("it must be a whole number of milliseconds"))
    }

    /// A number of seconds above 0, with a decimal point if need be.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] if it is none.
    pub fn seconds(&self) -> Result<Duration> {
        let seconds = self.value.parse().ok();
        seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            // For the system no time at all is no limit.
            .filter(|seconds| *seconds >= Duration::from_micros(1))
            .ok_or_else(|| self.invalid("it must be a number of seconds above 0"))
    }

    /// `on`, `true`, `yes` or `1`; `off`, `false`, `no` or `0`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for anything else.
    pub fn flag(&self) -> Result<bool> {
        match self.value {
            "on" | "true" | "yes" | "1" => Ok(true),
            "off" | "false" | "no" | "0" => Ok(false),
            _ => Err(self.invalid("it must be on or off (also true or false, yes or no, 1 or 0)")),
        }
    }

    /// One of some words, in any case of their letters.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] for anything else, with the words.
    pub fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T> {
        let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(self.value));
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.invalid(&format!("it must be one of {}", words.join(", ")))
        })
    }

    /// The absolute path of a file, a socket or a folder.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Argument`] if it is relative.
    pub fn absolute_path(&self) -> Result<&'u Path> {
        let path = Path::new(self.value);
        if path.is_absolute() {
            return Ok(path);
        }
        Err(self.invalid("it must be an absolute path"))
    }

    /// The error for a value that the option cannot have. The reason must not show the value.
    #[cold]
    #[must_use]
    pub fn invalid(&self, why: &str) -> Error {
        Error::new(
            ErrorKind::Argument,
            format!("the value of the connection option {:?} is invalid: {why}", self.name),
        )
    }

    /// The error for an option that the driver does not have.
    #[cold]
    #[must_use]
    pub fn unknown(&self, known: &[&str]) -> Error {
        let name = self.name;
        Error::new(
            ErrorKind::Argument,
            format!("there is no connection option {name:?}; there are: {}", known.join(", ")),
        )
    }
}

impl std::fmt::Debug for UrlOption<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}=***", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn option(value: &str) -> UrlOption<'_> {
        UrlOption::new("some_option", value)
    }

    #[test]
    fn values_are_read() -> Result<()> {
        assert_eq!(option("7").number::<usize>()?, 7);
        assert_eq!(option("0.5").seconds()?, Duration::from_millis(500));
        assert_eq!(option("70").milliseconds()?, Duration::from_millis(70));
        assert!(option("on").flag()? && !option("0").flag()?);
        assert_eq!(option("RO").one_of(&[("rw", 1), ("ro", 2)])?, 2);
        assert_eq!(option("/run/x").absolute_path()?, Path::new("/run/x"));
        Ok(())
    }

    // fault: D29, S07, S20
    #[test]
    fn a_value_that_is_refused_is_not_shown() {
        let values = ["canary", "-1canary", "canary/x"];
        for option in values.map(option) {
            let errors = [
                option.number::<u16>().map(drop),
                option.seconds().map(drop),
                option.milliseconds().map(drop),
                option.flag().map(drop),
                option.one_of(&[("rw", 1)]).map(drop),
                option.absolute_path().map(drop),
                Err(option.unknown(&["other"])),
            ];
            for error in errors.map(Result::unwrap_err) {
                assert_eq!(error.kind(), ErrorKind::Argument);
                let shown = format!("{error} {error:?} {option:?}");
                assert!(shown.contains("some_option") && !shown.contains("canary"), "{shown}");
            }
        }
        for nothing in ["0", "-1", "NaN", "inf", "1e99", ""] {
            assert!(option(nothing).seconds().is_err(), "{nothing}");
        }
    }
}
