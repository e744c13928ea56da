//! The real binary in a pseudo terminal, with a terminal emulator that always reads: a terminal
//! that is not drained stops the program.

use std::{
    io::{Read as _, Write},
    num::NonZeroU16,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::{
    process::{Pid, Signal, kill_process},
    termios::{LocalModes, tcgetattr},
};
use tempfile::TempDir;

/// Only a program that hangs makes a test wait this long.
const GIVE_UP: Duration = Duration::from_mins(1);

/// What the terminal shows, and whether the program still holds it.
struct Shown {
    emulator: vt100::Parser,
    is_open: bool,
    hangs_up: bool,
}

/// A terminal with a program in it.
pub struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    child: Box<dyn Child + Send + Sync>,
    reader: Option<JoinHandle<()>>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    /// Kept for as long as the program runs in it.
    _root: TempDir,
}

impl Terminal {
    /// Starts lambdeck with these arguments on 120x40.
    pub fn lambdeck(args: &[&str]) -> Self {
        Self::lambdeck_with(args, &[])
    }

    /// Starts lambdeck with these arguments and variables.
    pub fn lambdeck_with(args: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::lambdeck_in(temporary(), args, variables)
    }

    /// Starts lambdeck on directories that hold something already.
    pub fn lambdeck_in(root: TempDir, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lambdeck"));
        command.args(args);
        Self::start(root, command, variables)
    }

    /// Starts a shell that runs this script; `$LAMBDECK` is the binary.
    pub fn shell(script: &str) -> Self {
        let mut command = CommandBuilder::new("/bin/sh");
        command.args(["-c", script]);
        Self::start(
            temporary(),
            command,
            &[("LAMBDECK", env!("CARGO_BIN_EXE_lambdeck"))],
        )
    }

    fn start(root: TempDir, mut command: CommandBuilder, variables: &[(&str, &str)]) -> Self {
        command.env_clear();
        for (name, value) in std::env::vars().filter(|(name, _)| name == "PATH") {
            command.env(name, value);
        }
        for (name, value) in clean_environment(root.path()) {
            command.env(name, value);
        }
        command.env("TERM", "xterm-256color");
        for (name, value) in variables {
            command.env(name, value);
        }
        command.cwd(root.path());
        let size = PtySize {
            rows: 40,
            cols: 120,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pty = native_pty_system()
            .openpty(size)
            .expect("a pseudo terminal");
        let mut reader = pty.master.try_clone_reader().expect("a reader");
        let writer = pty.master.take_writer().expect("a writer");
        let child = pty.slave.spawn_command(command).expect("the program");
        drop(pty.slave);
        let shown = Arc::new((
            Mutex::new(Shown {
                emulator: vt100::Parser::new(cells(40), cells(120), 0),
                is_open: true,
                hangs_up: false,
            }),
            Condvar::new(),
        ));
        let drained = Arc::clone(&shown);
        let reader = std::thread::spawn(move || {
            let mut bytes = [0; 16384];
            loop {
                let read = reader.read(&mut bytes).unwrap_or(0);
                let mut shown = lock(&drained.0);
                shown.emulator.process(&bytes[..read]);
                shown.is_open = read > 0 && !shown.hangs_up;
                drained.1.notify_all();
                if !shown.is_open {
                    return;
                }
            }
        });
        Self {
            master: Some(pty.master),
            writer: Some(writer),
            child,
            reader: Some(reader),
            shown,
            _root: root,
        }
    }

    /// Types.
    pub fn send(&mut self, text: &str) {
        let writer = self.writer.as_mut().expect("the terminal is open");
        writer.write_all(text.as_bytes()).expect("typed");
        writer.flush().expect("typed");
    }

    /// Waits until the emulator shows this.
    ///
    /// # Panics
    /// With the screen, when it never comes or the program has ended.
    #[track_caller]
    pub fn until(&self, what: &str, state: impl Fn(&vt100::Screen) -> bool) {
        let shown = lock(&self.shown.0);
        let waiting = |shown: &mut Shown| !state(shown.emulator.screen()) && shown.is_open;
        let (shown, _) = self
            .shown
            .1
            .wait_timeout_while(shown, GIVE_UP, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(
            state(shown.emulator.screen()),
            "{what} did not come (program {}):\n{}",
            if shown.is_open { "runs" } else { "ended" },
            shown.emulator.screen().contents()
        );
    }

    /// Waits until the screen holds this text.
    #[track_caller]
    pub fn until_shown(&self, text: &str) {
        self.until(text, |screen| screen.contents().contains(text));
    }

    /// Looks at the emulator as it is now.
    pub fn look<T>(&self, at: impl FnOnce(&vt100::Screen) -> T) -> T {
        at(lock(&self.shown.0).emulator.screen())
    }

    /// Changes the size.
    pub fn resize(&self, cols: u16, rows: u16) {
        lock(&self.shown.0)
            .emulator
            .screen_mut()
            .set_size(cells(rows), cells(cols));
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let master = self.master.as_ref().expect("the terminal is open");
        master.resize(size).expect("resized");
    }

    /// Sends a signal to the program.
    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a live program");
    }

    /// The program.
    pub fn pid(&self) -> Pid {
        let id = self.child.process_id().expect("a process");
        Pid::from_raw(id as i32).expect("not zero")
    }

    /// Closes the window: the program loses its terminal.
    pub fn hang_up(&mut self) {
        // The reader holds the terminal too, and stops at the next thing it reads.
        lock(&self.shown.0).hangs_up = true;
        self.send("j");
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader ends");
        }
        self.writer = None;
        self.master = None;
    }

    /// Waits for the end of the program, and gives its exit code.
    pub fn exit_code(&mut self) -> u32 {
        self.child.wait().expect("ended").exit_code()
    }

    /// Whether the terminal reads lines and echoes, as a shell expects it.
    pub fn is_cooked(&self) -> bool {
        let master = self.master.as_ref().expect("the terminal is open");
        let tty = master.tty_name().expect("a name");
        let tty = std::fs::File::open(tty).expect("the terminal");
        let modes = tcgetattr(&tty).expect("its modes").local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO)
    }

    /// Asserts that the terminal is as it was before the program.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn assert_restored(&self) {
        self.until("the restored terminal", |screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        });
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Most have ended; nothing is left behind by a test that failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn temporary() -> TempDir {
    tempfile::tempdir().expect("temporary directory")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).expect("at least one")
}

/// An environment in which nothing of this machine's is found: no home, no credentials.
pub fn clean_environment(root: &Path) -> Vec<(&'static str, String)> {
    let under = |name: &str| root.join(name).display().to_string();
    vec![
        ("HOME", under("home")),
        ("XDG_CONFIG_HOME", under("config")),
        ("XDG_STATE_HOME", under("state")),
        ("XDG_CACHE_HOME", under("cache")),
        ("XDG_DATA_HOME", under("data")),
        ("AWS_CONFIG_FILE", under("aws-config")),
        ("AWS_SHARED_CREDENTIALS_FILE", under("aws-credentials")),
        ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
    ]
}
