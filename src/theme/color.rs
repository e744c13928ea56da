//! Colours: read from a theme file, compared, and reduced to what the terminal can show.
//!
//! The only place where a colour is made of numbers.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where themes become colours"
)]

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None (`NO_COLOR`, a dumb terminal): attributes only.
    Mono,
    /// The 16 of the terminal's own palette.
    Ansi16,
    /// The fixed 256.
    Indexed,
    /// 24 bits.
    Rgb,
}

impl Depth {
    /// What a terminal shows, from `TERM` and `COLORTERM`, and whether `NO_COLOR` is set.
    pub fn detect(term: Option<&str>, colorterm: Option<&str>, no_color: bool) -> Depth {
        let term = term.unwrap_or_default();
        let emulators = [
            "alacritty",
            "foot",
            "ghostty",
            "kitty",
            "wezterm",
            "iterm",
            "contour",
            "rio",
        ];
        if no_color || term == "dumb" || term.starts_with("vt") {
            Depth::Mono
        } else if matches!(colorterm, Some("truecolor" | "24bit"))
            || term.contains("direct")
            || term.contains("truecolor")
            || emulators.iter().any(|name| term.contains(name))
        {
            Depth::Rgb
        } else if term.contains("256color") {
            Depth::Indexed
        } else {
            Depth::Ansi16
        }
    }
}

/// The names that a theme file may use, in the order of the palette, then the terminal's own colour.
const NAMES: &[(&str, Color)] = &[
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("white", Color::Gray),
    ("bright_black", Color::DarkGray),
    ("bright_red", Color::LightRed),
    ("bright_green", Color::LightGreen),
    ("bright_yellow", Color::LightYellow),
    ("bright_blue", Color::LightBlue),
    ("bright_magenta", Color::LightMagenta),
    ("bright_cyan", Color::LightCyan),
    ("bright_white", Color::White),
    ("default", Color::Reset),
];

/// The names of the terminal's own colours.
pub(super) fn names<'a>() -> impl Iterator<Item = &'a str> {
    NAMES.iter().map(|(name, _)| *name)
}

/// Reads `#rgb`, `#rrggbb`, a name of the terminal's palette, or `default`.
pub(super) fn parse(text: &str) -> Option<Color> {
    let Some(digits) = text.strip_prefix('#') else {
        return NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, color)| *color);
    };
    // A sign would pass `from_str_radix`.
    if !digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let number = u32::from_str_radix(digits, 16).ok()?;
    let part = |shift: u32, mask: u32| ((number >> shift) & mask) as u8;
    match digits.len() {
        3 => Some(Color::Rgb(
            part(8, 0xf) * 17,
            part(4, 0xf) * 17,
            part(0, 0xf) * 17,
        )),
        6 => Some(Color::Rgb(part(16, 0xff), part(8, 0xff), part(0, 0xff))),
        _ => None,
    }
}

/// A colour of the 256; the first sixteen by their names.
pub(super) fn indexed(index: u8) -> Color {
    NAMES[..16]
        .get(usize::from(index))
        .map_or(Color::Indexed(index), |(_, color)| *color)
}

/// The position in the 256 colours of a colour that is not given by its parts.
pub(super) fn index(color: Color) -> Option<u8> {
    match color {
        Color::Indexed(index) => Some(index),
        Color::Reset | Color::Rgb(..) => None,
        named => NAMES
            .iter()
            .position(|(_, color)| *color == named)
            .map(|at| at as u8),
    }
}

/// What lies under a colour that is to be reduced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ground {
    /// As the terminal shows it.
    pub(super) shown: Color,
    /// The contrast of the theme's own colours; reading needs no more than 4.5.
    pub(super) contrast: f64,
}

