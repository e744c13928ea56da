//! Reads theme files: palette, roles, inheritance, with everything wrong in them collected.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use ratatui::style::{Color, Modifier};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Appearance, Role, color};
use crate::settings::{Document, Problem, entries, read_text};

/// The embedded themes.
pub const BUILTIN: &[(&str, &str)] = &[
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    (
        "high-contrast",
        include_str!("../../themes/high-contrast.toml"),
    ),
    ("ansi", include_str!("../../themes/ansi.toml")),
];

/// What a file says of one role; what it does not say is inherited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Paint {
    pub(super) fg: Option<Color>,
    pub(super) bg: Option<Color>,
    pub(super) modifiers: Option<Modifier>,
}

impl Paint {
    fn or(self, below: Paint) -> Paint {
        Paint {
            fg: self.fg.or(below.fg),
            bg: self.bg.or(below.bg),
            modifiers: self.modifiers.or(below.modifiers),
        }
    }
}

/// A theme with all that it inherits, before it is fitted to a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResolvedTheme {
    pub(super) name: String,
    pub(super) appearance: Appearance,
    pub(super) roles: HashMap<Role, Paint>,
}

/// One file, alone.
#[derive(Debug, Default)]
struct Raw {
    name: Option<String>,
    appearance: Option<Appearance>,
    inherits: Option<String>,
    roles: HashMap<Role, Paint>,
}

/// Where a theme's text comes from. A user's file comes before an embedded one of the same name, which it may inherit.
struct Source {
    file: PathBuf,
    text: String,
    embedded: bool,
}

/// Reads a theme and all that it inherits.
pub(super) fn load(name: &str, themes: Option<&Path>) -> (ResolvedTheme, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut resolved = ResolvedTheme {
        name: name.to_owned(),
        appearance: Appearance::Dark,
        roles: HashMap::new(),
    };
    let mut named = false;
    let mut appearance = None;
    let mut visited: Vec<PathBuf> = Vec::new();
    let mut next = Some(name.to_owned());
    while let Some(wanted) = next.take() {
        let skip_user = visited.contains(&user_file(&wanted, themes));
        let source = match find(&wanted, themes, skip_user) {
            Ok(Some(source)) if !visited.contains(&source.file) => source,
            Ok(found) => {
                let cycle = skip_user || found.is_some();
                problems.push(missing(&wanted, themes, visited.last(), cycle));
                break;
            }
            Err(problem) => {
                problems.push(problem);
                break;
            }
        };
        let (raw, mut found) = parse(&source.file, &source.text);
        problems.append(&mut found);
        if !named {
            resolved.name = raw.name.unwrap_or(wanted);
            named = true;
        }
        appearance = appearance.or(raw.appearance);
        for (role, paint) in raw.roles {
            let above = resolved.roles.get(&role).copied().unwrap_or_default();
            resolved.roles.insert(role, above.or(paint));
        }
        visited.push(source.file);
        next = raw.inherits;
        if next.is_none() && source.embedded {
            break;
        }
        // A theme that inherits nothing still needs every role.
        next = next.or_else(|| Some(appearance.unwrap_or(Appearance::Dark).name().to_owned()));
    }
    resolved.appearance = appearance.unwrap_or(Appearance::Dark);
    if !Role::ALL
        .iter()
        .all(|role| resolved.roles.contains_key(role))
    {
        complete(&mut resolved);
    }
    (resolved, problems)
}

/// Fills what a broken chain of files left out from the embedded theme of that appearance.
fn complete(resolved: &mut ResolvedTheme) {
    let name = resolved.appearance.name();
    let text = BUILTIN
        .iter()
        .find(|(builtin, _)| *builtin == name)
        .map_or("", |(_, text)| text);
    let (raw, _) = parse(Path::new(name), text);
    for (role, paint) in raw.roles {
        let above = resolved.roles.get(&role).copied().unwrap_or_default();
        resolved.roles.insert(role, above.or(paint));
    }
}

