//! What a datasource may be: rules that need nothing but its own words.

use domain::FieldError;
use domain::datasource::{Datasource, Encryption, Purpose};
use domain::proof::ProofMode;

/// The longest reason for not proving.
const LONGEST_REASON: usize = 1000;
/// The longest name of a region or a key.
const LONGEST_REGION: usize = 63;
const LONGEST_KEY: usize = 2048;

/// How a datasource is to be proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofChoice {
    /// The mode.
    pub mode: ProofMode,
    /// Why, where it is not proven.
    pub reason: Option<String>,
}

/// The mode of a proof that nobody chose: everything that the purpose needs, and no write to an input.
pub(super) fn usual_mode(purpose: Purpose) -> ProofMode {
    match purpose {
        Purpose::Input => ProofMode::ReadOnly,
        Purpose::Output | Purpose::InputOutput => ProofMode::Full,
    }
}

/// Everything wrong with a datasource as it is wanted.
pub(super) fn wrong(wanted: &Datasource) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut say = |pointer: &str, message: Option<String>| {
        wrong.extend(message.map(|message| FieldError::new(pointer, message)));
    };
    say("/region", wanted.region.as_deref().and_then(wrong_region));
    say("/sse/kms_key_arn", wanted.sse.as_ref().and_then(Encryption::kms_key_arn).and_then(wrong_key));
    say("/cors_origin", wanted.cors_origin.as_deref().and_then(wrong_origin));
    say("/proof/mode", wrong_mode(wanted.proof_mode, wanted.purpose));
    say("/proof/reason", wrong_reason(wanted.proof_mode, wanted.reason.as_deref()));
    if wanted.output_datasource.is_some() && wanted.purpose.writes() {
        let message = "only an input names another datasource for what is made from it".to_owned();
        say("/output_datasource", Some(message));
    }
    wrong
}

/// What is wrong with proving a purpose in this mode.
pub(super) fn wrong_mode(mode: ProofMode, purpose: Purpose) -> Option<String> {
    let only_creates = mode == ProofMode::WriteOnly && purpose != Purpose::Output;
    only_creates.then(|| {
        let usual = usual_mode(purpose).as_str();
        format!("write-only is for outputs, which are not read; for '{}' choose {usual}", purpose.as_str())
    })
}

fn wrong_reason(mode: ProofMode, reason: Option<&str>) -> Option<String> {
    match reason {
        Some(reason) if reason.trim().is_empty() => Some("the reason cannot be blank".to_owned()),
        Some(reason) if reason.len() > LONGEST_REASON => Some(format!("at most {LONGEST_REASON} bytes are allowed")),
        None if mode == ProofMode::Off => Some("say why it is not proven".to_owned()),
        Some(_) | None => None,
    }
}

/// A region goes into host names, so it holds nothing that ends or splits one.
pub(crate) fn wrong_region(text: &str) -> Option<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    let good = first && text.len() <= LONGEST_REGION && text.bytes().all(plain);
    (!good).then(|| "a region is a word of letters, digits and '-', for example eu-central-1".to_owned())
}

/// The key goes into a header of every write.
fn wrong_key(text: &str) -> Option<String> {
    let plain = !text.is_empty() && text.len() <= LONGEST_KEY && text.bytes().all(|byte| byte.is_ascii_graphic());
    // Stores other than AWS name keys by a word; a colon in anything but an ARN makes a URL of it.
    let good = plain && (text.starts_with("arn:") || !text.contains(':'));
    (!good).then(|| "name the key by its ARN, without white space".to_owned())
}

/// An origin as browsers send it: `scheme://host[:port]` and nothing more.
pub(crate) fn wrong_origin(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or_default();
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !rest.ends_with(']') => (host, Some(port)),
        Some(_) | None => (rest, None),
    };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let numeric = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let host = match numeric {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !host.is_empty() && host.len() <= 253 && host.bytes().all(plain),
    };
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let port = port.is_none_or(|port| digits(port) && port.parse::<u16>().is_ok_and(|port| port > 0));
    (!(host && port)).then(|| {
        "give the origin of the web page as browsers send it, for example https://label.example.com, without a path"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_scheme_host_and_port_alone() {
        for good in
            ["https://a.example", "http://localhost:3000", "https://xn--bcher-kva.example:8443", "http://[::1]:80"]
        {
            assert_eq!(wrong_origin(good), None, "{good}");
        }
        for bad in [
            "",
            "a.example",
            "https://",
            "https://a.example/",
            "https://a/x",
            "https://A.example",
            "https://a:0",
            "https://a:99999",
            "https://a:",
            "https://u@a",
            "https://a?b",
            "*",
            "null",
            "ftp://a",
            "https://[::1",
            "https://a b",
            "https://a:+80",
        ] {
            assert!(wrong_origin(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_region_cannot_leave_its_place_in_a_host_name() {
        assert_eq!(wrong_region("eu-central-1"), None);
        for bad in ["", "-x", "evil.example/", "a.b", "a b", "é", &"r".repeat(64)] {
            assert!(wrong_region(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_an_arn_or_a_word_and_never_a_url() {
        for good in ["arn:aws:kms:eu-central-1:111122223333:key/k", "alias/my-key", "k"] {
            assert_eq!(wrong_key(good), None, "{good}");
        }
        for bad in
            ["", "a b", "javascript:alert(1)", "data:text/html,x", "https://k.example/", "k\u{202e}", &"k".repeat(2049)]
        {
            assert!(wrong_key(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn only_outputs_are_proven_by_creating_alone() {
        let may = |purpose| wrong_mode(ProofMode::WriteOnly, purpose).is_none();
        assert_eq!([may(Purpose::Input), may(Purpose::Output), may(Purpose::InputOutput)], [false, true, false]);
        assert_eq!(wrong_mode(ProofMode::Full, Purpose::Input), None);
    }

    #[test]
    fn switching_the_proof_off_wants_a_reason() {
        assert!(wrong_reason(ProofMode::Off, None).is_some());
        assert!(wrong_reason(ProofMode::Off, Some(" ")).is_some());
        assert!(wrong_reason(ProofMode::Off, Some("the bucket comes on Monday")).is_none());
        assert!(wrong_reason(ProofMode::Full, None).is_none());
    }
}
