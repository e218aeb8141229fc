//! Passkeys (WebAuthn level 3): what a browser is asked, and whether its answer is right.
//!
//! Passkeys are asked to be discoverable, so that they work without an address being typed, and to verify their person
//! (PIN, finger, face): one alone is then two factors. What has to be remembered between question and answer goes to
//! the browser and back, sealed with what it is for; storage takes each answer once.

use crate::vault::Vault;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use domain::view::PasskeyChallenge;
use domain::{Code, Problem, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use storage::{Clock, Passkey, PasskeyUse, Storage};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder, WebauthnError,
};

/// For how long a question may be answered, in seconds: as long as a half sign-in waits.
const PATIENCE_SECONDS: i64 = 600;
/// The longest answer that is looked at, in bytes: attestations are not asked for, so that a few hundred are usual.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// What sealed questions are sealed for.
const CEREMONY: &str = "passkey";

/// What a question is for. It stands under the seal: an answer is good for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A person registers a passkey.
    Registration(UserId),
    /// Somebody signs in with a passkey and nothing else.
    SignIn,
    /// Somebody gave the right password; with the token of their half sign-in.
    Step(String),
    /// A person proves anew that they sit there.
    Proof(UserId),
}

impl Purpose {
    fn owner(&self) -> String {
        match self {
            Self::Registration(user) => format!("registration {user}"),
            Self::SignIn => "sign-in".to_owned(),
            Self::Step(token) => format!("step {}", hex(&Sha256::digest(token.as_bytes()))),
            Self::Proof(user) => format!("proof {user}"),
        }
    }
}

/// Why an answer isn't taken.
#[derive(Debug)]
pub(crate) enum Refused {
    /// The question is too old, of another purpose or no question of this server.
    Over,
    /// The passkey is unknown or another person's.
    Unknown,
    /// The answer is wrong: another origin, another challenge, a bad signature, a person who was not verified, a
    /// counter that went back.
    Wrong {
        /// Whose passkey it claims to be, if it is one that is known.
        user: Option<UserId>,
    },
    /// The database fails.
    Fault(storage::Error),
}

/// What a question remembers.
#[derive(Serialize, Deserialize)]
struct Remembered<T> {
    asked_at: DateTime<Utc>,
    state: T,
}

/// A passkey that was registered rightly.
pub(crate) struct Registered {
    /// What its authenticator knows it by.
    pub credential_id: Vec<u8>,
    /// What storage keeps of it.
    pub definition: String,
    /// For storage, which takes each answer once.
    pub challenge_hash: [u8; 32],
}

/// Asks and verifies, at the address that people know the server by.
pub struct Passkeys {
    webauthn: Webauthn,
    vault: Vault,
    clock: Clock,
}

impl Passkeys {
    /// For a public address; none where browsers know no passkeys: at an IP address (WebAuthn 5.1.2, effective domain).
    pub fn new(public_url: &str, vault: Vault, clock: Clock) -> Option<Self> {
        let origin = Url::parse(public_url).ok()?;
        let host = origin.domain()?.to_owned();
        let webauthn = WebauthnBuilder::new(&host, &origin)
            .and_then(|builder| builder.rp_name("Storetrail").build())
            .inspect_err(|error| tracing::warn!(%error, "passkeys can't be used at this address"))
            .ok()?;
        Some(Self {
            webauthn,
            vault,
            clock,
        })
    }

    /// Asks for a new passkey of a person, of another authenticator than those that they have.
    ///
    /// # Errors
    /// Internal, when the library refuses what it is given.
    pub(crate) fn ask_registration(
        &self,
        user: UserId,
        email: &str,
        name: &str,
        known: &[Passkey],
    ) -> Result<PasskeyChallenge, Problem> {
        let exclude = known
            .iter()
            .map(|passkey| passkey.credential_id.clone())
            .collect();
        let (asked, state) = self
            .webauthn
            .start_passkey_registration(user.0, email, name, Some(exclude))
            .map_err(internal)?;
        let mut options = serde_json::to_value(asked.public_key).map_err(internal)?;
        // The library leaves it to the authenticator; without it an address would have to be typed first.
        options["authenticatorSelection"]["residentKey"] = json!("required");
        options["authenticatorSelection"]["requireResidentKey"] = json!(true);
        self.challenge(&Purpose::Registration(user), &options, state)
    }

