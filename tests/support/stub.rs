//! A scripted HTTP server on loopback: answers what a test wants, cuts, stalls, and counts what
//! was really sent. For everything that no AWS-compatible server gives.

use std::{
    fmt::Write as _,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Barrier,
    task::JoinHandle,
};

use lambdeck::aws::AwsSession;

/// One request as it came over the wire.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Which connection it came on, counted from 0.
    pub connection: usize,
}

impl Request {
    /// A header by its lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find_map(|(key, value)| (key == name).then_some(value.as_str()))
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The operation, where the protocol names it in `X-Amz-Target`.
    pub fn target(&self) -> Option<&str> {
        self.header("x-amz-target")?.rsplit('.').next()
    }
}

/// How far an answer gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Whole,
    /// The connection closes before the first byte.
    CutBefore,
    /// The head and half of the body, then the connection closes.
    CutInside,
    /// The head and half of the body, then nothing for this long, then the rest.
    Stall(Duration),
    /// Nothing ever; the connection stays open.
    Silence,
    /// The body again and again, in chunks, for ever.
    Endless,
}

/// What the stub does with a request.
#[derive(Debug, Clone)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
    together: Option<Arc<Barrier>>,
    fate: Fate,
}

impl Answer {
    /// An answer with a body.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("x-amzn-requestid".into(), "stub-request".into())],
            body: body.into(),
            delay: Duration::ZERO,
            together: None,
            fate: Fate::Whole,
        }
    }

    /// 200 with JSON.
    pub fn json(body: &serde_json::Value) -> Self {
        Self::new(200, body.to_string()).header("content-type", "application/json")
    }

    /// A failure in the JSON protocols: Lambda reads the header, Logs and SQS the body.
    pub fn error(status: u16, code: &str, message: &str) -> Self {
        let body = serde_json::json!({ "__type": code, "message": message });
        Self::new(status, body.to_string())
            .header("content-type", "application/json")
            .header("x-amzn-errortype", code)
    }

    /// A failure in the XML protocol of STS.
    pub fn xml_error(status: u16, code: &str, message: &str) -> Self {
        Self::new(
            status,
            format!(
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
                 <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
                 <RequestId>stub-request</RequestId></ErrorResponse>"
            ),
        )
        .header("content-type", "text/xml")
    }

    /// No answer: the connection is closed once the request is read.
    pub fn cut() -> Self {
        Self {
            fate: Fate::CutBefore,
            ..Self::new(200, "")
        }
    }

    /// No answer and no close.
    pub fn silence() -> Self {
        Self {
            fate: Fate::Silence,
            ..Self::new(200, "")
        }
    }

    /// The body again and again, without an end and without a length.
    #[must_use]
    pub fn endless(self) -> Self {
        Self {
            fate: Fate::Endless,
            ..self
        }
    }

    /// Only half of the body, then the connection closes.
    #[must_use]
    pub fn cut_inside(self) -> Self {
        Self {
            fate: Fate::CutInside,
            ..self
        }
    }

    /// Half of the body, a pause, the other half.
    #[must_use]
    pub fn stalled(self, pause: Duration) -> Self {
        Self {
            fate: Fate::Stall(pause),
            ..self
        }
    }

    /// Waits before it answers.
    #[must_use]
    pub fn delayed(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Waits until this many requests wait, as the barrier counts them.
    #[must_use]
    pub fn together(self, barrier: &Arc<Barrier>) -> Self {
        Self {
            together: Some(Arc::clone(barrier)),
            ..self
        }
    }

    /// Another status.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Adds a header, or replaces one.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(key, _)| key != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

type Handler = dyn Fn(&Request) -> Answer + Send + Sync;

/// The running stub; ends when dropped.
pub struct Stub {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    written: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Stub {
    /// Answers the requests in this order, and every further one with the last answer.
    pub async fn script(answers: impl Into<Vec<Answer>>) -> Self {
        let answers: Vec<Answer> = answers.into();
        let next = Mutex::new(0);
        Self::serve(move |_| {
            let mut next = next.lock().unwrap();
            let answer = answers[(*next).min(answers.len() - 1)].clone();
            *next += 1;
            answer
        })
        .await
    }

    /// Answers each request by a function of it.
    pub async fn serve(handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let written = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&written);
        let handler: Arc<Handler> = Arc::new(handler);
        let task = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(converse(
                    stream,
                    number,
                    Arc::clone(&handler),
                    Arc::clone(&seen),
                    Arc::clone(&count),
                ));
                number += 1;
            }
        });
        Self {
            address,
            requests,
            written,
            task,
        }
    }

    /// Bytes of bodies without an end that somebody took.
    pub fn endless_bytes(&self) -> usize {
        self.written.load(Ordering::Relaxed)
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The address it listens on.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything that came so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How many requests came so far.
    pub fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }

    /// The variables under which every service is asked here.
    pub fn variables(&self) -> Vec<(String, String)> {
        super::environment("AKIASTUB", &self.url())
    }

    /// A session of the product on it.
    pub async fn session(&self) -> AwsSession {
        super::open(self.variables()).await.expect("opens")
    }
}

