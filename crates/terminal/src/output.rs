//! Writing a file so that a reader finds the old or the new content, never a part.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::mem::{Discriminant, discriminant};
use std::path::{Path, PathBuf};

use keyferry_catalogue::{Code, Problem};
use keyferry_token::{Artefact, ArtefactKind};

use crate::MAX_INPUT;
use crate::input::read_file;

/// Where to write; `-` is standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stream,
    /// A file, or a folder that a file is put into.
    Path(PathBuf),
}

impl From<std::ffi::OsString> for Destination {
    fn from(text: std::ffi::OsString) -> Self {
        if text == "-" {
            Self::Stream
        } else {
            Self::Path(text.into())
        }
    }
}

impl Destination {
    /// The file to write, or `None` for standard output. `name` is used inside a folder.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        match self {
            Self::Stream => None,
            Self::Path(path) if path.is_dir() => Some(path.join(name)),
            Self::Path(path) => Some(path.clone()),
        }
    }
}

/// Why something could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteFault {
    /// The disk is full.
    #[error("no room to write {path}")]
    Full {
        /// The file, or `-`.
        path: String,
    },
    /// A file is there that Keyferry did not write.
    #[error("another file is at {path}")]
    Exists {
        /// The file.
        path: String,
    },
    /// Anything else: no permission, no such folder, a medium that takes no writing.
    #[error("{path} cannot be written: {source}")]
    Unwritable {
        /// The file, or `-`.
        path: String,
        /// What the system says.
        source: io::Error,
    },
}

impl WriteFault {
    pub(crate) fn of(path: &impl ToString, source: io::Error) -> Self {
        let path = path.to_string();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { path },
            _ => Self::Unwritable { path, source },
        }
    }

    /// The catalogue code: `disk_full`, `file_exists` or `file_unwritable`.
    pub fn code(&self) -> Code {
        match self {
            Self::Full { .. } => Code::DiskFull,
            Self::Exists { .. } => Code::FileExists,
            Self::Unwritable { .. } => Code::FileUnwritable,
        }
    }

    /// The code with the data that its text names.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Full { path } | Self::Exists { path } | Self::Unwritable { path, .. } => {
                Problem::new(self.code()).with("path", path)
            }
        }
    }
}

/// Makes a folder, and those above it, unless it is there.
///
/// # Errors
/// `disk_full`, `file_unwritable`.
pub fn make_folder(path: &Path) -> Result<(), WriteFault> {
    fs::create_dir_all(path).map_err(|source| WriteFault::of(&path.display(), source))
}

/// Writes a file in one step and makes sure that it is on the medium. A file of Keyferry's is
/// replaced, another one never. What stands there and is no file (a pipe, a device) is written to
/// directly.
///
/// # Errors
/// `disk_full`, `file_exists`, `file_unwritable`; the old content is still there.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), WriteFault> {
    Draft::of(path, content)?.fill(content)
}

/// A file that is being written, for what is too long to be held in memory: nobody sees it before
/// [`Draft::keep`], and one that is dropped leaves the old content.
#[derive(Debug)]
pub struct Draft {
    file: File,
    /// Where it is to be.
    path: PathBuf,
    /// Where it is until then; what is no file is written to directly.
    beside: Option<PathBuf>,
}

impl Draft {
    /// A draft of a file that will begin like this.
    ///
    /// # Errors
    /// `disk_full`, `file_exists`, `file_unwritable`.
    pub fn of(path: &Path, beginning: &[u8]) -> Result<Self, WriteFault> {
        Self::unless_foreign(path, || is_ours(path, beginning))
    }

    /// A draft of a license file, for who has to know that it can be written before it is made.
    ///
    /// # Errors
    /// `disk_full`, `file_exists`, `file_unwritable`.
    pub fn of_license(path: &Path) -> Result<Self, WriteFault> {
        Self::unless_foreign(path, || holds(path, ArtefactKind::License))
    }

