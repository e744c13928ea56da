//! What the commands of the pane mean.

use super::{
    LettersPane, Level, Question, act, clusters, dialogs, queues, raw, redrive, report, resume,
    step,
};
use crate::{
    domain::secret::Secret,
    ports::ApiError,
    store::{
        Action, Store,
        effect::Control,
        letters::{LetterId, Look, LookEnd, QueueKey, QueueLetters, Step, Which},
        session, toast, ui,
    },
    ui::{
        overlays::text::TextView,
        surface::{Intent, Outcome, View},
    },
};

impl LettersPane {
    pub(super) fn take_command(&mut self, id: &str, view: View<'_>) -> Outcome {
        if self.asking.is_open() {
            return self.take_input(id, view);
        }
        let store = view.store;
        if let Some(outcome) = self.take_run(id, view) {
            return outcome;
        }
        if self.on_card && id.starts_with("list.") && self.grid().is_some_and(|grid| grid.moved(id))
        {
            // A card has nothing to move in: the keys go back to the rows.
            self.on_card = false;
            return Outcome::done();
        }
        if !self.on_card {
            let moved = match self.grid() {
                Some(grid) => grid.moved(id),
                None => self.body.moved(id),
            };
            if moved || !id.starts_with("app.") {
                self.choose_row();
            }
            if moved {
                return Outcome::done();
            }
        }
        match id {
            "app.back" | "app.close" => return self.back(store),
            "app.next-region" | "app.previous-region" if self.has_card() => {
                // Past the card it is the screen's turn.
                if self.on_card == (id == "app.next-region") {
                    self.on_card = false;
                    return Outcome::Ignored;
                }
                self.on_card = !self.on_card;
                return Outcome::done();
            }
            "app.stop" => return self.stop(store),
            "app.why" => return self.why(view),
            "app.refresh" => return Self::refresh(store),
            "dlq.all" => {
                self.all_letters();
                return Outcome::done();
            }
            "list.open" | "text.fold" if !self.on_card => {
                if matches!(self.level, Level::Letter(..)) {
                    return if self.body.fold() {
                        Outcome::done()
                    } else {
                        info("nothing begins here that can be folded")
                    };
                }
                return self.deeper(store);
            }
            "list.filter" => return self.ask_filter(store),
            "list.faults-only" => {
                if self.level == Level::Queues {
                    self.arranged.faults_only = !self.arranged.faults_only;
                } else {
                    self.not_ready_only = !self.not_ready_only;
                }
                return Outcome::done();
            }
            "list.sort" => return self.next_order(),
            _ => {}
        }
        match store
            .letters
            .queue_letters()
            .filter(|_| self.level != Level::Queues)
        {
            Some(queue_letters) => self.with_queue_letters(id, queue_letters, view),
            None => self.with_queue(id, view),
        }
    }

    pub(super) const fn has_card(&self) -> bool {
        !self.card.is_empty()
    }

    /// Commands about the redrive of the card.
    fn take_run(&mut self, id: &str, view: View<'_>) -> Option<Outcome> {
        let store = view.store;
        let is_about_it = matches!(
            id,
            "dlq.pause" | "dlq.report" | "dlq.skip-canary" | "dlq.dismiss"
        ) || (self.on_card
            && matches!(id, "dlq.save" | "dlq.resume" | "app.why"));
        if !is_about_it {
            return None;
        }
        let Some(run) = self.run(store) else {
            return Some(info("no redrive of this queue is known"));
        };
        if !run.is_running() && matches!(id, "dlq.pause" | "dlq.skip-canary") {
            return Some(info("this redrive has ended"));
        }
        let control = |control| Some(act(Step::Control(run.id, control)));
        let journal = store.letters.journal_of(run);
        match (id, journal) {
            ("dlq.report" | "dlq.resume", Some(journal)) => {
                return Some(resume::ask_resume(journal, view));
            }
            // The shell finds another one.
            ("dlq.resume", None) => return None,
            _ => {}
        }
        match id {
            "dlq.pause" if run.control == Control::Pause => control(Control::Resume),
            "dlq.pause" => control(Control::Pause),
            "dlq.skip-canary" => {
                if run.waits_for_canary() {
                    control(Control::Skip)
                } else {
                    Some(info("no canary is waited for"))
                }
            }
            "dlq.dismiss" if run.is_running() => Some(info("it still runs: x stops it")),
            "dlq.dismiss" => Some(act(Step::Dismiss(run.id))),
            "dlq.report" | "app.why" => Some(Outcome::open(report::RunView::new(run.id))),
            _ => Some(dialogs::export_report(run)),
        }
    }

