//! `policy lint` without a server, a token and a configuration.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::PROGRAM;

/// Runs the program with nothing but these arguments and this text on standard input.
fn lint(arguments: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(PROGRAM)
        .args(["policy", "lint"])
        .args(arguments)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A usage error does not wait for the text.
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("not JSON ({why}): {output:?}"))
}

fn ids(output: &Output) -> Vec<String> {
    let report = report(output);
    report["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap().to_owned()).collect()
}

const SOUND: &str = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/in/*"}]}"#;

#[test]
fn a_sound_policy_has_no_findings_and_exit_code_0() {
    let output = lint(&["-"], SOUND.as_bytes());
    assert_eq!((output.status.code(), report(&output)), (Some(0), json!({"findings": [], "mended": null})));
}

#[test]
fn a_faulty_policy_in_a_file_has_findings_mended_text_and_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    std::fs::write(&file, SOUND.replace("s3:GetObject", "s3:ListObjects")).unwrap();
    let output = lint(&[file.to_str().unwrap()], b"");
    assert_eq!(output.status.code(), Some(1));
    let report = report(&output);
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["id"], &finding["severity"], &finding["pointer"]),
        (&json!("unknown-action"), &json!("error"), &json!("/Statement/0/Action"))
    );
    assert!(finding["message"].as_str().unwrap().contains("s3:ListBucket"), "{finding}");
    let statement = &report["mended"]["Statement"][0];
    assert_eq!(statement["Action"], json!(["s3:ListBucket"]));
    assert_eq!(statement["Resource"], json!(["arn:aws:s3:::data"]));
    assert_eq!(statement["Condition"], json!({"StringLike": {"s3:prefix": ["in/*"]}}));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.find("\"Sid\"").unwrap() < text.find("\"Effect\"").unwrap(), "members keep their order: {text}");
    assert!(output.stderr.is_empty());
}

#[test]
fn warnings_alone_are_no_failure() {
    let output = lint(&["-"], SOUND.replace("in/*", "in*").as_bytes());
    assert_eq!((output.status.code(), ids(&output)), (Some(0), vec!["prefix-without-slash".to_owned()]));
}

#[test]
fn a_table_shows_the_findings_and_then_the_mended_text() {
    let output = lint(&["-", "--output", "table"], SOUND.replace("s3:GetObject", "s3:HeadObject").as_bytes());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let (findings, mended) = text.split_once("\nmended:\n").unwrap();
    assert!(findings.contains("unknown-action") && findings.contains("/Statement/0/Action"), "{text}");
    assert_eq!(serde_json::from_str::<Value>(mended).unwrap()["Statement"][0]["Action"], json!(["s3:GetObject"]));
    let sound = lint(&["-", "--output", "table"], SOUND.as_bytes());
    assert_eq!(String::from_utf8(sound.stdout).unwrap(), "nothing is wrong with it\n");
}

#[test]
fn a_page_of_documentation_around_the_policy_is_an_error_that_says_its_lines() {
    let page = format!("Attach this policy:\n{SOUND}\nand save it.\n");
    let output = lint(&["-"], page.as_bytes());
    assert_eq!((output.status.code(), ids(&output)), (Some(1), vec!["text-around-json".to_owned()]));
    let message = report(&output)["findings"][0]["message"].to_string();
    assert!(message.contains("lines 2 to 2"), "{message}");
}

#[test]
fn conditions_of_other_clouds_are_recognised_and_a_kind_can_be_said() {
    let gcp = lint(&["-"], b"resource.name.startsWith('projects/_/buckets/data/objects/in')");
    assert!(ids(&gcp).contains(&"prefix-without-slash".to_owned()), "{gcp:?}");
    assert!(report(&gcp)["mended"].is_string(), "a condition is mended as text");
    let azure = lint(&["-"], b"@Resource[a] StringIs 'b'");
    assert_eq!((azure.status.code(), ids(&azure)), (Some(1), vec!["condition-invalid".to_owned()]));
    let trust = lint(&["-", "--kind", "aws-trust"], SOUND.as_bytes());
    assert!(trust.status.code() == Some(1) && ids(&trust).contains(&"part-of-other-kind".to_owned()), "{trust:?}");
}

#[test]
fn bad_input_is_a_finding_and_a_bad_line_is_usage() {
    let nested = "[".repeat(100_000);
    let twice = SOUND.replace("\"Effect\"", "\"Effect\": \"Deny\", \"Effect\"");
    let large = " ".repeat(3_000_000);
    for (text, id) in [("", "not-json"), (&nested, "too-large"), (&twice, "duplicate-key"), (&large, "too-large")] {
        let output = lint(&["-"], text.as_bytes());
        assert_eq!(output.status.code(), Some(1), "{id}");
        assert!(ids(&output).contains(&id.to_owned()), "{id}: {output:?}");
    }
    for arguments in [&["no-such-file.json"][..], &["-", "--kind", "aws"], &[]] {
        assert_eq!(lint(arguments, b"{}").status.code(), Some(2), "{arguments:?}");
    }
    assert_eq!(lint(&["-"], b"\xff\xfe{").status.code(), Some(2), "no text");
}