/// The nearest colour that the terminal shows and that can be read, as far as the theme's own colours could.
pub(super) fn reduce(color: Color, depth: Depth, on: Option<Ground>) -> Color {
    let Some(wanted) = parts(color) else {
        return color;
    };
    let candidates: Box<dyn Iterator<Item = Color>> = match (depth, color) {
        (Depth::Mono, _) => return Color::Reset,
        (Depth::Ansi16, Color::Rgb(..) | Color::Indexed(_)) => {
            Box::new(NAMES[..16].iter().map(|(_, color)| *color))
        }
        (Depth::Indexed, Color::Rgb(..)) => Box::new((16..=255).map(Color::Indexed)),
        _ => return color,
    };
    // What the sixteen really look like is not known, so less is asked of the guess.
    let enough = if depth == Depth::Ansi16 { 3.0 } else { 4.5 };
    let is_readable = |candidate| {
        let Some(ground) = on else { return true };
        contrast(candidate, ground.shown).is_none_or(|shown| shown >= ground.contrast.min(enough))
    };
    let mut best = (f64::MAX, color);
    for candidate in candidates {
        let Some(shown) = parts(candidate) else {
            continue;
        };
        let readable = is_readable(candidate);
        // First to be read, then to mean the same (red is not green), then to look alike.
        let cost = distance(wanted, shown)
            + if readable { 0.0 } else { 1e12 }
            + if depth == Depth::Ansi16 {
                1e6 * f64::from(estrangement(wanted, shown))
            } else {
                0.0
            };
        if cost < best.0 {
            best = (cost, candidate);
        }
    }
    best.1
}

