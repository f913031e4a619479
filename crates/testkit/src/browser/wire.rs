//! The WebDriver protocol: JSON over HTTP, a connection a command, blocking.
//!
//! Small enough to be spoken without a library, and every command is bounded in time.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// Longer than ChromeDriver itself waits for a page or a script.
const PATIENCE: Duration = Duration::from_secs(90);

/// Why a command was not done.
#[derive(Debug)]
pub(super) struct Refused {
    /// The protocol's name for it, such as `stale element reference`.
    pub(super) error: String,
    /// The first line of what ChromeDriver says.
    pub(super) message: String,
}

impl Refused {
    fn unreachable(why: &dyn std::fmt::Display) -> Self {
        Self { error: "unreachable".into(), message: format!("ChromeDriver did not answer: {why}") }
    }

    /// Whether the page had not come so far, or moved on meanwhile: nothing was done.
    pub(super) fn is_passing(&self) -> bool {
        matches!(
            self.error.as_str(),
            "no such element"
                | "stale element reference"
                | "element not interactable"
                | "element click intercepted"
                | "javascript error"
                | "unknown error"
        )
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.error, self.message)
    }
}

/// Sends a command and gives the `value` of the answer.
pub(super) fn command(driver: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Refused> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let (status, answer) = exchange(driver, method, path, &body).map_err(|why| Refused::unreachable(&why))?;
    let mut answer: Value = serde_json::from_slice(&answer).map_err(|why| Refused::unreachable(&why))?;
    let value = answer.get_mut("value").map(Value::take).unwrap_or_default();
    if status == 200 {
        return Ok(value);
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let message = text("message").lines().next().unwrap_or_default().to_owned();
    Err(Refused { error: text("error").to_owned(), message })
}

fn exchange(driver: SocketAddr, method: &str, path: &str, body: &str) -> std::io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect_timeout(&driver, Duration::from_secs(5))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {driver}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body.as_bytes()].concat())?;
    read(stream)
}

/// Reads as much as the answer says it has: ChromeDriver does not always close.
fn read(mut stream: impl Read) -> std::io::Result<(u16, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 65_536];
    loop {
        if let Some((status, start, length)) = head(&bytes)
            && let Some(body) = bytes.get(start..start + length)
        {
            return Ok((status, body.to_vec()));
        }
        match stream.read(&mut chunk)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => bytes.extend_from_slice(chunk.get(..read).unwrap_or_default()),
        }
    }
}

/// Status, where the body begins, and its length.
fn head(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(bytes.get(..end)?).ok()?.to_ascii_lowercase();
    let status = head.strip_prefix("http/1.1 ")?.get(..3)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())?;
    Some((status, end + 4, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_to_its_length() {
        let answer = b"HTTP/1.1 404 Not Found\r\nContent-Length:5\r\nX: y\r\n\r\nhello and more";
        assert_eq!(read(&answer[..]).unwrap(), (404, b"hello".to_vec()));
        assert!(read(&answer[..50]).is_err());
    }
}
