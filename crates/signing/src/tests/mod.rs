//! Signatures against what others say they are: published examples, a naive implementation,
//! and another library.

mod agreement;
mod goog4;
mod naive;
mod published;
pub(crate) mod rsa;
mod sas;
mod shared_key;
mod url;

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
