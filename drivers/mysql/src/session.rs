//! The settings of a session, and what the server reports about itself.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use aludel_core::dbapi::{Product, ServerInfo, ServerNotice, Severity};
use aludel_core::error::{Error, ErrorKind};
use mysql_async::Value as Cell;

use crate::error::Failure;
use crate::transaction::variables;

/// What releases the locks that a session holds beyond its transactions.
pub(crate) const UNLOCK_SQL: [&str; 2] = ["DO RELEASE_ALL_LOCKS()", "UNLOCK TABLES"];

/// Queries the settings of a session, in this order.
const QUERY_SQL: &str = "SELECT @@autocommit, @@character_set_client, @@character_set_connection, \
                   @@character_set_results, @@time_zone, @@sql_mode, @@max_allowed_packet, \
                   @@innodb_rollback_on_timeout, CONNECTION_ID(), \
                   CONCAT_WS(' ', @@hostname, @@port, @@server_id), DATABASE(), \
                   VERSION()";

/// Queries for how many seconds the server has been running.
pub(crate) const UPTIME_SQL: &str = "SHOW GLOBAL STATUS LIKE 'Uptime'";

/// Shows that the server serves, and changes nothing: unlike COM_PING, a node of a cluster that has lost its
/// quorum refuses it.
pub(crate) const PING_SQL: &str = "DO 1";

/// Asks for the warnings of the last statement: their level, number and text.
pub(crate) const WARNINGS_SQL: &str = "SHOW WARNINGS";

/// Asks whether the server refuses what writes, of those who have no right to write all the same.
pub(crate) const READ_ONLY_SQL: &str = "SELECT @@GLOBAL.read_only";

const SECOND: Duration = Duration::from_secs(1);

/// Modes in which the server reads literals and names otherwise than the compiler writes them.
const FOREIGN_MODES: &[&str] = &["ANSI_QUOTES", "NO_BACKSLASH_ESCAPES"];

/// What the server said of a new session.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) id: u64,
    pub(crate) info: ServerInfo,
    /// Which server it is: its host name, port and number.
    server: String,
    max_allowed_packet: usize,
    /// Whether a lock wait that takes too long ends the transaction, and not the statement only.
    pub(crate) rollback_on_timeout: bool,
    sql_mode: String,
    database: Option<String>,
    /// Whether transactions are read-only, if a connect listener has set the session up.
    read_only: Option<String>,
    made: Instant,
}

/// The statements that set a session up, in one message.
///
/// Without a strict mode the server would cut values that are too long and store others as zeros; and
/// it would count where a key is 0. A program that wants that gives a mode of its own. A node of a cluster that
/// has lost its quorum takes settings, and refuses ROLLBACK.
pub(crate) fn set_up_sql(sql_mode: Option<&str>) -> String {
    let mode = match sql_mode {
        Some(mode) => format!("'{mode}'"),
        None => "CONCAT_WS(',', NULLIF(@@sql_mode, ''), \
                 'STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO')"
            .to_owned(),
    };
    setting_sql(&mode, "", "ROLLBACK; ")
}

/// The statements that set up what the driver depends on once more, and leave the rest as it is.
pub(crate) fn keep_sql() -> String {
    setting_sql("@@sql_mode", "", "")
}

fn setting_sql(mode: &str, more: &str, choose: &str) -> String {
    format!(
        "SET NAMES utf8mb4, autocommit = 0, time_zone = '+00:00', sql_mode = {mode}{more}; {choose}{QUERY_SQL}"
    )
}

impl Session {
    /// The same with what is at the other end of its socket.
    pub(crate) fn at(self, peer: Option<SocketAddr>) -> Self {
        Self { info: self.info.at(peer), ..self }
    }

