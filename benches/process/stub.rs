//! Lambda on loopback, and SQS with a dead-letter queue for each function: pages rendered once.
//!
//! The scripted stub of the tests records and scripts every request; this one only answers.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicBool, Ordering},
};

use super::loopback::{Answer, Handler, Request, Server, answer};

/// What `ListFunctions` returns at most (Lambda API).
const PAGE: usize = 50;
/// Bytes of one function in a page, as a real account has them.
const FUNCTION: usize = 1_570;
/// What `ListQueues` returns at most (SQS API).
const QUEUES: usize = 1_000;
/// Where the queues are.
const ACCOUNT: &str = "eu-west-1:000000000000";

/// The first name of the list once the account has changed; it sorts before every other.
pub const FRESH: &str = "00-fresh";

/// An account on loopback.
pub type Stub = Server<Account>;

/// What the threads of the server share.
pub struct Account {
    /// Whole answers, head included.
    pages: Vec<Vec<u8>>,
    /// The first page after the account has changed.
    fresh: Vec<u8>,
    has_changed: AtomicBool,
    /// Pages of `ListQueues`; none where functions have no queues.
    queues: Vec<Vec<u8>>,
}

impl Account {
    /// An account of that many functions.
    pub fn of(functions: usize) -> Self {
        Self::new(functions, false)
    }

    /// The same, and each function has a dead-letter queue of its own.
    pub fn with_queues(functions: usize) -> Self {
        Self::new(functions, true)
    }

    fn new(functions: usize, has_queues: bool) -> Self {
        let names: Vec<String> = (0..functions).map(name).collect();
        let pages: Vec<&[String]> = names.chunks(PAGE).collect();
        let page = |number: usize, names: &[String]| {
            let next = (number + 1 < pages.len()).then_some(number + 1);
            answer(200, "application/json", &page(names, next, has_queues))
        };
        let mut changed = pages[0].to_vec();
        changed[0] = FRESH.to_owned();
        Self {
            fresh: page(0, &changed),
            pages: (0..)
                .zip(&pages)
                .map(|(at, names)| page(at, names))
                .collect(),
            has_changed: AtomicBool::new(false),
            queues: if has_queues {
                queue_pages(&names)
            } else {
                Vec::new()
            },
        }
    }

    /// A page of the queues, if a body asks for one.
    fn queues(&self, body: &[u8]) -> Option<&[u8]> {
        let body = String::from_utf8_lossy(body);
        let page = after(&body, "\"NextToken\":\"").map_or(Some(0), |token| token.parse().ok())?;
        self.queues.get(page).map(Vec::as_slice)
    }

    /// The account changes: its first function is called [`FRESH`] from now on, or as before.
    pub fn set_changed(&self, changed: bool) {
        self.has_changed.store(changed, Ordering::Relaxed);
    }
}

impl Handler for Account {
    fn answer(&self, request: &Request<'_>) -> Answer<'_> {
        let page = if request.target == "AmazonSQS.ListQueues" {
            self.queues(request.body)
        } else {
            page_of(request.path, self)
        };
        match page {
            Some(page) => Answer::Kept(page),
            None => Answer::Made(other(request.path, request.target, request.body)),
        }
    }
}

/// The page of `ListFunctions` that this path asks for, if it asks for one.
fn page_of<'a>(path: &str, account: &'a Account) -> Option<&'a [u8]> {
    let query = path.strip_prefix("/2015-03-31/functions")?;
    let query = query.strip_prefix('/').unwrap_or(query);
    if !(query.is_empty() || query.starts_with('?')) {
        return None;
    }
    let marker = query
        .split(['?', '&'])
        .find_map(|pair| pair.strip_prefix("Marker="));
    match marker {
        None if account.has_changed.load(Ordering::Relaxed) => Some(&account.fresh),
        None => account.pages.first().map(Vec::as_slice),
        Some(number) => account
            .pages
            .get(number.parse::<usize>().ok()?)
            .map(Vec::as_slice),
    }
}

/// What stands after a mark, up to the next quotation mark.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.split_once(mark)?.1.split('"').next()
}

fn queue_pages(names: &[String]) -> Vec<Vec<u8>> {
    let count = names.len().div_ceil(QUEUES);
    let pages = names.chunks(QUEUES).zip(1..).map(|(names, next)| {
        let urls: Vec<String> = names
            .iter()
            .map(|name| format!("\"http://sqs/000000000000/{name}-dlq\""))
            .collect();
        let token = if next < count {
            format!(",\"NextToken\":\"{next}\"")
        } else {
            String::new()
        };
        let body = format!("{{\"QueueUrls\":[{}]{token}}}", urls.join(","));
        answer(200, "application/x-amz-json-1.0", &body)
    });
    pages.collect()
}

