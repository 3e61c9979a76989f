// SPDX-License-Identifier: AGPL-3.0-or-later
//! The upload servlet's HTTP face.

use super::Upload;
use super::receive::Receiving;
use crate::context::{Auth, cookie};
use crate::fault::{Fault, Result};
use crate::http::csrf_header;
use crate::state::State;
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request, State as AxumState};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use directory::token;
use futures_util::StreamExt;
use std::sync::Arc;

/// File parts of one request.
const FILES_MAX: usize = 50;
/// Bytes of a form field that is no file.
const FIELD_BYTES_MAX: usize = 1024;

pub async fn serve(AxumState(state): AxumState<State>, request: Request) -> Response {
    if request.method() != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response();
    }
    let format = Format::of(request.uri().query().unwrap_or_default());
    let mut request_id = None;
    let done = receive(&state, request, &mut request_id).await;
    let (status, uploads) = match done {
        Ok(uploads) => (StatusCode::OK, uploads),
        Err(fault) => {
            tracing::info!(code = fault.code, reason = %fault.reason, "upload refused");
            (status_of(&fault), Vec::new())
        }
    };
    format.answer(status, request_id.as_deref(), &uploads)
}

fn status_of(fault: &Fault) -> StatusCode {
    match fault.code {
        "service.AUTH_REQUIRED" | "service.AUTH_EXPIRED" => StatusCode::UNAUTHORIZED,
        "service.PERM_DENIED" => StatusCode::FORBIDDEN,
        "mail.UPLOAD_TOO_LARGE" => StatusCode::PAYLOAD_TOO_LARGE,
        "mail.TOO_MANY_UPLOADS" => StatusCode::SERVICE_UNAVAILABLE,
        "service.INVALID_REQUEST" => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn authorise(state: &State, headers: &HeaderMap) -> Result<Auth> {
    let tokens = ["ZM_AUTH_TOKEN", "ZM_ADMIN_AUTH_TOKEN"];
    let token = tokens.iter().find_map(|name| cookie(headers, name)).ok_or_else(Fault::auth_required)?;
    let auth = Auth::verify(state, token)?;
    if auth.claims.csrf {
        let shown = csrf_header(headers).unwrap_or_default();
        if !token::csrf_matches(&state.directory, token, &shown)? {
            return Err(Fault::auth_required());
        }
    }
    Ok(auth)
}

async fn receive(state: &State, request: Request, request_id: &mut Option<String>) -> Result<Vec<Arc<Upload>>> {
    let auth = authorise(state, request.headers())?;
    let content_type = header_text(request.headers(), header::CONTENT_TYPE);
    if content_type.to_ascii_lowercase().starts_with("multipart/form-data") {
        let form = Multipart::from_request(request, state).await.map_err(|error| Fault::invalid(error.to_string()))?;
        return receive_form(state, &auth.account.id, form, request_id).await;
    }
    let disposition = header_text(request.headers(), header::CONTENT_DISPOSITION);
    let name = filename(&disposition).unwrap_or_default();
    let body = request.into_body();
    Ok(vec![receive_raw(state, &auth.account.id, &name, &content_type, body).await?])
}

fn header_text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).unwrap_or_default()
}

async fn receive_raw(state: &State, account: &str, name: &str, content_type: &str, body: Body) -> Result<Arc<Upload>> {
    let mut receiving = Receiving::start(&state.uploads, account, name, content_type).await?;
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        receiving.write(&chunk.map_err(|error| Fault::invalid(error.to_string()))?).await?;
    }
    receiving.finish(&state.uploads).await
}

