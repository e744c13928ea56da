//! Pictures of a drawn buffer: its text, its text with a map of its styles, and SVG.

use std::fmt::Write as _;

use lambdeck::theme::{Role, Theme};
use ratatui::{
    buffer::{Buffer, Cell},
    style::{Color, Modifier, Style},
};
use unicode_width::UnicodeWidthStr as _;

/// A column of the picture in SVG units; a row is twice that and a bit.
const COLUMN: f32 = 8.4;
const ROW: f32 = 18.0;

/// The horizontal line of a border; a stretch of it is one line.
const BAR: &str = "─";

/// A stretch of cells in one style.
struct Run {
    x: u16,
    text: String,
    width: u16,
    style: Style,
}

/// The cells of a row; a wide character's second cell is left out.
fn cells(buffer: &Buffer, y: u16) -> impl Iterator<Item = (u16, &Cell)> {
    let mut skip = 0;
    (0..buffer.area.width).filter_map(move |x| {
        if skip > 0 {
            skip -= 1;
            return None;
        }
        let cell = &buffer[(x, y)];
        skip = cell.symbol().width().saturating_sub(1);
        Some((x, cell))
    })
}

/// The text, without trailing spaces.
pub fn text(buffer: &Buffer) -> String {
    rows(buffer, |_, cell| cell.symbol().to_owned())
}

fn rows(buffer: &Buffer, mut symbol: impl FnMut(u16, &Cell) -> String) -> String {
    let mut all = String::new();
    for y in 0..buffer.area.height {
        let row: String = cells(buffer, y).map(|(x, cell)| symbol(x, cell)).collect();
        all.push_str(row.trim_end());
        all.push('\n');
    }
    all
}

/// The text, a letter for the style of each cell, and what the letters mean.
pub fn styled(buffer: &Buffer, theme: &Theme) -> String {
    let base = comparable(theme.style(Role::Text));
    let mut styles: Vec<Style> = Vec::new();
    let map = rows(buffer, |_, cell| {
        let style = comparable(cell.style());
        if style == base || style == Style::new() {
            return " ".to_owned();
        }
        let place = styles.iter().position(|&known| known == style);
        let place = place.unwrap_or_else(|| {
            styles.push(style);
            styles.len() - 1
        });
        letter(place)
            .to_string()
            .repeat(cell.symbol().width().max(1))
    });
    let mut all = text(buffer);
    all.push_str("\n─── styles\n");
    all.push_str(&map);
    for (place, style) in styles.iter().enumerate() {
        let _ = writeln!(all, "{} {}", letter(place), described(*style, theme));
    }
    all
}

/// The letter that stands for a style in the map.
fn letter(place: usize) -> char {
    ('a'..='z').chain('A'..='Z').nth(place).unwrap_or('?')
}

/// A style without what cells carry besides.
fn comparable(style: Style) -> Style {
    let plain = |color: Option<Color>| color.filter(|&color| color != Color::Reset);
    Style {
        fg: plain(style.fg),
        bg: plain(style.bg),
        add_modifier: style.add_modifier,
        ..Style::new()
    }
}

/// A style in the words of the theme: a role, or `dim on selection, bold`.
fn described(style: Style, theme: &Theme) -> String {
    let ground = theme.style(Role::Text).bg;
    let of_role = |role: &&Role| {
        let role = comparable(theme.style(**role));
        let bg = role.bg.or(ground);
        Style { bg, ..role } == style
    };
    if let Some(role) = Role::ALL.iter().find(of_role) {
        return role.name().to_owned();
    }
    let name = |color: Color, of: fn(Style) -> Option<Color>| {
        Role::ALL
            .iter()
            .find(|role| of(theme.style(**role)) == Some(color))
            .map_or_else(|| color.to_string(), |role| role.name().to_owned())
    };
    let mut words = style
        .fg
        .map_or_else(|| "plain".to_owned(), |fg| name(fg, |style| style.fg));
    if let Some(bg) = style.bg.filter(|&bg| Some(bg) != ground) {
        let _ = write!(words, " on {}", name(bg, |style| style.bg));
    }
    for (modifier, _) in style.add_modifier.iter_names() {
        let _ = write!(words, ", {}", modifier.to_lowercase());
    }
    words
}

