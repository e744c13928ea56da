//! Commands for a POSIX shell, built as lists of arguments: what is printed or copied runs with
//! the names and values it was made of, whatever they hold.
//!
//! What a terminal makes of control characters is not decided here: whoever prints a command
//! sanitises it.

use std::{borrow::Cow, fmt};

/// A command, argument by argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// Each is quoted already.
    words: Vec<String>,
}

impl CommandLine {
    /// The program and its first arguments.
    pub fn new(words: &[&str]) -> Self {
        let mut line = Self { words: Vec::new() };
        for word in words {
            line.arg(word);
        }
        line
    }

    /// Adds an argument.
    pub fn arg(&mut self, text: &str) {
        self.words.push(quoted(text));
    }

    /// Adds an option that stands alone.
    pub fn switch(&mut self, name: &str) {
        self.words.push(format!("--{name}"));
    }

    /// Adds an option and its value.
    pub fn option(&mut self, name: &str, value: &str) {
        self.push_option(name, value, &quoted(value));
    }

    /// Adds an option whose value is these parts, with the value of a variable of the shell
    /// between each two.
    pub fn option_with_variable(&mut self, name: &str, parts: &[&str], variable: &str) {
        let parts: Vec<_> = parts
            .iter()
            .map(|part| match *part {
                "" => String::new(),
                part => quoted(part),
            })
            .collect();
        let value = parts.join(&format!("\"${variable}\""));
        self.push_option(name, "", &value);
    }

    fn push_option(&mut self, name: &str, value: &str, quoted: &str) {
        if value.starts_with('-') {
            // A word of its own would be taken for an option.
            self.words.push(format!("--{name}={quoted}"));
        } else {
            self.words.extend([format!("--{name}"), quoted.to_owned()]);
        }
    }
}

impl fmt::Display for CommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))
    }
}

/// One word for a POSIX shell. No argument can hold NUL: there it gets the sign for what cannot be
/// written, so that the command fails.
pub fn quoted(text: &str) -> String {
    let text = if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    };
    shlex::try_quote(&text)
        .expect("only NUL cannot be quoted")
        .into_owned()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    /// What a real shell gives a program, argument by argument.
    fn arguments(line: &CommandLine) -> Vec<String> {
        let script = format!("aws() {{ printf '%s\\0' \"$@\"; }}; {line}");
        let output = Command::new("sh")
            .args(["-c", &script])
            .output()
            .expect("a shell");
        assert!(output.status.success(), "{line}");
        let text = String::from_utf8(output.stdout).expect("text");
        let mut words: Vec<String> = text.split('\0').map(str::to_owned).collect();
        words.pop();
        words
    }

    fn hostile() -> impl Strategy<Value = String> {
        prop_oneof![
            "\\PC{0,12}",
            "[ -~]{0,16}",
            Just("live';touch PWNED;'".to_owned()),
            Just("$(touch PWNED)`touch PWNED`".to_owned()),
            Just("a\nb; touch PWNED #".to_owned()),
            Just("!! ^a^b \\ ~ * {a,b}".to_owned()),
            Just("--dry-run".to_owned()),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_shell_gives_every_argument_as_it_was(
            name in hostile(), qualifier in hostile(), file in hostile(),
        ) {
            let mut line = CommandLine::new(&["aws", "lambda", "invoke"]);
            line.option("function-name", &name);
            line.option("qualifier", &qualifier);
            line.arg(&file);
            let told = |option: &str, value: &str| if value.starts_with('-') {
                vec![format!("--{option}={value}")]
            } else {
                vec![format!("--{option}"), value.to_owned()]
            };
            let mut expected = vec!["lambda".to_owned(), "invoke".to_owned()];
            expected.extend(told("function-name", &name));
            expected.extend(told("qualifier", &qualifier));
            expected.push(file);
            prop_assert_eq!(arguments(&line), expected);
        }
    }

    #[test]
    fn a_variable_stands_between_what_is_quoted() {
        let mut line = CommandLine::new(&["NEW=43;", "aws"]);
        // The assignment is ours: it is no argument.
        line.words[0] = "NEW=43;".to_owned();
        line.option_with_variable("version", &["", ""], "NEW");
        line.option_with_variable("weights", &["{\"it's\":\"", "\"}"], "NEW");
        let expected = ["--version", "43", "--weights", "{\"it's\":\"43\"}"];
        assert_eq!(arguments(&line), expected);
    }
}
