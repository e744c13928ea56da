use super::*;
use crate::domain::{
    draft::{Draft, Snapshot, assignment},
    function::{Alias, Arn, AsyncConfig, EventSourceMapping, FunctionConfiguration},
};

fn base() -> Snapshot {
    let mut base = Snapshot::of(&FunctionConfiguration::sample("charge"));
    base.reserve(None);
    base.follow(None);
    base.follow_elsewhere(Vec::new());
    base.recurse("Terminate");
    base.mappings = vec![
        mapping("u1", "arn:aws:sqs:eu-west-1:1:orders"),
        mapping("u2", "arn:aws:sqs:eu-west-1:1:late.fifo"),
        mapping("u3", "arn:aws:kinesis:eu-west-1:1:stream/clicks"),
    ];
    base.aliases = vec![Alias {
        name: "live".into(),
        version: "42".into(),
        weights: Vec::new(),
        description: String::new(),
        revision_id: None,
    }];
    base.urls = Some(Vec::new());
    base.provisioned = Some(Vec::new());
    base.tags = Some(Vec::new());
    base
}

fn mapping(uuid: &str, source: &str) -> EventSourceMapping {
    EventSourceMapping {
        uuid: uuid.into(),
        function: None,
        source: Some(Arn::new(source)),
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

fn facts() -> Facts {
    Facts {
        today: jiff::civil::date(2027, 4, 1),
        aliases: vec![("live".into(), "42".into())],
        sources: vec![Source {
            name: "orders".into(),
            visibility_timeout_s: 200,
            retention_s: Some(4 * 86_400),
        }],
        ..Facts::default()
    }
}

fn draft(words: &[&str], base: &Snapshot) -> Draft {
    let draft = assignment::parse(words).expect("assignments");
    draft.with_uuids(base).expect("triggers")
}

fn told_of(base: Snapshot, words: &[&str], facts: &Facts) -> String {
    let draft = draft(words, &base);
    let plan = Plan::new(base, draft).expect("a plan");
    warnings(&plan, facts).join("\n")
}

fn told(words: &[&str]) -> String {
    told_of(base(), words, &facts())
}

#[test]
fn a_url_without_authentication_is_open_and_a_deleted_one_is_gone() {
    let open = told(&["url=NONE"]);
    assert!(open.contains("open to the whole internet"), "{open}");
    assert!(open.contains("policy"), "{open}");
    assert_eq!(told(&["url=AWS_IAM"]), "");
    let mut with = base();
    with.urls = Some(vec![crate::domain::function::FunctionUrl {
        url: "https://x".into(),
        auth: "AWS_IAM".into(),
        invoke_mode: None,
        qualifier: Some("live".into()),
    }]);
    let gone = told_of(with, &["-url.live"], &facts());
    assert!(
        gone.contains("the URL of live") && gone.contains("another address"),
        "{gone}"
    );
}

#[test]
fn concurrency_zero_says_where_async_events_go() {
    let lost = told(&["reserved_concurrency=0"]);
    assert!(
        lost.contains("async events are lost: this function has neither"),
        "{lost}"
    );
    let kept = told(&[
        "reserved_concurrency=0",
        "dead_letter=arn:aws:sqs:eu-west-1:1:dead",
    ]);
    assert!(kept.contains("straight to dead without retries"), "{kept}");
    assert!(!kept.contains("lost"), "{kept}");
    let mut unread = base();
    unread.settings.remove(&Field::AsyncOnFailure);
    let unknown = told_of(unread, &["reserved_concurrency=0"], &facts());
    assert!(unknown.contains("(and are lost without one)"), "{unknown}");
    let mut of_alias = base();
    of_alias.async_elsewhere = Some(vec![(
        "live".into(),
        AsyncConfig {
            on_failure: Some(Arn::new("arn:aws:sqs:eu-west-1:1:fraud-dead")),
            ..AsyncConfig::default()
        },
    )]);
    let told = told_of(of_alias.clone(), &["reserved_concurrency=0"], &facts());
    assert!(told.contains("those to :live go to fraud-dead"), "{told}");
    assert!(!told.contains("neither"), "{told}");
    of_alias.async_elsewhere = None;
    let unknown = told_of(of_alias, &["reserved_concurrency=0"], &facts());
    assert!(unknown.contains("(and are lost without one)"), "{unknown}");
}

#[test]
fn concurrency_below_what_is_provisioned_will_be_refused() {
    let mut with = base();
    with.provisioned = Some(vec![crate::domain::function::ProvisionedConcurrency {
        qualifier: "live".into(),
        requested: 5,
        available: 5,
        status: "READY".into(),
        reason: None,
    }]);
    for low in ["0", "4"] {
        let word = format!("reserved_concurrency={low}");
        let told = told_of(with.clone(), &[&word], &facts());
        let refused = format!("Lambda will refuse {low}: 5 executions are provisioned (live)");
        assert!(told.contains(&refused), "{told}");
    }
    let enough = told_of(with, &["reserved_concurrency=5"], &facts());
    assert!(!enough.contains("provisioned"), "{enough}");
}

#[test]
fn pausing_a_trigger_that_is_updating_cannot_be_reverted() {
    let mut with = base();
    with.mappings[0].state = "Updating".into();
    let told = told_of(with, &["trigger.orders.enabled=disabled"], &facts());
    assert!(
        told.contains("trigger orders is Updating just now"),
        "{told}"
    );
}

#[test]
fn pausing_says_how_long_messages_wait() {
    let queue = told(&["trigger.orders.enabled=disabled"]);
    assert!(
        queue.contains("queue orders keeps a message for 4 days"),
        "{queue}"
    );
    let unread = told(&["trigger.late.fifo.enabled=disabled"]);
    assert!(
        unread.contains("late.fifo keeps a message for its retention time"),
        "{unread}"
    );
    assert!(told(&["trigger.clicks.enabled=disabled"]).contains("clicks is not read"));
    let mut paused = base();
    paused.mappings[0].state = "Disabled".into();
    let resumed = told_of(paused, &["trigger.orders.enabled=enabled"], &facts());
    assert!(!resumed.contains("keeps a message"), "{resumed}");
}

#[test]
fn batches_that_lambda_will_refuse_are_told() {
    let wide = told(&["trigger.orders.batch_size=100"]);
    assert!(wide.contains("without a batch_window of 1 s"), "{wide}");
    let gathered = told(&[
        "trigger.orders.batch_size=100",
        "trigger.orders.batch_window=1",
    ]);
    assert!(!gathered.contains("refuse"), "{gathered}");
    let fifo = told(&["trigger.late.fifo.batch_size=11"]);
    assert!(
        fifo.contains("late.fifo is FIFO") && fifo.contains("10 is the most"),
        "{fifo}"
    );
    assert_eq!(told(&["trigger.late.fifo.batch_size=9"]), "");
    assert_eq!(told(&["trigger.clicks.batch_size=500"]), "");
    // The window that was there is taken away under a batch that needs it.
    let mut wide = base();
    wide.mappings[0].batch_size = Some(500);
    wide.mappings[0].batch_window_s = Some(5);
    let told = told_of(wide, &["trigger.orders.batch_window=0"], &facts());
    assert!(told.contains("batch size of 500 without"), "{told}");
}

#[test]
fn visibility_is_compared_when_the_timeout_or_the_trigger_changes() {
    // The sample's timeout is 30 s: 180 s fit into 200 s.
    assert!(!told(&["trigger.orders.batch_size=5"]).contains("visibility"));
    assert!(told(&["timeout=34"]).contains("(204 s)"));
    let window = told(&["trigger.orders.batch_window=60"]);
    assert!(
        window.contains("timeout and the batch window (240 s)"),
        "{window}"
    );
    let mut facts = facts();
    facts.sources[0].visibility_timeout_s = 100;
    let edited = told_of(base(), &["trigger.orders.batch_size=5"], &facts);
    assert!(edited.contains("(180 s)"), "{edited}");
    assert!(!told_of(base(), &["memory=256"], &facts).contains("visibility"));
    facts.sources[0].visibility_timeout_s = 20;
    let refused = told_of(base(), &["trigger.orders.batch_size=5"], &facts);
    assert!(refused.contains("will refuse the trigger"), "{refused}");
    let paused = told_of(base(), &["trigger.orders.enabled=disabled"], &facts);
    assert!(!paused.contains("visibility"), "{paused}");
}

#[test]
fn triggers_may_outgrow_what_is_reserved() {
    let mut reserved = base();
    reserved.reserve(Some(20));
    let more = told_of(
        reserved.clone(),
        &["trigger.orders.concurrency=50"],
        &facts(),
    );
    assert!(
        more.contains("may run 50 at once and 20 are reserved"),
        "{more}"
    );
    let less = told_of(reserved, &["trigger.orders.concurrency=20"], &facts());
    assert!(!less.contains("reserved"), "{less}");
    let mut limited = base();
    limited.mappings[0].maximum_concurrency = Some(30);
    limited.mappings[1].maximum_concurrency = Some(30);
    let both = told_of(limited.clone(), &["reserved_concurrency=50"], &facts());
    assert!(both.contains("may run 60 at once"), "{both}");
    let other = told_of(limited, &["memory=256"], &facts());
    assert!(!other.contains("at once"), "{other}");
}

#[test]
fn publishing_and_shifting_is_offered_until_it_is_said() {
    let offered = told(&["memory=256"]);
    assert!(
        offered.contains("live → v42 gets nothing until you publish and shift"),
        "{offered}"
    );
    let published = told(&["memory=256", "publish="]);
    assert!(
        published.contains("live → v42 gets nothing until shifted"),
        "{published}"
    );
    assert_eq!(told(&["memory=256", "publish=", "alias.live=new"]), "");
    assert!(
        told(&["publish=", "alias.live=new"]).contains("only if code or configuration changed")
    );
}

#[test]
fn an_alias_can_be_led_to_an_old_version_whatever_its_runtime() {
    let mut old = base();
    let runtime = Value::Text("python3.9".into());
    old.settings.insert(Field::Runtime, runtime);
    assert!(
        told_of(old.clone(), &["memory=256"], &facts()).contains("refuses updates of python3.9")
    );
    assert_eq!(told_of(old.clone(), &["alias.live=7"], &facts()), "");
    assert_eq!(told_of(old, &["reserved_concurrency=5"], &facts()), "");
}

#[test]
fn the_owner_is_named_with_what_becomes_of_the_edit() {
    for (tags, owner, then) in [
        (
            vec![("aws:cloudformation:stack-name", "payments-prod")],
            "managed by CloudFormation · stack payments-prod",
            "it is drift",
        ),
        (
            vec![
                ("aws:cloudformation:stack-name", "Back"),
                ("aws:cdk:path", "Back/Sync"),
            ],
            "managed by CDK Back/Sync · stack Back",
            "it is drift",
        ),
        (
            vec![("ManagedBy", "terraform")],
            "managed by Terraform",
            "next apply sets it back",
        ),
    ] {
        let facts = Facts {
            tags: tags
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
            ..facts()
        };
        for words in [
            ["memory=256"],
            ["trigger.orders.batch_size=5"],
            ["alias.live=41"],
        ] {
            let told = told_of(base(), &words, &facts);
            assert!(told.contains(owner), "{told}");
            assert!(told.contains("will not know of this change"), "{told}");
            assert!(told.contains(then), "{told}");
        }
    }
}

#[test]
fn what_costs_or_loops_is_told() {
    assert!(told(&["provisioned.live=5"]).contains("5 executions of live are kept ready"));
    assert!(told(&["recursion=allow"]).contains("goes on and costs"));
    assert!(told(&["log_format=JSON", "system_log_level=warn"]).contains("no durations"));
    let seen = Facts {
        used_mb: Some(300),
        ..facts()
    };
    assert!(told_of(base(), &["memory=256"], &seen).contains("256 MB will end them"));
    assert!(!told_of(base(), &["memory=1024"], &seen).contains("buys CPU only"));
}
