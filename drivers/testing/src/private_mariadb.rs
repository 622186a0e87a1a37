//! A MariaDB of a test's own.

use crate::private_server::{PrivateServer, ServerFolder, find_program};
use crate::say;

/// Starts one in a new folder, with users that statements make, one on each line. `settings` are its options beside
/// those that each server has; what they name can be written into the folder then. `None` after saying that `what`
/// is skipped, where MariaDB is not installed.
#[must_use]
pub fn start(
    name: &str,
    what: &str,
    users: &str,
    settings: impl FnOnce(&ServerFolder) -> Vec<String>,
) -> Option<(PrivateServer, ServerFolder)> {
    let found = (find_program(&["mariadbd"]), find_program(&["mariadb-install-db"]));
    let (Some(mariadbd), Some(install)) = found else {
        say(&format!("skipped: {what}, since there is no mariadbd; install MariaDB"));
        return None;
    };
    let folder = ServerFolder::new(name);
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let data = format!("--datadir={}", at("data"));
    let how = "--auth-root-authentication-method=normal";
    folder.run(&install, &["--no-defaults", &data, "--skip-test-db", how]);
    folder.write("users.sql", users);
    let settings = settings(&folder);
    let args = |port: u16| {
        let usual = [
            "--no-defaults".to_owned(),
            data.clone(),
            format!("--port={port}"),
            "--bind-address=127.0.0.1".to_owned(),
            format!("--socket={}", at("socket")),
            format!("--pid-file={}", at("pid")),
            format!("--init-file={}", at("users.sql")),
            "--character-set-server=utf8mb4".to_owned(),
            "--innodb-buffer-pool-size=16M".to_owned(),
            "--innodb-flush-log-at-trx-commit=0".to_owned(),
        ];
        usual.into_iter().chain(settings.iter().cloned()).collect()
    };
    let server = folder.serve(&mariadbd, args, "ready for connections");
    Some((server, folder))
}
