use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;

const ROW: Binding<'static> =
    Binding { project: "p1", owner: "integration:i1", field: "secret_access_key", version: 3 };

fn key(byte: u8, project: &str, version: u32) -> ProjectKey {
    ProjectKey::new(Key::new(Zeroizing::new([byte; KEY_LEN])).unwrap(), project, version)
}

fn sealed(bytes: &[u8]) -> Sealed {
    key(1, "p1", 1).seal(&ROW, &SecretBytes::new(bytes)).unwrap()
}

#[test]
fn a_secret_at_the_limit_is_sealed_and_one_above_it_is_refused() {
    let most = vec![0xff; MAX_SECRET];
    assert_eq!(key(1, "p1", 1).open(&ROW, &sealed(&most)).unwrap().expose(), most);
    let error = key(1, "p1", 1).seal(&ROW, &SecretBytes::new(vec![0; MAX_SECRET + 1])).unwrap_err();
    assert!(matches!(error, KeyringError::TooLong { found: 65537, limit: 65536 }), "{error}");
    assert_eq!(domain::Error::from(error).kind(), domain::ErrorKind::TooLarge);
}

#[test]
fn two_swapped_rows_are_told_as_such() {
    let key = key(1, "p1", 1);
    let other = Binding { owner: "integration:i2", ..ROW };
    let (one, two) = (sealed(b"one"), key.seal(&other, &SecretBytes::from("two")).unwrap());
    for (binding, found) in [(&ROW, &two), (&other, &one)] {
        let error = key.open(binding, found).unwrap_err();
        assert!(matches!(error, KeyringError::BoundElsewhere { .. }), "{error}");
    }
}

#[test]
fn a_ciphertext_beside_the_data_key_of_another_version_is_refused() {
    let key = key(1, "p1", 1);
    let older = key.seal(&ROW, &SecretBytes::from("old")).unwrap();
    let newer = key.seal(&ROW, &SecretBytes::from("new")).unwrap();
    let mixed = Sealed { ciphertext: older.ciphertext, ..newer };
    let error = key.open(&ROW, &mixed).unwrap_err();
    assert!(matches!(error, KeyringError::SealedUnderOtherKey { what: "the secret" }), "{error}");
}

#[test]
fn another_project_is_refused_by_name_and_another_key_by_its_commitment() {
    let elsewhere = Binding { project: "p2", ..ROW };
    let error = key(1, "p1", 1).open(&elsewhere, &sealed(b"x")).unwrap_err();
    assert!(matches!(error, KeyringError::WrongProject { .. }), "{error}");
    let error = key(1, "p2", 1).open(&elsewhere, &sealed(b"x")).unwrap_err();
    assert!(matches!(error, KeyringError::BoundElsewhere { .. }), "{error}");
    let error = key(2, "p1", 1).open(&ROW, &sealed(b"x")).unwrap_err();
    assert!(matches!(error, KeyringError::SealedUnderOtherKey { .. }), "{error}");
}

#[test]
fn another_version_of_the_key_is_asked_for_by_number() {
    let error = key(1, "p1", 2).open(&ROW, &sealed(b"x")).unwrap_err();
    assert!(matches!(error, KeyringError::WrongKeyVersion { needed: 1, given: 2 }), "{error}");
    let relabelled = Sealed { key_version: 2, ..sealed(b"x") };
    let error = key(1, "p1", 2).open(&ROW, &relabelled).unwrap_err();
    assert!(matches!(error, KeyringError::BoundElsewhere { .. }), "{error}");
}

#[test]
fn rewrapping_keeps_the_ciphertext_and_opens_under_the_newer_key_alone() {
    let (old, new) = (key(1, "p1", 1), key(2, "p1", 2));
    let before = sealed(b"kept");
    let after = old.rewrap_to(&ROW, &before, &new).unwrap();
    assert_eq!(after.ciphertext, before.ciphertext);
    assert_eq!(new.open(&ROW, &after).unwrap().expose(), b"kept");
    assert!(old.open(&ROW, &after).is_err());
    assert!(matches!(old.rewrap_to(&ROW, &before, &key(2, "p2", 2)).unwrap_err(), KeyringError::WrongProject { .. }));
}

#[test]
fn fingerprints_compare_within_one_key_only() {
    let one = key(1, "p1", 1).fingerprint(b"same").unwrap();
    assert_eq!(one, key(1, "p1", 1).fingerprint(b"same").unwrap());
    assert_ne!(one, key(1, "p1", 1).fingerprint(b"other").unwrap());
    assert_ne!(one, key(2, "p1", 1).fingerprint(b"same").unwrap());
    assert!(one.starts_with("1:"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_bytes_come_back(bytes in prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(any::<u8>(), 0..=MAX_SECRET),
    ]) {
        let sealed = sealed(&bytes);
        let opened = key(1, "p1", 1).open(&ROW, &sealed).unwrap();
        prop_assert_eq!(opened.expose(), bytes.as_slice());
    }

    #[test]
    fn no_ciphertext_holds_its_secret(bytes in prop::collection::vec(any::<u8>(), 16..64)) {
        let sealed = sealed(&bytes);
        prop_assert!(!sealed.ciphertext.windows(bytes.len()).any(|part| part == bytes));
    }

    #[test]
    fn any_change_of_the_binding_is_refused(
        project in "[a-z0-9:]{0,4}", owner in "[a-z0-9:]{0,16}", field in "[a-z_]{0,20}", version: u32, which in 0usize..4,
    ) {
        let binding = match which {
            0 => Binding { project: &project, ..ROW },
            1 => Binding { owner: &owner, ..ROW },
            2 => Binding { field: &field, ..ROW },
            _ => Binding { version, ..ROW },
        };
        prop_assume!(binding != ROW);
        // The key is renamed along, so that the binding alone stands in the way.
        prop_assert!(key(1, binding.project, 1).open(&binding, &sealed(b"secret")).is_err());
    }
}

#[test]
fn any_single_flipped_bit_is_refused() {
    let key = key(1, "p1", 1);
    let good = sealed(b"hunter2 is the secret");
    let flipped = |bytes: &[u8], bit: usize| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    };
    let in_key = (0..good.wrapped_key.len() * 8)
        .map(|bit| Sealed { wrapped_key: flipped(&good.wrapped_key, bit), ..good.clone() });
    let in_text =
        (0..good.ciphertext.len() * 8).map(|bit| Sealed { ciphertext: flipped(&good.ciphertext, bit), ..good.clone() });
    for bad in in_key.chain(in_text) {
        let error = key.open(&ROW, &bad).unwrap_err();
        assert!(!error.to_string().contains("hunter2"));
    }
}
