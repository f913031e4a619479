//! Shared access signatures: reading the fields of one, and making those that the kit itself needs.

use std::net::IpAddr;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};

use crate::component::AzureAccount;
use crate::front::Form;

/// The newest version that Azurite understands.
const VERSION: &str = "2025-11-05";

/// Every field that may belong to a signature; whatever else a query holds is the request's own.
pub(super) const FIELDS: [&str; 29] = [
    "sv", "ss", "srt", "sr", "sp", "st", "se", "sip", "spr", "si", "sig", "sdd", "ses", "skoid", "sktid", "skt", "ske",
    "sks", "skv", "saoid", "suoid", "scid", "skdutid", "sduoid", "rscc", "rscd", "rsce", "rscl", "rsct",
];

/// What a signature says.
pub(super) struct Sas<'a>(pub(super) &'a Form);

impl Sas<'_> {
    /// A field, or nothing.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.get(name).unwrap_or_default()
    }

    pub(super) fn is_there(&self) -> bool {
        self.0.get("sig").is_some()
    }

    /// Made with a user delegation key, not with the key of the account.
    pub(super) fn is_delegated(&self) -> bool {
        self.0.get("skoid").is_some()
    }

    /// A field that is a moment.
    pub(super) fn moment(&self, name: &str) -> Option<Timestamp> {
        self.get(name).parse().ok()
    }

    /// Whether the address is one that the signature is for: one, or a range of two.
    pub(super) fn is_for_address(&self, address: IpAddr) -> bool {
        let Some(range) = self.0.get("sip") else { return true };
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        match (first.parse::<IpAddr>(), last.parse::<IpAddr>()) {
            (Ok(first), Ok(last)) => (first..=last).contains(&address),
            _ => false,
        }
    }
}

/// HMAC-SHA256 with a key in base64, in base64.
pub(super) fn sign(key: &str, text: &str) -> String {
    let key = STANDARD.decode(key).unwrap_or_default();
    STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), text.as_bytes()))
}

/// A signature for everything in an account, for an hour.
pub(super) fn of_account(account: AzureAccount, now: Timestamp) -> String {
    let end = end(now);
    let name = account.name;
    let text = format!("{name}\nrwdlac\nb\nsco\n\n{end}\n\n\n{VERSION}\n\n");
    let signature = sign(account.key, &text);
    let fields = [("sv", VERSION), ("ss", "b"), ("srt", "sco"), ("sp", "rwdlac"), ("se", &end), ("sig", &signature)];
    Form::of(&fields).encode()
}

/// A signature for a container with the rights, times and answer headers of another one.
pub(super) fn of_container(account: AzureAccount, container: &str, like: &Sas<'_>) -> String {
    // What only directories know is left out.
    let rights: String = like.get("sp").chars().filter(|right| "racwdxltfi".contains(*right)).collect();
    let answer = ["rscc", "rscd", "rsce", "rscl", "rsct"];
    let resource = format!("/blob/{}/{container}", account.name);
    let mut lines =
        vec![&rights, like.get("st"), like.get("se"), &resource, "", "", like.get("spr"), VERSION, "c", "", ""];
    lines.extend(answer.map(|name| like.get(name)));
    let signature = sign(account.key, &lines.join("\n"));
    let mut fields = vec![("sv", VERSION), ("sr", "c"), ("sp", rights.as_str()), ("sig", &signature)];
    let kept = ["st", "se", "spr"].into_iter().chain(answer);
    fields.extend(kept.map(|name| (name, like.get(name))).filter(|(_, value)| !value.is_empty()));
    Form::of(&fields).encode()
}

fn end(now: Timestamp) -> String {
    let end = now.checked_add(SignedDuration::from_hours(1)).unwrap_or(now);
    end.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_or_within_two() {
        let address = |text: &str| text.parse().unwrap();
        let fits = |range: &str, given: &str| Sas(&Form::of(&[("sip", range)])).is_for_address(address(given));
        assert!(fits("127.0.0.1", "127.0.0.1") && fits("127.0.0.1-127.0.0.9", "127.0.0.5"));
        assert!(
            !fits("127.0.0.2", "127.0.0.1") && !fits("127.0.0.2-127.0.0.9", "127.0.0.1") && !fits("x", "127.0.0.1")
        );
        assert!(Sas(&Form::of(&[])).is_for_address(address("127.0.0.1")));
    }
}
