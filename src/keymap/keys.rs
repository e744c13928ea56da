//! One key combination, and sequences of them: read, normalised and written as people write them.
//!
//! Terminals report one key in several ways; [`normalized`] makes one of them. crokey parses and writes a combination,
//! this file adds what it leaves out: upper-case letters, arrows, short names, sequences.

use crokey::{KeyCombination, KeyCombinationFormat, OneToThree};
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyEventState, KeyModifiers};

/// crokey's name of a key, and ours. The first of several is the one written.
const NAMES: &[(&str, &str)] = &[
    ("up", "↑"),
    ("down", "↓"),
    ("left", "←"),
    ("right", "→"),
    ("pageup", "pgup"),
    ("pagedown", "pgdn"),
    ("delete", "del"),
    ("insert", "ins"),
    ("hyphen", "-"),
    ("esc", "escape"),
    ("enter", "return"),
];

/// Keys that most terminals cannot tell apart: the first is sent as the second.
const SAME: &[(char, &str)] = &[('i', "tab"), ('m', "enter"), ('[', "esc")];

/// The combination of a key press. `None` for releases and repeats, and for what is no key of its own.
///
/// Terminals send a repeat as a press unless they are asked for event types, so a held key still scrolls.
pub fn from_event(event: &KeyEvent) -> Option<KeyCombination> {
    if event.kind != KeyEventKind::Press {
        return None;
    }
    let mut code = event.code;
    let mut modifiers = event.modifiers;
    match code {
        KeyCode::Null | KeyCode::Modifier(_) => return None,
        // With caps lock, shift gives the small letter; a combination with ctrl or alt means the key, not the letter.
        KeyCode::Char(c) if event.state.contains(KeyEventState::CAPS_LOCK) => {
            let plain = (modifiers - KeyModifiers::SHIFT).is_empty();
            if plain && has_case(c) {
                modifiers ^= KeyModifiers::SHIFT;
                code = KeyCode::Char(c);
            }
        }
        _ => {}
    }
    Some(normalized(KeyCombination::one_key(code, modifiers)))
}

/// The one form of a key: `shift-g` and `G`, `backtab` and `shift-tab`, `ctrl-7` and `ctrl-_` are the same.
pub(super) fn normalized(key: KeyCombination) -> KeyCombination {
    const KNOWN: KeyModifiers = KeyModifiers::CONTROL
        .union(KeyModifiers::ALT)
        .union(KeyModifiers::SHIFT)
        .union(KeyModifiers::SUPER);
    let mut modifiers = key.modifiers & KNOWN;
    let code = match *key.codes.first() {
        KeyCode::BackTab => {
            modifiers.insert(KeyModifiers::SHIFT);
            KeyCode::Tab
        }
        KeyCode::Char('\r' | '\n') => KeyCode::Enter,
        KeyCode::Char('\t') => KeyCode::Tab,
        KeyCode::Char(c) if has_case(c) => {
            if c.is_uppercase() {
                modifiers.insert(KeyModifiers::SHIFT);
            }
            let shift = modifiers.contains(KeyModifiers::SHIFT);
            KeyCode::Char(if shift { upper(c) } else { c })
        }
        KeyCode::Char(c) => {
            let control = modifiers.contains(KeyModifiers::CONTROL);
            let shift = modifiers.contains(KeyModifiers::SHIFT);
            // Shift already made the character, so it says nothing more.
            modifiers.remove(KeyModifiers::SHIFT);
            KeyCode::Char(match c {
                '-' if control && shift => '_',
                // Legacy terminals send one byte for both, which crossterm reads as the digit (0x1c to 0x1f).
                '4' if control => '\\',
                '5' if control => ']',
                '6' if control => '^',
                '7' if control => '_',
                c => c,
            })
        }
        code => code,
    };
    KeyCombination::one_key(code, modifiers)
}

/// Whether shift makes another character of the same letter.
fn has_case(c: char) -> bool {
    c.is_uppercase() || upper(c) != c
}

/// The upper-case form, where it is one character.
fn upper(c: char) -> char {
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => c,
    }
}

/// Whether this key types a character.
pub(super) fn is_printable(key: KeyCombination) -> bool {
    matches!(key.codes, OneToThree::One(KeyCode::Char(_)))
        && (key.modifiers - KeyModifiers::SHIFT).is_empty()
}

/// Whether this is Enter or Space, alone.
pub(super) fn is_bare_enter_or_space(key: KeyCombination) -> bool {
    key.modifiers.is_empty()
        && matches!(
            key.codes,
            OneToThree::One(KeyCode::Enter | KeyCode::Char(' '))
        )
}

