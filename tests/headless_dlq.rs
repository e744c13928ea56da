//! `lambdeck dlq` as scripts use it, on the demo account: what goes where, and exit codes.

mod kit {
    pub mod home;
}

use std::{
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
};

use kit::home::{Home, start};
use serde_json::Value;

/// The dead letters of the demo account.
fn home() -> Home {
    Home::with(&["--demo", "dlq"])
}

#[test]
fn the_list_has_every_dead_letter_queue_and_who_sends_there() {
    let home = home();
    let table = home.run(&["list"]).ends(0);
    let header = table.out.lines().next().expect("a header");
    assert!(header.starts_with("QUEUE") && header.contains("LETTERS"));
    assert!(
        table.out.contains("payments-charge (async)"),
        "{}",
        table.out
    );
    assert_eq!(table.err, "", "nothing to say, and no terminal");
    let queues = home.run(&["list", "--output", "json"]).ends(0).objects();
    let queue = queues.iter().find(|queue| {
        queue["QueueUrl"]
            .as_str()
            .is_some_and(|url| url.ends_with("/orders-dlq"))
    });
    let queue = queue.expect("it is found");
    assert_eq!(queue["ApproximateNumberOfMessages"], 9);
    assert_eq!(queue["Sources"][0]["Type"], "Queue");
    assert!(
        queue["Functions"][0]
            .as_str()
            .is_some_and(|arn| arn.ends_with(":orders-consumer"))
    );
}

#[test]
fn a_peek_says_what_it_costs_and_gives_the_letters_back() {
    let home = home();
    let table = home
        .run(&["peek", "payments-dlq", "--limit", "3"])
        .ends(0)
        .tells("a look is a receive")
        .tells("read and given back: 3");
    let lines: Vec<&str> = table.out.lines().collect();
    assert_eq!(lines.len(), 4, "{}", table.out);
    assert!(lines[0].contains("EXPIRES") && lines[1].contains("card declined"));
    let letters = home
        .run(&["peek", "payments-dlq", "--output", "json"])
        .ends(0);
    assert!(
        !letters.out.contains("andle\":"),
        "a handle is a right to delete"
    );
    let letters = letters.objects();
    assert_eq!(letters.len(), 10, "the limit when none is given");
    let letter = &letters[0];
    assert_eq!(letter["Origin"]["Type"], "Lambda async DLQ");
    assert!(letter["Event"]["order"].is_string(), "{letter}");
    assert!(letter["Body"].is_string() && letter["MessageAttributes"]["ErrorCode"].is_object());
    assert_eq!(letter["FunctionInferred"], true);
}

#[test]
fn a_queue_is_a_name_a_url_or_an_arn() {
    let home = home();
    for queue in [
        "orders-dlq",
        "https://sqs.eu-west-1.amazonaws.com/000000000000/orders-dlq",
        "arn:aws:sqs:eu-west-1:000000000000:orders-dlq",
    ] {
        let letters = home.run(&["peek", queue, "--output", "json"]).ends(0);
        assert_eq!(letters.objects().len(), 9, "{queue}");
        assert_eq!(letters.objects()[0]["Origin"]["Type"], "SQS redrive");
    }
    home.run(&["peek", "a b"]).ends(2).tells("names no queue");
    let gone = home
        .run(&["peek", "nobody"])
        .ends(1)
        .tells("NonExistentQueue");
    assert_eq!(gone.out, "");
}

#[test]
fn where_a_look_can_do_harm_it_has_to_be_asked_for() {
    let home = home();
    for command in ["peek", "export"] {
        let refused = home.run(&[command, "orders"]).ends(1).tells("--yes");
        assert_eq!(refused.out, "", "nothing was read");
        let read = home
            .run(&[command, "orders", "--limit", "2", "--yes"])
            .ends(0);
        assert!(read.out.lines().count() >= 2, "{}", read.out);
    }
}

