//! Views that people keep: state, each person's own order and place.

use crate::log::{plan::Plan, uuid_of};
use crate::message::plan::Plan as MessagePlan;
use crate::record::Effect;
use crate::select::What;
use crate::sql::{sql, values};
use crate::{Error, Principal, Scope, Storage};
use domain::export::{Selection, Source};
use domain::view::{Count, SavedView, ViewDraft};
use domain::{Code, Direction, Permission, Problem, UserId, ViewId};
use sea_orm::FromQueryResult;

/// How many views of its own and shared ones a person sees at most.
const MOST: usize = 100;
/// Among how many of the newest entries new ones are counted.
const NEWEST: usize = 2_000;

#[derive(FromQueryResult)]
struct Columns {
    id: Vec<u8>,
    owner: Vec<u8>,
    log: String,
    name: String,
    q: String,
    is_shared: bool,
    is_default: Option<bool>,
    seen_seq: Option<i64>,
}

fn person(scope: &Scope) -> Result<UserId, Problem> {
    match scope.principal() {
        Principal::User { id, .. } => Ok(*id),
        Principal::Key { .. } | Principal::System(_) => Err(Problem::new(
            Code::Forbidden,
            "views belong to people; a key has none",
        )),
    }
}

impl Storage {
    /// The person's views and those shared in the store, in the person's order.
    ///
    /// # Errors
    /// `forbidden` for a key; or the database fails.
    pub async fn list_views(&self, scope: &Scope) -> Result<Vec<SavedView>, Error> {
        let user = person(scope)?;
        let mut views = Vec::new();
        for (place, columns) in self.views_of(scope, user).await?.into_iter().enumerate() {
            let Ok(log) = columns.log.parse::<Source>() else {
                continue;
            };
            if !scope.role().reads(log) {
                continue;
            }
            let new_count = match columns.seen_seq {
                Some(seen) => self.count_newer(scope, log, &columns.q, seen).await?,
                None => None,
            };
            views.push(SavedView {
                id: ViewId(uuid_of(&columns.id)?),
                log,
                name: columns.name,
                q: columns.q,
                is_shared: columns.is_shared,
                is_own: columns.owner == user.0.as_bytes(),
                is_default: columns.is_default.unwrap_or(false),
                place: u32::try_from(place).unwrap_or(u32::MAX),
                new_count,
            });
        }
        Ok(views)
    }

    async fn views_of(&self, scope: &Scope, user: UserId) -> Result<Vec<Columns>, Error> {
        let text = "SELECT v.id, v.owner, v.log, v.name, v.q, v.is_shared, p.is_default, p.seen_seq FROM saved_view v \
                    LEFT JOIN saved_view_of_person p ON p.view_id = v.id AND p.user_id = ? \
                    WHERE v.store_id = ? AND (v.is_shared OR v.owner = ?) \
                    ORDER BY COALESCE(p.place, 1000000), v.created_at, v.id LIMIT 200";
        let id = user.0.as_bytes().to_vec();
        let values = values![id.clone(), scope.store_id().0, id];
        sql(self.readers().get_database_backend(), text, values)
            .all(self.readers())
            .await
    }

