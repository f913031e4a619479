//! Last act: the record of all this, verified with files alone, and altered to see that it shows.

use audit_log::{PublicKey, Verified, VerifyError, verify_export};
use bytes::Bytes;

use super::{Tour, wrong};
use crate::cli::Failure;
use crate::cli::client::{Ask, NDJSON, TEXT};
use crate::demo::say::{Say, grouped};

/// The three files that `audit verify` takes.
struct Files {
    export: Bytes,
    checkpoint: String,
    key: PublicKey,
}

impl Files {
    fn verify(&self, export: &[u8]) -> Result<Verified, VerifyError> {
        verify_export(export, Some(&self.checkpoint), &self.key)
    }
}

pub(super) async fn run(tour: &Tour<'_>, say: &mut Say) {
    say.act("The record");
    let Some(files) = say.step("export log, checkpoint and key", files(tour).await) else { return };
    let verified = files.verify(&files.export).map_err(|error| wrong("it does not verify").because(error.to_string()));
    let held = verified.and_then(|verified| match (verified.size, verified.anchored) {
        (0, _) | (_, false) => Err(wrong("the checkpoint covers nothing")),
        (size, true) => {
            let later = match verified.extra {
                0 => String::new(),
                more => format!("; {more} came after the signature, the next one covers them"),
            };
            Ok(((), format!("{size} records are as they were signed{later}")))
        }
    });
    if say.step("verify it, without the server", held).is_none() {
        return;
    }
    say.step("alter one byte of a copy", found(&files, &one_byte_altered(&files.export)));
    say.step("leave one record out of a copy", found(&files, &first_left_out(&files.export)));
}

async fn files(tour: &Tour<'_>) -> Result<(Files, String), Failure> {
    let get = async |segments: &[&str], accept| {
        let path = tour.remote.in_project(segments)?;
        tour.remote.send(Ask::get(&path).accepting(accept)).await?.bytes().await
    };
    let text = |bytes: Bytes| String::from_utf8(bytes.into()).map_err(|_| wrong("the answer is not text"));
    // In this order: an export may be longer than its checkpoint, never shorter.
    let checkpoint = text(get(&["audit", "checkpoint"], TEXT).await?)?;
    let export = get(&["audit"], NDJSON).await?;
    let key = text(get(&["audit", "key"], TEXT).await?)?;
    let parsed = PublicKey::parse(&key).map_err(|error| wrong("the key is not one").because(error.to_string()))?;
    for (name, content) in
        [("audit.ndjson", &export[..]), ("audit.checkpoint", checkpoint.as_bytes()), ("audit.key", key.as_bytes())]
    {
        std::fs::write(tour.folder.join(name), content)?;
    }
    let lines = export.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
    let shown = format!("{} records, {} bytes, in audit.ndjson", grouped(lines), grouped(export.len()));
    Ok((Files { export, checkpoint, key: parsed }, shown))
}

fn found(files: &Files, copy: &[u8]) -> Result<((), String), Failure> {
    match files.verify(copy) {
        Err(error) => Ok(((), format!("found: {error}"))),
        Ok(_) => Err(wrong("the altered copy verifies")),
    }
}

/// Changes a digit in the middle, where it stays well-formed: nothing but the hashes can tell.
fn one_byte_altered(export: &[u8]) -> Vec<u8> {
    let mut copy = export.to_vec();
    let middle = copy.len() / 2;
    if let Some(byte) = copy.iter_mut().skip(middle).find(|byte| byte.is_ascii_digit()) {
        *byte = if *byte == b'7' { b'8' } else { b'7' };
    }
    copy
}

fn first_left_out(export: &[u8]) -> Vec<u8> {
    export.split_inclusive(|byte| *byte == b'\n').skip(1).flatten().copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_byte_is_altered_and_exactly_one_record_left_out() {
        let export = b"{\"seq\":0}\n{\"seq\":7}\n";
        let altered = one_byte_altered(export);
        assert_eq!(altered, b"{\"seq\":0}\n{\"seq\":8}\n");
        assert_eq!(first_left_out(export), b"{\"seq\":7}\n");
    }
}