    /// What came of it.
    ///
    /// # Errors
    /// [`Refused::Over`], [`Refused::Wrong`].
    pub(crate) fn registered(
        &self,
        user: UserId,
        ceremony: &str,
        answer: &str,
    ) -> Result<Registered, Refused> {
        let wrong = || Refused::Wrong { user: Some(user) };
        let (state, challenge_hash) =
            self.remembered::<PasskeyRegistration>(&Purpose::Registration(user), ceremony)?;
        let answer: RegisterPublicKeyCredential = read(answer).ok_or_else(wrong)?;
        let passkey = self
            .webauthn
            .finish_passkey_registration(&answer, &state)
            .map_err(|error| {
                noted(&error);
                wrong()
            })?;
        Ok(Registered {
            credential_id: passkey.cred_id().to_vec(),
            definition: serde_json::to_string(&passkey).map_err(|_| wrong())?,
            challenge_hash,
        })
    }

    /// Asks for a passkey: one of `known`, or any that the browser finds when there are none.
    ///
    /// # Errors
    /// Internal, when the library refuses what it is given.
    pub(crate) fn ask(
        &self,
        purpose: &Purpose,
        known: &[Passkey],
    ) -> Result<PasskeyChallenge, Problem> {
        let (asked, state) = self
            .webauthn
            .start_discoverable_authentication()
            .map_err(internal)?;
        let mut options = serde_json::to_value(asked.public_key).map_err(internal)?;
        // Those that can't be discovered are found by their ids (WebAuthn 5.5, `allowCredentials`).
        let allowed = known.iter().map(|passkey| {
            let id = BASE64_URL_SAFE_NO_PAD.encode(&passkey.credential_id);
            json!({"type": "public-key", "id": id})
        });
        options["allowCredentials"] = allowed.collect();
        self.challenge(purpose, &options, state)
    }

    /// The passkey that answered, if its answer is right. Whose it has to be is for the caller.
    ///
    /// # Errors
    /// As [`Refused`].
    pub(crate) async fn answered(
        &self,
        storage: &Storage,
        purpose: &Purpose,
        ceremony: &str,
        answer: &str,
    ) -> Result<PasskeyUse, Refused> {
        let (state, challenge_hash) =
            self.remembered::<DiscoverableAuthentication>(purpose, ceremony)?;
        let answer: PublicKeyCredential = read(answer).ok_or(Refused::Wrong { user: None })?;
        let found = storage.passkey(answer.get_credential_id()).await;
        let passkey = found.map_err(Refused::Fault)?.ok_or(Refused::Unknown)?;
        let wrong = || Refused::Wrong {
            user: Some(passkey.user_id),
        };
        // WebAuthn 7.2, step 6: where the authenticator names a person, it is the passkey's.
        let named = answer.get_user_unique_id();
        if named.is_some_and(|named| named != passkey.user_id.0.as_bytes()) {
            return Err(wrong());
        }
        let mut key: webauthn_rs::prelude::Passkey =
            serde_json::from_str(&passkey.definition).map_err(|_| wrong())?;
        let result = self
            .webauthn
            .finish_discoverable_authentication_v2(&answer, state, &key)
            .map_err(|error| {
                noted(&error);
                wrong()
            })?;
        key.update_credential(&result);
        let definition = serde_json::to_string(&key).map_err(|_| wrong())?;
        Ok(PasskeyUse {
            passkey,
            definition,
            challenge_hash,
        })
    }

    fn challenge(
        &self,
        purpose: &Purpose,
        options: &Value,
        state: impl Serialize,
    ) -> Result<PasskeyChallenge, Problem> {
        let remembered = Remembered {
            asked_at: self.clock.now(),
            state,
        };
        let text = serde_json::to_vec(&remembered).map_err(internal)?;
        let sealed = self.vault.seal(CEREMONY, &purpose.owner(), &text);
        Ok(PasskeyChallenge {
            options: options.to_string(),
            ceremony: BASE64_URL_SAFE_NO_PAD.encode(sealed),
        })
    }

