//! Passwords: argon2id, hashed off the async threads, a bounded number at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use domain::secret::SecretBytes;
use domain::{Error, Result};
use tokio::sync::Semaphore;

/// RFC 9106, section 4: the second recommended option, 64 MiB and three passes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 1;

/// NIST SP 800-63B: at least eight characters; we ask for twelve, and bound the work of hashing.
const SHORTEST: usize = 12;
const LONGEST: usize = 1024;

/// Hashing takes memory and a core, so only so many run at a time; the others wait.
static TURNS: Semaphore = Semaphore::const_new(2);

fn argon2() -> Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| Error::internal(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Refuses a password that is too short, too long, or the user's name.
pub(crate) fn check(pointer: &str, name: &str, password: &SecretBytes) -> Result<()> {
    let Some(text) = password.expose_str() else {
        return Err(Error::invalid(pointer, "a password is text"));
    };
    if text.chars().count() < SHORTEST || text.len() > LONGEST {
        return Err(Error::invalid(pointer, format!("a password has {SHORTEST} to {LONGEST} characters")));
    }
    if text.eq_ignore_ascii_case(name) {
        return Err(Error::invalid(pointer, "a password is not the user's name"));
    }
    Ok(())
}

/// Refuses a new password that is the old one, and what [`check`] refuses.
pub(crate) fn check_new(pointer: &str, name: &str, old: &SecretBytes, new: &SecretBytes) -> Result<()> {
    check(pointer, name, new)?;
    match super::same_bytes(old.expose(), new.expose()) {
        true => Err(Error::invalid(pointer, "the new password is the old one")),
        false => Ok(()),
    }
}

/// The hash of a password that was given or, with what is to be shown, of a generated one.
pub(crate) async fn chosen(name: &str, given: Option<SecretBytes>) -> Result<(String, Option<SecretBytes>)> {
    match given {
        Some(given) => {
            check("/password", name, &given)?;
            Ok((hash(given).await?, None))
        }
        None => {
            let generated = generate()?;
            Ok((hash(generated.clone()).await?, Some(generated)))
        }
    }
}

/// A password of 120 random bits that a person can type.
pub(crate) fn generate() -> Result<SecretBytes> {
    // No letters that look alike; 32 of them, so that five bits choose one without bias.
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut random = [0_u8; 24];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| Error::internal("no randomness"))?;
    let letters = random.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31)).copied());
    Ok(SecretBytes::new(letters.collect::<Vec<_>>()))
}

/// Hashes a password into the PHC string form.
pub(crate) async fn hash(password: SecretBytes) -> Result<String> {
    blocking(move || {
        let hash = argon2()?.hash_password(password.expose()).map_err(|error| Error::internal(error.to_string()))?;
        Ok(hash.to_string())
    })
    .await
}

/// Whether the password is the one; takes as long for nobody's hash (`None`) as for somebody's.
pub(crate) async fn verify(password: SecretBytes, hash: Option<String>) -> Result<bool> {
    blocking(move || {
        let Some(hash) = hash else {
            let _ = argon2()?.hash_password(password.expose());
            return Ok(false);
        };
        let hash = PasswordHash::new(&hash).map_err(|error| Error::internal(error.to_string()))?;
        Ok(argon2()?.verify_password(password.expose(), &hash).is_ok())
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let _turn = TURNS.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_verifies() {
        let hash = hash("correct horse".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=65536,t=3,p=1$"));
        assert!(verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horsf".into(), Some(hash)).await.unwrap());
        assert!(!verify("correct horse".into(), None).await.unwrap());
    }

    #[test]
    fn generated_passwords_are_long_and_differ() {
        let (one, two) = (generate().unwrap(), generate().unwrap());
        assert!(check("/password", "ann", &one).is_ok());
        assert_ne!(one.expose(), two.expose());
    }

    #[test]
    fn short_long_and_own_name_are_refused() {
        for bad in ["short", &"x".repeat(1025), "Ann.Example.com"] {
            assert!(check("/password", "ann.example.com", &bad.into()).is_err());
        }
    }
}
