//! The event in the editor: where its text comes from, how it is sent, whether a file keeps it.

use std::path::PathBuf;

use crate::{
    domain::{
        saved_event::{EventId, EventSettings, Stamp, StoredEvent},
        secret::Secret,
    },
    store::identity::LetterKey,
};

/// Where the text in the editor comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// From nowhere that keeps it: sent without being saved.
    Scratch,
    /// From a file, which a send saves first.
    Saved {
        /// The event.
        id: EventId,
        /// Its file.
        path: PathBuf,
        /// What the files held when they were read or written last.
        stamp: Stamp,
        /// The payload in the file.
        on_disk: Secret<String>,
        /// The settings in the file beside it.
        settings: Box<EventSettings>,
    },
}

/// The event in the editor.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Where it comes from.
    pub source: Source,
    /// How it is sent.
    pub settings: EventSettings,
    /// The text as it came; what is typed since then is the pane's.
    pub text: Secret<String>,
    /// Grows whenever `text` has to be taken anew.
    pub revision: u64,
    /// The letter that a scratch text came from.
    pub letter: Option<LetterKey>,
}

impl Draft {
    pub(super) fn scratch(text: Secret<String>, revision: u64) -> Self {
        Self {
            source: Source::Scratch,
            settings: EventSettings::default(),
            text,
            revision,
            letter: None,
        }
    }

    /// The event of a letter: a scratch until it is saved.
    pub(super) fn of_letter(from: LetterKey, text: Secret<String>, revision: u64) -> Self {
        Self {
            letter: Some(from),
            ..Self::scratch(text, revision)
        }
    }

    /// The saved event, if it is one.
    pub const fn id(&self) -> Option<&EventId> {
        match &self.source {
            Source::Saved { id, .. } => Some(id),
            Source::Scratch => None,
        }
    }

    /// Its name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.id().map(|id| id.name.as_str())
    }

    /// Whether `text`, being typed, differs from what a file keeps; of a scratch text, whether
    /// dropping it would lose anything.
    pub fn is_text_changed(&self, text: &str) -> bool {
        match &self.source {
            Source::Saved { on_disk, .. } => on_disk.reveal() != text,
            Source::Scratch => text.trim() != "{}" && !text.trim().is_empty(),
        }
    }

    /// Whether the target differs from what a file keeps.
    pub fn is_target_changed(&self) -> bool {
        match &self.source {
            Source::Saved { settings, .. } => **settings != self.settings,
            Source::Scratch => false,
        }
    }

    /// Changes whenever [`Self::is_text_changed`] may answer differently for the same text.
    pub const fn mark(&self) -> (u64, Option<Stamp>) {
        (self.revision, self.stamp())
    }

    pub(super) const fn stamp(&self) -> Option<Stamp> {
        match &self.source {
            Source::Saved { stamp, .. } => Some(*stamp),
            Source::Scratch => None,
        }
    }

    /// Another text for the same event.
    pub(super) fn take(&mut self, text: Secret<String>) {
        self.text = text;
        self.revision += 1;
    }

    pub(super) fn open(&mut self, stored: StoredEvent) {
        let StoredEvent { event, stamp } = stored;
        self.letter = None;
        self.settings = event.settings.clone();
        self.source = Source::Saved {
            id: event.id,
            path: event.path,
            stamp,
            on_disk: event.payload.clone(),
            settings: Box::new(event.settings),
        };
        self.take(event.payload);
    }

    /// The files hold this payload and these settings now.
    pub(super) fn saved(&mut self, payload: &Secret<String>, written: &EventSettings, now: Stamp) {
        if let Source::Saved {
            stamp,
            on_disk,
            settings,
            ..
        } = &mut self.source
        {
            *stamp = now;
            *on_disk = payload.clone();
            (**settings).clone_from(written);
        }
    }

    pub(super) fn renamed(&mut self, from: &EventId, to: &StoredEvent) {
        if let Source::Saved {
            id, path, stamp, ..
        } = &mut self.source
            && id == from
        {
            *id = to.event.id.clone();
            path.clone_from(&to.event.path);
            *stamp = to.stamp;
        }
    }

    /// The text of a deleted event stays, as a scratch.
    pub(super) fn deleted(&mut self, gone: &EventId) {
        if self.id() == Some(gone) {
            self.source = Source::Scratch;
        }
    }
}
