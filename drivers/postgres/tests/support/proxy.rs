//! A TCP proxy that writes down what passes, can be told to cut, and can delay cancels.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aludel_postgres::tokio_postgres::Config;
use aludel_postgres::tokio_postgres::config::Host;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// A piece that passed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    FromClient(Vec<u8>),
    FromServer(Vec<u8>),
}

/// When to cut all connections.
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
    pub(crate) cancel_delay: Duration,
    /// Bytes passed on at a time.
    pub(crate) step: usize,
    /// Nothing of what the server says is passed on.
    pub(crate) muted: bool,
}

#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    pub(crate) settings: Arc<Mutex<Settings>>,
    log: Arc<Mutex<Vec<Piece>>>,
}

impl Proxy {
    /// In front of the server of a configuration; gives the configuration that goes through it.
    pub(crate) async fn start(config: &Config) -> (Self, Config) {
        let Some(Host::Tcp(host)) = config.get_hosts().first() else { panic!("a TCP host") };
        let target = (host.clone(), config.get_ports().first().copied().unwrap_or(5432));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = Settings {
            cut: Cut::Never,
            cancel_delay: Duration::ZERO,
            step: usize::MAX,
            muted: false,
        };
        let proxy = Self { address, settings: Arc::new(Mutex::new(settings)), log: Arc::default() };
        let this = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(target.clone()).await.unwrap();
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                tokio::spawn(this.clone().carry(client, server));
            }
        });
        let mut through = Config::new();
        through.host("127.0.0.1").port(address.port());
        through.user(config.get_user().unwrap()).dbname(config.get_dbname().unwrap());
        if let Some(password) = config.get_password() {
            through.password(password);
        }
        (proxy, through)
    }

    /// What passed since the last time.
    pub(crate) fn take_log(&self) -> Vec<Piece> {
        std::mem::take(&mut self.log.lock().unwrap())
    }

    async fn carry(self, client: TcpStream, server: TcpStream) {
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let up = self.clone().pass(from_client, to_server, true);
        let down = self.pass(from_server, to_client, false);
        // The one that ends first ends both, and drops all four halves.
        tokio::select! { () = up => {}, () = down => {} }
    }

    async fn pass(self, mut from: OwnedReadHalf, mut to: OwnedWriteHalf, up: bool) {
        let mut buffer = vec![0; 64 * 1024];
        let mut passed = 0;
        loop {
            let count = match from.read(&mut buffer).await {
                Ok(0) | Err(_) if up => {
                    // Half closed: what comes back is still passed on.
                    let _ = to.shutdown().await;
                    return std::future::pending().await;
                }
                Ok(0) | Err(_) => return,
                Ok(count) => count,
            };
            let (cut, delay, step) = {
                let settings = self.settings.lock().unwrap();
                (settings.cut, settings.cancel_delay, settings.step)
            };
            let piece = match (cut, up) {
                (Cut::ClientBytes(limit), true) | (Cut::ServerBytes(limit), false)
                    if passed + count > limit =>
                {
                    // What the other side is not to see any more is not passed on either.
                    let _ = to.write_all(&buffer[..limit.saturating_sub(passed)]).await;
                    return;
                }
                _ => &buffer[..count],
            };
            passed += count;
            let commits = up && piece.windows(6).any(|window| window == b"COMMIT");
            if up && count == 16 && piece[4..8] == 80_877_102_i32.to_be_bytes() {
                tokio::time::sleep(delay).await;
            }
            if commits && cut == Cut::BeforeCommit {
                return;
            }
            let copy = piece.to_vec();
            if commits && cut == Cut::AfterCommit {
                self.settings.lock().unwrap().muted = true;
            }
            if !up && self.settings.lock().unwrap().muted {
                continue;
            }
            let entry = if up { Piece::FromClient(copy) } else { Piece::FromServer(copy) };
            self.log.lock().unwrap().push(entry);
            for part in piece.chunks(step.min(count)) {
                if to.write_all(part).await.is_err() {
                    return;
                }
                if step < count {
                    tokio::task::yield_now().await;
                }
            }
            if commits && cut == Cut::AfterCommit {
                tokio::time::sleep(Duration::from_millis(100)).await;
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

/// Everything the client said.
pub(crate) fn said(log: &[Piece]) -> Vec<u8> {
    log.iter()
        .filter_map(|piece| match piece {
            Piece::FromClient(bytes) => Some(bytes.as_slice()),
            Piece::FromServer(_) => None,
        })
        .collect::<Vec<_>>()
        .concat()
}

/// Whether the client said these words.
pub(crate) fn mentions(log: &[Piece], words: &str) -> bool {
    said(log).windows(words.len()).any(|window| window == words.as_bytes())
}
