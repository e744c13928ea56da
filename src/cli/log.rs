//! The program's own log: a file of limited size, never the terminal, never a payload.

use std::{
    fs::File,
    io::{self, Write},
    sync::Mutex,
};

use tracing_subscriber::{
    Layer as _,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::settings::{Paths, append_private_file, create_private_dir};

/// A log that has grown beyond this is started anew; the old one is kept beside it.
const LARGEST: u64 = 4 << 20;

/// Starts the log at the level of `LAMBDECK_LOG` (`error` to `trace`; `warn` without it). Only
/// our own lines enter it: the SDK's may hold payloads. A log that cannot be opened is no reason
/// not to start.
pub(super) fn start(paths: &Paths) {
    let Ok(file) = open(paths) else { return };
    let level = std::env::var("LAMBDECK_LOG")
        .ok()
        .and_then(|level| level.parse().ok());
    let ours = Targets::new().with_target("lambdeck", level.unwrap_or(LevelFilter::WARN));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(Mutex::new(Capped {
            file,
            left: LARGEST,
        }))
        .with_filter(ours);
    // A second start in one process (tests) keeps the first log.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

fn open(paths: &Paths) -> io::Result<File> {
    let path = paths.log_file();
    if let Some(directory) = path.parent() {
        create_private_dir(directory)?;
    }
    if std::fs::metadata(&path).is_ok_and(|log| log.len() > LARGEST) {
        std::fs::rename(&path, path.with_extension("old.log"))?;
    }
    append_private_file(&path)
}

/// Stops writing at its limit: one long session must not fill a disk.
struct Capped {
    file: File,
    left: u64,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len() as u64;
        if length <= self.left {
            self.left -= length;
            self.file.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
