//! The header: profile, account, region, write state, what is held, under way and stopped; on the
//! right what the list says. Where the screen is too narrow for all of it, the parts that one can
//! do without go first: account, region, write state and what is stopped stay.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    domain::{age, session::WriteState, text},
    theme::Role,
    ui::{stopped, surface::View, under_way, widgets::paint},
};

/// Width from which the endpoint is named.
const ROOMY: u16 = 100;

/// How much of it there is room for, from all of it to the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Room {
    All,
    /// Without the name of the program.
    Unnamed,
    /// What is held and stopped only counted.
    Counted,
    /// Without the profile, as the account says whose it is, and one blank between the parts.
    Least,
}

impl Room {
    const ALL: [Self; 4] = [Self::All, Self::Unnamed, Self::Counted, Self::Least];
}

/// Draws the first row of the screen.
pub fn draw_header(screen: Rect, buf: &mut Buffer, view: View<'_>) {
    let (store, theme) = (view.store, view.theme);
    let header = theme.style(Role::Header);
    paint::fill_row(buf, screen, screen.y, header);
    let fits = |room: &Room| {
        let spans = spans(*room, view);
        let used: usize = spans.iter().map(|(one, _)| text::width(one)).sum();
        // The blanks behind the last part may go.
        used <= usize::from(screen.width) + 2
    };
    let room = Room::ALL.into_iter().find(fits).unwrap_or(Room::Least);
    let mut spans = spans(room, view);
    if screen.width >= ROOMY {
        let session = store.sessions.current();
        let endpoint = session.target.endpoint.as_deref().unwrap_or("");
        let endpoint = if endpoint.is_empty() && session.custom_endpoint {
            "custom endpoint"
        } else {
            endpoint
        };
        spans.push((endpoint.to_owned(), theme.style(Role::Dim)));
    }
    let spans: Vec<(&str, Style)> = spans
        .iter()
        .map(|(text, style)| (text.as_str(), *style))
        .collect();
    let end = paint::put_spans(buf, screen, screen.y, &spans);
    let right = of_the_list(view);
    let room = screen.right().saturating_sub(end + 1);
    if text::width(&right) <= usize::from(room) {
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

/// The parts on the left.
fn spans(room: Room, view: View<'_>) -> Vec<(String, Style)> {
    let (store, theme) = (view.store, view.theme);
    let session = store.sessions.current();
    let header = theme.style(Role::Header);
    let danger = theme.style(Role::DangerBanner);
    let is_protected = session.write.is_protected();
    let is_short = room >= Room::Counted;
    let mut spans = Vec::new();
    let brand = if room == Room::All {
        " lambdeck  "
    } else {
        " "
    };
    spans.push((brand.to_owned(), theme.style(Role::Accent)));
    if is_protected {
        spans.push((" PROD ".to_owned(), danger));
    }
    if room < Room::Least {
        let style = if is_protected {
            danger
        } else {
            theme.style(Role::Title)
        };
        spans.push((format!("{}  ", session.target.profile_name()), style));
    }
    let account = session.account().unwrap_or(match session.identity.error() {
        Some(_) => "identity unknown",
        None => "…",
    });
    let region = session.target.region.as_deref().unwrap_or("no region");
    let region = (format!("{region}  "), header);
    spans.push((format!("{account}  "), header));
    if room < Room::Least {
        spans.push(region.clone());
    }
    let (write, style) = write_state(view);
    if !write.is_empty() {
        spans.push((write, style));
        spans.push(("  ".to_owned(), header));
    }
    let redrives = under_way::redrives(store, is_short);
    // What a redrive holds goes before the region does.
    let has_room = room < Room::Least || redrives.is_none();
    let leased = store.letters.leased(session.id).filter(|_| has_room);
    if let Some((count, since)) = leased {
        let count = age::count(count as u64);
        let leased = if is_short {
            format!("{count} leased  ")
        } else {
            format!("{count} leased {}  ", age::age(store.now, since))
        };
        spans.push((leased, theme.style(Role::Accent)));
    }
    if let Some(redrives) = redrives {
        spans.push((format!("{redrives}  "), theme.style(Role::Running)));
    }
    if let Some(applying) = under_way::edits(store) {
        spans.push((format!("{applying}  "), theme.style(Role::Running)));
    }
    if let Some(mark) = stopped::mark(store, is_short) {
        spans.push((format!("{mark}  "), theme.style(Role::Warn)));
    }
    if room == Room::Least {
        // The last part is the first to be cut.
        spans.push(region);
        for (part, _) in &mut spans {
            part.truncate(part.trim_end().len());
            part.push(' ');
        }
    }
    spans
}

fn of_the_list(view: View<'_>) -> String {
    let store = view.store;
    let list = &store.functions;
    let Some(at) = list.slot().fetched() else {
        return String::new();
    };
    let mut parts = vec![
        age::counted(list.all().len(), "function"),
        format!("{} ago", age::age(store.now, at)),
    ];
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
