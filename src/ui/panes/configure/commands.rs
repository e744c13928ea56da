//! What the commands of the pane do.

use super::{
    At, Cell, ConfigurePane, Kind, Prompt, Row, Section, Sign, cards, changes, compare, info,
    many::Many, raw, rows::Offer, step,
};
use crate::{
    domain::{age, draft::record::Ended, function::Arn, secret::Secret, session::SessionId},
    ports::ApiError,
    store::{
        Action,
        configure::{Step, Wish},
        identity::FunctionKey,
        session, ui,
    },
    ui::{
        overlays::{confirm::Confirm, review::ReviewDialog, text::TextView},
        surface::{Intent, Outcome, View},
    },
};

/// Asks for the review of a wish, and shows it.
fn review(session: SessionId, functions: Vec<Arn>, wish: Wish) -> Vec<Intent> {
    let asked = Step::Review {
        session,
        functions,
        wish,
    };
    vec![
        Intent::Act(step(asked)),
        Intent::Open(Box::new(ReviewDialog::new())),
    ]
}

fn copied(text: String) -> Outcome {
    Outcome::act(Action::Ui(ui::Action::Copy(Secret::new(text))))
}

impl ConfigurePane {
    pub(super) const fn is_narrowed(&self) -> bool {
        self.only_changed || !self.filter.is_empty()
    }

    pub(super) fn run_command(&mut self, id: &str, view: View<'_>) -> Outcome {
        if let Some(beside) = &mut self.beside {
            if let Some(outcome) = beside.on_command(id, view) {
                return outcome;
            }
            return match id {
                "app.back" | "app.close" => {
                    self.beside = None;
                    Outcome::done()
                }
                "configure.compare" => Self::compare(view, compare::left(view.store)),
                "app.refresh" => Self::compare_again(view),
                "app.why" => why_compared(view),
                _ => Outcome::Ignored,
            };
        }
        if let Some(place) = self.scroll.moved(id, self.cursor, self.rows.len()) {
            self.cursor = place;
            return Outcome::done();
        }
        match id {
            "list.filter" => {
                self.prompt = Some(Prompt::with(&self.filter));
                Outcome::done()
            }
            // Esc keeps the text of the prompt, and a second one clears the filter.
            "input.leave" | "input.accept" | "input.submit" => {
                self.prompt = None;
                Outcome::done()
            }
            "input.undo" => {
                if self.prompt.as_mut().is_some_and(Prompt::undo) {
                    self.typed();
                }
                Outcome::done()
            }
            "app.back" if !self.filter.is_empty() => {
                self.filter.clear();
                Outcome::done()
            }
            "app.back" if self.only_changed => {
                self.only_changed = false;
                Outcome::done()
            }
            "configure.changed" => {
                self.only_changed = !self.only_changed;
                Outcome::done()
            }
            "configure.compare" => Self::compare(view, None),
            "app.refresh" => refresh(view),
            "app.why" => why(view),
            _ => match view.store.subject() {
                Some(key) => self.with_subject(id, &key, view),
                None => Outcome::Ignored,
            },
        }
    }

    fn with_subject(&mut self, id: &str, key: &FunctionKey, view: View<'_>) -> Outcome {
        match id {
            "app.copy-all" => return copied(key.arn.as_str().to_owned()),
            "app.stop" => return stop(key, view),
            "configure.restore" => return restore(None, key, view),
            "configure.rest" => return Self::of_report(key, view, Wish::Rest),
            "configure.revert" => return Self::of_report(key, view, Wish::Revert),
            _ => {}
        }
        let Some(at) = Self::with_form(view, key) else {
            let is_ours = id.starts_with("configure.");
            return if is_ours {
                info("the function is not read yet")
            } else {
                Outcome::Ignored
            };
        };
        match id {
            "configure.review" => self.review(&at),
            "configure.many" => self.many(&at),
            "configure.discard" => discard(&at),
            "configure.publish" => at.publish(),
            "configure.editor" => match at.blocked() {
                Some(why) => info(why),
                None => Outcome::act(step(Step::OpenEditor(key.clone()))),
            },
            "app.raw" => {
                let title = format!("Configuration of {}", key.arn.resource_name());
                let json = raw::json(&at.loaded.snapshot);
                Outcome::open(TextView::new(title, format!("{json:#}")))
            }
            _ => self.with_row(id, &at, view),
        }
    }

    fn with_row(&mut self, id: &str, at: &At<'_>, view: View<'_>) -> Outcome {
        let Some(row) = self.rows.get(self.cursor) else {
            return Outcome::Ignored;
        };
        match id {
            "configure.edit" => match &row.kind {
                Kind::Offer(offer) => Self::take(offer, at, view),
                _ => at.edit(row, self.is_revealed()),
            },
            "configure.add" => at.add(row),
            "configure.remove" if row.section == Section::Apply => self.put_away(at.key, view),
            "configure.remove" => at.remove(row),
            "configure.rename" => at.rename(row),
            "configure.undo" => at.undo(row),
            "configure.reveal" => self.reveal(),
            "app.copy" => self.copy(at),
            _ => Outcome::Ignored,
        }
    }

