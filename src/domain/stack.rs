//! Stack traces of the runtimes: which lines are frames, and which frames are the user's own code.
//!
//! Lambda puts the function's code under `/var/task`; layers, runtimes and libraries lie elsewhere;
//! languages without paths are told apart by the packages of their platforms.

/// What a line of a trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frame {
    /// The function's own code.
    Own,
    /// A library's or the runtime's.
    Foreign,
}

/// Paths that hold no code of the user.
const FOREIGN_PATHS: &[&str] = &[
    "/node_modules/",
    "/site-packages/",
    "/dist-packages/",
    "/var/runtime/",
    "/var/lang/",
    "/opt/",
    "/gems/",
    "/usr/",
    "/rustc/",
    "/.cargo/",
    "/go/pkg/mod/",
    "/vendor/",
    "node:internal",
    "(node:",
    "(internal/",
    "<frozen ",
    "<internal:",
    "[internal function]",
    "github.com/aws/aws-lambda-go",
    "lambda_closure_wrapper",
];

/// Packages that hold no code of the user.
const FOREIGN_PACKAGES: &[&str] = &[
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "com.amazonaws.",
    "software.amazon.",
    "lambdainternal.",
    "kotlin.",
    "scala.",
    "System.",
    "Microsoft.",
    "Amazon.",
    "lambda_method",
    "node:",
    // Go's standard library, by the paths that a panic's frames have.
    "runtime/",
    "reflect/",
    "net/",
    "encoding/",
    "sync/",
];

/// What frame a line is, if it is one.
pub fn frame(line: &str) -> Option<Frame> {
    // Python's client indents by no-break spaces; frames within JSON stand in quotes.
    let line = line.trim_start_matches([' ', '\t', '\u{a0}', '"', '[', ',']);
    let place = place(line)?;
    let foreign = FOREIGN_PATHS.iter().any(|path| place.contains(path))
        || FOREIGN_PACKAGES
            .iter()
            .any(|package| place.starts_with(package))
        || place.starts_with("async ") && place.contains("node:");
    Some(if foreign { Frame::Foreign } else { Frame::Own })
}

/// The part of a frame that says whose it is; `None` if the line is no frame.
fn place(line: &str) -> Option<&str> {
    // Python.
    if line.starts_with("File \"") || line.starts_with("File \\\"") {
        return Some(line);
    }
    // Node.js, Java, .NET.
    if let Some(place) = line.strip_prefix("at ") {
        return place.contains(['(', ':']).then_some(place);
    }
    // Ruby: `/var/task/app.rb:3:in 'handler'`.
    if line.contains(":in `") || line.contains(":in '") {
        return Some(line);
    }
    // PHP: `#0 /var/task/src/Cart.php(41): Shop\Cart->close()`, and the place of the throw.
    if let Some(rest) = line.strip_prefix('#') {
        let place = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let place = place
            .strip_prefix(' ')
            .filter(|_| place.len() < rest.len())?;
        return (place.contains("): ") || place.starts_with('[')).then_some(place);
    }
    if line.starts_with("thrown in /") {
        return Some(line);
    }
    // Go: `/src/main.go:12 +0x1d` under the name of the function, and a frame of the client's JSON.
    if let Some(end) = line.find(".go:") {
        let number = line[end + 4..].trim_start_matches(|c: char| c.is_ascii_digit());
        let is_place = line.starts_with('/') && (number.is_empty() || number.starts_with(" +0x"));
        return is_place.then_some(line);
    }
    let path = line.strip_prefix("path\": \"")?;
    path.contains(".go\"").then_some(path)
}

