//! The result of a run: what it says in a few lines, the response, the log tail. Only the
//! visible rows of the response are touched, however long it is.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::{
        age,
        document::Syntax,
        failure::Failure,
        function::FunctionSummary,
        invocation::InvocationType,
        price,
        reply::{Figures, Reply, Tone},
    },
    store::{
        RunId,
        invoke::{End, Run},
    },
    theme::{Role, Theme},
    ui::{
        surface::View,
        widgets::{
            code::{self, Highlight},
            list::Scroll,
            paint,
        },
    },
};

/// Cells that one step pans.
const PAN: usize = 8;

/// The scroll position, and the lines above the response.
#[derive(Default)]
pub struct ResultView {
    of: Option<RunId>,
    head: Vec<(String, Role)>,
    first: usize,
    left: usize,
    scroll: Scroll,
}

impl ResultView {
    /// Takes over a run; another one is shown from its beginning.
    pub fn layout(
        &mut self,
        run: Option<&Run>,
        area: Rect,
        view: View<'_>,
        row: Option<&FunctionSummary>,
    ) {
        let of = run.map(|run| run.id);
        if self.of != of {
            self.of = of;
            (self.first, self.left) = (0, 0);
        }
        self.head = run.map_or_else(Vec::new, |run| head(run, area.width, view, row));
        let len = self.len(run);
        self.first = self.first.min(len.saturating_sub(usize::from(area.height)));
        self.scroll.settle(self.first, len, area.height);
    }

    fn len(&self, run: Option<&Run>) -> usize {
        let rest = run.and_then(Run::reply).map_or(0, |reply| {
            reply.body.len()
                + if reply.log.is_empty() {
                    0
                } else {
                    reply.log.len() + 1
                }
        });
        self.head.len() + rest
    }

    /// Scrolls or pans by a command; says whether it was one.
    pub fn moved(&mut self, command: &str, run: Option<&Run>) -> bool {
        let len = self.len(run);
        let last = len.saturating_sub(self.scroll.height());
        let target = match command {
            "text.left" => {
                self.left = self.left.saturating_sub(PAN);
                return true;
            }
            "text.right" => {
                self.left = (self.left + PAN).min(crate::domain::document::LINE);
                return true;
            }
            "list.down" => self.first + 1,
            "list.up" => self.first.saturating_sub(1),
            _ => match self.scroll.moved(command, self.first, len) {
                Some(place) => place,
                None => return false,
            },
        };
        self.first = target.min(last);
        true
    }

    /// Draws the visible rows.
    pub fn render(&self, run: Option<&Run>, area: Rect, buf: &mut Buffer, theme: &Theme) {
        let Some(run) = run else {
            let text = "nothing sent yet\n\nctrl-s  send the payload, once\nt  to another version, or another way";
            paint::put_wrapped(buf, area, text, theme.style(Role::Dim));
            return;
        };
        for y in 0..area.height {
            let at = Rect {
                y: area.y + y,
                height: 1,
                ..area
            };
            self.draw_row(run, self.first + usize::from(y), at, buf, theme);
        }
    }

    fn draw_row(&self, run: &Run, row: usize, at: Rect, buf: &mut Buffer, theme: &Theme) {
        if let Some((line, role)) = self.head.get(row) {
            paint::put(buf, at.x, at.y, at.width, line, theme.style(*role));
            return;
        }
        let Some(reply) = run.reply() else { return };
        let row = row - self.head.len();
        if let Some(line) = reply.body.line(row) {
            let highlight = match reply.body.syntax() {
                Syntax::Json => Highlight::Json,
                Syntax::Plain => Highlight::Spans(reply.body.spans(row)),
                Syntax::Binary => Highlight::Role(Role::Dim),
            };
            code::put_line(buf, at, self.left, line, highlight, theme);
            return;
        }
        let Some(row) = row
            .checked_sub(reply.body.len())
            .filter(|_| !reply.log.is_empty())
        else {
            return;
        };
        match row.checked_sub(1) {
            None => {
                paint::put(buf, at.x, at.y, at.width, "─ log ─", theme.style(Role::Dim));
            }
            Some(row) => {
                let Some(line) = reply.log.get(row) else {
                    return;
                };
                let role = match line.tone {
                    Tone::Platform => Role::LogPlatform,
                    Tone::Error => Role::LogError,
                    Tone::Plain => Role::Text,
                };
                let text = line.text.reveal();
                let highlight = if role == Role::Text && text.starts_with('{') {
                    Highlight::Json
                } else {
                    Highlight::Role(role)
                };
                code::put_line(buf, at, self.left, text, highlight, theme);
            }
        }
    }
}

