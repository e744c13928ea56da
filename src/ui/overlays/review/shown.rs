//! The head, the boxes and the buttons of a review, made when they changed.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Part, words::Line};
use crate::{
    domain::{draft::plan::Plan, function::Arn, text},
    store::{
        Store,
        configure::{Change, Review},
    },
    theme::{Role, Theme},
    ui::{surface::View, widgets::paint},
};

/// Where values of the head begin.
const LABEL: u16 = 9;

/// What is drawn, made when it changed.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) title: String,
    pub(super) head: Vec<Line>,
    pub(super) body: Vec<Line>,
    /// What must be typed.
    pub(super) name: Option<String>,
    pub(super) offers: Rows,
    pub(super) buttons: Rows,
    /// It was read, and there is something to apply.
    pub(super) applies: bool,
    /// The button that applies does something.
    pub(super) is_ready: bool,
}

impl Shown {
    /// Draws boxes or buttons; gives the row below them.
    pub(super) fn draw_parts(
        &self,
        rows: &Rows,
        focus: &Part,
        area: Rect,
        buf: &mut Buffer,
        theme: &Theme,
    ) -> u16 {
        // The typed name is as good as the button.
        let focus = match focus {
            Part::Cancel if self.name.is_some() && self.is_ready => &Part::Apply,
            focus => focus,
        };
        let mut y = area.y;
        for row in rows {
            let mut x = area.x;
            for (part, text) in row {
                let role = match part {
                    _ if part == focus => Role::Selection,
                    Part::Apply if !self.is_ready => Role::Dim,
                    Part::Apply if self.name.is_some() => Role::Error,
                    _ => Role::Text,
                };
                let room = area.right().saturating_sub(x);
                if y < area.bottom() {
                    x = paint::put(buf, x, y, room, text, theme.style(role)) + 2;
                }
            }
            y += 1;
        }
        y
    }
}

/// Boxes or buttons, row by row.
pub(super) type Rows = Vec<Vec<(Part, String)>>;

/// What is proposed.
pub(super) struct Proposed<'a> {
    pub(super) functions: &'a [Arn],
    pub(super) change: &'a Change,
}

/// Aliases that every function has for which there is a plan.
pub(super) fn common_aliases(review: &Review) -> Vec<String> {
    let names = |plan: &Plan| -> Vec<String> {
        plan.base
            .aliases
            .iter()
            .map(|alias| alias.name.clone())
            .collect()
    };
    let mut plans = review.plans();
    let mut common = plans.next().map(names).unwrap_or_default();
    for plan in plans {
        let these = names(plan);
        common.retain(|name| these.contains(name));
    }
    common
}

/// The button that applies, with the account. If the name of the profile is too long, its middle is
/// left out.
pub(super) fn apply_button(review: Option<&Review>, view: View<'_>, width: u16) -> String {
    let is_so = |review: &Review| review.reviews().is_some() && review.plans().next().is_none();
    if review.is_some_and(is_so) {
        return "[ Put it away ]".to_owned();
    }
    let session = view.store.sessions.current();
    let account = session.account().unwrap_or("unknown account");
    let profile = text::sanitise(session.target.profile_name());
    let fixed = text::width("[ Apply to   ]") + text::width(account);
    let room = usize::from(width).saturating_sub(fixed).max(3);
    let profile = text::truncate_middle(&profile, room);
    format!("[ Apply to {profile} {account} ]")
}

pub(super) fn in_rows(parts: impl Iterator<Item = (Part, String)>, width: u16) -> Rows {
    let mut rows: Rows = Vec::new();
    let mut used = 0;
    for (part, text) in parts {
        let needed = text::width(&text) as u16;
        if let Some(row) = rows.last_mut().filter(|_| used + 2 + needed <= width) {
            used += 2 + needed;
            row.push((part, text));
        } else {
            used = needed;
            rows.push(vec![(part, text)]);
        }
    }
    rows
}

/// Account, region and target, which never scroll. The button names the profile.
pub(super) fn head(
    functions: &[Arn],
    count: Option<String>,
    view: View<'_>,
    width: u16,
) -> Vec<Line> {
    let session = view.store.sessions.current();
    let account = format!(
        "{} · {}",
        session.account().unwrap_or("unknown"),
        session.target.region.as_deref().unwrap_or("no region"),
    );
    let target = match functions {
        [function] => function.resource_name().to_owned(),
        many => format!("{} functions", many.len()),
    };
    let target = match count {
        Some(count) => format!("{target}: {count}"),
        None => target,
    };
    let mut lines = Vec::new();
    for (label, value) in [("account", account), ("target", target)] {
        let value = text::sanitise(&value).into_owned();
        let rows = paint::wrapped(&value, width.saturating_sub(LABEL));
        for (row, line) in rows.into_iter().enumerate() {
            let label = if row == 0 { label } else { "" };
            lines.push((format!("{label:<9}{line}"), Role::Text));
        }
    }
    lines
}

/// Whether there is something to carry out. If the function is so already, a card or an unfinished
/// edit can still be put away. Of many functions, those that are refused are left out.
pub(super) fn applies(review: &Review, store: &Store) -> bool {
    let Some(Ok(reviews)) = review.reviews() else {
        return false;
    };
    let unfinished = &store.configure.memory().unfinished;
    let puts_away = match &review.proposal().change {
        Change::Restore(_) | Change::Finish(_) => true,
        Change::Revert(id) => unfinished.iter().any(|record| record.id == *id),
        Change::Edit(_) | Change::Stop(_) => false,
    };
    let is_refused = reviews
        .iter()
        .all(|function_review| function_review.plan.is_err());
    !is_refused && (puts_away || review.plans().next().is_some())
}
