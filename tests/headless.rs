//! The binary as scripts use it: what goes to which stream, and how it ends.

mod kit {
    pub mod home;
}

use std::io::{BufRead as _, BufReader};

use kit::home::{Home, Told, start, told};
use serde_json::Value;

fn run(arguments: &[&str]) -> Told {
    Home::new().run(arguments)
}

#[test]
fn functions_as_json_have_the_names_of_the_api() {
    let output = run(&["functions", "--demo", "--output", "json"]);
    assert_eq!(output.code, Some(0), "{}", output.err);
    assert_eq!(output.err, "");
    let objects = output.objects();
    assert_eq!(objects.len(), 14);
    let charge = objects
        .iter()
        .find(|object| object["FunctionName"] == "payments-charge")
        .expect("payments-charge");
    assert_eq!(charge["Runtime"], "python3.12");
    assert_eq!(charge["MemorySize"], 512);
    assert_eq!(charge["Timeout"], 30);
    assert_eq!(charge["PackageType"], "Zip");
    assert!(charge["Architectures"].is_array());
    assert!(charge["CodeSize"].is_u64());
    assert!(charge["LastModified"].is_string());
    assert_eq!(
        charge["LoggingConfig"]["LogGroup"],
        "/aws/lambda/payments-charge"
    );
    let queue = charge["DeadLetterConfig"]["TargetArn"]
        .as_str()
        .expect("an ARN");
    assert!(queue.ends_with(":payments-dlq"), "{queue}");
    let arn = charge["FunctionArn"].as_str().expect("an ARN");
    assert!(arn.ends_with(":function:payments-charge"), "{arn}");
}

#[test]
fn functions_as_a_table_are_for_reading() {
    let output = run(&["functions", "--demo"]);
    assert_eq!(output.code, Some(0));
    let mut lines = output.out.lines();
    assert!(lines.next().expect("a header").starts_with("NAME"));
    assert_eq!(lines.count(), 14);
}

#[test]
fn a_filter_narrows_and_one_that_is_wrong_fails_with_its_place() {
    let output = run(&[
        "functions",
        "--demo",
        "--output",
        "json",
        "--filter",
        "runtime:python memory:>512",
    ]);
    let names: Vec<Value> = output
        .objects()
        .into_iter()
        .map(|mut object| object["FunctionName"].take())
        .collect();
    assert_eq!(names, ["fraud-score"]);
    let wrong = run(&["functions", "--demo", "--filter", "memory:>lots"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.err.contains("--filter: column 9:"), "{}", wrong.err);
    assert_eq!(wrong.out, "");
}

#[test]
fn global_options_stand_before_or_after_the_subcommand() {
    let before = run(&[
        "--demo",
        "--region",
        "us-east-1",
        "functions",
        "--output",
        "json",
    ]);
    let after = run(&[
        "functions",
        "--output",
        "json",
        "--demo",
        "--region",
        "us-east-1",
    ]);
    assert_eq!(before.code, Some(0), "{}", before.err);
    let names = |output: &Told| -> Vec<String> {
        output
            .objects()
            .iter()
            .map(|object| object["FunctionArn"].to_string())
            .collect()
    };
    assert_eq!(names(&before), names(&after));
    assert!(names(&before)[0].contains(":us-east-1:"));
    let read_only = run(&["--read-only", "functions", "--demo"]);
    assert_eq!(read_only.code, Some(0), "reading is not writing");
}

#[test]
fn what_cannot_be_understood_is_a_matter_of_usage() {
    for args in [
        &["functions", "--no-such-option"][..],
        &["no-such-command"],
        &["functions", "--output", "xml"],
        &["--read-only", "--write", "functions", "--demo"],
    ] {
        let output = run(args);
        assert_eq!(output.code, Some(2), "{args:?}: {}", output.err);
        assert_eq!(output.out, "", "{args:?}");
    }
}

#[test]
fn what_fails_says_why_and_what_to_do_and_leaves_stdout_alone() {
    let output = run(&[
        "functions",
        "--region",
        "eu-west-1",
        "--endpoint-url",
        "http://127.0.0.1:9",
    ]);
    assert_eq!(output.code, Some(1));
    assert_eq!(output.out, "");
    let said = &output.err;
    assert!(said.contains("aws configure"), "{said}");
}

#[test]
fn the_console_needs_a_terminal_and_names_the_way_for_scripts() {
    let output = run(&["demo"]);
    assert_eq!(output.code, Some(1));
    assert!(output.err.contains("lambdeck functions"), "{}", output.err);
    assert_eq!(output.out, "", "nothing of the screen");
}

#[test]
fn a_reader_that_has_seen_enough_ends_it_quietly() {
    let home = Home::demo();
    let mut child = start(&mut home.lambdeck(&["functions", "--output", "json"]));
    drop(child.stdout.take());
    let output = told(child.wait_with_output());
    assert_eq!(output.code, Some(0));
    assert_eq!(output.err, "");
}

#[test]
fn one_line_of_many_can_be_taken() {
    let home = Home::demo();
    let mut child = start(&mut home.lambdeck(&["functions", "--output", "json"]));
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("a pipe"))
        .read_line(&mut line)
        .expect("a line");
    let _: Value = serde_json::from_str(&line).expect("an object");
    let output = told(child.wait_with_output());
    assert_eq!((output.code, output.err.as_str()), (Some(0), ""));
}