#[test]
fn letters_are_chosen_by_jq_over_the_event_and_by_the_filter() {
    let home = home();
    let choice = ["--where", ".quantity < 0", "--output", "json"];
    // One of them is a text: of that the expression says neither yes nor no.
    let letters = home
        .run(&[&["peek", "orders-dlq"][..], &choice].concat())
        .ends(1)
        .tells("1 could not be judged: the body is not JSON");
    assert_eq!(letters.objects().len(), 3, "{}", letters.out);
    for letter in letters.objects() {
        assert!(
            letter["Body"]
                .as_str()
                .is_some_and(|body| body.contains("\"quantity\":-1"))
        );
    }
    let both = [
        "--filter",
        "order=o* size:<70",
        "--where",
        ".quantity < 0",
        "--output",
        "json",
    ];
    let fewer = home
        .run(&[&["peek", "orders-dlq"][..], &both].concat())
        .ends(0);
    assert!(fewer.objects().len() < 3, "{}", fewer.out);
    home.run(&["peek", "orders-dlq", "--where", ".a |"])
        .ends(2)
        .tells("--where");
    home.run(&["peek", "orders-dlq", "--filter", "age:>soon"])
        .ends(2)
        .tells("--filter");
}

#[test]
fn what_writes_needs_exactly_one_of_dry_run_and_yes() {
    let home = home();
    for command in [
        &["redrive", "orders-dlq"][..],
        &["delete", "orders-dlq"],
        &["purge", "orders-dlq"],
        &["import", "orders", "-"],
    ] {
        home.run(command).ends(2).tells("<--dry-run|--yes>");
        home.run(&[command, &["--dry-run", "--yes"]].concat())
            .ends(2)
            .tells("--dry-run");
    }
    home.run(&["move-task", "start", "orders-dlq"])
        .ends(2)
        .tells("--yes");
    home.run(&["move-task", "cancel", "orders-dlq"])
        .ends(2)
        .tells("--yes");
}

#[test]
fn wrong_usage_is_told_before_anything_is_done() {
    let home = home();
    for (arguments, says) in [
        (
            &["--to", "orders", "--invoke", "orders-consumer"][..],
            "--invoke",
        ),
        (&["--rate", "0"], "above 0"),
        (&["--workers", "0"], "--workers"),
        (&["--limit", "0"], "--limit"),
        (&["--canary=0"], "--canary"),
        (&["--canary=1,x"], "--canary"),
        (&["--edit", ".a |"], "--edit"),
        (&["--to", "a b"], "names no queue"),
        (&["--to", "orders-dlq"], "the queue itself"),
    ] {
        let command = [&["redrive", "orders-dlq", "--yes"], arguments].concat();
        let told = home.run(&command).ends(2).tells(says);
        assert_eq!(told.out, "");
    }
    let unknown = ["redrive", "orders-dlq", "--yes", "--invoke", "nobody"];
    home.run(&unknown)
        .ends(1)
        .tells("ResourceNotFoundException");
}

#[test]
fn a_canary_by_invoke_is_answered_at_once_and_its_steps_can_be_chosen() {
    let home = home();
    let plan = [
        "redrive",
        "orders-dlq",
        "--invoke",
        "orders-consumer",
        "--canary=1,2",
    ];
    let table = home.run(&[&plan[..], &["--dry-run"]].concat());
    assert!(table.out.contains("synchronous"), "{}", table.out);
    // Its function is mended by now: each of the canary answers well, and the others follow.
    let run = home.run(&[&plan[..], &["--yes", "--output", "json"]].concat());
    let report: Value = serde_json::from_str(&run.ends(0).out).expect("JSON");
    assert_eq!(report["End"], "complete", "{report}");
    assert_eq!(
        (&report["Moved"], &report["Failed"]),
        (&9.into(), &0.into()),
        "{report}"
    );
}

