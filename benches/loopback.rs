//! A server on loopback, as fast as one can be: a thread for each connection, a latency that is a
//! plain sleep (tokio's timers would round it up by a millisecond, which two hundred pages turn
//! into 3 %).

use std::{
    io::{BufRead, BufReader, Read, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// One request.
pub struct Request<'a> {
    /// Path and query.
    pub path: &'a str,
    /// `X-Amz-Target`.
    pub target: &'a str,
    /// The body.
    pub body: &'a [u8],
}

/// A whole answer: rendered once and shared, or made for this request.
pub enum Answer<'a> {
    /// Bytes that live in the server.
    Kept(&'a [u8]),
    /// Bytes of this one answer.
    Made(Vec<u8>),
}

/// What answers the requests.
pub trait Handler: Send + Sync + 'static {
    /// The answer, head included.
    fn answer(&self, request: &Request<'_>) -> Answer<'_>;
}

/// The running server; lives as long as the process.
pub struct Server<H> {
    address: SocketAddr,
    shared: Arc<Shared<H>>,
}

struct Shared<H> {
    handler: H,
    latency_us: AtomicU64,
    requests: AtomicUsize,
}

impl<H: Handler> Server<H> {
    /// Starts it on a free port.
    pub fn start(handler: H) -> Self {
        let shared = Arc::new(Shared {
            handler,
            latency_us: AtomicU64::new(0),
            requests: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
        let address = listener.local_addr().expect("it is bound");
        let of_server = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&of_server);
                thread::spawn(move || converse(stream, &shared));
            }
        });
        Self { address, shared }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What answers.
    pub fn handler(&self) -> &H {
        &self.shared.handler
    }

    /// Every later request waits that long for its answer.
    pub fn set_latency(&self, latency: Duration) {
        let us = latency.as_micros() as u64;
        self.shared.latency_us.store(us, Ordering::Relaxed);
    }

    /// How many requests came so far.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::Relaxed)
    }
}

/// Answers the requests of one connection until it ends.
fn converse<H: Handler>(stream: TcpStream, shared: &Shared<H>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::with_capacity(32 * 1024, stream);
    let mut line = Vec::new();
    let mut body = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        let request = String::from_utf8_lossy(&line).into_owned();
        let (mut length, mut target) = (0, String::new());
        loop {
            line.clear();
            reader.read_until(b'\n', &mut line).ok()?;
            let text = String::from_utf8_lossy(&line);
            let Some((name, value)) = text.trim_end().split_once(':') else {
                break;
            };
            if name.eq_ignore_ascii_case("content-length") {
                length = value.trim().parse().ok()?;
            } else if name.eq_ignore_ascii_case("x-amz-target") {
                value.trim().clone_into(&mut target);
            }
        }
        body.resize(length, 0);
        reader.read_exact(&mut body).ok()?;
        shared.requests.fetch_add(1, Ordering::Relaxed);
        let latency = shared.latency_us.load(Ordering::Relaxed);
        if latency > 0 {
            thread::sleep(Duration::from_micros(latency));
        }
        let answer = shared.handler.answer(&Request {
            path: request.split(' ').nth(1)?,
            target: &target,
            body: &body,
        });
        let bytes = match &answer {
            Answer::Kept(bytes) => bytes,
            Answer::Made(bytes) => bytes.as_slice(),
        };
        reader.get_mut().write_all(bytes).ok()?;
    }
}

/// Renders an answer.
pub fn answer(status: u16, kind: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status} bench\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\
         x-amzn-requestid: 5f3c2a10-0000-4000-8000-000000000000\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
