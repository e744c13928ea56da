//! Where the parts of the pane stand, and how events, headings and history are drawn.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
};

use super::{FunctionView, InvokePane, Region, history_cursor, subject};
use crate::{
    domain::{age, failure::Failure, saved_event::Origin},
    store::invoke::{FunctionInvokes, INVOKE, Run},
    theme::Role,
    ui::{surface::View, widgets::paint},
};

/// From this width on the events have a column of their own.
const WITH_EVENTS: u16 = 90;
/// From this width on payload and result stand side by side.
const SIDE_BY_SIDE: u16 = 56;
/// The column of the events.
const EVENTS: u16 = 22;
/// Most rows that the history opens to.
const HISTORY: u16 = 8;

/// Where the parts stand, headings excluded.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Parts {
    /// The events; a single row when narrow.
    pub(super) events: Rect,
    pub(super) payload: Rect,
    pub(super) result: Rect,
    /// One row, or more while it has the focus.
    pub(super) history: Rect,
    has_column: bool,
}

impl Parts {
    /// Divides `area`; the history opens to `runs` rows.
    pub(super) fn of(area: Rect, runs: usize) -> Self {
        let open = (runs.min(usize::from(HISTORY)) as u16).min(area.height / 3);
        let (rest, history) = cut_below(area, 1 + open);
        let has_column = rest.width >= WITH_EVENTS;
        let (events, rest) = if has_column {
            let (events, rest) = cut_left(rest, EVENTS);
            (below_heading(events), rest)
        } else {
            let (events, rest) = cut_above(rest, 1);
            (events, rest)
        };
        let (payload, result) = if rest.width >= SIDE_BY_SIDE {
            cut_left(rest, rest.width * 9 / 20)
        } else {
            cut_above(rest, rest.height / 2)
        };
        Self {
            events,
            payload: below_heading(payload),
            result: below_heading(result),
            history,
            has_column,
        }
    }

    /// The part at this place.
    pub(super) fn at(&self, place: Position) -> Option<Region> {
        [
            (self.events, Region::Events),
            (self.payload, Region::Payload),
            (self.result, Region::Result),
            (self.history, Region::History),
        ]
        .into_iter()
        .find(|(area, _)| area.contains(place))
        .map(|(_, region)| region)
    }
}

const fn below_heading(area: Rect) -> Rect {
    Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    }
}

/// The left part, and the rest after one column for the line between them.
fn cut_left(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let next = (width + 1).min(area.width);
    let left = Rect { width, ..area };
    let rest = Rect {
        x: area.x + next,
        width: area.width - next,
        ..area
    };
    (left, rest)
}

fn cut_above(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let above = Rect { height, ..area };
    let rest = Rect {
        y: area.y + height,
        height: area.height - height,
        ..area
    };
    (above, rest)
}

fn cut_below(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let (rest, below) = cut_above(area, area.height - height);
    (rest, below)
}

/// Draws the whole pane.
pub(super) fn draw(pane: &InvokePane, area: Rect, buf: &mut Buffer, view: View<'_>) {
    let theme = view.theme;
    let Some((function, invokes)) = subject(view.store) else {
        let text = "no function is selected\n\n0  goes to the list";
        paint::put_wrapped(buf, area, text, theme.style(Role::Dim));
        return;
    };
    let Some(of_function) = pane.views.get(function) else {
        return;
    };
    let parts = &pane.parts;
    let has_focus = view.store.ui.focus() == INVOKE;
    let is_on = |region| has_focus && pane.region == region;
    let sketch = Sketch {
        invokes,
        of_function,
        view,
    };
    sketch.lines(parts, area, buf);
    if parts.has_column {
        heading(parts.events, "Events", "", is_on(Region::Events), buf, view);
        sketch.events(parts.events, is_on(Region::Events), buf);
    } else {
        sketch.one_event(parts.events, is_on(Region::Events), buf);
    }
    let name = invokes.draft.name().unwrap_or("scratch");
    let state = if of_function.editor.fault().is_some() {
        "✖ not JSON"
    } else if of_function.editor.is_changed() && invokes.draft.id().is_some() {
        "● not saved"
    } else {
        ""
    };
    let title = format!("Payload  {name}");
    heading(
        parts.payload,
        &title,
        state,
        is_on(Region::Payload),
        buf,
        view,
    );
    let is_typing = pane.is_typing && has_focus;
    of_function
        .editor
        .render(parts.payload, buf, theme, is_typing);
    heading(
        parts.result,
        &sketch.result_title(),
        "",
        is_on(Region::Result),
        buf,
        view,
    );
    of_function
        .result
        .render(invokes.shown(), parts.result, buf, theme);
    sketch.history(parts.history, is_on(Region::History), buf);
}

