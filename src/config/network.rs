//! `[network]`: who may come in, and whose word about addresses counts.

use ipnet::IpNet;

use super::address;
use super::mistake::Report;
use super::section::Section;
use super::show::Lines;

/// The networks of those who call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Network {
    /// Proxies whose `X-Forwarded-*` headers are believed, and that end TLS.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// Networks that may call at all; empty for everybody.
    pub(crate) allow: Vec<IpNet>,
}

impl Network {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Self {
        let read = Self {
            trusted_proxies: section.list("trusted_proxies", report, address::network),
            allow: section.list("allow", report, address::network),
        };
        section.finish(report);
        read
    }

    pub(super) fn show(&self, lines: &mut Lines) {
        lines.list("network.trusted_proxies", &self.trusted_proxies);
        lines.list("network.allow", &self.allow);
    }
}
