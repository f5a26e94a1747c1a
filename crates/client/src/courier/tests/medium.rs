//! A medium that can be pulled out between any two steps.

use std::{ffi::OsString, io, path::Path};

use keyferry_courier::Medium;

use crate::disk::{Disk, simulated::SimulatedDisk};

impl Medium for SimulatedDisk {
    fn has_root(&self, path: &Path) -> io::Result<bool> {
        self.has_folder(path)
    }

    fn has_folder(&self, path: &Path) -> io::Result<bool> {
        Ok(self.names_in(path).is_some())
    }

    fn list(&self, folder: &Path, most: usize) -> io::Result<(Vec<OsString>, bool)> {
        let names = self.names_in(folder).ok_or(io::ErrorKind::NotFound)?;
        let all = names.len() <= most;
        let names = names.iter().filter_map(|name| name.file_name());
        Ok((names.take(most).map(OsString::from).collect(), all))
    }

    fn read(&self, path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
        Disk::read(self, path, limit)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        Disk::create_folder(self, path)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        // What is there is emptied in its place, which may be the last that becomes of it.
        Disk::write(self, path, bytes)?;
        self.sync(path)
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        Disk::sync_folder(self, path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Disk::remove(self, path)
    }
}
