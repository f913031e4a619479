//! Where a sealed value belongs, as bytes that no other place shares.
//!
//! Every part is written with its length in front, and the number of parts is fixed by the
//! purpose, so that two different places never serialise alike.

/// The form of everything that is sealed; part of every place.
pub(crate) const SCHEMA: u8 = 1;

/// The row that a secret belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'a> {
    /// The id of the project.
    pub project: &'a str,
    /// The object that has the secret, for example `integration:<id>`.
    pub owner: &'a str,
    /// The name of the field.
    pub field: &'a str,
    /// The version of the secret.
    pub version: u32,
}

/// A place, ready to be authenticated along with a ciphertext.
pub(crate) struct Place {
    /// What lies there, for error messages.
    pub(crate) what: &'static str,
    bytes: Vec<u8>,
}

impl Place {
    /// Where a project key lies, wrapped under the root key.
    pub(crate) fn project_key(project: &str, version: u32) -> Self {
        Self::new("the project key", &[b"project-key", project.as_bytes(), &version.to_be_bytes()])
    }

    /// Where the data key of a secret lies, wrapped under the project key.
    pub(crate) fn data_key(binding: &Binding<'_>, key_version: u32) -> Self {
        let mut place = Self::of("the data key of the secret", b"data-key", binding);
        push(&mut place.bytes, &key_version.to_be_bytes());
        place
    }

    /// Where a secret lies, sealed under its data key.
    pub(crate) fn secret(binding: &Binding<'_>) -> Self {
        Self::of("the secret", b"secret", binding)
    }

    /// Where a value of the installation lies, sealed under the root key.
    pub(crate) fn system(purpose: &str) -> Self {
        Self::new("the sealed value of the installation", &[b"system", purpose.as_bytes()])
    }

    /// The bytes to authenticate: the place and the key that sealed it.
    pub(crate) fn with_key(&self, key_id: &str) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        push(&mut bytes, key_id.as_bytes());
        bytes
    }

    /// The place alone.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn of(what: &'static str, purpose: &[u8], binding: &Binding<'_>) -> Self {
        let Binding { project, owner, field, version } = binding;
        let version = version.to_be_bytes();
        Self::new(what, &[purpose, project.as_bytes(), owner.as_bytes(), field.as_bytes(), &version])
    }

    fn new(what: &'static str, parts: &[&[u8]]) -> Self {
        let mut bytes = vec![SCHEMA];
        for part in parts {
            push(&mut bytes, part);
        }
        Self { what, bytes }
    }
}

fn push(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
    bytes.extend_from_slice(part);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moving_a_letter_between_fields_gives_another_place() {
        let one = Binding { project: "p", owner: "ab", field: "c", version: 1 };
        let other = Binding { project: "p", owner: "a", field: "bc", version: 1 };
        assert_ne!(Place::secret(&one).bytes(), Place::secret(&other).bytes());
        assert_ne!(Place::secret(&one).bytes(), Place::data_key(&one, 1).bytes());
    }

    proptest! {
        #[test]
        fn places_are_equal_only_for_equal_bindings(
            (p1, o1, f1, v1) in ("[ab]{0,3}", "[ab]{0,3}", "[ab]{0,3}", 0u32..3),
            (p2, o2, f2, v2) in ("[ab]{0,3}", "[ab]{0,3}", "[ab]{0,3}", 0u32..3),
        ) {
            let one = Binding { project: &p1, owner: &o1, field: &f1, version: v1 };
            let two = Binding { project: &p2, owner: &o2, field: &f2, version: v2 };
            prop_assert_eq!(one == two, Place::secret(&one).bytes() == Place::secret(&two).bytes());
        }
    }
}
