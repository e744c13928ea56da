//! The theme: what each [`Role`] looks like on this terminal, resolved once.
//!
//! A theme is a TOML file: `name`, `appearance`, `inherits`, a `[palette]` of named colours and `[roles]`. Four are
//! embedded, the user's stand in `themes/` of the config directory. A mistake in one never stops the start: it becomes a
//! problem, and the role is inherited. Where the terminal shows fewer colours they are reduced; where it shows none,
//! attributes take their place.
//!
//! Not here: when a theme is chosen or changed (the app), and highlighting itself.

mod color;
mod file;
mod role;

use std::path::Path;

use ratatui::style::{Color, Style};

use crate::settings::{Problem, ThemeChoice};
use file::{Paint, ResolvedTheme};

pub use color::{Depth, contrast};
pub use file::BUILTIN;
pub use role::Role;

/// Whether a theme, or a terminal, is dark or light.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appearance {
    /// Light text on dark.
    Dark,
    /// Dark text on light.
    Light,
}

impl Appearance {
    /// Its name in a file, which is also the name of the embedded theme.
    pub fn name(self) -> &'static str {
        match self {
            Appearance::Dark => "dark",
            Appearance::Light => "light",
        }
    }

    /// The appearance of that name.
    pub fn from_name(name: &str) -> Option<Appearance> {
        [Appearance::Dark, Appearance::Light]
            .into_iter()
            .find(|a| a.name() == name)
    }

    /// What `COLORFGBG` says (`15;0`, `0;default;15`): the last field is the background, one of
    /// the terminal's 16 colours.
    pub fn from_colorfgbg(value: &str) -> Option<Appearance> {
        match value.rsplit(';').next()?.parse::<u8>().ok()? {
            0..=6 | 8 => Some(Appearance::Dark),
            7 | 9..=15 => Some(Appearance::Light),
            _ => None,
        }
    }
}

impl ThemeChoice {
    /// The theme for a terminal; dark when its background is not known.
    pub fn name_for(&self, background: Option<Appearance>) -> &str {
        match background {
            Some(Appearance::Light) => &self.light,
            Some(Appearance::Dark) | None => &self.dark,
        }
    }
}

/// A style for each role, fitted to the terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    name: String,
    styles: [Style; Role::COUNT],
}

impl Default for Theme {
    /// The dark theme in all its colours.
    fn default() -> Theme {
        Theme::builtin(Appearance::Dark.name(), Depth::Rgb)
    }
}

impl Theme {
    /// Reads a theme by name: the user's of that name in `themes`, else the embedded one, else the default one.
    pub fn load(name: &str, themes: Option<&Path>, depth: Depth) -> (Theme, Vec<Problem>) {
        let (resolved, problems) = file::load(name, themes);
        (Theme::resolve(resolved, depth), problems)
    }

    /// An embedded theme; of an unknown name the default one.
    pub fn builtin(name: &str, depth: Depth) -> Theme {
        Theme::load(name, None, depth).0
    }

    /// What a role looks like.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// The theme's own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn resolve(resolved: ResolvedTheme, depth: Depth) -> Theme {
        let text = resolved.roles.get(&Role::Text).copied().unwrap_or_default();
        let mut styles = [Style::new(); Role::COUNT];
        for role in Role::ALL {
            let paint = resolved.roles.get(role).copied().unwrap_or_default();
            styles[*role as usize] = fit(*role, paint, text.bg, depth);
        }
        Theme {
            name: resolved.name,
            styles,
        }
    }
}

/// The style of a role on a terminal; `ground` is what lies under it where it has no background of its own.
fn fit(role: Role, paint: Paint, ground: Option<Color>, depth: Depth) -> Style {
    let modifiers = paint.modifiers.unwrap_or_default();
    if depth == Depth::Mono {
        return Style::new().add_modifier(modifiers | role.mono());
    }
    let shown = |color: Color| color::reduce(color, depth, None);
    let under = paint.bg.or(ground);
    let mut style = Style::new().add_modifier(modifiers);
    style.bg = paint.bg.map(shown);
    style.fg = paint.fg.map(|fg| {
        let on = under.map(|bg| color::Ground {
            shown: shown(bg),
            contrast: contrast(fg, bg).unwrap_or(1.0),
        });
        color::reduce(fg, depth, on)
    });
    // Where two backgrounds became one, an attribute tells the role apart.
    if paint.bg.is_some() && paint.bg != ground && style.bg == ground.map(shown) {
        style = style.add_modifier(role.mono());
    }
    style
}

#[cfg(test)]
mod tests;
