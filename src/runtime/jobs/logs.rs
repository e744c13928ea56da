//! Tailing into a book, and what takes longer than a frame: searching, filtering, saving.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;

use crate::{
    domain::{
        logbook::{Direction, Filter, Found, Kept, Pages, Position},
        tail::Step,
    },
    ports::Operation,
    runtime::{
        runner::{Shared, blocking},
        tailer::LogTailer,
    },
    settings::create_private_file,
    store::{
        Action, Ticket,
        logs::{self, BookId, Phase, Status, Work},
        parcel::Parcel,
    },
};

/// How long a subject must stand still before its log is asked for.
const STAND_STILL: Duration = Duration::from_millis(200);
/// New lines are handed over in parcels: at latest so long after the one before …
const HAND_OVER_EVERY: i64 = 50;
/// … or as soon as there are so many.
const HAND_OVER_AT: usize = 500;

pub(super) async fn perform(shared: &Arc<Shared>, ticket: Ticket, work: Work) {
    match work {
        Work::Tail {
            book,
            sources,
            range,
            older,
            switching,
        } => {
            if switching {
                tokio::time::sleep(STAND_STILL).await;
            }
            let tailer = shared.tailers.of(book);
            let mut tailer = tailer.lock().await;
            tailer.open(&sources, range, older, shared.now());
            if let Some(source) = sources.first() {
                let session = source.function.session;
                TailJob::new(shared, book).work(&mut tailer, session).await;
            }
        }
        Work::Forget(book) => shared.tailers.clear(book),
        Work::Find {
            pages,
            filter,
            within,
            from,
            direction,
        } => {
            let (of, what, among) = (pages.clone(), filter.clone(), within.clone());
            let found = scan(move |cancelled| {
                let within = among.as_ref().map(|kept| &*kept.0);
                find(&of.0, &what.0, within, from, direction, cancelled)
            })
            .await;
            let Some((found, wrapped)) = found.flatten() else {
                return;
            };
            let action = logs::Action::Found(ticket.clone(), found, wrapped);
            shared.send(Action::Logs(action)).await;
            let Some(found) = found.filter(|_| filter.0.matcher.is_some()) else {
                return;
            };
            let counted = scan(move |cancelled| {
                let within = within.as_ref().map(|kept| &*kept.0);
                count(&pages.0, &filter.0, within, found, cancelled)
            })
            .await;
            if let Some((place, all)) = counted.flatten() {
                let action = logs::Action::Counted(ticket, place, all);
                shared.send(Action::Logs(action)).await;
            }
        }
        Work::Keep {
            pages,
            filter,
            earlier,
        } => {
            let kept = scan(move |cancelled| match earlier {
                Some(earlier) => earlier.0.refresh((*pages.0).clone(), cancelled),
                None => Kept::new((*filter.0).clone(), (*pages.0).clone(), cancelled),
            })
            .await;
            if let Some(kept) = kept.flatten() {
                let action = logs::Action::Kept(ticket, Parcel::new(kept));
                shared.send(Action::Logs(action)).await;
            }
        }
        Work::Save {
            path,
            pages,
            kept,
            names,
        } => {
            let saved = scan(move |cancelled| {
                let kept = kept.as_ref().map(|kept| &*kept.0);
                let names = names.as_ref().map(|names| names.0.as_slice());
                save(path, &pages.0, kept, names, cancelled)
            })
            .await;
            if let Some(saved) = saved {
                let action = logs::Action::Saved(ticket, saved);
                shared.send(Action::Logs(action)).await;
            }
        }
    }
}

/// Works with the tailer of a book and hands over what is written.
struct TailJob<'a> {
    shared: &'a Shared,
    book: BookId,
    handed_over: Option<Timestamp>,
    told: Option<Status>,
}

impl<'a> TailJob<'a> {
    fn new(shared: &'a Shared, book: BookId) -> Self {
        Self {
            shared,
            book,
            handed_over: None,
            told: None,
        }
    }