/// What a run says in a few lines, the most important first.
fn head(
    run: &Run,
    width: u16,
    view: View<'_>,
    row: Option<&FunctionSummary>,
) -> Vec<(String, Role)> {
    let mut head = Head {
        lines: Vec::new(),
        width,
    };
    match run.end.as_ref().map(|end| &end.end) {
        None => {
            let waited = run.waited(view.store.now);
            let most = run.deadline.as_secs();
            head.add(
                format!("⧗ waiting {waited} s of at most {most} s"),
                Role::Running,
            );
            let next = if run.is_stopping {
                "stopping…"
            } else {
                "x stops waiting; the function would go on"
            };
            head.add(next, Role::Dim);
        }
        Some(End::Stopped) => {
            head.add(
                "○ stopped waiting: the outcome is not known here",
                Role::Warn,
            );
            head.add("the function goes on; l shows its logs", Role::Dim);
        }
        Some(End::Failed(error)) => {
            head.add(format!("✖ {error}"), Role::Error);
            if run.is_unknown() {
                let text = "outcome unknown: it may have run. It is never sent again by itself.";
                head.add(text, Role::Warn);
            }
            let profile = view.store.sessions.current().target.profile_name();
            head.add(error.next_step(profile), Role::Dim);
        }
        Some(End::Answered(reply)) => answered(&mut head, run, reply, row),
    }
    head.lines
}

struct Head {
    lines: Vec<(String, Role)>,
    width: u16,
}

impl Head {
    fn add(&mut self, text: impl AsRef<str>, role: Role) {
        let rows = paint::wrapped(text.as_ref(), self.width);
        self.lines
            .extend(rows.into_iter().take(6).map(|row| (row, role)));
    }
}

fn answered(head: &mut Head, run: &Run, reply: &Reply, row: Option<&FunctionSummary>) {
    match (run.settings.kind, &reply.function_error) {
        (InvocationType::DryRun, _) => {
            head.add(
                format!("✔ {} would be allowed; nothing ran", reply.status),
                Role::Ok,
            );
        }
        (InvocationType::Event, _) => {
            head.add(
                format!("✔ {} handed to Lambda's queue", reply.status),
                Role::Ok,
            );
            head.add("what becomes of it is in the logs: l", Role::Dim);
        }
        (_, None) => head.add(format!("✔ {}", summary(reply)), Role::Ok),
        (_, Some(error)) => {
            let title = reply.failure.as_ref().map(Failure::title);
            let title = title.filter(|title| !title.is_empty());
            head.add(
                format!("✖ {}", title.unwrap_or_else(|| error.clone())),
                Role::Error,
            );
            if let Some(frame) = reply.failure.as_ref().and_then(Failure::own_frame) {
                head.add(format!("↳ {frame}"), Role::Warn);
            }
            head.add(format!("{error} · {}", summary(reply)), Role::Text);
        }
    }
    if let Some(figures) = &reply.figures {
        head.add(figures_line(figures, row), Role::Dim);
    }
    let mut facts = Vec::new();
    if run.settings.kind == InvocationType::RequestResponse {
        let took = reply.took.as_secs_f64() * 1000.0;
        facts.push(format!("{} there and back", age::duration_ms(took)));
        facts.push(format!("response {}", size(reply.size)));
    }
    if !facts.is_empty() {
        head.add(facts.join(" · "), Role::Dim);
    }
    if let Some(id) = &reply.request_id {
        head.add(format!("request {id}"), Role::Dim);
    }
    if reply.size > 0 {
        head.lines.push((String::new(), Role::Text));
    }
}

fn summary(reply: &Reply) -> String {
    let mut parts = Vec::new();
    match reply.figures.and_then(|figures| figures.duration_ms) {
        Some(duration) => parts.push(age::duration_ms(duration)),
        None => parts.push(age::duration_ms(reply.took.as_secs_f64() * 1000.0)),
    }
    match reply.version.as_deref() {
        Some(version) if version.starts_with('$') => parts.push(version.to_owned()),
        Some(version) => parts.push(format!("v{version}")),
        None => {}
    }
    parts.join("  ")
}

fn figures_line(figures: &Figures, row: Option<&FunctionSummary>) -> String {
    let mut parts = Vec::new();
    if let Some(billed) = figures.billed_ms {
        parts.push(format!("billed {} ms", age::count(billed as u64)));
    }
    if let (Some(used), Some(memory)) = (figures.used_mb, figures.memory_mb) {
        parts.push(format!("{used} of {memory} MB"));
    }
    if let Some(init) = figures.init_ms {
        parts.push(format!("init {}", age::duration_ms(init)));
    }
    if let (Some(billed), Some(memory), Some(row)) = (figures.billed_ms, figures.memory_mb, row)
        && let Some(region) = row.arn.region()
        && let Some(cost) = price::duration_cost(region, &row.architecture, memory, billed)
    {
        parts.push(format!("~{}", price::shown(cost)));
    }
    parts.join(" · ")
}

fn size(bytes: usize) -> String {
    match bytes {
        0 => "empty".to_owned(),
        _ => age::bytes(bytes as u64),
    }
}
