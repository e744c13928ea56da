//! Stack traces: which frames are the user's own code.
//!
//! Lambda puts the function's code under `/var/task`; layers, runtimes and libraries lie elsewhere;
//! languages without paths are told apart by the packages of their platforms.

/// What a line of a trace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
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
    "node:internal",
    "/usr/",
    "<frozen ",
    "/rustc/",
    "/.cargo/",
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
];

/// What frame a line is, if it is one.
pub(super) fn frame(line: &str) -> Option<Frame> {
    let line = line.trim_start_matches([' ', '\t', '"', '[', ',']);
    let place = if line.starts_with("File \"") || line.starts_with("File \\\"") {
        line
    } else if let Some(place) = line
        .strip_prefix("at ")
        .filter(|place| place.contains(['(', ':']))
    {
        place
    } else if line.contains(":in `") || line.contains(":in '") {
        line
    } else {
        return None;
    };
    let foreign = FOREIGN_PATHS.iter().any(|path| place.contains(path))
        || FOREIGN_PACKAGES
            .iter()
            .any(|package| place.starts_with(package))
        || place.starts_with("async ") && place.contains("node:");
    Some(if foreign { Frame::Foreign } else { Frame::Own })
}

/// The index of the frame in the user's own code that is nearest to the failure. Python writes
/// the failing frame last, all others first.
pub(super) fn own_frame<'a>(lines: impl Iterator<Item = &'a str> + Clone) -> Option<usize> {
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
}
