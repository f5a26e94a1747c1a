//! What the frontend may call. A command unpacks, calls [`Wizard`] away from the main thread, and
//! hands back its view; nothing is decided here.

use std::{path::PathBuf, sync::Arc};

use keyferry_catalogue::{Code, Problem};
use tauri::{State, async_runtime::spawn_blocking, ipc::Request};

use crate::{
    record::NamedFile,
    views::{
        BroughtView, CarriedView, ClaimView, ClockView, CodeView, CourierRoundView,
        DeactivationPlanView, DensityView, DoneView, HomeView, LookView, MoveRequestView,
        MovingView, PreferencesView, ProblemView, PutView, ReportView, SavedView, StatusCodeView,
        Theme, UsbIdView, UsbView, VendorView,
    },
    wizard::{Sight, Wizard, save, usb_id_file},
};

type Shared<'a> = State<'a, Arc<Wizard>>;
type Shown<T> = Result<T, ProblemView>;

/// Runs work that touches the disk or makes keys where it cannot hold up the window.
async fn away<T: Send + 'static>(
    wizard: &Shared<'_>,
    work: impl FnOnce(&Wizard) -> Shown<T> + Send + 'static,
) -> Shown<T> {
    let wizard = Arc::clone(wizard.inner());
    spawn_blocking(move || work(&wizard))
        .await
        .unwrap_or_else(|_| {
            Err(Problem::new(Code::SystemFailure)
                .with("what", "the program")
                .into())
        })
}

/// Asks where to, and saves there; `None` when the person cancelled.
async fn save_where_asked(wizard: &Shared<'_>, file: NamedFile) -> Shown<Option<SavedView>> {
    let Some(path) = wizard.host().ask_where_to_save(&file.name).await else {
        return Ok(None);
    };
    away(wizard, move |_| save(&path, &file).map(Some)).await
}

#[tauri::command]
pub(crate) async fn brought_at_start(wizard: Shared<'_>) -> Shown<Vec<BroughtView>> {
    Ok(wizard.brought_at_start())
}

#[tauri::command]
pub(crate) async fn home(wizard: Shared<'_>) -> Shown<HomeView> {
    away(&wizard, Wizard::home).await
}

#[tauri::command]
pub(crate) async fn read_code(wizard: Shared<'_>, text: String) -> Shown<CodeView> {
    away(&wizard, move |wizard| wizard.read_code(&text)).await
}

#[tauri::command]
pub(crate) async fn preview_request(
    wizard: Shared<'_>,
    code: String,
    label: String,
) -> Shown<Vec<ClaimView>> {
    away(&wizard, move |wizard| wizard.preview_request(&code, &label)).await
}

#[tauri::command]
pub(crate) async fn make_request(
    wizard: Shared<'_>,
    code: String,
    label: String,
) -> Shown<CarriedView> {
    away(&wizard, move |wizard| wizard.make_request(&code, &label)).await
}

#[tauri::command]
pub(crate) async fn request(wizard: Shared<'_>, product: String) -> Shown<Option<CarriedView>> {
    away(&wizard, move |wizard| wizard.request(&product)).await
}

#[tauri::command]
pub(crate) async fn save_carried(wizard: Shared<'_>, token_id: String) -> Shown<Option<SavedView>> {
    let file = away(&wizard, move |wizard| wizard.carried_file(&token_id)).await?;
    save_where_asked(&wizard, file).await
}

#[tauri::command]
pub(crate) async fn copy_carried(wizard: Shared<'_>, token_id: String) -> Shown<()> {
    away(&wizard, move |wizard| wizard.copy_carried(&token_id)).await
}

#[tauri::command]
pub(crate) async fn moving_code(
    wizard: Shared<'_>,
    token_id: String,
    density: DensityView,
) -> Shown<MovingView> {
    away(&wizard, move |wizard| {
        wizard.moving_code(&token_id, density)
    })
    .await
}

#[tauri::command]
pub(crate) async fn plan_deactivation(
    wizard: Shared<'_>,
    product: String,
) -> Shown<DeactivationPlanView> {
    away(&wizard, move |wizard| wizard.plan_deactivation(&product)).await
}

#[tauri::command]
pub(crate) async fn deactivate(
    wizard: Shared<'_>,
    product: String,
    reason: String,
) -> Shown<CarriedView> {
    away(&wizard, move |wizard| wizard.deactivate(&product, &reason)).await
}

#[tauri::command]
pub(crate) async fn deactivation(
    wizard: Shared<'_>,
    product: String,
) -> Shown<Option<CarriedView>> {
    away(&wizard, move |wizard| wizard.deactivation(&product)).await
}

