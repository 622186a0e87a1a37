//! Which mode encrypts what, what each lets pass, and certificates that have expired or were revoked.

use aludel_core::dbapi::{AsyncDriver, ExecutionOptions, Released, Waits};
use aludel_core::error::ErrorKind;
use aludel_core::{TlsOptions, Url};
use aludel_mysql::MysqlDriver;
use aludel_testing::blocking::{int, query};
use aludel_testing::{Values, raw, settle};

use crate::server::{Kind, Server, deadline, is_encrypted};

// fault: S10
#[test]
fn every_mode_does_what_it_says() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::ALL {
        let encrypts =
            |options: &str| kind.is_encrypted(&server.url("aludel", "localhost", options));
        assert!(!encrypts("sslmode=disable"), "{kind:?}");
        assert!(!encrypts("ssl-mode=DISABLED"), "{kind:?}");
        for options in ["", "sslmode=prefer", "sslmode=require", "ssl_mode=required"] {
            assert!(encrypts(options), "{kind:?} {options}");
        }
        assert!(encrypts("sslmode=verify-full&sslrootcert=@ca.pem"), "{kind:?}");
        assert!(encrypts("ssl-ca=@ca.pem&compress=true"), "{kind:?}");
        // For any host.
        assert!(
            kind.is_encrypted(&server.url("aludel", "127.0.0.1", "sslmode=require")),
            "{kind:?}"
        );
    }
}

// fault: S10
#[test]
fn a_wrong_host_and_an_unknown_authority_are_refused() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::ALL {
        let refused = |host: &str, options: &str, why: &str| {
            let error = kind.refusal(&server.url("aludel", host, options));
            assert_eq!(error.kind(), ErrorKind::Operational, "{error}");
            assert!(error.message().contains(why), "{kind:?} {options}: {error}");
        };
        refused("127.0.0.1", "sslmode=verify-full&sslrootcert=@ca.pem", "is for another host");
        let authority = "an authority that is not trusted";
        refused("localhost", "sslrootcert=@strangers.pem", authority);
        refused("localhost", "sslmode=verify-full", authority);
        refused("localhost", "sslrootcert=system", authority);
    }
}

// fault: S10
#[test]
fn an_expired_certificate_is_refused_where_certificates_count() {
    let Some(server) = Server::get() else { return };
    let _alone = server.steady.write().unwrap();
    let expired = server.authority.sign_until("server", &["localhost"], 2021);
    server.change_certificate(&expired, "expired");
    let seen = Kind::ALL.map(|kind| {
        let url = |options: &str| server.url("aludel", "localhost", options);
        let full = kind.refusal(&url("sslrootcert=@ca.pem")).message().to_owned();
        (kind, full, kind.is_encrypted(&url("sslmode=require")))
    });
    // Whatever comes out: the other tests want the old one.
    server.change_certificate(&server.identity, "");
    for (kind, full, require) in seen {
        assert!(full.contains("expired") && require, "{kind:?}: {full}");
    }
}

// fault: S10
#[test]
fn what_the_crates_cannot_do_is_refused() {
    let Some(server) = Server::get() else { return };
    for kind in Kind::ALL {
        for (options, why) in [
            ("sslmode=verify-ca&sslrootcert=@ca.pem", "sslmode=verify-full"),
            ("sslmode=require&sslrootcert=@ca.pem", "sslmode=verify-full"),
            ("sslmode=require&sslsni=0", "sslsni"),
            ("sslrootcert=@ca.pem&sslcrl=@crl.pem", "sslcrl"),
            ("tls_library=native&sslmode=require", "tls-native"),
        ] {
            let error = kind.refusal(&server.url("aludel", "localhost", options));
            assert_eq!(error.kind(), ErrorKind::NotSupported, "{kind:?} {options}: {error}");
            assert!(error.message().contains(why), "{error}");
        }
    }
}

// fault: S10
#[test]
fn a_server_that_wants_tls_does_not_take_plain_text() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::ALL {
        assert!(kind.is_encrypted(&server.url("encrypted", "localhost", "")), "{kind:?}");
        let error = kind.refusal(&server.url("encrypted", "localhost", "sslmode=disable"));
        assert!(error.message().contains("Access denied"), "{kind:?}: {error}");
    }
}

