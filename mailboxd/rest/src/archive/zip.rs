// SPDX-License-Identifier: AGPL-3.0-or-later
//! Zip (APPNOTE 6.3), deflated, without zip64: entries and archives below 4 GB. Written as a stream; read from a file.

use flate2::Compression;
use flate2::Crc;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use std::io::{self, Read, Seek, SeekFrom, Write};

const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
/// Sizes follow the content; names are UTF-8.
const FLAGS: u16 = 1 << 3 | 1 << 11;
const DEFLATED: u16 = 8;
const ENTRIES_MAX: usize = u16::MAX as usize;
/// Of a central directory: it is read as a whole.
const DIRECTORY_BYTES_MAX: u64 = 32 << 20;
/// A general purpose flag.
const ENCRYPTED: u64 = 1;

pub struct Writer<W: Write> {
    to: W,
    at: u64,
    central: Vec<u8>,
    count: usize,
}

impl<W: Write> Writer<W> {
    pub fn new(to: W) -> Writer<W> {
        Writer { to, at: 0, central: Vec::new(), count: 0 }
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.at += bytes.len() as u64;
        self.to.write_all(bytes)
    }

    pub fn file(&mut self, name: &str, content: &mut dyn Read) -> io::Result<()> {
        let start = small(self.at)?;
        if self.count >= ENTRIES_MAX {
            return Err(io::Error::other("too many files for a zip archive: ask for a tgz"));
        }
        let length = u16::try_from(name.len()).map_err(io::Error::other)?;
        let mut head = Vec::new();
        le(&mut head, &[LOCAL.into()], 4);
        le(&mut head, &[20, FLAGS.into(), DEFLATED.into(), 0, 0x21], 2);
        le(&mut head, &[0, 0, 0], 4);
        le(&mut head, &[length.into(), 0], 2);
        head.extend_from_slice(name.as_bytes());
        self.put(&head)?;
        let mut crc = Crc::new();
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        let mut packed = 0_u64;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let read = content.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            crc.update(&buffer[..read]);
            encoder.write_all(&buffer[..read])?;
            let ready = std::mem::take(encoder.get_mut());
            packed += ready.len() as u64;
            self.put(&ready)?;
        }
        let rest = encoder.finish()?;
        packed += rest.len() as u64;
        self.put(&rest)?;
        // Crc counts modulo 2^32, as does the format.
        let (sum, packed, size) = (crc.sum(), small(packed)?, crc.amount());
        let mut descriptor = Vec::new();
        le(&mut descriptor, &[DESCRIPTOR.into(), sum.into(), packed.into(), size.into()], 4);
        self.put(&descriptor)?;
        le(&mut self.central, &[CENTRAL.into()], 4);
        le(&mut self.central, &[20, 20, FLAGS.into(), DEFLATED.into(), 0, 0x21], 2);
        le(&mut self.central, &[sum.into(), packed.into(), size.into()], 4);
        le(&mut self.central, &[length.into(), 0, 0, 0, 0], 2);
        le(&mut self.central, &[0, start.into()], 4);
        self.central.extend_from_slice(name.as_bytes());
        self.count += 1;
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<W> {
        let (start, count) = (small(self.at)?, self.count as u64);
        let central = std::mem::take(&mut self.central);
        self.put(&central)?;
        let mut end = Vec::new();
        le(&mut end, &[END.into()], 4);
        le(&mut end, &[0, 0, count, count], 2);
        le(&mut end, &[central.len() as u64, start.into()], 4);
        le(&mut end, &[0], 2);
        self.put(&end)?;
        Ok(self.to)
    }
}

fn small(number: u64) -> io::Result<u32> {
    u32::try_from(number).map_err(|_| io::Error::other("too much for a zip archive: ask for a tgz"))
}

/// Little-endian numbers of so many octets.
fn le(out: &mut Vec<u8>, numbers: &[u64], octets: usize) {
    numbers.iter().for_each(|number| out.extend_from_slice(&number.to_le_bytes()[..octets]));
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not a zip archive: {what}"))
}

/// Files in the order of the central directory.
pub struct Reader<R> {
    from: R,
    directory: Vec<u8>,
    at: usize,
    count: u64,
}

pub struct Entry {
    pub name: String,
    /// Octets of its content, as the directory says.
    pub size: u64,
    packed: u64,
    sum: u32,
    how: u64,
    start: u64,
}

impl<R: Read + Seek> Reader<R> {
    pub fn new(mut from: R) -> io::Result<Reader<R>> {
        let length = from.seek(SeekFrom::End(0))?;
        let tail_at = length.saturating_sub(22 + u64::from(u16::MAX));
        let tail = octets(&mut from, tail_at, length - tail_at)?;
        let end = tail.windows(4).rposition(|four| four == END.to_le_bytes());
        let end = end.ok_or_else(|| broken("it has no end"))?;
        number(&tail, end + 20, 2)?;
        let (count, size) = (number(&tail, end + 10, 2)?, number(&tail, end + 12, 4)?);
        let start = number(&tail, end + 16, 4)?;
        if start + size > length || size > DIRECTORY_BYTES_MAX {
            return Err(broken("its directory is damaged"));
        }
        let directory = octets(&mut from, start, size)?;
        Ok(Reader { from, directory, at: 0, count })
    }

