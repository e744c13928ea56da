//! The quiet rest of a big account: functions whose names, runtimes and sizes are made of their
//! number, built when they are asked for, so that ten thousand of them cost no memory.

use super::{
    dice::Dice,
    function::{Function, Traffic},
    place::{DAY_MS, MINUTE_MS, Place},
    recipe::plain,
    work::Work,
};

const DOMAINS: [&str; 12] = [
    "orders", "payments", "catalog", "search", "shipping", "billing", "users", "media", "partner",
    "risk", "mail", "stock",
];
const NOUNS: [&str; 12] = [
    "product", "invoice", "address", "session", "price", "label", "refund", "image", "event",
    "voucher", "account", "parcel",
];
const VERBS: [&str; 12] = [
    "inventory",
    "export",
    "sync",
    "notify",
    "validate",
    "archive",
    "importer",
    "worker",
    "router",
    "enrich",
    "cleanup",
    "report",
];
const RUNTIMES: [&str; 8] = [
    "nodejs22.x",
    "python3.12",
    "python3.13",
    "java21",
    "provided.al2023",
    "nodejs20.x",
    "ruby3.4",
    "dotnet8",
];

/// The name of the function with this number.
pub(super) fn name(place: &Place, number: usize) -> String {
    let mut dice = Dice::new(&[place.seed, 0x6e61_6d65, number as u64]);
    format!(
        "{}-{}-{}-{number:04}",
        dice.pick(&DOMAINS),
        dice.pick(&NOUNS),
        dice.pick(&VERBS)
    )
}

/// The number inside a name that [`name`] made.
pub(super) fn number(place: &Place, wanted: &str) -> Option<usize> {
    let number = wanted.rsplit_once('-')?.1.parse().ok()?;
    (name(place, number) == wanted).then_some(number)
}

/// The function with this number.
pub(super) fn function(place: &Place, number: usize) -> Function {
    let mut dice = Dice::new(&[place.seed, 0x7265_7374, number as u64]);
    let mut function = plain(place, &name(place, number), Work::Quiet);
    let summary = &mut function.latest.summary;
    summary.runtime = Some(dice.pick(&RUNTIMES).into());
    summary.memory_mb = 128 << dice.below(5);
    summary.timeout_s = [3, 10, 30, 60, 300, 900][dice.below(6) as usize];
    summary.modified = Some(place.ago(dice.between(1, 900) as i64 * DAY_MS));
    summary.code_size = dice.between(20_000, 60_000_000);
    if dice.once_in(3) {
        summary.architecture = "arm64".into();
    }
    function.tags = vec![("service".into(), dice.pick(&DOMAINS).into())];
    function.traffic = Some(Traffic {
        period_ms: dice.between(20, 360) as i64 * MINUTE_MS,
        lanes: 1,
        lifetime: 1,
    });
    function
}
