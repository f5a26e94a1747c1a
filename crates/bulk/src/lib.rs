//! The vendor's work in bulk: a list of rows in, of any length and from anywhere; licenses and a list
//! of results out.
//!
//! It knows no face: the command line brings files and a [`Watch`], the portal brings an upload that
//! the books keep. What a row asks for is read here, and what may be made is decided in `keyferry-authority`.
//! Rows are made in batches, each signed on all cores and committed at once, and a few batches are
//! under way at a time, so that memory stays flat however long a list is.

mod batches;
mod brought;
mod entitlements;
mod fault;
mod folder;
mod licenses;
mod lists;
mod products;
mod refreshes;
mod results;
mod safe;
mod sheet;
mod unlinked;

pub use batches::{Report, Tally, Watch};
pub use brought::{Brought, MOST_PRODUCTS, brought_entitlements, brought_products};
pub use entitlements::{ENTITLEMENT_COLUMNS, check_entitlements, import_entitlements};
pub use fault::BulkFault;
pub use licenses::{LICENSE_COLUMNS, Requests, check_licenses, make_licenses};
pub use lists::{MOST_LISTED, check_list, file_name, list_results, work_on_list};
pub use products::{PRODUCT_COLUMNS, import_products};
pub use refreshes::refresh_all;
pub use results::RowResult;
pub use sheet::{Columns, Dialect, MAX_ROW, Row, Sheet, SheetFault};
