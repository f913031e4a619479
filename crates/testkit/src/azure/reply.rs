//! Refusals in Azure's words.

use http::Response;

use crate::server::{ReplyBody, full};

/// Why the front does not pass a request on.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// The caller is somebody and may not.
    pub(super) fn not_permitted() -> Self {
        let message = "This request is not authorized to perform this operation using this permission.";
        Self::new(403, "AuthorizationPermissionMismatch", message)
    }

    /// A signature that is not good.
    pub(super) fn signature(details: &str) -> Self {
        let message = format!(
            "Server failed to authenticate the request. Make sure the value of Authorization header is formed \
             correctly including the signature. {details}"
        );
        Self::new(403, "AuthenticationFailed", message)
    }

    /// A key that is not the account's.
    pub(super) fn key() -> Self {
        Self::signature("The MAC signature found in the HTTP request is not the same as any computed signature.")
    }

    /// A token that is not good.
    pub(super) fn token(details: &str) -> Self {
        let message = format!(
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate \
             header. {details}"
        );
        Self::new(401, "InvalidAuthenticationInfo", message)
    }

    pub(super) fn nobody() -> Self {
        let message = "Server failed to authenticate the request. Please refer to the information in the \
                       www-authenticate header.";
        Self::new(401, "NoAuthenticationInformation", message)
    }

    pub(super) fn source_address() -> Self {
        let message = "This request is not authorized to perform this operation using this source IP.";
        Self::new(403, "AuthorizationSourceIPMismatch", message)
    }

    pub(super) fn keys_are_forbidden() -> Self {
        let message = "Key based authentication is not permitted on this storage account.";
        Self::new(403, "KeyBasedAuthenticationNotPermitted", message)
    }

    pub(super) fn unreadable() -> Self {
        Self::new(400, "InvalidUri", "The requested URI does not represent any resource on the server.")
    }

    pub(super) fn no_answer(why: &dyn std::fmt::Display) -> Self {
        Self::new(502, "InternalError", format!("Azurite did not answer: {why}"))
    }

    pub(super) fn send(&self) -> Response<ReplyBody> {
        let Self { status, code, message } = self;
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        );
        let mut response = Response::builder()
            .status(*status)
            .header("content-type", "application/xml")
            .header("x-ms-error-code", *code)
            .header("x-ms-request-id", uuid::Uuid::new_v4().to_string());
        if *status == 401 {
            response = response.header("www-authenticate", "Bearer resource_id=https://storage.azure.com");
        }
        response.body(full(xml)).expect("the double makes valid answers")
    }
}
