//! Which mode encrypts what, and what each lets pass.

use aludel_core::value::Value;
use aludel_testing::blocking::scalar;

use crate::server::{Kind, Server, is_encrypted};

// fault: S10
#[test]
fn every_mode_does_what_it_says() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::all() {
        let encrypts =
            |host: &str, options: &str| kind.is_encrypted(&server.url("aludel", host, options));
        assert!(!encrypts("127.0.0.1", "sslmode=disable"), "{kind:?}");
        assert!(!encrypts("127.0.0.1", "sslmode=disable&sslrootcert=@strangers.pem"), "{kind:?}");
        for options in ["", "sslmode=allow", "sslmode=prefer", "sslmode=require"] {
            assert!(encrypts("127.0.0.1", options), "{kind:?} {options}");
        }
        assert!(encrypts("127.0.0.1", "sslmode=verify-ca&sslrootcert=@ca.pem"), "{kind:?}");
        assert!(encrypts("127.0.0.1", "sslmode=require&sslrootcert=@ca.pem"), "{kind:?}");
        assert!(encrypts("localhost", "sslmode=verify-full&sslrootcert=@ca.pem"), "{kind:?}");
        assert!(encrypts("localhost", "sslrootcert=@ca.pem&sslsni=0"), "{kind:?}");
    }
}

// fault: S10
#[test]
fn a_wrong_host_and_an_unknown_authority_are_refused() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::all() {
        let refused = |host: &str, options: &str, why: [&str; 2]| {
            let message = kind.refusal(&server.url("aludel", host, options));
            let why = if kind.library == "rustls" { why[0] } else { why[1] };
            assert!(message.contains(why), "{kind:?} {options}: {message}");
        };
        let name = ["is for another host", "mismatch"];
        refused("127.0.0.1", "sslmode=verify-full&sslrootcert=@ca.pem", name);
        refused("db.example", "sslrootcert=@ca.pem", name);
        let authority = ["an authority that is not trusted", "certificate verify failed"];
        refused("localhost", "sslrootcert=@strangers.pem", authority);
        refused("localhost", "sslmode=verify-ca&sslrootcert=@strangers.pem", authority);
        refused("localhost", "sslmode=require&sslrootcert=@strangers.pem", authority);
        refused("localhost", "sslmode=verify-full", authority);
        refused("localhost", "sslrootcert=system", authority);
    }
}

// fault: S10
#[test]
fn a_server_that_wants_tls_does_not_take_plain_text_nor_the_other_way_round() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::all() {
        assert!(kind.is_encrypted(&server.url("encrypted", "localhost", "")), "{kind:?}");
        let message = kind.refusal(&server.url("encrypted", "localhost", "sslmode=disable"));
        assert!(message.contains("rejects connection"), "{message}");
        assert!(!kind.is_encrypted(&server.url("plain", "localhost", "sslmode=disable")));
        let message = kind.refusal(&server.url("plain", "localhost", "sslmode=prefer"));
        assert!(message.contains("no pg_hba.conf entry"), "{message}");
    }
}

// fault: S10, S11
#[test]
fn the_password_is_bound_to_the_channel() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::all() {
        let url = |options: &str| server.url("aludel", "localhost", options);
        assert!(kind.is_encrypted(&url("channel_binding=require&sslmode=require")), "{kind:?}");
        assert!(kind.is_encrypted(&url("channel_binding=disable&sslmode=require")), "{kind:?}");
        let message = kind.refusal(&url("channel_binding=require&sslmode=disable"));
        assert!(message.contains("channel binding"), "{kind:?} {message}");
    }
}

#[test]
fn a_socket_of_this_machine_is_never_encrypted() {
    let Some(server) = Server::get() else { return };
    for kind in Kind::all() {
        let (socket, port) = (server.socket(), server.port());
        let url = format!(
            "postgresql:///postgres?user=aludel&password=s3cret&host={socket}&port={port}&{}",
            server.options("sslrootcert=@ca.pem")
        );
        let mut connection = kind.connect(&url).unwrap();
        assert!(!is_encrypted(&mut *connection), "{kind:?}");
        assert_eq!(scalar(&mut *connection, "select 1", &[]).unwrap(), Value::Int(1));
    }
}