    /// What is shown here is stopped here; of what else runs the shell asks which.
    fn stop(&self, store: &Store) -> Outcome {
        let run = self.run(store).filter(|run| run.is_running());
        match run {
            Some(run) if self.on_card || self.level != Level::Queues => {
                act(Step::Control(run.id, Control::Stop))
            }
            None if store.letters.is_reading() => act(Step::Stop),
            _ => Outcome::Ignored,
        }
    }

    fn with_queue_letters(
        &mut self,
        id: &str,
        queue_letters: &QueueLetters,
        view: View<'_>,
    ) -> Outcome {
        if let Some(outcome) = Self::of_queue(id, &queue_letters.key, view) {
            return outcome;
        }
        match id {
            "dlq.more" => act(Step::ReadMore),
            "dlq.mark" => self.mark(queue_letters),
            "dlq.range" => self.mark_range(queue_letters),
            "dlq.mark-all" => self.mark_all(queue_letters),
            "text.find" => {
                self.asking.open(Question::Find, self.body.find());
                Outcome::done()
            }
            "text.next-match" | "text.previous-match" => {
                if !matches!(self.level, Level::Letter(..)) {
                    return info("a search is for one letter; / filters letters");
                }
                if self.body.next_match(id == "text.next-match", false) {
                    Outcome::done()
                } else {
                    info("no match; / searches")
                }
            }
            "app.copy" => self.copy(queue_letters, false),
            "app.copy-all" => self.copy(queue_letters, true),
            "app.raw" => match self.letter(queue_letters) {
                Some(letter) => Outcome::open(TextView::new("Message", raw::message(letter))),
                None => info("no letter is under the cursor"),
            },
            _ if id.starts_with("dlq.") => self.with_letters(id, queue_letters, view),
            _ => Outcome::Ignored,
        }
    }

    /// Commands about one letter, or about those that are wanted.
    fn with_letters(&mut self, id: &str, queue_letters: &QueueLetters, view: View<'_>) -> Outcome {
        let Some(wanted) = self.wanted(queue_letters) else {
            return info("no letter is here yet");
        };
        let one = || {
            self.letter(queue_letters)
                .map(|letter| letter.message.id.clone())
        };
        let of_one =
            |make: fn(LetterId) -> Step, takes: &str| match self.one_letter(queue_letters, takes) {
                Ok(letter) => act(make(letter)),
                Err(why) => info(&why),
            };
        match id {
            "dlq.logs" => match (&self.level, queue_letters.marks()) {
                (Level::Letters(_) | Level::Letter(..), 0) | (_, 1) => {
                    of_one(Step::Logs, "this shows the log lines of")
                }
                _ => act(Step::LogsOf(wanted.which)),
            },
            "dlq.invoke" => {
                let mut outcome = of_one(Step::Invoke, "Invoke takes");
                if let (Outcome::Done(intents), true) =
                    (&mut outcome, wanted.stands_for_many(queue_letters))
                {
                    let count = wanted.count;
                    let text =
                        format!("Invoke takes the oldest of the {count} letters of this cluster");
                    intents.push(Intent::Act(said(&text)));
                }
                outcome
            }
            "dlq.function" => of_one(Step::OpenFunction, "this opens the function of"),
            "dlq.edit" => match &wanted.which {
                Which::Letters(letters) if letters.len() == 1 => {
                    act(Step::Edit(letters[0].clone()))
                }
                Which::Marked if wanted.count == 1 => {
                    let marked = queue_letters.select(&Which::Marked);
                    marked
                        .into_iter()
                        .next()
                        .map_or_else(Outcome::done, |letter| act(Step::Edit(letter)))
                }
                _ => dialogs::edit_with(wanted.which, wanted.count, ""),
            },
            "dlq.undo" => act(Step::Undo(wanted.which)),
            "dlq.save" => dialogs::save(one(), wanted, queue_letters),
            "dlq.redrive" => redrive::open(wanted.which, queue_letters, view.store, false),
            "dlq.delete" => redrive::open(wanted.which, queue_letters, view.store, true),
            _ => Outcome::Ignored,
        }
    }