    fn reveal(&mut self) -> Outcome {
        let is_masked = |cell: &Cell| matches!(cell, Cell::Masked(_));
        let Some(row) = self.row() else {
            return Outcome::done();
        };
        if !is_masked(&row.now) && !row.then.as_ref().is_some_and(is_masked) {
            return info("only the values of the environment are masked");
        }
        self.revealed = if self.is_revealed() {
            None
        } else {
            Some(row.kind.clone())
        };
        Outcome::done()
    }

    fn copy(&self, at: &At<'_>) -> Outcome {
        let Some(row) = self.row() else {
            return Outcome::done();
        };
        match &row.kind {
            Kind::Item(item) => {
                let side = at.side(item);
                match side.value(self.is_revealed()) {
                    Some(value) => copied(value.to_owned()),
                    None if side.value(true).is_some() => {
                        info("masked: v reveals it, then y copies it")
                    }
                    None => info("nothing is set here"),
                }
            }
            Kind::Trigger(uuid) => copied(uuid.clone()),
            Kind::Header => Outcome::done(),
            _ => match &row.now {
                Cell::Text(text, _) => copied(text.clone()),
                Cell::Masked(_) => Outcome::done(),
            },
        }
    }

    /// The place of what cannot be, so that one sees it.
    fn wrong(&self) -> Option<usize> {
        let is_wrong =
            |row: &Row| row.sign == Sign::Refused || matches!(row.kind, Kind::Problem(_));
        self.rows.iter().position(is_wrong)
    }

    fn may_review(&mut self, at: &At<'_>) -> Option<Outcome> {
        if let Some(place) = self.wrong() {
            self.cursor = place;
            return Some(info("not reviewed: first mend what is marked ✖"));
        }
        let is_empty = at.function_form.draft().is_empty();
        is_empty.then(|| info("nothing is drafted: enter edits the row under the cursor"))
    }

    fn review(&mut self, at: &At<'_>) -> Outcome {
        if let Some(refusal) = self.may_review(at) {
            return refusal;
        }
        let wish = Wish::Edit(Box::new(at.function_form.draft().clone()));
        Outcome::Done(review(at.key.session, vec![at.key.arn.clone()], wish))
    }

    /// The same draft for other functions too.
    fn many(&mut self, at: &At<'_>) -> Outcome {
        if let Some(refusal) = self.may_review(at) {
            return refusal;
        }
        let others = at.store.functions.all().iter();
        let others: Vec<Arn> = others
            .map(|function| function.arn.clone())
            .filter(|arn| *arn != at.key.arn)
            .collect();
        if others.is_empty() {
            return info("there is no other function");
        }
        // What is marked in the list of functions is marked here too.
        let marked = at.store.functions.marked().iter().cloned();
        let marked = marked.filter(|arn| *arn != at.key.arn).collect();
        let (key, draft) = (at.key.clone(), at.function_form.draft().clone());
        let title = format!(
            "{} also for",
            age::counted(changes(at.function_form), "change")
        );
        Outcome::open(Many::new(title, others, marked, move |chosen| {
            let first = std::iter::once(key.arn.clone());
            let wish = Wish::Edit(Box::new(draft.clone()));
            review(key.session, first.chain(chosen).collect(), wish)
        }))
    }

    /// Does what a row offers.
    fn take(offer: &Offer, at: &At<'_>, view: View<'_>) -> Outcome {
        let for_it = |wish| review(at.key.session, vec![at.key.arn.clone()], wish);
        match offer {
            Offer::Rest(id) => Outcome::Done(for_it(Wish::Rest(id.clone()))),
            Offer::Revert(id) => Outcome::Done(for_it(Wish::Revert(id.clone()))),
            Offer::Restore(id) => restore(Some(id), at.key, view),
            // What was wished then: what is drafted by now may be something else.
            Offer::Again => match at.store.configure.run_of(at.key) {
                Some(run) => Outcome::Done(for_it(run.wish.clone())),
                None => Outcome::done(),
            },
        }
    }

    fn of_report(key: &FunctionKey, view: View<'_>, wish: fn(String) -> Wish) -> Outcome {
        let part = view
            .store
            .configure
            .run_of(key)
            .and_then(|run| run.part(&key.arn));
        let Some(Ok(report)) = part.and_then(|part| part.end.as_ref()) else {
            return info("no apply of this function has ended since lambdeck was started");
        };
        if matches!(wish(String::new()), Wish::Rest(_)) && report.ended == Ended::Done {
            return info("the last apply was carried out to its end: nothing is left");
        }
        let wish = wish(report.id.clone());
        Outcome::Done(review(key.session, vec![key.arn.clone()], wish))
    }

