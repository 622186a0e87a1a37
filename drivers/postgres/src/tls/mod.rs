//! Encryption of a connection, by whichever library is built in.
//!
//! ```text
//!   Tls, of a driver ── encryption ──► Encryption, of an attempt ── open ──► Stream, of a socket
//!     options, files as loaded          mode, connector                        plain or encrypted
//! ```
//!
//! The files are read again when they have changed, so that a renewed certificate needs no new driver.
//! rustls is given its provider: none is installed for the process, and one that is there is left alone.

mod failure;
#[cfg(feature = "tls-native")]
mod native;
#[cfg(feature = "tls-rustls")]
mod rustls;
mod stream;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use aludel_core::error::Result;
use aludel_core::{TlsLibrary, TlsMode, TlsOptions};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_postgres::Config;
use tokio_postgres::config::{SslMode, SslNegotiation};
#[cfg(any(feature = "tls-rustls", feature = "tls-native"))]
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};

#[cfg(any(feature = "tls-rustls", feature = "tls-native"))]
use failure::Handshake;
use failure::NoTls;
pub(crate) use failure::{BoxError, of_crate, of_opening};
pub(crate) use stream::{AsItIs, Stream};

/// The libraries that are built in, the one that is taken first.
const BUILT_IN: &[TlsLibrary] = &[
    #[cfg(feature = "tls-rustls")]
    TlsLibrary::Rustls,
    #[cfg(feature = "tls-native")]
    TlsLibrary::Native,
];

/// How the connections of a driver are encrypted.
pub(crate) struct Tls {
    options: TlsOptions,
    loaded: Mutex<Option<Loaded>>,
    /// It was logged that a connection is in plain text.
    plain_is_logged: AtomicBool,
}

/// What a library has made of the files.
struct Loaded {
    connector: Connector,
    stamps: Vec<Stamp>,
}

/// By what a file that has changed is known; `None` if it cannot be read.
type Stamp = Option<(SystemTime, u64)>;

impl Tls {
    pub(crate) fn new(options: TlsOptions) -> Self {
        Self { options, loaded: Mutex::new(None), plain_is_logged: AtomicBool::new(false) }
    }

    /// Whether it has the same options.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.options == other.options
    }

    /// Refuses options that contradict each other, and those that need what is not built in.
    pub(crate) fn check(&self) -> Result<()> {
        self.options.resolve(BUILT_IN).map(drop)
    }

    /// The encryption of one attempt to connect.
    pub(crate) fn encryption(&self) -> Result<Encryption> {
        let (mode, library) = self.options.resolve(BUILT_IN)?;
        let connector = match library {
            Some(library) => self.connector(mode, library)?,
            None => Connector::None,
        };
        Ok(Encryption { mode, connector, is_used: Arc::default() })
    }

    fn connector(&self, mode: TlsMode, library: TlsLibrary) -> Result<Connector> {
        let stamps: Vec<Stamp> = self.options.files().map(stamp).collect();
        let mut loaded = self.loaded.lock();
        if let Some(loaded) = loaded.as_ref().filter(|loaded| loaded.stamps == stamps) {
            return Ok(loaded.connector.clone());
        }
        let connector = Connector::load(&self.options, mode, library)?;
        *loaded = Some(Loaded { connector: connector.clone(), stamps });
        Ok(connector)
    }

    /// Logs once that `prefer` has led to plain text.
    pub(crate) fn note(&self, encryption: &Encryption, place: &str) {
        let plain = encryption.mode == TlsMode::Prefer && !encryption.is_used();
        if plain && !self.plain_is_logged.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                target: "aludel::tls",
                place,
                "the server has no TLS, so the connection is in plain text, as sslmode=prefer allows; \
                 sslmode=disable says that this is meant, sslmode=verify-full that it must not be"
            );
        }
    }
}

fn stamp(file: &Path) -> Stamp {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// A library that is ready to encrypt.
#[derive(Clone)]
enum Connector {
    /// There is none, or it is not wanted.
    None,
    #[cfg(feature = "tls-rustls")]
    Rustls(rustls::Connector),
    #[cfg(feature = "tls-native")]
    Native(native::Connector),
}

impl Connector {
    fn load(options: &TlsOptions, mode: TlsMode, library: TlsLibrary) -> Result<Self> {
        match library {
            #[cfg(feature = "tls-rustls")]
            TlsLibrary::Rustls => rustls::load(options, mode).map(Self::Rustls),
            #[cfg(feature = "tls-native")]
            TlsLibrary::Native => native::load(options, mode).map(Self::Native),
            #[allow(unreachable_patterns, reason = "with both features there is no other")]
            _ => {
                let _ = (options, mode);
                Ok(Self::None)
            }
        }
    }
}

/// The encryption of one attempt to connect, and of the requests that cancel its statements.
#[derive(Clone)]
pub(crate) struct Encryption {
    mode: TlsMode,
    connector: Connector,
    is_used: Arc<AtomicBool>,
}

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Encryption").field(&self.mode).finish()
    }
}

impl Encryption {
    /// Of a socket of this machine.
    pub(crate) fn none() -> Self {
        Self { mode: TlsMode::Disable, connector: Connector::None, is_used: Arc::default() }
    }

    /// Asks the server for TLS on a socket that nothing has passed through yet, and shakes hands.
    pub(crate) async fn open<S>(&self, mut socket: S, host: &str) -> Result<Stream<S>, BoxError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        if self.mode == TlsMode::Disable {
            return Ok(Stream::Plain(socket));
        }
        socket.write_all(&TLS_REQUEST).await?;
        socket.flush().await?;
        // Not a byte more: what follows must be the handshake, or it was somebody else's.
        match socket.read_u8().await? {
            b'S' => {
                self.is_used.store(true, Ordering::Relaxed);
                self.connector.connect(socket, host).await
            }
            _ if self.mode > TlsMode::Prefer => Err(Box::new(NoTls)),
            _ => Ok(Stream::Plain(socket)),
        }
    }

    fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }
}

/// The request for TLS.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Has tokio-postgres take its stream for encrypted, and ask it for the channel binding.
pub(crate) fn hand_over(config: &mut Config) {
    config.ssl_mode(SslMode::Require).ssl_negotiation(SslNegotiation::Direct);
}

impl Connector {
    async fn connect<S>(&self, socket: S, host: &str) -> Result<Stream<S>, BoxError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        match self {
            #[cfg(feature = "tls-rustls")]
            Self::Rustls(connector) => connect(connector.clone(), socket, host).await,
            #[cfg(feature = "tls-native")]
            Self::Native(connector) => connect(connector.clone(), socket, host).await,
            Self::None => {
                let _ = (socket, host);
                Err("TLS is switched off".into())
            }
        }
    }
}

/// Shakes hands by a library's connector for tokio-postgres.
#[cfg(any(feature = "tls-rustls", feature = "tls-native"))]
async fn connect<S, M>(mut connector: M, socket: S, host: &str) -> Result<Stream<S>, BoxError>
where
    M: MakeTlsConnect<S>,
    M::Stream: Send + 'static,
{
    let connect = connector.make_tls_connect(host).map_err(|error| Handshake(error.into()))?;
    let stream = connect.connect(socket).await.map_err(|error| Handshake(error.into()))?;
    Ok(Stream::Encrypted(Box::new(stream)))
}
