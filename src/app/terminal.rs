//! The terminal: raw mode and its way back, one write a frame, and leaving it as it was
//! whatever happens.

use std::{
    io::{self, IsTerminal as _, Write},
    sync::atomic::{AtomicBool, Ordering},
};

use crossterm::{
    clipboard::CopyToClipboard,
    event::{
        DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste,
        EnableFocusChange, EnableMouseCapture, KeyboardEnhancementFlags,
        PopKeyboardEnhancementFlags, PushKeyboardEnhancementFlags,
    },
    execute, queue,
    terminal::{
        self, BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate,
        EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
    },
};
use ratatui::{
    backend::{Backend as _, CrosstermBackend},
    buffer::Buffer,
    layout::Rect,
};

/// Whether the terminal is ours now: the panic hook must know it from any thread.
static OURS: AtomicBool = AtomicBool::new(false);

/// What a terminal shows, and what it is to show next: writes the difference of two frames in
/// one `write(2)`, because a frame that arrives in parts tears.
#[derive(Debug)]
pub struct Canvas<W: Write> {
    out: W,
    bytes: Vec<u8>,
    shown: Buffer,
    next: Buffer,
}

impl<W: Write> Canvas<W> {
    /// An empty canvas of this size; what `out` shows now is unknown to it.
    pub fn new(out: W, width: u16, height: u16) -> Self {
        let area = Rect::new(0, 0, width, height);
        Self {
            out,
            bytes: Vec::new(),
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
        }
    }

    /// Columns and rows.
    pub const fn size(&self) -> (u16, u16) {
        (self.next.area.width, self.next.area.height)
    }

    /// What writes go to.
    pub const fn out(&self) -> &W {
        &self.out
    }

    /// The terminal has this size now: it is cleared with the next frame.
    pub fn resize(&mut self, width: u16, height: u16) {
        let area = Rect::new(0, 0, width, height);
        self.shown = Buffer::empty(area);
        self.next = Buffer::empty(area);
        // Writing into memory cannot fail.
        let _ = queue!(self.bytes, Clear(ClearType::All));
    }

    /// Draws one frame with one write; a frame that looks like the last one writes nothing.
    ///
    /// # Errors
    /// What the terminal says.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.next.reset();
        draw(&mut self.next);
        let changes = self.shown.diff(&self.next);
        if !changes.is_empty() || !self.bytes.is_empty() {
            let mut frame = Vec::with_capacity(4096);
            queue!(frame, BeginSynchronizedUpdate)?;
            frame.append(&mut self.bytes);
            CrosstermBackend::new(&mut frame).draw(changes.into_iter())?;
            queue!(frame, EndSynchronizedUpdate)?;
            self.out.write_all(&frame)?;
            self.out.flush()?;
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }

    /// Puts text on the clipboard of the terminal, over ssh too (OSC 52).
    ///
    /// # Errors
    /// What the terminal says.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.out, CopyToClipboard::to_clipboard_from(text))
    }
}

/// The real terminal, taken for as long as this lives.
pub struct Screen {
    canvas: Canvas<Unbuffered>,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// When standard output is no terminal, or it refuses raw mode.
    pub fn enter() -> io::Result<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(io::Error::other(
                "the console needs a terminal; for scripts use `lambdeck functions`, `logs` or `invoke`",
            ));
        }
        take()?;
        let (width, height) = terminal::size().inspect_err(|_| give_back())?;
        Ok(Self {
            canvas: Canvas::new(Unbuffered, width, height),
        })
    }

    /// What is drawn on.
    pub const fn canvas(&mut self) -> &mut Canvas<Unbuffered> {
        &mut self.canvas
    }

    /// Gives the terminal to somebody else; [`Screen::retake`] takes it back.
    pub fn lend(&mut self) {
        give_back();
    }

    /// Takes the terminal back, at the size it has now, and draws everything anew with the
    /// next frame.
    ///
    /// # Errors
    /// When it refuses raw mode.
    pub fn retake(&mut self) -> io::Result<(u16, u16)> {
        // Taken twice, the terminal would keep one of the keyboard flags for ever.
        give_back();
        take()?;
        let (width, height) = terminal::size()?;
        self.canvas.resize(width, height);
        Ok((width, height))
    }
}

/// Standard output without the line buffer of `std`, which would split a frame at its newlines
/// and at its capacity.
#[derive(Debug)]
pub struct Unbuffered;

impl Write for Unbuffered {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(rustix::stdio::stdout(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    OURS.store(true, Ordering::SeqCst);
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange,
        EnableMouseCapture,
        // Pushed unasked: a terminal that does not know them ignores them.
        PushKeyboardEnhancementFlags(KeyboardEnhancementFlags::DISAMBIGUATE_ESCAPE_CODES),
        crossterm::cursor::Hide,
    )
}

/// Whether the terminal is taken.
pub fn is_ours() -> bool {
    OURS.load(Ordering::SeqCst)
}

/// Leaves the terminal as it was. Safe to call from any thread, any number of times.
pub fn give_back() {
    if OURS.swap(false, Ordering::SeqCst) {
        // Nothing can be done about a terminal that refuses: it may be gone (SIGHUP).
        let _ = execute!(
            io::stdout(),
            PopKeyboardEnhancementFlags,
            DisableMouseCapture,
            DisableFocusChange,
            DisableBracketedPaste,
            LeaveAlternateScreen,
            crossterm::cursor::Show,
        );
        let _ = disable_raw_mode();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts the writes that reach it.
    #[derive(Default)]
    struct Counting {
        writes: usize,
        bytes: Vec<u8>,
    }

    impl Write for Counting {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            self.bytes.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_frame_is_one_write_and_an_equal_frame_is_none() {
        let mut canvas = Canvas::new(Counting::default(), 20, 2);
        canvas.resize(20, 2);
        let hello = |buf: &mut Buffer| {
            buf.set_string(0, 0, "hello", ratatui::style::Style::default().red());
            buf.set_string(3, 1, "there", ratatui::style::Style::default());
        };
        canvas.draw(hello).expect("draw");
        assert_eq!(canvas.out().writes, 1);
        assert!(String::from_utf8_lossy(&canvas.out().bytes).contains("hello"));
        canvas.draw(hello).expect("draw");
        assert_eq!(
            canvas.out().writes,
            1,
            "nothing changed, nothing is written"
        );
    }
}
