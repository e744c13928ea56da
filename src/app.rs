//! The application: wires store, surfaces, keymap and theme together.
//!
//! [`App`] is synchronous and knows no terminal: it takes events and actions and leaves
//! [`Effect`]s behind, so that a test drives it as the event loop does. The loop is in
//! [`event_loop`], the terminal in [`terminal`].

mod commands;
pub mod event_loop;
pub mod external;
pub mod frame;
mod kept;
pub mod scratch;
pub mod terminal;

use crokey::KeyCombination;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseEvent};
use jiff::Timestamp;
use kept::{Kept, Seen};
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    command::{self, CommandSpec, Context},
    keymap::{self, Keymap, Lookup},
    runtime::clock::Clock,
    store::{
        Action, Effect, Setup, Store, session, toast,
        ui::{self, PaneId},
    },
    theme::Theme,
    ui::{
        panes::PANES,
        screen::{self, Place},
        subject::Subject,
        surface::{Intent, Outcome, Surface, View},
    },
};

/// How the program ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exit {
    /// By the user's wish, exit code 0.
    Quit,
    /// By a signal: exit code 128 + its number.
    Signal(i32),
    /// A part of the program broke, exit code 101.
    Broken(String),
}

/// Everything between the event loop and the screen.
pub struct App {
    store: Store,
    keymap: Keymap,
    theme: Theme,
    clock: Clock,
    panes: Vec<(PaneId, Box<dyn Surface>)>,
    overlays: Vec<Box<dyn Surface>>,
    pressed: Vec<KeyCombination>,
    pending: Option<String>,
    kept: Kept,
    seen: Seen,
    effects: Vec<Effect>,
    screen: Rect,
    places: Vec<Place>,
    runs: usize,
    dirty: bool,
    /// Something changed since panes were last laid out.
    is_behind: bool,
    exit: Option<Exit>,
}

impl App {
    /// An application that has drawn nothing yet and whose first effects are waiting.
    pub fn new(setup: Setup, keymap: Keymap, theme: Theme, clock: Clock) -> Self {
        let (store, effects) = Store::new(setup);
        Self {
            store,
            keymap,
            theme,
            clock,
            panes: PANES.iter().map(|pane| (pane.id, (pane.make)())).collect(),
            overlays: Vec::new(),
            pressed: Vec::new(),
            pending: None,
            kept: Kept::default(),
            seen: Seen::default(),
            effects,
            screen: Rect::new(0, 0, 80, 24),
            places: Vec::new(),
            runs: 0,
            dirty: true,
            is_behind: true,
            exit: None,
        }
    }

    /// The shared state, to read.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Whether a frame is due.
    pub const fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// How it ends, once it does.
    pub const fn exit(&self) -> Option<&Exit> {
        self.exit.as_ref()
    }

    /// Leaves, whatever is open.
    pub fn leave(&mut self, exit: Exit) {
        self.exit.get_or_insert(exit);
    }

    /// Says how many runs are under way, so that quitting asks.
    pub const fn set_runs(&mut self, runs: usize) {
        self.runs = runs;
    }

