//! Installs and runs ministack, a third-party AWS-compatible server, for the tests of one
//! process. It ends with the process, however that ends: it reads our pipe, and the end of the
//! pipe is its own end.

use std::{
    env,
    fs::{self, File},
    io::{Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

use lambdeck::aws::AwsSession;

/// The server's version, and what it needs but does not declare.
const PACKAGES: [&str; 2] = ["ministack==1.5.33", "cbor2==6.2.1"];

/// How long a start may take before the test says that it failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Runs the server until our end of its standard input is closed, then takes the whole process
/// group (it runs functions as children) with it.
const GUARD: &str = "
import os, signal, sys, threading
os.setsid()
def guard():
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=guard, daemon=True).start()
sys.argv = ['ministack']
from ministack.app import main
main()
";

/// The running server.
pub struct Server {
    address: SocketAddr,
    _child: Child,
}

/// One account of the server, with a session of the product on it. Accounts are apart: a test
/// that takes a number of its own shares nothing with the others.
pub struct TestAccount {
    /// Twelve digits; also the access key id.
    pub account: String,
    /// Where the server listens.
    pub endpoint: String,
    /// Opened by the product's provider.
    pub session: AwsSession,
}

impl Server {
    /// The server of this process, started at the first call.
    pub async fn get() -> &'static Self {
        static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
        let server = tokio::task::spawn_blocking(|| SERVER.get_or_init(Self::start))
            .await
            .expect("the start does not panic");
        match server {
            Ok(server) => server,
            Err(reason) => panic!("no AWS-compatible server for this test: {reason}"),
        }
    }

    /// Its URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// An account by its number.
    pub async fn account(&self, account: &str) -> TestAccount {
        assert!(
            account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit()),
            "an account has twelve digits"
        );
        let endpoint = self.endpoint();
        let session = super::open(super::environment(account, &endpoint))
            .await
            .expect("opens");
        TestAccount {
            account: account.to_owned(),
            endpoint,
            session,
        }
    }

    fn start() -> Result<Self, String> {
        let python = installed()?;
        // The port is only probably free: something else may take it before the server does.
        let mut last = String::new();
        for _ in 0..5 {
            let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
                .and_then(|listener| listener.local_addr())
                .map_err(|error| format!("no free port: {error}"))?;
            match Self::start_at(&python, address) {
                Ok(server) => return Ok(server),
                Err(reason) => last = reason,
            }
        }
        Err(last)
    }

    fn start_at(python: &Path, address: SocketAddr) -> Result<Self, String> {
        let program = env::current_exe().map_err(|error| error.to_string())?;
        let name = program.file_stem().unwrap_or_default().to_string_lossy();
        let log_path = directory().join(format!("{name}.log"));
        let log =
            File::create(&log_path).map_err(|error| format!("{}: {error}", log_path.display()))?;
        let copy = log.try_clone().map_err(|error| error.to_string())?;
        let mut child = Command::new(python)
            .args(["-c", GUARD])
            .current_dir(directory())
            .env_clear()
            .envs(
                ["PATH", "HOME", "LANG", "TMPDIR"]
                    .iter()
                    .filter_map(|key| Some((key, env::var_os(key)?))),
            )
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", address.port().to_string())
            .env("LOG_LEVEL", "WARNING")
            .env("STATE_DIR", directory().join("state"))
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(copy)
            .spawn()
            .map_err(|error| format!("{}: {error}", python.display()))?;
        let began = Instant::now();
        loop {
            if is_healthy(address) {
                return Ok(Self {
                    address,
                    _child: child,
                });
            }
            if let Ok(Some(status)) = child.try_wait() {
                return Err(format!(
                    "ministack ended with {status}; see {}",
                    log_path.display()
                ));
            }
            if began.elapsed() > PATIENCE {
                drop(child.stdin.take());
                return Err(format!(
                    "ministack does not answer; see {}",
                    log_path.display()
                ));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl TestAccount {
    /// The variables under which the binary speaks to this account.
    pub fn variables(&self) -> Vec<(String, String)> {
        super::environment(&self.account, &self.endpoint)
    }
}

/// Whether the answer is that of our server, not only of any server.
fn is_healthy(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(5)))?;
        write!(
            stream,
            "GET /_ministack/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| {
        answer.starts_with("HTTP/1.1 200")
            && [
                "\"lambda\": \"available\"",
                "\"sqs\": \"available\"",
                "\"logs\": \"available\"",
            ]
            .iter()
            .all(|service| answer.contains(service))
    })
}

fn directory() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("ministack")
}

/// The interpreter that has the server; installs it once for all test binaries.
fn installed() -> Result<PathBuf, String> {
    let directory = directory();
    let said = |error: std::io::Error| format!("{}: {error}", directory.display());
    fs::create_dir_all(&directory).map_err(said)?;
    let lock = File::create(directory.join("lock")).map_err(said)?;
    lock.lock().map_err(said)?;
    let environment = directory.join(PACKAGES.join("+").replace("==", "-"));
    let python = environment.join("bin/python");
    // A virtual environment knows its own path: one that was copied elsewhere is made anew.
    let marker = environment.join("installed");
    let mark = environment.display().to_string();
    if fs::read_to_string(&marker).is_ok_and(|text| text == mark) && python.exists() {
        return Ok(python);
    }
    let _ = fs::remove_dir_all(&environment);
    run(Command::new(suitable_python()?)
        .arg("-m")
        .arg("venv")
        .arg(&environment))?;
    run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ])
        .args(PACKAGES))?;
    fs::write(marker, mark).map_err(said)?;
    Ok(python)
}

fn suitable_python() -> Result<&'static str, String> {
    const TEST: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
    [
        "python3",
        "python3.14",
        "python3.13",
        "python3.12",
        "python3.11",
        "python3.10",
    ]
    .into_iter()
    .find(|python| {
        Command::new(python)
            .args(["-c", TEST])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    })
    .ok_or_else(|| "it needs Python 3.10 or later with venv (Debian: python3-venv)".to_owned())
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    let last = text.lines().rfind(|line| !line.trim().is_empty());
    Err(format!(
        "installing it failed: {}",
        last.unwrap_or("no reason given")
    ))
}
