//! From a URL to an engine: the one place that knows every driver.

use std::sync::Arc;

#[cfg(feature = "async")]
use aludel_async::{AsyncEngine, Hosted, Strategy};
use aludel_core::dbapi::{Driver, Waits};
use aludel_core::dialect::Dialect;
use aludel_core::dialect::mysql::MySql;
use aludel_core::dialect::postgresql::PostgreSql;
use aludel_core::dialect::sqlite::Sqlite;
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

fn engine(url: &str, options: EngineOptions, waits: Waits) -> Result<Engine> {
    let url: Url = url.parse()?;
    let (dialect, driver): (Arc<dyn Dialect>, Arc<dyn Driver>) = match url.backend() {
        "sqlite" => (Arc::new(Sqlite::new()), sqlite(&url, waits)?),
        "mysql" => (Arc::new(MySql::new()), mysql(&url, waits)?),
        "mariadb" => (Arc::new(MySql::mariadb()), mysql(&url, waits)?),
        "postgresql" | "postgres" => (Arc::new(PostgreSql::new()), postgresql(&url, waits)?),
        other => {
            return Err(Error::new(
                ErrorKind::Argument,
                format!(
                    "unknown database {other:?} before `://`; known are sqlite, postgresql, mysql and \
                     mariadb"
                ),
            ));
        }
    };
    Engine::new(url.to_string(), dialect, driver, options)
}

#[cfg(feature = "sqlite")]
fn sqlite(url: &Url, waits: Waits) -> Result<Arc<dyn Driver>> {
    Ok(match known_driver(url, &["rusqlite", "thread"])? {
        Some("thread") => aludel_sqlite::ThreadDriver::from_url(url)?.adapted(waits),
        _ => Arc::new(aludel_sqlite::SqliteDriver::from_url(url)?),
    })
}

#[cfg(not(feature = "sqlite"))]
fn sqlite(_: &Url, _: Waits) -> Result<Arc<dyn Driver>> {
    Err(feature_off("sqlite"))
}

#[cfg(feature = "mysql")]
fn mysql(url: &Url, waits: Waits) -> Result<Arc<dyn Driver>> {
    Ok(match known_driver(url, &["mysql_async", "mysql"])? {
        Some("mysql") => Arc::new(aludel_mysql::BlockingDriver::from_url(url)?),
        _ => aludel_mysql::MysqlDriver::from_url(url)?.adapted(waits),
    })
}

#[cfg(not(feature = "mysql"))]
fn mysql(_: &Url, _: Waits) -> Result<Arc<dyn Driver>> {
    Err(feature_off("mysql"))
}

#[cfg(feature = "postgres")]
fn postgresql(url: &Url, waits: Waits) -> Result<Arc<dyn Driver>> {
    Ok(match known_driver(url, &["tokio-postgres", "postgres"])? {
        Some("postgres") => blocking_postgres(url)?,
        _ => aludel_postgres::PostgresDriver::from_url(url)?.adapted(waits),
    })
}

#[cfg(feature = "postgres-blocking")]
fn blocking_postgres(url: &Url) -> Result<Arc<dyn Driver>> {
    Ok(Arc::new(aludel_postgres::BlockingDriver::from_url(url)?))
}

#[cfg(all(feature = "postgres", not(feature = "postgres-blocking")))]
fn blocking_postgres(_: &Url) -> Result<Arc<dyn Driver>> {
    Err(feature_off("postgres-blocking"))
}

#[cfg(not(feature = "postgres"))]
fn postgresql(_: &Url, _: Waits) -> Result<Arc<dyn Driver>> {
    Err(feature_off("postgres"))
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
fn known_driver<'u>(url: &'u Url, known: &[&str]) -> Result<Option<&'u str>> {
    let Some(driver) = url.driver() else { return Ok(None) };
    if known.contains(&driver) {
        return Ok(Some(driver));
    }
    let schemes: Vec<_> =
        known.iter().map(|name| format!("`{}+{name}://`", url.backend())).collect();
    Err(Error::new(
        ErrorKind::Argument,
        format!(
            "unknown driver {driver:?} for {backend}; write `{backend}://`, or one of {}",
            schemes.join(", "),
            backend = url.backend()
        ),
    ))
}

#[cfg(not(all(feature = "sqlite", feature = "postgres-blocking", feature = "mysql")))]
fn feature_off(feature: &str) -> Error {
    Error::new(
        ErrorKind::Argument,
        format!(
            "the driver for this URL is not compiled in; add the feature {feature:?} to the \
             dependency on aludel in Cargo.toml"
        ),
    )
}
