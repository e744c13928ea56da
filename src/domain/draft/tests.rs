use proptest::prelude::*;

use super::{
    environment::{MOST_BYTES, check_name, looks_secret, size},
    plan::Plan,
    record::{Ended, Record, ThreeWay},
    review::{Facts, Source, warnings},
    update::Call,
    *,
};
use crate::domain::{
    class::Class,
    function::{
        Alias, AsyncConfig, Environment, EventSourceMapping, FunctionConfiguration, Logging,
    },
};

fn configuration() -> FunctionConfiguration {
    FunctionConfiguration {
        environment: variables(&[("API_KEY", "hunter2"), ("LOG_LEVEL", "info")]),
        ..FunctionConfiguration::sample("charge")
    }
}

fn variables(pairs: &[(&str, &str)]) -> Environment {
    let pair =
        |(name, value): &(&str, &str)| ((*name).to_owned(), Secret::new((*value).to_owned()));
    Environment::Variables(pairs.iter().map(pair).collect())
}

fn base() -> Snapshot {
    let mut snapshot = Snapshot::of(&configuration());
    snapshot.reserve(None);
    snapshot.follow(None);
    snapshot
}

fn draft(words: &[&str]) -> Draft {
    assignment::parse(words).expect("assignments")
}

fn plan(words: &[&str]) -> Plan {
    Plan::new(base(), draft(words)).expect("a plan")
}

fn problems(words: &[&str]) -> String {
    let problems = Plan::new(base(), draft(words)).expect_err("problems");
    let words: Vec<String> = problems.iter().map(ToString::to_string).collect();
    words.join("\n")
}

fn update(plan: &Plan) -> &update::ConfigurationUpdate {
    match plan.calls.first() {
        Some(Call::Configuration(update)) => update,
        other => panic!("no update: {other:?}"),
    }
}

#[test]
fn the_name_of_a_field_is_its_name_in_files() {
    for field in Field::ALL {
        let json = serde_json::to_string(&field).expect("JSON");
        assert_eq!(json, format!("{:?}", field.name()));
        assert_eq!(Field::named(field.name()), Some(field));
        assert!(!field.help().is_empty());
    }
}

#[test]
fn limits_are_kept_on_both_sides() {
    for (field, low, high) in [
        (Field::Memory, 128, 10_240),
        (Field::Timeout, 1, 900),
        (Field::Ephemeral, 512, 10_240),
        (Field::AsyncRetries, 0, 2),
        (Field::AsyncAge, 60, 21_600),
    ] {
        for good in [low, high] {
            assert_eq!(field.canonical(&good.to_string()), Ok(good.to_string()));
        }
        assert!(
            field.canonical(&(high + 1).to_string()).is_err(),
            "{field:?}"
        );
        if low > 0 {
            assert!(
                field.canonical(&(low - 1).to_string()).is_err(),
                "{field:?}"
            );
        }
        assert!(field.canonical("-1").is_err() && field.canonical("much").is_err());
    }
    assert!(Field::Description.canonical(&"ä".repeat(256)).is_ok());
    assert!(Field::Description.canonical(&"ä".repeat(257)).is_err());
    assert!(Field::Layers.canonical("a,b,c,d,e").is_ok());
    assert!(Field::Layers.canonical("a,b,c,d,e,f").is_err());
    assert!(Field::Layers.canonical("a,,b").is_err());
    assert_eq!(Field::Tracing.canonical("active"), Ok("Active".into()));
    assert!(Field::Role.canonical("").is_err() && Field::KmsKey.canonical("").is_ok());
}

#[test]
fn assignments_are_read_and_errors_say_where() {
    let read = draft(&[
        "memory= 512",
        "env.LOG_LEVEL=a=b",
        "-env.OLD",
        "-dead_letter",
    ]);
    assert_eq!(read.settings[&Field::Memory], "512");
    assert_eq!(read.settings[&Field::DeadLetter], "");
    assert_eq!(read.environment["OLD"], None);
    let value = read.environment["LOG_LEVEL"].as_ref().expect("a value");
    assert_eq!(value.reveal(), "a=b");
    assert!(draft(&["env.EMPTY="]).environment["EMPTY"].is_some());
    for (words, argument, at, says) in [
        (vec!["memory=512", "timeout=901"], 1, 8, "1 to 900"),
        (vec!["memroy=1"], 0, 0, "no setting"),
        (vec!["memory"], 0, 6, "name=value"),
        (vec!["-memory"], 0, 1, "empty"),
        (vec!["env.1A=x"], 0, 4, "begins with a letter"),
        (vec!["env.AWS_REGION=x"], 0, 4, "reserved"),
        (vec!["env.AB=1", "env.AB=2"], 1, 0, "said before"),
        (vec!["env.naïve=hunter2"], 0, 4, "letters"),
    ] {
        let error = assignment::parse(&words).expect_err("malformed");
        assert_eq!((error.argument, error.at), (argument, at), "{error}");
        assert!(error.message.contains(says), "{error}");
        assert!(!error.to_string().contains("hunter2"));
    }
}

