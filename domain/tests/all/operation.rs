use domain::operation::revert::{Now, Part, Planned, Tally, plan};
use domain::operation::{
    Control, ItemOutcome, MAX_RETRIED, OperationId, OperationState, OperationStep, PlannedKind,
    read_conflicts, read_items, read_operation, read_revert, read_wish,
};
use domain::{Actor, Problem};
use serde_json::{Value, json};

fn pointers(problem: &Problem) -> Vec<&str> {
    problem.fields.iter().map(|f| f.pointer.as_str()).collect()
}

#[test]
fn an_id_is_a_path_segment() {
    for good in [
        "sale",
        "Winter-sale_2026.v2",
        "0193e2a4-7c11-7d3a-9f00-5a1b2c3d4e5f",
    ] {
        assert!(OperationId::parse(good).is_some(), "{good}");
    }
    for wrong in ["", ".", "..", "a b", "a/b", "ش", &"x".repeat(101)] {
        assert!(OperationId::parse(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn what_has_ended_takes_no_step_and_no_item() {
    use OperationState as S;
    for ended in [S::Completed, S::Failed, S::Cancelled] {
        assert!(ended.is_ended() && ended.after_item().is_err());
        for step in OperationStep::ALL {
            assert!(ended.after(*step).is_err(), "{step:?}");
        }
    }
    assert_eq!(S::Planned.after_item(), Ok(S::Running));
    assert_eq!(S::Stalled.after_item(), Ok(S::Running));
    assert_eq!(S::Paused.after_item(), Ok(S::Paused));
    assert_eq!(S::Running.after(OperationStep::PauseAsked), Ok(S::Running));
    assert!(S::Paused.after(OperationStep::Stalled).is_err());
    for open in [S::Planned, S::Running, S::Paused, S::Stalled] {
        assert_eq!(open.after(OperationStep::Untold), Ok(open));
    }
}

#[test]
fn errors_that_differ_in_numbers_have_one_cause() {
    let item = |error: &str| {
        let item =
            json!({"subject": {"type": "product", "id": "p"}, "field": "price", "error": error});
        read_items(&item).unwrap().remove(0)
    };
    let cause = item("price 8.00 is below cost 9.50, refused").cause();
    assert_eq!(cause.as_deref(), Some("price # is below cost # refused"));
    assert_eq!(
        item("price 12 is below cost 1,300.5, refused").cause(),
        cause
    );
    assert_ne!(item("no such product").cause(), cause);
    // A status is no amount.
    let [missing, broken] = ["HTTP 404", "HTTP 500"].map(|error| item(error).cause());
    assert_ne!(missing, broken);
}

#[test]
fn an_item_says_what_it_leaves_out_or_is_refused() {
    let read = |item: Value| read_items(&item).map(|mut items| items.remove(0));
    let subject = json!({"type": "product", "id": "p_1"});
    let item = read(json!({"subject": subject, "field": "price", "after": 2})).unwrap();
    assert_eq!((item.before, item.outcome), (None, ItemOutcome::Changed));
    let item = read(json!({"subject": subject, "field": "note", "before": null, "after": "x"}));
    assert_eq!(item.unwrap().before, Some(Value::Null));
    let item = read(json!({"subject": subject, "field": "price", "before": 2, "after": 2}));
    assert_eq!(item.unwrap().outcome, ItemOutcome::Unchanged);
    let refused = read(json!({"subject": subject, "field": "price"})).unwrap_err();
    assert_eq!(pointers(&refused), ["/after"]);
    let refused = read(json!({"field": "price", "after": 1, "before": 9_007_199_254_740_993_u64}));
    assert_eq!(pointers(&refused.unwrap_err()), ["/subject", "/before"]);
    assert!(read_items(&json!([])).is_err());
}

#[test]
fn what_is_said_to_be_unchanged_holds_what_it_held() {
    let read = |before: Value, after: Value| {
        let subject = json!({"type": "product", "id": "p_1"});
        let item = json!([{"subject": subject, "field": "price", "before": before, "after": after, "outcome": "unchanged"}]);
        read_items(&item)
    };
    let refused = read(json!(120), json!(96)).unwrap_err();
    assert_eq!(pointers(&refused), ["/0/outcome"]);
    assert_eq!(refused.fields[0].code, "contradiction");
    let refused = read(json!(["a", "b"]), Value::Null).unwrap_err();
    assert_eq!(pointers(&refused), ["/0/outcome"]);
    for (before, after) in [(json!(96), json!(96.0)), (Value::Null, Value::Null)] {
        let items = read(before, after).unwrap();
        assert_eq!(items[0].outcome, ItemOutcome::Unchanged);
    }
    let unsaid = json!({"subject": {"type": "product", "id": "p_1"}, "field": "price", "outcome": "unchanged"});
    assert!(read_items(&unsaid).is_ok());
}

#[test]
fn what_a_revert_would_find_as_before_was_not_changed() {
    let outcome = |field: &str, before: &Value, after: &Value| {
        let subject = json!({"type": "product", "id": "p_1"});
        let item = json!({"subject": subject, "field": field, "before": before, "after": after});
        read_items(&item).unwrap()[0].outcome
    };
    for (field, before, after) in [
        ("tags", json!(["a", "b"]), json!(["b", "a"])),
        ("tags", json!("a, b"), json!(["b", "a"])),
        ("tags", Value::Null, json!([])),
        ("price", json!(96), json!(96.0)),
    ] {
        let told = outcome(field, &before, &after);
        assert_eq!(told, ItemOutcome::Unchanged, "{before} {after}");
        let planned = plan(field, Some(&before), Some(&after), &Now::Untouched);
        assert_eq!(planned, Planned::Already, "{before} {after}");
    }
    for (field, before, after) in [
        ("tags", json!(["a", "b"]), json!(["b", "c"])),
        // The order of other lists may be what was changed.
        ("images", json!(["a", "b"]), json!(["b", "a"])),
    ] {
        let told = outcome(field, &before, &after);
        assert_eq!(told, ItemOutcome::Changed, "{before} {after}");
    }
}

#[test]
fn an_operation_says_what_its_source_can_do() {
    let read =
        |body: Value| read_operation(&body, chrono::DateTime::UNIX_EPOCH, &Actor::system(), "new");
    let operation = read(json!({"name": "Sale"})).unwrap();
    assert_eq!(operation.id.0, "new");
    let refused = read(json!({"name": "Sale", "control_url": "https://shop.example/c"}));
    assert_eq!(pointers(&refused.unwrap_err()), ["/control_url"]);
    let refused =
        read(json!({"name": "Sale", "controls": ["pause", "dance"], "stalls_after_s": 5}));
    assert_eq!(
        pointers(&refused.unwrap_err()),
        ["/stalls_after_s", "/controls/1"]
    );
}

#[test]
fn an_operation_names_its_trace_and_what_it_tries_again() {
    let read =
        |body: Value| read_operation(&body, chrono::DateTime::UNIX_EPOCH, &Actor::system(), "new");
    let body = json!({"name": "Sale", "trace_id": "t-1", "retries": "sale", "controls": ["retry"]});
    let operation = read(body).unwrap();
    assert_eq!(operation.trace_id.as_deref(), Some("t-1"));
    assert_eq!(operation.retries, Some(OperationId("sale".to_owned())));
    assert_eq!(operation.controls, [Control::Retry]);
    for (body, pointer) in [
        (json!({"name": "Sale", "trace_id": 7}), "/trace_id"),
        (
            json!({"name": "Sale", "trace_id": "x".repeat(201)}),
            "/trace_id",
        ),
        (json!({"name": "Sale", "retries": "a b"}), "/retries"),
        (
            json!({"id": "sale", "name": "Sale", "retries": "sale"}),
            "/retries",
        ),
    ] {
        assert_eq!(pointers(&read(body).unwrap_err()), [pointer]);
    }
}

#[test]
fn what_failed_is_tried_again_after_the_end_alone() {
    use OperationState as S;
    for state in S::ALL {
        assert_eq!(state.again(1).is_ok(), state.is_ended(), "{state:?}");
        assert!(state.again(0).is_err(), "{state:?}");
        for step in [OperationStep::RetryAsked, OperationStep::Retried] {
            assert!(step.is_again() && state.after(step).is_err());
        }
    }
}

#[test]
fn what_is_asked_names_items_only_where_they_are_tried_again() {
    assert_eq!(
        read_wish(&json!({"control": "pause"})),
        Ok(Control::Pause.into())
    );
    assert_eq!(
        read_wish(&json!({"control": "retry"})),
        Ok(Control::Retry.into())
    );
    let some = read_wish(&json!({"control": "retry", "only": [8, 3, 8]})).unwrap();
    assert_eq!((some.control, some.only), (Control::Retry, [3, 8].into()));
    let many: Vec<u64> = (1..=MAX_RETRIED as u64 + 1).collect();
    for (body, pointer) in [
        (json!({"control": "retry", "only": []}), "/only"),
        (json!({"control": "retry", "only": [0]}), "/only/0"),
        (json!({"control": "retry", "only": many}), "/only"),
        (json!({"control": "pause", "only": [1]}), "/only"),
        (json!({"control": "dance"}), "/control"),
    ] {
        assert_eq!(
            pointers(&read_wish(&body).unwrap_err()),
            [pointer],
            "{body}"
        );
    }
}

#[test]
fn a_revert_is_a_dry_run_unless_it_names_one() {
    assert_eq!(read_revert(&json!({})).unwrap().as_of, None);
    assert_eq!(
        read_revert(&json!({"dry_run": true, "as_of": 7}))
            .unwrap()
            .as_of,
        None
    );
    let real = read_revert(
        &json!({"dry_run": false, "as_of": 7, "conflicts": "overwrite", "except": [3]}),
    );
    let real = real.unwrap();
    assert_eq!(real.as_of, Some(7));
    assert!(real.choice.overwrites(2) && !real.choice.overwrites(3));
    // An empty selection must not mean everything.
    let nothing = read_revert(&json!({"only": []})).unwrap_err();
    let wrong = &nothing.fields[0];
    assert_eq!(
        (wrong.pointer.as_str(), wrong.code.as_str()),
        ("/only", "required")
    );
    let refused = read_revert(&json!({"dry_run": false, "only": [0]})).unwrap_err();
    assert_eq!(pointers(&refused), ["/as_of", "/only/0"]);
    // The document says 64 bits with a sign.
    let refused = read_revert(&json!({"except": [1_u64 << 63, i64::MAX, -1]})).unwrap_err();
    assert_eq!(pointers(&refused), ["/except/0", "/except/2"]);
}

#[test]
fn a_part_of_a_revert_is_told_in_one_way() {
    let part = |body: Value| read_revert(&body).map(|input| input.part);
    assert_eq!(part(json!({})), Ok(Part::Whole));
    assert_eq!(part(json!({"only": [2, 2]})), Ok(Part::These([2].into())));
    assert_eq!(part(json!({"without": [3]})), Ok(Part::AllBut([3].into())));
    // Nothing is left out: that is all of them.
    assert_eq!(part(json!({"without": []})), Ok(Part::Whole));
    let revert = OperationId("r-1".to_owned());
    assert_eq!(
        part(json!({"failed_of": "r-1"})),
        Ok(Part::FailedOf(revert))
    );
    for (body, pointer) in [
        (json!({"failed_of": "a b"}), "/failed_of"),
        (json!({"without": [0]}), "/without/0"),
        (json!({"only": [1], "without": [2]}), "/without"),
        (json!({"only": [1], "failed_of": "r-1"}), "/failed_of"),
    ] {
        assert_eq!(pointers(&part(body).unwrap_err()), [pointer]);
    }
}

#[test]
fn more_conflicts_are_asked_for_by_the_number_of_the_dry_run() {
    let input = read_conflicts(&json!({"as_of": 7, "after": "x", "only": [1]})).unwrap();
    assert_eq!((input.as_of, input.limit), (7, 1_000));
    assert_eq!(input.after.as_deref(), Some("x"));
    assert_eq!(input.part, Part::These([1].into()));
    let refused = read_conflicts(&json!({"limit": 0, "x": 1})).unwrap_err();
    assert_eq!(pointers(&refused), ["/x", "/as_of", "/limit"]);
    assert_eq!(input.kind, PlannedKind::ChangedSince);
    for kind in PlannedKind::ALL {
        let input = read_conflicts(&json!({"as_of": 7, "kind": kind.as_str()}));
        assert_eq!(input.unwrap().kind, *kind);
    }
    let refused = read_conflicts(&json!({"as_of": 7, "kind": "restored"})).unwrap_err();
    assert_eq!(pointers(&refused), ["/kind"]);
}

#[test]
fn a_list_loses_what_was_added_gets_what_was_removed_and_keeps_the_rest() {
    let (before, after) = (json!(["a", "old", "b"]), json!(["a", "b", "sale"]));
    let now = Now::Holds(json!(["new", "a", "b", "sale"]));
    let Planned::Restore { to, .. } = plan("tags", Some(&before), Some(&after), &now) else {
        panic!("a list is never a conflict");
    };
    assert_eq!(to, json!(["new", "a", "old", "b"]));
    let untouched = plan("tags", Some(&before), Some(&after), &Now::Untouched);
    let Planned::Restore { to, .. } = untouched else {
        panic!("{untouched:?}")
    };
    assert_eq!(to, before);
}

#[test]
fn a_value_is_restored_kept_for_a_choice_or_left() {
    let (before, after) = (json!(120), json!(96));
    let planned = |now| plan("price", Some(&before), Some(&after), &now);
    assert!(matches!(planned(Now::Untouched), Planned::Restore { .. }));
    assert!(matches!(
        planned(Now::Holds(json!(99))),
        Planned::Conflict { .. }
    ));
    assert_eq!(planned(Now::Holds(json!(120))), Planned::Already);
    assert_eq!(planned(Now::Gone), Planned::Missing);
    let unknown = plan("price", None, Some(&after), &Now::Untouched);
    assert!(matches!(unknown, Planned::Impossible { .. }));
}

#[test]
fn what_nothing_is_kept_of_is_restored_and_told_apart() {
    let (before, after) = (json!(120), json!(96));
    let forgotten = plan("price", Some(&before), Some(&after), &Now::Forgotten);
    assert_eq!(
        forgotten,
        Planned::Forgotten {
            now: after.clone(),
            to: before.clone()
        }
    );
    assert_eq!(forgotten.written(), Some(&before));
    let mut tally = Tally::default();
    tally.count(&forgotten, false);
    assert_eq!((tally.restored, tally.forgotten, tally.writes()), (1, 1, 1));
    // What is as it was needs nothing, whatever became of it.
    let same = plan("price", Some(&after), Some(&after), &Now::Forgotten);
    assert_eq!(same, Planned::Already);
    let unknown = plan("price", None, Some(&after), &Now::Forgotten);
    assert_eq!(unknown.kind(), Some(PlannedKind::Impossible));
    // Each kind that is listed but the conflicts says why.
    for planned in [forgotten, unknown, Planned::Missing] {
        assert!(planned.why().is_some(), "{planned:?}");
    }
}

#[test]
fn what_a_shop_spells_otherwise_is_no_change() {
    let (before, after) = (json!(120), json!(96));
    let planned = |now| plan("price", Some(&before), Some(&after), &Now::Holds(now));
    assert_eq!(
        planned(json!("96.00")),
        Planned::Restore {
            now: json!("96.00"),
            to: json!(120)
        }
    );
    assert_eq!(planned(json!("120.0")), Planned::Already);
    assert!(matches!(planned(json!("96.01")), Planned::Conflict { .. }));
}

#[test]
fn a_list_that_was_nothing_is_merged_as_an_empty_one() {
    let planned = |before: Value, after: Value, now: Value| {
        plan("tags", Some(&before), Some(&after), &Now::Holds(now))
    };
    // Nothing was there before: what others put there since stays.
    assert_eq!(
        planned(json!(null), json!(["sale"]), json!(["by hand", "sale"])),
        Planned::Restore {
            now: json!(["by hand", "sale"]),
            to: json!(["by hand"])
        }
    );
    assert_eq!(
        planned(json!(null), json!(["sale"]), json!(["sale"])),
        Planned::Restore {
            now: json!(["sale"]),
            to: json!(null)
        }
    );
    assert_eq!(
        planned(json!(["old"]), json!(["sale"]), json!(null)),
        Planned::Restore {
            now: json!(null),
            to: json!(["old"])
        }
    );
    assert_eq!(
        planned(json!(null), json!(["sale"]), json!(null)),
        Planned::Already
    );
    // Without a list, nothing is a value like any other.
    assert!(matches!(
        planned(json!(null), json!("a"), json!("b")),
        Planned::Conflict { .. }
    ));
}
