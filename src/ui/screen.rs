//! The whole screen: header, panes, footer, overlays, messages. Decides where things stand;
//! what is inside a border is the surface's.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    symbols::border,
    widgets::{Block, Borders, Clear, Widget as _},
};

use super::{
    panes::{PANES, PaneSpec},
    stopped,
    surface::{Surface, View},
    widgets::paint,
};
use crate::{
    command::{self, Context},
    domain::{age, session::WriteState},
    store::{
        toast::Tone,
        ui::{FUNCTIONS, PaneId},
    },
    theme::Role,
};

/// Smallest terminal that panes are drawn in.
pub const SMALLEST: (u16, u16) = (40, 12);

/// Where a pane stands: its border, and the inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Which pane.
    pub pane: PaneId,
    /// With its border.
    pub outer: Rect,
    /// Inside its border.
    pub inner: Rect,
}

/// Where the visible panes stand on a screen of this size.
pub fn places(screen: Rect, view: View<'_>) -> Vec<Place> {
    let ui = &view.store.ui;
    if screen.width < SMALLEST.0 || screen.height < SMALLEST.1 {
        return Vec::new();
    }
    let body = Rect {
        y: screen.y + 1,
        height: screen.height - 2,
        ..screen
    };
    if !ui.is_split() || PANES.len() == 1 {
        return vec![place(ui.focus(), body)];
    }
    let list = list_width(body.width);
    let left = Rect {
        width: list,
        ..body
    };
    let right = Rect {
        x: body.x + list,
        width: body.width - list,
        ..body
    };
    vec![place(FUNCTIONS, left), place(ui.tab(), right)]
}

/// The list gets a third, enough for a name and what is wrong with it.
fn list_width(width: u16) -> u16 {
    (width / 3).clamp(36, 72)
}

const fn place(pane: PaneId, outer: Rect) -> Place {
    let inner = Rect {
        x: outer.x + 1,
        y: outer.y + 1,
        width: outer.width.saturating_sub(2),
        height: outer.height.saturating_sub(2),
    };
    Place { pane, outer, inner }
}

/// Where an overlay stands, border included: centred, above the footer.
pub fn overlay_place(screen: Rect, overlay: &dyn Surface) -> Rect {
    let (width, height) = overlay.size(screen);
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    Rect {
        x: screen.x + (screen.width - width) / 2,
        y: screen.y + (screen.height - height) / 3,
        width,
        height,
    }
}

/// The inside of an overlay's border and margin.
pub const fn overlay_inner(outer: Rect) -> Rect {
    Rect {
        x: outer.x + 2,
        y: outer.y + 1,
        width: outer.width.saturating_sub(4),
        height: outer.height.saturating_sub(2),
    }
}

/// A screen that is too small for a pane says so in one line.
pub fn draw_too_small(screen: Rect, buf: &mut Buffer, view: View<'_>) {
    let text = format!(
        "lambdeck needs {}x{}: make the window larger",
        SMALLEST.0, SMALLEST.1
    );
    paint::put(
        buf,
        screen.x,
        screen.y,
        screen.width,
        &text,
        view.theme.style(Role::Warn),
    );
}

/// Profile, account, region, endpoint, write state; on the right what the list says.
pub fn draw_header(screen: Rect, buf: &mut Buffer, view: View<'_>) {
    let (store, theme) = (view.store, view.theme);
    let session = store.sessions.current();
    let header = theme.style(Role::Header);
    paint::fill_row(buf, screen, screen.y, header);
    let account = session.account().map_or_else(
        || match session.identity.error() {
            Some(_) => "identity unknown".to_owned(),
            None => "…".to_owned(),
        },
        str::to_owned,
    );
    let region = session
        .target
        .region
        .as_deref()
        .unwrap_or("no region")
        .to_owned();
    let (write, write_style) = write_state(view);
    let endpoint = session.target.endpoint.as_deref().unwrap_or("");
    let endpoint = if endpoint.is_empty() && session.custom_endpoint {
        "custom endpoint"
    } else {
        endpoint
    };
    let danger = theme.style(Role::DangerBanner);
    let name_style = if session.write.is_protected() {
        danger
    } else {
        theme.style(Role::Title)
    };
    let mut spans: Vec<(String, Style)> = vec![(" lambdeck  ".into(), theme.style(Role::Accent))];
    if session.write.is_protected() {
        spans.push((" PROD ".into(), danger));
    }
    spans.push((format!("{}  ", session.target.profile_name()), name_style));
    spans.push((format!("{account}  {region}  "), header));
    if !write.is_empty() {
        spans.push((write, write_style));
        spans.push(("  ".into(), header));
    }
    if let Some((count, since)) = store.letters.leased(session.id) {
        let text = format!(
            "{} leased {}  ",
            age::count(count as u64),
            age::age(store.now, since)
        );
        spans.push((text, theme.style(Role::Accent)));
    }
    if let Some(mark) = stopped::mark(store) {
        spans.push((format!("{mark}  "), theme.style(Role::Warn)));
    }
    if screen.width >= 100 {
        spans.push((endpoint.to_owned(), theme.style(Role::Dim)));
    }
    let spans: Vec<(&str, Style)> = spans
        .iter()
        .map(|(text, style)| (text.as_str(), *style))
        .collect();
    let end = paint::put_spans(buf, screen, screen.y, &spans);
    let right = header_right(view);
    let room = screen.right().saturating_sub(end + 1);
    if right.chars().count() <= usize::from(room) {
        paint::put_right(
            buf,
            end + 1,
            screen.y,
            room.saturating_sub(1),
            &right,
            header,
        );
    }
}

