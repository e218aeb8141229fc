//! What is told of one recipient says nothing of the others.

use crate::message_kit::{
    COPY, LAYLA, OMAR, at, begun, bounced, copies_due, delivered_at, fact, message, missed, of,
    put_off, queued, taken, taken_except, to_alone, told_of,
};
use domain::message::{Channel, Delivery, DeliveryFact, DeliveryStatus, FactKind, Verdict};

#[test]
fn a_copy_that_bounces_is_missed_and_takes_nothing_from_the_message() {
    let mut facts = taken();
    facts.push(told_of(5, 1, "Copy@mail.example", "bounced"));
    assert_eq!(missed(&facts), [bounced(COPY)]);
    assert!(copies_due(&facts).is_empty(), "nothing is tried again");
    facts.push(told_of(6, 1, LAYLA, "delivered"));
    assert_eq!(delivered_at(&of(Channel::Email, &facts)), Some(at(6)));
    assert_eq!(missed(&facts), [bounced(COPY)]);
    facts.push(told_of(7, 1, COPY, "delivered"));
    assert!(missed(&facts).is_empty(), "it arrived after all");
}

#[test]
fn a_copy_that_arrives_says_nothing_of_whom_the_message_is_for() {
    let mut facts = taken();
    facts.push(told_of(5, 1, COPY, "delivered"));
    assert_eq!(delivered_at(&of(Channel::Email, &facts)), None);
    facts.push(told_of(6, 1, LAYLA, "bounced"));
    let delivery = of(Channel::Email, &facts);
    assert_eq!(delivery.status, Some(DeliveryStatus::Failed));
    assert!(matches!(
        delivery.verdict,
        Verdict::NotDelivered { code: Some(code), .. } if code == "5.1.1"
    ));
    // Whose copy is missed as well is still known.
    let mut facts = taken();
    facts.push(told_of(5, 1, COPY, "bounced"));
    facts.push(told_of(6, 1, LAYLA, "bounced"));
    let status = of(Channel::Email, &facts).status;
    assert_eq!(status, Some(DeliveryStatus::Failed));
    let message = message(Channel::Email, &[LAYLA]);
    assert_eq!(Delivery::missed(&message, &facts), [bounced(COPY)]);
    // It shows that the mail went out, when the answer to it was lost.
    let lost = FactKind::AnswerUnknown { words: None };
    let facts = [
        queued(),
        begun(1, 1),
        fact(2, 1, lost),
        told_of(5, 1, COPY, "bounced"),
    ];
    assert_eq!(missed(&facts), [bounced(COPY)]);
}

#[test]
fn one_of_several_is_missed_and_all_of_them_decide() {
    let message = message(Channel::Email, &[LAYLA, OMAR]);
    let of = |facts: &[DeliveryFact]| Delivery::of(&message, facts);
    let mut lost = taken();
    lost.push(told_of(5, 1, LAYLA, "bounced"));
    let delivery = of(&lost);
    assert_eq!(delivery.status, Some(DeliveryStatus::Sent));
    assert!(matches!(
        delivery.verdict,
        Verdict::HandedOver { missed, .. } if missed == [bounced(LAYLA)]
    ));
    let mut half = lost.clone();
    half.push(told_of(6, 1, OMAR, "delivered"));
    assert_eq!(delivered_at(&of(&half)), None);
    lost.push(told_of(6, 1, OMAR, "bounced"));
    assert_eq!(of(&lost).status, Some(DeliveryStatus::Failed));
    let mut there = taken();
    there.push(told_of(9, 1, OMAR, "delivered"));
    there.push(told_of(6, 1, LAYLA, "delivered"));
    assert_eq!(delivered_at(&of(&there)), Some(at(9)));
}

#[test]
fn who_is_told_of_while_a_copy_is_tried_again_is_not_taken_for_the_copy() {
    let mut facts = vec![queued(), begun(1, 1)];
    let answer = taken_except(vec![put_off(COPY, Some(900))]);
    facts.push(fact(2, 1, answer));
    facts.push(to_alone(900, 2, COPY));
    facts.push(fact(901, 2, taken_except(Vec::new())));
    facts.push(told_of(950, 2, LAYLA, "bounced"));
    let delivery = of(Channel::Email, &facts);
    assert_eq!(delivery.status, Some(DeliveryStatus::Failed));
    facts.pop();
    facts.push(told_of(950, 2, COPY, "bounced"));
    assert_eq!(missed(&facts), [bounced(COPY)]);
}

#[test]
fn whom_nobody_knows_got_it_from_the_only_one_it_went_to() {
    let mut alone = message(Channel::Email, &[LAYLA]);
    alone.cc.clear();
    let mut facts = taken();
    facts.push(told_of(5, 1, "forwarded@other.example", "bounced"));
    let delivery = Delivery::of(&alone, &facts);
    assert_eq!(delivery.status, Some(DeliveryStatus::Failed));
    assert_eq!(missed(&facts), [bounced("forwarded@other.example")]);
}
