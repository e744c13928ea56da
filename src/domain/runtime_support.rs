//! How long AWS supports each Lambda runtime, as data, and what that means on a given day.
//!
//! Source: the tables of supported and deprecated runtimes in the Lambda developer guide
//! (`docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html`, read in autumn 2026). AWS moves
//! these dates now and then, mostly to later ones; a new runtime is missing here until the table
//! is updated and then counts as [`Support::Unknown`], never as deprecated.
//!
//! Not responsible for container images: they have no runtime identifier.

use jiff::{
    ToSpan,
    civil::{Date, date},
};

/// Days before the deprecation from which a runtime is worth a note: AWS's own notice period.
const NOTICE_DAYS: i64 = 180;

/// One row: identifier, deprecation, creation blocked, update blocked. A block that AWS has not
/// dated falls on the earliest day its policy allows: 30 and 60 days after the deprecation.
struct Row {
    id: &'static str,
    deprecated: Option<Date>,
    create_blocked: Option<Date>,
    update_blocked: Option<Date>,
}

const fn row(id: &'static str, deprecated: Date, create: Date, update: Date) -> Row {
    Row {
        id,
        deprecated: Some(deprecated),
        create_blocked: Some(create),
        update_blocked: Some(update),
    }
}

const fn until(id: &'static str, deprecated: Date) -> Row {
    Row {
        id,
        deprecated: Some(deprecated),
        create_blocked: None,
        update_blocked: None,
    }
}

const fn unscheduled(id: &'static str) -> Row {
    Row {
        id,
        deprecated: None,
        create_blocked: None,
        update_blocked: None,
    }
}

/// The blocks that AWS set for every runtime deprecated between mid-2024 and late 2026.
const CREATE: Date = date(2027, 2, 1);
const UPDATE: Date = date(2027, 3, 3);

#[cfg(test)]
/// How many runtimes the table has.
pub(super) const COUNT: usize = TABLE.len();

/// Where a runtime stands in the table, if it does.
pub(super) fn place(runtime_id: &str) -> Option<usize> {
    TABLE.binary_search_by(|row| row.id.cmp(runtime_id)).ok()
}

/// The identifier at a place of the table.
pub(super) fn id(place: usize) -> &'static str {
    TABLE[place].id
}

/// Sorted by identifier, for the binary search.
static TABLE: [Row; 49] = [
    row(
        "dotnet10",
        date(2028, 11, 14),
        date(2028, 12, 14),
        date(2029, 1, 15),
    ),
    row("dotnet6", date(2024, 12, 20), CREATE, UPDATE),
    row("dotnet8", date(2026, 11, 10), CREATE, UPDATE),
    row(
        "dotnetcore1.0",
        date(2019, 6, 27),
        date(2019, 6, 27),
        date(2019, 7, 30),
    ),
    row(
        "dotnetcore2.0",
        date(2019, 5, 30),
        date(2019, 5, 30),
        date(2019, 5, 30),
    ),
    row(
        "dotnetcore2.1",
        date(2022, 1, 5),
        date(2022, 1, 5),
        date(2022, 4, 13),
    ),
    row(
        "dotnetcore3.1",
        date(2023, 4, 3),
        date(2023, 4, 3),
        date(2023, 5, 3),
    ),
    row("go1.x", date(2024, 1, 8), date(2024, 2, 8), UPDATE),
    until("java11", date(2027, 6, 30)),
    unscheduled("java11.al2023"),
    until("java17", date(2027, 6, 30)),
    unscheduled("java17.al2023"),
    until("java21", date(2029, 6, 30)),
    until("java25", date(2029, 6, 30)),
    row("java8", date(2024, 1, 8), date(2024, 2, 8), UPDATE),
    until("java8.al2", date(2027, 6, 30)),
    unscheduled("java8.al2023"),
    row(
        "nodejs",
        date(2016, 10, 31),
        date(2016, 10, 31),
        date(2016, 10, 31),
    ),
    row(
        "nodejs10.x",
        date(2021, 7, 30),
        date(2021, 7, 30),
        date(2022, 2, 14),
    ),
    row(
        "nodejs12.x",
        date(2023, 3, 31),
        date(2023, 3, 31),
        date(2023, 4, 30),
    ),
    row("nodejs14.x", date(2023, 12, 4), date(2024, 1, 9), UPDATE),
    row("nodejs16.x", date(2024, 6, 12), CREATE, UPDATE),
    row("nodejs18.x", date(2025, 9, 1), CREATE, UPDATE),
    row("nodejs20.x", date(2026, 4, 30), CREATE, UPDATE),
    row(
        "nodejs22.x",
        date(2027, 4, 30),
        date(2027, 6, 1),
        date(2027, 7, 1),
    ),
    until("nodejs24.x", date(2028, 4, 30)),
    row(
        "nodejs4.3",
        date(2020, 3, 5),
        date(2020, 3, 5),
        date(2020, 3, 5),
    ),
    row(
        "nodejs4.3-edge",
        date(2019, 4, 30),
        date(2019, 4, 30),
        date(2019, 4, 30),
    ),
    row(
        "nodejs6.10",
        date(2019, 8, 12),
        date(2019, 8, 12),
        date(2019, 8, 12),
    ),
    row(
        "nodejs8.10",
        date(2020, 3, 6),
        date(2020, 3, 6),
        date(2020, 3, 6),
    ),
    row("provided", date(2024, 1, 8), date(2024, 2, 8), UPDATE),
    row("provided.al2", date(2026, 7, 31), CREATE, UPDATE),
    row(
        "provided.al2023",
        date(2029, 6, 30),
        date(2029, 7, 31),
        date(2029, 8, 31),
    ),
    row(
        "python2.7",
        date(2021, 7, 15),
        date(2021, 7, 15),
        date(2022, 5, 30),
    ),
    row("python3.10", date(2026, 10, 31), CREATE, UPDATE),
    until("python3.11", date(2027, 6, 30)),
    until("python3.12", date(2028, 10, 31)),
    until("python3.13", date(2029, 6, 30)),
    until("python3.14", date(2029, 6, 30)),
    row(
        "python3.6",
        date(2022, 7, 18),
        date(2022, 7, 18),
        date(2022, 8, 29),
    ),
    row("python3.7", date(2023, 12, 4), date(2024, 1, 9), UPDATE),
    row("python3.8", date(2024, 10, 14), CREATE, UPDATE),
    row("python3.9", date(2025, 12, 15), CREATE, UPDATE),
    row(
        "ruby2.5",
        date(2021, 7, 30),
        date(2021, 7, 30),
        date(2022, 3, 31),
    ),
    row("ruby2.7", date(2023, 12, 7), date(2024, 1, 9), UPDATE),
    row("ruby3.2", date(2026, 3, 31), CREATE, UPDATE),
    row(
        "ruby3.3",
        date(2027, 3, 31),
        date(2027, 4, 30),
        date(2027, 5, 31),
    ),
    row(
        "ruby3.4",
        date(2028, 3, 31),
        date(2028, 4, 30),
        date(2028, 5, 31),
    ),
    row(
        "ruby4.0",
        date(2029, 3, 31),
        date(2029, 4, 30),
        date(2029, 5, 31),
    ),
];

