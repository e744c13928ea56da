//! Opening the console: theme and keymap, then the session beside the kept list, then the terminal.

use jiff::SignedDuration;
use std::sync::Arc;
use tokio::sync::mpsc;

use super::{Context, Outcome, headless};
use crate::{
    app::{
        App, Exit,
        event_loop::{self, Outside},
        scratch::Places,
        terminal::{self, Screen},
    },
    keymap::Keymap,
    ports::Provider,
    runtime::{
        activity::ActivityLog,
        configure::files::StateFiles,
        journal::Journals,
        kept::{self, KeptFor},
        runner::{ACTIONS, Runner, Shared},
    },
    store::{Action, Setup, functions, toast::Tone, ui},
    theme::{Appearance, Depth, Theme},
    ui::screen,
};

pub(super) fn run(context: &Context, provider: Arc<dyn Provider>) -> anyhow::Result<Outcome> {
    restore_on_panic();
    let source = provider.credential_source(&context.target);
    let mut app = app(context);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let exit = runtime.block_on(async {
        let (sender, actions) = mpsc::channel(ACTIONS);
        let activity = if context.is_demo {
            ActivityLog::nowhere()
        } else {
            ActivityLog::in_file(context.paths.activity_file())
        };
        let shared = Shared::new(
            provider,
            context.clock.clone(),
            context.access(),
            activity,
            context.paths.clone(),
            sender,
        );
        // Nothing is real there, and nothing is left to finish.
        let shared = if context.is_demo {
            shared
                .with_journals(Journals::nowhere())
                .with_edits(StateFiles::in_memory())
        } else {
            shared
        };
        let mut runner = Runner::new(shared);
        if !context.global.exit_after_first_frame {
            // The session opens on another thread while the kept list is read and drawn; what it
            // says is heard after the first frame.
            for effect in app.take_effects() {
                runner.perform(effect);
            }
        }
        show_kept_list(context, &mut app, &KeptFor::new(source, &context.target));
        let outside = Outside {
            runner,
            actions,
            clock: context.clock.clone(),
            editor: context
                .environment
                .editor(context.settings.editor.as_deref())
                .to_owned(),
            scratch: Places::of(&context.paths.state),
            exit_after_first_frame: context.global.exit_after_first_frame,
        };
        let mut screen = Screen::enter()?;
        event_loop::run(&mut app, &mut screen, outside).await
    });
    runtime.shutdown_background();
    // The process ends: freeing ten thousand rows one by one helps nobody.
    std::mem::forget(app);
    Ok(match exit? {
        Exit::Quit => Outcome::Done,
        Exit::Signal(number) => Outcome::Signal(number),
        Exit::Broken(what) => {
            headless::tell(format_args!("lambdeck broke: {what}"));
            let log = context.paths.log_file();
            headless::tell(format_args!("  the log is {}", log.display()));
            Outcome::Broken
        }
    })
}

fn app(context: &Context) -> App {
    let depth = Depth::detect(
        context.environment.term.as_deref(),
        context.environment.colorterm.as_deref(),
        context.environment.no_color,
    );
    let background = context
        .environment
        .colorfgbg
        .as_deref()
        .and_then(Appearance::from_colorfgbg);
    let chosen = context.settings.theme.name_for(background);
    let name = context.global.theme.as_deref().unwrap_or(chosen);
    let (theme, of_theme) = Theme::load(name, Some(&context.paths.themes()), depth);
    let (keymap, of_keymap) = Keymap::load(&context.paths.keymap_file(&context.settings.keymap));
    let access = context.access();
    let now = context.clock.now();
    let setup = Setup {
        target: context.target.clone(),
        write: access.write_state(context.target.profile.as_deref(), None, now),
        tab: screen::tabs().next().map_or(ui::FUNCTIONS, |tab| tab.id),
        refresh_every: SignedDuration::try_from(context.settings.refresh)
            .unwrap_or(SignedDuration::from_mins(1)),
        log_budget: usize::try_from(context.settings.log_budget).unwrap_or(usize::MAX),
        since: SignedDuration::try_from(context.settings.since)
            .unwrap_or(SignedDuration::from_mins(15)),
        now,
    };
    let mut app = App::new(setup, keymap, theme, context.clock.clone());
    let problems = context.problems.iter().chain(&of_keymap).chain(&of_theme);
    let problems: Vec<String> = problems.map(ToString::to_string).collect();
    if context.settings.doubtful {
        // Short enough for 80 columns: it says why nothing can be written.
        let why = "read-only: config.toml has a mistake (`lambdeck check-config` says which)";
        app.toast(Tone::Error, why);
    } else if let Some(first) = problems.first() {
        let more = match problems.len() {
            1 => String::new(),
            n => format!(" (and {} more: `lambdeck check-config`)", n - 1),
        };
        app.toast(Tone::Error, format!("{first}{more}"));
    }
    app
}

/// The last known list stands in until the real one comes.
fn show_kept_list(context: &Context, app: &mut App, key: &KeptFor) {
    if let Some(kept) = kept::load(&context.paths.cache, key) {
        let session = app.store().sessions.current().id;
        app.apply(Action::Functions(functions::Action::Kept {
            session,
            account: kept.account,
            at: kept.at,
            rows: kept.rows,
        }));
    }
}

/// A panic of the loop itself leaves the terminal as it was, before its message is printed.
fn restore_on_panic() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        terminal::give_back();
        print(panic);
    }));
}
