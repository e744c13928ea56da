//! The draft, row by row and as a text.

use super::*;
use crate::domain::{draft::dotenv, function::Environment};

#[test]
fn what_is_typed_becomes_the_draft_in_its_canonical_form() {
    let mut world = World::new();
    let before = world.function_form().revision();
    world.set_field(Field::Memory, " 1024 ");
    world.set_field(Field::Tracing, "active");
    world.set(variable("LOG_LEVEL"), "debug");
    world.set(Item::Alias("live".into()), "v42,43=10%");
    world.set(Item::Tag("team".into()), "pay");
    assert_eq!(
        world.sides(),
        [
            "memory=1024",
            "tracing=Active",
            "env LOG_LEVEL=debug",
            "alias live=v42 90%, v43 10%",
            "tag team=pay"
        ]
    );
    assert!(world.function_form().problems().is_empty());
    assert!(world.function_form().revision() > before);
    assert_eq!(world.configure().drafted().collect::<Vec<_>>(), [&key()]);
}

#[test]
fn an_edit_that_says_what_is_there_leaves_the_row_alone() {
    let mut world = World::new();
    world.set_field(Field::Memory, "1024");
    world.set_field(Field::Memory, "512");
    world.set(variable("LOG_LEVEL"), "info");
    world.set_field(Field::LogGroup, "/aws/lambda/charge");
    world.set_field(Field::LogGroup, "");
    assert_eq!(world.sides(), [""; 0]);
}

#[test]
fn what_a_setting_brings_with_it_goes_with_it() {
    let mut world = World::open();
    let mut json = snapshot("charge");
    json.settings
        .insert(Field::LogFormat, Value::Text("JSON".into()));
    json.settings
        .insert(Field::AppLogLevel, Value::Text("INFO".into()));
    world.load(json);
    world.set_field(Field::LogFormat, "Text");
    world.set_field(Field::LogGroup, "/shop/all");
    world.edit(Item::Setting(Field::LogFormat), Edit::Undo);
    assert_eq!(world.sides(), ["log_group=/shop/all"]);
}

#[test]
fn what_cannot_be_is_kept_with_its_problem_and_nothing_else_is_sent_for_it() {
    let mut world = World::new();
    let memory = Item::Setting(Field::Memory);
    world.set_field(Field::Memory, "1024");
    world.set_field(Field::Memory, "lots");
    let (text, problem) = world
        .function_form()
        .refused(&memory)
        .expect("refused")
        .clone();
    assert_eq!(text.reveal(), "lots");
    assert!(problem.message.contains("128"), "{problem}");
    assert_eq!(
        world.sides(),
        [""; 0],
        "the earlier value is not sent instead"
    );
    let draft = Box::new(world.function_form().draft().clone());
    world.change(&["charge"], Change::Edit(draft));
    assert!(world.configure().review().is_none());
    assert!(world.toast().contains("memory"), "{}", world.toast());
    world.set_field(Field::Memory, "2048");
    assert_eq!(world.function_form().refused(&memory), None);
    assert_eq!(world.sides(), ["memory=2048"]);
}

#[test]
fn rows_are_removed_taken_back_and_discarded() {
    let mut world = World::new();
    world.edit(variable("API_KEY"), Edit::Unset);
    world.set(variable("NEW_ONE"), "1");
    world.edit(variable("NEW_ONE"), Edit::Unset);
    assert_eq!(
        world.sides(),
        ["env API_KEY=(unset)"],
        "what was added is gone"
    );
    world.edit(Item::Alias("live".into()), Edit::Unset);
    assert!(
        world
            .function_form()
            .refused(&Item::Alias("live".into()))
            .is_some()
    );
    world.edit(Item::Alias("live".into()), Edit::Undo);
    assert_eq!(world.function_form().all_refused().count(), 0);
    world.edit(variable("API_KEY"), Edit::Undo);
    assert_eq!(world.sides(), [""; 0]);
    world.set_field(Field::Memory, "1024");
    world.set_field(Field::Timeout, "x");
    world.act(Step::Publish(key(), Some("two".into())));
    assert_eq!(
        world.function_form().draft().publish.as_deref(),
        Some("two")
    );
    world.act(Step::Discard(key()));
    assert!(world.function_form().draft().is_empty());
    assert_eq!(world.function_form().all_refused().count(), 0);
}

