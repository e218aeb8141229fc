//! Sign-in by OpenID Connect: the authorization code flow with PKCE, state and nonce (OpenID Connect Core 3.1,
//! RFC 7636, RFC 9700).
//!
//! What a provider's discovery document and key set say is read anew for each step, so that a provider changes its keys
//! whenever it wants. What has to be remembered until the browser comes back lies sealed in its cookie.

mod call;
mod providers;

pub use providers::{Provider, RoleOf};

use crate::outgoing::{self, Reach};
use crate::vault::Vault;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use call::Calls;
use chrono::{DateTime, Utc};
use domain::IpRange;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenFields,
    IssuerUrl, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope, StandardErrorResponse, StandardTokenResponse, UserInfoClaims,
};
use reqwest::Url;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use storage::{Clock, OpenIdPerson, OpenIdRole};

/// For how long somebody may be at their provider, in seconds.
const PATIENCE_SECONDS: i64 = 900;
/// What the cookie is sealed for.
const COOKIE: &str = "openid";

/// Signatures that are believed: all that need the provider's own key. None, and those with our secret, are not.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 8] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// The claims that the standard doesn't name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct More(Map<String, Value>);

impl AdditionalClaims for More {}

type Fields = IdTokenFields<
    More,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;

type ProviderClient = Client<
    More,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What is remembered until the browser comes back.
#[derive(Serialize, Deserialize)]
struct Remembered {
    asked_at: DateTime<Utc>,
    state: String,
    nonce: String,
    verifier: String,
    next: String,
}

/// Where the browser is sent, and what it keeps meanwhile.
pub struct Away {
    /// The provider's address.
    pub url: String,
    /// The cookie's value, sealed.
    pub cookie: String,
}

/// Somebody who came back, and where they wanted to go.
pub struct Back {
    /// As the provider tells of them.
    pub person: OpenIdPerson,
    /// A path of this server's.
    pub next: String,
}

/// Why a sign-in came to nothing. What is said in it stands in the server's log and nowhere else.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It took too long, or another browser or sign-in came back.
    #[error("there is no such sign-in in this browser, or it took too long")]
    Over,
    /// The provider said no.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The provider can't be reached, or what it says isn't true.
    #[error("{0}")]
    Broken(String),
}

