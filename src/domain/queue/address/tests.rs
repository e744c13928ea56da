use super::*;

fn here() -> Place {
    Place {
        region: "eu-west-1".into(),
        account: Some("123456789012".into()),
        has_custom_endpoint: false,
    }
}

fn at_home() -> Place {
    Place {
        has_custom_endpoint: true,
        ..here()
    }
}

fn parsed(text: &str) -> QueueAddress {
    QueueAddress::parse(text).expect(text)
}

#[test]
fn names_urls_and_arns_are_told_apart() {
    let name = |text: &str| QueueAddress::parse(text).map(|queue| queue.name().to_owned());
    assert_eq!(name("orders-dlq"), Ok("orders-dlq".into()));
    assert_eq!(name(" orders.fifo "), Ok("orders.fifo".into()));
    let url = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dlq/";
    assert_eq!(name(url), Ok("orders-dlq".into()));
    let arn = "arn:aws:sqs:eu-west-1:123456789012:orders-dlq";
    assert_eq!(name(arn), Ok("orders-dlq".into()));
}

#[test]
fn what_names_no_queue_is_refused_with_a_word_on_why() {
    for text in [
        "",
        "a b",
        "orders.dlq",
        "https://x",
        "https://x/",
        "ftp://sqs.eu-west-1.amazonaws.com/123456789012/q",
        "https://sqs.eu-west-1.amazonaws.com/q",
        "https://sqs.eu-west-1.amazonaws.com/1/q",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/q?x=1",
        "https://s3.eu-west-1.amazonaws.com/123456789012/q",
        // A region of another partition than the domain's.
        "https://sqs.cn-north-1.amazonaws.com/123456789012/q",
        "https://sqs.eu-west-1.amazonaws.com.cn/123456789012/q",
        "arn:aws:lambda:eu-west-1:1:function:f",
        "arn:aws:sqs:eu-west-1:1:",
        "arn:aws:sqs:eu-west-1:1:q:r",
        "arn:aws:sqs::1:q",
    ] {
        let refused = QueueAddress::parse(text).expect_err(text).to_string();
        assert!(refused.contains("names no queue"), "{refused}");
    }
    assert!(QueueAddress::parse(&"q".repeat(81)).is_err());
    let long = format!("arn:aws:sqs:eu-west-1:1:{}", "q".repeat(70_000));
    let refused = QueueAddress::parse(&long).expect_err("long").to_string();
    assert!(refused.len() < 400, "{refused}");
    assert!(QueueAddress::of(&Arn::new(long)).is_err());
}

#[test]
fn hosts_of_all_kinds_tell_region_and_partition() {
    for (host, partition, region) in [
        ("sqs.us-east-1.amazonaws.com", "aws", "us-east-1"),
        ("SQS.us-east-1.amazonaws.com.", "aws", "us-east-1"),
        ("us-west-2.queue.amazonaws.com", "aws", "us-west-2"),
        ("queue.amazonaws.com", "aws", "us-east-1"),
        ("sqs-fips.us-east-2.amazonaws.com", "aws", "us-east-2"),
        ("sqs.eu-central-1.api.aws", "aws", "eu-central-1"),
        ("sqs-fips.ca-central-1.api.aws", "aws", "ca-central-1"),
        (
            "vpce-0a1b2c-x9y8.sqs.ap-south-1.vpce.amazonaws.com",
            "aws",
            "ap-south-1",
        ),
        (
            "vpce-0a1b2c-x9y8-us-east-1a.sqs.us-east-1.vpce.amazonaws.com",
            "aws",
            "us-east-1",
        ),
        (
            "sqs.us-gov-west-1.amazonaws.com",
            "aws-us-gov",
            "us-gov-west-1",
        ),
        ("sqs.cn-north-1.amazonaws.com.cn", "aws-cn", "cn-north-1"),
        ("cn-north-1.queue.amazonaws.com.cn", "aws-cn", "cn-north-1"),
        (
            "sqs.cn-northwest-1.api.amazonwebservices.com.cn",
            "aws-cn",
            "cn-northwest-1",
        ),
        ("sqs.us-iso-east-1.c2s.ic.gov", "aws-iso", "us-iso-east-1"),
        (
            "sqs.eusc-de-east-1.amazonaws.eu",
            "aws-eusc",
            "eusc-de-east-1",
        ),
    ] {
        let queue = parsed(&format!("https://{host}/123456789012/orders-dlq"));
        let there = queue.there();
        assert_eq!(
            (
                there.partition.as_deref(),
                there.region.as_deref(),
                there.account.as_deref()
            ),
            (Some(partition), Some(region), Some("123456789012")),
            "{host}"
        );
        let why = queue.check(&here()).expect_err(host);
        assert!(why.contains(region), "{why}");
        // A custom endpoint may be a VPC endpoint: AWS's own hosts still say where they are.
        queue.check(&at_home()).expect_err(host);
    }
}

#[test]
fn another_account_is_no_reason_to_refuse() {
    for text in [
        "arn:aws:sqs:eu-west-1:999999999999:orders-dlq",
        "https://sqs.eu-west-1.amazonaws.com/999999999999/orders-dlq",
    ] {
        let queue = parsed(text);
        assert_eq!(queue.check(&here()), Ok(()));
        assert_eq!(queue.account(), Some("999999999999"));
    }
}

#[test]
fn a_host_of_nobody_says_nothing() {
    let url = "http://localhost:4566/999999999999/orders-dlq";
    let queue = parsed(url);
    assert_eq!(*queue.there(), Location::default());
    assert_eq!(queue.check(&at_home()), Ok(()));
    let why = queue.check(&here()).expect_err("on AWS it is none of SQS");
    assert!(why.contains("give the queue by its ARN"), "{why}");
    // Given by the server itself it is as good as any.
    let listed = QueueAddress::listed(QueueUrl::new(url));
    assert_eq!(
        (listed.name(), listed.check(&here())),
        ("orders-dlq", Ok(()))
    );
}

#[test]
fn a_url_that_was_found_before_is_held_to_the_arn() {
    let arn = Arn::new("arn:aws:sqs:eu-west-1:123456789012:orders-dlq");
    let address = || QueueAddress::of(&arn).expect("a queue");
    for fits in [
        "https://sqs.eu-west-1.amazonaws.com/123456789012/orders-dlq",
        "http://localhost:4566/000000000000/orders-dlq",
    ] {
        let url = QueueUrl::new(fits);
        let at = address().at(&url).expect(fits);
        assert_eq!((at.arn(), at.url()), (Some(&arn), Some(&url)));
    }
    for other in [
        "https://sqs.us-east-1.amazonaws.com/123456789012/orders-dlq",
        "https://sqs.eu-west-1.amazonaws.com/999999999999/orders-dlq",
        "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
    ] {
        address().at(&QueueUrl::new(other)).expect_err(other);
    }
}
