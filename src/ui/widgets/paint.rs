//! Writing text into cells: the only way untrusted text gets on the screen.

use std::borrow::Cow;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Style},
};

use crate::{
    domain::text,
    theme::{Role, Theme, contrast},
};

/// What warns, whatever row it stands in.
const WARNING: [Role; 4] = [Role::Warn, Role::Error, Role::LogWarn, Role::LogError];
/// From this contrast on it can be read (WCAG 2.1, what is not body text).
const READABLE: f64 = 3.0;

/// Untrusted text as it may be shown in `width` cells: sanitised, cut with `…`.
pub fn shown(line: &str, width: u16) -> Cow<'_, str> {
    let width = usize::from(width);
    let (clean, more) = text::sanitise_within(line, width);
    if !more {
        return clean;
    }
    // One cell more than fits, so that the cut knows that there is more.
    let (clean, _) = text::sanitise_within(line, width + 1);
    Cow::Owned(text::truncate(&clean, width).into_owned())
}

/// Writes one line at `(x, y)`, at most `width` cells, sanitised and cut with `…`. Returns the
/// first column after it.
pub fn put(buf: &mut Buffer, x: u16, y: u16, width: u16, line: &str, style: Style) -> u16 {
    if width == 0 || !buf.area.contains((x, y).into()) {
        return x;
    }
    buf.set_stringn(x, y, shown(line, width), usize::from(width), style)
        .0
}

/// Writes one line so that it ends at the right edge of its `width` cells.
pub fn put_right(buf: &mut Buffer, x: u16, y: u16, width: u16, line: &str, style: Style) {
    let shown = shown(line, width);
    let used = (text::width(&shown) as u16).min(width);
    put(buf, x + width - used, y, used, &shown, style);
}

/// Writes spans one after the other, cut at the right edge of `area`'s row `y`.
pub fn put_spans(buf: &mut Buffer, area: Rect, y: u16, spans: &[(&str, Style)]) -> u16 {
    let mut x = area.x;
    for (line, style) in spans {
        x = put(buf, x, y, area.right().saturating_sub(x), line, *style);
    }
    x
}

/// Gives a whole row this style.
pub fn fill_row(buf: &mut Buffer, area: Rect, y: u16, style: Style) {
    buf.set_style(
        Rect {
            y,
            height: 1,
            ..area
        }
        .intersection(buf.area),
        style,
    );
}

/// Lays the selection over a row. What warns keeps its colour where that can be read: the row one
/// looks at is the last that may look well.
pub fn select_row(buf: &mut Buffer, area: Rect, y: u16, theme: &Theme, focused: bool) {
    let selection = theme.style(if focused {
        Role::Selection
    } else {
        Role::SelectionDim
    });
    let can_be_read = |fg: Color| match selection.bg {
        Some(bg) => contrast(fg, bg).is_some_and(|contrast| contrast >= READABLE),
        // Reversed or underlined: the colour goes along.
        None => true,
    };
    let kept: Vec<Color> = WARNING
        .iter()
        .filter_map(|&role| theme.style(role).fg)
        .filter(|&fg| can_be_read(fg))
        .collect();
    let row = Rect {
        y,
        height: 1,
        ..area
    };
    for at in row.intersection(buf.area).positions() {
        let cell = &mut buf[at];
        let fg = cell.fg;
        cell.set_style(selection);
        if kept.contains(&fg) {
            cell.fg = fg;
        }
    }
}

/// Writes text over several rows, broken at spaces; returns how many rows it took.
pub fn put_wrapped(buf: &mut Buffer, area: Rect, lines: &str, style: Style) -> u16 {
    let mut rows = 0;
    for line in wrapped(lines, area.width) {
        if rows == area.height {
            break;
        }
        put(buf, area.x, area.y + rows, area.width, &line, style);
        rows += 1;
    }
    rows
}

