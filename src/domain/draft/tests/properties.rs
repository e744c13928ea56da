//! What holds of every draft and every text.

use super::*;

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
        let lost = Ended::Lost(three_ways(&plan, &theirs));
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
