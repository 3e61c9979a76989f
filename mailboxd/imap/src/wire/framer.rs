// SPDX-License-Identifier: AGPL-3.0-or-later
//! Finds the end of each command in a stream of octets, however it is cut into pieces.
//!
//! Invariants: the buffer never holds more than [`Limits::command_bytes_max`] octets; a literal's octets are taken only
//! after the caller said where they go ([`Framer::accept`], [`Framer::stream`], [`Framer::skip`]); after an error the
//! framer is again at the start of a line that the client meant as one.

/// Longest `{n+}` announcement that is looked for at the end of a line that is being thrown away.
const ANNOUNCEMENT_BYTES_MAX: usize = 32;

#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Octets of one command with its literals, messages of APPEND not counted.
    pub command_bytes_max: usize,
}

/// `{n}`, `{n+}`, `~{n}` at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announcement {
    pub len: u64,
    /// The client waits for `+` before it sends (RFC 7888: not with `{n+}`).
    pub waits: bool,
    /// literal8 (RFC 3516)
    pub binary: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// [`Framer::buffer`] holds a whole line with its literals, without the last line end.
    Line,
    /// The buffer ends in an announcement (with its line end): say where it goes.
    Literal(Announcement),
    /// A part of a literal that streams is at the start of the input: this many octets, not taken from the input yet.
    Chunk(usize),
    /// The last octet of a streamed literal has been taken. The buffer is empty; the rest of the line follows.
    Streamed,
    /// The line was longer than allowed. It has been thrown away; the buffer holds its first octets.
    TooLong,
    /// A line that the caller wanted skipped is over.
    Skipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Line,
    /// Waits for the caller's decision.
    Announced(Announcement),
    /// Octets of a literal that go to the buffer.
    Inline(u64),
    Streaming(u64),
    /// Throws away literal octets, then the rest of the line.
    SkipLiteral(u64),
    SkipLine,
}

#[derive(Debug)]
pub struct Framer {
    buf: Vec<u8>,
    mode: Mode,
    limits: Limits,
    /// Where the current line of the command starts in `buf` (after its last literal).
    line_start: usize,
    /// End of a line that is thrown away, to see a literal's announcement in it.
    tail: Vec<u8>,
    too_long: bool,
}

impl Framer {
    pub fn new(limits: Limits) -> Framer {
        Framer { buf: Vec::new(), mode: Mode::Line, limits, line_start: 0, tail: Vec::new(), too_long: false }
    }

    pub fn buffer(&self) -> &[u8] {
        &self.buf
    }

    /// Takes the finished command out; the next one starts empty.
    pub fn take(&mut self) -> Vec<u8> {
        self.line_start = 0;
        std::mem::take(&mut self.buf)
    }

    /// True between commands: nothing of the next one has come.
    pub fn is_idle(&self) -> bool {
        self.mode == Mode::Line && self.buf.is_empty()
    }

    /// The literal goes to the buffer. False (and nothing happens) if it does not fit: then call [`Framer::skip`].
    #[must_use]
    pub fn accept(&mut self) -> bool {
        let Mode::Announced(literal) = self.mode else { return false };
        let room = self.limits.command_bytes_max.saturating_sub(self.buf.len());
        if literal.len > room as u64 {
            return false;
        }
        self.mode = Mode::Inline(literal.len);
        true
    }

    /// The literal's octets are handed to the caller as [`Event::Chunk`]s. The buffer is emptied.
    pub fn stream(&mut self) {
        if let Mode::Announced(literal) = self.mode {
            self.take();
            self.mode = Mode::Streaming(literal.len);
        }
    }

    /// The caller refused the command. A client that waits sends nothing more of it; another sends all of it.
    pub fn skip(&mut self) {
        if let Mode::Announced(literal) = self.mode {
            self.take();
            self.mode = if literal.waits { Mode::Line } else { Mode::SkipLiteral(literal.len) };
        }
    }

    /// Forgets the command and throws away the rest of its line (after a streamed literal).
    pub fn skip_line(&mut self) {
        self.take();
        self.tail.clear();
        self.mode = Mode::SkipLine;
    }

