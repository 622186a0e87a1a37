//! Versions of databases.

use std::fmt;

/// A version of up to three numbers. Versions are ordered as their numbers are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
    /// The third number.
    pub patch: u32,
}

impl Version {
    /// A version of three numbers.
    #[must_use]
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self { major, minor, patch }
    }

    /// Whether it is this version or a newer one: `>=`, which constants cannot use.
    #[must_use]
    pub const fn is_at_least(self, other: Self) -> bool {
        if self.major != other.major {
            return self.major > other.major;
        }
        if self.minor != other.minor {
            return self.minor > other.minor;
        }
        self.patch >= other.patch
    }

    /// The version at the beginning of a text such as `15.14 (Debian 15.14-0+deb12u1)` or
    /// `10.11.6-MariaDB`. A number that is missing is 0.
    ///
    /// ```
    /// use aludel_core::dbapi::Version;
    ///
    /// assert_eq!(Version::parse("15.14 (Debian)"), Version::new(15, 14, 0));
    /// assert_eq!(Version::parse("10.11.6-MariaDB"), Version::new(10, 11, 6));
    /// assert_eq!(Version::parse("18beta1"), Version::new(18, 0, 0));
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut numbers = [0; 3];
        let mut rest = text.trim_start();
        for number in &mut numbers {
            let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let Ok(parsed) = rest[..end].parse() else { break };
            *number = parsed;
            match rest[end..].strip_prefix('.') {
                Some(after) => rest = after,
                None => break,
            }
        }
        let [major, minor, patch] = numbers;
        Self { major, minor, patch }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_servers_say_and_ordered_by_their_numbers() {
        for (text, version) in [
            ("3.50.4", Version::new(3, 50, 4)),
            ("15.14 (Debian 15.14-0+deb12u1)", Version::new(15, 14, 0)),
            ("8.4.0-commercial", Version::new(8, 4, 0)),
            ("17devel", Version::new(17, 0, 0)),
            ("", Version::default()),
            ("unknown", Version::default()),
            ("1.2.3.4", Version::new(1, 2, 3)),
            ("99999999999.1", Version::default()),
        ] {
            assert_eq!(Version::parse(text), version, "{text:?}");
        }
        assert!(Version::new(9, 6, 24) < Version::new(10, 0, 0));
    }
}
