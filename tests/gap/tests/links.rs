//! What the pages of the repository link to inside it is there: the file, and the heading in it.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share is outside of test functions"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
    process::Command,
};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// What a page links to, and what of it can be linked to.
#[derive(Default)]
struct Page {
    links: Vec<String>,
    anchors: BTreeSet<String>,
}

impl Page {
    fn read(text: &str) -> Self {
        let mut page = Self::default();
        let mut heading = None;
        let mut seen = BTreeMap::<String, usize>::new();
        for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                    page.links.push(dest_url.into_string());
                }
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    let anchor = anchor(&heading.take().unwrap_or_default());
                    let times = seen.entry(anchor.clone()).or_default();
                    page.anchors.insert(match *times {
                        0 => anchor,
                        times => format!("{anchor}-{times}"),
                    });
                    *times += 1;
                }
                _ => {}
            }
        }
        page
    }
}

/// What GitHub calls a heading in an address.
fn anchor(heading: &str) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || " -_".contains(*letter);
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(kept)
        .collect::<String>();
    kept.trim().replace(' ', "-")
}

fn top() -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    top.canonicalize().unwrap()
}

/// The repository's pages, by their places in it.
fn pages() -> BTreeMap<PathBuf, Page> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "*.md",
        ])
        .current_dir(top())
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let names = listed.split('\0').filter(|name| !name.is_empty());
    names
        .map(|name| {
            let text = fs::read_to_string(top().join(name)).unwrap();
            (PathBuf::from(name), Page::read(&text))
        })
        .collect()
}

/// The place that a link from a page leads to, without `.` and `..`.
fn place(page: &Path, link: &str) -> PathBuf {
    let mut place = page.parent().unwrap().to_owned();
    for part in Path::new(link).components() {
        match part {
            Component::ParentDir => assert!(place.pop(), "{}: {link}", page.display()),
            Component::Normal(name) => place.push(name),
            _ => {}
        }
    }
    place
}

/// What is the matter with a link, if anything.
fn trouble(pages: &BTreeMap<PathBuf, Page>, page: &Path, link: &str) -> Option<&'static str> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let to = match file {
        "" => page.to_owned(),
        file => place(page, file),
    };
    if !top().join(&to).exists() {
        return Some("there is no such file");
    }
    let known = || pages.get(&to).is_none_or(|to| to.anchors.contains(heading));
    (!heading.is_empty() && !known()).then_some("there is no such heading")
}

#[test]
fn every_link_between_the_pages_leads_somewhere() {
    let pages = pages();
    let mut checked = 0;
    let mut broken = Vec::new();
    for (page, read) in &pages {
        let inside = read
            .links
            .iter()
            .filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
        for link in inside {
            checked += 1;
            if let Some(why) = trouble(&pages, page, link) {
                broken.push(format!("{}: {link}: {why}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
    assert!(checked > 100, "{checked} links in {} pages", pages.len());
}

#[test]
fn a_link_to_a_heading_or_a_file_that_is_not_there_is_found() {
    let text = "# One `two`, three\n# Same\n# Same\n[a](#one-two-three) [b](README.md#same-1)";
    let page = Path::new("README.md");
    let pages = BTreeMap::from([(page.to_owned(), Page::read(text))]);
    for link in &pages[page].links {
        assert_eq!(trouble(&pages, page, link), None, "{link}");
    }
    assert!(trouble(&pages, page, "#two").is_some());
    assert!(trouble(&pages, page, "README.md#same-2").is_some());
    assert!(trouble(&pages, page, "docs/no-such-page.md").is_some());
}
