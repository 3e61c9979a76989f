// SPDX-License-Identifier: AGPL-3.0-or-later
//! IDLE (RFC 2177): news at once, until the client says DONE.

use crate::limits;
use crate::session::failure::Failure;
use crate::session::{Done, Outcome, Session, State};
use crate::wire::framer::Event;
use net::stopped;
use std::future::pending;
use tokio::time::timeout;

enum Woken {
    Client(Event),
    News,
}

pub async fn run(session: &mut Session) -> Outcome {
    session.user()?;
    // who waits, perhaps for days, searches nothing
    if let State::Selected(_, selected) = &mut session.state {
        selected.view.forget_fixed();
    }
    session.connection.put(b"+ idling\r\n");
    loop {
        session.tell(true).await?;
        if !session.connection.has_input() {
            session.connection.flush().await?;
        }
        match wait(session).await? {
            Woken::News => {}
            Woken::Client(Event::Line) => {
                let line = session.connection.framer().take();
                if line.eq_ignore_ascii_case(b"DONE") {
                    return Ok(Done::text("IDLE completed"));
                }
                return Err(Failure::bad("expected DONE"));
            }
            Woken::Client(Event::Literal(literal)) => {
                session.skip_literal(literal)?;
                return Err(Failure::bad("expected DONE"));
            }
            Woken::Client(_) => {
                session.connection.framer().take();
                return Err(Failure::bad("expected DONE"));
            }
        }
    }
}

/// The client, news that may be told, or missed events (which are news once the folder was read again).
async fn wait(session: &mut Session) -> Result<Woken, Failure> {
    let telling = session.telling(true);
    let folder = session.selected_folder();
    let Session { connection, state, shared, notify, .. } = session;
    let mut shutdown = shared.shutdown.clone();
    let news = async {
        match state {
            State::Selected(_, selected) => selected.news(telling).await,
            _ => pending().await,
        }
    };
    let others = async {
        match notify {
            Some(watch) => Box::pin(watch.news(folder)).await,
            None => pending().await,
        }
    };
    tokio::select! {
        event = timeout(limits::IDLE_TIMEOUT, connection.next()) => match event {
            Ok(event) => Ok(Woken::Client(event?)),
            Err(_) => Err(Failure::Bye("Autologout; idle for too long")),
        },
        news = news => news.map(|()| Woken::News),
        () = others => Ok(Woken::News),
        () = stopped(&mut shutdown) => Err(Failure::Bye("Server is shutting down")),
    }
}
