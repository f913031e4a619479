//! `[egress]`: where Tidegate itself may go.

use std::net::{Ipv4Addr, Ipv6Addr};

use domain::secret::SecretBytes;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::address;
use super::files;
use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// The way out.
#[derive(Debug, Clone, Default)]
pub(crate) struct Egress {
    /// Private and loopback networks that may be reached, also with `http://`.
    pub(crate) allow: Vec<IpNet>,
    /// Certificates of a private authority, in PEM form, trusted beside the system's.
    pub(crate) ca_pem: Option<Vec<u8>>,
    /// The proxy that everything goes through; its URL may hold a password.
    pub(crate) proxy: Option<SecretBytes>,
}

impl Egress {
    pub(super) fn read(mut section: Section, report: &mut Report) -> Self {
        let read = Self {
            allow: section.list("allow", report, reachable),
            ca_pem: section.text("ca_file", report, files::certificates_of).map(|given| given.value),
            proxy: section.text("proxy", report, proxy).map(|given| given.value),
        };
        section.finish(report);
        read
    }

    pub(super) fn show(&self, lines: &mut Lines) {
        lines.list("egress.allow", &self.allow);
        lines.add("egress.ca_file", self.ca_pem.as_ref().map_or("none", |_| "given"));
        let proxy = self.proxy.as_ref().and_then(SecretBytes::expose_str);
        lines.add("egress.proxy", proxy.map_or("none".to_owned(), without_user));
    }
}

/// A network that is never reached would only look as if it were allowed.
fn reachable(text: &str) -> Result<IpNet, Wrong> {
    let network = address::network(text)?;
    let never = [
        Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16).into(),
        Ipv6Net::new_assert(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10).into(),
    ];
    if never.iter().any(|never: &IpNet| never.contains(&network)) {
        let problem = format!("'{text}' is link-local, where clouds keep their metadata, and is never reached");
        return Err(Wrong::new(problem, "leave it out"));
    }
    Ok(network)
}

fn proxy(text: &str) -> Result<SecretBytes, Wrong> {
    address::origin(&without_user(text)).map(|_| SecretBytes::from(text)).map_err(|wrong| {
        Wrong::new(wrong.problem, "write it as http://proxy.example:3128, with user:password@ if needed")
    })
}

fn without_user(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", rest.rsplit_once('@').map_or(rest, |(_, host)| host)),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_reached_cannot_be_allowed() {
        for never in ["169.254.169.254", "169.254.0.0/16", "fe80::/64"] {
            assert!(reachable(never).is_err(), "{never}");
        }
        for fine in ["10.0.0.0/8", "127.0.0.1", "fd00::/8", "0.0.0.0/0"] {
            assert!(reachable(fine).is_ok(), "{fine}");
        }
    }

    #[test]
    fn a_proxy_keeps_its_password_and_does_not_show_it() {
        let egress = Egress { proxy: Some(proxy("http://u:p%40w@proxy:3128").unwrap()), ..Egress::default() };
        let mut lines = Lines::default();
        egress.show(&mut lines);
        assert!(lines.to_string().contains("egress.proxy = http://proxy:3128\n"));
        assert!(!format!("{egress:?}{lines}").contains("p%40w"));
        assert!(proxy("http://u:pw@proxy/path").is_err_and(|wrong| !wrong.problem.contains("pw")));
    }
}
