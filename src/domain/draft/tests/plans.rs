//! From a draft to calls: what is sent, in which order, what cannot be, what to know before.

use super::{review::Source, *};

#[test]
fn only_what_is_different_is_sent() {
    let plan = plan(&["memory=1024", "timeout=30"]);
    let update = update(&plan);
    assert_eq!(
        update.settings,
        [(Field::Memory, Value::Number(1024))].into()
    );
    assert_eq!(update.environment, None);
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
    let logging = update(&plan);
    assert_eq!(logging.text(Field::AppLogLevel), Some("DEBUG"));
    assert_eq!(logging.text(Field::SystemLogLevel), Some("INFO"));
    assert_eq!(logging.text(Field::LogGroup), Some("/aws/lambda/charge"));
    let plan = Plan::new(Snapshot::of(&configuration), draft(&["log_format=text"]));
    let plan = plan.expect("a plan");
    let logging = update(&plan);
    assert_eq!(logging.text(Field::LogFormat), Some("Text"));
    assert_eq!(logging.get(Field::SystemLogLevel), None);
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

/// `Put` replaces all of them, `Update` both destinations (`docs/aws.md` §1.3).
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
        "nobody knows what to revert to"
    );
}

#[test]
fn what_is_named_in_another_region_or_partition_is_refused() {
    let base = base();
    for (field, value, right) in [
        (
            Field::DeadLetter,
            "arn:aws:sqs:us-east-1:123456789012:dlq",
            "--region us-east-1",
        ),
        (
            Field::KmsKey,
            "arn:aws:kms:us-east-1:123456789012:key/1",
            "--region us-east-1",
        ),
        (
            Field::Layers,
            "arn:aws:lambda:eu-west-1:1:layer:a:1,arn:aws:lambda:us-east-1:1:layer:b:2",
            "--region us-east-1",
        ),
        (Field::Role, "arn:aws-cn:iam::123456789012:role/r", "aws-cn"),
        (
            Field::AsyncOnFailure,
            "arn:aws:sns:us-east-1:123456789012:t",
            "--region us-east-1",
        ),
    ] {
        let mut draft = Draft::default();
        let value = field.parse(value).expect("a value");
        draft.settings.insert(field, value.clone());
        let problems = Plan::new(base.clone(), draft).expect_err("elsewhere");
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|why| why.contains(right)), "{told:?}");
    }
    for (field, value) in [
        (Field::DeadLetter, "arn:aws:sqs:eu-west-1:999999999999:dlq"),
        (Field::Role, "arn:aws:iam::123456789012:role/r"),
        (Field::AsyncOnFailure, "arn:aws:s3:::bucket"),
        (Field::DeadLetter, ""),
    ] {
        let mut draft = Draft::default();
        let value = field.parse(value).expect("a value");
        draft.settings.insert(field, value.clone());
        assert!(Plan::new(base.clone(), draft).is_ok(), "{value:?}");
    }
}
