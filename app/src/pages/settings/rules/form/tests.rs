//! Forms and the rules that they describe.

use super::*;

fn id() -> RuleId {
    "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f".parse().unwrap()
}

fn wrong(form: &RuleForm) -> Vec<String> {
    let problem = form.rule(id()).unwrap_err();
    problem.fields.into_iter().map(|f| f.pointer).collect()
}

#[test]
fn a_form_and_its_rule_say_the_same() {
    let form = RuleForm {
        id: id().to_string(),
        name: "At night".to_owned(),
        when: "message".to_owned(),
        is_enabled: Some("on".to_owned()),
        sms: Some("on".to_owned()),
        words: "where is, أين طلبي".to_owned(),
        from: "22:00".to_owned(),
        to: "06:00".to_owned(),
        template: "Status".to_owned(),
        tag: "asked".to_owned(),
        ..RuleForm::default()
    };
    let rule = form.rule(id()).unwrap();
    assert_eq!(rule.conditions.len(), 3);
    assert_eq!(
        rule.conditions[2],
        Condition::TimeOfDay {
            from: 1_320,
            to: 360
        }
    );
    assert_eq!(RuleForm::of(&rule), Some(form.clone()));
    let saved = FollowupRule { version: 3, ..rule };
    let version = "3".to_owned();
    assert_eq!(RuleForm::of(&saved), Some(RuleForm { version, ..form }));
    let arabic = parts("أين، متى ,  , where");
    assert_eq!(arabic, ["أين", "متى", "where"]);
}

#[test]
fn events_and_schedules_go_through_the_form() {
    let form = RuleForm {
        id: id().to_string(),
        name: "Dear".to_owned(),
        is_enabled: Some("on".to_owned()),
        is_dry: Some("on".to_owned()),
        when: "event".to_owned(),
        query: "action:product.updated".to_owned(),
        also: "has:changes".to_owned(),
        shop_tag: "check".to_owned(),
        hold: Some("on".to_owned()),
        ..RuleForm::default()
    };
    assert_eq!(RuleForm::of(&form.rule(id()).unwrap()), Some(form.clone()));
    let schedule = RuleForm {
        when: "schedule".to_owned(),
        query: String::new(),
        every: "week".to_owned(),
        weekday: "4".to_owned(),
        at: "09:30".to_owned(),
        shop_tag: String::new(),
        hold: None,
        alarm: "Look".to_owned(),
        ..form.clone()
    };
    assert_eq!(
        RuleForm::of(&schedule.rule(id()).unwrap()),
        Some(schedule.clone())
    );
    let broken = RuleForm {
        query: "actor:".to_owned(),
        also: "colour:red".to_owned(),
        ..form
    };
    assert!(wrong(&broken).contains(&"/query".to_owned()));
    assert!(wrong(&broken).contains(&"/also".to_owned()));
    // What the form does not show on a schedule is not part of it, whatever was typed before.
    let hidden = RuleForm {
        template: "Status".to_owned(),
        shop_tag: "x".to_owned(),
        hold: Some("on".to_owned()),
        ..schedule.clone()
    };
    assert_eq!(hidden.rule(id()).unwrap(), schedule.rule(id()).unwrap());
    let idle = RuleForm {
        alarm: String::new(),
        ..hidden
    };
    assert_eq!(wrong(&idle), ["/url"]);
}

#[test]
fn customers_and_totals_go_through_the_form() {
    let form = RuleForm {
        id: id().to_string(),
        name: "Large".to_owned(),
        is_enabled: Some("on".to_owned()),
        when: "event".to_owned(),
        query: "action:order.created".to_owned(),
        groups: "VIP, Wholesale".to_owned(),
        total_from: "500.00".to_owned(),
        currency: "SAR".to_owned(),
        tag: "large".to_owned(),
        ..RuleForm::default()
    };
    let rule = form.rule(id()).unwrap();
    assert_eq!(rule.conditions.len(), 2);
    assert_eq!(RuleForm::of(&rule), Some(form.clone()));
    for (field, amount, below, currency) in [
        ("/total_from", "5,00", "", "SAR"),
        ("/total_below", "5", "4.99", "SAR"),
        ("/currency", "5", "", "riyal"),
    ] {
        let broken = RuleForm {
            total_from: amount.to_owned(),
            total_below: below.to_owned(),
            currency: currency.to_owned(),
            ..form.clone()
        };
        assert_eq!(wrong(&broken), [field]);
    }
}

#[test]
fn what_the_form_can_not_hold_is_not_edited_with_it() {
    let mut rule = RuleForm {
        name: "x".to_owned(),
        tag: "x".to_owned(),
        ..RuleForm::default()
    }
    .rule(id())
    .unwrap();
    assert!(RuleForm::of(&rule).is_some());
    let words = |word: &str| Condition::Words {
        any_of: vec![word.to_owned()],
    };
    rule.conditions = vec![words("a"), words("b")];
    assert_eq!(RuleForm::of(&rule), None);
    rule.conditions = vec![words("a, b")];
    assert_eq!(RuleForm::of(&rule), None);
}

#[test]
fn each_wrong_field_is_named() {
    assert_eq!(wrong(&RuleForm::default()), ["/name"]);
    let form = RuleForm {
        name: "x".to_owned(),
        ..RuleForm::default()
    };
    assert_eq!(wrong(&form), ["/template"]);
    let form = RuleForm {
        name: "x".to_owned(),
        words: "?!".to_owned(),
        from: "25:00".to_owned(),
        assign: "sara".to_owned(),
        url: "http://hooks.example".to_owned(),
        ..RuleForm::default()
    };
    assert!(wrong(&form).ends_with(&["/from".into(), "/assign".into(), "/url".into()]));
    let form = RuleForm {
        from: "22:00".to_owned(),
        to: String::new(),
        ..form
    };
    assert!(wrong(&form).contains(&"/to".to_owned()));
}

#[test]
fn a_window_to_midnight_or_of_the_whole_day_goes_through_the_form() {
    let mut rule = RuleForm {
        name: "x".to_owned(),
        tag: "x".to_owned(),
        ..RuleForm::default()
    }
    .rule(id())
    .unwrap();
    for (from, to, shown, saved) in [
        (1_320, 1_440, ("22:00", "00:00"), 1_440),
        (1_320, 0, ("22:00", "00:00"), 1_440),
        (0, 1_440, ("00:00", "00:00"), 1_440),
        (0, 0, ("00:00", "00:00"), 1_440),
        (540, 540, ("09:00", "09:00"), 540),
        (1_320, 1_439, ("22:00", "23:59"), 1_439),
    ] {
        rule.conditions = vec![Condition::TimeOfDay { from, to }];
        let form = RuleForm::of(&rule).unwrap();
        assert_eq!((form.from.as_str(), form.to.as_str()), shown);
        let saved = Condition::TimeOfDay { from, to: saved };
        assert_eq!(form.rule(id()).unwrap().conditions, [saved]);
    }
    let whole = [(0, 1_440), (0, 0), (540, 540)];
    assert!(whole.iter().all(|(from, to)| is_all_day(*from, *to)));
    let part = [(1_320, 1_440), (1_320, 0), (0, 1_439), (1, 1_440)];
    assert!(!part.iter().any(|(from, to)| is_all_day(*from, *to)));
}