fn broken(what: &str, error: &(dyn std::error::Error + 'static)) -> Failure {
    let mut text = format!("{what}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    Failure::Broken(text)
}

/// The providers that the settings list.
#[derive(Clone, Default)]
pub struct OpenId {
    providers: Arc<[Known]>,
}

struct Known {
    provider: Provider,
    calls: Calls,
    redirect: RedirectUrl,
    vault: Vault,
    clock: Clock,
}

impl OpenId {
    /// Providers that send people back to `public_url`.
    ///
    /// # Errors
    /// When an address can't be read, or TLS can't be set up.
    pub fn new(
        providers: &[Provider],
        networks: &[IpRange],
        public_url: &str,
        vault: &Vault,
        clock: &Clock,
    ) -> anyhow::Result<Self> {
        if providers.is_empty() {
            return Ok(Self::default());
        }
        let reach = Reach::new(networks);
        let listed = outgoing::client()?;
        let guarded = outgoing::guarded_client(reach.clone())?;
        let known = providers.iter().map(|provider| {
            let issuer = Url::parse(&provider.issuer)?;
            let back = format!("{public_url}/sign-in/openid/{}/back", provider.id);
            Ok(Known {
                provider: provider.clone(),
                calls: Calls::new(issuer, listed.clone(), guarded.clone(), reach.clone()),
                redirect: RedirectUrl::new(back)?,
                vault: vault.clone(),
                clock: clock.clone(),
            })
        });
        Ok(Self {
            providers: known.collect::<anyhow::Result<_>>()?,
        })
    }

    /// The id and the name of each.
    pub fn buttons(&self) -> Vec<(String, String)> {
        self.providers
            .iter()
            .map(|known| (known.provider.id.clone(), known.provider.name.clone()))
            .collect()
    }

    /// Sends a browser to a provider. None when there is no such provider.
    ///
    /// # Errors
    /// [`Failure::Broken`].
    pub async fn begin(&self, id: &str, next: &str) -> Option<Result<Away, Failure>> {
        Some(self.of(id)?.begin(next).await)
    }

    /// Reads what a provider sent a browser back with: the query of the address, and the browser's cookie. None when
    /// there is no such provider.
    ///
    /// # Errors
    /// As [`Failure`].
    pub async fn finish(
        &self,
        id: &str,
        query: Answer,
        cookie: Option<&str>,
    ) -> Option<Result<Back, Failure>> {
        Some(self.of(id)?.finish(query, cookie).await)
    }

    fn of(&self, id: &str) -> Option<&Known> {
        self.providers.iter().find(|known| known.provider.id == id)
    }
}

/// What a provider sends a browser back with (RFC 6749 4.1.2, RFC 9207).
#[derive(Deserialize)]
pub struct Answer {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    iss: Option<String>,
}

impl Known {
    async fn client(&self) -> Result<ProviderClient, Failure> {
        let issuer = IssuerUrl::new(self.provider.issuer.clone())
            .map_err(|error| broken("the issuer", &error))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &self.calls)
            .await
            .map_err(|error| broken("the provider's discovery document", &error))?;
        let secret = self.provider.client_secret.as_ref();
        Ok(Client::from_provider_metadata(
            metadata,
            ClientId::new(self.provider.client_id.clone()),
            secret.map(|secret| ClientSecret::new(secret.expose_secret().to_owned())),
        )
        .set_redirect_uri(self.redirect.clone()))
    }

    async fn begin(&self, next: &str) -> Result<Away, Failure> {
        let client = self.client().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let scopes = self.provider.scopes.iter().cloned().map(Scope::new);
        let (url, state, nonce) = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(scopes)
            .set_pkce_challenge(challenge)
            .url();
        let remembered = Remembered {
            asked_at: self.clock.now(),
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.secret().clone(),
            next: next.to_owned(),
        };
        let text = serde_json::to_vec(&remembered)
            .map_err(|error| broken("what is to be remembered", &error))?;
        let sealed = self.vault.seal(COOKIE, &self.provider.id, &text);
        Ok(Away {
            url: url.into(),
            cookie: BASE64_URL_SAFE_NO_PAD.encode(sealed),
        })
    }

    async fn finish(&self, answer: Answer, cookie: Option<&str>) -> Result<Back, Failure> {
        let remembered = cookie.and_then(|cookie| self.remembered(cookie));
        let remembered = remembered.ok_or(Failure::Over)?;
        // The state first: nothing else of a foreign answer is looked at.
        if answer.state.as_deref() != Some(&remembered.state) {
            return Err(Failure::Over);
        }
        if answer.iss.is_some_and(|iss| iss != self.provider.issuer) {
            return Err(Failure::Broken(
                "another provider answered (RFC 9207)".to_owned(),
            ));
        }
        if let Some(error) = answer.error {
            return Err(Failure::Refused(error.chars().take(100).collect()));
        }
        let code = answer.code.ok_or(Failure::Over)?;
        let challenge_hash = Sha256::digest(remembered.state.as_bytes()).into();
        let next = remembered.next.clone();
        let person = self.person(code, remembered, challenge_hash).await?;
        Ok(Back { person, next })
    }

    fn remembered(&self, cookie: &str) -> Option<Remembered> {
        let sealed = BASE64_URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let text = self.vault.open(COOKIE, &self.provider.id, &sealed)?;
        let remembered: Remembered = serde_json::from_slice(&text).ok()?;
        let age = self.clock.now() - remembered.asked_at;
        (age.num_seconds() <= PATIENCE_SECONDS).then_some(remembered)
    }

    async fn person(
        &self,
        code: String,
        remembered: Remembered,
        challenge_hash: [u8; 32],
    ) -> Result<OpenIdPerson, Failure> {
        let client = self.client().await?;
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| broken("the provider has no token endpoint", &error))?
            .set_pkce_verifier(PkceCodeVerifier::new(remembered.verifier))
            .request_async(&self.calls)
            .await
            .map_err(|error| broken("the code was not exchanged", &error))?;
        let token = tokens.extra_fields().id_token();
        let token = token.ok_or_else(|| Failure::Broken("there is no ID token".to_owned()))?;
        let clock = self.clock.clone();
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(ALGORITHMS)
            .set_time_fn(move || clock.now());
        let claims = token
            .claims(&verifier, &Nonce::new(remembered.nonce))
            .map_err(|error| broken("the ID token doesn't hold", &error))?;
        let mut email = claims.email().map(|email| email.as_str().to_owned());
        let mut is_verified = claims.email_verified() == Some(true);
        let mut name = claims
            .name()
            .and_then(|name| name.get(None))
            .map(|name| name.as_str().to_owned());
        let mut more = claims.additional_claims().0.clone();
        let claim = self.provider.role_claim.as_deref();
        let is_lacking = email.is_none() || claim.is_some_and(|claim| !more.contains_key(claim));
        if is_lacking
            && let Ok(asked) = client.user_info(
                tokens.access_token().clone(),
                // An answer about somebody else is refused (OpenID Connect Core 5.3.2).
                Some(claims.subject().clone()),
            )
        {
            let told: UserInfoClaims<More, CoreGenderClaim> = asked
                .request_async(&self.calls)
                .await
                .map_err(|error| broken("the provider doesn't say who it is", &error))?;
            if email.is_none() {
                email = told.email().map(|email| email.as_str().to_owned());
                is_verified = told.email_verified() == Some(true);
            }
            let told_name = told.name().and_then(|name| name.get(None));
            name = name.or(told_name.map(|name| name.as_str().to_owned()));
            for (claim, value) in &told.additional_claims().0 {
                more.entry(claim.clone()).or_insert_with(|| value.clone());
            }
        }
        Ok(OpenIdPerson {
            issuer: self.provider.issuer.clone(),
            subject: claims.subject().as_str().to_owned(),
            email,
            is_email_verified: is_verified,
            name,
            role: role_of(&self.provider, &more),
            challenge_hash,
        })
    }
}

