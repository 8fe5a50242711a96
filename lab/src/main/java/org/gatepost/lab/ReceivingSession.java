// SPDX-License-Identifier: Apache-2.0
package org.gatepost.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.gatepost.names.DomainName;

/// The server's side of one SMTP connection. Used by one thread.
final class ReceivingSession {
    private static final Duration SLOW = Duration.ofMillis(300);

    private final Host host;
    // The one under TLS once there is TLS.
    private Socket socket;
    private WireInput in;
    private OutputStream out;
    private Optional<ReceivedMessage.Tls> tls = Optional.empty();

    private String clientName = "";
    private Optional<String> reversePath = Optional.empty();
    private String parameters = "";
    private final List<String> forwardPaths = new ArrayList<>();

    /// What all sessions of a host share.
    record Host(DomainName name, HostBehaviour behaviour, ServerTls tls, Inbox inbox, Set<String> greylist) {}

    ReceivingSession(Host host, Socket socket, WireCapture capture) throws IOException {
        this.host = host;
        this.socket = socket;
        this.in = new WireInput(socket.getInputStream(), Optional.of(capture));
        this.out = socket.getOutputStream();
    }

    private Reception reception() {
        return host.behaviour().reception();
    }

    private StartTls startTls() {
        return host.behaviour().startTls();
    }

    void run() throws IOException {
        if (reception() == Reception.CLOSES_AT_ONCE) {
            return;
        }
        if (reception() == Reception.NEVER_ANSWERS) {
            in.drain();
        }
        reply("220 " + host.name() + " ESMTP");
        boolean goOn = true;
        while (goOn) {
            goOn = command(in.line());
        }
        // Under TLS this says close_notify, which the listener's own close would not.
        socket.close();
    }

    private void reply(String line) throws IOException {
        if (reception() == Reception.ACCEPTS_SLOWLY) {
            LockSupport.parkNanos(SLOW.toNanos());
        }
        out.write((line + "\r\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /// False when the connection is over.
    private boolean command(String line) throws IOException {
        String[] words = line.split(" ", 2);
        String rest = words.length > 1 ? words[1] : "";
        switch (words[0].toUpperCase(Locale.ROOT)) {
            case "EHLO" -> ehlo(rest);
            case "HELO" -> {
                clientName = rest;
                reply("250 " + host.name());
            }
            case "MAIL" -> mail(rest);
            case "RCPT" -> recipient(rest);
            case "DATA" -> {
                return data();
            }
            case "STARTTLS" -> {
                return startTlsCommand();
            }
            case "RSET" -> {
                reset();
                reply("250 2.0.0 reset");
            }
            case "NOOP" -> reply("250 2.0.0 ok");
            case "QUIT" -> {
                reply("221 2.0.0 bye");
                return false;
            }
            default -> reply("500 5.5.2 no such command");
        }
        return true;
    }

    private void ehlo(String rest) throws IOException {
        clientName = rest;
        reset();
        List<String> lines = new ArrayList<>();
        lines.add(host.name().toString());
        host.behaviour().extensions().stream()
                .filter(extension -> extension != Extension.REQUIRETLS || tls.isPresent())
                .sorted()
                .map(Extension::line)
                .forEach(lines::add);
        if (tls.isEmpty() && startTls() != StartTls.STRIPPED) {
            lines.add("STARTTLS");
        }
        var text = new StringBuilder();
        for (int i = 0; i < lines.size() - 1; i++) {
            text.append("250-").append(lines.get(i)).append("\r\n");
        }
        reply(text + "250 " + lines.getLast());
    }

    private void reset() {
        reversePath = Optional.empty();
        forwardPaths.clear();
    }

    private void mail(String rest) throws IOException {
        int close = rest.indexOf('>');
        if (!rest.toUpperCase(Locale.ROOT).startsWith("FROM:<") || close < 0) {
            reply("501 5.5.4 no reverse-path");
            return;
        }
        reset();
        reversePath = Optional.of(rest.substring("FROM:<".length(), close));
        parameters = rest.substring(close + 1).trim();
        reply("250 2.1.0 ok");
    }

    private void recipient(String rest) throws IOException {
        int close = rest.indexOf('>');
        if (!rest.toUpperCase(Locale.ROOT).startsWith("TO:<") || close < 0) {
            reply("501 5.5.4 no forward-path");
        } else if (reversePath.isEmpty()) {
            reply("503 5.5.1 MAIL first");
        } else if (reception() == Reception.REFUSES_RECIPIENT) {
            reply("550 5.1.1 no such mailbox here");
        } else {
            String path = rest.substring("TO:<".length(), close);
            if (reception() == Reception.GREYLISTS_FOR_EVER
                    || (reception() == Reception.GREYLISTS && host.greylist().add(path))) {
                reply("450 4.7.1 greylisted, try again");
                return;
            }
            forwardPaths.add(path);
            reply("250 2.1.5 ok");
        }
    }

    private boolean data() throws IOException {
        if (reversePath.isEmpty() || forwardPaths.isEmpty()) {
            reply("503 5.5.1 no recipient");
            return true;
        }
        reply("354 go on");
        String content = new String(in.message(), StandardCharsets.ISO_8859_1);
        if (reception() == Reception.CLOSES_AFTER_MESSAGE) {
            return false;
        }
        if (reception() == Reception.REFUSES_MESSAGE) {
            reply("554 5.7.1 message refused");
        } else {
            host.inbox()
                    .add(new ReceivedMessage(clientName, reversePath.get(), forwardPaths, parameters, content, tls));
            reply("250 2.0.0 taken");
        }
        reset();
        return true;
    }

    private boolean startTlsCommand() throws IOException {
        if (tls.isPresent() || startTls() == StartTls.STRIPPED) {
            reply("502 5.5.1 no STARTTLS here");
            return true;
        }
        if (startTls() == StartTls.REFUSED) {
            reply("454 4.7.0 TLS not available");
            return true;
        }
        // RFC 3207 §4.2: what a client sent ahead in clear must not be taken for its commands under TLS.
        in.dropReadAhead();
        reply("220 2.0.0 go on");
        return switch (startTls()) {
            case OFFERED -> secure();
            case ONLY_TLS_1_1 -> answerHandshake(OldServerHello::answer);
            case GARBAGE -> answerHandshake(_ -> "this is no TLS\r\n".getBytes(StandardCharsets.US_ASCII));
            case CLOSED, STRIPPED, REFUSED -> false;
        };
    }

    private boolean secure() throws IOException {
        SSLSocket secured = host.tls().accept(socket, WireInput.nothing());
        SSLSession session = secured.getSession();
        tls = Optional.of(new ReceivedMessage.Tls(
                session.getProtocol(), session.getCipherSuite(), ServerTls.requestedName(session)));
        in = new WireInput(secured.getInputStream(), Optional.empty());
        out = secured.getOutputStream();
        socket = secured;
        clientName = "";
        reset();
        return true;
    }

    /// Answers the client's first record, and listens until it closes.
    private boolean answerHandshake(UnaryOperator<byte[]> answer) throws IOException {
        out.write(answer.apply(in.record()));
        out.flush();
        in.drain();
        return false;
    }
}
