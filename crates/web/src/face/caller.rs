//! Who asks.

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use domain::principal::Caller;
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind};

use super::{Failure, From};
use crate::App;
use crate::console::bearer_of_cookie;

/// A caller with a good token, or with the console's cookie.
pub(crate) struct Signed(pub(crate) Caller);

impl FromRequestParts<App> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let Ok(From(origin)) = From::from_request_parts(parts, app).await;
        let source = origin.source_ip;
        let Some(token) = bearer(parts).or_else(|| bearer_of_cookie(app, &parts.headers)) else {
            app.limits().count_unauthenticated(source)?;
            let error = Error::new(ErrorKind::Unauthenticated, "this call needs a token");
            return Err(Failure(error.with_hint("send 'Authorization: Bearer <token>'; 'tidegate login' gets one")));
        };
        match app.broker().authenticate(&token, origin).await {
            Ok(caller) => Ok(Self(caller)),
            Err(error) => {
                if error.kind() == ErrorKind::Unauthenticated {
                    app.limits().count_unauthenticated(source)?;
                }
                Err(Failure(error))
            }
        }
    }
}

fn bearer(parts: &Parts) -> Option<SecretBytes> {
    let value = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretBytes::from(token.trim()))
}