/// The index of the frame in the user's own code that is nearest to the failure. Python writes
/// the failing frame last, all others first.
pub fn own_frame<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> Option<usize> {
    let is_python = lines
        .clone()
        .any(|line| line.contains("File \"") || line.contains("File \\\""));
    let mut own = lines
        .enumerate()
        .filter(|(_, line)| frame(line) == Some(Frame::Own))
        .map(|(index, _)| index);
    if is_python { own.last() } else { own.next() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(text: &str) -> Option<&str> {
        own_frame(text.lines()).and_then(|index| text.lines().nth(index))
    }

    #[test]
    fn python_writes_the_failing_frame_last() {
        let text = "Traceback (most recent call last):\n  File \"/var/task/app.py\", line 12, in handler\n    charge(card)\n  File \"/var/task/cards.py\", line 40, in charge\n    raise CardDeclined()\n  File \"/var/lang/lib/python3.12/site-packages/x.py\", line 1, in f";
        assert_eq!(
            own(text),
            Some("  File \"/var/task/cards.py\", line 40, in charge")
        );
    }

    #[test]
    fn node_java_and_dotnet_write_it_first() {
        assert_eq!(
            own(
                "Error: x\n    at g (/var/task/node_modules/lib/a.js:1:2)\n    at f (/var/task/index.mjs:14:9)\n    at node:internal/x"
            ),
            Some("    at f (/var/task/index.mjs:14:9)")
        );
        assert_eq!(
            own(
                "\tat java.base/java.lang.Long.parse(Long.java:1)\n\tat java.util.X.y(X.java:1)\n\tat shop.Checkout.handle(Checkout.java:31)"
            ),
            Some("\tat shop.Checkout.handle(Checkout.java:31)")
        );
        assert_eq!(
            own("   at System.Int32.Parse(String)\n   at Shop.Handler.Run() in /src/H.cs:line 9"),
            Some("   at Shop.Handler.Run() in /src/H.cs:line 9")
        );
    }

    #[test]
    fn frames_inside_json_are_found() {
        let pretty = "  \"stack\": [\n    \"TypeError: x\",\n    \"    at render (/var/task/report.js:88:13)\",\n    \"    at node:internal/main\"\n  ]";
        assert_eq!(
            own(pretty),
            Some("    \"    at render (/var/task/report.js:88:13)\",")
        );
        assert_eq!(own("no stack\nat all? no"), None);
    }

    #[test]
    fn the_first_own_frame_of_each_runtime() {
        for (text, expected) in [
            // Python's client, with no-break spaces.
            (
                "Traceback (most recent call last):\n\u{a0}\u{a0}File \"/var/task/index.py\", line 3, in handler\n\u{a0}\u{a0}\u{a0}\u{a0}amount = event[\"amount\"]",
                "\u{a0}\u{a0}File \"/var/task/index.py\", line 3, in handler",
            ),
            (
                "\tat java.base/java.util.Objects.requireNonNull(Objects.java:233)\n\tat software.amazon.awssdk.core.X.y(X.java:1)\n\tat shop.Cart.close(Cart.java:41)\n\tat shop.Handler.handleRequest(Handler.java:19)",
                "\tat shop.Cart.close(Cart.java:41)",
            ),
            (
                "   at System.Text.Json.JsonSerializer.Deserialize[T](String json)\n   at Shop.Function.Handle(Input input) in /src/Function.cs:line 21\n   at lambda_method1(Closure, Stream)",
                "   at Shop.Function.Handle(Input input) in /src/Function.cs:line 21",
            ),
            // A panic of Go, by the Go runtime and by the client.
            (
                "goroutine 1 [running]:\nmain.(*Cart).Close(...)\n\t/src/cart.go:12 +0x1d\nmain.main()\n\t/src/main.go:9 +0x25",
                "\t/src/cart.go:12 +0x1d",
            ),
            (
                "goroutine 1 [running]:\n\t/usr/local/go/src/runtime/panic.go:884 +0x1f3\n\t/src/main.go:9 +0x25",
                "\t/src/main.go:9 +0x25",
            ),
            (
                "  \"stackTrace\": [\n    {\n      \"path\": \"runtime/panic.go\",\n      \"path\": \"github.com/aws/aws-lambda-go@v1.47.0/lambda/errors.go\",\n      \"path\": \"shop/cart.go\",\n      \"line\": 12",
                "      \"path\": \"shop/cart.go\",",
            ),
            (
                "    \"/var/lang/lib/ruby/3.3.0/json/common.rb:219:in 'JSON.parse'\",\n    \"/var/task/vendor/bundle/gems/x.rb:1:in 'x'\",\n    \"/var/task/app.rb:3:in 'Object#handler'\"",
                "    \"/var/task/app.rb:3:in 'Object#handler'\"",
            ),
            (
                "Stack trace:\n#0 [internal function]: Shop\\x()\n#1 /var/task/vendor/bref/bref/src/Event/Handler.php(24): x()\n#2 /var/task/src/Cart.php(41): Shop\\Cart->close()\n#3 {main}\n  thrown in /var/task/src/Cart.php on line 12",
                "#2 /var/task/src/Cart.php(41): Shop\\Cart->close()",
            ),
            (
                "Stack trace:\n#0 {main}\n  thrown in /var/task/index.php on line 9",
                "  thrown in /var/task/index.php on line 9",
            ),
        ] {
            assert_eq!(own(text), Some(expected));
        }
    }
}
