//! The form of a license: making one, and making another file of one.

use askama::Template;
use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse as _, Redirect, Response},
};
use keyferry_authority::{LicenseAnchor, LicenseFault, LicenseTerms, NewLicense, Permission};
use keyferry_catalogue::{Code, Problem};
use keyferry_terminal::{date, duration_or_none, first_day, product, text, usb_id};
use keyferry_token::{License, LicenseTerm, SeatStatus};

use super::{
    Section,
    licenses::{ADD, address, heading, one},
    once::mark,
    typed::{Choice, Typed, day, listed, products, trouble},
};
use crate::{
    Portal,
    account::SignedIn,
    answer::Form,
    frame::{Frame, Here, page},
    trouble::Trouble,
};

#[derive(Template)]
#[template(path = "desk/license_form.html")]
struct FormPage {
    frame: Frame,
    seal: String,
    mark: String,
    action: String,
    heading: String,
    /// Of one that is there.
    id: Option<String>,
    products: Vec<Choice>,
    typed: Typed,
}

/// Shows the form of a new license.
pub(super) async fn ask_add(
    State(portal): State<Portal>,
    who: SignedIn,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteLicenses)?;
    let typed = Typed::default().with("bound", "usb");
    show(&portal, &who, None, typed).await
}

/// Makes a license.
pub(super) async fn add(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteLicenses, request).await?;
    let mut typed = with_file(&form);
    let origin = typed.once(&portal, &who, &form, ADD).await?;
    let Some((new, origin)) = read(&mut typed, &form).zip(origin) else {
        return show(&portal, &who, None, typed).await;
    };
    match portal.authority().license_make(&new, &origin).await {
        Ok(made) => {
            let to = format!("{}?done=made", address(made.issued.license.id));
            Ok(Redirect::to(&to).into_response())
        }
        Err(fault) => {
            refuse(&mut typed, &fault)?;
            show(&portal, &who, None, typed).await
        }
    }
}

/// Shows the form of a license as it is.
pub(super) async fn ask_reissue(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::WriteLicenses)?;
    let license = changeable(&portal, &id).await?;
    let ends = match license.term {
        LicenseTerm::Until(end) => Some(day(end)),
        LicenseTerm::Perpetual => None,
    };
    let typed = Typed::default()
        .with("bound", "keep")
        .with_any("expires", ends)
        .with("features", listed(&license.features));
    show(&portal, &who, Some(&license), typed).await
}

/// Makes another file of a license.
pub(super) async fn reissue(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteLicenses, request).await?;
    let license = changeable(&portal, &id).await?;
    let mut typed = with_file(&form);
    let origin = typed.once(&portal, &who, &form, &another(&license)).await?;
    let expires = typed.read("expires", date);
    let term = expires.map_or(LicenseTerm::Perpetual, LicenseTerm::Until);
    let features = typed.features("features");
    let anchor = match typed.value("bound") {
        "keep" => None,
        _ => anchor(&mut typed, &form),
    };
    let Some(origin) = origin.filter(|_| typed.is_right()) else {
        return show(&portal, &who, Some(&license), typed).await;
    };
    let terms = LicenseTerms {
        anchor,
        // What ends as it did is not asked again whether it may.
        term: (term != license.term).then_some(term),
        features,
    };
    let made = portal
        .authority()
        .license_reissue(license.id, &terms, &origin)
        .await;
    match made {
        Ok(_) => {
            let to = format!("{}?done=reissued", address(license.id));
            Ok(Redirect::to(&to).into_response())
        }
        Err(fault) => {
            refuse(&mut typed, &fault)?;
            show(&portal, &who, Some(&license), typed).await
        }
    }
}

/// A license that another file may follow.
async fn changeable(portal: &Portal, id: &str) -> Result<License, Trouble> {
    let license = one(portal, id).await?.issued.license;
    if license.status == SeatStatus::Revoked {
        return Err(trouble(LicenseFault::Revoked.problem()));
    }
    Ok(license)
}

/// Where the form of another file goes.
fn another(license: &License) -> String {
    format!("{}/reissue", address(license.id))
}