/// The key that most terminals send instead of this one.
pub(super) fn sent_instead(key: KeyCombination) -> Option<&'static str> {
    let OneToThree::One(KeyCode::Char(c)) = key.codes else {
        return None;
    };
    if key.modifiers != KeyModifiers::CONTROL {
        return None;
    }
    SAME.iter()
        .find(|(same, _)| *same == c)
        .map(|(_, instead)| *instead)
}

/// Reads a sequence such as `g g` or `ctrl-x s`.
///
/// # Errors
/// What is wrong with it, for the reader.
pub(super) fn parse_sequence(text: &str) -> Result<Vec<KeyCombination>, String> {
    let keys = text
        .split_whitespace()
        .map(parse)
        .collect::<Result<Vec<_>, _>>()?;
    if keys.is_empty() {
        return Err("there is no key here; the space bar is written \"space\"".to_owned());
    }
    Ok(keys)
}

/// Reads one combination such as `G`, `?`, `ctrl-s`, `shift-tab`, `pgdn` or `↑`.
fn parse(word: &str) -> Result<KeyCombination, String> {
    let unknown = || {
        format!("cannot read {word:?} as a key; write it like \"g\", \"G\", \"ctrl-s\" or \"pgdn\"")
    };
    let mut characters = word.chars();
    if let (Some(c), None) = (characters.next(), characters.next())
        && !NAMES.iter().any(|(_, ours)| *ours == word)
    {
        return Ok(normalized(KeyCombination::one_key(
            KeyCode::Char(c),
            KeyModifiers::NONE,
        )));
    }
    let mut spelled = word.to_lowercase();
    for (crokey, ours) in NAMES {
        let Some(modifiers) = spelled.strip_suffix(ours) else {
            continue;
        };
        if modifiers.is_empty() || modifiers.ends_with('-') {
            spelled = format!("{modifiers}{crokey}");
            break;
        }
    }
    let key = crokey::parse(&spelled).map_err(|_| unknown())?;
    let OneToThree::One(code) = key.codes else {
        return Err(format!(
            "{word:?} is several keys at once; write \"g g\" for one after the other"
        ));
    };
    let plain = (key.modifiers - KeyModifiers::SHIFT).is_empty();
    if let KeyCode::Char(c) = code
        && key.modifiers.contains(KeyModifiers::SHIFT)
        && !has_case(c)
        && c != ' '
        && plain
    {
        return Err(format!(
            "{word:?} depends on the keyboard; write the character that it types"
        ));
    }
    Ok(normalized(key))
}

/// Writes a sequence as people read it: `g g`, `ctrl-s`, `?`, `G`, `shift-tab`, `pgdn`.
pub fn format_sequence(keys: &[KeyCombination]) -> String {
    keys.iter()
        .map(|key| format(*key))
        .collect::<Vec<_>>()
        .join(" ")
}

