// Written by `cargo run -p keyferry-catalogue` from crates/catalogue.

export type Code =
  | "activation_code_mistyped"
  | "activation_code_incomplete"
  | "activation_code_unknown_vendor"
  | "activation_code_ambiguous"
  | "holder_secret_given"
  | "activation_code_not_accepted"
  | "too_many_attempts"
  | "status_code_mistyped"
  | "status_code_incomplete"
  | "holder_secret_mistyped"
  | "holder_secret_incomplete"
  | "activation_code_given"
  | "holder_secret_not_accepted"
  | "vendor_not_confirmed"
  | "vendor_fingerprint_mismatch"
  | "profile_older"
  | "profile_not_chained"
  | "no_vendor"
  | "vendor_unknown"
  | "vendor_in_use"
  | "vendor_installed"
  | "offline_not_enabled"
  | "offline_lease_missing"
  | "no_free_seat"
  | "entitlement_suspended"
  | "entitlement_revoked"
  | "entitlement_ended"
  | "entitlement_unknown"
  | "reactivation_cap_reached"
  | "activation_superseded"
  | "activation_unknown"
  | "activation_released"
  | "activation_deactivated"
  | "device_blocked"
  | "release_cap_reached"
  | "deactivation_outdated"
  | "deactivation_repeated"
  | "deactivation_of_other"
  | "deactivation_recorded"
  | "request_superseded"
  | "request_forked"
  | "token_for_other_vendor"
  | "answer_brought_to_vendor"
  | "deactivation_forked"
  | "seat_frees_later"
  | "product_unknown"
  | "product_exists"
  | "feature_unknown"
  | "authority_exists"
  | "authority_missing"
  | "passphrase_missing"
  | "passphrase_wrong"
  | "key_file_exposed"
  | "portal_refused"
  | "audit_broken"
  | "audit_truncated"
  | "audit_head_refused"
  | "database_newer"
  | "database_busy"
  | "database_unreachable"
  | "database_refused"
  | "database_not_secured"
  | "database_replica"
  | "database_url_refused"
  | "database_of_other"
  | "change_uncertain"
  | "license_unknown"
  | "license_revoked"
  | "license_needs_computer"
  | "license_end_refused"
  | "license_binding_unclear"
  | "reference_taken"
  | "seats_in_use"
  | "reference_twice"
  | "key_unknown"
  | "key_in_use"
  | "profile_key_away"
  | "exchange_key_over"
  | "key_device_missing"
  | "key_device_pin_missing"
  | "key_device_pin_wrong"
  | "key_device_locked"
  | "key_device_failed"
  | "key_kept_elsewhere"
  | "logo_refused"
  | "colour_refused"
  | "audit_lost"
  | "audit_log_refused"
  | "activation_not_in_backup"
  | "backup_at_server"
  | "restore_profile_missing"
  | "trial_used"
  | "trial_end_missing"
  | "already_active"
  | "nothing_outstanding"
  | "answers_nothing_outstanding"
  | "already_applied"
  | "answer_for_other_device"
  | "answer_for_other_product"
  | "own_request"
  | "product_not_here"
  | "refresh_older"
  | "refresh_for_other_activation"
  | "nothing_to_deactivate"
  | "no_deactivation"
  | "still_activated"
  | "deactivation_undelivered"
  | "emergency_not_allowed"
  | "emergency_not_needed"
  | "emergency_used_up"
  | "emergency_over"
  | "clock_not_behind"
  | "time_not_asked_for"
  | "own_token"
  | "refused_by_vendor"
  | "move_needs_request"
  | "move_own_request"
  | "move_other_vendor"
  | "license_not_found"
  | "license_for_other_product"
  | "license_belongs_on_key"
  | "license_for_other_key"
  | "license_not_for_key"
  | "trust_anchor_on_removable_media"
  | "license_not_kept"
  | "courier_not_found"
  | "courier_too_many"
  | "nothing_read"
  | "unrecognised"
  | "armor_line_short"
  | "armor_line_long"
  | "armor_character"
  | "armor_damaged"
  | "armor_unfinished"
  | "too_large"
  | "malformed"
  | "newer_format"
  | "wrong_kind"
  | "signature_mismatch"
  | "untrusted_key"
  | "algorithm_refused"
  | "key_refused"
  | "cannot_be_opened"
  | "text_refused"
  | "picture_without_qr"
  | "product_code_refused"
  | "archive_damaged"
  | "archive_too_many"
  | "archive_too_large"
  | "frames_missing"
  | "picture_too_large"
  | "sheet_heading_missing"
  | "sheet_column_unknown"
  | "sheet_row_too_long"
  | "sheet_encoding"
  | "sheet_row_uneven"
  | "cell_missing"
  | "cell_refused"
  | "not_activated"
  | "awaiting_answer"
  | "lease_ended"
  | "subscription_ended"
  | "suspended"
  | "revoked"
  | "clock_behind"
  | "wrong_device"
  | "tampered"
  | "deactivated"
  | "usb_key_missing"
  | "wrong_usb_key"
  | "license_superseded"
  | "license_ended"
  | "license_not_yet"
  | "license_clock_behind"
  | "maintenance_over"
  | "file_not_found"
  | "file_unreadable"
  | "file_unwritable"
  | "disk_full"
  | "file_exists"
  | "folder_in_use"
  | "store_locked"
  | "store_damaged"
  | "store_newer"
  | "store_unwritable"
  | "store_full"
  | "fingerprint_too_small"
  | "clipboard_unavailable"
  | "camera_missing"
  | "camera_refused"
  | "camera_busy"
  | "camera_gone"
  | "system_failure"
  | "usb_key_not_found"
  | "usb_key_ambiguous"
  | "usb_key_unusable"
  | "usb_key_weak"
  | "usb_volume_missing"
  | "usb_volume_read_only"
  | "usb_key_pulled"
  | "usb_unavailable"
  | "usb_key_without_license"
  | "usb_key_too_many_licenses"
  | "usage"
  | "input_needed"
  | "confirmation_needed"
  | "date_refused"
  | "duration_refused"
  | "usb_id_refused"
  | "address_refused"
  | "address_taken"
  | "work_stopped"
  | "page_unknown"
  | "page_not_asked"
  | "sent_too_slowly"
  | "form_unreadable"
  | "form_outdated"
  | "portal_trouble"
  | "too_many_messages"
  | "form_sent_before"
  | "form_too_old"
  | "sign_in_not_accepted"
  | "password_not_accepted"
  | "password_too_short"
  | "password_too_long"
  | "password_too_easy"
  | "passwords_differ"
  | "link_not_accepted"
  | "app_code_not_accepted"
  | "permission_missing"
  | "account_unknown"
  | "account_exists"
  | "account_name_refused"
  | "account_disabled"
  | "last_admin"
  | "not_confirmed"
  | "sign_in_locked"
  | "field_missing"
  | "number_refused"
  | "list_too_long"
  | "list_unknown"
  | "list_working"
  | "list_request_twice"
  | "list_too_many"
  | "api_access_refused"
  | "api_scope_missing"
  | "api_too_many_calls"
  | "idempotency_key_refused"
  | "idempotency_key_reused"
  | "idempotency_key_in_use"
  | "outcome_unknown"
  | "cursor_refused"
  | "body_refused"
  | "media_type_refused"
  | "parameter_refused"
  | "api_token_unknown"
  | "api_token_end_refused"
  | "api_scope_unknown"
  | "call_unknown"
  | "call_not_offered"
  | "webhook_unknown"
  | "webhook_address_refused"
  | "webhook_event_unknown"
  | "webhook_too_many"
  | "webhook_delivery_unknown"
  | "webhook_too_often";

