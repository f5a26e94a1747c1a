//! `keyferry-authority entitlement`: what customers bought.

mod import;

use keyferry_authority::{
    ActivationFilter, Authority, Entitlement, EntitlementChange, EntitlementKey,
    EntitlementRenewal, EntitlementStatus, NewEntitlement, Origin,
};
use keyferry_terminal::{Failure, Reply, Source, Table, Terminal};
use keyferry_views::{
    ActivationView, EntitlementAddedView, EntitlementChangedView, EntitlementView,
    HolderSecretReplacedView,
};
use zeroize::Zeroizing;

use super::{activation, page_after, spoken};
pub(crate) use import::run as import;

use crate::call::{EntitlementAdd, EntitlementName, EntitlementRenew};
use crate::views::{EntitlementShownView, EntitlementsView};

pub(crate) async fn add(authority: &Authority, add: EntitlementAdd) -> Result<Reply, Failure> {
    let new = NewEntitlement {
        product: add.product,
        seats: add.seats,
        offline_lease: add.offline_lease,
        ends_at: add.ends,
        features: add.features,
        holder: add.holder,
        trial: add.trial,
        maintenance_end: add.maintenance_end,
    };
    let issued = authority
        .entitlement_add(new, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let view = EntitlementAddedView::from(&issued);
    let mut table = Table::plain();
    table.row(["Activation code".to_owned(), issued.code.expose()]);
    table.row(["Holder secret".to_owned(), issued.holder_secret.expose()]);
    table.row(["Entitlement".to_owned(), issued.entitlement.id.to_string()]);
    let mut reply = Reply::of(&view)
        .printing(table.to_string())
        .saying("The code activates computers; the secret manages the seats. Give them apart.")
        .saying("Both are shown this once: the authority does not keep them.");
    if issued.entitlement.offline_lease.is_none() {
        reply = reply.saying(
            "Computers without a network cannot be activated with it: --offline-lease was not given.",
        );
    }
    Ok(reply)
}

pub(crate) async fn list(authority: &Authority) -> Result<Reply, Failure> {
    let mut all: Vec<Entitlement> = Vec::new();
    let mut after = None;
    loop {
        let page = authority
            .entitlements(page_after(after))
            .await
            .map_err(|f| f.problem())?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let reply = Reply::of(&EntitlementsView {
        entitlements: all.iter().map(EntitlementView::from).collect(),
    });
    Ok(if all.is_empty() {
        reply.saying("There is no entitlement yet. Next: entitlement add --product CODE --seats N")
    } else {
        reply.printing(table(&all).to_string())
    })
}

pub(crate) async fn show(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    name: EntitlementName,
) -> Result<Reply, Failure> {
    let key = key(terminal, name)?;
    let entitlement = authority
        .entitlement(&key)
        .await
        .map_err(|fault| fault.problem())?;
    let filter = ActivationFilter {
        entitlement: Some(entitlement.id),
        ..ActivationFilter::default()
    };
    let activations = activation::all(authority, &filter).await?;
    let view = EntitlementShownView {
        entitlement: EntitlementView::from(&entitlement),
        activations: activations.iter().map(ActivationView::from).collect(),
    };
    let mut text = table(std::slice::from_ref(&entitlement)).to_string();
    if !activations.is_empty() {
        text.push('\n');
        text.push_str(&activation::table(&activations).to_string());
    }
    Ok(Reply::of(&view).printing(text))
}

pub(crate) async fn suspend(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    name: EntitlementName,
) -> Result<Reply, Failure> {
    let key = key(terminal, name)?;
    let change = authority.entitlement_suspend(&key, &Origin::Local).await;
    let change = change.map_err(|fault| fault.problem())?;
    let reply = changed(
        &change,
        "suspended",
        "The entitlement is suspended: no computer is activated with it.",
        "It was suspended before; nothing was changed.",
    );
    Ok(reply.saying(
        "Its computers run on until their leases end, or until they take a refresh: refresh ACTIVATION",
    ))
}

pub(crate) async fn reinstate(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    name: EntitlementName,
) -> Result<Reply, Failure> {
    let key = key(terminal, name)?;
    let change = authority.entitlement_reinstate(&key, &Origin::Local).await;
    let change = change.map_err(|fault| fault.problem())?;
    let reply = changed(
        &change,
        "reinstated",
        "The entitlement is in force again.",
        "It was not suspended; nothing was changed.",
    );
    Ok(if change.changed {
        reply.saying("Computers that have stopped run again with a refresh: refresh ACTIVATION")
    } else {
        reply
    })
}

pub(crate) async fn revoke(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    name: EntitlementName,
) -> Result<Reply, Failure> {
    let key = key(terminal, name)?;
    let change = authority.entitlement_revoke(&key, &Origin::Local).await;
    let change = change.map_err(|fault| fault.problem())?;
    let reply = changed(
        &change,
        "revoked",
        "The entitlement is revoked for good: no computer is activated with it any more.",
        "It was revoked before; nothing was changed.",
    );
    Ok(reply.saying(
        "Its computers run on until their leases end, or until they take a refresh: refresh ACTIVATION",
    ))
}

pub(crate) async fn renew(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    renew: EntitlementRenew,
) -> Result<Reply, Failure> {
    let key = key(terminal, renew.name)?;
    let renewal = EntitlementRenewal {
        ends_at: renew.ends,
        offline_lease: renew.offline_lease,
        maintenance_end: renew.maintenance_end,
    };
    let change = authority
        .entitlement_renew(&key, renewal, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let reply = changed(
        &change,
        "renewed",
        &format!("The entitlement now ends on {}.", spoken(renew.ends)),
        "It had this end and this lease before; nothing was changed.",
    );
    let reply = if change.entitlement.status == EntitlementStatus::Suspended {
        reply.saying("It is still suspended.")
    } else {
        reply
    };
    Ok(reply.saying("Its computers get the new end with a refresh: refresh ACTIVATION"))
}

pub(crate) async fn holder_secret(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    name: EntitlementName,
) -> Result<Reply, Failure> {
    let key = key(terminal, name)?;
    let replaced = authority
        .holder_secret_replace(&key, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let view = HolderSecretReplacedView::from(&replaced);
    let mut table = Table::plain();
    let secret = replaced.holder_secret.expose();
    table.row(["Holder secret".to_owned(), secret]);
    table.row([
        "Entitlement".to_owned(),
        replaced.entitlement.id.to_string(),
    ]);
    let reply = Reply::of(&view)
        .printing(table.to_string())
        .saying("It is shown this once: the authority does not keep it.")
        .saying("The old one does nothing any more.");
    Ok(match replaced.sessions_ended {
        0 => reply,
        _ => reply.saying("Somebody was in the portal with the old one, and is out of it now."),
    })
}

/// What became of an entitlement, with words for when it did and for when there was nothing to do.
fn changed(change: &EntitlementChange, outcome: &'static str, done: &str, before: &str) -> Reply {
    let entitlement = &change.entitlement;
    let words = if change.changed { done } else { before };
    Reply::of(&EntitlementChangedView::new(change, outcome))
        .saying(format!("{} {}", entitlement.id, entitlement.hint))
        .saying(words)
}

/// The entitlement that is meant. What was typed may be an activation code, which is a secret.
pub(crate) fn key(
    terminal: &mut Terminal<'_, '_>,
    name: EntitlementName,
) -> Result<EntitlementKey, Failure> {
    let words = Zeroizing::new(name.code);
    let text = Zeroizing::new(if words.len() == 1 && words[0] == "-" {
        let bytes = Zeroizing::new(terminal.read(&Source::Stream)?);
        String::from_utf8_lossy(&bytes).into_owned()
    } else {
        words.join(" ")
    });
    Ok(EntitlementKey::read(text.trim()).map_err(|fault| fault.problem())?)
}

fn table(entitlements: &[Entitlement]) -> Table {
    let headings = [
        "ENTITLEMENT",
        "CODE",
        "PRODUCT",
        "SEATS",
        "STATUS",
        "LEASE",
        "ENDS",
        "HOLDER",
    ];
    let mut table = Table::with_headings(headings);
    for entitlement in entitlements {
        table.row([
            entitlement.id.to_string(),
            entitlement.hint.clone(),
            entitlement.product.to_string(),
            format!("{}/{}", entitlement.seats_used, entitlement.seats),
            entitlement.status.name().to_owned(),
            entitlement
                .offline_lease
                .map_or_else(|| "-".to_owned(), |lease| lease.to_string()),
            entitlement
                .ends_at
                .map_or_else(|| "-".to_owned(), |end| end.to_string()),
            entitlement
                .holder
                .as_ref()
                .map_or_else(|| "-".to_owned(), ToString::to_string),
        ]);
    }
    table
}