#[tauri::command]
pub(crate) async fn confirm_delivery(wizard: Shared<'_>, token_id: String) -> Shown<()> {
    away(&wizard, move |wizard| wizard.confirm_delivery(&token_id)).await
}

#[tauri::command]
pub(crate) async fn move_request_dialog(wizard: Shared<'_>) -> Shown<Option<MoveRequestView>> {
    let Some(paths) = wizard.host().ask_which_to_open().await else {
        return Ok(None);
    };
    away(&wizard, move |wizard| {
        wizard.move_request_files(&paths).map(Some)
    })
    .await
}

#[tauri::command]
pub(crate) async fn move_request_text(wizard: Shared<'_>, text: String) -> Shown<MoveRequestView> {
    away(&wizard, move |wizard| wizard.move_request_text(&text)).await
}

#[tauri::command]
pub(crate) async fn move_request_files(
    wizard: Shared<'_>,
    paths: Vec<PathBuf>,
) -> Shown<MoveRequestView> {
    away(&wizard, move |wizard| wizard.move_request_files(&paths)).await
}

#[tauri::command]
pub(crate) async fn move_away(
    wizard: Shared<'_>,
    product: String,
    handle: Option<String>,
) -> Shown<CarriedView> {
    away(&wizard, move |wizard| {
        wizard.move_away(&product, handle.as_deref())
    })
    .await
}

#[tauri::command]
pub(crate) async fn take_emergency(wizard: Shared<'_>, product: String) -> Shown<DoneView> {
    away(&wizard, move |wizard| wizard.take_emergency(&product)).await
}

#[tauri::command]
pub(crate) async fn clock_state(wizard: Shared<'_>) -> Shown<ClockView> {
    away(&wizard, Wizard::clock_state).await
}

#[tauri::command]
pub(crate) async fn request_time(wizard: Shared<'_>, product: String) -> Shown<CarriedView> {
    away(&wizard, move |wizard| wizard.request_time(&product)).await
}

#[tauri::command]
pub(crate) async fn time_request(
    wizard: Shared<'_>,
    product: String,
) -> Shown<Option<CarriedView>> {
    away(&wizard, move |wizard| wizard.time_request(&product)).await
}

#[tauri::command]
pub(crate) async fn status_code(
    wizard: Shared<'_>,
    product: Option<String>,
) -> Shown<StatusCodeView> {
    away(&wizard, move |wizard| {
        wizard.status_code(product.as_deref())
    })
    .await
}

#[tauri::command]
pub(crate) async fn status_token(wizard: Shared<'_>, product: String) -> Shown<CarriedView> {
    away(&wizard, move |wizard| wizard.status_token(&product)).await
}

#[tauri::command]
pub(crate) async fn report(wizard: Shared<'_>) -> Shown<ReportView> {
    away(&wizard, |wizard| Ok(wizard.report())).await
}

#[tauri::command]
pub(crate) async fn save_report(wizard: Shared<'_>) -> Shown<Option<SavedView>> {
    let file = away(&wizard, |wizard| Ok(wizard.report_file())).await?;
    save_where_asked(&wizard, file).await
}

#[tauri::command]
pub(crate) async fn copy_report(wizard: Shared<'_>) -> Shown<()> {
    away(&wizard, |wizard| wizard.copy_text(&wizard.report().text)).await
}

#[tauri::command]
pub(crate) async fn copy_text(wizard: Shared<'_>, text: String) -> Shown<()> {
    away(&wizard, move |wizard| wizard.copy_text(&text)).await
}

#[tauri::command]
pub(crate) async fn usb_keys(wizard: Shared<'_>) -> Shown<UsbView> {
    away(&wizard, Wizard::usb_keys).await
}

#[tauri::command]
pub(crate) async fn usb_id(wizard: Shared<'_>, place: String) -> Shown<UsbIdView> {
    away(&wizard, move |wizard| wizard.usb_id(&place)).await
}

#[tauri::command]
pub(crate) async fn save_usb_id(wizard: Shared<'_>, id: String) -> Shown<Option<SavedView>> {
    let file = away(&wizard, move |_| usb_id_file(&id)).await?;
    save_where_asked(&wizard, file).await
}

#[tauri::command]
pub(crate) async fn put_license_dialog(
    wizard: Shared<'_>,
    place: String,
    weak: bool,
) -> Shown<Option<PutView>> {
    let Some(paths) = wizard.host().ask_which_to_open().await else {
        return Ok(None);
    };
    away(&wizard, move |wizard| {
        wizard.put_license_files(&place, &paths, weak).map(Some)
    })
    .await
}