    /// The next regular file.
    pub fn next(&mut self) -> io::Result<Option<Entry>> {
        while self.count > 0 {
            self.count -= 1;
            let at = self.at;
            let field = |offset, octets| number(&self.directory, at + offset, octets);
            if field(0, 4)? != u64::from(CENTRAL) {
                return Err(broken("its directory is damaged"));
            }
            if field(8, 2)? & ENCRYPTED != 0 {
                return Err(broken("it is encrypted"));
            }
            let (name_length, extra, comment) = (field(28, 2)?, field(30, 2)?, field(32, 2)?);
            let name = self.directory.get(at + 46..at + 46 + name_length as usize);
            let name = String::from_utf8_lossy(name.ok_or_else(|| broken("a name is cut"))?).into_owned();
            let entry = Entry {
                name,
                size: field(24, 4)?,
                packed: field(20, 4)?,
                sum: field(16, 4)? as u32,
                how: field(10, 2)?,
                start: field(42, 4)?,
            };
            self.at += (46 + name_length + extra + comment) as usize;
            if !entry.name.ends_with('/') {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }

    /// Reads to its end or fails: when it is cut, is of another size, or has another checksum.
    pub fn content(&mut self, entry: &Entry) -> io::Result<Box<dyn Read + '_>> {
        let local = octets(&mut self.from, entry.start, 30)?;
        if number(&local, 0, 4)? != u64::from(LOCAL) {
            return Err(broken("a file is not where its directory says"));
        }
        let skip = number(&local, 26, 2)? + number(&local, 28, 2)?;
        self.from.seek(SeekFrom::Start(entry.start + 30 + skip))?;
        let packed = (&mut self.from).take(entry.packed);
        let (left, sum) = (entry.size, entry.sum);
        match entry.how {
            0 => Ok(Box::new(Content { from: packed, left, sum, crc: Crc::new() })),
            8 => Ok(Box::new(Content { from: DeflateDecoder::new(packed), left, sum, crc: Crc::new() })),
            _ => Err(broken("an unknown compression")),
        }
    }
}

struct Content<R> {
    from: R,
    left: u64,
    sum: u32,
    crc: Crc,
}

impl<R: Read> Read for Content<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.crc.update(&buffer[..read]);
        // Whatever the directory says of its size: no bomb.
        self.left = self.left.checked_sub(read as u64).ok_or_else(|| broken("a file has another size"))?;
        if read == 0 && !buffer.is_empty() && (self.left > 0 || self.crc.sum() != self.sum) {
            return Err(broken("a file is damaged"));
        }
        Ok(read)
    }
}

fn octets(from: &mut (impl Read + Seek), at: u64, length: u64) -> io::Result<Vec<u8>> {
    from.seek(SeekFrom::Start(at))?;
    let mut octets = Vec::new();
    from.take(length).read_to_end(&mut octets)?;
    if octets.len() as u64 == length { Ok(octets) } else { Err(broken("it is cut")) }
}

fn number(archive: &[u8], at: usize, octets: usize) -> io::Result<u64> {
    let bytes = archive.get(at..at.saturating_add(octets)).ok_or_else(|| broken("it is cut"))?;
    Ok(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn what_is_written_is_read() {
        let mut writer = Writer::new(Vec::new());
        let text = "many words ".repeat(1_000);
        writer.file("Ä/a.txt", &mut text.as_bytes()).unwrap();
        writer.file("empty", &mut io::empty()).unwrap();
        let bytes = writer.finish().unwrap();
        let mut reader = Reader::new(Cursor::new(&bytes)).unwrap();
        for expected in [("Ä/a.txt", text.as_str()), ("empty", "")] {
            let entry = reader.next().unwrap().unwrap();
            assert_eq!((entry.name.as_str(), entry.size), (expected.0, expected.1.len() as u64));
            assert_eq!(io::read_to_string(reader.content(&entry).unwrap()).unwrap(), expected.1);
        }
        assert!(reader.next().unwrap().is_none());
        for cut in [0, 10, bytes.len() / 2, bytes.len() - 1] {
            assert!(Reader::new(Cursor::new(&bytes[..cut])).is_err(), "{cut}");
        }
    }

    /// No octet of a file or of its entry can change unseen, and none makes more of it than it says.
    #[test]
    fn what_is_damaged_is_an_error() {
        let mut writer = Writer::new(Vec::new());
        writer.file("a", &mut "many words ".repeat(100).as_bytes()).unwrap();
        let whole = writer.finish().unwrap();
        let read = |bytes: &[u8]| -> io::Result<String> {
            let mut reader = Reader::new(Cursor::new(bytes))?;
            let entry = reader.next()?.ok_or(io::ErrorKind::NotFound)?;
            io::read_to_string(reader.content(&entry)?)
        };
        let expected = read(&whole).unwrap();
        let directory = whole.windows(4).position(|four| four == CENTRAL.to_le_bytes()).unwrap();
        for at in (31..directory - 16).chain(directory + 16..directory + 28) {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            assert!(read(&bytes).is_err() || read(&bytes).unwrap() == expected, "{at}");
        }
        let mut small = whole.clone();
        small[directory + 24..directory + 28].copy_from_slice(&10_u32.to_le_bytes());
        assert!(read(&small).is_err());
    }
}
