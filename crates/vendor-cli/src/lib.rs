//! The program `keyferry-authority` for the vendor (`docs/spec/cli.md`).
//!
//! A command unpacks its arguments, calls the authority, and puts what it gets into words and
//! JSON. What may happen is decided in `keyferry-authority` and below.

mod call;
mod commands;
mod views;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use call::Call;
use call::{
    Account, Activation, ApiToken, Command, Daily, Entitlement, Key, License, LicenseTask, Product,
    Vendor,
};
use keyferry_authority::{Authority, Clock, DatabaseUrl, OpenOptions, Passphrase};
use keyferry_catalogue::{Code, Exit, Problem};
use keyferry_terminal::{
    Failure, LANGUAGE, Reply, Results, Source, Streams, Terminal, completions, understand,
};

/// Runs the program: `args` with its own name in front, on these streams, by this clock. Gives
/// what the process ends with.
pub fn run(args: &[OsString], streams: &mut Streams<'_>, clock: Arc<dyn Clock>) -> Exit {
    let call: Call = match understand(args, streams) {
        Ok(call) => call,
        Err(exit) => return exit,
    };
    let mut terminal = Terminal::new(streams, &call.manner);
    let mut builder = match call.command {
        Command::Serve(_) => tokio::runtime::Builder::new_multi_thread(),
        _ => tokio::runtime::Builder::new_current_thread(),
    };
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(fault) => {
            let problem = Problem::new(Code::SystemFailure).with("what", fault);
            return terminal.finish(Err(problem.into()));
        }
    };
    match runtime.block_on(dispatch(call, clock, &mut terminal)) {
        Ok(Outcome::One(reply)) => terminal.finish(Ok(reply)),
        Ok(Outcome::Several(results)) => terminal.finish_all(results),
        Err(failure) => terminal.finish(Err(failure)),
    }
}

/// What came of a command.
enum Outcome {
    One(Reply),
    Several(Results),
}

async fn dispatch(
    call: Call,
    clock: Arc<dyn Clock>,
    terminal: &mut Terminal<'_, '_>,
) -> Result<Outcome, Failure> {
    let missing = || {
        Failure::from(Problem::new(Code::InputNeeded))
            .saying("--data DIR names the folder of the authority.")
    };
    let dir = call.data.ok_or_else(missing);
    let options = options(
        terminal,
        call.passphrase_file,
        call.database_url_file,
        call.profile_key,
        call.pin_file,
        clock,
    );
    match call.command {
        Command::Completions { shell } => Ok(Outcome::One(completions::<Call>(
            "keyferry-authority",
            shell,
        ))),
        Command::Init(init) => {
            let reply = commands::init::run(&dir?, init, options?, terminal).await;
            reply.map(Outcome::One)
        }
        Command::Restore(restore) => {
            let restored = commands::restore::run(&dir?, restore, options?, terminal).await;
            restored.map(Outcome::One)
        }
        Command::Serve(serve) => {
            let authority = Arc::new(open(&dir?, options?, terminal).await?);
            let served = commands::serve::run(&authority, terminal, &serve, call.manner.json);
            let served = Box::pin(served).await;
            if let Some(authority) = Arc::into_inner(authority) {
                // Whoever opens the authority next seals what could not be sealed now.
                let _ = authority.close().await;
            }
            served.map(Outcome::One)
        }
        // What opens them now may be two passphrases, after it was cut off.
        Command::Daily(Daily::Key(Key::Lock {
            new_passphrase_file,
        })) => {
            let new = passphrase(terminal, &new_passphrase_file)?;
            commands::key::lock(&dir?, &options?, &new).map(Outcome::One)
        }
        Command::Daily(command) => {
            let authority = open(&dir?, options?, terminal).await?;
            let outcome = daily(&authority, command, terminal).await;
            // Whoever opens the authority next seals what could not be sealed now.
            let _ = authority.close().await;
            outcome
        }
    }
}

