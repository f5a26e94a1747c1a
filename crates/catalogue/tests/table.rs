//! What the table of codes promises to programs.

use std::collections::{HashMap, HashSet};

use keyferry_catalogue::{Code, Exit, Holds, Phrase};

#[test]
fn names_and_numbers_are_unique_and_rise() {
    let names: HashSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for pair in Code::ALL.windows(2) {
        assert!(
            pair[0].number() < pair[1].number(),
            "{} comes before {}",
            pair[0],
            pair[1]
        );
    }
    for code in Code::ALL {
        assert_eq!(code.reference(), format!("KF-{}", code.number()));
        assert!((100..1000).contains(&code.number()), "{code}");
        assert_eq!(Code::named(code.as_str()), Some(*code));
    }
    assert_eq!(Code::named("no_such_code"), None);
}

#[test]
fn keys_are_snake_case() {
    let codes = Code::ALL.iter().map(|code| code.as_str());
    let phrases = Phrase::ALL.iter().map(|phrase| phrase.as_str());
    for key in codes.chain(phrases) {
        assert!(
            key.chars().all(|c| c.is_ascii_lowercase() || c == '_'),
            "{key}"
        );
        assert!(
            key.starts_with(char::is_alphabetic) && key.ends_with(char::is_alphabetic),
            "{key}"
        );
    }
}

#[test]
fn phrase_keys_are_unique_and_found_again() {
    for &phrase in Phrase::ALL {
        assert_eq!(Phrase::named(phrase.as_str()), Some(phrase));
    }
    assert_eq!(Phrase::named("no_such_phrase"), None);
}

#[test]
fn only_what_leaves_everything_running_ends_with_zero() {
    let runs: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| code.exit() == Exit::Runs)
        .map(|code| code.as_str())
        .collect();
    assert_eq!(
        runs,
        [
            "deactivation_outdated",
            "deactivation_repeated",
            "deactivation_recorded",
            "seat_frees_later",
            "already_applied"
        ]
    );
}

#[test]
fn a_placeholder_holds_the_same_wherever_it_is_taken() {
    let mut known: HashMap<&str, Holds> = HashMap::new();
    let codes = Code::ALL.iter().flat_map(|code| code.placeholders());
    let phrases = Phrase::ALL.iter().flat_map(|phrase| phrase.placeholders());
    for placeholder in codes.chain(phrases) {
        let first = *known.entry(placeholder.name).or_insert(placeholder.holds);
        assert_eq!(placeholder.holds, first, "{}", placeholder.name);
    }
}

