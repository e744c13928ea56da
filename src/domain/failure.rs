//! The error object that a failed function returns, in the shapes of the runtimes: type,
//! message, stack, and the first frame that is the user's own code.

use super::{
    letter::member::{self, get},
    stack::{self, Frame},
};

/// Frames beyond this say nothing more.
const FRAMES: usize = 200;

/// A function's own report of its failure.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// `errorType`.
    pub kind: Option<String>,
    /// `errorMessage`.
    pub message: Option<String>,
    /// The stack, one frame each, as the runtime wrote it.
    pub frames: Vec<String>,
    /// The place of the innermost frame that is the user's own.
    pub own: Option<usize>,
}

impl Failure {
    /// Reads the payload of a response whose `FunctionError` is set. `None` when it is not an
    /// error object.
    pub fn read(payload: &str) -> Option<Self> {
        // By its text: a message may be cut within a surrogate pair, and a reader of values would
        // take that for no answer at all.
        let object = member::members(payload)?;
        let text = |name: &str| get(&object, name).and_then(text);
        let (kind, message) = (text("errorType"), text("errorMessage"));
        let stack = ["stackTrace", "trace", "stack"]
            .iter()
            .find_map(|name| get(&object, name));
        if kind.is_none() && message.is_none() && stack.is_none() {
            return None;
        }
        let frames = stack.map(frames).unwrap_or_default();
        let own = own_frame(&frames);
        Some(Self {
            kind,
            message,
            frames,
            own,
        })
    }

    /// The innermost frame of the user's own code, on one line.
    pub fn own_frame(&self) -> Option<String> {
        let frame = self.frames.get(self.own?)?;
        let words: Vec<&str> = frame.split_whitespace().collect();
        Some(words.join(" "))
    }

    /// `CardDeclined: card declined for 150`, with whatever is there.
    pub fn title(&self) -> String {
        match (&self.kind, &self.message) {
            (Some(kind), Some(message)) => format!("{kind}: {message}"),
            (Some(text), None) | (None, Some(text)) => text.clone(),
            (None, None) => String::new(),
        }
    }
}

/// A value that is a text, decoded.
fn text(value: &str) -> Option<String> {
    value.starts_with('"').then(|| member::shown(value))
}

fn frames(stack: &str) -> Vec<String> {
    if let Some(stack) = text(stack) {
        return stack.lines().take(FRAMES).map(str::to_owned).collect();
    }
    if !stack.starts_with('[') {
        return Vec::new();
    }
    let items = member::elements_of(stack).into_iter();
    items.take(FRAMES).filter_map(frame).collect()
}

fn frame(item: &str) -> Option<String> {
    if let Some(frame) = text(item) {
        return Some(frame.trim_end().to_owned());
    }
    if item.starts_with('{') {
        return go_frame(item);
    }
    // Runtimes before Python 3.8 write [file, line, function, code].
    let parts = item.starts_with('[').then(|| member::elements_of(item))?;
    let part = |at: usize| {
        parts
            .get(at)
            .and_then(|part| text(part))
            .unwrap_or_default()
    };
    let line = parts.get(1).copied().unwrap_or_default();
    Some(format!("File \"{}\", line {line}, in {}", part(0), part(2)))
}

/// Go: {path, line, label}.
fn go_frame(item: &str) -> Option<String> {
    let parts = member::members_of(item);
    let path = text(get(&parts, "path")?)?;
    let line = get(&parts, "line").unwrap_or_default();
    let label = get(&parts, "label").and_then(text).unwrap_or_default();
    Some(format!("at {label} ({path}:{line})"))
}

