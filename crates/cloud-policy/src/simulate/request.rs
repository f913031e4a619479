//! A request: who asks to do what with what, and what else is known of it.

use super::principal::Caller;

/// The longest text of a request, in bytes; an ARN has at most 2,048 and a key 1,024.
pub const MAX_TEXT: usize = 4_096;
const MAX_KEYS: usize = 1_000;
/// How long all texts of a request may be together, in bytes.
const MAX_ALL: usize = 64 * 1024;

/// What is known of a request besides principal, action and resource.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// Names in lower case, in the order in which they came.
    keys: Vec<(String, Vec<String>)>,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub(super) caller: Caller,
    /// In lower case: actions are compared without regard to it.
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) context: Context,
}

/// Why something is no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not a principal.
    #[error(
        "{0:?} is no principal: give the ARN of a user, a role or a session of one, an account, \
         the name of a service or identity provider, or \"*\" for a request that nobody signed"
    )]
    Principal(String),
    /// Not an action.
    #[error("{0:?} is no action: give one with its service and without wildcards, for example s3:GetObject")]
    Action(String),
    /// No resource.
    #[error(
        "give the resource in full, for example arn:aws:s3:::bucket/key, projects/_/buckets/bucket/objects/name, or the id \
         of a blob that begins with /subscriptions/"
    )]
    Resource,
    /// Not a member of Google Cloud or a principal of Azure.
    #[error(
        "{0:?} names nobody: give a member such as user:ann@example.org (or allUsers) for Google Cloud, and an object id or a \
         name for Azure"
    )]
    Member(String),
    /// Not a permission of Google Cloud or an action of Azure.
    #[error(
        "{0:?} is no permission: give one without wildcards, for example storage.objects.get for Google Cloud, or \
         Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read for Azure"
    )]
    Permission(String),
    /// Not an attribute that conditions know.
    #[error(
        "{0:?} is no attribute: Google Cloud has resource.name, resource.type, resource.service, request.time and names such as \
         storage.googleapis.com/objectListPrefix, and Azure @Resource[NAME], @Request[NAME], @Principal[NAME], \
         @Environment[NAME] and SubOperation"
    )]
    Key(String),
    /// Not a moment.
    #[error("{0:?} is no moment: write it as 2024-05-06T07:08:09Z")]
    Time(String),
    /// More than what is read.
    #[error(
        "the request is too large: a text of it has at most {MAX_TEXT} bytes, and it has at most {MAX_KEYS} keys and {MAX_ALL} bytes in all"
    )]
    TooLarge,
}

impl Context {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value of a key; a key has as many values as were added.
    pub fn add(&mut self, key: &str, value: impl Into<String>) {
        let key = key.to_lowercase();
        match self.keys.iter_mut().find(|(name, _)| *name == key) {
            Some((_, values)) => values.push(value.into()),
            None => self.keys.push((key, vec![value.into()])),
        }
    }

    /// The values of a key; none if the request does not have it.
    pub fn values(&self, key: &str) -> Option<&[String]> {
        self.of(&key.to_lowercase())
    }

    /// As [`Context::values`], of a key that is in lower case already.
    pub(super) fn of(&self, key: &str) -> Option<&[String]> {
        self.keys.iter().find_map(|(name, values)| (name == key).then_some(values.as_slice()))
    }

    /// The value of a key that has exactly one; others cannot be variables.
    pub(super) fn only(&self, key: &str) -> Option<&str> {
        match self.of(key) {
            Some([value]) => Some(value),
            _ => None,
        }
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().flat_map(|(key, values)| std::iter::once(key).chain(values).map(String::as_str))
    }
}

impl Request {
    /// A request; `aws:PrincipalArn` follows from the principal, unless the context has it.
    ///
    /// # Errors
    /// It does not say who asks, or what for, or is too large.
    pub fn new(principal: &str, action: &str, resource: &str, mut context: Context) -> Result<Self, RequestError> {
        let values = context.keys.iter().map(|(_, values)| values.len()).sum();
        bounded([principal, action, resource].into_iter().chain(context.texts()), values)?;
        let caller = Caller::parse(principal).ok_or_else(|| RequestError::Principal(principal.to_owned()))?;
        let name = action.split_once(':').filter(|(service, name)| !service.is_empty() && !name.is_empty());
        if name.is_none() || action.contains(['*', '?']) || action.contains(char::is_whitespace) {
            return Err(RequestError::Action(action.to_owned()));
        }
        if resource.is_empty() {
            return Err(RequestError::Resource);
        }
        if let Some(arn) = caller.principal_arn()
            && context.of(PRINCIPAL_ARN).is_none()
        {
            context.add(PRINCIPAL_ARN, arn);
        }
        Ok(Self { caller, action: action.to_ascii_lowercase(), resource: resource.to_owned(), context })
    }

