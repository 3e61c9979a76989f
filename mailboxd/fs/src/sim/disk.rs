// SPDX-License-Identifier: AGPL-3.0-or-later
//! The state of the simulated disk: files and names, each as seen, as synced, and the changes between.

use super::cut;
use crate::{Entry, Meta, Rng};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, ErrorKind};
use std::ops::Bound;
use std::path::{Path, PathBuf};

pub(super) struct Disk {
    pub nodes: HashMap<u64, Node>,
    pub names: BTreeMap<PathBuf, u64>,
    pub names_synced: BTreeMap<PathBuf, u64>,
    pub names_pending: Vec<NameChange>,
    pub next_inode: u64,
    pub links_max: u64,
    pub syncs: u64,
    pub cut_at: Option<u64>,
    pub powered: bool,
}

#[derive(Default)]
pub(super) struct Node {
    pub is_dir: bool,
    pub now: Vec<u8>,
    pub synced: Vec<u8>,
    pub pending: Vec<Change>,
    pub links: u64,
    /// Open handles: a file without a name lives until the last is closed.
    pub handles: u64,
}

#[derive(Clone)]
pub(super) enum Change {
    Write { offset: u64, data: Vec<u8> },
    Len(u64),
}

/// One change of the name space: an atomic step.
#[derive(Clone)]
pub(super) struct NameChange {
    pub remove: Option<PathBuf>,
    pub add: Option<(PathBuf, u64)>,
}

impl NameChange {
    pub fn add(path: &Path, inode: u64) -> NameChange {
        NameChange { remove: None, add: Some((path.to_path_buf(), inode)) }
    }

    pub fn remove(path: &Path) -> NameChange {
        NameChange { remove: Some(path.to_path_buf()), add: None }
    }

    pub fn rename(from: &Path, to: &Path, inode: u64) -> NameChange {
        NameChange { remove: Some(from.to_path_buf()), add: Some((to.to_path_buf(), inode)) }
    }

    pub fn touches(&self, dir: &Path) -> bool {
        let is_in = |path: &Path| path.parent() == Some(dir);
        self.remove.as_deref().is_some_and(is_in) || self.add.as_ref().is_some_and(|(path, _)| is_in(path))
    }

    fn names(&self) -> impl Iterator<Item = &Path> {
        self.remove.as_deref().into_iter().chain(self.add.as_ref().map(|(path, _)| path.as_path()))
    }

    pub fn apply(&self, names: &mut BTreeMap<PathBuf, u64>) {
        if let Some(path) = &self.remove {
            names.remove(path);
        }
        if let Some((path, inode)) = &self.add {
            names.insert(path.clone(), *inode);
        }
    }
}

impl Change {
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Len(len) => bytes.resize(*len as usize, 0),
            Change::Write { offset, data } => {
                let end = *offset as usize + data.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*offset as usize..end].copy_from_slice(data);
            }
        }
    }
}

impl Node {
    pub fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.pending.push(change);
    }

    pub fn sync(&mut self) {
        for change in self.pending.drain(..) {
            change.apply(&mut self.synced);
        }
    }

    pub fn fail_sync(&mut self, rng: &mut Rng) {
        if !self.pending.is_empty() {
            self.synced = cut::torn(self, rng);
            self.pending.clear();
        }
    }

    pub fn corrupt(&mut self, offset: u64, data: &[u8]) {
        let change = Change::Write { offset, data: data.to_vec() };
        change.apply(&mut self.now);
        change.apply(&mut self.synced);
    }

    pub fn meta(&self, inode: u64) -> Meta {
        Meta { len: self.now.len() as u64, links: self.links, inode, is_dir: self.is_dir }
    }
}

impl Disk {
    pub fn new(links_max: u64) -> Disk {
        let root = Node { is_dir: true, links: 1, ..Node::default() };
        let names = BTreeMap::from([(PathBuf::from("/"), 1)]);
        Disk {
            nodes: HashMap::from([(1, root)]),
            names_synced: names.clone(),
            names,
            names_pending: Vec::new(),
            next_inode: 2,
            links_max,
            syncs: 0,
            cut_at: None,
            powered: true,
        }
    }

    pub fn powered(&self) -> io::Result<()> {
        match self.powered {
            true => Ok(()),
            false => Err(io::Error::other("power is off")),
        }
    }

