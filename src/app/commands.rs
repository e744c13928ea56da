//! The commands that belong to no pane: going places, overlays, quitting.

use super::{App, Exit};
use crate::{
    command::{CommandSpec, Context},
    domain::{
        console_url,
        region::REGIONS,
        secret::Secret,
        session::{Target, WriteState},
    },
    keymap::Keymap,
    store::{
        Action, functions, session, toast,
        ui::{self, FUNCTIONS, PaneId},
    },
    ui::{
        overlays::{
            confirm::Confirm,
            messages,
            picker::{Choice, Item, Picker},
            stop,
            text::TextView,
        },
        panes::{PANES, letters},
        screen,
        surface::Outcome,
        under_way,
    },
};

impl App {
    /// Runs a command that the topmost surface did not take.
    pub(super) fn run_global(&mut self, spec: &'static CommandSpec) {
        if let Some(pane) = PANES.iter().find(|pane| pane.command == spec.id) {
            self.overlays.clear();
            self.go_to(pane.id);
            return;
        }
        match spec.id {
            "app.help" => self.open_commands(Picker::help),
            "app.palette" => self.open_commands(palette),
            "stop.open" => self.stop_the_damage(),
            "dlq.resume" => {
                let view = super::view(&self.store, &self.keymap, &self.theme);
                let asked = letters::unfinished(view);
                self.perform(asked);
            }
            "app.stop" => {
                let stopping = under_way::stop(&self.store);
                self.perform(stopping);
            }
            "dlq.queue" => {
                self.perform(Outcome::open(letters::ask_queue(
                    self.store.sessions.current().place(),
                )));
            }
            "app.back" => self.back(),
            "app.close" => {
                if self.overlays.is_empty() && !self.store.ui.can_go_back() {
                    self.quit();
                } else {
                    self.back();
                }
            }
            "app.quit" => self.quit(),
            "app.suspend" => self.apply(Action::Ui(ui::Action::Suspend)),
            // What stands on top is the whole screen to whoever reads it: nothing moves behind it.
            "app.zoom"
            | "app.next-region"
            | "app.previous-region"
            | "pane.next-tab"
            | "pane.previous-tab"
                if self.has_overlay() => {}
            "app.zoom" => self.apply(Action::Ui(ui::Action::Zoom)),
            "pane.next-tab" => self.turn_tab(1),
            "pane.previous-tab" => self.turn_tab(-1),
            "app.next-region" | "app.previous-region" => self.other_side(),
            "app.messages" => self.messages(),
            "app.refresh" => self.apply(Action::Functions(functions::Action::Refresh)),
            "app.why" => self.why(),
            "app.console-url" => self.console_url(),
            "app.unlock" => self.ask_unlock(),
            "app.actions" => self.open_commands(Picker::actions),
            "app.profile" => self.choose_profile(),
            "app.region" => self.choose_region(),
            // A key of forms, where there is one field.
            id if id.starts_with("input.") => {}
            "dialog.toggle" => self.means_nothing(spec, "ticks a box, and there is none here"),
            "dialog.reveal" => {
                self.means_nothing(spec, "shows what was typed in a draft: not here");
            }
            _ => self.means_nothing(spec, &format!("({}) does nothing here", spec.title)),
        }
    }

    /// Says that a key means nothing here, by the key that was pressed.
    fn means_nothing(&mut self, spec: &CommandSpec, why: &str) {
        let keys = self.keymap.keys_for(spec.id, &self.path());
        let text = match keys.first() {
            Some(key) => format!("{key} {why}"),
            None => format!("{} does nothing here", spec.title),
        };
        self.toast(toast::Tone::Info, text);
    }

    const fn has_overlay(&self) -> bool {
        !self.overlays.is_empty()
    }

    /// What was said, whole, and the line below the pane, which has room for its beginning only.
    fn messages(&mut self) {
        let view = super::view(&self.store, &self.keymap, &self.theme);
        let status_line = self.focused().and_then(|pane| pane.status_line(view));
        let view = messages::view(&self.store, status_line.as_deref());
        self.perform(Outcome::open(view));
    }

