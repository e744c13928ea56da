//! The error object that a failed function returns, in the shapes of the runtimes: type,
//! message, stack, and the first frame that is the user's own code.

use super::letter::member::{self, get};

/// Frames beyond this say nothing more.
const FRAMES: usize = 200;

/// What a frame of the platform, a runtime or a package contains; the rest is the user's code.
const FOREIGN: &[&str] = &[
    "/var/runtime/",
    "/var/lang/",
    "/opt/",
    "/usr/",
    "node_modules",
    "site-packages",
    "node:",
    "<frozen ",
    "(internal/",
    "java.",
    "jdk.",
    "sun.",
    "lambdainternal.",
    "com.amazonaws.services.lambda.runtime",
    "System.",
    "Amazon.Lambda.",
    "lambda_closure_wrapper",
];

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
        // Python writes the innermost frame last (its own `File "…", line …`), all others first.
        let innermost_last = frames.iter().any(|frame| is_python(frame));
        let is_own = |frame: &String| is_frame(frame) && !is_foreign(frame);
        let own = if innermost_last {
            frames.iter().rposition(is_own)
        } else {
            frames.iter().position(is_own)
        };
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

fn is_python(frame: &str) -> bool {
    frame.trim_start().starts_with("File \"")
}

/// The first line of a Node stack repeats the error; it is no frame.
fn is_frame(frame: &str) -> bool {
    is_python(frame) || frame.trim_start().starts_with("at ") || frame.contains('(')
}

fn is_foreign(frame: &str) -> bool {
    let place = frame.trim_start();
    let place = place.strip_prefix("at ").unwrap_or(place);
    FOREIGN.iter().any(|foreign| {
        if foreign.ends_with('.') {
            place.starts_with(foreign)
        } else {
            place.contains(foreign)
        }
    })
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
}
