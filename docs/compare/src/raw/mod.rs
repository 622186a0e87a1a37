//! The raw drivers, with statements that are prepared and held.

#[cfg(feature = "servers")]
pub(crate) mod mysql;
#[cfg(feature = "servers")]
pub(crate) mod postgres;
pub(crate) mod sqlite;
