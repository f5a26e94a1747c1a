//! What the lists at `import` are of, and what their pages say of each: names, columns, an example.

use keyferry_authority::Permission;
use keyferry_bulk::{MOST_LISTED, MOST_PRODUCTS};

use super::Section;

/// What a list is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Products,
    Entitlements,
}

impl Kind {
    pub(super) const ALL: [Self; 2] = [Self::Products, Self::Entitlements];

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Products => "/vendor/products/import",
            Self::Entitlements => "/vendor/entitlements/import",
        }
    }

    pub(super) const fn section(self) -> Section {
        match self {
            Self::Products => Section::Products,
            Self::Entitlements => Section::Entitlements,
        }
    }

    pub(super) const fn permission(self) -> Permission {
        match self {
            Self::Products => Permission::WriteProducts,
            Self::Entitlements => Permission::WriteEntitlements,
        }
    }

    pub(super) const fn heading(self) -> &'static str {
        match self {
            Self::Products => "Products from a list",
            Self::Entitlements => "Entitlements from a list",
        }
    }

    pub(super) const fn command(self) -> &'static str {
        match self {
            Self::Products => "keyferry-authority product import",
            Self::Entitlements => "keyferry-authority entitlement import",
        }
    }

    pub(super) const fn most(self) -> usize {
        match self {
            Self::Products => MOST_PRODUCTS,
            Self::Entitlements => MOST_LISTED,
        }
    }

    /// So many of them.
    pub(super) fn counted(self, count: usize) -> String {
        let one = match self {
            Self::Products => "product",
            Self::Entitlements => "entitlement",
        };
        let plural = if count == 1 { "" } else { "s" };
        format!("{count} {one}{plural}")
    }

    /// The columns, as the page explains them.
    pub(super) const fn columns(self) -> &'static [(&'static [&'static str], &'static str)] {
        match self {
            Self::Products => &PRODUCT_COLUMNS,
            Self::Entitlements => &ENTITLEMENT_COLUMNS,
        }
    }

    /// What a file of them is called.
    pub(super) const fn file(self) -> &'static str {
        match self {
            Self::Products => "products.csv",
            Self::Entitlements => "entitlements.csv",
        }
    }

    /// A list to begin with; entitlements are of the product that is `sold`.
    pub(super) fn example(self, sold: &str) -> String {
        match self {
            Self::Products => PRODUCT_EXAMPLE.to_owned(),
            Self::Entitlements => ENTITLEMENT_EXAMPLE.replace("PRODUCT", sold),
        }
    }
}

const ENTITLEMENT_COLUMNS: [(&[&str], &str); 9] = [
    (
        &["reference"],
        "What your other system knows it by, such as the number of an order. It stands for one entitlement for good. Needed.",
    ),
    (&["product"], "The code of the product. Needed."),
    (
        &["seats"],
        "A whole number above zero. A new entitlement needs it.",
    ),
    (
        &["offline_lease"],
        "How long a computer without a network may run on, like 30d. Empty: such computers are not activated.",
    ),
    (
        &["ends"],
        "The last day, like 2030-12-31. Empty or never: it does not end.",
    ),
    (
        &["features"],
        "Codes with commas or spaces between. Empty: all of the product.",
    ),
    (&["holder"], "Who bought it. Empty: nobody is named."),
    (&["trial"], "Yes or no. A trial needs an end."),
    (
        &["maintenance_end"],
        "The last day whose versions are covered. Empty or never: all versions.",
    ),
];

const PRODUCT_COLUMNS: [(&[&str], &str); 7] = [
    (
        &["product"],
        "Its code, like com.acme.cad, by which it is known. Needed.",
    ),
    (&["name"], "Its name. A new product needs it."),
    (
        &["features"],
        "Codes with commas or spaces between. Empty: entitlements may grant any.",
    ),
    (
        &["offline"],
        "Yes or no: whether computers without a network can be activated.",
    ),
    (
        &["grace"],
        "How long the program runs on after a lease, like 7d; 0d for not at all.",
    ),
    (
        &["emergency", "emergency_uses", "emergency_on_other_device"],
        "The length of an emergency run, like 3d; how many for each lease; and yes or no: also where the computer is another one. With emergency empty there are none.",
    ),
    (
        &["rebinds", "moves", "lost"],
        "How often in a year a seat may pass to a computer set up anew, be given back, and be released without its computer.",
    ),
];

const ENTITLEMENT_EXAMPLE: &str = "\
reference,product,seats,offline_lease,ends,features,holder,trial,maintenance_end\r
A-1001,PRODUCT,5,30d,2099-12-31,,\"Müller, Söhne & Co\",no,2098-12-31\r
A-1002,PRODUCT,1,90d,never,,Example Works,no,\r
A-1003,PRODUCT,2,,2099-01-31,,Somebody who tries it,yes,\r
";

const PRODUCT_EXAMPLE: &str = "\
product,name,features,offline,grace,emergency,emergency_uses,emergency_on_other_device,rebinds,moves,lost\r
com.example.editor,Example Editor,\"export, render\",yes,7d,3d,2,no,3,6,2\r
com.example.viewer,Example Viewer,,yes,0d,,,,,,\r
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_that_a_list_may_have_is_explained_and_in_the_example() {
        for (kind, columns) in [
            (Kind::Products, keyferry_bulk::PRODUCT_COLUMNS),
            (Kind::Entitlements, keyferry_bulk::ENTITLEMENT_COLUMNS),
        ] {
            let explained = kind.columns().iter().flat_map(|(names, _)| *names);
            assert!(explained.eq(columns.known), "{kind:?}");
            let example = kind.example("com.acme.cad");
            let heading = example.split("\r\n").next().unwrap();
            assert_eq!(heading, columns.known.join(","));
        }
    }
}
