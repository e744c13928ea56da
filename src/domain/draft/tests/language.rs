//! Assignments of everything that is no setting and no variable.

use super::*;

#[test]
fn everything_can_be_said_and_unsaid() {
    let read = draft(&[
        "trigger.orders.fifo.batch_size=5",
        "trigger.6f0c-uuid.filters=[{\"a\": [1]}]",
        "alias.live=7,8=0.1",
        "alias.beta=new",
        "provisioned.live=5",
        "-provisioned.42",
        "url=aws_iam",
        "url.live=NONE,RESPONSE_STREAM",
        "-url.beta",
        "tag.team=pay ments",
        "tag.empty=",
        "-tag.old",
        "publish=a = b",
    ]);
    let size = &read.triggers["orders.fifo"][&TriggerField::BatchSize];
    assert_eq!(*size, Value::Number(5));
    assert_eq!(
        read.triggers["6f0c-uuid"][&TriggerField::Filters],
        Value::List(vec![r#"{"a":[1]}"#.to_owned()])
    );
    assert_eq!(read.aliases["live"].typed(), "7,8=0.1");
    assert!(read.aliases["beta"].follows_publish());
    assert_eq!(
        read.provisioned,
        [("42".to_owned(), None), ("live".to_owned(), Some(5))].into()
    );
    assert_eq!(
        read.urls["$LATEST"].as_ref().expect("a URL").to_string(),
        "AWS_IAM,BUFFERED"
    );
    assert_eq!(
        read.urls["live"].as_ref().expect("a URL").to_string(),
        "NONE,RESPONSE_STREAM"
    );
    assert_eq!(read.urls["beta"], None);
    assert_eq!(read.tags["team"].as_deref(), Some("pay ments"));
    assert_eq!(
        (&read.tags["empty"], &read.tags["old"]),
        (&Some(String::new()), &None)
    );
    assert_eq!(read.publish.as_deref(), Some("a = b"));
    assert_eq!(draft(&["provisioned.live="]).provisioned["live"], None);
    assert_eq!(draft(&["-url"]), draft(&["url="]));
    assert_eq!(
        draft(&["-trigger.orders.concurrency"]).triggers["orders"][&TriggerField::Concurrency],
        Value::Unset
    );
}

#[test]
fn errors_have_their_place() {
    for (words, argument, at, says) in [
        (vec!["trigger.orders.size=5"], 0, 15, "batch_size"),
        (vec!["trigger.orders=5"], 0, 14, "batch_size"),
        (vec!["trigger..enabled=on"], 0, 8, "of what"),
        (vec!["trigger.orders.batch_size=0"], 0, 26, "1 to 10,000"),
        (vec!["memory=512", "alias.live=x"], 1, 11, "takes a version"),
        (vec!["alias.live=7,8=1.5"], 0, 11, "above 0"),
        (vec!["-alias.live"], 0, 1, "cannot be removed"),
        (vec!["alias.=7"], 0, 6, "of what"),
        (
            vec!["provisioned.$LATEST=5"],
            0,
            20,
            "only a version or an alias",
        ),
        (vec!["provisioned.live=0"], 0, 17, "1 or more"),
        (vec!["url=OPEN"], 0, 4, "AWS_IAM or NONE"),
        (vec!["url=OPEN,NONE"], 0, 4, "AWS_IAM or NONE"),
        (vec!["url=NONE,AWS_IAM"], 0, 4, "AWS_IAM or NONE"),
        (vec!["tag.aws:x=1"], 0, 4, "reserved"),
        (vec!["-tag.aws:x"], 0, 5, "reserved"),
        (vec!["-publish"], 0, 1, "nothing to unset"),
        (vec!["publish=a", "publish=b"], 1, 0, "said before"),
        (vec!["url=NONE", "-url"], 1, 1, "said before"),
        (
            vec!["trigger.a.enabled=enabled", "trigger.a.enabled=disabled"],
            1,
            0,
            "said before",
        ),
        (vec!["größe.x=1"], 0, 0, "no setting"),
        (vec!["env.=1"], 0, 4, "of what"),
    ] {
        let error = assignment::parse(&words).expect_err("malformed");
        assert_eq!(
            (error.argument, error.at),
            (argument, at),
            "{words:?}: {error}"
        );
        assert!(error.message.contains(says), "{words:?}: {error}");
    }
}

#[test]
fn a_trigger_is_known_by_what_it_reads() {
    let base = full();
    assert_eq!(base.trigger_named("u3"), Ok("u3"));
    assert_eq!(base.trigger_named("orders"), Ok("u1"));
    assert_eq!(
        base.trigger_named("arn:aws:sqs:eu-west-1:1:orders.fifo"),
        Ok("u2")
    );
    assert!(
        base.trigger_named("clicks")
            .expect_err("two")
            .contains("u3, u4")
    );
    assert!(base.trigger_named("gone").is_err());
    let read = draft(&["trigger.orders.batch_size=5", "trigger.u3.enabled=disabled"]);
    let read = read.with_uuids(&base).expect("known");
    assert_eq!(read.triggers.keys().collect::<Vec<_>>(), ["u1", "u3"]);
    let twice = draft(&["trigger.orders.batch_size=5", "trigger.u1.batch_size=6"]);
    assert!(
        twice
            .with_uuids(&base)
            .expect_err("twice")
            .to_string()
            .contains("said before")
    );
    let item = |uuid: &str, field| base.label(&Item::Trigger(uuid.into(), field));
    assert_eq!(item("u1", TriggerField::Enabled), "trigger orders");
    assert_eq!(
        item("u1", TriggerField::BatchSize),
        "trigger orders batch_size"
    );
    assert_eq!(
        item("u4", TriggerField::BatchSize),
        "trigger clicks u4 batch_size"
    );
    assert_eq!(
        item("gone", TriggerField::BatchSize),
        "trigger gone batch_size"
    );
}

#[test]
fn routings_are_read_as_they_are_typed() {
    for (text, typed, shown) in [
        ("7", "7", "v7"),
        ("v7", "7", "v7"),
        (" 7 , 8 = 10% ", "7,8=0.1", "v7 90%, v8 10%"),
        (
            "7,new=0.001",
            "7,new=0.001",
            "v7 99.9%, the new version 0.1%",
        ),
        ("new", "new", "the new version"),
        ("$LATEST", "$LATEST", "$LATEST"),
    ] {
        let routing = Routing::parse(text).expect(text);
        assert_eq!(routing.typed(), typed);
        assert_eq!(routing.to_string(), shown);
        assert_eq!(Routing::parse(typed), Ok(routing));
    }
    for text in [
        "", "v", "live", "-1", "7,8", "7,8=0", "7,8=1", "7,8=100%", "7,8=NaN", "7,8=x", "7,=0.1",
        "7,",
    ] {
        assert!(Routing::parse(text).is_err(), "{text}");
    }
    let to_new = Routing::parse("new,7=0.1")
        .expect("a routing")
        .published("43");
    assert_eq!(to_new.typed(), "43,7=0.1");
    let by_new = Routing::parse("7,new=0.1").expect("a routing");
    assert!(by_new.follows_publish());
    assert_eq!(by_new.published("43").typed(), "7,43=0.1");
}

#[test]
fn assignments_are_read_and_errors_say_where() {
    let read = draft(&[
        "memory= 512",
        "env.LOG_LEVEL=a=b",
        "-env.OLD",
        "-dead_letter",
    ]);
    assert_eq!(read.settings[&Field::Memory], Value::Number(512));
    assert_eq!(read.settings[&Field::DeadLetter], Value::Unset);
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
