//! lambdeck: an operations console for AWS Lambda in the terminal.
//!
//! This page is the architecture guide. Links are checked by the compiler, so it cannot go stale
//! without a warning.
//!
//! # The flow
//!
//! ```text
//! key ─▶ keymap ─▶ Command ─▶ Surface::on_command(&Store) ─▶ Action ─▶ Store::apply ─▶ Effect ─▶ Runner ─▶ Gate ─▶ port
//!                                                               ▲                                             │
//!                                                               └────────── Action(ticket, result) ◀──────────┘
//! ```
//!
//! One writer ([`store::Store::apply`]), one owner of tasks ([`runtime::runner::Runner`]), one
//! door to AWS ([`runtime::gate::Gate`]), panes that only read ([`ui::surface::Surface`]). That
//! is the whole architecture.
//!
//! * A **command** ([`command`]) is a named intention. Keys, palette, mouse, footer, help and the
//!   key table of the README are made from one table.
//! * An **action** ([`store::Action`]) is the only thing that changes the store. Time, answers of
//!   tasks and the user's wishes all come as actions.
//! * An **effect** ([`store::Effect`]) is plain data that describes an I/O: a *query* (the latest
//!   wins), a *stream* (many answers under one ticket), a *run* (writes, never cancelled by
//!   dropping it), or something that only the owner of the terminal can do.
//! * A **ticket** ([`store::Ticket`]) stamps a query and its answers, so that a late answer is
//!   recognised and dropped ([`store::slot::Slot::accept`] is the only way in).
//!
//! # The layers
//!
//! Imports run one way, checked by `tests/architecture.rs`:
//!
//! | layer | what it is | may use |
//! |---|---|---|
//! | [`domain`] | plain types and pure logic; no SDK, no tokio, no ratatui, no clock | nothing of ours |
//! | [`ports`] | the traits, the errors in domain words, the table of operations | `domain` |
//! | [`aws`], [`demo`] | what stands behind the ports | `domain`, `ports` |
//! | [`store`] | slices of state, actions, effects, reducers: pure and synchronous | `domain`, `ports` |
//! | [`runtime`] | the runner, the Gate, one file of jobs for each slice, the clock | `ports`, `store`, `settings` |
//! | [`ui`] | panes, overlays, widgets: read the store, draw, return intents | `store`, `command`, `keymap`, `theme` |
//! | [`app`], [`cli`] | the event loop and the command line | everything |
//!
//! # Adding a pane
//!
//! A file in `ui/panes/`, a line in [`ui::panes::PANES`], its commands in [`command`], a section
//! in `keymaps/default.toml`. New *data* adds a slice in `store/`, a job file in `runtime/jobs/`,
//! port methods with their row in [`ports::operation`], and one variant each in [`store::Action`]
//! and [`store::Work`]. If it takes more, mend the architecture first.

// Everything that is printed goes through `cli::headless::tell` and `cli::output`, which let nothing
// out that a terminal would obey.
#![warn(clippy::print_stdout, clippy::print_stderr)]

pub mod app;
pub mod aws;
pub mod cli;
pub mod command;
pub mod demo;
pub mod domain;
pub mod keymap;
pub mod ports;
pub mod runtime;
pub mod settings;
pub mod store;
pub mod theme;
pub mod ui;
