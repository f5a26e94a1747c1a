//! What is sold: the products, adding one, changing one.

use askama::Template;
use axum::{
    Router,
    extract::{Path, Query, Request, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
    routing::get,
};
use keyferry_authority::{
    EmergencyOffer, EmergencyTerms, NewProduct, Permission, Policy, Product, ProductFault,
    ProductTerms,
};
use keyferry_terminal::{duration, duration_or_none, product, text};
use keyferry_token::{Feature, Name, ProductCode, Seconds};

use super::{
    Section,
    once::mark,
    typed::{Done, Typed, listed, trouble},
};
use crate::{
    Portal,
    account::SignedIn,
    frame::{Frame, Here, page},
    trouble::Trouble,
};

const PAGE: &str = Section::Products.path();
const ADD: &str = "/vendor/products/add";

pub(super) fn routes() -> Router<Portal> {
    Router::new()
        .route(PAGE, get(list))
        .route(ADD, get(ask_add).post(add))
        .route("/vendor/product/{code}", get(ask_change).post(change))
}

#[derive(Template)]
#[template(path = "desk/products.html")]
struct ProductsPage {
    frame: Frame,
    done: Done,
    rows: Vec<Row>,
    may_write: bool,
}

struct Row {
    code: String,
    name: String,
    offline: &'static str,
    grace: String,
    emergency: String,
    caps: String,
    features: String,
}

#[derive(Template)]
#[template(path = "desk/product.html")]
struct ProductPage {
    frame: Frame,
    seal: String,
    mark: String,
    heading: String,
    /// Of one that is there.
    code: Option<String>,
    typed: Typed,
    may_write: bool,
}

/// What the address asks for.
#[derive(Debug, Default, serde::Deserialize)]
struct Wanted {
    done: Option<String>,
}

async fn list(
    State(portal): State<Portal>,
    who: SignedIn,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadProducts)?;
    let products = portal.authority().products().await;
    let products = products.map_err(|fault| fault.problem())?;
    let view = ProductsPage {
        frame: portal.desk(&who, Section::Products, "Products").await,
        done: wanted.done.as_deref().and_then(done),
        rows: products.iter().map(Row::new).collect(),
        may_write: who.has(Permission::WriteProducts),
    };
    Ok(page(StatusCode::OK, &view))
}

fn done(name: &str) -> Done {
    match name {
        "added" => Some(
            "The product is added. Hand out your vendor profile again, so that its activation codes are recognised.",
        ),
        "renamed" => {
            Some("The product is changed. Hand out your vendor profile again: it has the name.")
        }
        "changed" => {
            Some("The product is changed. Computers learn of it with their next answer or lease.")
        }
        "unchanged" => Some("It was so before; nothing was changed."),
        _ => None,
    }
}

async fn ask_add(State(portal): State<Portal>, who: SignedIn) -> Result<Response, Trouble> {
    who.may(Permission::WriteProducts)?;
    let policy = Policy::default();
    let typed = Typed::default()
        .with("offline", "yes")
        .with("grace", "0d")
        .with("emergency_uses", 1)
        .with("rebinds", policy.rebinds)
        .with("moves", policy.moves)
        .with("lost", policy.lost);
    show(&portal, &who, None, typed).await
}

async fn add(
    State(portal): State<Portal>,
    who: SignedIn,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteProducts, request).await?;
    let mut typed = Typed::of(&form);
    let origin = typed.once(&portal, &who, &form, ADD).await?;
    let code = typed.need("code", product);
    let said = Said::read(&mut typed).zip(code).zip(origin);
    let Some(((said, code), origin)) = said else {
        return show(&portal, &who, None, typed).await;
    };
    let added = portal
        .authority()
        .product_add(said.product(code), &origin)
        .await;
    match added {
        Ok(_) => Ok(Redirect::to(&format!("{PAGE}?done=added")).into_response()),
        Err(fault) => {
            refuse(&mut typed, &fault)?;
            show(&portal, &who, None, typed).await
        }
    }
}

async fn ask_change(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(code): Path<String>,
) -> Result<Response, Trouble> {
    who.may(Permission::ReadProducts)?;
    let product = find(&portal, &code).await?;
    let typed = typed(&product);
    show(&portal, &who, Some(&product), typed).await
}

async fn change(
    State(portal): State<Portal>,
    who: SignedIn,
    Path(code): Path<String>,
    request: Request,
) -> Result<Response, Trouble> {
    let form = who.form(Permission::WriteProducts, request).await?;
    let product = find(&portal, &code).await?;
    let mut typed = Typed::of(&form);
    let Some(said) = Said::read(&mut typed) else {
        return show(&portal, &who, Some(&product), typed).await;
    };
    let changed = portal
        .authority()
        .product_change(&product.code, said.terms(), &who.origin())
        .await;
    match changed {
        Ok(change) => {
            let done = match (change.changed, change.renamed) {
                (false, _) => "unchanged",
                (true, true) => "renamed",
                (true, false) => "changed",
            };
            Ok(Redirect::to(&format!("{PAGE}?done={done}")).into_response())
        }
        Err(fault) => {
            refuse(&mut typed, &fault)?;
            show(&portal, &who, Some(&product), typed).await
        }
    }
}