    fn open_commands(&mut self, make: fn(&[Context], &Keymap, bool) -> Picker) {
        let path = self.path();
        let picker = make(&path, &self.keymap, self.subject().is_ok());
        self.perform(Outcome::open(picker));
    }

    /// Shows a pane, about the subject.
    fn go_to(&mut self, pane: PaneId) {
        self.apply(match self.subject() {
            Ok(subject) => Action::Open(subject.arn, pane),
            Err(_) => Action::Ui(ui::Action::Focus(pane)),
        });
    }

    fn stop_the_damage(&mut self) {
        // A dialog is about something of its own.
        if !self.overlays.is_empty() {
            return;
        }
        if let Ok(subject) = self.subject() {
            let menu = stop::open(subject, &self.store);
            self.perform(menu);
        }
    }

    fn back(&mut self) {
        if self.overlays.pop().is_none() {
            self.apply(Action::Ui(ui::Action::Back));
        }
    }

    fn turn_tab(&mut self, by: isize) {
        let tabs: Vec<PaneId> = screen::tabs().map(|tab| tab.id).collect();
        if tabs.is_empty() {
            return;
        }
        let now = tabs
            .iter()
            .position(|&tab| tab == self.store.ui.tab())
            .unwrap_or(0);
        let turned = |steps: usize| {
            let place = now as isize + by * steps as isize;
            tabs[place.rem_euclid(tabs.len() as isize) as usize]
        };
        if self.store.ui.focus() == FUNCTIONS && self.store.ui.is_split() {
            self.apply(Action::Ui(ui::Action::Show(turned(1))));
            return;
        }
        // What is about one function is passed by where there is none.
        let has_subject = self.subject().is_ok();
        let fits = |tab: &PaneId| screen::opens(*tab).is_some_and(|spec| spec.fits(has_subject));
        if let Some(tab) = (1..=tabs.len()).map(turned).find(fits) {
            self.go_to(tab);
        }
    }

    fn other_side(&mut self) {
        let ui = &self.store.ui;
        let other = if ui.focus() == FUNCTIONS {
            ui.tab()
        } else {
            FUNCTIONS
        };
        self.apply(Action::Ui(ui::Action::Focus(other)));
    }

    /// Whether the session could not be opened, or its credentials were refused: then refresh
    /// is retry, and opens it anew.
    pub(super) fn is_refused(&self) -> bool {
        let session = self.store.sessions.current();
        match &session.status {
            session::Status::Failed(_) => true,
            _ => [
                session.identity.error(),
                self.store.functions.slot().error(),
            ]
            .into_iter()
            .flatten()
            .any(|error| error.is_about_credentials() || error.is_unreachable()),
        }
    }

    fn choose_profile(&mut self) {
        let sessions = &self.store.sessions;
        let now = sessions.current().target.clone();
        let items = sessions
            .profiles()
            .iter()
            .map(|target| Item {
                label: target.profile_name().to_owned(),
                detail: target.region.clone().unwrap_or_default(),
                key: String::new(),
                choice: Choice::Act(Action::Session(session::Action::Open(Target {
                    region: target.region.clone().or_else(|| now.region.clone()),
                    endpoint: now.endpoint.clone(),
                    ..target.clone()
                }))),
            })
            .collect();
        self.perform(Outcome::open(Picker::new("Profile", items)));
    }

    fn choose_region(&mut self) {
        let now = &self.store.sessions.current().target;
        let items = REGIONS
            .iter()
            .map(|(region, place)| Item {
                label: (*region).to_owned(),
                detail: (*place).to_owned(),
                key: String::new(),
                choice: Choice::Act(Action::Session(session::Action::OpenRegion(
                    (*region).to_owned(),
                ))),
            })
            .collect();
        let title = format!("Region (now {})", now.region.as_deref().unwrap_or("none"));
        let picker = Picker::new(title, items).or_free_text(|typed| {
            let known =
                !typed.is_empty() && typed.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            known.then(|| Action::Session(session::Action::OpenRegion(typed.to_owned())))
        });
        self.perform(Outcome::open(picker));
    }

