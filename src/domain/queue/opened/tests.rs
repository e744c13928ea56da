use super::*;

const OWN: &str = "arn:aws:sqs:eu-west-1:123456789012:orders-dlq";
const URL: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dlq";

fn place(has_custom_endpoint: bool) -> Place {
    Place {
        region: "eu-west-1".into(),
        account: Some("123456789012".into()),
        has_custom_endpoint,
    }
}

fn attributes(arn: Option<&str>) -> QueueAttributes {
    QueueAttributes {
        arn: arn.map(Arn::new),
        ..QueueAttributes::default()
    }
}

fn reported(asked: &str, arn: Option<&str>, custom: bool) -> Result<OpenQueue, Mistaken> {
    let asked = QueueAddress::parse(asked).expect("a queue");
    let url = QueueUrl::new(URL);
    OpenQueue::reported(&asked, &place(custom), url, attributes(arn))
}

#[test]
fn what_the_queue_reports_is_compared_with_what_was_asked_for() {
    for asked in ["orders-dlq", OWN, URL] {
        let queue = reported(asked, Some(OWN), false).expect(asked);
        assert!(queue.is_verified());
        assert_eq!(queue.shown(), "orders-dlq");
    }
    for (asked, answer) in [
        (OWN, "arn:aws:sqs:us-east-1:123456789012:orders-dlq"),
        (OWN, "arn:aws:sqs:eu-west-1:999999999999:orders-dlq"),
        (OWN, "arn:aws:sqs:eu-west-1:123456789012:orders"),
        (OWN, "arn:aws-cn:sqs:eu-west-1:123456789012:orders-dlq"),
        (URL, "arn:aws:sqs:eu-west-1:999999999999:orders-dlq"),
        ("orders-dlq", "arn:aws:sqs:eu-west-1:123456789012:orders"),
        // AWS answers for its own region only.
        (
            "orders-dlq",
            "arn:aws:sqs:us-east-1:123456789012:orders-dlq",
        ),
        (OWN, "not an arn"),
    ] {
        let why = reported(asked, Some(answer), false).expect_err(answer);
        assert!(why.to_string().contains("nothing is done"), "{why}");
    }
}

#[test]
fn servers_that_name_another_region_are_believed_about_a_bare_name() {
    let arn = "arn:aws:sqs:elasticmq:000000000000:orders-dlq";
    let queue = reported("orders-dlq", Some(arn), true).expect("it");
    assert_eq!(queue.shown(), "orders-dlq of account 000000000000");
    reported(OWN, Some(arn), true).expect_err("an ARN is what it says");
}

#[test]
fn a_server_without_arns_is_taken_at_the_arn_it_was_asked_for() {
    assert!(reported(OWN, None, true).expect("it").is_verified());
    let why = reported("orders-dlq", None, true).expect_err("which?");
    assert!(
        why.to_string().contains("give the queue by its ARN"),
        "{why}"
    );
    reported(OWN, None, false).expect_err("AWS always tells");
}

#[test]
fn without_attributes_the_url_decides_and_nothing_is_verified() {
    let unread = |asked: &str, url: &str, custom| {
        let asked = QueueAddress::parse(asked).expect("a queue");
        OpenQueue::unread(&asked, &place(custom), QueueUrl::new(url))
    };
    for asked in ["orders-dlq", OWN, URL] {
        let queue = unread(asked, URL, false).expect(asked);
        assert!(!queue.is_verified());
        assert_eq!(queue.arn().as_str(), OWN);
    }
    for url in [
        "https://sqs.us-east-1.amazonaws.com/123456789012/orders-dlq",
        "https://sqs.eu-west-1.amazonaws.com/999999999999/orders-dlq",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
    ] {
        unread(OWN, url, false).expect_err(url);
    }
    let local = "http://localhost:4566/000000000000/orders-dlq";
    assert!(!unread(OWN, local, true).expect("by its ARN").is_verified());
    unread("orders-dlq", local, true).expect_err("nobody says which");
}
