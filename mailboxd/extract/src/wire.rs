// SPDX-License-Identifier: AGPL-3.0-or-later
//! Over one socket pair, a worker's standard input: it says [`Hello`] once its sandbox stands; then requests and answers take
//! turns. Each is a frame of JSON, followed by so many octets as it names: the document, or the text.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Octets of the JSON of a frame.
const FRAME_BYTES_MAX: u32 = 64 << 10;

/// What holds a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// No file can be opened but pdftotext and what it needs. Without it no file can be opened at all, and PDF is not read.
    pub landlock: bool,
    /// PDF is read.
    pub pdf: bool,
    /// Why there will be no answers; the worker ends.
    pub refuses: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum View {
    Text,
    /// A fragment of a page, to be sanitised by whoever shows it.
    Html,
}

/// What is said of a document; its own first octets count more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    pub name: String,
    /// Lower case "type/subtype".
    pub content_type: String,
    pub charset: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    pub about: About,
    pub view: View,
    /// Of the document, which follows.
    pub bytes: u64,
}

/// The head of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// Of no format that has text. There is none then.
    pub unknown: bool,
    /// There is more than a limit allows: of text, files, depth, time.
    pub cut: bool,
    /// All or a part of it asks for a password.
    pub protected: bool,
    /// All or a part of it can't be read.
    pub damaged: bool,
    /// Of the text, which follows.
    pub bytes: u64,
}

/// What a document says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    pub of: Answered,
    pub text: String,
}

pub fn write_frame<T: Serialize>(to: &mut impl Write, head: &T) -> io::Result<()> {
    let json = serde_json::to_vec(head)?;
    let length = u32::try_from(json.len()).ok().filter(|length| *length <= FRAME_BYTES_MAX);
    let length = length.ok_or_else(|| io::Error::other("a frame is too long"))?;
    to.write_all(&[&length.to_le_bytes()[..], &json].concat())
}

pub fn read_frame<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > FRAME_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too long"));
    }
    let mut json = vec![0; length as usize];
    from.read_exact(&mut json)?;
    Ok(serde_json::from_slice(&json)?)
}
