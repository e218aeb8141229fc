//! Who wants no messages of a channel: state, with an entry in the activity log.

use crate::account::own_activity;
use crate::log::zone;
use crate::record::{Effect, Record};
use crate::sql::{sql, values};
use crate::{Error, Scope, Storage};
use domain::message::{Channel, phone_digits};
use domain::view::OptOut;
use domain::{ActorType, Category, MASK, Permission, fold};

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
        };
        let (Some(noted), effect) = self.wish(scope, wish).await? else {
            return Ok(());
        };
        self.write_records(scope, vec![noted], vec![effect]).await
    }

    /// What a wish does to state, and what is noted of it if it changes anything as things stand.
    pub(super) async fn wish(
        &self,
        scope: &Scope,
        wish: Wish<'_>,
    ) -> Result<(Option<Record>, Effect), Error> {
        let Wish {
            channel,
            address,
            is_out,
        } = wish;
        let key = folded_address(address);
        let is_change = self.is_opted_out(scope, channel, address).await? != is_out;
        let store = scope.store_id().0;
        let number = channel.number();
        let effect = if is_out {
            let since = self.ambient().clock.now().timestamp_micros();
            Effect::statement(
                "INSERT INTO opt_out (store_id, channel, address, since) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                values![store, number, key, since],
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
        activity.actor = scope.actor();
        if activity.actor.kind == ActorType::System {
            activity.actor.kind = ActorType::Customer;
            activity.actor.name = None;
            activity.actor.id = Some(address.to_owned());
        }
        activity.details = Some(serde_json::json!({"channel": channel, "address": address}));
        Ok((is_change.then(|| Record::Activity(activity)), effect))
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