// fault: S10
#[test]
fn a_client_shows_a_certificate() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::ALL {
        let url = |options: &str| server.url("certified", "localhost", options);
        let good = url("sslrootcert=@ca.pem&sslcert=@client.crt&sslkey=@client.key");
        assert!(kind.is_encrypted(&good), "{kind:?}");
        let error = kind.refusal(&url("sslrootcert=@ca.pem"));
        assert!(error.message().contains("Access denied"), "{kind:?}: {error}");
        for name in ["revoked", "stranger"] {
            let options = format!("sslrootcert=@ca.pem&sslcert=@{name}.crt&sslkey=@{name}.key");
            // The server says so and closes at once, which sometimes overtakes what it says.
            settle("the server says why", || {
                let error = kind.refusal(&url(&options));
                assert_eq!(error.kind(), ErrorKind::Operational, "{kind:?} {name}: {error}");
                error.message().contains("refuses the client's certificate")
            });
        }
    }
}

// fault: S10
#[test]
fn a_renewed_certificate_needs_no_new_driver() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::ALL {
        let copy = |name: &str| {
            for end in ["crt", "key"] {
                let to = server.path(&format!("renewed-{kind:?}.{end}"));
                std::fs::copy(server.path(&format!("{name}.{end}")), to).unwrap();
            }
        };
        copy("stranger");
        let name = format!("@renewed-{kind:?}");
        let options = format!("sslrootcert=@ca.pem&sslcert={name}.crt&sslkey={name}.key");
        let driver = kind.driver(&server.url("certified", "localhost", &options)).unwrap();
        assert!(driver.connect(deadline()).is_err());
        copy("client");
        driver.connect(deadline()).unwrap();
    }
}

// fault: S10, S07
#[test]
fn a_file_of_no_use_is_named_by_its_option() {
    let Some(server) = Server::get() else { return };
    for kind in Kind::ALL {
        for (options, option) in [
            ("sslrootcert=/no/canary", "sslrootcert"),
            ("sslrootcert=@client.key", "sslrootcert"),
            ("sslcert=@no-canary&sslkey=@client.key", "sslcert"),
            ("sslcert=@client.crt&sslkey=@no-canary", "sslkey"),
            ("sslcert=@client.crt&sslkey=@client.crt", "sslkey"),
        ] {
            let error = kind.refusal(&server.url("aludel", "localhost", options));
            assert_eq!(error.kind(), ErrorKind::Argument, "{kind:?} {options}: {error}");
            let shown = format!("{error} {error:?}");
            assert!(shown.contains(option) && !shown.contains("canary"), "{kind:?}: {shown}");
        }
    }
}

#[test]
fn a_socket_of_this_machine_is_never_encrypted() {
    let Some(server) = Server::get() else { return };
    for kind in Kind::ALL {
        let socket = server.path("socket").to_str().unwrap().replace('/', "%2F");
        let options = server.options("sslrootcert=@ca.pem");
        let url = format!("mysql://aludel:s3cret@/?socket={socket}&{options}");
        assert!(!is_encrypted(&mut *kind.connect(&url).unwrap()), "{kind:?}");
    }
}

// fault: S10
#[test]
fn a_statement_that_was_cut_is_ended_over_tls() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::ALL {
        let url = server.url("encrypted", "localhost", "sslrootcert=@ca.pem");
        let mut other = kind.connect(&url).unwrap();
        let mut connection = kind.connect(&url).unwrap();
        let id = int(&mut *connection, "select connection_id()");
        let options = ExecutionOptions::new().timeout(std::time::Duration::from_millis(200));
        let sleep = raw("select sleep(600)");
        let error = connection.execute(&sleep, &[], &options, &mut Values::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{kind:?}: {error}");
        assert_eq!(connection.release(), Released::Dirty, "{kind:?}");
        connection.recover(Box::new(drop));
        settle("the session has ended", || {
            let sql = format!("select id from information_schema.processlist where id = {id}");
            query(&mut *other, &sql, &[]).unwrap().is_empty()
        });
    }
}

// fault: S10
#[test]
fn whom_a_program_trusts_stays_when_a_listener_changes_the_url() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    let url: Url = server.url("aludel", "localhost", "").parse().unwrap();
    let tls = TlsOptions::new().root_cert(server.path("strangers.pem"));
    let driver = MysqlDriver::from_url(&url).unwrap().with_tls(tls).unwrap();
    let mut changed = url.clone();
    changed.set_database("information_schema".to_owned());
    let refused = driver
        .with_url(&changed)
        .unwrap()
        .adapted(Waits::OnThreads)
        .connect(deadline())
        .unwrap_err();
    assert!(refused.message().contains("not trusted"), "{refused}");
    MysqlDriver::from_url(&url)
        .unwrap()
        .with_url(&changed)
        .unwrap()
        .adapted(Waits::OnThreads)
        .connect(deadline())
        .unwrap();
}
