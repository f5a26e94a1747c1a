//! What the tests work on: an authority with a product, a portal over it on a port of its own, a
//! clock that they set, and a browser without scripts.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    net::{SocketAddr, TcpStream},
    num::NonZeroU32,
    path::Path,
    sync::{Arc, Mutex, OnceLock},
    time::{Duration, Instant},
};

use keyferry_authority::{
    AccountName, Authority, Clock as _, DatabaseUrl, InitOptions, IssuedEntitlement, KeyHome,
    NewEntitlement, NewProduct, OpenOptions, Origin, Policy, PortalAddress, Received, Role,
    SealedAnswer, TypedPassword,
};
use keyferry_fixtures::{Addressee, TestDatabase, TestDevice};
use keyferry_portal::{Config, Patience, Portal, serve};
use keyferry_token::{
    ActivationCode, ActivationResponse, ArtefactKind, FromVendor, Grant, KeyPurpose, Name,
    ProductCode, Sealed, SealedToken, Seconds, TokenKind, VendorProfile, Verified, armor,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, runtime::Runtime, sync::oneshot, task::JoinHandle};
use totp_rs::{Builder, Secret};

use crate::clock::TestClock;

/// Of all who sign in.
pub(crate) const PASSWORD: &str = "four plain words here";
pub(crate) const VENDOR: &str = "Acme <b>Tools</b> & Söhne";
pub(crate) const PRODUCT: &str = "com.acme.cad";
/// A name that a page would run.
pub(crate) const EVIL: &str = "<script>alert(1)</script>\"'&";

pub(crate) fn product() -> ProductCode {
    ProductCode::new(PRODUCT).unwrap()
}

fn url(database: &TestDatabase) -> DatabaseUrl {
    DatabaseUrl::new(&database.url()).unwrap()
}

/// Making keys takes a second or more: one folder is set up, with a database at the server where tests
/// run on one, and each test gets a copy.
fn template() -> &'static (TempDir, Option<TestDatabase>) {
    static TEMPLATE: OnceLock<(TempDir, Option<TestDatabase>)> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let server = TestDatabase::new();
        Runtime::new().unwrap().block_on(async {
            let options = InitOptions {
                clock: Arc::new(TestClock::new()),
                database: server.as_ref().map(url),
                portal: Some(PortalAddress::new("https://license.acme.example").unwrap()),
                ..InitOptions::new(Name::new(VENDOR).unwrap())
            };
            let authority = Authority::init(dir.path(), options).await.unwrap();
            let cad = NewProduct {
                code: product(),
                name: Name::new("Acme <i>CAD</i>").unwrap(),
                features: Vec::new(),
                offline: true,
                grace: Seconds::days(7),
                emergency: None,
                policy: Policy::default(),
            };
            authority.product_add(cad, &Origin::Local).await.unwrap();
            authority.close().await.unwrap();
        });
        (dir, server)
    })
}

/// A copy of it.
fn books() -> (TempDir, Option<TestDatabase>) {
    let (folder, server) = template();
    let dir = tempfile::tempdir().unwrap();
    copy_folder(folder.path(), dir.path());
    (dir, server.as_ref().map(TestDatabase::copy))
}

