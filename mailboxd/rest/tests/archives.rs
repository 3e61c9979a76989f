// SPDX-License-Identifier: AGPL-3.0-or-later
//! Archives that are brought in: what comes, what goes, and what stays as it was.
#![allow(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod world;

use axum::http::{Request, header};
use directory::Attrs;
use mailbox::{Detail, Grant, GranteeKind, ItemId, Rights};
use world::{CARDS, MESSAGE, World};

const FOLDERS: &str = r#""folders":[{"path":"/Work"},{"path":"/Other"},{"path":"/Inbox"}]"#;

/// Files as POSIX ustar.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, content) in files {
        let mut block = [0_u8; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
        block[148..156].copy_from_slice(b"        ");
        block[156] = b'0';
        block[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        archive.extend_from_slice(&block);
        archive.extend_from_slice(content);
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    archive
}

fn folder(world: &World, above: ItemId, name: &str) -> ItemId {
    world.handle("alice").mailbox().create_folder(above, name, "message").unwrap().item.id
}

/// Ids of what lies in a folder, ascending.
fn held(world: &World, path: &str) -> Vec<ItemId> {
    let handle = world.handle("alice");
    let mailbox = handle.mailbox();
    let folder = mailbox.folder_by_path(path).unwrap().unwrap().item.id;
    let briefs = mailbox.contents().unwrap().into_iter().filter(|brief| brief.folder == folder);
    briefs.map(|brief| brief.id).collect()
}

async fn put(world: &World, path: &str, content: &[u8]) {
    let request = Request::put(format!("/home/~/{path}")).header(header::CONTENT_TYPE, "text/plain");
    assert_eq!(world.send("alice", request, content.to_vec()).await.status, 200, "{path}");
}

/// Of a folder's archive nothing comes into other folders, and nothing in them goes.
#[tokio::test]
async fn a_reset_is_of_the_folders_of_the_archive() {
    for kind in ["tgz", "zip"] {
        let world = World::new();
        let (work, other) = (folder(&world, ItemId::USER_ROOT, "Work"), folder(&world, ItemId::USER_ROOT, "Other"));
        let below = folder(&world, work, "Below");
        let before = world.add("alice", work);
        let elsewhere = [world.add("alice", other), world.add("alice", ItemId::INBOX)];
        let archive = world.get("alice", &format!("/home/~/Work?fmt={kind}")).await.body;
        let after = [world.add("alice", work), world.add("alice", below)];
        let path = format!("/home/~/?fmt={kind}&resolve=reset");
        // Nothing goes until all of it is there.
        let cut = archive[..archive.len() - 30].to_vec();
        assert_eq!(world.post("alice", &path, cut).await.status, 400, "{kind}");
        let all: Vec<ItemId> = held(&world, "/Work").into_iter().chain(held(&world, "/Work/Below")).collect();
        assert!([before].iter().chain(&after).all(|id| all.contains(id)), "{kind}: {all:?}");
        let reply = world.post("alice", &path, archive).await;
        assert_eq!((reply.status, reply.text().as_str()), (200, "1 items\n"), "{kind}");
        let now = held(&world, "/Work");
        assert_eq!(now.len(), 1, "{kind}");
        assert!(!all.contains(&now[0]), "{kind}");
        assert!(held(&world, "/Work/Below").is_empty(), "{kind}: the archive tells that it was empty");
        assert_eq!(
            (held(&world, "/Other"), held(&world, "/Inbox")),
            (vec![elsewhere[0]], vec![elsewhere[1]]),
            "{kind}"
        );
        assert_eq!(world.get("alice", &format!("/home/~/?id={}", now[0])).await.body, MESSAGE);
        // Into another folder: only what is in that.
        assert_eq!(
            world.post("alice", "/home/~/Other?fmt=tar&resolve=reset", tar(&[("a.eml", b"A: b\r\n\r\n")])).await.status,
            200
        );
        assert_eq!((held(&world, "/Other").len(), held(&world, "/Work")), (1, now), "{kind}");
        assert!(!held(&world, "/Other").contains(&elsewhere[0]));
    }
}

/// The first version told of all folders, whatever it was of.
#[tokio::test]
async fn a_reset_by_an_archive_of_the_first_version() {
    let world = World::new();
    let (work, other) = (folder(&world, ItemId::USER_ROOT, "Work"), folder(&world, ItemId::USER_ROOT, "Other"));
    let kept = [world.add("alice", other), world.add("alice", ItemId::INBOX)];
    world.add("alice", work);
    world.add("alice", work);
    for (version, is_kept) in [(1, true), (2, false)] {
        let meta = format!(r#"{{"version":{version},{FOLDERS},"tags":[]}}"#);
        let archive = tar(&[("mailbox.meta", meta.as_bytes()), ("Work/a.eml", MESSAGE)]);
        assert_eq!(world.post("alice", "/home/~/?fmt=tar&resolve=reset", archive).await.text(), "1 items\n");
        assert_eq!(held(&world, "/Work").len(), 1);
        assert_eq!(held(&world, "/Other") == [kept[0]] && held(&world, "/Inbox") == [kept[1]], is_kept, "{version}");
    }
}

/// What is to be replaced is there until the other one is.
#[tokio::test]
async fn replacing() {
    let world = World::new();
    let work = folder(&world, ItemId::USER_ROOT, "Work");
    let before = world.add("alice", work);
    assert_eq!(world.post("alice", "/home/~/Contacts?fmt=vcf", CARDS).await.status, 200);
    put(&world, "Briefcase/notes.txt", b"a note").await;
    let archive = world.get("alice", "/home/~/?fmt=tgz").await.body;
    put(&world, "Briefcase/Notes.txt", b"a later one").await;
    let (contact, document) = (held(&world, "/Contacts"), held(&world, "/Briefcase"));
    let quota = |octets: &str| {
        let id = world.account("alice");
        let changes = Attrs::from([("zimbraMailQuota".to_owned(), vec![octets.to_owned()])]);
        world.directory.modify_account(&id, changes).unwrap();
    };
    quota("1");
    for resolve in ["replace", "reset"] {
        let refused = world.post("alice", &format!("/home/~/?fmt=tgz&resolve={resolve}"), archive.clone()).await;
        assert_eq!(refused.status, 400, "{resolve}");
        assert!(
            held(&world, "/Work").contains(&before) && held(&world, "/Contacts").starts_with(&contact),
            "{resolve}"
        );
    }
    quota("0");
    let path = "/home/~/?fmt=tgz&resolve=replace";
    assert_eq!(world.post("alice", path, archive).await.text(), "3 items\n");
    assert_eq!(held(&world, "/Work").len(), 1);
    assert!(!held(&world, "/Work").contains(&before));
    assert_eq!((held(&world, "/Contacts").len(), held(&world, "/Contacts") == contact), (1, false));
    // A document of that name gets a version, and keeps those before it.
    assert_eq!(held(&world, "/Briefcase"), document);
    let item = world.handle("alice").mailbox().document(document[0]).unwrap();
    assert!(matches!(&item.detail, Detail::Document(detail) if detail.version == 3), "{item:?}");
    assert_eq!(item.name, "notes.txt");
    assert_eq!(world.get("alice", "/home/~/Briefcase/notes.txt").await.body, b"a note");
    assert_eq!(world.get("alice", "/home/~/Briefcase/notes.txt?ver=2").await.body, b"a later one");
}

/// A document may be called as metadata are.
#[tokio::test]
async fn documents_with_names_of_metadata() {
    let documents: [(&str, &[u8]); 6] = [
        ("x", b"of x"),
        ("x.meta", b"not of x"),
        ("X.META.document", b"that neither"),
        ("package.meta", br#"{"kind":"package"}"#),
        ("like.meta", br#"{"kind":"message","flags":2}"#),
        ("mailbox.meta", br#"{"version":1}"#),
    ];
    for (kind, meta) in [("tgz", ""), ("zip", ""), ("tar", "&meta=0")] {
        let world = World::new();
        // Without metadata this one can't be told from them.
        let documents = || documents.iter().filter(|(name, _)| meta.is_empty() || *name != "like.meta");
        for (name, content) in documents() {
            put(&world, &format!("Briefcase/{name}"), content).await;
        }
        let archive = world.get("alice", &format!("/home/~/Briefcase?fmt={kind}{meta}")).await;
        let reply = world.post("bob", &format!("/home/~/?fmt={kind}"), archive.body).await;
        assert_eq!(reply.text(), format!("{} items\n", documents().count()), "{kind}");
        for (name, content) in documents() {
            let found = world.get("bob", &format!("/home/~/Briefcase/{name}")).await;
            assert_eq!((found.status, found.body.as_slice()), (200, *content), "{kind} {name}");
        }
    }
    // As it was before such names were told apart.
    let world = World::new();
    let meta: &[u8] = br#"{"kind":"document","name":"x.meta","content_type":"text/plain"}"#;
    let archive = tar(&[("./Briefcase/x.meta.meta", meta), ("./Briefcase/x.meta", meta)]);
    assert_eq!(world.post("alice", "/home/~/?fmt=tar", archive).await.text(), "1 items\n");
    assert_eq!(world.get("alice", "/home/~/Briefcase/x.meta").await.body, meta);
}

/// Where it goes is where it says, or nowhere.
#[tokio::test]
async fn places() {
    let world = World::new();
    folder(&world, ItemId::USER_ROOT, "Work");
    let dotted = folder(&world, ItemId::USER_ROOT, "v1.zip");
    let archive = tar(&[("a.eml", MESSAGE), ("Below/b.eml", MESSAGE)]);
    assert_eq!(world.post("alice", "/home/~/Work.tar", archive.clone()).await.text(), "2 items\n");
    assert_eq!((held(&world, "/Work").len(), held(&world, "/Work/Below").len()), (1, 1));
    assert_eq!(world.post("alice", "/home/~/Contacts.vcf", CARDS).await.text(), "1 contacts\n");
    // The name of a folder that is there is no format.
    assert_eq!(world.post("alice", "/home/~/v1.zip", MESSAGE).await.status, 200);
    assert_eq!(held(&world, "/v1.zip").len(), 1);
    let folders = world.handle("alice").mailbox().folders().unwrap().len();
    for path in
        ["Nowhere.tar", "Nowhere?fmt=tar", "Work/Nowhere?fmt=tar&resolve=reset", "Work.tar?fmt=tar", "Nowhere.vcf"]
    {
        assert_eq!(world.post("alice", &format!("/home/~/{path}"), archive.clone()).await.status, 404, "{path}");
    }
    assert_eq!(world.handle("alice").mailbox().folders().unwrap().len(), folders);
    assert_eq!(held(&world, "/Work").len(), 1);
    assert!(world.handle("alice").mailbox().folder(dotted).is_ok());
}

/// A file of an archive is no larger than a message may be, however small the archive.
#[tokio::test]
async fn files_that_are_too_large() {
    let world = World::with(|config| config.message_bytes_max = 1 << 20);
    let large = vec![b'x'; (1 << 20) + 1];
    for name in ["Inbox/a.eml", "Briefcase/a.txt"] {
        let reply = world.post("alice", "/home/~/?fmt=tar", tar(&[(name, &large)])).await;
        assert_eq!(reply.status, 413, "{name}");
    }
    let large = vec![b' '; 20 << 20];
    for name in ["Contacts/a.vcf", "mailbox.meta", "Inbox/a.eml.meta"] {
        let reply = world.post("alice", "/home/~/?fmt=tar", tar(&[(name, &large)])).await;
        assert!([400, 413].contains(&reply.status), "{name}: {}", reply.status);
    }
    assert!(["/Inbox", "/Briefcase", "/Contacts"].iter().all(|path| held(&world, path).is_empty()));
}

/// All that a file of contacts from elsewhere holds comes.
#[tokio::test]
async fn many_contacts_in_one_file() {
    let world = World::new();
    let (one, two) = (CARDS.replace("Ann", "Bob"), format!("{CARDS}{}", CARDS.replace("Ann", "Eve")));
    let archive = tar(&[("Contacts/friends.vcf", one.as_bytes()), ("Contacts/more.vcf", two.as_bytes())]);
    assert_eq!(world.post("alice", "/home/~/?fmt=tar", archive).await.text(), "3 items\n");
    assert_eq!(held(&world, "/Contacts").len(), 3);
}

/// A visitor brings into a folder what its rights allow, and removes nothing without the right to.
#[tokio::test]
async fn visitors() {
    let world = World::new();
    let (work, bob) = (folder(&world, ItemId::USER_ROOT, "Work"), world.account("bob"));
    let before = world.add("alice", work);
    let grant = |rights| {
        let grant = Grant { kind: GranteeKind::User, grantee: bob.clone(), name: "b".into(), rights };
        world.handle("alice").mailbox().grant(work, grant).unwrap();
    };
    let path = "/home/alice@example.test/Work?fmt=tar";
    let archive = tar(&[("a.eml", MESSAGE), ("b.eml", b"Subject: b\r\n\r\nb\r\n")]);
    grant(Rights::READ.with(Rights::INSERT));
    assert_eq!(world.post("bob", path, archive.clone()).await.text(), "1 items\n", "one is there");
    for resolve in ["replace", "reset"] {
        let refused = world.post("bob", &format!("{path}&resolve={resolve}"), archive.clone()).await;
        assert_eq!((refused.status, held(&world, "/Work").len()), (403, 2), "{resolve}");
    }
    grant(Rights::INSERT);
    assert_eq!(world.post("bob", path, archive.clone()).await.text(), "2 items\n", "what is there it does not know");
    grant(Rights::READ.with(Rights::INSERT).with(Rights::DELETE));
    assert_eq!(world.post("bob", &format!("{path}&resolve=reset"), archive).await.text(), "2 items\n");
    assert_eq!((held(&world, "/Work").len(), held(&world, "/Work").contains(&before)), (2, false));
}