/// The row above a part.
fn heading(part: Rect, title: &str, state: &str, is_on: bool, buf: &mut Buffer, view: View<'_>) {
    let Some(y) = part.y.checked_sub(1) else {
        return;
    };
    let role = if is_on { Role::TitleFocus } else { Role::Dim };
    let x = paint::put(buf, part.x, y, part.width, title, view.theme.style(role));
    let room = part.right().saturating_sub(x + 2);
    paint::put(buf, x + 2, y, room, state, view.theme.style(Role::Warn));
}

struct Sketch<'a> {
    invokes: &'a FunctionInvokes,
    of_function: &'a FunctionView,
    view: View<'a>,
}

impl Sketch<'_> {
    /// The lines between parts that stand side by side.
    fn lines(&self, parts: &Parts, area: Rect, buf: &mut Buffer) {
        let style = self.view.theme.style(Role::Border);
        for part in [parts.payload, parts.result] {
            let Some(x) = part.x.checked_sub(1).filter(|&x| x > area.x) else {
                continue;
            };
            for y in part.y.saturating_sub(1)..part.bottom() {
                paint::put(buf, x, y, 1, "│", style);
            }
        }
    }

    fn events(&self, area: Rect, is_on: bool, buf: &mut Buffer) {
        let theme = self.view.theme;
        let events = self.invokes.events.all();
        if events.is_empty() {
            let text = if self.invokes.events.is_there() {
                "no saved events\n\nS  saves the payload as one\nn  begins one"
            } else {
                "reading…"
            };
            paint::put_wrapped(buf, area, text, theme.style(Role::Dim));
            return;
        }
        for (row, place) in self.of_function.events.visible(events.len()).enumerate() {
            let at = Rect {
                y: area.y + row as u16,
                height: 1,
                ..area
            };
            let is_cursor = place == self.of_function.event;
            self.event(place, at, is_cursor, buf);
            if is_cursor {
                paint::select_row(buf, at, at.y, theme, is_on);
            }
        }
    }

    fn event(&self, place: usize, at: Rect, is_cursor: bool, buf: &mut Buffer) {
        let theme = self.view.theme;
        let Some(event) = self.invokes.events.all().get(place) else {
            return;
        };
        let sign = if is_cursor { "▸ " } else { "  " };
        let x = paint::put(buf, at.x, at.y, 2, sign, theme.style(Role::Accent));
        let is_loaded = self.invokes.draft.id() == Some(&event.id);
        let role = match (&event.problem, is_loaded) {
            (Some(_), _) => Role::Error,
            (None, true) => Role::Accent,
            (None, false) => Role::Text,
        };
        let mark = match (&event.problem, event.id.origin) {
            (Some(_), _) => " ✖",
            (None, Origin::Private) => " ·",
            (None, Origin::Project) => "",
        };
        let room = at.right().saturating_sub(x + 2);
        let x = paint::put(buf, x, at.y, room, &event.id.name, theme.style(role));
        let room = at.right().saturating_sub(x);
        paint::put(buf, x, at.y, room, mark, theme.style(Role::Dim));
    }

    /// The events as one row, where there is no room for a column.
    fn one_event(&self, at: Rect, is_on: bool, buf: &mut Buffer) {
        let theme = self.view.theme;
        let role = if is_on { Role::TitleFocus } else { Role::Dim };
        let x = paint::put(buf, at.x, at.y, at.width, "Events", theme.style(role)) + 1;
        let rest = Rect {
            x,
            width: at.right().saturating_sub(x),
            ..at
        };
        let events = self.invokes.events.all();
        if events.is_empty() {
            let text = "none saved · S saves the payload · n begins one";
            paint::put(buf, x, at.y, rest.width, text, theme.style(Role::Dim));
            return;
        }
        let count = format!("{} of {}", self.of_function.event + 1, events.len());
        let count_width = count.len() as u16 + 1;
        let name = Rect {
            width: rest.width.saturating_sub(count_width),
            ..rest
        };
        self.event(self.of_function.event, name, true, buf);
        paint::put_right(
            buf,
            rest.x,
            at.y,
            rest.width,
            &count,
            theme.style(Role::Dim),
        );
        if is_on {
            paint::select_row(buf, rest, at.y, theme, true);
        }
    }

    fn result_title(&self) -> String {
        match self.invokes.shown() {
            Some(run) if self.invokes.shown.is_some() => {
                format!(
                    "Result  of {} ago",
                    age::age(self.view.store.now, run.started)
                )
            }
            _ => "Result".to_owned(),
        }
    }

    fn history(&self, area: Rect, is_on: bool, buf: &mut Buffer) {
        let theme = self.view.theme;
        if area.is_empty() {
            return;
        }
        let role = if is_on { Role::TitleFocus } else { Role::Dim };
        let x = paint::put(
            buf,
            area.x,
            area.y,
            area.width,
            "History",
            theme.style(role),
        );
        let text = history_line(self.invokes);
        let room = area.right().saturating_sub(x + 2);
        paint::put(buf, x + 2, area.y, room, &text, theme.style(Role::Dim));
        let rows = area.height - 1;
        if rows == 0 || !is_on {
            return;
        }
        let cursor = history_cursor(self.invokes);
        for (row, place) in self
            .of_function
            .history
            .visible(self.invokes.runs.len())
            .enumerate()
        {
            let Some(run) = self.invokes.runs.iter().rev().nth(place) else {
                return;
            };
            let at = Rect {
                y: area.y + 1 + row as u16,
                height: 1,
                ..area
            };
            let (text, role) = history_row(run, self.view);
            let sign = if place == cursor { "▸ " } else { "  " };
            let x = paint::put(buf, at.x, at.y, 2, sign, theme.style(Role::Accent));
            let room = at.right().saturating_sub(x);
            paint::put(buf, x, at.y, room, &text, theme.style(role));
            if place == cursor {
                paint::select_row(buf, at, at.y, theme, true);
            }
        }
    }
}

