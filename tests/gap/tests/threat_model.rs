//! `docs/threat-model.md` names the test that shows each line, and each test that it names is there.

#![expect(
    clippy::unwrap_used,
    reason = "what the tests share is outside of test functions"
)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The top of the repository.
fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A line of a table.
struct Line {
    attack: String,
    tests: Vec<String>,
}

/// The lines of the table under a heading, the tests in the last column.
fn lines(page: &str, heading: &str) -> Vec<Line> {
    let (_, from) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = from.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|'));
    rows.skip(2)
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
            assert_eq!(
                cells.len(),
                3,
                "an attack, what becomes of it, the tests: {row}"
            );
            let spans = cells[2].split('`').skip(1).step_by(2);
            Line {
                attack: cells[0].trim().to_owned(),
                tests: spans.map(str::to_owned).collect(),
            }
        })
        .collect()
}

/// Every file with this ending in a folder and below.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "node_modules" && name != "target" {
            files(&path, ending, found);
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

/// Whether a test of this name is in the tree: `crate::name`, `fuzz::target` or `e2e::what it says`.
fn exists(test: &str) -> bool {
    let Some((place, name)) = test.split_once("::") else {
        return false;
    };
    let top = top();
    let (folder, ending) = match place {
        "fuzz" => return top.join("fuzz/targets").join(format!("{name}.rs")).exists(),
        "e2e" => (top.join("tests/e2e"), ".test.js"),
        "keyferry-gap" => (top.join("tests/gap"), ".rs"),
        "keyferry-desktop" => (top.join("src-tauri"), ".rs"),
        _ => {
            let crate_name = place.strip_prefix("keyferry-").unwrap_or(place);
            (top.join("crates").join(crate_name), ".rs")
        }
    };
    if !folder.is_dir() {
        return false;
    }
    let mut found = Vec::new();
    files(&folder, ending, &mut found);
    found.iter().any(|path| {
        let text = fs::read_to_string(path).unwrap();
        if place == "e2e" {
            text.contains(&format!("\"{name}\""))
        } else {
            is_a_test(&text, name)
        }
    })
}

/// Why a test is left out where there is no server. The stage of this name runs it.
const WITH_A_SERVER: &str = "needs a server: tests/postgres/run";

/// Whether a file has a function of this name that is run as a test.
fn is_a_test(text: &str, name: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let wanted = format!("fn {name}(");
    lines.iter().enumerate().any(|(at, line)| {
        let attributes = lines[..at]
            .iter()
            .rev()
            .take_while(|line| line.starts_with('#'));
        (line.starts_with(&wanted) || line.starts_with(&format!("async {wanted}")))
            && attributes
                .clone()
                .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
            && !attributes
                .clone()
                .any(|line| line.contains("ignore") && !line.contains(WITH_A_SERVER))
    })
}

#[test]
fn every_line_of_the_threat_model_names_tests_that_are_there() {
    let page = fs::read_to_string(top().join("docs/threat-model.md")).unwrap();
    let mut missing = Vec::new();
    for (heading, least) in [("Stopped", 20), ("Bounded", 8)] {
        let lines = lines(&page, heading);
        assert!(lines.len() >= least, "{heading}: {} lines", lines.len());
        for line in lines {
            if line.tests.is_empty() {
                missing.push(format!("{heading}: nothing shows “{}”", line.attack));
            }
            for test in line.tests.iter().filter(|test| !exists(test)) {
                missing.push(format!("{heading}: there is no {test}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn a_test_that_is_not_there_is_missed() {
    assert!(exists("keyferry-gap::a_test_that_is_not_there_is_missed"));
    for other in [
        "keyferry-gap::a_test_that_nobody_wrote",
        "keyferry-gap::exists",
        "keyferry-nothing::a_test_that_is_not_there_is_missed",
        "a_test_that_is_not_there_is_missed",
        "fuzz::nothing",
        "e2e::nothing happens",
    ] {
        assert!(!exists(other), "{other}");
    }
}

#[test]
fn a_test_that_is_not_run_is_missed() {
    let attribute = "#[test]\n";
    let ignored = format!("{attribute}#[ignore = \"slow\"]\nfn a_thing_holds() {{}}");
    assert!(is_a_test(
        &format!("{attribute}fn a_thing_holds() {{}}"),
        "a_thing_holds"
    ));
    assert!(!is_a_test(&ignored, "a_thing_holds"));
    assert!(!is_a_test("fn a_thing_holds() {}", "a_thing_holds"));
}