/// Where a runtime stands on a given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Supported for at least another 180 days, or without an end date.
    Supported,
    /// Deprecated within 180 days.
    DeprecatedSoon {
        /// The day of deprecation.
        date: Date,
    },
    /// No more security updates; functions can still be created and updated.
    Deprecated {
        /// Deprecated since.
        since: Date,
        /// The day from which creating a function is refused.
        create_blocked: Date,
        /// The day from which updating code or configuration is refused.
        update_blocked: Date,
    },
    /// Creating is refused; updating too, from `update_blocked` on.
    Blocked {
        /// Deprecated since.
        since: Date,
        /// The day from which updating code or configuration is refused.
        update_blocked: Date,
        /// Whether that day has come: nothing but a change of the runtime is accepted.
        updates: bool,
    },
    /// Not in the table: too new, or a customer's own.
    Unknown,
}

/// The runtimes that are not deprecated on the day `today`, by identifier.
pub fn current(today: Date) -> impl Iterator<Item = &'static str> {
    let ids = TABLE.iter().map(|row| row.id);
    ids.filter(move |id| {
        matches!(
            support(id, today),
            Support::Supported | Support::DeprecatedSoon { .. }
        )
    })
}

/// Where `runtime_id` stands on the day `today`. An identifier that is not in the table is
/// [`Support::Unknown`].
pub fn support(runtime_id: &str, today: Date) -> Support {
    let Some(at) = place(runtime_id) else {
        return Support::Unknown;
    };
    let row = &TABLE[at];
    let Some(since) = row.deprecated else {
        return Support::Supported;
    };
    let create_blocked = row
        .create_blocked
        .unwrap_or_else(|| since.saturating_add(30.days()));
    let update_blocked = row
        .update_blocked
        .unwrap_or_else(|| since.saturating_add(60.days()));
    if today >= create_blocked {
        Support::Blocked {
            since,
            update_blocked,
            updates: today >= update_blocked,
        }
    } else if today >= since {
        Support::Deprecated {
            since,
            create_blocked,
            update_blocked,
        }
    } else if today.saturating_add(NOTICE_DAYS.days()) >= since {
        Support::DeprecatedSoon { date: since }
    } else {
        Support::Supported
    }
}

impl Support {
    /// The note of the Functions list, without the identifier; `None` when nothing is to be said.
    pub fn note(&self) -> Option<String> {
        Some(match self {
            Self::Supported | Self::Unknown => return None,
            Self::DeprecatedSoon { date } => format!("ends {date}, runtime deprecated then"),
            Self::Deprecated { update_blocked, .. } => {
                format!("blocked {update_blocked}, runtime deprecated")
            }
            Self::Blocked { updates: true, .. } => "runtime blocked: no updates".to_owned(),
            Self::Blocked { update_blocked, .. } => {
                format!("blocked {update_blocked}, runtime blocked to create")
            }
        })
    }