async fn find(portal: &Portal, code: &str) -> Result<Product, Trouble> {
    let code = ProductCode::new(code).map_err(|_| Trouble::page_unknown())?;
    let product = portal.authority().product(&code).await;
    product.map_err(|fault| trouble(fault.problem()))
}

async fn show(
    portal: &Portal,
    who: &SignedIn,
    product: Option<&Product>,
    typed: Typed,
) -> Result<Response, Trouble> {
    let may_write = who.has(Permission::WriteProducts);
    let heading = match product {
        Some(product) => product.name.to_string(),
        None => "Add a product".to_owned(),
    };
    let title = typed.title(&heading);
    let status = typed.status();
    let view = ProductPage {
        frame: portal.desk(who, Section::Products, &title).await,
        seal: who.seal().expose(),
        mark: mark(portal, who, ADD)?,
        heading,
        code: product.map(|product| product.code.to_string()),
        typed,
        may_write,
    };
    Ok(page(status, &view))
}

/// A product as the form shows it.
fn typed(product: &Product) -> Typed {
    let policy = product.policy;
    Typed::default()
        .with("name", &product.name)
        .with("features", listed(&product.features))
        .with_any("offline", product.offline.then_some("yes"))
        .with("grace", product.grace)
        .with_any("emergency", product.emergency.map(|run| run.length))
        .with(
            "emergency_uses",
            product.emergency.map_or(1, |run| run.uses),
        )
        .with_any(
            "emergency_on_other_device",
            product
                .emergency
                .filter(|run| run.on_wrong_device)
                .map(|_| "yes"),
        )
        .with("rebinds", policy.rebinds)
        .with("moves", policy.moves)
        .with("lost", policy.lost)
}

/// What the form says beside the code, which stays for good.
struct Said {
    name: Name,
    features: Vec<Feature>,
    offline: bool,
    grace: Seconds,
    emergency: Option<EmergencyTerms>,
    policy: Policy,
}

impl Said {
    /// Reads it; `None` where something is wrong.
    fn read(typed: &mut Typed) -> Option<Self> {
        let name = typed.need("name", text::<120>("product"));
        let features = typed.features("features");
        let grace = typed.read("grace", duration_or_none);
        let length = typed.read("emergency", duration);
        let uses = match length {
            Some(_) => typed.number_up_to("emergency_uses", 1, u32::from(u8::MAX)),
            None => None,
        };
        let policy = Policy {
            rebinds: typed.number("rebinds", 0).unwrap_or_default(),
            moves: typed.number("moves", 0).unwrap_or_default(),
            lost: typed.number("lost", 0).unwrap_or_default(),
        };
        let on_wrong_device = typed.ticked("emergency_on_other_device");
        let emergency = length.zip(uses).map(|(length, uses)| EmergencyTerms {
            length,
            uses: u8::try_from(uses).unwrap_or(u8::MAX),
            on_wrong_device,
        });
        let said = Self {
            name: name?,
            features,
            offline: typed.ticked("offline"),
            grace: grace.unwrap_or(Seconds::ZERO),
            emergency,
            policy,
        };
        typed.is_right().then_some(said)
    }

    fn product(self, code: ProductCode) -> NewProduct {
        NewProduct {
            code,
            name: self.name,
            features: self.features,
            offline: self.offline,
            grace: self.grace,
            emergency: self.emergency,
            policy: self.policy,
        }
    }

    fn terms(self) -> ProductTerms {
        let emergency = self.emergency;
        ProductTerms {
            name: Some(self.name),
            features: Some(self.features),
            offline: Some(self.offline),
            grace: Some(self.grace),
            emergency: Some(emergency.map_or(EmergencyOffer::NotAllowed, EmergencyOffer::Allowed)),
            rebinds: Some(self.policy.rebinds),
            moves: Some(self.policy.moves),
            lost: Some(self.policy.lost),
        }
    }
}

/// Puts what the authority says no to beside its field.
fn refuse(typed: &mut Typed, fault: &ProductFault) -> Result<(), Trouble> {
    let problem = fault.problem();
    match fault {
        ProductFault::Exists { .. } => typed.refuse("code", &problem),
        ProductFault::TooManyFeatures => typed.refuse("features", &problem),
        _ => return Err(trouble(problem)),
    }
    Ok(())
}

impl Row {
    fn new(product: &Product) -> Self {
        let policy = product.policy;
        Self {
            code: product.code.to_string(),
            name: product.name.to_string(),
            offline: if product.offline { "Yes" } else { "No" },
            grace: span(product.grace),
            emergency: product.emergency.map_or_else(
                || "None".to_owned(),
                |run| format!("{} of {}", run.uses, span(run.length)),
            ),
            caps: format!("{} / {} / {}", policy.rebinds, policy.moves, policy.lost),
            features: if product.features.is_empty() {
                "Any".to_owned()
            } else {
                listed(&product.features)
            },
        }
    }
}

/// A length of time as people say it.
pub(super) fn span(length: Seconds) -> String {
    const HOUR: u64 = 3600;
    const DAY: u64 = 24 * HOUR;
    let of =
        |count: u64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    match length.get() {
        0 => "None".to_owned(),
        seconds if seconds % DAY == 0 => of(seconds / DAY, "day"),
        seconds if seconds % HOUR == 0 => of(seconds / HOUR, "hour"),
        seconds => of(seconds, "second"),
    }
}
