//! The sessions slice: which accounts are open, as whom, and what may be written there.

use jiff::Timestamp;

use super::{
    Outbox,
    effect::Effect,
    request::Request,
    slot::Slot,
    ticket::{Key, Ticket},
};
use crate::{
    domain::{
        place::Place,
        session::{Identity, SessionId, Target, WriteState},
    },
    ports::ApiError,
};

/// What the runner does for this slice.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// Build the clients of a session.
    Open(SessionId, Target),
    /// Ask STS who we are, and settle the write state by it.
    Identify(SessionId),
    /// Lift the protected lock of a session.
    Unlock(SessionId),
    /// Read which profiles there are.
    Profiles,
}

/// What opening found out without calling AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The region.
    pub region: String,
    /// A custom endpoint is in use.
    pub custom_endpoint: bool,
    /// What may be written as long as the identity is unknown.
    pub write: WriteState,
}

/// What changes the sessions.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Close the current session and open this target.
    Open(Target),
    /// Open the current profile in another region.
    OpenRegion(String),
    /// Open the current target anew: profile files are read again.
    Reopen,
    /// The clients are built, or cannot be.
    Opened(Ticket, Result<Opened, ApiError>),
    /// STS answered.
    Identified(Ticket, Result<Identity, ApiError>, WriteState),
    /// The profiles of the user's files, as they could be opened.
    Profiles(Vec<Target>),
    /// Lift the protected lock; the account id was typed.
    Unlock,
    /// The Gate's write state changed (unlocked, or the lock closed again).
    WriteState(SessionId, WriteState),
    /// What a call waits for, or that none does any more.
    Waits(SessionId, Option<String>),
}

/// How far a session is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Clients are being built.
    Opening,
    /// Calls can be made.
    Open,
    /// It cannot be opened: what to do is in the error.
    Failed(ApiError),
}

/// One opened (profile, region, endpoint).
#[derive(Debug)]
pub struct Session {
    /// Its name in every identity of the store.
    pub id: SessionId,
    /// What it was opened on; the region is filled in when it is known.
    pub target: Target,
    /// How far it is.
    pub status: Status,
    /// Who the credentials belong to.
    pub identity: Slot<Identity>,
    /// What may be written.
    pub write: WriteState,
    /// A custom endpoint is in use.
    pub custom_endpoint: bool,
    /// What a call waits for: an answer, its turn, the end of a throttle.
    pub waits: Option<String>,
    opening: Option<u64>,
}

impl Session {
    /// The account id, as soon as it is known.
    pub fn account(&self) -> Option<&str> {
        self.identity
            .value()
            .map(|identity| identity.account.as_str())
    }

    /// Where it is, as far as that is known yet.
    pub fn place(&self) -> Place {
        Place {
            region: self.target.region.clone().unwrap_or_default(),
            account: self.account().map(str::to_owned),
            has_custom_endpoint: self.custom_endpoint,
        }
    }

    /// Whether calls can be made.
    pub fn is_open(&self) -> bool {
        self.status == Status::Open
    }
}

/// The session that is open, and what can be opened.
#[derive(Debug)]
pub struct Sessions {
    current: Session,
    next_id: u32,
    profiles: Vec<Target>,
}

impl Sessions {
    pub(super) fn new(target: Target, write: WriteState) -> Self {
        Self {
            current: Session::new(SessionId::FIRST, target, write),
            next_id: 2,
            profiles: Vec::new(),
        }
    }

    /// With a session that is open, for the tests of the slices.
    #[cfg(test)]
    pub(super) fn opened(out: &mut Outbox<'_>) -> Self {
        let mut sessions = Self::new(Target::default(), WriteState::Open);
        sessions.start(out);
        sessions.current.status = Status::Open;
        sessions
    }

    /// The session the screen shows.
    pub const fn current(&self) -> &Session {
        &self.current
    }

    /// The profiles that can be opened, as far as they are known.
    pub fn profiles(&self) -> &[Target] {
        &self.profiles
    }

    /// The session of an identity, if it is still open.
    pub fn get(&self, id: SessionId) -> Option<&Session> {
        (self.current.id == id).then_some(&self.current)
    }

    /// When the lock of an unlocked session closes again.
    pub fn next_wake(&self) -> Option<Timestamp> {
        match self.current.write {
            WriteState::Unlocked { until } => until,
            _ => None,
        }
    }

    pub(super) fn expire(&mut self, now: Timestamp) {
        if let WriteState::Unlocked { until: Some(until) } = self.current.write
            && until <= now
        {
            self.current.write = WriteState::Protected;
        }
    }

    /// Starts the first session; called once.
    pub(super) fn start(&mut self, out: &mut Outbox<'_>) {
        self.current.open(out);
        out.ask(Key::local("session.profiles", ""), Work::Profiles);
    }

    pub(super) fn reduce(&mut self, action: Action, out: &mut Outbox<'_>) -> Vec<Request> {
        match action {
            Action::Open(target) => {
                let write = self.current.write;
                self.replace(target, write, out);
            }
            Action::OpenRegion(region) => {
                let target = Target {
                    region: Some(region),
                    ..self.current.target.clone()
                };
                self.replace(target, self.current.write, out);
            }
            Action::Reopen => {
                let (target, write) = (self.current.target.clone(), self.current.write);
                self.replace(target, write, out);
            }
            Action::Profiles(profiles) => self.profiles = profiles,
            Action::Opened(ticket, answer) => self.current.opened(&ticket, answer, out),
            Action::Identified(ticket, answer, write) => {
                if self.current.identity.accept(&ticket, answer, out.now) {
                    self.current.write = write;
                }
            }
            Action::Unlock => {
                let id = self.current.id;
                out.ask(Key::of(id, "session.unlock", ""), Work::Unlock(id));
            }
            Action::WriteState(id, write) => {
                if self.current.id == id {
                    self.current.write = write;
                }
                return vec![Request::Written];
            }
            Action::Waits(id, waits) => {
                if self.current.id == id {
                    self.current.waits = waits;
                }
            }
        }
        Vec::new()
    }

    /// A switch cannot leak: the old session is closed, its answers carry its id.
    fn replace(&mut self, target: Target, write: WriteState, out: &mut Outbox<'_>) {
        out.effects.push(Effect::Close(self.current.id));
        self.current = Session::new(SessionId(self.next_id), target, write);
        self.next_id += 1;
        self.current.open(out);
    }
}

impl Session {
    fn new(id: SessionId, target: Target, write: WriteState) -> Self {
        Self {
            id,
            target,
            status: Status::Opening,
            identity: Slot::default(),
            write,
            custom_endpoint: false,
            waits: None,
            opening: None,
        }
    }

    fn open(&mut self, out: &mut Outbox<'_>) {
        self.status = Status::Opening;
        let work = Work::Open(self.id, self.target.clone());
        // A stream: after its answer it tells what calls wait for, as long as the session lives.
        let ticket = out.follow(Key::of(self.id, "session.open", ""), work);
        self.opening = Some(ticket.generation);
    }

    fn opened(&mut self, ticket: &Ticket, answer: Result<Opened, ApiError>, out: &mut Outbox<'_>) {
        if self.opening != Some(ticket.generation) {
            return;
        }
        self.opening = None;
        match answer {
            Ok(opened) => {
                self.status = Status::Open;
                self.target.region = Some(opened.region);
                self.custom_endpoint = opened.custom_endpoint;
                self.write = opened.write;
                let key = Key::of(self.id, "session.identify", "");
                let ticket = out.ask(key, Work::Identify(self.id));
                self.identity.begin(&ticket);
            }
            Err(error) => self.status = Status::Failed(error),
        }
    }
}