async fn daily(
    authority: &Authority,
    command: Daily,
    terminal: &mut Terminal<'_, '_>,
) -> Result<Outcome, Failure> {
    let reply = match command {
        Daily::Receive(receive) => {
            return commands::receive::run(authority, terminal, &receive).await;
        }
        Daily::Courier(courier) => {
            let results = commands::courier::run(authority, terminal, &courier).await;
            return results.map(Outcome::Several);
        }
        Daily::Vendor(Vendor::Show) => commands::vendor::show(authority).await,
        Daily::Vendor(Vendor::Change(call)) => {
            commands::vendor::change(authority, terminal, *call).await
        }
        Daily::Product(Product::Add(add)) => commands::product::add(authority, add).await,
        Daily::Product(Product::Change(change)) => {
            commands::product::change(authority, change).await
        }
        Daily::Product(Product::Import(call)) => {
            commands::product::import(authority, terminal, &call).await
        }
        Daily::Product(Product::List) => commands::product::list(authority).await,
        Daily::Entitlement(command) => entitlement(authority, command, terminal).await,
        Daily::Refresh(refresh) => commands::refresh::run(authority, terminal, refresh).await,
        Daily::Activation(command) => activation(authority, command, terminal).await,
        Daily::License(command) => license(authority, *command, terminal).await,
        Daily::Key(command) => key(authority, command, terminal).await,
        Daily::ApiToken(command) => api_token(authority, command).await,
        Daily::Account(command) => account(authority, command).await,
        Daily::StatusCode(explain) => commands::status_code::run(authority, &explain).await,
        Daily::Retention(call) => commands::privacy::retention(authority, &call).await,
        Daily::Erase(call) => commands::privacy::erase(authority, terminal, call).await,
        Daily::Backup(backup) => commands::backup::run(authority, &backup.out).await,
        Daily::Audit(audit) => commands::audit::run(authority, terminal, &audit).await,
    };
    reply.map(Outcome::One)
}

async fn entitlement(
    authority: &Authority,
    command: Entitlement,
    terminal: &mut Terminal<'_, '_>,
) -> Result<Reply, Failure> {
    use commands::entitlement::{
        add, holder_secret, import, list, reinstate, renew, revoke, show, suspend,
    };
    match command {
        Entitlement::Add(new) => add(authority, new).await,
        Entitlement::List => list(authority).await,
        Entitlement::Show(name) => show(authority, terminal, name).await,
        Entitlement::Suspend(name) => suspend(authority, terminal, name).await,
        Entitlement::Reinstate(name) => reinstate(authority, terminal, name).await,
        Entitlement::Revoke(name) => revoke(authority, terminal, name).await,
        Entitlement::Renew(renewal) => renew(authority, terminal, renewal).await,
        Entitlement::HolderSecret(name) => holder_secret(authority, terminal, name).await,
        Entitlement::Import(call) => import(authority, terminal, &call).await,
    }
}

async fn activation(
    authority: &Authority,
    command: Activation,
    terminal: &mut Terminal<'_, '_>,
) -> Result<Reply, Failure> {
    use commands::activation::{allow_again, list, release_lost, show};
    match command {
        Activation::List { product } => list(authority, product).await,
        Activation::Show { id } => show(authority, id).await,
        Activation::ReleaseLost { id, yes } => release_lost(authority, terminal, id, yes).await,
        Activation::AllowAgain { id } => allow_again(authority, id).await,
    }
}

async fn license(
    authority: &Authority,
    command: License,
    terminal: &mut Terminal<'_, '_>,
) -> Result<Reply, Failure> {
    use commands::license::{bulk, list, make, reinstate, reissue, revoke, show, suspend};
    match (command.task, command.new) {
        (Some(LicenseTask::Bulk(call)), _) => bulk(authority, terminal, &call).await,
        (Some(LicenseTask::List { product }), _) => list(authority, product).await,
        (Some(LicenseTask::Show { id }), _) => show(authority, id).await,
        (Some(LicenseTask::Reissue(call)), _) => reissue(authority, terminal, call).await,
        (Some(LicenseTask::Suspend(name)), _) => suspend(authority, name).await,
        (Some(LicenseTask::Reinstate(name)), _) => reinstate(authority, name).await,
        (Some(LicenseTask::Revoke(name)), _) => revoke(authority, name).await,
        (None, Some(new)) => make(authority, terminal, new, command.anchor).await,
        (None, None) => Err(Problem::new(Code::Usage).into()),
    }
}

async fn api_token(authority: &Authority, command: ApiToken) -> Result<Reply, Failure> {
    use commands::api_token::{add, list, revoke};
    match command {
        ApiToken::Add(new) => add(authority, new).await,
        ApiToken::List => list(authority).await,
        ApiToken::Revoke { id } => revoke(authority, id).await,
    }
}

