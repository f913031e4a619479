//! A double: signatures for a directory (`sr=d`), which Azurite does not know and an account must be
//! hierarchical for. Signature, times and place are verified here.

use jiff::Timestamp;

use super::call::{Ask, AzureCall};
use super::sas::{Sas, sign};

/// Whether the signature is by this key, good now, and for where the request goes.
pub(super) fn verify(sas: &Sas<'_>, ask: &Ask, key: &str, now: Timestamp) -> Result<(), &'static str> {
    let container = ask.container.as_deref().ok_or("A directory is in a container.")?;
    let depth: usize = sas.get("sdd").parse().map_err(|_| "Signed Directory Depth is invalid.")?;
    let path = match ask.call {
        // Without a slash after the directory it would list what lies beside it, too.
        AzureCall::BlobList => ask.prefix.rsplit_once('/').map_or("", |(folder, _)| folder),
        _ => ask.blob.as_deref().unwrap_or_default(),
    };
    let directory: Vec<_> = path.split('/').take(depth).collect();
    if depth == 0 || directory.len() != depth || directory.contains(&"") {
        return Err("The request is not for the directory of the signature.");
    }
    let resource = format!("/blob/{}/{container}/{}", ask.account, directory.join("/"));
    let text = string_to_sign(sas, &resource).ok_or("The signed version is not supported.")?;
    if sign(key, &text) != sas.get("sig") {
        return Err("Signature did not match.");
    }
    let begins = sas.get("st").is_empty() || sas.moment("st").is_some_and(|start| start <= now);
    if begins && sas.moment("se").is_some_and(|end| now < end) {
        return Ok(());
    }
    Err("Signature not valid in the specified time frame.")
}

/// The documented order of fields; the depth is not among them.
fn string_to_sign(sas: &Sas<'_>, resource: &str) -> Option<String> {
    let version = sas.get("sv");
    if version < "2020-12-06" {
        return None;
    }
    let mut lines: Vec<&str> = vec![sas.get("sp"), sas.get("st"), sas.get("se"), resource];
    let of_key = ["skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid", "scid"];
    lines.extend(of_key.map(|name| sas.get(name)));
    if version >= "2025-07-05" {
        lines.extend(["skdutid", "sduoid"].map(|name| sas.get(name)));
    }
    lines.extend([sas.get("sip"), sas.get("spr"), version, "d", ""]);
    lines.extend(["ses", "rscc", "rscd", "rsce", "rscl", "rsct"].map(|name| sas.get(name)));
    Some(lines.join("\n"))
}
