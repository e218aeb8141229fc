//! People of OpenID Connect providers: whose account somebody is, and which role they have. What a provider said is
//! verified by the server before it comes here.

use crate::account::NewUser;
use crate::record::Effect;
use crate::sign_in::{Attempt, Next};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::StoreView;
use domain::{Code, Role, UserId};

/// Somebody, as a provider tells of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenIdPerson {
    /// Who says so: the issuer's address.
    pub issuer: String,
    /// What the issuer knows them by, for good (OpenID Connect Core 2, `sub`).
    pub subject: String,
    /// Their address.
    pub email: Option<String>,
    /// Whether the provider vouches for the address.
    pub is_email_verified: bool,
    /// Their name.
    pub name: Option<String>,
    /// What the provider's word gives them.
    pub role: OpenIdRole,
    /// The SHA-256 of what the sign-in began with: it is taken once.
    pub challenge_hash: [u8; 32],
}

/// What a provider's word gives somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenIdRole {
    /// Nothing: roles are given here.
    Local,
    /// The role of this id, at each sign-in.
    Given(String),
    /// Roles come from the provider, and it gives them none.
    Nobody,
}

/// What became of somebody whom a provider sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenIdOutcome {
    /// They are in, or their own second factor is due.
    Known(Next),
    /// They are no user, and nothing gives them a role.
    Nobody,
    /// They are no user yet, and the provider doesn't vouch for their address.
    Unverified,
    /// No store is open to them.
    NoStore,
    /// This sign-in was finished already.
    Over,
}

