//! Commands that can be pasted into a shell.

use super::*;

fn commands(words: &[&str]) -> Vec<String> {
    let plan = Plan::new(full(), draft(words)).expect("a plan");
    let commands = plan.calls.iter();
    commands
        .map(|call| call.command("arn:aws:lambda:eu-west-1:1:function:charge", "eu-west-1"))
        .collect()
}

#[test]
fn each_call_has_its_command() {
    for (words, command) in [
        (
            vec!["layers=arn:a:1,arn:b:2"],
            "aws lambda update-function-configuration --region eu-west-1 --function-name charge \
             --layers '[\"arn:a:1\",\"arn:b:2\"]' && aws lambda wait function-updated-v2 --region \
             eu-west-1 --function-name charge",
        ),
        (
            vec!["trigger.u1.enabled=disabled", "trigger.u1.batch_size=5"],
            "aws lambda update-event-source-mapping --region eu-west-1 --uuid u1 --no-enabled \
             --batch-size 5",
        ),
        (
            vec!["trigger.u1.filters=[{\"a\":[\"it's\"]}]"],
            "aws lambda update-event-source-mapping --region eu-west-1 --uuid u1 --filter-criteria \
             \"{\\\"Filters\\\":[{\\\"Pattern\\\":\\\"{\\\\\\\"a\\\\\\\":[\\\\\\\"it's\\\\\\\"]}\\\"}]}\"",
        ),
        (
            vec!["provisioned.beta=3"],
            "aws lambda put-provisioned-concurrency-config --region eu-west-1 --function-name charge \
             --qualifier beta --provisioned-concurrent-executions 3",
        ),
        (
            vec!["url.live=NONE"],
            "aws lambda create-function-url-config --region eu-west-1 --function-name charge \
             --qualifier live --auth-type NONE --invoke-mode BUFFERED",
        ),
        (
            vec!["-url"],
            "aws lambda delete-function-url-config --region eu-west-1 --function-name charge",
        ),
        (
            vec!["tag.a b=it's"],
            "aws lambda tag-resource --region eu-west-1 --resource \
             arn:aws:lambda:eu-west-1:1:function:charge --tags \"{\\\"a b\\\":\\\"it's\\\"}\"",
        ),
        (
            vec!["-tag.team"],
            "aws lambda untag-resource --region eu-west-1 --resource \
             arn:aws:lambda:eu-west-1:1:function:charge --tag-keys '[\"team\"]'",
        ),
        (
            vec!["recursion=allow"],
            "aws lambda put-function-recursion-config --region eu-west-1 --function-name charge \
             --recursive-loop Allow",
        ),
        (
            vec!["alias.live=41,42=0.1"],
            "aws lambda update-alias --region eu-west-1 --function-name charge --name live \
             --function-version 41 --routing-config '{\"AdditionalVersionWeights\":{\"42\":0.1}}'",
        ),
    ] {
        assert_eq!(commands(&words), [command], "{words:?}");
    }
}

#[test]
fn what_is_taken_away_has_a_form_of_its_own() {
    let mut configuration = configuration();
    configuration.layers = vec![crate::domain::function::Layer {
        arn: crate::domain::function::Arn::new("arn:a:1"),
        code_size: 1,
    }];
    let plan = Plan::new(Snapshot::of(&configuration), draft(&["-layers"])).expect("a plan");
    let command = plan.calls[0].command("charge", "eu-west-1");
    assert!(command.contains("--layers '[]' &&"), "{command}");
    let filtered = |words: &[&str]| {
        let mut base = full();
        base.mappings[0].filters = vec!["{}".into()];
        base.mappings[0].maximum_concurrency = Some(5);
        let plan = Plan::new(base, draft(words)).expect("a plan");
        plan.calls[0].command("charge", "eu-west-1")
    };
    assert!(filtered(&["-trigger.u1.filters"]).ends_with("--filter-criteria '{}'"));
    assert!(filtered(&["-trigger.u1.concurrency"]).ends_with("--scaling-config '{}'"));
}

/// What a shell makes of the commands of a plan, word by word.
fn words_of(command: &str) -> Vec<String> {
    let script = format!("aws() {{ printf '%s\\n' \"$@\"; }}; {command}");
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{command}");
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn what_is_published_leads_the_alias() {
    for (routing, version, json) in [
        ("new", "43", r#"{"AdditionalVersionWeights":{}}"#),
        (
            "41,new=0.1",
            "41",
            r#"{"AdditionalVersionWeights":{"43":0.1}}"#,
        ),
        (
            "new,41=0.1",
            "43",
            r#"{"AdditionalVersionWeights":{"41":0.1}}"#,
        ),
    ] {
        let both = commands(&["publish=it's new", &format!("alias.live={routing}")]);
        assert_eq!(
            both[0],
            "NEW=$(aws lambda publish-version --region eu-west-1 --function-name charge \
             --description \"it's new\" --query Version --output text)"
        );
        let words = words_of(&format!("NEW=43; {}", both[1]));
        let after = |name: &str| {
            let at = words
                .iter()
                .position(|word| word == name)
                .expect("an option");
            words[at + 1].as_str()
        };
        assert_eq!(after("--function-version"), version);
        assert_eq!(after("--routing-config"), json);
    }
}

#[test]
fn a_value_that_looks_like_an_option_is_none() {
    let command = &commands(&["description=--dry-run"])[0];
    assert!(command.contains("--description=--dry-run"), "{command}");
}

#[test]
fn commands_are_ready_for_a_shell_and_never_hold_a_value() {
    let plan = plan(&["description=it's", "env.LOG_LEVEL=debug", "memory=256"]);
    let command = plan.calls[0].command("charge", "eu-west-1");
    assert_eq!(
        command,
        "aws lambda update-function-configuration --region eu-west-1 --function-name charge \
         --memory-size 256 --description \"it's\" --environment \
         file://environment-not-kept.json && aws lambda wait function-updated-v2 --region \
         eu-west-1 --function-name charge"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// A shell gives each value to the command as it is.
    #[test]
    fn a_shell_reads_what_was_quoted(text in "[ -~äß]{1,20}") {
        let text = text.trim();
        prop_assume!(!text.is_empty() && !text.starts_with('-'));
        let command = Call::Publish { description: text.to_owned(), revision_id: None }.command("charge", "eu-west-1");
        let command = command.strip_prefix("NEW=$(").and_then(|rest| rest.strip_suffix(')'));
        let words = words_of(command.expect("a command"));
        prop_assert!(words.contains(&text.to_owned()), "{:?}", words);
    }
}