    fn remembered<T: for<'de> Deserialize<'de>>(
        &self,
        purpose: &Purpose,
        ceremony: &str,
    ) -> Result<(T, [u8; 32]), Refused> {
        let sealed = Some(ceremony)
            .filter(|text| text.len() <= MAX_ANSWER_BYTES)
            .and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok())
            .ok_or(Refused::Over)?;
        let text = self.vault.open(CEREMONY, &purpose.owner(), &sealed);
        let remembered: Remembered<T> = text
            .and_then(|text| serde_json::from_slice(&text).ok())
            .ok_or(Refused::Over)?;
        if (self.clock.now() - remembered.asked_at).num_seconds() > PATIENCE_SECONDS {
            return Err(Refused::Over);
        }
        Ok((remembered.state, Sha256::digest(&sealed).into()))
    }
}

fn read<T: for<'de> Deserialize<'de>>(answer: &str) -> Option<T> {
    if answer.len() > MAX_ANSWER_BYTES {
        return None;
    }
    serde_json::from_str(answer).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whoever runs the server may want to know why; whoever answered is only told that it was wrong.
fn noted(error: &WebauthnError) {
    tracing::info!(?error, "a passkey's answer was refused");
}

fn internal(error: impl std::fmt::Display) -> Problem {
    tracing::error!(%error, "a passkey can't be asked for");
    Problem::new(
        Code::Internal,
        "this browser's passkeys can't be asked for now; nothing was changed",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use storage::Ambient;

    fn passkeys(url: &str) -> Option<Passkeys> {
        let ambient = Ambient::system();
        let vault = Vault::new(b"key", ambient.entropy);
        Passkeys::new(url, vault, ambient.clock)
    }

    fn user(n: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn there_are_none_at_an_ip_address() {
        assert!(passkeys("http://127.0.0.1:3000").is_none());
        assert!(passkeys("http://[::1]:3000").is_none());
        assert!(passkeys("http://localhost:3000").is_some());
        assert!(passkeys("https://trail.linen.example").is_some());
    }

    #[test]
    fn a_new_passkey_is_asked_to_be_found_by_itself_and_to_verify_its_person() {
        let passkeys = passkeys("https://trail.linen.example").expect("possible");
        let known = Passkey {
            credential_id: vec![1, 2, 3],
            user_id: user(1),
            name: "Phone".to_owned(),
            definition: String::new(),
        };
        let asked = passkeys
            .ask_registration(user(1), "sara@linen.example", "Sara", &[known])
            .expect("asked");
        let options: Value = serde_json::from_str(&asked.options).expect("JSON");
        assert_eq!(options["rp"]["id"], "trail.linen.example");
        let selection = &options["authenticatorSelection"];
        assert_eq!(selection["residentKey"], "required");
        assert_eq!(selection["userVerification"], "required");
        assert_eq!(options["excludeCredentials"][0]["id"], "AQID");
    }

    #[test]
    fn a_question_is_good_for_its_purpose_and_its_time_alone() {
        let start = Ambient::system().clock.now();
        let at = std::sync::Arc::new(std::sync::Mutex::new(start));
        let told = std::sync::Arc::clone(&at);
        let ambient = Ambient::system();
        let vault = Vault::new(b"key", ambient.entropy);
        let clock = Clock::new(move || *told.lock().expect("no panic"));
        let passkeys = Passkeys::new("https://trail.example", vault, clock).expect("possible");
        let asked = passkeys.ask(&Purpose::SignIn, &[]).expect("asked");
        let opens = |purpose: &Purpose, ceremony: &str| {
            passkeys
                .remembered::<DiscoverableAuthentication>(purpose, ceremony)
                .is_ok()
        };
        assert!(opens(&Purpose::SignIn, &asked.ceremony));
        for other in [
            Purpose::Step("t".to_owned()),
            Purpose::Proof(user(1)),
            Purpose::Registration(user(1)),
        ] {
            assert!(!opens(&other, &asked.ceremony), "{other:?}");
        }
        assert!(!opens(&Purpose::SignIn, ""));
        assert!(!opens(&Purpose::SignIn, &asked.ceremony[1..]));
        *at.lock().expect("no panic") = start + chrono::TimeDelta::seconds(PATIENCE_SECONDS + 1);
        assert!(!opens(&Purpose::SignIn, &asked.ceremony));
    }
}