#[test]
fn a_dry_run_shows_the_plan_and_does_nothing() {
    let home = home();
    let table = home.run(&["redrive", "orders-dlq", "--dry-run"]).ends(0);
    assert!(table.out.contains("letters  9 of 9"), "{}", table.out);
    assert!(table.out.contains("to orders"), "{}", table.out);
    assert!(
        table.out.contains("move-task start orders-dlq"),
        "{}",
        table.out
    );
    assert!(
        table.out.contains("stops when more than 2 come back"),
        "{}",
        table.out
    );
    let told = table
        .tells("nothing was sent and nothing deleted")
        .tells("given back: 9");
    assert!(!told.err.contains('\r'), "no terminal, no progress");
    let command = [
        "redrive",
        "payments-dlq",
        "--invoke",
        "payments-charge:live",
        "--edit",
        ".amount |= tonumber",
        "--dry-run",
        "--output",
        "json",
    ];
    // As the run will end: the edit fails on some.
    let plan = home.run(&command).ends(1).object();
    assert_eq!(
        (&plan["Sampled"], &plan["SampleIsWhole"]),
        (&214.into(), &true.into())
    );
    assert_eq!(
        plan["Destination"],
        "invoke payments-charge:live asynchronously"
    );
    let sum = |field: &str| plan[field].as_u64().expect(field);
    let refused: u64 = plan["Refused"]
        .as_object()
        .expect("reasons")
        .values()
        .filter_map(Value::as_u64)
        .sum();
    assert_eq!(sum("Edited") + sum("Unchanged") + refused, sum("Matching"));
    assert!(sum("Edited") > 0 && refused > 0, "{plan}");
    let parts = sum("Matching") + sum("NotChosen") + sum("NotJudged") + sum("AlreadySent");
    assert_eq!(parts, sum("Sampled"), "{plan}");
}

#[test]
fn what_cannot_be_judged_is_a_part_of_every_equation() {
    let home = home();
    // Half of the letters have an amount that is a text.
    let choice = ["payments-dlq", "--where", ".amount + 1 > 0"];
    let dry = [&["redrive", "--dry-run", "--output", "json"][..], &choice].concat();
    let plan = home.run(&dry).ends(1).object();
    let sum = |field: &str| plan[field].as_u64().expect(field);
    assert!(sum("NotJudged") > 0, "{plan}");
    assert!(
        plan["Reasons"].to_string().contains("could not be judged"),
        "{plan}"
    );
    let run = [&["delete", "--yes", "--output", "json"][..], &choice].concat();
    let run = home.run(&run).ends(1);
    let report = run.object();
    for (of_run, of_plan) in [
        ("NotJudged", "NotJudged"),
        ("Released", "NotChosen"),
        ("Deleted", "Matching"),
        ("Read", "Sampled"),
    ] {
        assert_eq!(report[of_run], plan[of_plan], "{of_run}");
    }
    let unknown = &report["NotJudged"];
    let run = run.tells(&format!("+ {unknown} could not be judged"));
    run.tells("stay in the queue: could not be judged");
    for command in ["export", "peek"] {
        let command = [&[command][..], &choice].concat();
        home.run(&command).ends(1).tells("could not be judged");
    }
}

#[test]
fn a_dry_run_reads_nothing_where_a_look_can_do_harm() {
    let home = home();
    let command = [
        "redrive",
        "orders",
        "--to",
        "orders-priority",
        "--dry-run",
        "--output",
        "json",
    ];
    let plan = home.run(&command).ends(0).object();
    assert_eq!(
        (&plan["Sampled"], &plan["Planned"]),
        (&0.into(), &Value::Null)
    );
    assert!(
        plan["Notes"].to_string().contains("no sample was read"),
        "{plan}"
    );
}

#[test]
fn a_redrive_moves_every_letter_and_its_equation_adds_up() {
    let home = home();
    let run = home
        .run(&["redrive", "orders-dlq", "--yes", "--output", "json"])
        .ends(0)
        .tells("9 read = 9 sent and deleted + 0 failed");
    let report = run.object();
    assert_eq!(
        (&report["End"], &report["Moved"]),
        (&"complete".into(), &9.into())
    );
    assert!(
        report["Calls"]["SendMessageBatch"].as_u64() >= Some(1),
        "{report}"
    );
    assert!(
        !run.err.contains('\r') && !run.err.contains('\u{1b}'),
        "{:?}",
        run.err
    );
    let chosen = [
        "redrive",
        "orders-dlq",
        "--filter",
        "quantity<0",
        "--to",
        "orders-priority",
        "--yes",
        "--workers",
        "4",
        "--output",
        "json",
    ];
    let report = home.run(&chosen).ends(0).object();
    assert_eq!(
        (&report["Moved"], &report["Released"]),
        (&3.into(), &6.into())
    );
}

