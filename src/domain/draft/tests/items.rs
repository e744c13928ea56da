//! Rows of a draft, and what becomes of them in a plan.

use super::*;

fn item(text: &str) -> Item {
    let draft = draft(&[text]);
    draft.items().into_iter().next().expect("an item")
}

const EVERYTHING: [&str; 8] = [
    "memory=1024",
    "env.LOG_LEVEL=debug",
    "trigger.u1.batch_size=5",
    "alias.live=42",
    "provisioned.beta=3",
    "url.live=NONE",
    "tag.team=orders",
    "publish=text",
];

#[test]
fn what_is_set_is_said_and_what_is_forgotten_is_not() {
    let mut drafted = draft(&EVERYTHING);
    let items = drafted.items();
    assert_eq!(
        items.len(),
        EVERYTHING.len() - 1,
        "the publishing is no item"
    );
    assert_eq!(drafted.side(&item("tag.other=x")), None);
    for item in &items {
        assert!(
            drafted.side(item).is_some_and(|side| side != Side::Unset),
            "{item}"
        );
        drafted.forget(item);
        assert_eq!(drafted.side(item), None, "{item}");
    }
    assert!(drafted.items().is_empty() && drafted.triggers.is_empty());
    drafted.publish = None;
    assert!(drafted.is_empty());
}

#[test]
fn what_cannot_be_unset_says_so_and_the_rest_is_unset() {
    let mut drafted = Draft::default();
    for text in [
        "memory=128",
        "trigger.u1.batch_size=1",
        "trigger.u1.enabled=enabled",
        "alias.live=1",
    ] {
        assert!(drafted.unset(&item(text)).is_err(), "{text}");
    }
    assert!(drafted.is_empty());
    for text in [
        "layers=a",
        "env.LOG_LEVEL=x",
        "trigger.u1.filters=[{}]",
        "provisioned.live=5",
        "url=NONE",
        "tag.team=x",
        "app_log_level=INFO",
    ] {
        let item = item(text);
        drafted.unset(&item).expect("unset");
        assert_eq!(drafted.side(&item), Some(Side::Unset), "{text}");
    }
    for text in ["env.LOG_LEVEL=x", "tag.team=x"] {
        drafted.set(&item(text), "").expect("empty is a value");
        assert_ne!(drafted.side(&item(text)), Some(Side::Unset), "{text}");
    }
}

#[test]
fn a_refused_row_leaves_the_draft_alone_and_shows_no_value() {
    let mut drafted = Draft::default();
    for (text, typed) in [
        ("memory=128", "hunter2"),
        ("alias.live=1", "hunter2"),
        ("trigger.u1.batch_size=1", "hunter2"),
        ("provisioned.live=5", "hunter2"),
        ("url=NONE", "hunter2"),
    ] {
        let problem = drafted.set(&item(text), typed).expect_err("refused");
        assert!(!problem.to_string().contains("hunter2"), "{problem}");
    }
    let reserved = Item::Variable("AWS_REGION".into());
    assert!(drafted.set(&reserved, "hunter2").is_err());
    assert!(drafted.set(&Item::Tag("k".repeat(129)), "x").is_err());
    assert!(drafted.set(&item("tag.team=x"), &"ä".repeat(257)).is_err());
    assert!(drafted.is_empty());
}