#[test]
fn a_dotenv_text_keeps_quotes_and_newlines() {
    let text = "\u{feff}# comment\r\nexport PLAIN=one two # note\n\nHASH=a#b\nEMPTY=\nSINGLE='a\\n\"b\" $X'\n\
                DOUBLE=\"line 1\nline 2\\n\\\"q\\\" \\$Y\" # note\n  LAST = spaced\nPLAIN=again";
    let read: Vec<(String, String)> = dotenv::parse(text)
        .expect("variables")
        .into_iter()
        .map(|(name, value)| (name, value.into_inner()))
        .collect();
    let pairs = [
        ("HASH", "a#b"),
        ("EMPTY", ""),
        ("SINGLE", "a\\n\"b\" $X"),
        ("DOUBLE", "line 1\nline 2\n\"q\" $Y"),
        ("LAST", "spaced"),
        ("PLAIN", "again"),
    ];
    assert_eq!(read, pairs.map(|(n, v)| (n.to_owned(), v.to_owned())));
    for (text, line) in [
        ("AB=1\nnothing", 2),
        ("AB='a\nb'\n1X=2", 3),
        ("AB=\"open\n", 1),
        ("AB='a' b", 1),
        ("größe=1", 1),
    ] {
        assert_eq!(
            dotenv::parse(text).expect_err("malformed").line,
            line,
            "{text}"
        );
    }
}

#[test]
fn only_what_is_different_is_sent() {
    let plan = plan(&["memory=1024", "timeout=30"]);
    let update = update(&plan);
    assert_eq!((update.memory_mb, update.timeout_s), (Some(1024), None));
    assert_eq!((&update.environment, &update.logging), (&None, &None));
    assert_eq!(plan.changes.len(), 1);
    assert!(self::plan(&["timeout=30", "env.LOG_LEVEL=info"]).is_empty());
}

#[test]
fn the_environment_is_sent_whole() {
    let plan = plan(&["env.LOG_LEVEL=debug", "env.NEW=1"]);
    let sent = update(&plan).environment.clone().expect("an environment");
    let sent: Vec<(&str, &str)> = sent.iter().map(|(n, v)| (&**n, &**v.reveal())).collect();
    assert_eq!(
        sent,
        [("API_KEY", "hunter2"), ("LOG_LEVEL", "debug"), ("NEW", "1")]
    );
    let plan = self::plan(&["-env.LOG_LEVEL"]);
    assert_eq!(update(&plan).environment.as_ref().map(Vec::len), Some(1));
}

#[test]
fn an_environment_that_cannot_be_read_cannot_be_edited_and_the_rest_can() {
    let configuration = FunctionConfiguration {
        environment: Environment::Unreadable {
            code: "AccessDeniedException".into(),
            message: "kms".into(),
        },
        ..configuration()
    };
    let base = Snapshot::of(&configuration);
    let refused = Plan::new(base.clone(), draft(&["env.LOG_LEVEL=debug"])).expect_err("blocked");
    assert!(refused[0].message.contains("kms:Decrypt"));
    let plan = Plan::new(base, draft(&["memory=256"])).expect("a plan");
    assert_eq!(update(&plan).environment, None);
}