fn copy_folder(from: &Path, to: &Path) {
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

/// A portal that is up.
pub(crate) struct Stage {
    pub(crate) clock: TestClock,
    pub(crate) authority: Arc<Authority>,
    pub(crate) profile: VendorProfile,
    pub(crate) address: SocketAddr,
    pub(crate) metrics: SocketAddr,
    runtime: Runtime,
    portal: Portal,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
    dir: TempDir,
    /// Where its books are, if not in the folder.
    server: Option<TestDatabase>,
}

/// Waits until something is so.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(Config::default())
    }

    /// With little patience for slow clients.
    pub(crate) fn impatient() -> Self {
        let short = Duration::from_millis(400);
        let patience = Patience {
            head: short,
            body: short,
            write: short,
            stop: Duration::from_secs(10),
        };
        let proxies = Vec::new();
        Self::with(Config {
            proxies,
            patience,
            ..Config::default()
        })
    }

    pub(crate) fn with(config: Config) -> Self {
        let (dir, server) = books();
        Self::over(dir, server, config).at_work()
    }

    /// Which answers, and does nothing by itself until it is told to [`Self::work`].
    pub(crate) fn idle() -> Self {
        let (dir, server) = books();
        Self::over(dir, server, Config::default())
    }

    fn at_work(self) -> Self {
        self.work();
        self
    }

    /// Has it make the licenses of lists from now on.
    pub(crate) fn work(&self) {
        let work = self.portal.clone().work(std::future::pending());
        self.runtime.spawn(work);
    }

    /// Whose profile key is kept elsewhere: its public half lies in its place.
    pub(crate) fn without_the_profile_key() -> Self {
        let (dir, server) = books();
        let runtime = Runtime::new().unwrap();
        let keys = runtime.block_on(async {
            let options = OpenOptions {
                database: server.as_ref().map(url),
                clock: Arc::new(TestClock::new()),
                ..OpenOptions::default()
            };
            let authority = Authority::open(dir.path(), options).await.unwrap();
            let keys = authority.keys().await.unwrap();
            authority.close().await.unwrap();
            keys
        });
        let profile = keys.iter().find(|key| key.purpose == KeyPurpose::Profile);
        let profile = profile.unwrap();
        let KeyHome::PlainFile(file) = &profile.home else {
            panic!("{:?}", profile.home);
        };
        fs::write(file.with_extension("pem"), &profile.public_key).unwrap();
        fs::remove_file(file).unwrap();
        Self::over(dir, server, Config::default()).at_work()
    }

    fn over(dir: TempDir, server: Option<TestDatabase>, config: Config) -> Self {
        log();
        let clock = TestClock::new();
        let runtime = Runtime::new().unwrap();
        let (stop, stopped) = oneshot::channel();
        let (authority, profile, portal, address, metrics, served) = runtime.block_on(async {
            let options = OpenOptions {
                database: server.as_ref().map(url),
                clock: Arc::new(clock.clone()),
                ..OpenOptions::default()
            };
            let authority = Arc::new(Authority::open(dir.path(), options).await.unwrap());
            let profile = authority.profile().await.unwrap();
            let patience = config.patience;
            let portal = Portal::new(Arc::clone(&authority), config).await.unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let counts = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let metrics = counts.local_addr().unwrap();
            let counting = serve(
                counts,
                portal.metrics_router(),
                patience,
                std::future::pending(),
            );
            tokio::spawn(counting);
            let served = tokio::spawn(serve(listener, portal.router(), patience, async {
                let _ = stopped.await;
            }));
            (authority, profile, portal, address, metrics, served)
        });
        Self {
            clock,
            authority,
            profile,
            address,
            metrics,
            runtime,
            portal,
            stop: Some(stop),
            served: Some(served),
            dir,
            server,
        }
    }

    /// A portal over the same books, with an authority of its own, that does nothing yet.
    pub(crate) fn portal_by(&self, clock: &TestClock) -> Portal {
        self.runtime.block_on(async {
            let options = OpenOptions {
                database: self.server.as_ref().map(url),
                clock: Arc::new(clock.clone()),
                ..OpenOptions::default()
            };
            let authority = Authority::open(self.dir.path(), options).await.unwrap();
            let portal = Portal::new(Arc::new(authority), Config::default());
            portal.await.unwrap()
        })
    }

    /// Another portal over the same books, with an authority of its own.
    pub(crate) fn another_portal(&self) -> SocketAddr {
        self.served_by(&self.portal_by(&self.clock))
    }

    /// Where this portal answers from now on.
    pub(crate) fn served_by(&self, portal: &Portal) -> SocketAddr {
        self.runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let patience = Patience::default();
            tokio::spawn(serve(
                listener,
                portal.router(),
                patience,
                std::future::pending(),
            ));
            address
        })
    }

    /// The addresses of all pages, as the router has them: `/vendor/product/{code}`.
    pub(crate) fn routes(&self) -> Vec<String> {
        let portal = Portal::new(Arc::clone(&self.authority), Config::default());
        let router = format!("{:?}", self.wait(portal).unwrap().router());
        let mut texts = router.split('"').skip(1).step_by(2);
        let mut routes: Vec<String> = Vec::new();
        for text in texts.by_ref().filter(|text| text.starts_with('/')) {
            if !routes.iter().any(|route| route == text) {
                routes.push(text.to_owned());
            }
        }
        routes
    }

    /// Waits for what the authority does.
    pub(crate) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Has something done meanwhile.
    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
        self.runtime.spawn(work)
    }

    /// Tells the portal to stop.
    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until it has.
    pub(crate) fn stopped(&mut self) {
        let served = self.served.take().unwrap();
        self.runtime.block_on(served).unwrap();
    }

    pub(crate) fn sell(&self, seats: u32) -> IssuedEntitlement {
        self.sell_to(seats, "Example Works")
    }

    pub(crate) fn sell_to(&self, seats: u32, holder: &str) -> IssuedEntitlement {
        let new = NewEntitlement {
            product: product(),
            seats: NonZeroU32::new(seats).unwrap(),
            offline_lease: Some(Seconds::days(30)),
            ends_at: None,
            features: Vec::new(),
            holder: Some(Name::new(holder).unwrap()),
            trial: false,
            maintenance_end: None,
        };
        self.wait(self.authority.entitlement_add(new, &Origin::Local))
            .unwrap()
    }

    /// Whom devices send their tokens to.
    pub(crate) fn vendor(&self) -> Addressee {
        Addressee {
            vendor: self.profile.vendor,
            key: self.profile.exchange_key().unwrap().clone(),
            product: product(),
        }
    }

    pub(crate) fn request(&self, device: &mut TestDevice, code: &ActivationCode) -> Sealed {
        let vendor = self.vendor();
        device.request(vendor.vendor, &vendor.key, vendor.product, code)
    }

    /// Activates a device without the portal, and reads its grant.
    pub(crate) fn activated(&self, device: &mut TestDevice, code: &ActivationCode) -> Grant {
        let token = self.request(device, code);
        let received = self.wait(self.authority.receive(&token.bytes, &Origin::Local));
        let Some(Received::Answered(answer)) = received.into_iter().next() else {
            panic!("no answer");
        };
        let response: Verified<ActivationResponse> = self.open(device, &answer.sealed);
        response.grant.clone()
    }

    fn open<T: FromVendor>(&self, device: &TestDevice, sealed: &SealedAnswer) -> Verified<T> {
        let token = SealedToken::parse(&sealed.bytes).unwrap();
        self.opened(device, &token)
    }

    /// What a device reads in a token.
    pub(crate) fn opened<T: FromVendor>(
        &self,
        device: &TestDevice,
        token: &SealedToken,
    ) -> Verified<T> {
        let opened = token.open(&device.exchange).unwrap();
        opened
            .signed()
            .verify_from_vendor(&self.profile.signing_keys(), &device.id())
            .unwrap()
    }

    /// A browser without scripts.
    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser {
            stage: self,
            address: self.address,
            agent: ureq::Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .timeout_global(Some(Duration::from_mins(1)))
                .build()
                .new_agent(),
            cookie: Mutex::new(None),
            headers: Vec::new(),
        }
    }

    /// A browser in which somebody with this role has signed in. The first one is called as the role.
    pub(crate) fn member(&self, role: Role) -> Browser<'_> {
        let many = self.wait(self.authority.accounts()).unwrap().len();
        let taken = AccountName::new(role.name()).unwrap();
        let name = match self.wait(self.authority.account_named(&taken)) {
            Ok(_) => AccountName::new(&format!("{role}-{many}")).unwrap(),
            Err(_) => taken,
        };
        let added = self.authority.account_add(&name, role, &Origin::Local);
        let link = self.wait(added).unwrap().link;
        let (password, origin) = (TypedPassword::new(PASSWORD), Origin::Local);
        let accepted = self.authority.account_accept(&link, &password, &origin);
        let (secret, _) = self.wait(accepted).unwrap();
        let browser = self.browser();
        *browser.cookie.lock().unwrap() = Some(format!("keyferry-vendor={}", secret.expose()));
        browser
    }

    /// What an app shows now that was given this secret.
    pub(crate) fn app_code(&self, secret: &str) -> String {
        let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
        let totp = Builder::new().with_secret(secret).build().unwrap();
        totp.generate(self.clock.now().unix()).to_string()
    }

    /// A bare connection.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        let patience = Some(Duration::from_secs(30));
        stream.set_read_timeout(patience).unwrap();
        stream
    }
}

