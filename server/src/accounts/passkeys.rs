//! Passkeys, as pages ask for them: registered, shown to prove anew, asked for at the door.

use super::{RequestAccounts, told};
use crate::passkeys::{Passkeys, Purpose, Refused};
use domain::view::PasskeyChallenge;
use domain::{Code, Problem};
use storage::{Passkey, PendingSignIn, Session};

impl RequestAccounts {
    fn passkeys(&self) -> Result<&Passkeys, Problem> {
        self.state.passkeys.as_deref().ok_or_else(|| {
            Problem::new(
                Code::Unavailable,
                "browsers know passkeys only where a server is reached by a host name; set STORETRAIL_PUBLIC_URL to one",
            )
        })
    }

    /// The half sign-in of the browser that asks.
    pub(super) async fn pending(&self) -> Result<Option<(String, PendingSignIn)>, Problem> {
        let Some(step) = self.browser.step.clone() else {
            return Ok(None);
        };
        let pending = self.state.storage.pending_sign_in(&step).await;
        Ok(pending.map_err(told)?.map(|pending| (step, pending)))
    }

    pub(super) async fn ask_new_passkey(
        &self,
        session: &Session,
    ) -> Result<PasskeyChallenge, Problem> {
        let passkeys = self.passkeys()?;
        if !session.must_enrol {
            self.require_proof(session)?;
        }
        let known = self.state.storage.passkeys_of(session.user_id).await;
        passkeys.ask_registration(
            session.user_id,
            &session.email,
            &session.name,
            &known.map_err(told)?,
        )
    }

    pub(super) async fn keep_passkey(
        &self,
        session: &Session,
        ceremony: String,
        credential: String,
    ) -> Result<Vec<String>, Problem> {
        let registered = self
            .passkeys()?
            .registered(session.user_id, &ceremony, &credential)
            .map_err(refusal)?;
        let passkey = Passkey {
            credential_id: registered.credential_id,
            user_id: session.user_id,
            name: self.caller.device().unwrap_or_else(|| "Passkey".to_owned()),
            definition: registered.definition,
        };
        let kept = self.state.storage.add_passkey(
            session,
            passkey,
            registered.challenge_hash,
            &self.caller,
        );
        kept.await.map_err(told)
    }

    pub(super) async fn ask_proof(&self, session: &Session) -> Result<PasskeyChallenge, Problem> {
        let known = self.state.storage.passkeys_of(session.user_id).await;
        let known = known.map_err(told)?;
        if known.is_empty() {
            return Err(Problem::new(Code::Conflict, "you have no passkey"));
        }
        self.passkeys()?
            .ask(&Purpose::Proof(session.user_id), &known)
    }

    pub(super) async fn prove_by_passkey(
        &self,
        session: &Session,
        ceremony: String,
        credential: String,
    ) -> Result<(), Problem> {
        let storage = &self.state.storage;
        let purpose = Purpose::Proof(session.user_id);
        let passkeys = self.passkeys()?;
        let answered = passkeys.answered(storage, &purpose, &ceremony, &credential);
        let used = match answered.await {
            Ok(used) if used.passkey.user_id == session.user_id => used,
            Ok(_) | Err(Refused::Unknown | Refused::Wrong { .. }) => {
                let failed = storage.proof_failed(session, &self.caller).await;
                failed.map_err(told)?;
                return Err(wrong());
            }
            Err(refused) => return Err(refusal(refused)),
        };
        let proved = storage.prove_session_with_passkey(session, used, &self.caller);
        proved.await.map_err(told)
    }

    pub(super) async fn ask_sign_in(&self, is_step: bool) -> Result<PasskeyChallenge, Problem> {
        let passkeys = self.passkeys()?;
        if !is_step {
            return passkeys.ask(&Purpose::SignIn, &[]);
        }
        let Some((step, pending)) = self.pending().await? else {
            return Err(over());
        };
        let known = self.state.storage.passkeys_of(pending.user_id).await;
        passkeys.ask(&Purpose::Step(step), &known.map_err(told)?)
    }
}

fn wrong() -> Problem {
    Problem::field("credential", "wrong", "this is none of your passkeys")
}

fn over() -> Problem {
    Problem::new(Code::Conflict, "this took too long; begin again")
}

fn refusal(refused: Refused) -> Problem {
    match refused {
        Refused::Over => over(),
        Refused::Unknown | Refused::Wrong { .. } => wrong(),
        Refused::Fault(error) => told(error),
    }
}
