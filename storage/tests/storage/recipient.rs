//! Who can't be reached by a channel is not written to, whoever sends; and numbers as customers type them.

use crate::harness::{Case, on_both};
use crate::hook::{connect, keep, process};
use crate::message_kit::{inbound, input, mailbox};
use crate::rule_engine::{happened, rule};
use domain::Code;
use domain::followup::{FollowupAction, Template};
use domain::hook::Platform;
use domain::message::{Channel, Mailbox};
use serde_json::{Value, json};
use storage::Error;

/// The words by which a recipient was refused.
fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::Problem(problem)) => {
            assert_eq!(problem.code, Code::InvalidFields);
            assert_eq!(problem.fields[0].pointer, "/to");
            problem.fields[0].message.clone()
        }
        other => panic!("not refused: {other:?}"),
    }
}

#[test]
fn a_message_goes_only_where_its_channel_leads() {
    on_both(async |case| {
        let scope = case.scope();
        for (channel, to, why) in [
            (Channel::Sms, "0551234567", "no country code"),
            (Channel::Whatsapp, "noura@mail.example", "no number"),
            (Channel::Sms, "+99912345678", "can't exist"),
            (Channel::Email, "+966551234567", "no address of mail"),
        ] {
            let sent = vec![input(&case, channel, to, "Hello")];
            let told = refused(case.storage.send_messages(&scope, sent, None).await);
            assert!(told.contains(why), "{to}: {told}");
            // What another system sent is recorded as it was.
            let mut recorded = input(&case, channel, to, "Hello");
            recorded.message.is_recorded = true;
            case.send(recorded).await;
        }
        // Any spelling that names the country will do.
        let id = case
            .send(input(&case, Channel::Sms, "+966 55 123 4567", "Hello"))
            .await;
        let sent = case.message(id).await.message;
        assert_eq!(sent.to[0].address, "+966551234567");
        assert_eq!(case.claim().await.len(), 1);
    });
}

#[test]
fn a_message_is_sent_again_only_where_its_channel_leads() {
    on_both(async |case| {
        let scope = case.scope();
        let text = case
            .send(input(&case, Channel::Sms, "+966551234567", "Hello"))
            .await;
        let mail = case
            .send(input(&case, Channel::Email, "noura@mail.example", "Hello"))
            .await;
        let again = async |id, to: Mailbox| case.storage.send_again(&scope, id, Some(to)).await;
        for (id, to) in [
            (text, "noura@mail.example"),
            (text, "0551234567"),
            (mail, "+966551234567"),
        ] {
            refused(again(id, mailbox(to)).await);
            assert_eq!(case.message(id).await.sent_again_as, [], "{to}");
        }
        let sent = again(text, mailbox("+12025550143")).await.expect("sent");
        assert_eq!(
            case.message(sent).await.row.to.as_deref(),
            Some("+12025550143")
        );
    });
}

impl Case {
    /// Does what a rule says when an order of the customer is refunded; answers why it could not be done.
    async fn refunded(&self) -> Option<String> {
        let happened = happened(self, "order.refunded", "1042");
        self.record(vec![happened]).await;
        self.look().await;
        self.do_rule_actions().await;
        let actions = self.storage.list_rule_actions(&self.scope(), None).await;
        let actions = actions.expect("listed");
        actions.into_iter().find_map(|action| action.error)
    }
}

#[test]
fn a_rules_letter_to_a_number_without_a_country_says_so() {
    on_both(async |case| {
        let scope = case.scope();
        let template = Template {
            id: case.storage.new_rule_id(),
            name: "Sorry".to_owned(),
            channel: Some(Channel::Sms),
            subject: None,
            body: "Dear {{customer}}".to_owned(),
            version: 0,
        };
        case.storage
            .save_template(&scope, template)
            .await
            .expect("saved");
        let letter = FollowupAction::SendTemplate {
            template: "Sorry".to_owned(),
        };
        case.save(rule(&case, "action:order.refunded", vec![letter]))
            .await;
        case.order("1042", "c_1", None).await;
        // As it is kept by whoever tells customers over the API.
        case.customer("c_1", "Noura", "noura@mail.example", "055 123 4567")
            .await;
        let why = case.refunded().await.expect("an error");
        assert!(why.contains("number has no country code"), "{why}");
        assert!(!why.contains("055 123"), "the number is not kept: {why}");
        assert!(case.claim().await.is_empty());
        case.customer("c_1", "Noura", "noura@mail.example", "+966 55 123 4567")
            .await;
        case.refunded().await;
        let claimed = case.claim().await;
        assert_eq!(claimed[0].message.to[0].address, "+966551234567");
    });
}