#[test]
fn letters_that_cannot_go_are_named_and_the_exit_code_says_so() {
    let home = home();
    let command = [
        "redrive",
        "payments-dlq",
        "--invoke",
        "payments-charge",
        "--edit",
        ".amount |= tonumber",
        "--yes",
    ];
    let run = home.run(&command).ends(1).tells("the edit failed");
    let failed = run
        .out
        .lines()
        .filter(|line| line.contains("the edit failed"))
        .count();
    assert!(failed > 0, "{}", run.out);
    assert!(
        run.err.contains(&format!("+ {failed} failed")),
        "{}",
        run.err
    );
    // Letters that Lambda put there came from no queue.
    let report = home.run(&[
        "redrive",
        "payments-dlq",
        "--limit",
        "2",
        "--yes",
        "--output",
        "json",
    ]);
    let report = report.ends(1).object();
    assert_eq!(report["Moved"], 0);
    assert!(
        report["Failures"][0]["Reason"]
            .as_str()
            .is_some_and(|why| why.contains("which queue it came from"))
    );
}

#[test]
fn a_signal_stops_at_the_next_safe_step_and_says_what_becomes_of_the_rest() {
    let home = home();
    let mut child = start(&mut home.lambdeck(&[
        "redrive",
        "payments-dlq",
        "--invoke",
        "payments-charge",
        "--rate",
        "1",
        "--yes",
    ]));
    let mut err = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut said = String::new();
    while !said.contains("begins") {
        assert!(err.read_line(&mut said).expect("text") > 0, "{said}");
    }
    let id = i32::try_from(child.id()).expect("a process id");
    let process = rustix::process::Pid::from_raw(id).expect("a process id");
    rustix::process::kill_process(process, rustix::process::Signal::INT).expect("it is there");
    err.read_to_string(&mut said).expect("text");
    let status = child.wait().expect("lambdeck ends");
    assert_eq!(status.code(), Some(130), "{said}");
    assert!(said.contains(" read = "), "{said}");
    assert!(said.contains("stopped before the next send"), "{said}");
    // What is offered works: there is nothing here that `resume` could finish.
    assert!(said.contains("keeps no journal"), "{said}");
    assert!(!said.contains("dlq resume"), "{said}");
}

#[test]
fn what_is_exported_can_be_imported() {
    let home = home();
    let export = home
        .run(&["export", "payments-dlq", "--limit", "12"])
        .ends(0)
        .tells("12 read = 12 written + 0 left out");
    let letters = export.objects();
    assert_eq!(letters.len(), 12);
    assert!(letters[0]["MessageAttributes"]["ErrorMessage"]["StringValue"].is_string());
    assert!(letters[0]["Attributes"]["SentTimestamp"].is_string());
    // As the console writes it: what it was decoded to is told too, and passed over by an import.
    for decoded in ["Origin", "Error", "Function", "RequestId"] {
        assert!(letters[0][decoded].is_string(), "{decoded}");
    }
    let dry = home.run_with_input(&["import", "orders", "-", "--dry-run"], &export.out);
    let dry = dry
        .ends(0)
        .tells("12 to send (12 messages, 0 bodies)")
        .tells("nothing was sent");
    assert_eq!(dry.out, "");
    let import = ["import", "orders", "-", "--yes", "--output", "json"];
    let sent = home
        .run_with_input(&import, &export.out)
        .ends(0)
        .tells("12 lines = 12 sent");
    assert_eq!(sent.objects().len(), 12);
    for (index, line) in sent.objects().iter().enumerate() {
        assert_eq!(line["Line"], index + 1);
        assert_ne!(
            line["MessageId"], letters[index]["MessageId"],
            "a new message"
        );
    }
}

