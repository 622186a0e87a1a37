//! A TCP proxy in front of a server. It records what passes, cuts connections, holds answers back
//! and drops them.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::Duration;

use aludel_core::Url;

use crate::server_url;

/// The drivers of servers: the variable with the URL of a server, and the scheme of its driver.
pub const SERVER_DRIVERS: [(&str, &str); 4] = [
    ("ALUDEL_TEST_POSTGRES_URL", "postgresql"),
    ("ALUDEL_TEST_POSTGRES_URL", "postgresql+postgres"),
    ("ALUDEL_TEST_MYSQL_URL", "mysql"),
    ("ALUDEL_TEST_MYSQL_URL", "mysql+mysql"),
];

/// A new proxy in front of the server of a variable, and the URL that leads there by one of its drivers. `None` after
/// saying that what needs it is skipped.
#[must_use]
pub fn behind_a_proxy(variable: &'static str, scheme: &str) -> Option<(String, Proxy)> {
    let url = server_url(variable)?;
    let parts: Url = url.parse().unwrap();
    let (host, port) = (parts.host().unwrap().to_owned(), parts.port().unwrap());
    let proxy = Proxy::start(&host, port);
    let (_, rest) = url.split_once("://").unwrap();
    let there = rest.replace(&format!("{host}:{port}"), &proxy.address().to_string());
    Some((format!("{scheme}://{there}"), proxy))
}

/// A piece that passed.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Sent by the client.
    FromClient(Vec<u8>),
    /// Sent by the server.
    FromServer(Vec<u8>),
}

/// When to cut a connection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cut {
    /// At no time.
    Never,
    /// Instead of passing on a message that contains COMMIT.
    BeforeCommit,
    /// When the server has answered such a message, instead of passing its answer on.
    AfterCommit,
    /// Instead of passing on a BEGIN that comes before the answer to a ROLLBACK, as Pgpool-II refuses one.
    EarlyBegin,
    /// After so many bytes from the client.
    ClientBytes(usize),
    /// After so many bytes from the server.
    ServerBytes(usize),
}

#[derive(Debug, Clone, Copy)]
struct Settings {
    cut: Cut,
    answer_delay: Duration,
    /// `None`: cancels are dropped.
    cancel_delay: Option<Duration>,
    step: usize,
    muted: bool,
    holding: bool,
}

/// A proxy, which serves until the process ends.
#[derive(Debug, Clone)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: Mutex<Settings>,
    log: Mutex<Vec<Piece>>,
    links: Mutex<Vec<Weak<Link>>>,
    held: AtomicUsize,
}

