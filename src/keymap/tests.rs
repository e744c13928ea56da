use super::*;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

const LOGS: &[Context] = &[Context::Logs, Context::Text, Context::Global];
const FUNCTIONS: &[Context] = &[Context::Functions, Context::List, Context::Global];
const PAYLOAD: &[Context] = &[Context::Input, Context::Invoke, Context::Global];
const DIALOG: &[Context] = &[
    Context::Dialog,
    Context::Functions,
    Context::List,
    Context::Global,
];

fn keys(text: &str) -> Vec<KeyCombination> {
    keys::parse_sequence(text).unwrap()
}

fn id(keymap: &Keymap, path: &[Context], text: &str) -> Option<&'static str> {
    match keymap.lookup(path, &keys(text)) {
        Lookup::Command(spec) => Some(spec.id),
        _ => None,
    }
}

fn user(text: &str) -> (Keymap, Vec<String>) {
    let (keymap, problems) = Keymap::merge(Path::new("keymap.toml"), text);
    (keymap, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn the_default_has_no_problem() {
    let (bindings, problems) = file::parse(Path::new("keymaps/default.toml"), DEFAULT);
    assert_eq!(problems, []);
    assert!(bindings.len() > 90);
}

#[test]
fn every_command_has_a_key_or_is_meant_for_the_palette() {
    let only_palette: Vec<_> = unbound_commands(&Keymap::default())
        .map(|spec| spec.id)
        .collect();
    assert_eq!(
        only_palette,
        [
            "app.unlock",
            "dlq.all",
            "dlq.function",
            "dlq.dismiss",
            "dlq.resume",
            "dlq.queue",
            "dlq.send",
            "dlq.import",
            "dlq.move-task",
            "dlq.purge",
            "invoke.rename",
            "invoke.duplicate",
            "configure.rename",
            "configure.many",
            "configure.publish",
            "configure.discard",
            "configure.restore",
            "configure.finish",
            "configure.revert",
        ]
    );
}

#[test]
fn every_default_key_runs_what_it_says_where_it_says() {
    let keymap = Keymap::default();
    for context in Context::ALL {
        for (written, spec) in keymap.bindings(*context) {
            let path: &[Context] = match context {
                Context::Input => PAYLOAD,
                other => &[*other],
            };
            let mut path = path.to_vec();
            // A movement is offered by lists and texts; `input.submit` where no pane of its own is.
            if spec.id == "input.submit" {
                path = vec![Context::Input];
            }
            // What only some panes do runs in one of them; another may give the key another meaning.
            let mut runs = id(&keymap, &path, written) == Some(spec.id);
            for pane in spec.contexts.iter().filter(|context| context.is_pane()) {
                let mut path = path.clone();
                path.insert(0, *pane);
                runs |= id(&keymap, &path, written) == Some(spec.id);
            }
            assert!(runs, "[{}] {written}", context.name());
        }
    }
}

#[test]
fn the_narrower_context_wins() {
    let keymap = Keymap::default();
    assert_eq!(id(&keymap, FUNCTIONS, "space"), Some("functions.mark"));
    assert_eq!(
        id(
            &keymap,
            &[Context::Logs, Context::List, Context::Global],
            "space"
        ),
        Some("logs.follow")
    );
    assert_eq!(id(&keymap, FUNCTIONS, "f"), Some("list.faults-only"));
    assert_eq!(id(&keymap, LOGS, "f"), Some("logs.errors-only"));
    assert_eq!(id(&keymap, LOGS, "n"), Some("text.next-match"));
    assert_eq!(
        id(
            &keymap,
            &[Context::Invoke, Context::Text, Context::Global],
            "n"
        ),
        Some("invoke.new")
    );
    assert_eq!(id(&keymap, LOGS, "q"), Some("app.close"));
    assert_eq!(id(&keymap, LOGS, "D"), None);
}

#[test]
fn typed_characters_are_text() {
    let keymap = Keymap::default();
    for key in ["q", "G", "?", "space", "é", "0"] {
        assert_eq!(keymap.lookup(PAYLOAD, &keys(key)), Lookup::Unbound, "{key}");
    }
    for key in ["↓", "home", "backspace", "ctrl-d", "ctrl-a"] {
        let path = [
            Context::Input,
            Context::List,
            Context::Text,
            Context::Global,
        ];
        assert_eq!(
            keymap.lookup(&path, &keys(key)),
            Lookup::Unbound,
            "{key} edits"
        );
    }
    assert_eq!(id(&keymap, PAYLOAD, "ctrl-s"), Some("invoke.send"));
    assert_eq!(
        id(&keymap, &[Context::Input, Context::Global], "ctrl-s"),
        Some("input.submit")
    );
    assert_eq!(id(&keymap, PAYLOAD, "esc"), Some("input.leave"));
    assert_eq!(id(&keymap, PAYLOAD, "ctrl-c"), Some("app.quit"));
}

#[test]
fn no_letter_acts_in_a_dialog() {
    let keymap = Keymap::default();
    for key in ["q", "i", "j", "P", "y"] {
        assert_eq!(keymap.lookup(DIALOG, &keys(key)), Lookup::Unbound, "{key}");
    }
    assert_eq!(id(&keymap, DIALOG, "space"), Some("dialog.toggle"));
    assert_eq!(id(&keymap, DIALOG, "enter"), Some("dialog.press"));
    assert_eq!(id(&keymap, DIALOG, "↓"), Some("dialog.next"));
    assert_eq!(id(&keymap, DIALOG, "ctrl-c"), Some("app.quit"));
}

#[test]
fn terminal_events_reach_their_command() {
    let keymap = Keymap::default();
    let press = |code, modifiers| from_event(&KeyEvent::new(code, modifiers)).unwrap();
    let bottom = press(KeyCode::Char('G'), KeyModifiers::SHIFT);
    assert!(
        matches!(keymap.lookup(LOGS, &[bottom]), Lookup::Command(spec) if spec.id == "list.bottom")
    );
    let back = press(KeyCode::BackTab, KeyModifiers::SHIFT);
    assert!(
        matches!(keymap.lookup(LOGS, &[back]), Lookup::Command(spec) if spec.id == "app.previous-region")
    );
    let undo = press(KeyCode::Char('7'), KeyModifiers::CONTROL);
    assert!(
        matches!(keymap.lookup(PAYLOAD, &[undo]), Lookup::Command(spec) if spec.id == "input.undo")
    );
}

#[test]
fn a_sequence_is_pending_until_it_ends() {
    let (keymap, problems) = user(
        "extends = \"default\"\n[list]\n\"g g\" = \"list.top\"\n\"g e\" = \"list.bottom\"\n[global]\n\"g x y\" = \"app.quit\"\n",
    );
    assert_eq!(problems, Vec::<String>::new());
    let Lookup::Pending(next) = keymap.lookup(FUNCTIONS, &keys("g")) else {
        panic!("not pending")
    };
    let next: Vec<_> = next.iter().map(|c| (c.key.as_str(), c.title)).collect();
    assert_eq!(next, [("g", "top"), ("e", "bottom"), ("x", "…")]);
    assert_eq!(id(&keymap, FUNCTIONS, "g g"), Some("list.top"));
    assert!(matches!(
        keymap.lookup(FUNCTIONS, &keys("g x")),
        Lookup::Pending(_)
    ));
    assert_eq!(id(&keymap, FUNCTIONS, "g x y"), Some("app.quit"));
    assert_eq!(keymap.lookup(FUNCTIONS, &keys("g q")), Lookup::Unbound);
    assert_eq!(keymap.keys_for("list.top", FUNCTIONS), ["g g", "home"]);
    assert_eq!(
        keymap.keys_for("app.quit", LOGS),
        ["ctrl-c"],
        "[text] has a bare g, which acts before g x y"
    );
    assert_eq!(keymap.lookup(FUNCTIONS, &[]), Lookup::Unbound);
}

#[test]
fn none_hides_the_key_in_wider_contexts_too() {
    let (keymap, problems) = user("[logs]\n\"q\" = \"none\"\n\"e\" = \"none\"\n");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(keymap.lookup(LOGS, &keys("q")), Lookup::Unbound);
    assert_eq!(keymap.lookup(LOGS, &keys("e")), Lookup::Unbound);
    assert_eq!(id(&keymap, FUNCTIONS, "q"), Some("app.close"));
    assert_eq!(keymap.keys_for("app.close", LOGS), Vec::<String>::new());
}

#[test]
fn a_list_runs_the_first_command_offered() {
    let (keymap, problems) = user("[global]\n\"ctrl-l\" = [\"logs.follow\", \"functions.logs\"]\n");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(id(&keymap, LOGS, "ctrl-l"), Some("logs.follow"));
    assert_eq!(id(&keymap, FUNCTIONS, "ctrl-l"), Some("functions.logs"));
    assert_eq!(
        id(&keymap, &[Context::Invoke, Context::Global], "ctrl-l"),
        None
    );
}

#[test]
fn the_users_key_is_shown_first_and_the_default_stays() {
    let (keymap, _) = user("[global]\n\"f1\" = \"app.help\"\n\"f2\" = \"app.help\"\n");
    assert_eq!(keymap.keys_for("app.help", LOGS), ["f1", "f2", "?"]);
    assert_eq!(
        Keymap::default().keys_for("app.palette", LOGS),
        [":", "ctrl-p"]
    );
    assert_eq!(
        Keymap::default().keys_for("app.help", PAYLOAD),
        Vec::<String>::new()
    );
    assert_eq!(
        Keymap::default().keys_for("no.such", LOGS),
        Vec::<String>::new()
    );
}

#[test]
fn nobody_is_locked_in() {
    let (keymap, problems) = user("[global]\n\"ctrl-c\" = \"none\"\n[input]\n\"esc\" = \"none\"\n");
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].starts_with("keymap.toml nothing is bound to \"app.quit\""));
    assert_eq!(id(&keymap, LOGS, "ctrl-c"), Some("app.quit"));
    assert_eq!(id(&keymap, PAYLOAD, "esc"), Some("input.leave"));
    let (keymap, problems) = user("[global]\n\"ctrl-c\" = \"none\"\n\"ctrl-q\" = \"app.quit\"\n");
    assert_eq!(problems, Vec::<String>::new());
    assert_eq!(keymap.lookup(LOGS, &keys("ctrl-c")), Lookup::Unbound);
}

#[test]
fn a_file_that_cannot_be_read_is_a_problem_and_a_missing_one_is_not() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(
        Keymap::load(&dir.path().join("keymap.toml")),
        (Keymap::default(), Vec::new())
    );
    let (keymap, problems) = Keymap::load(dir.path());
    assert_eq!(keymap, Keymap::default());
    assert_eq!(problems.len(), 1);
}
