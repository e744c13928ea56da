//! The named functions of the demo account: each shows something that real accounts have.
//!
//! Data only. What their code does is in [`work`](super::work).

use super::{
    function::{Function, Provisioned},
    place::{DAY_MS, HOUR_MS, MINUTE_MS, Place},
    recipe::{MB, mapping, plain},
    work::Work,
};
use crate::{
    domain::function::{AsyncConfig, Environment, EventSourceMapping, Layer},
    ports::Operation,
};

/// How many functions have a story; more are made up by [`generated`](super::generated).
pub(super) const NAMED: usize = 14;

/// The log group that `inventory-sync` and `prices-import` share.
pub(super) const SHARED_GROUP: &str = "/platform/backoffice";

/// The named functions, in the order in which the account lists them.
pub(super) fn functions(place: &Place) -> Vec<Function> {
    vec![
        payments_charge(place),
        thumbnailer(place),
        orders_consumer(place),
        report_nightly(place),
        checkout_api(place),
        inventory_sync(place),
        prices_import(place),
        audit_trail(place),
        legacy_mailer(place),
        fraud_score(place),
        chat_webhook(place),
        search_indexer(place),
        promo_campaign(place),
        orders_approval(place),
    ]
}

fn payments_charge(place: &Place) -> Function {
    let mut function = plain(place, "payments-charge", Work::Charge)
        .runs("python3.12", 512, 30, "app.handler")
        .described("Charges cards for orders", 4 * MB + 104_000)
        .changed(place, 3 * DAY_MS)
        .called(4_000, 3, 140)
        .environment(&[
            ("API_KEY", "sk_live_demo_51Hx9Q2eZvKYlo2C"),
            (
                "DATABASE_URL",
                "postgres://charge:correct-horse@db.internal:5432/payments",
            ),
            ("LOG_LEVEL", "info"),
            ("GATEWAY_TIMEOUT", "25"),
        ])
        .published(
            place,
            &[
                (40, "retry the gateway once", 24 * DAY_MS),
                (41, "log the last four digits", 12 * DAY_MS),
                (42, "currency per order", 3 * DAY_MS),
            ],
        )
        .live(42, &[])
        .tagged(&[
            ("aws:cloudformation:stack-name", "payments-prod"),
            ("aws:cloudformation:logical-id", "ChargeFunction"),
            ("team", "payments"),
        ]);
    function.aliases = vec![Function::alias("previous", 41, &[], "roll back to this")];
    function.latest.summary.dead_letter = Some(place.arn("sqs", "payments-dlq"));
    function.latest.tracing = Some("Active".into());
    function.async_config = Some(AsyncConfig {
        maximum_retries: Some(0),
        maximum_age_s: Some(3600),
        on_success: None,
        on_failure: None,
    });
    function.qualified_async = function
        .async_config
        .iter()
        .map(|config| ("live".to_owned(), config.clone()))
        .collect();
    function.latest.layers = vec![Layer {
        arn: place.arn("lambda", "layer:tracing:11"),
        code_size: 810_234,
    }];
    function
}

fn thumbnailer(place: &Place) -> Function {
    let mut function = plain(place, "thumbnailer", Work::Thumbnail)
        .runs("python3.9", 128, 60, "thumbs.handler")
        .described("Three sizes of every product picture", 12 * MB)
        .changed(place, 2 * 365 * DAY_MS + 92 * DAY_MS)
        .called(9_000, 2, 400)
        .environment(&[("BUCKET", "shop-images"), ("SIZES", "128,512,1024")])
        .tagged(&[("STAGE", "prod"), ("serverless:service", "images")]);
    function.latest.layers = vec![
        Layer {
            arn: place.arn("lambda", "layer:pillow:7"),
            code_size: 31 * MB,
        },
        Layer {
            arn: place.arn("lambda", "layer:libjpeg-turbo:2"),
            code_size: 2 * MB,
        },
    ];
    function.latest.ephemeral_mb = Some(2048);
    function
}