impl Proxy {
    /// Starts a proxy in front of a server.
    ///
    /// # Panics
    ///
    /// There is no free port.
    #[must_use]
    pub fn start(host: &str, port: u16) -> Self {
        let target = (host.to_owned(), port);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let settings = Settings {
            cut: Cut::Never,
            answer_delay: Duration::ZERO,
            cancel_delay: Some(Duration::ZERO),
            step: usize::MAX,
            muted: false,
            holding: false,
        };
        let shared = Arc::new(Shared {
            settings: Mutex::new(settings),
            log: Mutex::default(),
            links: Mutex::default(),
            held: AtomicUsize::new(0),
        });
        let proxy = Self { address: listener.local_addr().unwrap(), shared: Arc::clone(&shared) };
        thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                shared.connect(client, TcpStream::connect(&target).unwrap());
            }
        });
        proxy
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sets when connections are cut.
    pub fn cut(&self, cut: Cut) {
        self.shared.settings().cut = cut;
    }

    /// Drops what servers send, or passes it on again.
    pub fn mute(&self, muted: bool) {
        self.shared.settings().muted = muted;
    }

    /// Holds each answer back for a time.
    pub fn delay_answers(&self, delay: Duration) {
        self.shared.settings().answer_delay = delay;
    }

    /// Holds the first answer back of each connection that is made from now on, until this is ended.
    pub fn hold_new(&self, holding: bool) {
        self.shared.settings().holding = holding;
    }

    /// How many connections are held that way.
    #[must_use]
    pub fn held(&self) -> usize {
        self.shared.held.load(Ordering::SeqCst)
    }

    /// Holds a cancel of PostgreSQL back for a time; `None` drops it.
    pub fn delay_cancels(&self, delay: Option<Duration>) {
        self.shared.settings().cancel_delay = delay;
    }

    /// Passes on so many bytes at a time.
    pub fn pass_in_steps(&self, bytes: usize) {
        self.shared.settings().step = bytes;
    }

    /// Ends every connection that goes through it.
    pub fn disconnect(&self) {
        let links = std::mem::take(&mut *self.shared.links.lock().unwrap());
        links.iter().filter_map(Weak::upgrade).for_each(|link| link.end());
    }

    /// What passed since the last time.
    #[expect(clippy::must_use_candidate, reason = "to drop it is to begin anew")]
    pub fn take_log(&self) -> Vec<Piece> {
        std::mem::take(&mut *self.shared.log.lock().unwrap())
    }

    /// Whether a client sent these words since the log was taken.
    #[must_use]
    pub fn has_sent(&self, words: &str) -> bool {
        mentions(&self.shared.log.lock().unwrap(), words)
    }

    /// Whether PostgreSQL was asked to cancel something since the log was taken.
    #[must_use]
    pub fn has_cancelled(&self) -> bool {
        self.shared.log.lock().unwrap().iter().any(|piece| match piece {
            Piece::FromClient(bytes) => is_cancel(bytes),
            Piece::FromServer(_) => false,
        })
    }

    /// Whether a server sent these words, in one piece, since the log was taken.
    #[must_use]
    pub fn has_answered(&self, words: &str) -> bool {
        self.shared.log.lock().unwrap().iter().any(|piece| match piece {
            Piece::FromServer(bytes) => contains(bytes, words),
            Piece::FromClient(_) => false,
        })
    }
}

