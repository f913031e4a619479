//! Who asks, and whether a statement is about him, and how directly.

use super::Attached;
use crate::read::{Effect, Fault, FaultKind, PrincipalKind, Principals, Who};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// Nobody signed the request.
    Anonymous,
    /// A service, an identity provider, or an account by the identifier of S3.
    Named(String),
    /// Somebody of an account.
    Identity(Identity),
}

/// Somebody of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    arn: String,
    partition: String,
    pub(super) account: String,
    pub(super) kind: Kind,
    /// The name of the role of a session.
    role: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The account's root user.
    Root,
    User,
    Role,
    /// A session of a role.
    Session,
    FederatedUser,
}

/// How a statement of a resource's policy names the caller; what that is worth grows from the first to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grade {
    /// By his account, which decides itself to whom of it that is given.
    Account,
    /// By the role of the session: the session's policy limits it.
    Role,
    /// By himself, or everyone.
    Direct,
}

impl Caller {
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Anonymous);
        }
        if is_account(text) {
            return Self::parse(&format!("arn:aws:iam::{text}:root"));
        }
        let Some(arn) = Arn::parse(text) else {
            let identifier = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
            let domain = text.contains('.') && !text.contains([' ', '*']) && !text.starts_with("arn:");
            return (identifier || domain).then(|| Self::Named(text.to_owned()));
        };
        let (kind, role) = match (arn.service, arn.resource.split_once('/')) {
            ("iam", None) if arn.resource == "root" => (Kind::Root, ""),
            ("iam", Some(("user", name))) if !name.is_empty() => (Kind::User, ""),
            ("iam", Some(("role", path))) if !path.is_empty() => (Kind::Role, last(path)),
            ("iam", Some(("saml-provider" | "oidc-provider", _))) => return Some(Self::Named(text.to_owned())),
            ("sts", Some(("assumed-role", rest))) => (Kind::Session, rest.split_once('/')?.0),
            ("sts", Some(("federated-user", name))) if !name.is_empty() => (Kind::FederatedUser, ""),
            _ => return None,
        };
        Some(Self::Identity(Identity {
            arn: text.to_owned(),
            partition: arn.partition.to_owned(),
            account: arn.account.to_owned(),
            kind,
            role: role.to_owned(),
        }))
    }

    /// What `aws:PrincipalArn` says: of a session the ARN of its role.
    pub(super) fn principal_arn(&self) -> Option<String> {
        let Self::Identity(identity) = self else { return None };
        Some(match identity.kind {
            Kind::Session => format!("arn:{}:iam::{}:role/{}", identity.partition, identity.account, identity.role),
            _ => identity.arn.clone(),
        })
    }

    pub(super) fn identity(&self) -> Option<&Identity> {
        if let Self::Identity(identity) = self { Some(identity) } else { None }
    }
}

impl Identity {
    /// How an entry of the list `AWS` names him.
    fn named_by(&self, entry: &str) -> Option<Grade> {
        if entry == self.arn {
            // A role is never itself the caller, only one of its sessions.
            return Some(if self.kind == Kind::Role { Grade::Role } else { Grade::Direct });
        }
        if is_account(entry) {
            return (entry == self.account).then_some(Grade::Account);
        }
        let arn = Arn::parse(entry).filter(|arn| arn.account == self.account && arn.partition == self.partition)?;
        match (arn.service, arn.resource.split_once('/')) {
            ("iam", None) if arn.resource == "root" => Some(Grade::Account),
            // The ARN of a session has no path; the name of a role is unique in its account without it.
            ("iam", Some(("role", path))) if self.kind == Kind::Session && last(path) == self.role => Some(Grade::Role),
            _ => None,
        }
    }
}

/// `Principal` or `NotPrincipal` of a statement, ready to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Whom {
    negated: bool,
    effect: Effect,
    everyone: bool,
    accounts: Vec<String>,
    others: Vec<String>,
}

impl Whom {
    pub(super) fn compile(attached: Attached, principals: &Principals, effect: Effect) -> Result<Self, Fault> {
        let mut whom = Self {
            negated: principals.negated,
            effect,
            everyone: principals.everyone(),
            accounts: vec![],
            others: vec![],
        };
        if attached == Attached::Trust && principals.negated {
            let message = "a role's trust policy has no NotPrincipal, which AWS refuses there: it names who may";
            return Err(Fault::new(&principals.pointer, FaultKind::UnknownField, message));
        }
        let Who::Named(lists) = &principals.who else { return Ok(whom) };
        for (kind, texts) in lists {
            for (pointer, text) in texts.located() {
                let everyone = *kind == PrincipalKind::Aws && text == "*";
                if text.contains(['*', '?']) && !everyone {
                    return Err(Fault::new(pointer, FaultKind::Value, wildcard(attached, text)));
                }
                let list = if *kind == PrincipalKind::Aws { &mut whom.accounts } else { &mut whom.others };
                list.push(text.to_owned());
            }
        }
        Ok(whom)
    }

    /// How the statement names the caller; none if it is not about him.
    pub(super) fn names(&self, caller: &Caller) -> Option<Grade> {
        if self.negated {
            return (!self.exempts(caller)).then_some(Grade::Direct);
        }
        if self.everyone {
            return Some(Grade::Direct);
        }
        match caller {
            Caller::Anonymous => None,
            Caller::Named(name) => self.others.contains(name).then_some(Grade::Direct),
            Caller::Identity(identity) => self.accounts.iter().filter_map(|entry| identity.named_by(entry)).max(),
        }
    }

    /// Whether `NotPrincipal` lists the caller. A Deny spares only whom it lists himself, with his account and, of
    /// a session, its role: AWS may look at these first ("Specifying `NotPrincipal` with `Deny`"), and what it may
    /// deny is not allowed here. An Allow leaves out whoever is named in any way.
    fn exempts(&self, caller: &Caller) -> bool {
        match caller {
            _ if self.everyone => true,
            Caller::Anonymous => false,
            Caller::Named(name) => self.others.contains(name),
            Caller::Identity(identity) => {
                let named = |grade| self.accounts.iter().any(|entry| identity.named_by(entry) == Some(grade));
                let himself = self.accounts.contains(&identity.arn);
                match (self.effect, identity.kind) {
                    (Effect::Deny, Kind::Session) => himself && named(Grade::Role) && named(Grade::Account),
                    (Effect::Deny, Kind::User | Kind::Role | Kind::FederatedUser) => himself && named(Grade::Account),
                    (Effect::Allow, _) | (_, Kind::Root) => {
                        self.accounts.iter().any(|entry| identity.named_by(entry).is_some())
                    }
                }
            }
        }
    }
}

fn wildcard(attached: Attached, text: &str) -> String {
    let whole = if attached == Attached::Trust { "a role's" } else { "a" };
    format!(
        "{text:?} is no principal: {whole} policy names each one in full, or compares aws:PrincipalArn in a condition"
    )
}

struct Arn<'a> {
    partition: &'a str,
    service: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> Arn<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut fields = text.splitn(6, ':');
        let (arn, partition, service) = (fields.next()?, fields.next()?, fields.next()?);
        let (region, account, resource) = (fields.next()?, fields.next()?, fields.next()?);
        (arn == "arn" && region.is_empty()).then_some(Self { partition, service, account, resource })
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
