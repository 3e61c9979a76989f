// SPDX-License-Identifier: AGPL-3.0-or-later
//! Asks the machine's name servers (RFC 1035), first by UDP, and by TCP what does not fit.

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, RCODE, TYPE};
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

const RESOLV_CONF: &str = "/etc/resolv.conf";
const PORT: u16 = 53;
/// resolv.conf(5), MAXNS
const SERVERS_MAX: usize = 3;
const PATIENCE: Duration = Duration::from_secs(3);
const UDP_BYTES_MAX: usize = 4_096;
const TRIES: usize = 2;
const VALUES_MAX: usize = 32;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no name server answered")]
pub struct Unanswered;

pub struct Lookup {
    servers: Vec<SocketAddr>,
}

/// Those of resolv.conf(5).
pub fn resolvers() -> Vec<SocketAddr> {
    let text = std::fs::read_to_string(RESOLV_CONF).unwrap_or_default();
    let address = |line: &str| line.strip_prefix("nameserver")?.trim().parse::<IpAddr>().ok();
    text.lines().filter_map(address).take(SERVERS_MAX).map(|ip| SocketAddr::new(ip, PORT)).collect()
}

/// The name that an address's own name is asked by (RFC 1035 §3.5, RFC 3596 §2.5).
pub fn reverse(address: &str) -> Option<String> {
    match address.parse().ok()? {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            Some(format!("{d}.{c}.{b}.{a}.in-addr.arpa"))
        }
        IpAddr::V6(ip) => {
            let nibbles = ip.octets().into_iter().rev().map(|byte| format!("{:x}.{:x}.", byte & 0xf, byte >> 4));
            Some(nibbles.collect::<String>() + "ip6.arpa")
        }
    }
}

impl Lookup {
    pub fn new(servers: Vec<SocketAddr>) -> Lookup {
        Lookup { servers }
    }

    /// Values as in a zone file, but the text of a TXT record plain and in one piece. A name that is not there has none.
    pub fn ask(&self, name: &str, kind: &str) -> Result<Vec<String>, Unanswered> {
        let kind = match kind {
            "A" => TYPE::A,
            "AAAA" => TYPE::AAAA,
            "MX" => TYPE::MX,
            "TXT" => TYPE::TXT,
            "PTR" => TYPE::PTR,
            "CNAME" => TYPE::CNAME,
            "SRV" => TYPE::SRV,
            _ => return Err(Unanswered),
        };
        for server in self.servers.iter().flat_map(|server| [server; TRIES]) {
            if let Some(values) = ask(*server, name, kind) {
                return Ok(values);
            }
        }
        Err(Unanswered)
    }
}

/// None: no answer that can be used.
fn ask(server: SocketAddr, name: &str, kind: TYPE) -> Option<Vec<String>> {
    let id = u16::from_str_radix(crate::secrets::random().ok()?.get(..4)?, 16).ok()?;
    let mut query = Packet::new_query(id);
    query.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(name).ok()?;
    query.questions.push(Question::new(name, QTYPE::TYPE(kind), CLASS::IN.into(), false));
    let query = query.build_bytes_vec().ok()?;
    let answer = by_udp(server, &query, id)?;
    let parsed = Packet::parse(&answer).ok().filter(|packet| packet.has_flags(PacketFlag::RESPONSE))?;
    if !parsed.has_flags(PacketFlag::TRUNCATION) {
        return values(&parsed, kind);
    }
    let answer = by_tcp(server, &query)?;
    values(
        &Packet::parse(&answer).ok().filter(|packet| packet.id() == id && packet.has_flags(PacketFlag::RESPONSE))?,
        kind,
    )
}

fn by_udp(server: SocketAddr, query: &[u8], id: u16) -> Option<Vec<u8>> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    // A port that nobody knows before, and answers from that server only.
    let socket = UdpSocket::bind(any).ok()?;
    socket.set_read_timeout(Some(PATIENCE)).ok()?;
    socket.connect(server).ok()?;
    socket.send(query).ok()?;
    let mut buffer = [0; UDP_BYTES_MAX];
    let length = socket.recv(&mut buffer).ok()?;
    let answer = buffer.get(..length)?;
    (answer.get(..2)? == id.to_be_bytes()).then(|| answer.to_vec())
}

/// RFC 1035 §4.2.2
fn by_tcp(server: SocketAddr, query: &[u8]) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_write_timeout(Some(PATIENCE)).ok()?;
    let length = u16::try_from(query.len()).ok()?;
    stream.write_all(&[&length.to_be_bytes()[..], query].concat()).ok()?;
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut answer = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut answer).ok()?;
    Some(answer)
}

fn values(packet: &Packet<'_>, kind: TYPE) -> Option<Vec<String>> {
    match packet.rcode() {
        RCODE::NoError => {}
        RCODE::NameError => return Some(Vec::new()),
        _ => return None,
    }
    let of_kind = packet.answers.iter().filter(|record| record.rdata.type_code() == kind);
    Some(of_kind.filter_map(|record| value(&record.rdata)).take(VALUES_MAX).collect())
}

