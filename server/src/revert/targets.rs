//! Through what a store's operations are taken back: its targets, with their secrets opened.

use super::bridge::Bridge;
use super::shopify::{Shopify, Throttle};
use super::woocommerce::Woocommerce;
use super::{Undone, of_batch};
use crate::config::Config;
use crate::deliver::SigningSecret;
use crate::outgoing::{Reach, guarded_client};
use crate::vault::Vault;
use domain::operation::target::{BRIDGE, Target, TargetInput, TargetKind, TargetName};
use domain::{Permission, Problem, Said, StoreId};
use reqwest::Client;
use secrecy::SecretString;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use storage::{Error, KnownField, RevertBatch, Scope, SeenField, Settled, Storage};

/// What a target's secret is sealed for.
const PURPOSE: &str = "revert target";

/// The targets of every store. Cheap to clone.
#[derive(Clone)]
pub struct Targets(Arc<Inner>);

struct Inner {
    storage: Storage,
    vault: Vault,
    reach: Reach,
    client: Client,
    /// The bridge of the settings: of the only store that there is.
    bridge: Option<(String, Option<Arc<SigningSecret>>)>,
    /// How full each Shopify shop's bucket is, by its address.
    throttles: Mutex<HashMap<String, Arc<Throttle>>>,
}

/// Where values are written.
pub(super) enum Way {
    /// The shop's own bridge.
    Bridge(Bridge),
    /// Shopify.
    Shopify(Shopify),
    /// WooCommerce.
    Woocommerce(Woocommerce),
}

impl Way {
    /// Writes a batch and says what became of each item that was come to.
    async fn apply(&self, batch: &RevertBatch) -> Result<Vec<(u64, Settled)>, Undone> {
        let settled = match self {
            Self::Bridge(bridge) => return bridge.apply(batch).await,
            Self::Shopify(shop) => shop.apply(batch).await?,
            Self::Woocommerce(shop) => shop.apply(batch).await?,
        };
        Ok(of_batch(batch, settled))
    }

    /// What fields hold now, in their order, where it can be read at all.
    pub(super) async fn read(
        &self,
        fields: &[KnownField],
    ) -> Result<Option<Vec<Result<SeenField, String>>>, Undone> {
        match self {
            Self::Bridge(_) => Ok(None),
            Self::Shopify(shop) => shop.read(fields).await.map(Some),
            Self::Woocommerce(shop) => shop.read(fields).await.map(Some),
        }
    }
}

impl Targets {
    /// By these settings.
    ///
    /// # Errors
    /// When TLS can't be set up, or the settings' bridge is at no address that may be called.
    pub fn new(storage: Storage, config: &Config, vault: Vault) -> anyhow::Result<Self> {
        let reach = Reach::new(&config.webhook_networks);
        let bridge = match &config.bridge_url {
            Some(url) => {
                let checked = reach.check(url);
                checked.map_err(|why| anyhow::anyhow!("STORETRAIL_BRIDGE_URL: {why}"))?;
                Some((url.clone(), config.webhook_secret.clone()))
            }
            None => None,
        };
        Ok(Self(Arc::new(Inner {
            client: guarded_client(reach.clone())?,
            storage,
            vault,
            reach,
            bridge,
            throttles: Mutex::default(),
        })))
    }

    /// Saves a target. Its secret is sealed for it and its address alone.
    ///
    /// # Errors
    /// `invalid_fields` for an address that may not be called or a secret that can't be read; else as
    /// [`Storage::save_target`].
    pub async fn save(&self, scope: &Scope, input: TargetInput) -> Result<Target, Error> {
        scope.require(Permission::ManageSettings)?;
        let TargetInput { target, secret } = input;
        if let Err(why) = self.0.reach.check(&target.address) {
            return Err(Problem::field("/address", "format", why.to_string()).into());
        }
        if target.kind == TargetKind::Bridge
            && secret
                .as_deref()
                .is_some_and(|text| SigningSecret::parse(text).is_none())
        {
            let message = "whsec_ and 24 to 64 bytes in base64, as Standard Webhooks writes it";
            return Err(Problem::field("/secret", "format", message).into());
        }
        let owner = owner(scope.store_id(), &target);
        let sealed = secret.map(|secret| self.0.vault.seal(PURPOSE, &owner, secret.as_bytes()));
        self.0.storage.save_target(scope, target, sealed).await
    }

