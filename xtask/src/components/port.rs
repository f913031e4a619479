//! Ports of 127.0.0.1: finding free ones, and asking whether something answers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use crate::shell::Outcome;

/// SeaweedFS opens gRPC this far above each of its ports.
pub(crate) const GRPC: u16 = 10_000;

/// How many ports above the preferred one are tried; another checkout may be running its own.
const TRIES: u16 = 200;

/// The preferred port, or the next one that is free.
pub(crate) fn free(preferred: u16) -> Outcome<u16> {
    first(preferred, |port| listens(port).is_some())
}

/// Free ports for SeaweedFS, each with its gRPC port, no two alike.
pub(crate) fn free_with_grpc<const N: usize>(preferred: [u16; N]) -> Outcome<[u16; N]> {
    let mut held = Vec::new();
    let mut found = preferred;
    for port in &mut found {
        *port = first(*port, |candidate| {
            let pair = (listens(candidate), listens(candidate.saturating_add(GRPC)));
            let both = pair.0.is_some() && pair.1.is_some();
            if both {
                held.push(pair);
            }
            both
        })?;
    }
    Ok(found)
}

/// Whether somebody listens.
pub(crate) fn open(port: u16) -> bool {
    TcpStream::connect_timeout(&address(port), Duration::from_secs(1)).is_ok()
}

/// The status that `GET path` answers with, if it answers at all.
pub(crate) fn status(port: u16, path: &str) -> Option<u16> {
    let mut stream = TcpStream::connect_timeout(&address(port), Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n").ok()?;
    let mut head = [0_u8; 12];
    stream.read_exact(&mut head).ok()?;
    std::str::from_utf8(&head).ok()?.strip_prefix("HTTP/1.1 ")?.parse().ok()
}

fn first(preferred: u16, mut suits: impl FnMut(u16) -> bool) -> Outcome<u16> {
    (preferred..preferred.saturating_add(TRIES))
        .find(|port| suits(*port))
        .ok_or_else(|| format!("no port is free from {preferred} on"))
}

fn listens(port: u16) -> Option<TcpListener> {
    TcpListener::bind(address(port)).ok()
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
