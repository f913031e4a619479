//! People: made, shown and changed by the installation's administrator.

use std::collections::BTreeMap;

use authz::Action;
use domain::audit::{Outcome, Target};
use domain::id::PrincipalId;
use domain::name::UserName;
use domain::page::{Page, PageAsk};
use domain::principal::{Caller, Principal, PrincipalKind};
use domain::secret::SecretBytes;
use domain::{Error, ErrorKind, FieldError, Result};
use jiff::Timestamp;
use serde::Serialize;
use store::Tx;
use store::principals::StoredPrincipal;

use super::{find, password};
use crate::Broker;
use crate::audit::{Log, append, event};

/// The most properties of one user: AWS STS takes 50 tags a session, and Tidegate has its own.
const MOST_PROPERTIES: usize = 40;
/// The longest name and value of a property.
const LONGEST_NAME: usize = 63;
const LONGEST_VALUE: usize = 256;

/// A new user, as it is asked for.
pub struct NewUser {
    /// Unique in the installation.
    pub name: UserName,
    /// The first password; generated, and then to be changed, if none is given.
    pub password: Option<SecretBytes>,
    /// An administrator of the installation.
    pub administrator: bool,
}

/// A change: what is left out is kept.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// Keeps him out, or lets him in again.
    pub disabled: Option<bool>,
    /// Properties; `None` removes one.
    pub properties: BTreeMap<String, Option<String>>,
}

/// A user as he is shown.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct UserView {
    /// Never reused.
    pub id: String,
    /// Unique in the installation.
    pub name: String,
    /// The installation's administrator.
    pub administrator: bool,
    /// May not sign in, and none of his tokens is accepted.
    pub disabled: bool,
    /// What role ARNs may name as `${user.<property>}`.
    pub properties: BTreeMap<String, String>,
    /// The password was generated and must be changed at the next sign-in.
    pub password_change_required: bool,
    /// When he was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

/// A user, and his generated password: shown once.
pub struct WithPassword {
    /// The user.
    pub user: UserView,
    /// The password, if it was generated.
    pub password: Option<SecretBytes>,
}

pub(super) async fn view(tx: &mut Tx, found: StoredPrincipal) -> Result<UserView> {
    let password = store::passwords::get(tx, found.principal.id).await?;
    Ok(shown(found, password.is_some_and(|password| password.must_change)))
}

fn shown(found: StoredPrincipal, password_change_required: bool) -> UserView {
    UserView {
        id: found.principal.id.to_string(),
        name: found.principal.name,
        administrator: found.principal.administrator,
        disabled: found.disabled,
        properties: found.principal.properties,
        password_change_required,
        created_at: found.created_at,
    }
}

fn nobody() -> Target {
    Target { kind: "user".to_owned(), id: None, name: None }
}

impl Broker {
    /// Makes a user.
    ///
    /// # Errors
    /// `name_taken`; `invalid` for a password that is too weak.
    pub async fn create_user(&self, caller: &Caller, new: NewUser) -> Result<WithPassword> {
        let rule = self.permit(caller, Action::UserCreate, nobody()).await?;
        find::refuse_id_as_name(new.name.as_str())?;
        let (hash, shown) = password::chosen(new.name.as_str(), new.password).await?;
        let (now, installation, caller) = (self.now(), self.installation(), caller.clone());
        let made = StoredPrincipal {
            principal: Principal {
                id: PrincipalId::new(),
                kind: PrincipalKind::User,
                name: new.name.into(),
                administrator: new.administrator,
                properties: BTreeMap::new(),
            },
            project: None,
            disabled: false,
            created_at: now,
        };
        let must_change = shown.is_some();
        let user = self
            .store()
            .write(move |tx| {
                Box::pin(async move {
                    store::principals::insert(tx, &made).await?;
                    store::passwords::set(tx, made.principal.id, &hash, must_change, now).await?;
                    let born = event(Action::UserCreate, Outcome::Done, rule, find::target(&made.principal))
                        .with("administrator", made.principal.administrator);
                    let born = find::naming(born, &made.principal);
                    append(tx, &installation, Log::Installation, now, Some(&caller), &born).await?;
                    view(tx, made).await
                })
            })
            .await
            .map_err(crate::audit::unavailable)?;
        Ok(WithPassword { user, password: shown })
    }

