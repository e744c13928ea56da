//! The real binary in a real terminal: that it comes, and that it leaves the terminal as it was
//! however it goes. Each test waits for a state of the screen, never for time.
//!
//! A panic of the loop is not provoked here: the product has no way to make it panic, and gets
//! none for a test. What the panic hook calls is what every other end calls.

mod kit {
    pub mod pty;
}

use std::{fs, net::TcpListener};

use kit::pty::Terminal;
use rustix::process::Signal;

const CTRL_Z: &str = "\u{1a}";

fn demo() -> Terminal {
    let terminal = Terminal::lambdeck(&["demo"]);
    terminal.until_shown("payments-charge");
    terminal
}

#[test]
fn the_demo_starts_and_q_leaves_the_terminal_as_it_was() {
    let mut terminal = demo();
    terminal.look(|screen| {
        assert!(screen.alternate_screen());
        assert!(screen.hide_cursor());
    });
    assert!(!terminal.is_cooked());
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
    assert!(terminal.is_cooked());
}

#[test]
fn keys_reach_the_list_and_its_filter() {
    let mut terminal = demo();
    terminal.send("/thumb\r");
    terminal.until("one row", |screen| {
        let screen = screen.contents();
        screen.contains("1 of 14") && screen.contains("▸ thumbnailer")
    });
    terminal.send("\u{1b}");
    terminal.until_shown("payments-charge");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn sigterm_ends_it_with_143_and_a_restored_terminal() {
    let mut terminal = demo();
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.exit_code(), 143);
    terminal.assert_restored();
    assert!(terminal.is_cooked());
}

#[test]
fn ctrl_c_is_a_key_and_quits() {
    let mut terminal = demo();
    terminal.send("\u{3}");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn a_closed_window_ends_it_as_a_hang_up() {
    let mut terminal = demo();
    terminal.hang_up();
    assert_eq!(terminal.exit_code(), 129);
}

#[test]
fn a_new_size_is_drawn_whole() {
    let mut terminal = demo();
    for (cols, rows) in [(80, 24), (140, 45), (40, 12)] {
        terminal.resize(cols, rows);
        terminal.until("the footer in the last row", |screen| {
            let last = screen.rows(0, cols).nth(usize::from(rows) - 1);
            let first = screen.rows(0, cols).next();
            first.is_some_and(|row| row.contains("000000000000"))
                && last.is_some_and(|row| row.contains("? more"))
        });
    }
    terminal.resize(39, 11);
    terminal.until_shown("needs 40x12");
    terminal.resize(1, 1);
    terminal.resize(120, 40);
    terminal.until_shown("payments-charge");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_takes_it_back() {
    // A shell with job control: without one nobody may stop (the process group is orphaned).
    let mut terminal = Terminal::shell(
        "set -m; \"$LAMBDECK\" demo; echo \"stopped $?\"; read go; fg >/dev/null; echo \"ended $?\"",
    );
    terminal.until_shown("payments-charge");
    terminal.send(CTRL_Z);
    terminal.until_shown("stopped 148");
    terminal.assert_restored();
    assert!(terminal.is_cooked());
    let stopped = fs::read_to_string(format!(
        "/proc/{}/task/{0}/children",
        terminal.pid().as_raw_nonzero()
    ))
    .expect("the shell's children");
    let status =
        fs::read_to_string(format!("/proc/{}/status", stopped.trim())).expect("its status");
    assert!(status.contains("State:\tT"), "{status}");
    terminal.send("\n");
    terminal.until("the console again", |screen| {
        screen.alternate_screen() && screen.contents().contains("payments-charge")
    });
    terminal.send("/thumb");
    terminal.until_shown("1 of 14");
    terminal.send("\u{1b}");
    terminal.until_shown("f faults only");
    terminal.send("q");
    terminal.until_shown("ended 0");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn without_colours_the_selection_is_an_attribute() {
    let mut terminal = Terminal::lambdeck_with(&["demo"], &[("NO_COLOR", "1")]);
    terminal.until_shown("payments-charge");
    terminal.look(|screen| {
        let (rows, cols) = screen.size();
        let mut selected = 0;
        for row in 0..rows.get() {
            for column in 0..cols.get() {
                let Some(cell) = screen.cell(row, column) else {
                    continue;
                };
                assert_eq!(cell.fgcolor(), vt100::Color::Default, "{row},{column}");
                assert_eq!(cell.bgcolor(), vt100::Color::Default, "{row},{column}");
                selected += usize::from(cell.inverse());
            }
        }
        assert!(selected > 20, "the selected row is reversed");
    });
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn without_credentials_it_says_what_to_run_and_r_tries_again() {
    // A port on which nobody listens: bound, and closed again.
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let endpoint = format!("http://127.0.0.1:{port}");
    let mut terminal = Terminal::lambdeck(&["--endpoint-url", &endpoint, "--region", "eu-west-1"]);
    terminal.until_shown("aws configure");
    terminal.send("r");
    terminal.send("/still-alive");
    terminal.until_shown("/still-alive");
    terminal.send("\u{3}");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
}

#[test]
fn it_can_leave_after_the_first_frame() {
    let mut terminal = Terminal::lambdeck(&["demo", "--exit-after-first-frame"]);
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
    assert!(terminal.is_cooked());
}

#[test]
fn a_broken_keymap_is_told_on_the_screen_and_the_console_works() {
    let root = tempfile::tempdir().expect("temporary directory");
    let directory = root.path().join("config/lambdeck");
    fs::create_dir_all(&directory).expect("a directory");
    let keymap = "extends = \"default\"\n[list]\n\"j\" = \"no.such-command\"\n";
    fs::write(directory.join("keymap.toml"), keymap).expect("a keymap");
    let mut terminal = Terminal::lambdeck_in(root, &["demo"], &[]);
    terminal.until_shown("no.such-command");
    terminal.until_shown("payments-charge");
    terminal.send("q");
    assert_eq!(terminal.exit_code(), 0);
}

#[test]
fn ctrl_c_in_the_editor_is_the_editors_and_the_console_comes_back() {
    let editor = ("VISUAL", "sh -c 'echo AN EDITOR; read line' --");
    let mut terminal = Terminal::lambdeck_with(&["demo"], &[editor]);
    terminal.until_shown("payments-charge");
    terminal.send("/payments\r");
    terminal.until_shown("1 of 14");
    terminal.send("4");
    terminal.until_shown("Payload");
    terminal.send("e");
    terminal.until("the editor alone", |screen| {
        screen.contents().contains("AN EDITOR") && !screen.alternate_screen()
    });
    assert!(terminal.is_cooked());
    terminal.send("\u{3}");
    terminal.until("the console again", |screen| {
        screen.alternate_screen() && screen.contents().contains("Payload")
    });
    terminal.until_shown("nothing was changed");
    terminal.send("0");
    terminal.send("\u{3}");
    assert_eq!(terminal.exit_code(), 0);
    terminal.assert_restored();
}
