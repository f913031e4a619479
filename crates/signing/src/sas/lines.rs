//! The lines that are signed, and the parameters that say the same.

use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::ask::{SasAsk, SasError, SasKey};
use crate::encode;

/// The version of the format, `sv`; also what answers a request that uses the signature.
pub const VERSION: &str = "2022-11-02";

/// A tag in Base64.
const SIGNATURE: usize = 44;

/// Everything of a signature but the name inside the container.
pub(super) struct Lines {
    /// Keyed, and fed with everything up to and with the container.
    context: hmac::Context,
    /// The lines after the name, with the line break before them.
    tail: String,
    /// All parameters and `&sig=`, encoded.
    pub(super) query: String,
}

impl Lines {
    /// `resource` is `b`, `c` or `d`, and a directory has a depth.
    pub(super) fn new(ask: &SasAsk<'_>, resource: &str, depth: Option<usize>) -> Result<Self, SasError> {
        ask.check()?;
        let start = ask.start.map(time);
        let expires = time(ask.expires);
        let permissions = ask.permissions.as_str();
        let secret = match &ask.key {
            SasKey::Account(key) => key,
            SasKey::Delegated { key, .. } => key.value,
        };
        let mut context = hmac::Context::with_key(&hmac::Key::new(HMAC_SHA256, secret));
        let (account, container) = (ask.service.account, ask.container);
        let begun = start.as_deref().unwrap_or_default();
        context.update(format!("{permissions}\n{begun}\n{expires}\n/blob/{account}/{container}").as_bytes());

        let mut query = Query::default();
        query.add("sv", Some(VERSION));
        query.add("spr", Some(ask.protocol.as_str()));
        query.add("st", start.as_deref());
        query.add("se", Some(&expires));
        query.add("sr", Some(resource));
        query.add("sdd", depth.map(|depth| depth.to_string()).as_deref());
        query.add("sp", Some(permissions));
        let mut tail = signer_lines(&ask.key, &mut query);
        // No address (`sip`) before the protocol; no snapshot and no encryption scope after the resource.
        tail += &format!("\n\n{}\n{VERSION}\n{resource}\n\n", ask.protocol.as_str());
        for (name, value) in ask.overrides.parameters() {
            query.add(name, value);
            tail += "\n";
            tail += value.unwrap_or_default();
        }
        Ok(Self { context, tail, query: query.0 + "&sig=" })
    }

    /// Appends the encoded signature for what is inside the container: nothing, or `/` and a raw name.
    pub(super) fn sign_into(&self, name: &[&str], out: &mut String) {
        let mut context = self.context.clone();
        for part in name {
            context.update(part.as_bytes());
        }
        context.update(self.tail.as_bytes());
        let mut text = [0; SIGNATURE];
        // The room is exactly that of a tag, and Base64 is text; an empty signature is refused by Azure.
        let length = STANDARD.encode_slice(context.sign().as_ref(), &mut text).unwrap_or_default();
        let text = text.get(..length).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default();
        out.extend(encode::component(text));
    }
}

/// The lines that say who signs, each with the line break before it.
fn signer_lines(key: &SasKey<'_>, query: &mut Query) -> String {
    let SasKey::Delegated { key, correlation_id } = key else {
        // No stored access policy (`si`).
        return "\n".to_owned();
    };
    let mut lines = String::new();
    for (name, value) in [
        ("skoid", key.object_id),
        ("sktid", key.tenant_id),
        ("skt", key.start),
        ("ske", key.expiry),
        ("sks", key.service),
        ("skv", key.version),
    ] {
        query.add(name, Some(value));
        lines += "\n";
        lines += value;
    }
    query.add("scid", *correlation_id);
    // On behalf of nobody else: no `saoid` and no `suoid`.
    lines + "\n\n\n" + correlation_id.unwrap_or_default()
}

/// Parameters, encoded.
#[derive(Default)]
struct Query(String);

impl Query {
    fn add(&mut self, name: &str, value: Option<&str>) {
        let Some(value) = value else { return };
        if !self.0.is_empty() {
            self.0.push('&');
        }
        self.0.push_str(name);
        self.0.push('=');
        self.0.extend(encode::component(value));
    }
}

fn time(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
