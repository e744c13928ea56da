//! How each runtime's own client reports a failure: a sample of each as it is written, what must be
//! read from it, and where the text is known from. The samples are made up in its form.

use super::*;

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fails {
    Handler,
    Init,
    Crash,
}
use Fails::{Crash, Handler, Init};

/// Where the form is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// The source of the client, or of the runtime of the language.
    Source,
    /// Published logs.
    Seen,
    /// AWS's documentation.
    Documented,
}
use Known::{Documented, Seen, Source};

struct Sample {
    runtime: &'static str,
    fails: Fails,
    known: Known,
    /// One string an event.
    events: &'static [&'static str],
    class: &'static str,
    message: &'static str,
}

const fn sample(
    runtime: &'static str,
    fails: Fails,
    known: Known,
    events: &'static [&'static str],
    class: &'static str,
    message: &'static str,
) -> Sample {
    Sample {
        runtime,
        fails,
        known,
        events,
        class,
        message,
    }
}

static SAMPLES: &[Sample] = &[
    // aws-lambda-nodejs-runtime-interface-client: src/LogPatch.js, src/Errors.js, src/index.mjs
    sample(
        "nodejs",
        Handler,
        Source,
        &[
            "2026-11-29T06:23:17.120Z\t8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1\tERROR\tInvoke Error \t{\"errorType\":\"CartEmpty\",\"errorMessage\":\"cart 17 is empty\",\"stack\":[\"CartEmpty: cart 17 is empty\",\"    at handler (/var/task/index.js:3:9)\"]}\n",
        ],
        "CartEmpty",
        "cart 17 is empty",
    ),
    sample(
        "nodejs",
        Init,
        Source,
        &[
            "2026-11-29T06:23:17.120Z\tundefined\tERROR\tUncaught Exception \t{\"errorType\":\"Runtime.ImportModuleError\",\"errorMessage\":\"Error: Cannot find module 'x'\",\"stack\":[\"Runtime.ImportModuleError: Error\"]}\n",
        ],
        "Runtime.ImportModuleError",
        "Error: Cannot find module 'x'",
    ),
    sample(
        "nodejs",
        Crash,
        Source,
        &[
            "2026-11-29T06:23:17.120Z\t8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1\tERROR\tUnhandled Promise Rejection \t{\"errorType\":\"Runtime.UnhandledPromiseRejection\",\"errorMessage\":\"Error: cart 17 is empty\",\"reason\":{\"errorType\":\"Error\",\"errorMessage\":\"cart 17 is empty\"},\"promise\":{},\"stack\":[]}\n",
            "RequestId: 8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1 Error: Runtime exited with error: exit status 128\n",
            "Runtime.ExitError\n",
        ],
        "Runtime.UnhandledPromiseRejection",
        "Error: cart 17 is empty",
    ),
    // awslambdaric 4.2.2: bootstrap.py (log_error); indented by no-break spaces
    sample(
        "python",
        Handler,
        Source,
        &[
            "[ERROR] ValueError: cart is empty\rTraceback (most recent call last):\r\u{a0}\u{a0}File \"/var/task/index.py\", line 3, in handler\r\u{a0}\u{a0}\u{a0}\u{a0}raise ValueError(\"cart is empty\")\n",
        ],
        "ValueError",
        "cart is empty",
    ),
    sample(
        "python",
        Handler,
        Source,
        &[
            "[ERROR] CartEmpty\rTraceback (most recent call last):\r\u{a0}\u{a0}File \"/var/task/index.py\", line 3, in handler\r\u{a0}\u{a0}\u{a0}\u{a0}raise CartEmpty\n",
        ],
        "CartEmpty",
        "",
    ),
    sample(
        "python",
        Handler,
        Source,
        &[
            "[ERROR] KeyError: 'amount'\nTraceback (most recent call last):\n\u{a0}\u{a0}File \"/var/task/index.py\", line 3, in handler\n\u{a0}\u{a0}\u{a0}\u{a0}amount = event[\"amount\"]\n",
        ],
        "KeyError",
        "'amount'",
    ),
    sample(
        "python",
        Init,
        Source,
        &[
            "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'x'\rTraceback (most recent call last):\n",
        ],
        "Runtime.ImportModuleError",
        "Unable to import module 'app': No module named 'x'",
    ),
    sample(
        "python",
        Handler,
        Source,
        &[
            "{\"timestamp\": \"2026-11-29T06:23:17Z\", \"level\": \"ERROR\", \"errorMessage\": \"cart is empty\", \"errorType\": \"ValueError\", \"requestId\": \"8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1\", \"stackTrace\": [\"  File \\\"/var/task/index.py\\\", line 3, in handler\\n    raise ValueError\\n\"]}\n",
        ],
        "ValueError",
        "cart is empty",
    ),
    // aws-lambda-java-runtime-interface-client: UserFault.java (reportableError), AWSLambda.java
    sample(
        "java",
        Handler,
        Source,
        &[
            "cart 17 is empty: java.lang.IllegalStateException\njava.lang.IllegalStateException: cart 17 is empty\n\tat shop.Cart.close(Cart.java:41)\n\tat shop.Handler.handleRequest(Handler.java:19)\n\n",
        ],
        "java.lang.IllegalStateException",
        "cart 17 is empty",
    ),
    sample(
        "java",
        Handler,
        Source,
        &[
            "java.lang.NullPointerException: java.lang.NullPointerException\njava.lang.NullPointerException\n\tat shop.Cart.close(Cart.java:41)\n\n",
        ],
        "java.lang.NullPointerException",
        "java.lang.NullPointerException",
    ),
    sample(
        "java",
        Handler,
        Source,
        &[
            "cart 17\nis empty: java.lang.IllegalStateException\njava.lang.IllegalStateException: cart 17\nis empty\n\tat shop.Cart.close(Cart.java:41)\n\n",
        ],
        "java.lang.IllegalStateException",
        "cart 17",
    ),
    sample(
        "java",
        Init,
        Source,
        &[
            "Class not found: shop.Handler: java.lang.ClassNotFoundException\njava.lang.ClassNotFoundException: shop.Handler\n\tat java.base/java.net.URLClassLoader.findClass(Unknown Source)\n\n",
        ],
        "java.lang.ClassNotFoundException",
        "Class not found: shop.Handler",
    ),
    sample(
        "java",
        Init,
        Source,
        &[
            "Error loading class shop.Handler: no table: java.lang.IllegalStateException\njava.lang.IllegalStateException: no table\n\tat shop.Handler.<init>(Handler.java:9)\n\n",
        ],
        "java.lang.IllegalStateException",
        "Error loading class shop.Handler: no table",
    ),
    sample(
        "java",
        Handler,
        Source,
        &[
            "{\"timestamp\":\"2026-11-29T06:23:17.120Z\",\"message\":\"cart 17 is empty: java.lang.IllegalStateException\\njava.lang.IllegalStateException: cart 17 is empty\\n\\tat shop.Cart.close(Cart.java:41)\\n\\n\",\"level\":\"ERROR\",\"AWSRequestId\":\"8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1\"}",
        ],
        "java.lang.IllegalStateException",
        "cart 17 is empty",
    ),
    // Amazon.Lambda.RuntimeSupport: LambdaBootstrap.cs, DefaultLogMessageFormatter.cs, JsonLogMessageFormatter.cs
    sample(
        "dotnet",
        Handler,
        Source,
        &[
            "2026-11-29T06:23:17.120Z\t8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1\tfail\tSystem.InvalidOperationException: cart 17 is empty\n   at Shop.Function.Handle(Input input) in /src/Function.cs:line 21\n",
        ],
        "System.InvalidOperationException",
        "cart 17 is empty",
    ),
    sample(
        "dotnet",
        Init,
        Source,
        &[
            "2026-11-29T06:23:17.120Z\t\tfail\tSystem.TypeInitializationException: no table\n ---> System.Exception: x\n   at Shop.Function..ctor() in /src/Function.cs:line 9\n",
        ],
        "System.TypeInitializationException",
        "no table",
    ),
    sample(
        "dotnet",
        Handler,
        Source,
        &[
            "{\"timestamp\":\"2026-11-29T06:23:17.120Z\",\"level\":\"Error\",\"requestId\":\"8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1\",\"message\":\"System.InvalidOperationException: cart 17 is empty\\n   at Shop.Function.Handle(Input input)\"}",
        ],
        "System.InvalidOperationException",
        "cart 17 is empty",
    ),
    sample(
        "dotnet",
        Crash,
        Seen,
        &[
            "Unhandled exception. System.InvalidOperationException: cart 17 is empty\n   at Shop.Program.Main() in /src/Program.cs:line 3\n",
            "RequestId: 8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1 Error: Runtime exited with error: signal: aborted\n",
            "Runtime.ExitError\n",
        ],
        "System.InvalidOperationException",
        "cart 17 is empty",
    ),
    // aws-lambda-go: lambda/invoke_loop.go (reportFailure), messages.go, entry.go; the Go runtime
    sample(
        "go",
        Handler,
        Source,
        &[
            "2026/11/29 06:23:17 {\"errorMessage\":\"cart is empty\",\"errorType\":\"errorString\"}\n",
        ],
        "errorString",
        "cart is empty",
    ),
    sample(
        "go",
        Handler,
        Source,
        &[
            "2026/11/29 06:23:17.120345 {\"errorMessage\":\"cart is empty\",\"errorType\":\"errorString\"}\n",
        ],
        "errorString",
        "cart is empty",
    ),
    sample(
        "go",
        Crash,
        Source,
        &[
            "2026/11/29 06:23:17 {\"errorMessage\":\"runtime error: index out of range [5] with length 3\",\"errorType\":\"boundsError\",\"stackTrace\":[{\"path\":\"main.go\",\"line\":12,\"label\":\"handler\"}]}\n",
            "2026/11/29 06:23:17 calling the handler function resulted in a panic, the process should exit\n",
            "RequestId: 8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1 Error: Runtime exited with error: exit status 1\n",
            "Runtime.ExitError\n",
        ],
        "boundsError",
        "runtime error: index out of range [5] with length 3",
    ),
    sample(
        "go",
        Crash,
        Seen,
        &[
            "panic: cart is empty\n",
            "goroutine 1 [running]:\n",
            "main.main()\n",
            "\t/src/main.go:12 +0x1d\n",
        ],
        "panic",
        "cart is empty",
    ),
    sample(
        "go",
        Crash,
        Seen,
        &["fatal error: all goroutines are asleep - deadlock!\n"],
        "fatal error",
        "all goroutines are asleep - deadlock!",
    ),
    // aws-lambda-ruby-runtime-interface-client: lambda_logger.rb, lambda_errors.rb
    sample(
        "ruby",
        Handler,
        Source,
        &[
            "Error raised from handler method\n",
            "{\n  \"errorMessage\": \"cart is empty\",\n  \"errorType\": \"Function<RuntimeError>\",\n  \"stackTrace\": [\n    \"/var/task/app.rb:3:in 'Object#handler'\"\n  ]\n}\n",
        ],
        "RuntimeError",
        "cart is empty",
    ),
    sample(
        "ruby",
        Crash,
        Source,
        &[
            "Critical exception from handler\n",
            "{\n  \"errorMessage\": \"undefined method 'upcase' for nil\",\n  \"errorType\": \"Function<NoMethodError>\",\n  \"stackTrace\": []\n}\n",
        ],
        "NoMethodError",
        "undefined method 'upcase' for nil",
    ),
    sample(
        "ruby",
        Init,
        Source,
        &[
            "Init error when loading handler app.handler\n",
            "{\n  \"errorMessage\": \"cannot load such file -- x\",\n  \"errorType\": \"Init<LoadError>\",\n  \"stackTrace\": []\n}\n",
        ],
        "LoadError",
        "cannot load such file -- x",
    ),
    sample(
        "ruby",
        Handler,
        Seen,
        &[
            "Critical exception from handler{\n  \"errorMessage\": \"cannot load such file -- x\",\n  \"errorType\": \"Function<LoadError>\",\n  \"stackTrace\": []\n}\n",
        ],
        "LoadError",
        "cannot load such file -- x",
    ),
    // awslabs/aws-lambda-rust-runtime: lib.rs (build_event_error_request), layers/panic.rs; Rust itself
    sample(
        "rust",
        Handler,
        Source,
        &[
            "2026-11-29T06:23:17.120Z ERROR Lambda runtime invoke{requestId=\"8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1\" xrayTraceId=\"Root=1-5\"}: lambda_runtime: CartEmpty { id: 17 }\n",
        ],
        "CartEmpty",
        "{ id: 17 }",
    ),
    sample(
        "rust",
        Crash,
        Seen,
        &[
            "thread 'main' panicked at src/main.rs:9:5:\ncart is empty\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
            "2026-11-29T06:23:17.120Z ERROR Lambda runtime invoke{requestId=\"8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1\"}: lambda_runtime::layers::panic: user handler panicked error=Any { .. }\n",
        ],
        "panic",
        "cart is empty",
    ),
    sample(
        "rust",
        Crash,
        Seen,
        &["thread 'main' panicked at 'cart is empty', src/main.rs:9:5\n"],
        "panic",
        "cart is empty",
    ),
    // brefphp/bref: src/Runtime/LambdaRuntime.php; PHP itself
    sample(
        "php",
        Handler,
        Source,
        &[
            "8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1\tInvoke Error\t{\"errorType\":\"Shop\\\\CartEmpty\",\"errorMessage\":\"cart 17 is empty\",\"stack\":[\"#0 {main}\"]}\n",
        ],
        "Shop\\CartEmpty",
        "cart 17 is empty",
    ),
    sample(
        "php",
        Init,
        Source,
        &[
            "Fatal error: Shop\\NoTable: no table in /var/task/index.php:9\n {\"message\":\"no table\",\"type\":\"Shop\\\\NoTable\",\"stackTrace\":[\"#0 {main}\"]}\n",
            "The function failed to start. AWS Lambda will restart the process, do not be surprised if you see the error message twice.\n",
        ],
        "Shop\\NoTable",
        "no table",
    ),
    sample(
        "php",
        Crash,
        Seen,
        &[
            "PHP Fatal error:  Uncaught RuntimeException: cart 17 is empty in /var/task/index.php:9\nStack trace:\n#0 {main}\n  thrown in /var/task/index.php on line 9\n",
            "Fatal error: Uncaught RuntimeException: cart 17 is empty in /var/task/index.php:9\n",
            "RequestId: 8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1 Error: Runtime exited with error: exit status 255\n",
            "Runtime.ExitError\n",
        ],
        "RuntimeException",
        "cart 17 is empty",
    ),
    sample(
        "php",
        Crash,
        Seen,
        &[
            "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes) in /var/task/index.php on line 9\n",
        ],
        "Fatal error",
        "Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)",
    ),
    sample(
        "php",
        Init,
        Seen,
        &[
            "PHP Parse error:  syntax error, unexpected token \"}\" in /var/task/index.php on line 9\n",
        ],
        "Parse error",
        "syntax error, unexpected token \"}\"",
    ),
    // The platform, of any runtime (developer guide: runtimes-custom, troubleshooting-invocation)
    sample(
        "custom",
        Crash,
        Seen,
        &[
            "RequestId: 8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1 Error: Runtime exited with error: exit status 1\n",
            "Runtime.ExitError\n",
        ],
        "Runtime.ExitError",
        "Runtime exited with error: exit status 1",
    ),
    sample(
        "custom",
        Crash,
        Documented,
        &[
            "RequestId: 8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1 Error: Runtime exited without providing a reason\n",
        ],
        "Runtime.ExitError",
        "Runtime exited without providing a reason",
    ),
    sample(
        "custom",
        Crash,
        Documented,
        &[
            "RequestId: 8f0c5a51-2e4c-5a8b-9d5f-2f6a0b7c31e1 Process exited before completing request\n",
        ],
        "Runtime.ExitError",
        "Process exited before completing request",
    ),
    sample(
        "custom",
        Init,
        Seen,
        &["Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]\n"],
        "Runtime.InvalidEntrypoint",
        "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
    ),
];

