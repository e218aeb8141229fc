//! Who wants no messages of a channel: state, with an entry in the activity log.

use crate::account::own_activity;
use crate::log::zone;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use chrono::{DateTime, Utc};
use domain::message::{Channel, phone_digits};
use domain::view::OptOut;
use domain::{
    ActorType, Category, Clause, Filter, MASK, Pattern, Permission, Test, TimeRange, fold,
};

/// An address or number as it is compared.
pub(crate) fn folded_address(address: &str) -> String {
    phone_digits(address).unwrap_or_else(|| fold(address))
}

/// That somebody wants no messages of a channel any more, or wants them again.
#[derive(Clone, Copy)]
pub(super) struct Wish<'a> {
    pub(super) channel: Channel,
    /// Whose, in any spelling.
    pub(super) address: &'a str,
    /// Whether they want none.
    pub(super) is_out: bool,
    /// Since when.
    pub(super) at: DateTime<Utc>,
}

impl Storage {
    /// That somebody wants no messages of a channel any more (STOP, a click on "unsubscribe"), or again.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::SendMessages`], or a fault.
    pub async fn set_opt_out(
        &self,
        scope: &Scope,
        channel: Channel,
        address: &str,
        is_out: bool,
    ) -> Result<(), Error> {
        scope.require(Permission::SendMessages)?;
        let wish = Wish {
            channel,
            address,
            is_out,
            at: self.ambient().clock.now(),
        };
        let (Some(noted), effect) = self.wish(scope, wish).await? else {
            return Ok(());
        };
        self.write_records(scope, vec![noted], vec![effect]).await
    }

    /// As [`Storage::set_opt_out`] for mail, as a provider tells it of a moment. Its calls come late, and whoever saw one
    /// can send it again: what is no newer than what is known of the address changes nothing. Answers whether it is.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::SendMessages`], or a fault.
    pub async fn report_opt_out(
        &self,
        scope: &Scope,
        address: &str,
        is_out: bool,
        at: DateTime<Utc>,
    ) -> Result<bool, Error> {
        scope.require(Permission::SendMessages)?;
        let wish = Wish {
            channel: Channel::Email,
            address,
            is_out,
            at: at.min(self.ambient().clock.now()),
        };
        if self.is_known_since(scope, wish).await? {
            return Ok(false);
        }
        let is_change = self.is_opted_out(scope, wish.channel, address).await? != is_out;
        let (noted, effect) = self.wished(scope, wish);
        // What is older than this must change nothing, even if this changes nothing: a wish for mail stands in the log
        // alone, one for none has its time.
        if is_change || !is_out {
            self.write_records(scope, vec![noted], vec![effect]).await?;
        } else {
            let since = wish.at.timestamp_micros();
            let later = Effect::statement(
                "UPDATE opt_out SET since = ? WHERE store_id = ? AND channel = ? AND address = ? AND since < ?",
                values![
                    since,
                    scope.store_id().0,
                    wish.channel.number(),
                    folded_address(address),
                    since
                ],
            );
            self.recorder().apply(vec![later]).await?;
        }
        Ok(true)
    }

    /// Whether a wish of the same moment or a later one is known of the address.
    async fn is_known_since(&self, scope: &Scope, wish: Wish<'_>) -> Result<bool, Error> {
        let text = "SELECT 1 FROM opt_out WHERE store_id = ? AND channel = ? AND address = ? AND since >= ?";
        let values = values![
            scope.store_id().0,
            wish.channel.number(),
            folded_address(wish.address),
            wish.at.timestamp_micros()
        ];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        if row.is_some() {
            return Ok(true);
        }
        let tests = [
            Test::Action(vec![Pattern::prefix("contact.opted_")]),
            Test::Actor(vec![Pattern::exact(wish.address)]),
            Test::Created(vec![TimeRange {
                from: wish.at.timestamp_micros(),
                to: i64::MAX,
            }]),
        ];
        let clauses = tests.into_iter().map(|test| Clause {
            is_negated: false,
            test,
        });
        let filter = Filter {
            clauses: clauses.collect(),
        };
        let noted = self.newest_activities(scope, &filter, 1).await?;
        Ok(!noted.rows.is_empty())
    }

