//! A TCP proxy that writes down what passes, and can be told to cut or to say nothing any more.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{Db, parts};

/// A piece that passed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    FromClient(Vec<u8>),
    FromServer(Vec<u8>),
}

/// When to cut a connection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Cut {
    Never,
    /// Instead of passing on a message that contains COMMIT.
    BeforeCommit,
    /// After passing it on, before its answer.
    AfterCommit,
    /// After so many bytes from the client.
    ClientBytes(usize),
    /// After so many bytes from the server.
    ServerBytes(usize),
}

#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) cut: Cut,
    /// Bytes passed on at a time.
    pub(crate) step: usize,
    /// Nothing of what the server says is passed on.
    pub(crate) muted: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    pub(crate) settings: Arc<Mutex<Settings>>,
    log: Arc<Mutex<Vec<Piece>>>,
}

impl Proxy {
    /// In front of the server of a URL; gives what goes through it.
    pub(crate) fn start(db: &Db) -> (Self, Db) {
        let url = parts(&db.url);
        let target = (url.host().unwrap().to_owned(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let settings = Settings { cut: Cut::Never, step: usize::MAX, muted: false };
        let proxy = Self { settings: Arc::new(Mutex::new(settings)), log: Arc::default() };
        let this = proxy.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                let server = TcpStream::connect(&target).unwrap();
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                this.clone().carry(client, server);
            }
        });
        let through = format!(
            "mysql://{}:{}@127.0.0.1:{port}/{}",
            url.username().unwrap(),
            url.password().unwrap().reveal(),
            url.database().unwrap()
        );
        (proxy, Db { url: through, ..db.clone() })
    }

    pub(crate) fn cut(&self, cut: Cut) {
        let mut settings = self.settings.lock().unwrap();
        settings.cut = cut;
        settings.muted = false;
    }

    /// What passed since the last time.
    pub(crate) fn take_log(&self) -> Vec<Piece> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    fn carry(self, client: TcpStream, server: TcpStream) {
        for up in [true, false] {
            let (from, to) = if up { (&client, &server) } else { (&server, &client) };
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            let this = self.clone();
            thread::spawn(move || {
                this.pass(&from, &to, up);
                // The one that ends first ends both.
                let _ = from.shutdown(Shutdown::Both);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
    }

    fn pass(&self, mut from: &TcpStream, mut to: &TcpStream, up: bool) {
        let mut buffer = vec![0; 64 * 1024];
        let mut passed = 0;
        loop {
            let count = match from.read(&mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => count,
            };
            let (cut, step) = {
                let settings = self.settings.lock().unwrap();
                (settings.cut, settings.step)
            };
            if let (Cut::ClientBytes(limit), true) | (Cut::ServerBytes(limit), false) = (cut, up)
                && passed + count > limit
            {
                let _ = to.write_all(&buffer[..limit.saturating_sub(passed)]);
                return;
            }
            passed += count;
            let piece = &buffer[..count];
            let commits = up && piece.windows(6).any(|window| window == b"COMMIT");
            if commits && cut == Cut::BeforeCommit {
                return;
            }
            if commits && cut == Cut::AfterCommit {
                self.settings.lock().unwrap().muted = true;
            }
            if !up && self.settings.lock().unwrap().muted {
                continue;
            }
            let copy = piece.to_vec();
            let entry = if up { Piece::FromClient(copy) } else { Piece::FromServer(copy) };
            self.log.lock().unwrap().push(entry);
            for part in piece.chunks(step.min(count)) {
                if to.write_all(part).is_err() {
                    return;
                }
            }
            if commits && cut == Cut::AfterCommit {
                thread::sleep(Duration::from_millis(100));
                return;
            }
        }
    }
}

/// How often the client spoke after it had heard something, the first time included.
pub(crate) fn round_trips(log: &[Piece]) -> usize {
    let mut count = 0;
    let mut spoke = false;
    for piece in log {
        let speaks = matches!(piece, Piece::FromClient(_));
        if speaks && !spoke {
            count += 1;
        }
        spoke = speaks;
    }
    count
}

/// Whether the client said these words.
pub(crate) fn mentions(log: &[Piece], words: &str) -> bool {
    let said = log.iter().filter_map(|piece| match piece {
        Piece::FromClient(bytes) => Some(bytes.as_slice()),
        Piece::FromServer(_) => None,
    });
    let said = said.collect::<Vec<_>>().concat();
    said.windows(words.len()).any(|window| window == words.as_bytes())
}
