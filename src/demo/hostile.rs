//! Log lines that try to hurt a terminal: what `chat-webhook` prints now and then, because its
//! visitors can write anything.

use super::dice::Dice;

/// How many kinds there are.
pub(super) const KINDS: u64 = 8;

/// Bytes of the longest line.
pub(super) const LONG: usize = 200_000;

/// A line of one kind.
pub(super) fn line(kind: u64, dice: &mut Dice) -> String {
    match kind % KINDS {
        0 => "\u{1b}[2J\u{1b}[H\u{1b}]0;owned\u{7}\u{1b}[31mred \u{1b}[?1049hvisitor text\u{1b}[0m".into(),
        1 => "\u{1b}]52;c;cm0gLXJmIC8=\u{7}\u{1b}P1$r0m\u{1b}\\\u{9b}31m C1 and clipboard".into(),
        2 => {
            let mut text = String::with_capacity(LONG);
            while text.len() < LONG {
                text.push_str("no newline anywhere ");
                text.push_str(&dice.below(1_000_000).to_string());
                text.push(' ');
            }
            text
        }
        3 => "wide 注文番号を確認してください 👩‍👩‍👧‍👦 🇩🇪 👍🏽 e\u{301}\u{323}\u{335} zalgo".into(),
        4 => "{\"level\":\"ERROR\",\"message\":\"unterminated, \"order\": {\"id\": 12,,}".into(),
        5 => "bidi \u{202e}gnp.exe\u{202c} \u{2066}isolated\u{2069} zero\u{200b}width\u{feff} soft\u{ad}hyphen".into(),
        6 => "over\rwritten\u{8}\u{8}\u{0}nul\u{7f}del\tta\u{b}b\u{c}feed\nsecond line\n\nfourth".into(),
        _ => format!("[{}]", "[".repeat(4_000)),
    }
}