    /// What a wish does to state, and what is noted of it if it changes anything as things stand.
    pub(super) async fn wish(
        &self,
        scope: &Scope,
        wish: Wish<'_>,
    ) -> Result<(Option<Record>, Effect), Error> {
        let is_out = self.is_opted_out(scope, wish.channel, wish.address).await?;
        let (noted, effect) = self.wished(scope, wish);
        Ok(((is_out != wish.is_out).then_some(noted), effect))
    }

    /// What is noted of a wish, and what it does to state.
    fn wished(&self, scope: &Scope, wish: Wish<'_>) -> (Record, Effect) {
        let Wish {
            channel,
            address,
            is_out,
            at,
        } = wish;
        let key = folded_address(address);
        let store = scope.store_id().0;
        let number = channel.number();
        let effect = if is_out {
            Effect::statement(
                "INSERT INTO opt_out (store_id, channel, address, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                values![store, number, key, at.timestamp_micros()],
            )
        } else {
            Effect::statement(
                "DELETE FROM opt_out WHERE store_id = ? AND channel = ? AND address = ?",
                values![store, number, key],
            )
        };
        let action = if is_out {
            "contact.opted_out"
        } else {
            "contact.opted_in"
        };
        let mut activity =
            own_activity(self.ambient(), action, Category::Contacts, None, Vec::new());
        activity.occurred_at = at;
        activity.actor = scope.actor();
        if activity.actor.kind == ActorType::System {
            activity.actor.kind = ActorType::Customer;
            activity.actor.name = None;
            activity.actor.id = Some(address.to_owned());
        }
        activity.details = Some(serde_json::json!({"channel": channel, "address": address}));
        (Record::Activity(activity), effect)
    }

    /// The opt-outs of somebody with these addresses and numbers, by channel, in any spelling.
    pub(super) async fn opt_outs_of(
        &self,
        scope: &Scope,
        addresses: &[(Channel, &str)],
    ) -> Result<Vec<OptOut>, Error> {
        let text = "SELECT since FROM opt_out WHERE store_id = ? AND channel = ? AND address = ?";
        let mut found = Vec::new();
        for (channel, address) in addresses {
            let address = folded_address(address);
            let values = values![scope.store_id().0, channel.number(), address.clone()];
            let row = sql(self.readers().get_database_backend(), text, values)
                .row(self.readers())
                .await?;
            if let Some(row) = row {
                found.push(OptOut {
                    channel: *channel,
                    address,
                    since: zone::time_of(row.try_get_by_index(0)?),
                });
            }
        }
        Ok(found)
    }

    /// Whether somebody opted out; `address` in any spelling.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_opted_out(
        &self,
        scope: &Scope,
        channel: Channel,
        address: &str,
    ) -> Result<bool, Error> {
        let text = "SELECT 1 FROM opt_out WHERE store_id = ? AND channel = ? AND address = ?";
        let values = values![
            scope.store_id().0,
            channel.number(),
            folded_address(address)
        ];
        let row = sql(self.readers().get_database_backend(), text, values)
            .row(self.readers())
            .await?;
        Ok(row.is_some())
    }

    /// Who opted out, newest first, at most 1,000. Addresses are masked where personal data is hidden.
    ///
    /// # Errors
    /// `forbidden` without [`Permission::ReadOrders`], or a fault.
    pub async fn list_opt_outs(&self, scope: &Scope) -> Result<Vec<OptOut>, Error> {
        scope.require(Permission::ReadOrders)?;
        let text = "SELECT channel, address, since FROM opt_out WHERE store_id = ? ORDER BY since DESC LIMIT 1000";
        let rows = sql(
            self.readers().get_database_backend(),
            text,
            values![scope.store_id().0],
        )
        .rows(self.readers())
        .await?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let Some(channel) = Channel::of_number(row.try_get_by_index(0)?) else {
                continue;
            };
            let address: String = row.try_get_by_index(1)?;
            found.push(OptOut {
                channel,
                address: if scope.role().is_masked() {
                    MASK.to_owned()
                } else {
                    address
                },
                since: zone::time_of(row.try_get_by_index(2)?),
            });
        }
        Ok(found)
    }
}
