use proptest::prelude::*;

use super::*;
use crate::export::private_hash;
use crate::key::SigningKey;

const ORIGIN: &str = "tidegate.example/acme";

fn key() -> SigningKey {
    SigningKey::from_seed(ORIGIN, &[7; 32]).unwrap()
}

/// A record of which every second has personal data.
fn entry(seq: u64, action: &str) -> (String, Option<String>) {
    let private = (seq % 2 == 1).then(|| format!(r#"{{"salt":"{seq:032x}","ip":"192.0.2.{seq}"}}"#));
    let hash = private.as_deref().map_or("null".to_owned(), |text| format!("\"{}\"", private_hash(text)));
    let record = format!(
        r#"{{"log":"{ORIGIN}","seq":{seq},"time":"2026-01-01T00:00:00Z","action":"{action}","private_hash":{hash}}}"#
    );
    (record, private)
}

fn line(record: &str, private: Option<&str>) -> String {
    let mut out = String::new();
    ExportLine { record, private }.write(&mut out);
    out
}

fn lines(count: u64) -> Vec<String> {
    (0..count)
        .map(|seq| {
            let (record, private) = entry(seq, "credential.issue");
            line(&record, private.as_deref())
        })
        .collect()
}

fn checkpoint(lines: &[String]) -> String {
    let mut frontier = Frontier::new();
    for line in lines {
        frontier.append(leaf_hash(ExportLine::parse(line.trim_end()).unwrap().0.record.as_bytes()));
    }
    Checkpoint { origin: ORIGIN.to_owned(), size: frontier.size(), root: frontier.root() }.sign(&key()).unwrap()
}

fn verify(lines: &[String], checkpoint: Option<&str>) -> Result<Verified, VerifyError> {
    verify_export(lines.concat().as_bytes(), checkpoint, key().public_key())
}

fn failure(lines: &[String], checkpoint: &str) -> VerifyError {
    verify(lines, Some(checkpoint)).unwrap_err()
}

#[test]
fn an_untouched_export_verifies() {
    let lines = lines(10);
    let verified = verify(&lines, Some(&checkpoint(&lines))).unwrap();
    assert_eq!((verified.origin.as_str(), verified.size, verified.extra), (ORIGIN, 10, 0));
    assert!(verified.anchored && verified.erased == 0);
}

#[test]
fn an_export_that_went_on_after_its_checkpoint_verifies_and_says_how_far() {
    let lines = lines(10);
    for covered in 0..10 {
        let signed = checkpoint(&lines[..covered]);
        let verified = verify(&lines, Some(&signed)).unwrap();
        assert_eq!((verified.size, verified.extra), (covered as u64, 10 - covered as u64));
    }
}

#[test]
fn without_a_checkpoint_the_result_says_that_nothing_anchors_it() {
    let verified = verify(&lines(3), None).unwrap();
    assert!(!verified.anchored);
    assert_eq!((verified.size, verified.extra), (3, 0));
    assert_eq!(verify(&[], None).unwrap().size, 0);
}

#[test]
fn erased_personal_data_leaves_the_export_valid_and_is_counted() {
    let mut changed = lines(10);
    changed[3] = line(&entry(3, "credential.issue").0, None);
    let verified = verify(&changed, Some(&checkpoint(&lines(10)))).unwrap();
    assert_eq!(verified.erased, 1);
}

#[test]
fn an_edited_record_is_found_and_its_line_named() {
    let (mut lines, signed) = (lines(10), checkpoint(&lines(10)));
    lines[4] = lines[4].replace("credential.issue", "credential.iszue");
    let error = failure(&lines, &signed);
    assert!(matches!(error, VerifyError::Edited { line: 5 }), "{error}");
    assert!(matches!(verify(&lines, None).unwrap_err(), VerifyError::Edited { line: 5 }));
}

#[test]
fn edited_personal_data_is_found_and_its_line_named() {
    let (mut lines, signed) = (lines(10), checkpoint(&lines(10)));
    lines[3] = lines[3].replace("192.0.2.3", "192.0.2.4");
    let error = failure(&lines, &signed);
    assert!(matches!(error, VerifyError::PrivateEdited { line: 4 }), "{error}");
}

#[test]
fn a_deleted_record_is_found_and_named() {
    let (mut lines, signed) = (lines(10), checkpoint(&lines(10)));
    lines.remove(4);
    let error = failure(&lines, &signed);
    assert!(matches!(error, VerifyError::Missing { line: 5, seq: 4, found: 5 }), "{error}");
}

#[test]
fn two_swapped_records_are_found_and_named() {
    let (mut lines, signed) = (lines(10), checkpoint(&lines(10)));
    lines.swap(2, 7);
    let error = failure(&lines, &signed);
    assert!(matches!(error, VerifyError::Reordered { line: 3, seq: 2, at: 8 }), "{error}");
}

#[test]
fn a_repeated_record_is_found_and_named() {
    let (mut lines, signed) = (lines(10), checkpoint(&lines(10)));
    lines.insert(5, lines[1].clone());
    let error = failure(&lines, &signed);
    assert!(matches!(error, VerifyError::Repeated { line: 6, seq: 1 }), "{error}");
}

#[test]
fn a_cut_tail_is_found_at_every_length() {
    let (lines, signed) = (lines(10), checkpoint(&lines(10)));
    for left in 0..10 {
        let error = failure(&lines[..left], &signed);
        assert!(matches!(error, VerifyError::Truncated { found, expected: 10 } if found == left as u64), "{error}");
    }
}

#[test]
fn a_record_cut_in_the_middle_is_told_as_such() {
    let text = lines(3).concat();
    let cut = &text[..text.len() - 1];
    let error = verify_export(cut.as_bytes(), None, key().public_key()).unwrap_err();
    assert!(matches!(error, VerifyError::CutLine { line: 3 }), "{error}");
}

#[test]
fn a_log_rewritten_with_all_hashes_recomputed_is_found_by_the_checkpoint() {
    let (mut lines, signed) = (lines(10), checkpoint(&lines(10)));
    let (record, private) = entry(4, "nothing.happened");
    lines[4] = line(&record, private.as_deref());
    assert!(verify(&lines, None).is_ok(), "the forgery is consistent in itself");
    let error = failure(&lines, &signed);
    assert!(matches!(error, VerifyError::Rewritten { size: 10 }), "{error}");
}

#[test]
fn a_deleted_record_with_the_rest_renumbered_is_found_by_the_checkpoint() {
    let signed = checkpoint(&lines(9));
    let renumbered: Vec<String> = (0..9)
        .map(|seq| {
            let action = if seq == 4 { "record.five" } else { "credential.issue" };
            let (record, private) = entry(seq, action);
            line(&record, private.as_deref())
        })
        .collect();
    assert!(matches!(failure(&renumbered, &signed), VerifyError::Rewritten { size: 9 }));
}

#[test]
fn a_rewritten_log_with_a_checkpoint_of_its_own_fails_at_the_signature() {
    let forger = SigningKey::from_seed(ORIGIN, &[8; 32]).unwrap();
    let lines = lines(4);
    let genuine = Checkpoint::open(&checkpoint(&lines), key().public_key()).unwrap();
    let error = failure(&lines, &genuine.sign(&forger).unwrap());
    assert!(matches!(error, VerifyError::Checkpoint(CheckpointError::NotSigned { .. })), "{error}");
    let resized = checkpoint(&lines).replacen("\n4\n", "\n3\n", 1);
    let error = failure(&lines, &resized);
    assert!(matches!(error, VerifyError::Checkpoint(CheckpointError::BadSignature)), "{error}");
}

#[test]
fn the_export_of_another_log_is_refused() {
    let other = SigningKey::from_seed("tidegate.example/other", &[7; 32]).unwrap();
    let error = verify_export(lines(2).concat().as_bytes(), None, other.public_key()).unwrap_err();
    assert!(matches!(&error, VerifyError::OtherLog { line: 1, found, .. } if found == ORIGIN), "{error}");
}

#[test]
fn an_endless_line_is_refused_without_being_read_to_its_end() {
    let endless = io::BufReader::new(io::repeat(b'x'));
    let error = verify_export(endless, None, key().public_key()).unwrap_err();
    assert!(matches!(error, VerifyError::Malformed { line: 1, .. }), "{error}");
}

#[test]
fn blank_lines_and_bytes_that_are_no_text_are_refused() {
    for (bad, at) in [(&b"\n"[..], 2), (b"\xff\n", 2), (b"{}\n", 2), (b"\r\n", 2)] {
        let text = [lines(1).concat().as_bytes(), bad].concat();
        let error = verify_export(&text[..], None, key().public_key()).unwrap_err();
        assert!(matches!(error, VerifyError::Malformed { line, .. } if line == at), "{error}");
    }
}

proptest! {
    #[test]
    fn any_changed_byte_of_an_export_is_found_at_its_line(at: prop::sample::Index, flip in 1u8..) {
        let lines = lines(6);
        let mut bytes = lines.concat().into_bytes();
        let at = at.index(bytes.len());
        let expected = bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        bytes[at] ^= flip;
        let error = verify_export(&bytes[..], None, key().public_key()).unwrap_err();
        let line = match &error {
            VerifyError::Malformed { line, .. }
            | VerifyError::Edited { line }
            | VerifyError::PrivateEdited { line }
            | VerifyError::CutLine { line } => *line,
            other => panic!("{other}"),
        };
        prop_assert_eq!(line, expected, "{}", error);
    }
}

/// The example of the documentation is the format: what it shows must verify.
mod documentation {
    use super::*;

    const DOCUMENT: &str = include_str!("../../../docs/audit-format.md");

    fn block(name: &str) -> &'static str {
        let marker = format!("<!-- example: {name} -->\n```text\n");
        DOCUMENT.split_once(&marker).unwrap().1.split_once("```").unwrap().0
    }

    #[test]
    fn the_worked_example_verifies() {
        let key = PublicKey::parse(block("key")).unwrap();
        let verified = verify_export(block("export").as_bytes(), Some(block("checkpoint")), &key).unwrap();
        assert_eq!((verified.size, verified.extra, verified.erased), (3, 0, 1));
        assert!(DOCUMENT.contains(&hex::encode(verified.root)));
    }

    #[test]
    fn the_seed_of_the_example_gives_its_key_and_checkpoint() {
        let seed: Vec<u8> = (0..32).collect();
        let key = PublicKey::parse(block("key")).unwrap();
        let signing = SigningKey::from_seed(key.name(), &seed).unwrap();
        assert_eq!(*signing.public_key(), key);
        let checkpoint = Checkpoint::open(block("checkpoint"), &key).unwrap();
        assert_eq!(checkpoint.sign(&signing).unwrap(), block("checkpoint"));
    }
}
