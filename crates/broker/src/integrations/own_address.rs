//! Keeps stores away from Tidegate's own address.
//!
//! A browser takes an object for a page of the console if both come from one origin: its scripts would act
//! as whoever is signed in.

use std::sync::Arc;

use domain::integration::{Integration, Settings};
use domain::place::BucketName;
use domain::provider::{FieldKind, Provider};
use domain::{Error, FieldError, Result};
use http::Uri;

use crate::Broker;

/// Host and port. The scheme does not tell two places apart: browsers may have been told to keep to TLS.
type Place = (String, u16);

impl Broker {
    /// The endpoints among these settings that are Tidegate's own address.
    pub(super) fn own_endpoints(&self, method: &Arc<dyn Provider>, settings: &Settings) -> Vec<FieldError> {
        let Some(own) = self.own_address() else { return Vec::new() };
        let message = "this is Tidegate's own address, where objects would be taken for pages of its console";
        let ours = endpoints(method.as_ref(), settings).into_iter().filter(|(_, place)| *place == own);
        ours.map(|(name, _)| FieldError::new(format!("/settings/{name}"), message)).collect()
    }

    /// Refuses a bucket whose name before the store's host makes Tidegate's own address.
    pub(crate) fn refuse_own_bucket(&self, integration: &Integration, bucket: &BucketName) -> Result<()> {
        let Some(own) = self.own_address() else { return Ok(()) };
        let stores = endpoints(self.method(&integration.method)?.as_ref(), &integration.settings);
        if stores.into_iter().all(|(_, (host, port))| (format!("{bucket}.{host}"), port) != own) {
            return Ok(());
        }
        let message = "in this bucket objects would have Tidegate's own address and be taken for pages of its console";
        Err(Error::invalid("/bucket", message))
    }

    fn own_address(&self) -> Option<Place> {
        self.0.parts.options.base.as_deref().and_then(place)
    }
}

fn endpoints(method: &dyn Provider, settings: &Settings) -> Vec<(&'static str, Place)> {
    let fields = method.descriptor().setting_fields().filter(|field| field.kind == FieldKind::Endpoint);
    fields.filter_map(|field| Some((field.name, place(settings.get(field.name)?)?))).collect()
}

fn place(url: &str) -> Option<Place> {
    let uri: Uri = url.parse().ok()?;
    let usual = if uri.scheme_str() == Some("http") { 80 } else { 443 };
    let host = uri.host()?.trim_end_matches('.').to_ascii_lowercase();
    Some((host, uri.port_u16().unwrap_or(usual)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_is_written_in_many_ways() {
        let own = place("https://console.example");
        for same in ["https://console.example:443", "https://Console.Example./", "http://console.example:443"] {
            assert_eq!(place(same), own, "{same}");
        }
        for other in ["https://console.example:9000", "http://console.example", "https://s3.console.example"] {
            assert_ne!(place(other), own, "{other}");
        }
        assert_eq!(place("no url"), None);
    }
}
