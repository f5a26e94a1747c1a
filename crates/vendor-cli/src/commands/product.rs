//! `keyferry-authority product`: what is licensed.

mod import;

use keyferry_authority::{
    Authority, EmergencyOffer, EmergencyTerms, NewProduct, Origin, Policy, Product, ProductTerms,
};
use keyferry_terminal::{Failure, Reply, Table};
use keyferry_views::{ProductChangedView as ChangedView, ProductView, ProductsView};

pub(crate) use import::run as import;

use crate::call::{ProductAdd, ProductChange};
use crate::views::{ProductAddedView, ProductChangedView};

pub(crate) async fn add(authority: &Authority, add: ProductAdd) -> Result<Reply, Failure> {
    let new = NewProduct {
        code: add.code,
        name: add.name,
        features: add.features,
        offline: add.offline,
        grace: add.grace,
        emergency: add.emergency.map(|length| EmergencyTerms {
            length,
            uses: add.emergency_uses,
            on_wrong_device: add.emergency_on_other_device,
        }),
        policy: Policy {
            rebinds: add.rebinds,
            moves: add.moves,
            lost: add.lost,
        },
    };
    let product = authority
        .product_add(new, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let profile = authority.profile_file().display().to_string();
    let view = ProductAddedView {
        product: ProductView::from(&product),
        profile,
    };
    let mut reply = Reply::of(&view)
        .saying(format!(
            "{} is now a product of this authority.",
            product.name
        ))
        .saying(format!(
            "Hand out the vendor profile again: {}",
            view.profile
        ));
    if !product.offline {
        reply = reply.saying(
            "Computers without a network cannot be activated for it: --offline was not given.",
        );
    }
    Ok(reply)
}

pub(crate) async fn change(authority: &Authority, change: ProductChange) -> Result<Reply, Failure> {
    let offer = change.emergency.map(|length| {
        EmergencyOffer::Allowed(EmergencyTerms {
            length,
            uses: change.emergency_uses,
            on_wrong_device: change.emergency_on_other_device,
        })
    });
    let terms = ProductTerms {
        name: change.name,
        features: None,
        offline: (change.offline || change.no_offline).then_some(change.offline),
        grace: change.grace,
        emergency: offer.or(change.no_emergency.then_some(EmergencyOffer::NotAllowed)),
        rebinds: change.rebinds,
        moves: change.moves,
        lost: change.lost,
    };
    let leases = terms.grace.is_some() || terms.emergency.is_some();
    let done = authority
        .product_change(&change.code, terms, &Origin::Local)
        .await
        .map_err(|fault| fault.problem())?;
    let profile = done
        .renamed
        .then(|| authority.profile_file().display().to_string());
    let reply = Reply::of(&ProductChangedView {
        change: ChangedView::from(&done),
        profile: profile.clone(),
    });
    if !done.changed {
        return Ok(reply.saying("It was so before; nothing was changed."));
    }
    let mut reply = reply.saying(format!("{} is changed.", done.product.name));
    if leases {
        reply = reply.saying("Computers learn of it with their next lease: refresh ACTIVATION");
    }
    Ok(match profile {
        Some(profile) => reply.saying(format!("Hand out the vendor profile again: {profile}")),
        None => reply,
    })
}

pub(crate) async fn list(authority: &Authority) -> Result<Reply, Failure> {
    let products = authority
        .products()
        .await
        .map_err(|fault| fault.problem())?;
    let mut table = Table::with_headings([
        "CODE",
        "NAME",
        "OFFLINE",
        "GRACE",
        "EMERGENCY",
        "REBINDS/MOVES/LOST",
        "FEATURES",
    ]);
    for product in &products {
        let policy = product.policy;
        let features: Vec<String> = product.features.iter().map(ToString::to_string).collect();
        table.row([
            product.code.to_string(),
            product.name.to_string(),
            if product.offline { "yes" } else { "no" }.to_owned(),
            product.grace.to_string(),
            emergency(product),
            format!("{}/{}/{}", policy.rebinds, policy.moves, policy.lost),
            features.join(","),
        ]);
    }
    let reply = Reply::of(&ProductsView::from(products.as_slice()));
    Ok(if products.is_empty() {
        reply.saying("There is no product yet. Next: product add CODE --name NAME --offline")
    } else {
        reply.printing(table.to_string())
    })
}

/// `2 × 3d`, with a word about other computers.
fn emergency(product: &Product) -> String {
    product.emergency.map_or_else(
        || "-".to_owned(),
        |run| {
            let also = if run.on_wrong_device {
                " (also on a changed computer)"
            } else {
                ""
            };
            format!("{} × {}{also}", run.uses, run.length)
        },
    )
}
