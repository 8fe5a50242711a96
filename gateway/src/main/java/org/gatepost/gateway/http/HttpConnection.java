// SPDX-License-Identifier: Apache-2.0
package org.gatepost.gateway.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import org.gatepost.gateway.http.RequestReader.Framing;
import org.gatepost.gateway.http.RequestReader.Head;
import org.gatepost.gateway.net.SocketGuard;
import org.gatepost.tls.TlsChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One client's requests, one after the other, each of its parts bounded in time by the guard, which closes the
/// socket: a client that sends an octet a second never meets a time-out for one read. Used by one thread.
final class HttpConnection {
    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);
    private static final int MAX_REQUESTS = 100;

    private final TlsChannel channel;
    private final InetAddress client;
    private final SocketGuard guard;
    private final HttpLimits limits;
    private final HttpRoutes routes;
    private final InstantSource clock;
    private final RequestReader reader;
    private volatile boolean stopping;
    private volatile boolean busy;

    HttpConnection(TlsChannel channel, InetAddress client, SocketGuard guard, HttpListener.Parts parts) {
        this.channel = channel;
        this.client = client;
        this.guard = guard;
        this.limits = parts.limits();
        this.routes = parts.routes();
        this.clock = parts.clock();
        this.reader = new RequestReader(channel.input());
    }

    void run() throws IOException {
        boolean goesOn = true;
        for (int count = 0; goesOn && count < MAX_REQUESTS && !stopping; count++) {
            guard.allow(limits.head());
            goesOn = serveNext(count == MAX_REQUESTS - 1);
        }
    }

    /// Ends the connection behind the request being served.
    void stop() {
        stopping = true;
    }

    boolean isBusy() {
        return busy;
    }

    /// @return whether the connection stays
    private boolean serveNext(boolean last) throws IOException {
        Optional<Head> next;
        try {
            next = reader.next();
        } catch (HttpProblem problem) {
            return refuse(problem);
        }
        if (next.isEmpty()) {
            return false;
        }
        busy = true;
        try {
            return serve(next.get(), last);
        } finally {
            busy = false;
        }
    }

    private boolean serve(Head head, boolean last) throws IOException {
        Content content = new Content(head);
        HttpResponse response;
        try {
            response = routes.answer(
                    new HttpRequest(head.method(), head.path(), head.query(), head.fields(), client, content));
        } catch (HttpProblem problem) {
            return refuse(problem);
        } catch (RuntimeException bug) {
            LOG.error("https client {}: a defect of ours", client.getHostAddress(), bug);
            response = HttpResponse.text(500, "a defect of ours; try again later");
        }
        // A body that was not read stands where the next request would: the connection ends.
        boolean stays = head.persistent() && content.isConsumed() && !last && !stopping;
        write(response, head.method().equals("HEAD"), stays);
        return stays;
    }

    private boolean refuse(HttpProblem problem) throws IOException {
        write(HttpResponse.text(problem.status(), String.valueOf(problem.getMessage())), false, false);
        return false;
    }

    private void write(HttpResponse response, boolean withoutBody, boolean stays) throws IOException {
        guard.allow(limits.response());
        byte[] body = response.body().getBytes(StandardCharsets.UTF_8);
        StringBuilder head = new StringBuilder("HTTP/1.1 ")
                .append(response.status())
                .append(' ')
                .append(HttpResponse.phrase(response.status()))
                .append("\r\nDate: ")
                .append(DateTimeFormatter.RFC_1123_DATE_TIME.format(
                        clock.instant().atZone(ZoneOffset.UTC)))
                .append("\r\nServer: Gatepost\r\nContent-Length: ")
                .append(body.length)
                .append("\r\nX-Content-Type-Options: nosniff\r\n");
        response.fields()
                .forEach((name, value) ->
                        head.append(name).append(": ").append(value).append("\r\n"));
        head.append(stays ? "\r\n" : "Connection: close\r\n\r\n");
        OutputStream out = channel.output();
        byte[] octets = head.toString().getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = java.util.Arrays.copyOf(octets, octets.length + (withoutBody ? 0 : body.length));
        System.arraycopy(body, 0, all, octets.length, all.length - octets.length);
        out.write(all);
        out.flush();
    }

    /// The body of one request.
    private final class Content implements HttpRequest.Body {
        private final Head head;
        private boolean consumed;

        Content(Head head) {
            this.head = head;
            this.consumed = head.framing() instanceof Framing.Length(long octets) && octets == 0;
        }

        boolean isConsumed() {
            return consumed;
        }

        @Override
        public byte[] read(long most, OctetBudget.Share budget) throws IOException, HttpProblem {
            if (head.framing() instanceof Framing.Length(long octets) && octets > most) {
                throw new HttpProblem(413, "the content has more than " + most + " octets");
            }
            guard.allow(limits.body());
            if (head.expectsContinue() && !consumed) {
                channel.output().write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                channel.output().flush();
            }
            byte[] body = reader.body(head.framing(), most, budget);
            consumed = true;
            // What the handler does with it is bounded by itself.
            guard.lift();
            return body;
        }
    }
}