    /// What a store lacks, and what to do about it, for operations that name this target, or none, to be taken back;
    /// none when they can be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lack(
        &self,
        store: StoreId,
        name: Option<&TargetName>,
    ) -> Result<Option<String>, Error> {
        let has_bridge = name.is_none() && self.0.bridge.is_some();
        if self.0.storage.target_of(store, name).await?.is_some()
            || has_bridge && self.is_only_store(store).await?
        {
            return Ok(None);
        }
        self.lacking(store, name).await.map(Some)
    }

    /// Why there is nowhere to write to, and what to do about it.
    async fn lacking(&self, store: StoreId, name: Option<&TargetName>) -> Result<String, Error> {
        Ok(match name {
            Some(name) => Said::TargetGone {
                name: name.to_string(),
                again: name.to_string(),
            },
            None if self.0.storage.has_targets(store).await? => Said::NoDefaultTarget,
            None => Said::NoTarget,
        }
        .into())
    }

    /// Hands a batch to the target that it names and says what became of each item that was come to.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn write(
        &self,
        batch: &RevertBatch,
    ) -> Result<Result<Vec<(u64, Settled)>, Undone>, Error> {
        Ok(
            match self.way(batch.store_id, batch.target.as_ref()).await? {
                Ok((_, way)) => way.apply(batch).await,
                Err(why) => Err(Undone::Later(why, None)),
            },
        )
    }

    /// The way to a store's shop, with what it is called; in words why there is none.
    pub(super) async fn way(
        &self,
        store: StoreId,
        name: Option<&TargetName>,
    ) -> Result<Result<(String, Way), String>, Error> {
        let inner = &self.0;
        let Some(stored) = inner.storage.target_of(store, name).await? else {
            return Ok(match (&inner.bridge, name) {
                (Some((url, secret)), None) if self.is_only_store(store).await? => self
                    .bridge(url, secret.clone())
                    .map(|bridge| (BRIDGE.to_owned(), Way::Bridge(bridge))),
                _ => Err(self.lacking(store, name).await?),
            });
        };
        let target = stored.target;
        let opened = inner
            .vault
            .open(PURPOSE, &owner(store, &target), &stored.sealed);
        let Some(secret) = opened.and_then(|bytes| String::from_utf8(bytes).ok()) else {
            return Ok(Err(Said::TargetSealed.into()));
        };
        // What is listed may have changed since it was saved.
        if let Err(why) = inner.reach.check(&target.address) {
            return Ok(Err(why.to_string()));
        }
        let client = inner.client.clone();
        let way = match target.kind {
            TargetKind::Bridge => self
                .bridge(&target.address, SigningSecret::parse(&secret).map(Arc::new))
                .map(Way::Bridge),
            TargetKind::Shopify => {
                let throttle = self.throttle(&target.address);
                Shopify::new(client, &target, SecretString::from(secret), throttle)
                    .map(Way::Shopify)
            }
            TargetKind::Woocommerce => {
                Woocommerce::new(client, &target, SecretString::from(secret)).map(Way::Woocommerce)
            }
        };
        Ok(way.map(|way| (target.name.0, way)))
    }

    fn bridge(&self, url: &str, secret: Option<Arc<SigningSecret>>) -> Result<Bridge, String> {
        let inner = &self.0;
        let url = inner.reach.check(url).map_err(|why| why.to_string())?;
        let clock = inner.storage.ambient().clock.clone();
        Ok(Bridge::new(inner.client.clone(), url, secret, clock))
    }

    fn throttle(&self, address: &str) -> Arc<Throttle> {
        let mut throttles = self
            .0
            .throttles
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(throttles.entry(address.to_owned()).or_default())
    }

    /// Whether no other store could be meant by the settings' bridge.
    async fn is_only_store(&self, store: StoreId) -> Result<bool, Error> {
        let stores = self.0.storage.list_stores().await?;
        Ok(stores
            .iter()
            .filter(|one| !one.is_sample)
            .all(|one| one.id == store))
    }
}

/// Whose secret it is. It opens for the same store, name, kind, key and address alone.
fn owner(store: StoreId, target: &Target) -> String {
    let key = target.key.as_deref().unwrap_or_default();
    let kind = target.kind.as_str();
    format!(
        "{}\n{}\n{kind}\n{key}\n{}",
        store.0, target.name, target.address
    )
}