#[test]
fn every_item_becomes_its_call_and_leads_back() {
    for (words, calls) in [
        (
            vec!["trigger.u1.batch_size=5", "trigger.u1.enabled=disabled"],
            vec!["UpdateEventSourceMapping"],
        ),
        (
            vec!["provisioned.live=6"],
            vec!["PutProvisionedConcurrencyConfig"],
        ),
        (
            vec!["-provisioned.live"],
            vec!["DeleteProvisionedConcurrencyConfig"],
        ),
        (vec!["url=NONE"], vec!["UpdateFunctionUrlConfig"]),
        (vec!["url.live=NONE"], vec!["CreateFunctionUrlConfig"]),
        (vec!["-url"], vec!["DeleteFunctionUrlConfig"]),
        (vec!["tag.team=x", "tag.new=y"], vec!["TagResource"]),
        (
            vec!["-tag.team", "tag.new=y"],
            vec!["UntagResource", "TagResource"],
        ),
        (vec!["recursion=allow"], vec!["PutFunctionRecursionConfig"]),
        (
            vec!["memory=256", "publish=x", "alias.live=new"],
            vec![
                "UpdateFunctionConfiguration",
                "PublishVersion",
                "UpdateAlias",
            ],
        ),
    ] {
        let base = full();
        let plan = Plan::new(base.clone(), draft(&words)).expect("a plan");
        let names: Vec<&str> = plan.calls.iter().map(Call::name).collect();
        assert_eq!(names, calls, "{words:?}");
        let back = base.draft_back(&plan.draft);
        assert_eq!(back.items(), plan.draft.items(), "{words:?}");
        assert_eq!(back.publish, None);
        for item in back.items() {
            assert_eq!(back.side(&item).expect("said"), base.side(&item), "{item}");
        }
        assert!(
            Plan::new(base, back).expect("a plan").is_empty(),
            "{words:?}"
        );
    }
}

#[test]
fn what_is_so_already_is_no_call() {
    for words in [
        "trigger.u1.batch_size=10",
        "trigger.u1.batch_window=0",
        "trigger.u1.concurrency=",
        "trigger.u1.partial_responses=off",
        "trigger.u1.filters=",
        "provisioned.live=5",
        "-provisioned.beta",
        "url=AWS_IAM",
        "-url.live",
        "tag.team=payments",
        "-tag.gone",
        "alias.live=41",
        "recursion=terminate",
        "log_group=",
        "-layers",
    ] {
        let plan = Plan::new(full(), draft(&[words])).expect(words);
        assert!(plan.is_empty(), "{words}: {:?}", plan.calls);
        assert!(plan.changes.is_empty(), "{words}");
    }
}

#[test]
fn what_cannot_be_is_told_before_any_call() {
    let mut unread = full();
    (unread.urls, unread.tags, unread.provisioned) = (None, None, None);
    for (base, words, says) in [
        (
            full(),
            "trigger.gone.batch_size=5",
            "there is no trigger gone",
        ),
        (full(), "alias.live=new", "publishes no version"),
        (full(), "alias.live=41,$LATEST=0.5", "$LATEST cannot share"),
        (full(), "url.42=NONE", "a version cannot have a URL"),
        (
            full(),
            "file_system=arn:aws:elasticfilesystem:eu-west-1:1:access-point/a:/mnt/a",
            "needs a VPC",
        ),
        (unread, "url=NONE", "could not be read"),
    ] {
        let problems = Plan::new(base, draft(&[words])).expect_err(words);
        assert!(
            problems[0].to_string().contains(says),
            "{words}: {}",
            problems[0]
        );
    }
    let by_hand = Draft {
        tags: [("aws:x".to_owned(), Some("1".to_owned()))].into(),
        provisioned: [("$LATEST".to_owned(), Some(1))].into(),
        publish: Some("x".repeat(257)),
        ..Draft::default()
    };
    assert_eq!(Plan::new(full(), by_hand).expect_err("three").len(), 3);
}

#[test]
fn unread_is_not_unset() {
    let mut unread = full();
    (unread.urls, unread.tags, unread.provisioned) = (None, None, None);
    unread.settings.remove(&Field::Recursion);
    let words = [
        "-url",
        "-tag.team",
        "-provisioned.live",
        "recursion=terminate",
    ];
    for word in words {
        let item = item(word);
        assert_eq!(unread.side(&item), Side::Unknown, "{item}");
        assert_ne!(full().side(&item), Side::Unknown, "{item}");
    }
    let plan = Plan::new(unread.clone(), draft(&words)).expect("a plan");
    assert_eq!(
        plan.calls.len(),
        words.len(),
        "what could not be read is sent"
    );
    assert!(
        unread.draft_back(&plan.draft).is_empty(),
        "and cannot be led back"
    );
    assert_eq!(unread.unlike(&full()), [], "and is no difference");
}