    /// How many entries with a higher number than `seen` a query finds; none when it is not understood.
    async fn count_newer(
        &self,
        scope: &Scope,
        log: Source,
        q: &str,
        seen: i64,
    ) -> Result<Option<Count>, Error> {
        let selection = Selection::Matching {
            source: log,
            q: q.to_owned(),
            up_to: None,
            except: Vec::new(),
        };
        let now = self.ambient().clock.now();
        let Ok(picked) = self.pick(scope, &selection, Some(i64::MAX), now).await else {
            return Ok(None);
        };
        let kind = match log {
            Source::Messages => "message",
            _ => "activity",
        };
        let text = "SELECT order_key FROM ledger WHERE seq > ? AND kind = ? AND store_id = ? AND order_key IS NOT NULL \
                    ORDER BY seq DESC LIMIT ?";
        let values = values![seen, kind, scope.store_id().0, NEWEST as i64 + 1];
        let rows = sql(self.readers().get_database_backend(), text, values)
            .rows(self.readers())
            .await?;
        let is_exact = rows.len() <= NEWEST;
        let keys = rows
            .iter()
            .take(NEWEST)
            .map(|row| row.try_get_by_index(0))
            .collect::<Result<Vec<i64>, _>>()?;
        if keys.is_empty() {
            return Ok(Some(Count { count: 0, is_exact }));
        }
        let on = self.readers().into();
        let count = match &picked.what {
            What::Activity(filter) => {
                let mut plan = Plan::on(on, scope, filter).await?;
                plan.lead_by(keys);
                plan.keys(None, Direction::Newest, NEWEST).await?.keys.len()
            }
            What::Messages(filter) => {
                let mut plan = MessagePlan::on(on, scope, filter).await?;
                plan.lead_by(keys);
                plan.keys(None, Direction::Newest, NEWEST).await?.keys.len()
            }
            What::Watch(..) | What::Words(_) | What::Names(_) => 0,
        };
        Ok(Some(Count {
            count: count as u64,
            is_exact,
        }))
    }

    /// Makes or changes a view. Nobody changes another's, except that who manages settings changes shared ones.
    ///
    /// # Errors
    /// Wrong fields, `not_found`, `forbidden`.
    pub async fn save_view(
        &self,
        scope: &Scope,
        draft: ViewDraft,
    ) -> Result<Vec<SavedView>, Error> {
        let user = person(scope)?;
        let draft = draft.checked()?;
        if !scope.role().reads(draft.log) {
            let message = "a log that your role reads";
            return Err(Problem::field("/log", "unknown", message).into());
        }
        let mut effects = Vec::new();
        let id = match draft.id {
            Some(id) => {
                self.changeable(scope, user, id).await?;
                effects.push(Effect::statement(
                    "UPDATE saved_view SET name = ?, q = ?, is_shared = ? WHERE id = ?",
                    values![
                        draft.name,
                        draft.q,
                        draft.is_shared,
                        id.0.as_bytes().to_vec()
                    ],
                ));
                id
            }
            None => {
                if self.views_of(scope, user).await?.len() >= MOST {
                    let message = format!("at most {MOST} views; delete one first");
                    return Err(Problem::field("/name", "too_large", message).into());
                }
                let id = ViewId(self.ambient().uuid());
                effects.push(Effect::statement(
                    "INSERT INTO saved_view (id, store_id, owner, log, name, q, is_shared, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    values![
                        id.0.as_bytes().to_vec(),
                        scope.store_id().0,
                        user.0.as_bytes().to_vec(),
                        draft.log.as_str(),
                        draft.name,
                        draft.q,
                        draft.is_shared,
                        self.ambient().clock.now().timestamp_micros(),
                    ],
                ));
                let size = self.ledger_size().await?;
                effects.push(looked(user, id, size));
                id
            }
        };
        effects.extend(opens_with(
            scope,
            user,
            id,
            draft.log.as_str(),
            draft.is_default,
        ));
        self.recorder().apply(effects).await?;
        self.list_views(scope).await
    }

    /// Says whether a log opens with a view, for the person alone: with one of their own or one that is shared.
    ///
    /// # Errors
    /// `forbidden` for a key; `not_found` for one that the person does not see.
    pub async fn set_default_view(
        &self,
        scope: &Scope,
        id: ViewId,
        is_default: bool,
    ) -> Result<Vec<SavedView>, Error> {
        let user = person(scope)?;
        let reads = |log: &str| {
            log.parse::<Source>()
                .is_ok_and(|log| scope.role().reads(log))
        };
        let view = self
            .views_of(scope, user)
            .await?
            .into_iter()
            .find(|view| view.id == id.0.as_bytes() && reads(&view.log))
            .ok_or_else(|| Problem::not_found("view"))?;
        let effects = opens_with(scope, user, id, &view.log, is_default);
        self.recorder().apply(effects).await?;
        self.list_views(scope).await
    }

    /// Deletes a view for everybody who has it.
    ///
    /// # Errors
    /// `not_found`, `forbidden`.
    pub async fn delete_view(&self, scope: &Scope, id: ViewId) -> Result<Vec<SavedView>, Error> {
        let user = person(scope)?;
        self.changeable(scope, user, id).await?;
        let key = id.0.as_bytes().to_vec();
        let effects = vec![
            Effect::statement("DELETE FROM saved_view WHERE id = ?", values![key.clone()]),
            Effect::statement(
                "DELETE FROM saved_view_of_person WHERE view_id = ?",
                values![key],
            ),
        ];
        self.recorder().apply(effects).await?;
        self.list_views(scope).await
    }

    /// Arranges the person's views: those named first, in this order.
    ///
    /// # Errors
    /// `not_found` for one that the person does not see.
    pub async fn order_views(
        &self,
        scope: &Scope,
        ids: &[ViewId],
    ) -> Result<Vec<SavedView>, Error> {
        let user = person(scope)?;
        let known = self.views_of(scope, user).await?;
        let mut effects = Vec::new();
        for (place, id) in ids.iter().enumerate() {
            if !known.iter().any(|view| view.id == id.0.as_bytes()) {
                return Err(Problem::not_found("view").into());
            }
            effects.push(Effect::statement(
                "INSERT INTO saved_view_of_person (user_id, view_id, place) VALUES (?, ?, ?) \
                 ON CONFLICT (user_id, view_id) DO UPDATE SET place = excluded.place",
                values![
                    user.0.as_bytes().to_vec(),
                    id.0.as_bytes().to_vec(),
                    i64::try_from(place).unwrap_or(i64::MAX)
                ],
            ));
        }
        self.recorder().apply(effects).await?;
        self.list_views(scope).await
    }

    /// Notes that the person looked at a view: what is new is counted from now. One that is gone by then, or that the
    /// person does not see, is passed over: a page says so when it leaves a view that somebody deleted meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn looked_at_view(&self, scope: &Scope, id: ViewId) -> Result<Vec<SavedView>, Error> {
        let user = person(scope)?;
        let known = self.views_of(scope, user).await?;
        if known.iter().any(|view| view.id == id.0.as_bytes()) {
            let size = self.ledger_size().await?;
            self.recorder().apply(vec![looked(user, id, size)]).await?;
        }
        self.list_views(scope).await
    }

    async fn changeable(&self, scope: &Scope, user: UserId, id: ViewId) -> Result<(), Error> {
        let known = self.views_of(scope, user).await?;
        let view = known
            .into_iter()
            .find(|view| view.id == id.0.as_bytes())
            .ok_or_else(|| Problem::not_found("view"))?;
        if view.owner == user.0.as_bytes() || scope.role().may(Permission::ManageSettings) {
            return Ok(());
        }
        let message = "this view is shared by somebody else; save one of your own";
        Err(Problem::new(Code::Forbidden, message).into())
    }
}

