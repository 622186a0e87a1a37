//! Certificates that have expired, were revoked, are renewed, and those of clients.

use aludel_core::dbapi::{AsyncDriver, Waits};
use aludel_core::error::ErrorKind;
use aludel_core::value::Value;
use aludel_core::{TlsOptions, Url};
use aludel_postgres::PostgresDriver;
use aludel_testing::blocking::scalar;
use aludel_testing::settle;

use crate::server::{Kind, Server, deadline};

// fault: S10
#[test]
fn an_expired_certificate_is_refused_where_certificates_count() {
    let Some(server) = Server::get() else { return };
    let _alone = server.steady.write().unwrap();
    let expired = server.authority.sign_until("server", &["localhost"], 2021);
    server.change_certificate(&expired, "expired");
    let refused: Vec<_> = Kind::all()
        .into_iter()
        .map(|kind| {
            let url = |options: &str| server.url("aludel", "localhost", options);
            let full = kind.refusal(&url("sslmode=verify-full&sslrootcert=@ca.pem"));
            let ca = kind.refusal(&url("sslmode=verify-ca&sslrootcert=@ca.pem"));
            (kind, full, ca, kind.is_encrypted(&url("sslmode=require")))
        })
        .collect();
    // Whatever comes out: the other tests want the old one.
    server.change_certificate(&server.identity, "");
    for (kind, full, ca, require) in refused {
        assert!(full.contains("expired") && ca.contains("expired"), "{kind:?}: {full} {ca}");
        assert!(require, "{kind:?}");
    }
}

// fault: S10
#[test]
fn a_revoked_certificate_of_the_server_is_refused() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::all() {
        let url = |options: &str| server.url("aludel", "localhost", options);
        let clean = url("sslrootcert=@ca.pem&sslcrl=@clean.pem");
        if !kind.has_lists_of_revoked() {
            let error = kind.connect(&clean).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotSupported, "{error}");
            assert!(error.message().contains("tls-rustls"), "{error}");
            continue;
        }
        assert!(kind.is_encrypted(&clean));
        for (list, why) in [
            ("revoking", "was revoked"),
            ("others", "has no list of the authority"),
            ("stale", "is out of date"),
        ] {
            let options = format!("sslrootcert=@ca.pem&sslcrl=@{list}.pem");
            let message = kind.refusal(&url(&options));
            assert!(message.contains(why), "{kind:?} {list}: {message}");
        }
    }
}

// fault: S10
#[test]
fn a_client_shows_a_certificate() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::all() {
        let url = |options: &str| server.url("certified", "localhost", options);
        let good = url("sslrootcert=@ca.pem&sslcert=@client.crt&sslkey=@client.key");
        let mut connection = kind.connect(&good).unwrap();
        let user = scalar(&mut *connection, "select current_user::text", &[]).unwrap();
        assert_eq!(user, Value::from("certified"), "{kind:?}");
        let message = kind.refusal(&url("sslrootcert=@ca.pem"));
        assert!(message.contains("certificate"), "{kind:?}: {message}");
        for name in ["revoked", "stranger"] {
            let options = format!("sslrootcert=@ca.pem&sslcert=@{name}.crt&sslkey=@{name}.key");
            let why =
                if kind.library == "rustls" { "refuses the client's certificate" } else { "alert" };
            // The server says so and closes at once, which sometimes overtakes what it says.
            settle("the server says why", || kind.refusal(&url(&options)).contains(why));
        }
    }
}

// fault: S10
#[test]
fn a_renewed_certificate_needs_no_new_driver() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::all() {
        let copy = |name: &str| {
            for end in ["crt", "key"] {
                std::fs::copy(
                    server.path(&format!("{name}.{end}")),
                    server.path(&format!("renewed-{}-{}.{end}", kind.library, kind.blocking)),
                )
                .unwrap();
            }
        };
        copy("stranger");
        let name = format!("@renewed-{}-{}", kind.library, kind.blocking);
        let options = format!("sslrootcert=@ca.pem&sslcert={name}.crt&sslkey={name}.key");
        let driver = kind.driver(&server.url("certified", "localhost", &options)).unwrap();
        assert!(driver.connect(deadline()).is_err());
        copy("client");
        driver.connect(deadline()).unwrap();
        copy("stranger");
        assert!(driver.connect(deadline()).is_err());
    }
}

// fault: S10, S07
#[test]
fn a_file_of_no_use_is_named_by_its_option() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::all() {
        for (options, option) in [
            ("sslrootcert=/no/canary", "sslrootcert"),
            ("sslrootcert=@client.key", "sslrootcert"),
            ("sslcert=@no-canary&sslkey=@client.key", "sslcert"),
            ("sslcert=@client.crt&sslkey=@no-canary", "sslkey"),
        ] {
            let error = kind.connect(&server.url("aludel", "localhost", options)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Argument, "{kind:?} {options}: {error}");
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(option) && !shown.contains("canary"), "{kind:?}: {shown}");
        }
    }
}

// fault: S10
#[test]
fn whom_a_program_trusts_stays_when_a_listener_changes_the_url() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    let url: Url = server.url("aludel", "localhost", "").parse().unwrap();
    let tls = TlsOptions::new().root_cert(server.path("strangers.pem"));
    let driver = PostgresDriver::from_url(&url).unwrap().with_tls(tls).unwrap();
    let mut changed = url.clone();
    changed.set_option("application_name", "changed");
    let refused = driver
        .with_url(&changed)
        .unwrap()
        .adapted(Waits::OnThreads)
        .connect(deadline())
        .unwrap_err();
    assert!(refused.message().contains("not trusted"), "{refused}");
    // What stands in the URL is the listener's.
    let driver = PostgresDriver::from_url(&url).unwrap();
    let ca = server.path("strangers.pem");
    changed.set_option("sslrootcert", ca.to_str().unwrap());
    let refused = driver
        .with_url(&changed)
        .unwrap()
        .adapted(Waits::OnThreads)
        .connect(deadline())
        .unwrap_err();
    assert!(refused.message().contains("not trusted"), "{refused}");
    driver.with_url(&url).unwrap().adapted(Waits::OnThreads).connect(deadline()).unwrap();
}
