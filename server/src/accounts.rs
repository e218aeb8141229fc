//! What pages ask of the server about accounts: passwords, second factors, links.

mod passkeys;

use crate::email::Party;
use crate::notices::Notice;
use crate::password::{self, Known};
use crate::problem::ApiError;
use crate::second_factor;
use crate::sign_in::{App, TOTP, minutes};
use crate::state::AppState;
use app::account::{LinkSent, TotpSetup};
use app::context::{Accounts, Answer};
use domain::view::{Factors, LinkView, PasskeyChallenge, SignInWays};
use domain::{Code, Problem, UserId};
use storage::{Attempt, Caller, Gate, NewUser, Scope, Session, SignInFailure};

/// What a browser is known by besides its session.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// Its device cookie.
    pub device: Option<String>,
    /// The cookie of its half sign-in.
    pub step: Option<String>,
}

/// Accounts, as one request asks for them.
pub struct RequestAccounts {
    /// The server.
    pub state: AppState,
    /// From where the request came.
    pub caller: Caller,
    /// The browser that asks.
    pub browser: Browser,
}

impl RequestAccounts {
    fn scope(&self, session: &Session) -> Scope {
        Scope::of_session(session).at(self.caller.clone())
    }

    /// That the session was proved within ten minutes.
    fn require_proof(&self, session: &Session) -> Result<(), Problem> {
        if session.has_fresh_proof(self.state.storage.ambient().clock.now()) {
            return Ok(());
        }
        Err(Problem::new(
            Code::ProofRequired,
            "confirm that it is you: enter your password again",
        ))
    }

    /// That `password` is the session's person's, counted as a sign-in is: a stolen session is no way to guess. A wrong one
    /// is on record as a wrong proof.
    async fn check_password(
        &self,
        session: &Session,
        password: String,
        field: &str,
    ) -> Result<(), Problem> {
        let state = &self.state;
        let attempt = self.attempt(session);
        let turn = state.passwords.turn().await?;
        if let Gate::Locked { until } = state.storage.sign_in_gate(&attempt).await.map_err(told)? {
            state
                .storage
                .sign_in_refused(&attempt)
                .await
                .map_err(told)?;
            let minutes = minutes(state, until);
            return Err(Problem::new(
                Code::RateLimited,
                format!("too many wrong passwords; try again in {minutes} minutes"),
            ));
        }
        let login = state.storage.login_of(&session.email).await.map_err(told)?;
        let hash = login.and_then(|login| login.password_hash);
        if turn.verify(password, hash).await? {
            return Ok(());
        }
        state
            .storage
            .proof_guessed(session, &attempt, SignInFailure::WrongPassword)
            .await
            .map_err(told)?;
        Err(Problem::field(field, "wrong", "this is not your password"))
    }

    fn attempt(&self, session: &Session) -> Attempt {
        Attempt {
            email: session.email.clone(),
            caller: self.caller.clone(),
            device: self.browser.device.clone(),
        }
    }

    /// Whether a code of the confirmed app is right and was not used before.
    async fn is_code_right(&self, session: &Session, code: &str) -> Result<bool, Problem> {
        let user = session.user_id;
        let step = self.state.time_step(user, code, App::Confirmed).await;
        let Some(step) = step.map_err(told)? else {
            return Ok(false);
        };
        match self
            .state
            .storage
            .use_totp_step(user, step)
            .await
            .map_err(told)
        {
            Ok(()) => Ok(true),
            Err(problem) if problem.code == Code::Conflict => Ok(false),
            Err(problem) => Err(problem),
        }
    }

    async fn send(&self, notice: Notice<'_>, link: &LinkView, to: &str, token: &str) -> LinkSent {
        let to = Party {
            name: Some(link.name.clone()).filter(|name| !name.is_empty()),
            address: to.to_owned(),
        };
        let notices = &self.state.notices;
        if notices.send(notice, &to, token, link.expires_at).await {
            LinkSent::Mailed
        } else {
            LinkSent::ByHand {
                url: notices.link(token),
            }
        }
    }

    /// Sends a colleague's link. Nothing of the sample store is mailed: whoever asked hands it on.
    async fn send_for(
        &self,
        scope: &Scope,
        notice: Notice<'_>,
        link: &LinkView,
        token: &str,
    ) -> LinkSent {
        if scope.store().is_sample {
            return LinkSent::ByHand {
                url: self.state.notices.link(token),
            };
        }
        self.send(notice, link, &link.email, token).await
    }