fn history_line(invokes: &FunctionInvokes) -> String {
    let count = invokes.runs.len();
    let mut parts = vec![match count {
        0 => "no runs yet".to_owned(),
        1 => "1 run".to_owned(),
        _ => format!("{count} runs"),
    }];
    match invokes.failures_in_a_row() {
        0 => {}
        1 => parts.push("the last failed".to_owned()),
        failed => parts.push(format!("last {failed} failed")),
    }
    parts.join(" · ")
}

fn history_row(run: &Run, view: View<'_>) -> (String, Role) {
    use crate::store::invoke::End;
    let ago = format!("{:>4}", age::age(view.store.now, run.started));
    let event = run.event.as_deref().unwrap_or("scratch");
    let target = match &run.settings.qualifier {
        Some(qualifier) => format!("{qualifier} · {}", run.settings.kind.title()),
        None => run.settings.kind.title().to_owned(),
    };
    let (outcome, role) = match run.end.as_ref().map(|end| &end.end) {
        None => ("⧗ waiting".to_owned(), Role::Running),
        Some(End::Stopped) => ("○ stopped waiting".to_owned(), Role::Warn),
        Some(End::Failed(error)) => (format!("✖ {}", error.message), Role::Error),
        Some(End::Answered(reply)) => match &reply.function_error {
            Some(error) => {
                let title = reply.failure.as_ref().map(Failure::title);
                (
                    format!("✖ {}", title.unwrap_or_else(|| error.clone())),
                    Role::Error,
                )
            }
            None => (format!("✔ {}", reply.status), Role::Ok),
        },
    };
    let took = run
        .reply()
        .map(|reply| age::duration_ms(reply.took.as_secs_f64() * 1000.0))
        .unwrap_or_default();
    (
        format!("{ago}  {event}  {target}  {took:>7}  {outcome}"),
        role,
    )
}