impl Shared {
    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.settings.lock().unwrap()
    }

    fn record(&self, piece: Piece) {
        self.log.lock().unwrap().push(piece);
    }

    fn connect(self: &Arc<Self>, client: TcpStream, server: TcpStream) {
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        let link = Arc::new(Link {
            client,
            server,
            client_ended: AtomicBool::new(false),
            cut_at_answer: AtomicBool::new(false),
            rolling_back: AtomicBool::new(false),
            is_held: AtomicBool::new(self.settings().holding),
        });
        let mut links = self.links.lock().unwrap();
        links.retain(|link| link.strong_count() > 0);
        links.push(Arc::downgrade(&link));
        drop(links);
        for pass in [Self::pass_up, Self::pass_down] {
            let (shared, link) = (Arc::clone(self), Arc::clone(&link));
            thread::spawn(move || {
                if !pass(&shared, &link) {
                    link.end();
                }
            });
        }
    }

    fn hold(&self) {
        self.held.fetch_add(1, Ordering::SeqCst);
        while self.settings().holding {
            thread::sleep(Duration::from_millis(1));
        }
        self.held.fetch_sub(1, Ordering::SeqCst);
    }

    /// Passes on what the client sends. Returns whether answers may still follow.
    fn pass_up(&self, link: &Link) -> bool {
        let mut buffer = vec![0; 64 * 1024];
        let mut passed = 0;
        loop {
            let count = match (&link.client).read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(count) => count,
            };
            let Settings { cut, cancel_delay, step, .. } = *self.settings();
            if let Cut::ClientBytes(limit) = cut
                && passed + count > limit
            {
                // The rest is not for the server to see.
                let _ = (&link.server).write_all(&buffer[..limit.saturating_sub(passed)]);
                return false;
            }
            passed += count;
            let piece = &buffer[..count];
            if contains(piece, "COMMIT") {
                match cut {
                    Cut::BeforeCommit => return false,
                    Cut::AfterCommit => link.cut_at_answer.store(true, Ordering::SeqCst),
                    _ => {}
                }
            }
            if contains(piece, "ROLLBACK") {
                link.rolling_back.store(true, Ordering::SeqCst);
            }
            let early = contains(piece, "BEGIN") && link.rolling_back.load(Ordering::SeqCst);
            if early && cut == Cut::EarlyBegin {
                return false;
            }
            if is_cancel(piece) {
                match cancel_delay {
                    Some(delay) => thread::sleep(delay),
                    None => continue,
                }
            }
            self.record(Piece::FromClient(piece.to_vec()));
            if !write_in_steps(&link.server, piece, step) {
                return false;
            }
        }
        // What the server still sends is passed on, unless that is dropped anyway.
        link.client_ended.store(true, Ordering::SeqCst);
        let _ = link.server.shutdown(Shutdown::Write);
        !self.settings().muted
    }

    /// Passes on what the server sends, until either side has ended.
    fn pass_down(&self, link: &Link) -> bool {
        let mut buffer = vec![0; 64 * 1024];
        let mut passed = 0;
        loop {
            let count = match (&link.server).read(&mut buffer) {
                Ok(0) | Err(_) => return false,
                Ok(count) => count,
            };
            let Settings { cut, answer_delay, step, muted, .. } = *self.settings();
            thread::sleep(answer_delay);
            if link.is_held.swap(false, Ordering::SeqCst) {
                self.hold();
            }
            if link.cut_at_answer.load(Ordering::SeqCst) {
                return false;
            }
            if let Cut::ServerBytes(limit) = cut
                && passed + count > limit
            {
                let _ = (&link.client).write_all(&buffer[..limit.saturating_sub(passed)]);
                return false;
            }
            passed += count;
            if muted {
                if link.client_ended.load(Ordering::SeqCst) {
                    return false;
                }
                continue;
            }
            let piece = &buffer[..count];
            link.rolling_back.store(false, Ordering::SeqCst);
            self.record(Piece::FromServer(piece.to_vec()));
            if !write_in_steps(&link.client, piece, step) {
                return false;
            }
        }
    }
}

/// A client's connection and the one to the server.
#[derive(Debug)]
struct Link {
    client: TcpStream,
    server: TcpStream,
    client_ended: AtomicBool,
    cut_at_answer: AtomicBool,
    rolling_back: AtomicBool,
    is_held: AtomicBool,
}

impl Link {
    fn end(&self) {
        // One that has ended already is no failure.
        let _ = self.client.shutdown(Shutdown::Both);
        let _ = self.server.shutdown(Shutdown::Both);
    }
}

fn write_in_steps(mut to: &TcpStream, piece: &[u8], step: usize) -> bool {
    piece.chunks(step.clamp(1, piece.len())).all(|part| to.write_all(part).is_ok())
}

/// Whether it is PostgreSQL's request to cancel what another session does.
fn is_cancel(piece: &[u8]) -> bool {
    const CANCEL: [u8; 4] = 80_877_102_u32.to_be_bytes();
    piece.len() == 16 && piece[4..8] == CANCEL
}

/// How often a client sent something after it had received something, the first time included.
#[must_use]
pub fn round_trips(log: &[Piece]) -> usize {
    let mut count = 0;
    let mut sent = false;
    for piece in log {
        let sends = matches!(piece, Piece::FromClient(_));
        if sends && !sent {
            count += 1;
        }
        sent = sends;
    }
    count
}

/// Whether a client sent these words.
#[must_use]
pub fn mentions(log: &[Piece], words: &str) -> bool {
    let sent = log.iter().filter_map(|piece| match piece {
        Piece::FromClient(bytes) => Some(bytes.as_slice()),
        Piece::FromServer(_) => None,
    });
    contains(&sent.collect::<Vec<_>>().concat(), words)
}

fn contains(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}
