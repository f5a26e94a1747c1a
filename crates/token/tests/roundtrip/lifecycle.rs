//! The kinds that follow an activation.

use keyferry_catalogue::{Code, Problem};
use keyferry_fixtures::TestVendor;
use keyferry_token::{
    ActivationId, Challenge, Deactivation, DeactivationReason, FromDevice, FromVendor, Refresh,
    RefusedCode, SealedToken, State, StatusReport, TimeAnswer, TimeRequest, VendorRefusal,
};

use super::*;

/// Any times, ascending, that a list of emergency runs can have.
pub(crate) fn emergency_runs() -> impl Strategy<Value = Vec<Timestamp>> {
    vec(time(), 0..=16).prop_map(|times| BTreeSet::from_iter(times).into_iter().collect())
}

prop_compose! {
    fn deactivation(device: &'static TestDevice, vendor: &'static TestVendor)(
        (issued_at, product, number) in (time(), product(), any::<u64>()),
        (activation, sequence) in (any::<[u8; 10]>(), any::<u64>()),
        (reason, label, emergency_runs) in (select(&DeactivationReason::ALL[..]), text(), emergency_runs()),
    ) -> Deactivation {
        Deactivation {
            issued_at,
            vendor: vendor.id(),
            recipient: vendor.exchange.public().id(),
            product,
            number: RequestNumber(number),
            signing_key: device.signing.public(),
            activation: ActivationId::new(activation),
            sequence: Sequence(sequence),
            reason,
            label,
            emergency_runs,
        }
    }
}

prop_compose! {
    fn time_request(device: &'static TestDevice, vendor: &'static TestVendor)(
        (issued_at, product, number) in (time(), product(), any::<u64>()),
        (activation, challenge) in (any::<[u8; 10]>(), any::<[u8; 16]>()),
        (label, emergency_runs) in (text(), emergency_runs()),
    ) -> TimeRequest {
        TimeRequest {
            issued_at,
            vendor: vendor.id(),
            recipient: vendor.exchange.public().id(),
            product,
            number: RequestNumber(number),
            signing_key: device.signing.public(),
            exchange_key: device.exchange.public(),
            activation: ActivationId::new(activation),
            challenge: Challenge::new(challenge),
            label,
            emergency_runs,
        }
    }
}

prop_compose! {
    fn status_report(device: &'static TestDevice, vendor: &'static TestVendor)(
        (issued_at, product, number) in (time(), product(), any::<u64>()),
        (label, platform, client) in (text(), text(), text()),
        (with_exchange, state, reason) in (any::<bool>(), select(&State::ALL[..]), of(1..=u16::MAX)),
        (activation, sequence) in (of(any::<[u8; 10]>()), of(any::<u64>())),
        (lease_expires_at, until, clock_floor) in (of(time()), of(time()), time()),
        (changed, emergency_runs) in (vec(select(&ComponentKind::ALL[..]), 0..6), emergency_runs()),
        store_repaired in any::<bool>(),
    ) -> StatusReport {
        StatusReport {
            issued_at,
            vendor: vendor.id(),
            recipient: vendor.exchange.public().id(),
            product,
            number: RequestNumber(number),
            signing_key: device.signing.public(),
            exchange_key: with_exchange.then(|| device.exchange.public()),
            label,
            platform,
            client,
            state,
            reason,
            activation: activation.map(ActivationId::new),
            sequence: sequence.map(Sequence),
            lease_expires_at,
            until,
            clock_floor,
            changed: BTreeSet::from_iter(changed).into_iter().collect(),
            emergency_runs,
            store_repaired,
        }
    }
}

fn refused_code() -> impl Strategy<Value = RefusedCode> {
    let codes = select(Code::ALL);
    (codes, vec(".{0,200}", 8)).prop_map(|(code, values)| {
        let placeholders = code.placeholders().iter().zip(values);
        let problem = placeholders.fold(Problem::new(code), |problem, (placeholder, value)| {
            problem.with(placeholder.name, value)
        });
        RefusedCode::of(&problem)
    })
}

/// What a vendor says to the device about a product at a time.
fn said() -> impl Strategy<Value = (Timestamp, ProductCode, TokenId)> {
    (time(), product(), any::<[u8; 32]>())
        .prop_map(|(at, product, answers)| (at, product, TokenId::new(answers)))
}

/// Claims sealed for the vendor, carried as text, and read there.
fn at_the_vendor<T: FromDevice>(claims: &T) -> T {
    let vendor = TestVendor::acme();
    let sealed = device().seal(claims, &vendor.addressee());
    let token = SealedToken::parse(&through_text(&sealed.bytes)).unwrap();
    assert_eq!(token.kind(), T::KIND);
    let read = vendor.open_as::<T>(token.bytes());
    assert_eq!(read.id(), sealed.id);
    read.into_claims()
}

/// Claims sealed for the device, carried as text, and read there.
fn at_the_device<T: FromVendor>(claims: &T) -> T {
    let vendor = TestVendor::acme();
    let sealed = vendor.seal(claims, &device().exchange.public());
    let token = SealedToken::parse(&through_text(&sealed.bytes)).unwrap();
    assert_eq!(token.kind(), T::KIND);
    let opened = token.open(&device().exchange).unwrap();
    let signed = opened.signed();
    let read = signed.verify_from_vendor::<T>(&vendor.keys(), &device().id());
    let read = read.unwrap();
    assert_eq!(read.id(), sealed.id);
    read.into_claims()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 128,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_deactivation_is_read_back_as_it_was_written(claims in deactivation(device(), TestVendor::acme())) {
        prop_assert_eq!(at_the_vendor(&claims), claims);
    }

    #[test]
    fn a_time_request_is_read_back_as_it_was_written(claims in time_request(device(), TestVendor::acme())) {
        prop_assert_eq!(at_the_vendor(&claims), claims);
    }

    #[test]
    fn a_status_is_read_back_as_it_was_written(claims in status_report(device(), TestVendor::acme())) {
        prop_assert_eq!(at_the_vendor(&claims), claims);
    }

    #[test]
    fn a_refresh_is_read_back_as_it_was_written(grant in grant(), (issued_at, product, _) in said()) {
        let vendor = TestVendor::acme().id();
        let claims = Refresh { issued_at, vendor, product, recipient: device().id(), grant };
        prop_assert_eq!(at_the_device(&claims), claims);
    }

    #[test]
    fn a_time_is_read_back_as_it_was_written((issued_at, product, answers) in said(), challenge in any::<[u8; 16]>()) {
        let (vendor, challenge) = (TestVendor::acme().id(), Challenge::new(challenge));
        let claims = TimeAnswer { issued_at, vendor, product, recipient: device().id(), answers, challenge };
        prop_assert_eq!(at_the_device(&claims), claims);
    }

    #[test]
    fn a_refusal_is_read_back_as_it_was_written((issued_at, product, answers) in said(), reason in refused_code()) {
        let vendor = TestVendor::acme().id();
        let claims = VendorRefusal { issued_at, vendor, product, recipient: device().id(), answers, reason };
        let read = at_the_device(&claims);
        prop_assert!(read.reason.code().is_some());
        prop_assert_eq!(read.reason.problem(), claims.reason.problem());
        prop_assert_eq!(read, claims);
    }
}
