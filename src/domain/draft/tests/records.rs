//! Finishing and reverting an edit.

use super::{
    record::{Step, StepState},
    *,
};

const WORDS: [&str; 13] = [
    "memory=1024",
    "env.LOG_LEVEL=hunter3",
    "publish=text",
    "reserved_concurrency=7",
    "recursion=allow",
    "async_retries=1",
    "trigger.u1.batch_size=5",
    "trigger.u3.enabled=disabled",
    "alias.live=new",
    "provisioned.beta=3",
    "-url",
    "-tag.team",
    "tag.new=1",
];

fn record(words: &[&str]) -> Record {
    let plan = Plan::new(full(), draft(words)).expect("a plan");
    Record::new("1-a", jiff::Timestamp::UNIX_EPOCH, None, "eu-west-1", &plan)
}

fn done(mut record: Record, steps: usize) -> Record {
    for step in &mut record.steps[..steps] {
        step.state = StepState::Done;
    }
    record
}

#[test]
fn the_rest_begins_where_it_ended() {
    let record = record(&WORDS);
    assert_eq!(record.steps.len(), 12);
    assert_eq!(record.unfinished(), record.after);
    assert!(record.is_unfinished());
    for steps in 0..=record.steps.len() {
        let rest = done(record.clone(), steps).unfinished();
        let has_nowhere_to_lead = rest.publish.is_none() && rest.aliases.contains_key("live");
        let plan = Plan::new(full(), rest);
        if has_nowhere_to_lead {
            assert!(
                plan.is_err(),
                "the number of what was published is not known"
            );
            continue;
        }
        let plan = plan.expect("a plan");
        let left: Vec<&str> = plan.calls.iter().map(Call::name).collect();
        let wanted: Vec<&str> = record.steps[steps..]
            .iter()
            .map(|step| &*step.call)
            .collect();
        assert_eq!(left, wanted);
    }
    let all = done(record.clone(), record.steps.len());
    assert!(all.unfinished().is_empty() && !all.is_unfinished());
}

#[test]
fn an_alias_follows_the_version_that_was_published() {
    let record = Record {
        published: Some("43".into()),
        ..done(record(&WORDS), 2)
    };
    let rest = record.unfinished();
    assert_eq!(rest.publish, None);
    assert_eq!(rest.aliases["live"], Routing::to("43"));
    let plan = Plan::new(full(), rest).expect("a plan");
    assert_eq!(plan.calls.len(), 10);
    // Read from disk it is the same; records from before have no number.
    let text = serde_json::to_string(&record).expect("JSON");
    assert_eq!(
        serde_json::from_str::<Record>(&text).expect("a record"),
        record
    );
    let older = text.replace(r#","published":"43""#, "");
    let older: Record = serde_json::from_str(&older).expect("a record");
    assert_eq!(older.published, None);
}

/// The version is there and cannot run: whoever calls the alias would get errors.
#[test]
fn no_rest_leads_an_alias_to_a_version_that_failed() {
    let mut record = Record {
        published: Some("43".into()),
        ..done(record(&WORDS), 1)
    };
    record.steps[1].state = StepState::Failed;
    let rest = record.unfinished();
    assert!(rest.publish.is_some(), "published again, and waited for");
    assert!(rest.aliases["live"].follows_publish());
    // Its process died between the number and the end of the step.
    record.steps[1].state = StepState::Sent;
    let rest = record.unfinished();
    assert_eq!(rest.publish, None);
    assert_eq!(rest.aliases["live"], Routing::to("43"));
}

#[test]
fn what_was_sent_or_failed_is_left_to_do() {
    let mut record = record(&["memory=1024", "reserved_concurrency=7"]);
    record.steps[0].state = StepState::Done;
    for state in [StepState::Sent, StepState::Failed, StepState::Left] {
        record.steps[1].state = state;
        assert_eq!(record.unfinished(), draft(&["reserved_concurrency=7"]));
    }
    record.steps.push(Step {
        call: "Strange".into(),
        state: StepState::Done,
    });
    assert_eq!(
        record.unfinished(),
        record.after,
        "what does not match is planned anew"
    );
}

#[test]
fn a_revert_changes_nothing_that_was_never_begun() {
    let mut record = record(&["memory=1024", "publish=text", "alias.live=new"]);
    let item = Item::Alias("live".into());
    record.steps[0].state = StepState::Sent;
    assert_eq!(record.revert(), draft(&["memory=512"]));
    assert_eq!(record.left_there().side(&item), None);
    for step in &mut record.steps {
        step.state = StepState::Done;
    }
    record.published = Some("43".into());
    assert_eq!(record.revert(), record.before);
    assert_eq!(record.left_there().aliases["live"], Routing::to("43"));
    record.steps[2].state = StepState::Failed;
    assert_eq!(record.revert(), record.before, "it may have been accepted");
    record.steps.pop();
    assert_eq!(record.revert(), record.before, "what does not match");
}

#[test]
fn a_revert_restores_what_was_there() {
    let plan = plan(&[
        "memory=1024",
        "env.LOG_LEVEL=debug",
        "env.NEW=1",
        "-env.API_KEY",
    ]);
    let at = jiff::Timestamp::UNIX_EPOCH;
    let record = Record::new("1-a", at, Some("1"), "eu-west-1", &plan);
    let text = serde_json::to_string(&record).expect("JSON");
    assert!(text.contains("hunter2"), "a revert needs the value");
    assert!(!format!("{record:?}").contains("hunter2"));
    let read: Record = serde_json::from_str(&text).expect("a record");
    assert_eq!(read, record);
    let mut after = configuration();
    after.summary.memory_mb = 1024;
    after.environment = variables(&[("LOG_LEVEL", "debug"), ("NEW", "1")]);
    let back = Plan::new(Snapshot::of(&after), read.before).expect("a plan");
    let update = update(&back);
    assert_eq!(update.number(Field::Memory), Some(512));
    let Environment::Variables(was) = configuration().environment else {
        panic!("readable");
    };
    assert_eq!(update.environment, Some(was));
}

#[test]
fn a_lost_update_names_what_is_not_as_it_was() {
    let plan = plan(&["memory=1024", "env.LOG_LEVEL=debug"]);
    let mut theirs = configuration();
    theirs.summary.memory_mb = 256;
    let rows = three_ways(&plan, &Snapshot::of(&theirs));
    assert!(Ended::Lost(rows).words().contains("memory"));
}

proptest! {
    /// Parts of a draft and calls of its plan go together, whatever is drafted.
    #[test]
    fn a_part_for_each_call(chosen in proptest::collection::vec(any::<bool>(), WORDS.len())) {
        let words: Vec<&str> = WORDS
            .iter()
            .zip(&chosen)
            .filter(|(word, chosen)| **chosen || **word == "publish=text")
            .map(|(word, _)| *word)
            .collect();
        let record = record(&words);
        for (number, step) in record.steps.iter().enumerate() {
            let mut one = record.clone();
            for (other, step) in one.steps.iter_mut().enumerate() {
                step.state = if other == number { StepState::Left } else { StepState::Done };
            }
            one.published = (step.call != "PublishVersion").then(|| "43".into());
            let plan = Plan::new(full(), one.unfinished()).expect("a plan");
            let names: Vec<&str> = plan.calls.iter().map(Call::name).collect();
            prop_assert_eq!(names, vec![step.call.as_str()]);
        }
    }
}