fn user_file(name: &str, themes: Option<&Path>) -> PathBuf {
    themes.unwrap_or(Path::new("")).join(format!("{name}.toml"))
}

/// The text of a theme, the user's first. `Ok(None)`: there is none of that name.
fn find(name: &str, themes: Option<&Path>, skip_user: bool) -> Result<Option<Source>, Problem> {
    let plain = name
        .chars()
        .all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    if plain && !skip_user && themes.is_some() {
        let file = user_file(name, themes);
        if let Some(text) = read_text(&file)? {
            return Ok(Some(Source {
                file,
                text,
                embedded: false,
            }));
        }
    }
    Ok(BUILTIN
        .iter()
        .find(|(builtin, _)| *builtin == name)
        .map(|(_, text)| Source {
            file: PathBuf::from(format!("lambdeck:themes/{name}.toml")),
            text: (*text).to_owned(),
            embedded: true,
        }))
}

/// Says that a theme is not there, or that it inherits itself.
fn missing(name: &str, themes: Option<&Path>, from: Option<&PathBuf>, cycle: bool) -> Problem {
    let file = from.cloned().unwrap_or_else(|| user_file(name, themes));
    let message = if cycle {
        format!("the theme inherits itself through {name:?}; the rest comes from the default theme")
    } else {
        let near = crate::settings::nearest(name, BUILTIN.iter().map(|(name, _)| *name));
        let near = near
            .map(|near| format!(", did you mean {near:?}?"))
            .unwrap_or_default();
        format!("there is no theme {name:?}{near}; the default theme is used")
    };
    Problem::of_file(&file, message)
}

/// Reads one file. Never fails: what is wrong is left out and reported.
fn parse(file: &Path, text: &str) -> (Raw, Vec<Problem>) {
    let (mut document, table) = Document::parse(file, text);
    let mut raw = Raw::default();
    let mut palette = HashMap::new();
    // The palette may stand below the roles that use it.
    for (key, value) in entries(&table) {
        if key.get_ref() == "palette" {
            palette = read_palette(value, &mut document);
        }
    }
    for (key, value) in entries(&table) {
        match key.get_ref().as_ref() {
            "palette" => {}
            "name" => raw.name = text_of(value, "the name of the theme", &mut document),
            "appearance" => raw.appearance = read_appearance(value, &mut document),
            "inherits" => {
                raw.inherits = text_of(value, "the name of a theme", &mut document);
            }
            "roles" => match value.get_ref().as_table() {
                Some(roles) => raw.roles = read_roles(roles, &palette, &mut document),
                None => document.report_type(value, "a section of roles"),
            },
            other => document.report_unknown(
                key.span(),
                "key",
                other,
                ["name", "appearance", "inherits", "palette", "roles"],
            ),
        }
    }
    (raw, document.into_problems())
}

fn text_of(
    value: &Spanned<DeValue<'_>>,
    wanted: &str,
    document: &mut Document<'_>,
) -> Option<String> {
    let text = value.get_ref().as_str().map(str::to_owned);
    if text.is_none() {
        document.report_type(value, wanted);
    }
    text
}

fn read_appearance(
    value: &Spanned<DeValue<'_>>,
    document: &mut Document<'_>,
) -> Option<Appearance> {
    let name = text_of(value, "\"dark\" or \"light\"", document)?;
    let appearance = Appearance::from_name(&name);
    if appearance.is_none() {
        document.report_unknown(value.span(), "appearance", &name, ["dark", "light"]);
    }
    appearance
}

fn read_palette(
    value: &Spanned<DeValue<'_>>,
    document: &mut Document<'_>,
) -> HashMap<String, Color> {
    let mut palette = HashMap::new();
    let Some(table) = value.get_ref().as_table() else {
        document.report_type(value, "a section of colours");
        return palette;
    };
    for (key, value) in entries(table) {
        if let Some(color) = read_color(value, &HashMap::new(), document) {
            palette.insert(key.get_ref().clone().into_owned(), color);
        }
    }
    palette
}

