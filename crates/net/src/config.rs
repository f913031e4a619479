//! What the operator decides about the way out.

use std::fmt;

use ipnet::IpNet;

/// The `[egress]` section of the configuration.
#[derive(Clone, Default)]
pub struct EgressConfig {
    /// Private and loopback ranges that may be reached; plain `http://` goes only inside them.
    pub allow: Vec<IpNet>,
    /// Certificates of private authorities, trusted beside those of the machine.
    pub ca_pem: Option<Vec<u8>>,
    /// An outbound proxy, `http://[user:password@]host:port`; the user and password are secret.
    pub proxy: Option<String>,
}

impl fmt::Debug for EgressConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EgressConfig")
            .field("allow", &self.allow)
            .field("ca_pem", &self.ca_pem.is_some())
            .field("proxy", &self.proxy.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_proxy_password() {
        let config = EgressConfig { proxy: Some("http://u:hunter2@proxy:3128".into()), ..EgressConfig::default() };
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
