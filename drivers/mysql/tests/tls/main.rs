//! TLS on a real server, with certificates that the test makes: which connections come about, and which
//! are refused. Each test runs with both drivers.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod handshake;
mod logins;
mod modes;
mod server;