fn read_roles(
    table: &DeTable<'_>,
    palette: &HashMap<String, Color>,
    document: &mut Document<'_>,
) -> HashMap<Role, Paint> {
    let mut roles = HashMap::new();
    for (key, value) in entries(table) {
        let name = key.get_ref().as_ref();
        if let Some(role) = Role::from_name(name) {
            roles.insert(role, read_paint(value, palette, document));
        } else {
            let known = Role::ALL.iter().map(|role| role.name());
            document.report_unknown(key.span(), "role", name, known);
        }
    }
    roles
}

fn read_paint(
    value: &Spanned<DeValue<'_>>,
    palette: &HashMap<String, Color>,
    document: &mut Document<'_>,
) -> Paint {
    let mut paint = Paint::default();
    let Some(table) = value.get_ref().as_table() else {
        paint.fg = read_color(value, palette, document);
        return paint;
    };
    for (key, value) in entries(table) {
        match key.get_ref().as_ref() {
            "fg" => paint.fg = read_color(value, palette, document),
            "bg" => paint.bg = read_color(value, palette, document),
            "modifiers" => paint.modifiers = Some(read_modifiers(value, document)),
            other => {
                document.report_unknown(key.span(), "key", other, ["fg", "bg", "modifiers"]);
            }
        }
    }
    paint
}

fn read_color(
    value: &Spanned<DeValue<'_>>,
    palette: &HashMap<String, Color>,
    document: &mut Document<'_>,
) -> Option<Color> {
    const WANTED: &str = "a colour: \"#rrggbb\", \"#rgb\", a name, or a number from 0 to 255";
    let found = match value.get_ref() {
        DeValue::String(text) => {
            let color = palette
                .get(text.as_ref())
                .copied()
                .or_else(|| color::parse(text));
            if color.is_none() && !text.starts_with('#') {
                let known = palette.keys().map(String::as_str).chain(color::names());
                document.report_unknown(value.span(), "colour", text, known);
                return None;
            }
            color
        }
        DeValue::Integer(number) => u8::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(color::indexed),
        _ => {
            document.report_type(value, WANTED);
            return None;
        }
    };
    if found.is_none() {
        document.report(value.span(), format!("expected {WANTED}"));
    }
    found
}

