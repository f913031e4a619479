use std::fs;

use super::*;

fn given(byte: u8) -> RootKeySource {
    RootKeySource::Key(SecretBytes::new([byte; KEY_LEN]))
}

fn root(byte: u8) -> RootKey {
    open_root_key(&given(byte), None).unwrap().0
}

#[test]
fn a_first_start_makes_the_file_and_later_starts_read_it() {
    let directory = tempfile::tempdir().unwrap();
    let source = RootKeySource::File(directory.path().join("root.key"));
    let (first, check) = open_root_key(&source, None).unwrap();
    let (again, kept) = open_root_key(&source, Some(&check)).unwrap();
    assert_eq!(first.id(), again.id());
    assert_eq!(check, kept);
}

#[test]
fn a_start_that_stopped_before_the_check_was_kept_is_repeated_with_the_same_key() {
    let directory = tempfile::tempdir().unwrap();
    let source = RootKeySource::File(directory.path().join("root.key"));
    let first = open_root_key(&source, None).unwrap().1;
    assert_eq!(open_root_key(&source, None).unwrap().1, first);
}

#[test]
fn a_missing_file_with_data_kept_is_an_error_and_makes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("root.key");
    let source = RootKeySource::File(path.clone());
    let check = open_root_key(&source, None).unwrap().1;
    fs::remove_file(&path).unwrap();
    let error = open_root_key(&source, Some(&check)).unwrap_err();
    assert!(
        matches!(&error, KeyringError::RootKeyFileMissing { root_key_id, .. } if *root_key_id == check.root_key_id)
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn a_wrong_key_is_told_by_both_ids() {
    let check = open_root_key(&given(1), None).unwrap().1;
    let error = open_root_key(&given(2), Some(&check)).unwrap_err();
    assert!(
        matches!(&error, KeyringError::WrongRootKey { expected, given } if *expected == check.root_key_id && *given == root(2).id()),
        "{error}"
    );
}

#[test]
fn a_passphrase_opens_with_its_salt_and_another_one_does_not() {
    let right = RootKeySource::Passphrase(SecretBytes::from("correct horse battery staple"));
    let (first, check) = open_root_key(&right, None).unwrap();
    assert_eq!(check.salt.len(), passphrase::SALT_LEN);
    assert_eq!(open_root_key(&right, Some(&check)).unwrap().0.id(), first.id());
    let wrong = RootKeySource::Passphrase(SecretBytes::from("correct horse battery stable"));
    assert!(matches!(open_root_key(&wrong, Some(&check)).unwrap_err(), KeyringError::WrongRootKey { .. }));
}

#[test]
fn another_kind_of_source_is_refused_before_anything_is_read_or_made() {
    let directory = tempfile::tempdir().unwrap();
    let phrase = RootKeySource::Passphrase(SecretBytes::from("correct horse battery staple"));
    let of_phrase = open_root_key(&phrase, None).unwrap().1;
    let of_key = open_root_key(&given(1), None).unwrap().1;
    let file = RootKeySource::File(directory.path().join("root.key"));
    for (source, kept) in [(&phrase, &of_key), (&file, &of_phrase), (&given(1), &of_phrase)] {
        let error = open_root_key(source, Some(kept)).unwrap_err();
        assert!(matches!(error, KeyringError::RootKeyKindChanged { .. }), "{error}");
    }
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn an_altered_check_is_told_from_a_wrong_key() {
    let mut check = open_root_key(&given(1), None).unwrap().1;
    check.check[5] ^= 1;
    let error = open_root_key(&given(1), Some(&check)).unwrap_err();
    assert!(matches!(error, KeyringError::RootKeyCheckDamaged { .. }), "{error}");
}

#[test]
fn a_check_survives_json_and_is_of_the_form_that_stores_hold() {
    let check = open_root_key(&given(7), None).unwrap().1;
    let json = serde_json::to_string(&check).unwrap();
    assert_eq!(
        json,
        r#"{"root_key_id":"65206c9fc54afd82923015666d7e389f","salt":"","check":"AfQSX5W+H2roIPTukYzsTIOdwCsZE7iRTY+9HKtR9bdY"}"#
    );
    assert_eq!(serde_json::from_str::<RootKeyCheck>(&json).unwrap(), check);
}

#[test]
fn base64_of_anything_but_32_bytes_is_refused_without_showing_it() {
    let text = STANDARD.encode([9; KEY_LEN]);
    assert_eq!(root_key_from_base64(&format!(" {text}\n")).unwrap().expose(), [9; KEY_LEN]);
    for bad in ["", "hunter2", &STANDARD.encode([9; 31]), &STANDARD.encode([9; 33]), &text.repeat(9)] {
        let error = root_key_from_base64(bad).unwrap_err();
        assert!(matches!(error, KeyringError::RootKeyMalformed));
        assert!(bad.is_empty() || !error.to_string().contains(bad));
    }
    let short = RootKeySource::Key(SecretBytes::from("short"));
    assert!(matches!(open_root_key(&short, None).unwrap_err(), KeyringError::RootKeyMalformed));
}

#[test]
fn a_project_key_opens_only_for_its_project_and_version() {
    let (key, wrapped) = root(1).new_project_key("p1", 1).unwrap();
    assert_eq!(root(1).open_project_key("p1", 1, &wrapped).unwrap().id(), key.id());
    for (project, version) in [("p2", 1), ("p1", 2)] {
        let error = root(1).open_project_key(project, version, &wrapped).unwrap_err();
        assert!(matches!(error, KeyringError::BoundElsewhere { .. }), "{error}");
    }
}

#[test]
fn a_project_key_under_another_root_key_is_refused_even_with_its_label_rewritten() {
    let (_, mut wrapped) = root(1).new_project_key("p1", 1).unwrap();
    let error = root(2).open_project_key("p1", 1, &wrapped).unwrap_err();
    assert!(matches!(error, KeyringError::WrongRootKey { .. }), "{error}");
    wrapped.root_key_id = root(2).id().to_owned();
    let error = root(2).open_project_key("p1", 1, &wrapped).unwrap_err();
    assert!(matches!(error, KeyringError::SealedUnderOtherKey { .. }), "{error}");
}

#[test]
fn rewrapping_moves_a_project_key_to_the_new_root_key_alone() {
    let (key, wrapped) = root(1).new_project_key("p1", 1).unwrap();
    let moved = root(1).rewrap("p1", 1, &wrapped, &root(2)).unwrap();
    assert_eq!(root(2).open_project_key("p1", 1, &moved).unwrap().id(), key.id());
    assert!(root(1).open_project_key("p1", 1, &moved).is_err());
}

#[test]
fn system_values_are_bound_to_their_purpose_and_move_with_the_root_key() {
    let sealed = root(1).seal_system("audit signing seed", b"seed").unwrap();
    assert_eq!(root(1).open_system("audit signing seed", &sealed).unwrap().expose(), b"seed");
    let error = root(1).open_system("cookie key", &sealed).unwrap_err();
    assert!(matches!(error, KeyringError::BoundElsewhere { .. }), "{error}");
    let moved = root(1).rewrap_system("audit signing seed", &sealed, &root(2)).unwrap();
    assert_eq!(root(2).open_system("audit signing seed", &moved).unwrap().expose(), b"seed");
}

#[test]
fn debug_of_a_source_and_a_key_shows_no_key() {
    let shown = format!("{:?} {:?}", given(65), root(65));
    assert!(!shown.contains("65, 65") && !shown.contains("AAAA"), "{shown}");
}