    fn why(&mut self) {
        let session = self.store.sessions.current();
        let failed = match &session.status {
            session::Status::Failed(error) => Some(error),
            _ => None,
        };
        let error = failed
            .or_else(|| self.store.functions.slot().error())
            .or_else(|| self.store.toasts.last_error())
            .or_else(|| self.store.functions.state_error())
            .or_else(|| session.identity.error());
        match error {
            Some(error) => {
                let why = TextView::why(error, session.target.profile_name());
                self.perform(Outcome::open(why));
            }
            None => self.toast(toast::Tone::Info, "nothing has failed"),
        }
    }

    /// Only a real endpoint of AWS has pages in its console.
    fn console_url(&mut self) {
        let url = self
            .subject()
            .ok()
            .filter(|_| !self.store.sessions.current().custom_endpoint)
            .and_then(|subject| console_url::function(&subject.arn));
        match url {
            Some(url) => {
                self.toast(toast::Tone::Info, url.clone());
                self.apply(Action::Ui(ui::Action::Copy(Secret::new(url))));
            }
            None => self.toast(
                toast::Tone::Info,
                "the AWS console has no page for what is selected here",
            ),
        }
    }

    fn quit(&mut self) {
        let session = self.store.sessions.current();
        let region = session.target.region.as_deref().unwrap_or_default();
        let (stopped, edits) = self.store.configure.business(session.account(), region);
        let unsent = self.store.configure.unsent();
        if self.runs == 0 && stopped.is_empty() && unsent.is_empty() {
            self.leave(Exit::Quit);
            return;
        }
        let (mut lines, known) = self.store.letters.business();
        let is_stopped = !stopped.is_empty();
        lines.extend(stopped);
        let others = self.runs.saturating_sub(known + edits);
        if others > 0 || (self.runs > 0 && lines.is_empty()) {
            lines.push(format!(
                "{} still running: an invoke or a write that is under way.",
                others.max(1)
            ));
        }
        let is_unsent = !unsent.is_empty();
        lines.extend(unsent);
        let waits =
            "Quitting waits up to 5 s for the next safe step; what AWS already has goes on there.";
        let stays = if self.store.configure.memory().is_fleeting {
            "The demo account ends with this program: its next start begins anew."
        } else {
            "What is stopped stays stopped; the next start on this machine offers to restore it."
        };
        let goes = "What was not sent is kept nowhere: it goes with this program.";
        lines.push(String::new());
        let notes = [
            (self.runs > 0, waits),
            (self.runs == 0 && is_stopped, stays),
            (is_unsent, goes),
        ];
        let notes = notes.into_iter().filter(|(is_so, _)| *is_so);
        lines.extend(notes.map(|(_, note)| note.to_owned()));
        let dialog = Confirm::new("Quit", lines, "Quit", Vec::new()).and_leave();
        self.perform(Outcome::open(dialog));
    }

    fn ask_unlock(&mut self) {
        let session = self.store.sessions.current();
        match session.write {
            WriteState::Protected => {}
            WriteState::ReadOnly { .. } => {
                let why = "read-only cannot be lifted: start without --read-only and read_only, with a config.toml that is sound";
                self.toast(toast::Tone::Info, why);
                return;
            }
            WriteState::Open | WriteState::Unlocked { .. } => {
                self.toast(toast::Tone::Info, "this session is not locked");
                return;
            }
        }
        let Some(account) = session.account().map(str::to_owned) else {
            self.toast(
                toast::Tone::Error,
                "the account is not known yet: nothing can be unlocked",
            );
            return;
        };
        let lines = vec![
            format!("profile  {}", session.target.profile_name()),
            format!("account  {account}"),
            String::new(),
            "Lifts the protected lock of this session for 30 minutes. Writes still ask.".to_owned(),
        ];
        let unlock = vec![Action::Session(session::Action::Unlock)];
        let dialog = Confirm::new("Unlock", lines, "Unlock", unlock).typed(account);
        self.perform(Outcome::open(dialog));
    }
}

/// The palette, in which `queue NAME` opens a queue.
fn palette(path: &[Context], keymap: &Keymap, has_subject: bool) -> Picker {
    Picker::palette(path, keymap, has_subject).or_free_text(letters::queue_by_name)
}