fn read_modifiers(value: &Spanned<DeValue<'_>>, document: &mut Document<'_>) -> Modifier {
    const MODIFIERS: &[(&str, Modifier)] = &[
        ("bold", Modifier::BOLD),
        ("dim", Modifier::DIM),
        ("italic", Modifier::ITALIC),
        ("underlined", Modifier::UNDERLINED),
        ("reversed", Modifier::REVERSED),
        ("crossed_out", Modifier::CROSSED_OUT),
    ];
    let mut modifiers = Modifier::empty();
    let Some(list) = value.get_ref().as_array() else {
        document.report_type(value, "a list of modifiers, such as [\"bold\"]");
        return modifiers;
    };
    for item in list {
        let Some(name) = item.get_ref().as_str() else {
            document.report_type(item, "a modifier, such as \"bold\"");
            continue;
        };
        if let Some((_, modifier)) = MODIFIERS.iter().find(|(known, _)| *known == name) {
            modifiers |= *modifier;
        } else {
            let known = MODIFIERS.iter().map(|(name, _)| *name);
            document.report_unknown(item.span(), "modifier", name, known);
        }
    }
    modifiers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_embedded_theme_is_sound_and_defines_each_role() {
        for (name, text) in BUILTIN {
            let (raw, problems) = parse(Path::new(name), text);
            assert_eq!(problems, [], "{name}");
            assert_eq!(raw.name.as_deref(), Some(*name));
            assert!(raw.appearance.is_some(), "{name}");
            assert_eq!(raw.inherits, None, "{name}");
            for role in Role::ALL {
                assert!(
                    raw.roles.contains_key(role),
                    "{name} does not define {}",
                    role.name()
                );
            }
        }
    }

    #[test]
    fn ansi_uses_the_terminals_own_colours() {
        let (resolved, _) = load("ansi", None);
        for paint in resolved.roles.values() {
            for color in [paint.fg, paint.bg].into_iter().flatten() {
                assert!(
                    color == Color::Reset || color::index(color).is_some_and(|i| i < 16),
                    "{color:?}"
                );
            }
        }
    }

    fn themes(files: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(format!("{name}.toml")), text).unwrap();
        }
        dir
    }

    fn messages(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|p| p.message.as_str()).collect()
    }

    #[test]
    fn what_a_theme_leaves_out_is_inherited_field_by_field() {
        let dir = themes(&[
            (
                "mine",
                "inherits = \"light\"\n[palette]\nhot = \"#f00\"\n[roles]\nerror = \"hot\"\nok = { bg = 22, modifiers = [\"bold\"] }\n",
            ),
            ("alone", "appearance = \"light\"\n[roles]\nok = \"red\"\n"),
        ]);
        let light = load("light", None).0;
        let (mine, problems) = load("mine", Some(dir.path()));
        assert_eq!(messages(&problems), Vec::<&str>::new());
        assert_eq!(
            (mine.name.as_str(), mine.appearance),
            ("mine", Appearance::Light)
        );
        assert_eq!(mine.roles[&Role::Error].fg, color::parse("#f00"));
        assert_eq!(mine.roles[&Role::Ok].fg, light.roles[&Role::Ok].fg);
        assert_eq!(mine.roles[&Role::Ok].bg, Some(color::indexed(22)));
        assert_eq!(mine.roles[&Role::Dim], light.roles[&Role::Dim]);

        let (alone, problems) = load("alone", Some(dir.path()));
        assert_eq!(messages(&problems), Vec::<&str>::new());
        assert_eq!(alone.roles[&Role::Dim], light.roles[&Role::Dim]);
    }

    #[test]
    fn a_theme_may_build_on_the_embedded_one_of_its_name() {
        let dir = themes(&[("dark", "inherits = \"dark\"\n[roles]\nok = \"red\"\n")]);
        let (resolved, problems) = load("dark", Some(dir.path()));
        assert_eq!(messages(&problems), Vec::<&str>::new());
        assert_eq!(resolved.roles[&Role::Ok].fg, Some(Color::Red));
        assert_eq!(
            resolved.roles[&Role::Dim],
            load("dark", None).0.roles[&Role::Dim]
        );
    }

    #[test]
    fn a_cycle_ends() {
        let dir = themes(&[
            ("a", "inherits = \"b\"\n[roles]\nok = \"red\"\n"),
            ("b", "inherits = \"a\"\nappearance = \"light\"\n"),
            ("self", "inherits = \"self\"\n"),
        ]);
        let (resolved, problems) = load("a", Some(dir.path()));
        assert_eq!(
            messages(&problems),
            ["the theme inherits itself through \"a\"; the rest comes from the default theme"]
        );
        assert!(problems[0].file.ends_with("b.toml"));
        assert_eq!(resolved.roles[&Role::Ok].fg, Some(Color::Red));
        assert_eq!(
            resolved.roles[&Role::Dim],
            load("light", None).0.roles[&Role::Dim]
        );
        let (resolved, problems) = load("self", Some(dir.path()));
        assert_eq!(problems.len(), 1);
        assert_eq!(resolved.roles.len(), Role::COUNT);
    }

    #[test]
    fn a_theme_that_is_not_there_is_the_default_one() {
        for name in ["darc", "../../etc/passwd", "", "日本"] {
            let (resolved, problems) = load(name, Some(Path::new("/nonexistent")));
            assert_eq!(problems.len(), 1, "{name}");
            assert_eq!(resolved.roles, load("dark", None).0.roles, "{name}");
        }
        let (_, problems) = load("darc", None);
        assert_eq!(
            messages(&problems),
            ["there is no theme \"darc\", did you mean \"dark\"?; the default theme is used"]
        );
    }
}