fn header_right(view: View<'_>) -> String {
    let store = view.store;
    let list = &store.functions;
    if list.slot().fetched().is_none() {
        return String::new();
    }
    let mut parts = vec![format!("{} functions", age::count(list.all().len() as u64))];
    if let Some(at) = list.slot().fetched() {
        parts.push(format!("{} ago", age::age(store.now, at)));
    }
    if list.faults() > 0 {
        let verb = if list.faults() == 1 { "needs" } else { "need" };
        parts.push(format!("▲ {} {verb} attention", list.faults()));
    }
    parts.join(" · ")
}

fn write_state(view: View<'_>) -> (String, Style) {
    let (store, theme) = (view.store, view.theme);
    match store.sessions.current().write {
        WriteState::Open => (String::new(), Style::default()),
        WriteState::ReadOnly { .. } => ("read-only".into(), theme.style(Role::Warn)),
        WriteState::Protected => ("locked".into(), theme.style(Role::Warn)),
        WriteState::Unlocked { until: None } => ("write".into(), theme.style(Role::Error)),
        WriteState::Unlocked { until: Some(until) } => {
            let minutes = until.duration_since(store.now).as_mins().max(0) + 1;
            (format!("unlocked {minutes}m"), theme.style(Role::Error))
        }
    }
}

/// The keys of whatever has the focus; messages take its place while they last.
pub fn draw_footer(
    screen: Rect,
    buf: &mut Buffer,
    view: View<'_>,
    focused: &dyn Surface,
    pending: Option<&str>,
) {
    let theme = view.theme;
    let y = screen.bottom() - 1;
    let area = Rect {
        y,
        height: 1,
        ..screen
    };
    paint::fill_row(buf, area, y, theme.style(Role::FooterText));
    if let Some(pending) = pending {
        paint::put(
            buf,
            area.x + 1,
            y,
            area.width - 1,
            pending,
            theme.style(Role::FooterKey),
        );
        return;
    }
    let mut path = focused.path(view);
    path.push(Context::Global);
    let is_input = path.contains(&Context::Input);
    let most = if screen.width < 100 { 6 } else { 12 };
    let mut x = area.x + 1;
    let mut hints = focused.hints(view);
    hints.truncate(most);
    if !is_input {
        hints.push("app.help".into());
    }
    for hint in hints {
        let Some(spec) = command::find(hint.command) else {
            continue;
        };
        let keys = view.keymap.keys_for(spec.id, &path);
        let Some(key) = keys.first() else { continue };
        let title = hint.title.as_deref().unwrap_or(if spec.id == "app.help" {
            "more"
        } else {
            spec.title
        });
        let needed = (key.chars().count() + 1 + title.chars().count()) as u16;
        if x + needed > area.right() {
            break;
        }
        x = paint::put(
            buf,
            x,
            y,
            area.right() - x,
            key,
            theme.style(Role::FooterKey),
        );
        x = paint::put(
            buf,
            x + 1,
            y,
            area.right().saturating_sub(x + 1),
            title,
            theme.style(Role::FooterText),
        ) + 2;
        if x >= area.right() {
            break;
        }
    }
}

/// The newest messages, one a line, above the footer.
pub fn draw_toasts(screen: Rect, buf: &mut Buffer, view: View<'_>) {
    let shown = view.store.toasts.shown();
    for (line, toast) in shown.iter().rev().enumerate() {
        let Some(y) = (screen.bottom())
            .checked_sub(2 + line as u16)
            .filter(|&y| y > screen.y)
        else {
            return;
        };
        let (sign, role) = match toast.tone {
            Tone::Ok => ("✔ ", Role::Ok),
            Tone::Info => ("· ", Role::Accent),
            Tone::Error => ("✖ ", Role::Error),
        };
        let text = format!(" {sign}{} ", toast.text);
        let width = (text.chars().count() as u16).min(screen.width.saturating_sub(2));
        let area = Rect {
            x: screen.right() - 1 - width,
            y,
            width,
            height: 1,
        };
        Clear.render(area, buf);
        paint::fill_row(buf, area, y, view.theme.style(Role::Dialog));
        paint::put(buf, area.x, y, width, &text, view.theme.style(role));
    }
}

