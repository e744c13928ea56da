use ratatui::style::Modifier;

use super::*;

/// The embedded themes whose colours are known.
const COLOURED: &[&str] = &["dark", "light", "high-contrast"];

/// Foreground and background of a role as they stand on the screen.
fn colours(theme: &Theme, role: Role) -> (Color, Color) {
    let (style, text) = (theme.style(role), theme.style(Role::Text));
    (style.fg.or(text.fg).unwrap(), style.bg.or(text.bg).unwrap())
}

/// Only draws lines, which need less contrast than text.
fn is_line(role: Role) -> bool {
    matches!(role, Role::Border | Role::BorderFocus)
}

fn check_contrast(depth: Depth, text: f64, lines: f64) {
    for name in COLOURED {
        let theme = Theme::builtin(name, depth);
        for role in Role::ALL {
            let least = if is_line(*role) { lines } else { text };
            let (fg, bg) = colours(&theme, *role);
            let contrast = contrast(fg, bg).unwrap();
            assert!(
                contrast >= least,
                "{name}, {depth:?}: {} has {contrast:.2}",
                role.name()
            );
        }
    }
}

#[test]
fn every_text_can_be_read_at_every_depth() {
    // WCAG 2.1 AA: 4.5 for text, 3 for graphics.
    check_contrast(Depth::Rgb, 4.5, 3.0);
    check_contrast(Depth::Indexed, 4.5, 3.0);
    // Of sixteen colours only a guess is known, that of xterm.
    check_contrast(Depth::Ansi16, 3.0, 3.0);
}

#[test]
fn high_contrast_is_higher() {
    let theme = Theme::builtin("high-contrast", Depth::Rgb);
    for role in Role::ALL {
        let (fg, bg) = colours(&theme, *role);
        assert!(contrast(fg, bg).unwrap() >= 7.0, "{}", role.name());
    }
}

#[test]
fn what_must_be_told_apart_differs_at_every_depth() {
    use Role::{
        Border, BorderFocus, Button, ButtonFocus, DangerBanner, Dialog, Header, Match,
        MatchCurrent, Selection, SelectionDim, Tab, TabActive, Text, Title, TitleFocus,
    };
    for (name, _) in BUILTIN {
        for depth in [Depth::Rgb, Depth::Indexed, Depth::Ansi16, Depth::Mono] {
            let theme = Theme::builtin(name, depth);
            for (a, b) in [
                (Selection, Text),
                (Selection, SelectionDim),
                (SelectionDim, Text),
                (BorderFocus, Border),
                (TitleFocus, Title),
                (TabActive, Tab),
                (ButtonFocus, Button),
                (Match, Text),
                (MatchCurrent, Match),
                (DangerBanner, Header),
                (ButtonFocus, Dialog),
            ] {
                let same = colours_or_none(&theme, a) == colours_or_none(&theme, b);
                assert!(
                    !same,
                    "{name}, {depth:?}: {} looks like {}",
                    a.name(),
                    b.name()
                );
            }
        }
    }
}

/// What shows: colours over the ground, and attributes.
fn colours_or_none(theme: &Theme, role: Role) -> (Option<Color>, Option<Color>, Modifier) {
    let (style, text) = (theme.style(role), theme.style(Role::Text));
    (
        style.fg.or(text.fg),
        style.bg.or(text.bg),
        style.add_modifier,
    )
}

#[test]
fn without_colours_nothing_is_coloured_and_selection_is_reversed() {
    for (name, _) in BUILTIN {
        let theme = Theme::builtin(name, Depth::Mono);
        for role in Role::ALL {
            let style = theme.style(*role);
            assert_eq!((style.fg, style.bg), (None, None), "{name} {}", role.name());
        }
        assert!(
            theme
                .style(Role::Selection)
                .add_modifier
                .contains(Modifier::REVERSED)
        );
        assert!(
            theme
                .style(Role::DangerBanner)
                .add_modifier
                .contains(Modifier::REVERSED)
        );
        assert!(
            theme
                .style(Role::BorderFocus)
                .add_modifier
                .contains(Modifier::BOLD)
        );
    }
}

#[test]
fn a_theme_never_has_more_colours_than_the_terminal() {
    for (name, _) in BUILTIN {
        for (depth, limit) in [(Depth::Ansi16, 16), (Depth::Indexed, 256)] {
            let theme = Theme::builtin(name, depth);
            for role in Role::ALL {
                let style = theme.style(*role);
                for color in [style.fg, style.bg].into_iter().flatten() {
                    let shown = color == Color::Reset
                        || color::index(color).is_some_and(|index| usize::from(index) < limit);
                    assert!(shown, "{name}, {depth:?}: {} is {color:?}", role.name());
                }
            }
        }
    }
}

#[test]
fn role_names_lead_back() {
    for (at, role) in Role::ALL.iter().enumerate() {
        assert_eq!(Role::from_name(role.name()), Some(*role));
        assert_eq!(*role as usize, at, "styles are found by position");
    }
    assert_eq!(Role::from_name("Text"), None);
}

#[test]
fn the_background_chooses_the_theme() {
    let choice = ThemeChoice {
        light: "paper".into(),
        dark: "ink".into(),
    };
    assert_eq!(choice.name_for(Some(Appearance::Light)), "paper");
    assert_eq!(choice.name_for(Some(Appearance::Dark)), "ink");
    assert_eq!(choice.name_for(None), "ink");
}

#[test]
fn the_name_of_an_appearance_is_an_embedded_theme() {
    for appearance in [Appearance::Dark, Appearance::Light] {
        let theme = Theme::builtin(appearance.name(), Depth::Rgb);
        assert_eq!(theme.name(), appearance.name());
    }
}

#[test]
fn the_background_is_taken_from_the_terminals_own_word() {
    assert_eq!(Appearance::from_colorfgbg("15;0"), Some(Appearance::Dark));
    assert_eq!(
        Appearance::from_colorfgbg("0;default;15"),
        Some(Appearance::Light)
    );
    assert_eq!(Appearance::from_colorfgbg("default;default"), None);
    assert_eq!(Appearance::from_colorfgbg(""), None);
}