    /// Takes what it can from `input` and says how much and what happened. `None`: it needs more (all was taken), or it
    /// waits for a decision on a literal.
    pub fn advance(&mut self, input: &[u8]) -> (usize, Option<Event>) {
        let mut taken = 0;
        loop {
            let rest = input.get(taken..).unwrap_or_default();
            let (used, event) = match self.mode {
                Mode::Line => self.line(rest),
                Mode::Announced(_) => return (taken, None),
                Mode::Inline(left) => self.inline(rest, left),
                Mode::Streaming(0) => {
                    self.mode = Mode::Line;
                    (0, Some(Event::Streamed))
                }
                Mode::Streaming(left) => {
                    let n = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    (0, (n > 0).then_some(Event::Chunk(n)))
                }
                Mode::SkipLiteral(left) => {
                    let n = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
                    let left = left - n as u64;
                    self.mode = if left == 0 { Mode::SkipLine } else { Mode::SkipLiteral(left) };
                    (n, None)
                }
                Mode::SkipLine => self.skipping(rest),
            };
            taken += used;
            if event.is_some() || taken >= input.len() {
                // A literal of no octets must not wait for more input.
                let pending = matches!(self.mode, Mode::Streaming(0) | Mode::Inline(0));
                if event.is_some() || !pending {
                    return (taken, event);
                }
            }
        }
    }

    /// The caller has taken `n` octets of a streamed literal from the input.
    pub fn chunk_taken(&mut self, n: usize) {
        if let Mode::Streaming(left) = self.mode {
            self.mode = Mode::Streaming(left.saturating_sub(n as u64));
        }
    }

    fn line(&mut self, rest: &[u8]) -> (usize, Option<Event>) {
        let end = memchr::memchr(b'\n', rest);
        let used = end.map_or(rest.len(), |at| at + 1);
        // Two octets for CRLF, so that the limit is the same however the input is cut.
        let room = (self.limits.command_bytes_max + 2).saturating_sub(self.buf.len());
        if used > room {
            self.too_long = true;
            // An announcement may be cut in two by this point.
            let line = self.buf.get(self.line_start..).unwrap_or_default();
            self.tail = line[line.len().saturating_sub(ANNOUNCEMENT_BYTES_MAX)..].to_vec();
            self.line_start = 0;
            self.buf.truncate(ANNOUNCEMENT_BYTES_MAX);
            if self.buf.len() < ANNOUNCEMENT_BYTES_MAX {
                self.buf.extend_from_slice(&rest[..rest.len().min(ANNOUNCEMENT_BYTES_MAX)]);
            }
            self.mode = Mode::SkipLine;
            return (0, None);
        }
        self.buf.extend_from_slice(&rest[..used]);
        if end.is_none() {
            return (used, None);
        }
        let line = self.buf.get(self.line_start..).unwrap_or_default();
        if let Some(literal) = announcement(line) {
            self.mode = Mode::Announced(literal);
            return (used, Some(Event::Literal(literal)));
        }
        self.buf.pop();
        if self.buf.last() == Some(&b'\r') {
            self.buf.pop();
        }
        (used, Some(Event::Line))
    }

    fn inline(&mut self, rest: &[u8], left: u64) -> (usize, Option<Event>) {
        let n = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
        self.buf.extend_from_slice(&rest[..n]);
        let left = left - n as u64;
        self.mode = Mode::Inline(left);
        if left == 0 {
            self.line_start = self.buf.len();
            self.mode = Mode::Line;
        }
        (n, None)
    }

    fn skipping(&mut self, rest: &[u8]) -> (usize, Option<Event>) {
        let end = memchr::memchr(b'\n', rest);
        let used = end.map_or(rest.len(), |at| at + 1);
        let seen = &rest[..used];
        self.tail.extend_from_slice(&seen[seen.len().saturating_sub(ANNOUNCEMENT_BYTES_MAX)..]);
        let extra = self.tail.len().saturating_sub(ANNOUNCEMENT_BYTES_MAX);
        self.tail.drain(..extra);
        if end.is_none() {
            return (used, None);
        }
        let literal = announcement(&self.tail);
        self.tail.clear();
        if let Some(Announcement { len, waits: false, .. }) = literal {
            self.mode = Mode::SkipLiteral(len);
            return (used, None);
        }
        // A client that waits for `+` gets BAD instead and sends nothing more.
        self.mode = Mode::Line;
        let event = if std::mem::take(&mut self.too_long) { Event::TooLong } else { Event::Skipped };
        (used, Some(event))
    }
}

/// The literal that a line (line end included) ends in.
fn announcement(line: &[u8]) -> Option<Announcement> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_suffix(b"}")?;
    let open = memchr::memrchr(b'{', line)?;
    let (head, digits) = (line.get(..open)?, line.get(open + 1..)?);
    let (digits, waits) = match digits.strip_suffix(b"+") {
        Some(digits) => (digits, false),
        None => (digits, true),
    };
    if digits.is_empty() || digits.len() > 20 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // More than 64 bits say is more than any limit.
    let len = std::str::from_utf8(digits).ok()?.parse().unwrap_or(u64::MAX);
    Some(Announcement { len, waits, binary: head.ends_with(b"~") })
}

#[cfg(test)]
mod tests;