#[tauri::command]
pub(crate) async fn put_license_text(
    wizard: Shared<'_>,
    place: String,
    text: String,
    weak: bool,
) -> Shown<PutView> {
    away(&wizard, move |wizard| {
        wizard.put_license_text(&place, &text, weak)
    })
    .await
}

#[tauri::command]
pub(crate) async fn put_license_files(
    wizard: Shared<'_>,
    place: String,
    paths: Vec<PathBuf>,
    weak: bool,
) -> Shown<PutView> {
    away(&wizard, move |wizard| {
        wizard.put_license_files(&place, &paths, weak)
    })
    .await
}

#[tauri::command]
pub(crate) async fn courier_collect(wizard: Shared<'_>, place: String) -> Shown<CourierRoundView> {
    away(&wizard, move |wizard| wizard.courier_collect(&place)).await
}

#[tauri::command]
pub(crate) async fn courier_round(wizard: Shared<'_>, place: String) -> Shown<CourierRoundView> {
    away(&wizard, move |wizard| wizard.courier_round(&place)).await
}

#[tauri::command]
pub(crate) async fn take_answers(wizard: Shared<'_>, place: String) -> Shown<Vec<BroughtView>> {
    away(&wizard, move |wizard| wizard.take_answers(&place)).await
}

#[tauri::command]
pub(crate) async fn carry_by_usb(
    wizard: Shared<'_>,
    token_id: String,
    place: String,
) -> Shown<SavedView> {
    away(&wizard, move |wizard| {
        wizard.carry_by_usb(&token_id, &place)
    })
    .await
}

#[tauri::command]
pub(crate) async fn usb_move_requests(
    wizard: Shared<'_>,
    product: String,
) -> Shown<Vec<MoveRequestView>> {
    away(&wizard, move |wizard| wizard.usb_move_requests(&product)).await
}

#[tauri::command]
pub(crate) async fn bring_text(wizard: Shared<'_>, text: String) -> Shown<Vec<BroughtView>> {
    away(&wizard, move |wizard| wizard.bring_text(&text)).await
}

#[tauri::command]
pub(crate) async fn bring_files(
    wizard: Shared<'_>,
    paths: Vec<PathBuf>,
) -> Shown<Vec<BroughtView>> {
    away(&wizard, move |wizard| Ok(wizard.bring_files(&paths))).await
}

#[tauri::command]
pub(crate) async fn bring_dialog(wizard: Shared<'_>) -> Shown<Option<Vec<BroughtView>>> {
    let Some(paths) = wizard.host().ask_which_to_open().await else {
        return Ok(None);
    };
    away(&wizard, move |wizard| Ok(Some(wizard.bring_files(&paths)))).await
}

/// Looks for a code in what the camera sees: the body is grey pixels, its sides are in headers.
#[tauri::command]
pub(crate) async fn look(wizard: Shared<'_>, request: Request<'_>) -> Shown<LookView> {
    let sight = Sight::of(&request)?;
    away(&wizard, move |wizard| Ok(wizard.look(sight))).await
}

#[tauri::command]
pub(crate) async fn paste_clipboard(wizard: Shared<'_>) -> Shown<Vec<BroughtView>> {
    away(&wizard, Wizard::bring_clipboard).await
}

#[tauri::command]
pub(crate) async fn clipboard_text(wizard: Shared<'_>) -> Shown<String> {
    away(&wizard, Wizard::clipboard_text).await
}

#[tauri::command]
pub(crate) async fn trust_vendor(wizard: Shared<'_>, pending: String) -> Shown<VendorView> {
    away(&wizard, move |wizard| wizard.trust_vendor(&pending)).await
}

#[tauri::command]
pub(crate) async fn forget_pending(wizard: Shared<'_>, pending: String) -> Shown<()> {
    wizard.forget_pending(&pending);
    Ok(())
}

#[tauri::command]
pub(crate) async fn save_record(
    wizard: Shared<'_>,
    activation_id: String,
) -> Shown<Option<SavedView>> {
    let file = away(&wizard, move |wizard| wizard.record_file(&activation_id)).await?;
    save_where_asked(&wizard, file).await
}

#[tauri::command]
pub(crate) async fn preferences(wizard: Shared<'_>) -> Shown<PreferencesView> {
    away(&wizard, |wizard| Ok(wizard.preferences())).await
}

#[tauri::command]
pub(crate) async fn set_preferences(
    wizard: Shared<'_>,
    language: Option<String>,
    theme: Theme,
) -> Shown<()> {
    let preferences = PreferencesView { language, theme };
    away(&wizard, move |wizard| wizard.set_preferences(&preferences)).await
}