/// The contrast of two colours by WCAG 2.1, from 1 to 21; `None` where the terminal decides what a colour is.
pub fn contrast(a: Color, b: Color) -> Option<f64> {
    let (a, b) = (luminance(parts(a)?), luminance(parts(b)?));
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

/// Relative luminance, WCAG 2.1.
fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 {
            part / 12.92
        } else {
            ((part + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// How different two colours look ("redmean", a cheap stand-in for a perceptual space).
fn distance((r1, g1, b1): (u8, u8, u8), (r2, g2, b2): (u8, u8, u8)) -> f64 {
    let mean = f64::midpoint(f64::from(r1), f64::from(r2));
    let square = |a: u8, b: u8| (f64::from(a) - f64::from(b)).powi(2);
    (2.0 + mean / 256.0) * square(r1, r2)
        + 4.0 * square(g1, g2)
        + (2.0 + (255.0 - mean) / 256.0) * square(b1, b2)
}

/// How far apart two colours are in meaning: 0 the same hue, or both grey; 1 grey instead of a hue; 2 another hue.
fn estrangement(wanted: (u8, u8, u8), shown: (u8, u8, u8)) -> u8 {
    match (hue(wanted), hue(shown)) {
        (None, None) => 0,
        (Some(_), None) => 1,
        (None, Some(_)) => 2,
        (Some(wanted), Some(shown)) => {
            let apart = (wanted - shown).abs();
            if apart.min(360.0 - apart) <= 45.0 {
                0
            } else {
                2
            }
        }
    }
}

/// The hue in degrees; `None` of what is nearly grey.
fn hue((r, g, b): (u8, u8, u8)) -> Option<f64> {
    const GREY: u8 = 40;
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    if most - least < GREY {
        return None;
    }
    let (red, green, blue) = (f64::from(r), f64::from(g), f64::from(b));
    let range = f64::from(most - least);
    let sector = if most == r {
        (green - blue) / range
    } else if most == g {
        2.0 + (blue - red) / range
    } else {
        4.0 + (red - green) / range
    };
    Some((sector * 60.0).rem_euclid(360.0))
}

/// Red, green and blue; of the terminal's palette those of xterm. `None` for the terminal's default.
fn parts(color: Color) -> Option<(u8, u8, u8)> {
    const XTERM: [(u8, u8, u8); 16] = [
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (0, 0, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ];
    if let Color::Rgb(r, g, b) = color {
        return Some((r, g, b));
    }
    let index = index(color)?;
    Some(match index {
        0..=15 => XTERM[usize::from(index)],
        16..=231 => {
            let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
            let cube = index - 16;
            (level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        232..=255 => {
            let grey = 8 + 10 * (index - 232);
            (grey, grey, grey)
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ground(shown: Color) -> Ground {
        Ground {
            shown,
            contrast: 4.5,
        }
    }

    #[test]
    fn colours_are_read() {
        for (text, color) in [
            ("#abc", Some(Color::Rgb(0xaa, 0xbb, 0xcc))),
            ("#A1b2C3", Some(Color::Rgb(0xa1, 0xb2, 0xc3))),
            ("red", Some(Color::Red)),
            ("bright_black", Some(Color::DarkGray)),
            ("white", Some(Color::Gray)),
            ("default", Some(Color::Reset)),
            ("#ab", None),
            ("#abcd", None),
            ("#", None),
            ("#+ab", None),
            ("#ggg", None),
            ("#日本", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(parse(text), color, "{text:?}");
        }
    }

    #[test]
    fn the_terminal_is_asked_by_its_name() {
        for (term, colorterm, no_color, depth) in [
            (Some("xterm-256color"), None, false, Depth::Indexed),
            (Some("xterm-256color"), Some("truecolor"), false, Depth::Rgb),
            (Some("xterm-256color"), Some("24bit"), false, Depth::Rgb),
            (Some("xterm-256color"), Some("truecolor"), true, Depth::Mono),
            (Some("xterm-kitty"), None, false, Depth::Rgb),
            (Some("xterm-direct"), None, false, Depth::Rgb),
            (Some("linux"), None, false, Depth::Ansi16),
            (Some("xterm"), Some("yes"), false, Depth::Ansi16),
            (Some("dumb"), Some("truecolor"), false, Depth::Mono),
            (None, None, false, Depth::Ansi16),
        ] {
            assert_eq!(
                Depth::detect(term, colorterm, no_color),
                depth,
                "{term:?} {colorterm:?}"
            );
        }
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        let black_white = contrast(Color::Rgb(0, 0, 0), Color::Rgb(255, 255, 255)).unwrap();
        assert!((black_white - 21.0).abs() < 1e-9);
        // A published pair: #767676 on white is the lightest grey that passes, at 4.54.
        let grey = contrast(Color::Rgb(0x76, 0x76, 0x76), Color::Rgb(255, 255, 255)).unwrap();
        assert!((grey - 4.54).abs() < 0.01, "{grey}");
        assert_eq!(contrast(Color::Reset, Color::Black), None);
    }

    #[test]
    fn the_nearest_colour_is_taken() {
        assert_eq!(
            reduce(Color::Rgb(95, 135, 175), Depth::Indexed, None),
            Color::Indexed(67)
        );
        assert_eq!(
            reduce(Color::Rgb(250, 5, 5), Depth::Ansi16, None),
            Color::LightRed
        );
        assert_eq!(
            reduce(Color::Indexed(196), Depth::Ansi16, None),
            Color::LightRed
        );
        assert_eq!(reduce(Color::Red, Depth::Ansi16, None), Color::Red);
        assert_eq!(reduce(Color::Reset, Depth::Ansi16, None), Color::Reset);
        assert_eq!(
            reduce(Color::Rgb(1, 2, 3), Depth::Rgb, None),
            Color::Rgb(1, 2, 3)
        );
    }

    #[test]
    fn a_colour_that_could_be_read_stays_readable() {
        let (grey, black) = (Color::Rgb(0x8a, 0x8a, 0x8a), Color::Rgb(0x10, 0x10, 0x10));
        let on = reduce(black, Depth::Ansi16, None);
        assert_eq!(on, Color::Black);
        let shown = reduce(grey, Depth::Ansi16, Some(ground(on)));
        assert!(contrast(shown, on).unwrap() >= 3.0, "{shown:?}");
        let blue = reduce(
            Color::Rgb(0x5c, 0x8c, 0xff),
            Depth::Ansi16,
            Some(ground(Color::Black)),
        );
        assert_eq!(
            blue,
            Color::LightBlue,
            "xterm's blue on black cannot be read"
        );
    }

    #[test]
    fn sixteen_colours_keep_the_hue_or_give_it_up() {
        let green = reduce(
            Color::Rgb(0x8f, 0xd2, 0x8f),
            Depth::Ansi16,
            Some(ground(Color::Black)),
        );
        assert!(
            matches!(green, Color::Green | Color::LightGreen),
            "{green:?}"
        );
        let dark_green = reduce(
            Color::Rgb(0x1d, 0x6b, 0x2c),
            Depth::Ansi16,
            Some(ground(Color::White)),
        );
        assert!(
            matches!(dark_green, Color::Black | Color::DarkGray),
            "no green can be read on white, and red would be a lie: {dark_green:?}"
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "#?[0-9a-fA-F+é]{0,8}|.{0,10}") {
            let _ = parse(&text);
        }

        #[test]
        fn a_reduced_colour_can_be_shown(r: u8, g: u8, b: u8, on: Option<u8>) {
            let on = on.map(Color::Indexed).map(ground);
            let small = reduce(Color::Rgb(r, g, b), Depth::Ansi16, on);
            prop_assert!(index(small).is_some_and(|i| i < 16));
            let medium = reduce(Color::Rgb(r, g, b), Depth::Indexed, on);
            prop_assert!(index(medium).is_some_and(|i| i >= 16));
            prop_assert_eq!(reduce(Color::Rgb(r, g, b), Depth::Mono, on), Color::Reset);
        }
    }
}
