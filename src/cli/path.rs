//! Paths of the API, with every segment and parameter escaped.

/// A path below `/api/v1`, and its query.
#[derive(Debug, Clone)]
pub(crate) struct ApiPath {
    text: String,
    has_query: bool,
}

impl ApiPath {
    /// A path of these segments.
    pub(crate) fn new(segments: &[&str]) -> Self {
        let mut text = "/api/v1".to_owned();
        for segment in segments {
            text.push('/');
            escape(segment, &mut text);
        }
        Self { text, has_query: false }
    }

    /// Adds a parameter.
    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.text.push(if self.has_query { '&' } else { '?' });
        self.has_query = true;
        escape(name, &mut self.text);
        self.text.push('=');
        escape(value, &mut self.text);
        self
    }

    /// Adds a parameter if there is one.
    #[must_use]
    pub(crate) fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// Adds a parameter as often as there are values.
    #[must_use]
    pub(crate) fn with_all(self, name: &str, values: &[String]) -> Self {
        values.iter().fold(self, |path, value| path.with(name, value))
    }

    /// What goes into the request line.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}

/// RFC 3986: everything but the unreserved characters is escaped.
fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.extend(char::from_digit(u32::from(nibble), 16).map(|digit| digit.to_ascii_uppercase()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_and_parameters_cannot_break_out() {
        let path = ApiPath::new(&["users", "a/../b@c?x"]).with("prefix", "é &=/").with_some("none", None).with("b", "");
        assert_eq!(path.as_str(), "/api/v1/users/a%2F..%2Fb%40c%3Fx?prefix=%C3%A9%20%26%3D%2F&b=");
    }
}
