// SPDX-License-Identifier: AGPL-3.0-or-later
//! The domain: what a mailbox is and what may be done with it. The only crate that writes to the four stores.
//!
//! The journal is the mailbox; everything else is a view of it. A change is drafted under the mailbox lock ([`draft`]), becomes
//! one durable record ([`commit`]), is applied to rows and files ([`apply`]) and told to the sessions ([`notify`]). Recovery
//! applies the same records with the same code ([`recovery`]).

mod access;
mod annotation;
mod applier;
mod apply;
mod attachment;
mod backup;
mod changes;
mod checkpoint;
mod commit;
mod config;
mod contact;
mod custom;
mod deleted;
mod document;
mod draft;
mod effect;
mod error;
mod find;
mod folder;
mod header;
mod indexer;
mod item;
mod lifecycle;
mod live;
mod mailbox;
mod migrate;
mod note;
mod notify;
mod ranking;
mod recovery;
mod schedule;
mod script;
mod search;
mod sharing;
mod source;
mod space;
mod stats;
mod store;
mod tag;
mod training;
mod upkeep;
mod verify;
mod view;
mod volume;
mod worker;

pub use crate::backup::{
    BackupRun, BackupStatus, DIRECTORY_COPY, DrillReport, Extra, FolderCount, Loss, PickRequest, Picked, RepairReport,
    RestoreRequest, RestoreSystem, Restored, SnapshotEntry, SystemRestored, open_target,
};
pub use ::backup::{Identities, Keep, Recipients, Target, kind as record_kind};
pub use access::Visitor;
pub use annotation::{ANNOTATION_BYTES_MAX, ANNOTATION_NAME_BYTES_MAX, ANNOTATIONS_MAX, Annotated, Annotation};
pub use attachment::Extraction;
pub use blobs::{Blob, Class, LESSONS_MAX, Staged, Staging, Waiting};
pub use config::{Backup, Config};
pub use contact::{Changes, FileAttr, MemberChange, NewContact, file_as};
pub use custom::{CUSTOM_BYTES_MAX, Pairs, SECTION_NAME_BYTES_MAX, SECTIONS_MAX};
pub use deleted::Deletion;
pub use document::SaveDocument;
pub use effect::{BlobFile, Body, Dumped, Effect, Expiry, KIND_MAILBOX, Lesson, Moving, NoteName, Record, Section};
pub use error::{Error, Result};
pub use extract;
pub use find::{After, HeaderMatches, Hit, SearchPage, SearchParams, sort_key, sort_value};
pub use folder::{GRANTS_MAX, POLICIES_MAX, SPECIAL_USES, VIRTUAL_MESSAGES_MAX, VirtualFolder, VirtualMessage};
pub use header::header_holds;
pub use ids::{Digest, ItemId, MailboxId, ModSeq, Seq, Uid};
pub use index;
pub use item::{
    AddMessage, Delivery, FlagChange, FlagResult, Lifetime, Parcel, ParcelCopy, Remembered, Since, saved_ms,
};
pub use mailbox::{Handle, Mailbox};
pub use metadata::{
    Address, Brief, ContactDetail, ContactFile, Custom, CustomSection, Detail, DocumentDetail, DocumentVersion, Engine,
    Engines, Flags, FolderDetail, Grant, GranteeKind, Item, Kind, Lock, MailboxRow, Member, MemberKind, MessageDetail,
    Note, Patch, Remote, Retention, RetentionPolicy, Rights, Server, SortBy, TagDetail, Tombstone,
};
pub use note::{ANSWERED, DUPLICATES, FETCHED, NOTES_MAX, TOLD};
pub use notify::{Change, Event, What};
pub use ranking::{ADDRESS_BOOK, RANKED_MAX, Ranked, WRITTEN_TO};
pub use schedule::{SCHEDULED_MAX, Schedules};
pub use script::{ActiveScript, SCRIPT_BYTES_MAX, SCRIPTS_MAX, ScriptEntry};
pub use search::Kinds;
pub use search::id_set::IdSet;
pub use source::{FETCHED_MAX, SOURCES_MAX, SourceNote, fetched_name};
pub use stats::StoreStats;
pub use store::{Actor, Store};
pub use upkeep::Usage;
pub use verify::VerifyReport;
pub use view::{Folder, Tag};
pub use volume::{HsmPolicy, HsmStatus, Volume, VolumeWish};
