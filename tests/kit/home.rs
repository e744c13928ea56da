//! The binary as scripts run it: in directories of its own, without anything of this machine's
//! user, and what it tells.

// Each test crate uses a part of it.
#![allow(dead_code)]

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

/// A home of its own, and what stands before the arguments of each run.
pub struct Home {
    root: TempDir,
    before: &'static [&'static str],
}

impl Home {
    /// Without credentials.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// On the demo account.
    pub fn demo() -> Self {
        Self::with(&["--demo"])
    }

    /// With these arguments before those of each run.
    pub fn with(before: &'static [&'static str]) -> Self {
        Self {
            root: tempfile::tempdir().expect("temporary directory"),
            before,
        }
    }

    pub fn path(&self) -> &Path {
        self.root.path()
    }

    /// Where the program keeps its state.
    pub fn state(&self) -> PathBuf {
        self.path().join("state/lambdeck")
    }

    /// The tracing file: everything is written there.
    pub fn log(&self) -> String {
        let file = self.state().join("log/lambdeck.log");
        std::fs::read_to_string(file).unwrap_or_default()
    }

    /// Writes a file below the home, which is also where the program is started.
    pub fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(path, text).expect("written");
    }

    /// The user's own settings.
    pub fn configure(&self, text: &str) {
        self.write("config/lambdeck/config.toml", text);
    }

    /// The program, with nothing on standard input.
    pub fn lambdeck(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lambdeck"));
        command
            .env_clear()
            .env("HOME", self.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("NO_PROXY", "127.0.0.1")
            .env("LAMBDECK_LOG", "trace")
            .env("RUST_BACKTRACE", "1")
            .current_dir(self.path())
            .args(self.before)
            .args(arguments)
            .stdin(Stdio::null());
        for kind in ["config", "state", "cache", "data"] {
            let name = format!("XDG_{}_HOME", kind.to_uppercase());
            command.env(name, self.path().join(kind));
        }
        command
    }

    /// The same with keys for this endpoint.
    pub fn lambdeck_at(&self, endpoint: &str, arguments: &[&str]) -> Command {
        let mut command = self.lambdeck(arguments);
        command
            .args(["--endpoint-url", endpoint])
            .env("AWS_ACCESS_KEY_ID", "none")
            .env("AWS_SECRET_ACCESS_KEY", "none")
            .env("AWS_REGION", "eu-west-1");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Told {
        told(self.lambdeck(arguments).output())
    }

    pub fn run_at(&self, endpoint: &str, arguments: &[&str]) -> Told {
        told(self.lambdeck_at(endpoint, arguments).output())
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Told {
        let mut child = start(self.lambdeck(arguments).stdin(Stdio::piped()));
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(input.as_bytes()).expect("written");
        drop(stdin);
        told(child.wait_with_output())
    }
}

/// Starts it with its output in pipes.
pub fn start(command: &mut Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("lambdeck runs")
}

/// What a run ended with.
pub struct Told {
    /// The exit code; `None` when it was killed.
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// What a process told that has ended.
pub fn told(output: std::io::Result<Output>) -> Told {
    let output = output.expect("lambdeck runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Told {
        code: output.status.code(),
        out: text(output.stdout),
        err: text(output.stderr),
    }
}

impl Told {
    /// Exit code, standard output, standard error.
    pub fn parts(self) -> (Option<i32>, String, String) {
        (self.code, self.out, self.err)
    }

    /// Both streams.
    pub fn all(&self) -> String {
        format!("{}\n{}", self.out, self.err)
    }

    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}", self.all());
        self
    }

    /// On either stream.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(
            self.all().contains(text),
            "{text:?} is missing: {}",
            self.all()
        );
        self
    }

    /// On standard error: it is no data.
    #[track_caller]
    pub fn tells(self, text: &str) -> Self {
        assert!(self.err.contains(text), "{text:?} is missing: {}", self.err);
        self
    }

    /// On neither stream.
    #[track_caller]
    pub fn hides(self, text: &str) -> Self {
        assert!(
            !self.all().contains(text),
            "{text:?} got out: {}",
            self.all()
        );
        self
    }

    /// One object a line.
    #[track_caller]
    pub fn objects(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("an object a line"))
            .collect()
    }

    /// One object, and nothing else.
    #[track_caller]
    pub fn object(&self) -> Value {
        let mut objects = self.objects();
        assert_eq!(objects.len(), 1, "{}", self.all());
        objects.remove(0)
    }
}