/// Everything but the lists: who we are, a state, silent logs, and «not found» for the rest.
fn other(path: &str, target: &str, body: &[u8]) -> Vec<u8> {
    if path.ends_with("/configuration") {
        return answer(
            200,
            "application/json",
            r#"{"State":"Active","LastUpdateStatus":"Successful"}"#,
        );
    }
    if target == "AmazonSQS.GetQueueAttributes" {
        let body = String::from_utf8_lossy(body);
        let url = after(&body, "\"QueueUrl\":\"").unwrap_or_default();
        let queue = url.rsplit('/').next().unwrap_or_default();
        let attributes = format!(
            "{{\"Attributes\":{{\"QueueArn\":\"arn:aws:sqs:{ACCOUNT}:{queue}\",\
             \"ApproximateNumberOfMessages\":\"0\",\
             \"ApproximateNumberOfMessagesNotVisible\":\"0\",\
             \"ApproximateNumberOfMessagesDelayed\":\"0\",\"VisibilityTimeout\":\"30\",\
             \"MessageRetentionPeriod\":\"1209600\",\"DelaySeconds\":\"0\",\
             \"MaximumMessageSize\":\"1048576\",\"SqsManagedSseEnabled\":\"true\"}}}}"
        );
        return answer(200, "application/x-amz-json-1.0", &attributes);
    }
    if path.starts_with("/2015-03-31/event-source-mappings") {
        return answer(200, "application/json", r#"{"EventSourceMappings":[]}"#);
    }
    if target.ends_with(".FilterLogEvents") {
        return answer(
            200,
            "application/x-amz-json-1.1",
            r#"{"events":[],"searchedLogStreams":[]}"#,
        );
    }
    if body.starts_with(b"Action=GetCallerIdentity") {
        return answer(
            200,
            "text/xml",
            "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
             <GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:user/bench</Arn>\
             <UserId>AIDABENCH</UserId><Account>000000000000</Account></GetCallerIdentityResult>\
             <ResponseMetadata><RequestId>bench</RequestId></ResponseMetadata>\
             </GetCallerIdentityResponse>",
        );
    }
    answer(
        404,
        "application/json",
        r#"{"__type":"ResourceNotFoundException","message":"the bench has none"}"#,
    )
}

fn page(names: &[String], next: Option<usize>, has_queues: bool) -> String {
    let functions: Vec<String> = names
        .iter()
        .map(|name| function(name, has_queues))
        .collect();
    let mut page = format!("{{\"Functions\":[{}]", functions.join(","));
    if let Some(next) = next {
        let _ = write!(page, ",\"NextMarker\":\"{next}\"");
    }
    page.push('}');
    page
}

/// One function with everything that Lambda says about it, padded by its environment.
fn function(name: &str, has_queue: bool) -> String {
    let queue = if has_queue {
        format!("\"DeadLetterConfig\":{{\"TargetArn\":\"arn:aws:sqs:{ACCOUNT}:{name}-dlq\"}},")
    } else {
        String::new()
    };
    let render = |padding: &str| {
        format!(
            "{{\"FunctionName\":\"{name}\",\
             \"FunctionArn\":\"arn:aws:lambda:eu-west-1:000000000000:function:{name}\",\
             \"Runtime\":\"python3.13\",\"Role\":\"arn:aws:iam::000000000000:role/service-{name}\",\
             \"Handler\":\"app.handler.main\",\"CodeSize\":1482113,\
             \"Description\":\"keeps the books of the warehouse in order\",\"Timeout\":30,\
             \"MemorySize\":512,\"LastModified\":\"2026-10-02T08:14:07.000+0000\",\
             \"CodeSha256\":\"vFyWSOjVHVrz7QqhVPxkBqMwFkrVY3NxN0wqP1c9S2E=\",\
             \"Version\":\"$LATEST\",\"VpcConfig\":{{\"SubnetIds\":[],\"SecurityGroupIds\":[],\
             \"VpcId\":\"\",\"Ipv6AllowedForDualStack\":false}},\
             \"Environment\":{{\"Variables\":{{\"STAGE\":\"prod\",\"TABLE\":\"{padding}\"}}}},\
             {queue}\"KMSKeyArn\":null,\"TracingConfig\":{{\"Mode\":\"PassThrough\"}},\
             \"MasterArn\":null,\"RevisionId\":\"7d4c2a10-3c1e-4a1b-9b0e-5f3c2a100000\",\
             \"Layers\":[{{\"Arn\":\"arn:aws:lambda:eu-west-1:000000000000:layer:common:12\",\
             \"CodeSize\":912331}}],\"PackageType\":\"Zip\",\"Architectures\":[\"arm64\"],\
             \"EphemeralStorage\":{{\"Size\":512}},\"SnapStart\":{{\"ApplyOn\":\"None\",\
             \"OptimizationStatus\":\"Off\"}},\"LoggingConfig\":{{\"LogFormat\":\"Text\",\
             \"LogGroup\":\"/aws/lambda/{name}\"}}}}"
        )
    };
    let bare = render("").len();
    render(&"x".repeat(FUNCTION.saturating_sub(bare)))
}

/// Names as a large account has them, 45 bytes or so; the number makes them unique.
fn name(number: usize) -> String {
    const DOMAINS: [&str; 7] = [
        "orders",
        "payments",
        "inventory",
        "shipping",
        "catalog",
        "customers",
        "billing",
    ];
    const VERBS: [&str; 5] = ["create", "reconcile", "import", "notify", "validate"];
    format!(
        "prod-{}-{number:05}-{}-stream-processor",
        DOMAINS[number % DOMAINS.len()],
        VERBS[number / 7 % VERBS.len()],
    )
}
