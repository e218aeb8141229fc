//! What a day holds: which work is done how often, and what comes round after so many days.

use super::orders::Channel;
use super::rhythm::{Campaign, Rhythm, start_of_day};
use super::world::{Task, World};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

type Work = fn(&mut World);

/// Work, how often on an ordinary day, and who keeps its hours.
const DAILY: &[(f64, Rhythm, Work)] = &[
    (2.6, Rhythm::Office, World::reprice),
    (2.4, Rhythm::Night, World::match_price),
    (2.2, Rhythm::Office, World::rewrite_text),
    (4.4, Rhythm::Office, World::touch_up),
    (0.55, Rhythm::Office, World::make_product),
    (0.3, Rhythm::Office, World::delete_product),
    (0.8, Rhythm::Office, World::hide_for_a_while),
    (1.2, Rhythm::Office, World::approve_review),
    (2.4, Rhythm::Warehouse, World::restock),
    (2.2, Rhythm::Warehouse, World::count_shelf),
    (0.5, Rhythm::Office, World::plan_coupon),
    (1.8, Rhythm::Office, World::change_coupon),
    (0.45, Rhythm::Office, World::switch_coupon_off),
    (3.4, Rhythm::Machine, World::give_birthday_coupon),
    (1.2, Rhythm::Office, World::tend_offers),
    (4.6, Rhythm::Office, World::tag_product),
    (2.2, Rhythm::Office, World::tag_other),
    (0.9, Rhythm::Office, World::clean_up_tags),
    (2.4, Rhythm::Office, World::write_metafield),
    (1.6, Rhythm::Office, World::change_cost),
    (1.9, Rhythm::Office, World::clean_data),
    (1.9, Rhythm::Office, World::record_expense),
    (0.5, Rhythm::Office, World::correct_expense),
    (1.6, Rhythm::Office, World::tend_contacts),
    (0.5, Rhythm::Office, World::change_settings),
    (2.2, Rhythm::Office, World::export),
    (1.0, Rhythm::Office, World::look_at_log),
    (3.6, Rhythm::Night, World::run_job),
    (2.0, Rhythm::Machine, World::stray_webhook),
    (4.5, Rhythm::Web, World::correct_customer),
    (1.6, Rhythm::Office, World::regroup_customer),
    (0.35, Rhythm::Office, World::block_or_unblock_customer),
    (0.9, Rhythm::Counter, World::add_customer_at_counter),
    (4.0, Rhythm::Web, World::customer_signs_in),
    (3.4, Rhythm::Web, World::converse),
    (2.2, Rhythm::Web, World::remind_of_cart),
    (1.2, Rhythm::Office, World::tell_back_in_stock),
    (0.8, Rhythm::Web, World::redeem_points),
    (1.2, Rhythm::Counter, World::serve_otherwise),
    (0.5, Rhythm::Courier, World::announce_return),
];

/// Work that comes round every so many days, first after so many.
const CALENDAR: &[(u32, u32, Rhythm, Work)] = &[
    (8, 5, Rhythm::Office, World::start_operation),
    (29, 2, Rhythm::Office, World::publish_on_marketplace),
    (6, 5, Rhythm::Office, World::clear_out_coupons),
    (8, 3, Rhythm::Office, World::tend_customer_groups),
    (8, 1, Rhythm::Office, World::plan_offer),
    (9, 2, Rhythm::Office, World::tend_users),
    (1_000, 61, Rhythm::Office, World::change_a_role),
    (14, 6, Rhythm::Office, World::change_branding),
    (21, 12, Rhythm::Office, World::erase_on_request),
];

/// How orders come in: their share of an ordinary day.
const CHANNELS: [(Channel, f64, Rhythm); 3] = [
    (Channel::Web, 0.51, Rhythm::Web),
    (Channel::Counter, 0.46, Rhythm::Counter),
    (Channel::Phone, 0.03, Rhythm::Office),
];

/// How busy a day is in all, compared with an ordinary one: orders make only a part of the work, and what
/// they make follows them for days.
pub(super) fn busyness(date: NaiveDate) -> f64 {
    let orders = |days_ago| Rhythm::Web.factor(date - TimeDelta::days(days_ago));
    0.4 + 0.3 * orders(0) + 0.15 * orders(1) + 0.15 * orders(2)
}

impl World {
    /// Puts what the day of `from` holds until `to` on the agenda.
    pub fn plan_day(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) {
        let date = self.today;
        self.campaign = Campaign::on(date);
        self.settled = self.customers.len();
        for (channel, share, rhythm) in CHANNELS {
            let mean = self.orders_a_day * share * rhythm.factor(date) * rhythm.share(from, to);
            for _ in 0..self.dice.about(mean) {
                self.some_time(rhythm, from, to, Task::Place(channel));
            }
        }
        for (often, rhythm, work) in DAILY {
            let mean = often * rhythm.factor(date) * rhythm.share(from, to);
            for _ in 0..self.dice.about(mean) {
                self.some_time(*rhythm, from, to, Task::Work(*work));
            }
        }
        for (every, first, rhythm, work) in CALENDAR {
            if self.day % every == *first {
                self.some_time(*rhythm, from, to, Task::Work(*work));
            }
        }
        for (hour, work) in [
            (3, World::sync_stock as Work),
            (9, World::begin_campaign as Work),
        ] {
            let late = self.seconds(0, 600);
            let at = start_of_day(date) + TimeDelta::hours(hour) + late;
            if from <= at && at < to {
                self.at(at, Task::Work(work));
            }
        }
        self.day += 1;
    }

    fn some_time(&mut self, rhythm: Rhythm, from: DateTime<Utc>, to: DateTime<Utc>, task: Task) {
        if let Some(at) = rhythm.draw(&mut self.dice, from, to) {
            self.at(at, task);
        }
    }

    /// On the morning of a campaign's first day, its coupon and its offer are made.
    fn begin_campaign(&mut self) {
        if let Some(campaign) = self.campaign.filter(|c| c.first == self.today) {
            self.plan_campaign_coupon(campaign);
            self.plan_campaign_offer(campaign);
        }
    }
}