    /// Checks that the server has set the session as it was asked to.
    pub(crate) fn checked(answer: Vec<Cell>) -> Result<Self, Failure> {
        let [
            autocommit,
            client,
            connection,
            results,
            zone,
            mode,
            packet,
            rollback,
            id,
            server,
            database,
            version,
        ] = <[Cell; 12]>::try_from(answer).map_err(|_| refused(
            "it did not answer as a MySQL or MariaDB server does when a session is set up; is there a \
             proxy of another kind in between?",
        ))?;
        let charsets = [client, connection, results].map(text);
        if charsets.iter().any(|charset| charset != "utf8mb4") {
            return Err(refused("it does not set the session's character set to utf8mb4; use MySQL 5.7 or MariaDB 10.5, \
                 or newer, without `skip-character-set-client-handshake`").into());
        }
        if text(autocommit) != "0" {
            return Err(refused(
                "it does not set autocommit for a session; check whether a proxy forbids it",
            )
            .into());
        }
        if text(zone) != "+00:00" {
            return Err(refused("it does not set the session's time zone to +00:00; check whether a proxy forbids it").into());
        }
        let mode = text(mode);
        if let Some(foreign) =
            FOREIGN_MODES.iter().find(|word| mode.split(',').any(|m| m == **word))
        {
            return Err(Error::new(
                ErrorKind::NotSupported,
                format!(
                    "the server's sql_mode has {foreign}, in which it would read literals or names \
                     otherwise than they are written; set another one for the program's sessions \
                     by sql_mode=… in the URL, without {foreign}"
                ),
            )
            .into());
        }
        let version = text(version);
        let product = if version.contains("MariaDB") { Product::MariaDb } else { Product::MySql };
        Ok(Self {
            info: ServerInfo::new(product, version),
            id: text(id).parse().map_err(|_| refused("it reported no number of the connection; check whether a proxy answers in its place"))?,
            server: text(server),
            max_allowed_packet: text(packet).parse().unwrap_or(usize::MAX),
            rollback_on_timeout: text(rollback) == "1",
            sql_mode: mode,
            database: (database != Cell::NULL).then(|| text(database)),
            read_only: None,
            made: Instant::now(),
        })
    }

    /// The statements that restore the settings that the program may have changed, in one message.
    /// The level is the value of its variable.
    pub(crate) fn restore_sql(&self, level: &str) -> String {
        let choose = match &self.database {
            Some(name) => format!("USE `{}`; ", name.replace('`', "``")),
            None => String::new(),
        };
        let [isolation, read_only] = variables(self.info.product());
        let only = self.read_only.as_deref().unwrap_or("DEFAULT");
        let more = format!(", SESSION {isolation} = {level}, SESSION {read_only} = {only}");
        setting_sql(&format!("'{}'", self.sql_mode), &more, &choose)
    }

    /// Queries what the transactions of the session are.
    pub(crate) fn transactions_sql(&self) -> String {
        let [isolation, read_only] = variables(self.info.product());
        format!("SELECT @@SESSION.{isolation}, @@SESSION.{read_only}")
    }

    /// Keeps what connect listeners have set. The answers are those to [`transactions_sql`] and
    /// [`keep_sql`]; what is returned is the isolation level.
    ///
    /// [`transactions_sql`]: Self::transactions_sql
    pub(crate) fn keep(
        &mut self,
        transactions: Vec<Cell>,
        answer: Vec<Cell>,
    ) -> Result<String, Failure> {
        let [level, read_only] = <[Cell; 2]>::try_from(transactions)
            .map_err(|_| refused("it did not report the isolation level of the session"))?;
        let now = Self::checked(answer)?;
        (self.sql_mode, self.database) = (now.sql_mode, now.database);
        self.read_only = Some(text(read_only));
        Ok(text(level))
    }

    /// Checks that the session is as it was made. A database that was chosen where there was none
    /// cannot be left again.
    pub(crate) fn check_restored(&self, answer: Vec<Cell>) -> Result<(), Failure> {
        let now = Self::checked(answer)?;
        if (now.id, &now.sql_mode, &now.database) == (self.id, &self.sql_mode, &self.database) {
            return Ok(());
        }
        Err(refused(
            "it did not restore the session's database and sql_mode after a use; the connection is \
                 closed",
        )
        .into())
    }

    /// Whether another session may end this one: it is on the same server, which was not restarted
    /// since. Servers count their sessions from one, so after a restart another session may have the
    /// number. `uptime` is the answer to [`UPTIME_SQL`].
    pub(crate) fn may_be_ended_by(&self, later: &Self, uptime: Vec<Cell>) -> bool {
        let seconds = uptime.into_iter().nth(1).and_then(|cell| text(cell).parse().ok());
        // The server counts whole seconds of its clock, so it may say one more than there were.
        let running = Duration::from_secs(seconds.unwrap_or(0)).saturating_sub(SECOND);
        self.server == later.server && self.id < later.id && running >= self.made.elapsed()
    }