#[test]
fn text_logs_take_their_levels_with_them_and_a_revert_brings_them() {
    let mut json = configuration();
    json.logging = Logging {
        format: Some("JSON".into()),
        application_level: Some("DEBUG".into()),
        system_level: Some("WARN".into()),
    };
    let base = Snapshot::of(&json);
    let plan = Plan::new(base.clone(), draft(&["log_format=text"])).expect("a plan");
    assert_eq!(plan.changes.len(), 3, "{:?}", plan.changes);
    let mut after = configuration();
    after.logging.format = Some("Text".into());
    let back = Plan::new(Snapshot::of(&after), base.draft_back(&plan.draft)).expect("a plan");
    let logging = update(&back);
    assert_eq!(logging.text(Field::LogFormat), Some("JSON"));
    assert_eq!(logging.text(Field::AppLogLevel), Some("DEBUG"));
    assert_eq!(logging.text(Field::SystemLogLevel), Some("WARN"));
    // And the other way round: levels that were not there go again.
    let plan = Plan::new(
        Snapshot::of(&after),
        draft(&["log_format=json", "app_log_level=debug"]),
    );
    let before = Snapshot::of(&after).draft_back(&plan.expect("a plan").draft);
    let back = Plan::new(base, before).expect("a plan");
    assert_eq!(update(&back).text(Field::LogFormat), Some("Text"));
}

#[test]
fn file_systems_and_networks_are_read_as_they_are_written() {
    let good = "arn:aws:elasticfilesystem:eu-west-1:1:access-point/fsap-1:/mnt/data_1.x";
    let mount = Field::FileSystem.parse(good).expect("a mount");
    assert_eq!(Field::FileSystem.write(&mount), good);
    for bad in [
        "arn:x:/mnt/",
        "arn:x:/mnt/a/b",
        "fs:/mnt/a",
        "arn:x",
        "arn:x:/mnt/a b",
    ] {
        assert!(Field::FileSystem.parse(bad).is_err(), "{bad}");
    }
    let mut configuration = configuration();
    configuration.vpc = Some(crate::domain::function::Vpc {
        id: None,
        subnets: vec!["subnet-b".into(), "subnet-a".into()],
        security_groups: vec!["sg-1".into()],
        ipv6: true,
    });
    let base = Snapshot::of(&configuration);
    let same = draft(&["subnets=subnet-a, subnet-b"]);
    assert!(Plan::new(base.clone(), same).expect("a plan").is_empty());
    let mounted =
        Plan::new(base.clone(), draft(&[&format!("file_system={good}")])).expect("a plan");
    let mounts = update(&mounted).mounts(Field::FileSystem).expect("mounts");
    assert_eq!(mounts[0].1, "/mnt/data_1.x");
    let other = Plan::new(base.clone(), draft(&["subnets=subnet-c"])).expect("a plan");
    let network = update(&other);
    assert_eq!(
        network.list(Field::SecurityGroups),
        Some(&["sg-1".into()][..])
    );
    assert_eq!(
        network.get(Field::VpcIpv6),
        Some(&Value::Switch(true)),
        "sent whole: what is not edited stays"
    );
    let leaving = draft(&["subnets=", "-security_groups"]);
    let left = Plan::new(base.clone(), leaving).expect("a plan");
    let network = [
        (Field::Subnets, Value::Unset),
        (Field::SecurityGroups, Value::Unset),
        (Field::VpcIpv6, Value::Switch(false)),
    ];
    assert_eq!(update(&left).settings, network.into());
    let back = base.draft_back(&left.draft);
    let on = Value::Switch(true);
    assert_eq!(back.settings[&Field::VpcIpv6], on, "a revert brings it");
}