/// What makes a log open with a view for a person, or no longer: of one log it is one view at most.
fn opens_with(scope: &Scope, user: UserId, id: ViewId, log: &str, is_default: bool) -> Vec<Effect> {
    let mut effects = Vec::new();
    if is_default {
        effects.push(Effect::statement(
            "UPDATE saved_view_of_person SET is_default = ? WHERE user_id = ? AND view_id IN \
             (SELECT id FROM saved_view WHERE store_id = ? AND log = ?)",
            values![false, user.0.as_bytes().to_vec(), scope.store_id().0, log],
        ));
    }
    effects.push(Effect::statement(
        "INSERT INTO saved_view_of_person (user_id, view_id, is_default) VALUES (?, ?, ?) \
         ON CONFLICT (user_id, view_id) DO UPDATE SET is_default = excluded.is_default",
        values![
            user.0.as_bytes().to_vec(),
            id.0.as_bytes().to_vec(),
            is_default
        ],
    ));
    effects
}

fn looked(user: UserId, id: ViewId, size: i64) -> Effect {
    Effect::statement(
        "INSERT INTO saved_view_of_person (user_id, view_id, seen_seq) VALUES (?, ?, ?) \
         ON CONFLICT (user_id, view_id) DO UPDATE SET seen_seq = excluded.seen_seq",
        values![user.0.as_bytes().to_vec(), id.0.as_bytes().to_vec(), size],
    )
}
