//! A program in a pseudo-terminal of 120x40, and what it writes.

use std::{
    io::{Read as _, Write},
    num::NonZero,
    path::Path,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const ROWS: NonZero<u16> = NonZero::new(40).expect("not zero");
const COLUMNS: NonZero<u16> = NonZero::new(120).expect("not zero");

/// The running program. What it writes is read by a thread as it comes.
pub struct Terminal {
    /// When it was started, just before the fork.
    pub started: Instant,
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<(Instant, Vec<u8>)>,
    input: Box<dyn Write + Send>,
    screen: vt100::Parser,
    /// Closing it would hang the program up.
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts a program with these variables and no others.
    pub fn start(program: &Path, arguments: &[&str], variables: &[(String, String)]) -> Self {
        let size = PtySize {
            rows: ROWS.get(),
            cols: COLUMNS.get(),
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env_clear();
        for (name, value) in variables {
            command.env(name, value);
        }
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let input = pair.master.take_writer().expect("its input");
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let mut chunk = [0; 65536];
            // A pseudo-terminal whose program has ended answers with an error.
            while let Ok(length @ 1..) = reader.read(&mut chunk) {
                let _ = sender.send((Instant::now(), chunk[..length].to_vec()));
            }
        });
        let started = Instant::now();
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        Self {
            started,
            child,
            output,
            input,
            screen: vt100::Parser::new(ROWS, COLUMNS, 0),
            _master: pair.master,
        }
    }

    /// The process's number.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a started child has one")
    }

    /// Waits until the screen shows this text; the time from the start to the write that
    /// completed it.
    ///
    /// # Panics
    /// When it does not come in time: the bench cannot go on.
    pub fn shows(&mut self, text: &str, in_time: Duration) -> Duration {
        let until = Instant::now() + in_time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let Ok((at, bytes)) = self.output.recv_timeout(left) else {
                panic!(
                    "{text:?} never came; the screen is\n{}",
                    self.screen.screen().contents()
                );
            };
            self.screen.process(&bytes);
            if self.screen.screen().contents().contains(text) {
                return at - self.started;
            }
        }
    }

    /// Reads what is written in this time, and says how many bytes.
    pub fn written_in(&mut self, time: Duration) -> usize {
        let until = Instant::now() + time;
        let mut written = 0;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok((_, bytes)) => {
                    written += bytes.len();
                    self.screen.process(&bytes);
                }
                Err(RecvTimeoutError::Timeout) => return written,
                Err(RecvTimeoutError::Disconnected) => panic!("the program ended"),
            }
        }
    }

    /// Waits until nothing was written for `quiet`.
    pub fn settles(&mut self, quiet: Duration) {
        for _ in 0..60 {
            if self.written_in(quiet) == 0 {
                return;
            }
        }
        panic!("the screen never came to rest");
    }

    /// What the screen shows.
    pub fn contents(&self) -> String {
        self.screen.screen().contents()
    }

    /// Types.
    pub fn press(&mut self, keys: &str) {
        self.input
            .write_all(keys.as_bytes())
            .expect("the program still reads");
    }

    /// Waits for its end; the time from start to end.
    pub fn ended(mut self) -> Duration {
        let status = self.child.wait().expect("it is our child");
        let took = self.started.elapsed();
        assert!(status.success(), "{status:?}: {}", self.contents());
        took
    }
}
