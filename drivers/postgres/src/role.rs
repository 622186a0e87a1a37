//! Which of several servers is wanted, by what it may do: `target_session_attrs`.

use std::fmt;

use aludel_core::error::{Error, ErrorKind, Result};
use tokio_postgres::SimpleQueryMessage;
use tokio_postgres::config::TargetSessionAttrs as InCrate;

/// Which sessions are wanted, of the servers that a driver is given, as libpq's `target_session_attrs`
/// has it. The hosts are tried in order until one fits.
///
/// ```
/// use aludel_postgres::{PostgresDriver, TargetSessionAttrs};
///
/// let url = "postgresql://scott@one,two/shop?target_session_attrs=primary".parse()?;
/// let driver = PostgresDriver::from_url(&url)?;
/// assert_eq!(driver.target_session_attrs(), TargetSessionAttrs::Primary);
/// # Ok::<(), aludel_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TargetSessionAttrs {
    /// Every session.
    #[default]
    Any,
    /// One whose transactions may write, unless they say otherwise.
    ReadWrite,
    /// One whose transactions may not write, unless they say otherwise.
    ReadOnly,
    /// One of a server that is no standby.
    Primary,
    /// One of a standby.
    Standby,
    /// One of a standby, or of any server if there is no standby among the hosts.
    PreferStandby,
}

impl TargetSessionAttrs {
    /// The words of a URL.
    pub(crate) const WORDS: &'static [(&'static str, Self)] = &[
        ("any", Self::Any),
        ("read-write", Self::ReadWrite),
        ("read-only", Self::ReadOnly),
        ("primary", Self::Primary),
        ("standby", Self::Standby),
        ("prefer-standby", Self::PreferStandby),
    ];

    pub(crate) fn of_crate(attrs: InCrate) -> Self {
        match attrs {
            InCrate::ReadWrite => Self::ReadWrite,
            InCrate::ReadOnly => Self::ReadOnly,
            _ => Self::Any,
        }
    }

    /// What is asked of all hosts in turn, and then of all of them again.
    pub(crate) fn rounds(self) -> &'static [Self] {
        match self {
            Self::Any => &[Self::Any],
            Self::ReadWrite => &[Self::ReadWrite],
            Self::ReadOnly => &[Self::ReadOnly],
            Self::Primary => &[Self::Primary],
            Self::Standby => &[Self::Standby],
            Self::PreferStandby => &[Self::Standby, Self::Any],
        }
    }

    /// Whether a session that may not write is none of those that are wanted.
    pub(crate) fn is_to_write(self) -> bool {
        matches!(self, Self::ReadWrite | Self::Primary)
    }

    /// The question to the server, and the answer that is wanted.
    pub(crate) fn question(self) -> Option<(&'static str, &'static str)> {
        const READ_ONLY: &str = "SHOW transaction_read_only";
        const STANDBY: &str = "SELECT pg_catalog.pg_is_in_recovery()";
        match self {
            Self::Any | Self::PreferStandby => None,
            Self::ReadWrite => Some((READ_ONLY, "off")),
            Self::ReadOnly => Some((READ_ONLY, "on")),
            Self::Primary => Some((STANDBY, "f")),
            Self::Standby => Some((STANDBY, "t")),
        }
    }

    /// Whether the answer to [`question`](Self::question) is the one that is wanted.
    pub(crate) fn check(self, answer: &[SimpleQueryMessage], place: &str) -> Result<()> {
        let said = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        match self.question() {
            Some((_, wanted)) if said != Some(wanted) => Err(self.mismatch(place)),
            _ => Ok(()),
        }
    }

    #[cold]
    fn mismatch(self, place: &str) -> Error {
        let is = match self {
            Self::ReadWrite => "its transactions may not write",
            Self::ReadOnly => "its transactions may write",
            Self::Standby => "it is no standby",
            _ => "it is a standby",
        };
        Error::new(
            ErrorKind::Operational,
            format!("cannot use {place}: {is}, and target_session_attrs={self} asks for another"),
        )
    }
}

impl fmt::Display for TargetSessionAttrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = Self::WORDS.iter().find(|(_, attrs)| attrs == self);
        f.write_str(word.map_or("any", |(word, _)| word))
    }
}
