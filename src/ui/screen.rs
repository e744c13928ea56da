//! The whole screen: header, panes, footer, overlays, messages. Decides where things stand;
//! what is inside a border is the surface's.

mod header;
mod toasts;

pub use header::draw_header;
pub use toasts::draw_toasts;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    symbols::border,
    widgets::{Block, Borders, Clear, Widget as _},
};

use super::{
    panes::{PANES, PaneSpec},
    surface::{Hint, Surface, View},
    widgets::paint,
};
use crate::{
    command::{self, CommandSpec, Context},
    domain::text,
    store::ui::{FUNCTIONS, PaneId},
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
    let mut x = area.x + 1;
    for offer in offers(screen.width, view, focused) {
        let room = |x: u16| area.right().saturating_sub(x);
        let (key, title) = (&offer.key, &offer.title);
        x = paint::put(buf, x, y, room(x), key, theme.style(Role::FooterKey)) + 1;
        x = paint::put(buf, x, y, room(x), title, theme.style(Role::FooterText)) + 2;
    }
}

/// What the footer offers.
pub struct Offer {
    /// The command.
    pub command: &'static str,
    /// The key that runs it here.
    pub key: String,
    /// What it does, in a word or two.
    pub title: String,
}

impl Offer {
    /// A hint with its key; `None` while it has none.
    fn of(hint: &Hint, path: &[Context], view: View<'_>) -> Option<Self> {
        let spec = command::find(hint.command)?;
        let title = hint.title.clone();
        Some(Self {
            command: spec.id,
            key: view.keymap.keys_for(spec.id, path).into_iter().next()?,
            title: title.unwrap_or_else(|| spec.title.to_owned()),
        })
    }

    /// Cells that it takes.
    fn width(&self) -> u16 {
        (text::width(&self.key) + 1 + text::width(&self.title)) as u16
    }
}

/// What a footer of this width offers of what has the focus.
pub fn offers(width: u16, view: View<'_>, focused: &dyn Surface) -> Vec<Offer> {
    let mut path = focused.path(view);
    path.push(Context::Global);
    let offer = |hint: &Hint| Offer::of(hint, &path, view);
    let help = Hint {
        command: "app.help",
        title: Some("more".to_owned()),
    };
    let help = offer(&help).filter(|_| !path.contains(&Context::Input));
    // Whatever else has no room, the way to all the keys stays.
    let reserved = help.as_ref().map_or(0, |help| help.width() + 2);
    let room = width.saturating_sub(1 + reserved);
    let most = if width < 100 { 6 } else { 12 };
    let has_subject = focused.subject(view).is_ok();
    let fits =
        |hint: &&Hint| command::find(hint.command).is_some_and(|spec| spec.fits(has_subject));
    let mut used = 0;
    let hints = focused.hints(view);
    let mut shown: Vec<Offer> = Vec::new();
    for one in hints.iter().filter(fits).filter_map(offer).take(most) {
        let needed = one.width() + if shown.is_empty() { 0 } else { 2 };
        if used + needed <= room {
            used += needed;
            shown.push(one);
        }
    }
    shown.extend(help);
    shown
}

/// The border of a pane, its name and title, the tabs, and its status line.
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
    // What is waited for stands first: it must not be cut off.
    let waits = store.sessions.current().waits.as_ref();
    let waits = waits.filter(|_| focused).cloned();
    let status_line: Vec<String> = waits.into_iter().chain(surface.status_line(view)).collect();
    if !status_line.is_empty() {
        let status_line = status_line.join(" · ");
        let status_line = paint::shown(&status_line, room.saturating_sub(2)).into_owned();
        paint::put(
            buf,
            outer.x + 2,
            outer.bottom() - 1,
            room,
            &format!(" {status_line} "),
            theme.style(Role::Dim),
        );
    }
}

/// So many columns of a title are kept before the names of other panes.
const MOST_OF_A_TITLE: usize = 40;

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
    // Whom a pane speaks of matters more than the names of the others; all that it says does not.
    let title = match title.chars().count() {
        0 => 0,
        length => length.min(MOST_OF_A_TITLE) + 2,
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

/// One background for the whole of an overlay: what stands in it is painted in the roles of panes,
/// whose ground is another.
pub fn settle_overlay_ground(outer: Rect, buf: &mut Buffer, view: View<'_>) {
    let ground = |role| view.theme.style(role).bg;
    let (Some(of_panes), Some(of_dialogs)) = (ground(Role::Text), ground(Role::Dialog)) else {
        return;
    };
    for at in outer.intersection(buf.area).positions() {
        let cell = &mut buf[at];
        if cell.bg == of_panes {
            cell.bg = of_dialogs;
        }
    }
}

/// The command that shows a pane.
pub fn opens(pane: PaneId) -> Option<&'static CommandSpec> {
    let pane = PANES.iter().find(|one| one.id == pane)?;
    command::find(pane.command)
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
