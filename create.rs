//! From a URL to an engine: the one place that knows every driver.

use std::sync::Arc;

#[cfg(feature = "async")]
use aludel_async::{AsyncEngine, Hosted, Strategy};
use aludel_core::dbapi::Driver;
use aludel_core::dialect::Dialect;
use aludel_core::{Engine, EngineOptions, Error, ErrorKind, Result, Url};

/// An engine for blocking programs, with the default options.
///
/// It makes no connection yet.
///
/// ```
/// use aludel::{create_engine, text};
///
/// let engine = create_engine("sqlite://")?;
/// let mut conn = engine.connect()?;
/// let answer: Option<i64> = conn.scalar(text("select 6 * 7"))?;
/// assert_eq!(answer, Some(42));
/// # Ok::<(), aludel::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::Argument`] for a malformed URL, an unknown database or option, or a driver whose
/// feature is not switched on.
pub fn create_engine(url: &str) -> Result<Engine> {
    create_engine_with(url, EngineOptions::new())
}

/// As [`create_engine`], with options.
///
/// # Errors
///
/// As [`create_engine`].
pub fn create_engine_with(url: &str, options: EngineOptions) -> Result<Engine> {
    engine(url, options, Waits::OnThreads)
}

/// An engine for async programs whose futures run under any executor.
///
/// It makes no connection yet.
///
/// # Errors
///
/// As [`create_engine`], and if the system refuses the thread of [`Hosted`].
#[cfg(feature = "async")]
pub fn create_async_engine(url: &str) -> Result<AsyncEngine> {
    create_async_engine_on::<Hosted>(url, EngineOptions::new())
}

/// As [`create_async_engine`], with options.
///
/// # Errors
///
/// As [`create_async_engine`].
#[cfg(feature = "async")]
pub fn create_async_engine_with(url: &str, options: EngineOptions) -> Result<AsyncEngine> {
    create_async_engine_on::<Hosted>(url, options)
}

/// As [`create_async_engine`], with options, for a strategy by type:
/// `create_async_engine_on::<Local>(url, options)`. Under [`Threaded`](aludel_async::Threaded) the
/// drivers are those of a blocking engine.
///
/// # Errors
///
/// As [`create_async_engine`].
#[cfg(feature = "async")]
pub fn create_async_engine_on<S: Strategy>(
    url: &str,
    options: EngineOptions,
) -> Result<AsyncEngine<S>> {
    let waits = if S::BLOCKS { Waits::OnThreads } else { Waits::InGreenlets };
    AsyncEngine::new(engine(url, options, waits)?)
}

/// Where the connections of an engine wait for the network.
#[derive(Debug, Clone, Copy)]
enum Waits {
    OnThreads,
    #[cfg(feature = "async")]
    InGreenlets,
}

fn engine(url: &str, options: EngineOptions, waits: Waits) -> Result<Engine> {
    let url: Url = url.parse()?;
    let (dialect, driver): (&'static dyn Dialect, Arc<dyn Driver>) = match url.backend() {
        "sqlite" => (&aludel_core::dialect::sqlite::Sqlite, sqlite(&url)?),
        "postgresql" | "postgres" => {
            (&aludel_core::dialect::postgresql::PostgreSql, postgresql(&url, waits)?)
        }
        other => {
            return Err(Error::new(
                ErrorKind::Argument,
                format!("unknown database {other:?} before `://`; known are sqlite and postgresql"),
            ));
        }
    };
    Engine::new(url.to_string(), dialect, driver, options)
}

#[cfg(feature = "sqlite")]
fn sqlite(url: &Url) -> Result<Arc<dyn Driver>> {
    check_driver(url, "rusqlite")?;
    Ok(Arc::new(aludel_sqlite::SqliteDriver::from_url(url)?))
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &Url) -> Result<Arc<dyn Driver>> {
    Err(feature_off("sqlite"))
}

#[cfg(feature = "postgres")]
fn postgresql(url: &Url, waits: Waits) -> Result<Arc<dyn Driver>> {
    use aludel_core::dbapi::AdaptedDriver;

    check_driver(url, "tokio-postgres")?;
    let driver = aludel_postgres::PostgresDriver::from_url(url)?;
    Ok(match waits {
        Waits::OnThreads => Arc::new(AdaptedDriver::for_threads(driver)),
        #[cfg(feature = "async")]
        Waits::InGreenlets => Arc::new(AdaptedDriver::for_greenlets(driver)),
    })
}

#[cfg(not(feature = "postgres"))]
fn postgresql(_: &Url, _: Waits) -> Result<Arc<dyn Driver>> {
    Err(feature_off("postgres"))
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
fn check_driver(url: &Url, known: &str) -> Result<()> {
    match url.driver() {
        None => Ok(()),
        Some(driver) if driver == known => Ok(()),
        Some(driver) => Err(Error::new(
            ErrorKind::Argument,
            format!(
                "unknown driver {driver:?} for {}; write `{backend}://` or `{backend}+{known}://`",
                url.backend(),
                backend = url.backend()
            ),
        )),
    }
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
fn feature_off(feature: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "the driver for this URL is not compiled in; add the feature {feature:?} to the \
             dependency on aludel in Cargo.toml"
        ),
    )
}
