//! The form of an entitlement: adding one, whose code and secret are shown once, and changing one.

use std::num::NonZeroU32;

use askama::Template;
use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use keyferry_authority::{
    Entitlement, EntitlementFault, EntitlementKey, EntitlementTerms, IssuedEntitlement,
    NewEntitlement, Permission,
};
use keyferry_terminal::{date, duration, product, text};
use keyferry_token::{Feature, HolderSecret, Name, ProductCode, Seconds, Timestamp};
use zeroize::Zeroizing;

use super::{
    Section,
    entitlements::{ADD, address, facts, heading, one},
    once::mark,
    typed::{Choice, Typed, day, listed, products, trouble},
};
use crate::{
    Portal,
    account::SignedIn,
    frame::{Frame, Here, page},
    trouble::Trouble,
};

#[derive(Template)]
#[template(path = "desk/entitlement_form.html")]
struct FormPage {
    frame: Frame,
    seal: String,
    mark: String,
    heading: String,
    /// Of one that is there.
    id: Option<String>,
    products: Vec<Choice>,
    typed: Typed,
}

#[derive(Template)]
#[template(path = "desk/issued.html")]
struct IssuedPage {
    frame: Frame,
    id: String,
    title: String,
    /// None where only the secret is new.
    code: Option<Zeroizing<String>>,
    secret: Zeroizing<String>,
    portal: Option<String>,
    facts: Vec<(&'static str, String)>,
}

/// Shows the form of a new entitlement.
pub(super) async fn ask_add(
    State(portal): State<Portal>,
    who: SignedIn,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteEntitlements)?;
    let typed = Typed::default()
        .with("seats", 1)
        .with("offline_lease", "30d");
    show(&portal, &who, None, typed).await
}

/// Adds an entitlement, and shows its code and its secret this once.
pub(super) async fn add(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteEntitlements, request).await?;
    let mut typed = Typed::of(&form);
    let origin = typed.once(&portal, &who, &form, ADD).await?;
    let code = typed.need("product", product);
    let said = Said::read(&mut typed).zip(code).zip(origin);
    let Some(((said, code), origin)) = said else {
        return show(&portal, &who, None, typed).await;
    };
    let added = portal
        .authority()
        .entitlement_add(said.entitlement(code), &origin)
        .await;
    match added {
        Ok(issued) => Ok(show_issued(&portal, &who, &issued).await),
        Err(fault) => {
            refuse(&mut typed, &fault)?;
            show(&portal, &who, None, typed).await
        }
    }
}

/// Shows the form of an entitlement as it is.
pub(super) async fn ask_change(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteEntitlements)?;
    let entitlement = one(&portal, &id).await?;
    let typed = Typed::default()
        .with("seats", entitlement.seats)
        .with_any("offline_lease", entitlement.offline_lease)
        .with_any("ends", entitlement.ends_at.map(day))
        .with("features", listed(&entitlement.features))
        .with_any("maintenance_end", entitlement.maintenance_end.map(day))
        .with_any("trial", entitlement.trial.then_some("yes"))
        .with_any("holder", entitlement.holder.as_ref());
    show(&portal, &who, Some(&entitlement), typed).await
}

/// Changes an entitlement.
pub(super) async fn change(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteEntitlements, request).await?;
    let entitlement = one(&portal, &id).await?;
    let mut typed = Typed::of(&form);
    let Some(said) = Said::read(&mut typed) else {
        return show(&portal, &who, Some(&entitlement), typed).await;
    };
    let key = EntitlementKey::Id(entitlement.id);
    let changed = portal
        .authority()
        .entitlement_change(&key, &said.terms(), &who.origin())
        .await;
    match changed {
        Ok(change) => {
            let done = if change.changed {
                "changed"
            } else {
                "unchanged"
            };
            let back = format!("{}?done={done}", address(entitlement.id));
            Ok(Redirect::to(&back).into_response())
        }
        Err(fault) => {
            refuse(&mut typed, &fault)?;
            show(&portal, &who, Some(&entitlement), typed).await
        }
    }
}

