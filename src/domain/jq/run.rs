//! Running a filter without being held up by it.
//!
//! jaq has no limits of its own: `def f: f; f` never ends, `def f: 1 + f; f` ends the process with
//! its stack. But it looks up every term it evaluates through the data it is given, and that is
//! where work and stack are counted here. What is too much unwinds to [`run`], quietly.
//!
//! Not bounded: one operation that makes a huge value by itself (`"x" * 1e12`).

use std::{
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    thread,
};

use jaq_core::{Ctx, DataT, Exn, Filter, Lut, Native, Vars, data::HasLut, native};
use jaq_json::Val;

/// Terms that are evaluated where one is; most edits need fewer. So few cannot nest a value, or
/// the calls, so deep that the caller's stack runs out.
const QUICK: Limits = Limits {
    steps: 4_000,
    stack: 512 << 10,
};
/// Terms that are evaluated at most, on a stack made for them: so many, and so many more for each
/// byte of the input. It is tens of milliseconds for a small one, a second for a mebibyte.
const PATIENT: Limits = Limits {
    steps: 1_000_000,
    stack: 256 << 20,
};
const STEPS_A_BYTE: u64 = 16;
/// What of the stack is left to values being dropped, compared and written.
const HEADROOM: usize = 256 << 20;

#[derive(Clone, Copy)]
struct Limits {
    steps: u64,
    stack: usize,
}

/// The data of a filter: values are jaq's, and evaluating is counted.
pub(super) struct Bounded;

/// A function of the library.
pub(super) type Fun = native::Filter<Native<Bounded>>;

impl DataT for Bounded {
    type V<'a> = Val;
    type Data<'a> = Gauge<'a>;
}

/// Counts what evaluating takes.
#[derive(Clone, Copy)]
pub(super) struct Gauge<'a> {
    lut: &'a Lut<Bounded>,
    steps: &'a Cell<u64>,
    /// The lowest address of the stack that may be reached.
    floor: usize,
}

impl<'a> HasLut<'a, Bounded> for Gauge<'a> {
    fn lut(&self) -> &'a Lut<Bounded> {
        self.work();
        self.lut
    }
}

/// Thrown when a limit is reached.
struct Exhausted;

impl Gauge<'_> {
    /// One step of work.
    pub(super) fn work(&self) {
        let left = self.steps.get();
        if left == 0 || here() < self.floor {
            panic::resume_unwind(Box::new(Exhausted));
        }
        self.steps.set(left - 1);
    }
}

/// About where the stack stands. It grows down on every machine we build for.
#[inline(never)]
fn here() -> usize {
    let mark = 0_u8;
    std::hint::black_box(&raw const mark).addr()
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stopped {
    /// A limit was reached.
    Exhausted,
    /// jaq failed, or the thread could not be made.
    Broken,
}

/// Gives `read` the outputs of a filter on what `input` makes from so many bytes, first on the caller's stack, and if
/// that takes longer, again on a larger one: expressions have no effects.
pub(super) fn run<T: Send>(
    filter: &Filter<Bounded>,
    bytes: usize,
    input: impl Fn() -> Val + Sync,
    read: impl Fn(Val, &mut dyn Iterator<Item = Result<Val, Exn<'_, Val>>>) -> T + Sync,
) -> Result<T, Stopped> {
    let quick = attempt(filter, QUICK, &input, &read);
    if !matches!(quick, Err(Stopped::Exhausted)) {
        return quick;
    }
    let limits = Limits {
        steps: PATIENT.steps + STEPS_A_BYTE * bytes as u64,
        ..PATIENT
    };
    thread::scope(|scope| {
        let patient = thread::Builder::new()
            .name("jq".into())
            .stack_size(limits.stack + HEADROOM)
            .spawn_scoped(scope, || attempt(filter, limits, &input, &read));
        match patient.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) | Err(_) => Err(Stopped::Broken),
        }
    })
}

fn attempt<T>(
    filter: &Filter<Bounded>,
    limits: Limits,
    input: &impl Fn() -> Val,
    read: &impl Fn(Val, &mut dyn Iterator<Item = Result<Val, Exn<'_, Val>>>) -> T,
) -> Result<T, Stopped> {
    let steps = Cell::new(limits.steps);
    let gauge = Gauge {
        lut: &filter.lut,
        steps: &steps,
        floor: here().saturating_sub(limits.stack),
    };
    let evaluate = || {
        let input = input();
        let context = Ctx::<Bounded>::new(gauge, Vars::new([]));
        let mut outputs = filter.id.run((context, input.clone()));
        read(input, &mut outputs)
    };
    panic::catch_unwind(AssertUnwindSafe(evaluate)).map_err(|thrown| {
        if thrown.is::<Exhausted>() {
            Stopped::Exhausted
        } else {
            Stopped::Broken
        }
    })
}
