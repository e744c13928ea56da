//! Log lines on standard output: to read, or one JSON object each.

use std::io::{self, IsTerminal as _, Stdout, Write as _};

use jiff::Timestamp;
use serde::Serialize;

use super::Source;
use crate::{
    cli::{
        args::Output,
        output::{Out, Reader},
    },
    domain::{log::LogEvent, text},
    runtime::runner::blocking,
};

/// Colours of the names of functions, in turn, of the terminal's own palette.
const COLOURS: [u8; 6] = [36, 33, 35, 32, 34, 31];

/// A line and the source it is of.
pub(super) struct Line {
    pub(super) source: usize,
    pub(super) event: LogEvent,
}

/// Writes lines.
pub(super) struct Printer {
    sources: Vec<Source>,
    output: Output,
    /// What stands before a line of each source; empty for a single one.
    prefixes: Vec<String>,
    out: Out<io::BufWriter<Stdout>>,
    buffer: Vec<u8>,
}

/// The fields of `FilterLogEvents` by their names there, and whose line it is.
#[derive(Serialize)]
struct JsonLine<'a> {
    timestamp: i64,
    message: &'a str,
    #[serde(rename = "logStreamName")]
    log_stream_name: &'a str,
    #[serde(rename = "eventId")]
    event_id: &'a str,
    #[serde(rename = "ingestionTime")]
    ingestion_time: i64,
    #[serde(rename = "FunctionName")]
    function_name: &'a str,
    #[serde(rename = "logGroupName")]
    log_group_name: &'a str,
}

impl Printer {
    pub(super) fn new(sources: Vec<Source>, output: Output, no_color: bool) -> Self {
        let names: Vec<String> = sources
            .iter()
            .map(|source| text::sanitise(&source.name).into_owned())
            .collect();
        let width = names
            .iter()
            .map(|name| text::width(name))
            .max()
            .unwrap_or(0);
        let coloured = !no_color && io::stdout().is_terminal();
        let prefix = |(index, name): (usize, &String)| {
            if names.len() == 1 {
                return String::new();
            }
            let pad = " ".repeat(width - text::width(name));
            if coloured {
                let colour = COLOURS[index % COLOURS.len()];
                format!("\u{1b}[{colour}m{name}\u{1b}[0m{pad}  ")
            } else {
                format!("{name}{pad}  ")
            }
        };
        Self {
            prefixes: names.iter().enumerate().map(prefix).collect(),
            sources,
            output,
            out: Out::stdout(),
            buffer: Vec::new(),
        }
    }

    /// Writes lines where a slow reader holds nobody up, and hands itself back.
    ///
    /// # Errors
    /// Any failure but a closed pipe.
    pub(super) async fn print(
        mut self,
        lines: Vec<Line>,
        flush: bool,
    ) -> io::Result<(Self, Reader)> {
        if lines.is_empty() && !flush {
            return Ok((self, Reader::There));
        }
        let printed = blocking(move || {
            let reader = self.write(&lines, flush)?;
            Ok((self, reader))
        });
        printed
            .await
            .unwrap_or_else(|| Err(io::Error::other("the program is ending")))
    }

    fn write(&mut self, lines: &[Line], flush: bool) -> io::Result<Reader> {
        for line in lines {
            self.buffer.clear();
            match self.output {
                Output::Json => self.json(line)?,
                Output::Table => self.table(line)?,
            }
            let line = str::from_utf8(&self.buffer).map_err(io::Error::other)?;
            if self.out.line(line)? == Reader::Gone {
                return Ok(Reader::Gone);
            }
        }
        if flush {
            self.out.flush()
        } else {
            Ok(Reader::There)
        }
    }

    fn json(&mut self, Line { source, event }: &Line) -> io::Result<()> {
        let source = &self.sources[*source];
        let line = JsonLine {
            timestamp: event.timestamp,
            message: &event.message,
            log_stream_name: &event.stream,
            event_id: &event.id,
            ingestion_time: event.ingested,
            function_name: &source.name,
            log_group_name: &source.group,
        };
        serde_json::to_writer(&mut self.buffer, &line).map_err(io::Error::other)
    }

    /// Time, source and text; the further lines of a message stand as they are below it.
    fn table(&mut self, Line { source, event }: &Line) -> io::Result<()> {
        let at = Timestamp::from_millisecond(event.timestamp).unwrap_or_default();
        write!(self.buffer, "{at:.3} {}", self.prefixes[*source])?;
        let message = event.message.trim_end_matches(['\n', '\r']);
        let message = text::without_colours(message);
        for (number, part) in text::lines(&message).enumerate() {
            if number > 0 {
                self.buffer.push(b'\n');
            }
            self.buffer
                .extend_from_slice(text::sanitise(part).as_bytes());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printer(names: &[&str], output: Output) -> Printer {
        let source = |name: &&str| Source {
            name: (*name).to_owned(),
            group: format!("/aws/lambda/{name}"),
            shared_group: false,
        };
        Printer::new(names.iter().map(source).collect(), output, true)
    }

    fn line(message: &str) -> Line {
        Line {
            source: 0,
            event: LogEvent {
                id: "7".into(),
                stream: "2026/11/20/[$LATEST]ab".into(),
                timestamp: 1_795_141_800_120,
                ingested: 1_795_141_800_900,
                message: message.into(),
            },
        }
    }

    #[test]
    fn a_hostile_message_is_harmless_and_its_lines_stay_lines() {
        let mut printer = printer(&["a", "longer"], Output::Table);
        printer
            .table(&line("one\u{1b}[31m\ntwo\n"))
            .expect("writes");
        let text = String::from_utf8(printer.buffer).expect("text");
        assert!(
            text.starts_with("2026-11-20T02:30:00.120Z a       one"),
            "{text}"
        );
        assert!(
            !text.contains('\u{1b}') && text.ends_with("\ntwo"),
            "{text:?}"
        );
    }

    #[test]
    fn every_line_end_separates_lines_and_colours_are_left_out() {
        let mut printer = printer(&["f"], Output::Table);
        let traceback = "[ERROR] ValueError: cart is empty\rTraceback (most recent call last):\r  File \"/var/task/index.py\", line 3\r\n\u{1b}[31mred\u{1b}[0m\u{2028}end\n";
        printer.table(&line(traceback)).expect("writes");
        let text = String::from_utf8(printer.buffer).expect("text");
        let lines: Vec<&str> = text.split('\n').collect();
        assert_eq!(
            lines[1..],
            [
                "Traceback (most recent call last):",
                "  File \"/var/task/index.py\", line 3",
                "red",
                "end"
            ]
        );
    }

    #[test]
    fn json_has_the_names_of_the_api_and_the_message_as_it_is() {
        let mut printer = printer(&["f"], Output::Json);
        printer.json(&line("a\u{1b}b\n")).expect("writes");
        let text = String::from_utf8(printer.buffer).expect("text");
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert!(!text.contains('\u{1b}'), "escaped");
        assert_eq!(value["message"], "a\u{1b}b\n");
        assert_eq!(value["timestamp"], 1_795_141_800_120_i64);
        assert_eq!(value["logStreamName"], "2026/11/20/[$LATEST]ab");
        assert_eq!(
            (&value["eventId"], &value["FunctionName"]),
            (&"7".into(), &"f".into())
        );
        assert_eq!(value["logGroupName"], "/aws/lambda/f");
        assert_eq!(value["ingestionTime"], 1_795_141_800_900_i64);
    }
}
