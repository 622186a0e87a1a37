//! A database server of a test's own, which ends with the process of the test.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{BOUND, unique};

/// The folder of a server, and who owns it: servers refuse to run as root.
#[derive(Debug)]
pub struct ServerFolder {
    path: PathBuf,
    owner: Option<(u32, u32)>,
}

/// A server that is stopped, and whose folder is removed, when this is dropped or the process ends.
#[derive(Debug)]
pub struct PrivateServer {
    /// Its end of input is the sign to stop.
    watch: Child,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
}

fn number_of(args: &[&str]) -> u32 {
    let output = Command::new("id").args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

/// The first of some programs that is installed.
#[must_use]
pub fn find_program(candidates: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    candidates.iter().find_map(|&candidate| {
        std::env::split_paths(&path)
            .map(|folder| folder.join(candidate))
            .find(|file| file.is_file())
    })
}

impl ServerFolder {
    /// A new folder for temporary files.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("aludel-{}", unique(name)));
        fs::create_dir(&path).unwrap();
        let owner = (number_of(&["-u"]) == 0)
            .then(|| (number_of(&["-u", "nobody"]), number_of(&["-g", "nobody"])));
        let this = Self { path, owner };
        this.hand_over(&this.path, 0o700);
        this
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn hand_over(&self, path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        if let Some((user, group)) = self.owner {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }

    /// Writes a file for the server's user alone.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path.join(name);
        fs::write(&path, content).unwrap();
        self.hand_over(&path, 0o600);
        path
    }

    /// A command as the server's user.
    #[must_use]
    pub fn command(&self, program: &Path) -> Vec<String> {
        let program = program.to_str().unwrap().to_owned();
        match self.owner {
            Some((user, group)) => vec![
                "setpriv".to_owned(),
                format!("--reuid={user}"),
                format!("--regid={group}"),
                "--clear-groups".to_owned(),
                "--".to_owned(),
                program,
            ],
            None => vec![program],
        }
    }

    /// Runs a program to its end.
    pub fn run(&self, program: &Path, args: &[&str]) {
        let command = self.command(program);
        let output = Command::new(&command[0])
            .args(&command[1..])
            .args(args)
            .env("TMPDIR", &self.path)
            .current_dir("/")
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Starts a server on a free port, and waits until a line of its log says that it is ready.
    #[must_use]
    pub fn serve(
        &self,
        program: &Path,
        args: impl Fn(u16) -> Vec<String>,
        ready: &str,
    ) -> PrivateServer {
        const WATCH: &str = r#"folder=$1; shift; "$@" >"$folder/log" 2>&1 & pid=$!
            cat >/dev/null; kill -QUIT "$pid"; wait "$pid"; rm -rf "$folder""#;
        // A port that is free now may be taken a moment later, which the log then says.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let watch = Command::new("sh")
            .args(["-c", WATCH, "sh"])
            .arg(&self.path)
            .args(self.command(program))
            .args(args(port))
            // MariaDB removes at its start the temporary tables of all servers in the folder that they share.
            .env("TMPDIR", &self.path)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = PrivateServer { watch, port };
        let start = Instant::now();
        loop {
            let log = fs::read_to_string(self.path.join("log")).unwrap_or_default();
            if log.contains(ready) && TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return server;
            }
            assert!(start.elapsed() < BOUND, "the server does not start:\n{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for PrivateServer {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}
