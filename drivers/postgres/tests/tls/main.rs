//! TLS on a real server, with certificates that the test makes: which connections come about, and which
//! are refused. Each test runs with both drivers, and with each library that is built in.

#![allow(clippy::unwrap_used, reason = "a failure here fails the test that called")]

mod cancels;
mod certificates;
mod handshake;
mod modes;
mod server;
