// SPDX-License-Identifier: AGPL-3.0-or-later
//! Secondary volumes, and mail that moves there, as an administrator orders it. (Who may not is walked through in `rights.rs`.)

use crate::support::*;
use soap::element::Element;
use std::time::{Duration, Instant};

both! {
    old_mail_moves
    bad_input
}

fn volume(name: &str, root: &str) -> Element {
    let volume = Element::new("volume").attr("name", name).attr("rootpath", root).attr("type", 2);
    volume.attr("compressBlobs", true)
}

fn create(name: &str, root: &str) -> Element {
    admin("CreateVolumeRequest").unique(volume(name, root))
}

fn is(value: Option<String>) -> bool {
    matches!(value.as_deref(), Some("1" | "true"))
}

async fn old_mail_moves(json: bool) {
    let cold = tempfile::tempdir().unwrap();
    let world = World::new();
    let root = world.login_admin(json).await;
    world.deliver("alice", &message("old", "", "zebra"));
    let alice = world.login("alice", json).await;
    assert_eq!(root.fault(admin("HsmRequest")).await, "service.INVALID_REQUEST", "there is no volume to move to");
    let made = root.ok(create("cold", &cold.path().display().to_string())).await;
    let made = made.first("volume");
    assert_eq!((made.get("id").as_deref(), made.get("type").as_deref()), (Some("3"), Some("2")));
    let all = root.ok(admin("GetAllVolumesRequest")).await;
    for volume in all.body.named("volume").filter(|volume| volume.get("type").as_deref() != Some("10")) {
        let octets = |name: &str| volume.get(name).and_then(|octets| octets.parse::<u64>().ok());
        let (available, capacity) = (octets("available").unwrap(), octets("capacity").unwrap());
        assert!(available > 0 && capacity > available, "{volume:?}");
    }
    let current = root.ok(admin("GetCurrentVolumesRequest")).await;
    let ids: Vec<_> = current.body.named("volume").filter_map(|volume| volume.get("id")).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    let policy = Element::new("a").attr("n", "zimbraHsmPolicy").text("message:subject:old");
    root.ok(admin("ModifyConfigRequest").child(policy)).await;
    root.ok(admin("HsmRequest")).await;
    let begun = Instant::now();
    let status = loop {
        let status = root.ok(admin("GetHsmStatusRequest")).await.body;
        if !is(status.get("running")) && status.get("endDate").is_some() {
            break status;
        }
        assert!(begun.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((status.get("numBlobsMoved").as_deref(), status.get("error")), (Some("1"), None), "{status:?}");
    assert_eq!(alice.find("zebra").await.len(), 1);
    assert_eq!(root.fault(admin("DeleteVolumeRequest").attr("id", 3)).await, "service.INVALID_REQUEST");
    let renamed = Element::new("volume").attr("name", "archive").attr("rootpath", "").attr("type", 2);
    root.ok(admin("ModifyVolumeRequest").attr("id", 3).unique(renamed)).await;
    let found = root.ok(admin("GetVolumeRequest").attr("id", 3)).await;
    assert_eq!(found.first("volume").get("name").as_deref(), Some("archive"));
    // compression, of the primary one, too
    for id in [1, 3] {
        let changed = Element::new("volume").attr("compressBlobs", true).attr("compressionThreshold", 8192);
        root.ok(admin("ModifyVolumeRequest").attr("id", id).unique(changed)).await;
        let found = root.ok(admin("GetVolumeRequest").attr("id", id)).await;
        let volume = found.first("volume");
        assert!(is(volume.get("compressBlobs")));
        assert_eq!(volume.get("compressionThreshold").as_deref(), Some("8192"));
    }
    assert!(!is(root.ok(admin("AbortHsmRequest")).await.body.get("aborted")), "nothing runs");
}

async fn bad_input(json: bool) {
    let world = World::new();
    let root = world.login_admin(json).await;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().display().to_string();
    for refused in [
        admin("CreateVolumeRequest"),
        admin("CreateVolumeRequest").unique(Element::new("volume").attr("name", "x").attr("rootpath", "/tmp")),
        admin("CreateVolumeRequest")
            .unique(Element::new("volume").attr("name", "x").attr("rootpath", path.clone()).attr("type", 1)),
        create("cold", "relative"),
        create("", &path),
        create("cold", &format!("{path}/missing")),
        admin("ModifyVolumeRequest").attr("id", 1).unique(volume("x", &path)),
        admin("DeleteVolumeRequest").attr("id", 2),
        admin("DeleteVolumeRequest"),
    ] {
        assert_eq!(root.fault(refused.clone()).await, "service.INVALID_REQUEST", "{refused:?}");
    }
    for missing in [
        admin("ModifyVolumeRequest").attr("id", 9).unique(volume("x", &path)),
        admin("DeleteVolumeRequest").attr("id", -3),
        admin("SetCurrentVolumeRequest").attr("id", 9).attr("type", 2),
    ] {
        assert_eq!(root.fault(missing.clone()).await, "volume.NO_SUCH_VOLUME", "{missing:?}");
    }
    for policy in ["message", "message:", "mails:is:read", "message:before:(", "message:is:read ->"] {
        let wrong = Element::new("a").attr("n", "zimbraHsmPolicy").text(policy);
        assert_eq!(
            root.fault(admin("ModifyConfigRequest").child(wrong)).await,
            "account.INVALID_ATTR_VALUE",
            "{policy}"
        );
    }
    let wrong = admin("SetCurrentVolumeRequest").attr("id", 1).attr("type", 2);
    assert_eq!(root.fault(wrong).await, "volume.WRONG_TYPE_CURRVOL");
}
