//! What one slice asks of the others. A reducer returns these; the store carries them out in their
//! order (`join`), after the reducer is done.

use jiff::Timestamp;

use super::{
    configure::Asked,
    identity::{FunctionKey, LetterKey},
    toast::{self, Tone},
    ui::PaneId,
};
use crate::{
    domain::{draft::Draft, function::Arn, report::InvocationKey, secret::Secret, tail::TimeRange},
    ports::ApiError,
};

/// What another slice is asked to do.
#[derive(Debug)]
pub(super) enum Request {
    /// Show a message.
    Toast(toast::Action),
    /// Give this pane the focus.
    Focus(PaneId),
    /// Select this function and show this of it.
    Function(Arn, View),
    /// Show the log lines of these functions together: of that time, and only these.
    Lines(Vec<Arn>, TimeRange, OnlyLines),
    /// A function is not what was read of it; what it is instead, if that is known.
    Changed(FunctionKey, Option<Box<Draft>>),
    /// Review this, with what the logs on screen tell of the functions.
    Review(Asked),
    /// The event of this letter was invoked by hand.
    Ran {
        letter: LetterKey,
        /// When that ended.
        at: Timestamp,
        /// The function did not fail.
        ok: bool,
    },
    /// The activity log has lines that nobody read.
    Written,
}

/// What is to be shown of a function.
#[derive(Debug)]
pub(super) enum View {
    /// This pane of it.
    Pane(PaneId),
    /// Its log lines of that time, and only these.
    Logs(TimeRange, OnlyLines),
    /// This event in Invoke, from that letter.
    Invoke(LetterKey, Secret<String>),
    /// A name for this event.
    Save(Secret<String>),
}

/// Which log lines alone are wanted.
#[derive(Debug)]
pub(super) enum OnlyLines {
    /// Those of these invocations, whether or not they name the request.
    Of(Vec<InvocationKey>),
    /// Those with this text: a message id.
    With(String),
}

pub(super) fn info(text: impl Into<String>) -> Vec<Request> {
    message(Tone::Info, text)
}

pub(super) fn done(text: impl Into<String>) -> Vec<Request> {
    message(Tone::Ok, text)
}

pub(super) fn error(text: impl Into<String>) -> Vec<Request> {
    message(Tone::Error, text)
}

pub(super) fn failed(error: ApiError) -> Vec<Request> {
    vec![Request::Toast(toast::Action::Failed(error))]
}

/// The same after a write, of which the activity log has a line now.
pub(super) fn written(mut requests: Vec<Request>) -> Vec<Request> {
    requests.push(Request::Written);
    requests
}

fn message(tone: Tone, text: impl Into<String>) -> Vec<Request> {
    vec![Request::Toast(toast::Action::Show(tone, text.into()))]
}
