//! Lambda on loopback: pages rendered once.
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
}

impl Account {
    /// An account of that many functions.
    pub fn of(functions: usize) -> Self {
        let names: Vec<String> = (0..functions).map(name).collect();
        let pages: Vec<&[String]> = names.chunks(PAGE).collect();
        let page = |number: usize, names: &[String]| {
            let next = (number + 1 < pages.len()).then_some(number + 1);
            answer(200, "application/json", &page(names, next))
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
        }
    }

    /// The account changes: its first function is called [`FRESH`] from now on, or as before.
    pub fn set_changed(&self, changed: bool) {
        self.has_changed.store(changed, Ordering::Relaxed);
    }
}

impl Handler for Account {
    fn answer(&self, request: &Request<'_>) -> Answer<'_> {
        match page_of(request.path, self) {
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

/// Everything but the list: who we are, a state, silent logs, and «not found» for the rest.
fn other(path: &str, target: &str, body: &[u8]) -> Vec<u8> {
    if path.ends_with("/configuration") {
        return answer(
            200,
            "application/json",
            r#"{"State":"Active","LastUpdateStatus":"Successful"}"#,
        );
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

fn page(names: &[String], next: Option<usize>) -> String {
    let functions: Vec<String> = names.iter().map(|name| function(name)).collect();
    let mut page = format!("{{\"Functions\":[{}]", functions.join(","));
    if let Some(next) = next {
        let _ = write!(page, ",\"NextMarker\":\"{next}\"");
    }
    page.push('}');
    page
}

/// One function with everything that Lambda says about it, padded by its environment.
fn function(name: &str) -> String {
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
             \"KMSKeyArn\":null,\"TracingConfig\":{{\"Mode\":\"PassThrough\"}},\
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
