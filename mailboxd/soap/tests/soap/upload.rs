// SPDX-License-Identifier: AGPL-3.0-or-later
use crate::support::*;
use axum::body::Body;
use axum::http::{Request, header};
use http_body_util::BodyExt;
use soap::element::Element;
use tower::ServiceExt;

async fn post(world: &World, token: Option<&str>, query: &str, headers: &[(&str, &str)], body: &str) -> (u16, String) {
    let mut request = Request::post(format!("/service/upload?{query}"));
    if let Some(token) = token {
        request = request.header(header::COOKIE, format!("other=1; ZM_AUTH_TOKEN={token}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = world.user.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

/// An upload's id.
pub async fn uploaded(world: &World, client: &Client, content: &str) -> String {
    let headers = [("Content-Type", "image/gif"), ("Content-Disposition", "attachment; filename=\"a.gif\"")];
    let (_, text) = post(world, client.token.as_deref(), "fmt=raw", &headers, content).await;
    text.trim().strip_prefix("200,'null','").unwrap().trim_end_matches('\'').to_owned()
}

const FORM: &str = "multipart/form-data; boundary=b";
const FILES: &str = "--b\r\nContent-Disposition: form-data; name=\"requestId\"\r\n\r\nr1\r\n\
    --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\nfile one\r\n\
    --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"b.bin\"\r\n\r\nfile two\r\n--b--\r\n";

#[tokio::test]
async fn form_and_send() {
    let world = World::new();
    let alice = world.login("alice", true).await;
    let token = alice.token.clone().unwrap();
    let (status, text) = post(&world, Some(&token), "fmt=raw,extended", &[("Content-Type", FORM)], FILES).await;
    assert_eq!(status, 200);
    let list = text.trim().strip_prefix("200,'r1',").unwrap();
    let list: serde_json::Value = serde_json::from_str(list).unwrap();
    assert_eq!((list[0]["filename"].as_str(), list[0]["s"].as_u64()), (Some("a.txt"), Some(8)));
    let aid = format!("{},{}", list[0]["aid"].as_str().unwrap(), list[1]["aid"].as_str().unwrap());
    let m = || {
        Element::new("m")
            .child(Element::new("e").attr("t", "t").attr("a", "bob@example.test"))
            .content("su", "files")
            .unique(Element::new("attach").attr("aid", aid.clone()))
    };
    let bob = world.login("bob", true).await;
    let stolen = mail("SendMsgRequest").unique(m());
    assert_eq!(bob.fault(stolen).await, "mail.NO_SUCH_UPLOAD");
    alice.ok(mail("SendMsgRequest").unique(m())).await;
    let (_, _, bytes) = world.sent.lock().unwrap().remove(0);
    let tree = mime::parts(&bytes);
    let names: Vec<_> = tree.walk().filter_map(|part| part.filename.clone()).collect();
    assert_eq!(names, ["a.txt", "b.bin"]);
    let used = mail("SendMsgRequest").unique(m());
    assert_eq!(alice.fault(used).await, "mail.NO_SUCH_UPLOAD", "used up");
}

#[tokio::test]
async fn raw_and_add() {
    let world = World::new();
    let alice = world.login("alice", true).await;
    let token = alice.token.clone().unwrap();
    let headers = [("Content-Type", "message/rfc822"), ("Content-Disposition", "attachment; filename=\"m.eml\"")];
    let body = message("uploaded", "", "text").replace('\n', "\r\n");
    let (status, text) = post(&world, Some(&token), "fmt=raw", &headers, &body).await;
    assert_eq!(status, 200);
    let aid = text.trim().strip_prefix("200,'null','").unwrap().trim_end_matches('\'').to_owned();
    let m = Element::new("m").attr("l", "2").attr("aid", aid);
    let id = alice.ok(mail("AddMsgRequest").unique(m)).await.first("m").get("id").unwrap();
    assert_eq!(alice.find("subject:uploaded").await, [id]);
}

#[tokio::test]
async fn refused() {
    let world = World::new();
    let (status, text) = post(&world, None, "fmt=raw", &[], "x").await;
    assert_eq!((status, text.trim()), (401, "401,'null'"));
    assert_eq!(post(&world, Some("bogus"), "fmt=raw", &[], "x").await.0, 401);
    let (status, text) = post(&world, None, "", &[], "x").await;
    assert_eq!(status, 200);
    assert!(text.contains("loaded(401,'null')"), "{text}");
    let mut client = world.anonymous(true);
    let reply = client.ok(auth_request("alice", PASSWORD).attr("csrfTokenSecured", "1")).await;
    client.token = Some(token_of(&reply));
    assert_eq!(post(&world, client.token.as_deref(), "fmt=raw", &[], "x").await.0, 401);
    let csrf = reply.body.get("csrfToken").unwrap();
    let headers = [("X-Zimbra-Csrf-Token", csrf.as_str())];
    assert_eq!(post(&world, client.token.as_deref(), "fmt=raw", &headers, "x").await.0, 200);
    let headers = [("X-Zimbra-Csrf-Token", csrf.as_str()), ("Content-Type", FORM)];
    assert_eq!(post(&world, client.token.as_deref(), "fmt=raw", &headers, "--b\r\nbroken").await.0, 400);
    let get = Request::get("/service/upload").body(Body::empty()).unwrap();
    assert_eq!(world.user.clone().oneshot(get).await.unwrap().status().as_u16(), 405);
}
