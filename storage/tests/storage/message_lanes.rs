//! What waits for one provider waits for no other.

use crate::harness::on_both;
use crate::message_kit::input;
use chrono::Duration;
use domain::message::Channel;
use storage::Lane;

#[test]
fn mail_and_texts_are_claimed_apart() {
    on_both(async |case| {
        let lease = Duration::minutes(5);
        for n in 0..4 {
            let mail = input(&case, Channel::Email, "noura@mail.example", &n.to_string());
            case.send(mail).await;
        }
        let next_due = async |lane| case.storage.next_due_at(lane).await.expect("read");
        assert!(next_due(Lane::Mail).await.is_some());
        assert_eq!(next_due(Lane::Texts).await, None);
        for channel in [Channel::Sms, Channel::Whatsapp] {
            case.send(input(&case, channel, "+966551234567", "Hello"))
                .await;
        }
        let claim = async |lane| {
            let claimed = case.storage.claim_due(lane, 3, lease).await;
            let claimed = claimed.expect("claimed").into_iter();
            claimed.map(|c| c.message.channel).collect::<Vec<_>>()
        };
        assert_eq!(claim(Lane::Mail).await, [Channel::Email; 3]);
        assert_eq!(claim(Lane::Texts).await, [Channel::Sms, Channel::Whatsapp]);
        assert_eq!(claim(Lane::Mail).await, [Channel::Email]);
        // Whoever took them died: they come again.
        case.pass(Duration::minutes(6));
        assert_eq!(claim(Lane::Texts).await.len(), 2);
        case.verified().await;
    });
}

#[test]
fn a_message_that_can_not_be_read_holds_no_other_up_and_is_left_alone_for_an_hour() {
    on_both(async |case| {
        let spoilt = case
            .send(input(&case, Channel::Sms, "+966551234567", "Hello"))
            .await;
        let sound = case
            .send(input(&case, Channel::Sms, "+966551234568", "Hello"))
            .await;
        let body = "WHERE seq = (SELECT MIN(seq) FROM message)";
        let spoil = format!("UPDATE payload SET body = 'x' || body {body}");
        assert_eq!(case.tamper(&spoil).await, 1);
        let claimed = async || {
            let claimed = case.claim().await.into_iter();
            claimed.map(|c| c.id).collect::<Vec<_>>()
        };
        assert_eq!(claimed().await, [sound]);
        // Whoever took them died.
        case.pass(Duration::minutes(6));
        assert_eq!(claimed().await, [sound]);
        let mend = format!("UPDATE payload SET body = SUBSTR(body, 2) {body}");
        assert_eq!(case.tamper(&mend).await, 1);
        case.pass(Duration::hours(1));
        let mut both = claimed().await;
        both.sort_by_key(|id| *id != spoilt);
        assert_eq!(both, [spoilt, sound]);
        case.verified().await;
    });
}