    /// What to know about `runtime_id`, as a sentence for the Overview; `None` when it is
    /// supported.
    pub fn sentence(&self, runtime_id: &str) -> Option<String> {
        Some(match self {
            Self::Supported => return None,
            Self::DeprecatedSoon { date } => format!(
                "{runtime_id} is deprecated on {date}: no security updates from then on; move to \
                 a newer runtime."
            ),
            Self::Deprecated {
                since,
                create_blocked,
                update_blocked,
            } => format!(
                "{runtime_id} is deprecated since {since}: no security updates; AWS refuses new \
                 functions from {create_blocked} and updates from {update_blocked}. Move to a \
                 newer runtime before that."
            ),
            Self::Blocked {
                since,
                updates: true,
                update_blocked,
            } => format!(
                "{runtime_id} is deprecated since {since} and AWS refuses updates of code and \
                 configuration since {update_blocked}: the only change left is to a newer runtime."
            ),
            Self::Blocked {
                since,
                update_blocked,
                ..
            } => format!(
                "{runtime_id} is deprecated since {since}: AWS refuses new functions, and updates \
                 from {update_blocked}. Move to a newer runtime before that."
            ),
            Self::Unknown => {
                format!("{runtime_id} is not in the table of runtimes: support unknown.")
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    #[test]
    fn the_table_is_sorted_and_its_dates_are_in_order() {
        assert!(TABLE.is_sorted_by(|a, b| a.id < b.id));
        for row in &TABLE {
            let days = [row.deprecated, row.create_blocked, row.update_blocked];
            let known: Vec<_> = days.into_iter().flatten().collect();
            assert!(known.is_sorted(), "{}", row.id);
        }
    }

    #[test]
    fn each_state_of_a_runtime_is_told_apart() {
        assert_eq!(support("python3.14", TODAY), Support::Supported);
        assert_eq!(support("java21", TODAY), Support::Supported);
        assert_eq!(
            support("java17.al2023", date(2040, 1, 1)),
            Support::Supported
        );
        assert_eq!(
            support("nodejs22.x", TODAY),
            Support::DeprecatedSoon {
                date: date(2027, 4, 30)
            }
        );
        assert_eq!(
            support("python3.9", TODAY),
            Support::Deprecated {
                since: date(2025, 12, 15),
                create_blocked: CREATE,
                update_blocked: UPDATE,
            }
        );
        assert!(matches!(
            support("go1.x", TODAY),
            Support::Blocked { updates: false, .. }
        ));
        assert!(matches!(
            support("python3.6", TODAY),
            Support::Blocked { updates: true, .. }
        ));
        assert_eq!(support("python3.99", TODAY), Support::Unknown);
        assert_eq!(support("", TODAY), Support::Unknown);
    }

    #[test]
    fn the_borders_fall_on_the_day_itself() {
        let deprecated = date(2027, 4, 30);
        let at = |day| support("nodejs22.x", day);
        assert_eq!(at(date(2026, 10, 31)), Support::Supported);
        assert_eq!(
            at(date(2026, 11, 1)),
            Support::DeprecatedSoon { date: deprecated }
        );
        assert!(matches!(
            at(date(2027, 4, 29)),
            Support::DeprecatedSoon { .. }
        ));
        assert!(matches!(at(deprecated), Support::Deprecated { .. }));
        assert!(matches!(at(date(2027, 5, 31)), Support::Deprecated { .. }));
        assert!(matches!(
            at(date(2027, 6, 1)),
            Support::Blocked { updates: false, .. }
        ));
        assert!(matches!(
            at(date(2027, 7, 1)),
            Support::Blocked { updates: true, .. }
        ));
    }

    #[test]
    fn an_undated_block_falls_30_and_60_days_after_the_deprecation() {
        assert_eq!(
            support("java11", date(2027, 7, 1)),
            Support::Deprecated {
                since: date(2027, 6, 30),
                create_blocked: date(2027, 7, 30),
                update_blocked: date(2027, 8, 29),
            }
        );
    }

    #[test]
    fn notes_are_short_and_sentences_name_the_runtime_and_the_dates() {
        let deprecated = support("python3.9", TODAY);
        assert_eq!(
            deprecated.note().as_deref(),
            Some("blocked 2027-03-03, runtime deprecated")
        );
        let sentence = deprecated.sentence("python3.9").unwrap();
        for part in ["python3.9", "2025-12-15", "2027-02-01", "2027-03-03"] {
            assert!(sentence.contains(part), "{sentence}");
        }
        assert_eq!(support("python3.14", TODAY).note(), None);
        assert_eq!(support("python3.14", TODAY).sentence("python3.14"), None);
        assert_eq!(support("custom", TODAY).note(), None);
        assert!(support("custom", TODAY).sentence("custom").is_some());
    }
}
