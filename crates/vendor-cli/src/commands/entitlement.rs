//! `keyferry-authority entitlement`: what customers bought.

use keyferry_authority::{
    ActivationFilter, Authority, Entitlement, EntitlementKey, NewEntitlement,
};
use keyferry_catalogue::Problem;
use keyferry_terminal::{Failure, Reply, Source, Table, Terminal};
use keyferry_token::CodeFault;
use zeroize::Zeroizing;

use super::{activation, page_after};
use crate::call::EntitlementAdd;
use crate::views::{
    ActivationView, EntitlementAddedView, EntitlementShownView, EntitlementView, EntitlementsView,
};

pub(crate) async fn add(authority: &Authority, add: EntitlementAdd) -> Result<Reply, Failure> {
    let new = NewEntitlement {
        product: add.product,
        seats: add.seats,
        offline_lease: add.offline_lease,
        ends_at: add.ends,
        features: add.features,
        holder: add.holder,
    };
    let issued = authority
        .entitlement_add(new)
        .await
        .map_err(|fault| fault.problem())?;
    let view = EntitlementAddedView {
        activation_code: issued.code.expose(),
        holder_secret: issued.holder_secret.expose(),
        entitlement: EntitlementView::from(&issued.entitlement),
    };
    let mut table = Table::plain();
    table.row(["Activation code".to_owned(), view.activation_code.clone()]);
    table.row(["Holder secret".to_owned(), view.holder_secret.clone()]);
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
    code: Vec<String>,
) -> Result<Reply, Failure> {
    let words = Zeroizing::new(code);
    let text = Zeroizing::new(if words.len() == 1 && words[0] == "-" {
        let bytes = Zeroizing::new(terminal.read(&Source::Stream)?);
        String::from_utf8_lossy(&bytes).into_owned()
    } else {
        words.join(" ")
    });
    let key = EntitlementKey::read(text.trim()).map_err(|fault| misread(&fault))?;
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

fn misread(fault: &CodeFault) -> Problem {
    let problem = Problem::new(fault.code());
    match fault {
        CodeFault::Length { have, want } => problem.with("have", have).with("want", want),
        CodeFault::Empty | CodeFault::Mistyped | CodeFault::HolderSecret => problem,
    }
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
