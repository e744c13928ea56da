//! lambdeck: an operations console for AWS Lambda in the terminal.
//!
//! This page is the short form of `docs/architecture.md`, with links that the compiler checks.
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
//! The layers are the modules below. `docs/architecture.md` §3 says what each owns and may use;
//! `tests/architecture.rs` checks it. How to add a pane, a command, a setting or an operation is in
//! §14 there. A pane begins in [`ui::panes::PANES`], an operation in [`ports::operation`].

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