    /// Commands about the queue under the cursor.
    fn with_queue(&mut self, id: &str, view: View<'_>) -> Outcome {
        if id == "dlq.add" {
            return Outcome::open(dialogs::ask_queue(view.store.sessions.current().place()));
        }
        let store = view.store;
        let queue = self.queue_under();
        let queue = queue.and_then(|queue| store.letters.discovery().queue(queue));
        let Some(queue) = queue else {
            return Outcome::Ignored;
        };
        let key = QueueKey {
            session: store.sessions.current().id,
            arn: queue.arn.clone(),
        };
        if let Some(outcome) = Self::of_queue(id, &key, view) {
            return outcome;
        }
        match id {
            "functions.logs" => run("pane.logs"),
            "functions.invoke" => run("pane.invoke"),
            "functions.configure" => run("pane.configure"),
            "app.copy" => copy(queue.name().to_owned()),
            "app.copy-all" => copy(queue.arn.as_str().to_owned()),
            "app.raw" => Outcome::open(TextView::new(
                format!("Queue {}", queue.name()),
                raw::queue(queue),
            )),
            _ => Outcome::Ignored,
        }
    }

    /// Commands about a whole queue, wherever it stands.
    fn of_queue(id: &str, queue: &QueueKey, view: View<'_>) -> Option<Outcome> {
        Some(match id {
            "dlq.purge" => dialogs::purge(queue, view),
            "dlq.send" => dialogs::send(queue, view),
            "dlq.import" => dialogs::import(queue, view),
            "dlq.move-task" => dialogs::move_task(queue, view),
            _ => return None,
        })
    }

    fn mark(&mut self, queue_letters: &QueueLetters) -> Outcome {
        let row = match self.level {
            Level::Clusters => self.clusters.cursor(),
            _ => self.letters.cursor(),
        };
        let ids = self.ids_of(row..=row, queue_letters);
        let is_marked = !ids.is_empty() && ids.iter().all(|id| queue_letters.is_marked(id));
        if let Some(grid) = self.grid() {
            grid.moved("list.down");
        }
        act(if is_marked {
            Step::Unmark(ids)
        } else {
            Step::Mark(ids)
        })
    }

    fn mark_range(&mut self, queue_letters: &QueueLetters) -> Outcome {
        let row = match self.level {
            Level::Clusters => self.clusters.cursor(),
            Level::Letters(_) => self.letters.cursor(),
            Level::Letter(..) | Level::Queues => return info("a range is for rows"),
        };
        match self.range.take() {
            None => {
                self.range = Some(row);
                Outcome::done()
            }
            Some(from) => act(Step::Mark(
                self.ids_of(from.min(row)..=from.max(row), queue_letters),
            )),
        }
    }

    fn mark_all(&mut self, queue_letters: &QueueLetters) -> Outcome {
        let rows = match self.level {
            Level::Clusters => self.cluster_places.len(),
            _ => self.letter_places.len(),
        };
        let Some(last) = rows.checked_sub(1) else {
            return Outcome::done();
        };
        let all = self.ids_of(0..=last, queue_letters);
        if all.iter().all(|id| queue_letters.is_marked(id)) {
            act(Step::UnmarkAll)
        } else {
            act(Step::Mark(all))
        }
    }

    fn copy(&self, queue_letters: &QueueLetters, whole: bool) -> Outcome {
        let Some(letter) = self.letter(queue_letters) else {
            return Outcome::done();
        };
        let body = || {
            queue_letters
                .text(&letter.message.id)
                .map(|text| text.reveal().to_string())
        };
        let text = match (&self.level, whole) {
            (_, true) => body(),
            (Level::Clusters, false) => self
                .cluster(queue_letters)
                .map(|cluster| cluster.headline.clone()),
            (Level::Letter(..), false) => self.body.line_text(),
            (_, false) => Some(letter.message.id.to_string()),
        };
        text.map_or_else(Outcome::done, copy)
    }