/// A token as people carry it.
pub(crate) fn text(kind: TokenKind, token: &Sealed) -> String {
    armor(ArtefactKind::Token(kind), &token.bytes)
}

/// Fills in forms, keeps a cookie, runs no script.
pub(crate) struct Browser<'s> {
    stage: &'s Stage,
    address: SocketAddr,
    agent: ureq::Agent,
    pub(crate) cookie: Mutex<Option<String>>,
    headers: Vec<(&'static str, String)>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) text: String,
}

impl Browser<'_> {
    /// Another window of it, at another portal over the same books.
    pub(crate) fn beside(&self, address: SocketAddr) -> Self {
        let window = Browser {
            address,
            ..self.stage.browser()
        };
        self.cookie
            .lock()
            .unwrap()
            .clone_into(&mut window.cookie.lock().unwrap());
        window
    }

    /// Sends a header with every request from now on.
    pub(crate) fn saying(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn get(&self, path: &str) -> Page {
        self.ask("GET", path, None, Vec::new())
    }

    /// Sends a form without files.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let encode = |text: &str| {
            text.bytes().fold(String::new(), |mut encoded, byte| {
                write!(encoded, "%{byte:02X}").unwrap();
                encoded
            })
        };
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        let kind = "application/x-www-form-urlencoded";
        self.ask("POST", path, Some(kind), pairs.join("&").into_bytes())
    }

    /// Sends a form with fields and files.
    pub(crate) fn bring(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Page {
        let (kind, body) = multipart(fields, files);
        self.ask("POST", path, Some(&kind), body)
    }

    pub(crate) fn ask(&self, method: &str, path: &str, kind: Option<&str>, body: Vec<u8>) -> Page {
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        if let Some(cookie) = self.cookie.lock().unwrap().as_ref() {
            request = request.header("cookie", cookie);
        }
        let request = request.body(body).unwrap();
        let mut response = self.agent.run(request).unwrap();
        let headers: Vec<_> = response
            .headers()
            .iter()
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                (name.to_string(), value)
            })
            .collect();
        let limit = response.body_mut().with_config().limit(64 * 1024 * 1024);
        let bytes = limit.read_to_vec().unwrap();
        let page = Page {
            status: response.status().as_u16(),
            text: String::from_utf8_lossy(&bytes).into_owned(),
            headers,
            bytes,
        };
        if let Some(set) = page.header("set-cookie") {
            let pair = set.split(';').next().unwrap().to_owned();
            let kept = (!pair.ends_with('=')).then_some(pair);
            *self.cookie.lock().unwrap() = kept;
        }
        page
    }
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The text between two marks, unescaped.
    pub(crate) fn between(&self, before: &str, after: &str) -> String {
        let (_, rest) = self.text.split_once(before).unwrap_or_else(|| {
            panic!("no {before} in {}", self.text);
        });
        let (found, _) = rest.split_once(after).unwrap();
        unescaped(found)
    }

    /// The heading.
    pub(crate) fn heading(&self) -> String {
        let heading = self.between("<h1>", "</h1>");
        heading.replace("<bdi>", "").replace("</bdi>", "")
    }

    /// The values of the fields of this name.
    pub(crate) fn values(&self, name: &str) -> Vec<String> {
        let before = format!("name=\"{name}\" value=\"");
        let parts = self.text.split(before.as_str()).skip(1);
        parts
            .map(|part| unescaped(part.split_once('"').unwrap().0))
            .collect()
    }
}

pub(crate) fn unescaped(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

pub(crate) fn multipart(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    let boundary = "----keyferry-test";
    let mut body = Vec::new();
    for (name, value) in fields {
        write!(
            body,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        )
        .unwrap();
    }
    for (name, bytes) in files {
        write!(
            body,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        .unwrap();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    write!(body, "--{boundary}--\r\n").unwrap();
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// Everything that was logged in this program.
pub(crate) fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .init();
        log
    })
}

#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