/// Writes the words of an empty pane, a little away from its border.
pub fn put_empty(buf: &mut Buffer, pane: Rect, text: &str, style: Style) {
    let inner = Rect {
        x: pane.x + 2.min(pane.width),
        y: pane.y + 1.min(pane.height),
        width: pane.width.saturating_sub(4),
        height: pane.height.saturating_sub(1),
    };
    put_wrapped(buf, inner, text, style);
}

/// Breaks short text (messages, not logs) at spaces; the indent of a line stays.
pub fn wrapped(lines: &str, width: u16) -> Vec<String> {
    let width = usize::from(width.max(1));
    let mut rows = Vec::new();
    for line in lines.lines() {
        let words = line.trim_start_matches(' ');
        let indent = (line.len() - words.len()).min(width / 2);
        let mut row = " ".repeat(indent);
        let mut is_fresh = true;
        for word in words.split(' ') {
            if !is_fresh && text::width(&row) + 1 + text::width(word) > width {
                rows.push(std::mem::take(&mut row));
                is_fresh = true;
            }
            if !is_fresh {
                row.push(' ');
            }
            row.push_str(word);
            is_fresh = row.is_empty();
            while text::width(&row) > width {
                let cut = row
                    .char_indices()
                    .map(|(at, _)| at)
                    .take_while(|&at| text::width(&row[..at]) <= width)
                    .last()
                    .filter(|&at| at > 0);
                let Some(cut) = cut else { break };
                let rest = row.split_off(cut);
                rows.push(std::mem::replace(&mut row, rest));
            }
        }
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::Depth;

    #[test]
    fn a_selected_row_keeps_what_warns_and_drops_what_does_not() {
        for name in ["dark", "light", "high-contrast"] {
            let theme = Theme::builtin(name, Depth::Rgb);
            let area = Rect::new(0, 0, 12, 1);
            let mut buf = Buffer::empty(area);
            let spans = [
                ("warn", theme.style(Role::Warn)),
                ("fail", theme.style(Role::Error)),
                ("dim ", theme.style(Role::Dim)),
            ];
            put_spans(&mut buf, area, 0, &spans);
            select_row(&mut buf, area, 0, &theme, true);
            let selection = theme.style(Role::Selection);
            for (x, fg) in [
                (0, theme.style(Role::Warn).fg),
                (4, theme.style(Role::Error).fg),
                (8, selection.fg),
            ] {
                let cell = &buf[(x, 0)];
                assert_eq!((Some(cell.fg), Some(cell.bg)), (fg, selection.bg), "{name}");
            }
        }
    }

    #[test]
    fn whatever_the_terminal_shows_a_selected_row_can_be_read() {
        for (name, depth) in [
            ("dark", Depth::Ansi16),
            ("light", Depth::Ansi16),
            ("high-contrast", Depth::Ansi16),
            ("dark", Depth::Indexed),
            ("light", Depth::Indexed),
        ] {
            let theme = Theme::builtin(name, depth);
            let selection = theme.style(Role::Selection);
            let bg = selection.bg.expect("a background");
            for role in WARNING {
                let area = Rect::new(0, 0, 1, 1);
                let mut buf = Buffer::empty(area);
                put(&mut buf, 0, 0, 1, "!", theme.style(role));
                select_row(&mut buf, area, 0, &theme, true);
                let fg = buf[(0, 0)].fg;
                let is_readable = contrast(fg, bg).is_some_and(|contrast| contrast >= READABLE);
                assert!(
                    is_readable || Some(fg) == selection.fg,
                    "{name} {depth:?}: {fg:?}"
                );
            }
        }
    }

    #[test]
    fn text_is_broken_at_spaces_and_keeps_its_indent() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(
            wrapped("{\n  \"key\": 1\n}\n", 20),
            ["{", "  \"key\": 1", "}"]
        );
        assert_eq!(wrapped("  one two", 7), ["  one", "two"]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrapped("", 3), [""; 0]);
    }
}
