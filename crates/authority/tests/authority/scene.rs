//! What the tests work on: an authority in a folder of its own, a clock that they set, customers
//! with devices.

use std::{
    fs,
    num::NonZeroU32,
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use keyferry_authority::{
    ActivationRecord, Answer, Authority, Clock, DatabaseUrl, Deactivated, EntitlementKey,
    GivenBack, InitOptions, IssuedEntitlement, NewEntitlement, NewProduct, OpenOptions, Origin,
    Policy, Received, Refused, SealedAnswer, SetupFault,
};
use keyferry_fixtures::{Addressee, NOW, TestDatabase, TestDevice};
use keyferry_token::{
    ActivationCode, ActivationId, ActivationResponse, EntitlementId, ExchangePublicKey, Feature,
    FromVendor, Grant, Name, ProductCode, Refresh, Sealed, SealedToken, Seconds, Timestamp,
    VendorProfile, Verified,
};
use sqlx::{AnyConnection, Connection as _, Row as _};
use tempfile::TempDir;

/// A clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicU64>);

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(NOW.unix())))
    }

    pub(crate) fn set(&self, to: Timestamp) {
        self.0.store(to.unix(), Ordering::SeqCst);
    }

    pub(crate) fn pass(&self, length: Seconds) {
        self.0.fetch_add(length.get(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix(self.0.load(Ordering::SeqCst))
    }
}

pub(crate) fn product() -> ProductCode {
    ProductCode::new("com.acme.cad").unwrap()
}

pub(crate) fn features(codes: &[&str]) -> Vec<Feature> {
    codes
        .iter()
        .map(|code| Feature::new(code).unwrap())
        .collect()
}

pub(crate) fn acme() -> InitOptions {
    InitOptions::new(Name::new("Acme Engineering").unwrap())
}

/// What an authority consists of, as it is while nobody is at work on it.
pub(crate) struct Copy {
    pub(crate) dir: TempDir,
    pub(crate) server: Option<TestDatabase>,
}

impl Copy {
    fn again(&self) -> Self {
        Self::of(self.dir.path(), self.server.as_ref())
    }

    fn of(dir: &Path, server: Option<&TestDatabase>) -> Self {
        let copy = Self {
            dir: tempfile::tempdir().unwrap(),
            server: server.map(TestDatabase::copy),
        };
        copy_folder(dir, copy.dir.path());
        copy
    }

    pub(crate) async fn opened(&self, clock: &TestClock) -> Authority {
        open(self.dir.path(), clock, self.server.as_ref()).await
    }
}

/// Making keys takes a second or more: one folder is set up, and each test gets a copy.
fn template() -> &'static Copy {
    static TEMPLATE: OnceLock<Copy> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let make = || {
            let dir = tempfile::tempdir().unwrap();
            let server = TestDatabase::new();
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let options = InitOptions {
                    clock: Arc::new(TestClock::new()),
                    database: server.as_ref().map(url),
                    ..acme()
                };
                let authority = Authority::init(dir.path(), options).await.unwrap();
                authority.product_add(cad(), &Origin::Local).await.unwrap();
                authority.close().await.unwrap();
            });
            Copy { dir, server }
        };
        std::thread::spawn(make).join().unwrap()
    })
}

pub(crate) fn url(database: &TestDatabase) -> DatabaseUrl {
    DatabaseUrl::new(&database.url()).unwrap()
}