/// The role that somebody's claims give: the first of the list whose value they have.
fn role_of(provider: &Provider, claims: &Map<String, Value>) -> OpenIdRole {
    let Some(claim) = &provider.role_claim else {
        return OpenIdRole::Local;
    };
    let value = claims.get(claim);
    let has = |wanted: &str| match value {
        Some(Value::String(value)) => value == wanted,
        Some(Value::Array(values)) => values.iter().any(|value| value == wanted),
        _ => false,
    };
    provider
        .roles
        .iter()
        .find(|role| has(&role.value))
        .map_or(OpenIdRole::Nobody, |role| {
            OpenIdRole::Given(role.role.clone())
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn provider(claim: Option<&str>) -> Provider {
        let role = |value: &str, role: &str| RoleOf {
            value: value.to_owned(),
            role: role.to_owned(),
        };
        Provider {
            id: "staff".to_owned(),
            name: "Staff".to_owned(),
            issuer: "https://id.linen.example".to_owned(),
            client_id: "storetrail".to_owned(),
            client_secret: None,
            scopes: Vec::new(),
            role_claim: claim.map(str::to_owned),
            roles: vec![role("admins", "admin"), role("shop", "manager")],
        }
    }

    #[test]
    fn the_first_role_of_the_list_counts_and_who_has_none_gets_none() {
        let given = |claims: Value| {
            let Value::Object(claims) = claims else {
                panic!("an object");
            };
            role_of(&provider(Some("groups")), &claims)
        };
        let role = |id: &str| OpenIdRole::Given(id.to_owned());
        assert_eq!(given(json!({"groups": ["shop", "admins"]})), role("admin"));
        assert_eq!(given(json!({"groups": "shop"})), role("manager"));
        for nothing in [
            json!({}),
            json!({"groups": []}),
            json!({"groups": ["Admins"]}),
            json!({"groups": {"admins": true}}),
            json!({"groups": null}),
            json!({"roles": ["admins"]}),
        ] {
            assert_eq!(given(nothing.clone()), OpenIdRole::Nobody, "{nothing}");
        }
        assert_eq!(role_of(&provider(None), &Map::new()), OpenIdRole::Local);
    }
}