fn orders_consumer(place: &Place) -> Function {
    let mut function = plain(place, "orders-consumer", Work::Orders)
        .runs("provided.al2023", 256, 15, "bootstrap")
        .described("Stores orders from the queues", 6 * MB)
        .on_arm()
        .changed(place, 2 * HOUR_MS)
        .called(6_000, 2, 300)
        .environment(&[("TABLE", "orders"), ("RUST_LOG", "info")])
        .published(
            place,
            &[(17, "", 30 * DAY_MS), (18, "batch failures", 2 * HOUR_MS)],
        )
        .live(17, &[(18, 0.1)])
        .tagged(&[
            ("aws:cloudformation:stack-name", "orders-prod"),
            ("lambda:createdBy", "SAM"),
        ]);
    function.deployed_often = true;
    function.latest.summary.dead_letter = Some(place.arn("sqs", "orders-dlq"));
    function.reserved = Some(50);
    let name = "orders-consumer";
    function.mappings = vec![
        EventSourceMapping {
            state: "Disabled".into(),
            last_result: Some("No records processed".into()),
            maximum_concurrency: Some(20),
            partial_batch_responses: true,
            ..mapping(place, name, "sqs", "orders")
        },
        EventSourceMapping {
            batch_window_s: Some(5),
            partial_batch_responses: true,
            filters: vec![r#"{"body":{"priority":["high"]}}"#.into()],
            ..mapping(place, name, "sqs", "orders-priority")
        },
    ];
    function
}

fn report_nightly(place: &Place) -> Function {
    let mut function = plain(place, "report-nightly", Work::Report)
        .runs("nodejs22.x", 1024, 3, "report.handler")
        .described("Revenue reports; too slow for its time-out", MB + MB / 5)
        .changed(place, 41 * DAY_MS)
        .called(25_000, 1, 60)
        .environment(&[
            ("NODE_OPTIONS", "--enable-source-maps"),
            ("REPORTS_BUCKET", "shop-reports"),
        ])
        .tagged(&[("owner", "finance")]);
    function.async_config = Some(AsyncConfig {
        maximum_retries: Some(1),
        maximum_age_s: None,
        on_success: None,
        on_failure: Some(place.arn("sns", "report-failures")),
    });
    function
}

fn checkout_api(place: &Place) -> Function {
    let mut function = plain(place, "checkout-api", Work::Checkout)
        .runs(
            "java21",
            1024,
            20,
            "com.shop.checkout.CheckoutHandler::handleRequest",
        )
        .described("Prices carts and starts orders", 38 * MB)
        .changed(place, 26 * HOUR_MS)
        // Short-lived environments side by side: many cold starts.
        .called(3_000, 6, 6)
        .environment(&[
            (
                "JAVA_TOOL_OPTIONS",
                "-XX:+TieredCompilation -XX:TieredStopAtLevel=1",
            ),
            ("SESSION_SECRET", "demo-9f4c1d7ab2"),
        ])
        .published(
            place,
            &[
                (7, "spring release", 60 * DAY_MS),
                (8, "new cart rules", 26 * HOUR_MS),
            ],
        )
        .live(7, &[(8, 0.1)])
        .tagged(&[
            ("ManagedBy", "Terraform"),
            ("terraform", "true"),
            ("team", "shop"),
        ])
        .in_vpc()
        .url("AWS_IAM", "BUFFERED", Some("live"));
    function.latest.tracing = Some("Active".into());
    function.provisioned = vec![Provisioned::ready("live", 5)];
    function
}

fn inventory_sync(place: &Place) -> Function {
    let name = "inventory-sync";
    let mut function = plain(place, name, Work::Inventory)
        .runs("dotnet8", 512, 60, "Inventory::Inventory.Sync::Handle")
        .described("Tells the warehouse about stock", 9 * MB)
        .changed(place, 130 * DAY_MS)
        .called(11_000, 2, 200)
        .shares_log_group()
        .environment(&[("WAREHOUSE", "3"), ("WAREHOUSE_TOKEN", "demo-token-7711")])
        .tagged(&[
            ("aws:cdk:path", "Backoffice/InventorySync"),
            ("aws:cloudformation:stack-name", "Backoffice"),
        ])
        .in_vpc();
    function.mappings = vec![EventSourceMapping {
        batch_size: Some(100),
        on_failure: Some(place.arn("sqs", "inventory-stream-failures")),
        last_result: Some("PROBLEM: Function call failed".into()),
        ..mapping(
            place,
            name,
            "dynamodb",
            "table/stock/stream/2026-03-02T08:11:45.120",
        )
    }];
    function
}

fn prices_import(place: &Place) -> Function {
    let mut function = plain(place, "prices-import", Work::Prices)
        .described("Container image that imports price lists", 0)
        .on_arm()
        .changed(place, 6 * DAY_MS)
        .called(45_000, 1, 30)
        .shares_log_group()
        .environment(&[("DECIMAL", "."), ("IMPORT_BUCKET", "shop-imports")])
        .tagged(&[
            ("aws:cdk:path", "Backoffice/PricesImport"),
            ("aws:cloudformation:stack-name", "Backoffice"),
        ])
        .in_vpc();
    let latest = &mut function.latest;
    latest.summary.runtime = None;
    latest.summary.package = "Image".into();
    latest.summary.memory_mb = 2048;
    latest.summary.timeout_s = 120;
    latest.handler = None;
    latest.image_command = vec!["prices.handler".into()];
    latest.ephemeral_mb = Some(4096);
    latest.file_systems = vec![(
        place
            .arn("elasticfilesystem", "access-point/fsap-0c1d2e")
            .as_str()
            .to_owned(),
        "/mnt/prices".into(),
    )];
    latest.state.last_update = Some("Failed".into());
    latest.state.last_update_reason_code = Some("ImageAccessDenied".into());
    latest.state.last_update_reason = Some(
        "Lambda does not have permission to access the ECR image. Check the ECR permissions."
            .into(),
    );
    function
}

fn audit_trail(place: &Place) -> Function {
    let name = "audit-trail";
    let mut function = plain(place, name, Work::Audit)
        .runs("nodejs22.x", 192, 10, "audit.handler")
        .described("Writes down who did what", MB)
        .changed(place, 9 * DAY_MS)
        .called(5_000, 2, 250)
        .writes_json_at("INFO", "INFO")
        .environment(&[("TABLE", "audit"), ("LOG_LEVEL", "info")])
        .tagged(&[("ManagedBy", "Terraform"), ("team", "security")]);
    function.async_config = Some(AsyncConfig {
        maximum_retries: Some(2),
        maximum_age_s: Some(21_600),
        on_success: Some(place.arn("events", "event-bus/audit")),
        on_failure: Some(place.arn("sqs", "audit-failures")),
    });
    function.mappings = vec![mapping(place, name, "sqs", "ledger.fifo")];
    function
}

fn legacy_mailer(place: &Place) -> Function {
    let mut function = plain(place, "legacy-mailer", Work::Mail)
        .runs("ruby3.4", 128, 30, "mailer.handler")
        .described("Mails; nobody remembers who wrote it", MB / 2)
        .changed(place, 400 * DAY_MS)
        .called(14_000, 1, 500);
    function.latest.summary.dead_letter = Some(place.arn("sqs", "notifications-dlq"));
    let key = place.arn("kms", "key/1f6a54ae-7c3e-4f21-9e38-d1b1a2b6a001");
    function.latest.kms_key = Some(key.as_str().to_owned());
    function.latest.environment = Environment::Unreadable {
        code: "AccessDeniedException".into(),
        message: format!(
            "Lambda was unable to decrypt your environment variables because the KMS access was denied. \
             Please check your KMS permissions. KMS Exception: AccessDeniedException KMS Message: User: \
             arn:aws:sts::{}:assumed-role/demo/operator is not authorized to perform: kms:Decrypt on \
             resource: {key}",
            place.account
        ),
    };
    function
}

fn fraud_score(place: &Place) -> Function {
    let mut function = plain(place, "fraud-score", Work::Fraud)
        .runs("python3.13", 1024, 10, "score.handler")
        .described("Scores orders; its tags and URLs may not be read", 22 * MB)
        .on_arm()
        .changed(place, 15 * DAY_MS)
        .called(8_000, 2, 300)
        .environment(&[
            ("MODEL", "s3://shop-models/fraud-2026-10.onnx"),
            ("SIGNING_KEY", "demo-0badc0de"),
        ])
        .published(place, &[(3, "model of October", 15 * DAY_MS)])
        .live(3, &[]);
    function.latest.layers = vec![Layer {
        arn: place.arn("lambda", "layer:onnxruntime:4"),
        code_size: 48 * MB,
    }];
    function.latest.snap_start = Some("PublishedVersions".into());
    let live = AsyncConfig {
        maximum_retries: Some(2),
        maximum_age_s: Some(3600),
        on_success: None,
        on_failure: Some(place.arn("sqs", "fraud-failures")),
    };
    function.qualified_async = vec![("live".into(), live)];
    function.denied = vec![Operation::ListTags, Operation::ListFunctionUrlConfigs];
    function
}

fn chat_webhook(place: &Place) -> Function {
    plain(place, "chat-webhook", Work::Chat)
        .runs("nodejs22.x", 128, 5, "index.handler")
        .described("Chat messages of visitors, logged as they come", 300_000)
        .changed(place, 50 * MINUTE_MS)
        .called(7_000, 2, 200)
        .environment(&[
            ("WEBHOOK_TOKEN", "demo-hook-4410"),
            ("GREETING", "こんにちは 👋"),
        ])
        .tagged(&[("STAGE", "prod"), ("serverless:service", "chat")])
        .url("NONE", "RESPONSE_STREAM", None)
}

fn search_indexer(place: &Place) -> Function {
    let name = "search-indexer";
    let mut function = plain(place, name, Work::Index)
        .runs("provided.al2023", 512, 30, "bootstrap")
        .described(
            "Feeds the search; its system log level hides reports",
            7 * MB,
        )
        .on_arm()
        .changed(place, 75 * DAY_MS)
        .called(10_000, 1, 400)
        .writes_json_at("INFO", "WARN")
        .tagged(&[("team", "search")]);
    function.mappings = vec![EventSourceMapping {
        batch_size: Some(500),
        batch_window_s: Some(10),
        ..mapping(place, name, "kinesis", "stream/catalog-changes")
    }];
    function
}

fn promo_campaign(place: &Place) -> Function {
    let mut function = plain(place, "promo-campaign", Work::Promo)
        .runs("nodejs20.x", 256, 30, "promo.handler")
        .described("Switched off: reserved concurrency 0", 800_000)
        .changed(place, 300 * DAY_MS)
        .environment(&[("CAMPAIGN", "black-friday")])
        .tagged(&[("owner", "marketing")]);
    function.reserved = Some(0);
    function.latest.state.state = Some("Inactive".into());
    function.latest.state.state_reason_code = Some("Idle".into());
    function.latest.state.state_reason = Some("The function was idle for too long.".into());
    function
}

fn orders_approval(place: &Place) -> Function {
    let mut function = plain(place, "orders-approval", Work::Approval)
        .runs("nodejs24.x", 256, 30, "approval.handler")
        .described("Durable: waits days for a manager", 2 * MB)
        .changed(place, 5 * DAY_MS)
        .called(90_000, 1, 40)
        .published(
            place,
            &[(1, "", 18 * DAY_MS), (2, "escalation", 5 * DAY_MS)],
        )
        .live(2, &[])
        .tagged(&[
            ("aws:cloudformation:stack-name", "orders-prod"),
            ("lambda:createdBy", "SAM"),
        ]);
    function.latest.summary.durable = true;
    function.latest.durable_timeout_s = Some(7 * 86_400);
    function
}
