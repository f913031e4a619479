//! The outbound proxy: an HTTP `CONNECT` tunnel.

use base64::Engine as _;
use domain::secret::SecretBytes;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::failure::{Failure, io_words};
use crate::origin::Origin;

/// Longest head of the proxy's answer.
const MAX_HEAD: usize = 8 * 1024;

/// Where the proxy is and how to sign in to it.
#[derive(Debug, Clone)]
pub(crate) struct Proxy {
    pub(crate) origin: Origin,
    /// The value of `Proxy-Authorization`.
    authorization: Option<SecretBytes>,
}

impl Proxy {
    /// Reads `http://[user:password@]host:port`; the error is a sentence that does not quote it.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        const FORM: &str = "egress.proxy is not of the form http://[user:password@]host:port";
        let rest = text.strip_prefix("http://").ok_or(if text.starts_with("https://") {
            "egress.proxy begins with https://, but Tidegate speaks plain HTTP to a proxy and TLS through it; use http://"
        } else {
            FORM
        })?;
        let (user, host) = match rest.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, rest),
        };
        let origin = Origin::parse(&format!("http://{host}")).map_err(|_| FORM)?;
        Ok(Self { origin, authorization: user.map(basic) })
    }

    /// Asks the proxy for a tunnel to `target`; afterwards the stream belongs to the target.
    pub(crate) async fn tunnel<S>(&self, stream: &mut S, target: &Origin) -> Result<(), Failure>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let broke = |error: std::io::Error| Failure::network(format!("the outbound proxy: {}", io_words(&error)));
        let authority = target.authority();
        let mut head = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n").into_bytes();
        if let Some(authorization) = &self.authorization {
            head.extend_from_slice(b"Proxy-Authorization: ");
            head.extend_from_slice(authorization.expose());
            head.extend_from_slice(b"\r\n");
        }
        head.extend_from_slice(b"\r\n");
        let head = SecretBytes::new(head);
        stream.write_all(head.expose()).await.map_err(broke)?;
        // Byte by byte: what follows the head belongs to the target.
        let mut answer = Vec::with_capacity(256);
        while !answer.ends_with(b"\r\n\r\n") {
            if answer.len() == MAX_HEAD {
                return Err(Failure::network("the outbound proxy did not answer as an HTTP proxy does"));
            }
            answer.push(stream.read_u8().await.map_err(broke)?);
        }
        self.judge(status(&answer), target)
    }

    fn judge(&self, status: Option<u16>, target: &Origin) -> Result<(), Failure> {
        match status {
            Some(200..=299) => Ok(()),
            Some(407) if self.authorization.is_some() => {
                Err(Failure::network("the outbound proxy does not accept the user and password in egress.proxy"))
            }
            Some(407) => Err(Failure::network("the outbound proxy asks for a user and password")
                .with_hint("put them into egress.proxy as http://user:password@host:port")),
            Some(status) => {
                Err(Failure::network(format!("the outbound proxy refused to connect to {target} (status {status})")))
            }
            None => Err(Failure::network("the outbound proxy did not answer as an HTTP proxy does")),
        }
    }
}

fn basic(user_and_password: &str) -> SecretBytes {
    let decoded = SecretBytes::new(percent_decode_str(user_and_password).collect::<Vec<u8>>());
    let mut value = base64::engine::general_purpose::STANDARD.encode(decoded.expose());
    value.insert_str(0, "Basic ");
    SecretBytes::new(value.into_bytes())
}

fn status(head: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(head.split(|byte| *byte == b'\r').next()?).ok()?;
    let (version, rest) = line.split_once(' ')?;
    version.starts_with("HTTP/1.").then_some(())?;
    rest.get(..3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_decoded_and_hidden() {
        let proxy = Proxy::parse("http://ann:p%40ss@proxy.lan:3128").unwrap();
        assert_eq!(proxy.origin.authority(), "proxy.lan:3128");
        assert_eq!(proxy.authorization.as_ref().unwrap().expose(), b"Basic YW5uOnBAc3M=");
        assert!(!format!("{proxy:?}").contains("YW5u"));
    }

    #[test]
    fn other_forms_are_refused_without_being_quoted() {
        for text in ["proxy:3128", "socks5://u:hunter2@p", "https://u:hunter2@p:1", "http://u:hunter2@", "http://p/x"] {
            assert!(!Proxy::parse(text).unwrap_err().contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn status_is_read_from_the_first_line_only() {
        assert_eq!(status(b"HTTP/1.1 200 Connection established\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 407\r\n\r\n"), Some(407));
        assert_eq!(status(b"SSH-2.0-x\r\n HTTP/1.1 200\r\n\r\n"), None);
        assert_eq!(status(b"HTTP/1.1 2\r\n\r\n"), None);
    }
}
