//! What every handler is given.

use crate::accounts::{Browser, RequestAccounts};
use crate::config::Config;
use crate::connections;
use crate::deliver::{Senders, check_alarm_url, check_calls};
use crate::email::token::Tokens;
use crate::ledger::Checkpoints;
use crate::limits::KeyPaces;
use crate::live::Hub;
use crate::notices::Notices;
use crate::openid::OpenId;
use crate::passkeys::Passkeys;
use crate::password::Passwords;
use crate::requests::Ledger;
use crate::revert::Targets;
use crate::session::Cookies;
use crate::shops::RequestShops;
use crate::vault::Vault;
use app::context::{
    CheckAlarmUrl, CheckCalls, LoadSample, MakeConnection, RequestContext, SignCheckpoint,
    TellMissing,
};
use axum::extract::FromRef;
use domain::followup::FollowupAction;
use domain::view::WatchMeans;
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use storage::{Caller, Session, Storage};

/// The parts a running server is made of. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The open database.
    pub storage: Storage,
    /// The settings it was started with.
    pub config: Arc<Config>,
    /// How the outside reaches it, such as `http://127.0.0.1:3000`, without a trailing slash.
    pub public_url: Arc<str>,
    /// Hashes and verifies passwords on a bounded pool.
    pub passwords: Passwords,
    /// The name and attributes of the session's cookie.
    pub cookies: Cookies,
    /// Who follows what over `/ws`.
    pub hub: Hub,
    /// What has been measured so far.
    pub measured: PrometheusHandle,
    /// Where the browser finds its part.
    pub leptos_options: LeptosOptions,
    /// Signs links and reply addresses.
    pub tokens: Tokens,
    /// Seals secrets in the database.
    pub vault: Vault,
    /// Through what operations are taken back.
    pub targets: Targets,
    /// Asks for passkeys and verifies them; none where the server is reached by an IP address.
    pub passkeys: Option<Arc<Passkeys>>,
    /// The providers by which people sign in.
    pub openid: OpenId,
    /// By whom messages go out.
    pub senders: Arc<Senders>,
    /// Sends the mails about accounts.
    pub notices: Notices,
    /// Where calls are noted.
    pub requests: Ledger,
    /// How fast keys may call.
    pub paces: KeyPaces,
    /// Loads the sample store.
    pub load_sample: LoadSample,
    /// Signs heads of the ledger.
    pub checkpoints: Checkpoints,
}

impl AppState {
    /// What pages and server functions take from the server for one request.
    pub fn request_context(
        &self,
        session: Option<Session>,
        caller: Caller,
        browser: Browser,
    ) -> RequestContext {
        let checkpoints = self.checkpoints.clone();
        let sign_checkpoint: SignCheckpoint = Arc::new(move || {
            let checkpoints = checkpoints.clone();
            Box::pin(async move { checkpoints.write().await })
        });
        let config = Arc::clone(&self.config);
        let check_calls: CheckCalls =
            Arc::new(move |actions: &[FollowupAction]| check_calls(actions, &config));
        let config = Arc::clone(&self.config);
        let check_alarm_url: CheckAlarmUrl =
            Arc::new(move |url: &str| check_alarm_url(url, &config));
        let requests = self.requests.clone();
        let missing_calls: TellMissing =
            Arc::new(move |store, is_house| requests.missing(store, is_house));
        let state = self.clone();
        let make_connection: MakeConnection = Arc::new(move |scope, wanted| {
            let state = state.clone();
            Box::pin(async move { connections::make_for_page(&state, &scope, wanted).await })
        });
        RequestContext {
            make_connection,
            check_calls,
            check_alarm_url,
            watch_means: WatchMeans {
                has_places: self.config.geoip_file.is_some(),
                has_mail: self.config.has_mail,
            },
            missing_calls,
            storage: self.storage.clone(),
            session,
            load_sample: Arc::clone(&self.load_sample),
            shops: Arc::new(RequestShops(self.clone())),
            public_url: Arc::clone(&self.public_url),
            sign_checkpoint,
            public_key: self.checkpoints.verifier_key().into(),
            accounts: Arc::new(RequestAccounts {
                state: self.clone(),
                caller: caller.clone(),
                browser,
            }),
            caller,
        }
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos_options.clone()
    }
}
