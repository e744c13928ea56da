//! The one place that reads the process environment for lambdeck's own behaviour.
//!
//! The AWS variables are not read here: the SDK does that.

use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy as _, Xdg};

use super::Paths;

/// What the process environment says about the terminal and the user's editor. Unset and empty are the same: `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `TERM`.
    pub term: Option<String>,
    /// `COLORTERM`.
    pub colorterm: Option<String>,
    /// `NO_COLOR` is set to anything (<https://no-color.org>).
    pub no_color: bool,
    /// `COLORFGBG`: the colours of text and background, as some terminals announce them.
    pub colorfgbg: Option<String>,
    /// `VISUAL`.
    pub visual: Option<String>,
    /// `EDITOR`.
    pub editor: Option<String>,
}

impl Environment {
    /// Reads the environment of this process, and where its directories are.
    ///
    /// # Errors
    /// When there is no home directory.
    pub fn from_process() -> Result<(Environment, Paths), NoHome> {
        let environment = Environment::from_lookup(|name| std::env::var(name).ok());
        let xdg = Xdg::new().map_err(|_| NoHome)?;
        let state = xdg
            .state_dir()
            .unwrap_or_else(|| xdg.home_dir().join(".local/state"));
        let ours = |dir: PathBuf| dir.join("lambdeck");
        let paths = Paths {
            config: ours(xdg.config_dir()),
            state: ours(state),
            cache: ours(xdg.cache_dir()),
            data: ours(xdg.data_dir()),
            project: PathBuf::from(".lambdeck"),
        };
        Ok((environment, paths))
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Environment {
        let set = |name| lookup(name).filter(|value| !value.is_empty());
        Environment {
            term: set("TERM"),
            colorterm: set("COLORTERM"),
            no_color: set("NO_COLOR").is_some(),
            colorfgbg: set("COLORFGBG"),
            visual: set("VISUAL"),
            editor: set("EDITOR"),
        }
    }

    /// The user's editor, as a command line: the setting, `VISUAL`, `EDITOR`, else `vi`.
    pub fn editor<'a>(&'a self, setting: Option<&'a str>) -> &'a str {
        setting
            .or(self.visual.as_deref())
            .or(self.editor.as_deref())
            .unwrap_or("vi")
    }
}

/// There is no home directory, so there is no place for lambdeck's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot tell where your home directory is; set HOME and start again")]
pub struct NoHome;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_is_unset() {
        let environment = Environment::from_lookup(|name| match name {
            "TERM" => Some("xterm".into()),
            "NO_COLOR" | "VISUAL" => Some(String::new()),
            _ => None,
        });
        assert_eq!(
            environment,
            Environment {
                term: Some("xterm".into()),
                ..Environment::default()
            }
        );
    }

    #[test]
    fn the_editor_is_the_nearest_one_named() {
        let mut environment = Environment::default();
        assert_eq!(environment.editor(None), "vi");
        environment.editor = Some("nano".into());
        assert_eq!(environment.editor(None), "nano");
        environment.visual = Some("code -w".into());
        assert_eq!(environment.editor(None), "code -w");
        assert_eq!(environment.editor(Some("hx")), "hx");
    }

    #[test]
    fn the_directories_of_this_process_are_ours() {
        let (_, paths) = Environment::from_process().unwrap();
        for dir in [&paths.config, &paths.state, &paths.cache, &paths.data] {
            assert!(dir.ends_with("lambdeck"), "{}", dir.display());
        }
    }
}