    /// The statement that ends the session from another one. The server answers before the session has
    /// ended, and refuses it afterwards.
    pub(crate) fn kill_sql(&self) -> String {
        format!("KILL CONNECTION {}", self.id)
    }

    /// The statement that returns a row as long as the session exists.
    pub(crate) fn find_sql(&self) -> String {
        format!("SELECT 1 FROM information_schema.processlist WHERE id = {}", self.id)
    }

    /// Refuses text that the server would not take, before it closes the connection over it.
    pub(crate) fn check_text(&self, sql: &str) -> Result<(), Failure> {
        self.check_size(sql.len() + 1)
    }

    /// The same for the values of a prepared statement.
    pub(crate) fn check_values(&self, values: &[Cell]) -> Result<(), Failure> {
        /// Beyond this each value goes in packets of its own.
        const LARGEST_FRAME: usize = 0xff_ffff;
        /// What stands before a value that is sent alone.
        const HEADER: usize = 7;
        let sizes = values.iter().map(|value| match value {
            Cell::Bytes(bytes) => bytes.len(),
            _ => 0,
        });
        let together =
            11 + values.len().div_ceil(8) + values.len() * 11 + sizes.clone().sum::<usize>();
        if together < LARGEST_FRAME {
            return self.check_size(together);
        }
        sizes.map(|size| size + HEADER).try_for_each(|size| self.check_size(size))
    }

    fn check_size(&self, bytes: usize) -> Result<(), Failure> {
        if bytes < self.max_allowed_packet {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Data,
            format!(
                "the statement or one of its values takes {bytes} bytes, but the server takes less \
                 than {} at a time; raise its max_allowed_packet or send less",
                self.max_allowed_packet
            ),
        )
        .into())
    }
}

/// How long to wait before the next attempt, by the number of attempts before.
pub(crate) fn pause(tries: u32) -> Duration {
    Duration::from_micros(250 << tries.min(7))
}

fn text(cell: Cell) -> String {
    match cell {
        Cell::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Cell::Int(value) => value.to_string(),
        Cell::UInt(value) => value.to_string(),
        _ => String::new(),
    }
}

/// A row of the answer to [`WARNINGS_SQL`].
pub(crate) fn warning(row: Vec<Cell>) -> Option<ServerNotice> {
    let [level, code, message] = <[Cell; 3]>::try_from(row).ok()?.map(text);
    let severity = match level.as_str() {
        "Note" => Severity::Notice,
        "Error" => Severity::Error,
        _ => Severity::Warning,
    };
    Some(ServerNotice::new(severity, code, message))
}

/// Checks the answer to [`READ_ONLY_SQL`] for a session that is to write.
pub(crate) fn check_writes(answer: Vec<Cell>) -> Result<(), Failure> {
    match answer.into_iter().next().map(text).as_deref() {
        // MariaDB has words for it since it has several kinds.
        None | Some("0" | "OFF") => Ok(()),
        Some(_) => Err(Failure::Gone(cannot_write())),
    }
}

#[cold]
fn cannot_write() -> Error {
    let mut error = Error::new(
        ErrorKind::Operational,
        "the server is read-only, and target_session_attrs=read-write asks for one that is not",
    );
    error.set_disconnect(true);
    error
}

#[cold]
fn refused(why: &str) -> Error {
    Error::new(ErrorKind::Operational, format!("the server cannot be used: {why}"))
}

#[cfg(test)]
mod tests {
    use aludel_core::dbapi::Version;

    use super::*;

