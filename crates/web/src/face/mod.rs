//! What all routes share: who asks, how a body is read, how an error looks, and the layers around.

mod body;
mod caller;
mod change;
mod cross_origin;
mod health;
mod idempotency;
mod layers;
mod limits;
mod listing;
mod metrics;
mod origin;
mod path;
mod preconditions;
mod problem;
mod progress;
mod query;

pub(crate) use body::Body;
pub(crate) use caller::Signed;
pub(crate) use change::given;
pub(crate) use health::{alive, ready};
pub(crate) use idempotency::Repeatable;
#[cfg(test)]
pub(crate) use idempotency::is_known;
pub(crate) use layers::layers;
pub(crate) use limits::Limits;
pub(crate) use listing::{Listing, NoFilter};
pub(crate) use metrics::{Metrics, serve as metrics};
pub(crate) use origin::{From, RequestId};
pub(crate) use path::{name, parsed};
pub(crate) use preconditions::{IfMatch, etag};
pub(crate) use problem::{Failure, Problem, log, status};
pub(crate) use progress::{Progress, Shown};
pub(crate) use query::{Asked, flag, time};
