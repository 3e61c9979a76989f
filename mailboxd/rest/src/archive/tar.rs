// SPDX-License-Identifier: AGPL-3.0-or-later
//! POSIX.1-2017 ustar, with pax headers for names that are too long for it.

use std::io::{self, Read, Write};

const BLOCK: usize = 512;
/// Of one entry.
const NAME_BYTES_MAX: usize = 4_096;
const PAX_BYTES_MAX: u64 = 64 << 10;

pub struct Writer<W: Write>(W);

impl<W: Write> Writer<W> {
    pub fn new(to: W) -> Writer<W> {
        Writer(to)
    }

    /// `content` must yield `size` octets.
    pub fn file(&mut self, name: &str, size: u64, seconds: i64, content: &mut dyn Read) -> io::Result<()> {
        if name.len() > 100 {
            let record = pax("path", name);
            self.header("pax-header", record.len() as u64, seconds, b'x')?;
            self.octets(&mut record.as_bytes(), record.len() as u64)?;
        }
        let short: String = name
            .chars()
            .rev()
            .scan(0, |n, c| {
                *n += c.len_utf8();
                (*n <= 100).then_some(c)
            })
            .collect();
        self.header(&short.chars().rev().collect::<String>(), size, seconds, b'0')?;
        self.octets(content, size)
    }

    fn header(&mut self, name: &str, size: u64, seconds: i64, kind: u8) -> io::Result<()> {
        let mut block = [0_u8; BLOCK];
        let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
        put(0, &name.as_bytes()[..name.len().min(100)]);
        put(100, b"0000644\0");
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        // What eleven octal digits can't hold no mailbox holds.
        put(124, format!("{:011o}\0", size.min(0o77_777_777_777)).as_bytes());
        put(136, format!("{:011o}\0", seconds.clamp(0, 0o77_777_777_777)).as_bytes());
        put(148, b"        ");
        put(156, &[kind]);
        put(257, b"ustar\x0000");
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        self.0.write_all(&block)
    }

    fn octets(&mut self, content: &mut dyn Read, size: u64) -> io::Result<()> {
        let copied = io::copy(&mut content.take(size), &mut self.0)?;
        if copied != size {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let surplus = (size % BLOCK as u64) as usize;
        if surplus > 0 { self.0.write_all(&[0; BLOCK][surplus..]) } else { Ok(()) }
    }

    pub fn finish(mut self) -> io::Result<W> {
        self.0.write_all(&[0; 2 * BLOCK])?;
        Ok(self.0)
    }
}

/// "LENGTH KEY=VALUE\n", the length being that of all of it.
fn pax(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + rest.to_string().len();
    length = rest + length.to_string().len();
    format!("{length} {key}={value}\n")
}

/// Entries one after another.
pub struct Reader<R: Read> {
    from: R,
    /// Octets of the entry at hand and its padding that nobody has read.
    left: u64,
    padding: u64,
}

pub struct Entry {
    pub name: String,
    pub size: u64,
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not a tar archive: {what}"))
}

impl<R: Read> Reader<R> {
    pub fn new(from: R) -> Reader<R> {
        Reader { from, left: 0, padding: 0 }
    }

    /// The next regular file.
    pub fn next(&mut self) -> io::Result<Option<Entry>> {
        let mut long: Option<String> = None;
        loop {
            io::copy(&mut (&mut self.from).take(self.left + self.padding), &mut io::sink())?;
            (self.left, self.padding) = (0, 0);
            let mut block = [0_u8; BLOCK];
            // An archive without its end was cut.
            self.from.read_exact(&mut block)?;
            if block.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            let size = octal(&block[124..136])?;
            check(&block)?;
            (self.left, self.padding) = (size, (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64);
            match block[156] {
                b'0' | 0 => {
                    let prefix = text(&block[345..500]);
                    let name = text(&block[..100]);
                    let is_ustar = &block[257..262] == b"ustar" && !prefix.is_empty();
                    let name = long.take().unwrap_or(if is_ustar { format!("{prefix}/{name}") } else { name });
                    return Ok(Some(Entry { name, size }));
                }
                b'x' | b'L' => {
                    if size > PAX_BYTES_MAX {
                        return Err(broken("a header is too long"));
                    }
                    let mut content = Vec::new();
                    self.read_to_end(&mut content)?;
                    let content = String::from_utf8_lossy(&content).into_owned();
                    let path = match block[156] {
                        b'L' => Some(content.trim_end_matches('\0').to_owned()),
                        _ => content.lines().find_map(|line| Some(line.split_once(" path=")?.1.to_owned())),
                    };
                    long = path.filter(|path| path.len() <= NAME_BYTES_MAX).or(long);
                }
                _ => {}
            }
        }
    }
}

/// Of the entry at hand.
impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = (&mut self.from).take(self.left).read(buffer)?;
        if read == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

fn octal(field: &[u8]) -> io::Result<u64> {
    let digits = text(field);
    u64::from_str_radix(digits.trim(), 8).map_err(|_| broken("a size is none"))
}

fn check(block: &[u8; BLOCK]) -> io::Result<()> {
    let says = octal(&block[148..156])?;
    let is: u64 =
        block.iter().enumerate().map(|(at, b)| if (148..156).contains(&at) { 32 } else { u64::from(*b) }).sum();
    if says == is { Ok(()) } else { Err(broken("a checksum is wrong")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let long = format!("{}/{}.eml", "Ordner mit Ümlaut".repeat(12), "x".repeat(90));
        let mut writer = Writer::new(Vec::new());
        let big = vec![7_u8; 1_000];
        writer.file("a.txt", 5, 1, &mut &b"hello"[..]).unwrap();
        writer.file(&long, 1_000, 1, &mut big.as_slice()).unwrap();
        writer.file("empty", 0, 1, &mut io::empty()).unwrap();
        let bytes = writer.finish().unwrap();
        assert_eq!(bytes.len() % BLOCK, 0);
        let mut reader = Reader::new(bytes.as_slice());
        let entry = reader.next().unwrap().unwrap();
        assert_eq!((entry.name.as_str(), entry.size), ("a.txt", 5));
        assert_eq!(io::read_to_string(&mut reader).unwrap(), "hello");
        assert_eq!(reader.next().unwrap().unwrap().name, long);
        // What nobody reads of an entry is passed over.
        reader.read_exact(&mut [0; 10]).unwrap();
        assert_eq!(reader.next().unwrap().unwrap().name, "empty");
        assert!(reader.next().unwrap().is_none());
    }

    #[test]
    fn what_is_no_archive_is_an_error() {
        assert!(Reader::new(&[b'x'; 600][..]).next().is_err());
        assert!(Reader::new(&b""[..]).next().is_err());
        let mut writer = Writer::new(Vec::new());
        writer.file("a", 600, 1, &mut &[1; 600][..]).unwrap();
        let bytes = writer.finish().unwrap();
        let mut cut = Reader::new(&bytes[..700]);
        cut.next().unwrap();
        assert!(cut.read_to_end(&mut Vec::new()).is_err());
    }
}
