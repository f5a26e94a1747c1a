//! `keyferry-authority init`: sets an authority up.

use std::path::Path;

use keyferry_authority::{
    AccountName, Authority, InitOptions, KeyDevice, OpenOptions, PortalAddress, Role,
};
use keyferry_terminal::{Failure, Reply, Terminal};

use super::account;
use crate::call::Init;
use crate::views::{AdminView, InitView, VendorView};

pub(crate) async fn run(
    dir: &Path,
    init: Init,
    how: OpenOptions,
    terminal: &mut Terminal<'_, '_>,
) -> Result<Reply, Failure> {
    let portal = init.portal.as_deref().map(PortalAddress::new).transpose();
    let portal = portal.map_err(|fault| fault.problem())?;
    // Before anything is made: a name that cannot be one.
    if let Some(name) = &init.admin {
        AccountName::new(name).map_err(|fault| fault.problem())?;
    }
    let device = init.pkcs11.zip(init.token);
    let options = InitOptions {
        portal,
        device: device.map(|(module, token)| KeyDevice { module, token }),
        pin: how.pin,
        passphrase: how.passphrase,
        database: how.database,
        clock: how.clock,
        ..InitOptions::new(init.vendor)
    };
    terminal.say("Making the keys; this takes a moment.");
    let authority = Authority::init(dir, options)
        .await
        .map_err(|fault| fault.problem())?;
    crate::warn(&authority, terminal);
    let profile = authority.profile().await.map_err(|fault| fault.problem())?;
    let admin = match &init.admin {
        Some(name) => Some(account::add_account(&authority, name, Role::Admin).await?),
        None => None,
    };
    let link = match &admin {
        Some(admin) => account::link(&authority, admin).await?,
        None => None,
    };
    let view = InitView {
        vendor: VendorView {
            id: profile.vendor.to_string(),
            name: profile.name.to_string(),
            portal: profile.portal.clone(),
        },
        fingerprint: profile.fingerprint().to_string(),
        profile: authority.profile_file().display().to_string(),
        public_key: authority.public_key_file().display().to_string(),
        admin: admin.as_ref().map(|admin| AdminView {
            name: admin.account.name.to_string(),
            link: link.clone(),
            code: admin.link.expose(),
        }),
    };
    let words = profile.fingerprint().words();
    let mut told = Reply::of(&view)
        .saying(format!(
            "The authority of {} is in {}.",
            view.vendor.name,
            dir.display()
        ))
        .saying(format!(
            "Vendor profile for your customers: {}",
            view.profile
        ))
        .saying("Publish its twelve words where customers can compare them:")
        .saying(
            words
                .chunks(6)
                .map(|six| format!("  {}", six.join(" ")))
                .collect::<Vec<_>>()
                .join("\n"),
        );
    if let Some(admin) = &admin {
        told = told.saying(format!(
            "{} begins at the portal with this link, shown now and never again:",
            admin.account.name
        ));
        for line in account::way_in(admin, link.as_deref()) {
            told = told.saying(line);
        }
    }
    told =
        told.saying("Next: keyferry-authority --data DIR product add CODE --name NAME --offline");
    // What cannot be closed now is brought in order when the authority is opened again.
    let _ = authority.close().await;
    Ok(told)
}