    /// The users, by name.
    ///
    /// # Errors
    /// `permission_denied` to all but administrators.
    pub async fn list_users(&self, caller: &Caller, page: PageAsk) -> Result<Page<UserView>> {
        self.permit(caller, Action::UserList, nobody()).await?;
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = store::principals::users(tx, &page).await?;
                    let ids = found.items.iter().map(|user| user.principal.id);
                    let must_change = store::passwords::to_be_changed(tx, ids).await?;
                    Ok(found.map(|user| {
                        let must_change = must_change.contains(&user.principal.id);
                        shown(user, must_change)
                    }))
                })
            })
            .await
    }

    /// One user.
    ///
    /// # Errors
    /// `permission_denied` to all but administrators; `not_found`.
    pub async fn show_user(&self, caller: &Caller, name: &UserName) -> Result<UserView> {
        self.permit(caller, Action::UserShow, nobody()).await?;
        let name = name.clone();
        self.store()
            .read(move |tx| {
                Box::pin(async move {
                    let found = find::user(tx, &name).await?;
                    view(tx, found).await
                })
            })
            .await
    }

    /// Disables or enables a user, and sets his properties. Disabling ends all his sessions and tokens.
    ///
    /// # Errors
    /// `conflict` for the last administrator; `invalid` with every property that is not acceptable.
    pub async fn change_user(&self, caller: &Caller, name: &UserName, change: UserChange) -> Result<UserView> {
        let rule = self.permit(caller, Action::UserChange, nobody()).await?;
        check_properties(&change.properties)?;
        let (now, installation, name, by) = (self.now(), self.installation(), name.clone(), caller.clone());
        let changed = self.store().write(move |tx| {
            Box::pin(async move {
                let mut found = find::user(tx, &name).await?;
                let mut event = event(Action::UserChange, Outcome::Done, rule, find::target(&found.principal));
                if let Some(disabled) = change.disabled {
                    switch(tx, &mut found, disabled, now).await?;
                    event = event.with("disabled", disabled);
                }
                if !change.properties.is_empty() {
                    let names: Vec<_> = change.properties.keys().cloned().collect();
                    event = event.with("properties", names);
                    merge(&mut found.principal.properties, change.properties)?;
                    store::principals::set_properties(tx, found.principal.id, &found.principal.properties).await?;
                }
                let event = find::naming(event, &found.principal);
                append(tx, &installation, Log::Installation, now, Some(&by), &event).await?;
                Ok((found.principal.id, view(tx, found).await?))
            })
        });
        let (id, user) = self.settled(Log::Installation, caller, Action::UserChange, nobody(), changed.await).await?;
        self.forget_principal(id);
        Ok(user)
    }
}

async fn switch(tx: &mut Tx, found: &mut StoredPrincipal, disabled: bool, now: Timestamp) -> Result<()> {
    let id = found.principal.id;
    if disabled {
        // Counted first: others who disable an administrator wait behind it.
        let administrators = store::principals::count_administrators(tx).await?;
        if found.principal.administrator && !found.disabled && administrators <= 1 {
            return Err(Error::new(ErrorKind::Conflict, "this is the last administrator who may sign in")
                .with_hint("make another one first: 'tidegate user create NAME --administrator'"));
        }
        store::tokens::revoke_all(tx, id, None, now).await?;
    } else {
        store::passwords::clear_failures(tx, id).await?;
    }
    found.disabled = disabled;
    store::principals::set_disabled(tx, id, disabled).await.map(drop)
}

fn merge(properties: &mut BTreeMap<String, String>, change: BTreeMap<String, Option<String>>) -> Result<()> {
    for (name, value) in change {
        match value {
            Some(value) => properties.insert(name, value),
            None => properties.remove(&name),
        };
    }
    if properties.len() > MOST_PROPERTIES {
        let message = format!("a user has at most {MOST_PROPERTIES} properties");
        return Err(Error::invalid("/properties", message));
    }
    Ok(())
}

/// Values go into role ARNs and session tags, so they hold only what both take: `[\w+=,.@-]`.
fn check_properties(properties: &BTreeMap<String, Option<String>>) -> Result<()> {
    let within = |text: &str, longest: usize, extra: &[u8]| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || extra.contains(&byte);
        (1..=longest).contains(&text.len()) && text.bytes().all(good)
    };
    let mut wrong = Vec::new();
    for (name, value) in properties {
        let pointer = format!("/properties/{}", name.replace('~', "~0").replace('/', "~1"));
        if !within(name, LONGEST_NAME, b"_-") {
            let message = format!("the name of a property has 1 to {LONGEST_NAME} letters, digits, '_' and '-'");
            wrong.push(FieldError::new(pointer, message));
        } else if value.as_deref().is_some_and(|value| !within(value, LONGEST_VALUE, b"_+=,.@-")) {
            let message = format!("a property has 1 to {LONGEST_VALUE} letters, digits and + = , . @ _ -");
            wrong.push(FieldError::new(pointer, message));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid_fields(wrong)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(name: &str, value: &str) -> Option<String> {
        let properties = [(name.to_owned(), Some(value.to_owned()))].into();
        check_properties(&properties).err().map(|error| error.fields()[0].pointer.clone())
    }

    #[test]
    fn properties_hold_only_what_fits_into_a_role_arn() {
        assert_eq!(wrong("team_1", "a+b=c,d.e@f_g-H"), None);
        for bad in ["", "a b", "a/b", "a*", "${x}", "ä", "a\n", &"x".repeat(257)] {
            assert_eq!(wrong("team", bad).as_deref(), Some("/properties/team"), "{bad:?}");
        }
        assert_eq!(wrong("a/b", "x").as_deref(), Some("/properties/a~1b"));
        assert_eq!(wrong("", "x").as_deref(), Some("/properties/"));
    }

    #[test]
    fn removing_a_property_needs_no_value_and_too_many_are_refused() {
        let mut properties: BTreeMap<_, _> = [("a".to_owned(), "1".to_owned())].into();
        merge(&mut properties, [("a".to_owned(), None)].into()).unwrap();
        assert!(properties.is_empty());
        let many = (0..=MOST_PROPERTIES).map(|n| (format!("p{n}"), Some("1".to_owned()))).collect();
        assert!(merge(&mut properties, many).is_err());
    }
}