/// The number that is kept of a customer.
async fn phone(case: &Case, customer: &str) -> Option<String> {
    let page = case.storage.customer_page(&case.scope(), customer).await;
    page.expect("read").expect("there").phone
}

#[test]
fn numbers_from_shops_are_kept_with_the_country_of_the_address() {
    on_both(async |case| {
        let woo = connect(&case, Platform::Woocommerce, "linen").await;
        let shopify = connect(&case, Platform::Shopify, "wool").await;
        let billing = |phone: &str, country: &str| json!({"first_name": "Noura", "email": "noura@mail.example", "phone": phone, "country": country});
        let order = |id: u64, billing: Value| {
            json!({"id": id, "number": id.to_string(), "status": "processing", "currency": "SAR", "total": "1.00",
                "customer_id": id, "date_modified_gmt": "2026-11-20T08:00:00", "billing": billing, "line_items": []})
        };
        let customer = |id: u64, billing: Value| json!({"id": id, "billing": billing, "date_modified_gmt": "2026-11-20T08:00:00"});
        let bought = |id: u64, buyer: Value, address: Value| {
            json!({"id": id, "name": format!("#{id}"), "updated_at": "2026-11-20T08:00:00Z", "total_price": "1.00",
                "currency": "SAR", "line_items": [], "customer": buyer, "shipping_address": address})
        };
        for (shop, topic, body, kept) in [
            (
                &woo,
                "order.created",
                order(1, billing("0551234567", "SA")),
                "+966551234567",
            ),
            (
                &woo,
                "customer.updated",
                customer(2, billing("07400 123456", "GB")),
                "+447400123456",
            ),
            // What can't be known, or can't be, stays as it was typed.
            (
                &woo,
                "customer.updated",
                customer(3, billing("0551234567", "")),
                "0551234567",
            ),
            (
                &woo,
                "customer.updated",
                customer(4, billing("12345", "SA")),
                "12345",
            ),
            (
                &shopify,
                "customers/update",
                json!({"id": 5, "phone": "055 123 4567", "default_address": {"country_code": "SA"}}),
                "+966551234567",
            ),
            (
                &shopify,
                "orders/create",
                bought(
                    6,
                    json!({"id": 6, "phone": "0551234567"}),
                    json!({"country_code": "SA"}),
                ),
                "+966551234567",
            ),
        ] {
            let key = body["id"].to_string();
            keep(&case, shop, topic, &key, &body.to_string()).await;
            process(&case).await;
            assert_eq!(
                phone(&case, &key).await.as_deref(),
                Some(kept),
                "{topic} {body}"
            );
        }
    });
}

#[test]
fn who_said_stop_is_known_by_the_number_that_the_shop_typed() {
    on_both(async |case| {
        let scope = case.scope();
        let shop = connect(&case, Platform::Woocommerce, "linen").await;
        let billing = json!({"phone": "0551234567", "country": "SA"});
        let body =
            json!({"id": 26, "billing": billing, "date_modified_gmt": "2026-11-20T08:00:00"});
        keep(&case, &shop, "customer.updated", "1", &body.to_string()).await;
        process(&case).await;
        case.storage
            .set_opt_out(&scope, Channel::Sms, "+966551234567", true)
            .await
            .expect("kept");
        let page = case.storage.customer_page(&scope, "26").await;
        assert_eq!(page.expect("read").expect("there").opt_outs.len(), 1);
        // And so is what they write.
        case.order("1042", "26", None).await;
        let asked = inbound(&case, Channel::Sms, "+966551234567", "where?", "SM1");
        let received = case
            .storage
            .receive_message(&scope, asked, Vec::new(), None)
            .await
            .expect("received");
        assert_eq!(received.order.as_deref(), Some("1042"));
    });
}

#[test]
fn erasing_a_customer_takes_their_number_as_it_was_typed() {
    on_both(async |case| {
        let scope = case.scope();
        let shop = connect(&case, Platform::Woocommerce, "linen").await;
        let billing = json!({"phone": "0551234567", "country": "SA"});
        let body =
            json!({"id": 26, "billing": billing, "date_modified_gmt": "2026-11-20T08:00:00"});
        keep(&case, &shop, "customer.updated", "1", &body.to_string()).await;
        process(&case).await;
        let mut noted = happened(&case, "order.note_added", "7");
        noted.description = Some("Call 0551234567 at the door".to_owned());
        case.record(vec![noted]).await;
        assert_eq!(case.count(&scope, "action:order.note_added").await, 1);
        let found = case.storage.person_found(&scope, "26").await;
        let found = found.expect("read").expect("known");
        case.storage
            .request_person_erasure(&scope, "26", "asked by mail", found.to_type)
            .await
            .expect("asked for");
        case.work().await;
        assert_eq!(case.count(&scope, "action:order.note_added").await, 0);
    });
}