fn value(data: &RData<'_>) -> Option<String> {
    Some(match data {
        RData::A(a) => std::net::Ipv4Addr::from(a.address).to_string(),
        RData::AAAA(aaaa) => std::net::Ipv6Addr::from(aaaa.address).to_string(),
        RData::MX(mx) => format!("{} {}.", mx.preference, mx.exchange),
        RData::PTR(ptr) => format!("{}.", ptr.0),
        RData::CNAME(cname) => format!("{}.", cname.0),
        RData::SRV(srv) => format!("{} {} {} {}.", srv.priority, srv.weight, srv.port, srv.target),
        RData::TXT(txt) => String::try_from(txt.clone()).ok()?,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::compare::Verdict;
    use super::super::{Question, expected, see};
    use super::*;
    use std::process::{Child, Command, Stdio};

    struct Dnsmasq(Child);

    impl Drop for Dnsmasq {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    /// Debian's dnsmasq with a zone, on a port of its own.
    fn dnsmasq(zone: &str) -> (Dnsmasq, SocketAddr) {
        let free = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let fixed = ["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--local=/#/"];
        let mut command = Command::new("dnsmasq");
        command.args(fixed).args(["--listen-address=127.0.0.1", "--bind-interfaces", "--user=root", "--pid-file="]);
        command.arg(format!("--port={}", free.port())).args(zone.lines().map(|line| format!("--{line}")));
        let child = command.stdout(Stdio::null()).spawn().expect("Debian package dnsmasq-base");
        let running = Dnsmasq(child);
        let lookup = Lookup::new(vec![free]);
        let begun = std::time::Instant::now();
        while lookup.ask("ready.test", "A").is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "dnsmasq does not answer");
            // Not sooner: each look takes a port, and among thousands one is the server's own.
            std::thread::sleep(Duration::from_millis(20));
        }
        (running, free)
    }

    #[test]
    fn a_question_that_comes_back_is_no_answer() {
        let echo = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = echo.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut buffer = [0; UDP_BYTES_MAX];
            while let Ok((length, from)) = echo.recv_from(&mut buffer) {
                let _ = echo.send_to(&buffer[..length], from);
            }
        });
        assert_eq!(Lookup::new(vec![server]).ask("a.test", "A"), Err(Unanswered));
    }

    #[test]
    fn records_are_seen_as_a_name_server_has_them() {
        let long = "x".repeat(250);
        let texts = (0..8).map(|n| format!("txt-record=long.a.test,{n}{long}\n")).collect::<String>();
        let (_running, server) = dnsmasq(&format!(
            "mx-host=a.test,mail.a.test,10\nhost-record=mail.a.test,192.0.2.1,2001:db8::1\ntxt-record=a.test,v=spf1 mx -all\n\
             txt-record=_dmarc.a.test,v=DMARC1; p=reject\ncname=autoconfig.a.test,mail.a.test\n\
             srv-host=_imaps._tcp.a.test,mail.a.test,993,0,1\ntxt-record=split.a.test,one ,two\n{texts}"
        ));
        let lookup = Lookup::new(vec![server]);
        let ask = |name: &str, kind: &str| lookup.ask(name, kind).unwrap();
        assert_eq!(ask("mail.a.test", "A"), ["192.0.2.1"]);
        assert_eq!(ask("mail.a.test", "AAAA"), ["2001:db8::1"]);
        assert_eq!(ask("a.test", "MX"), ["10 mail.a.test."]);
        assert_eq!(ask("1.2.0.192.in-addr.arpa", "PTR"), ["mail.a.test."]);
        assert_eq!(ask("_imaps._tcp.a.test", "SRV"), ["0 1 993 mail.a.test."]);
        assert_eq!(ask("autoconfig.a.test", "CNAME"), ["mail.a.test."]);
        assert_eq!(ask("split.a.test", "TXT"), ["one two"]);
        assert_eq!(ask("long.a.test", "TXT").len(), 8, "more than a datagram holds");
        assert!(ask("nowhere.a.test", "A").is_empty());

        let question = Question { domain: "a.test".into(), hostname: "mail.a.test".into(), has_relay: false };
        let seen = see(&lookup, expected(&question), "mail.a.test");
        let kinds: Vec<(&str, Verdict)> = seen.iter().map(|s| (s.record.kind.as_str(), s.verdict)).collect();
        let good = |kind| (kind, Verdict::Good);
        assert_eq!(kinds, [good("A"), good("PTR"), good("MX"), good("TXT"), good("TXT")]);
        let question = Question { domain: "b.test".into(), hostname: "mail.b.test".into(), has_relay: true };
        let seen = see(&lookup, expected(&question), "mail.b.test");
        assert!(seen.iter().all(|s| s.verdict == Verdict::Missing), "{seen:?}");
    }

    #[test]
    fn a_server_that_is_silent_is_not_a_name_that_is_missing() {
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let server = silent.local_addr().unwrap();
        drop(silent);
        assert_eq!(Lookup::new(vec![server]).ask("a.test", "A"), Err(Unanswered));
        assert_eq!(Lookup::new(Vec::new()).ask("a.test", "A"), Err(Unanswered));
    }

    #[test]
    fn addresses_are_turned_round() {
        assert_eq!(reverse("192.0.2.1").as_deref(), Some("1.2.0.192.in-addr.arpa"));
        let six = reverse("2001:db8::1").unwrap();
        assert!(six.starts_with("1.0.0.0.") && six.ends_with("8.b.d.0.1.0.0.2.ip6.arpa"), "{six}");
        assert_eq!(reverse("a.test"), None);
    }
}