fn wrapped(events: &[&str]) -> Invocation {
    let start = format!("START RequestId: {ID} Version: 1\n");
    let end = format!("END RequestId: {ID}\n");
    let report = format!(
        "REPORT RequestId: {ID}\tDuration: 5.00 ms\tBilled Duration: 6 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t\n"
    );
    let mut lines = vec![&*start];
    lines.extend(events);
    lines.extend([&*end, &*report]);
    let (keys, invocations) = assemble(&lines);
    assert!(keys.iter().all(|key| *key == keys[0]), "{events:?}");
    invocations.into_iter().next().expect("one invocation")
}

#[test]
fn every_runtimes_report_fails_the_invocation_and_names_class_and_message() {
    for Sample {
        runtime,
        fails,
        known,
        events,
        class,
        message,
    } in SAMPLES
    {
        let what = format!("{runtime} {fails:?} {known:?} {events:?}");
        let invocation = wrapped(events);
        assert_eq!(invocation.status(), Status::Error, "{what}");
        assert_eq!(invocation.error_class(), Some(*class), "{what}");
        let said = invocation.first_error().unwrap_or_default();
        let expected = match message {
            _ if *runtime == "custom" && *fails == Crash => (*message).to_owned(),
            &"" => (*class).to_owned(),
            message => format!("{class}: {message}"),
        };
        assert_eq!(said, expected, "{what}");
        assert_eq!(invocation.errors(), 1, "counted once: {what}");
        let is_error = match read(events[0]) {
            Line::Platform(line) => line.level().is_some_and(Level::is_error),
            Line::App(line) => line.level.is_some_and(Level::is_error),
        };
        assert!(is_error, "found by `e`: {what}");
    }
}