/// The border of a pane, its name and title, the tabs, and its line of truth.
pub fn draw_pane_border(place: Place, buf: &mut Buffer, view: View<'_>, surface: &dyn Surface) {
    let (store, theme) = (view.store, view.theme);
    let focused = store.ui.focus() == place.pane;
    let border_role = match (store.sessions.current().write.is_protected(), focused) {
        (true, _) => Role::Error,
        (false, true) => Role::BorderFocus,
        (false, false) => Role::Border,
    };
    let border_style = theme.style(border_role);
    Block::new()
        .borders(Borders::ALL)
        .border_set(border::PLAIN)
        .border_style(border_style)
        .render(place.outer, buf);
    let outer = place.outer;
    let room = outer.width.saturating_sub(4);
    let title_role = if focused { Role::Title } else { Role::Dim };
    let title = surface.title(view);
    let mut x = outer.x + 2;
    let right = outer.x + 2 + room;
    if place.pane == FUNCTIONS {
        x = paint::put(
            buf,
            x,
            outer.y,
            room,
            " Functions ",
            theme.style(title_role),
        );
    } else {
        x = draw_tabs(
            Rect {
                x,
                y: outer.y,
                width: room,
                height: 1,
            },
            buf,
            view,
            place.pane,
            focused,
            &title,
        );
    }
    if !title.is_empty() && x + 3 < right {
        let title = paint::shown(&title, right - x - 2).into_owned();
        paint::put(
            buf,
            x,
            outer.y,
            right - x,
            &format!(" {title} "),
            theme.style(title_role),
        );
    }
    if let Some(truth) = surface.truth(view) {
        let truth = paint::shown(&truth, room.saturating_sub(2)).into_owned();
        paint::put(
            buf,
            outer.x + 2,
            outer.bottom() - 1,
            room,
            &format!(" {truth} "),
            theme.style(Role::Dim),
        );
    }
}

fn draw_tabs(
    area: Rect,
    buf: &mut Buffer,
    view: View<'_>,
    active: PaneId,
    focused: bool,
    title: &str,
) -> u16 {
    let theme = view.theme;
    let mut x = area.x;
    let key = |pane: &PaneSpec| {
        let keys = view.keymap.keys_for(pane.command, &[Context::Global]);
        keys.into_iter().next()
    };
    let full = |pane: &PaneSpec| match key(pane) {
        Some(key) => format!(" {key} {} ", pane.name),
        None => format!(" {} ", pane.name),
    };
    let room: usize = tabs().map(|pane| full(pane).chars().count()).sum();
    // Whom a pane speaks of matters more than the names of the others.
    let title = if title.is_empty() {
        0
    } else {
        title.chars().count() + 2
    };
    let is_narrow = room + title > usize::from(area.width);
    for pane in tabs() {
        let is_active = pane.id == active;
        // Where not all fit, those that are not shown are their keys.
        let name = match key(pane) {
            Some(key) if is_narrow && !is_active => format!(" {key} "),
            _ => full(pane),
        };
        let role = match (is_active, focused) {
            (true, true) => Role::Title,
            (true, false) => Role::Text,
            (false, _) => Role::Dim,
        };
        x = paint::put(
            buf,
            x,
            area.y,
            area.right().saturating_sub(x),
            &name,
            theme.style(role),
        );
    }
    x
}

/// The panes beside the list, from left to right.
pub fn tabs() -> impl Iterator<Item = &'static PaneSpec> {
    PANES.iter().filter(|pane| pane.id != FUNCTIONS)
}

/// The border of an overlay.
pub fn draw_overlay_border(outer: Rect, buf: &mut Buffer, view: View<'_>, overlay: &dyn Surface) {
    let theme = view.theme;
    Clear.render(outer, buf);
    buf.set_style(outer, theme.style(Role::Dialog));
    Block::new()
        .borders(Borders::ALL)
        .border_style(theme.style(Role::BorderFocus))
        .render(outer, buf);
    let title = format!(" {} ", overlay.title(view));
    paint::put(
        buf,
        outer.x + 2,
        outer.y,
        outer.width.saturating_sub(4),
        &title,
        theme.style(Role::Title),
    );
}