impl Storage {
    /// Signs in whom a provider sent. They are known by the provider's `sub`, else by a verified address, which links
    /// the two for good; who is unknown gets an account if the provider's word gives them a role. Their own second
    /// factor, if they have one, is asked for.
    ///
    /// # Errors
    /// When the database fails, or the role that the provider gives doesn't exist.
    pub async fn sign_in_with_openid(
        &self,
        attempt: &Attempt,
        person: OpenIdPerson,
    ) -> Result<OpenIdOutcome, Error> {
        match self
            .recorder()
            .apply(self.spend(person.challenge_hash))
            .await
        {
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                return Ok(OpenIdOutcome::Over);
            }
            outcome => outcome?,
        }
        if person.role == OpenIdRole::Nobody {
            return self
                .openid_refused(attempt, "openid_nobody", OpenIdOutcome::Nobody)
                .await;
        }
        let Some(store) = self.house_store().await? else {
            return Ok(OpenIdOutcome::NoStore);
        };
        let known = self.openid_identity(&person).await?;
        let email = person
            .email
            .clone()
            .filter(|email| person.is_email_verified && !email.is_empty());
        let user = match (known, &email) {
            (Some(user), _) => user,
            (None, None) => {
                return self
                    .openid_refused(attempt, "openid_unverified", OpenIdOutcome::Unverified)
                    .await;
            }
            (None, Some(email)) => match self.user_of_openid(&store, email, &person).await? {
                Some(user) => user,
                None => {
                    return self
                        .openid_refused(attempt, "openid_nobody", OpenIdOutcome::Nobody)
                        .await;
                }
            },
        };
        let (name, email) = self.name_of(user).await?;
        let attempt = Attempt {
            email: email.clone(),
            ..attempt.clone()
        };
        self.keep_identity(&attempt, user, &name, &person, known.is_none())
            .await?;
        if let OpenIdRole::Given(role) = &person.role {
            self.give_openid_role(store, user, NewUser::named(name, email), role)
                .await?;
        }
        self.enter_by_openid(&attempt, user).await
    }

    async fn enter_by_openid(
        &self,
        attempt: &Attempt,
        user: UserId,
    ) -> Result<OpenIdOutcome, Error> {
        let entered = if self.factors_of(user).await?.is_any() {
            self.sign_in_with_password(attempt, user).await
        } else {
            self.finish_with(attempt, user, "openid", false, Vec::new(), Vec::new())
                .await
                .map(|(token, device)| Next::SignedIn { token, device })
        };
        match entered {
            Ok(next) => Ok(OpenIdOutcome::Known(next)),
            Err(Error::Problem(problem)) if problem.code == Code::Forbidden => {
                self.openid_refused(attempt, "no_store", OpenIdOutcome::NoStore)
                    .await
            }
            Err(error) => Err(error),
        }
    }

    /// Whom a provider's `sub` was linked with.
    async fn openid_identity(&self, person: &OpenIdPerson) -> Result<Option<UserId>, Error> {
        let text = "SELECT user_id FROM openid_identity WHERE issuer = ? AND subject = ?";
        let values = values![person.issuer.clone(), person.subject.clone()];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        row.map(|row| {
            let id: Vec<u8> = row.try_get_by_index(0)?;
            Ok(UserId(crate::log::uuid_of(&id)?))
        })
        .transpose()
    }

    /// Who has the verified address; made if the provider gives a role.
    async fn user_of_openid(
        &self,
        store: &StoreView,
        email: &str,
        person: &OpenIdPerson,
    ) -> Result<Option<UserId>, Error> {
        if let Some(user) = self.user_id_of(email).await? {
            return Ok(Some(user));
        }
        let OpenIdRole::Given(role) = &person.role else {
            return Ok(None);
        };
        let scope = Scope::system("an OpenID Connect provider gave a role", store.clone());
        let role = self.role_of_id(&scope, role).await?;
        let name = person.name.clone().filter(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| email.to_owned());
        let user = NewUser::named(name.chars().take(200).collect(), email.to_owned());
        self.add_user(&scope, user, role).await.map(Some)
    }

    /// Notes when the identity was used, and the link when it is new.
    async fn keep_identity(
        &self,
        attempt: &Attempt,
        user: UserId,
        name: &str,
        person: &OpenIdPerson,
        is_new: bool,
    ) -> Result<(), Error> {
        let now = self.ambient().clock.now().timestamp_micros();
        let keep = Effect::statement(
            "INSERT INTO openid_identity (issuer, subject, user_id, created_at, last_used_at) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (issuer, subject) DO UPDATE SET last_used_at = excluded.last_used_at",
            values![
                person.issuer.clone(),
                person.subject.clone(),
                user.0.as_bytes().to_vec(),
                now,
                now
            ],
        );
        if !is_new {
            return self.recorder().apply(vec![keep]).await;
        }
        let mut event = self.attempt_event(
            attempt,
            SecurityEventName::IdentityLinked,
            SecurityOutcome::Success,
            "openid",
        );
        event.actor = crate::sign_in::person(user, name, &attempt.email);
        event.details = Some(serde_json::json!({
            "issuer": person.issuer,
            "subject": person.subject,
        }));
        let store = self.store_of_person(user).await?;
        self.write_events(store, attempt, vec![event], vec![keep])
            .await
    }

    /// Gives the role that the provider's word gives. The last super admin stays one.
    async fn give_openid_role(
        &self,
        store: StoreView,
        user: UserId,
        new: NewUser,
        role: &str,
    ) -> Result<(), Error> {
        let scope = Scope::system("an OpenID Connect provider gave a role", store);
        let role: Role = self.role_of_id(&scope, role).await?;
        let users = self.list_users(&scope).await?;
        let given = match users.into_iter().find(|known| known.id == user) {
            None => self.add_user(&scope, new, role).await.map(drop),
            Some(known) if known.role == role => Ok(()),
            Some(_) => self.set_role(&scope, user, role).await,
        };
        match given {
            Err(Error::Problem(problem)) if problem.code == Code::Conflict => {
                tracing::warn!(user = %user, %role, reason = %problem.message, "a provider's role was not given");
                Ok(())
            }
            outcome => outcome,
        }
    }

    /// Records that a provider's word was not enough, or not true.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn openid_failed(
        &self,
        attempt: &Attempt,
        reason: &'static str,
    ) -> Result<(), Error> {
        let store = self.store_of_attempt(attempt).await?;
        let event = self.attempt_event(
            attempt,
            SecurityEventName::SignInFailed,
            SecurityOutcome::Failed,
            reason,
        );
        self.write_events(store, attempt, vec![event], Vec::new())
            .await
    }

    async fn openid_refused(
        &self,
        attempt: &Attempt,
        reason: &'static str,
        outcome: OpenIdOutcome,
    ) -> Result<OpenIdOutcome, Error> {
        self.openid_failed(attempt, reason).await?;
        Ok(outcome)
    }
}

impl NewUser {
    fn named(name: String, email: String) -> Self {
        Self {
            name,
            email,
            password_hash: None,
        }
    }
}