/// Runs `check-config` on this content of `lambdeck/<file>` in the config directory.
fn check_config(file: &str, content: &str) -> Told {
    let home = Home::new();
    home.write(&format!("config/lambdeck/{file}"), content);
    home.run(&["check-config"])
}

#[test]
fn check_config_is_content_with_good_files_and_with_none() {
    run(&["check-config"]).ends(0);
    for (file, content) in [
        ("config.toml", "read_only = true\n"),
        (
            "keymap.toml",
            "extends = \"default\"\n[list]\n\"ctrl-n\" = \"list.down\"\n",
        ),
    ] {
        let output = check_config(file, content);
        assert_eq!(output.code, Some(0), "{file}: {}", output.err);
    }
}

#[test]
fn check_config_names_file_place_and_mistake() {
    for (file, content, named) in [
        ("config.toml", "read_onyl = true\n", "read_onyl"),
        ("config.toml", "read_only = \n", "config.toml:1"),
        (
            "keymap.toml",
            "extends = \"default\"\n[list]\n\"j\" = \"no.such\"\n",
            "no.such",
        ),
        (
            "themes/dark.toml",
            "name = \"mine\"\ninherits = \"no-such-theme\"\n",
            "no-such-theme",
        ),
    ] {
        let output = check_config(file, content);
        assert_eq!(output.code, Some(1), "{file}: {}", output.err);
        let said = &output.err;
        assert!(
            said.contains(file) && said.contains(named),
            "{file}: {said}"
        );
        assert_eq!(output.out, "");
    }
}

#[test]
fn a_lost_protection_is_read_only_and_says_why() {
    let refused = |home: &Home, why: &str| {
        home.run(&["stop", "orders-consumer", "--yes", "--write"])
            .ends(1)
            .tells("the session is read-only until this is mended")
            .tells(why)
            .tells("this session is read-only");
        home.run(&["check-config"]).ends(1).tells(why);
    };
    for (config, why) in [
        ("[theme]\nread_only = true\n", "inside [theme]"),
        ("[safety]\nprotected = [\"prod*\"]\n", "inside [safety]"),
        ("protected = [\"[*\"]\n", "matches nothing"),
        ("protected = [\"1{12}\"]\n", "matches nothing"),
    ] {
        let home = Home::demo();
        home.configure(config);
        refused(&home, why);
    }
    let home = Home::demo();
    home.configure("");
    let file = home.path().join("config/lambdeck/config.toml");
    std::fs::remove_file(&file).expect("it was there");
    std::os::unix::fs::symlink("/nonexistent/config.toml", &file).expect("a link");
    refused(&home, "link to nowhere");
}