#[test]
fn each_runtime_has_a_sample_of_each_kind() {
    for runtime in [
        "nodejs", "python", "java", "dotnet", "go", "ruby", "rust", "php", "custom",
    ] {
        let has = |fails| {
            SAMPLES
                .iter()
                .any(|one| one.runtime == runtime && one.fails == fails)
        };
        assert!(has(Handler) || runtime == "custom", "{runtime}");
        // Python, Java and Go report no crash, Go and Rust no failed init: the platform's lines do.
        assert!(has(Init) || matches!(runtime, "go" | "rust"), "{runtime}");
        assert!(
            has(Crash) || matches!(runtime, "python" | "java"),
            "{runtime}"
        );
    }
}

#[test]
fn what_is_only_logged_does_not_fail_the_invocation() {
    for (line, class) in [
        (
            format!("2026-11-29T06:23:17.120Z\t{ID}\tERROR\tretrying: CartEmpty: no"),
            None,
        ),
        (
            format!(
                "[ERROR]\t2026-11-29T06:23:17.120Z\t{ID}\tcharge failed\nTraceback (most recent call last):\n  File \"x\"\nshop.CartEmpty: no"
            ),
            Some("shop.CartEmpty"),
        ),
        (
            r#"{"level":"error","message":"cart 17 is empty"}"#.to_owned(),
            None,
        ),
        (
            r#"{"level":"ERROR","message":"no","errorType":"CartEmpty","errorMessage":"no"}"#
                .to_owned(),
            Some("CartEmpty"),
        ),
        (
            format!("2026-11-29 06:23:17 {ID} ERROR Handler:42 - cart 17 is empty"),
            None,
        ),
        (
            format!(
                "2026-11-29T06:23:17.120Z ERROR Lambda runtime invoke{{requestId=\"{ID}\"}}: shop: cart is empty"
            ),
            None,
        ),
        (
            "java.lang.IllegalStateException: cart is empty\n\tat shop.Cart.close(Cart.java:41)"
                .to_owned(),
            Some("java.lang.IllegalStateException"),
        ),
        (
            format!("E, [2026-11-29T06:23:17.120 #8] ERROR {ID} -- : cart is empty"),
            None,
        ),
    ] {
        let invocation = wrapped(&[&line]);
        assert_eq!(invocation.status(), Status::Success, "{line}");
        assert_eq!(
            (invocation.errors(), invocation.error_class()),
            (1, class),
            "{line}"
        );
    }
}