/// Answers of `aws sqs receive-message` hold their messages, and what a peek prints is messages.
#[test]
fn what_others_received_is_imported_without_its_handles() {
    let home = home();
    let answer = "{\"Messages\":[{\"MessageId\":\"m-1\",\"ReceiptHandle\":\"h-1\",\"MD5OfBody\":\"x\",\"Body\":\"{\\\"order\\\":1}\"}]}\n";
    let pretty = answer
        .replace("[{", "[\n  {\n    ")
        .replace("\",\"", "\",\n    \"");
    let import = ["import", "orders", "-", "--yes", "--output", "json"];
    for input in [answer, pretty.as_str()] {
        let sent = home
            .run_with_input(&import, input)
            .ends(0)
            .tells("1 to send (1 messages, 0 bodies), 11B");
        let sent = sent.object();
        assert_eq!((&sent["Line"], &sent["Item"]), (&1.into(), &1.into()));
    }
    let peeked = home
        .run(&["peek", "payments-dlq", "--limit", "3", "--output", "json"])
        .ends(0);
    home.run_with_input(&["import", "orders", "-", "--dry-run"], &peeked.out)
        .ends(0)
        .tells("3 to send (3 messages, 0 bodies)");
    for (input, why) in [
        ("{\n  \"order\": 1\n}", "line 1: a body over several lines"),
        ("[{\"order\":1}]", "line 1: an array that holds no messages"),
        (
            "{}\n{\"ReceiptHandle\":\"h\"}",
            "line 2: this looks like a received message",
        ),
    ] {
        let told = home.run_with_input(&import, input).ends(1);
        assert_eq!(told.tells("nothing was sent").tells(why).out, "");
    }
}

/// A pipe's record, a Kafka mapping's and a stream mapping's hold no event.
#[test]
fn records_of_pollers_name_where_their_events_lie_and_are_not_taken_for_events() {
    let home = home();
    let queue = "inventory-stream-failures";
    let letters = home
        .run(&["peek", queue, "--output", "json"])
        .ends(0)
        .objects();
    let of = |title: &str| {
        let mut of = letters
            .iter()
            .filter(|letter| letter["Origin"]["Type"] == title);
        of.next().expect(title)
    };
    let pipe = of("EventBridge Pipe");
    let origin = &pipe["Origin"];
    assert!(
        origin["Pipe"]
            .as_str()
            .is_some_and(|arn| arn.ends_with(":pipe/stock-to-search"))
    );
    assert_eq!(origin["ShardId"], "shardId-00000001764300000000-5f2c81aa");
    assert_eq!(origin["BatchSize"], 12);
    assert!(pipe["Event"].is_null());
    assert!(
        pipe["NoEvent"]
            .as_str()
            .is_some_and(|why| why.contains("positions")),
        "{pipe}"
    );
    let kafka = &of("Kafka mapping")["Origin"];
    assert_eq!(
        kafka["Positions"][1],
        serde_json::json!({"TopicPartition": "stock-moves-1", "FirstOffset": "51007", "LastOffset": "51020"})
    );
    assert!(
        kafka["Cluster"]
            .as_str()
            .is_some_and(|arn| arn.contains(":kafka:"))
    );
    let stream = &of("stream mapping")["Origin"];
    assert!(stream["StartSequenceNumber"].is_string() && stream["Stream"].is_string());

    let invoke = [
        "redrive",
        queue,
        "--invoke",
        "inventory-sync",
        "--output",
        "json",
    ];
    let plan = home.run(&[&invoke[..], &["--dry-run"]].concat()).object();
    let refused = plan["Refused"].as_object().expect("reasons");
    assert_eq!(
        refused
            .values()
            .filter_map(serde_json::Value::as_u64)
            .sum::<u64>(),
        5
    );
    let report = home
        .run(&[&invoke[..], &["--yes"]].concat())
        .ends(1)
        .object();
    assert_eq!(
        (&report["Failed"], &report["Moved"]),
        (&5.into(), &0.into())
    );
    // An edit here and there makes no event of it; one that makes an event does.
    let retried = [&invoke[..], &["--edit", ".retry = true", "--yes"]].concat();
    assert_eq!(home.run(&retried).ends(1).object()["Failed"], 5);
    let made = [&invoke[..], &["--edit", "{again: .version}", "--yes"]].concat();
    assert_eq!(home.run(&made).ends(0).object()["Moved"], 5);
}

#[test]
fn an_export_to_a_file_is_for_its_owner_only_and_replaces_nothing() {
    let home = home();
    let command = ["export", "orders-dlq", "--out", "letters.jsonl"];
    let told = home.run(&command).ends(0).tells("given back: 9");
    assert_eq!(told.out, "");
    let file = home.path().join("letters.jsonl");
    let mode = std::fs::metadata(&file)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        std::fs::read_to_string(&file)
            .expect("text")
            .lines()
            .count(),
        9
    );
    home.run(&command).ends(1).tells("letters.jsonl");
    let piped = home.run(&["export", "orders-dlq", "--out", "-"]).ends(0);
    assert_eq!(piped.out.lines().count(), 9);
    assert!(!home.path().join("-").exists());
    let dry = home.run(&["import", "orders", "letters.jsonl", "--dry-run"]);
    dry.ends(0).tells("9 to send");
}

