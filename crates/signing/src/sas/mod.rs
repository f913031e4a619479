//! Shared access signatures of Azure Blob Storage, for blobs many at a time.
//!
//! A signature is an HMAC-SHA256 over lines of text, keyed with the account's key ("Create a service SAS") or with
//! a user-delegation key ("Create a user delegation SAS", Azure Storage REST API). The lines differ from version
//! to version; what is signed here is version [`VERSION`], whose lines are those documented for "version 2020-12-06
//! and later". In this order, an empty line for what is absent:
//!
//! 1. `sp`, `st`, `se`, and the canonicalised resource `/blob/ACCOUNT/CONTAINER[/NAME]`, its name raw;
//! 2. with the account's key: `si`; with a delegated one: `skoid`, `sktid`, `skt`, `ske`, `sks`, `skv`, `saoid`,
//!    `suoid`, `scid`;
//! 3. `sip`, `spr`, `sv`, `sr`, the time of a snapshot, `ses`, `rscc`, `rscd`, `rsce`, `rscl`, `rsct`.
//!
//! From 2025-07-05 on a delegated signature has two more lines, so a newer version is another format, not a
//! better number; Azurite 3.35 knows none after 2025-11-05. `sdd` is not signed: it says how many segments of the
//! resource are the directory.
//!
//! A line break inside a line would move the lines after it, so that a signature for one name could be spent as
//! that of a shorter one. Azure's own clients sign such names; here they are refused. So are names with a
//! backslash, which Azure takes for a slash (Azure/azure-sdk-for-js, pull request 5405): no blob has such a name,
//! and the signature would not match.

mod ask;
mod lines;
mod permissions;
mod presign;
mod token;

pub use ask::{BlobService, DelegationKey, Overrides, Protocol, SasAsk, SasError, SasKey};
pub use lines::VERSION;
pub use permissions::Permissions;
pub use presign::Presigner;
pub use token::{Scope, token};