pub(crate) fn cad() -> NewProduct {
    NewProduct {
        code: product(),
        name: Name::new("Acme CAD").unwrap(),
        features: features(&["export", "render"]),
        offline: true,
        grace: Seconds::days(7),
        emergency: None,
        policy: Policy::default(),
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// An authority with the product `com.acme.cad`, and what its customers know of it.
pub(crate) struct Scene {
    pub(crate) dir: TempDir,
    pub(crate) clock: TestClock,
    pub(crate) authority: Authority,
    pub(crate) profile: VendorProfile,
    /// Where its books are, if not in the folder.
    pub(crate) server: Option<TestDatabase>,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        let copy = template().again();
        let clock = TestClock::new();
        let authority = copy.opened(&clock).await;
        let profile = authority.profile().await.unwrap();
        let Copy { dir, server } = copy;
        Self {
            dir,
            clock,
            authority,
            profile,
            server,
        }
    }

    /// A copy of folder and database as they are now.
    pub(crate) fn backup(&self) -> Copy {
        Copy::of(self.dir.path(), self.server.as_ref())
    }

    /// The same authority as another program opens it.
    pub(crate) async fn reopened(&self) -> Authority {
        open(self.dir.path(), &self.clock, self.server.as_ref()).await
    }

    pub(crate) async fn try_reopened(&self) -> Result<Authority, SetupFault> {
        try_open(self.dir.path(), &self.clock, self.server.as_ref()).await
    }

    pub(crate) async fn sell(&self, seats: u32) -> IssuedEntitlement {
        self.authority
            .entitlement_add(bought(seats), &Origin::Local)
            .await
            .unwrap()
    }

    pub(crate) fn exchange_key(&self) -> &ExchangePublicKey {
        self.profile.exchange_key().unwrap()
    }

    pub(crate) fn request(&self, device: &mut TestDevice, code: &ActivationCode) -> Sealed {
        device.request(self.profile.vendor, self.exchange_key(), product(), code)
    }

    pub(crate) async fn receive(&self, token: &Sealed) -> Received {
        one(self.authority.receive(&token.bytes, &Origin::Local).await)
    }

    pub(crate) async fn activate(&self, device: &mut TestDevice, code: &ActivationCode) -> Answer {
        answered(self.receive(&self.request(device, code)).await)
    }

    pub(crate) async fn refuse(&self, device: &mut TestDevice, code: &ActivationCode) -> Refused {
        refused(self.receive(&self.request(device, code)).await)
    }

    /// What a device reads in an answer.
    pub(crate) fn read(
        &self,
        device: &TestDevice,
        answer: &Answer,
    ) -> Verified<ActivationResponse> {
        self.open(device, &answer.sealed)
    }

    /// What a device reads in whatever is sealed to it.
    pub(crate) fn open<T: FromVendor>(
        &self,
        device: &TestDevice,
        sealed: &SealedAnswer,
    ) -> Verified<T> {
        let token = SealedToken::parse(&sealed.bytes).unwrap();
        assert_eq!((token.kind(), sealed.kind), (T::KIND, T::KIND));
        let opened = token.open(&device.exchange).unwrap();
        assert_eq!(opened.signed().id(), sealed.id);
        opened
            .signed()
            .verify_from_vendor(&self.profile.signing_keys(), &device.id())
            .unwrap()
    }

    /// Whom devices send their tokens to.
    pub(crate) fn vendor(&self) -> Addressee {
        Addressee {
            vendor: self.profile.vendor,
            key: self.exchange_key().clone(),
            product: product(),
        }
    }

    /// Activates a device, and reads its grant as the device does.
    pub(crate) async fn granted(&self, device: &mut TestDevice, code: &ActivationCode) -> Grant {
        let answer = self.activate(device, code).await;
        self.read(device, &answer).grant.clone()
    }

    /// Brings the next deactivation of a device.
    pub(crate) async fn deactivate(&self, device: &mut TestDevice, grant: &Grant) -> Deactivated {
        let token = device.deactivate(&self.vendor(), grant);
        given_back(self.receive(&token).await).outcome
    }

    /// Refreshes an activation, and reads the refresh as its device does.
    pub(crate) async fn refresh(&self, device: &TestDevice, activation: ActivationId) -> Grant {
        let refreshed = self.authority.refresh(activation, &Origin::Local).await;
        let refresh: Verified<Refresh> = self.open(device, &refreshed.unwrap().sealed);
        refresh.grant.clone()
    }

    /// Why an activation is not refreshed.
    pub(crate) async fn no_refresh(&self, activation: ActivationId) -> &'static str {
        let refused = self.authority.refresh(activation, &Origin::Local).await;
        refused.unwrap_err().code().as_str()
    }

    pub(crate) async fn record(&self, activation: ActivationId) -> ActivationRecord {
        self.authority.activation(activation).await.unwrap()
    }

    pub(crate) async fn seats_used(&self, sold: &IssuedEntitlement) -> u32 {
        let key = EntitlementKey::Id(sold.entitlement.id);
        self.authority.entitlement(&key).await.unwrap().seats_used
    }

    /// A connection to the database beside the authority's.
    pub(crate) async fn database(&self) -> AnyConnection {
        sqlx::any::install_default_drivers();
        let url = match &self.server {
            Some(database) => database.own_url(),
            None => format!("sqlite:{}", self.dir.path().join("authority.db").display()),
        };
        AnyConnection::connect(&url).await.unwrap()
    }

    /// Everything that the database holds; of a server's, bytes are in hexadecimal digits.
    pub(crate) async fn stored(&self) -> Vec<u8> {
        let mut stored = Vec::new();
        if self.server.is_none() {
            for name in ["authority.db", "authority.db-wal"] {
                stored.extend(fs::read(self.dir.path().join(name)).unwrap_or_default());
            }
            return stored;
        }
        let mut database = self.database().await;
        let tables = "SELECT table_name::TEXT AS name FROM information_schema.tables
                      WHERE table_schema = 'public'";
        for table in sqlx::query(tables).fetch_all(&mut database).await.unwrap() {
            let table: String = table.get("name");
            let rows = sqlx::AssertSqlSafe(format!("SELECT t::TEXT AS row FROM {table} t"));
            for row in sqlx::query(rows).fetch_all(&mut database).await.unwrap() {
                stored.extend(row.get::<String, _>("row").into_bytes());
            }
        }
        stored
    }

    /// A statement in the words of the database, from SQLite's.
    pub(crate) fn in_its_words(&self, statement: &str) -> sqlx::AssertSqlSafe<String> {
        if self.server.is_none() {
            return sqlx::AssertSqlSafe(statement.to_owned());
        }
        // Bytes, in hexadecimal digits.
        let mut parts = statement.split("x'");
        let mut words = String::from(parts.next().unwrap());
        for part in parts {
            let (digits, after) = part.split_once('\'').unwrap();
            words.extend(["decode('", digits, "', 'hex')", after]);
        }
        if words.starts_with("DROP TRIGGER") {
            words.push_str(" ON audit");
        }
        sqlx::AssertSqlSafe(words)
    }

    pub(crate) async fn set_status(&self, entitlement: EntitlementId, status: &str) {
        sqlx::query("UPDATE entitlements SET status = $1 WHERE id = $2")
            .bind(status)
            .bind(entitlement.as_bytes().to_vec())
            .execute(&mut self.database().await)
            .await
            .unwrap();
    }

    /// The actions in the audit log, in order.
    pub(crate) async fn actions(&self) -> Vec<String> {
        let page = keyferry_authority::Page::first(1000);
        let entries = self.authority.audit(page).await.unwrap().items;
        entries.into_iter().map(|entry| entry.action).collect()
    }
}

