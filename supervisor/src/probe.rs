// SPDX-License-Identifier: AGPL-3.0-or-later
//! Asks a listener whether it is alive.

use crate::ports::{Endpoint, Probe};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const PROBE_MAX: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: u64 = 1_024;
/// Between two looks at something that is starting.
const PAUSE: Duration = Duration::from_millis(50);

pub async fn is_alive(endpoint: &Endpoint) -> bool {
    matches!(tokio::time::timeout(PROBE_MAX, ask(endpoint)).await, Ok(Ok(true)))
}

/// Returns once all of them answer.
pub async fn until_alive(endpoints: &[Endpoint]) {
    for endpoint in endpoints {
        while !is_alive(endpoint).await {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

async fn ask(endpoint: &Endpoint) -> io::Result<bool> {
    let mut stream = TcpStream::connect(endpoint.local()).await?;
    let expected = match endpoint.probe {
        Probe::Connect => return Ok(true),
        Probe::Greeting(greeting) => greeting,
        Probe::Http(path) => {
            let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await?;
            "HTTP/1.1 200"
        }
    };
    let mut answer = Vec::new();
    let mut limited = stream.take(ANSWER_BYTES_MAX);
    while answer.len() < expected.len() && limited.read_buf(&mut answer).await? > 0 {}
    Ok(answer.starts_with(expected.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_greeting_decides() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let endpoint = |greeting| Endpoint { service: "imap", address, probe: Probe::Greeting(greeting) };
        let server = tokio::spawn(async move {
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().await.unwrap();
                stream.write_all(b"* OK hello\r\n").await.unwrap();
            }
        });
        assert!(is_alive(&endpoint("* OK")).await);
        assert!(!is_alive(&endpoint("220 ")).await);
        server.await.unwrap();
        assert!(!is_alive(&endpoint("* OK")).await);
    }
}