    async fn link(&self, token: &str) -> Result<LinkView, Problem> {
        let link = self.state.storage.link_view(token).await.map_err(told)?;
        link.ok_or_else(|| Problem::not_found("link"))
    }
}

/// A fault is logged here, since a page's problem has no place for it.
pub(crate) fn told(error: storage::Error) -> Problem {
    match ApiError::from(error) {
        ApiError::Problem(problem) | ApiError::Later(problem, _) => problem,
        ApiError::Fault(fault) => {
            tracing::error!(%fault, "a call of a page failed");
            fault.to_problem("this call's id")
        }
    }
}

impl Accounts for RequestAccounts {
    fn reauthenticate<'a>(
        &'a self,
        session: &'a Session,
        password: String,
        code: String,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let storage = &self.state.storage;
            self.check_password(session, password, "password").await?;
            let factors = storage.factors_of(session.user_id).await.map_err(told)?;
            if factors.passkeys > 0 && !factors.totp {
                return Err(Problem::field(
                    "password",
                    "insufficient",
                    "your second factor is a passkey: prove it by that",
                ));
            }
            if factors.totp && !self.is_code_right(session, &code).await? {
                storage
                    .proof_guessed(session, &self.attempt(session), SignInFailure::WrongCode)
                    .await
                    .map_err(told)?;
                return Err(Problem::field(
                    "code",
                    "wrong",
                    "this is not the code that your app shows now, or it was used already",
                ));
            }
            storage
                .prove_session(session, &self.caller)
                .await
                .map_err(told)
        })
    }

    fn change_password<'a>(
        &'a self,
        session: &'a Session,
        current: String,
        password: String,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            password::check(&password, &session.email)?;
            self.check_password(session, current, "current").await?;
            let known = Known {
                email: &session.email,
                name: &session.name,
                store: &session.store.name,
            };
            let hash = self.state.passwords.hash(password, known).await?;
            let storage = &self.state.storage;
            storage
                .change_own_password(session, hash, &self.caller)
                .await
                .map_err(told)
        })
    }

    fn ask_email_change<'a>(&'a self, session: &'a Session, email: String) -> Answer<'a, ()> {
        Box::pin(async move {
            self.require_proof(session)?;
            let storage = &self.state.storage;
            if storage.is_of_sample(session.user_id).await.map_err(told)? {
                return Err(Problem::new(
                    Code::Unavailable,
                    "nothing is mailed to people of the sample store, so their addresses stay as they are",
                ));
            }
            let links = storage
                .ask_email_change(session, email.trim(), &self.caller)
                .await
                .map_err(told)?;
            let (old, new) = (self.link(&links.old).await?, self.link(&links.new).await?);
            let to_old = Notice::OldEmail {
                new: &links.new_email,
            };
            let sent = [
                self.send(to_old, &old, &session.email, &links.old).await,
                self.send(Notice::NewEmail, &new, &links.new_email, &links.new)
                    .await,
            ];
            if sent.iter().all(|sent| *sent == LinkSent::Mailed) {
                return Ok(());
            }
            // Half a change can't be finished: it is taken back.
            storage.cancel_email_change(session).await.map_err(told)?;
            Err(Problem::new(
                Code::Unavailable,
                "the mails to both addresses couldn't be sent, so nothing was changed; an admin can set the mail server up",
            ))
        })
    }

    fn begin_totp<'a>(&'a self, session: &'a Session) -> Answer<'a, TotpSetup> {
        Box::pin(async move {
            if !session.must_enrol {
                self.require_proof(session)?;
            }
            let storage = &self.state.storage;
            let secret = second_factor::new_secret(&storage.ambient().entropy);
            let owner = session.user_id.to_string();
            let sealed = self.state.vault.seal(TOTP, &owner, &secret);
            storage
                .begin_totp(session.user_id, sealed)
                .await
                .map_err(told)?;
            Ok(second_factor::setup(
                &secret,
                &session.email,
                &session.store.name,
            ))
        })
    }

    fn confirm_totp<'a>(&'a self, session: &'a Session, code: String) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            let step = self
                .state
                .time_step(session.user_id, &code, App::Waiting)
                .await;
            let step = step.map_err(told)?.ok_or_else(|| {
                Problem::field(
                    "code",
                    "wrong",
                    "this is not the code that your app shows now",
                )
            })?;
            let storage = &self.state.storage;
            storage
                .confirm_totp(session, step, &self.caller)
                .await
                .map_err(told)
        })
    }

    fn remove_totp<'a>(&'a self, session: &'a Session) -> Answer<'a, ()> {
        Box::pin(async move {
            self.require_proof(session)?;
            let storage = &self.state.storage;
            storage
                .remove_totp(session, &self.caller)
                .await
                .map_err(told)
        })
    }

    fn begin_passkey<'a>(&'a self, session: &'a Session) -> Answer<'a, PasskeyChallenge> {
        Box::pin(self.ask_new_passkey(session))
    }

    fn finish_passkey<'a>(
        &'a self,
        session: &'a Session,
        ceremony: String,
        credential: String,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(self.keep_passkey(session, ceremony, credential))
    }

    fn remove_passkey<'a>(&'a self, session: &'a Session, id: String) -> Answer<'a, ()> {
        Box::pin(async move {
            self.require_proof(session)?;
            let storage = &self.state.storage;
            storage
                .remove_passkey(session, &id, &self.caller)
                .await
                .map_err(told)
        })
    }

    fn begin_proof<'a>(&'a self, session: &'a Session) -> Answer<'a, PasskeyChallenge> {
        Box::pin(self.ask_proof(session))
    }

    fn finish_proof<'a>(
        &'a self,
        session: &'a Session,
        ceremony: String,
        credential: String,
    ) -> Answer<'a, ()> {
        Box::pin(self.prove_by_passkey(session, ceremony, credential))
    }

    fn sign_in_ways(&self) -> Answer<'_, SignInWays> {
        Box::pin(async move {
            Ok(SignInWays {
                passkeys: self.state.passkeys.is_some(),
                providers: self.state.openid.buttons(),
                has_owner: self.state.storage.has_owner().await.map_err(told)?,
            })
        })
    }

    fn step_factors(&self) -> Answer<'_, Option<Factors>> {
        Box::pin(async move {
            let pending = self.pending().await?;
            Ok(pending.map(|(_, pending)| pending.factors))
        })
    }

    fn begin_passkey_sign_in(&self, is_step: bool) -> Answer<'_, PasskeyChallenge> {
        Box::pin(self.ask_sign_in(is_step))
    }

    fn new_recovery_codes<'a>(&'a self, session: &'a Session) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            self.require_proof(session)?;
            let storage = &self.state.storage;
            storage
                .new_recovery_codes(session, &self.caller)
                .await
                .map_err(told)
        })
    }

    fn invite<'a>(
        &'a self,
        session: &'a Session,
        name: String,
        email: String,
        role: String,
    ) -> Answer<'a, LinkSent> {
        Box::pin(async move {
            self.require_proof(session)?;
            let scope = self.scope(session);
            let storage = &self.state.storage;
            let role = storage.role_of_id(&scope, &role).await.map_err(told)?;
            let user = NewUser {
                name,
                email,
                password_hash: None,
            };
            let (_, token) = storage
                .invite_user(&scope, user, role)
                .await
                .map_err(told)?;
            // Who has a password already simply got the role.
            let Some(token) = token else {
                return Ok(LinkSent::Mailed);
            };
            let link = self.link(&token).await?;
            let notice = Notice::Invitation {
                store: &scope.store().name,
                by: &session.name,
            };
            Ok(self.send_for(&scope, notice, &link, &token).await)
        })
    }

    fn send_link<'a>(&'a self, session: &'a Session, user: UserId) -> Answer<'a, LinkSent> {
        Box::pin(async move {
            self.require_proof(session)?;
            let scope = self.scope(session);
            let storage = &self.state.storage;
            let users = storage.list_users(&scope).await.map_err(told)?;
            let is_invited = users
                .iter()
                .any(|known| known.id == user && known.is_invited);
            let token = if is_invited {
                storage.resend_invitation(&scope, user).await
            } else {
                storage.new_password_link(&scope, user).await
            };
            let token = token.map_err(told)?;
            let link = self.link(&token).await?;
            let notice = match link.purpose {
                domain::view::LinkPurpose::Invitation => Notice::Invitation {
                    store: &scope.store().name,
                    by: &session.name,
                },
                _ => Notice::NewPassword,
            };
            Ok(self.send_for(&scope, notice, &link, &token).await)
        })
    }
}