    /// Until everything is read, or for ever. May be cancelled at any `await`: see [`LogTailer`].
    async fn work(&mut self, tailer: &mut LogTailer, session: crate::domain::session::SessionId) {
        let Ok(gate) = self.shared.gate(session, Operation::FilterLogEvents) else {
            return;
        };
        loop {
            self.tell(tailer).await;
            let now = self.shared.now();
            match tailer.next(now) {
                (source, Step::Ask(query)) => {
                    // The page before is written while this one is on its way.
                    let (answer, ()) = futures::join!(gate.filter_events(&query), write(tailer));
                    tailer.take(source, &query, answer, self.shared.now());
                    if self.is_time_to_hand_over(tailer) {
                        self.hand_over(tailer).await;
                    }
                }
                (_, Step::Wait(until)) => {
                    self.finish(tailer).await;
                    let pause = until - now.as_millisecond();
                    tokio::time::sleep(Duration::from_millis(pause.max(1).unsigned_abs())).await;
                }
                (_, Step::Done) => {
                    self.finish(tailer).await;
                    return;
                }
            }
        }
    }

    fn is_time_to_hand_over(&self, tailer: &LogTailer) -> bool {
        let Some(lines) = tailer.written() else {
            return false;
        };
        let now = self.shared.now().as_millisecond();
        lines >= HAND_OVER_AT
            || self
                .handed_over
                .is_none_or(|at| now - at.as_millisecond() >= HAND_OVER_EVERY)
    }

    /// Writes and hands over everything there is.
    async fn finish(&mut self, tailer: &mut LogTailer) {
        write(tailer).await;
        self.hand_over(tailer).await;
        self.tell(tailer).await;
    }

    async fn hand_over(&mut self, tailer: &mut LogTailer) {
        if tailer.written().is_none() {
            return;
        }
        // What is taken is sent in the same step, or not taken: a cancelled job loses nothing.
        let Some(permit) = self.shared.permit().await else {
            return;
        };
        let splice = Parcel::new(tailer.take_written());
        permit.send(Action::Logs(logs::Action::Spliced(self.book, splice)));
        self.handed_over = Some(self.shared.now());
    }

    /// Says how the tail is doing. It is not done before its lines are handed over.
    async fn tell(&mut self, tailer: &LogTailer) {
        let mut status = tailer.status(self.shared.now());
        if tailer.has_read() || tailer.written().is_some() {
            if matches!(status.phase, Phase::Following | Phase::Complete) {
                status.phase = Phase::Reading;
            }
            if let Some(told) = &self.told {
                status.older = told.older;
            }
        }
        if self.told.as_ref() != Some(&status) {
            let action = logs::Action::Status(self.book, Box::new(status.clone()));
            self.shared.send(Action::Logs(action)).await;
            self.told = Some(status);
        }
    }
}

/// Compressing a page of ten thousand lines takes milliseconds.
async fn write(tailer: &LogTailer) {
    if tailer.has_read() {
        let writer = tailer.shared_writer();
        blocking(move || {
            writer
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .write();
        })
        .await;
    }
}