    fn refresh(store: &Store) -> Outcome {
        if !store.sessions.current().is_open() {
            return Outcome::Ignored;
        }
        let discovery = store.letters.discovery();
        let refused = discovery
            .error()
            .into_iter()
            .chain(
                store
                    .letters
                    .queue_letters()
                    .and_then(|queue_letters| queue_letters.attributes.error()),
            )
            .any(ApiError::is_about_credentials);
        Outcome::act(if refused {
            // The shell looks at the session and the list only: neither was asked since.
            Action::Session(session::Action::Reopen)
        } else {
            step(Step::Refresh)
        })
    }

    fn why(&self, view: View<'_>) -> Outcome {
        let store = view.store;
        let profile = store.sessions.current().target.profile_name();
        let queue_letters = store
            .letters
            .queue_letters()
            .filter(|_| self.level != Level::Queues);
        let failed = queue_letters.and_then(|queue_letters| match &queue_letters.look {
            Look::Ended(LookEnd::Failed(error)) => Some(error),
            _ => queue_letters.attributes.error(),
        });
        if let Some(error) = failed {
            return Outcome::open(TextView::why(error, profile));
        }
        if let (Level::Letters(_) | Level::Letter(..), Some(queue_letters)) =
            (&self.level, queue_letters)
            && let Some(letter) = self.letter(queue_letters)
            && let Some(verdict) = queue_letters.verdict(&letter.message.id)
        {
            let text = format!("{}: {}", verdict.title(), verdict.reason());
            return Outcome::open(TextView::new("Why", text));
        }
        let discovery = store.letters.discovery();
        let problems: Vec<&ApiError> = discovery
            .error()
            .into_iter()
            .chain(discovery.problems())
            .collect();
        match problems.as_slice() {
            [] => Outcome::Ignored,
            [one] => Outcome::open(TextView::why(one, profile)),
            many => {
                let lines: Vec<String> = many
                    .iter()
                    .map(|error| format!("{error}\n  {}", error.next_step(profile)))
                    .collect();
                Outcome::open(TextView::new("Why", lines.join("\n\n")))
            }
        }
    }

    fn ask_filter(&mut self, store: &Store) -> Outcome {
        let (question, text) = match (&self.level, store.letters.queue_letters()) {
            (Level::Queues, _) | (_, None) => (Question::Queues, self.arranged.filter.as_str()),
            (_, Some(queue_letters)) => (Question::Letters, queue_letters.filter.text.as_str()),
        };
        self.asking.open(question, text);
        // Letters are filtered where they are listed.
        if let Level::Letter(_, cluster) = self.level {
            self.level = Level::Letters(cluster);
        }
        Outcome::done()
    }

    /// `s`: the next order; after the last the first comes again.
    fn next_order(&mut self) -> Outcome {
        fn next<T: Copy + PartialEq>(all: &[T], now: T) -> T {
            let place = all.iter().position(|&one| one == now).unwrap_or(0);
            all[(place + 1) % all.len()]
        }
        match self.level {
            Level::Queues => {
                self.arranged.order = next(&queues::Order::ALL, self.arranged.order);
                info(&format!("by {}", self.arranged.order.title()))
            }
            Level::Letters(_) => {
                self.order = next(&clusters::Order::ALL, self.order);
                info(&format!("by {}", self.order.title()))
            }
            Level::Clusters => info("clusters stand by their size"),
            Level::Letter(..) => Outcome::done(),
        }
    }
}

fn run(command: &'static str) -> Outcome {
    Outcome::Done(vec![Intent::Run(command)])
}

pub(super) fn info(text: &str) -> Outcome {
    Outcome::act(said(text))
}

/// A short message.
pub(super) fn said(text: &str) -> Action {
    Action::Toast(toast::Action::Show(toast::Tone::Info, text.to_owned()))
}

fn copy(text: String) -> Outcome {
    Outcome::Done(vec![Intent::Act(Action::Ui(ui::Action::Copy(
        Secret::new(text),
    )))])
}
