//! Rule A1.

use keyferry_license::{OfflineSupport, Refusal, licenses_allowed, offline_allowed};
use keyferry_token::{Name, Seconds};

const MONTH: Seconds = Seconds::days(30);

fn asked(enabled: bool, lease_period: Option<Seconds>) -> Result<Seconds, Refusal> {
    let product = Name::new("Acme CAD").unwrap();
    offline_allowed(&OfflineSupport {
        product: &product,
        enabled,
        lease_period,
    })
}

#[test]
fn a_product_without_offline_support_answers_no_offline_request() {
    for period in [None, Some(MONTH)] {
        let product = Name::new("Acme CAD").unwrap();
        assert_eq!(
            asked(false, period),
            Err(Refusal::OfflineNotEnabled { product })
        );
    }
}

#[test]
fn an_entitlement_needs_an_offline_lease_period_of_its_own() {
    assert_eq!(asked(true, None), Err(Refusal::OfflineLeaseMissing));
    assert_eq!(
        asked(true, Some(Seconds::ZERO)),
        Err(Refusal::OfflineLeaseMissing)
    );
}

#[test]
fn with_both_the_offline_lease_period_counts() {
    assert_eq!(asked(true, Some(MONTH)), Ok(MONTH));
}

#[test]
fn licenses_are_made_for_a_product_with_offline_support_only() {
    let product = Name::new("Acme CAD").unwrap();
    assert_eq!(licenses_allowed(&product, true), Ok(()));
    assert_eq!(
        licenses_allowed(&product, false),
        Err(Refusal::OfflineNotEnabled { product })
    );
}
