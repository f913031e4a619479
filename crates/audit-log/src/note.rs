//! C2SP signed notes: a text, a blank line, signature lines.
//!
//! Signatures of keys that are not known are ignored, as the form demands: other parties may sign
//! a checkpoint too. A signature that names the known key must verify.

use crate::base;
use crate::checkpoint::CheckpointError;
use crate::key::{PublicKey, SigningKey};

/// Far above sixteen signatures of any kind; more is refused before it is looked at.
const MAX_NOTE: usize = 256 * 1024;
const DASH: &str = "\u{2014} ";

/// Signs a text that ends in a newline.
pub(crate) fn sign(text: &str, key: &SigningKey) -> String {
    let signature = [key.public_key().id().as_slice(), &key.sign(text)].concat();
    format!("{text}\n{DASH}{} {}\n", key.public_key().name(), base::encode(&signature))
}

/// The text of a note that this key signed.
pub(crate) fn open<'a>(note: &'a str, key: &PublicKey) -> Result<&'a str, CheckpointError> {
    if note.len() > MAX_NOTE {
        return Err(CheckpointError::Malformed("it is too long"));
    }
    if note.chars().any(|letter| letter < ' ' && letter != '\n') {
        return Err(CheckpointError::Malformed("it holds control characters"));
    }
    let blank = note.rfind("\n\n").ok_or(CheckpointError::Malformed("it has no signatures"))?;
    let (text, lines) = note.split_at(blank + 1);
    let lines = lines.get(1..).and_then(|lines| lines.strip_suffix('\n'));
    let lines = lines.ok_or(CheckpointError::Malformed("it does not end in a newline"))?;
    let mut signed = false;
    for line in lines.split('\n') {
        let (name, id, signature) = parse_line(line)?;
        if name == key.name() && id == key.id() {
            if !key.verifies(text, &signature) {
                return Err(CheckpointError::BadSignature);
            }
            signed = true;
        }
    }
    if !signed {
        return Err(CheckpointError::NotSigned { by: key.name().to_owned() });
    }
    Ok(text)
}

fn parse_line(line: &str) -> Result<(&str, [u8; 4], Vec<u8>), CheckpointError> {
    const BAD: CheckpointError = CheckpointError::Malformed("a signature line is damaged");
    let (name, signature) = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or(BAD)?;
    let decoded = base::decode(signature).ok_or(BAD)?;
    let (id, signature) = decoded.split_first_chunk().ok_or(BAD)?;
    if name.is_empty() || signature.is_empty() {
        return Err(BAD);
    }
    Ok((name, *id, signature.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the documentation of the Go implementation of signed notes.
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const TEXT: &str =
        "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    /// The signature of the note that the specification of signed notes shows.
    const OTHER: &str = "\u{2014} quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";

    fn opened(note: &str) -> Result<&str, CheckpointError> {
        open(note, &PublicKey::parse(KEY).unwrap())
    }

    #[test]
    fn a_published_note_verifies() {
        assert_eq!(opened(&format!("{TEXT}\n{LINE}")).unwrap(), TEXT);
    }

    #[test]
    fn signatures_of_others_are_ignored_but_do_not_suffice() {
        assert_eq!(opened(&format!("{TEXT}\n{OTHER}{LINE}")).unwrap(), TEXT);
        let error = opened(&format!("{TEXT}\n{OTHER}")).unwrap_err();
        assert!(matches!(error, CheckpointError::NotSigned { .. }), "{error}");
    }

    #[test]
    fn a_changed_text_or_signature_is_refused() {
        let text = opened(&format!("{}\n{LINE}", TEXT.replace("answer", "anwser"))).unwrap_err();
        assert!(matches!(text, CheckpointError::BadSignature), "{text}");
        let line = opened(&format!("{TEXT}\n{}", LINE.replace("ZJku", "ZJkv"))).unwrap_err();
        assert!(matches!(line, CheckpointError::BadSignature), "{line}");
    }

    #[test]
    fn a_bad_signature_of_the_known_key_is_refused_even_beside_a_good_one() {
        let error = opened(&format!("{TEXT}\n{LINE}{}", LINE.replace("ZJku", "ZJkv"))).unwrap_err();
        assert!(matches!(error, CheckpointError::BadSignature), "{error}");
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for bad in [
            String::new(),
            TEXT.to_owned(),
            format!("{TEXT}{LINE}"),
            format!("{TEXT}\n{}", LINE.trim_end()),
            format!("{TEXT}\n{}", LINE.replace('\u{2014}', "-")),
            format!("{TEXT}\n{LINE}\n"),
            format!("{TEXT}\n{}", LINE.replace('\n', "\r\n")),
            format!("{TEXT}\n{LINE}{}", "x".repeat(MAX_NOTE)),
        ] {
            assert!(matches!(opened(&bad), Err(CheckpointError::Malformed(_))), "{bad:.200}");
        }
    }
}