    fn put_away(&mut self, key: &FunctionKey, view: View<'_>) -> Outcome {
        match self.run(view.store, key) {
            Some((run, _)) if run.is_running() => info("it still works: x stops it"),
            Some((run, _)) => {
                self.put_away.push(run.id);
                Outcome::done()
            }
            None => Outcome::done(),
        }
    }

    /// Puts the function of the form, or the left one of two, beside another place.
    fn compare(view: View<'_>, left: Option<FunctionKey>) -> Outcome {
        let Some(key) = left.or_else(|| view.store.subject()) else {
            return Outcome::Ignored;
        };
        let function_form = view.store.configure.function_form(&key);
        Outcome::open(compare::picker(view.store, &key, function_form))
    }

    /// Reads the two places again.
    fn compare_again(view: View<'_>) -> Outcome {
        let slot = view.store.configure.comparison();
        let Some(one) = slot.value() else {
            return Self::compare(view, None);
        };
        let (left, right) = (one.left.clone(), one.right.clone());
        let session = view.store.sessions.current().id;
        let compare = Step::Compare(session, Box::new(left), Box::new(right));
        Outcome::act(step(compare))
    }
}

/// Reviews bringing back what was stopped; the newest of it, or one by its id.
fn restore(id: Option<&str>, key: &FunctionKey, view: View<'_>) -> Outcome {
    let mut cards = cards(view.store, key);
    let card = match id {
        Some(id) => cards.find(|card| card.id == id),
        None => cards.last(),
    };
    match card {
        Some(card) => {
            let wish = Wish::Restore(Box::new(card.clone()));
            Outcome::Done(review(key.session, vec![key.arn.clone()], wish))
        }
        None => info("nothing of this function was stopped from this machine"),
    }
}

fn stop(key: &FunctionKey, view: View<'_>) -> Outcome {
    match view.store.configure.run_of(key) {
        Some(run) if run.is_running() => Outcome::act(step(Step::Stop(run.id))),
        _ => Outcome::Ignored,
    }
}

fn discard(at: &At<'_>) -> Outcome {
    if at.function_form.draft().is_empty() {
        return info("nothing is drafted");
    }
    let lines = vec![
        format!("function   {}", at.key.arn.resource_name()),
        format!(
            "forgets    {}",
            age::counted(changes(at.function_form), "change")
        ),
        String::new(),
        "Nothing of it was sent.".to_owned(),
    ];
    let discard = step(Step::Discard(at.key.clone()));
    Outcome::open(Confirm::new(
        "Discard the draft",
        lines,
        "Discard",
        vec![discard],
    ))
}

fn refresh(view: View<'_>) -> Outcome {
    let store = view.store;
    let Some(key) = store
        .subject()
        .filter(|_| store.sessions.current().is_open())
    else {
        return Outcome::Ignored;
    };
    let slot = store
        .configure
        .function_form(&key)
        .map(super::FunctionForm::loaded);
    let is_refused = slot
        .and_then(|slot| slot.error())
        .is_some_and(ApiError::is_about_credentials);
    Outcome::act(if is_refused {
        Action::Session(session::Action::Reopen)
    } else {
        step(Step::Reload(key))
    })
}

/// What could not be read: one failure in full, several in turn.
fn told(errors: &[&ApiError], view: View<'_>) -> Outcome {
    let profile = view.store.sessions.current().target.profile_name();
    match errors {
        [] => Outcome::Ignored,
        [error] => Outcome::open(TextView::why(error, profile)),
        errors => {
            let each = errors.iter().map(|error| {
                let next = error.next_step(profile);
                let action = error
                    .missing_action()
                    .map_or_else(String::new, |action| format!("\n  IAM   {action}"));
                format!("{error}\n  next  {next}{action}\n")
            });
            Outcome::open(TextView::new("Why", each.collect::<Vec<_>>().join("\n")))
        }
    }
}

fn why(view: View<'_>) -> Outcome {
    let Some(key) = view.store.subject() else {
        return Outcome::Ignored;
    };
    let Some(slot) = view
        .store
        .configure
        .function_form(&key)
        .map(super::FunctionForm::loaded)
    else {
        return Outcome::Ignored;
    };
    let notes = slot.value().map(|loaded| loaded.notes.as_slice());
    let errors: Vec<&ApiError> = slot
        .error()
        .into_iter()
        .chain(notes.into_iter().flatten())
        .collect();
    told(&errors, view)
}

fn why_compared(view: View<'_>) -> Outcome {
    let slot = view.store.configure.comparison();
    let notes = slot.value().map(|one| one.notes.as_slice());
    let errors: Vec<&ApiError> = slot
        .error()
        .into_iter()
        .chain(notes.into_iter().flatten())
        .collect();
    told(&errors, view)
}