    /// Counts a sync; the power may go away here.
    pub fn start_sync(&mut self) -> io::Result<()> {
        self.powered()?;
        self.syncs += 1;
        if self.cut_at == Some(self.syncs) {
            self.powered = false;
        }
        self.powered()
    }

    pub fn add_node(&mut self, node: Node) -> u64 {
        let inode = self.next_inode;
        self.next_inode += 1;
        self.nodes.insert(inode, node);
        inode
    }

    pub fn find_mut(&mut self, path: &Path) -> io::Result<(u64, &mut Node)> {
        let inode = *self.names.get(path).ok_or(ErrorKind::NotFound)?;
        let node = self.nodes.get_mut(&inode).ok_or(ErrorKind::NotFound)?;
        Ok((inode, node))
    }

    pub fn parent_must_exist(&mut self, path: &Path) -> io::Result<()> {
        let parent = path.parent().ok_or(ErrorKind::InvalidInput)?;
        match self.find_mut(parent)?.1.is_dir {
            true => Ok(()),
            false => Err(io::Error::from_raw_os_error(libc::ENOTDIR)),
        }
    }

    pub fn must_be_free(&mut self, path: &Path) -> io::Result<()> {
        self.parent_must_exist(path)?;
        match self.names.contains_key(path) {
            true => Err(ErrorKind::AlreadyExists.into()),
            false => Ok(()),
        }
    }

    pub fn change_names(&mut self, change: NameChange) {
        let replaced = change.add.as_ref().and_then(|(path, _)| self.names.get(path).copied());
        let removed = change.remove.as_ref().and_then(|path| self.names.get(path).copied());
        for inode in [replaced, removed].into_iter().flatten() {
            if let Some(node) = self.nodes.get_mut(&inode) {
                node.links -= 1;
            }
        }
        if let Some(node) = change.add.as_ref().and_then(|(_, inode)| self.nodes.get_mut(inode)) {
            node.links += 1;
        }
        change.apply(&mut self.names);
        self.names_pending.push(change);
    }

    /// Makes the chosen changes durable, and with each the earlier ones of the same names: a directory never goes back
    /// to what it was before.
    pub fn sync_names(&mut self, which: impl Fn(&NameChange) -> bool) {
        let mut names = HashSet::new();
        let mut chosen = vec![false; self.names_pending.len()];
        for (change, chosen) in self.names_pending.iter().zip(&mut chosen).rev() {
            if which(change) || change.names().any(|name| names.contains(name)) {
                names.extend(change.names());
                *chosen = true;
            }
        }
        let mut chosen = chosen.into_iter();
        let synced = &mut self.names_synced;
        self.names_pending.retain(|change| {
            let durable = chosen.next().unwrap_or(false);
            if durable {
                change.apply(synced);
            }
            !durable
        });
    }

    /// A sync that failed: the pages of all files are clean now, written or not. Names stay pending.
    pub fn fail_all(&mut self) {
        for (inode, node) in &mut self.nodes {
            node.fail_sync(&mut Rng::new(self.syncs ^ inode));
        }
    }

    pub fn sync_all(&mut self) {
        self.sync_names(|_| true);
        // Now no name, seen or synced, leads to these.
        self.nodes.retain(|_, node| node.links > 0 || node.handles > 0);
        for node in self.nodes.values_mut() {
            node.sync();
        }
    }

    pub fn list(&self, dir: &Path) -> io::Result<Vec<Entry>> {
        let inode = self.names.get(dir).ok_or(ErrorKind::NotFound)?;
        if !self.nodes.get(inode).is_some_and(|node| node.is_dir) {
            return Err(io::Error::from_raw_os_error(libc::ENOTDIR));
        }
        // Paths order by component, so what is below a directory follows it at once.
        let below = self.names.range::<Path, _>((Bound::Excluded(dir), Bound::Unbounded));
        let mut entries = Vec::new();
        for (path, inode) in below.take_while(|(path, _)| path.starts_with(dir)) {
            if path.parent() == Some(dir) {
                let name = path.file_name().ok_or(ErrorKind::InvalidData)?.to_os_string();
                entries.push(Entry { name, is_dir: self.nodes.get(inode).is_some_and(|node| node.is_dir) });
            }
        }
        Ok(entries)
    }
}