#[test]
fn a_bad_line_is_named_before_anything_is_sent() {
    let home = home();
    let input = "{\"order\":1}\n\n{\"order\":\n";
    let told = home.run_with_input(&["import", "orders", "-", "--yes"], input);
    let told = told
        .ends(1)
        .tells("nothing was sent")
        .tells("line 3: this is not JSON");
    assert_eq!(told.out, "");
    home.run(&["import", "orders", "nowhere.jsonl", "--yes"])
        .ends(1)
        .tells("nowhere.jsonl");
    let bodies = home.run_with_input(&["import", "orders", "-", "--yes"], "{\"order\":1}\n[2]\n");
    let bodies = bodies.ends(0).tells("(0 messages, 2 bodies)");
    assert_eq!(bodies.out.lines().count(), 3, "{}", bodies.out);
}

#[test]
fn a_delete_takes_what_was_chosen_and_nothing_else() {
    let home = home();
    let choice = [
        "delete",
        "orders-dlq",
        "--filter",
        "quantity<0",
        "--output",
        "json",
    ];
    let plan = home
        .run(&[&choice[..], &["--dry-run"]].concat())
        .ends(0)
        .object();
    assert_eq!(
        (&plan["Matching"], &plan["Destinations"]),
        (&3.into(), &serde_json::json!({}))
    );
    let report = home
        .run(&[&choice[..], &["--yes"]].concat())
        .ends(0)
        .object();
    assert_eq!(
        (&report["Deleted"], &report["Released"], &report["Moved"]),
        (&3.into(), &6.into(), &0.into())
    );
}

#[test]
fn a_purge_says_what_it_really_does() {
    let home = home();
    let dry = home.run(&["purge", "orders", "--dry-run"]).ends(0);
    dry.tells("about 120 messages")
        .tells("in flight")
        .tells("60 seconds")
        .tells("nothing was deleted");
    home.run(&["purge", "orders", "--yes"])
        .ends(0)
        .tells("the purge has begun");
}

#[test]
fn a_move_task_has_its_limits() {
    let home = home();
    home.run(&["move-task", "start", "orders-dlq", "--rate", "501", "--yes"])
        .ends(2)
        .tells("500");
    home.run(&["move-task", "start", "orders-dlq", "--rate", "100", "--yes"])
        .ends(0)
        .tells("unedited")
        .tells("move-task status orders-dlq");
    let status = home
        .run(&["move-task", "status", "orders-dlq", "--output", "json"])
        .ends(0);
    assert_eq!(status.objects(), Vec::<Value>::new());
    home.run(&["move-task", "cancel", "orders-dlq", "--yes"])
        .ends(1)
        .tells("no move task");
}

#[test]
fn nothing_left_is_nothing_to_resume() {
    let home = home();
    for arguments in [&["resume"][..], &["resume", "--yes"]] {
        let told = home.run(arguments).ends(0).tells("nothing to resume");
        assert_eq!(told.out, "");
    }
}

#[test]
fn a_protected_session_needs_write_and_read_only_beats_everything() {
    let home = home();
    home.configure("protected = [\"demo\"]\n");
    let writes = [
        &["redrive", "orders-dlq", "--yes"][..],
        &["delete", "orders-dlq", "--yes"],
        &["purge", "orders-dlq", "--yes"],
        &["move-task", "start", "orders-dlq", "--yes"],
    ];
    for command in writes {
        let told = home
            .run(command)
            .ends(1)
            .tells("protected")
            .tells("--write");
        assert_eq!(told.out, "");
        home.run(&[command, &["--read-only"]].concat())
            .ends(1)
            .tells("read-only");
        home.run(&[command, &["--write"]].concat()).ends(0);
    }
    home.run(&["peek", "orders-dlq"]).ends(0);
    home.run(&["redrive", "orders-dlq", "--dry-run"]).ends(0);
    home.run(&["peek", "orders-dlq", "--read-only"])
        .ends(1)
        .tells("read-only");
}
