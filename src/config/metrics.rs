//! `[metrics]`: who may read the figures.

use std::net::SocketAddr;

use domain::secret::SecretBytes;

use super::address;
use super::files;
use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// How `/metrics` is reached.
#[derive(Debug, Clone, Default)]
pub(crate) enum Metrics {
    /// Not at all.
    #[default]
    Off,
    /// On an address of its own, without a token.
    Listen(SocketAddr),
    /// On the server's address, with this bearer token.
    Token(SecretBytes),
}

impl Metrics {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Self {
        let listen = section.text("listen", report, address::socket);
        let token = section.text("token_file", report, files::secret_of);
        if section.was_given("listen") && section.was_given("token_file") {
            let mend = "choose an address of its own, or a token on the server's address";
            report.add(section.place(), "metrics", Wrong::new("listen and token_file are both given", mend));
        }
        section.finish(report);
        match (listen, token) {
            (Some(listen), _) => Self::Listen(listen.value),
            (None, Some(token)) => Self::Token(token.value),
            (None, None) => Self::Off,
        }
    }

    pub(super) fn show(&self, lines: &mut Lines) {
        match self {
            Self::Off => lines.add("metrics", "off"),
            Self::Listen(address) => lines.add("metrics", format!("on {address}")),
            Self::Token(_) => lines.add("metrics", "on the server's address, with a token"),
        }
    }
}