#[test]
fn a_row_keeps_its_value_under_another_name() {
    let mut world = World::new();
    world.edit(variable("API_KEY"), Edit::Rename("API_TOKEN".into()));
    world.edit(Item::Tag("team".into()), Edit::Rename("owner".into()));
    assert_eq!(
        world.sides(),
        [
            "env API_KEY=(unset)",
            "env API_TOKEN=hunter2",
            "tag owner=shop",
            "tag team=(unset)"
        ]
    );
    world.edit(variable("API_TOKEN"), Edit::Rename("API_KEY".into()));
    world.edit(Item::Tag("owner".into()), Edit::Rename("team".into()));
    assert_eq!(world.sides(), [""; 0], "back again");
}

#[test]
fn a_name_that_cannot_be_renames_nothing_and_loses_nothing() {
    let mut world = World::new();
    world.edit(variable("API_KEY"), Edit::Rename("LOG_LEVEL".into()));
    assert!(world.toast().contains("already"), "{}", world.toast());
    world.edit(variable("API_KEY"), Edit::Rename("1 2".into()));
    assert!(world.toast().contains("letter"), "{}", world.toast());
    world.edit(Item::Setting(Field::Memory), Edit::Rename("x".into()));
    world.edit(variable("NOT_THERE"), Edit::Rename("OTHER".into()));
    assert!(world.toast().contains("there is no"), "{}", world.toast());
    assert_eq!(world.sides(), [""; 0]);
    world.set(variable("1bad"), "kept");
    assert!(world.function_form().refused(&variable("1bad")).is_some());
    world.edit(variable("1bad"), Edit::Rename("GOOD".into()));
    assert_eq!(world.sides(), ["env GOOD=kept"]);
    assert_eq!(world.function_form().all_refused().count(), 0);
}

#[test]
fn what_is_wrong_with_the_whole_is_found_with_every_change() {
    let mut world = World::new();
    world.set(variable("BIG"), &"x".repeat(4_096));
    assert_eq!(world.function_form().problems().len(), 1);
    assert!(world.function_form().problems()[0].message.contains("4096"));
    world.set(variable("BIG"), "x");
    assert!(world.function_form().problems().is_empty());
    world.set(Item::Alias("live".into()), "new");
    assert_eq!(world.function_form().problems().len(), 1);
    world.act(Step::Publish(key(), Some(String::new())));
    assert!(world.function_form().problems().is_empty());
}

#[test]
fn nothing_is_edited_before_it_was_read() {
    let mut world = World::open();
    world.set_field(Field::Memory, "1024");
    assert!(world.function_form().draft().is_empty());
    assert!(world.toast().contains("not read yet"), "{}", world.toast());
}

#[test]
fn an_environment_that_cannot_be_decrypted_is_not_edited_and_the_rest_is() {
    let mut world = World::open();
    let mut locked = snapshot("charge");
    locked.environment = Environment::Unreadable {
        code: "AccessDeniedException".into(),
        message: "kms".into(),
    };
    world.load(locked);
    world.set(variable("LOG_LEVEL"), "debug");
    let (text, problem) = world
        .function_form()
        .refused(&variable("LOG_LEVEL"))
        .expect("why");
    assert_eq!(text.reveal(), "debug");
    assert!(problem.message.contains("kms:Decrypt"), "{problem}");
    world.edit(variable("LOG_LEVEL"), Edit::Undo);
    world.edit(variable("LOG_LEVEL"), Edit::Unset);
    world.act(Step::Paste(key(), secret("A_B=1")));
    assert!(world.toast().contains("kms:Decrypt"), "{}", world.toast());
    world.act(Step::OpenEditor(key()));
    let editors = world.effects.iter();
    let is_editor = |effect: &&Effect| matches!(effect, Effect::Terminal(_));
    assert_eq!(editors.filter(is_editor).count(), 0);
    world.set_field(Field::Memory, "1024");
    assert_eq!(world.sides(), ["memory=1024"]);
}

#[test]
fn a_paste_adds_and_leaves_others_alone() {
    let mut world = World::new();
    world.set(variable("1bad"), "x");
    let text = "# a comment\nexport LOG_LEVEL=debug\nNEW_ONE='two\nlines'\n";
    world.act(Step::Paste(key(), secret(text)));
    assert_eq!(
        world.sides(),
        ["env LOG_LEVEL=debug", "env NEW_ONE=two\nlines"]
    );
    assert_eq!(world.toast(), "2 variables taken into the draft");
    assert!(!world.toast().contains("lines"));
}

