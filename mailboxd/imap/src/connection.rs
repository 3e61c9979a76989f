// SPDX-License-Identifier: AGPL-3.0-or-later
//! One client's socket, with the framer that cuts what comes into lines and literals.

use crate::limits;
use crate::wire::framer::{Event, Framer, Limits};
use bytes::{Buf as _, BytesMut};
use net::Socket;
use std::io;
use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use tokio::net::TcpStream;

pub struct Connection {
    socket: Socket,
    framer: Framer,
}

impl Deref for Connection {
    type Target = Socket;

    fn deref(&self) -> &Socket {
        &self.socket
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Socket {
        &mut self.socket
    }
}

impl Connection {
    pub fn new(stream: TcpStream, peer: SocketAddr) -> io::Result<Connection> {
        let framer = Framer::new(Limits { command_bytes_max: limits::COMMAND_BYTES_MAX });
        Ok(Connection { socket: Socket::new(stream, peer)?, framer })
    }

    pub fn framer(&mut self) -> &mut Framer {
        &mut self.framer
    }

    /// The next thing that the framer sees. Waits for the client, sending first what it waits for.
    pub async fn next(&mut self) -> io::Result<Event> {
        loop {
            let (used, event) = self.framer.advance(&self.socket.input);
            self.socket.input.advance(used);
            if let Some(event) = event {
                return Ok(event);
            }
            self.socket.flush().await?;
            self.socket.fill().await?;
        }
    }

    /// The octets of a chunk that the framer announced.
    pub fn take_chunk(&mut self, len: usize) -> BytesMut {
        let len = len.min(self.socket.input.len());
        let chunk = self.socket.input.split_to(len);
        self.framer.chunk_taken(chunk.len());
        chunk
    }

    pub async fn close(self) {
        self.socket.close().await;
    }
}