    /// Takes the effects that wait to be performed.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// When the store wants to be told the time, if nothing else happens.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let wakes = [self.store.next_wake(), self.kept_due()];
        wakes.into_iter().flatten().min()
    }

    /// Changes the store.
    pub fn apply(&mut self, action: Action) {
        if let Action::Fatal(what) = &action {
            self.leave(Exit::Broken(what.clone()));
        }
        let session = self.store.sessions.current().id;
        self.effects.extend(self.store.apply(action));
        if self.store.sessions.current().id != session {
            // What stands on top speaks of the account that was left, and so do keys that wait.
            self.overlays.clear();
            self.forget_places();
        }
        self.dirty = true;
        self.is_behind = true;
    }

    /// Tells the store the time.
    pub fn tick(&mut self) {
        let now = self.clock.now();
        if now != self.store.now {
            self.apply(Action::Tick(now));
        }
    }

    /// Shows a short message.
    pub fn toast(&mut self, tone: toast::Tone, text: impl Into<String>) {
        self.apply(Action::Toast(toast::Action::Show(tone, text.into())));
    }

    /// Takes an event of the terminal.
    pub fn on_event(&mut self, event: Event) {
        self.tick();
        self.dirty = true;
        self.is_behind = true;
        match event {
            Event::Key(key) => self.on_key(key),
            Event::Mouse(mouse) => self.on_mouse(mouse),
            Event::Paste(text) => self.on_paste(&text),
            Event::Resize(width, height) => self.resize(width, height),
            Event::FocusGained => self.apply(Action::Ui(ui::Action::TerminalFocus(true))),
            Event::FocusLost => self.apply(Action::Ui(ui::Action::TerminalFocus(false))),
        }
    }

    /// The terminal has this size.
    pub fn resize(&mut self, width: u16, height: u16) {
        self.screen = Rect::new(0, 0, width, height);
        self.apply(Action::Ui(ui::Action::Resize(width, height)));
    }

    /// Where keys are looked up now, narrowest first.
    pub fn path(&self) -> Vec<Context> {
        let view = view(&self.store, &self.keymap, &self.theme);
        let mut path = match self.overlays.last() {
            Some(overlay) => overlay.path(view),
            None => self.focused().map_or_else(Vec::new, |pane| pane.path(view)),
        };
        path.push(Context::Global);
        path
    }

    /// The one function that the focused pane speaks of; else why it is none.
    fn subject(&self) -> Subject {
        let view = view(&self.store, &self.keymap, &self.theme);
        match self.focused() {
            Some(pane) => pane.subject(view),
            None => Err("no pane has the focus".to_owned()),
        }
    }

    fn on_key(&mut self, key: KeyEvent) {
        let key = self.as_typed(key);
        let Some(combination) = keymap::from_event(&key) else {
            return;
        };
        if !self.pressed.is_empty() && keymap::format_sequence(&[combination]) == "esc" {
            self.pressed.clear();
            self.pending = None;
            return;
        }
        self.pressed.push(combination);
        if self.keeps(combination) {
            return;
        }
        let mut path = self.path();
        let mut found = self.keymap.lookup(&path, &self.pressed);
        if self.is_behind && matches!(found, Lookup::Command(_)) {
            // Keys can come faster than frames: a command acts on what the last one left, never
            // on rows of before it.
            self.settle();
            path = self.path();
            found = self.keymap.lookup(&path, &self.pressed);
        }
        match found {
            Lookup::Command(spec) => {
                self.forget_keys();
                self.run(spec);
            }
            Lookup::Pending(continuations) => {
                let keys = keymap::format_sequence(&self.pressed);
                let next: Vec<String> = continuations
                    .iter()
                    .map(|next| format!("{} {}", next.key, next.title))
                    .collect();
                self.pending = Some(format!("{keys} …  {}", next.join("  ")));
            }
            Lookup::Unbound => {
                let was_single = self.pressed.len() == 1;
                self.forget_keys();
                if was_single && path.contains(&Context::Input) {
                    self.with_top(|surface, view| surface.on_key(key, view));
                }
            }
        }
    }

    /// Enter that was typed before the terminal was ours comes as ctrl-j: until then it turns
    /// the one into the other (icrnl, termios(3)).
    fn as_typed(&self, key: KeyEvent) -> KeyEvent {
        let line_feed = KeyEvent::new(KeyCode::Char('j'), KeyModifiers::CONTROL);
        let is_line_feed = (key.code, key.modifiers) == (line_feed.code, line_feed.modifiers);
        let combination = keymap::from_event(&line_feed).filter(|_| is_line_feed);
        let is_bound = combination.is_none_or(|combination| {
            let found = self.keymap.lookup(&self.path(), &[combination]);
            !self.pressed.is_empty() || !matches!(found, Lookup::Unbound)
        });
        if is_bound { key } else { KeyCode::Enter.into() }
    }

    fn forget_keys(&mut self) {
        self.pressed.clear();
        self.pending = None;
    }

    fn on_paste(&mut self, text: &str) {
        // The form takes a `.env` block as it stands; elsewhere keys are no text.
        let takes = |context| matches!(context, &Context::Input | &Context::Configure);
        if self.path().iter().any(takes) {
            // Terminals send what was a line feed as a carriage return, as if it were typed.
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            self.with_top(|surface, view| surface.on_paste(&text, view));
        }
    }

    /// The mouse gives a pane the focus, and then speaks to it. Overlays get it whole.
    fn on_mouse(&mut self, mouse: MouseEvent) {
        let at = (mouse.column, mouse.row).into();
        if let Some(overlay) = self.overlays.last() {
            let area = screen::overlay_inner(screen::overlay_place(self.screen, overlay.as_ref()));
            self.with_top(|surface, view| surface.on_mouse(mouse, area, view));
            return;
        }
        let Some(place) = self
            .places
            .iter()
            .copied()
            .find(|place| place.outer.contains(at))
        else {
            return;
        };
        let is_press = matches!(mouse.kind, crossterm::event::MouseEventKind::Down(_));
        if is_press && place.pane != self.store.ui.focus() {
            self.apply(Action::Ui(ui::Action::Focus(place.pane)));
        }
        let view = view(&self.store, &self.keymap, &self.theme);
        let Some((_, pane)) = self.panes.iter_mut().find(|(id, _)| *id == place.pane) else {
            return;
        };
        let outcome = pane.on_mouse(mouse, place.inner, view);
        self.perform(outcome);
    }

    /// Runs a command: the topmost surface may take it, then the shell.
    pub fn run(&mut self, spec: &'static CommandSpec) {
        // What a pane would read anew cannot be read by a session that was refused.
        if spec.id == "app.refresh" && self.is_refused() {
            self.apply(Action::Session(session::Action::Reopen));
            return;
        }
        if spec.needs_function
            && let Err(why) = self.subject()
        {
            self.toast(toast::Tone::Info, why);
            return;
        }
        let taken = self.with_top(|surface, view| surface.on_command(spec, view));
        if !taken {
            self.run_global(spec);
        }
    }

    fn run_by_id(&mut self, id: &str) {
        if let Some(spec) = command::find(id) {
            self.run(spec);
        }
    }

    /// Asks the surface that gets the keys; says whether it took it.
    fn with_top(&mut self, ask: impl FnOnce(&mut dyn Surface, View<'_>) -> Outcome) -> bool {
        let view = view(&self.store, &self.keymap, &self.theme);
        let focus = self.store.ui.focus();
        let outcome = match self.overlays.last_mut() {
            Some(overlay) => ask(overlay.as_mut(), view),
            None => match self.panes.iter_mut().find(|(id, _)| *id == focus) {
                Some((_, pane)) => ask(pane.as_mut(), view),
                None => Outcome::Ignored,
            },
        };
        self.perform(outcome)
    }

    fn perform(&mut self, outcome: Outcome) -> bool {
        let Outcome::Done(intents) = outcome else {
            return false;
        };
        self.dirty = true;
        self.is_behind = true;
        for intent in intents {
            match intent {
                Intent::Act(action) => self.apply(action),
                Intent::Open(surface) => self.overlays.push(surface),
                Intent::Close => drop(self.overlays.pop()),
                Intent::Run(id) => self.run_by_id(id),
                Intent::Leave => self.leave(Exit::Quit),
            }
        }
        true
    }

    /// The keys that the footer offers, with their commands.
    pub fn offered(&self) -> Vec<(String, &'static str)> {
        let view = view(&self.store, &self.keymap, &self.theme);
        let offers = self.top().map(|top| {
            let offers = screen::offers(self.screen.width, view, top).into_iter();
            offers.map(|offer| (offer.key, offer.command)).collect()
        });
        offers.unwrap_or_default()
    }

    /// What gets the keys.
    fn top(&self) -> Option<&dyn Surface> {
        let overlay = self.overlays.last().map(AsRef::as_ref);
        overlay.or_else(|| self.focused())
    }

    fn focused(&self) -> Option<&dyn Surface> {
        self.pane(self.store.ui.focus())
    }

    fn pane(&self, id: PaneId) -> Option<&dyn Surface> {
        self.panes
            .iter()
            .find(|(pane, _)| *pane == id)
            .map(|(_, pane)| pane.as_ref())
    }

    /// Settles what a frame needs: derived state, scroll offsets, what came into view. Called
    /// before [`App::draw`]; it may leave effects behind.
    pub fn settle(&mut self) {
        self.is_behind = false;
        self.store.settle();
        self.drop_what_is_over();
        let view = view(&self.store, &self.keymap, &self.theme);
        let focus = self.store.ui.focus();
        if self.overlays.is_empty()
            && let Some((_, pane)) = self.panes.iter_mut().find(|(id, _)| *id == focus)
            && let Some(question) = pane.asks(view)
        {
            self.overlays.push(question);
            self.seen.has_question = true;
            self.forget_for_a_question();
        }
        let view = self::view(&self.store, &self.keymap, &self.theme);
        self.places = screen::places(self.screen, view);
        let mut actions = Vec::new();
        for place in &self.places {
            if let Some((_, pane)) = self.panes.iter_mut().find(|(id, _)| *id == place.pane) {
                actions.extend(pane.layout(place.inner, view));
            }
        }
        for overlay in &mut self.overlays {
            let area = screen::overlay_inner(screen::overlay_place(self.screen, overlay.as_ref()));
            actions.extend(overlay.layout(area, view));
        }
        for action in actions {
            self.effects.extend(self.store.apply(action));
        }
        self.drop_what_is_over();
        self.note_place();
        self.press_what_waited();
    }

    fn drop_what_is_over(&mut self) {
        let view = view(&self.store, &self.keymap, &self.theme);
        self.overlays.retain(|overlay| !overlay.is_over(view));
    }

    /// Draws the frame that [`App::settle`] prepared.
    pub fn draw(&mut self, buf: &mut Buffer) {
        self.dirty = false;
        let view = view(&self.store, &self.keymap, &self.theme);
        let area = self.screen.intersection(buf.area);
        buf.set_style(area, self.theme.style(crate::theme::Role::Text));
        if self.places.is_empty() {
            screen::draw_too_small(area, buf, view);
            return;
        }
        screen::draw_header(area, buf, view);
        for place in &self.places {
            if let Some(pane) = self.pane(place.pane) {
                screen::draw_pane_border(*place, buf, view, pane);
                pane.render(place.inner.intersection(area), buf, view);
            }
        }
        for overlay in &self.overlays {
            let outer = screen::overlay_place(area, overlay.as_ref());
            screen::draw_overlay_border(outer, buf, view, overlay.as_ref());
            overlay.render(screen::overlay_inner(outer).intersection(area), buf, view);
            screen::settle_overlay_ground(outer, buf, view);
        }
        screen::draw_toasts(area, buf, view);
        if let Some(top) = self.top() {
            screen::draw_footer(area, buf, view, top, self.pending.as_deref());
        }
        self.note_drawn();
    }
}

/// A view over the parts of an [`App`], which stay borrowable one by one.
const fn view<'a>(store: &'a Store, keymap: &'a Keymap, theme: &'a Theme) -> View<'a> {
    View {
        store,
        keymap,
        theme,
    }
}