export type Phrase =
  | "not_known"
  | "nothing_there"
  | "list_separator"
  | "list_last_separator"
  | "date"
  | "date_and_time"
  | "standing_licensed_until"
  | "standing_licensed_without_end"
  | "standing_grace_until"
  | "standing_emergency_until"
  | "standing_end_near"
  | "standing_unlicensed"
  | "standing_expired"
  | "standing_stopped"
  | "standing_blocked"
  | "standing_changed"
  | "standing_bound"
  | "standing_bound_key"
  | "standing_unbound"
  | "state_licensed"
  | "state_grace"
  | "state_emergency"
  | "state_unlicensed"
  | "state_expired"
  | "state_stopped"
  | "state_blocked"
  | "component_machine_id"
  | "component_firmware_uuid"
  | "component_board_serial"
  | "component_cpu"
  | "component_system_disk"
  | "component_network_adapter"
  | "rating_own_serial"
  | "rating_short_serial"
  | "rating_filler_serial"
  | "rating_model_serial"
  | "rating_made_up_serial"
  | "rating_unreadable_serial"
  | "rating_shared_serial"
  | "rating_no_serial"
  | "rating_no_medium"
  | "kind_activation_request"
  | "kind_activation_response"
  | "kind_refresh"
  | "kind_deactivation"
  | "kind_time_request"
  | "kind_time"
  | "kind_refusal"
  | "kind_status"
  | "kind_license"
  | "kind_vendor_profile"
  | "reason_moving"
  | "reason_not_needed"
  | "reason_repair"
  | "reason_other"
  | "action_activate"
  | "action_refresh"
  | "action_deactivate"
  | "action_move"
  | "action_emergency"
  | "action_clock"
  | "action_deliver"
  | "action_delivered"
  | "action_help"
  | "ask_vendor_words"
  | "ask_deactivate"
  | "ask_emergency"
  | "ask_reset"
  | "step_program_stops"
  | "step_runs_otherwise"
  | "step_deactivation_kept"
  | "step_seat_freed"
  | "step_move_together"
  | "step_move_seat_passes"
  | "step_move_answer"
  | "step_move_without_request"
  | "step_move_old_computer_dead"
  | "told_ready"
  | "told_shown_again"
  | "told_written"
  | "told_together"
  | "told_qr_written"
  | "told_in_place"
  | "told_changes"
  | "told_changes_before"
  | "told_changes_after"
  | "told_request_refused"
  | "told_license_added"
  | "told_license_put"
  | "told_license_put_before"
  | "told_signed_with"
  | "told_no_usb_key"
  | "told_watching"
  | "told_usb_there"
  | "told_usb_plugged"
  | "told_usb_changed"
  | "told_usb_pulled"
  | "told_usb_closed"
  | "told_rating_strong"
  | "told_rating_weak"
  | "told_rating_unusable"
  | "told_courier_carries"
  | "told_collected"
  | "told_collected_before"
  | "told_would_collect"
  | "told_nothing_to_collect"
  | "told_nothing_to_deliver"
  | "told_vendor_added"
  | "told_vendor_updated"
  | "told_vendor_known"
  | "told_license_forgotten"
  | "told_vendor_removed"
  | "told_vendor_words"
  | "told_no_vendors"
  | "told_nothing_licensed"
  | "told_waiting"
  | "told_refused"
  | "told_undelivered"
  | "told_activation"
  | "told_actions"
  | "told_claims"
  | "told_nothing_changed"
  | "told_stopped"
  | "told_delivered"
  | "told_emergency_taken"
  | "told_clock_shows"
  | "told_clock_latest"
  | "told_clock_right"
  | "told_reset"
  | "told_nothing_to_reset"
  | "told_status_code"
  | "told_read_report"
  | "told_status_for_vendor"
  | "told_scrambled"
  | "next_step"
  | "next_refresh"
  | "next_vendor"
  | "next_vendor_portal"
  | "next_courier"
  | "next_key_id"
  | "next_answer"
  | "next_delivered"
  | "next_do_it"
  | "next_clock_right"
  | "next_clock_license"
  | "next_words_right"
  | "warning_keys_without_passphrase"
  | "warning_plain_folder"
  | "claim_kind"
  | "claim_kind_why"
  | "claim_reference"
  | "claim_reference_why"
  | "claim_activation_code"
  | "claim_activation_code_why"
  | "claim_product"
  | "claim_product_why"
  | "claim_vendor"
  | "claim_vendor_why"
  | "claim_computer_name"
  | "claim_computer_name_why"
  | "claim_platform"
  | "claim_platform_why"
  | "claim_fingerprint"
  | "claim_fingerprint_why"
  | "claim_device_keys"
  | "claim_device_keys_why"
  | "claim_device"
  | "claim_device_why"
  | "claim_request_number"
  | "claim_request_number_why"
  | "claim_made_at"
  | "claim_made_at_why"
  | "claim_recipient"
  | "claim_recipient_why"
  | "claim_signed_by"
  | "claim_signed_by_why"
  | "claim_answers"
  | "claim_answers_why"
  | "claim_activation_id"
  | "claim_activation_id_why"
  | "claim_sequence"
  | "claim_sequence_why"
  | "claim_status"
  | "claim_status_why"
  | "claim_works_from"
  | "claim_works_from_why"
  | "claim_works_until"
  | "claim_works_until_why"
  | "claim_grace_until"
  | "claim_grace_until_why"
  | "claim_subscription_until"
  | "claim_subscription_until_why"
  | "claim_emergency"
  | "claim_emergency_why"
  | "claim_maintenance_until"
  | "claim_maintenance_until_why"
  | "claim_trial"
  | "claim_trial_why"
  | "claim_features"
  | "claim_features_why"
  | "claim_edition"
  | "claim_edition_why"
  | "claim_holder"
  | "claim_holder_why"
  | "claim_tolerance"
  | "claim_tolerance_why"
  | "claim_license_id"
  | "claim_license_id_why"
  | "claim_binding"
  | "claim_binding_why"
  | "claim_support"
  | "claim_support_why"
  | "claim_portal"
  | "claim_portal_why"
  | "claim_vendor_keys"
  | "claim_vendor_keys_why"
  | "claim_vendor_fingerprint"
  | "claim_vendor_fingerprint_why"
  | "claim_profile_number"
  | "claim_profile_number_why"
  | "claim_products"
  | "claim_products_why"
  | "claim_reason"
  | "claim_reason_why"
  | "claim_device_key"
  | "claim_device_key_why"
  | "claim_challenge"
  | "claim_challenge_why"
  | "claim_vendor_time"
  | "claim_vendor_time_why"
  | "claim_refused_because"
  | "claim_refused_because_why"
  | "claim_standing"
  | "claim_standing_why"
  | "claim_standing_reason"
  | "claim_standing_reason_why"
  | "claim_standing_until"
  | "claim_standing_until_why"
  | "claim_clock"
  | "claim_clock_why"
  | "claim_changed"
  | "claim_changed_why"
  | "claim_emergency_runs"
  | "claim_emergency_runs_why"
  | "claim_store_repaired"
  | "claim_store_repaired_why"
  | "claim_client"
  | "claim_client_why";