async fn account(authority: &Authority, command: Account) -> Result<Reply, Failure> {
    use commands::account::{add, invite, list, role, switch};
    match command {
        Account::Add { name, role } => add(authority, &name, role).await,
        Account::List => list(authority).await,
        Account::Invite(named) => invite(authority, named).await,
        Account::Role {
            account,
            role: given,
        } => role(authority, account, given).await,
        Account::Disable(named) => switch(authority, named, true).await,
        Account::Enable(named) => switch(authority, named, false).await,
    }
}

async fn key(
    authority: &Authority,
    command: Key,
    terminal: &mut Terminal<'_, '_>,
) -> Result<Reply, Failure> {
    use commands::key::{export_profile_key, list, retire, rotate};
    match command {
        // Done before: it opens the keys by itself.
        Key::Lock { .. } => Err(Problem::new(Code::Usage).into()),
        Key::List => list(authority).await,
        Key::Rotate(call) => rotate(authority, terminal, call).await,
        Key::Retire { key, yes } => retire(authority, terminal, key, yes).await,
        Key::Export { out } => export_profile_key(authority, &out).await,
    }
}

/// How the authority is opened, by the files that hold its secrets.
fn options(
    terminal: &mut Terminal<'_, '_>,
    passphrase_file: Option<Source>,
    database_url_file: Option<Source>,
    profile_key: Option<PathBuf>,
    pin_file: Option<Source>,
    clock: Arc<dyn Clock>,
) -> Result<OpenOptions, Failure> {
    Ok(OpenOptions {
        passphrase: passphrase_file
            .or_else(|| credential("keyferry-passphrase"))
            .map(|file| passphrase(terminal, &file))
            .transpose()?,
        database: database_url_file
            .map(|file| database_url(terminal, &file))
            .transpose()?,
        profile_key,
        pin: pin_file
            .or_else(|| credential("keyferry-pin"))
            .map(|file| passphrase(terminal, &file))
            .transpose()?,
        clock,
    })
}

/// A secret that systemd hands to the program (`LoadCredential=`, `LoadCredentialEncrypted=`), where
/// there is one of this name: a file in a folder for this program alone.
fn credential(name: &str) -> Option<Source> {
    let folder = std::env::var_os("CREDENTIALS_DIRECTORY")?;
    let path = PathBuf::from(folder).join(name);
    path.is_file().then_some(Source::File(path))
}

async fn open(
    dir: &Path,
    options: OpenOptions,
    terminal: &mut Terminal<'_, '_>,
) -> Result<Authority, Failure> {
    let authority = Authority::open(dir, options)
        .await
        .map_err(|fault| fault.problem())?;
    warn(&authority, terminal);
    Ok(authority)
}

/// Says what the vendor should know each time.
fn warn(authority: &Authority, terminal: &mut Terminal<'_, '_>) {
    for warning in authority.warnings() {
        terminal.warn(warning.phrase().text(LANGUAGE));
    }
}

fn passphrase(terminal: &mut Terminal<'_, '_>, file: &Source) -> Result<Passphrase, Failure> {
    let read = match file {
        Source::File(path) => Passphrase::read_file(path),
        Source::Stream => Passphrase::new(&first_line(terminal, file)?),
    };
    Ok(read.map_err(|fault| fault.problem())?)
}

fn database_url(terminal: &mut Terminal<'_, '_>, file: &Source) -> Result<DatabaseUrl, Failure> {
    let read = match file {
        Source::File(path) => DatabaseUrl::read_file(path),
        Source::Stream => DatabaseUrl::new(&first_line(terminal, file)?),
    };
    Ok(read.map_err(|fault| fault.problem())?)
}

/// The first line of a secret that comes through standard input.
fn first_line(
    terminal: &mut Terminal<'_, '_>,
    file: &Source,
) -> Result<zeroize::Zeroizing<String>, Failure> {
    let bytes = zeroize::Zeroizing::new(terminal.read(file)?);
    let text = std::str::from_utf8(&bytes)
        .map_err(|_| Problem::new(Code::FileUnreadable).with("path", file))?;
    Ok(text.lines().next().unwrap_or_default().to_owned().into())
}
