//! A small server that does what it is told, a resolver with prepared answers, and a dialer that leads
//! every address to that server and notes which address was meant.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tidegate_net::{Dial, EgressConfig, Outgoing, Resolve, Transport};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// A listener whose every connection is handled by one function; ends when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    pub(crate) async fn start<F, R>(handle: F) -> Self
    where
        F: Fn(TcpStream) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                open.spawn(handle(stream));
            }
        });
        Self { address, _tasks: tasks }
    }

    /// Answers every request with these bytes and keeps the connection; the heads received are noted.
    pub(crate) async fn answering(answer: impl AsRef<[u8]>) -> (Self, Arc<Mutex<Vec<String>>>) {
        let heads = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&heads);
        let answer = Bytes::copy_from_slice(answer.as_ref());
        let server = Self::start(move |mut stream| {
            let (answer, noted) = (answer.clone(), Arc::clone(&noted));
            async move {
                while let Some(head) = head(&mut stream).await {
                    noted.lock().unwrap().push(head);
                    if stream.write_all(&answer).await.is_err() {
                        return;
                    }
                }
            }
        })
        .await;
        (server, heads)
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The head of the next request, its body (if it names a length) read and dropped.
pub(crate) async fn head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    Some(head)
}

/// Gives one prepared answer after the other, the last one for ever; counts.
pub(crate) struct Names {
    answers: Mutex<VecDeque<Vec<IpAddr>>>,
    pub(crate) asked: Mutex<usize>,
}

impl Names {
    pub(crate) fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self { answers: Mutex::new(answers.iter().map(parse).collect()), asked: Mutex::new(0) })
    }
}

#[async_trait]
impl Resolve for Names {
    async fn resolve(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        *self.asked.lock().unwrap() += 1;
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        answer.ok_or_else(|| io::Error::other("no such name"))
    }
}

/// Leads every connection to one server on loopback.
pub(crate) struct Sockets {
    to: SocketAddr,
    pub(crate) meant: Mutex<Vec<SocketAddr>>,
}

impl Sockets {
    pub(crate) fn to(to: SocketAddr) -> Arc<Self> {
        Arc::new(Self { to, meant: Mutex::new(Vec::new()) })
    }

    pub(crate) fn meant(&self) -> Vec<String> {
        self.meant.lock().unwrap().iter().map(ToString::to_string).collect()
    }
}

#[async_trait]
impl Dial for Sockets {
    async fn dial(&self, address: SocketAddr) -> io::Result<TcpStream> {
        self.meant.lock().unwrap().push(address);
        TcpStream::connect(self.to).await
    }
}

/// A transport of the machine that may reach loopback.
pub(crate) fn loopback() -> Transport {
    Transport::new(allowing(&["127.0.0.0/8"])).unwrap()
}

pub(crate) fn allowing(ranges: &[&str]) -> EgressConfig {
    EgressConfig { allow: ranges.iter().map(|range| range.parse().unwrap()).collect(), ..EgressConfig::default() }
}

pub(crate) fn get(origin: &str, path: &str) -> Outgoing {
    Outgoing {
        operation: "test:Get",
        method: http::Method::GET,
        origin: origin.to_owned(),
        host: None,
        path_and_query: path.to_owned(),
        headers: Vec::new(),
        body: Bytes::new(),
        timeout: Duration::from_secs(10),
        max_body: 1024 * 1024,
    }
}

pub(crate) fn answer(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}
