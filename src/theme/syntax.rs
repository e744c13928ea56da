//! The theme for syntect, made of roles, and the way back from its styles to ours.
//!
//! syntect knows only colours of 24 bits. What is not one travels in the alpha channel: 0 means that red is a position in
//! the palette, 1 means the terminal's own colour. Highlighting itself is not done here.

use std::str::FromStr as _;

use ratatui::style::{Color, Modifier, Style};
use syntect::highlighting::{
    Color as SyntectColor, FontStyle, ScopeSelectors, Style as SyntectStyle, StyleModifier,
    Theme as SyntectTheme, ThemeItem, ThemeSettings,
};

use super::{Role, Theme, color};

const INDEXED: u8 = 0;
const DEFAULT: u8 = 1;
const OPAQUE: u8 = 255;

/// Which role a scope of a syntax gets. Of several that match, the most specific counts.
const SCOPES: &[(&str, Role)] = &[
    ("comment", Role::Dim),
    ("string", Role::JsonString),
    ("constant.numeric", Role::JsonNumber),
    ("constant.language", Role::JsonBool),
    ("constant.language.null", Role::JsonNull),
    ("constant.character.escape", Role::JsonNumber),
    ("punctuation, meta.brace", Role::JsonPunct),
    ("punctuation.definition.string", Role::JsonString),
    ("meta.mapping.key string", Role::JsonKey),
    ("meta.structure.dictionary.key string", Role::JsonKey),
    (
        "entity.name.tag, entity.other.attribute-name, support.type.property-name",
        Role::JsonKey,
    ),
    ("keyword, storage", Role::Accent),
    ("entity.name, support.function", Role::Title),
    ("invalid", Role::Error),
];

/// The theme for syntect, in the colours of ours.
pub fn syntect_theme(theme: &Theme) -> SyntectTheme {
    let text = theme.style(Role::Text);
    let item = |(scope, role): &(&str, Role)| {
        let style = theme.style(*role);
        Some(ThemeItem {
            scope: ScopeSelectors::from_str(scope).ok()?,
            style: StyleModifier {
                foreground: Some(encode(style.fg)),
                background: None,
                font_style: Some(font_style(style.add_modifier)),
            },
        })
    };
    SyntectTheme {
        name: Some(theme.name().to_owned()),
        author: None,
        settings: ThemeSettings {
            foreground: Some(encode(text.fg)),
            background: Some(encode(text.bg)),
            ..ThemeSettings::default()
        },
        scopes: SCOPES.iter().filter_map(item).collect(),
    }
}

/// Our style of a piece that syntect highlighted with [`syntect_theme`]. The background is left to what lies under it.
pub fn from_syntect(style: SyntectStyle) -> Style {
    let SyntectColor { r, g, b, a } = style.foreground;
    let mut ours = match a {
        INDEXED => Style::new().fg(color::indexed(r)),
        DEFAULT => Style::new(),
        _ => Style::new().fg(color::rgb(r, g, b)),
    };
    for (theirs, modifier) in FONT_STYLES {
        if style.font_style.contains(*theirs) {
            ours = ours.add_modifier(*modifier);
        }
    }
    ours
}

const FONT_STYLES: &[(FontStyle, Modifier)] = &[
    (FontStyle::BOLD, Modifier::BOLD),
    (FontStyle::UNDERLINE, Modifier::UNDERLINED),
    (FontStyle::ITALIC, Modifier::ITALIC),
];

fn font_style(modifiers: Modifier) -> FontStyle {
    let mut style = FontStyle::empty();
    for (theirs, modifier) in FONT_STYLES {
        style.set(*theirs, modifiers.contains(*modifier));
    }
    style
}

fn encode(color: Option<Color>) -> SyntectColor {
    match color {
        Some(Color::Rgb(r, g, b)) => SyntectColor { r, g, b, a: OPAQUE },
        Some(named) => match color::index(named) {
            Some(index) => SyntectColor {
                r: index,
                g: 0,
                b: 0,
                a: INDEXED,
            },
            None => SyntectColor {
                r: 0,
                g: 0,
                b: 0,
                a: DEFAULT,
            },
        },
        None => SyntectColor {
            r: 0,
            g: 0,
            b: 0,
            a: DEFAULT,
        },
    }
}

#[cfg(test)]
mod tests {
    use syntect::easy::HighlightLines;
    use syntect::parsing::SyntaxSet;

    use super::*;
    use crate::theme::Depth;

    fn styles(depth: Depth, extension: &str, line: &str) -> Vec<(String, Style)> {
        let syntaxes = SyntaxSet::load_defaults_newlines();
        let syntax = syntaxes.find_syntax_by_extension(extension).unwrap();
        let theme = syntect_theme(&Theme::builtin("dark", depth));
        HighlightLines::new(syntax, &theme)
            .highlight_line(line, &syntaxes)
            .unwrap()
            .into_iter()
            .map(|(style, text)| (text.to_owned(), from_syntect(style)))
            .collect()
    }

    fn of(styles: &[(String, Style)], text: &str) -> Style {
        styles
            .iter()
            .find(|(piece, _)| piece.contains(text))
            .unwrap_or_else(|| panic!("{text}: {styles:?}"))
            .1
    }

    #[test]
    fn every_scope_is_one() {
        for (scope, _) in SCOPES {
            assert!(ScopeSelectors::from_str(scope).is_ok(), "{scope}");
        }
        let theme = Theme::builtin("dark", Depth::Rgb);
        assert_eq!(syntect_theme(&theme).scopes.len(), SCOPES.len());
    }

    #[test]
    fn json_has_the_colours_of_the_roles_at_every_depth() {
        for depth in [Depth::Rgb, Depth::Indexed, Depth::Ansi16] {
            let theme = Theme::builtin("dark", depth);
            let styles = styles(
                depth,
                "json",
                "{\"order\": \"o-8812\", \"amount\": 150, \"ok\": true}\n",
            );
            for (text, role) in [
                ("order", Role::JsonKey),
                ("o-8812", Role::JsonString),
                ("150", Role::JsonNumber),
                ("true", Role::JsonBool),
                ("{", Role::JsonPunct),
            ] {
                assert_eq!(
                    of(&styles, text).fg,
                    theme.style(role).fg,
                    "{text} at {depth:?}"
                );
            }
        }
    }

    #[test]
    fn without_colours_there_are_attributes() {
        let styles = styles(Depth::Mono, "json", "{\"order\": 1}\n");
        assert!(styles.iter().all(|(_, style)| style.fg.is_none()));
        assert!(of(&styles, "order").add_modifier.contains(Modifier::BOLD));
    }

    #[test]
    fn other_syntaxes_are_coloured_too() {
        let theme = Theme::builtin("dark", Depth::Rgb);
        let yaml = styles(Depth::Rgb, "yaml", "order: 12 # note\n");
        assert_eq!(of(&yaml, "note").fg, theme.style(Role::Dim).fg);
        let html = styles(Depth::Rgb, "html", "<b class=\"x\">y</b>\n");
        assert_eq!(of(&html, "b").fg, theme.style(Role::JsonKey).fg);
    }
}
