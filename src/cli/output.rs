//! Writing data to standard output: tables to read, JSON lines for programs.
//!
//! A closed pipe is not a failure: whoever reads has seen enough.

use std::io::{self, Write};

use serde_json::Value;

use crate::domain::{json, text};

/// Standard output whose reader may go away.
pub struct Out<W: Write> {
    out: W,
}

/// What became of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Somebody still reads.
    There,
    /// The pipe is closed: end quietly.
    Gone,
}

impl Out<io::BufWriter<io::Stdout>> {
    /// Buffered standard output.
    pub fn stdout() -> Self {
        Self {
            out: io::BufWriter::new(io::stdout()),
        }
    }
}

impl<W: Write> Out<W> {
    /// Output to anything.
    pub const fn to(out: W) -> Self {
        Self { out }
    }

    /// What it writes to.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Writes a line of JSON, or one that is sanitised already: what of it a terminal would obey or
    /// hide is escaped as JSON escapes it.
    ///
    /// # Errors
    /// Any failure but a closed pipe.
    pub fn line(&mut self, line: &str) -> io::Result<Reader> {
        let line = text::escape_json(line);
        reader(
            self.out
                .write_all(line.as_bytes())
                .and_then(|()| self.out.write_all(b"\n")),
        )
    }

    /// Writes bytes as they are.
    ///
    /// # Errors
    /// Any failure but a closed pipe.
    pub fn bytes(&mut self, bytes: &[u8]) -> io::Result<Reader> {
        reader(self.out.write_all(bytes))
    }

    /// Writes untrusted text, sanitised.
    ///
    /// # Errors
    /// Any failure but a closed pipe.
    pub fn text(&mut self, line: &str) -> io::Result<Reader> {
        self.line(&text::sanitise(line))
    }

    /// Hands everything on.
    ///
    /// # Errors
    /// Any failure but a closed pipe.
    pub fn flush(&mut self) -> io::Result<Reader> {
        reader(self.out.flush())
    }
}

fn reader(written: io::Result<()>) -> io::Result<Reader> {
    match written {
        Ok(()) => Ok(Reader::There),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Reader::Gone),
        Err(error) => Err(error),
    }
}

/// A JSON object on one line, made member by member.
#[derive(Debug, Default)]
pub struct Object {
    members: String,
}

impl Object {
    /// Adds a value of ours.
    pub fn member(&mut self, name: &str, value: &Value) {
        self.add(name, &value.to_string());
    }

    /// Adds a text that is JSON already: digits, the order and the doubles of keys, and every
    /// escape stay as they are written, at any depth.
    pub fn json(&mut self, name: &str, text: &str) {
        self.add(name, &json::compact(text));
    }

    /// The line, without its end.
    pub fn line(&self) -> String {
        format!("{{{}}}", self.members)
    }

    fn add(&mut self, name: &str, json: &str) {
        if !self.members.is_empty() {
            self.members.push(',');
        }
        self.members.push_str(&Value::from(name).to_string());
        self.members.push(':');
        self.members.push_str(json);
    }
}

/// Columns to read: left-aligned text, right-aligned numbers, as wide as their content.
pub struct Table {
    header: Vec<&'static str>,
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table of these columns: name, and whether it aligns right.
    pub fn new(columns: &[(&'static str, bool)]) -> Self {
        Self {
            header: columns.iter().map(|column| column.0).collect(),
            right: columns.iter().map(|column| column.1).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; its cells are sanitised here.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(
            cells
                .into_iter()
                .map(|cell| text::sanitise(&cell).into_owned())
                .collect(),
        );
    }

    /// The lines, the header first.
    pub fn lines(&self) -> Vec<String> {
        let widths: Vec<usize> = (0..self.header.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells
                    .map(|cell| text::width(cell))
                    .chain([self.header[column].len()])
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let header: Vec<String> = self.header.iter().map(|&name| name.to_owned()).collect();
        std::iter::once(&header)
            .chain(&self.rows)
            .map(|row| {
                let mut line = String::new();
                for (column, cell) in row.iter().enumerate() {
                    let pad = " ".repeat(widths[column].saturating_sub(text::width(cell)));
                    if column > 0 {
                        line.push_str("  ");
                    }
                    if self.right[column] {
                        line.push_str(&pad);
                        line.push_str(cell);
                    } else {
                        line.push_str(cell);
                        line.push_str(&pad);
                    }
                }
                line.trim_end().to_owned()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_json_goes_into_an_object_as_it_is_written() {
        let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        for text in [
            r#"{"n":18446744073709551616123,"price":10.10,"e":1E400,"n":-0}"#,
            r#"{"text":"cut \ud83d","\u0061":"\/"}"#,
            deep.as_str(),
            "null",
        ] {
            let mut object = Object::default();
            object.member("a\"b", &Value::from(1));
            object.json("Event", text);
            assert_eq!(object.line(), format!("{{\"a\\\"b\":1,\"Event\":{text}}}"));
        }
        let mut object = Object::default();
        object.json("Event", "{\n  \"a b\" : [1.0,\r\n\t2]\n}\n");
        assert_eq!(object.line(), "{\"Event\":{\"a b\":[1.0,2]}}");
        assert_eq!(Object::default().line(), "{}");
    }

    #[test]
    fn columns_align_and_hostile_text_is_harmless() {
        let mut table = Table::new(&[("NAME", false), ("MEM", true)]);
        table.row(["a\u{1b}[31mb".to_owned(), "128".to_owned()]);
        table.row(["longer-name".to_owned(), "1024".to_owned()]);
        let lines = table.lines();
        assert_eq!(lines[0], "NAME          MEM");
        assert!(!lines[1].contains('\u{1b}'), "{:?}", lines[1]);
        assert!(lines[1].ends_with("   128") && lines[2].ends_with("  1024"));
    }

    #[test]
    fn a_closed_pipe_is_quiet_and_a_full_disk_is_not() {
        struct Failing(io::ErrorKind);
        impl Write for Failing {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut closed = Out::to(Failing(io::ErrorKind::BrokenPipe));
        assert_eq!(closed.line("x").expect("quiet"), Reader::Gone);
        assert!(
            Out::to(Failing(io::ErrorKind::StorageFull))
                .line("x")
                .is_err()
        );
    }
}
