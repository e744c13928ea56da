//! When background traffic happens: a pure function of the seed and the time.
//!
//! Time is cut into slots of one period per function; each slot holds one invocation at a moment
//! of its own. So any window can be told without having lived through it, and twice the same.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde_json::Value;

use super::{
    dice::{Dice, hex32, label, mix, uuid},
    function::{Function, Language, Traffic},
    script::Run,
};

/// One run of a function, placed in time.
#[derive(Debug, Clone)]
pub(super) struct Invocation {
    /// When the platform took it, milliseconds since the epoch.
    pub start_ms: i64,
    pub request_id: String,
    pub version: String,
    /// The log stream, that is the execution environment.
    pub stream: String,
    /// Microseconds of a cold start before the handler.
    pub init_us: Option<u64>,
    /// Milliseconds from writing a line until the log service has it.
    pub lag_ms: i64,
    /// Makes the ids of its log events.
    pub salt: u64,
    pub run: Run,
}

impl Invocation {
    /// When the handler began.
    pub fn handler_us(&self) -> i64 {
        self.start_ms * 1000 + self.init_us.unwrap_or(0) as i64
    }

    /// When it was over, in milliseconds since the epoch.
    pub fn end_ms(&self) -> i64 {
        (self.handler_us() + self.run.duration_us as i64) / 1000
    }
}

/// The slots whose invocations can have events in a window.
pub(super) fn slots(
    function: &Function,
    traffic: Traffic,
    window: &RangeInclusive<i64>,
) -> RangeInclusive<i64> {
    (window.start() - function.longest_ms()).div_euclid(traffic.period_ms)
        ..=window.end().div_euclid(traffic.period_ms)
}

/// The invocation of one slot.
pub(super) fn invocation(
    seed: u64,
    function: &Function,
    traffic: Traffic,
    slot: i64,
) -> Invocation {
    called(seed, function, traffic, slot).invocation(seed, function, traffic, slot)
}

/// The event that the invocation of a slot was called with.
pub(super) fn event(seed: u64, function: &Function, traffic: Traffic, slot: i64) -> Value {
    called(seed, function, traffic, slot).event
}

/// What is thrown about a slot before the code runs.
struct Called {
    salt: u64,
    start_ms: i64,
    init_us: Option<u64>,
    lag_ms: i64,
    event: Value,
    /// The dice that the code goes on with.
    dice: Dice,
}

fn called(seed: u64, function: &Function, traffic: Traffic, slot: i64) -> Called {
    let salt = mix(&[seed, label(function.name()), slot as u64]);
    let mut dice = Dice::new(&[salt, 1]);
    let start_ms = slot * traffic.period_ms + dice.below(traffic.period_ms as u64) as i64;
    let cold = slot.div_euclid(traffic.lanes).rem_euclid(traffic.lifetime) == 0;
    Called {
        salt,
        start_ms,
        init_us: cold.then(|| init_us(function, &mut dice)),
        lag_ms: lag_ms(&mut dice),
        event: function.work.event(&mut dice),
        dice,
    }
}

impl Called {
    fn invocation(
        mut self,
        seed: u64,
        function: &Function,
        traffic: Traffic,
        slot: i64,
    ) -> Invocation {
        let lane = slot.rem_euclid(traffic.lanes);
        let generation = slot.div_euclid(traffic.lanes).div_euclid(traffic.lifetime);
        let environment = mix(&[seed, label(function.name()), lane as u64, generation as u64]);
        let first_slot = generation * traffic.lifetime * traffic.lanes + lane;
        // One environment runs one version, so the weights are drawn per environment.
        let version = function.live_version(moment(self.start_ms), environment);
        let started = moment(first_slot * traffic.period_ms);
        Invocation {
            start_ms: self.start_ms,
            request_id: uuid(self.salt),
            version: version.to_owned(),
            stream: stream(function, version, started, environment),
            init_us: self.init_us,
            lag_ms: self.lag_ms,
            salt: self.salt,
            run: function.work.run(function, &self.event, &mut self.dice),
        }
    }
}

fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// How long a cold start of this runtime takes.
pub(super) fn init_us(function: &Function, dice: &mut Dice) -> u64 {
    let (low, high) = match function.language() {
        Language::Java => (1_900_000, 3_200_000),
        Language::Dotnet => (600_000, 900_000),
        Language::Native => (28_000, 60_000),
        _ if function.latest.summary.runtime.is_none() => (1_100_000, 2_400_000),
        _ => (230_000, 480_000),
    };
    dice.between(low, high)
}

/// Usually well under a second; one invocation in fifty arrives seconds to minutes late.
fn lag_ms(dice: &mut Dice) -> i64 {
    let usual = dice.between(180, 900);
    let late = dice.once_in(50);
    let by = dice.between(3_000, 75_000);
    (if late { by } else { usual }) as i64
}

/// The name of a log stream (Lambda developer guide, `monitoring-cloudwatchlogs-loggroups`: with a
/// custom log group the function's name stands after the date, which is that of the environment's
/// start).
pub(super) fn stream(
    function: &Function,
    version: &str,
    started: Timestamp,
    environment: u64,
) -> String {
    let day = started.strftime("%Y/%m/%d");
    let name = if function.latest.summary.has_custom_log_group() {
        function.name()
    } else {
        ""
    };
    format!("{day}/{name}[{version}]{}", hex32(environment))
}
