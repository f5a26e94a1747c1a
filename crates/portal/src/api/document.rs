//! The description of the API (`OpenAPI` 3.1), made of the code. `docs/api/openapi.json` is the same; a test
//! compares them.

use std::sync::LazyLock;

use axum::{
    body::Bytes,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::IntoResponse,
};
use utoipa::openapi::{
    ContentBuilder, InfoBuilder, LicenseBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Required,
    ResponseBuilder, ServerBuilder, Type,
    path::{Operation, ParameterBuilder, ParameterIn},
    security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};
use utoipa::{PartialSchema as _, ToSchema as _};

use super::{
    ROOT, calls,
    problem::{PROBLEM_JSON, ProblemView},
};

const ABOUT: &str = "What the vendor's pages and the command line do, for programs. \
Times are RFC 3339 in UTC; durations are written `30d` or `12h`. A list comes in parts: `next_cursor` of one is `cursor` of the \
next. A POST with an `Idempotency-Key` is carried out once and answered alike for a day.";

/// What every call may be answered.
const PROBLEMS: [(&str, &str); 5] = [
    (
        "400",
        "What was sent, or the address, is not what the call takes",
    ),
    ("401", "No API token that counts"),
    ("403", "The API token does not allow it"),
    ("429", "Too many calls: again after `Retry-After` seconds"),
    ("default", "Anything else that was not carried out"),
];

/// Worked out once: strangers may ask for it as often as they like.
static DESCRIPTION: LazyLock<String> = LazyLock::new(api_description);

/// The description, as text.
pub fn api_description() -> String {
    let mut text = described().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

pub(super) async fn show() -> impl IntoResponse {
    let headers = [
        (CONTENT_TYPE, "application/json"),
        (CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, Bytes::from_static(DESCRIPTION.as_bytes()))
}

fn described() -> OpenApi {
    let (_, mut api) = calls().split_for_parts();
    api.info = InfoBuilder::new()
        .title("Keyferry")
        .version("1")
        .description(Some(ABOUT))
        .license(Some(
            LicenseBuilder::new()
                .name("MIT OR Apache-2.0")
                .identifier(Some("MIT OR Apache-2.0"))
                .build(),
        ))
        .build();
    api.servers = Some(vec![ServerBuilder::new().url(ROOT).build()]);
    api.security = Some(vec![SecurityRequirement::new(
        "api_token",
        Vec::<String>::new(),
    )]);
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("The secret of an API token: `kf_` and 58 symbols."))
        .build();
    let mut components = api.components.take().unwrap_or_default();
    components
        .schemas
        .insert(ProblemView::name().into_owned(), ProblemView::schema());
    components
        .security_schemes
        .insert("api_token".to_owned(), SecurityScheme::Http(token).into());
    api.components = Some(components);
    for item in api.paths.paths.values_mut() {
        let each = [
            (&mut item.get, false),
            (&mut item.patch, false),
            (&mut item.delete, false),
            (&mut item.post, true),
        ];
        for (operation, once) in each {
            if let Some(operation) = operation {
                complete(operation, once);
            }
        }
    }
    api
}

/// Adds what is the same for all calls.
fn complete(operation: &mut Operation, once: bool) {
    for (status, about) in PROBLEMS {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(ProblemView::name())))
            .build();
        let problem = ResponseBuilder::new()
            .description(about)
            .content(PROBLEM_JSON, content)
            .build();
        operation
            .responses
            .responses
            .insert(status.to_owned(), RefOr::T(problem));
    }
    if once {
        let key = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "Carries the call out once: the same key and call again get the same answer, for a day.",
            ))
            .schema(Some(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some("^[!-~]{1,255}$")),
            ))
            .build();
        operation
            .parameters
            .get_or_insert_default()
            .push(key.into());
    }
}
