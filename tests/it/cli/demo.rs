//! `tidegate demo --once`: the whole tour, on the program's own store.

use std::fs;
use std::path::Path;

use testkit::tidegate::{Output, Setup};

use crate::support::PROGRAM;

fn demo(arguments: &[&str]) -> Output {
    let home = Setup::new(PROGRAM).prepare();
    home.cli([&["demo", "--once", "--listen", "127.0.0.1:0"], arguments].concat())
}

/// Every refusal and every comparison of the tour is a step of its own, so the count holds them all.
fn assert_held(output: &Output) {
    for line in [
        "ok     datasource 'photos', for input: ",
        "ok     sign URLs: 1,000 in one call",
        "ok     fetch one by plain HTTP: photos/picture-0500.bmp, 3,126 bytes",
        "ok     read it back: 3,126 bytes",
        "ok     PUT into an input: refused, permission_denied at /method",
        "ok     a narrowed credential: refused, unsupported",
        "ok     alter one byte of a copy: found: ",
        "\nAll 23 steps held.\n",
    ] {
        assert!(output.stdout.contains(line), "{line} is missing in:\n{}{}", output.stdout, output.stderr);
    }
    assert_eq!(output.stderr, "");
}

#[test]
fn the_tour_holds_and_leaves_nothing_running() {
    assert_held(&demo(&[]).code(0));
}

#[test]
fn the_tour_holds_again_in_the_same_folder_and_prints_the_password_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let arguments = ["--data", data.to_str().unwrap()];
    let (first, second) = (demo(&arguments).code(0), demo(&arguments).code(0));
    assert_held(&first);
    assert_held(&second);
    let shown_once = "It is shown this once";
    assert!(first.stdout.contains(shown_once) && !second.stdout.contains(shown_once), "{}", second.stdout);
    assert!(second.stdout.contains("project 'demo': used again"), "{}", second.stdout);
    assert_prints_no_secret(&data, &[first, second]);
}

fn assert_prints_no_secret(data: &Path, outputs: &[Output]) {
    let token = fs::read_to_string(data.join("admin.token")).unwrap();
    let root_key = fs::read_to_string(data.join("root.key")).unwrap();
    for output in outputs {
        for secret in [token.trim(), root_key.trim(), "X-Amz-Signature"] {
            assert!(!output.stdout.contains(secret), "a secret is printed:\n{}", output.stdout);
        }
    }
}

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mine"), "mine").unwrap();
    let output = demo(&["--data", folder.path().to_str().unwrap()]).code(2);
    assert!(output.stderr.contains("holds something that no demo has made"), "{}", output.stderr);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Setup::new(PROGRAM).prepare();
    let output = home.cli(["demo", "--once", "--listen", &address]).code(1);
    assert!(output.stderr.contains(&format!("cannot listen on {address}")), "{}", output.stderr);
    assert!(output.stderr.contains("--listen 127.0.0.1:0"), "{}", output.stderr);
}
