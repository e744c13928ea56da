//! Children that own the terminal for a while: the user's editor.
//!
//! The event loop goes on while a child runs; only drawing and input stop.

use std::{io, process::Stdio};

use super::scratch::{Places, Scratch};
use crate::domain::secret::Secret;

/// A text in a private file, edited by a child.
pub struct Edit {
    scratch: Scratch,
    command: tokio::process::Command,
}

impl Edit {
    /// Prepares the file and the command line.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn prepare(
        places: &Places,
        name: &str,
        text: &Secret<String>,
        editor: &str,
    ) -> io::Result<Self> {
        let scratch = Scratch::new(places, name, text)?;
        // The shell splits `code --wait` and the like as the user wrote them; the path is an
        // argument of its own, so it needs no quoting.
        let mut command = tokio::process::Command::new("sh");
        command
            .arg("-c")
            .arg(format!("{editor} \"$1\""))
            .arg("lambdeck")
            .arg(scratch.file())
            .stdin(Stdio::inherit())
            .stdout(Stdio::inherit())
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        Ok(Self { scratch, command })
    }

    /// Runs the editor to its end and reads the text back.
    pub async fn run(mut self) -> Result<Secret<String>, String> {
        let status = self.command.status().await;
        match status {
            Ok(status) if status.success() => std::fs::read_to_string(self.scratch.file())
                .map(Secret::new)
                .map_err(|error| format!("{}: {error}", self.scratch.file().display())),
            Ok(status) => Err(format!(
                "the editor ended with {status}; nothing was changed"
            )),
            Err(error) => Err(format!(
                "the editor cannot be started: {error}; set $EDITOR"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn edit(editor: &str) -> Result<Secret<String>, String> {
        let root = tempfile::tempdir().expect("temporary directory");
        let places = Places::only(root.path().to_owned());
        let text = Secret::new("{\"a\": 1}".to_owned());
        let edit = Edit::prepare(&places, "event.json", &text, editor).expect("prepared");
        let answer = edit.run().await;
        let left = std::fs::read_dir(root.path()).expect("directory").count();
        assert_eq!(left, 0, "no copy of the text stays behind");
        answer
    }

    #[tokio::test]
    async fn the_edited_text_comes_back() {
        let answer = edit("sed -i 's/1/2/'").await.expect("edited");
        assert_eq!(answer.reveal(), "{\"a\": 2}");
    }

    #[tokio::test]
    async fn an_editor_that_fails_changes_nothing_and_says_so() {
        let error = edit("false").await.expect_err("failed");
        assert!(error.contains("nothing was changed"), "{error}");
    }
}
