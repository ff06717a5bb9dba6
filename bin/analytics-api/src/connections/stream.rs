//! A connection as the HTTP server reads and writes it.
//!
//! The HTTP server refuses what it cannot read with a status and nothing else, and never says a word to a client that is
//! too slow. Here such a client gets the answer that every other refusal is, and is then listened to for a moment: of a
//! connection that is ended while its client still sends, the system may throw away what the client was told.
//!
//! The HTTP server would take in as many requests as there are, and answer each as the last of them asks: without a body
//! after a HEAD, and with the connection to be kept or not. So it is given one after another, and what follows a request
//! waits here. Nothing here has a use for a body: of one that does not come together with its head, or is chunked,
//! nothing is read, and since nobody then knows where it ends, the connection ends with the answer.

use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::TcpStream;
use actix_web::web::{Buf as _, Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::connection::{Connection, End, MAX_HEAD, Phase, Room};
use super::head::{Head, length_of_body};
use super::refusal::Refusal;
use crate::observe::Unread;

/// A connection as the HTTP server reads and writes it.
pub(super) struct Stream {
    tcp: TcpStream,
    connection: Rc<Connection>,
    unread: Rc<Unread>,
    /// Something was written since all was last taken.
    has_written: bool,
    /// The client takes no more for the moment.
    is_blocked: bool,
    /// There is more to read once what was asked is answered.
    is_held_back: bool,
    /// The head that comes now.
    head: Head,
    /// What has come behind it.
    ahead: BytesMut,
    last_word: Option<LastWord>,
}

/// What a client is told before its connection ends.
struct LastWord {
    /// What of it the client has not taken yet.
    message: Bytes,
    /// The client was told that nothing follows.
    is_said: bool,
}

impl Stream {
    pub(super) fn new(tcp: TcpStream, connection: Rc<Connection>, unread: Rc<Unread>) -> Self {
        Self {
            tcp,
            connection,
            unread,
            has_written: false,
            is_blocked: false,
            is_held_back: false,
            head: Head::default(),
            ahead: BytesMut::new(),
            last_word: None,
        }
    }

    pub(super) fn connection(&self) -> Rc<Connection> {
        Rc::clone(&self.connection)
    }

    /// From now on the client's request is as if it had never come.
    fn refuse(&mut self, refusal: Refusal) {
        self.say_last(refusal.message(&self.unread));
    }

    /// The client is told this and nothing more, and nothing more is taken from it.
    fn say_last(&mut self, message: Bytes) {
        self.last_word = Some(LastWord { message, is_said: false });
        self.connection.enter(Phase::Refusing);
    }

    /// How many of these bytes the HTTP server may be given at once: no more than one request, where its end is known.
    fn portion(connection: &Connection, head: &mut Head, came: &[u8]) -> usize {
        let is_whole = !head.has_begun();
        let Some(end) = head.end(came) else { return came.len() };
        if !is_whole {
            connection.gave_a_head();
            return end;
        }
        let length = came.get(..end).and_then(length_of_body);
        match length.and_then(|length| end.checked_add(length)).filter(|end| *end <= came.len()) {
            Some(end) => {
                connection.gave_a_request();
                end
            }
            None => {
                connection.gave_a_head();
                end
            }
        }
    }

    /// Gives what has come before, or else what comes.
    fn poll_give(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { tcp, connection, head, ahead, .. } = self;
        let before = buffer.filled().len();
        if ahead.is_empty() {
            ready!(Pin::new(tcp).poll_read(context, buffer))?;
            let came = buffer.filled().get(before..).unwrap_or_default();
            let portion = Self::portion(connection, head, came);
            ahead.extend_from_slice(came.get(portion..).unwrap_or_default());
            buffer.set_filled(before + portion);
        } else {
            let most = ahead.len().min(buffer.remaining());
            let portion = Self::portion(connection, head, ahead.get(..most).unwrap_or_default());
            buffer.put_slice(&ahead.split_to(portion));
            if ahead.is_empty() {
                // Thousands of idle connections hold no memory for it.
                *ahead = BytesMut::new();
            }
        }
        let given = buffer.filled().len() - before;
        if given > 0 {
            connection.gave(given);
        }
        Poll::Ready(Ok(()))
    }

    /// Keeps what comes; tells how many bytes that is.
    fn poll_ahead(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut bytes = [0; 4096];
        let mut heard = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut self.tcp).poll_read(context, &mut heard))?;
        self.ahead.extend_from_slice(heard.filled());
        Poll::Ready(Ok(heard.filled().len()))
    }

    /// Listens while the HTTP server is to have nothing more: to what may be kept for it, and for the end.
    fn poll_meanwhile(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.ahead.len() < MAX_HEAD {
            match self.poll_ahead(context) {
                Poll::Ready(Ok(0)) if self.ahead.is_empty() => return Poll::Ready(Ok(())),
                Poll::Ready(Ok(0)) => break,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if self.ahead.is_empty() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        self.is_held_back = true;
        Poll::Pending
    }

    /// Ready when the last word, if there is one, is said and the client has nothing more to say either.
    fn poll_last_word(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(LastWord { message, is_said }) = &mut self.last_word else { return Poll::Ready(Ok(())) };
        self.connection.wake_later(context);
        let mut tcp = Pin::new(&mut self.tcp);
        while message.has_remaining() {
            let taken = ready!(tcp.as_mut().poll_write(context, message))?;
            message.advance(taken);
        }
        if !*is_said {
            ready!(tcp.as_mut().poll_shutdown(context))?;
            *is_said = true;
        }
        loop {
            let mut bytes = [0; 1024];
            let mut heard = ReadBuf::new(&mut bytes);
            ready!(tcp.as_mut().poll_read(context, &mut heard))?;
            if heard.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.connection.ends()? {
            // To the HTTP server the client says no more.
            _ if self.last_word.is_some() => return Poll::Ready(Ok(())),
            Some(End::Refused) => {
                self.refuse(Refusal::TooSlow);
                return Poll::Ready(Ok(()));
            }
            Some(_) => return Poll::Ready(Ok(())),
            None => {}
        }
        self.connection.wake_later(context);
        // Whoever takes no answers is not asked for more requests: their answers would pile up in memory.
        if self.is_blocked {
            return Poll::Pending;
        }
        match self.connection.room() {
            Room::Some => self.poll_give(context, buffer),
            Room::Next => {
                if self.ahead.is_empty() {
                    // Either its end, or what follows on it.
                    let came = ready!(self.poll_ahead(context))?;
                    if came == 0 {
                        return Poll::Ready(Ok(()));
                    }
                }
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Room::Soon => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Room::Later => self.poll_meanwhile(context),
            Room::None => {
                self.refuse(Refusal::TooLarge);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.connection.ends()?;
        // Nothing was asked of the program.
        if matches!(self.connection.phase(), Phase::Idle | Phase::Reading)
            && let Some(refusal) = Refusal::said_by(bytes)
        {
            self.refuse(refusal);
        }
        if self.last_word.is_some() {
            ready!(self.poll_last_word(context))?;
            // The HTTP server's own refusal is never sent. Once it is, the server logs the client's fault as an error.
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        let written = Pin::new(&mut self.tcp).poll_write(context, bytes);
        if written.is_pending() {
            self.connection.wake_later(context);
            if !self.is_blocked && self.connection.phase() != Phase::Answering {
                self.connection.enter(Phase::Writing);
            }
            self.is_blocked = true;
        } else {
            self.has_written = true;
        }
        written
    }

    /// Comes when all was written, and also when there was nothing to write.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.ends()?;
        let mut may_read = std::mem::take(&mut self.is_blocked);
        if std::mem::take(&mut self.has_written) && self.connection.phase() != Phase::Answering {
            may_read |= std::mem::take(&mut self.is_held_back);
            if self.connection.is_last() && self.last_word.is_none() {
                self.say_last(Bytes::new());
                may_read = true;
            } else {
                self.connection.enter(Phase::Idle);
            }
        }
        if may_read {
            // Reading was held back, and nothing else tells the HTTP server to try it again.
            context.waker().wake_by_ref();
        }
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.last_word.is_some() {
            self.connection.ends()?;
            return self.poll_last_word(context);
        }
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