/// The text that the editor was opened on last.
fn opened(world: &mut World) -> String {
    world.act(Step::OpenEditor(key()));
    let last = world.effects.last();
    let Some(Effect::Terminal(Terminal::Edit { name, text, .. })) = last else {
        panic!("no editor: {last:?}");
    };
    assert_eq!(name, "charge.env");
    text.reveal().clone()
}

fn saved(world: &mut World, text: &str) {
    let ticket = world.ticket("configure.edit");
    world.apply(Any::Edited(ticket, Ok(secret(text))));
}

#[test]
fn the_editor_shows_the_whole_and_takes_the_whole() {
    let mut world = World::new();
    world.set(variable("NEW_ONE"), "it's");
    world.edit(variable("LOG_LEVEL"), Edit::Unset);
    let text = opened(&mut world);
    let shown = dotenv::parse(&text).expect("what is shown can be read");
    let expected = [("API_KEY", "hunter2"), ("NEW_ONE", "it's")];
    let expected = expected.map(|(name, value)| (name.to_owned(), secret(value)));
    assert_eq!(shown, expected);
    saved(&mut world, &text);
    assert_eq!(world.toast(), "nothing was changed");
    opened(&mut world);
    saved(&mut world, "NEW_ONE=2\nLOG_LEVEL=info\n");
    assert_eq!(world.sides(), ["env API_KEY=(unset)", "env NEW_ONE=2"]);
    assert!(!world.toast().contains("hunter2"));
}

#[test]
fn a_text_that_cannot_be_read_is_kept_and_opened_again() {
    let mut world = World::new();
    opened(&mut world);
    let broken = "API_KEY=1\nno assignment\nB_C=3\n";
    saved(&mut world, broken);
    assert!(world.toast().contains("line 2"), "{}", world.toast());
    assert!(world.function_form().keeps_a_text());
    assert_eq!(world.sides(), [""; 0]);
    assert_eq!(opened(&mut world), broken);
    let ticket = world.ticket("configure.edit");
    world.apply(Any::Edited(ticket, Err("the editor failed".into())));
    assert_eq!(world.toast(), "the editor failed");
    assert_eq!(opened(&mut world), broken, "still there");
    saved(&mut world, "API_KEY=1\nLOG_LEVEL=info\n");
    assert!(!world.function_form().keeps_a_text());
    assert_eq!(world.sides(), ["env API_KEY=1"]);
}

#[test]
fn a_paste_that_cannot_be_read_is_kept_behind_what_is_there() {
    let mut world = World::new();
    world.act(Step::Paste(key(), secret("A_B=1\n\"oops\"")));
    assert!(world.toast().contains("line 2"), "{}", world.toast());
    let text = opened(&mut world);
    assert!(text.contains("hunter2") && text.ends_with("A_B=1\n\"oops\""));
    saved(&mut world, &text.replace("\"oops\"", ""));
    assert_eq!(world.sides(), ["env A_B=1"]);
}

#[test]
fn what_another_changes_while_the_editor_is_open_is_no_edit() {
    let mut world = World::new();
    let text = opened(&mut world);
    world.act(Step::Reload(key()));
    let mut now = snapshot("charge");
    let Environment::Variables(variables) = &mut now.environment else {
        panic!("variables");
    };
    variables.push(("THEIRS".into(), secret("1")));
    world.load(now);
    saved(&mut world, &format!("{text}MINE=2\n"));
    assert_eq!(world.sides(), ["env MINE=2"]);
}

#[test]
fn an_editor_of_another_slice_is_none_of_ours() {
    let mut world = World::new();
    let text = opened(&mut world);
    let mut ticket = world.ticket("configure.edit");
    ticket.generation += 1;
    world.apply(Any::Edited(ticket, Ok(secret("X_Y=1"))));
    assert_eq!(world.sides(), [""; 0], "a ticket that nobody gave");
    saved(&mut world, &text.replace("info", "debug"));
    assert_eq!(world.sides(), ["env LOG_LEVEL=debug"]);
    saved(&mut world, "X_Y=1");
    assert_eq!(world.sides(), ["env LOG_LEVEL=debug"], "taken once");
}