pub(crate) async fn open(
    dir: &Path,
    clock: &TestClock,
    server: Option<&TestDatabase>,
) -> Authority {
    try_open(dir, clock, server).await.unwrap()
}

pub(crate) async fn try_open(
    dir: &Path,
    clock: &TestClock,
    server: Option<&TestDatabase>,
) -> Result<Authority, SetupFault> {
    let options = OpenOptions {
        database: server.map(url),
        clock: Arc::new(clock.clone()),
        ..OpenOptions::default()
    };
    Authority::open(dir, options).await
}

pub(crate) fn bought(seats: u32) -> NewEntitlement {
    NewEntitlement {
        product: product(),
        seats: NonZeroU32::new(seats).unwrap(),
        offline_lease: Some(Seconds::days(30)),
        ends_at: None,
        features: Vec::new(),
        holder: Some(Name::new("Example Works").unwrap()),
        trial: false,
        maintenance_end: None,
    }
}

pub(crate) fn one(mut received: Vec<Received>) -> Received {
    assert_eq!(received.len(), 1, "{received:?}");
    received.remove(0)
}

pub(crate) fn answered(received: Received) -> Answer {
    match received {
        Received::Answered(answer) => *answer,
        other => panic!("not answered: {other:?}"),
    }
}

pub(crate) fn given_back(received: Received) -> GivenBack {
    match received {
        Received::Deactivated(given_back) => *given_back,
        other => panic!("not deactivated: {other:?}"),
    }
}

pub(crate) fn refused(received: Received) -> Refused {
    match received {
        Received::Refused(refused) => *refused,
        other => panic!("not refused: {other:?}"),
    }
}