#[test]
fn the_environment_fits_to_the_byte() {
    let room = MOST_BYTES
        - size(&[
            ("API_KEY".into(), Secret::new("hunter2".into())),
            ("LOG_LEVEL".into(), Secret::new("info".into())),
        ]);
    let of = |bytes: usize| format!("env.XY={}", "x".repeat(bytes - 2));
    assert!(!plan(&[&of(room)]).is_empty());
    let told = problems(&[&of(room + 1)]);
    assert!(
        told.contains("4097 bytes") && told.contains("1 more"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_together_is_told() {
    assert!(problems(&["app_log_level=DEBUG"]).contains("log_format=JSON"));
    assert!(problems(&["subnets=subnet-1"]).contains("security_groups"));
    assert!(check_name("A").is_err() && check_name("_A").is_err() && check_name("AB_1").is_ok());
    let mut image = configuration();
    image.summary.runtime = None;
    let refused = Plan::new(Snapshot::of(&image), draft(&["handler=a.b"])).expect_err("refused");
    assert!(refused[0].message.contains("container image"));
}

#[test]
fn logging_and_vpc_go_whole() {
    let mut configuration = configuration();
    configuration.logging = Logging {
        format: Some("JSON".into()),
        application_level: Some("INFO".into()),
        system_level: Some("INFO".into()),
    };
    let plan = Plan::new(
        Snapshot::of(&configuration),
        draft(&["app_log_level=debug"]),
    );
    let plan = plan.expect("a plan");
    let logging = update(&plan).logging.clone().expect("logging");
    assert_eq!(logging.application_level.as_deref(), Some("DEBUG"));
    assert_eq!(logging.system_level.as_deref(), Some("INFO"));
    assert_eq!(logging.group, "/aws/lambda/charge");
    let plan = Plan::new(Snapshot::of(&configuration), draft(&["log_format=text"]));
    let logging = update(&plan.expect("a plan"))
        .logging
        .clone()
        .expect("logging");
    assert_eq!(
        (logging.format.as_str(), logging.system_level),
        ("Text", None)
    );
}

#[test]
fn async_settings_are_put_merged_or_deleted() {
    let with = |config: Option<AsyncConfig>, words: &[&str]| {
        let mut base = base();
        base.follow(config.as_ref());
        Plan::new(base, draft(words)).expect("a plan").calls
    };
    let some = AsyncConfig {
        maximum_retries: Some(1),
        maximum_age_s: Some(60),
        ..AsyncConfig::default()
    };
    let retries = AsyncConfig {
        maximum_retries: Some(0),
        ..AsyncConfig::default()
    };
    assert_eq!(
        with(None, &["async_retries=0"]),
        [Call::PutAsync(retries.clone())]
    );
    assert_eq!(
        with(Some(some.clone()), &["async_retries=0"]),
        [Call::UpdateAsync(retries)]
    );
    let age = AsyncConfig {
        maximum_age_s: Some(60),
        ..AsyncConfig::default()
    };
    assert_eq!(
        with(Some(some.clone()), &["-async_retries"]),
        [Call::PutAsync(age)]
    );
    assert_eq!(
        with(Some(some), &["-async_retries", "async_age="]),
        [Call::DeleteAsync]
    );
}

/// `Put` replaces all of them, `Update` both destinations (`aws-facts` §1.3).
#[test]
fn async_settings_that_nobody_could_read_are_never_replaced() {
    let unread = || Snapshot::of(&configuration());
    let planned = |words: &[&str]| Plan::new(unread(), draft(words));
    let merging = planned(&["async_retries=0", "async_age=60"]).expect("merges");
    assert!(
        matches!(merging.calls[0], Call::UpdateAsync(_)),
        "{merging:?}"
    );
    let target = "arn:aws:sqs:eu-west-1:1:ok";
    for wiping in [
        format!("async_on_success={target}"),
        format!("async_on_failure={target}"),
        "-async_retries".to_owned(),
        "-async_on_failure".to_owned(),
    ] {
        let problems = planned(&[&wiping]).expect_err("nobody saw what it replaces");
        assert!(
            problems[0].to_string().contains("could not be read"),
            "{wiping}: {problems:?}"
        );
    }
    let (success, failure) = (
        format!("async_on_success={target}"),
        format!("async_on_failure={target}"),
    );
    let both = planned(&[&success, &failure]).expect("all that it replaces is said");
    assert!(matches!(both.calls[0], Call::UpdateAsync(_)), "{both:?}");
}

#[test]
fn filters_that_are_not_told_are_neither_edited_nor_led_back() {
    let mut base = base();
    base.mappings = vec![EventSourceMapping {
        has_hidden_filters: true,
        ..mapping("u1", "arn:aws:sqs:eu-west-1:1:orders")
    }];
    let edit = |text: &str| {
        let mut draft = Draft::default();
        let item = Item::Trigger("u1".into(), TriggerField::Filters);
        draft.set(&item, text).expect("valid");
        draft
    };
    for text in ["", r#"[{"a":["b"]}]"#] {
        let problems = Plan::new(base.clone(), edit(text)).expect_err("hidden");
        assert!(
            problems[0].message.contains("does not tell"),
            "{problems:?}"
        );
    }
    assert!(base.draft_back(&edit("")).is_empty(), "never sends none");
    let mut other = Draft::default();
    let size = Item::Trigger("u1".into(), TriggerField::BatchSize);
    other.set(&size, "3").expect("valid");
    assert!(Plan::new(base, other).is_ok(), "the rest can be edited");
}

/// A trigger that is `Updating` may be either: AWS tells only the state.
#[test]
fn whether_an_updating_trigger_reads_is_not_claimed() {
    let mut base = base();
    base.mappings = vec![EventSourceMapping {
        state: "Updating".into(),
        ..mapping("u1", "arn:aws:sqs:eu-west-1:1:orders")
    }];
    let enabled = Item::Trigger("u1".into(), TriggerField::Enabled);
    assert_eq!(base.side(&enabled), Side::Unknown);
    let pause = stop::Move::PauseTriggers.draft(&base, &[]);
    let pause = pause.expect("it may read, so it is paused");
    assert!(
        base.draft_back(&pause).is_empty(),
        "nobody knows the way back"
    );
}

#[test]
fn the_order_is_configuration_publish_concurrency_and_zero_is_a_stop() {
    let mut wanted = draft(&["reserved_concurrency=0", "memory=256", "async_age=60"]);
    wanted.publish = Some(String::new());
    let plan = Plan::new(base(), wanted).expect("a plan");
    let names: Vec<&str> = plan.calls.iter().map(Call::name).collect();
    assert_eq!(
        names,
        [
            "UpdateFunctionConfiguration",
            "PublishVersion",
            "PutFunctionConcurrency",
            "PutFunctionEventInvokeConfig"
        ]
    );
    assert_eq!(plan.class(), Class::Destroy);
    assert_eq!(self::plan(&["memory=256"]).class(), Class::Write);
    let mut base = base();
    base.reserve(Some(0));
    let plan = Plan::new(base, draft(&["-reserved_concurrency"])).expect("a plan");
    assert_eq!(plan.calls, [Call::Unreserve]);
}

#[test]
fn aliases_and_triggers_are_checked() {
    let mut base = base();
    base.aliases = vec![Alias {
        name: "live".into(),
        version: "41".into(),
        weights: Vec::new(),
        description: String::new(),
        revision_id: Some("a1".into()),
    }];
    let to = |name: &str, version: &str, weights: &[(&str, f64)]| Draft {
        aliases: [(
            name.to_owned(),
            Routing {
                version: version.to_owned(),
                weights: weights.iter().map(|(v, s)| ((*v).to_owned(), *s)).collect(),
            },
        )]
        .into(),
        ..Draft::default()
    };
    let good = Plan::new(base.clone(), to("live", "41", &[("42", 0.1)])).expect("a plan");
    assert_eq!(good.changes[0].after.shown(false), "v41 90%, v42 10%");
    assert!(matches!(&good.calls[0], Call::Alias { revision_id: Some(id), .. } if id == "a1"));
    for bad in [
        to("gone", "42", &[]),
        to("live", "42", &[("42", 0.1)]),
        to("live", "42", &[("41", 1.0)]),
        to("live", "$LATEST", &[("41", 0.5)]),
        to("live", "42", &[("41", 0.1), ("40", 0.1)]),
    ] {
        assert!(Plan::new(base.clone(), bad.clone()).is_err(), "{bad:?}");
    }
    let mut pause = Draft::default();
    pause.enable("gone", false);
    assert!(Plan::new(base, pause).is_err());
}

#[test]
fn the_way_back_leads_back() {
    let plan = plan(&[
        "memory=1024",
        "env.LOG_LEVEL=debug",
        "env.NEW=1",
        "-env.API_KEY",
    ]);
    let at = jiff::Timestamp::UNIX_EPOCH;
    let record = Record::new("1-a", at, Some("1"), "eu-west-1", &plan);
    let text = serde_json::to_string(&record).expect("JSON");
    assert!(text.contains("hunter2"), "the way back needs the value");
    assert!(!format!("{record:?}").contains("hunter2"));
    let read: Record = serde_json::from_str(&text).expect("a record");
    assert_eq!(read, record);
    let mut after = configuration();
    after.summary.memory_mb = 1024;
    after.environment = variables(&[("LOG_LEVEL", "debug"), ("NEW", "1")]);
    let back = Plan::new(Snapshot::of(&after), read.before).expect("a plan");
    let update = update(&back);
    assert_eq!(update.memory_mb, Some(512));
    let Environment::Variables(was) = configuration().environment else {
        panic!("readable");
    };
    assert_eq!(update.environment, Some(was));
}

#[test]
fn facts_become_warnings() {
    let facts = Facts {
        today: jiff::civil::date(2027, 4, 1),
        tags: vec![(
            "aws:cloudformation:stack-name".into(),
            "payments-prod".into(),
        )],
        aliases: vec![("live".into(), "42".into())],
        sources: vec![Source {
            name: "payments".into(),
            visibility_timeout_s: 90,
            retention_s: None,
        }],
        unreserved: Some(150),
        running: Some(20),
        used_mb: Some(100),
    };
    let told = |words: &[&str]| warnings(&plan(words), &facts).join("\n");
    let all = told(&["timeout=60", "memory=1024", "env.DB_PASSWORD=hunter3"]);
    for part in [
        "live → v42 gets nothing",
        "stack payments-prod",
        "queue payments has a visibility timeout of 90 s",
        "(360 s)",
        "no invocation was seen to use more than 100 of 512 MB",
        "env DB_PASSWORD looks like a secret",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
    assert!(!all.contains("hunter3"));
    assert!(!told(&["timeout=15"]).contains("visibility"));
    assert!(told(&["runtime=python3.9"]).contains("refuses updates"));
    assert!(told(&["reserved_concurrency=10"]).contains("below what runs now (20)"));
    assert!(told(&["reserved_concurrency=60"]).contains("will refuse 60"));
    assert!(told(&["reserved_concurrency=0"]).contains("stops every invoke"));
    assert_eq!(
        warnings(&plan(&["memory=1024"]), &Facts::default()),
        Vec::<String>::new()
    );
    assert!(looks_secret("DATABASE_URL", "postgres://u:p@db/x"));
    assert!(!looks_secret("URL", "https://example.com/a@b"));
    assert!(!looks_secret("DB_PASSWORD", "arn:aws:secretsmanager:x"));
}

#[test]
fn commands_are_ready_for_a_shell_and_never_hold_a_value() {
    let plan = plan(&["description=it's", "env.LOG_LEVEL=debug", "memory=256"]);
    let command = plan.calls[0].command("charge", "eu-west-1");
    assert_eq!(
        command,
        "aws lambda update-function-configuration --region eu-west-1 --function-name charge \
         --memory-size 256 --description 'it'\\''s' --environment \
         file://environment-not-kept.json && aws lambda wait function-updated-v2 --region \
         eu-west-1 --function-name charge"
    );
}

#[test]
fn a_lost_update_shows_three_sides() {
    let plan = plan(&["memory=1024", "env.LOG_LEVEL=debug"]);
    let mut theirs = configuration();
    theirs.summary.memory_mb = 256;
    theirs.description = "new".into();
    let theirs = Snapshot::of(&theirs);
    let changed = plan.base.configuration_unlike(&theirs);
    let rows = ThreeWay::rows(&plan, &theirs, &changed);
    let row = |item: Item| rows.iter().find(|row| row.item == item).expect("a row");
    let memory = row(Item::Setting(Field::Memory));
    assert_eq!(memory.base.shown(false), "512");
    assert_eq!(memory.theirs.shown(false), "256");
    assert_eq!(
        memory.mine.as_ref().map(|s| s.shown(false)),
        Some("1024".into())
    );
    assert_eq!(row(Item::Setting(Field::Description)).mine, None);
    assert!(Ended::Lost(rows).words().contains("memory"));
}

#[test]
fn a_mapping_is_shown_by_its_state() {
    let mut base = base();
    base.mappings = vec![EventSourceMapping {
        uuid: "u1".into(),
        function: None,
        source: None,
        state: "Enabled".into(),
        state_reason: None,
        batch_size: None,
        batch_window_s: None,
        last_result: None,
        on_failure: None,
        maximum_concurrency: None,
        partial_batch_responses: false,
        filters: Vec::new(),
        has_hidden_filters: false,
    }];
    let pause = |enabled| {
        let mut draft = Draft::default();
        draft.enable("u1", enabled);
        draft
    };
    let plan = Plan::new(base.clone(), pause(false)).expect("a plan");
    assert_eq!(plan.summary(), "charge: trigger u1 enabled → disabled");
    assert_eq!(base.draft_back(&plan.draft), pause(true));
    assert!(Plan::new(base, pause(true)).expect("a plan").is_empty());
}

mod commands;
mod items;
mod language;
mod records;
mod stops;
mod text;

/// A trigger that reads `source`.
fn mapping(uuid: &str, source: &str) -> EventSourceMapping {
    EventSourceMapping {
        uuid: uuid.to_owned(),
        function: None,
        source: Some(crate::domain::function::Arn::new(source)),
        state: "Enabled".into(),
        state_reason: None,
        batch_size: Some(10),
        batch_window_s: None,
        last_result: None,
        on_failure: None,
        maximum_concurrency: None,
        partial_batch_responses: false,
        filters: Vec::new(),
        has_hidden_filters: false,
    }
}

fn alias(name: &str, version: &str) -> Alias {
    Alias {
        name: name.to_owned(),
        version: version.to_owned(),
        weights: Vec::new(),
        description: String::new(),
        revision_id: Some("a1".into()),
    }
}

/// A function with everything that can hang on one.
fn full() -> Snapshot {
    use crate::domain::function::{FunctionUrl, ProvisionedConcurrency};
    let mut base = base();
    base.recurse("Terminate");
    base.aliases = vec![alias("live", "41"), alias("beta", "42")];
    base.mappings = vec![
        mapping("u1", "arn:aws:sqs:eu-west-1:1:orders"),
        mapping("u2", "arn:aws:sqs:eu-west-1:1:orders.fifo"),
        mapping("u3", "arn:aws:kinesis:eu-west-1:1:stream/clicks"),
        mapping("u4", "arn:aws:kinesis:eu-west-1:1:stream/clicks"),
    ];
    base.provisioned = Some(vec![ProvisionedConcurrency {
        qualifier: "live".into(),
        requested: 5,
        available: 5,
        status: "READY".into(),
        reason: None,
    }]);
    base.urls = Some(vec![FunctionUrl {
        url: "https://x.lambda-url.eu-west-1.on.aws/".into(),
        auth: "AWS_IAM".into(),
        invoke_mode: None,
        qualifier: None,
    }]);
    base.tags = Some(vec![("team".into(), "payments".into())]);
    base
}

proptest! {
    /// Whatever the values are, nothing that is shown, logged or kept in the activity log has one.
    #[test]
    fn no_words_of_a_plan_hold_a_secret(
        old in "zq[a-z0-9]{12}",
        new in "zq[a-z0-9\\n\"' ]{12}",
        removed in any::<bool>(),
    ) {
        let mut configuration = configuration();
        configuration.environment = variables(&[("API_TOKEN", &old), ("KEPT", &old)]);
        let base = Snapshot::of(&configuration);
        let draft = Draft {
            environment: [(
                "API_TOKEN".to_owned(),
                (!removed).then(|| Secret::new(new.clone())),
            )].into(),
            ..Draft::default()
        };
        let plan = Plan::new(base.clone(), draft.clone()).expect("a plan");
        let mut theirs = base;
        theirs.environment = variables(&[("API_TOKEN", &new)]);
        let changed = plan.base.configuration_unlike(&theirs);
        let lost = Ended::Lost(ThreeWay::rows(&plan, &theirs, &changed));
        let words = [
            plan.summary(),
            plan.calls[0].words(),
            plan.calls[0].command("f", "r"),
            warnings(&plan, &Facts::default()).join(" "),
            plan.changes.iter().map(|c| c.before.shown(false) + &c.after.shown(false)).collect(),
            format!("{plan:?} {draft:?} {lost:?}"),
            lost.words(),
        ].join(" ");
        prop_assert!(!words.contains("zq"), "{}", words);
    }

    /// A text of quoted variables comes back as it went.
    #[test]
    fn single_quotes_keep_everything(value in "[^']{0,40}") {
        let read = dotenv::parse(&format!("AB='{value}'\nCD=1")).expect("variables");
        // The ends of lines of Windows count as ends of lines, once.
        prop_assert_eq!(read[0].1.reveal(), &value.replace("\r\n", "\n"));
        prop_assert_eq!(read.len(), 2);
    }

    /// Anything is read or refused, never a panic.
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*", lines in proptest::collection::vec("\\PC{0,12}", 0..4)) {
        let _ = assignment::parse(&[text.as_str()]);
        let _ = dotenv::parse(&lines.join("\n"));
        let _ = dotenv::parse(&text);
    }
}
