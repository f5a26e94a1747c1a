//! `keyferry-authority serve`: runs the portal until it is told to end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use keyferry_authority::{Account, ApiRate, Authority, Role};
use keyferry_catalogue::{Code, Problem};
use keyferry_portal::{Config, Portal, WebhookReach, log_panics, serve};
use keyferry_terminal::{Failure, Reply, Terminal};
use keyferry_token::Timestamp;
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::call::Serve;

#[derive(Serialize)]
struct ListeningView {
    listen: String,
    metrics_listen: Option<String>,
    portal: Option<String>,
}

#[derive(Serialize)]
struct EndedView {
    outcome: &'static str,
}

pub(crate) async fn run(
    authority: &Arc<Authority>,
    terminal: &mut Terminal<'_, '_>,
    call: &Serve,
    json: bool,
) -> Result<Reply, Failure> {
    keep_log(json);
    let config = Config {
        proxies: call.proxy.clone(),
        api_rate: ApiRate {
            per_minute: call.api_rate,
        },
        webhooks: WebhookReach {
            allowed: call.webhooks_to.clone(),
            ..WebhookReach::default()
        },
        ..Config::default()
    };
    let patience = config.patience;
    let address = authority
        .profile()
        .await
        .map_err(|fault| fault.problem())?
        .portal;
    // Once, and before anybody is let in: a wrong PIN is tried no more often than it takes to tell.
    let opened = authority.open_signing_key().await;
    opened.map_err(|fault| fault.problem())?;
    let portal = Portal::new(Arc::clone(authority), config).await;
    let portal = portal.map_err(|fault| fault.problem())?;
    let listener = listen(call.listen).await?;
    let counts = match call.metrics_listen {
        Some(at) => Some(listen(at).await?),
        None => None,
    };
    let (told, tell) = watch::channel(false);
    let view = ListeningView {
        listen: own(&listener)?,
        metrics_listen: counts.as_ref().map(own).transpose()?,
        portal: address,
    };
    let ready = Reply::of(&view)
        .printing(format!("The portal listens at http://{}", view.listen))
        .printing(match &view.portal {
            Some(address) => format!("Customers reach it at {address}; your proxy leads there."),
            None => String::from("Your vendor profile names no portal."),
        });
    let accounts = authority.accounts().await;
    let accounts = accounts.map_err(|fault| fault.problem())?;
    let ready = match without_admin(&accounts, authority.now()) {
        Some(words) => ready.saying(words),
        None => ready,
    };
    if !terminal.tell(&ready) {
        return Err(Problem::new(Code::FileUnwritable).with("path", "-").into());
    }
    let stopped = |mut tell: watch::Receiver<bool>| async move {
        // An end that can no longer be told is an end.
        let _ = tell.wait_for(|end| *end).await;
    };
    let metrics = portal.metrics_router();
    let counting = async {
        if let Some(counts) = counts {
            serve(counts, metrics, patience, stopped(tell.clone())).await;
        }
    };
    let pages = serve(listener, portal.router(), patience, stopped(tell.clone()));
    let work = portal.clone().work(stopped(tell.clone()));
    let telling = portal.tell_webhooks(stopped(tell.clone()));
    tokio::select! {
        _ = async { tokio::join!(pages, counting, work, telling, end(told)) } => {}
        () = forgetting(authority) => {}
    }
    Ok(Reply::of(&EndedView { outcome: "ended" }).saying("The portal has ended."))
}

/// Removes now and then what is not to be kept any more; never ends.
async fn forgetting(authority: &Arc<Authority>) {
    const NOW_AND_THEN: Duration = Duration::from_hours(1);
    loop {
        tokio::time::sleep(NOW_AND_THEN).await;
        let authority = Arc::clone(authority);
        // What cannot be removed now is the next time, or when the authority is opened again. By itself: a panic
        // ends this one time, and not the portal.
        let _ = tokio::spawn(async move { authority.forget_addresses().await }).await;
    }
}

/// What to do where nobody is an admin, nor can become one with a link that still counts. A link is not
/// made by itself: what is said here ends in a log.
fn without_admin(accounts: &[Account], now: Timestamp) -> Option<String> {
    let mut admins = accounts
        .iter()
        .filter(|account| account.role == Role::Admin && !account.disabled)
        .peekable();
    let Some(first) = admins.peek() else {
        return Some(String::from(
            "Nobody can sign in as an admin yet: keyferry-authority --data DIR account add NAME --role admin",
        ));
    };
    let words = format!(
        "Nobody can sign in as an admin: the link for {0} was not used and is over. Make another: keyferry-authority --data DIR account invite {0}",
        first.name
    );
    let counts = |admin: &Account| admin.has_password || admin.link_until > Some(now);
    (!admins.any(counts)).then_some(words)
}

async fn listen(at: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(at).await;
    listener.map_err(|_| Problem::new(Code::AddressTaken).with("address", at).into())
}

fn own(listener: &TcpListener) -> Result<String, Failure> {
    let address = listener.local_addr().map_err(|fault| system(&fault))?;
    Ok(address.to_string())
}

fn system(fault: &std::io::Error) -> Failure {
    Problem::new(Code::SystemFailure).with("what", fault).into()
}

/// Tells all when the system or a person wants an end.
async fn end(told: watch::Sender<bool>) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => tokio::select! {
                _ = terminated.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            },
            // A system that does not tell of signals ends programs without them.
            Err(_) => std::future::pending().await,
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    let _ = told.send(true);
}

/// Where the log goes: to standard error, a line for each request, as sentences or as JSON.
fn keep_log(json: bool) {
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("keyferry", LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry().with(filter);
    // Where a log is kept already, as in tests, it goes on.
    let begun = if json {
        registry.with(lines.json().flatten_event(true)).try_init()
    } else {
        registry.with(lines.with_target(false).compact()).try_init()
    };
    if begun.is_ok() {
        log_panics();
    }
}

#[cfg(test)]
mod tests {
    use keyferry_authority::AccountName;
    use keyferry_token::{AccountId, Seconds};

    use super::*;

    #[test]
    fn a_first_link_that_ran_out_is_said_with_how_to_make_another() {
        let now = Timestamp::from_unix(1_800_000_000);
        let ada = Account {
            id: AccountId::new([7; 10]),
            name: AccountName::new("ada").unwrap(),
            role: Role::Admin,
            disabled: false,
            has_password: false,
            has_app: false,
            recovery_codes: 0,
            link_until: Some(now),
            created_at: now,
            signed_in_at: None,
        };
        let said = |account: &Account| without_admin(std::slice::from_ref(account), now);
        assert!(said(&ada).unwrap().ends_with(" account invite ada"));
        let invited = Account {
            link_until: Some(now.plus(Seconds::new(1))),
            ..ada.clone()
        };
        assert_eq!(said(&invited), None);
        let active = Account {
            has_password: true,
            link_until: None,
            ..ada.clone()
        };
        assert_eq!(said(&active), None);
        for nobody in [
            Account {
                disabled: true,
                ..active.clone()
            },
            Account {
                role: Role::Auditor,
                ..active
            },
        ] {
            let words = said(&nobody).unwrap();
            assert!(words.contains(" account add "), "{words}");
        }
        assert!(without_admin(&[], now).is_some());
    }
}