/// Scripts, help pages and support rely on these lines. A line may be added; none may change.
#[test]
#[expect(clippy::too_many_lines, reason = "a list, a line per code")]
fn the_list_of_codes_is_stable() {
    let list: Vec<String> = Code::ALL
        .iter()
        .map(|code| format!("{code} {} {}", code.reference(), code.exit().code()))
        .collect();
    insta::assert_snapshot!(list.join("\n"), @r"
    activation_code_mistyped KF-101 2
    activation_code_incomplete KF-102 2
    activation_code_unknown_vendor KF-103 1
    activation_code_ambiguous KF-104 1
    holder_secret_given KF-105 2
    activation_code_not_accepted KF-106 1
    too_many_attempts KF-107 1
    status_code_mistyped KF-108 2
    status_code_incomplete KF-109 2
    holder_secret_mistyped KF-110 2
    holder_secret_incomplete KF-111 2
    activation_code_given KF-112 2
    holder_secret_not_accepted KF-113 1
    vendor_not_confirmed KF-120 6
    vendor_fingerprint_mismatch KF-121 6
    profile_older KF-122 1
    profile_not_chained KF-123 6
    no_vendor KF-124 1
    vendor_unknown KF-125 1
    vendor_in_use KF-126 1
    vendor_installed KF-127 1
    offline_not_enabled KF-201 1
    offline_lease_missing KF-202 1
    no_free_seat KF-203 1
    entitlement_suspended KF-204 11
    entitlement_revoked KF-205 11
    entitlement_ended KF-206 4
    entitlement_unknown KF-207 1
    reactivation_cap_reached KF-208 1
    activation_superseded KF-209 1
    activation_unknown KF-210 1
    activation_released KF-211 1
    activation_deactivated KF-212 1
    device_blocked KF-213 1
    release_cap_reached KF-214 1
    deactivation_outdated KF-216 0
    deactivation_repeated KF-217 0
    deactivation_of_other KF-218 6
    deactivation_recorded KF-219 0
    request_superseded KF-220 1
    request_forked KF-221 6
    token_for_other_vendor KF-222 1
    answer_brought_to_vendor KF-223 1
    deactivation_forked KF-224 6
    seat_frees_later KF-226 0
    product_unknown KF-230 1
    product_exists KF-231 1
    feature_unknown KF-232 1
    authority_exists KF-240 1
    authority_missing KF-241 1
    passphrase_missing KF-242 2
    passphrase_wrong KF-243 8
    key_file_exposed KF-244 8
    portal_refused KF-245 2
    audit_broken KF-246 6
    audit_truncated KF-247 6
    audit_head_refused KF-248 6
    database_newer KF-250 8
    database_busy KF-251 8
    database_unreachable KF-252 8
    database_refused KF-253 8
    database_not_secured KF-254 8
    database_replica KF-255 8
    database_url_refused KF-256 2
    database_of_other KF-257 1
    change_uncertain KF-258 8
    license_unknown KF-260 1
    license_revoked KF-261 11
    license_needs_computer KF-262 2
    license_end_refused KF-263 2
    license_binding_unclear KF-264 2
    reference_taken KF-270 1
    seats_in_use KF-271 1
    reference_twice KF-272 1
    key_unknown KF-280 1
    key_in_use KF-281 1
    profile_key_away KF-282 8
    exchange_key_over KF-283 1
    key_device_missing KF-284 8
    key_device_pin_missing KF-285 2
    key_device_pin_wrong KF-286 8
    key_device_locked KF-287 8
    key_device_failed KF-288 8
    key_kept_elsewhere KF-289 1
    logo_refused KF-290 2
    colour_refused KF-291 2
    audit_lost KF-292 6
    audit_log_refused KF-293 6
    activation_not_in_backup KF-294 1
    backup_at_server KF-295 2
    restore_profile_missing KF-296 1
    trial_used KF-297 1
    trial_end_missing KF-298 2
    already_active KF-301 1
    nothing_outstanding KF-302 1
    answers_nothing_outstanding KF-303 1
    already_applied KF-304 0
    answer_for_other_device KF-305 5
    answer_for_other_product KF-306 1
    own_request KF-307 1
    product_not_here KF-309 3
    refresh_older KF-310 1
    refresh_for_other_activation KF-311 1
    nothing_to_deactivate KF-312 3
    no_deactivation KF-313 1
    still_activated KF-314 1
    deactivation_undelivered KF-315 1
    emergency_not_allowed KF-316 1
    emergency_not_needed KF-317 1
    emergency_used_up KF-318 4
    emergency_over KF-319 4
    clock_not_behind KF-320 1
    time_not_asked_for KF-321 1
    own_token KF-322 1
    refused_by_vendor KF-323 1
    move_needs_request KF-325 1
    move_own_request KF-326 1
    move_other_vendor KF-327 1
    license_not_found KF-328 3
    license_for_other_product KF-329 1
    license_belongs_on_key KF-330 1
    license_for_other_key KF-331 5
    license_not_for_key KF-332 1
    trust_anchor_on_removable_media KF-333 6
    license_not_kept KF-334 3
    courier_not_found KF-340 1
    courier_too_many KF-341 1
    nothing_read KF-401 1
    unrecognised KF-402 1
    armor_line_short KF-403 1
    armor_line_long KF-404 1
    armor_character KF-405 1
    armor_damaged KF-406 1
    armor_unfinished KF-407 1
    too_large KF-408 1
    malformed KF-409 6
    newer_format KF-410 1
    wrong_kind KF-411 1
    signature_mismatch KF-412 6
    untrusted_key KF-413 6
    algorithm_refused KF-414 6
    key_refused KF-415 6
    cannot_be_opened KF-416 6
    text_refused KF-417 2
    picture_without_qr KF-418 1
    product_code_refused KF-419 2
    archive_damaged KF-420 1
    archive_too_many KF-421 1
    archive_too_large KF-422 1
    frames_missing KF-423 1
    picture_too_large KF-424 1
    sheet_heading_missing KF-430 2
    sheet_column_unknown KF-431 2
    sheet_row_too_long KF-432 1
    sheet_encoding KF-433 1
    sheet_row_uneven KF-434 1
    cell_missing KF-435 2
    cell_refused KF-436 2
    not_activated KF-501 3
    awaiting_answer KF-502 7
    lease_ended KF-503 4
    subscription_ended KF-504 4
    suspended KF-505 11
    revoked KF-506 11
    clock_behind KF-507 9
    wrong_device KF-508 5
    tampered KF-509 6
    deactivated KF-510 3
    usb_key_missing KF-511 10
    wrong_usb_key KF-512 5
    license_superseded KF-513 6
    license_ended KF-514 4
    license_not_yet KF-515 3
    license_clock_behind KF-516 9
    maintenance_over KF-517 4
    file_not_found KF-601 8
    file_unreadable KF-602 8
    file_unwritable KF-603 8
    disk_full KF-604 8
    file_exists KF-605 8
    folder_in_use KF-606 8
    store_locked KF-610 8
    store_damaged KF-611 8
    store_newer KF-612 8
    store_unwritable KF-613 8
    store_full KF-614 8
    fingerprint_too_small KF-620 1
    clipboard_unavailable KF-630 8
    camera_missing KF-631 8
    camera_refused KF-632 8
    camera_busy KF-633 8
    camera_gone KF-634 8
    system_failure KF-640 8
    usb_key_not_found KF-650 10
    usb_key_ambiguous KF-651 2
    usb_key_unusable KF-652 1
    usb_key_weak KF-653 1
    usb_volume_missing KF-654 8
    usb_volume_read_only KF-655 8
    usb_key_pulled KF-656 8
    usb_unavailable KF-657 8
    usb_key_without_license KF-658 3
    usb_key_too_many_licenses KF-659 1
    usage KF-701 2
    input_needed KF-702 2
    confirmation_needed KF-703 2
    date_refused KF-704 2
    duration_refused KF-705 2
    usb_id_refused KF-706 2
    address_refused KF-707 2
    address_taken KF-708 8
    work_stopped KF-710 1
    page_unknown KF-801 1
    page_not_asked KF-802 1
    sent_too_slowly KF-803 1
    form_unreadable KF-804 1
    form_outdated KF-805 1
    portal_trouble KF-806 1
    too_many_messages KF-807 1
    form_sent_before KF-808 1
    form_too_old KF-809 1
    sign_in_not_accepted KF-810 1
    password_not_accepted KF-811 1
    password_too_short KF-812 2
    password_too_long KF-813 2
    password_too_easy KF-814 2
    passwords_differ KF-815 2
    link_not_accepted KF-816 1
    app_code_not_accepted KF-817 1
    permission_missing KF-818 1
    account_unknown KF-819 1
    account_exists KF-820 1
    account_name_refused KF-821 2
    account_disabled KF-822 1
    last_admin KF-823 1
    not_confirmed KF-824 2
    sign_in_locked KF-825 1
    field_missing KF-830 2
    number_refused KF-831 2
    list_too_long KF-832 2
    list_unknown KF-833 1
    list_working KF-834 1
    list_request_twice KF-835 2
    list_too_many KF-836 1
    api_access_refused KF-850 1
    api_scope_missing KF-851 1
    api_too_many_calls KF-852 1
    idempotency_key_refused KF-853 1
    idempotency_key_reused KF-854 1
    idempotency_key_in_use KF-855 1
    outcome_unknown KF-856 1
    cursor_refused KF-857 1
    body_refused KF-858 1
    media_type_refused KF-859 1
    parameter_refused KF-860 1
    api_token_unknown KF-861 1
    api_token_end_refused KF-862 2
    api_scope_unknown KF-863 2
    call_unknown KF-864 1
    call_not_offered KF-865 1
    webhook_unknown KF-870 1
    webhook_address_refused KF-871 2
    webhook_event_unknown KF-872 2
    webhook_too_many KF-873 1
    webhook_delivery_unknown KF-874 1
    webhook_too_often KF-875 1
    ");
}