/// The screen as a picture. Lines of borders are drawn as lines, so that they meet in any font;
/// text is stretched to its cells, so that columns stay columns.
pub fn svg(buffer: &Buffer, theme: &Theme) -> String {
    let base = theme.style(Role::Text);
    let (ground, ink) = (hex(base.bg, "#000000"), hex(base.fg, "#ffffff"));
    let (width, height) = (buffer.area.width, buffer.area.height);
    let (full_width, full_height) = (f32::from(width) * COLUMN, f32::from(height) * ROW);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {full_width:.1} {full_height:.1}\" \
         font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"14\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{ground}\"/>\n"
    );
    for y in 0..height {
        for run in runs(buffer, y) {
            draw(&mut svg, &run, y, &ground, &ink);
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn runs(buffer: &Buffer, y: u16) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (x, cell) in cells(buffer, y) {
        let style = cell.style();
        let symbol = cell.symbol();
        let width = symbol.width() as u16;
        let joins = |run: &Run| match line(symbol) {
            None => line(&run.text).is_none() && !run.text.starts_with(BAR),
            Some(_) => symbol == BAR && run.text.starts_with(BAR),
        };
        match runs.last_mut() {
            Some(run) if run.style == style && joins(run) => {
                run.text.push_str(cell.symbol());
                run.width += width;
            }
            _ => runs.push(Run {
                x,
                text: cell.symbol().to_owned(),
                width,
                style,
            }),
        }
    }
    runs
}

fn draw(svg: &mut String, run: &Run, y: u16, ground: &str, ink: &str) {
    let (mut fg, mut bg) = (hex(run.style.fg, ink), hex(run.style.bg, ground));
    if run.style.add_modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    let (x, width) = (f32::from(run.x) * COLUMN, f32::from(run.width) * COLUMN);
    let top = f32::from(y) * ROW;
    if bg != ground {
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{ROW:.1}\" fill=\"{bg}\"/>"
        );
    }
    if run.text.starts_with(BAR) {
        let y = top + ROW / 2.0;
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {y:.1}h{width:.1}\" stroke=\"{fg}\" fill=\"none\"/>"
        );
        return;
    }
    if let Some(path) = line(&run.text) {
        let (x, y) = (x + COLUMN / 2.0, top + ROW / 2.0);
        let _ = writeln!(
            svg,
            "<path transform=\"translate({x:.1} {y:.1})\" d=\"{path}\" stroke=\"{fg}\" fill=\"none\"/>"
        );
        return;
    }
    let shown = run.text.trim_end();
    let text = shown.trim_start();
    if text.is_empty() {
        return;
    }
    let x = x + (shown.width() - text.width()) as f32 * COLUMN;
    let width = text.width() as f32 * COLUMN;
    let bold = run.style.add_modifier.contains(Modifier::BOLD);
    let weight = if bold { " font-weight=\"bold\"" } else { "" };
    let baseline = top + ROW * 0.74;
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let _ = writeln!(
        svg,
        "<text xml:space=\"preserve\" x=\"{x:.1}\" y=\"{baseline:.1}\" textLength=\"{width:.1}\" \
         lengthAdjust=\"spacingAndGlyphs\" fill=\"{fg}\"{weight}>{text}</text>"
    );
}

/// The path of a border's character, around the middle of its cell.
fn line(symbol: &str) -> Option<&'static str> {
    Some(match symbol {
        BAR => "M-4.2 0H4.2",
        "│" => "M0 -9V9",
        "┌" => "M4.2 0H0V9",
        "┐" => "M-4.2 0H0V9",
        "└" => "M4.2 0H0V-9",
        "┘" => "M-4.2 0H0V-9",
        _ => return None,
    })
}

fn hex(color: Option<Color>, default: &str) -> String {
    match color {
        Some(Color::Rgb(r, g, b)) => format!("#{r:02x}{g:02x}{b:02x}"),
        _ => default.to_owned(),
    }
}