async fn show(
    portal: &Portal,
    who: &SignedIn,
    entitlement: Option<&Entitlement>,
    typed: Typed,
) -> Result<Response, Trouble> {
    let known = portal.authority().products().await;
    let known = known.map_err(|fault| fault.problem())?;
    let brand = portal.brand().await;
    let heading = match entitlement {
        Some(entitlement) => format!("Change {}", heading(entitlement, &brand.profile)),
        None => "Add an entitlement".to_owned(),
    };
    let title = typed.title(&heading);
    let status = typed.status();
    let view = FormPage {
        frame: portal.desk(who, Section::Entitlements, &title).await,
        seal: who.seal().expose(),
        mark: mark(portal, who, ADD)?,
        heading,
        id: entitlement.map(|entitlement| entitlement.id.to_string()),
        products: products(&known),
        typed,
    };
    Ok(page(status, &view))
}

async fn show_issued(portal: &Portal, who: &SignedIn, issued: &IssuedEntitlement) -> Response {
    let brand = portal.brand().await;
    let heading = heading(&issued.entitlement, &brand.profile);
    let title = format!("The code and the secret of {heading}");
    let code = Some(Zeroizing::new(issued.code.expose()));
    show_secrets(
        portal,
        who,
        &issued.entitlement,
        title,
        code,
        &issued.holder_secret,
    )
    .await
}

/// Shows a holder secret this once, and the code that was made with it.
pub(super) async fn show_secrets(
    portal: &Portal,
    who: &SignedIn,
    entitlement: &Entitlement,
    title: String,
    code: Option<Zeroizing<String>>,
    secret: &HolderSecret,
) -> Response {
    let brand = portal.brand().await;
    let view = IssuedPage {
        frame: portal.desk(who, Section::Entitlements, &title).await,
        id: entitlement.id.to_string(),
        title,
        code,
        secret: Zeroizing::new(secret.expose()),
        portal: portal.address().map(ToOwned::to_owned),
        facts: facts(entitlement, &brand.profile),
    };
    page(StatusCode::OK, &view)
}

/// What the form says beside the product, which stays for good.
struct Said {
    seats: NonZeroU32,
    offline_lease: Option<Seconds>,
    ends_at: Option<Timestamp>,
    features: Vec<Feature>,
    holder: Option<Name>,
    trial: bool,
    maintenance_end: Option<Timestamp>,
}

impl Said {
    /// Reads it; `None` where something is wrong.
    fn read(typed: &mut Typed) -> Option<Self> {
        let seats = typed.count("seats");
        let said = Self {
            offline_lease: typed.read("offline_lease", duration),
            ends_at: typed.read("ends", date),
            features: typed.features("features"),
            holder: typed.read("holder", text::<120>("holder")),
            trial: typed.ticked("trial"),
            maintenance_end: typed.read("maintenance_end", date),
            seats: seats?,
        };
        typed.is_right().then_some(said)
    }

    fn entitlement(self, product: ProductCode) -> NewEntitlement {
        NewEntitlement {
            product,
            seats: self.seats,
            offline_lease: self.offline_lease,
            ends_at: self.ends_at,
            features: self.features,
            holder: self.holder,
            trial: self.trial,
            maintenance_end: self.maintenance_end,
        }
    }

    fn terms(self) -> EntitlementTerms {
        EntitlementTerms {
            seats: Some(self.seats),
            offline_lease: Some(self.offline_lease),
            ends_at: Some(self.ends_at),
            features: Some(self.features),
            holder: Some(self.holder),
            trial: Some(self.trial),
            maintenance_end: Some(self.maintenance_end),
        }
    }
}

/// Puts what the authority says no to beside its field.
fn refuse(typed: &mut Typed, fault: &EntitlementFault) -> Result<(), Trouble> {
    let field = match fault {
        EntitlementFault::ProductUnknown { .. } => "product",
        EntitlementFault::FeatureUnknown { .. } | EntitlementFault::TooManyFeatures => "features",
        EntitlementFault::Ended { .. } | EntitlementFault::TrialWithoutEnd => "ends",
        EntitlementFault::SeatsMissing | EntitlementFault::SeatsInUse { .. } => "seats",
        _ => return Err(trouble(fault.problem())),
    };
    typed.refuse(field, &fault.problem());
    Ok(())
}
