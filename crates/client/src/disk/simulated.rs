//! A disk in memory that can lose its power between any two steps, and fail at any.
//!
//! After a power cut a file that was not synced may be empty, torn or whole, and each name that
//! was created, moved or removed since its folder was synced may be as before or as after, each
//! on its own: file systems promise no order among them.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use super::{Access, Disk, Lock};

/// A disk; clones are the same disk.
#[derive(Clone, Default)]
pub(crate) struct SimulatedDisk(Arc<Mutex<World>>);

#[derive(Clone, Default)]
struct World {
    things: Vec<Thing>,
    /// What a program sees.
    names: BTreeMap<PathBuf, usize>,
    /// What a power cut leaves in any case.
    durable: BTreeMap<PathBuf, usize>,
    /// What happened to names since their folder was synced.
    pending: Vec<Renaming>,
    steps: usize,
    trouble: Option<(usize, Trouble)>,
}

#[derive(Clone)]
enum Thing {
    Folder,
    File { content: Vec<u8>, synced: bool },
}

#[derive(Clone)]
enum Renaming {
    Made {
        name: PathBuf,
        thing: usize,
    },
    Moved {
        from: PathBuf,
        to: PathBuf,
        thing: usize,
    },
    Removed {
        name: PathBuf,
    },
}

/// What goes wrong at a step, which is not taken.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// The power is gone, from then on.
    PowerCut,
    /// This step fails, the next ones do not.
    Fails(io::ErrorKind),
}

impl SimulatedDisk {
    /// A disk with the same content, everything on it durable, and nothing wrong with it.
    pub(crate) fn settled(&self) -> Self {
        let world = self.world();
        let mut copy = world.clone();
        for thing in &mut copy.things {
            if let Thing::File { synced, .. } = thing {
                *synced = true;
            }
        }
        copy.durable = copy.names.clone();
        copy.pending.clear();
        copy.steps = 0;
        copy.trouble = None;
        Self(Arc::new(Mutex::new(copy)))
    }

    /// The same disk, something going wrong at this step, counted from 0.
    pub(crate) fn with_trouble(self, step: usize, trouble: Trouble) -> Self {
        self.world().trouble = Some((step, trouble));
        self
    }

    /// How many steps were taken.
    pub(crate) fn steps(&self) -> usize {
        self.world().steps
    }

    /// The names in a folder; `None` where there is no such folder.
    pub(crate) fn names_in(&self, folder: &Path) -> Option<Vec<PathBuf>> {
        let world = self.world();
        let thing = world.names.get(folder);
        let is_folder = thing.is_some_and(|at| matches!(world.things[*at], Thing::Folder));
        if !is_folder && folder != Path::new("/") {
            return None;
        }
        let names = world.names.keys();
        let within = names.filter(|name| name.parent() == Some(folder));
        Some(within.cloned().collect())
    }

    /// Changes a file's content behind everyone's back.
    pub(crate) fn tamper(&self, name: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut world = self.world();
        let thing = world.names[name];
        if let Thing::File { content, .. } = &mut world.things[thing] {
            change(content);
        }
    }

    /// Every disk that a power cut at this moment may leave, those of equal content once.
    pub(crate) fn after_power_cut(&self) -> Vec<Self> {
        let world = self.world();
        let torn: Vec<usize> = (0..world.things.len())
            .filter(|&at| matches!(world.things[at], Thing::File { synced: false, .. }))
            .collect();
        let mut disks = BTreeMap::new();
        for kept in 0..1_u32 << world.pending.len() {
            for fate in 0..3_usize.pow(u32::try_from(torn.len()).unwrap()) {
                let left = world.left_with(kept, &torn, fate);
                disks.insert(left.content(), left);
            }
        }
        disks.into_values().collect()
    }

    /// Every name with its content, `None` for a folder.
    fn content(&self) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
        let world = self.world();
        let content = |thing: &Thing| match thing {
            Thing::Folder => None,
            Thing::File { content, .. } => Some(content.clone()),
        };
        world
            .names
            .iter()
            .map(|(name, at)| (name.clone(), content(&world.things[*at])))
            .collect()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }
}

impl World {
    fn step(&mut self) -> io::Result<()> {
        let now = self.steps;
        self.steps += 1;
        match self.trouble {
            Some((at, Trouble::PowerCut)) if now >= at => {
                self.steps = now;
                Err(io::Error::other("the power is gone"))
            }
            Some((at, Trouble::Fails(kind))) if now == at => Err(kind.into()),
            _ => Ok(()),
        }
    }