fn format(key: KeyCombination) -> String {
    if let OneToThree::One(KeyCode::Char(c)) = key.codes
        && is_printable(key)
        && c != ' '
    {
        return c.to_string();
    }
    let crokey = KeyCombinationFormat::default()
        .to_string(key)
        .to_lowercase();
    for (theirs, ours) in NAMES
        .iter()
        .filter(|(theirs, _)| !matches!(*theirs, "esc" | "enter"))
    {
        if let Some(modifiers) = crokey.strip_suffix(theirs)
            && (modifiers.is_empty() || modifiers.ends_with('-'))
        {
            return format!("{modifiers}{ours}");
        }
    }
    crokey
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn press(code: KeyCode, modifiers: KeyModifiers) -> KeyCombination {
        from_event(&KeyEvent::new(code, modifiers)).unwrap()
    }

    fn key(text: &str) -> KeyCombination {
        let keys = parse_sequence(text).unwrap();
        assert_eq!(keys.len(), 1, "{text}");
        keys[0]
    }

    #[test]
    fn a_key_has_one_form() {
        use KeyCode::{BackTab, Char, Tab};
        const NONE: KeyModifiers = KeyModifiers::NONE;
        const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
        const CONTROL: KeyModifiers = KeyModifiers::CONTROL;
        for (text, events) in [
            (
                "G",
                vec![(Char('G'), SHIFT), (Char('G'), NONE), (Char('g'), SHIFT)],
            ),
            ("g", vec![(Char('g'), NONE)]),
            ("?", vec![(Char('?'), NONE), (Char('?'), SHIFT)]),
            (
                "shift-tab",
                vec![(BackTab, SHIFT), (BackTab, NONE), (Tab, SHIFT)],
            ),
            (
                "ctrl-_",
                vec![
                    (Char('7'), CONTROL),
                    (Char('_'), CONTROL),
                    (Char('-'), CONTROL | SHIFT),
                ],
            ),
            ("ctrl-s", vec![(Char('s'), CONTROL)]),
            ("space", vec![(Char(' '), NONE), (Char(' '), SHIFT)]),
            ("Ä", vec![(Char('ä'), SHIFT), (Char('Ä'), SHIFT)]),
            ("enter", vec![(Char('\r'), NONE), (KeyCode::Enter, NONE)]),
        ] {
            for (code, modifiers) in events {
                assert_eq!(
                    press(code, modifiers),
                    key(text),
                    "{text}: {code:?} {modifiers:?}"
                );
            }
        }
    }

    #[test]
    fn several_spellings_are_one_key() {
        for (text, same) in [
            ("G", "shift-g"),
            ("G", "shift-G"),
            ("ctrl-p", "Ctrl-P"),
            ("shift-tab", "backtab"),
            ("pgdn", "PageDown"),
            ("del", "delete"),
            ("↑", "up"),
            ("ctrl-←", "ctrl-left"),
            ("-", "hyphen"),
            ("alt--", "alt-minus"),
            ("escape", "esc"),
            ("return", "enter"),
            ("shift-space", "space"),
        ] {
            assert_eq!(key(text), key(same), "{text} {same}");
        }
    }

    #[test]
    fn releases_and_repeats_are_no_keys() {
        for kind in [KeyEventKind::Release, KeyEventKind::Repeat] {
            let event = KeyEvent::new_with_kind(KeyCode::Char('g'), KeyModifiers::NONE, kind);
            assert_eq!(from_event(&event), None);
        }
    }

    #[test]
    fn caps_lock_types_capitals_and_leaves_ctrl_alone() {
        let caps = |modifiers| {
            let mut event = KeyEvent::new(KeyCode::Char('g'), modifiers);
            event.state = KeyEventState::CAPS_LOCK;
            from_event(&event).unwrap()
        };
        assert_eq!(caps(KeyModifiers::NONE), key("G"));
        assert_eq!(caps(KeyModifiers::CONTROL), key("ctrl-g"));
    }

    #[test]
    fn bad_keys_say_why() {
        for (text, part) in [
            ("", "no key"),
            ("   ", "no key"),
            ("hyper-x", "cannot read"),
            ("ctrl-", "cannot read"),
            ("gg", "cannot read"),
            ("a-b", "several keys"),
            ("shift-1", "types"),
            ("ctrl-s nope", "\"nope\""),
        ] {
            let message = parse_sequence(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }

    #[test]
    fn keys_are_written_as_people_read_them() {
        for text in [
            "g",
            "G",
            "?",
            "/",
            "-",
            "ctrl-s",
            "alt-enter",
            "shift-tab",
            "esc",
            "enter",
            "space",
            "pgup",
            "pgdn",
            "home",
            "f5",
            "↑",
            "ctrl-→",
            "ctrl-_",
            "ctrl-shift-p",
            "g g",
            "ctrl-x s",
            "é",
            "[",
            "del",
            "alt--",
        ] {
            assert_eq!(format_sequence(&parse_sequence(text).unwrap()), text);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            code in prop_oneof![
                any::<char>().prop_filter("typed", |c| !c.is_whitespace() && !c.is_control()).prop_map(KeyCode::Char),
                Just(KeyCode::Tab), Just(KeyCode::Enter), Just(KeyCode::Up), Just(KeyCode::PageDown),
                Just(KeyCode::Delete), Just(KeyCode::Char(' ')), (1u8..=24).prop_map(KeyCode::F),
            ],
            ctrl in any::<bool>(), alt in any::<bool>(), shift in any::<bool>(),
        ) {
            let mut modifiers = KeyModifiers::NONE;
            modifiers.set(KeyModifiers::CONTROL, ctrl);
            modifiers.set(KeyModifiers::ALT, alt);
            modifiers.set(KeyModifiers::SHIFT, shift);
            let ascii = !matches!(code, KeyCode::Char(c) if !c.is_ascii());
            let pressed = press(code, modifiers);
            prop_assert_eq!(normalized(pressed), pressed);
            // crokey knows ASCII behind a modifier only.
            if ascii || (!ctrl && !alt) {
                let written = format_sequence(&[pressed]);
                prop_assert_eq!(parse_sequence(&written), Ok(vec![pressed]), "{}", written);
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,16}") {
            let _ = parse_sequence(&text);
        }
    }
}
