//! A throw-away PostgreSQL: its own folder, its own port, gone when the value is dropped.

use anyhow::{Context as _, Result, bail};
use std::{
    env,
    ffi::OsString,
    fs,
    net::TcpListener,
    os::unix::{fs::chown, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio, id},
    thread,
    time::{Duration, Instant},
};

use crate::{install, program};

const PREFIX: &str = "storetrail-postgres-";
/// Where the tests look for the server's URL.
pub const VARIABLE: &str = "STORETRAIL_TEST_POSTGRES_URL";

/// What `cargo xtask postgres` takes.
#[derive(clap::Args)]
pub struct Options {
    /// The command and its arguments, for instance `cargo test -p storage`
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// Runs one command with a server of its own: how a single test is tried.
///
/// # Errors
/// The server doesn't start, or the command fails.
pub fn run(options: &Options) -> Result<()> {
    let postgres = Postgres::start()?;
    let (command, arguments) = options
        .command
        .split_first()
        .context("clap requires a command")?;
    program::run(
        program::new(command)
            .args(arguments)
            .env(VARIABLE, postgres.url()),
    )
}

/// A running server. Dropping it stops the server and deletes its data.
pub struct Postgres {
    url: String,
    folder: PathBuf,
    server: Child,
}

impl Postgres {
    /// Starts one, installing PostgreSQL when it is missing.
    ///
    /// The database is UTF-8 with locale C.UTF-8 (`pg_trgm` sees no Arabic under plain C) and writes nothing durably.
    ///
    /// # Errors
    /// PostgreSQL can't be installed, there is no user to run it as, or it doesn't come up within 30 s.
    pub fn start() -> Result<Self> {
        remove_abandoned();
        let programs = programs()?;
        let account = Account::choose()?;
        let folder = env::temp_dir().join(format!("{PREFIX}{}", id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).with_context(|| format!("can't make {}", folder.display()))?;
        if let Some(account) = account {
            chown(&folder, Some(account.user), Some(account.group))?;
        }
        let data = folder.join("data");
        let initdb = account_command(account, &programs.join("initdb"), &folder)
            .args([
                "--username=storetrail",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ])
            .args(["--no-sync", "--no-instructions", "--pgdata"])
            .arg(&data)
            .output()?;
        if !initdb.status.success() {
            let _ = fs::remove_dir_all(&folder);
            bail!("initdb failed: {}", String::from_utf8_lossy(&initdb.stderr));
        }
        // Between finding a free port and binding it, somebody else may take it.
        let mut last = None;
        for _ in 0..3 {
            match serve(&programs, account, &folder, &data) {
                Ok(running) => return Ok(running),
                Err(error) => last = Some(error),
            }
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        let _ = fs::remove_dir_all(&folder);
        Err(last
            .expect("three attempts failed")
            .context(format!("PostgreSQL didn't start:\n{log}")))
    }

    /// Where tests connect to make databases of their own: a superuser without password.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        quit(&self.server.id().to_string());
        let _ = self.server.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn serve(
    programs: &Path,
    account: Option<Account>,
    folder: &Path,
    data: &Path,
) -> Result<Postgres> {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let log = fs::File::create(folder.join("log"))?;
    let mut server = account_command(account, &programs.join("postgres"), folder)
        .arg("-D")
        .arg(data)
        .arg("-k")
        .arg(folder)
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args([
            "-c",
            "fsync=off",
            "-c",
            "synchronous_commit=off",
            "-c",
            "full_page_writes=off",
        ])
        // Tests run side by side, each with its own database and pools.
        .args([
            "-c",
            "max_connections=400",
            "-c",
            "max_locks_per_transaction=256",
        ])
        .args([
            "-c",
            "shared_buffers=128MB",
            "-c",
            "timezone=UTC",
            "-c",
            "autovacuum=off",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()?;
    let start = Instant::now();
    loop {
        if let Some(status) = server.try_wait()? {
            bail!("the server ended with {status}");
        }
        // `pg_isready` connects as a client would; the pid file appears before connections are accepted.
        let ready = program::new(programs.join("pg_isready"))
            .args(["--quiet", "--host=127.0.0.1", "--port", &port.to_string()])
            .status()?;
        if ready.success() {
            let url = format!("postgres://storetrail@127.0.0.1:{port}/postgres");
            return Ok(Postgres {
                url,
                folder: folder.to_owned(),
                server,
            });
        }
        if start.elapsed() > Duration::from_secs(30) {
            quit(&server.id().to_string());
            let _ = server.wait();
            bail!("no answer on port {port} within 30 s");
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// The folder with `initdb` and `postgres`: `PATH`, or the newest that Debian installed.
fn programs() -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    install::packages(&["postgresql", "postgresql-contrib"])?;
    installed().context("postgresql was installed but no initdb lies in /usr/lib/postgresql/*/bin")
}

fn installed() -> Option<PathBuf> {
    let complete = |folder: &Path| {
        ["initdb", "postgres", "pg_isready"]
            .iter()
            .all(|name| program::is_program(&folder.join(name)))
    };
    let in_path = program::find(&["postgres"]).and_then(|file| Some(file.parent()?.to_owned()));
    if let Some(folder) = in_path.filter(|folder| complete(folder)) {
        return Some(folder);
    }
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .filter(|(_, folder)| complete(folder))
        .max()
        .map(|(_, folder)| folder)
}

/// Whom the server runs as: PostgreSQL refuses root.
#[derive(Clone, Copy)]
struct Account {
    user: u32,
    group: u32,
}

impl Account {
    /// `None` when this process may run it itself.
    fn choose() -> Result<Option<Self>> {
        if !install::is_root() {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd")?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| Self::parse(&accounts, name))
            .map(Some)
            .context("PostgreSQL refuses to run as root, and /etc/passwd has neither postgres nor nobody")
    }

    /// Reads passwd(5).
    fn parse(accounts: &str, name: &str) -> Option<Self> {
        let fields = accounts
            .lines()
            .map(|line| line.split(':').collect::<Vec<_>>())
            .find(|fields| fields.first() == Some(&name))?;
        Some(Self {
            user: fields.get(2)?.parse().ok()?,
            group: fields.get(3)?.parse().ok()?,
        })
    }
}

fn account_command(account: Option<Account>, file: &Path, folder: &Path) -> Command {
    let mut command = Command::new(file);
    // The caller's folder may be closed to the other user.
    command
        .current_dir(folder)
        .env_remove("PGDATA")
        .env("LC_ALL", "C.UTF-8");
    if let Some(account) = account {
        command.uid(account.user).gid(account.group);
    }
    command
}

/// Asks a server to stop at once and to take its processes and shared memory with it; `SIGKILL` would leave them.
fn quit(pid: &str) {
    program::answers(program::new("sh").args(["-c", "kill -QUIT \"$1\"", "sh", pid]));
}

/// Stops and deletes what runs that were killed have left behind.
fn remove_abandoned() {
    let Ok(entries) = fs::read_dir(env::temp_dir()) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else {
            continue;
        };
        if Path::new("/proc").join(owner).exists() {
            continue;
        }
        // The first line of the pid file is the server's process.
        if let Ok(pid) = fs::read_to_string(entry.path().join("data/postmaster.pid"))
            && let Some(pid) = pid.lines().next()
            && is_postgres_of(pid, &entry.path())
        {
            quit(pid);
        }
        let _ = fs::remove_dir_all(entry.path());
    }
}

/// Whether that process is a server on that folder, and not one that got its number later.
fn is_postgres_of(pid: &str, folder: &Path) -> bool {
    fs::read(Path::new("/proc").join(pid).join("cmdline")).is_ok_and(|line| {
        let line = String::from_utf8_lossy(&line).into_owned();
        line.contains("postgres") && line.contains(&*folder.to_string_lossy())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let accounts = "root:x:0:0::/root:/bin/sh\nnobody2:x:7:8::/:/bin/sh\nnobody:x:65534:65533::/:/bin/sh\n";
        let account = Account::parse(accounts, "nobody").unwrap();
        assert_eq!((account.user, account.group), (65534, 65533));
        assert!(Account::parse(accounts, "postgres").is_none());
    }
}