async fn show(
    portal: &Portal,
    who: &SignedIn,
    license: Option<&License>,
    typed: Typed,
) -> Result<Response, Trouble> {
    let known = portal.authority().products().await;
    let mut known = known.map_err(|fault| fault.problem())?;
    // Licenses are for products that work without a network (rule A1).
    known.retain(|product| product.offline);
    let brand = portal.brand().await;
    let heading = match license {
        Some(license) => format!("Another file: {}", heading(license, &brand.profile)),
        None => "Make a license".to_owned(),
    };
    let action = license.map_or_else(|| ADD.to_owned(), another);
    let title = typed.title(&heading);
    let status = typed.status();
    let view = FormPage {
        frame: portal.desk(who, Section::Licenses, &title).await,
        seal: who.seal().expose(),
        mark: mark(portal, who, &action)?,
        action,
        heading,
        id: license.map(|license| license.id.to_string()),
        products: products(&known),
        typed,
    };
    Ok(page(status, &view))
}

/// The form with what stands in the file, where that is text: so that it does not have to be chosen
/// again when something else is wrong.
fn with_file(form: &Form) -> Typed {
    let field = match form.field("bound") {
        "usb" => "usb",
        "device" => "device",
        _ => return Typed::of(form),
    };
    let file = form.files.first();
    let text = file.and_then(|file| std::str::from_utf8(&file.bytes).ok());
    match text.map(str::trim).filter(|text| !text.is_empty()) {
        Some(text) => Typed::of(form).instead(field, text),
        None => Typed::of(form),
    }
}

fn read(typed: &mut Typed, form: &Form) -> Option<NewLicense> {
    let product = typed.need("product", product);
    let anchor = anchor(typed, form);
    let expires = typed.read("expires", date);
    let grace = typed.read("grace", duration_or_none);
    if grace.is_some() && typed.value("expires").is_empty() {
        typed.refuse("expires", &Problem::new(Code::FieldMissing));
    }
    let new = NewLicense {
        starts_at: typed.read("starts", first_day),
        features: typed.features("features"),
        edition: typed.read("edition", text::<120>("edition")),
        holder: typed.read("holder", text::<120>("holder")),
        term: expires.map_or(LicenseTerm::Perpetual, LicenseTerm::Until),
        grace,
        product: product?,
        anchor: anchor?,
    };
    typed.is_right().then_some(new)
}

/// What it is to be bound to.
fn anchor(typed: &mut Typed, form: &Form) -> Option<LicenseAnchor> {
    match typed.value("bound") {
        "usb" => {
            let id = typed.need("usb", usb_id)?;
            let allow_weak = typed.ticked("allow_weak");
            Some(LicenseAnchor::UsbKey { id, allow_weak })
        }
        "device" => {
            let request = match form.files.first() {
                Some(file) => file.bytes.to_vec(),
                None => typed.value("device").as_bytes().to_vec(),
            };
            if request.is_empty() {
                typed.refuse("device", &Problem::new(Code::FieldMissing));
                return None;
            }
            Some(LicenseAnchor::Device { request })
        }
        "unbound" => Some(LicenseAnchor::Unbound),
        _ => {
            typed.refuse("bound-usb", &Problem::new(Code::LicenseBindingUnclear));
            None
        }
    }
}

/// Puts what the authority says no to beside its field.
fn refuse(typed: &mut Typed, fault: &LicenseFault) -> Result<(), Trouble> {
    let problem = fault.problem();
    let field = match fault {
        LicenseFault::FeatureUnknown { .. } | LicenseFault::TooManyFeatures => "features",
        LicenseFault::Ended { .. } => "expires",
        LicenseFault::UsbKey { .. } => "usb",
        LicenseFault::NeedsComputer | LicenseFault::Request(_) => "device",
        LicenseFault::Refused(_) if problem.code == Code::FingerprintTooSmall => "device",
        LicenseFault::ProductUnknown { .. } | LicenseFault::Refused(_) => "product",
        _ => return Err(trouble(problem)),
    };
    typed.refuse(field, &problem);
    Ok(())
}
