//! `[issuer]`: the tokens by which clouds know a project and an integration without a secret.

use std::time::Duration;

use domain::ttl;
use http::Uri;

use super::mistake::{Report, Wrong};
use super::section::Section;
use super::show::Lines;

/// Without a word about it, where the server itself publishes the keys: every 90 days.
const USUAL: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// A new key is published a day before it signs.
const LEAST: Duration = Duration::from_secs(2 * 24 * 60 * 60);
const MOST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Tidegate as an issuer of tokens.
#[derive(Debug, Clone, Default)]
pub(crate) struct Issuer {
    /// What clouds are told to trust; no tokens are issued without it.
    pub(crate) url: Option<String>,
    /// How often a new key takes the place of the old one; only on demand, if it is not set.
    pub(crate) rotate_every: Option<Duration>,
}

impl Issuer {
    pub(super) fn read(mut section: Section, public_url: Option<&str>, report: &mut Report) -> Self {
        let own = section.text("url", report, issuer);
        let every = section.text("rotate_every", report, every);
        section.finish(report);
        // Copies that somebody keeps elsewhere by hand must not grow old behind his back.
        let usual = own.is_none().then_some(USUAL);
        let of_server = || public_url.filter(|url| issuer(url).is_ok()).map(str::to_owned);
        Self {
            url: own.map(|given| given.value).or_else(of_server),
            rotate_every: every.map_or(usual, |given| given.value),
        }
    }

    pub(super) fn show(&self, lines: &mut Lines) {
        let Some(url) = &self.url else { return lines.add("issuer", "off: there is no https:// public_url") };
        let every =
            self.rotate_every.map_or_else(|| "on demand".to_owned(), |every| format!("every {}", ttl::show(every)));
        lines.add("issuer", format!("{url}, a new key {every}"));
    }
}

/// Clouds fetch an issuer's documents over TLS; plain HTTP is for trying it out on one machine.
fn issuer(text: &str) -> Result<String, Wrong> {
    let mend = "write it as https://tidegate.example.com, or https://host/path where its documents are kept elsewhere";
    let uri: Uri = text.parse().map_err(|_| Wrong::new("is not a URL", mend))?;
    let host = uri.host().unwrap_or_default();
    let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match uri.scheme_str() {
        Some("https") if !host.is_empty() => {}
        Some("http") if is_here => {}
        _ => return Err(Wrong::new("does not begin with https:// and a host", mend)),
    }
    if uri.query().is_some() || text.contains(['?', '#', '@']) {
        return Err(Wrong::new("has a user name, query or fragment", mend));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn every(text: &str) -> Result<Option<Duration>, Wrong> {
    if text == "off" {
        return Ok(None);
    }
    let mend = "write how often as 90d, from 2d to 366d, or \"off\"";
    match ttl::parse(text) {
        Ok(every) if (LEAST..=MOST).contains(&every) => Ok(Some(every)),
        Ok(_) => Err(Wrong::new(format!("'{text}' is too often or too seldom"), mend)),
        Err(_) => Err(Wrong::new(format!("'{text}' is not a length of time"), mend)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_reached_over_tls_or_on_this_machine() {
        assert_eq!(issuer("https://t.example.com/").unwrap(), "https://t.example.com");
        assert_eq!(issuer("https://bucket.example.com/oidc").unwrap(), "https://bucket.example.com/oidc");
        assert_eq!(issuer("http://127.0.0.1:7373").unwrap(), "http://127.0.0.1:7373");
        for bad in ["http://t.example.com", "t.example.com", "https://", "https://a?b", "https://u@a", "ftp://a"] {
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }
}
