//! `tidegate audit`: what is exported verifies without the server, and every alteration is found.

use std::fs;
use std::path::PathBuf;

use audit_log::{Checkpoint, ExportLine, Frontier, SigningKey, leaf_hash};
use serde_json::Value;
use testkit::tidegate::{Output, Tidegate};

use crate::support::{admin, started};

/// An export with its checkpoint and key, as they are kept away from the server.
pub(crate) struct Archive {
    pub(crate) export: String,
    pub(crate) checkpoint: String,
    pub(crate) key: String,
}

impl Archive {
    /// Takes all three of the project's log.
    pub(crate) fn take(tidegate: &Tidegate) -> Self {
        let said = |what: &str| admin(tidegate, &format!("audit {what}")).ok().stdout;
        Self { export: said("export"), checkpoint: said("checkpoint"), key: said("key") }
    }

    /// Verifies without a server and without a token.
    pub(crate) fn verify(&self, tidegate: &Tidegate) -> Output {
        let file = |name: &str, content: &str| {
            let path: PathBuf = tidegate.dir().join(name);
            fs::write(&path, content).unwrap();
            path.display().to_string()
        };
        let (export, key) = (file("export", &self.export), file("key", &self.key));
        let checkpoint = file("checkpoint", &self.checkpoint);
        let arguments = ["audit", "verify", &export, "--public-key", &key, "--checkpoint", &checkpoint];
        let mut command = tidegate.command();
        let done = command.arg("--output").arg("json").args(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Output { code: done.status.code().unwrap(), stdout: text(&done.stdout), stderr: text(&done.stderr) }
    }

    fn lines(&self) -> Vec<&str> {
        self.export.lines().collect()
    }

    fn with(&self, lines: &[&str]) -> Self {
        let export = lines.iter().map(|line| format!("{line}\n")).collect();
        Self { export, checkpoint: self.checkpoint.clone(), key: self.key.clone() }
    }
}

#[test]
fn an_export_verifies_offline_and_every_alteration_is_found() {
    let (tidegate, archive) = recorded();
    let verified = archive.verify(&tidegate).ok().json();
    let lines = archive.lines();
    assert_eq!((&verified["verified"], &verified["size"]), (&Value::from(true), &Value::from(lines.len())));

    let refused = |what: &str, altered: &Archive| {
        let output = altered.verify(&tidegate);
        assert_eq!(output.code, 1, "{what} was not found");
        assert!(output.stderr.contains("audit_altered"), "{what}: {}", output.stderr);
    };
    let middle = lines.len() / 2;
    let without = |gone: usize| {
        let kept: Vec<_> = lines.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, line)| *line).collect();
        archive.with(&kept)
    };
    for gone in [0, middle, lines.len() - 1] {
        refused(&format!("the loss of record {gone}"), &without(gone));
    }
    let mut swapped = lines.clone();
    swapped.swap(middle, middle + 1);
    refused("two swapped records", &archive.with(&swapped));
    refused("a cut tail", &archive.with(&lines[..middle]));
    refused("a tail cut within a line", &Archive { export: cut(&archive.export), ..archive.with(&[]) });
    refused("a repeated record", &archive.with(&[&lines[..], &lines[middle..=middle]].concat()));
    for (rewritten, what) in rewritten(&archive) {
        refused(what, &rewritten);
    }
}

#[test]
fn one_changed_byte_is_found_wherever_it_is() {
    let (tidegate, archive) = recorded();
    let length = archive.export.len();
    // A step that is prime to the length of lines visits every part of a record.
    for at in (0..length).step_by(length / 41 + 1) {
        let mut bytes = archive.export.clone().into_bytes();
        bytes[at] = if bytes[at] == b'7' { b'8' } else { b'7' };
        let altered = Archive { export: String::from_utf8_lossy(&bytes).into_owned(), ..archive.with(&[]) };
        altered.verify(&tidegate).code(1);
    }
}

/// The log of a few deeds, with a refusal and personal data among them; the server is gone.
fn recorded() -> (Tidegate, Archive) {
    let mut tidegate = started();
    for name in ["ann", "bea", "cyd"] {
        admin(&tidegate, &format!("service-account create {name}")).ok();
        admin(&tidegate, &format!("member add {name} --role viewer")).ok();
    }
    admin(&tidegate, "integration create aws-cross-account lake").ok();
    admin(&tidegate, "integration delete lake --yes").ok();
    admin(&tidegate, "key rotate").ok();
    let archive = Archive::take(&tidegate);
    tidegate.kill();
    (tidegate, archive)
}

fn cut(export: &str) -> String {
    export.get(..export.len() - 20).unwrap().to_owned()
}

/// Somebody who can write everything but has not the key: all hashes recomputed.
fn rewritten(archive: &Archive) -> [(Archive, &'static str); 2] {
    let mut export = String::new();
    let mut frontier = Frontier::new();
    let mut origin = String::new();
    for (at, line) in archive.lines().into_iter().enumerate() {
        let parsed: Value = serde_json::from_str(line).unwrap();
        origin = parsed["record"]["log"].as_str().unwrap().to_owned();
        let (start, rest) = (line.find("{\"record\":").unwrap() + 10, line.rfind(",\"private\":").unwrap());
        let mut record = line[start..rest].to_owned();
        if at == 2 {
            record = record.replace("viewer", "nobody").replace("\"done\"", "\"fine\"");
            assert_ne!(record, line[start..rest], "the forger changes something");
        }
        frontier.append(leaf_hash(record.as_bytes()));
        let private = Some(parsed["private"].to_string()).filter(|text| text != "null");
        let end = line.rfind(",\"leaf\":").unwrap();
        let raw = private.as_ref().map(|_| &line[rest + 11..end]);
        ExportLine { record: &record, private: raw }.write(&mut export);
    }
    let with_old = Archive { export: export.clone(), ..archive.with(&[]) };
    let name = archive.key.split('+').next().unwrap();
    let other = SigningKey::from_seed(name, &[7; 32]).unwrap();
    let checkpoint = Checkpoint { origin, size: frontier.size(), root: frontier.root() }.sign(&other).unwrap();
    let with_own = Archive { export, checkpoint, ..archive.with(&[]) };
    [
        (with_old, "a rewritten log with all hashes recomputed"),
        (with_own, "a rewritten log with a checkpoint of its own"),
    ]
}
