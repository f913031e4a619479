//! The only way out of the process.
//!
//! Everything Tidegate asks of anybody else goes through a [`Transport`]; nothing else opens an outgoing
//! connection. What always holds:
//!
//! - **The egress guard decides first.** A name is resolved once, every address it has is judged, and the
//!   connection goes to exactly the addresses that were judged. One address that is not permitted refuses
//!   the name. The rules stand in `address.rs` (what an address is) and `guard.rs` (what is permitted).
//!   They are applied whenever a connection is opened; a connection kept open (30 s idle at most) is
//!   connected to an address that passed. Connections are never shared between transports.
//! - **Bytes go out as given.** Paths with `..`, `%2E` or `//` are not touched; redirects are answers and are
//!   never followed; bodies are not decompressed. HTTP/1.1 only.
//! - **Everything ends.** Connecting takes 5 s at most, resolving included; an exchange takes its own time
//!   limit at most, the last byte of the body included; a body has a limit.
//! - **Errors are for people and hold no secret**: they name hosts, never paths, queries or headers.
//!
//! With an outbound proxy (`egress.proxy`), connections are tunnelled by name with `CONNECT`. Names are
//! still resolved and judged here where they can be; a name that only the proxy can resolve is left to the
//! proxy's own rules, and so is what the proxy resolves a name to. Loopback is never asked of a proxy, as it
//! would be the proxy's own.
//!
//! [`Ambient`] finds the identity that a cloud gives to the machine. It is the only code that reaches a
//! metadata address.

mod address;
mod ambient;
mod config;
mod connector;
mod exchange;
mod failure;
mod guard;
mod network;
mod origin;
mod proxy;
mod tls;
mod transport;

pub use ambient::{Ambient, AmbientCredentials, AmbientSource};
pub use config::EgressConfig;
pub use exchange::{Incoming, IncomingStream, Outgoing};
pub use network::{Dial, Resolve, SystemDialer, SystemResolver};
pub use transport::Transport;