    /// A draft of a file with secrets, which only its owner can read. It takes the place of nothing: what
    /// is there may be the only copy of others.
    ///
    /// # Errors
    /// `disk_full`, `file_exists`, `file_unwritable`.
    pub fn of_secrets(path: &Path) -> Result<Self, WriteFault> {
        if fs::symlink_metadata(path).is_ok() {
            return Err(WriteFault::Exists {
                path: path.display().to_string(),
            });
        }
        Self::beside(path, true).map_err(|source| WriteFault::of(&path.display(), source))
    }

    fn unless_foreign(path: &Path, ours: impl Fn() -> bool) -> Result<Self, WriteFault> {
        let made = match fs::metadata(path) {
            Ok(found) if found.is_file() && !ours() => {
                return Err(WriteFault::Exists {
                    path: path.display().to_string(),
                });
            }
            Ok(found) if !found.is_file() && !found.is_dir() => Self::into(path),
            _ => Self::beside(path, false),
        };
        made.map_err(|source| WriteFault::of(&path.display(), source))
    }

    fn into(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: OpenOptions::new().write(true).open(path)?,
            path: path.to_owned(),
            beside: None,
        })
    }

    fn beside(path: &Path, secret: bool) -> io::Result<Self> {
        // A link keeps pointing where it points: its target is what gets replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = path
            .file_name()
            .ok_or(ErrorKind::InvalidFilename)?
            .to_string_lossy();
        let draft = folder(&path).join(format!(".{name}.{}.part", std::process::id()));
        Ok(Self {
            file: new_file(&draft, secret)?,
            path,
            beside: Some(draft),
        })
    }

    /// Writes all of it and puts it in its place.
    ///
    /// # Errors
    /// `disk_full`, `file_unwritable`; the old content is still there.
    pub fn fill(mut self, content: &[u8]) -> Result<(), WriteFault> {
        self.write_all(content)
            .map_err(|source| WriteFault::of(&self.path.display(), source))?;
        self.keep()
    }

    /// Puts it in its place and makes sure that it is on the medium.
    ///
    /// # Errors
    /// `disk_full`, `file_unwritable`; the old content is still there.
    pub fn keep(self) -> Result<(), WriteFault> {
        let folder = folder(&self.path).to_owned();
        let beside = self.beside.is_some();
        self.place()?;
        if beside {
            sync_folder(&folder);
        }
        Ok(())
    }

    /// Puts it in its place with its content on the medium. That its name is there as well is made
    /// sure by [`sync_folder`], once for many files.
    ///
    /// # Errors
    /// `disk_full`, `file_unwritable`; the old content is still there.
    pub fn place(mut self) -> Result<(), WriteFault> {
        let Some(draft) = self.beside.take() else {
            return Ok(());
        };
        let kept = self
            .file
            .sync_all()
            .and_then(|()| fs::rename(&draft, &self.path));
        if let Err(source) = kept {
            self.beside = Some(draft);
            return Err(WriteFault::of(&self.path.display(), source));
        }
        Ok(())
    }
}

/// Makes sure that the names in a folder are on the medium. Without it a power cut may forget a new
/// one. Some media refuse; the files are whole.
pub fn sync_folder(folder: &Path) {
    if cfg!(unix) {
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(draft) = &self.beside {
            // What made it fail is the one to tell.
            let _ = fs::remove_file(draft);
        }
    }
}

