//! Everything that is known of one function: ten parts, each with its own slot.

use jiff::Timestamp;

use crate::{
    domain::{
        function::{
            Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration, FunctionUrl,
            ProvisionedConcurrency, Version,
        },
        queue::QueueAttributes,
    },
    ports::ApiError,
    store::{slot::Slot, ticket::Ticket},
};

/// What is read on its own and can fail on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The configuration of `$LATEST`.
    Configuration,
    /// Event source mappings.
    Triggers,
    /// What happens to asynchronous invokes.
    Async,
    /// Depth of the dead-letter queue, when there is one.
    DeadLetterQueue,
    /// Published versions.
    Versions,
    /// Aliases and their weights.
    Aliases,
    /// Reserved concurrency.
    Reserved,
    /// Provisioned concurrency.
    Provisioned,
    /// Function URLs.
    Urls,
    /// Tags.
    Tags,
}

impl Part {
    /// Every part, in the order in which they are asked.
    pub const ALL: &'static [Self] = &[
        Self::Configuration,
        Self::Triggers,
        Self::Async,
        Self::DeadLetterQueue,
        Self::Versions,
        Self::Aliases,
        Self::Reserved,
        Self::Provisioned,
        Self::Urls,
        Self::Tags,
    ];

    /// The name of its query.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Configuration => "overview.configuration",
            Self::Triggers => "overview.triggers",
            Self::Async => "overview.async",
            Self::DeadLetterQueue => "overview.dead-letter-queue",
            Self::Versions => "overview.versions",
            Self::Aliases => "overview.aliases",
            Self::Reserved => "overview.reserved",
            Self::Provisioned => "overview.provisioned",
            Self::Urls => "overview.urls",
            Self::Tags => "overview.tags",
        }
    }
}

/// What is known of one function.
#[derive(Debug, Default)]
pub struct Facts {
    /// The configuration of `$LATEST`.
    pub configuration: Slot<FunctionConfiguration>,
    /// Event source mappings.
    pub triggers: Slot<Vec<EventSourceMapping>>,
    /// Async settings by qualifier, `$LATEST` for the unqualified function; what has none of its own
    /// is missing.
    pub async_configs: Slot<Vec<(String, AsyncConfig)>>,
    /// Depth of the dead-letter queue.
    pub dead_letter_queue: Slot<QueueAttributes>,
    /// Published versions and `$LATEST`.
    pub versions: Slot<Vec<Version>>,
    /// Aliases.
    pub aliases: Slot<Vec<Alias>>,
    /// Reserved concurrency; `None` inside when unreserved.
    pub reserved: Slot<Option<u32>>,
    /// Provisioned concurrency of versions and aliases.
    pub provisioned: Slot<Vec<ProvisionedConcurrency>>,
    /// Function URLs.
    pub urls: Slot<Vec<FunctionUrl>>,
    /// Tags.
    pub tags: Slot<Vec<(String, String)>>,
}

/// How a part is doing, whatever it holds.
pub trait Progress {
    /// Whether there is a value, old or new.
    fn has_value(&self) -> bool;
    /// Why the newest question failed.
    fn error(&self) -> Option<&ApiError>;
    /// Whether an answer is under way.
    fn is_loading(&self) -> bool;
    /// When the value came.
    fn fetched(&self) -> Option<Timestamp>;
    /// When the last answer came, good or bad.
    fn answered(&self) -> Option<Timestamp>;
    /// Notes that `ticket` was sent out.
    fn begin(&mut self, ticket: &Ticket);
    /// Forgets the question that is under way.
    fn abandon(&mut self);
}

impl<T> Progress for Slot<T> {
    fn has_value(&self) -> bool {
        self.value().is_some()
    }

    fn error(&self) -> Option<&ApiError> {
        Self::error(self)
    }

    fn is_loading(&self) -> bool {
        Self::is_loading(self)
    }

    fn fetched(&self) -> Option<Timestamp> {
        Self::fetched(self)
    }

    fn answered(&self) -> Option<Timestamp> {
        Self::answered(self)
    }

    fn begin(&mut self, ticket: &Ticket) {
        Self::begin(self, ticket);
    }

    fn abandon(&mut self) {
        Self::abandon(self);
    }
}

impl Facts {
    /// How a part is doing.
    pub fn part(&self, part: Part) -> &dyn Progress {
        match part {
            Part::Configuration => &self.configuration,
            Part::Triggers => &self.triggers,
            Part::Async => &self.async_configs,
            Part::DeadLetterQueue => &self.dead_letter_queue,
            Part::Versions => &self.versions,
            Part::Aliases => &self.aliases,
            Part::Reserved => &self.reserved,
            Part::Provisioned => &self.provisioned,
            Part::Urls => &self.urls,
            Part::Tags => &self.tags,
        }
    }

    pub(super) fn part_mut(&mut self, part: Part) -> &mut dyn Progress {
        match part {
            Part::Configuration => &mut self.configuration,
            Part::Triggers => &mut self.triggers,
            Part::Async => &mut self.async_configs,
            Part::DeadLetterQueue => &mut self.dead_letter_queue,
            Part::Versions => &mut self.versions,
            Part::Aliases => &mut self.aliases,
            Part::Reserved => &mut self.reserved,
            Part::Provisioned => &mut self.provisioned,
            Part::Urls => &mut self.urls,
            Part::Tags => &mut self.tags,
        }
    }

    /// The parts that this function has: without a dead-letter queue there is no depth.
    pub fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        Part::ALL
            .iter()
            .copied()
            .filter(|&part| part != Part::DeadLetterQueue || self.dead_letter_queue_arn().is_some())
    }

    /// The dead-letter target, when it is a queue.
    pub fn dead_letter_queue_arn(&self) -> Option<&Arn> {
        let target = self.configuration.value()?.summary.dead_letter.as_ref()?;
        (target.service() == Some("sqs")).then_some(target)
    }

    /// Whether AWS is about to change the state of the function.
    pub fn is_changing(&self) -> bool {
        self.configuration.value().is_some_and(|configuration| {
            let state = &configuration.state;
            state.last_update.as_deref() == Some("InProgress")
                || state.state.as_deref() == Some("Pending")
        })
    }

    /// What is asked for a part; `None` when the function has no such part.
    pub(super) fn resource(&self, part: Part, function: &Arn) -> Option<Arn> {
        match part {
            Part::DeadLetterQueue => self.dead_letter_queue_arn().cloned(),
            _ => Some(function.clone()),
        }
    }

    /// Takes a configuration; the depth of another dead-letter queue is not this one's.
    pub(super) fn configured(
        &mut self,
        ticket: &Ticket,
        answer: Result<FunctionConfiguration, ApiError>,
        now: Timestamp,
    ) {
        let former = self.dead_letter_queue_arn().cloned();
        self.configuration.accept(ticket, answer, now);
        if self.dead_letter_queue_arn() != former.as_ref() {
            self.dead_letter_queue = Slot::default();
        }
    }
}
