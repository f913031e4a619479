//! A server on loopback that answers what it is told to, for what no component does.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

/// What was asked: the request line, the headers in lower case, and the body.
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: String,
    pub(crate) body: String,
}

/// An answer: status, headers and body.
pub(crate) type Answer = (u16, Vec<(&'static str, String)>, String);

/// Starts a server and gives its origin; it ends with the process.
pub(crate) fn serve(answer: impl Fn(&Asked) -> Answer + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            exchange(stream.unwrap(), &answer);
        }
    });
    origin
}

/// An answer in XML.
pub(crate) fn xml(status: u16, body: impl Into<String>) -> Answer {
    (status, vec![("content-type", "application/xml".to_owned())], body.into())
}

fn exchange(stream: TcpStream, answer: &impl Fn(&Asked) -> Answer) {
    let mut reader = BufReader::new(stream);
    let mut asked = Asked { line: String::new(), headers: String::new(), body: String::new() };
    reader.read_line(&mut asked.line).unwrap();
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).unwrap() == 0 || header == "\r\n" {
            break;
        }
        asked.headers.push_str(&header.to_lowercase());
    }
    let length = asked.headers.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).unwrap();
    asked.body = String::from_utf8(body).unwrap();
    let (status, headers, body) = answer(&asked);
    let mut out = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
    for (name, value) in headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    let body = if asked.line.starts_with("HEAD ") { "" } else { &body };
    // Whoever asked may be gone already.
    let _ = reader.get_mut().write_all(format!("{out}\r\n{body}").as_bytes());
}
