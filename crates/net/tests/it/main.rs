//! The transport against servers on loopback, with names and sockets of the tests' own.
#![cfg(test)]

mod ambient;
mod egress;
mod exchange;
mod kit;
mod proxy;
mod tls;
