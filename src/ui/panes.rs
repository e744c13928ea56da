//! The panes. A new one is a file here and a line in [`PANES`].

pub mod activity;
pub mod configure;
pub mod functions;
pub mod invoke;
pub mod letters;
pub mod logs;
pub mod overview;

use super::surface::Surface;
use crate::store::{
    activity::ACTIVITY,
    configure::CONFIGURE,
    invoke::INVOKE,
    letters::LETTERS,
    logs::PANE as LOGS,
    overview::OVERVIEW,
    ui::{self, PaneId},
};

/// One pane of the product.
pub struct PaneSpec {
    /// Its id, by which the store knows it.
    pub id: PaneId,
    /// The name in its border and on its tab.
    pub name: &'static str,
    /// The command that goes there; its key is shown on the tab.
    pub command: &'static str,
    /// Makes its view.
    pub make: fn() -> Box<dyn Surface>,
}

/// Every pane: the list first, then the tabs from left to right.
pub const PANES: &[PaneSpec] = &[
    PaneSpec {
        id: ui::FUNCTIONS,
        name: "Functions",
        command: "pane.functions",
        make: || Box::new(functions::FunctionsPane::default()),
    },
    PaneSpec {
        id: OVERVIEW,
        name: "Overview",
        command: "pane.overview",
        make: || Box::new(overview::OverviewPane::default()),
    },
    PaneSpec {
        id: LOGS,
        name: "Logs",
        command: "pane.logs",
        make: || Box::<logs::LogsPane>::default(),
    },
    PaneSpec {
        id: LETTERS,
        name: "Dead letters",
        command: "pane.letters",
        make: || Box::<letters::LettersPane>::default(),
    },
    PaneSpec {
        id: INVOKE,
        name: "Invoke",
        command: "pane.invoke",
        make: || Box::new(invoke::InvokePane::default()),
    },
    PaneSpec {
        id: CONFIGURE,
        name: "Configure",
        command: "pane.configure",
        make: || Box::<configure::ConfigurePane>::default(),
    },
    PaneSpec {
        id: ACTIVITY,
        name: "Activity",
        command: "pane.activity",
        make: || Box::<activity::ActivityPane>::default(),
    },
];