/// The place of the innermost frame that is the user's own. Java's client leaves out the `at `
/// before a frame.
fn own_frame(frames: &[String]) -> Option<usize> {
    let read = |frame: &String| match stack::frame(frame) {
        None if frame.contains('(') && !frame.starts_with(' ') => {
            stack::frame(&format!("at {frame}"))
        }
        read => read,
    };
    let is_python = |frame: &String| frame.trim_start().starts_with("File \"");
    let is_own = |frame: &String| read(frame) == Some(Frame::Own);
    if frames.iter().any(is_python) {
        frames.iter().rposition(is_own)
    } else {
        frames.iter().position(is_own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_calls_the_innermost_own_frame_last() {
        let failure = Failure::read(
            r#"{"errorMessage":"'amount'","errorType":"KeyError","requestId":"1","stackTrace":[
            "  File \"/var/task/app.py\", line 8, in handler\n    charge(event)\n",
            "  File \"/var/task/cards.py\", line 3, in charge\n    event[\"amount\"]\n",
            "  File \"/var/lang/lib/python3.12/json/__init__.py\", line 1, in loads\n"]}"#,
        )
        .expect("an error object");
        assert_eq!(failure.title(), "KeyError: 'amount'");
        assert_eq!(
            failure.own_frame().as_deref(),
            Some("File \"/var/task/cards.py\", line 3, in charge event[\"amount\"]")
        );
    }

    #[test]
    fn node_calls_it_first_after_repeating_the_error() {
        let failure = Failure::read(
            r#"{"errorType":"TypeError","errorMessage":"x (y)","trace":["TypeError: x",
            "    at Object.parse (node:internal/json:1:1)","    at handler (/var/task/index.js:3:9)",
            "    at Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:1173:29)"]}"#,
        )
        .expect("an error object");
        assert_eq!(
            failure.own_frame().as_deref(),
            Some("at handler (/var/task/index.js:3:9)")
        );
    }

    #[test]
    fn java_and_the_old_python_are_read_too() {
        let java = Failure::read(
            r#"{"errorMessage":"no","errorType":"java.lang.IllegalStateException",
            "stackTrace":["java.base/java.util.Objects.requireNonNull(Objects.java:1)",
            "com.acme.Checkout.handle(Checkout.java:41)"]}"#,
        )
        .expect("an error object");
        assert_eq!(
            java.own_frame().as_deref(),
            Some("com.acme.Checkout.handle(Checkout.java:41)")
        );
        let old = Failure::read(
            r#"{"errorMessage":"no","stackTrace":[["/var/task/a.py",3,"handler","x()"]]}"#,
        );
        assert_eq!(
            old.and_then(|failure| failure.own_frame()).as_deref(),
            Some("File \"/var/task/a.py\", line 3, in handler")
        );
    }

    #[test]
    fn a_message_that_is_cut_within_a_character_is_read() {
        let failure = Failure::read(
            r#"{"errorType":"Boom","errorMessage":"cut \ud83d","n":1E400,"stackTrace":"at f (/var/task/a.js:1)"}"#,
        )
        .expect("an error object");
        assert_eq!(failure.title(), "Boom: cut \u{fffd}");
        assert_eq!(
            failure.own_frame().as_deref(),
            Some("at f (/var/task/a.js:1)")
        );
    }

    #[test]
    fn what_is_no_error_object_is_not_read() {
        assert_eq!(Failure::read("{\"ok\":true}"), None);
        assert_eq!(Failure::read("[1"), None);
        let bare = Failure::read(r#"{"errorMessage":"Task timed out"}"#).expect("an error object");
        assert_eq!((bare.title().as_str(), bare.own), ("Task timed out", None));
    }

    #[test]
    fn frames_of_go_are_objects_and_php_numbers_its_own() {
        let go = Failure::read(
            r#"{"errorMessage":"index out of range","errorType":"boundsError","stackTrace":[
            {"path":"github.com/aws/aws-lambda-go@v1.47.0/lambda/errors.go","line":39,"label":"lambdaPanicResponse"},
            {"path":"shop/cart.go","line":12,"label":"(*Cart).Close"}]}"#,
        )
        .expect("an error object");
        assert_eq!(
            go.own_frame().as_deref(),
            Some("at (*Cart).Close (shop/cart.go:12)")
        );
        let php = Failure::read(
            r##"{"errorType":"RuntimeException","errorMessage":"no","stackTrace":[
            "#0 /var/task/vendor/bref/x.php(1): x()","#1 /var/task/src/Cart.php(41): close()","#2 {main}"]}"##,
        );
        assert_eq!(
            php.and_then(|failure| failure.own_frame()).as_deref(),
            Some("#1 /var/task/src/Cart.php(41): close()")
        );
    }
}
