//! Signatures against what others say they are: published examples, a naive implementation,
//! and another library.

mod agreement;
mod naive;
mod published;

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
