//! `keyferry-authority init`: sets an authority up.

use std::path::Path;

use keyferry_authority::{Authority, InitOptions, OpenOptions, PortalAddress};
use keyferry_terminal::{Failure, Reply, Terminal};

use crate::call::Init;
use crate::views::{InitView, VendorView};

pub(crate) async fn run(
    dir: &Path,
    init: Init,
    how: OpenOptions,
    terminal: &mut Terminal<'_, '_>,
) -> Result<Reply, Failure> {
    let portal = init.portal.as_deref().map(PortalAddress::new).transpose();
    let portal = portal.map_err(|fault| fault.problem())?;
    let options = InitOptions {
        portal,
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
    let view = InitView {
        vendor: VendorView {
            id: profile.vendor.to_string(),
            name: profile.name.to_string(),
            portal: profile.portal.clone(),
        },
        fingerprint: profile.fingerprint().to_string(),
        profile: authority.profile_file().display().to_string(),
        public_key: authority.public_key_file().display().to_string(),
    };
    let words = profile.fingerprint().words();
    let told = Reply::of(&view)
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
        )
        .saying("Next: keyferry-authority --data DIR product add CODE --name NAME --offline");
    // What cannot be closed now is brought in order when the authority is opened again.
    let _ = authority.close().await;
    Ok(told)
}