    /// The account that the resource belongs to, if that is known: S3's ARNs have none.
    pub(super) fn resource_account(&self) -> Option<&str> {
        let named = || crate::arn::account_of(&self.resource);
        self.context.only(RESOURCE_ACCOUNT).or_else(named)
    }

    /// Whether it asks for a key of KMS, which nobody uses whom the key's own policy does not let. An alias has
    /// no policy of its own.
    pub(super) fn uses_key(&self) -> bool {
        let mut parts = self.resource.splitn(6, ':').skip(2);
        self.action.starts_with("kms:")
            && parts.next() == Some("kms")
            && parts.nth(2).is_some_and(|name| name.starts_with("key/") || name.contains('*'))
    }

    /// Whether it asks for a session of a role, which the role's trust policy decides.
    pub(super) fn assumes_role(&self) -> bool {
        let with_it = ["sts:tagsession", "sts:setsourceidentity", "sts:setcontext"];
        self.action.starts_with("sts:assumerole") && self.action != "sts:assumeroot"
            || with_it.contains(&self.action.as_str())
    }
}

/// Refuses what is larger than a request can be.
pub(super) fn bounded<'a>(texts: impl IntoIterator<Item = &'a str>, keys: usize) -> Result<(), RequestError> {
    let mut all = 0_usize;
    for text in texts {
        all = all.saturating_add(text.len());
        if text.len() > MAX_TEXT || all > MAX_ALL {
            return Err(RequestError::TooLarge);
        }
    }
    if keys > MAX_KEYS { Err(RequestError::TooLarge) } else { Ok(()) }
}

const PRINCIPAL_ARN: &str = "aws:principalarn";
const RESOURCE_ACCOUNT: &str = "aws:resourceaccount";

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "arn:aws:iam::111122223333:user/ann";

    fn asked(principal: &str) -> Request {
        Request::new(principal, "S3:GetObject", "arn:aws:s3:::b/k", Context::new()).unwrap()
    }

    #[test]
    fn the_arn_of_the_principal_follows_and_the_context_wins() {
        for (principal, arn) in [
            (ANN, ANN),
            ("111122223333", "arn:aws:iam::111122223333:root"),
            ("arn:aws:sts::111122223333:assumed-role/r/s", "arn:aws:iam::111122223333:role/r"),
            ("arn:aws-cn:sts::111122223333:federated-user/f", "arn:aws-cn:sts::111122223333:federated-user/f"),
        ] {
            assert_eq!(asked(principal).context.values("aws:PrincipalArn").unwrap(), [arn]);
        }
        assert_eq!(asked("*").context.values("aws:PrincipalArn"), None);
        let mut context = Context::new();
        context.add("AWS:principalARN", "mine");
        let request = Request::new(ANN, "s3:GetObject", "r", context).unwrap();
        assert_eq!(request.context.values("aws:PrincipalArn").unwrap(), ["mine"]);
    }

    #[test]
    fn a_key_has_as_many_values_as_were_added() {
        let mut context = Context::new();
        context.add("aws:TagKeys", "a");
        context.add("aws:tagkeys", "b");
        assert_eq!(context.values("AWS:TAGKEYS").unwrap(), ["a", "b"]);
        assert_eq!((context.only("aws:tagkeys"), context.values("other")), (None, None));
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let ask = |principal: &str, action: &str, resource: &str| {
            Request::new(principal, action, resource, Context::new()).unwrap_err().to_string()
        };
        for principal in [
            "",
            "ann",
            "arn:aws:s3:::b",
            "arn:aws:iam::1",
            "arn:aws:iam::111122223333:group/g",
            "arn:aws:sts::1:assumed-role/r",
        ] {
            assert!(ask(principal, "s3:GetObject", "r").contains("no principal"), "{principal}");
        }
        for action in ["", "GetObject", ":GetObject", "s3:", "s3:Get*", "s3:Get Object"] {
            assert!(ask(ANN, action, "r").contains("no action"), "{action}");
        }
        assert!(ask(ANN, "s3:GetObject", "").contains("resource"));
        assert!(ask(ANN, "s3:GetObject", &"x".repeat(MAX_TEXT + 1)).contains("too large"));
    }

    #[test]
    fn the_account_of_a_resource_is_in_its_arn_or_said() {
        assert_eq!(asked(ANN).resource_account(), None);
        let mut context = Context::new();
        context.add("aws:ResourceAccount", "444455556666");
        let said = Request::new(ANN, "s3:GetObject", "arn:aws:s3:::b", context).unwrap();
        assert_eq!(said.resource_account(), Some("444455556666"));
        let role = Request::new(ANN, "sts:AssumeRole", "arn:aws:iam::444455556666:role/r", Context::new()).unwrap();
        assert_eq!((role.resource_account(), role.assumes_role()), (Some("444455556666"), true));
    }
}
