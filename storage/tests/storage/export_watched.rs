//! The security log and the calls as files: what their lists show, masked as they are.

use crate::export::{all, options};
use crate::harness::{code, on_both};
use chrono::Duration;
use domain::export::{Selection, Source};
use domain::security::{SecurityEventName, SecurityOutcome};
use domain::view::RoleInput;
use domain::{Access, ActivityAccess, Code, MessageAccess, Permission, PermissionSet, Role};
use storage::{Caller, ExportItem, SecurityNote};

fn watched_ids(items: &[ExportItem]) -> Vec<String> {
    items
        .iter()
        .map(|item| match item {
            ExportItem::Security(row) => row.id.to_string(),
            ExportItem::WholeSecurity(detail) => detail.row.id.to_string(),
            ExportItem::Request(row) => row.id.to_string(),
            ExportItem::WholeRequest { row, entry } => {
                assert_eq!(row.id, entry.id);
                row.id.to_string()
            }
            other => panic!("of another log: {other:?}"),
        })
        .collect()
}

#[test]
fn the_logs_that_watch_are_exported_as_their_lists_show_them() {
    on_both(async |case| {
        let scope = case.scope();
        let start = crate::harness::start();
        let calls = (0..25).map(|n| {
            let status = if n % 5 == 0 { 404 } else { 200 };
            crate::watch::call(
                &case,
                start + Duration::seconds(n),
                status,
                &format!("r_{n}"),
            )
        });
        crate::watch::record(&case, calls.collect()).await;
        for reason in ["twilio", "postmark"] {
            let (event, denied) = (SecurityEventName::WebhookForged, SecurityOutcome::Denied);
            let mut note = SecurityNote::new(event, denied, Caller::default());
            note.reason = Some(reason);
            case.storage
                .note_security(Some(&scope), note)
                .await
                .expect("noted");
        }
        let listed = crate::watch::page(&case, &scope, "status:404", None, 50).await;
        let listed: Vec<String> = listed.rows.iter().map(|row| row.id.to_string()).collect();
        let events = crate::sign_in::events(&case, "kind:attack").await;
        let events: Vec<String> = events.iter().map(|row| row.id.to_string()).collect();
        assert_eq!((listed.len(), events.len()), (5, 2));
        for (source, q, shown) in [
            (Source::Requests, "status:404", listed),
            (Source::Security, "kind:attack", events),
        ] {
            let counted = case.storage.count_selection(&scope, &all(source, q)).await;
            let counted = counted.expect("counted");
            assert_eq!(counted.count.count, shown.len() as u64, "{source}");
            // What comes later is not part of what was counted.
            let later = crate::watch::call(&case, start + Duration::hours(1), 404, "late");
            crate::watch::record(&case, vec![later]).await;
            let selection = Selection::Matching {
                source,
                q: q.to_owned(),
                up_to: Some(counted.up_to),
                except: vec![shown[1].clone()],
            };
            let mut left = shown.clone();
            left.remove(1);
            for is_whole in [false, true] {
                case.export(&scope, selection.clone()).await;
                let job = case.claimed().await;
                assert_eq!(watched_ids(&case.export_items(&job, is_whole).await), left);
                case.built(&job, b"x").await;
            }
            let ids = vec![shown[0].clone()];
            case.export(&scope, Selection::Ids { source, ids }).await;
            let job = case.claimed().await;
            let items = case.export_items(&job, false).await;
            assert_eq!(watched_ids(&items), shown[..1]);
            case.built(&job, b"x").await;
        }
        case.verified().await;
    });
}

#[test]
fn the_logs_that_watch_are_masked_and_closed_in_files_as_on_the_screen() {
    on_both(async |case| {
        let mut call = crate::watch::call(&case, crate::harness::start(), 200, "r_1");
        call.path = "/api/v1/customers/noura".to_owned();
        crate::watch::record(&case, vec![call]).await;
        let (event, done) = (SecurityEventName::SignInFailed, SecurityOutcome::Failed);
        let mut note = SecurityNote::new(event, done, Caller::default());
        note.account = Some("noura@store.example".to_owned());
        case.storage
            .note_security(Some(&case.scope()), note)
            .await
            .expect("noted");
        for role in [Role::Manager, Role::StoreKeeper, Role::Staff] {
            let scope = case.member(role.as_str(), role).await.scope;
            for source in [Source::Security, Source::Requests] {
                let asked = case
                    .storage
                    .request_export(&scope, all(source, ""), options());
                assert_eq!(code(asked.await), Code::Forbidden, "{role} {source}");
            }
        }
        let wanted = RoleInput {
            name: "Revision".to_owned(),
            description: String::new(),
            access: Access {
                activity: ActivityAccess::Nothing,
                messages: MessageAccess::Nothing,
                is_masked: true,
                permissions: PermissionSet::of(&[
                    Permission::ReadSecurity,
                    Permission::ReadRequests,
                    Permission::Export,
                ]),
            },
        };
        let made = case.storage.put_role(&case.scope(), None, wanted).await;
        let role = case
            .storage
            .role_of_id(&case.scope(), &made.expect("made").id)
            .await;
        let revision = case.member("Revision", role.expect("a role")).await.scope;
        let admin = case.scope();
        for source in [Source::Security, Source::Requests] {
            for is_whole in [false, true] {
                case.export(&revision, all(source, "")).await;
                let job = case.claimed().await;
                let items = case.export_items(&job, is_whole).await;
                let text = format!("{items:?}").to_lowercase();
                assert!(!items.is_empty() && !text.contains("noura"), "{text}");
                for item in items {
                    if let ExportItem::Security(row) = item {
                        assert_eq!(row.seq, None, "it may not count");
                    }
                }
                case.built(&job, b"x").await;
            }
            // Who sees less may not have the file of who sees more.
            let row = case.export(&admin, all(source, "")).await;
            case.built(&case.claimed().await, b"x").await;
            let taken = case.storage.download_export(&revision, row.id).await;
            assert!(!matches!(taken, Ok(Some(_))), "{source}");
        }
    });
}
