//! What of ours writes while one looks elsewhere: redrives and edits, in the words of the header,
//! and the way to stop them from anywhere.

use super::{
    overlays::picker::{Choice, Item, Picker},
    surface::Outcome,
};
use crate::{
    domain::age,
    store::{
        Action, Store, configure,
        effect::Control,
        letters::{self, Run},
        toast::{self, Tone},
    },
};

/// The redrives that run, for the header; a short one is a sign and the figures.
pub fn redrives(store: &Store, is_short: bool) -> Option<String> {
    let mut running = store.letters.running();
    let first = running.next()?;
    let others = running.count();
    if others > 0 {
        return Some(format!("▸ {} redrives", others + 1));
    }
    let figures = figures(first);
    if is_short {
        return Some(format!("▸ {}", figures.replace(" of ", "/")));
    }
    let paused = if first.control == Control::Pause {
        ", paused"
    } else {
        ""
    };
    Some(format!("▸ redrive {figures}{paused}"))
}

/// `79 of 186`, as far as it is known.
fn figures(run: &Run) -> String {
    let Some(progress) = &run.progress else {
        return "…".to_owned();
    };
    let settled = age::count(progress.tally.settled());
    match progress.planned {
        Some(planned) => format!("{settled} of {}", age::count(planned)),
        None => settled,
    }
}

/// How many functions are being edited, for the header: no pane but Configure and Activity says
/// how far it is.
pub fn edits(store: &Store) -> Option<String> {
    let runs = store.configure.runs().iter().filter(|run| run.is_running());
    let parts = runs.flat_map(|run| &run.parts);
    let count = parts.filter(|part| part.end.is_none()).count();
    (count > 0).then(|| format!("▸ applying {count}"))
}

/// Stops what runs; asks which if there are several.
pub fn stop(store: &Store) -> Outcome {
    let redrives = store.letters.running().map(|run| {
        let step = letters::Step::Control(run.id, Control::Stop);
        Item {
            label: format!("redrive of {}", run.queue.arn.resource_name()),
            detail: figures(run),
            key: String::new(),
            choice: Choice::Act(Action::Letters(letters::Action::Do(step))),
        }
    });
    let edits = store.configure.runs().iter().filter(|run| run.is_running());
    let edits = edits.map(|run| {
        let step = configure::Step::Stop(run.id);
        Item {
            label: run.title.clone(),
            detail: "before its next step".to_owned(),
            key: String::new(),
            choice: Choice::Act(Action::Configure(configure::Action::Do(step))),
        }
    });
    let items: Vec<Item> = redrives.chain(edits).collect();
    match items.as_slice() {
        [] => {
            let nothing = "nothing of ours is under way".to_owned();
            Outcome::act(Action::Toast(toast::Action::Show(Tone::Info, nothing)))
        }
        [
            Item {
                choice: Choice::Act(action),
                ..
            },
        ] => Outcome::act(action.clone()),
        _ => Outcome::open(Picker::new("Stop which", items)),
    }
}