async fn receive_form(
    state: &State,
    account: &str,
    mut form: Multipart,
    request_id: &mut Option<String>,
) -> Result<Vec<Arc<Upload>>> {
    let broken = |error: axum::extract::multipart::MultipartError| Fault::invalid(error.to_string());
    let mut uploads = Vec::new();
    while let Some(mut field) = form.next_field().await.map_err(broken)? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            let wanted = field.name() == Some("requestId");
            let mut text = Vec::new();
            while let Some(bytes) = field.chunk().await.map_err(broken)? {
                if text.len() + bytes.len() > FIELD_BYTES_MAX {
                    return Err(Fault::invalid("form field too long"));
                }
                text.extend_from_slice(&bytes);
            }
            if wanted {
                *request_id = Some(String::from_utf8_lossy(&text).into_owned());
            }
            continue;
        };
        if uploads.len() >= FILES_MAX {
            return Err(Fault::invalid(format!("more than {FILES_MAX} files")));
        }
        let content_type = field.content_type().unwrap_or_default().to_owned();
        let mut receiving = Receiving::start(&state.uploads, account, &name, &content_type).await?;
        while let Some(bytes) = field.chunk().await.map_err(broken)? {
            receiving.write(&bytes).await?;
        }
        uploads.push(receiving.finish(&state.uploads).await?);
    }
    if uploads.is_empty() { Err(Fault::invalid("no file in the form")) } else { Ok(uploads) }
}

/// `filename=` or `filename*=` (RFC 6266 §4.3) of a Content-Disposition.
fn filename(disposition: &str) -> Option<String> {
    let parameter = |wanted: &str| {
        disposition.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.trim().split_once('=')?;
            name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim().trim_matches('"').to_owned())
        })
    };
    if let Some(extended) = parameter("filename*") {
        // RFC 8187: charset'language'percent-encoded
        let encoded = extended.rsplit('\'').next().unwrap_or_default();
        return Some(percent_decoded(encoded));
    }
    parameter("filename").map(|name| if name.contains('%') { percent_decoded(&name) } else { name })
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|pair| std::str::from_utf8(pair).ok());
        match (bytes[at], hex.and_then(|pair| u8::from_str_radix(pair, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

struct Format {
    raw: bool,
    extended: bool,
}

impl Format {
    fn of(query: &str) -> Format {
        let formats = query.split('&').filter_map(|pair| pair.strip_prefix("fmt="));
        let words: Vec<&str> = formats.flat_map(|value| value.split("%2C")).flat_map(|v| v.split(',')).collect();
        Format { raw: words.contains(&"raw"), extended: words.contains(&"extended") }
    }

    fn answer(&self, status: StatusCode, request_id: Option<&str>, uploads: &[Arc<Upload>]) -> Response {
        let quoted_id = quoted(request_id.unwrap_or("null"));
        let mut tuple = format!("{},{quoted_id}", status.as_u16());
        if status == StatusCode::OK {
            tuple.push(',');
            tuple.push_str(&if self.extended { extended(uploads) } else { quoted(&ids(uploads)) });
        }
        let (kind, body) = if self.raw {
            ("text/plain; charset=utf-8", tuple + "\n")
        } else {
            let script = format!("window.parent._uploadManager.loaded({tuple});");
            ("text/html; charset=utf-8", format!("<html><head><script>{script}</script></head><body></body></html>\n"))
        };
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ];
        // The HTML form is read by a script in a frame, which sees no status: there the tuple carries it.
        let status = if self.raw { status } else { StatusCode::OK };
        (status, headers, body).into_response()
    }
}

/// A string literal of JavaScript that is also safe within a script element.
fn quoted(text: &str) -> String {
    let safe: String = text.chars().filter(|c| c.is_alphanumeric() || " ._:,-/@".contains(*c)).collect();
    format!("'{safe}'")
}

fn ids(uploads: &[Arc<Upload>]) -> String {
    uploads.iter().map(|upload| upload.id.as_str()).collect::<Vec<_>>().join(",")
}

fn extended(uploads: &[Arc<Upload>]) -> String {
    let list: Vec<_> = uploads
        .iter()
        .map(|upload| {
            serde_json::json!({
                "aid": upload.id, "ct": upload.content_type, "filename": upload.filename, "s": upload.size,
            })
        })
        .collect();
    serde_json::Value::from(list).to_string().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_dispositions() {
        assert_eq!(filename("attachment; filename=\"a b.txt\"").as_deref(), Some("a b.txt"));
        assert_eq!(filename("attachment; filename*=UTF-8''%e4%bd%a0.txt").as_deref(), Some("你.txt"));
        assert_eq!(filename("attachment"), None);
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
    }

    #[test]
    fn answers_can_not_break_out_of_the_script() {
        assert_eq!(quoted("</script><b>'\\"), "'/scriptb'");
    }
}