/** What the value of a placeholder is. Values travel as text; this says how to read it. */
export type Holds =
  | "text"
  | "count"
  | "bytes"
  | "time"
  | "components"
  | "kind"
  | "claim";

export interface Text {
  readonly message: string;
  readonly cause: string;
  readonly nextStep: string;
}

export interface Texts {
  readonly codes: Readonly<Record<Code, Text>>;
  readonly phrases: Readonly<Record<Phrase, string>>;
}

/** The languages of the catalogue, each by its own name. */
export const languages = {
  en: { name: "English", rightToLeft: false },
} as const;

export type Language = keyof typeof languages;

export const references: Readonly<Record<Code, string>> = {
  activation_code_mistyped: "KF-101",
  activation_code_incomplete: "KF-102",
  activation_code_unknown_vendor: "KF-103",
  activation_code_ambiguous: "KF-104",
  holder_secret_given: "KF-105",
  activation_code_not_accepted: "KF-106",
  too_many_attempts: "KF-107",
  status_code_mistyped: "KF-108",
  status_code_incomplete: "KF-109",
  holder_secret_mistyped: "KF-110",
  holder_secret_incomplete: "KF-111",
  activation_code_given: "KF-112",
  holder_secret_not_accepted: "KF-113",
  vendor_not_confirmed: "KF-120",
  vendor_fingerprint_mismatch: "KF-121",
  profile_older: "KF-122",
  profile_not_chained: "KF-123",
  no_vendor: "KF-124",
  vendor_unknown: "KF-125",
  vendor_in_use: "KF-126",
  vendor_installed: "KF-127",
  offline_not_enabled: "KF-201",
  offline_lease_missing: "KF-202",
  no_free_seat: "KF-203",
  entitlement_suspended: "KF-204",
  entitlement_revoked: "KF-205",
  entitlement_ended: "KF-206",
  entitlement_unknown: "KF-207",
  reactivation_cap_reached: "KF-208",
  activation_superseded: "KF-209",
  activation_unknown: "KF-210",
  activation_released: "KF-211",
  activation_deactivated: "KF-212",
  device_blocked: "KF-213",
  release_cap_reached: "KF-214",
  deactivation_outdated: "KF-216",
  deactivation_repeated: "KF-217",
  deactivation_of_other: "KF-218",
  deactivation_recorded: "KF-219",
  request_superseded: "KF-220",
  request_forked: "KF-221",
  token_for_other_vendor: "KF-222",
  answer_brought_to_vendor: "KF-223",
  deactivation_forked: "KF-224",
  seat_frees_later: "KF-226",
  product_unknown: "KF-230",
  product_exists: "KF-231",
  feature_unknown: "KF-232",
  authority_exists: "KF-240",
  authority_missing: "KF-241",
  passphrase_missing: "KF-242",
  passphrase_wrong: "KF-243",
  key_file_exposed: "KF-244",
  portal_refused: "KF-245",
  audit_broken: "KF-246",
  audit_truncated: "KF-247",
  audit_head_refused: "KF-248",
  database_newer: "KF-250",
  database_busy: "KF-251",
  database_unreachable: "KF-252",
  database_refused: "KF-253",
  database_not_secured: "KF-254",
  database_replica: "KF-255",
  database_url_refused: "KF-256",
  database_of_other: "KF-257",
  change_uncertain: "KF-258",
  license_unknown: "KF-260",
  license_revoked: "KF-261",
  license_needs_computer: "KF-262",
  license_end_refused: "KF-263",
  license_binding_unclear: "KF-264",
  reference_taken: "KF-270",
  seats_in_use: "KF-271",
  reference_twice: "KF-272",
  key_unknown: "KF-280",
  key_in_use: "KF-281",
  profile_key_away: "KF-282",
  exchange_key_over: "KF-283",
  key_device_missing: "KF-284",
  key_device_pin_missing: "KF-285",
  key_device_pin_wrong: "KF-286",
  key_device_locked: "KF-287",
  key_device_failed: "KF-288",
  key_kept_elsewhere: "KF-289",
  logo_refused: "KF-290",
  colour_refused: "KF-291",
  audit_lost: "KF-292",
  audit_log_refused: "KF-293",
  activation_not_in_backup: "KF-294",
  backup_at_server: "KF-295",
  restore_profile_missing: "KF-296",
  trial_used: "KF-297",
  trial_end_missing: "KF-298",
  already_active: "KF-301",
  nothing_outstanding: "KF-302",
  answers_nothing_outstanding: "KF-303",
  already_applied: "KF-304",
  answer_for_other_device: "KF-305",
  answer_for_other_product: "KF-306",
  own_request: "KF-307",
  product_not_here: "KF-309",
  refresh_older: "KF-310",
  refresh_for_other_activation: "KF-311",
  nothing_to_deactivate: "KF-312",
  no_deactivation: "KF-313",
  still_activated: "KF-314",
  deactivation_undelivered: "KF-315",
  emergency_not_allowed: "KF-316",
  emergency_not_needed: "KF-317",
  emergency_used_up: "KF-318",
  emergency_over: "KF-319",
  clock_not_behind: "KF-320",
  time_not_asked_for: "KF-321",
  own_token: "KF-322",
  refused_by_vendor: "KF-323",
  move_needs_request: "KF-325",
  move_own_request: "KF-326",
  move_other_vendor: "KF-327",
  license_not_found: "KF-328",
  license_for_other_product: "KF-329",
  license_belongs_on_key: "KF-330",
  license_for_other_key: "KF-331",
  license_not_for_key: "KF-332",
  trust_anchor_on_removable_media: "KF-333",
  license_not_kept: "KF-334",
  courier_not_found: "KF-340",
  courier_too_many: "KF-341",
  nothing_read: "KF-401",
  unrecognised: "KF-402",
  armor_line_short: "KF-403",
  armor_line_long: "KF-404",
  armor_character: "KF-405",
  armor_damaged: "KF-406",
  armor_unfinished: "KF-407",
  too_large: "KF-408",
  malformed: "KF-409",
  newer_format: "KF-410",
  wrong_kind: "KF-411",
  signature_mismatch: "KF-412",
  untrusted_key: "KF-413",
  algorithm_refused: "KF-414",
  key_refused: "KF-415",
  cannot_be_opened: "KF-416",
  text_refused: "KF-417",
  picture_without_qr: "KF-418",
  product_code_refused: "KF-419",
  archive_damaged: "KF-420",
  archive_too_many: "KF-421",
  archive_too_large: "KF-422",
  frames_missing: "KF-423",
  picture_too_large: "KF-424",
  sheet_heading_missing: "KF-430",
  sheet_column_unknown: "KF-431",
  sheet_row_too_long: "KF-432",
  sheet_encoding: "KF-433",
  sheet_row_uneven: "KF-434",
  cell_missing: "KF-435",
  cell_refused: "KF-436",
  not_activated: "KF-501",
  awaiting_answer: "KF-502",
  lease_ended: "KF-503",
  subscription_ended: "KF-504",
  suspended: "KF-505",
  revoked: "KF-506",
  clock_behind: "KF-507",
  wrong_device: "KF-508",
  tampered: "KF-509",
  deactivated: "KF-510",
  usb_key_missing: "KF-511",
  wrong_usb_key: "KF-512",
  license_superseded: "KF-513",
  license_ended: "KF-514",
  license_not_yet: "KF-515",
  license_clock_behind: "KF-516",
  maintenance_over: "KF-517",
  file_not_found: "KF-601",
  file_unreadable: "KF-602",
  file_unwritable: "KF-603",
  disk_full: "KF-604",
  file_exists: "KF-605",
  folder_in_use: "KF-606",
  store_locked: "KF-610",
  store_damaged: "KF-611",
  store_newer: "KF-612",
  store_unwritable: "KF-613",
  store_full: "KF-614",
  fingerprint_too_small: "KF-620",
  clipboard_unavailable: "KF-630",
  camera_missing: "KF-631",
  camera_refused: "KF-632",
  camera_busy: "KF-633",
  camera_gone: "KF-634",
  system_failure: "KF-640",
  usb_key_not_found: "KF-650",
  usb_key_ambiguous: "KF-651",
  usb_key_unusable: "KF-652",
  usb_key_weak: "KF-653",
  usb_volume_missing: "KF-654",
  usb_volume_read_only: "KF-655",
  usb_key_pulled: "KF-656",
  usb_unavailable: "KF-657",
  usb_key_without_license: "KF-658",
  usb_key_too_many_licenses: "KF-659",
  usage: "KF-701",
  input_needed: "KF-702",
  confirmation_needed: "KF-703",
  date_refused: "KF-704",
  duration_refused: "KF-705",
  usb_id_refused: "KF-706",
  address_refused: "KF-707",
  address_taken: "KF-708",
  work_stopped: "KF-710",
  page_unknown: "KF-801",
  page_not_asked: "KF-802",
  sent_too_slowly: "KF-803",
  form_unreadable: "KF-804",
  form_outdated: "KF-805",
  portal_trouble: "KF-806",
  too_many_messages: "KF-807",
  form_sent_before: "KF-808",
  form_too_old: "KF-809",
  sign_in_not_accepted: "KF-810",
  password_not_accepted: "KF-811",
  password_too_short: "KF-812",
  password_too_long: "KF-813",
  password_too_easy: "KF-814",
  passwords_differ: "KF-815",
  link_not_accepted: "KF-816",
  app_code_not_accepted: "KF-817",
  permission_missing: "KF-818",
  account_unknown: "KF-819",
  account_exists: "KF-820",
  account_name_refused: "KF-821",
  account_disabled: "KF-822",
  last_admin: "KF-823",
  not_confirmed: "KF-824",
  sign_in_locked: "KF-825",
  field_missing: "KF-830",
  number_refused: "KF-831",
  list_too_long: "KF-832",
  list_unknown: "KF-833",
  list_working: "KF-834",
  list_request_twice: "KF-835",
  list_too_many: "KF-836",
  api_access_refused: "KF-850",
  api_scope_missing: "KF-851",
  api_too_many_calls: "KF-852",
  idempotency_key_refused: "KF-853",
  idempotency_key_reused: "KF-854",
  idempotency_key_in_use: "KF-855",
  outcome_unknown: "KF-856",
  cursor_refused: "KF-857",
  body_refused: "KF-858",
  media_type_refused: "KF-859",
  parameter_refused: "KF-860",
  api_token_unknown: "KF-861",
  api_token_end_refused: "KF-862",
  api_scope_unknown: "KF-863",
  call_unknown: "KF-864",
  call_not_offered: "KF-865",
  webhook_unknown: "KF-870",
  webhook_address_refused: "KF-871",
  webhook_event_unknown: "KF-872",
  webhook_too_many: "KF-873",
  webhook_delivery_unknown: "KF-874",
  webhook_too_often: "KF-875",
};

