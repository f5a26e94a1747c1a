//! Every form of the vendor's pages, by every role, without the seal of its session, with another session's
//! and with the right one: nothing is done for whoever may not, and nothing by a form that was shown elsewhere.

use keyferry_authority::{Permission, Role};

use crate::stage::{Browser, Page, Stage};

/// Who may send a form.
#[derive(Clone, Copy)]
enum Who {
    /// Whoever may do this.
    May(Permission),
    /// Whoever has signed in.
    In,
    /// Also whoever has not: it is how one gets in.
    Anyone,
}

/// Every address below `/vendor`, and of signing in and out, that takes a form.
fn forms() -> Vec<(&'static str, Who)> {
    use Permission as P;
    use Who::{Anyone, In, May};
    vec![
        ("/sign-in", Anyone),
        ("/welcome", Anyone),
        ("/welcome/password", Anyone),
        ("/vendor/account/app", In),
        ("/vendor/account/app/confirm", In),
        ("/vendor/account/app/remove", In),
        ("/vendor/account/others", In),
        ("/vendor/account/password", In),
        ("/vendor/account/recovery-codes", In),
        ("/vendor/activation/{id}/allow", May(P::WriteActivations)),
        ("/vendor/activation/{id}/refresh", May(P::WriteActivations)),
        ("/vendor/activation/{id}/release", May(P::WriteActivations)),
        ("/vendor/audit/export", May(P::ReadAudit)),
        ("/vendor/audit/head", May(P::ReadAudit)),
        ("/vendor/audit/verify", May(P::ReadAudit)),
        ("/vendor/entitlement/{id}/change", May(P::WriteEntitlements)),
        (
            "/vendor/entitlement/{id}/reinstate",
            May(P::WriteEntitlements),
        ),
        ("/vendor/entitlement/{id}/revoke", May(P::WriteEntitlements)),
        ("/vendor/entitlement/{id}/secret", May(P::WriteEntitlements)),
        (
            "/vendor/entitlement/{id}/suspend",
            May(P::WriteEntitlements),
        ),
        ("/vendor/entitlements/add", May(P::WriteEntitlements)),
        ("/vendor/entitlements/find", May(P::ReadEntitlements)),
        ("/vendor/entitlements/import", May(P::WriteEntitlements)),
        (
            "/vendor/entitlements/import/again",
            May(P::WriteEntitlements),
        ),
        ("/vendor/entitlements/import/do", May(P::WriteEntitlements)),
        (
            "/vendor/entitlements/import/results",
            May(P::WriteEntitlements),
        ),
        ("/vendor/keys/replace/{purpose}", May(P::WriteKeys)),
        ("/vendor/keys/{key}/retire", May(P::WriteKeys)),
        ("/vendor/license/{id}/reinstate", May(P::WriteLicenses)),
        ("/vendor/license/{id}/reissue", May(P::WriteLicenses)),
        ("/vendor/license/{id}/revoke", May(P::WriteLicenses)),
        ("/vendor/license/{id}/suspend", May(P::WriteLicenses)),
        ("/vendor/licenses/add", May(P::WriteLicenses)),
        ("/vendor/licenses/list/{id}/begin", May(P::WriteLicenses)),
        ("/vendor/licenses/list/{id}/remove", May(P::WriteLicenses)),
        ("/vendor/licenses/list/{id}/stop", May(P::WriteLicenses)),
        ("/vendor/licenses/lists", May(P::WriteLicenses)),
        ("/vendor/people", May(P::ManageAccess)),
        ("/vendor/people/{account}/disable", May(P::ManageAccess)),
        ("/vendor/people/{account}/enable", May(P::ManageAccess)),
        ("/vendor/people/{account}/link", May(P::ManageAccess)),
        ("/vendor/people/{account}/link/drop", May(P::ManageAccess)),
        ("/vendor/people/{account}/role", May(P::ManageAccess)),
        ("/vendor/product/{code}", May(P::WriteProducts)),
        ("/vendor/products/add", May(P::WriteProducts)),
        ("/vendor/products/import", May(P::WriteProducts)),
        ("/vendor/products/import/again", May(P::WriteProducts)),
        ("/vendor/products/import/do", May(P::WriteProducts)),
        ("/vendor/products/import/results", May(P::WriteProducts)),
        ("/vendor/profile/change", May(P::WriteSettings)),
        ("/vendor/profile/preview", May(P::WriteSettings)),
        ("/vendor/tokens", May(P::ManageAccess)),
        ("/vendor/tokens/{token}/revoke", May(P::ManageAccess)),
        ("/vendor/webhooks", May(P::WriteWebhooks)),
        ("/vendor/webhooks/{webhook}/again", May(P::WriteWebhooks)),
        (
            "/vendor/webhooks/{webhook}/new-secret",
            May(P::WriteWebhooks),
        ),
        ("/vendor/webhooks/{webhook}/remove", May(P::WriteWebhooks)),
        ("/vendor/webhooks/{webhook}/test", May(P::WriteWebhooks)),
        // Last: it ends the session.
        ("/sign-out", In),
    ]
}

