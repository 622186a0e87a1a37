//! Errors of tokio-postgres, made by a server that says what it is given to say.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf, duplex};
use tokio_postgres::{Client, Config, NoTls};

use super::*;

const READY: &[u8] = b"Z\0\0\0\x05I";
const AUTHENTICATED: &[u8] = b"R\0\0\0\x08\0\0\0\0";

/// A client of a server that answers the first query with some bytes and falls silent.
async fn client(answer: Vec<u8>) -> Client {
    let (ours, mut theirs) = duplex(4096);
    tokio::spawn(async move {
        let mut buffer = [0; 4096];
        assert_ne!(theirs.read(&mut buffer).await.unwrap(), 0);
        theirs.write_all(&[AUTHENTICATED, READY].concat()).await.unwrap();
        assert_ne!(theirs.read(&mut buffer).await.unwrap(), 0);
        theirs.write_all(&answer).await.unwrap();
        // Until the client has gone.
        let _ = theirs.read(&mut buffer).await;
    });
    let (client, connection) = Config::new().user("u").connect_raw(ours, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// What the client makes of an answer.
async fn error_of(answer: Vec<u8>) -> tokio_postgres::Error {
    client(answer).await.batch_execute("select 1").await.unwrap_err()
}

/// The server's error with some fields.
async fn refusal(fields: &[(u8, &str)]) -> Error {
    let mut body = b"SERROR\0VERROR\0".to_vec();
    for (field, text) in fields {
        body.push(*field);
        body.extend_from_slice(text.as_bytes());
        body.push(0);
    }
    body.push(0);
    let length = u32::try_from(body.len() + 4).unwrap().to_be_bytes();
    let answer = [b"E", &length[..], &body, READY].concat();
    match Failure::from(error_of(answer).await) {
        Failure::Refused(error) => error,
        other => panic!("{other:?}"),
    }
}

fn shown(error: &Error) -> String {
    format!("{error} {error:?} {error:#?}")
}

#[test]
fn classes_and_exceptions() {
    for (code, expected) in [
        ("23505", ErrorKind::Integrity),
        ("22003", ErrorKind::Data),
        ("42P01", ErrorKind::Programming),
        ("40001", ErrorKind::Operational),
        ("0A000", ErrorKind::NotSupported),
        ("XX000", ErrorKind::Internal),
        ("P0001", ErrorKind::Internal),
        ("25P02", ErrorKind::PendingRollback),
        ("25001", ErrorKind::InvalidRequest),
        ("3D000", ErrorKind::Operational),
        ("", ErrorKind::Internal),
    ] {
        assert_eq!(kind(code), expected, "{code}");
    }
}

// fault: S08
#[tokio::test]
async fn a_row_that_violates_a_constraint_is_not_shown() {
    let error = refusal(&[
        (b'C', "23514"),
        (b'M', "new row for relation \"cards\" violates check constraint \"grown\""),
        (b'D', "Failing row contains (1, 4111-canary)."),
        (b't', "cards"),
        (b'n', "grown"),
    ])
    .await;
    assert!(error.is_check_violation());
    assert_eq!((error.table(), error.constraint()), (Some("cards"), Some("grown")));
    assert!(shown(&error).contains("violates check constraint \"grown\""), "{error}");
    assert!(!shown(&error).contains("canary"), "{error}");
    assert!(error.unredacted().is_some_and(|text| text.contains("4111-canary")));
    let server = error.driver_error().and_then(|error| error.downcast_ref::<DbError>()).unwrap();
    assert_eq!(server.detail(), Some("Failing row contains (1, 4111-canary)."));
}

// fault: S08
#[tokio::test]
async fn values_in_messages_are_not_shown() {
    for (code, file, routine, message) in [
        ("22P02", "int.c", "pg_strtoint", "invalid input syntax for type integer: \"canary\""),
        ("22003", "int8.c", "x", "value \"canary\" is out of range for type \"bigint\""),
        ("42P01", "namespace.c", "x", "relation \"canary\" does not exist"),
        ("P0001", "pl_exec.c", "exec_stmt_raise", "card canary was refused"),
        ("23505", "pl_exec.c", "exec_stmt_raise", "card canary was refused"),
        ("XX000", "plperl.c", "plperl_call", "canary at line 1"),
        ("38000", "plpy_elog.c", "PLy_elog_impl", "canary"),
        ("HV000", "postgres_fdw.c", "x", "canary"),
        ("ABC01", "theirs.c", "x", "canary"),
    ] {
        let fields =
            [(b'C', code), (b'M', message), (b'F', file), (b'R', routine), (b'H', "canary")];
        let fields = if code == "42P01" { &fields[..4] } else { &fields[..] };
        let error = refusal(fields).await.with_statement("select $1");
        assert!(!shown(&error).contains("canary"), "{error}");
        assert!(error.unredacted().is_some_and(|text| text.contains(message)), "{error}");
        assert_eq!(error.sqlstate(), Some(code));
    }
}

#[tokio::test]
async fn names_of_a_wrong_statement_are_shown_with_the_hint() {
    let error = refusal(&[
        (b'C', "42703"),
        (b'M', "column \"nmae\" does not exist"),
        (b'H', "Perhaps you meant to reference the column \"users.name\"."),
    ])
    .await
    .with_statement("select nmae from users");
    let wanted = "column \"nmae\" does not exist; Perhaps you meant to reference the column \
                  \"users.name\".";
    assert_eq!(error.message(), wanted);
}

/// Reads what it is given, and then fails as a socket does.
struct Failing(Vec<u8>, io::ErrorKind);

impl AsyncRead for Failing {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.0.is_empty() {
            return Poll::Ready(Err(self.1.into()));
        }
        buffer.put_slice(&std::mem::take(&mut self.0));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Failing {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, b: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(b.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// The texts by which the kinds of tokio-postgres' errors are recognized are those that it has.
#[tokio::test]
async fn the_texts_of_tokio_postgres_are_the_ones_that_are_known() {
    let socket = Failing([AUTHENTICATED, READY].concat(), io::ErrorKind::ConnectionReset);
    let (_client, connection) = Config::new().user("u").connect_raw(socket, NoTls).await.unwrap();
    let lost = connection.await.unwrap_err();
    assert_eq!(lost.to_string(), "error communicating with the server");
    assert_eq!(Cause::of(&lost), Cause::Lost);
    assert!(matches!(Failure::from(lost), Failure::Ended(error) if error.is_disconnect()));

    let nul = client(Vec::new()).await.batch_execute("select '\0'").await.unwrap_err();
    assert_eq!(Cause::of(&nul), Cause::Encode);
    assert!(matches!(Failure::from(nul), Failure::Refused(e) if e.kind() == ErrorKind::Data));

    // BindComplete, which no simple query has.
    let unexpected = error_of([b"2\0\0\0\x04", READY].concat()).await;
    assert_eq!(Cause::of(&unexpected), Cause::Unexpected, "{unexpected}");
    let broken = Failure::from(unexpected);
    assert!(matches!(&broken, Failure::Broken(e) if e.kind() == ErrorKind::NotSupported));

    let closed = {
        let (ours, theirs) = duplex(64);
        drop(theirs);
        Config::new().user("u").connect_raw(ours, NoTls).await.map(drop).unwrap_err()
    };
    assert!(closed.is_closed() || Cause::of(&closed) == Cause::Lost, "{closed}");
}

/// A socket's error is found by its kind, whatever the words around it are.
#[test]
fn what_the_system_says_is_a_lost_connection() {
    let reset = io::Error::from_raw_os_error(104);
    assert!(is_of_the_socket(&reset));
    assert!(is_of_the_socket(&io::ErrorKind::BrokenPipe.into()));
    assert!(!is_of_the_socket(&io::Error::new(io::ErrorKind::InvalidInput, "a message")));
    assert_eq!(parameter("error serializing parameter 0"), "parameter $1");
}

#[test]
fn the_columns_of_a_unique_key_stand_before_their_values() {
    let of = |detail| key_columns(Some(detail));
    assert_eq!(of("Key (name)=(canary) already exists."), ["name"]);
    assert_eq!(
        of("Schl\u{fc}ssel \u{bb}(a, \"b, \"\"c)\", lower(d))=(1, 2, 3)\u{ab}"),
        ["a", "b, \"c)", "lower(d)"]
    );
    assert_eq!(of("Key ((a || \"B\"::text))=(x) already exists."), ["(a || \"B\"::text)"]);
    assert!(of("Key (a").is_empty() && of("nothing").is_empty() && key_columns(None).is_empty());
}