#[test]
fn two_functions_do_not_differ_in_their_own_log_groups() {
    let one = Snapshot::of(&FunctionConfiguration::sample("one"));
    let mut two = FunctionConfiguration::sample("two");
    two.role = FunctionConfiguration::sample("one").role;
    assert_eq!(one.unlike(&Snapshot::of(&two)), []);
    two.summary.log_group = Some("/shared".into());
    assert_eq!(
        one.unlike(&Snapshot::of(&two)),
        [Item::Setting(Field::LogGroup)]
    );
    let mut tagged = full();
    tagged.tags = Some(Vec::new());
    tagged.provisioned = Some(Vec::new());
    let unlike = full().unlike(&tagged);
    assert_eq!(
        unlike,
        [Item::Provisioned("live".into()), Item::Tag("team".into())]
    );
}

#[test]
fn a_whole_environment_leaves_alone_what_is_so() {
    let secret = |text: &str| Secret::new(text.to_owned());
    let mut drafted = draft(&["env.OTHER=1"]);
    let whole = vec![
        ("API_KEY".to_owned(), secret("hunter2")),
        ("NEW".to_owned(), secret("")),
    ];
    drafted.set_environment(&base(), whole);
    assert_eq!(
        drafted.environment,
        [
            ("LOG_LEVEL".to_owned(), None),
            ("NEW".to_owned(), Some(secret("")))
        ]
        .into()
    );
    drafted.paste(vec![("LOG_LEVEL".to_owned(), secret("debug"))]);
    assert_eq!(drafted.environment.len(), 2);
    assert_eq!(drafted.environment["LOG_LEVEL"], Some(secret("debug")));
}

#[test]
fn drafts_are_merged_and_the_later_one_counts() {
    let mut first = draft(&["memory=256", "trigger.u1.batch_size=5", "publish=a"]);
    first.merge(draft(&[
        "memory=512",
        "trigger.u1.enabled=disabled",
        "tag.x=1",
    ]));
    assert_eq!(
        first,
        draft(&[
            "memory=512",
            "trigger.u1.batch_size=5",
            "trigger.u1.enabled=disabled",
            "tag.x=1",
            "publish=a",
        ])
    );
    let all = draft(&EVERYTHING);
    let mut merged = Draft::default();
    merged.merge(all.clone());
    assert_eq!(merged, all);
}

#[test]
fn a_trigger_that_is_named_by_its_uuid_is_one_functions_own() {
    let uuid = "5b0ab64e-3e1c-4d02-9c28-9d8f70b8a0f1";
    let mut draft = draft(&["memory=512", "trigger.orders.batch_size=5"]);
    assert_eq!(draft.trigger_by_uuid(), None);
    draft.enable(uuid, false);
    assert_eq!(draft.trigger_by_uuid(), Some(uuid));
    let another = draft.for_another();
    assert_eq!(another.triggers.keys().collect::<Vec<_>>(), ["orders"]);
}

#[test]
fn what_lambda_repeats_is_masked() {
    let pairs = [("AB", "zq1234"), ("CD", "zq1234\n\"x\" ä"), ("EF", "on")];
    let variables = pairs.map(|(n, v)| (n.to_owned(), Secret::new(v.to_owned())));
    let sent = update::ConfigurationUpdate {
        environment: Some(variables.to_vec()),
        ..update::ConfigurationUpdate::default()
    };
    for (text, masked) in [
        (
            "Value 'zq1234' failed, on 1 of 2",
            "Value '••••••' failed, on 1 of 2",
        ),
        ("{\"CD\":\"zq1234\\n\\\"x\\\" ä\"}", "{\"CD\":\"••••••\"}"),
        ("zq1234\n\"x\" ä", "••••••"),
        (
            "too large. String measured: {\"AB\":\"on\"}",
            "too large. String measured: ••••••",
        ),
        ("Function not found", "Function not found"),
    ] {
        assert_eq!(sent.masked(text), masked);
    }
}
