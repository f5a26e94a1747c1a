//! The vendor's side: an authority in a folder of its own, and the person who works with it.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    path::Path,
    sync::{Arc, OnceLock},
};

use data_encoding::BASE64;
use keyferry_authority::{
    Activation, ActivationFilter, ActivationRecord, AuditEntry, Authority, DatabaseUrl,
    Deactivated, EmergencyTerms, EntitlementKey, EntitlementRenewal, InitOptions,
    IssuedEntitlement, LicenseAnchor, LicenseFile, LicenseTerms, NewEntitlement, NewLicense,
    NewProduct, OpenOptions, Origin, Page, Policy, Received, RefreshFault, Refused, ReleaseFault,
    Rotated, Rotation,
};
use keyferry_catalogue::Code;
use keyferry_fixtures::TestDatabase;
use keyferry_token::{
    ActivationId, EntitlementId, ExchangeSecretKey, Feature, KeyId, LicenseId, LicenseTerm, Name,
    ProductCode, Seconds, Timestamp,
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{Time, cad, copy_folder, folder, lab, view};

/// Lease, grace and emergency runs of everything that is sold here.
pub struct Terms;

impl Terms {
    /// How long a lease is.
    pub const LEASE: Seconds = Seconds::days(30);
    /// How long grace is.
    pub const GRACE: Seconds = Seconds::days(7);
    /// How long an emergency run is.
    pub const RUN: Seconds = Seconds::days(3);
    /// How many of them each grant allows.
    pub const RUNS: u8 = 2;
    /// How long a grant lets a program run at most.
    pub const MOST: Seconds = Seconds::days(30 + 7 + 2 * 3);
    /// How long a grant holds its seat: two weeks in which the runs can be begun come on top.
    pub const HELD: Seconds = Seconds::days(30 + 7 + 2 * 3 + 14);
}

/// Waits for what the authority does.
pub fn wait<F: Future>(work: F) -> F::Output {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME
        .get_or_init(|| Runtime::new().unwrap())
        .block_on(work)
}

/// A vendor.
pub struct VendorSide {
    folder: TempDir,
    /// Its authority.
    pub authority: Authority,
    /// Where its books are, if not in the folder.
    server: Option<TestDatabase>,
}

/// What an authority consists of that nobody works with.
struct Template {
    folder: TempDir,
    server: Option<TestDatabase>,
}

fn url(server: &TestDatabase) -> DatabaseUrl {
    DatabaseUrl::new(&server.url()).unwrap()
}

impl VendorSide {
    /// Acme, with its three products. Each call is a vendor of its own in all but its keys: making
    /// them takes a second, and is done once in a test binary.
    pub fn acme(time: &Time) -> Self {
        static ACME: OnceLock<Template> = OnceLock::new();
        Self::copy_of(ACME.get_or_init(|| Self::set_up(time)), time)
    }

    /// Somebody who calls himself Acme, with products of the same names and codes.
    pub fn impostor(time: &Time) -> Self {
        static IMPOSTOR: OnceLock<Template> = OnceLock::new();
        Self::copy_of(IMPOSTOR.get_or_init(|| Self::set_up(time)), time)
    }

    fn set_up(time: &Time) -> Template {
        let (folder, server) = (folder(), TestDatabase::new());
        wait(async {
            let options = InitOptions {
                clock: Arc::new(time.clone()),
                database: server.as_ref().map(url),
                ..InitOptions::new(Name::new("Acme Engineering").unwrap())
            };
            let authority = Authority::init(folder.path(), options).await.unwrap();
            authority
                .product_add(product(cad(), "Acme CAD"), &Origin::Local)
                .await
                .unwrap();
            let view = NewProduct {
                emergency: None,
                ..product(view(), "Acme View")
            };
            authority.product_add(view, &Origin::Local).await.unwrap();
            let run = EmergencyTerms {
                on_wrong_device: true,
                ..emergency()
            };
            let lab = NewProduct {
                emergency: Some(run),
                policy: Policy {
                    rebinds: 1,
                    moves: 1,
                    lost: 1,
                },
                ..product(lab(), "Acme Lab")
            };
            authority.product_add(lab, &Origin::Local).await.unwrap();
            authority.close().await.unwrap();
        });
        Template { folder, server }
    }

    fn copy_of(template: &Template, time: &Time) -> Self {
        let folder = folder();
        copy_folder(template.folder.path(), folder.path());
        let server = template.server.as_ref().map(TestDatabase::copy);
        Self {
            authority: wait(open(folder.path(), server.as_ref(), time)),
            folder,
            server,
        }
    }

    /// Its profile, as customers get it.
    pub fn profile(&self) -> Vec<u8> {
        fs::read(self.authority.profile_file()).unwrap()
    }

    /// Its public signing key, as it is published.
    pub fn public_key(&self) -> Vec<u8> {
        fs::read(self.authority.public_key_file()).unwrap()
    }

    /// The key that opens what devices send, from its file: what a thief of that file has, or
    /// whoever wants to look into an envelope.
    pub fn exchange_secret(&self) -> ExchangeSecretKey {
        let keys = fs::read_dir(self.folder().join("keys")).unwrap();
        let mut paths = keys.map(|entry| entry.unwrap().path());
        let path = paths.find(|path| {
            path.file_name()
                .unwrap()
                .to_string_lossy()
                .starts_with("exchange-")
        });
        let pem = fs::read_to_string(path.unwrap()).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = BASE64.decode(body.as_bytes()).unwrap();
        // RFC 5915 §3: version 1, then the private key in an octet string of 32 bytes.
        let head = [2, 1, 1, 4, 32];
        let at = der.windows(5).position(|window| window == head).unwrap() + head.len();
        ExchangeSecretKey::from_bytes(der[at..at + 32].try_into().unwrap()).unwrap()
    }

    /// The folder with its keys and its database.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Sells seats of the program, without an end.
    pub fn sell(&self, seats: u32) -> IssuedEntitlement {
        self.sell_until(seats, None)
    }

    /// Sells seats of the program until an end.
    pub fn sell_until(&self, seats: u32, ends_at: Option<Timestamp>) -> IssuedEntitlement {
        self.sell_of(cad(), seats, ends_at)
    }

    /// Sells seats of a product.
    pub fn sell_of(
        &self,
        product: ProductCode,
        seats: u32,
        ends_at: Option<Timestamp>,
    ) -> IssuedEntitlement {
        wait(self.authority.entitlement_add(
            NewEntitlement {
                product,
                seats: NonZeroU32::new(seats).unwrap(),
                offline_lease: Some(Terms::LEASE),
                ends_at,
                features: Vec::new(),
                holder: Some(Name::new("Example Works").unwrap()),
                trial: false,
                maintenance_end: None,
            },
            &Origin::Local,
        ))
        .unwrap()
    }

    /// Takes what a courier brings, however much is in it.
    pub fn receive_all(&self, bytes: &[u8]) -> Vec<Received> {
        wait(self.authority.receive(bytes, &Origin::Local))
    }

    /// Takes several files in one delivery; what became of the tokens in each.
    pub fn receive_files(&self, files: &[impl AsRef<[u8]>]) -> Vec<Vec<Received>> {
        wait(self.authority.receive_all(files, &Origin::Local))
    }

    /// Takes one token.
    pub fn receive(&self, bytes: &[u8]) -> Received {
        one(self.receive_all(bytes))
    }

    /// Takes one token that came over a network.
    pub fn receive_from(&self, bytes: &[u8], address: u8) -> Received {
        let origin = Origin::Address(IpAddr::V4(Ipv4Addr::new(192, 0, 2, address)));
        one(wait(self.authority.receive(bytes, &origin)))
    }

    /// Takes a request and answers it: what is carried home.
    pub fn answer(&self, request: &[u8]) -> Vec<u8> {
        match self.receive(request) {
            Received::Answered(answer) => answer.sealed.bytes,
            other => panic!("not answered: {other:?}"),
        }
    }

    /// Takes a request and answers it: all that is carried home, as text.
    pub fn answer_with_profiles(&self, request: &[u8]) -> Vec<u8> {
        match self.receive(request) {
            Received::Answered(answer) => answer.sealed.armored().into_bytes(),
            other => panic!("not answered: {other:?}"),
        }
    }

    /// Puts a new key in the place of the one in use.
    pub fn rotate(&self, rotation: Rotation) -> Rotated {
        wait(self.authority.rotate_key(rotation, &Origin::Local)).unwrap()
    }

    /// Ends what a replaced key still does.
    pub fn retire(&self, key: KeyId) {
        wait(self.authority.retire_key(key, &Origin::Local)).unwrap();
    }

    /// Another program on the same authority.
    pub fn another_program(&self, time: &Time) -> Authority {
        wait(open(self.folder.path(), self.server.as_ref(), time))
    }

    /// Takes a time request and answers it.
    pub fn tell_time(&self, request: &[u8]) -> Vec<u8> {
        match self.receive(request) {
            Received::TimeTold(told) => told.sealed.bytes,
            other => panic!("not told: {other:?}"),
        }
    }

    /// Takes a deactivation: what became of the seat.
    pub fn take_back(&self, deactivation: &[u8]) -> Deactivated {
        match self.receive(deactivation) {
            Received::Deactivated(given_back) => given_back.outcome,
            other => panic!("not taken: {other:?}"),
        }
    }

    /// Takes what is refused.
    pub fn refuse(&self, bytes: &[u8]) -> Refused {
        match self.receive(bytes) {
            Received::Refused(refused) => *refused,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Takes what is refused: the precise cause.
    pub fn refuses(&self, bytes: &[u8]) -> Code {
        let refused = self.refuse(bytes);
        refused.cause.unwrap_or(refused.problem).code
    }

    /// Refreshes an activation: what is carried to its device.
    ///
    /// # Errors
    /// Those of the authority.
    pub fn refresh(&self, activation: ActivationId) -> Result<Vec<u8>, RefreshFault> {
        let refreshed = wait(self.authority.refresh(activation, &Origin::Local))?;
        Ok(refreshed.sealed.bytes)
    }

    /// Why an activation is not refreshed.
    pub fn refuses_refresh(&self, activation: ActivationId) -> Code {
        self.refresh(activation).unwrap_err().code()
    }

    /// What the books say of an activation.
    pub fn record(&self, activation: ActivationId) -> ActivationRecord {
        wait(self.authority.activation(activation)).unwrap()
    }

    /// Every activation of an entitlement, the latest first or last as the books list them.
    pub fn activations(&self, of: EntitlementId) -> Vec<Activation> {
        let filter = ActivationFilter {
            entitlement: Some(of),
            ..ActivationFilter::default()
        };
        wait(self.authority.activations(&filter, Page::first(1000)))
            .unwrap()
            .items
    }

    /// How many seats of an entitlement are held.
    pub fn seats_used(&self, sold: &IssuedEntitlement) -> u32 {
        let key = EntitlementKey::Id(sold.entitlement.id);
        wait(self.authority.entitlement(&key)).unwrap().seats_used
    }

    /// Suspends an entitlement.
    pub fn suspend(&self, sold: &IssuedEntitlement) {
        let key = EntitlementKey::Id(sold.entitlement.id);
        wait(self.authority.entitlement_suspend(&key, &Origin::Local)).unwrap();
    }

    /// Reinstates an entitlement.
    pub fn reinstate(&self, sold: &IssuedEntitlement) {
        let key = EntitlementKey::Id(sold.entitlement.id);
        wait(self.authority.entitlement_reinstate(&key, &Origin::Local)).unwrap();
    }

    /// Revokes an entitlement, for good.
    pub fn revoke(&self, sold: &IssuedEntitlement) {
        let key = EntitlementKey::Id(sold.entitlement.id);
        wait(self.authority.entitlement_revoke(&key, &Origin::Local)).unwrap();
    }

    /// Renews an entitlement until a later end.
    pub fn renew(&self, sold: &IssuedEntitlement, ends_at: Timestamp) {
        let key = EntitlementKey::Id(sold.entitlement.id);
        let renewal = EntitlementRenewal {
            ends_at,
            offline_lease: None,
            maintenance_end: None,
        };
        wait(
            self.authority
                .entitlement_renew(&key, renewal, &Origin::Local),
        )
        .unwrap();
    }

    /// Makes a license for the program, without an end.
    pub fn license(&self, anchor: LicenseAnchor) -> LicenseFile {
        let new = NewLicense {
            product: cad(),
            anchor,
            starts_at: None,
            term: LicenseTerm::Perpetual,
            features: Vec::new(),
            edition: None,
            holder: None,
            grace: None,
        };
        wait(self.authority.license_make(&new, &Origin::Local)).unwrap()
    }

    /// Makes another file of a license, on these terms.
    pub fn reissue(&self, license: LicenseId, terms: &LicenseTerms) -> LicenseFile {
        let made = self
            .authority
            .license_reissue(license, terms, &Origin::Local);
        wait(made).unwrap()
    }

    /// Releases the seat of a computer that is lost.
    ///
    /// # Errors
    /// Those of the authority.
    pub fn release_lost(&self, activation: ActivationId) -> Result<(), ReleaseFault> {
        wait(self.authority.release_lost(activation, &Origin::Local)).map(drop)
    }

    /// Lets the computer of a released seat come again.
    pub fn allow_again(&self, activation: ActivationId) {
        wait(self.authority.allow_again(activation, &Origin::Local)).unwrap();
    }

    /// The audit log from its beginning.
    pub fn log(&self) -> Vec<AuditEntry> {
        wait(self.authority.audit(Page::first(10_000)))
            .unwrap()
            .items
    }

    /// How often the audit log says that this was done.
    pub fn logged(&self, action: &str) -> usize {
        self.log()
            .iter()
            .filter(|entry| entry.action == action)
            .count()
    }
}

async fn open(folder: &Path, server: Option<&TestDatabase>, time: &Time) -> Authority {
    let options = OpenOptions {
        database: server.map(url),
        clock: Arc::new(time.clone()),
        ..OpenOptions::default()
    };
    Authority::open(folder, options).await.unwrap()
}

fn emergency() -> EmergencyTerms {
    EmergencyTerms {
        length: Terms::RUN,
        uses: Terms::RUNS,
        on_wrong_device: false,
    }
}

fn product(code: ProductCode, name: &str) -> NewProduct {
    NewProduct {
        code,
        name: Name::new(name).unwrap(),
        features: vec![Feature::new("export").unwrap()],
        offline: true,
        grace: Terms::GRACE,
        emergency: Some(emergency()),
        policy: Policy::default(),
    }
}

fn one(mut received: Vec<Received>) -> Received {
    assert_eq!(received.len(), 1, "{received:?}");
    received.remove(0)
}