#[test]
fn levels_of_any_logger() {
    use Level::{Debug, Error, Fatal, Info, Trace, Warn};
    let stamp = "2026-11-29T06:23:17.120Z";
    for (line, level) in [
        // ECS, flat and nested; CLEF; Monolog, where the name wins over the number; GELF.
        (
            r#"{"@timestamp":"t","log.level":"error","message":"cart 17 is empty","ecs":{"version":"1.6.0"}}"#,
            Some(Error),
        ),
        (
            r#"{"@timestamp":"t","log":{"level":"error"},"message":"x"}"#,
            Some(Error),
        ),
        (
            r#"{"@t":"t","@mt":"cart {Id} is empty","@l":"Error","Id":17}"#,
            Some(Error),
        ),
        (
            r#"{"message":"m","context":{},"level":200,"level_name":"INFO","channel":"shop","extra":{}}"#,
            Some(Info),
        ),
        (
            r#"{"message":"m","level":400,"channel":"shop"}"#,
            Some(Error),
        ),
        (
            r#"{"version":"1.1","short_message":"m","level":3}"#,
            Some(Error),
        ),
        // zap, zerolog, slog, winston, logrus, Python's, OpenTelemetry.
        (
            r#"{"level":"dpanic","ts":1.0,"msg":"cart 17 is empty"}"#,
            Some(Fatal),
        ),
        (r#"{"level":"err","msg":"cart 17 is empty"}"#, Some(Error)),
        (r#"{"level":"crit","msg":"cart 17 is empty"}"#, Some(Fatal)),
        (r#"{"levelname":"WARNING","message":"x"}"#, Some(Warn)),
        (r#"{"loglevel":"notice","message":"x"}"#, Some(Info)),
        (r#"{"lvl":"alert","message":"x"}"#, Some(Fatal)),
        (r#"{"severity":"EMERG","message":"x"}"#, Some(Fatal)),
        (r#"{"SeverityText":"ERROR","Body":"x"}"#, Some(Error)),
        (r#"{"SeverityNumber":17,"Body":"x"}"#, Some(Error)),
        (r#"{"SeverityNumber":9,"Body":"x"}"#, Some(Info)),
        (r#"{"level":20,"levelname":"INFO"}"#, Some(Info)),
        (r#"{"level":"trace","msg":"x"}"#, Some(Trace)),
        (r#"{"level":9000,"msg":"x"}"#, None),
        // In plain text: coloured, bracketed, as zerolog's and Serilog's consoles write them.
        (
            "\u{1b}[2m2026-11-29T06:23:17.120Z\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m \u{1b}[2mshop::cart\u{1b}[0m\u{1b}[2m:\u{1b}[0m cart 17 is empty",
            Some(Error),
        ),
        (
            "\u{1b}[90m6:23AM\u{1b}[0m \u{1b}[1m\u{1b}[31mERR\u{1b}[0m\u{1b}[0m cart 17 is empty",
            Some(Error),
        ),
        ("[06:23:17 FTL] no table", Some(Fatal)),
        ("fail: Shop.Cart[0]\n      cart 17 is empty", Some(Error)),
        ("dbug: Shop.Cart[0]", Some(Debug)),
        ("level=crit msg=x", Some(Fatal)),
        ("{\u{1b}[0m}", None),
        // Words that are no levels where they stand.
        ("alert sent to 3 people", None),
        ("ALERT sent", None),
        ("fail fast is off", None),
        ("mode=alert", None),
    ] {
        assert_eq!(app(line).level, level, "{line}");
    }
    let node = format!("{stamp}\t{ID}\tinfo\t");
    let inner = format!(
        "{node}{{\"level\":\"Error\",\"service\":\"shop\",\"message\":\"cart 17 is empty\"}}"
    );
    let line = app(&inner);
    assert_eq!(
        (line.level, line.error_message.as_deref()),
        (Some(Error), Some("cart 17 is empty"))
    );
    let inner = format!("{stamp}\t{ID}\tERROR\t{{\"level\":\"info\",\"message\":\"x\"}}");
    assert_eq!(app(&inner).level, Some(Info));
}

#[test]
fn an_id_in_a_text_is_not_the_request() {
    for text in [
        format!("3 items of order {ID} were charged"),
        format!("2026-11-29 06:23:17 order {ID} ERROR"),
        format!("order {ID}\tInvoke Error"),
    ] {
        assert_eq!(app(&text).request_id, None, "{text}");
    }
}

#[test]
fn thirty_is_info_or_a_warning_as_the_runtime_has_it() {
    let level = |number: u32, numbers| match read_as(
        &format!(r#"{{"level":{number},"msg":"x"}}"#),
        numbers,
    ) {
        Line::App(line) => line.level,
        Line::Platform(_) => None,
    };
    assert_eq!(
        level(30, Numbers::of(Some("nodejs22.x"))),
        Some(Level::Info)
    );
    assert_eq!(
        level(30, Numbers::of(Some("python3.13"))),
        Some(Level::Warn)
    );
    assert_eq!(level(40, Numbers::of(None)), Some(Level::Warn));
    assert_eq!(
        level(40, Numbers::of(Some("python3.13"))),
        Some(Level::Error)
    );
}

#[test]
fn a_metric_is_never_an_error() {
    for line in [
        r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"shop","Dimensions":[["errorType"]],"Metrics":[{"Name":"Errors"}]}]},"errorType":"CartEmpty","level":"ERROR","Errors":1}"#,
        r#"{"errorType":"CartEmpty","errorMessage":"x","Errors":1,"_aws":{"CloudWatchMetrics":[]}}"#,
    ] {
        let line = app(line);
        assert_eq!(
            (line.level, line.error_type, line.unhandled),
            (None, None, false)
        );
    }
    let prefixed = format!("2026-11-29T06:23:17.120Z\t{ID}\tERROR\t{{\"_aws\":{{}},\"Errors\":1}}");
    assert_eq!(app(&prefixed).level, None);
}