/// The address with something in the place of what it names; there is nothing of that name.
fn address(route: &str) -> String {
    let parts = route
        .split('/')
        .map(|part| if part.starts_with('{') { "none" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Whether the portal has such a form, whatever the table says.
fn takes_a_form(stage: &Stage, route: &str) -> bool {
    stage.browser().post(&address(route), &[]).status != 405
}

#[test]
fn the_table_has_every_form_and_no_other() {
    let stage = Stage::new();
    let ours = ["/vendor", "/sign-in", "/sign-out", "/welcome"];
    let of_ours = |route: &String| {
        let below = |page: &str| route == page || route.starts_with(&format!("{page}/"));
        ours.iter().any(|page| below(page))
    };
    let mut there: Vec<String> = stage.routes();
    assert!(
        there
            .iter()
            .any(|route| route == "/vendor/people/{account}/role")
    );
    there.retain(|route| of_ours(route) && takes_a_form(&stage, route));
    there.sort();
    let mut told: Vec<_> = forms()
        .into_iter()
        .map(|(route, _)| route.to_owned())
        .collect();
    told.sort();
    assert_eq!(told, there);
}

fn sent(browser: &Browser<'_>, route: &str, seal: Option<&str>) -> Page {
    let fields: Vec<_> = seal.iter().map(|seal| ("seal", *seal)).collect();
    browser.post(&address(route), &fields)
}

fn seal(browser: &Browser<'_>) -> String {
    browser.get("/vendor/account").values("seal").remove(0)
}

/// Which of the two refusals it is that keep somebody out, if one.
fn refused(page: &Page) -> Option<&'static str> {
    let known = ["KF-818", "KF-805"];
    let told = |reference: &&&str| page.text.contains(&format!("Reference {reference}<"));
    known
        .iter()
        .find(told)
        .copied()
        .filter(|_| page.status == 403)
}

#[test]
fn every_form_counts_for_its_roles_and_with_the_seal_of_its_session_alone() {
    let stage = Stage::new();
    for role in Role::ALL {
        let (browser, other) = (stage.member(role), stage.member(role));
        let (own, foreign) = (seal(&browser), seal(&other));
        for (route, who) in forms() {
            let expected = match who {
                Who::Anyone => [None, None, None],
                Who::May(permission) if !role.may(permission) => [Some("KF-818"); 3],
                Who::May(_) | Who::In => [Some("KF-805"), Some("KF-805"), None],
            };
            let seals = [None, Some(&*foreign), Some(&*own)];
            for (seal, expected) in seals.into_iter().zip(expected) {
                let page = sent(&browser, route, seal);
                let what = format!("{role} sends {route} with {seal:?}: {}", page.status);
                assert_eq!(refused(&page), expected, "{what}");
                assert!(page.status < 500 && page.status != 405, "{what}");
            }
        }
        assert_eq!(
            browser.get("/vendor/account").status,
            303,
            "{role} is signed out"
        );
    }
}

#[test]
fn no_form_counts_for_whoever_has_not_signed_in() {
    let stage = Stage::new();
    let admin = stage.member(Role::Admin);
    let seal = seal(&admin);
    for (route, who) in forms() {
        let expected = match who {
            Who::Anyone => None,
            Who::May(_) | Who::In => Some("KF-805"),
        };
        for seal in [None, Some(&*seal)] {
            let page = sent(&stage.browser(), route, seal);
            assert_eq!(refused(&page), expected, "{route}");
        }
    }
}
