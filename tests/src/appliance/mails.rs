// SPDX-License-Identifier: AGPL-3.0-or-later
//! Messages with something about them. None of them is dangerous.

use anyhow::{Context, Result, bail};
use std::io::Write;
use std::process::{Command, Stdio};

/// The test file that every virus scanner knows (eicar.org), in two halves, so that this file is not taken for it.
const EICAR: [&str; 2] = [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];
/// The line that every SpamAssassin gives 1,000 points.
const GTUBE: [&str; 2] = ["XJS*C4JDBQADN1.NSBN3*2IDNEN", "*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"];

pub struct Mail {
    pub from: String,
    pub id: String,
    pub subject: String,
    pub headers: String,
    pub date: String,
    pub body: String,
}

impl Mail {
    /// Nothing about it.
    pub fn plain(name: &str) -> Mail {
        Mail {
            from: "friend@example.net".into(),
            id: format!("{name}@example.net"),
            subject: format!("About {name}"),
            headers: String::new(),
            date: date(),
            body: format!("Hello,\r\n\r\nthis is the text of {name}.\r\n.a line with a dot\r\n\r\nYours\r\n"),
        }
    }

    pub fn from(mut self, address: &str) -> Mail {
        address.clone_into(&mut self.from);
        self
    }

    /// Lines with their CRLF.
    pub fn headers(mut self, lines: &str) -> Mail {
        self.headers += lines;
        self
    }

    pub fn body(mut self, text: &str) -> Mail {
        self.body = format!("{text}\r\n");
        self
    }

    pub fn gtube(name: &str) -> Mail {
        Mail::plain(name).body(&GTUBE.concat())
    }

    /// With a file.
    pub fn attached(name: &str, file: &str, bytes: &[u8]) -> Mail {
        let hex =
            perl("use MIME::Base64; local $/; binmode STDIN; print encode_base64(<STDIN>, \"\\r\\n\")", &[], bytes);
        let base64 = String::from_utf8_lossy(&hex.unwrap_or_default()).into_owned();
        let mut mail =
            Mail::plain(name).headers("MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"part\"\r\n");
        mail.body = format!(
            "--part\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--part\r\n\
             Content-Type: application/octet-stream; name=\"{file}\"\r\n\
             Content-Disposition: attachment; filename=\"{file}\"\r\nContent-Transfer-Encoding: base64\r\n\r\n\
             {base64}\r\n--part--\r\n"
        );
        mail
    }

    pub fn eicar(name: &str) -> Mail {
        Mail::attached(name, "report.txt", &eicar())
    }

    pub fn bytes(&self) -> Vec<u8> {
        format!(
            "Message-ID: <{}>\r\nFrom: Somebody <{}>\r\nTo: People <people@example.test>\r\nSubject: {}\r\n\
             Date: {}\r\n{}\r\n{}",
            self.id, self.from, self.subject, self.date, self.headers, self.body
        )
        .into_bytes()
    }
}

pub fn eicar() -> Vec<u8> {
    EICAR.concat().into_bytes()
}

/// An archive with one file in it, made by the library that amavisd uses.
pub fn zip(file: &str, bytes: &[u8]) -> Result<Vec<u8>> {
    let program = "use Archive::Zip; local $/; binmode STDIN; binmode STDOUT; my $z = Archive::Zip->new; \
        $z->addString(scalar <STDIN>, $ARGV[0]); $z->writeToFileHandle(\\*STDOUT, 0)";
    perl(program, &[file], bytes)
}

/// Now (RFC 5322 §3.3). SpamAssassin looks at how old mail is.
fn date() -> String {
    let output = Command::new("date").args(["-u", "+%a, %d %b %Y %H:%M:%S +0000"]).env("LC_ALL", "C").output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

pub(super) fn perl(program: &str, words: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    let mut command = Command::new("perl");
    run(command.args(["-e", program]).args(words), input)
}

pub(super) fn run(command: &mut Command, input: &[u8]) -> Result<Vec<u8>> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    child.stdin.take().context("no stdin")?.write_all(input)?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(output.stdout)
}