    fn answer(change: impl FnOnce(&mut Vec<&'static str>)) -> Result<Session, Failure> {
        let mut answer = vec![
            "0",
            "utf8mb4",
            "utf8mb4",
            "utf8mb4",
            "+00:00",
            "STRICT_TRANS_TABLES",
            "1000",
            "1",
            "17",
            "here 3306 1",
            "shop",
            "10.11.6-MariaDB-log",
        ];
        change(&mut answer);
        Session::checked(answer.into_iter().map(|text| Cell::Bytes(text.into())).collect())
    }

    #[test]
    fn what_a_server_must_grant() {
        let session = answer(|_| {}).unwrap();
        assert_eq!((session.id, session.rollback_on_timeout), (17, true));
        assert_eq!(session.info.product(), &Product::MariaDb);
        assert_eq!(session.info.version(), Version::new(10, 11, 6));
        let session = answer(|answer| answer[11] = "8.4.0").unwrap();
        assert_eq!(session.info.product(), &Product::MySql);
        for (at, value, why) in [
            (0, "1", "autocommit"),
            (1, "latin1", "utf8mb4"),
            (3, "latin1", "utf8mb4"),
            (4, "SYSTEM", "+00:00"),
            (5, "ANSI_QUOTES,STRICT_ALL_TABLES", "sql_mode=…"),
            (5, "NO_BACKSLASH_ESCAPES", "NO_BACKSLASH_ESCAPES"),
        ] {
            let error = answer(|answer| answer[at] = value).unwrap_err().into_error();
            assert!(error.message().contains(why), "{error}");
        }
        assert!(answer(|answer| answer.truncate(3)).is_err());
    }

    #[test]
    fn what_is_restored() {
        let session = answer(|answer| answer[10] = "a`b").unwrap();
        let text = session.restore_sql("DEFAULT");
        let settings = "sql_mode = 'STRICT_TRANS_TABLES', SESSION tx_isolation = DEFAULT, \
                        SESSION tx_read_only = DEFAULT; USE `a``b`; SELECT";
        assert!(text.contains(settings), "{text}");
        let now = |change: fn(&mut Vec<&'static str>)| {
            let mut now = ["0", "utf8mb4", "utf8mb4", "utf8mb4", "+00:00", "STRICT_TRANS_TABLES"]
                .map(|text| text)
                .to_vec();
            now.extend(["1000", "1", "17", "here 3306 1", "a`b", "8.4.0"]);
            change(&mut now);
            let now = now.into_iter().map(|text| Cell::Bytes(text.into())).collect();
            session.check_restored(now)
        };
        assert!(now(|_| {}).is_ok());
        assert!(now(|now| now[4] = "+05:00").is_err());
        assert!(now(|now| now[10] = "other").is_err());
    }

    #[test]
    fn only_a_later_session_of_the_same_server_may_end_one() {
        let mut session = answer(|_| {}).unwrap();
        let uptime =
            |seconds: &str| vec![Cell::Bytes("Uptime".into()), Cell::Bytes(seconds.into())];
        let later = answer(|answer| answer[8] = "18").unwrap();
        assert!(session.may_be_ended_by(&later, uptime("3600")));
        let earlier = answer(|answer| answer[8] = "3").unwrap();
        assert!(!session.may_be_ended_by(&earlier, uptime("3600")));
        let other = answer(|answer| (answer[8], answer[9]) = ("18", "there 3306 2")).unwrap();
        assert!(!session.may_be_ended_by(&other, uptime("3600")));
        // Restarted since, and has made as many sessions again.
        session.made -= Duration::from_millis(59_500);
        assert!(session.may_be_ended_by(&later, uptime("61")));
        for seconds in ["60", "5", "0", "", "no number"] {
            assert!(!session.may_be_ended_by(&later, uptime(seconds)), "{seconds}");
        }
        assert!(!session.may_be_ended_by(&later, Vec::new()));
    }

    // fault: D15
    #[test]
    fn what_is_too_large_is_refused_before_it_is_sent() {
        let session = answer(|_| {}).unwrap();
        assert!(session.check_text(&"x".repeat(998)).is_ok());
        let error = session.check_text(&"x".repeat(1_000)).unwrap_err().into_error();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.message().contains("max_allowed_packet"), "{error}");
        let value = |len| Cell::Bytes(vec![0; len]);
        assert!(session.check_values(&[value(400), value(400)]).is_ok());
        assert!(session.check_values(&[value(500), value(500)]).is_err());
        let session = answer(|answer| answer[6] = "67108864").unwrap();
        assert!(session.check_values(&[value(40 << 20), value(40 << 20)]).is_ok());
        assert!(session.check_values(&[value(64 << 20)]).is_err());
    }
}
