//! What pages ask of the server about a store's shop.

use crate::accounts::told;
use crate::state::AppState;
use app::context::{Answer, Shops};
use domain::operation::OperationId;
use domain::operation::revert::{Choice, Part};
use domain::operation::target::TargetInput;
use domain::view::DryRun;
use storage::Scope;

/// The shop, as one request asks for it.
pub struct RequestShops(pub AppState);

impl Shops for RequestShops {
    fn plan_revert<'a>(
        &'a self,
        scope: &'a Scope,
        id: &'a OperationId,
        part: &'a Part,
    ) -> Answer<'a, DryRun> {
        Box::pin(async move {
            let choice = Choice::default();
            let targets = &self.0.targets;
            let run = targets.plan(&self.0.storage, scope, id, &choice, part);
            run.await.map_err(told)
        })
    }

    fn save_target<'a>(&'a self, scope: &'a Scope, input: TargetInput) -> Answer<'a, ()> {
        Box::pin(async move {
            let saved = self.0.targets.save(scope, input).await;
            saved.map(drop).map_err(told)
        })
    }
}
