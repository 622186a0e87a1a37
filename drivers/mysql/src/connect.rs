//! Making a session with mysql_async.

use crate::abrupt::{AbruptConn, AbruptConnect};
use crate::config::Config;
use crate::error::Failure;
use crate::protocol::{catch_panic, query_last_row};
use crate::session::{Session, set_up_sql};

/// Makes a session and sets it up.
pub(crate) async fn connect(config: &Config) -> Result<(AbruptConn, Session), Failure> {
    let connecting = AbruptConnect::new(config.for_async());
    let mut conn = AbruptConn::new(catch_panic(connecting).await?)?;
    let answer = query_last_row(&mut conn, set_up_sql(config.sql_mode.as_deref())).await?;
    Ok((conn, Session::checked(answer)?))
}
