// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.delivery;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// An SMTP host on a loopback address that says what a test's script says, and keeps what it was told.
final class ScriptedPeer implements AutoCloseable {
    private final ServerSocket server;
    private final Script script;
    private final List<Session> sessions = new ArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Thread acceptor;

    /// One connection's part; the connection is closed when it returns.
    @FunctionalInterface
    interface Script {
        void play(Session session) throws IOException;
    }

    private ScriptedPeer(String address, ServerSocket server, Script script) {
        this.server = server;
        this.script = script;
        this.acceptor = Thread.ofVirtual().name("peer " + address).unstarted(this::accept);
    }

    static ScriptedPeer start(Script script) throws IOException {
        return start("127.0.0.1", 0, script);
    }

    static ScriptedPeer start(String address, int port, Script script) throws IOException {
        var server = new ServerSocket();
        server.setReceiveBufferSize(4096); // so that a peer that does not read is felt soon
        server.bind(new InetSocketAddress(InetAddress.ofLiteral(address), port));
        var peer = new ScriptedPeer(address, server, script);
        peer.acceptor.start();
        return peer;
    }

    /// Has a port where nobody listens, and keeps others from it; a peer may still be started there.
    static Socket deaf() throws IOException {
        Socket deaf = new Socket();
        deaf.setReuseAddress(true);
        deaf.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        return deaf;
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true); // so that what is said arrives when it is said
                open.add(socket);
                Session session = new Session(socket);
                synchronized (sessions) {
                    sessions.add(session);
                }
                Thread.ofVirtual().start(() -> play(session));
            } catch (IOException e) {
                return; // closed by the test
            }
        }
    }

    private void play(Session session) {
        try (Socket _ = session.socket) {
            script.play(session);
        } catch (IOException e) {
            session.note("lost: " + e.getClass().getSimpleName());
        }
    }

    int port() {
        return server.getLocalPort();
    }

    /// The conversations so far, oldest first.
    List<Session> sessions() {
        synchronized (sessions) {
            return List.copyOf(sessions);
        }
    }

    /// Every line heard, in all conversations.
    List<String> heard() {
        return sessions().stream().flatMap(session -> session.heard().stream()).toList();
    }

    @Override
    public void close() throws IOException {
        server.close();
        // The system's socket is closed by the thread that waits at it; until then it goes on taking connections.
        try {
            acceptor.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the peer was closed");
        }
        for (Socket socket : open) {
            socket.close();
        }
    }

    /// One conversation.
    static final class Session {
        private final Socket socket;
        private final BufferedReader in;
        private final List<String> heard = new ArrayList<>();

        Session(Socket socket) throws IOException {
            this.socket = socket;
            this.in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        synchronized void note(String line) {
            heard.add(line);
        }

        synchronized List<String> heard() {
            return List.copyOf(heard);
        }

        Session say(String... lines) throws IOException {
            String text = String.join("\r\n", lines) + "\r\n";
            socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
            return this;
        }

        /// The next line; empty text when the client has closed.
        String hear() throws IOException {
            String line = in.readLine();
            if (line == null) {
                return "";
            }
            note(line);
            return line;
        }

        /// Reads until the client closes.
        void hearOut() throws IOException {
            String line = hear();
            while (!line.isEmpty()) {
                line = hear();
            }
        }

        /// Hears a message up to its final dot.
        void hearMessage() throws IOException {
            String line = in.readLine();
            while (line != null && !line.equals(".")) {
                line = in.readLine();
            }
        }

        /// Neither says nor reads anything until the test ends it.
        void fallAsleep() {
            while (!socket.isClosed()) {
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        }

        Session greet(String... capabilities) throws IOException {
            say("220 mx.example ESMTP");
            return hello(capabilities);
        }

        /// Answers an EHLO.
        Session hello(String... capabilities) throws IOException {
            hear();
            say("250-mx.example");
            for (String capability : capabilities) {
                say("250-" + capability);
            }
            return say("250 HELP");
        }

        /// Answers commands until QUIT or the end: RCPT as told, everything else with success.
        void serve(java.util.function.UnaryOperator<String> toRecipient) throws IOException {
            if (serveUntilQuit(toRecipient)) {
                say("221 bye");
            }
        }

        /// As [#serve], but QUIT is left to be answered.
        ///
        /// @return whether it came
        boolean serveUntilQuit(java.util.function.UnaryOperator<String> toRecipient) throws IOException {
            for (String line = hear(); !line.isEmpty(); line = hear()) {
                if (line.startsWith("RCPT")) {
                    say(toRecipient.apply(line));
                } else if (line.equals("DATA")) {
                    say("354 go on");
                    hearMessage();
                    say("250 2.0.0 taken");
                } else if (line.equals("QUIT")) {
                    return true;
                } else {
                    say("250 OK");
                }
            }
            return false;
        }

        /// As [#serve], but chunks are passed over and answered so.
        void serveRefusingChunks(String reply) throws IOException {
            for (String line = hear(); !line.isEmpty(); line = hear()) {
                if (line.startsWith("BDAT")) {
                    in.skip(Long.parseLong(line.split(" ", 3)[1]));
                    say(reply);
                } else {
                    say("250 OK");
                }
            }
        }

        /// As [#serve], but BDAT is not known: it and the lines of its chunk are answered so. Listens to the end.
        void serveWithoutBdat(String reply) throws IOException {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                note(line);
                if (!line.matches("(MAIL|RCPT|RSET|QUIT|DATA)\\b.*")) {
                    say(reply);
                } else if (line.equals("DATA")) {
                    say("354 go on");
                    hearMessage();
                    say("250 2.0.0 taken");
                } else {
                    say("250 OK");
                }
            }
        }

        void serve() throws IOException {
            serve(line -> "250 OK");
        }
    }
}
