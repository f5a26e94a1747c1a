//! `keyferry-authority license`: license files.

mod bulk;
mod outlet;
mod said;

use keyferry_authority::{
    Authority, IssuedLicense, LicenseAnchor, LicenseFault, LicenseFile, LicenseTerms, NewLicense,
    Origin, Strength,
};
use keyferry_terminal::{Failure, LANGUAGE, Reply, Terminal};
use keyferry_token::{ArtefactKind, LicenseId, LicenseTerm, ProductCode, armor};
use keyferry_views::{IssuedLicenseView, LicenseFileView};
use serde::Serialize;

use super::{page_after, read};
use crate::call::{Anchor, LicenseName, LicenseNew, LicenseReissue};
use crate::views::LicensesView;
pub(crate) use bulk::run as bulk;
use outlet::Outlet;
use said::Step;

#[derive(Serialize)]
struct MadeView {
    #[serde(flatten)]
    made: LicenseFileView,
    out: Option<String>,
}

pub(crate) async fn make(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    new: LicenseNew,
    bound: Anchor,
) -> Result<Reply, Failure> {
    let license = NewLicense {
        product: new.product,
        anchor: anchor(terminal, bound)?.unwrap_or(LicenseAnchor::Unbound),
        starts_at: new.starts,
        term: new
            .expires
            .map_or(LicenseTerm::Perpetual, LicenseTerm::Until),
        features: new.features,
        edition: new.edition,
        holder: new.holder,
        grace: new.grace,
    };
    let outlet = Outlet::to(new.out.as_ref(), None)?;
    let made = authority.license_make(&license, &Origin::Local).await;
    told(made, outlet, Step::Make)
}

pub(crate) async fn list(
    authority: &Authority,
    product: Option<ProductCode>,
) -> Result<Reply, Failure> {
    let mut all: Vec<IssuedLicense> = Vec::new();
    let mut after = None;
    loop {
        let page = authority
            .licenses(product.as_ref(), page_after(after))
            .await
            .map_err(|fault| fault.problem())?;
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let reply = Reply::of(&LicensesView {
        licenses: all.iter().map(IssuedLicenseView::from).collect(),
    });
    Ok(if all.is_empty() {
        reply.saying("No license was made yet. Next: license --product CODE --usb ID --out FILE")
    } else {
        reply.printing(said::table(&all).to_string())
    })
}

pub(crate) async fn show(authority: &Authority, id: LicenseId) -> Result<Reply, Failure> {
    let record = authority
        .license(id)
        .await
        .map_err(|fault| fault.problem())?;
    Ok(said::record(&record))
}

pub(crate) async fn reissue(
    authority: &Authority,
    terminal: &mut Terminal<'_, '_>,
    reissue: LicenseReissue,
) -> Result<Reply, Failure> {
    let term = reissue.expires.map(LicenseTerm::Until);
    let terms = LicenseTerms {
        anchor: anchor(terminal, reissue.anchor)?,
        term: term.or(reissue.perpetual.then_some(LicenseTerm::Perpetual)),
        features: reissue.features,
    };
    let LicenseName { id, out } = reissue.name;
    let outlet = Outlet::to(out.as_ref(), Some(id))?;
    let made = authority.license_reissue(id, &terms, &Origin::Local).await;
    told(made, outlet, Step::Reissue)
}

pub(crate) async fn suspend(authority: &Authority, name: LicenseName) -> Result<Reply, Failure> {
    let outlet = Outlet::to(name.out.as_ref(), Some(name.id))?;
    let made = authority.license_suspend(name.id, &Origin::Local).await;
    told(made, outlet, Step::Suspend)
}

pub(crate) async fn reinstate(authority: &Authority, name: LicenseName) -> Result<Reply, Failure> {
    let outlet = Outlet::to(name.out.as_ref(), Some(name.id))?;
    let made = authority.license_reinstate(name.id, &Origin::Local).await;
    told(made, outlet, Step::Reinstate)
}

pub(crate) async fn revoke(authority: &Authority, name: LicenseName) -> Result<Reply, Failure> {
    let outlet = Outlet::to(name.out.as_ref(), Some(name.id))?;
    let made = authority.license_revoke(name.id, &Origin::Local).await;
    told(made, outlet, Step::Revoke)
}

/// What was asked for by `--usb`, `--device` or `--unbound`, if anything.
fn anchor(
    terminal: &mut Terminal<'_, '_>,
    anchor: Anchor,
) -> Result<Option<LicenseAnchor>, Failure> {
    if let Some(id) = anchor.usb {
        let allow_weak = anchor.allow_weak;
        return Ok(Some(LicenseAnchor::UsbKey { id, allow_weak }));
    }
    if let Some(file) = anchor.device {
        let request = read(terminal, &file)?;
        return Ok(Some(LicenseAnchor::Device { request }));
    }
    Ok(anchor.unbound.then_some(LicenseAnchor::Unbound))
}

/// What became of a license, with its file where it is to be. A file that cannot be put there after all
/// is told of with what it says, since it is in the books.
fn told(
    made: Result<LicenseFile, LicenseFault>,
    outlet: Outlet<'_>,
    step: Step,
) -> Result<Reply, Failure> {
    let made = made.map_err(|fault| refused(&fault))?;
    let license = &made.issued.license;
    let text = armor(ArtefactKind::License, &made.bytes);
    let put = outlet.put(license.id, &text);
    let view = MadeView {
        made: LicenseFileView::new(&made, step.outcome()),
        out: put.as_ref().ok().cloned().flatten(),
    };
    if let Err(fault) = put {
        let failure = Failure::from(fault).showing(&view);
        return Err(failure.saying(step.once_more(license.id)));
    }
    let file = view.out.as_deref();
    let whither = file.map_or_else(String::new, |file| format!(": {file}"));
    let ready = format!("License {} is ready{whither}", license.id);
    let mut said = vec![ready];
    said.extend(step.done(&made));
    said.extend(said::limit(license));
    said.push(said::next(license, file.unwrap_or("FILE")));
    let reply = said.into_iter().fold(Reply::of(&view), Reply::saying);
    Ok(match file {
        Some(_) => reply,
        None => reply.printing(text),
    })
}

/// What a USB key is worth, where that is why there is no file.
#[derive(Serialize)]
struct RatingView {
    rating: &'static str,
    rating_reason: &'static str,
    rating_message: &'static str,
}

/// Why there is no file. Of a USB key it is told what is wrong with it.
fn refused(fault: &LicenseFault) -> Failure {
    let failure = Failure::from(fault.problem());
    let LicenseFault::UsbKey { rating, .. } = fault else {
        return failure;
    };
    let view = RatingView {
        rating: rating.strength.name(),
        rating_reason: rating.reason.name(),
        rating_message: rating.reason.phrase().text(LANGUAGE),
    };
    let failure = failure.showing(&view).saying(view.rating_message);
    match rating.strength {
        Strength::Weak => failure.saying("To bind a license to it all the same: --allow-weak"),
        Strength::Unusable | Strength::Strong => failure,
    }
}