/** What the texts of a code, or a phrase, take; those that take nothing are left out. */
export const placeholders: Readonly<Partial<Record<Code | Phrase, Readonly<Record<string, Holds>>>>> = {
  activation_code_incomplete: { have: "count", want: "count" },
  too_many_attempts: { minutes: "count" },
  status_code_incomplete: { have: "count", want: "count" },
  holder_secret_incomplete: { have: "count", want: "count" },
  vendor_not_confirmed: { vendor: "text" },
  offline_not_enabled: { product: "text" },
  no_free_seat: { seats: "count", next_free: "time" },
  entitlement_ended: { ended: "time" },
  reactivation_cap_reached: { cap: "count" },
  release_cap_reached: { cap: "count" },
  seat_frees_later: { frees: "time" },
  product_unknown: { product: "text" },
  product_exists: { product: "text" },
  feature_unknown: { feature: "text", product: "text" },
  key_file_exposed: { path: "text" },
  audit_broken: { position: "count" },
  audit_truncated: { position: "count" },
  license_end_refused: { ends: "time" },
  reference_taken: { reference: "text" },
  seats_in_use: { held: "count" },
  reference_twice: { reference: "text", row: "count" },
  exchange_key_over: { ended: "time" },
  key_device_missing: { what: "text" },
  key_device_failed: { what: "text" },
  audit_lost: { position: "count", restored: "time" },
  already_active: { until: "time" },
  product_not_here: { product: "text" },
  nothing_to_deactivate: { product: "text" },
  no_deactivation: { product: "text" },
  still_activated: { product: "text" },
  deactivation_undelivered: { product: "text" },
  emergency_not_needed: { until: "time" },
  emergency_used_up: { uses: "count" },
  emergency_over: { ended: "time" },
  own_token: { kind: "kind" },
  refused_by_vendor: { reason: "text" },
  license_not_found: { product: "text" },
  license_for_other_product: { product: "text" },
  trust_anchor_on_removable_media: { path: "text" },
  courier_too_many: { most: "count" },
  armor_line_short: { line: "count", missing: "count" },
  armor_line_long: { line: "count", extra: "count" },
  armor_character: { line: "count" },
  too_large: { limit: "bytes" },
  malformed: { what: "text" },
  wrong_kind: { found: "kind", wanted: "kind" },
  untrusted_key: { kid: "text" },
  algorithm_refused: { algorithm: "text" },
  text_refused: { field: "claim" },
  archive_too_many: { most: "count" },
  archive_too_large: { limit: "bytes" },
  frames_missing: { have: "count", total: "count", parts: "text" },
  picture_too_large: { most: "count" },
  sheet_heading_missing: { columns: "text" },
  sheet_column_unknown: { columns: "text" },
  sheet_row_too_long: { row: "count", limit: "bytes" },
  sheet_encoding: { row: "count" },
  sheet_row_uneven: { row: "count" },
  cell_missing: { column: "text" },
  cell_refused: { column: "text" },
  lease_ended: { until: "time" },
  subscription_ended: { until: "time" },
  wrong_device: { changed: "components" },
  license_ended: { until: "time" },
  license_not_yet: { from: "time" },
  maintenance_over: { ended: "time" },
  file_not_found: { path: "text" },
  file_unreadable: { path: "text" },
  file_unwritable: { path: "text" },
  disk_full: { path: "text" },
  file_exists: { path: "text" },
  folder_in_use: { path: "text" },
  store_unwritable: { path: "text" },
  store_full: { limit: "bytes" },
  system_failure: { what: "text" },
  usb_unavailable: { what: "text" },
  usb_key_too_many_licenses: { most: "count" },
  address_taken: { address: "text" },
  work_stopped: { done: "count" },
  too_many_messages: { most: "count" },
  password_too_short: { least: "count" },
  password_too_long: { most: "count" },
  account_exists: { name: "text" },
  sign_in_locked: { minutes: "count" },
  number_refused: { least: "count", most: "count" },
  list_too_long: { most: "count" },
  list_request_twice: { name: "text" },
  list_too_many: { most: "count" },
  api_scope_missing: { scope: "text" },
  api_too_many_calls: { seconds: "count" },
  body_refused: { what: "text" },
  parameter_refused: { name: "text" },
  api_token_end_refused: { days: "count" },
  api_scope_unknown: { scope: "text" },
  webhook_event_unknown: { event: "text" },
  webhook_too_many: { most: "count" },
  webhook_too_often: { seconds: "count" },
  date: { day: "count", month: "text", year: "count" },
  date_and_time: { date: "text", time: "text" },
  standing_licensed_until: { until: "time" },
  standing_grace_until: { until: "time" },
  standing_emergency_until: { until: "time" },
  standing_end_near: { until: "time", days: "count" },
  standing_changed: { components: "components" },
  ask_vendor_words: { vendor: "text" },
  ask_deactivate: { product: "text" },
  ask_emergency: { product: "text", uses: "count" },
  step_program_stops: { product: "text" },
  step_runs_otherwise: { until: "time" },
  step_seat_freed: { vendor: "text" },
  step_move_seat_passes: { vendor: "text" },
  step_move_old_computer_dead: { vendor: "text" },
  told_ready: { kind: "kind", reference: "text", product: "text", label: "text" },
  told_shown_again: { kind: "kind", reference: "text" },
  told_written: { path: "text" },
  told_qr_written: { path: "text" },
  told_in_place: { kind: "kind", reference: "text" },
  told_request_refused: { reference: "text", product: "text" },
  told_license_added: { product: "text" },
  told_usb_there: { key: "text" },
  told_usb_plugged: { key: "text" },
  told_usb_changed: { key: "text" },
  told_usb_pulled: { key: "text" },
  told_courier_carries: { waiting: "count", answers: "count" },
  told_collected: { kind: "kind", reference: "text", product: "text" },
  told_collected_before: { kind: "kind", reference: "text", product: "text" },
  told_would_collect: { kind: "kind", reference: "text", product: "text" },
  told_vendor_added: { vendor: "text" },
  told_vendor_updated: { vendor: "text" },
  told_vendor_known: { vendor: "text" },
  told_license_forgotten: { product: "text" },
  told_vendor_removed: { vendor: "text" },
  told_vendor_words: { vendor: "text" },
  told_waiting: { kind: "kind", reference: "text" },
  told_refused: { kind: "kind", reference: "text" },
  told_undelivered: { reference: "text" },
  told_activation: { activation: "text" },
  told_stopped: { product: "text" },
  told_delivered: { reference: "text" },
  told_emergency_taken: { product: "text", uses: "count" },
  told_clock_shows: { now: "time" },
  told_clock_latest: { latest: "time" },
  told_status_for_vendor: { reference: "text", vendor: "text" },
  next_step: { step: "text" },
  next_refresh: { vendor: "text" },
  next_vendor: { vendor: "text" },
  next_vendor_portal: { vendor: "text", portal: "text" },
  next_courier: { command: "text" },
  next_answer: { command: "text" },
  next_delivered: { vendor: "text", command: "text" },
  next_do_it: { command: "text" },
  next_clock_right: { command: "text" },
  next_words_right: { command: "text" },
};
