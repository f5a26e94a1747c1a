//! The vectors in `tests/vectors`: every file is run, none is missing, and each clause of the
//! specification has one.
//!
//! The files are what [`make`] makes. To write them anew after a change there:
//! `KEYFERRY_VECTORS=write cargo test -p keyferry-token --test vectors`

#![expect(
    clippy::unwrap_used,
    reason = "what a test needs is there, or the test fails"
)]
#![expect(clippy::too_many_lines, reason = "a list of vectors is a list")]

mod file;
mod make;
mod run;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
    sync::Once,
};

use file::Vector;

/// How many there are: a file that is added or lost shows here.
const COUNT: usize = 417;

/// The pages of the specification that fix bytes.
const PAGES: [&str; 7] = [
    "formats", "tokens", "license", "profile", "armor", "qr", "codes",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every vector file below `tests/vectors`, by its path without the extension.
fn files() -> BTreeMap<String, String> {
    static WRITTEN: Once = Once::new();
    if env::var_os("KEYFERRY_VECTORS").is_some_and(|what| what == "write") {
        WRITTEN.call_once(write_anew);
    }
    let mut found = BTreeMap::new();
    for folder in folders() {
        for file in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = file.path();
            assert_eq!(path.extension().unwrap(), "txt", "{}", path.display());
            let name = |of: &Path| of.file_stem().unwrap().to_str().unwrap().to_owned();
            let content = fs::read_to_string(&path).unwrap();
            found.insert(format!("{}/{}", name(&folder), name(&path)), content);
        }
    }
    found
}

fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("tests/vectors")).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && !path.ends_with("keys"))
        .collect()
}

fn write_anew() {
    let made = make::all();
    for folder in folders() {
        fs::remove_dir_all(folder).unwrap();
    }
    for vector in made {
        let file = root().join(format!("tests/vectors/{}.txt", vector.path));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, vector.written()).unwrap();
    }
}

#[test]
fn every_vector_has_the_outcome_it_says() {
    let files = files();
    assert_eq!(files.len(), COUNT);
    let mut wrong = Vec::new();
    for (path, content) in &files {
        let vector = Vector::read(path, content);
        let outcome = run::run(&vector);
        if outcome != vector.said() {
            wrong.push(format!("{path}: says {:?}, is {outcome:?}", vector.said()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_files_are_what_their_maker_makes() {
    let made: BTreeMap<String, String> = make::all()
        .into_iter()
        .map(|vector| (vector.path.clone(), vector.written()))
        .collect();
    let files = files();
    let names = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&files), names(&made));
    for (path, content) in made {
        assert!(files[&path] == content, "{path} is another");
    }
}

/// The labels of a page's clauses, and whether each has a MUST.
fn clauses(page: &str) -> BTreeMap<String, bool> {
    let text = fs::read_to_string(root().join(format!("docs/spec/{page}.md"))).unwrap();
    text.split("\n- **")
        .skip(1)
        .map(|clause| {
            let (label, rest) = clause.split_once("**").unwrap();
            let end = rest.find("\n\n").unwrap_or(rest.len());
            (label.to_owned(), rest[..end].contains("MUST"))
        })
        .collect()
}

#[test]
fn every_clause_has_a_vector_or_a_reason_why_none_can_show_it() {
    let clauses: BTreeMap<String, bool> = PAGES.into_iter().flat_map(clauses).collect();
    assert!(clauses.len() > 30);
    let shown: BTreeSet<String> = files()
        .iter()
        .flat_map(|(path, content)| Vector::read(path, content).rules)
        .collect();
    for rule in &shown {
        let page = rule.strip_suffix(".md");
        let known = clauses.contains_key(rule) || page.is_some_and(|page| PAGES.contains(&page));
        assert!(known, "{rule} is no clause");
    }
    let index = fs::read_to_string(root().join("tests/vectors/README.md")).unwrap();
    for (label, must) in clauses {
        let excused = index.contains(&format!("\n| {label} | "));
        let has_one = shown.contains(&label);
        assert!(!(excused && has_one), "{label} has a vector and an excuse");
        assert!(
            !must || excused || has_one,
            "{label} has neither vector nor reason"
        );
    }
}