async fn converse(
    stream: TcpStream,
    connection: usize,
    handler: Arc<Handler>,
    seen: Arc<Mutex<Vec<Request>>>,
    written: Arc<AtomicUsize>,
) {
    let _ = stream.set_nodelay(true);
    let mut stream = BufReader::new(stream);
    while let Some(mut request) = read(&mut stream).await {
        request.connection = connection;
        let answer = handler(&request);
        seen.lock().unwrap().push(request);
        if !answer.delay.is_zero() {
            tokio::time::sleep(answer.delay).await;
        }
        if let Some(barrier) = &answer.together {
            barrier.wait().await;
        }
        if send(stream.get_mut(), &answer, &written).await.is_none() {
            return;
        }
    }
}

/// Writes an answer; `None` ends the connection.
async fn send(stream: &mut TcpStream, answer: &Answer, written: &AtomicUsize) -> Option<()> {
    let length = match answer.fate {
        Fate::Endless => "transfer-encoding: chunked".to_owned(),
        _ => format!("content-length: {}", answer.body.len()),
    };
    let mut head = format!("HTTP/1.1 {} stub\r\n{length}\r\n", answer.status);
    for (name, value) in &answer.headers {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    let half = answer.body.len() / 2;
    match answer.fate {
        Fate::CutBefore => return None,
        Fate::Silence => std::future::pending().await,
        Fate::Endless => {
            stream.write_all(head.as_bytes()).await.ok()?;
            let chunk = answer
                .body
                .repeat((64 << 10) / answer.body.len().max(1) + 1);
            let framed = [format!("{:x}\r\n", chunk.len()).as_bytes(), &chunk, b"\r\n"].concat();
            loop {
                stream.write_all(&framed).await.ok()?;
                written.fetch_add(chunk.len(), Ordering::Relaxed);
            }
        }
        Fate::Whole => {
            let whole = [head.as_bytes(), &answer.body].concat();
            stream.write_all(&whole).await.ok()?;
        }
        Fate::CutInside => {
            let part = [head.as_bytes(), &answer.body[..half]].concat();
            stream.write_all(&part).await.ok()?;
            stream.flush().await.ok()?;
            return None;
        }
        Fate::Stall(pause) => {
            let part = [head.as_bytes(), &answer.body[..half]].concat();
            stream.write_all(&part).await.ok()?;
            stream.flush().await.ok()?;
            tokio::time::sleep(pause).await;
            stream.write_all(&answer.body[half..]).await.ok()?;
        }
    }
    stream.flush().await.ok()
}

/// Reads one request; `None` at the end of the connection.
async fn read(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    if stream.read_line(&mut line).await.ok()? == 0 {
        return None;
    }
    let mut words = line.split_whitespace();
    let mut request = Request {
        method: words.next()?.to_owned(),
        path: words.next()?.to_owned(),
        ..Request::default()
    };
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        request
            .headers
            .push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = request
        .header("content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0);
    request.body = vec![0; length];
    stream.read_exact(&mut request.body).await.ok()?;
    Some(request)
}