/// Runs a long look at a snapshot where it holds nobody up; it is told to stop when nobody waits
/// for it any more. `None` when the program is ending.
async fn scan<T: Send + 'static>(
    look: impl FnOnce(&dyn Fn() -> bool) -> T + Send + 'static,
) -> Option<T> {
    struct StopOnDrop(Arc<AtomicBool>);
    impl Drop for StopOnDrop {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = StopOnDrop(Arc::default());
    let flag = Arc::clone(&stop.0);
    blocking(move || look(&|| flag.load(Ordering::Relaxed))).await
}

/// The next wanted line, and whether the search went on at the other end. `None`: cancelled.
fn find(
    pages: &Pages,
    filter: &Filter,
    within: Option<&Kept>,
    from: Option<Position>,
    direction: Direction,
    cancelled: &dyn Fn() -> bool,
) -> Option<(Option<Position>, bool)> {
    // Among kept lines many matches may have to be passed over: asking for them one by one would
    // read the same block again for each.
    let limit = if within.is_some() { 512 } else { 1 };
    let search = |mut from: Option<Position>| loop {
        match pages.collect(filter, from, direction, limit, cancelled) {
            Found::Yes(matches) => {
                let is_kept =
                    |at: &&Position| within.is_none_or(|kept| kept.index_of(**at).is_some());
                if let Some(at) = matches.iter().find(is_kept) {
                    return Some(Some(*at));
                }
                if matches.len() < limit {
                    return Some(None);
                }
                from = matches.last().copied();
            }
            Found::No => return Some(None),
            Found::Cancelled => return None,
        }
    };
    match (search(from)?, from) {
        (None, Some(_)) => Some((search(None)?, true)),
        (found, _) => Some((found, false)),
    }
}

/// The how many-th of how many wanted lines one is, from 1 at the oldest. `None`: cancelled.
fn count(
    pages: &Pages,
    filter: &Filter,
    within: Option<&Kept>,
    one: Position,
    cancelled: &dyn Fn() -> bool,
) -> Option<(usize, usize)> {
    let all = match pages.collect(filter, None, Direction::Forward, usize::MAX, cancelled) {
        Found::Yes(all) => all,
        Found::No => Vec::new(),
        Found::Cancelled => return None,
    };
    let mut kept = all
        .iter()
        .filter(|at| within.is_none_or(|kept| kept.index_of(**at).is_some()));
    let before = kept.by_ref().take_while(|at| **at != one).count();
    Some((before + 1, before + 1 + kept.count()))
}

/// Writes lines to a new file, which only this user can read; half a file is taken away again.
fn save(
    path: PathBuf,
    pages: &Pages,
    kept: Option<&Kept>,
    names: Option<&[Arc<str>]>,
    cancelled: &dyn Fn() -> bool,
) -> Result<(PathBuf, usize), String> {
    let path = at_home(path);
    let file = create_private_file(&path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            format!("{} exists already: give another name", path.display())
        }
        io::ErrorKind::NotFound => format!(
            "{} cannot be written: its directory does not exist",
            path.display()
        ),
        _ => format!("{} cannot be written: {error}", path.display()),
    })?;
    match write_lines(&file, pages, kept, names, cancelled) {
        Ok(lines) => Ok((path, lines)),
        Err(error) => {
            let _ = std::fs::remove_file(&path);
            Err(format!("{} was not written: {error}", path.display()))
        }
    }
}

fn write_lines(
    file: &File,
    pages: &Pages,
    kept: Option<&Kept>,
    names: Option<&[Arc<str>]>,
    cancelled: &dyn Fn() -> bool,
) -> io::Result<usize> {
    let mut out = BufWriter::with_capacity(1 << 16, file);
    let mut lines = 0;
    let end = pages.read(|entry, text| {
        if kept.is_some_and(|kept| kept.index_of(entry.position()).is_none()) {
            return ControlFlow::Continue(());
        }
        if cancelled() {
            return ControlFlow::Break(Err(io::ErrorKind::Interrupted.into()));
        }
        lines += 1;
        let at = Timestamp::from_millisecond(entry.timestamp()).unwrap_or_default();
        let name = names.and_then(|names| names.get(entry.stream().0 as usize));
        let written = match name {
            Some(name) => write!(out, "{at:.3} {name} "),
            None => write!(out, "{at:.3} "),
        };
        let mut of_event = crate::domain::text::lines(text);
        match written.and_then(|()| of_event.try_for_each(|line| writeln!(out, "{line}"))) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(Err(error)),
        }
    });
    if let ControlFlow::Break(outcome) = end {
        outcome?;
    }
    out.flush()?;
    file.sync_all()?;
    Ok(lines)
}

/// `~/` as a shell reads it.
fn at_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::home_dir()) {
        (Ok(rest), Ok(home)) => Path::new(&home).join(rest),
        _ => path,
    }
}

#[cfg(test)]
mod tests;