#[test]
fn check_config_reads_the_aws_files_too() {
    let home = Home::new();
    home.write(
        ".aws/config",
        "[default]\nregion = eu-west-1\n\n[profile other]\n region = us-east-1\n[plugins]\nx = 1\n",
    );
    home.run(&["check-config"]).ends(0);
    home.write(
        ".aws/config",
        "[profile prod]\nregion = eu-west-1\nrole_arn arn\u{1b}[31m\n[profile dev]\n\
         region = eu-west-1 # \u{1b}[31m\n[profile dev\u{1b}[31m\n",
    );
    home.run(&["check-config"])
        .ends(1)
        .tells(".aws/config:3 is no setting")
        .tells(".aws/config:5 the value of `region`")
        .tells(".aws/config:6 begins a section")
        .hides("\u{1b}");
    let output = home.run(&["functions", "--profile", "prod"]).ends(1);
    let told = output.err.matches(".aws/config:3 is no setting").count();
    assert_eq!(told, 1, "{}", output.err);
}

#[test]
fn check_config_tells_what_the_profile_in_use_cannot_mean() {
    let home = Home::new();
    home.write(
        ".aws/config",
        "[profile a]\nregion = eu-west-1 ; near\n[profile b]\nregion = eu-west-1\nservices = s\n\
         [services s]\nsqs =\n  endpoint_url = localhost:4566\n\
         [profile c]\nregion = eu-west-1\nrole_arn = arn:aws:iam::300000000001:role/r\n",
    );
    for (profile, place) in [
        ("a", "config:2 \"eu-west-1 ; near\" cannot be"),
        ("b", "config:8 the endpoint localhost:4566 is no URL"),
        ("c", "config:11 profile c: role_arn needs source_profile"),
        ("d", "profile d is neither in"),
    ] {
        let run = |arguments: &[&str]| {
            let arguments = [&["--profile", profile], arguments].concat();
            home.run(&arguments).ends(1)
        };
        run(&["check-config"]).tells(place);
        if profile != "a" {
            run(&["functions"]).tells(place);
        }
    }
    let region = home.run(&["--profile", "a", "functions"]).ends(1);
    region
        .tells("cannot be the name of a region")
        .tells("config:2)");
}

#[test]
fn an_unreadable_aws_config_is_named_with_its_reason() {
    for file in [".aws/config", ".aws/credentials"] {
        let home = Home::new();
        home.write(&format!("{file}/x"), "");
        for arguments in [&["functions"][..], &["check-config"]] {
            let output = home.run(arguments).ends(1);
            let output = output.tells("is a folder, not a file");
            assert!(output.err.contains(file), "{}", output.err);
        }
    }
    let home = Home::new();
    home.write(".aws/config", "[default]\nregion = eu-west-1\n");
    let path = home.path().join(".aws/config");
    let closed = std::os::unix::fs::PermissionsExt::from_mode(0o000);
    std::fs::set_permissions(&path, closed).expect("a mode");
    // Whoever may read everything is not kept out by a mode.
    if std::fs::read(&path).is_err() {
        let output = home.run(&["functions"]).ends(1);
        output.tells(".aws/config cannot be read: permission denied");
    }
}

#[test]
fn two_variables_that_differ_are_told_once() {
    let home = Home::new();
    home.write(
        ".aws/config",
        "[profile prod]\nregion = eu-west-1\n[profile dev]\nregion = eu-west-1\n",
    );
    let run = |older: &str| {
        let mut command = home.lambdeck(&["functions"]);
        command.env("AWS_PROFILE", "prod");
        command.env("AWS_DEFAULT_PROFILE", older);
        kit::home::told(command.output())
    };
    let differs = run("dev").ends(1).tells("profile prod");
    assert_eq!(
        differs
            .err
            .matches("AWS_DEFAULT_PROFILE is dev: prod is used")
            .count(),
        1,
        "{}",
        differs.err
    );
    run("prod").ends(1).hides("AWS_DEFAULT_PROFILE");
}

#[test]
fn a_hostile_name_is_harmless_in_a_table() {
    let output = run(&["functions", "--demo", "--filter", "no\u{1b}[31msuch"]);
    assert!(!output.out.contains('\u{1b}'));
    assert!(!output.err.contains('\u{1b}'), "{}", output.err);
}