/// Makes a file that was not there, so that no link which someone left there is followed.
fn new_file(path: &Path, secret: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    // Elsewhere the folder says who can read.
    #[cfg(not(unix))]
    let _ = secret;
    options.open(path)
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// How files begin that are no artefacts and that Keyferry writes: pictures, what an audit log is
/// exported to, and the sheet of a courier.
const BEGINNINGS: [&[u8]; 4] = [
    b"\x89PNG\r\n\x1a\n",
    b"{\"keyferry_audit\":",
    b"-----BEGIN KEYFERRY AUDIT HEAD-----",
    b"<!DOCTYPE html>\n<!-- Keyferry courier -->\n",
];

/// Whether a file is empty or is of the kind of what is to replace it, so that a slip of the hand costs
/// nobody a document, nor a vendor its profile.
fn is_ours(path: &Path, new: &[u8]) -> bool {
    let both = |beginning: &&[u8]| new.starts_with(beginning) && begins(path, beginning);
    BEGINNINGS.iter().any(both)
        || is_results(new) && beginning_of(path).is_some_and(|old| is_results(&old))
        || read_file(path, MAX_INPUT).is_ok_and(|old| {
            old.is_empty()
                || is_report(&old) && is_report(new)
                || first_kind(&old).is_some_and(|kind| first_kind(new) == Some(kind))
        })
}

/// Whether a file is empty or holds an artefact of this kind.
fn holds(path: &Path, kind: ArtefactKind) -> bool {
    read_file(path, MAX_INPUT)
        .is_ok_and(|old| old.is_empty() || first_kind(&old) == Some(discriminant(&kind)))
}

/// What the first artefact is that can be read; tokens of all kinds are one, since a refusal and the
/// answer after it go to the same place.
fn first_kind(bytes: &[u8]) -> Option<Discriminant<ArtefactKind>> {
    let found = Artefact::read(bytes).ok()?;
    let first = found.iter().find_map(|each| each.as_ref().ok())?;
    Some(discriminant(&first.kind()))
}

/// Whether this is a report for support: the program with its version, and lines that belong to it.
fn is_report(text: &[u8]) -> bool {
    let version = |b: &u8| b.is_ascii_digit() || *b == b'.';
    text.strip_prefix(b"Keyferry ").is_some_and(|text| {
        let behind = text.iter().position(|b| !version(b)).unwrap_or(0);
        behind > 0 && text[behind..].starts_with(b"\n  ")
    })
}

/// Whether this is a list of results: its heading, however the cells are parted.
fn is_results(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    [",", ";", "\t"].iter().any(|part| {
        let heading = format!("row{part}id{part}outcome{part}");
        text.starts_with(heading.as_bytes())
    })
}

/// As many bytes as tell a list of results.
fn beginning_of(path: &Path) -> Option<[u8; 18]> {
    let mut found = [0; 18];
    File::open(path).ok()?.read_exact(&mut found).ok()?;
    Some(found)
}

fn begins(path: &Path, beginning: &[u8]) -> bool {
    let mut found = vec![0; beginning.len()];
    File::open(path).is_ok_and(|mut file| file.read_exact(&mut found).is_ok()) && found == beginning
}

#[cfg(test)]
mod tests {
    use keyferry_fixtures::published::claims::{license, usb_binding};
    use keyferry_fixtures::published::vendor_signing_key;
    use keyferry_fixtures::{NOW, TestDevice, TestVendor};
    use keyferry_token::sign_license;

    use super::*;

    #[test]
    fn a_picture_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("request.png");
        write_file(&file, b"\x89PNG\r\n\x1a\nold").unwrap();
        write_file(&file, b"\x89PNG\r\n\x1a\nnew").unwrap();
        assert!(fs::read(&file).unwrap().ends_with(b"new"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_draft_that_is_not_kept_leaves_the_old_content() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("audit.jsonl");
        let line = b"{\"keyferry_audit\":1}\n";
        write_file(&file, line).unwrap();
        let mut draft = Draft::of(&file, line).unwrap();
        draft.write_all(b"half of it").unwrap();
        drop(draft);
        assert_eq!(fs::read(&file).unwrap(), line);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // In place of a log a log, and nothing else.
        assert_eq!(
            write_file(&file, b"\x89PNG\r\n\x1a\n").unwrap_err().code(),
            Code::FileExists
        );
    }

    #[test]
    fn results_are_replaced_by_results_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("results.csv");
        write_file(&file, b"row,id,outcome,code\n2,x,made,\n").unwrap();
        write_file(&file, b"\xef\xbb\xbfrow;id;outcome;code\n").unwrap();
        let list = b"product,usb,expires\n";
        assert_eq!(
            write_file(&file, list).unwrap_err().code(),
            Code::FileExists
        );
        fs::write(&file, list).unwrap();
        let results = b"row,id,outcome,code\n";
        assert_eq!(
            write_file(&file, results).unwrap_err().code(),
            Code::FileExists
        );
    }

    #[test]
    fn a_report_is_replaced_by_a_report_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("report.txt");
        write_file(&file, b"Keyferry 0.1.0\n  Made at: today\n").unwrap();
        write_file(&file, b"Keyferry 0.2.0\n  Made at: tomorrow\n").unwrap();
        assert!(fs::read(&file).unwrap().ends_with(b"tomorrow\n"));
        for (old, new) in [
            ("Keyferry 0.1.0\n  Made at: today\n", "x"),
            (
                "Keyferry notes\n  call them\n",
                "Keyferry 0.1.0\n  Made at: today\n",
            ),
            (
                "Keyferry 0.1.0 is slow\n",
                "Keyferry 0.1.0\n  Made at: today\n",
            ),
        ] {
            fs::write(&file, old).unwrap();
            let fault = write_file(&file, new.as_bytes()).unwrap_err();
            assert_eq!(fault.code(), Code::FileExists, "{old}");
        }
    }

    #[test]
    fn a_token_takes_the_place_of_a_token_and_of_no_vendor_profile() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("acme.kfv");
        let acme = TestVendor::acme();
        let request = TestDevice::new("cad-07")
            .request_to(acme, &acme.code())
            .bytes;
        let answer = acme.respond(&request, NOW).bytes;
        let profile = acme.signed_profile();

        write_file(&file, &request).unwrap();
        write_file(&file, &answer).unwrap();
        assert_eq!(fs::read(&file).unwrap(), answer);
        fs::write(&file, &profile).unwrap();
        for other in [
            &answer[..],
            b"{\"keyferry_audit\":1}\n",
            b"Keyferry 0.1.0\n  x\n",
        ] {
            let fault = write_file(&file, other).unwrap_err();
            assert_eq!(fault.code(), Code::FileExists);
        }
        assert_eq!(fs::read(&file).unwrap(), profile);
        write_file(&file, &profile).unwrap();
    }

    #[test]
    fn a_license_takes_the_place_of_a_license_and_of_no_token() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cad.lic");
        let license = sign_license(&license(usb_binding()), &vendor_signing_key()).unwrap();
        let acme = TestVendor::acme();
        let request = TestDevice::new("cad-07")
            .request_to(acme, &acme.code())
            .bytes;
        let replace = || Draft::of_license(&file)?.fill(&license);
        replace().unwrap();
        replace().unwrap();
        assert_eq!(fs::read(&file).unwrap(), license);
        let fault = write_file(&file, &request).unwrap_err();
        assert_eq!(fault.code(), Code::FileExists);
        fs::write(&file, &request).unwrap();
        assert_eq!(replace().unwrap_err().code(), Code::FileExists);
        assert_eq!(fs::read(&file).unwrap(), request);
    }

    #[test]
    fn a_document_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("thesis.txt");
        fs::write(&file, b"years of work").unwrap();
        assert_eq!(
            write_file(&file, b"x").unwrap_err().code(),
            Code::FileExists
        );
        assert_eq!(fs::read(&file).unwrap(), b"years of work");
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let fault = write_file(&folder.path().join("none/request.kft"), b"x").unwrap_err();
        assert_eq!(fault.code(), Code::FileUnwritable);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_device_says_so() {
        assert_eq!(
            write_file(Path::new("/dev/full"), b"x").unwrap_err().code(),
            Code::DiskFull
        );
    }

    #[test]
    fn a_folder_takes_a_file_of_the_given_name() {
        let folder = tempfile::tempdir().unwrap();
        let to = |text: &Path| Destination::from(text.as_os_str().to_owned());
        assert_eq!(
            to(folder.path()).file("a.kft"),
            Some(folder.path().join("a.kft"))
        );
        assert_eq!(
            to(&folder.path().join("b")).file("a.kft"),
            Some(folder.path().join("b"))
        );
        assert_eq!(to(Path::new("-")).file("a.kft"), None);
    }
}