    fn left_with(&self, kept: u32, torn: &[usize], mut fate: usize) -> SimulatedDisk {
        let mut left = self.clone();
        for &at in torn {
            if let Thing::File { content, synced } = &mut left.things[at] {
                match fate % 3 {
                    0 => content.clear(),
                    1 => content.truncate(content.len() / 2),
                    _ => {}
                }
                *synced = true;
            }
            fate /= 3;
        }
        left.names = self.durable.clone();
        for (at, renaming) in self.pending.iter().enumerate() {
            if kept & (1 << at) != 0 {
                renaming.apply(&mut left.names);
            }
        }
        // What lies in a folder that is not there is not there.
        let folders: Vec<PathBuf> = left
            .names
            .iter()
            .filter(|(_, thing)| matches!(left.things[**thing], Thing::Folder))
            .map(|(name, _)| name.clone())
            .collect();
        let there = |name: &Path| {
            name.ancestors().skip(1).all(|above| {
                above == Path::new("/") || folders.iter().any(|folder| folder == above)
            })
        };
        left.names.retain(|name, _| there(name));
        SimulatedDisk(Arc::new(Mutex::new(left))).settled()
    }

    fn file(&mut self, name: &Path) -> io::Result<(usize, &mut Thing)> {
        let thing = *self.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok((thing, &mut self.things[thing]))
    }

    fn make(&mut self, name: &Path, thing: Thing) {
        self.things.push(thing);
        let thing = self.things.len() - 1;
        self.rename(Renaming::Made {
            name: name.to_owned(),
            thing,
        });
    }

    fn rename(&mut self, renaming: Renaming) {
        renaming.apply(&mut self.names);
        self.pending.push(renaming);
    }

    fn sync_folder(&mut self, path: &Path) {
        let (here, elsewhere) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|renaming: &Renaming| renaming.name().parent() == Some(path));
        self.pending = elsewhere;
        let here: Vec<Renaming> = here;
        for renaming in here {
            renaming.apply(&mut self.durable);
        }
    }
}

impl Renaming {
    fn name(&self) -> &Path {
        match self {
            Self::Made { name, .. } | Self::Removed { name } | Self::Moved { to: name, .. } => name,
        }
    }

    fn apply(&self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Made { name, thing } => {
                names.insert(name.clone(), *thing);
            }
            Self::Moved { from, to, thing } => {
                names.remove(from);
                names.insert(to.clone(), *thing);
            }
            Self::Removed { name } => {
                names.remove(name);
            }
        }
    }
}

impl Disk for SimulatedDisk {
    fn read(&self, path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
        match self.world().file(path) {
            Ok((_, Thing::File { content, .. })) if content.len() <= limit => {
                Ok(Some(content.clone()))
            }
            Ok(_) => Err(io::ErrorKind::InvalidData.into()),
            Err(_) => Ok(None),
        }
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        if path == Path::new("/") || self.world().names.contains_key(path) {
            return Ok(());
        }
        let above = path.parent().unwrap();
        self.create_folder(above)?;
        let mut world = self.world();
        world.step()?;
        world.make(path, Thing::Folder);
        drop(world);
        self.sync_folder(above)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        self.remove(path)?;
        let mut world = self.world();
        world.step()?;
        world.make(
            path,
            Thing::File {
                content: bytes.to_vec(),
                synced: false,
            },
        );
        Ok(())
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.step()?;
        if let (_, Thing::File { synced, .. }) = world.file(path)? {
            *synced = true;
        }
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.step()?;
        let (thing, _) = world.file(from)?;
        world.rename(Renaming::Moved {
            from: from.to_owned(),
            to: to.to_owned(),
            thing,
        });
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.step()?;
        world.sync_folder(path);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.step()?;
        if world.names.contains_key(path) {
            world.rename(Renaming::Removed {
                name: path.to_owned(),
            });
        }
        Ok(())
    }

    fn lock(&self, _: &Path, _: Access, _: Duration) -> io::Result<Option<Lock>> {
        // One program at a time: what a crash leaves does not depend on the lock.
        Ok(Some(Lock(None)))
    }
}

#[test]
fn what_was_not_synced_may_be_lost_torn_or_whole() {
    let disk = SimulatedDisk::default();
    let name = Path::new("/file");
    disk.write(name, b"content").unwrap();
    let left: std::collections::BTreeSet<Option<Vec<u8>>> = disk
        .after_power_cut()
        .iter()
        .map(|disk| disk.read(name, 100).unwrap())
        .collect();
    let all = [
        None,
        Some(b"".to_vec()),
        Some(b"con".to_vec()),
        Some(b"content".to_vec()),
    ];
    assert_eq!(left, all.into());

    disk.sync(name).unwrap();
    disk.sync_folder(Path::new("/")).unwrap();
    for disk in disk.after_power_cut() {
        assert_eq!(
            disk.read(name, 100).unwrap().as_deref(),
            Some(&b"content"[..])
        );
    }
}
