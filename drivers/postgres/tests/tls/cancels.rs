//! Requests that cancel statements are encrypted as their connection is.

use std::time::{Duration, Instant};

use aludel_core::dbapi::{Connection, ExecutionOptions, Released};
use aludel_core::error::ErrorKind;
use aludel_testing::blocking::int;
use aludel_testing::proxy::Proxy;
use aludel_testing::{BOUND, Values, raw, settle};

use crate::server::{Kind, Server};

// fault: S10
#[test]
fn a_statement_that_was_cut_is_stopped_over_tls() {
    let Some(server) = Server::get() else { return };
    let _steady = server.steady.read().unwrap();
    for kind in Kind::all() {
        let proxy = Proxy::start("127.0.0.1", server.port());
        let url = server
            .url("encrypted", "localhost", "sslrootcert=@ca.pem&time_outs=client")
            .replace(&format!(":{}/", server.port()), &format!(":{}/", proxy.address().port()));
        let mut connection = kind.connect(&url).unwrap();
        let pid = int(&mut *connection, "select pg_backend_pid()");
        // The client keeps it, so that it cancels.
        let options = ExecutionOptions::new().timeout(Duration::from_millis(200));
        let start = Instant::now();
        let sleep = raw("select pg_sleep(600)");
        proxy.take_log();
        let error = connection.execute(&sleep, &[], &options, &mut Values::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{kind:?}: {error}");
        assert!(start.elapsed() < BOUND, "{kind:?}");
        let mut other = kind.connect(&server.url("aludel", "localhost", "")).unwrap();
        if !kind.blocking {
            assert_eq!(connection.release(), Released::Dirty);
            let (send, receive) = std::sync::mpsc::channel();
            connection.recover(Box::new(move |recovered| send.send(recovered).unwrap()));
            let mut recovered: Box<dyn Connection> =
                receive.recv_timeout(BOUND).unwrap().expect("it is recovered");
            assert_eq!(int(&mut *recovered, "select pg_backend_pid()"), pid, "{kind:?}");
        }
        settle("the server sleeps no more", || {
            let sql = "select count(*) from pg_stat_activity where wait_event = 'PgSleep'";
            int(&mut *other, sql) == 0
        });
        assert!(!proxy.has_cancelled(), "{kind:?}: the request could be read");
    }
}
